//! Fits calibration curves to held-out scores.

use crate::model::odds::probability_of_logit;
use crate::model::text::{Calibration, Curve, LabelOrder};

/// Slopes that are looked at, as natural logarithms.
const LN_SLOPE_MIN: f64 = -4.0;
const LN_SLOPE_MAX: f64 = 6.0;
/// Distance of the slopes from each of which the joint search asks for the best chance.
const LN_SLOPE_STEP: f64 = 0.5;
/// Largest share of messages of which the scores may say nothing, where slope and share are looked for together; with more of them
/// there is hardly anything to learn a slope from.
const CHANCE_MAX: f64 = 0.5;
/// The same where the slope is there already.
const CHANCE_MAX_AFTER: f64 = 0.2;
/// By how much the mean log loss must be lower for slope and chance that were looked for together. They make the scores that are left
/// steeper, so that by less the gentler slope is the safer one for messages of another time.
const TOGETHER_GAIN_MIN: f64 = 0.01;
/// Shares of chance under each of which the curves of ordered labels are fitted.
const CHANCES_TRIED: [f64; 9] = [0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, CHANCE_MAX];
/// Rounds of asking which messages the curves explain under a share of chance, and of fitting them to those.
const ROUND_COUNT: usize = 8;
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
        SlopeTargets::Smoothed => smoothed_share(scores.len()),
    };
    lowest(LN_SLOPE_MIN, LN_SLOPE_MAX, |ln_slope| softmax_loss(scores, labels, ln_slope.exp(), wrong_share)).exp()
}

/// A slope for the softmax of `scores`, and the share of messages of which they say nothing.
///
/// The slope is fitted first, and then the share, unless both together explain the labels clearly better. That is so where labels are wrong
/// by themselves: those make the best slope alone so flat that nothing is left for chance to explain, and then no probability is high,
/// however sure the rest of the messages is.
pub fn fit_softmax(scores: &[Vec<f32>], labels: &[usize]) -> Calibration {
    let slope = fit_softmax_slope(scores, labels, SlopeTargets::Smoothed);
    let apart = with_chance(softmax(slope), scores, labels, CHANCE_MAX_AFTER);
    clearly_better(apart, fit_softmax_together(scores, labels), scores.len())
}

/// Curves for ordered labels, one for each output of `scores`, and the share of messages of which they say nothing, as
/// [`fit_softmax`] chooses them.
pub fn fit_ordered(scores: &[Vec<f32>], labels: &[usize]) -> Calibration {
    let mut curves = fit_ordered_curves(scores, labels);
    let apart = with_chance(ordered(curves.clone()), scores, labels, CHANCE_MAX_AFTER);
    let mut together = (f64::INFINITY, apart.1.clone());
    for chance in CHANCES_TRIED {
        for _ in 0..ROUND_COUNT {
            curves = fit_curves_under(chance, scores, labels, &curves);
        }
        let tried = with_chance(ordered(curves.clone()), scores, labels, CHANCE_MAX);
        if tried.0 < together.0 {
            together = tried;
        }
    }
    clearly_better(apart, together, scores.len())
}

/// The logistic curves of ordered labels that alone give `labels` the lowest log loss.
pub fn fit_ordered_curves(scores: &[Vec<f32>], labels: &[usize]) -> Vec<Curve> {
    let output_count = scores.first().map_or(0, Vec::len);
    fit_curves_under(0.0, scores, labels, &vec![Curve { slope: 1.0, offset: 0.0 }; output_count])
}

fn softmax(slope: f64) -> Calibration {
    Calibration { order: LabelOrder::Unordered, curves: vec![Curve { slope, offset: 0.0 }], chance: 0.0 }
}

fn ordered(curves: Vec<Curve>) -> Calibration {
    Calibration { order: LabelOrder::Ordered, curves, chance: 0.0 }
}

/// `calibration` with the share of chance, up to `chance_max`, that suits it best, behind the log loss that it comes to.
fn with_chance(calibration: Calibration, scores: &[Vec<f32>], labels: &[usize], chance_max: f64) -> (f64, Calibration) {
    let mut probabilities = Vec::new();
    let mut of_truth = Vec::with_capacity(scores.len());
    for (row, &label) in scores.iter().zip(labels) {
        calibration.apply(row, &mut probabilities);
        of_truth.push(probabilities.get(label).copied().unwrap_or(0.0));
    }
    let chance = fit_chance(&of_truth, probabilities.len(), chance_max);
    (chance_loss(&of_truth, probabilities.len(), chance), Calibration { chance, ..calibration })
}

/// Of two calibrations behind their log loss over so many messages the second where it is clearly better.
fn clearly_better(apart: (f64, Calibration), together: (f64, Calibration), message_count: usize) -> Calibration {
    let is_clear = apart.0 - together.0 > TOGETHER_GAIN_MIN * message_count as f64;
    if is_clear { together.1 } else { apart.1 }
}

