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
    /// Whether scoring ends and gives numbers, in the order of the blended score.
    pub fn is_sound(&self) -> bool {
        let BlendWeights { forest, boosted, linear } = self.weights;
        let Calibration { intercept, slope } = self.calibration;
        let is_weight = |weight: f64| weight.is_finite() && weight >= 0.0;
        self.forest.is_sound()
            && self.boosted.is_sound()
            && self.linear.is_sound()
            && [forest, boosted, linear].into_iter().all(is_weight)
            && intercept.is_finite()
            && slope.is_finite()
            && slope > 0.0
    }

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
    /// Logarithm of the share that is left after each day beyond the last horizon, at most 0.
    pub later_daily_log: f64,
}

impl PaymentForecast {
    /// The probability that the invoice is still unpaid at the end of the day so many days past due.
    /// Between horizons, and beyond the last one, payments come at a constant rate a day.
    pub fn unpaid_probability(&self, past_due_days: i32) -> f64 {
        if past_due_days <= self.past_due_days {
            return 1.0;
        }
        let start = CurvePoint { past_due_days: self.past_due_days, unpaid_probability: 1.0 };
        on_curve(start, &self.points, self.later_daily_log, past_due_days)
    }

    /// The probability that the invoice is still unpaid so many days from now.
    pub fn unpaid_probability_in(&self, days: i32) -> f64 {
        self.unpaid_probability(self.past_due_days.saturating_add(days))
    }
}

/// The curve from `start` through these points at a day that is not before it.
fn on_curve(start: CurvePoint, points: &[CurvePoint], later_daily_log: f64, past_due_days: i32) -> f64 {
    let mut before = start;
    let mut daily_log = later_daily_log;
    let mut floor = 0.0;
    for point in points {
        if past_due_days <= point.past_due_days {
            daily_log = daily_log_between(&before, point);
            floor = point.unpaid_probability;
            break;
        }
        before = *point;
    }
    let days = f64::from(past_due_days.saturating_sub(before.past_due_days));
    // Rounding may not carry the curve past the points that it lies between.
    (before.unpaid_probability * (daily_log * days).exp()).clamp(floor, before.unpaid_probability)
}

fn daily_log_between(before: &CurvePoint, point: &CurvePoint) -> f64 {
    let days = f64::from(point.past_due_days - before.past_due_days);
    (point.unpaid_probability / before.unpaid_probability).ln() / days
}

/// The heads of a stretch of an invoice's life with the days on which their examples were taken.
#[derive(Debug, Clone, Copy)]
pub struct Heads<'a> {
    /// One for each horizon, ascending.
    pub list: &'a [Head],
    /// Days past due on which the examples were taken, ascending; none when what a head says holds for any day.
    pub example_days: &'a [i32],
}

impl<'a> Heads<'a> {
    /// The day from which the heads look ahead for an invoice that stands at this day: the last example day up to then that has a
    /// horizon after it.
    fn looked_from(&self, past_due_days: i32) -> i32 {
        let last_horizon = self.list.last().map_or(i32::MAX, |head| head.horizon_days);
        let before = |day: &&i32| **day <= past_due_days && **day < last_horizon;
        self.example_days.iter().rfind(before).copied().unwrap_or(past_due_days)
    }

    /// The curve of the heads whose horizons come after the day from which they look ahead: each head's probability, but no more than
    /// the one before.
    ///
    /// A head tells what is unpaid of the invoices that were open on an example day. That this one is still open some days later is known,
    /// so the curve is divided by what it gives for today: the conditional probability.
    pub fn forecast(&self, row: &FeatureRow, past_due_days: i32) -> PaymentForecast {
        let from_days = self.looked_from(past_due_days);
        let start = CurvePoint { past_due_days: from_days, unpaid_probability: 1.0 };
        let mut curve: Vec<CurvePoint> = Vec::with_capacity(self.list.len());
        let mut ceiling = 1.0 - PROBABILITY_MIN;
        let mut later_daily_log = 0.0;
        for head in self.list.iter().filter(|head| head.horizon_days > from_days) {
            let probability = probability_of_logit(head.log_odds(row.values())).clamp(PROBABILITY_MIN, ceiling);
            ceiling = probability;
            let point = CurvePoint { past_due_days: head.horizon_days, unpaid_probability: probability };
            later_daily_log = daily_log_between(curve.last().unwrap_or(&start), &point);
            curve.push(point);
        }
        let still_open = on_curve(start, &curve, later_daily_log, past_due_days);
        let mut points: Vec<CurvePoint> =
            curve.into_iter().filter(|point| point.past_due_days > past_due_days).collect();
        for point in &mut points {
            point.unpaid_probability = (point.unpaid_probability / still_open).min(1.0 - PROBABILITY_MIN);
        }
        PaymentForecast { past_due_days, points, later_daily_log }
    }

