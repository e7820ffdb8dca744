//! An additive model of a dispute: log-odds as a sum with one part for each factor, so that its reasons are exact.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::curve::{CURVES, LearnedCurve};
use crate::domain::dispute::Severity;
use crate::domain::score::Factor;
use crate::domain::strategy::MonotoneFactors;
use crate::domain::taxonomy::ItemCode;
use crate::features::dispute::DisputeFeatures;
use crate::model::odds::probability_of_logit;

/// Log-odds with their parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdditiveScore {
    /// Log-odds of the average case.
    pub bias_logit: f64,
    /// What each factor adds to it; the sum with the bias is the calibrated log-odds.
    pub drivers: Vec<(Factor, f64)>,
}

impl AdditiveScore {
    /// The calibrated log-odds.
    pub fn logit(&self) -> f64 {
        self.bias_logit + self.drivers.iter().map(|(_, logit)| logit).sum::<f64>()
    }

    /// The calibrated probability in [0, 1].
    pub fn probability(&self) -> f64 {
        probability_of_logit(self.logit())
    }
}

/// What a model has learned of the contested items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedItems {
    /// Effect of each item in log-odds. An item that is not listed has none.
    pub effects: BTreeMap<ItemCode, f64>,
    /// Mean effect over the disputes that the model was made from.
    pub mean_effect: f64,
    /// Spread of an item's effect between companies.
    pub effect_spread: f64,
}

impl LearnedItems {
    /// The effect of an item, or of the code that stands in for it where the model does not know it; `None` where it knows neither.
    pub fn effect(&self, item: &ItemCode, stand_in: Option<&ItemCode>) -> Option<f64> {
        self.effects.get(item).or_else(|| self.effects.get(stand_in?)).copied()
    }
}

/// What a model has learned of the severities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedSeverity {
    /// By how much the log-odds rise from each severity to the next.
    pub rises: [f64; 3],
    /// Share of the disputes that are at least as grave as the second, third and fourth severity.
    pub mean_shares: [f64; 3],
    /// Spread of a rise between companies.
    pub rise_spread: f64,
}

impl LearnedSeverity {
    /// 1 for each step that the severity is beyond the least.
    pub fn shares(severity: Severity) -> [f64; 3] {
        let rank = severity.rank();
        [1, 2, 3].map(|step| if rank >= step { 1.0 } else { 0.0 })
    }
}

/// The sum of the parts, without what turns it into a probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdditiveModel {
    /// The contested items.
    pub items: LearnedItems,
    /// The severities.
    pub severity: LearnedSeverity,
    /// The curves, in the order of [`CURVES`].
    pub curves: Vec<LearnedCurve>,
    /// The factors in which the model never falls.
    pub monotone: MonotoneFactors,
}

impl AdditiveModel {
    /// What each factor adds to the average case.
    pub fn drivers(&self, features: &DisputeFeatures) -> Vec<(Factor, f64)> {
        let effect = self.items.effect(&features.contested_item, features.stand_in.as_ref());
        let item = effect.map_or(0.0, |effect| effect - self.items.mean_effect);
        let steps = LearnedSeverity::shares(features.severity);
        let severity: f64 =
            (0..3).map(|step| self.severity.rises[step] * (steps[step] - self.severity.mean_shares[step])).sum();
        let mut drivers = vec![(Factor::ContestedItem, item), (Factor::Severity, severity)];
        for (shape, curve) in CURVES.iter().zip(&self.curves) {
            drivers.push((shape.factor, curve.contribution(shape, features)));
        }
        drivers
    }

    /// What is wrong with the numbers, if anything is: a missing curve, a number that is not finite, a fall in a factor
    /// that must never fall.
    pub fn fault(&self) -> Option<String> {
        if self.curves.len() != CURVES.len() {
            return Some(format!("{} curves instead of {}", self.curves.len(), CURVES.len()));
        }
        for (shape, curve) in CURVES.iter().zip(&self.curves) {
            let fits = curve.name == shape.name
                && curve.rises.len() == shape.piece_count()
                && curve.mean_shares.len() == shape.piece_count();
            if !fits {
                return Some(format!("the curve of `{}` has another shape", shape.name));
            }
            let numbers = curve.rises.iter().chain(&curve.mean_shares).chain([&curve.slope_spread]);
            if numbers.into_iter().any(|number| !number.is_finite()) {
                return Some(format!("the curve of `{}` has a number that is not finite", shape.name));
            }
            if never_falls(self.monotone, shape.factor) && curve.rises.iter().any(|rise| *rise < 0.0) {
                return Some(format!("the curve of `{}` falls", shape.name));
            }
        }
        let items = self.items.effects.values().chain([&self.items.mean_effect, &self.items.effect_spread]);
        let severity = self.severity.rises.iter().chain(&self.severity.mean_shares).chain([&self.severity.rise_spread]);
        if items.chain(severity).any(|number| !number.is_finite()) {
            return Some("an item or severity has a number that is not finite".to_owned());
        }
        let falls = self.monotone.severity && self.severity.rises.iter().any(|rise| *rise < 0.0);
        falls.then(|| "the severities fall".to_owned())
    }
}

/// Whether a factor is one in which a model must never fall.
pub fn never_falls(monotone: MonotoneFactors, factor: Factor) -> bool {
    match factor {
        Factor::Severity => monotone.severity,
        Factor::Stake => monotone.stake,
        Factor::OpenBalance => monotone.open_balance,
        Factor::CustomerValue => monotone.customer_value,
        Factor::Base
        | Factor::ContestedItem
        | Factor::CreditScore
        | Factor::Age
        | Factor::Repeats
        | Factor::PastValidity
        | Factor::PaymentHabit
        | Factor::RecentPayments
        | Factor::InvoiceTraits
        | Factor::Portfolio
        | Factor::Waiting
        | Factor::Effort => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_scored_as_itself_and_else_as_the_one_that_stands_in_for_it() {
        let [pricing, own, other] = ["PRICING", "PRICE_LIST", "PALLETS"].map(|code| ItemCode::parse(code).unwrap());
        let mut items =
            LearnedItems { effects: BTreeMap::from([(pricing.clone(), 0.25)]), mean_effect: 0.0, effect_spread: 1.0 };
        assert_eq!(items.effect(&own, Some(&pricing)), Some(0.25));
        assert_eq!(items.effect(&own, Some(&other)), None);
        assert_eq!(items.effect(&other, None), None);
        items.effects.insert(own.clone(), -0.5);
        assert_eq!(items.effect(&own, Some(&pricing)), Some(-0.5), "the model was trained on the tenant's codes");
    }
}
