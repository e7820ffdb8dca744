//! The ideas that the words of a message stand for, and which of them stand near each other, as features.

use super::extra::{ExtraFeature, hash_of_name};
use super::schema::Block;
use crate::text::entities::pieces::Pieces;
use crate::text::glossary::{Compounds, Gloss, Glossary, Meaning};
use crate::text::tokens::hash_step;

/// Ideas that follow one within its sentence and form a pair with it.
const FOLLOWING_COUNT: usize = 5;
/// Stands for any figure in a pair.
const FIGURE: &str = "#";
/// What an idea in its third of a message counts, beside its plain feature: what is contested is mostly named first.
const PLACE_VALUE: f32 = 0.5;
/// Keeps the places of an idea apart.
const SALT_PLACE: u64 = 11;

/// Calls `emit` with every idea, with the third of the message that it stands in, and with every pair of ideas that stand near
/// each other within a sentence.
pub(super) fn find_ideas(pieces: &Pieces, compounds: Compounds, emit: &mut dyn FnMut(ExtraFeature)) {
    let glossary = Glossary::shipped();
    let glosses = glossary.read(pieces, compounds);
    let hash = |gloss: &Gloss| match gloss.meaning {
        Meaning::Idea(index) => Some(hash_of_name(glossary.names().get(usize::from(index))?)),
        Meaning::Figure => Some(hash_of_name(FIGURE)),
        Meaning::Break => None,
    };
    let end = glosses.last().map_or(1, |last| last.end.max(1));
    let hashes: Vec<Option<u64>> = glosses.iter().map(hash).collect();
    for (index, (gloss, hash)) in glosses.iter().zip(&hashes).enumerate() {
        let Some(hash) = *hash else { continue };
        if matches!(gloss.meaning, Meaning::Idea(_)) {
            let span = Some((gloss.start, gloss.end));
            emit(ExtraFeature { block: Block::Ideas, hash, value: 1.0, span });
            let placed = hash_step(hash, SALT_PLACE + (gloss.start * 3 / end) as u64);
            emit(ExtraFeature { block: Block::Ideas, hash: placed, value: PLACE_VALUE, span });
        }
        for (other, other_hash) in glosses.iter().zip(&hashes).skip(index + 1).take(FOLLOWING_COUNT) {
            let Some(other_hash) = *other_hash else { break };
            let span = Some((gloss.start, other.end));
            emit(ExtraFeature { block: Block::IdeaPairs, hash: hash_step(hash, other_hash), value: 1.0, span });
        }
    }
}
