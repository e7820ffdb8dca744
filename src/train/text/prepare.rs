//! From messages to a vocabulary and a sparse matrix.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::matrix::SparseRows;
use super::sentences::SentenceRows;
use crate::model::text::{
    BLOCK_COUNT, Block, Entry, Feature, FeatureFinder, FoundFeatures, Reading, VectorScratch, Vectoriser, Vocabulary,
};
use crate::parallel::run_parallel;

/// Number of pieces that the messages are cut into; fixed, so that the number of cores changes nothing.
const CHUNK_COUNT: usize = 16;

/// Keys are well mixed already.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }

    fn write_u32(&mut self, key: u32) {
        // The upper bits, which the table looks at first, must differ as well.
        self.0 = u64::from(key) | (u64::from(key) << 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type DocumentCounts = HashMap<u32, (Block, u32), BuildHasherDefault<KeyHasher>>;

/// The features of `texts` that occur in enough of them.
pub fn build_vocabulary(finder: &FeatureFinder, texts: &[&str]) -> Vocabulary {
    let chunk_length = texts.len().div_ceil(CHUNK_COUNT).max(1);
    let chunks: Vec<&[&str]> = texts.chunks(chunk_length).collect();
    let counted =
        run_parallel(chunks.len(), |index| count_documents(finder, chunks.get(index).copied().unwrap_or_default()));
    let mut total = DocumentCounts::default();
    for counts in counted {
        for (key, (block, count)) in counts {
            let known = total.entry(key).or_insert((block, 0));
            // Two features with one key are as rare as they are harmless; the lower block takes both.
            known.0 = known.0.min(block);
            known.1 += count;
        }
    }
    let minimum: [u32; BLOCK_COUNT] = finder.schema().document_count_min;
    let features = total
        .into_iter()
        .filter(|(_, (block, count))| minimum.get(*block as usize).is_some_and(|minimum| count >= minimum))
        .map(|(key, (block, document_count))| Feature { block, key, document_count });
    Vocabulary::new(features.collect(), texts.len() as u32)
}

fn count_documents(finder: &FeatureFinder, texts: &[&str]) -> DocumentCounts {
    let mut counts = DocumentCounts::default();
    let mut features = FoundFeatures::default();
    let mut found: Vec<(u32, Block)> = Vec::new();
    for text in texts {
        found.clear();
        finder.find(text, &mut features);
        found.extend(features.occurrences().map(|occurrence| (occurrence.key, occurrence.block)));
        found.sort_unstable();
        found.dedup_by_key(|(key, _)| *key);
        for &(key, block) in &found {
            let known = counts.entry(key).or_insert((block, 0));
            known.0 = known.0.min(block);
            known.1 += 1;
        }
    }
    counts
}

/// The vectors of `texts`, each sorted by position, and, if asked for, those of their sentences.
pub fn build_rows(vectoriser: &Vectoriser, texts: &[&str], with_sentences: bool) -> (SparseRows, SentenceRows) {
    let column_count = vectoriser.vocabulary.features().len();
    let chunk_length = texts.len().div_ceil(CHUNK_COUNT).max(1);
    let chunks: Vec<&[&str]> = texts.chunks(chunk_length).collect();
    let pieces = run_parallel(chunks.len(), |index| {
        let mut rows = SparseRows::new(column_count);
        let mut sentences = SentenceRows::new(column_count);
        let mut scratch = VectorScratch::default();
        let mut sorted: Vec<Entry> = Vec::new();
        for text in chunks.get(index).copied().unwrap_or_default() {
            vectoriser.vectorise(text, &mut scratch);
            sorted.clear();
            sorted.extend_from_slice(&scratch.entries);
            sorted.sort_unstable_by_key(|entry| entry.position);
            rows.push(&sorted);
            if with_sentences {
                sentences.push(scratch.split_sentences(Reading::BySentence));
            }
        }
        (rows, sentences)
    });
    let mut rows = SparseRows::new(column_count);
    let mut sentences = SentenceRows::new(column_count);
    for (piece, piece_sentences) in &pieces {
        rows.append(piece);
        sentences.append(piece_sentences);
    }
    (rows, sentences)
}
