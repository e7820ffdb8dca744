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

/// A feature where it stands in a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SentencePart {
    /// The sentence, as an index of [`Sentences::shares`].
    pub sentence: u32,
    /// Position of the feature in the vocabulary.
    pub position: u32,
    /// Its value in the vector of the sentence.
    pub value: f32,
    /// The occurrence it is, as an index of the message's.
    pub occurrence: u32,
}

/// The sentences of a message.
#[derive(Debug, Default)]
pub struct Sentences {
    /// The parts of their vectors; of a feature that occurs more than once in a sentence there are more.
    pub parts: Vec<SentencePart>,
    /// Share of each in what the hidden layer says of the message; they add up to 1.
    pub shares: Vec<f32>,
}

impl VectorScratch {
    /// Cuts the vector into what its `reading` takes for sentences. The value of a feature is divided among its occurrences; what is
    /// not tied to words belongs to every sentence.
    pub fn split_sentences(&mut self, reading: Reading) -> &Sentences {
        let VectorScratch { found, entries, places, counts, sentences: Sentences { parts, shares }, .. } = self;
        let words = found.tokens.words();
        let sentence_of = |word: &Word| if reading == Reading::BySentence { word.sentence } else { 0 };
        let sentence_count = words.last().map_or(1, |word| sentence_of(word) as usize + 1);
        parts.clear();
        shares.clear();
        // Squared lengths at first.
        shares.resize(sentence_count, 0.0);
        let mut whole: Vec<SentencePart> = Vec::new();
        for (index, (occurrence, place)) in found.occurrences.iter().zip(places.iter()).enumerate() {
            let Some(at) = (*place as usize).checked_sub(1) else { continue };
            let Some((entry, count)) = entries.get(at).zip(counts.get(at)) else { continue };
            let sentence = occurrence.words.and_then(|(first, _)| words.get(first as usize).map(sentence_of));
            let value = entry.value * occurrence.value / count;
            let (position, occurrence) = (entry.position, index as u32);
            let part = SentencePart { sentence: sentence.unwrap_or(0), position, value, occurrence };
            match sentence.and_then(|sentence| shares.get_mut(sentence as usize)) {
                Some(square) => {
                    *square += value * value;
                    parts.push(part);
                }
                None => whole.push(part),
            }
        }
        let total: f32 = shares.iter().sum();
        if total <= 0.0 {
            shares.truncate(1);
        }
        let lengthening = |square: f32| if square > 0.0 { power(total / square, LENGTHENING * 0.5) } else { 0.0 };
        let factors: Vec<f32> = shares.iter().map(|square| lengthening(*square)).collect();
        for part in parts.iter_mut() {
            part.value *= factors.get(part.sentence as usize).copied().unwrap_or(0.0);
        }
        share_out(shares);
        for sentence in (0_u32..).zip(shares.iter()).filter(|(_, share)| **share > 0.0).map(|(index, _)| index) {
            parts.extend(whole.iter().map(|part| SentencePart { sentence, ..*part }));
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
        let known = found.occurrences.iter().filter(|found| found.block == Block::Words);
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
        let sum: f32 = scratch.sentences.parts.iter().map(|part| part.value).sum();
        let whole: f32 = scratch.entries.iter().map(|entry| entry.value).sum();
        assert!((sum - whole).abs() < 1e-5);
    }

    #[test]
    fn read_as_a_whole_there_is_one_sentence() {
        let mut scratch = split("the price is wrong. the goods are fine");
        assert_eq!(scratch.sentences.shares.len(), 2);
        let Sentences { parts, shares } = scratch.split_sentences(Reading::Whole);
        assert_eq!(shares.as_slice(), [1.0]);
        assert!(parts.iter().all(|part| part.sentence == 0));
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
