//! The sparse vector of a message: sublinear TF-IDF, each block scaled to its weight.

use super::features::{FeatureFinder, FeatureGroup, FoundFeatures, Occurrence};
use super::schema::{BLOCK_COUNT, Block};
use super::sentences::Sentences;
use super::vocabulary::{Slot, Vocabulary};

/// One non-zero value of a sparse vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Position of the feature in the vocabulary.
    pub position: u32,
    /// Its value.
    pub value: f32,
}

/// Turns messages into sparse vectors.
pub struct Vectoriser {
    /// Finds the features.
    pub finder: FeatureFinder,
    /// The features that count.
    pub vocabulary: Vocabulary,
}

/// Buffers that are used again for the next message; the vector stays here.
#[derive(Debug, Default)]
pub struct VectorScratch {
    /// The features of the message.
    pub found: FoundFeatures,
    /// The vector, in order of first occurrence.
    pub entries: Vec<Entry>,
    /// What each of `entries` counts before it is weighted.
    pub(super) counts: Vec<f32>,
    /// The vector cut into sentences, after [`VectorScratch::split_sentences`].
    pub(super) sentences: Sentences,
    pub(super) places: Places,
    /// Block and inverse document frequency of each of `entries`.
    kinds: Vec<(Block, f32)>,
    slots: Vec<Slot>,
    /// What `entries` were made of.
    made_of: Option<MadeOf>,
}

/// What decides a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
struct MadeOf {
    /// See [`FoundFeatures::version`].
    found: u64,
    vocabulary: blake3::Hash,
    block_weights: [f32; BLOCK_COUNT],
}

/// For every distinct feature of a message its place among the entries, one more than its index; 0 where the model does not know it.
#[derive(Debug, Default)]
pub struct Places {
    whole_words: Vec<u32>,
    subwords: Vec<u32>,
}

impl Places {
    /// Share of the words with letters that the model knows; 1 where there are none.
    pub fn known_word_share(&self, found: &FoundFeatures) -> f64 {
        let FoundFeatures { tokens, whole_words, .. } = found;
        let (mut word_count, mut known_count) = (0_usize, 0_usize);
        let placed = whole_words.occurrences.iter().zip(&whole_words.indexes);
        for (occurrence, index) in placed.take_while(|(occurrence, _)| occurrence.block == Block::Words) {
            let Some((first, _)) = occurrence.words.filter(|(first, last)| first == last) else { continue };
            let word = tokens.words().get(first as usize);
            let count = word.map_or(0, |word| words_in(tokens.chars_of(word)));
            word_count += count;
            known_count +=
                if self.whole_words.get(*index as usize).is_some_and(|place| *place > 0) { count } else { 0 };
        }
        if word_count == 0 { 1.0 } else { known_count as f64 / word_count as f64 }
    }

    /// Every occurrence that the model knows, with the index of its entry.
    pub fn known<'f>(&'f self, found: &'f FoundFeatures) -> impl Iterator<Item = (&'f Occurrence, usize)> {
        known_in(&found.whole_words, &self.whole_words).chain(known_in(&found.subwords, &self.subwords))
    }
}

/// Words in a run of letters and digits: one, none where it has no letter, and one a letter in scripts that put no blanks between words.
fn words_in(chars: &[char]) -> usize {
    let is_unspaced = |c: &&char| matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..);
    match chars.iter().filter(is_unspaced).count() {
        0 => usize::from(chars.iter().any(|c| c.is_alphabetic())),
        count => count,
    }
}

fn known_in<'f>(group: &'f FeatureGroup, places: &'f [u32]) -> impl Iterator<Item = (&'f Occurrence, usize)> {
    let placed = group.occurrences.iter().zip(&group.indexes);
    placed
        .filter_map(|(occurrence, index)| Some((occurrence, (*places.get(*index as usize)? as usize).checked_sub(1)?)))
}

