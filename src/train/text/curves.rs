//! Fits calibration curves to held-out scores.

use crate::model::odds::probability_of_logit;
use crate::model::text::Curve;

/// Slopes that are looked at, as natural logarithms.
const LN_SLOPE_MIN: f64 = -4.0;
const LN_SLOPE_MAX: f64 = 6.0;
/// Largest share of messages of which the scores may say nothing.
const CHANCE_MAX: f64 = 0.2;
/// Steps of the search; each narrows the range to 0.62 of it.
const SEARCH_STEP_COUNT: usize = 40;
/// Newton steps of a logistic curve.
const NEWTON_STEP_COUNT: usize = 50;
/// Keeps the curve finite where scores separate the sides fully.
const RIDGE: f64 = 1e-3;

/// What the probability of a label is drawn to when a slope is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlopeTargets {
    /// To 1 where it is the right one. Scores that tell all labels apart then have no best slope but the steepest.
    AsSeen,
    /// A little below 1 where it is the right one, the rest spread evenly over the other labels, after the targets of Platt 1999
    /// ("Probabilistic Outputs for Support Vector Machines"). His rest over `n` messages is `1 / (n + 2)`; here it is the square of
    /// that, because what the scores cannot tell at all is for [`fit_chance`] to say, which takes `1 / (n + 2)` already. With both in
    /// full the probabilities of small sets come out too low.
    Smoothed,
}

/// The slope under which the softmax of `scores` gives `labels`, as `targets` say, the lowest log loss; 1 where there is none.
pub fn fit_softmax_slope(scores: &[Vec<f32>], labels: &[usize], targets: SlopeTargets) -> f64 {
    if scores.is_empty() {
        return 1.0;
    }
    let wrong_share = match targets {
        SlopeTargets::AsSeen => 0.0,
        SlopeTargets::Smoothed => (scores.len() as f64 + 2.0).powi(-2),
    };
    lowest(LN_SLOPE_MIN, LN_SLOPE_MAX, |ln_slope| softmax_loss(scores, labels, ln_slope.exp(), wrong_share)).exp()
}

/// The share of messages, up to [`CHANCE_MAX`], of which the scores say nothing: under it the probabilities that were given to the
/// right labels, and one more message right and one wrong, have the lowest log loss.
///
/// Those two are Laplace's rule of succession, a Beta(2, 2) prior on the share of wrong labels: where none of `n` labels is wrong, no
/// probability is above `1 − 1 / (n + 2)`. Over thousands of messages they move nothing.
pub fn fit_chance(of_truth: &[f64], label_count: usize) -> f64 {
    if label_count < 2 {
        return 0.0;
    }
    let even = 1.0 / label_count as f64;
    let log_loss = |probability: f64| -probability.max(f64::MIN_POSITIVE).ln();
    let loss = |chance: f64| -> f64 {
        let wrong_share = chance * (1.0 - even);
        let of_messages = of_truth.iter().map(|probability| log_loss(probability * (1.0 - chance) + chance * even));
        of_messages.sum::<f64>() + log_loss(1.0 - wrong_share) + log_loss(wrong_share)
    };
    lowest(0.0, CHANCE_MAX, loss)
}

/// Where `loss`, which falls and then rises, is lowest between `low` and `high`: golden section search.
fn lowest(low: f64, high: f64, loss: impl Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut loss_left, mut loss_right) = (loss(left), loss(right));
    for _ in 0..SEARCH_STEP_COUNT {
        if loss_left < loss_right {
            (high, right, loss_right) = (right, left, loss_left);
            left = high - golden * (high - low);
            loss_left = loss(left);
        } else {
            (low, left, loss_left) = (left, right, loss_right);
            right = low + golden * (high - low);
            loss_right = loss(right);
        }
    }
    (low + high) / 2.0
}

/// The log loss of the softmax under `slope`, where `wrong_share` of every message belongs to the labels that it does not have.
fn softmax_loss(scores: &[Vec<f32>], labels: &[usize], slope: f64, wrong_share: f64) -> f64 {
    let mut sum = 0.0;
    for (row, &label) in scores.iter().zip(labels) {
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let partition: f64 = row.iter().map(|score| (f64::from(score - highest) * slope).exp()).sum();
        let own = row.get(label).map_or(0.0, |score| f64::from(score - highest) * slope);
        sum += partition.ln() - own;
        if wrong_share > 0.0 && row.len() > 1 {
            let all: f64 = row.iter().map(|score| f64::from(score - highest) * slope).sum();
            sum += wrong_share * (own - (all - own) / (row.len() - 1) as f64);
        }
    }
    sum
}

