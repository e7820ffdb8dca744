//! Which features a text model looks at.

use serde::{Deserialize, Serialize};

/// Number of feature blocks.
pub const BLOCK_COUNT: usize = 7;

/// A group of features that is weighted and normalised on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Block {
    /// Words and pairs of neighbours.
    Words = 0,
    /// Characters within one word.
    Characters = 1,
    /// Pairs of words that stand near each other.
    Pairs = 2,
    /// Subword tokens of the trained tokenizer.
    Subwords = 3,
    /// Domain concepts, and other features that a named function of the program finds.
    Extra = 4,
    /// Ideas that the words stand for, whatever their language.
    Ideas = 5,
    /// Pairs of ideas that stand near each other.
    IdeaPairs = 6,
}

impl Block {
    /// All blocks in stored order.
    pub const ALL: [Block; BLOCK_COUNT] =
        [Block::Words, Block::Characters, Block::Pairs, Block::Subwords, Block::Extra, Block::Ideas, Block::IdeaPairs];
}

/// The features of a text model, as stored with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSchema {
    /// Shortest character sequence.
    pub characters_min: usize,
    /// Longest character sequence.
    pub characters_max: usize,
    /// Words in the window within which two words form a pair.
    pub pair_window_words: usize,
    /// Name of the extra features, if any.
    pub extra_features: Option<String>,
    /// Weight of each block, in the order of [`Block::ALL`].
    pub block_weights: [f32; BLOCK_COUNT],
    /// Fewest training messages that a feature of each block must occur in.
    pub document_count_min: [u32; BLOCK_COUNT],
    /// Size of the subword vocabulary that is trained; 0 for none.
    pub subword_count_max: usize,
}

/// Longest character sequence that a stored model may ask for.
const CHARACTERS_MAX: usize = 16;
/// Widest window for pairs that a stored model may ask for, in words.
const PAIR_WINDOW_MAX: usize = 32;

impl FeatureSchema {
    /// Whether the features of any message are found in bounded time and weigh a number.
    pub fn is_sound(&self) -> bool {
        (1..=self.characters_max).contains(&self.characters_min)
            && self.characters_max <= CHARACTERS_MAX
            && self.pair_window_words <= PAIR_WINDOW_MAX
            && self.block_weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
    }
}

impl Default for FeatureSchema {
    fn default() -> Self {
        FeatureSchema {
            characters_min: 2,
            characters_max: 5,
            pair_window_words: 5,
            extra_features: None,
            block_weights: [1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0],
            document_count_min: [2; BLOCK_COUNT],
            subword_count_max: 4_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_asks_for_too_much_or_for_nothing_is_not_sound() {
        let schema = FeatureSchema::default();
        assert!(schema.is_sound());
        let mut weightless = schema.clone();
        weightless.block_weights[2] = f32::NAN;
        for spoilt in [
            FeatureSchema { characters_min: 0, ..schema.clone() },
            FeatureSchema { characters_min: 6, ..schema.clone() },
            FeatureSchema { characters_max: 20_000, ..schema.clone() },
            FeatureSchema { pair_window_words: 20_000, ..schema },
            weightless,
        ] {
            assert!(!spoilt.is_sound(), "{spoilt:?}");
        }
    }
}
