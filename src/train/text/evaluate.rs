//! Measures a text model on labelled messages.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fit::CALIBRATION_BIN_COUNT;
use super::repeats::RepeatGroups;
use super::spec::TextExample;
use crate::model::text::{LabelOrder, TextModel, TextScratch};
use crate::parallel::run_parallel;
use crate::train::metrics::{
    ClassificationReport, ClusterInterval, SHARE_RANGE, expected_calibration_error, log_loss, macro_f1,
    quadratic_weighted_kappa, resampled_groups,
};

/// Resamples behind every interval.
const RESAMPLE_COUNT: usize = 500;
/// Different texts of a label below which its F1 hangs on a few of them.
pub const LABEL_ROWS_ENOUGH: usize = 20;
/// Messages that a core scores in one go.
const BATCH_LENGTH: usize = 256;

/// What a model said about one message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextPrediction {
    /// The label it was given.
    pub predicted: String,
    /// The calibrated probability of that label.
    pub probability: f64,
    /// Whether the model is too unsure to be relied on.
    pub abstains: bool,
    /// The probability of the true label; 0 where the model does not know it.
    #[serde(skip)]
    pub probability_of_truth: f64,
}

/// A label of the messages that the model does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownLabel {
    /// The label.
    pub label: String,
    /// Number of messages that have it.
    pub count: usize,
    /// The label of the model that differs from it in nothing but case or space around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
}

/// How well a model does on a set of messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextEvaluation {
    /// Accuracy and F1, in all and for each label.
    #[serde(flatten)]
    pub classification: ClassificationReport,
    /// Macro-F1 with the middle 95 % of what it is on resamples of different texts, each with all that repeat it; of fewer than 10
    /// different texts there is no interval.
    pub macro_f1_interval: ClusterInterval,
    /// Number of labels that occur among labels or predictions, each a part of the macro-F1, with fewer than [`LABEL_ROWS_ENOUGH`] different
    /// texts. With any of them the interval is too narrow, and too low as a rule: resamples of a few rows miss some, and never find others.
    pub rare_label_count: usize,
    /// Number of messages that repeat another of them.
    pub repeated_text_count: usize,
    /// Mean log loss, where a label that the model does not know counts as nearly impossible.
    pub log_loss: f64,
    /// Expected calibration error of the predicted label's probability over ten bins.
    pub calibration_error: f64,
    /// Share of the messages that the model abstains from.
    pub abstained_share: f64,
    /// Accuracy on the others.
    pub accepted_accuracy: f64,
    /// Agreement on ordered labels, over the messages whose label the model knows: the others have no place in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quadratic_weighted_kappa: Option<f64>,
    /// Number of messages whose label the model does not know. They count as wrong in everything but the kappa.
    pub unknown_label_row_count: usize,
    /// Those labels, in the order in which they occur.
    pub unknown_labels: Vec<UnknownLabel>,
}

