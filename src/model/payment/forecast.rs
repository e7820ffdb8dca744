//! Payment heads and forecasts: one calibrated head for each horizon, and the survival curve that they make.

use serde::{Deserialize, Serialize};

use super::linear::Linear;
use super::tree::{Boosted, Forest};
use crate::domain::score::Factor;
use crate::features::catalog::{FEATURE_COUNT, Feature, FeatureRow};
use crate::model::odds::probability_of_logit;

/// Smallest probability given, and smallest distance from 1: no history makes a payment certain.
pub const PROBABILITY_MIN: f64 = 0.001;

/// A line on log-odds that makes scores mean what they say (Platt scaling). The slope is above 0, so order is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Added to the scaled score.
    pub intercept: f64,
    /// What the score is multiplied by, above 0.
    pub slope: f64,
}

impl Calibration {
    /// Leaves scores as they are.
    pub const IDENTITY: Calibration = Calibration { intercept: 0.0, slope: 1.0 };

    /// The calibrated log-odds.
    pub fn apply(&self, score: f64) -> f64 {
        self.intercept + self.slope * score
    }
}

/// How much each learner counts in the blend; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlendWeights {
    /// The forest of extremely randomised trees.
    pub forest: f64,
    /// The boosted trees.
    pub boosted: f64,
    /// The logistic regression.
    pub linear: f64,
}

/// The model of one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Days past due.
    pub horizon_days: i32,
    /// Extremely randomised trees.
    pub forest: Forest,
    /// Boosted trees.
    pub boosted: Boosted,
    /// Logistic regression.
    pub linear: Linear,
    /// How much each counts.
    pub weights: BlendWeights,
    /// Makes the blend mean what it says.
    pub calibration: Calibration,
}

impl Head {
    /// The blended score in log-odds, before calibration.
    pub fn raw_score(&self, row: &[f32]) -> f64 {
        let mut score = 0.0;
        if self.weights.forest > 0.0 {
            score += self.weights.forest * self.forest.score(row);
        }
        if self.weights.boosted > 0.0 {
            score += self.weights.boosted * self.boosted.score(row);
        }
        if self.weights.linear > 0.0 {
            score += self.weights.linear * self.linear.score(row);
        }
        score
    }

    /// The calibrated log-odds that the invoice is unpaid at the horizon.
    pub fn log_odds(&self, row: &[f32]) -> f64 {
        self.calibration.apply(self.raw_score(row))
    }

    /// Takes the calibrated log-odds apart: a part that all rows share, and one for each feature.
    pub fn explain(&self, row: &[f32]) -> (f64, [f64; FEATURE_COUNT]) {
        let slope = self.calibration.slope;
        let mut contributions = [0.0; FEATURE_COUNT];
        let mut common = self.calibration.intercept;
        common += self.forest.contribute(row, slope * self.weights.forest, &mut contributions);
        common += self.boosted.contribute(row, slope * self.weights.boosted, &mut contributions);
        common += self.linear.contribute(row, slope * self.weights.linear, &mut contributions);
        (common, contributions)
    }
}

/// One point of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Days past due.
    pub past_due_days: i32,
    /// Probability that the invoice is still unpaid then.
    pub unpaid_probability: f64,
}

/// Probabilities that one invoice is still unpaid on later days; they never rise with time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentForecast {
    /// Where the invoice stands, in days past due.
    pub past_due_days: i32,
    /// The curve at the model's horizons after that day, ascending.
    pub points: Vec<CurvePoint>,
}

impl PaymentForecast {
    /// The probability that the invoice is still unpaid at the end of the day so many days past due.
    /// Between horizons, and beyond the last one, payments come at a constant rate a day.
    pub fn unpaid_probability(&self, past_due_days: i32) -> f64 {
        let mut before = CurvePoint { past_due_days: self.past_due_days, unpaid_probability: 1.0 };
        if past_due_days <= before.past_due_days {
            return 1.0;
        }
        let mut daily_log = 0.0;
        let mut floor = 0.0;
        for point in &self.points {
            let days = f64::from(point.past_due_days - before.past_due_days);
            daily_log = (point.unpaid_probability / before.unpaid_probability).ln() / days;
            if past_due_days <= point.past_due_days {
                floor = point.unpaid_probability;
                break;
            }
            before = *point;
        }
        let days = f64::from(past_due_days - before.past_due_days);
        // Rounding may not carry the curve past the points that it lies between.
        (before.unpaid_probability * (daily_log * days).exp()).clamp(floor, before.unpaid_probability)
    }

    /// The probability that the invoice is still unpaid so many days from now.
    pub fn unpaid_probability_in(&self, days: i32) -> f64 {
        self.unpaid_probability(self.past_due_days.saturating_add(days))
    }
}

/// The curve of the heads whose horizons come after the invoice's day: each head's probability, but no more than the one before.
pub fn forecast(heads: &[Head], row: &FeatureRow, past_due_days: i32) -> PaymentForecast {
    let mut points: Vec<CurvePoint> = Vec::with_capacity(heads.len());
    let mut ceiling = 1.0 - PROBABILITY_MIN;
    for head in heads.iter().filter(|head| head.horizon_days > past_due_days) {
        let probability = probability_of_logit(head.log_odds(row.values())).clamp(PROBABILITY_MIN, ceiling);
        ceiling = probability;
        points.push(CurvePoint { past_due_days: head.horizon_days, unpaid_probability: probability });
    }
    PaymentForecast { past_due_days, points }
}

/// The head that decides the probability at a horizon: its own, or an earlier one that gives less.
pub fn deciding_head<'a>(
    heads: &'a [Head],
    row: &FeatureRow,
    past_due_days: i32,
    horizon_days: i32,
) -> Option<&'a Head> {
    heads
        .iter()
        .filter(|head| past_due_days < head.horizon_days && head.horizon_days <= horizon_days)
        .map(|head| (head, head.log_odds(row.values())))
        .reduce(|least, next| if next.1 < least.1 { next } else { least })
        .map(|(head, _)| head)
}

/// Contributions of features gathered into factors, in the order of the factors.
pub fn by_factor(contributions: &[f64; FEATURE_COUNT]) -> Vec<(Factor, f64)> {
    let mut factors: std::collections::BTreeMap<Factor, f64> = std::collections::BTreeMap::new();
    for feature in Feature::ALL {
        *factors.entry(feature.factor()).or_insert(0.0) += contributions[*feature as usize];
    }
    factors.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> PaymentForecast {
        let point = |past_due_days, unpaid_probability| CurvePoint { past_due_days, unpaid_probability };
        PaymentForecast { past_due_days: 3, points: vec![point(7, 0.6), point(15, 0.3), point(30, 0.3)] }
    }

    #[test]
    fn a_curve_passes_its_points_and_never_rises() {
        let curve = curve();
        assert!((curve.unpaid_probability(7) - 0.6).abs() < 1e-12);
        assert!((curve.unpaid_probability(15) - 0.3).abs() < 1e-12);
        assert_eq!(curve.unpaid_probability(3), 1.0);
        let days: Vec<f64> = (3..120).map(|days| curve.unpaid_probability(days)).collect();
        assert!(days.windows(2).all(|pair| pair[1] <= pair[0]));
    }
}