/// The logistic curve through `points` of score and side, by Newton's method.
pub fn fit_logistic_curve(points: &[(f64, bool)]) -> Curve {
    let mut curve = Curve { slope: 1.0, offset: 0.0 };
    for _ in 0..NEWTON_STEP_COUNT {
        // Gradient and Hessian of the penalised log loss.
        let (mut g_slope, mut g_offset) = (RIDGE * (curve.slope - 1.0), RIDGE * curve.offset);
        let (mut h_slope, mut h_both, mut h_offset) = (RIDGE, 0.0, RIDGE);
        for &(score, is_positive) in points {
            let passed = probability_of_logit(curve.slope * score + curve.offset);
            let error = passed - f64::from(u8::from(is_positive));
            let weight = passed * (1.0 - passed);
            g_slope += error * score;
            g_offset += error;
            h_slope += weight * score * score;
            h_both += weight * score;
            h_offset += weight;
        }
        let determinant = h_slope * h_offset - h_both * h_both;
        let slope_step = (h_offset * g_slope - h_both * g_offset) / determinant;
        let offset_step = (h_slope * g_offset - h_both * g_slope) / determinant;
        if !(slope_step.is_finite() && offset_step.is_finite()) {
            break;
        }
        // A long step is shortened: far from the optimum the curve is not yet quadratic.
        let shorten = (1.0 / slope_step.abs().max(offset_step.abs()).max(1.0)).max(0.05);
        curve.slope -= slope_step * shorten;
        curve.offset -= offset_step * shorten;
        if slope_step.abs().max(offset_step.abs()) < 1e-9 {
            break;
        }
    }
    // A falling curve would turn the order of the scores around.
    curve.slope = curve.slope.max(0.01);
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_makes_confidence_equal_accuracy() {
        // Right in three of four: the softmax of a gap of 2 must come to 0.75, so slope = ln(3) / 2.
        let scores = vec![vec![2.0, 0.0]; 4];
        let slope = |targets| fit_softmax_slope(&scores, &[0, 0, 0, 1], targets);
        assert!((slope(SlopeTargets::AsSeen) - 3.0_f64.ln() / 2.0).abs() < 1e-6);
        // Of 36 parts of each message one belongs to the label that it does not have: 3 · 35 + 1 of 144 are on the first side.
        assert!((slope(SlopeTargets::Smoothed) - (106.0_f64 / 38.0).ln() / 2.0).abs() < 1e-6);
    }

    /// Goal: without a held-out error the probabilities claim what so many messages can show, and hardly less where there are thousands.
    #[test]
    fn a_few_messages_without_error_claim_no_certainty() {
        for (message_count, label_count) in [(10, 2), (40, 2), (40, 5), (5_000, 77)] {
            let scores: Vec<Vec<f32>> = (0..message_count)
                .map(|index| (0..label_count).map(|label| f32::from(u8::from(label == index % label_count))).collect())
                .collect();
            let labels: Vec<usize> = (0..message_count).map(|index| index % label_count).collect();
            let slope = fit_softmax_slope(&scores, &labels, SlopeTargets::Smoothed);
            let claimed = 1.0 / (1.0 + (label_count - 1) as f64 * (-slope).exp());
            let least = 1.0 / (message_count as f64 + 2.0);
            assert!((1.0 - claimed - least * least).abs() < 1e-3 * least * least, "{message_count}: {claimed}");
            let even = 1.0 / label_count as f64;
            let wrong_share = fit_chance(&vec![1.0; message_count], label_count) * (1.0 - even);
            assert!((wrong_share - least).abs() < 1e-6, "{message_count}: {wrong_share}");
        }
    }

    #[test]
    fn chance_is_twice_the_share_of_errors_where_two_labels_are_told_apart_fully() {
        let of_truth: Vec<f64> = (0..1_000).map(|index| if index < 990 { 1.0 } else { 0.0 }).collect();
        // One more of each: 11 of 1,002 are wrong.
        assert!((fit_chance(&of_truth, 2) - 22.0 / 1_002.0).abs() < 1e-6);
        let many: Vec<f64> = (0..100_000).map(|index| if index < 99_000 { 1.0 } else { 0.0 }).collect();
        assert!((fit_chance(&many, 2) - 0.02).abs() < 2e-5);
        assert!(fit_chance(&[0.9; 10_000], 2) < 1e-3);
    }

    #[test]
    fn the_curve_finds_what_the_points_were_drawn_from() {
        let mut points = Vec::new();
        for step in -20..=20 {
            let score = f64::from(step) / 10.0;
            let passed = probability_of_logit(2.0 * score - 0.5);
            for part in 0..1_000 {
                points.push((score, f64::from(part) < passed * 1_000.0));
            }
        }
        let curve = fit_logistic_curve(&points);
        assert!((curve.slope - 2.0).abs() < 0.02 && (curve.offset + 0.5).abs() < 0.02);
    }
}
