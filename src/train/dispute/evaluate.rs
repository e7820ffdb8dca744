//! Figures of a dispute model on later disputes, with intervals, counts and simple baselines on the same rows.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::examples::DisputeExample;
use crate::domain::dispute::PriorityLabel;
use crate::model::dispute::{DisputePriorityModel, Figure, ValidityModel};
use crate::model::odds::{log_loss_of_logit, probability_of_logit};

/// Length of the list whose order is judged.
pub const NDCG_DEPTH: usize = 20;
/// Resamplings behind an interval.
const BOOTSTRAP_COUNT: usize = 200;
/// Bins of the calibration error.
const CALIBRATION_BINS: usize = 10;

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
pub fn evaluate_priority(model: &DisputePriorityModel, examples: &[&DisputeExample], seed: u64) -> Vec<Figure> {
    let labelled: Vec<(&DisputeExample, PriorityLabel)> =
        examples.iter().filter_map(|example| Some((*example, example.label?))).collect();
    if labelled.is_empty() {
        return Vec::new();
    }
    let logits: Vec<f64> = labelled.iter().map(|(example, _)| model.urgency(&example.features).logit()).collect();
    let gains: Vec<f64> = labelled.iter().map(|(_, label)| gain(*label)).collect();
    let largest: Vec<f64> = labelled.iter().map(|(example, _)| example.features.stake_base.unwrap_or(0.0)).collect();
    let oldest: Vec<f64> = labelled.iter().map(|(example, _)| -f64::from(example.opened_on.unix_days())).collect();
    let ndcg_of = |scores: &[f64], rows: &[usize]| ndcg(&pick(scores, rows), &pick(&gains, rows), NDCG_DEPTH);
    let rows: Vec<usize> = (0..labelled.len()).collect();
    let largest_first = ndcg_of(&largest, &rows);
    let oldest_first = ndcg_of(&oldest, &rows);
    let baseline =
        if oldest_first > largest_first { ("oldest_first", oldest_first) } else { ("largest_first", largest_first) };
    let mut figures = vec![figure("ndcg_20", labelled.len(), seed, Some(baseline), |rows| ndcg_of(&logits, rows))];
    let urgent: Vec<bool> =
        labelled.iter().map(|(_, label)| matches!(label, PriorityLabel::P1 | PriorityLabel::P2)).collect();
    figures.extend(binary_figures(&logits, &urgent, seed));
    figures
}

/// Figures of the model of validity on decided disputes.
pub fn evaluate_validity(model: &ValidityModel, examples: &[&DisputeExample], seed: u64) -> Vec<Figure> {
    let decided = examples.iter().filter_map(|example| Some((example, example.decided?.0.customer_was_right()?)));
    let (logits, right): (Vec<f64>, Vec<bool>) =
        decided.map(|(example, is_right)| (model.validity(&example.features).logit(), is_right)).unzip();
    if right.is_empty() { Vec::new() } else { binary_figures(&logits, &right, seed) }
}

fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| values[*row]).collect()
}

/// AUC, Brier score, log loss and calibration error, the losses beside those of the base rate.
fn binary_figures(logits: &[f64], labels: &[bool], seed: u64) -> Vec<Figure> {
    let row_count = labels.len();
    let base_rate = mean(labels.iter().map(|label| f64::from(u8::from(*label))));
    let clamped = base_rate.clamp(1e-6, 1.0 - 1e-6);
    let base_logits = vec![(clamped / (1.0 - clamped)).ln(); row_count];
    let rows: Vec<usize> = (0..row_count).collect();
    let beside = |value: f64| Some(("base_rate", value));
    vec![
        figure("base_rate", row_count, seed, None, |rows| {
            mean(rows.iter().map(|row| f64::from(u8::from(labels[*row]))))
        }),
        figure("auc", row_count, seed, beside(0.5), |rows| auc(logits, labels, rows)),
        figure("brier", row_count, seed, beside(brier(&base_logits, labels, &rows)), |rows| {
            brier(logits, labels, rows)
        }),
        figure("log_loss", row_count, seed, beside(loss(&base_logits, labels, &rows)), |rows| {
            loss(logits, labels, rows)
        }),
        figure("calibration_error", row_count, seed, None, |rows| calibration_error(logits, labels, rows)),
    ]
}

