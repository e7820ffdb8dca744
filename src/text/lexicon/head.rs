//! How patterns begin, in few bytes, so that nearly all are passed over at a glance.

use super::{ANY_FIGURE, MessageWord, Pattern, PatternWord};
use crate::text::entities::pieces::{Pieces, mix};

/// Starting value of the hash of first letters.
pub(super) const SLOT_SEED: u64 = 0x51_7c_c1_b7_27_22_0a_95;
/// Bits that beginnings of words are spread over.
const BEGINNING_BITS: usize = 4_096;
/// Letters of a beginning.
const BEGINNING_LETTERS: usize = 4;
/// Letters of a word by which it is told apart; no pattern has a longer word.
const WORD_LETTERS_MAX: usize = 32;

/// The start of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) first: WordHead,
    pub(super) second: Second,
}

/// A word of a pattern, so short that few words of a message are taken for it that do not fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct WordHead {
    /// The lower half of the hash of its letters.
    hash: u32,
    letter_count: u8,
    is_whole: bool,
}

/// What follows the first word of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) enum Second {
    Nothing,
    /// The very next word.
    Next(WordHead),
    /// A word that begins so, somewhere behind, or a figure.
    Behind(Beginning),
}

impl Head {
    pub(super) fn of(pattern: &Pattern) -> Self {
        let second = match pattern.words.get(1) {
            None => Second::Nothing,
            Some(word) if word.follows_gap || &*word.letters == ANY_FIGURE => {
                Second::Behind(Beginning::of(&word.letters))
            }
            Some(word) => Second::Next(WordHead::of(word)),
        };
        let nothing = WordHead { hash: SLOT_SEED as u32, letter_count: 0, is_whole: false };
        Head { first: pattern.words.first().map_or(nothing, WordHead::of), second }
    }
}

impl WordHead {
    fn of(word: &PatternWord) -> Self {
        let prefixes = Prefixes::of(&word.letters);
        WordHead { hash: prefixes.last() as u32, letter_count: prefixes.count, is_whole: word.is_whole }
    }
}

/// Hashes of the beginnings of a word, by how many letters they have.
pub(super) struct Prefixes {
    pub(super) hashes: [u64; WORD_LETTERS_MAX],
    pub(super) count: u8,
}

impl Default for Prefixes {
    fn default() -> Self {
        Prefixes { hashes: [0; WORD_LETTERS_MAX], count: 0 }
    }
}

impl Prefixes {
    /// Of a word; its letters after the first [`WORD_LETTERS_MAX`] are left out.
    pub(super) fn of(word: &str) -> Self {
        let mut prefixes = Prefixes::default();
        prefixes.read(word);
        prefixes
    }

    /// Replaces the word.
    pub(super) fn read(&mut self, word: &str) {
        let mut state = SLOT_SEED;
        self.count = 0;
        for (slot, letter) in self.hashes.iter_mut().zip(word.chars()) {
            state = mix(state, u64::from(letter));
            *slot = state;
            self.count += 1;
        }
    }

    /// The hash of the beginning of so many letters.
    fn of_length(&self, count: u8) -> u64 {
        usize::from(count).checked_sub(1).and_then(|index| self.hashes.get(index)).copied().unwrap_or(SLOT_SEED)
    }

    /// The hash of all letters.
    fn last(&self) -> u64 {
        self.of_length(self.count)
    }

    /// Whether the word may fit; if not, it does not.
    pub(super) fn may_fit(&self, head: &WordHead) -> bool {
        let fits = if head.is_whole { head.letter_count == self.count } else { head.letter_count <= self.count };
        fits && self.of_length(head.letter_count) as u32 == head.hash
    }
}

/// How a word begins, as the number of a bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning(u16);

/// The beginnings of all words of a message; it may hold some that no word has.
pub(super) struct Beginnings([u64; BEGINNING_BITS / 64]);

impl Beginning {
    /// Of the letters that were hashed.
    fn at(state: u64) -> Self {
        Beginning(u16::try_from((state ^ (state >> 29)) % BEGINNING_BITS as u64).unwrap_or_default())
    }

    fn of(word: &str) -> Self {
        Beginning::at(
            word.chars().take(BEGINNING_LETTERS).fold(SLOT_SEED, |state, letter| mix(state, u64::from(letter))),
        )
    }
}

impl Beginnings {
    pub(super) fn read(pieces: &Pieces, words: &[MessageWord]) -> Self {
        let mut beginnings = Beginnings([0; BEGINNING_BITS / 64]);
        for word in words {
            let mut state = SLOT_SEED;
            for letter in pieces.folded(word.piece).chars().take(BEGINNING_LETTERS) {
                state = mix(state, u64::from(letter));
                beginnings.add(Beginning::at(state));
            }
            if pieces.digits(word.piece).is_some() {
                beginnings.add(Beginning::of(ANY_FIGURE));
            }
        }
        beginnings
    }

    fn add(&mut self, Beginning(bit): Beginning) {
        if let Some(bits) = self.0.get_mut(usize::from(bit / 64)) {
            *bits |= 1 << (bit % 64);
        }
    }

    pub(super) fn may_hold(&self, Beginning(bit): Beginning) -> bool {
        self.0.get(usize::from(bit / 64)).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }
}
