//! The hidden truth of a simulated company: how urgent a dispute really is, and who is right.
//!
//! `urgency = Σ weight(factor) · curve(factor)`: additive over nine factors whose curves have a spread of about 1, so that
//! the weights say how much each matters. A collector's label is the urgency plus noise, cut at three places.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draw::Draw;
use super::profile::{LOG_REVENUE_DEVIATION, LOG_REVENUE_MEAN};
use crate::domain::dispute::{PriorityLabel, Severity};
use crate::domain::score::Factor;
use crate::domain::taxonomy::ItemCode;

/// The five factors of the brief, whose order is planted.
pub const PLANTED_FACTORS: [Factor; 5] =
    [Factor::ContestedItem, Factor::Severity, Factor::CustomerValue, Factor::OpenBalance, Factor::CreditScore];

/// Weights that are dealt out to the planted factors; each is well apart from the next.
const PLANTED_WEIGHTS: [f64; 5] = [1.7, 1.25, 0.9, 0.62, 0.38];

/// Spread of the noise in a collector's judgement, as the scale of a logistic distribution.
pub const LABEL_NOISE_SCALE: f64 = 0.8;

/// Standard normal quantiles below which 30, 65 and 88 of 100 disputes lie: P4, P3 and P2 end there, P1 follows.
const CUT_QUANTILES: [f64; 3] = [-0.524, 0.385, 1.175];

/// What is contested: its share of the disputes, a common urgency, the log-odds that the customer is right, and the range
/// of the contested share of the invoice (1 to 1 means all of it).
pub struct ItemTruth {
    /// The code.
    pub code: &'static str,
    /// How often it is contested.
    pub share: f64,
    urgency: f64,
    right_logit: f64,
    /// Least and greatest share of the invoice that is contested.
    pub contested_share: (f64, f64),
}

const fn item(
    code: &'static str,
    share: f64,
    urgency: f64,
    right_logit: f64,
    contested_share: (f64, f64),
) -> ItemTruth {
    ItemTruth { code, share, urgency, right_logit, contested_share }
}

/// The items of the default taxonomy.
pub const ITEMS: [ItemTruth; 16] = [
    item("PRICING", 0.17, -0.1, 0.5, (0.03, 0.35)),
    item("SHORTAGE", 0.11, 0.0, 0.7, (0.05, 0.5)),
    item("NOT_DELIVERED", 0.07, 1.0, 0.4, (1.0, 1.0)),
    item("LATE_DELIVERY", 0.05, -0.2, -0.1, (0.05, 0.4)),
    item("DAMAGED", 0.08, 0.4, 0.6, (0.1, 0.8)),
    item("QUALITY", 0.09, 0.9, 0.1, (0.2, 1.0)),
    item("WRONG_ITEM", 0.05, 0.3, 0.8, (0.1, 1.0)),
    item("RETURN_CREDIT", 0.06, -0.3, 0.9, (0.1, 1.0)),
    item("DISCOUNT", 0.07, -0.8, 0.0, (0.02, 0.12)),
    item("DUPLICATE", 0.04, -0.6, 1.1, (1.0, 1.0)),
    item("ALREADY_PAID", 0.05, -0.4, 0.2, (1.0, 1.0)),
    item("PAYMENT_TERMS", 0.03, -0.9, -0.3, (1.0, 1.0)),
    item("TAX_FREIGHT_FEES", 0.05, -0.7, 0.3, (0.02, 0.2)),
    item("DOCUMENTATION", 0.05, -1.1, 0.5, (1.0, 1.0)),
    item("NOT_LIABLE", 0.02, 1.6, -0.8, (1.0, 1.0)),
    item("OTHER", 0.01, 0.0, -0.4, (0.1, 1.0)),
];

/// What is known of a dispute on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Situation {
    /// What is contested.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// What is sold to the customer in a year, in the base currency, where the ledger knows it.
    pub annual_revenue_base: Option<f64>,
    /// Open balance of the account in the base currency.
    pub open_balance_base: f64,
    /// Credit standing, 0 worst to 1 best, where there is a score.
    pub credit_standing: Option<f64>,
    /// How much is contested, in the base currency.
    pub contested_base: f64,
    /// Days since it was raised.
    pub age_days: u32,
    /// Earlier disputes of the customer about the same invoice.
    pub repeat_count: u32,
    /// Earlier disputes in which the customer was right.
    pub right_count: u32,
    /// Earlier disputes in which the customer was wrong.
    pub wrong_count: u32,
}

