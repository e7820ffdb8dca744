//! Scores one message.

use super::artifact::TextModel;
use super::vector::VectorScratch;

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
    /// Whether the model is too unsure to be relied on.
    pub abstains: bool,
    /// The probability of every label, in the order of the model's labels.
    pub probabilities: &'a [f64],
}

impl TextModel {
    /// The label of `text`.
    pub fn predict<'a>(&'a self, text: &str, scratch: &'a mut TextScratch) -> Prediction<'a> {
        self.vectoriser.vectorise(text, &mut scratch.vector);
        self.weights.score(&mut scratch.vector, self.reading(), &mut scratch.outputs, &mut scratch.hidden);
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
            abstains: probability < self.description.abstain_below,
            probabilities,
        }
    }
}