fn figure(
    name: &str,
    row_count: usize,
    seed: u64,
    baseline: Option<(&str, f64)>,
    measure: impl Fn(&[usize]) -> f64,
) -> Figure {
    let rows: Vec<usize> = (0..row_count).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut resampled: Vec<f64> = (0..BOOTSTRAP_COUNT)
        .map(|_| {
            let mut sample: Vec<usize> = (0..row_count).map(|_| rng.gen_range(0..row_count)).collect();
            sample.sort_unstable();
            measure(&sample)
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    let at = |per_mille: usize| resampled[(BOOTSTRAP_COUNT * per_mille / 1_000).min(BOOTSTRAP_COUNT - 1)];
    Figure {
        name: name.to_owned(),
        value: measure(&rows),
        low: at(25),
        high: at(975),
        row_count: row_count as u64,
        baseline: baseline.map(|(name, value)| (name.to_owned(), value)),
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 rows")]
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn brier(logits: &[f64], labels: &[bool], rows: &[usize]) -> f64 {
    mean(rows.iter().map(|row| (probability_of_logit(logits[*row]) - f64::from(u8::from(labels[*row]))).powi(2)))
}

fn loss(logits: &[f64], labels: &[bool], rows: &[usize]) -> f64 {
    mean(rows.iter().map(|row| log_loss_of_logit(if labels[*row] { logits[*row] } else { -logits[*row] })))
}

/// Chance that a true row scores above a false one; a tie counts half. One half where there is only one kind.
fn auc(logits: &[f64], labels: &[bool], rows: &[usize]) -> f64 {
    let mut order = rows.to_vec();
    order.sort_by(|a, b| logits[*a].total_cmp(&logits[*b]));
    let (mut true_count, mut false_count, mut wins) = (0.0, 0.0, 0.0);
    let mut start = 0;
    while start < order.len() {
        let tie = logits[order[start]];
        let end = start + order[start..].iter().take_while(|row| logits[**row] == tie).count();
        let tied_true = order[start..end].iter().fold(0.0, |sum, row| sum + f64::from(u8::from(labels[*row])));
        let tied_false = order[start..end].iter().fold(0.0, |sum, row| sum + f64::from(u8::from(!labels[*row])));
        wins += tied_true * (false_count + tied_false / 2.0);
        true_count += tied_true;
        false_count += tied_false;
        start = end;
    }
    if true_count == 0.0 || false_count == 0.0 { 0.5 } else { wins / (true_count * false_count) }
}

/// Mean distance of the mean probability from the share that came true, over bins of equal count.
fn calibration_error(logits: &[f64], labels: &[bool], rows: &[usize]) -> f64 {
    let mut order = rows.to_vec();
    order.sort_by(|a, b| logits[*a].total_cmp(&logits[*b]).then(a.cmp(b)));
    let mut error = 0.0;
    for bin in 0..CALIBRATION_BINS {
        let from = order.len() * bin / CALIBRATION_BINS;
        let to = order.len() * (bin + 1) / CALIBRATION_BINS;
        let gap: f64 = order[from..to]
            .iter()
            .map(|row| probability_of_logit(logits[*row]) - f64::from(u8::from(labels[*row])))
            .sum();
        error += gap.abs();
    }
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 rows")]
    let count = order.len().max(1) as f64;
    error / count
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
    fn auc_counts_ties_half() {
        let rows = [0, 1, 2, 3];
        assert_eq!(auc(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true], &rows), 1.0);
        assert_eq!(auc(&[1.0; 4], &[false, true, false, true], &rows), 0.5);
    }

    #[test]
    fn a_model_that_knows_its_odds_is_calibrated() {
        let labels: Vec<bool> = (0..1_000).map(|index| index % 4 == 0).collect();
        let rows: Vec<usize> = (0..1_000).collect();
        let knows = vec![(0.25_f64 / 0.75).ln(); 1_000];
        assert!(calibration_error(&knows, &labels, &rows) < 1e-9);
        assert!(calibration_error(&vec![2.0; 1_000], &labels, &rows) > 0.5);
    }
}