/// Slope and share of chance, up to [`CHANCE_MAX`], that together come to the lowest log loss, with [`SlopeTargets::Smoothed`].
fn fit_softmax_together(scores: &[Vec<f32>], labels: &[usize]) -> (f64, Calibration) {
    let drawn: f64 =
        smoothed_share(scores.len()) * scores.iter().zip(labels).map(|(row, &label)| lead_of(row, label)).sum::<f64>();
    let at = |ln_slope: f64| with_chance(softmax(ln_slope.exp()), scores, labels, CHANCE_MAX);
    let loss_at = |ln_slope: f64| at(ln_slope).0 + drawn * ln_slope.exp();
    let mut nearest = (f64::INFINITY, 0.0);
    let step_count = ((LN_SLOPE_MAX - LN_SLOPE_MIN) / LN_SLOPE_STEP).round() as usize;
    for step in 0..=step_count {
        let ln_slope = LN_SLOPE_MIN + step as f64 * LN_SLOPE_STEP;
        let loss = loss_at(ln_slope);
        if loss < nearest.0 {
            nearest = (loss, ln_slope);
        }
    }
    let (low, high) = ((nearest.1 - LN_SLOPE_STEP).max(LN_SLOPE_MIN), (nearest.1 + LN_SLOPE_STEP).min(LN_SLOPE_MAX));
    at(lowest(low, high, loss_at))
}

/// Curves fitted to every message as much as it is explained by `curves` and not by `chance`: a round of expectation and maximisation.
fn fit_curves_under(chance: f64, scores: &[Vec<f32>], labels: &[usize], curves: &[Curve]) -> Vec<Curve> {
    let label_count = curves.len() + 1;
    let mut fitted = Vec::with_capacity(curves.len());
    for (output, curve) in curves.iter().enumerate() {
        let above_by_chance = (label_count - 1 - output) as f64 / label_count as f64;
        let mut points = Vec::with_capacity(scores.len());
        for (row, &label) in scores.iter().zip(labels) {
            let Some(score) = row.get(output).map(|score| f64::from(*score)) else { continue };
            let is_positive = LabelOrder::Ordered.is_positive(label, output);
            let of_side = |above: f64| if is_positive { above } else { 1.0 - above };
            let by_curve = (1.0 - chance) * of_side(probability_of_logit(curve.slope * score + curve.offset));
            let by_chance = chance * of_side(above_by_chance);
            let share = if chance > 0.0 { by_curve / (by_curve + by_chance) } else { 1.0 };
            points.push((score, is_positive, share));
        }
        fitted.push(fit_logistic_curve(&points, *curve));
    }
    fitted
}

/// The share of messages, up to `chance_max`, of which the scores say nothing: under it the probabilities that were given to the
/// right labels, and one more message right and one wrong, have the lowest log loss.
///
/// Those two are Laplace's rule of succession, a Beta(2, 2) prior on the share of wrong labels: where none of `n` labels is wrong, no
/// probability is above `1 − 1 / (n + 2)`. Over thousands of messages they move nothing.
fn fit_chance(of_truth: &[f64], label_count: usize, chance_max: f64) -> f64 {
    if label_count < 2 {
        return 0.0;
    }
    lowest(0.0, chance_max, |chance| chance_loss(of_truth, label_count, chance))
}

/// The log loss that [`fit_chance`] makes as low as can be.
fn chance_loss(of_truth: &[f64], label_count: usize, chance: f64) -> f64 {
    let even = 1.0 / label_count.max(1) as f64;
    let wrong_share = chance * (1.0 - even);
    let of_messages = of_truth.iter().map(|probability| log_loss(probability * (1.0 - chance) + chance * even));
    of_messages.sum::<f64>() + log_loss(1.0 - wrong_share) + log_loss(wrong_share)
}

