//! Figures of a dispute model on later disputes, with intervals, counts and simple baselines on the same rows. Disputes of one customer
//! resemble each other, so that whole customers are drawn for an interval.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::examples::DisputeExample;
use crate::domain::dispute::PriorityLabel;
use crate::domain::ids::CustomerId;
use crate::model::dispute::{AdditiveScore, DisputePriorityModel, Figure, ValidityModel};
use crate::train::metrics::{
    BinaryMeasures, BinaryRanking, CLUSTER_COUNT_MIN, ClusterInterval, ClusterResamples, Interval, SHARE_RANGE,
    bootstrap_interval,
};

/// Length of the list whose order is judged.
pub const NDCG_DEPTH: usize = 20;
/// Resamplings behind an interval.
const BOOTSTRAP_COUNT: usize = 200;

/// What is drawn with replacement for an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Whole customers; of fewer than [`CLUSTER_COUNT_MIN`] there is no interval, and both its ends are the figure.
    Customers,
    /// Single disputes, as for the shipped models, whose simulated customers are many.
    Disputes,
}

impl Drawn {
    fn resamples(self, examples: &[&DisputeExample], seed: u64) -> ClusterResamples {
        match self {
            Drawn::Customers => {
                let customers: Vec<&CustomerId> = examples.iter().map(|example| &example.customer_id).collect();
                ClusterResamples::new(&customers, BOOTSTRAP_COUNT, seed)
            }
            Drawn::Disputes => {
                let disputes: Vec<usize> = (0..examples.len()).collect();
                ClusterResamples::new(&disputes, BOOTSTRAP_COUNT, seed)
            }
        }
    }
}

/// Whether figures on these disputes have intervals from whole customers.
pub fn have_intervals(examples: &[&DisputeExample]) -> bool {
    let customers: BTreeSet<&CustomerId> = examples.iter().map(|example| &example.customer_id).collect();
    customers.len() >= CLUSTER_COUNT_MIN
}

/// Normalised discounted cumulative gain of the first `depth` places when ranked by `scores` (Järvelin and Kekäläinen
/// 2002). Equal scores keep the order of the rows. 1 where no row gains anything.
pub fn ndcg(scores: &[f64], gains: &[f64], depth: usize) -> f64 {
    let best = dcg(gains, gains, depth);
    if best > 0.0 { dcg(scores, gains, depth) / best } else { 1.0 }
}

fn dcg(scores: &[f64], gains: &[f64], depth: usize) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let placed = order.iter().take(depth).enumerate();
    placed.map(|(place, row)| gains[*row] / discount(place)).sum()
}

fn discount(place: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a list has far fewer than 2^53 places")]
    let place = place as f64;
    (place + 2.0).log2()
}

/// What a label is worth at the top of a list: 2^grade − 1.
pub fn gain(label: PriorityLabel) -> f64 {
    match label {
        PriorityLabel::P1 => 7.0,
        PriorityLabel::P2 => 3.0,
        PriorityLabel::P3 => 1.0,
        PriorityLabel::P4 => 0.0,
    }
}

/// Figures of the model of urgency on labelled disputes.
pub fn evaluate_priority(
    model: &DisputePriorityModel,
    examples: &[&DisputeExample],
    drawn: Drawn,
    seed: u64,
) -> Vec<Figure> {
    let labelled: Vec<(&DisputeExample, PriorityLabel)> =
        examples.iter().filter_map(|example| Some((*example, example.label?))).collect();
    if labelled.is_empty() {
        return Vec::new();
    }
    let urgencies: Vec<AdditiveScore> =
        labelled.iter().map(|(example, _)| model.urgency(example.graded_features())).collect();
    let logits: Vec<f64> = urgencies.iter().map(AdditiveScore::logit).collect();
    let gains: Vec<f64> = labelled.iter().map(|(_, label)| gain(*label)).collect();
    let largest: Vec<f64> =
        labelled.iter().map(|(example, _)| example.graded_features().stake_base.unwrap_or(0.0)).collect();
    let oldest: Vec<f64> = labelled.iter().map(|(example, _)| -f64::from(example.opened_on.unix_days())).collect();
    let ndcg_of = |scores: &[f64], rows: &[usize]| ndcg(&pick(scores, rows), &pick(&gains, rows), NDCG_DEPTH);
    let rows: Vec<usize> = (0..labelled.len()).collect();
    let largest_first = ndcg_of(&largest, &rows);
    let oldest_first = ndcg_of(&oldest, &rows);
    let baseline =
        if oldest_first > largest_first { ("oldest_first", oldest_first) } else { ("largest_first", largest_first) };
    let drawn_from: Vec<&DisputeExample> = labelled.iter().map(|(example, _)| *example).collect();
    let resamples = drawn.resamples(&drawn_from, seed);
    // Equal scores keep the order of the rows, in a resample too.
    let ndcg_20 = match drawn {
        Drawn::Customers => {
            let rows_drawn = |counts: &[u32]| {
                let rows = counts.iter().enumerate().flat_map(|(row, count)| (0..*count).map(move |_| row));
                rows.collect::<Vec<usize>>()
            };
            let resampled = resamples.row_counts().map(|counts| ndcg_of(&logits, &rows_drawn(&counts)));
            interval_of(ndcg_of(&logits, &rows), resampled, &resamples, SHARE_RANGE)
        }
        Drawn::Disputes => bootstrap_interval(labelled.len(), BOOTSTRAP_COUNT, seed, SHARE_RANGE, |rows| {
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            ndcg_of(&logits, &rows)
        }),
    };
    let mut figures = vec![figure("ndcg_20", ndcg_20, labelled.len(), Some(baseline))];
    let is_urgent = |label: &PriorityLabel| matches!(label, PriorityLabel::P1 | PriorityLabel::P2);
    let of_urgency = urgencies.iter().zip(&labelled);
    let points = of_urgency.map(|(urgency, (_, label))| (urgency.probability(), is_urgent(label)));
    figures.extend(binary_figures(points.collect(), &resamples));
    figures
}

