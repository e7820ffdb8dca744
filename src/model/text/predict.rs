//! Scores one message.

use super::artifact::TextModel;
use super::extra::ExtraFeatures;
use super::vector::VectorScratch;

/// Share of the words of a message that a model must know to be relied on.
///
/// Of 710 messages in their seven languages that the shipped models had not seen, the least known has .55; most of those in other
/// languages are below, and in other scripts no word is known. With 400 rows of banking77 learned, 3 of 1,970 others are below.
pub const KNOWN_WORD_SHARE_MIN: f64 = 0.5;

/// Buffers that are used again for the next message.
#[derive(Debug, Default)]
pub struct TextScratch {
    pub(super) vector: VectorScratch,
    pub(super) outputs: Vec<f32>,
    pub(super) hidden: Vec<f32>,
    pub(super) probabilities: Vec<f64>,
    /// Sums of probabilities, where labels are put together.
    pub(super) sums: Vec<f64>,
}

/// The label of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction<'a> {
    /// The most fitting label.
    pub label: &'a str,
    /// Its position in the model's labels.
    pub label_index: usize,
    /// Its calibrated probability.
    pub probability: f64,
    /// Whether the model is too unsure, or knows too few of the words, to be relied on.
    pub abstains: bool,
    /// Share of the words of the message that the model knows, in [0, 1]; below [`KNOWN_WORD_SHARE_MIN`] it abstains. 1 where there are no
    /// words, and with extra features that read words of any language.
    pub known_word_share: f64,
    /// The probability of every label, in the order of the model's labels.
    pub probabilities: &'a [f64],
}

impl TextModel {
    /// The label of `text`.
    pub fn predict<'a>(&'a self, text: &str, scratch: &'a mut TextScratch) -> Prediction<'a> {
        self.vectoriser.vectorise(text, &mut scratch.vector);
        self.weights.score(&mut scratch.vector, self.reading(), &mut scratch.outputs, &mut scratch.hidden);
        let reads_any_words = self.vectoriser.finder.extra().is_some_and(ExtraFeatures::reads_any_words);
        let known_word_share = if reads_any_words { 1.0 } else { scratch.vector.known_word_share() };
        let of_label = self.description.calibration.apply(&scratch.outputs, &mut scratch.probabilities);
        let (label_index, probabilities) = match &self.merging {
            Some(merging) => (merging.add_up(&scratch.probabilities, &mut scratch.sums), &scratch.sums),
            None => (of_label, &scratch.probabilities),
        };
        let probability = probabilities.get(label_index).copied().unwrap_or(0.0);
        Prediction {
            label: self.labels().get(label_index).map_or("", String::as_str),
            label_index,
            probability,
            abstains: probability < self.description.abstain_below || known_word_share < KNOWN_WORD_SHARE_MIN,
            known_word_share,
            probabilities,
        }
    }
}
