//! Cuts the vector of a message into its sentences, which the hidden layer reads one by one.
//!
//! What is contested is said in one or two sentences; the others tell what is settled, what will be paid, who writes. A hidden
//! unit that sees one sentence at a time cannot join words of two.

use super::vector::VectorScratch;
use crate::text::tokens::Word;

/// A sentence is lengthened to the message's length raised to this, by its own raised to the rest.
const LENGTHENING: f64 = 0.7;
/// How much more a longer sentence counts.
const LENGTH_POWER: f64 = 0.36;
/// How much less each later sentence counts, in powers of e; what is contested is mostly said first.
const LATER_DECAY: f64 = 0.1;
/// Sentences from which on all count alike.
const DECAYING_COUNT: usize = 4;

/// How the hidden layer reads a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// All at once, as models of format 2 were trained.
    Whole,
    /// Sentence by sentence.
    BySentence,
}

/// A feature in a sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SentenceRow {
    /// The sentence, as an index of [`Sentences::shares`].
    pub sentence: u32,
    /// Position of the feature in the vocabulary.
    pub position: u32,
    /// Its value in the vector of the sentence.
    pub value: f32,
}

/// What an occurrence adds to a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowPart {
    /// The row, as an index of [`Sentences::rows`].
    pub row: u32,
    /// What it adds before the sentence is lengthened.
    pub value: f32,
    /// The words it was read from, first and last.
    pub words: (u32, u32),
}

/// The sentences of a message.
#[derive(Debug, Default)]
pub struct Sentences {
    /// Their vectors.
    pub rows: Vec<SentenceRow>,
    /// Share of each in what the hidden layer says of the message; they add up to 1.
    pub shares: Vec<f32>,
    /// By how much each is lengthened.
    pub lengthenings: Vec<f32>,
    /// What the values of `rows` are made of, where they are tied to words.
    pub parts: Vec<RowPart>,
    /// For every entry of the message the sentence it was last seen in, counted from 1, and its row there.
    last_rows: Vec<(u32, u32)>,
}

impl VectorScratch {
    /// Cuts the vector into what its `reading` takes for sentences. The value of a feature is divided among its occurrences; what is
    /// not tied to words belongs to every sentence.
    pub fn split_sentences(&mut self, reading: Reading) -> &Sentences {
        let VectorScratch { found, entries, places, counts, sentences, .. } = self;
        let Sentences { rows, shares, lengthenings, parts, last_rows } = sentences;
        let all_words = found.tokens.words();
        let sentence_of = |word: &Word| if reading == Reading::BySentence { word.sentence } else { 0 };
        let sentence_count = all_words.last().map_or(1, |word| sentence_of(word) as usize + 1);
        rows.clear();
        parts.clear();
        last_rows.clear();
        last_rows.resize(entries.len(), (0, 0));
        // Squared lengths at first, in which every occurrence counts for itself.
        shares.clear();
        shares.resize(sentence_count, 0.0);
        let mut whole: Vec<SentenceRow> = Vec::new();
        for (occurrence, at) in places.known(found) {
            let Some(((entry, count), last)) = entries.get(at).zip(counts.get(at)).zip(last_rows.get_mut(at)) else {
                continue;
            };
            let value = entry.value * occurrence.value / count;
            let row = SentenceRow { sentence: 0, position: entry.position, value };
            let Some(words) = occurrence.words else {
                whole.push(row);
                continue;
            };
            let sentence = all_words.get(words.0 as usize).map_or(0, sentence_of);
            if let Some(square) = shares.get_mut(sentence as usize) {
                *square += value * value;
            }
            if last.0 == sentence + 1
                && let Some(known) = rows.get_mut(last.1 as usize)
            {
                known.value += value;
            } else {
                *last = (sentence + 1, rows.len() as u32);
                rows.push(SentenceRow { sentence, ..row });
            }
            parts.push(RowPart { row: last.1, value, words });
        }
        let total: f32 = shares.iter().sum();
        if total <= 0.0 {
            shares.truncate(1);
        }
        let lengthening = |square: &f32| if *square > 0.0 { power(total / square, LENGTHENING * 0.5) } else { 0.0 };
        lengthenings.clear();
        lengthenings.extend(shares.iter().map(lengthening));
        for row in rows.iter_mut() {
            row.value *= lengthenings.get(row.sentence as usize).copied().unwrap_or(0.0);
        }
        share_out(shares);
        for sentence in (0_u32..).zip(shares.iter()).filter(|(_, share)| **share > 0.0).map(|(index, _)| index) {
            rows.extend(whole.iter().map(|row| SentenceRow { sentence, ..*row }));
        }
        &self.sentences
    }
}

/// In the wider type, so that the last bit does not depend on the machine.
fn power(base: f32, exponent: f64) -> f32 {
    f64::from(base).powf(exponent) as f32
}

/// Replaces squared lengths by shares.
fn share_out(squares: &mut [f32]) {
    let mut sum = 0.0;
    for (index, square) in squares.iter_mut().enumerate() {
        let decay = LATER_DECAY * index.min(DECAYING_COUNT) as f64;
        *square = power(*square, LENGTH_POWER * 0.5) * (-decay).exp() as f32;
        sum += *square;
    }
    match squares {
        [only] => *only = 1.0,
        many => many.iter_mut().for_each(|share| *share /= sum),
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::FeatureFinder;
    use super::super::features::FoundFeatures;
    use super::super::schema::{BLOCK_COUNT, Block, FeatureSchema};
    use super::super::vector::Vectoriser;
    use super::super::vocabulary::{Feature, Vocabulary};
    use super::*;

    fn split(text: &str) -> VectorScratch {
        let schema = FeatureSchema { document_count_min: [1; BLOCK_COUNT], ..FeatureSchema::default() };
        let finder = FeatureFinder::new(schema, None, None);
        let mut found = FoundFeatures::default();
        finder.find("the price is wrong. the goods are fine", &mut found);
        let feature = |key, block| Feature { block, key, document_count: 1 };
        let known = found.occurrences().filter(|found| found.block == Block::Words);
        let vocabulary = Vocabulary::new(known.map(|found| feature(found.key, found.block)).collect(), 2);
        let mut scratch = VectorScratch::default();
        Vectoriser { finder, vocabulary }.vectorise(text, &mut scratch);
        scratch.split_sentences(Reading::BySentence);
        scratch
    }

    #[test]
    fn one_sentence_is_the_message() {
        let scratch = split("the price is wrong");
        assert_eq!(scratch.sentences.shares, [1.0]);
        let sum: f32 = scratch.sentences.rows.iter().map(|row| row.value).sum();
        let whole: f32 = scratch.entries.iter().map(|entry| entry.value).sum();
        assert!((sum - whole).abs() < 1e-5);
    }

    #[test]
    fn read_as_a_whole_there_is_one_sentence() {
        let mut scratch = split("the price is wrong. the goods are fine");
        assert_eq!(scratch.sentences.shares.len(), 2);
        let Sentences { rows, shares, .. } = scratch.split_sentences(Reading::Whole);
        assert_eq!(shares.as_slice(), [1.0]);
        assert!(rows.iter().all(|row| row.sentence == 0));
    }

    #[test]
    fn shares_add_up_and_unknown_sentences_have_none() {
        let scratch = split("the price is wrong. zzz! the goods are fine");
        let shares = &scratch.sentences.shares;
        assert_eq!(shares.len(), 3);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(shares[0] > shares[2] && shares[2] > 0.0);
        for text in ["", "zzz", "zzz. yyy"] {
            assert!((split(text).sentences.shares.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{text}");
        }
    }
}
