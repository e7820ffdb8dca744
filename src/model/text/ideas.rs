//! The ideas that the words of a message stand for, and which of them stand near each other, as features.

use std::ops::Range;

use super::extra::{ExtraFeature, hash_of_name};
use super::schema::Block;
use crate::text::entities::pieces::Pieces;
use crate::text::glossary::{Edition, Gloss, Glossary, Meaning};
use crate::text::tokens::hash_step;

/// Ideas that follow one within its sentence and form a pair with it.
const FOLLOWING_COUNT: usize = 5;
/// Meanings on each side of a figure that are looked at for what it stands for.
const BESIDE_COUNT: usize = 4;
/// Stands for any figure in a pair.
const FIGURE: &str = "#";
/// What an idea in its third of a message counts, beside its plain feature: what is contested is mostly named first.
const PLACE_VALUE: f32 = 0.5;
/// Keeps the places of an idea apart.
const SALT_PLACE: u64 = 11;

/// The ideas of a message in reading order.
pub(super) struct Ideas {
    glosses: Vec<Gloss>,
    /// The hash of each idea or figure; none at the end of a sentence.
    hashes: Vec<Option<u64>>,
}

impl Ideas {
    /// Reads a message.
    pub(super) fn read(pieces: &Pieces, edition: Edition) -> Self {
        let glossary = Glossary::shipped(edition);
        let glosses = glossary.read(pieces);
        let hash = |gloss: &Gloss| match gloss.meaning {
            Meaning::Idea(index) => Some(hash_of_name(glossary.names().get(usize::from(index))?)),
            Meaning::Figure => Some(hash_of_name(FIGURE)),
            Meaning::Break => None,
        };
        let hashes = glosses.iter().map(hash).collect();
        Ideas { glosses, hashes }
    }

    /// Calls `emit` with every idea, with the third of the message that it stands in, and with every pair of ideas that stand
    /// near each other within a sentence.
    pub(super) fn emit(&self, emit: &mut dyn FnMut(ExtraFeature)) {
        let end = self.glosses.last().map_or(1, |last| last.end.max(1));
        for (index, (gloss, hash)) in self.glosses.iter().zip(&self.hashes).enumerate() {
            let Some(hash) = *hash else { continue };
            if matches!(gloss.meaning, Meaning::Idea(_)) {
                let span = Some((gloss.start, gloss.end));
                emit(ExtraFeature { block: Block::Ideas, hash, value: 1.0, span });
                let placed = hash_step(hash, SALT_PLACE + (gloss.start * 3 / end) as u64);
                emit(ExtraFeature { block: Block::Ideas, hash: placed, value: PLACE_VALUE, span });
            }
            for (other, other_hash) in self.glosses.iter().zip(&self.hashes).skip(index + 1).take(FOLLOWING_COUNT) {
                let Some(other_hash) = *other_hash else { break };
                let span = Some((gloss.start, other.end));
                emit(ExtraFeature { block: Block::IdeaPairs, hash: hash_step(hash, other_hash), value: 1.0, span });
            }
        }
    }

    /// Calls `emit` with the ideas of the sentence that stand next to the figure at these bytes, as pairs with its role.
    pub(super) fn emit_beside(&self, figure: &Range<usize>, role: u64, emit: &mut dyn FnMut(ExtraFeature)) {
        let place = self.glosses.partition_point(|gloss| gloss.start < figure.start);
        let known = || self.glosses.iter().zip(&self.hashes);
        let is_within = |(gloss, _): &(&Gloss, &Option<u64>)| gloss.meaning != Meaning::Break;
        let before = known().take(place).rev().take_while(is_within).take(BESIDE_COUNT);
        let after = known().skip(place).skip_while(|(gloss, _)| gloss.end <= figure.end);
        for (gloss, hash) in before.chain(after.take_while(is_within).take(BESIDE_COUNT)) {
            if let (Meaning::Idea(_), Some(hash)) = (gloss.meaning, hash) {
                let span = Some((gloss.start.min(figure.start), gloss.end.max(figure.end)));
                emit(ExtraFeature { block: Block::IdeaPairs, hash: hash_step(*hash, role), value: 1.0, span });
            }
        }
    }
}