    /// The head that decides the probability at a horizon: its own, or an earlier one that gives less; the last one beyond all
    /// horizons.
    pub fn deciding(&self, row: &FeatureRow, past_due_days: i32, wanted_days: i32) -> Option<&'a Head> {
        let from_days = self.looked_from(past_due_days);
        let later = || self.list.iter().filter(|head| head.horizon_days > from_days);
        let horizons = || later().map(|head| head.horizon_days);
        let horizon_days = horizons().find(|days| *days >= wanted_days).or_else(|| horizons().next_back())?;
        later()
            .filter(|head| head.horizon_days <= horizon_days)
            .map(|head| (head, head.log_odds(row.values())))
            .reduce(|least, next| if next.1 < least.1 { next } else { least })
            .map(|(head, _)| head)
    }
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
        let points = vec![point(7, 0.6), point(15, 0.3), point(30, 0.3)];
        PaymentForecast { past_due_days: 3, points, later_daily_log: -0.01 }
    }

    /// A head that gives every invoice this probability.
    fn constant(horizon_days: i32, probability: f64) -> Head {
        let intercept = (probability / (1.0 - probability)).ln();
        Head {
            horizon_days,
            forest: Forest::default(),
            boosted: Boosted { trees: Vec::new(), weight: 0.0, bias: 0.0 },
            linear: Linear { bias: 0.0, terms: Vec::new() },
            weights: BlendWeights { forest: 0.0, boosted: 0.0, linear: 0.0 },
            calibration: Calibration { intercept, slope: 1.0 },
        }
    }

    #[test]
    fn what_is_asked_a_week_ahead_is_alike_from_day_to_day() {
        let list = [constant(60, 0.5), constant(90, 0.2)];
        let in_a_week = |example_days: &[i32], past_due_days: i32| {
            let heads = Heads { list: &list, example_days };
            heads.forecast(&FeatureRow::default(), past_due_days).unpaid_probability_in(7)
        };
        let week: Vec<f64> = (30..130).map(|days| in_a_week(&[30, 45, 60], days)).collect();
        for (days, pair) in (31..).zip(week.windows(2)) {
            let is_example_day = matches!(days, 45 | 60);
            assert!(is_example_day || (pair[0] - pair[1]).abs() < 0.05, "{days}: {pair:?}");
        }
        assert!(
            (week[59] - 0.2_f64.powf(7.0 / 30.0)).abs() < 1e-9,
            "89 days past due, open since day 60: {}",
            week[59]
        );
        assert!((week[95] - week[61]).abs() < 1e-9, "beyond the last horizon the last rate holds");
        assert!(in_a_week(&[], 89) < 0.01, "without the example days one day stands for thirty");
    }

    #[test]
    fn on_an_example_day_the_curve_is_what_the_heads_say() {
        let list = [constant(7, 0.6), constant(15, 0.7), constant(30, 0.3)];
        let curve = Heads { list: &list, example_days: &[3, 5] }.forecast(&FeatureRow::default(), 5);
        let said: Vec<f64> = curve.points.iter().map(|point| point.unpaid_probability).collect();
        assert!(said.iter().zip([0.6, 0.6, 0.3]).all(|(said, head)| (said - head).abs() < 1e-12), "{said:?}");
        let late = Heads { list: &list[..1], example_days: &[3, 5, 10] }.forecast(&FeatureRow::default(), 40);
        assert!(late.points.is_empty() && late.unpaid_probability_in(2) < 0.61, "{late:?}");
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