/// The hidden weights and curves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HiddenTruth {
    /// Weight of each factor; the planted order of the factors is that of their weights.
    pub weights: BTreeMap<Factor, f64>,
    /// Urgency of each contested item, before its weight.
    pub item_urgency: BTreeMap<String, f64>,
    /// Urgency of each severity, before its weight, in ascending order of severity.
    pub severity_urgency: [f64; 4],
    /// How strongly the curves of the amounts level off: 0 not at all, 1 strongly.
    pub levelling: f64,
    /// Urgencies at which P3, P2 and P1 begin.
    pub label_cuts: [f64; 3],
    /// Log-odds that the customer is right, by contested item.
    pub item_right_logit: BTreeMap<String, f64>,
}

impl HiddenTruth {
    /// Draws a truth.
    pub fn draw(draw: &mut Draw) -> Self {
        let mut planted = PLANTED_WEIGHTS;
        draw.shuffle(&mut planted);
        let mut weights: BTreeMap<Factor, f64> = PLANTED_FACTORS.into_iter().zip(planted).collect();
        weights.insert(Factor::Stake, 0.3 + 0.6 * draw.unit());
        weights.insert(Factor::Age, 0.2 + 0.4 * draw.unit());
        weights.insert(Factor::Repeats, 0.2 + 0.3 * draw.unit());
        weights.insert(Factor::PastValidity, 0.1 + 0.3 * draw.unit());
        let noise: Vec<f64> = ITEMS.iter().map(|item| item.urgency + draw.normal(0.0, 0.45)).collect();
        let item_urgency = standardise(&noise).into_iter().zip(&ITEMS);
        let rises = [0.5 + draw.unit(), 0.5 + draw.unit(), 0.5 + draw.unit()];
        let signal: f64 = weights.values().map(|weight| weight * weight).sum();
        // The variance of a logistic distribution is (π · scale)² ÷ 3.
        let noise_variance = (std::f64::consts::PI * LABEL_NOISE_SCALE).powi(2) / 3.0;
        let spread = (signal + noise_variance).sqrt();
        HiddenTruth {
            item_urgency: item_urgency.map(|(urgency, item)| (item.code.to_owned(), urgency)).collect(),
            severity_urgency: severity_curve(rises),
            levelling: draw.unit(),
            label_cuts: CUT_QUANTILES.map(|quantile| quantile * spread),
            item_right_logit: ITEMS
                .iter()
                .map(|item| (item.code.to_owned(), item.right_logit + draw.normal(0.0, 0.3)))
                .collect(),
            weights,
        }
    }

    /// What each factor adds to the urgency. What is not known adds nothing.
    pub fn contributions(&self, situation: &Situation) -> BTreeMap<Factor, f64> {
        let item = self.item_urgency.get(situation.contested_item.as_str()).copied().unwrap_or(0.0);
        let severity = self.severity_urgency[usize::from(situation.severity.rank())];
        let value = situation.annual_revenue_base.map_or(0.0, |revenue| {
            self.level(((1.0 + revenue).ln() - LOG_REVENUE_MEAN - 0.7) / (0.88 * LOG_REVENUE_DEVIATION))
        });
        let balance = self.level(((1.0 + situation.open_balance_base).ln() - 10.0) / 1.25);
        let credit = situation.credit_standing.map_or(0.0, |standing| (0.6 - standing) / 0.175);
        let contested = self.level(((1.0 + situation.contested_base).ln() - 7.6) / 1.7);
        let past_count = situation.right_count + situation.wrong_count;
        let right_share = (f64::from(situation.right_count) + 1.0) / (f64::from(past_count) + 2.0);
        let curves = [
            (Factor::ContestedItem, item),
            (Factor::Severity, severity),
            (Factor::CustomerValue, value),
            (Factor::OpenBalance, balance),
            (Factor::CreditScore, credit),
            (Factor::Stake, contested),
            (Factor::Age, f64::from(situation.age_days.min(90)) / 20.0),
            (Factor::Repeats, 1.5 * f64::from(situation.repeat_count.min(3))),
            (Factor::PastValidity, (right_share - 0.5) / 0.2),
        ];
        curves.into_iter().map(|(factor, curve)| (factor, self.weight(factor) * curve)).collect()
    }

