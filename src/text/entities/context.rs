//! The words around a candidate, as features that mean the same for every kind of entity.

use super::pieces::{PieceKind, Pieces, hash_of, mix};
use super::scorer::Features;

/// Stands for the start or end of a line or of the message.
const EDGE: u64 = hash_of("\n");
/// Stands for any digits.
const FIGURE: u64 = hash_of("0");
/// Letters of a word that stand for its stem.
const STEM_LETTERS: usize = 5;
/// Words of a clause that are looked at on each side.
const CLAUSE_WORDS_MAX: usize = 12;

/// A name for a kind of feature, made from a byte string at compile time.
pub const fn kind(name: &str) -> u64 {
    hash_of(name)
}

/// What a piece counts as in a context: its word, any figure, its mark, or an edge.
fn token(pieces: &Pieces, index: usize) -> u64 {
    pieces.get(index).map_or(EDGE, |piece| match piece.kind {
        PieceKind::Letters | PieceKind::Mark(_) => piece.hash,
        PieceKind::Digits => FIGURE,
        PieceKind::Break => EDGE,
    })
}

/// The hash of the first letters of a word.
pub fn stem(pieces: &Pieces, index: usize) -> u64 {
    let word = pieces.folded(index);
    let end = word.char_indices().nth(STEM_LETTERS).map_or(word.len(), |(at, _)| at);
    hash_of(word.get(..end).unwrap_or_default())
}

/// The index before `from` whose piece is a word, within the line, passing over marks and figures.
fn word_before(pieces: &Pieces, from: usize) -> Option<usize> {
    let mut index = from;
    for _ in 0..6 {
        index = index.checked_sub(1)?;
        match pieces.get(index)?.kind {
            PieceKind::Letters => return Some(index),
            PieceKind::Break => return None,
            PieceKind::Digits | PieceKind::Mark(_) => {}
        }
    }
    None
}

/// The index from `from` on whose piece is a word, within the line.
fn word_after(pieces: &Pieces, from: usize) -> Option<usize> {
    for index in from..from + 6 {
        match pieces.get(index)?.kind {
            PieceKind::Letters => return Some(index),
            PieceKind::Break => return None,
            PieceKind::Digits | PieceKind::Mark(_) => {}
        }
    }
    None
}

/// Adds what stands around the pieces `first..end`; `shape` is paired with the nearest of it.
pub fn add_context(features: &mut Features, pieces: &Pieces, first: usize, end: usize, shape: u64) {
    add_nearest(features, pieces, first, end, shape);
    let before = word_before(pieces, first);
    let before_2 = before.and_then(|index| word_before(pieces, index));
    let before_3 = before_2.and_then(|index| word_before(pieces, index));
    let after = word_after(pieces, end);
    let after_2 = after.and_then(|index| word_after(pieces, index + 1));
    let word = |index: Option<usize>| index.map_or(EDGE, |index| token(pieces, index));
    let stem_of = |index: Option<usize>| index.map_or(EDGE, |index| stem(pieces, index));
    features.add(kind("word-1"), word(before));
    features.add(kind("word-2"), word(before_2));
    features.add(kind("word-3"), word(before_3));
    features.add(kind("word+1"), word(after));
    features.add(kind("word+2"), word(after_2));
    features.add(kind("stem-1"), stem_of(before));
    features.add(kind("stem-2"), stem_of(before_2));
    features.add(kind("stem+1"), stem_of(after));
    features.add_pair(kind("word-2-1"), word(before_2), word(before));
    features.add_pair(kind("word-1+1"), word(before), word(after));
    features.add_pair(kind("stem-1 shape"), stem_of(before), shape);
    features.add_pair(kind("stem+1 shape"), stem_of(after), shape);
}

/// The pieces directly beside the candidate, marks and figures included.
fn add_nearest(features: &mut Features, pieces: &Pieces, first: usize, end: usize, shape: u64) {
    let at = |offset: usize| first.checked_sub(offset).map_or(EDGE, |index| token(pieces, index));
    let (left_1, left_2, left_3) = (at(1), at(2), at(3));
    let (right_1, right_2) = (token(pieces, end), token(pieces, end + 1));
    features.add(kind("left"), left_1);
    features.add(kind("right"), right_1);
    features.add_pair(kind("left left"), left_2, left_1);
    features.add_pair(kind("left left left"), mix(left_3, left_2), left_1);
    features.add_pair(kind("right right"), right_1, right_2);
    features.add_pair(kind("left shape"), left_1, shape);
    features.add_pair(kind("right shape"), right_1, shape);
    features.add_pair(kind("left left shape"), mix(left_2, left_1), shape);
    features.add_pair(kind("left right"), left_1, right_1);
}

/// Adds the stems of the clause before and after the candidate.
pub fn add_clause(features: &mut Features, pieces: &Pieces, first: usize, end: usize) {
    let ends_clause = |index: usize| {
        pieces.mark(index).is_some_and(|mark| matches!(mark, '.' | ';' | '!' | '?')) && !pieces.is_joined(index + 1)
    };
    let mut count = 0;
    for index in (0..first).rev() {
        let is_break = pieces.get(index).is_none_or(|piece| piece.kind == PieceKind::Break);
        if count >= CLAUSE_WORDS_MAX || ends_clause(index) || is_break {
            break;
        }
        if pieces.letters(index).is_some_and(|word| word.len() > 1) {
            count += 1;
            features.add(kind("clause before"), stem(pieces, index));
        }
    }
    count = 0;
    for index in end..pieces.len() {
        let is_break = pieces.get(index).is_none_or(|piece| piece.kind == PieceKind::Break);
        if count >= CLAUSE_WORDS_MAX || ends_clause(index) || is_break {
            break;
        }
        if pieces.letters(index).is_some_and(|word| word.len() > 1) {
            count += 1;
            features.add(kind("clause after"), stem(pieces, index));
        }
    }
}
