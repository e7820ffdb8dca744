//! Raw scores to probabilities: a temperature for unordered labels, one curve per threshold for ordered ones.

use serde::{Deserialize, Serialize};

use crate::model::odds::probability_of_logit;

/// How the labels relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelOrder {
    /// One output a label.
    #[default]
    Unordered,
    /// Labels in rising order; one output for each "higher than this label".
    Ordered,
}

impl LabelOrder {
    /// Number of outputs for `label_count` labels.
    pub fn output_count(self, label_count: usize) -> usize {
        match self {
            LabelOrder::Unordered => label_count,
            LabelOrder::Ordered => label_count.saturating_sub(1),
        }
    }

    /// Whether a message with `label` belongs to the positive side of `output`.
    pub fn is_positive(self, label: usize, output: usize) -> bool {
        match self {
            LabelOrder::Unordered => label == output,
            LabelOrder::Ordered => label > output,
        }
    }
}

/// A curve `1 / (1 + exp(-(slope · score + offset)))`, or a softmax of `slope · score` with no offset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Factor of the raw score.
    pub slope: f64,
    /// Added to it.
    pub offset: f64,
}

/// The calibration of a text model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// How the labels relate.
    pub order: LabelOrder,
    /// One curve for unordered labels, one per output for ordered ones.
    pub curves: Vec<Curve>,
    /// Share of messages of which the scores say nothing, in [0, 1): spread evenly over the labels, it keeps a high score from
    /// claiming more than was seen. 0 in models before format 4.
    #[serde(default)]
    pub chance: f64,
}

impl Calibration {
    /// Whether it makes probabilities of any scores.
    pub fn is_sound(&self) -> bool {
        let is_curve = |curve: &Curve| curve.slope.is_finite() && curve.offset.is_finite();
        self.curves.iter().all(is_curve) && (0.0..1.0).contains(&self.chance)
    }

    /// Leaves the probability of every label in `probabilities` and returns the position of the predicted label.
    pub fn apply(&self, scores: &[f32], probabilities: &mut Vec<f64>) -> usize {
        probabilities.clear();
        let predicted = match self.order {
            LabelOrder::Unordered => self.apply_softmax(scores, probabilities),
            LabelOrder::Ordered => self.apply_cumulative(scores, probabilities),
        };
        let even = self.chance / probabilities.len().max(1) as f64;
        for probability in probabilities {
            *probability = *probability * (1.0 - self.chance) + even;
        }
        predicted
    }

    fn apply_softmax(&self, scores: &[f32], probabilities: &mut Vec<f64>) -> usize {
        let slope = self.curves.first().map_or(1.0, |curve| curve.slope);
        let mut best = 0;
        let mut highest = f64::NEG_INFINITY;
        for (label, &score) in scores.iter().enumerate() {
            if f64::from(score) > highest {
                highest = f64::from(score);
                best = label;
            }
        }
        probabilities.extend(scores.iter().map(|&score| ((f64::from(score) - highest) * slope).exp()));
        let sum: f64 = probabilities.iter().sum();
        for probability in probabilities.iter_mut() {
            *probability /= sum;
        }
        best
    }

    /// The predicted label is the median: the highest one that is passed with at least even chance.
    fn apply_cumulative(&self, scores: &[f32], probabilities: &mut Vec<f64>) -> usize {
        let mut above = 1.0_f64;
        let mut predicted = 0;
        for (score, curve) in scores.iter().zip(&self.curves) {
            let passed = probability_of_logit(curve.slope * f64::from(*score) + curve.offset);
            // A higher label can never be passed more often than a lower one.
            let passed = passed.min(above);
            probabilities.push(above - passed);
            above = passed;
            if passed >= 0.5 {
                predicted = probabilities.len();
            }
        }
        probabilities.push(above);
        predicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one() {
        let mut probabilities = Vec::new();
        let softmax =
            Calibration { order: LabelOrder::Unordered, curves: vec![Curve { slope: 3.0, offset: 0.0 }], chance: 0.0 };
        assert_eq!(softmax.apply(&[0.1, 900.0, -5.0], &mut probabilities), 1);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let curves = vec![Curve { slope: 2.0, offset: 0.3 }; 3];
        let ordered = Calibration { order: LabelOrder::Ordered, curves, chance: 0.0 };
        assert_eq!(ordered.apply(&[2.0, 0.4, 1.0], &mut probabilities), 3);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(probabilities.iter().all(|p| *p >= 0.0));
        assert_eq!(ordered.apply(&[2.0, -0.4, -1.0], &mut probabilities), 1);
    }

    #[test]
    fn chance_bounds_what_a_high_score_claims() {
        let mut probabilities = Vec::new();
        for (order, label_count) in [(LabelOrder::Unordered, 2.0), (LabelOrder::Ordered, 3.0)] {
            let curves = vec![Curve { slope: 1.0, offset: 0.0 }; 2];
            let calibration = Calibration { order, curves, chance: 0.03 };
            let predicted = calibration.apply(&[900.0, -900.0], &mut probabilities);
            assert!((probabilities[predicted] - (0.97 + 0.03 / label_count)).abs() < 1e-12, "{probabilities:?}");
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
