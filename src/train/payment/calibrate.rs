//! Platt scaling drawn towards leaving scores as they are: a small or odd sample must not bend good scores.

use crate::model::odds::probability_of_logit;
use crate::model::payment::forecast::Calibration;

/// How strongly the intercept is held at 0 and the slope at 1, in the units of examples with an even outcome.
const INTERCEPT_RIDGE: f64 = 30.0;
const SLOPE_RIDGE: f64 = 300.0;
/// Range of slopes: above 0, so that the order of scores is kept.
const SLOPE_RANGE: (f64, f64) = (0.5, 2.0);
/// Most steps of Newton's method.
const STEPS_MAX: usize = 50;
/// Change at which it stops.
const STEP_MIN: f64 = 1e-10;

/// A score of an example that the learner had not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The score in log-odds.
    pub score: f64,
    /// What happened.
    pub happened: bool,
    /// How much it counts.
    pub weight: f64,
}

/// The calibration of the scores: the identity when there are none.
pub fn fit_calibration(scored: &[Scored]) -> Calibration {
    let mut calibration = Calibration::IDENTITY;
    for _ in 0..STEPS_MAX {
        let mut gradient = (INTERCEPT_RIDGE * calibration.intercept, SLOPE_RIDGE * (calibration.slope - 1.0));
        let mut curvature = (INTERCEPT_RIDGE, 0.0, SLOPE_RIDGE);
        for item in scored {
            let probability = probability_of_logit(calibration.apply(item.score));
            let error = item.weight * (probability - if item.happened { 1.0 } else { 0.0 });
            let weight = item.weight * probability * (1.0 - probability);
            gradient.0 += error;
            gradient.1 += error * item.score;
            curvature.0 += weight;
            curvature.1 += weight * item.score;
            curvature.2 += weight * item.score * item.score;
        }
        let determinant = curvature.0 * curvature.2 - curvature.1 * curvature.1;
        if !determinant.is_finite() || determinant <= 0.0 {
            break;
        }
        let step = (
            (curvature.2 * gradient.0 - curvature.1 * gradient.1) / determinant,
            (curvature.0 * gradient.1 - curvature.1 * gradient.0) / determinant,
        );
        let slope = calibration.slope - step.1;
        let within = slope.clamp(SLOPE_RANGE.0, SLOPE_RANGE.1);
        // At a bound the slope stays, and the intercept goes on alone.
        let is_held = within == calibration.slope && slope != within;
        let intercept_step = if is_held { gradient.0 / curvature.0 } else { step.0 };
        let slope_step = calibration.slope - within;
        calibration = Calibration { intercept: calibration.intercept - intercept_step, slope: within };
        if intercept_step.abs().max(slope_step.abs()) < STEP_MIN {
            break;
        }
    }
    calibration
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_keeps_the_order_and_pulls_in_overconfident_scores() {
        let scored: Vec<Scored> = (0..2_000)
            .map(|index| {
                let score = f64::from(index % 9) - 4.0;
                let happened = f64::from(index / 9 % 100) < 100.0 * probability_of_logit(0.5 * score);
                Scored { score, happened, weight: 1.0 }
            })
            .collect();
        let calibration = fit_calibration(&scored);
        assert!(calibration.slope > 0.45 && calibration.slope < 0.65, "{calibration:?}");
        let calibrated: Vec<f64> = (-40..40).map(|score| calibration.apply(f64::from(score) / 4.0)).collect();
        assert!(calibrated.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(fit_calibration(&[]), Calibration::IDENTITY);
    }

    /// Goal: also where the slope may go no further the probabilities are right on the whole.
    #[test]
    fn the_mean_probability_is_the_rate_at_either_bound_of_the_slope() {
        for (slope, intercept, bound) in [(4.0, -3.0, SLOPE_RANGE.1), (0.1, -1.5, SLOPE_RANGE.0)] {
            let scored: Vec<Scored> = (0..40_000)
                .map(|index| {
                    let score = f64::from(index % 41) / 10.0 - 2.0;
                    let chance = probability_of_logit(intercept + slope * score);
                    Scored { score, happened: f64::from(index / 41 % 1_000) < 1_000.0 * chance, weight: 1.0 }
                })
                .collect();
            let calibration = fit_calibration(&scored);
            assert!((calibration.slope - bound).abs() < 1e-12, "{calibration:?}");
            let count = f64::from(u32::try_from(scored.len()).unwrap());
            let given: f64 = scored.iter().map(|item| probability_of_logit(calibration.apply(item.score))).sum();
            let happened = f64::from(u32::try_from(scored.iter().filter(|item| item.happened).count()).unwrap());
            assert!((given / count - happened / count).abs() < 0.005, "{} {}", given / count, happened / count);
        }
    }
}
