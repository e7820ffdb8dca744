//! The report page of `recourse evaluate text`, and how sure the model was where it was right.

use super::page::Page;
use super::reliability::{bin_rows, gain_chart, reliability_chart};
use super::table::counted;
use crate::train::metrics::{ClusterInterval, ReliabilityBin, reliability_by_width};
use crate::train::text::{CALIBRATION_BIN_COUNT, ExampleRows, LABEL_ROWS_ENOUGH, TextEvaluation, TextPrediction};

/// Steps of the gain curve.
const GAIN_STEPS: usize = 50;

/// How sure the model was of its labels, and where it was right.
pub struct Sureness {
    /// Bins of the probability of the predicted label.
    pub bins: Vec<ReliabilityBin>,
    /// Share of the messages read again, the least sure first, and share of the wrong ones among them.
    gain: Vec<(f64, f64)>,
}

impl Sureness {
    /// Compares predictions with the labels of their rows.
    pub fn new(predictions: &[TextPrediction], found: &ExampleRows) -> Self {
        let pairs = predictions.iter().zip(&found.rows);
        let mut points: Vec<(f64, bool)> = pairs
            .map(|(prediction, row)| (prediction.probability, prediction.predicted == row.example.label))
            .collect();
        let bins = reliability_by_width(&points, CALIBRATION_BIN_COUNT);
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Sureness { bins, gain: gain_of(&points) }
    }
}

fn gain_of(ascending: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let wrong_among = |count: usize| ascending.iter().take(count).filter(|(_, right)| !right).count();
    let wrong_count = wrong_among(ascending.len());
    let mut gain = Vec::with_capacity(GAIN_STEPS + 1);
    for step in 0..=GAIN_STEPS {
        let found = wrong_among(ascending.len() * step / GAIN_STEPS);
        let share = if wrong_count > 0 { found as f64 / wrong_count as f64 } else { 0.0 };
        gain.push((step as f64 / GAIN_STEPS as f64, share));
    }
    gain
}

/// The agreement on ordered labels in words; nothing where labels have no order.
pub fn kappa_sentence(evaluation: &TextEvaluation) -> Option<String> {
    let kappa = evaluation.quadratic_weighted_kappa?;
    let known_count = evaluation.classification.count - evaluation.unknown_label_row_count;
    Some(match evaluation.unknown_label_row_count {
        0 => format!("quadratic weighted kappa {kappa:.3}"),
        count => format!(
            "quadratic weighted kappa {kappa:.3} on {}, without the {count} whose label the model does not know",
            counted(known_count, "row")
        ),
    })
}

/// What the interval of the macro-F1 is worth where labels are rare; nothing where there is no interval, or none of them is.
pub fn rare_labels_note(evaluation: &TextEvaluation) -> Option<String> {
    evaluation.macro_f1_interval.low?;
    let rare_count = evaluation.rare_label_count;
    let label_count = evaluation.classification.labels.len();
    (rare_count > 0).then(|| {
        format!(
            "{rare_count} of {} with fewer than {LABEL_ROWS_ENOUGH} different texts: the interval of the macro-F1 is too narrow, and the \
             true figure is more often above it than below.",
            counted(label_count, "label")
        )
    })
}

/// The page of an evaluation.
pub fn page_of(evaluation: &TextEvaluation, sureness: &Sureness) -> Page {
    let report = &evaluation.classification;
    let ClusterInterval { value: _, low, high } = evaluation.macro_f1_interval;
    let interval = match low.zip(high) {
        Some((low, high)) => {
            format!("the middle 95 % of bootstrap resamples of different texts from {low:.3} to {high:.3}")
        }
        None => "without an interval, for there are too few different texts".to_owned(),
    };
    let repeats = match evaluation.repeated_text_count {
        0 => String::new(),
        count => format!(" ({count} of them repeat another)"),
    };
    let mut page = Page::new("Text evaluation");
    page.paragraph(&format!(
        "{} rows{repeats}. Macro-F1 {:.3}, {interval}; accuracy {:.3}; log \
         loss {:.3}; ECE {:.3}. Always `{}`: macro-F1 {:.3}, accuracy {:.3}.",
        report.count,
        report.macro_f1,
        report.accuracy,
        evaluation.log_loss,
        evaluation.calibration_error,
        report.majority_label,
        report.majority_macro_f1,
        report.majority_accuracy
    ));
    if let Some(note) = rare_labels_note(evaluation) {
        page.paragraph(&note);
    }
    if let Some(sentence) = kappa_sentence(evaluation) {
        page.paragraph(&format!("Ordered labels: {sentence}."));
    }
    page.paragraph(&format!(
        "The model abstains from {:.1} % of the rows; accuracy on the others is {:.3}.",
        evaluation.abstained_share * 100.0,
        evaluation.accepted_accuracy
    ));
    page.section("Labels");
    let mut rows = Vec::new();
    for label in &report.labels {
        let mut row = vec![label.label.clone(), label.count.to_string(), label.predicted_count.to_string()];
        row.extend([label.precision, label.recall, label.f1].map(|figure| format!("{figure:.3}")));
        rows.push(row);
    }
    page.table("Each label", &["label", "rows", "predicted", "precision", "recall", "F1"], &rows);
    page.section("Reliability");
    let bins = &sureness.bins;
    let headings = ["bin", "rows", "mean probability given", "share right"];
    page.table("Probability of the predicted label", &headings, &bin_rows(bins));
    page.chart("reliability", &reliability_chart("Reliability", "probability given", "share right", bins));
    page.section("Gain");
    page.paragraph("Reading the least sure messages again first: how many of the wrong ones are found.");
    let gains = vec![("least sure first".to_owned(), sureness.gain.clone())];
    page.chart("gain", &gain_chart("Gain", "messages read again", "wrong ones found", gains));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_counts_the_wrong_ones_found() {
        let gain = gain_of(&[(0.2, false), (0.3, true), (0.5, false), (0.9, true)]);
        assert_eq!((gain[0], gain[13], gain[50]), ((0.0, 0.0), (0.26, 0.5), (1.0, 1.0)));
        assert_eq!(gain_of(&[(0.9, true)])[50], (1.0, 0.0));
    }
}
