//! Finds the features of a message; training, prediction and explanation all come through here.

use std::collections::HashMap;

use super::distinct::DistinctKeys;
use super::extra::{ExtraFeature, ExtraFeatures};
use super::schema::{Block, FeatureSchema};
use super::subwords::{KnownWords, Subwords};
use crate::text::tokens::{HASH_SEED, Tokens, feature_key, hash_step, learned_part};

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

/// Occurrences of features with the distinct features among them.
#[derive(Debug, Default)]
pub struct FeatureGroup {
    /// The occurrences, always in the same order for the same message.
    pub occurrences: Vec<Occurrence>,
    /// Their distinct features.
    pub distinct: DistinctKeys,
    /// For every occurrence the index of its feature in `distinct`.
    pub indexes: Vec<u32>,
}

impl FeatureGroup {
    fn clear(&mut self) {
        self.occurrences.clear();
        self.distinct.clear();
        self.indexes.clear();
    }

    fn push(&mut self, occurrence: Occurrence) {
        self.indexes.push(self.distinct.add(occurrence.key, occurrence.value));
        self.occurrences.push(occurrence);
    }
}

/// Every feature occurrence of one message, kept until another message or another finder is asked for.
#[derive(Debug, Default)]
pub struct FoundFeatures {
    /// The words of the message.
    pub tokens: Tokens,
    /// Everything but subwords.
    pub whole_words: FeatureGroup,
    /// The subwords.
    pub subwords: FeatureGroup,
    text: String,
    /// By which schema and extra features all but subwords were found.
    whole_words_digest: Option<blake3::Hash>,
    /// By which tokenizer the subwords were found.
    subwords_digest: Option<blake3::Hash>,
    /// Raised whenever other features are found.
    version: u64,
    padded: Vec<char>,
    known_words: HashMap<blake3::Hash, KnownWords>,
}

impl FoundFeatures {
    /// Another number for other features.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Every occurrence.
    pub fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        self.whole_words.occurrences.iter().chain(&self.subwords.occurrences)
    }
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

    /// The extra features, if there are any.
    pub fn extra(&self) -> Option<&'static dyn ExtraFeatures> {
        self.extra
    }

    /// Leaves every feature occurrence of `text` in `found`; what another finder has found of it already costs nothing.
    pub fn find(&self, text: &str, found: &mut FoundFeatures) {
        let text = learned_part(text);
        if found.whole_words_digest != Some(self.whole_words_digest) || found.text != text {
            self.find_whole_words(text, found);
            found.subwords_digest = None;
        }
        if found.subwords_digest != Some(self.subwords_digest) {
            self.find_subwords(found);
            found.version += 1;
        }
    }

    /// The occurrences of everything but subwords.
    fn find_whole_words(&self, text: &str, found: &mut FoundFeatures) {
        found.text.clear();
        found.text.push_str(text);
        found.whole_words_digest = Some(self.whole_words_digest);
        let FoundFeatures { tokens, whole_words, padded, .. } = found;
        tokens.read(text);
        whole_words.clear();
        let mut emit = |occurrence| whole_words.push(occurrence);
        find_words(tokens, &mut emit);
        find_characters(&self.schema, tokens, padded, &mut emit);
        find_pairs(self.schema.pair_window_words, tokens, &mut emit);
        if let Some(extra) = self.extra {
            extra.find(text, &mut |ExtraFeature { block, hash, value, span }| {
                // What counts nothing would be divided by when it is shared out among sentences.
                if value <= 0.0 {
                    return;
                }
                let key = feature_key(hash_step(hash, SALT_EXTRA + block as u64));
                let words = span.and_then(|span| words_within(tokens, span));
                emit(Occurrence { block, key, value, words });
            });
        }
    }

    /// The occurrences of subwords.
    fn find_subwords(&self, found: &mut FoundFeatures) {
        found.subwords_digest = Some(self.subwords_digest);
        found.subwords.clear();
        let Some(subwords) = &self.subwords else { return };
        let FoundFeatures { tokens, subwords: group, known_words, .. } = found;
        if known_words.len() >= KNOWN_TOKENIZERS_MAX && !known_words.contains_key(&self.subwords_digest) {
            known_words.clear();
        }
        let known = known_words.entry(self.subwords_digest).or_default();
        for (index, word) in tokens.words().iter().enumerate().filter(|(_, word)| word.is_alphanumeric) {
            for id in subwords.split(tokens.chars_of(word), word.hash, known) {
                let key = feature_key(hash_step(hash_step(HASH_SEED, SALT_SUBWORD), u64::from(*id)));
                group.push(Occurrence { block: Block::Subwords, key, value: 1.0, words: words(index, index) });
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl ExtraFeatures for Nothing {
        fn name(&self) -> &'static str {
            "nothing"
        }

        fn find(&self, _: &str, emit: &mut dyn FnMut(ExtraFeature)) {
            emit(ExtraFeature { block: Block::Extra, hash: 1, value: 0.0, span: None });
            emit(ExtraFeature { block: Block::Extra, hash: 2, value: 0.5, span: None });
        }
    }

    #[test]
    fn an_extra_feature_that_counts_nothing_is_left_out() {
        let finder = FeatureFinder::new(FeatureSchema::default(), None, Some(&Nothing));
        let mut found = FoundFeatures::default();
        finder.find("a message", &mut found);
        let extra: Vec<f32> =
            found.occurrences().filter(|found| found.block == Block::Extra).map(|found| found.value).collect();
        assert_eq!(extra, [0.5]);
    }

    #[test]
    fn the_rest_of_a_long_message_changes_nothing() {
        let finder = FeatureFinder::new(FeatureSchema::default(), None, None);
        let text = "word ".repeat(5_000);
        let (mut short, mut long) = (FoundFeatures::default(), FoundFeatures::default());
        finder.find(&text, &mut short);
        finder.find(&format!("{text} shortage"), &mut long);
        assert_eq!(short.text, long.text);
        let keys = |found: &FoundFeatures| found.occurrences().map(|found| found.key).collect::<Vec<_>>();
        assert!(short.text.len() <= 20_000 && keys(&short) == keys(&long));
    }
}