impl VectorScratch {
    /// Share of the words of the message with letters that the model knows, in [0, 1].
    pub fn known_word_share(&self) -> f64 {
        self.places.known_word_share(&self.found)
    }
}

impl Vectoriser {
    /// Leaves the vector of `text` in `scratch.entries`. Models with the same vocabulary share it.
    pub fn vectorise(&self, text: &str, scratch: &mut VectorScratch) {
        let VectorScratch { found, entries, counts, places, kinds, slots, made_of, .. } = scratch;
        self.finder.find(text, found);
        let block_weights = self.finder.schema().block_weights;
        let made = MadeOf { found: found.version(), vocabulary: self.vocabulary.digest(), block_weights };
        if *made_of == Some(made) {
            return;
        }
        *made_of = None;
        entries.clear();
        counts.clear();
        kinds.clear();
        let groups = [(&found.whole_words, &mut places.whole_words), (&found.subwords, &mut places.subwords)];
        for (group, places) in groups {
            let keys = group.distinct.keys();
            self.vocabulary.likely_slots(keys, slots);
            places.clear();
            for ((key, count), slot) in keys.iter().zip(group.distinct.counts()).zip(slots.iter()) {
                let Some(position) = self.vocabulary.position_from(*key, *slot) else {
                    places.push(0);
                    continue;
                };
                entries.push(Entry { position, value: *count });
                counts.push(*count);
                places.push(entries.len() as u32);
            }
        }
        kinds.extend(entries.iter().map(|entry| self.vocabulary.kind(entry.position)));
        weigh(entries, kinds, block_weights);
        *made_of = Some(made);
    }
}

/// Replaces the counts in `entries` by weighted values: each block has the length of its weight.
fn weigh(entries: &mut [Entry], kinds: &[(Block, f32)], block_weights: [f32; BLOCK_COUNT]) {
    let mut square_sums = [0.0_f32; BLOCK_COUNT];
    for (entry, (block, frequency)) in entries.iter_mut().zip(kinds) {
        let count = entry.value;
        entry.value = frequency * if count > 1.0 { 1.0 + count.ln() } else { count };
        if let Some(sum) = square_sums.get_mut(*block as usize) {
            *sum += entry.value * entry.value;
        }
    }
    let mut scales = block_weights;
    for (scale, sum) in scales.iter_mut().zip(square_sums) {
        *scale /= sum.sqrt().max(f32::MIN_POSITIVE);
    }
    for (entry, (block, _)) in entries.iter_mut().zip(kinds) {
        entry.value *= scales.get(*block as usize).copied().unwrap_or(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::FeatureSchema;
    use super::super::vocabulary::Feature;
    use super::*;

    const TEXT: &str = "the price is wrong";

    /// A vectoriser that knows the first `count` features of the message.
    fn knows(count: usize, word_weight: f32) -> Vectoriser {
        let mut schema = FeatureSchema::default();
        schema.block_weights[Block::Words as usize] = word_weight;
        let finder = FeatureFinder::new(schema, None, None);
        let mut found = FoundFeatures::default();
        finder.find(TEXT, &mut found);
        let known = found.occurrences().take(count);
        let known = known.map(|found| Feature { block: found.block, key: found.key, document_count: 1 });
        Vectoriser { finder, vocabulary: Vocabulary::new(known.collect(), 3) }
    }

    #[test]
    fn a_vector_is_shared_by_those_that_would_make_the_same_one() {
        let mut shared = VectorScratch::default();
        for vectoriser in [knows(3, 1.0), knows(3, 1.0), knows(2, 1.0), knows(3, 1.0), knows(3, 2.0)] {
            for text in [TEXT, "the price", TEXT, ""] {
                let mut alone = VectorScratch::default();
                vectoriser.vectorise(text, &mut alone);
                vectoriser.vectorise(text, &mut shared);
                assert_eq!(shared.entries, alone.entries, "{text}");
                assert_eq!(shared.counts, alone.counts);
            }
            vectoriser.vectorise(TEXT, &mut shared);
        }
    }
}
