//! Extra features that a text model can name: functions of the program that find domain concepts in a message.

use super::schema::Block;
use crate::text::tokens::{HASH_SEED, hash_step};

/// A feature found in a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtraFeature {
    /// The block it belongs to.
    pub block: Block,
    /// What tells it from the others of its block; see [`hash_of_name`].
    pub hash: u64,
    /// How much it counts, above 0.
    pub value: f32,
    /// First byte in the message, and one past the last, of what it was read from; absent for features of the message as a whole.
    pub span: Option<(usize, usize)>,
}

/// Finds values in a message; the same message always gives the same values.
pub trait ExtraFeatures: Send + Sync {
    /// The name that artifacts refer to; a changed function gets a new name.
    fn name(&self) -> &'static str;

    /// Whether words are understood that no training message held.
    fn reads_any_words(&self) -> bool {
        false
    }

    /// Calls `emit` with every feature found in `text`.
    fn find(&self, text: &str, emit: &mut dyn FnMut(ExtraFeature));
}

/// The hash of a feature's name.
pub fn hash_of_name(name: &str) -> u64 {
    name.bytes().fold(HASH_SEED, |state, byte| hash_step(state, u64::from(byte)))
}

/// The extra features that this program has.
#[derive(Clone, Copy, Default)]
pub struct ExtraRegistry<'a> {
    known: &'a [&'static dyn ExtraFeatures],
}

impl<'a> ExtraRegistry<'a> {
    /// A registry of `known` features.
    pub const fn new(known: &'a [&'static dyn ExtraFeatures]) -> Self {
        ExtraRegistry { known }
    }

    /// The features called `name`.
    pub fn by_name(&self, name: &str) -> Option<&'static dyn ExtraFeatures> {
        self.known.iter().copied().find(|extra| extra.name() == name)
    }
}
