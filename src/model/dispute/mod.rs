//! The dispute models: how urgently a dispute needs handling, and how likely the customer is right.
//!
//! Urgency is ordinal: with `η` the sum of the parts and cuts `c3 < c2 < c1`, a person calls the dispute P1 when
//! `η + noise > c1`, P1 or P2 when it is above `c2`, and so on, with logistic noise. `P(needs urgent handling)` is the
//! probability of P1 or P2, whose log-odds are `η − c2`: a sum with one part for each factor.

mod additive;
mod artifact;
mod curve;
mod shipped;

use serde::{Deserialize, Serialize};

pub use additive::{AdditiveModel, AdditiveScore, LearnedItems, LearnedSeverity, never_falls};
pub use artifact::{Artifact, ArtifactError, Figure, GoldenScore, SCHEMA_VERSION};
pub use curve::{CURVES, CurveShape, LearnedCurve, feature_digest};
pub use shipped::{shipped_priority, shipped_validity};

use crate::domain::dispute::PriorityLabel;
use crate::domain::ids::ModelKind;
use crate::features::dispute::DisputeFeatures;
use crate::model::odds::probability_of_logit;

/// How an outcome follows from urgency: the log-odds that the amount is written off are `level + slope · (η − c2)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossLink {
    /// Log-odds of a loss where urgent handling is as likely as not.
    pub level: f64,
    /// How strongly losses follow urgency, from 0.
    pub slope: f64,
}

/// The model of urgency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputePriorityModel {
    /// The sum of the parts.
    pub additive: AdditiveModel,
    /// Where P1, P2 and P3 begin, descending.
    pub cuts: [f64; 3],
    /// What a write-off tells of urgency.
    pub loss: LossLink,
}

impl DisputePriorityModel {
    /// P(needs urgent handling) with what moves it.
    pub fn urgency(&self, features: &DisputeFeatures) -> AdditiveScore {
        AdditiveScore { bias_logit: -self.cuts[1], drivers: self.additive.drivers(features) }
    }

    /// The probability of each label, the most urgent first; they sum to 1.
    pub fn label_probabilities(&self, features: &DisputeFeatures) -> [(PriorityLabel, f64); 4] {
        let eta: f64 = self.additive.drivers(features).iter().map(|(_, logit)| logit).sum();
        let [at_least_1, at_least_2, at_least_3] = self.cuts.map(|cut| probability_of_logit(eta - cut));
        [
            (PriorityLabel::P1, at_least_1),
            (PriorityLabel::P2, at_least_2 - at_least_1),
            (PriorityLabel::P3, at_least_3 - at_least_2),
            (PriorityLabel::P4, 1.0 - at_least_3),
        ]
    }
}

/// The model of who is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidityModel {
    /// The sum of the parts.
    pub additive: AdditiveModel,
    /// Log-odds of the average case.
    pub bias_logit: f64,
}

impl ValidityModel {
    /// P(the customer is right) with what moves it.
    pub fn validity(&self, features: &DisputeFeatures) -> AdditiveScore {
        AdditiveScore { bias_logit: self.bias_logit, drivers: self.additive.drivers(features) }
    }
}

/// What both kinds of dispute model have in common.
pub trait DisputeModel: Serialize + for<'de> Deserialize<'de> + Clone + PartialEq {
    /// What the model predicts.
    const KIND: ModelKind;

    /// The probability with what moves it.
    fn score(&self, features: &DisputeFeatures) -> AdditiveScore;

    /// What is wrong with the numbers, if anything is.
    fn fault(&self) -> Option<String>;
}

impl DisputeModel for DisputePriorityModel {
    const KIND: ModelKind = ModelKind::DisputePriority;

    fn score(&self, features: &DisputeFeatures) -> AdditiveScore {
        self.urgency(features)
    }

    fn fault(&self) -> Option<String> {
        let numbers = self.cuts.iter().chain([&self.loss.level, &self.loss.slope]);
        if numbers.into_iter().any(|number| !number.is_finite()) {
            return Some("a cut is not finite".to_owned());
        }
        let [first, second, third] = self.cuts;
        if !(first > second && second > third) {
            return Some("the cuts do not descend".to_owned());
        }
        self.additive.fault()
    }
}

impl DisputeModel for ValidityModel {
    const KIND: ModelKind = ModelKind::Validity;

    fn score(&self, features: &DisputeFeatures) -> AdditiveScore {
        self.validity(features)
    }

    fn fault(&self) -> Option<String> {
        if !self.bias_logit.is_finite() {
            return Some("the bias is not finite".to_owned());
        }
        self.additive.fault()
    }
}
