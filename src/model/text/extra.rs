//! Extra features that a text model can name: functions of the program that find domain concepts in a message.

/// Finds named values in a message; the same message always gives the same values.
pub trait ExtraFeatures: Send + Sync {
    /// The name that artifacts refer to; a changed function gets a new name.
    fn name(&self) -> &'static str;

    /// Calls `emit` with the name and the positive value of every feature found in `text`.
    fn find(&self, text: &str, emit: &mut dyn FnMut(&str, f32));
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