    /// The true urgency, which the oracle ranks by.
    pub fn urgency(&self, situation: &Situation) -> f64 {
        self.contributions(situation).values().sum()
    }

    /// A collector's judgement of an urgency.
    pub fn label(&self, urgency: f64, draw: &mut Draw) -> PriorityLabel {
        let judged = urgency + draw.logistic(LABEL_NOISE_SCALE);
        match self.label_cuts.iter().filter(|cut| judged > **cut).count() {
            0 => PriorityLabel::P4,
            1 => PriorityLabel::P3,
            2 => PriorityLabel::P2,
            _ => PriorityLabel::P1,
        }
    }

    /// The true probability that a collector calls it P1 or P2.
    pub fn urgent_probability(&self, urgency: f64) -> f64 {
        1.0 / (1.0 + (-(urgency - self.label_cuts[1]) / LABEL_NOISE_SCALE).exp())
    }

    /// The probability that nobody settles it and the amount is lost: it rises with the urgency.
    pub fn loss_probability(&self, urgency: f64) -> f64 {
        1.0 / (1.0 + (3.2 - 0.7 * (urgency - self.label_cuts[1])).exp())
    }

    /// Log-odds that the customer is right, but for the customer's own part.
    pub fn right_logit(&self, situation: &Situation) -> f64 {
        let item = self.item_right_logit.get(situation.contested_item.as_str()).copied().unwrap_or(0.0);
        let severity = 0.3 - 0.3 * f64::from(situation.severity.rank());
        let repeats = -0.5 * f64::from(situation.repeat_count.min(3));
        let size = -0.12 * ((1.0 + situation.contested_base).ln() - 7.6);
        item + severity + repeats + size
    }

    fn weight(&self, factor: Factor) -> f64 {
        self.weights.get(&factor).copied().unwrap_or(0.0)
    }

    /// A rising curve that levels off for large values.
    fn level(&self, z: f64) -> f64 {
        (1.0 - self.levelling) * z + self.levelling * 1.8 * (z / 1.5).tanh()
    }
}

/// Mean 0 and spread 1 under the items' shares.
fn standardise(urgencies: &[f64]) -> Vec<f64> {
    let total: f64 = ITEMS.iter().map(|item| item.share).sum();
    let mean = ITEMS.iter().zip(urgencies).map(|(item, urgency)| item.share * urgency).sum::<f64>() / total;
    let variance =
        ITEMS.iter().zip(urgencies).map(|(item, urgency)| item.share * (urgency - mean).powi(2)).sum::<f64>() / total;
    urgencies.iter().map(|urgency| (urgency - mean) / variance.sqrt().max(1e-9)).collect()
}

/// Shares of the severities in ascending order.
pub const SEVERITY_SHARES: [f64; 4] = [0.30, 0.40, 0.22, 0.08];

fn severity_curve(rises: [f64; 3]) -> [f64; 4] {
    let raw = [0.0, rises[0], rises[0] + rises[1], rises[0] + rises[1] + rises[2]];
    let mean: f64 = raw.iter().zip(SEVERITY_SHARES).map(|(value, share)| value * share).sum();
    let variance: f64 = raw.iter().zip(SEVERITY_SHARES).map(|(value, share)| share * (value - mean).powi(2)).sum();
    raw.map(|value| (value - mean) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_codes_are_those_of_the_taxonomy() {
        let total: f64 = ITEMS.iter().map(|item| item.share).sum();
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        let taxonomy = crate::domain::taxonomy::Taxonomy::shipped();
        for (item, listed) in ITEMS.iter().zip(&taxonomy.items) {
            assert_eq!(item.code, listed.code.as_str());
        }
    }

    #[test]
    fn truths_differ_by_seed_and_graver_is_more_urgent() {
        let first = HiddenTruth::draw(&mut Draw::new(1, 0));
        assert_ne!(first, HiddenTruth::draw(&mut Draw::new(2, 0)));
        assert!(first.severity_urgency.is_sorted());
    }
}
