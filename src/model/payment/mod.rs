//! The payment model: the probability that an open invoice is still unpaid so many days past due.

pub mod artifact;
pub mod forecast;
pub mod golden;
pub mod linear;
pub mod tree;

use serde::{Deserialize, Serialize};

use crate::domain::score::Factor;
use crate::features::catalog::{FEATURE_COUNT, Feature, FeatureRow};
use crate::features::portfolio::Portfolio;
use forecast::{Head, Heads, PaymentForecast, by_factor};

/// The heads for one stretch of an invoice's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// First day of the stretch, in days past due.
    pub past_due_from_days: i32,
    /// One head for each horizon, ascending.
    pub heads: Vec<Head>,
    /// Days past due on which the examples were taken, ascending; none when what a head says holds for any day.
    #[serde(default)]
    pub example_days: Vec<i32>,
}

/// The payment model with everything that scoring needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentModel {
    /// Digest of the feature catalog that it was trained with.
    pub feature_digest: String,
    /// Stretches of an invoice's life, ascending; the first one also covers what comes before it.
    pub stages: Vec<Stage>,
    /// How groups of accounts pay, as of training.
    pub portfolio: Portfolio,
}

/// A log-odds with what moves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The part that all invoices share.
    pub common: f64,
    /// What moves this invoice away from it, by factor; the sum with the common part is the log-odds.
    pub factors: Vec<(Factor, f64)>,
}

impl Explanation {
    /// The log-odds explained.
    pub fn log_odds(&self) -> f64 {
        self.common + self.factors.iter().map(|(_, log_odds)| log_odds).sum::<f64>()
    }
}

impl PaymentModel {
    /// Days past due of the invoice that a row is of.
    fn past_due_days(row: &FeatureRow) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "whole days, well below 2^24")]
        let days = row.get(Feature::PastDue).round() as i32;
        days
    }

    fn heads(&self, past_due_days: i32) -> Heads<'_> {
        let covering = self.stages.iter().rev().find(|stage| stage.past_due_from_days <= past_due_days);
        let stage = covering.or(self.stages.first());
        let list = stage.map_or([].as_slice(), |stage| &stage.heads);
        Heads { list, example_days: stage.map_or(&[], |stage| &stage.example_days) }
    }

    /// The survival curve of an invoice.
    pub fn forecast(&self, row: &FeatureRow) -> PaymentForecast {
        let past_due_days = Self::past_due_days(row);
        self.heads(past_due_days).forecast(row, past_due_days)
    }

    /// Why the probability that the invoice is unpaid so many days from now is what it is.
    ///
    /// The head that decides the nearest horizon is taken apart; the way from there to the day asked for counts as age.
    pub fn explain(&self, row: &FeatureRow, days: i32) -> Explanation {
        let past_due_days = Self::past_due_days(row);
        let heads = self.heads(past_due_days);
        let wanted_days = past_due_days.saturating_add(days);
        let probability = heads.forecast(row, past_due_days).unpaid_probability(wanted_days);
        let head = heads.deciding(row, past_due_days, wanted_days);
        let (common, contributions) = head.map_or((0.0, [0.0; FEATURE_COUNT]), |head| head.explain(row.values()));
        let probability = probability.clamp(forecast::PROBABILITY_MIN, 1.0 - forecast::PROBABILITY_MIN);
        let log_odds = (probability / (1.0 - probability)).ln();
        let mut factors = by_factor(&contributions);
        let explained = common + factors.iter().map(|(_, part)| part).sum::<f64>();
        for (factor, part) in &mut factors {
            if *factor == Factor::Age {
                *part += log_odds - explained;
            }
        }
        Explanation { common, factors }
    }
}