/// Scores `examples` and compares with their labels; `seed` is that of the intervals. Texts that repeat each other are drawn together: a
/// template filled with other numbers is one proof, however often it was sent.
pub fn evaluate_text(model: &TextModel, examples: &[TextExample], seed: u64) -> (TextEvaluation, Vec<TextPrediction>) {
    let predictions = predict_examples(model, examples);
    let known_count = model.labels().len();
    let mut labels = model.labels().to_vec();
    for example in examples {
        if !labels.contains(&example.label) {
            labels.push(example.label.clone());
        }
    }
    let number = |name: &str| labels.iter().position(|label| label == name).unwrap_or(labels.len());
    let actual: Vec<usize> = examples.iter().map(|example| number(&example.label)).collect();
    let predicted: Vec<usize> = predictions.iter().map(|prediction| number(&prediction.predicted)).collect();
    let is_right: Vec<bool> = actual.iter().zip(&predicted).map(|(a, b)| a == b).collect();
    let probabilities: Vec<f64> = predictions.iter().map(|prediction| prediction.probability).collect();
    let of_truth: Vec<f64> = predictions.iter().map(|prediction| prediction.probability_of_truth).collect();
    let accepted: Vec<bool> =
        predictions.iter().zip(&is_right).filter(|(p, _)| !p.abstains).map(|(_, right)| *right).collect();
    let accepted_right = accepted.iter().filter(|right| **right).count();
    let pick = |from: &[usize], chosen: &[usize]| chosen.iter().map(|&at| from[at]).collect::<Vec<usize>>();
    let is_ordered = model.description().calibration.order == LabelOrder::Ordered;
    let known: Vec<usize> = (0..actual.len()).filter(|&at| actual[at] < known_count).collect();
    let kappa = || quadratic_weighted_kappa(known_count, &pick(&actual, &known), &pick(&predicted, &known));
    let macro_f1_of = |chosen: &[usize]| macro_f1(labels.len(), &pick(&actual, chosen), &pick(&predicted, chosen));
    let groups = RepeatGroups::of_texts(examples.iter().map(|example| example.text.as_str()));
    let resampled = resampled_groups(&groups.members(), RESAMPLE_COUNT, seed, macro_f1_of);
    let all: Vec<usize> = (0..examples.len()).collect();
    let evaluation = TextEvaluation {
        classification: ClassificationReport::new(&labels, &actual, &predicted),
        macro_f1_interval: ClusterInterval::new(macro_f1_of(&all), resampled, groups.group_count(), SHARE_RANGE),
        rare_label_count: rare_label_count(labels.len(), &actual, &predicted, &groups),
        repeated_text_count: groups.repeat_count(),
        log_loss: log_loss(&of_truth),
        calibration_error: expected_calibration_error(&probabilities, &is_right, CALIBRATION_BIN_COUNT),
        abstained_share: 1.0 - accepted.len() as f64 / examples.len().max(1) as f64,
        accepted_accuracy: accepted_right as f64 / accepted.len().max(1) as f64,
        quadratic_weighted_kappa: (is_ordered && !known.is_empty()).then(kappa),
        unknown_label_row_count: actual.len() - known.len(),
        unknown_labels: unknown_labels(labels.split_at(known_count), &actual),
    };
    (evaluation, predictions)
}

/// The labels that occur among `actual` or `predicted` with too few different texts to tell their F1.
fn rare_label_count(label_count: usize, actual: &[usize], predicted: &[usize], groups: &RepeatGroups) -> usize {
    let mut texts_of: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (index, (&actual, &predicted)) in actual.iter().zip(predicted).enumerate() {
        texts_of.entry(actual).or_default().insert(groups.group_of(index));
        texts_of.entry(predicted).or_default();
    }
    let is_rare = |(label, texts): &(usize, BTreeSet<usize>)| *label < label_count && texts.len() < LABEL_ROWS_ENOUGH;
    texts_of.into_iter().filter(is_rare).count()
}

/// The labels behind those that the model knows, with their counts among `actual`, which are positions in both.
fn unknown_labels((known, unknown): (&[String], &[String]), actual: &[usize]) -> Vec<UnknownLabel> {
    let plain = |label: &str| label.trim().to_lowercase();
    let mut counts = vec![0; unknown.len()];
    for number in actual.iter().filter_map(|number| number.checked_sub(known.len())) {
        if let Some(count) = counts.get_mut(number) {
            *count += 1;
        }
    }
    let describe = |(label, count): (&String, usize)| UnknownLabel {
        label: label.clone(),
        count,
        meant: known.iter().find(|known| plain(known) == plain(label)).cloned(),
    };
    unknown.iter().zip(counts).map(describe).collect()
}

fn predict_examples(model: &TextModel, examples: &[TextExample]) -> Vec<TextPrediction> {
    let batches: Vec<&[TextExample]> = examples.chunks(BATCH_LENGTH).collect();
    let predicted = run_parallel(batches.len(), |index| {
        let mut scratch = TextScratch::default();
        let batch = batches.get(index).copied().unwrap_or_default();
        let mut predictions = Vec::with_capacity(batch.len());
        for example in batch {
            let prediction = model.predict(&example.text, &mut scratch);
            let truth = model.labels().iter().position(|label| *label == example.label);
            predictions.push(TextPrediction {
                predicted: prediction.label.to_owned(),
                probability: prediction.probability,
                abstains: prediction.abstains,
                probability_of_truth: truth.and_then(|at| prediction.probabilities.get(at)).copied().unwrap_or(0.0),
            });
        }
        predictions
    });
    predicted.into_iter().flatten().collect()
}
