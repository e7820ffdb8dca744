//! Finds the features of a message; training, prediction and explanation all come through here.

use std::collections::HashMap;

use super::extra::{ExtraFeature, ExtraFeatures};
use super::schema::{Block, FeatureSchema};
use super::subwords::{KnownWords, Subwords};
use crate::text::tokens::{HASH_SEED, Tokens, feature_key, hash_step};

/// Salts that keep the keys of different kinds of features apart.
const SALT_WORD: u64 = 1;
const SALT_BIGRAM: u64 = 2;
const SALT_CHARACTERS: u64 = 3;
const SALT_PAIR: u64 = 4;
const SALT_SUBWORD: u64 = 5;
/// And one for every block from here on.
const SALT_EXTRA: u64 = 6;

/// One occurrence of a feature in a message.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence {
    /// The block it belongs to.
    pub block: Block,
    /// Its key.
    pub key: u32,
    /// How much it counts; 1 except for extra features.
    pub value: f32,
    /// The words it was read from, first and last; `None` where it is not tied to words.
    pub words: Option<(u32, u32)>,
}

/// Tokenizers whose words are remembered; beyond, all are forgotten.
const KNOWN_TOKENIZERS_MAX: usize = 8;

/// Every feature occurrence of one message, kept until another message or another finder is asked for.
#[derive(Debug, Default)]
pub struct FoundFeatures {
    /// The words of the message.
    pub tokens: Tokens,
    /// The occurrences, always in the same order for the same message.
    pub occurrences: Vec<Occurrence>,
    text: String,
    /// By which schema and extra features all but subwords were found, and how many come before the subwords.
    whole_words: Option<(blake3::Hash, usize)>,
    /// By which tokenizer the subwords were found.
    subwords: Option<blake3::Hash>,
    /// The occurrences that come after the subwords.
    extra: Vec<Occurrence>,
    padded: Vec<char>,
    known_words: HashMap<blake3::Hash, KnownWords>,
}

/// Finds features; holds what does not change from message to message.
pub struct FeatureFinder {
    schema: FeatureSchema,
    subwords: Option<Subwords>,
    extra: Option<&'static dyn ExtraFeatures>,
    /// Of the schema and the extra features: the same for finders that find the same but for subwords.
    whole_words_digest: blake3::Hash,
    /// Of the tokenizer.
    subwords_digest: blake3::Hash,
}

impl FeatureFinder {
    /// A finder after `schema`.
    pub fn new(schema: FeatureSchema, subwords: Option<Subwords>, extra: Option<&'static dyn ExtraFeatures>) -> Self {
        let whole_words_digest = whole_words_digest(&schema, extra);
        let subwords_digest = blake3::hash(subwords.as_ref().map_or("", Subwords::json).as_bytes());
        FeatureFinder { schema, subwords, extra, whole_words_digest, subwords_digest }
    }

    /// The schema it follows.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// The tokenizer, if there is one.
    pub fn subwords(&self) -> Option<&Subwords> {
        self.subwords.as_ref()
    }

    /// Leaves every feature occurrence of `text` in `found`; what another finder has found of it already costs nothing.
    pub fn find(&self, text: &str, found: &mut FoundFeatures) {
        let known_count = found
            .whole_words
            .filter(|(digest, _)| *digest == self.whole_words_digest && found.text == text)
            .map(|(_, count)| count);
        if known_count.is_some() && found.subwords == Some(self.subwords_digest) {
            return;
        }
        match known_count {
            Some(count) => found.occurrences.truncate(count),
            None => self.find_whole_words(text, found),
        }
        found.subwords = Some(self.subwords_digest);
        let FoundFeatures { tokens, occurrences, known_words, extra, .. } = found;
        if let Some(subwords) = &self.subwords {
            if known_words.len() >= KNOWN_TOKENIZERS_MAX && !known_words.contains_key(&self.subwords_digest) {
                known_words.clear();
            }
            let known = known_words.entry(self.subwords_digest).or_default();
            find_subwords(subwords, tokens, known, &mut |occurrence| occurrences.push(occurrence));
        }
        occurrences.extend_from_slice(extra);
    }

