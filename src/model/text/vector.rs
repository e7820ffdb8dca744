//! The sparse vector of a message: sublinear TF-IDF, each block scaled to its weight.

use super::features::{FeatureFinder, FinderScratch};
use super::schema::BLOCK_COUNT;
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
    /// Buffers of the feature finder, with the words of the message.
    pub finder: FinderScratch,
    /// The vector, in order of first occurrence.
    pub entries: Vec<Entry>,
    counts: Vec<f32>,
}

impl Vectoriser {
    /// Leaves the vector of `text` in `scratch.entries`.
    pub fn vectorise(&self, text: &str, scratch: &mut VectorScratch) {
        let VectorScratch { finder, entries, counts } = scratch;
        entries.clear();
        counts.resize(self.vocabulary.features().len(), 0.0);
        self.finder.find(text, finder, |occurrence| {
            if let Some(position) = self.vocabulary.position(occurrence.key)
                && let Some(count) = counts.get_mut(position as usize)
                && occurrence.value > 0.0
            {
                if *count == 0.0 {
                    entries.push(Entry { position, value: 0.0 });
                }
                *count += occurrence.value;
            }
        });
        self.weigh(entries, counts);
    }

    /// Replaces counts by weighted values and leaves the counts at zero.
    fn weigh(&self, entries: &mut [Entry], counts: &mut [f32]) {
        let features = self.vocabulary.features();
        let frequencies = self.vocabulary.inverse_document_frequencies();
        let mut square_sums = [0.0_f32; BLOCK_COUNT];
        for entry in entries.iter_mut() {
            let at = entry.position as usize;
            let (Some(count), Some(feature), Some(frequency)) =
                (counts.get_mut(at), features.get(at), frequencies.get(at))
            else {
                continue;
            };
            entry.value = frequency * if *count > 1.0 { 1.0 + count.ln() } else { *count };
            *count = 0.0;
            if let Some(sum) = square_sums.get_mut(feature.block as usize) {
                *sum += entry.value * entry.value;
            }
        }
        let mut scales = self.finder.schema().block_weights;
        for (scale, sum) in scales.iter_mut().zip(square_sums) {
            *scale /= sum.sqrt().max(f32::MIN_POSITIVE);
        }
        for entry in entries {
            if let Some(feature) = features.get(entry.position as usize) {
                entry.value *= scales.get(feature.block as usize).copied().unwrap_or(0.0);
            }
        }
    }
}
