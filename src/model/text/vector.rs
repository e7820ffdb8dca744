//! The sparse vector of a message: sublinear TF-IDF, each block scaled to its weight.

use super::features::{FeatureFinder, FoundFeatures};
use super::schema::{BLOCK_COUNT, Block};
use super::sentences::Sentences;
use super::vocabulary::Vocabulary;

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
    /// For every occurrence in `found` its place in `entries`, one more than its index; 0 where the feature is unknown.
    pub(super) places: Vec<u32>,
    /// What each of `entries` counts before it is weighted.
    pub(super) counts: Vec<f32>,
    /// The vector cut into sentences, after [`VectorScratch::split_sentences`].
    pub(super) sentences: Sentences,
    /// Block and inverse document frequency of each of `entries`.
    kinds: Vec<(Block, f32)>,
    /// The place in `entries` of every feature, one more than its index; all 0 between messages.
    place_of: Vec<u32>,
}

impl Vectoriser {
    /// Leaves the vector of `text` in `scratch.entries`.
    pub fn vectorise(&self, text: &str, scratch: &mut VectorScratch) {
        let VectorScratch { found, entries, places, counts, kinds, place_of, .. } = scratch;
        self.finder.find(text, found);
        entries.clear();
        kinds.clear();
        places.clear();
        if place_of.len() < self.vocabulary.features().len() {
            place_of.resize(self.vocabulary.features().len(), 0);
        }
        for occurrence in &found.occurrences {
            let known = self.vocabulary.look_up(occurrence.key).filter(|_| occurrence.value > 0.0);
            let slot = known.and_then(|known| Some((known, place_of.get_mut(known.position as usize)?)));
            let Some((known, place)) = slot else {
                places.push(0);
                continue;
            };
            if *place == 0 {
                entries.push(Entry { position: known.position, value: 0.0 });
                kinds.push((known.block, known.inverse_document_frequency));
                *place = entries.len() as u32;
            }
            places.push(*place);
            if let Some(entry) = entries.get_mut(*place as usize - 1) {
                entry.value += occurrence.value;
            }
        }
        for entry in entries.iter() {
            if let Some(place) = place_of.get_mut(entry.position as usize) {
                *place = 0;
            }
        }
        counts.clear();
        counts.extend(entries.iter().map(|entry| entry.value));
        weigh(entries, kinds, self.finder.schema().block_weights);
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