/// Figures of the model of validity on decided disputes.
pub fn evaluate_validity(model: &ValidityModel, examples: &[&DisputeExample], drawn: Drawn, seed: u64) -> Vec<Figure> {
    let decided = examples.iter().filter_map(|example| Some((*example, example.decided?.0.customer_was_right()?)));
    let (decided, is_right): (Vec<&DisputeExample>, Vec<bool>) = decided.unzip();
    let probabilities = decided.iter().map(|example| model.validity(&example.features).probability());
    let points: Vec<(f64, bool)> = probabilities.zip(is_right).collect();
    if points.is_empty() { Vec::new() } else { binary_figures(points, &drawn.resamples(&decided, seed)) }
}

/// A figure with its interval, whose ends are the figure where there is none.
fn interval_of(
    value: f64,
    resampled: impl IntoIterator<Item = f64>,
    resamples: &ClusterResamples,
    range: RangeInclusive<f64>,
) -> Interval {
    let ClusterInterval { value: _, low, high } =
        ClusterInterval::new(value, resampled, resamples.cluster_count(), range);
    Interval { value, low: low.unwrap_or(value), high: high.unwrap_or(value) }
}

fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| values[*row]).collect()
}

/// The share that came true, AUC, Brier score, log loss and calibration error, the losses beside those of that share.
fn binary_figures(points: Vec<(f64, bool)>, resamples: &ClusterResamples) -> Vec<Figure> {
    let row_count = points.len();
    let outcomes: Vec<bool> = points.iter().map(|(_, happened)| *happened).collect();
    let rate = |counts: &[u32]| {
        let happened: u32 = outcomes.iter().zip(counts).map(|(happened, count)| u32::from(*happened) * count).sum();
        f64::from(happened) / f64::from(counts.iter().sum::<u32>().max(1))
    };
    let once = vec![1; row_count];
    let base_rate = rate(&once);
    let of_rate = BinaryRanking::new(outcomes.iter().map(|happened| (base_rate, *happened)).collect()).measure_all();
    let ranking = BinaryRanking::new(points);
    let resampled: Vec<(f64, BinaryMeasures)> =
        resamples.row_counts().map(|counts| (rate(&counts), ranking.measure(&counts))).collect();
    let measured = (base_rate, ranking.measure_all());
    let within = |range: &RangeInclusive<f64>, value_of: fn(&(f64, BinaryMeasures)) -> f64| {
        interval_of(value_of(&measured), resampled.iter().map(value_of), resamples, range.clone())
    };
    let interval = |value_of| within(&SHARE_RANGE, value_of);
    let loss_interval = within(&(0.0..=f64::INFINITY), |(_, measures)| measures.log_loss);
    let beside = |value: f64| Some(("base_rate", value));
    vec![
        figure("base_rate", interval(|(rate, _)| *rate), row_count, None),
        figure("auc", interval(|(_, measures)| measures.auc), row_count, beside(0.5)),
        figure("brier", interval(|(_, measures)| measures.brier), row_count, beside(of_rate.brier)),
        figure("log_loss", loss_interval, row_count, beside(of_rate.log_loss)),
        figure("calibration_error", interval(|(_, measures)| measures.calibration_error), row_count, None),
    ]
}

fn figure(name: &str, interval: Interval, row_count: usize, baseline: Option<(&str, f64)>) -> Figure {
    let Interval { value, low, high } = interval;
    let baseline = baseline.map(|(name, value)| (name.to_owned(), value));
    Figure { name: name.to_owned(), value, low, high, row_count: row_count as u64, baseline }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndcg_is_one_for_the_ideal_order_and_less_for_others() {
        let gains = [7.0, 0.0, 3.0, 1.0];
        assert_eq!(ndcg(&gains, &gains, 3), 1.0);
        let reversed = [0.0, 7.0, 1.0, 3.0];
        assert!(ndcg(&reversed, &gains, 3) < 0.7);
        assert_eq!(ndcg(&[1.0, 2.0], &[0.0, 0.0], 3), 1.0);
    }

    #[test]
    fn figures_stand_beside_those_of_the_base_rate() {
        let points: Vec<(f64, bool)> =
            (0..400).map(|row| (f64::from(row % 10) / 10.0, row % 10 >= row / 100)).collect();
        let rows: Vec<usize> = (0..points.len()).collect();
        let figures = binary_figures(points, &ClusterResamples::new(&rows, BOOTSTRAP_COUNT, 1));
        for figure in &figures {
            assert!(figure.low < figure.value && figure.value < figure.high, "{figure:?}");
            assert_eq!(figure.row_count, 400);
        }
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names, ["base_rate", "auc", "brier", "log_loss", "calibration_error"]);
        let baseline =
            |name: &str| figures.iter().find(|figure| figure.name == name).and_then(|found| found.baseline.clone());
        // 85 of 100 came true.
        assert_eq!(figures[0].value, 0.85);
        assert!(baseline("brier").is_some_and(|(name, value)| name == "base_rate" && (value - 0.1275).abs() < 1e-12));
        assert!(baseline("log_loss").is_some_and(|(_, value)| (value - 0.422_709).abs() < 1e-6));
    }
}