    /// The occurrences of everything but subwords.
    fn find_whole_words(&self, text: &str, found: &mut FoundFeatures) {
        found.text.clear();
        found.text.push_str(text);
        let FoundFeatures { tokens, occurrences, padded, extra: after_subwords, .. } = found;
        tokens.read(text);
        occurrences.clear();
        after_subwords.clear();
        let mut emit = |occurrence| occurrences.push(occurrence);
        find_words(tokens, &mut emit);
        find_characters(&self.schema, tokens, padded, &mut emit);
        find_pairs(self.schema.pair_window_words, tokens, &mut emit);
        if let Some(extra) = self.extra {
            extra.find(text, &mut |ExtraFeature { block, hash, value, span }| {
                let key = feature_key(hash_step(hash, SALT_EXTRA + block as u64));
                let words = span.and_then(|span| words_within(tokens, span));
                after_subwords.push(Occurrence { block, key, value, words });
            });
        }
        found.whole_words = Some((self.whole_words_digest, found.occurrences.len()));
    }
}

/// The words that stand within these bytes, first and last.
fn words_within(tokens: &Tokens, (start, end): (usize, usize)) -> Option<(u32, u32)> {
    let first = tokens.words().partition_point(|word| word.byte_end <= start);
    let beyond = tokens.words().partition_point(|word| word.byte_start < end);
    words(first, beyond.checked_sub(1)?).filter(|(first, last)| first <= last)
}

/// Digest of all that decides which features are found beside subwords.
fn whole_words_digest(schema: &FeatureSchema, extra: Option<&'static dyn ExtraFeatures>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for number in [schema.characters_min, schema.characters_max, schema.pair_window_words] {
        hasher.update(&(number as u64).to_le_bytes());
    }
    hasher.update(extra.map_or("", ExtraFeatures::name).as_bytes());
    hasher.finalize()
}

/// The words that an occurrence was read from.
fn words(first: usize, last: usize) -> Option<(u32, u32)> {
    Some((u32::try_from(first).ok()?, u32::try_from(last).ok()?))
}

fn find_words(tokens: &Tokens, emit: &mut impl FnMut(Occurrence)) {
    let mut previous: Option<(u64, usize)> = None;
    for (index, word) in tokens.words().iter().enumerate().filter(|(_, word)| word.is_alphanumeric) {
        let key = feature_key(hash_step(word.hash, SALT_WORD));
        emit(Occurrence { block: Block::Words, key, value: 1.0, words: words(index, index) });
        if let Some((hash, before)) = previous {
            let key = feature_key(hash_step(hash_step(hash, word.hash), SALT_BIGRAM));
            emit(Occurrence { block: Block::Words, key, value: 1.0, words: words(before, index) });
        }
        previous = Some((word.hash, index));
    }
}

fn find_characters(schema: &FeatureSchema, tokens: &Tokens, padded: &mut Vec<char>, emit: &mut impl FnMut(Occurrence)) {
    let seed = hash_step(HASH_SEED, SALT_CHARACTERS);
    for (index, word) in tokens.words().iter().enumerate().filter(|(_, word)| word.is_alphanumeric) {
        padded.clear();
        padded.push(' ');
        padded.extend_from_slice(tokens.chars_of(word));
        padded.push(' ');
        let mut rest = padded.as_slice();
        while !rest.is_empty() {
            let mut state = seed;
            for (before, &c) in rest.iter().take(schema.characters_max).enumerate() {
                state = hash_step(state, u64::from(c));
                if before + 1 >= schema.characters_min {
                    let key = feature_key(state);
                    emit(Occurrence { block: Block::Characters, key, value: 1.0, words: words(index, index) });
                }
            }
            rest = rest.split_first().map_or(&[], |(_, tail)| tail);
        }
    }
}

fn find_pairs(window_words: usize, tokens: &Tokens, emit: &mut impl FnMut(Occurrence)) {
    let all = tokens.words();
    for (first, word) in all.iter().enumerate().filter(|(_, word)| word.is_alphanumeric) {
        let later = all.iter().enumerate().skip(first + 1).filter(|(_, other)| other.is_alphanumeric);
        for (last, other) in later.take(window_words.saturating_sub(1)) {
            let key = feature_key(hash_step(hash_step(word.hash, other.hash), SALT_PAIR));
            emit(Occurrence { block: Block::Pairs, key, value: 1.0, words: words(first, last) });
        }
    }
}

fn find_subwords(subwords: &Subwords, tokens: &Tokens, known: &mut KnownWords, emit: &mut impl FnMut(Occurrence)) {
    for (index, word) in tokens.words().iter().enumerate().filter(|(_, word)| word.is_alphanumeric) {
        subwords.split(tokens.chars_of(word), known, |id| {
            let key = feature_key(hash_step(hash_step(HASH_SEED, SALT_SUBWORD), u64::from(id)));
            emit(Occurrence { block: Block::Subwords, key, value: 1.0, words: words(index, index) });
        });
    }
}
