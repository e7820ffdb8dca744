//! What a training run of the dispute models is made with.

use serde::{Deserialize, Serialize};

use crate::domain::strategy::{MonotoneFactors, Strategy};
use crate::domain::violation::{Gather, Violation, Violations};

/// Weights, strength of the prior and shares, as written in a file. [`DisputeSpec::check`] makes it usable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisputeSpec {
    /// Weight of a label P1 to P4.
    pub label_weight: f64,
    /// Weight of a choice between two disputes.
    pub choice_weight: f64,
    /// Weight of a decided dispute's outcome.
    pub outcome_weight: f64,
    /// How closely to hold to the model that is adapted: 1 as the spread between companies says, more is closer.
    pub prior_strength: f64,
    /// Share of the latest examples on which the figures are measured.
    pub holdout_share: f64,
    /// Factors in which the model must never fall.
    pub monotone: MonotoneFactors,
    /// Seed of the bootstrap intervals.
    pub seed: u64,
}

impl Default for DisputeSpec {
    fn default() -> Self {
        DisputeSpec {
            label_weight: 1.0,
            choice_weight: 1.0,
            outcome_weight: 0.5,
            prior_strength: 1.0,
            holdout_share: 0.2,
            monotone: Strategy::shipped().monotone,
            seed: 42,
        }
    }
}

/// A specification whose numbers make sense.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedDisputeSpec(DisputeSpec);

impl DisputeSpec {
    /// Checks every number.
    ///
    /// # Errors
    /// Every number out of range.
    pub fn check(self) -> Result<CheckedDisputeSpec, Violations> {
        let mut gather = Gather::default();
        let weights = [
            ("label_weight", self.label_weight),
            ("choice_weight", self.choice_weight),
            ("outcome_weight", self.outcome_weight),
        ];
        for (field, weight) in weights {
            if !(0.0..=100.0).contains(&weight) {
                gather.push(Violation::new(field, weight, "a number from 0 to 100"));
            }
        }
        if !(0.01..=100.0).contains(&self.prior_strength) {
            gather.push(Violation::new("prior_strength", self.prior_strength, "a number from 0.01 to 100"));
        }
        if !(0.05..=0.5).contains(&self.holdout_share) {
            gather.push(Violation::new("holdout_share", self.holdout_share, "a number from 0.05 to 0.5"));
        }
        gather.finish()?;
        Ok(CheckedDisputeSpec(self))
    }
}

impl std::ops::Deref for CheckedDisputeSpec {
    type Target = DisputeSpec;

    fn deref(&self) -> &DisputeSpec {
        &self.0
    }
}
