//! Accuracy and F1, for each label and over all.

use serde::Serialize;

/// How well one label is found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelReport {
    /// The label.
    pub label: String,
    /// Number of examples that have it.
    pub count: usize,
    /// Number of examples that were given it.
    pub predicted_count: usize,
    /// Share of the examples given it that have it; 0 where none was given it.
    pub precision: f64,
    /// Share of the examples that have it that were given it; 0 where none has it.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

/// How well all labels are found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationReport {
    /// Number of examples.
    pub count: usize,
    /// Share that was given its label.
    pub accuracy: f64,
    /// Mean F1 of the labels that occur among labels or predictions.
    pub macro_f1: f64,
    /// The most frequent label.
    pub majority_label: String,
    /// Accuracy of always predicting it.
    pub majority_accuracy: f64,
    /// Macro-F1 of always predicting it.
    pub majority_macro_f1: f64,
    /// One line a label that occurs among labels or predictions, in the order given.
    pub labels: Vec<LabelReport>,
}

impl ClassificationReport {
    /// Compares `predicted` with `actual`, both positions in `labels`.
    pub fn new(labels: &[String], actual: &[usize], predicted: &[usize]) -> Self {
        let tallies = tally(labels.len(), actual, predicted);
        let count = actual.len();
        let hits: usize = tallies.iter().map(|tally| tally.hits).sum();
        let majority = (0..labels.len()).rev().max_by_key(|&label| tallies[label].actual).unwrap_or(0);
        let majority_predictions = vec![majority; count];
        let reports =
            labels.iter().zip(&tallies).filter(|(_, tally)| tally.occurs()).map(|(label, tally)| LabelReport {
                label: label.clone(),
                count: tally.actual,
                predicted_count: tally.predicted,
                precision: ratio(tally.hits, tally.predicted),
                recall: ratio(tally.hits, tally.actual),
                f1: tally.f1(),
            });
        ClassificationReport {
            count,
            accuracy: ratio(hits, count),
            macro_f1: mean_f1(&tallies),
            majority_label: labels.get(majority).cloned().unwrap_or_default(),
            majority_accuracy: ratio(tallies.get(majority).map_or(0, |tally| tally.actual), count),
            majority_macro_f1: macro_f1(labels.len(), actual, &majority_predictions),
            labels: reports.collect(),
        }
    }
}

/// Mean F1 of the labels that occur among `actual` or `predicted`; 0 where there is no example.
pub fn macro_f1(label_count: usize, actual: &[usize], predicted: &[usize]) -> f64 {
    mean_f1(&tally(label_count, actual, predicted))
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    actual: usize,
    predicted: usize,
    hits: usize,
}

impl Tally {
    fn occurs(&self) -> bool {
        self.actual + self.predicted > 0
    }

    fn f1(&self) -> f64 {
        ratio(2 * self.hits, self.actual + self.predicted)
    }
}

fn tally(label_count: usize, actual: &[usize], predicted: &[usize]) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); label_count];
    for (&actual, &predicted) in actual.iter().zip(predicted) {
        if let Some(tally) = tallies.get_mut(actual) {
            tally.actual += 1;
            tally.hits += usize::from(actual == predicted);
        }
        if let Some(tally) = tallies.get_mut(predicted) {
            tally.predicted += 1;
        }
    }
    tallies
}

fn mean_f1(tallies: &[Tally]) -> f64 {
    let occurring = tallies.iter().filter(|tally| tally.occurs());
    let (sum, count) = occurring.fold((0.0, 0_usize), |(sum, count), tally| (sum + tally.f1(), count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_agrees_with_figures_worked_out_by_hand() {
        let labels = ["a", "b", "c", "never"].map(str::to_owned);
        let report = ClassificationReport::new(&labels, &[0, 0, 0, 1, 1, 2], &[0, 0, 1, 1, 2, 2]);
        assert_eq!(report.labels.len(), 3);
        assert!((report.accuracy - 4.0 / 6.0).abs() < 1e-12);
        // F1: a = 4/5, b = 1/2, c = 2/3.
        assert!((report.macro_f1 - (0.8 + 0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!((report.majority_label.as_str(), report.majority_accuracy), ("a", 0.5));
        assert!((report.majority_macro_f1 - 2.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn no_example_gives_zero() {
        let report = ClassificationReport::new(&["a".to_owned()], &[], &[]);
        assert_eq!((report.count, report.macro_f1, report.accuracy), (0, 0.0, 0.0));
    }
}