fn log_loss(probability: f64) -> f64 {
    -probability.max(f64::MIN_POSITIVE).ln()
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

/// How much of every message [`SlopeTargets::Smoothed`] gives to the labels that it does not have.
fn smoothed_share(message_count: usize) -> f64 {
    (message_count as f64 + 2.0).powi(-2)
}

/// How far the score of `label` is above the mean of the others.
fn lead_of(row: &[f32], label: usize) -> f64 {
    let Some(own) = row.get(label).filter(|_| row.len() > 1).map(|score| f64::from(*score)) else { return 0.0 };
    let all: f64 = row.iter().map(|score| f64::from(*score)).sum();
    own - (all - own) / (row.len() - 1) as f64
}

/// The logistic curve through `points` of score, side and weight, by Newton's method from `start` on.
fn fit_logistic_curve(points: &[(f64, bool, f64)], start: Curve) -> Curve {
    let mut curve = start;
    for _ in 0..NEWTON_STEP_COUNT {
        // Gradient and Hessian of the penalised log loss.
        let (mut g_slope, mut g_offset) = (RIDGE * (curve.slope - 1.0), RIDGE * curve.offset);
        let (mut h_slope, mut h_both, mut h_offset) = (RIDGE, 0.0, RIDGE);
        for &(score, is_positive, share) in points {
            let passed = probability_of_logit(curve.slope * score + curve.offset);
            let error = share * (passed - f64::from(u8::from(is_positive)));
            let weight = share * passed * (1.0 - passed);
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
    use crate::train::text::sampling::SeededRandom;

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
            let Calibration { curves, chance, .. } = fit_softmax(&scores, &labels);
            let claimed = 1.0 / (1.0 + (label_count - 1) as f64 * (-curves[0].slope).exp());
            let least = 1.0 / (message_count as f64 + 2.0);
            assert!((1.0 - claimed - least * least).abs() < 1e-3 * least * least, "{message_count}: {claimed}");
            let wrong_share = chance * (1.0 - 1.0 / label_count as f64);
            assert!((wrong_share - least).abs() < 1e-2 * least, "{message_count}: {wrong_share}");
        }
    }

    /// Scores of messages whose label the softmax of 4 times the score gives, but for `wrong_share` of them, whose label is drawn.
    fn noisy_scores(label_count: usize, wrong_share: f64) -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut random = SeededRandom::new(1, 7);
        let mut scores = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..4_000 {
            let row: Vec<f32> = (0..label_count).map(|_| random.unit() * 3.0).collect();
            let weights: Vec<f64> = row.iter().map(|score| (f64::from(*score) * 4.0).exp()).collect();
            let mut left = f64::from(random.unit()) * weights.iter().sum::<f64>();
            let drawn = weights.iter().position(|weight| {
                left -= weight;
                left < 0.0
            });
            let is_wrong = f64::from(random.unit()) < wrong_share;
            labels.push(if is_wrong { random.below(label_count) } else { drawn.unwrap_or(0) });
            scores.push(row);
        }
        (scores, labels)
    }

    #[test]
    fn slope_and_chance_are_both_found_where_labels_are_wrong_by_themselves() {
        for (label_count, wrong_share) in [(2, 0.1), (5, 0.2), (10, 0.4)] {
            let (scores, labels) = noisy_scores(label_count, wrong_share);
            let Calibration { curves, chance, .. } = fit_softmax(&scores, &labels);
            let slope = curves[0].slope;
            assert!(
                (slope - 4.0).abs() < 0.6 && (chance - wrong_share).abs() < 0.03,
                "{label_count}: {slope} {chance}"
            );
        }
    }

    #[test]
    fn curves_and_chance_are_both_found_where_ordered_labels_are_wrong_by_themselves() {
        let mut random = SeededRandom::new(2, 7);
        let mut scores = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..4_000 {
            let score = f64::from(random.unit()) * 6.0 - 3.0;
            let drawn = f64::from(random.unit());
            let logit = score * 4.0 + (drawn / (1.0 - drawn)).ln();
            let told = usize::from(logit > -4.0) + usize::from(logit > 4.0);
            labels.push(if f64::from(random.unit()) < 0.3 { random.below(3) } else { told });
            scores.push(vec![score as f32 + 1.0, score as f32 - 1.0]);
        }
        let Calibration { curves, chance, .. } = fit_ordered(&scores, &labels);
        assert!((chance - 0.3).abs() < 0.05, "{chance}");
        assert!(curves.iter().all(|curve| (curve.slope - 4.0).abs() < 1.2), "{curves:?}");
        assert!(fit_ordered_curves(&scores, &labels).iter().all(|curve| curve.slope < 2.0), "alone they come out flat");
    }

    #[test]
    fn chance_is_twice_the_share_of_errors_where_two_labels_are_told_apart_fully() {
        let of_truth: Vec<f64> = (0..1_000).map(|index| if index < 990 { 1.0 } else { 0.0 }).collect();
        // One more of each: 11 of 1,002 are wrong.
        assert!((fit_chance(&of_truth, 2, CHANCE_MAX) - 22.0 / 1_002.0).abs() < 1e-6);
        let many: Vec<f64> = (0..100_000).map(|index| if index < 99_000 { 1.0 } else { 0.0 }).collect();
        assert!((fit_chance(&many, 2, CHANCE_MAX) - 0.02).abs() < 2e-5);
        assert!(fit_chance(&[0.9; 10_000], 2, CHANCE_MAX) < 1e-3);
    }

    #[test]
    fn the_curve_finds_what_the_points_were_drawn_from() {
        let mut points = Vec::new();
        for step in -20..=20 {
            let score = f64::from(step) / 10.0;
            let passed = probability_of_logit(2.0 * score - 0.5);
            for part in 0..1_000 {
                points.push((score, f64::from(part) < passed * 1_000.0, 1.0));
            }
        }
        let curve = fit_logistic_curve(&points, Curve { slope: 1.0, offset: 0.0 });
        assert!((curve.slope - 2.0).abs() < 0.02 && (curve.offset + 0.5).abs() < 0.02);
    }
}
