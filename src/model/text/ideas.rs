//! The ideas that the words of a message stand for, and which of them stand near each other, as features.

use super::extra::{ExtraFeature, hash_of_name};
use super::schema::Block;
use crate::text::entities::pieces::Pieces;
use crate::text::glossary::{Gloss, Glossary, Meaning};
use crate::text::tokens::hash_step;

/// Ideas that follow one within its sentence and form a pair with it.
const FOLLOWING_COUNT: usize = 5;
/// Stands for any figure in a pair.
const FIGURE: &str = "#";

/// Calls `emit` with every idea, and with every pair of ideas that stand near each other within a sentence.
pub(super) fn find_ideas(pieces: &Pieces, emit: &mut dyn FnMut(ExtraFeature)) {
    let glossary = Glossary::shipped();
    let glosses = glossary.read(pieces);
    let hash = |gloss: &Gloss| match gloss.meaning {
        Meaning::Idea(index) => Some(hash_of_name(glossary.names().get(usize::from(index))?)),
        Meaning::Figure => Some(hash_of_name(FIGURE)),
        Meaning::Break => None,
    };
    let hashes: Vec<Option<u64>> = glosses.iter().map(hash).collect();
    for (index, (gloss, hash)) in glosses.iter().zip(&hashes).enumerate() {
        let Some(hash) = *hash else { continue };
        if matches!(gloss.meaning, Meaning::Idea(_)) {
            emit(ExtraFeature { block: Block::Ideas, hash, value: 1.0, span: (gloss.start, gloss.end) });
        }
        for (other, other_hash) in glosses.iter().zip(&hashes).skip(index + 1).take(FOLLOWING_COUNT) {
            let Some(other_hash) = *other_hash else { break };
            let span = (gloss.start, other.end);
            emit(ExtraFeature { block: Block::IdeaPairs, hash: hash_step(hash, other_hash), value: 1.0, span });
        }
    }
}
