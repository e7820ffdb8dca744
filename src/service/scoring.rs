//! Scoring: from stored inputs to a priority with reasons, the same way now and in a replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ServiceError;
use super::models::{ActiveModels, DisputeFacts};
use crate::domain::ids::{InvoiceId, ModelId, ScoreId};
use crate::domain::score::{Factor, Score};
use crate::domain::strategy::Strategy;
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItemKind;
use crate::model::priority::{PriorityInput, StakeAtRisk, rank_with_reasons};

/// Hexadecimal digits of a digest that are shown and stored with scores.
const DIGEST_DIGITS: usize = 16;

/// Everything that a score depends on besides models and strategy; stored with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ScoreInputs {
    /// What kind of work.
    pub kind: WorkItemKind,
    /// Full days on the list.
    pub waiting_days: u32,
    /// What to say of each factor.
    pub values: BTreeMap<Factor, String>,
    /// What is at risk.
    pub risk: RiskInputs,
    /// Models whose answers are among the inputs, such as those that read the message.
    pub read_by: Vec<ModelId>,
    /// Whether a stored score is the one with which the item left the list. Nothing follows from it: the completed item says so too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_parting: bool,
}

/// What is at risk, before a model has looked at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub(super) enum RiskInputs {
    /// A dispute, for the dispute models.
    Dispute {
        /// What it depends on.
        facts: DisputeFacts,
        /// Contested amount and balance withheld, in units of the base currency.
        stake_base: f64,
    },
    /// The overdue invoices of an account, for the payment model.
    Account {
        /// One for each invoice.
        rows: Vec<InvoiceInputs>,
    },
    /// Work for which no model is trained.
    Estimate {
        /// In units of the base currency.
        stake_base: f64,
        /// Share of it that is lost or delayed if nobody acts, in (0, 1).
        probability: f64,
    },
}

/// An overdue invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct InvoiceInputs {
    /// Which invoice.
    pub invoice_id: InvoiceId,
    /// What can be asked for, in units of the base currency.
    pub stake_base: f64,
    /// Days ahead for which it is asked whether it is still unpaid; inputs without it take the strategy's fewest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<u32>,
    /// The payment model's features.
    pub features: Vec<f32>,
}

impl ScoreInputs {
    /// The inputs as stored.
    pub(super) fn to_json(&self) -> Result<String, ServiceError> {
        serde_json::to_string(self).map_err(|source| ServiceError::Internal {
            context: "writing the inputs of a score",
            source: source.into(),
        })
    }

    /// Reads stored inputs.
    pub(super) fn from_json(text: &str) -> Result<Self, ServiceError> {
        serde_json::from_str(text).map_err(|source| ServiceError::Internal {
            context: "reading the inputs of a score",
            source: source.into(),
        })
    }

    fn feature_digest(&self, models: &ActiveModels) -> Result<String, ServiceError> {
        let schema = match &self.risk {
            RiskInputs::Dispute { .. } => models.dispute.feature_digest(),
            RiskInputs::Account { .. } => models.payment.feature_digest(),
            RiskInputs::Estimate { .. } => "",
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(schema.as_bytes());
        // That the item left the list says nothing of its score.
        let json = match self.is_parting {
            true => ScoreInputs { is_parting: false, ..self.clone() }.to_json()?,
            false => self.to_json()?,
        };
        hasher.update(json.as_bytes());
        Ok(hasher.finalize().to_hex()[..DIGEST_DIGITS].to_owned())
    }

    fn model_ids(&self, models: &ActiveModels) -> Vec<ModelId> {
        let scored_by = match &self.risk {
            RiskInputs::Dispute { .. } => Some(models.dispute.model_id().clone()),
            RiskInputs::Account { .. } => Some(models.payment.model_id().clone()),
            RiskInputs::Estimate { .. } => None,
        };
        scored_by.into_iter().chain(self.read_by.iter().cloned()).collect()
    }

    fn at_risk(&self, models: &ActiveModels, strategy: &Strategy) -> Vec<StakeAtRisk> {
        match &self.risk {
            RiskInputs::Dispute { facts, stake_base } => {
                let urgency = models.dispute.urgency(facts);
                let (bias_logit, drivers) = (urgency.bias_logit, urgency.drivers);
                vec![StakeAtRisk { stake_base: *stake_base, bias_logit, drivers }]
            }
            RiskInputs::Account { rows } => {
                let of_row = |row: &InvoiceInputs| {
                    let days_ahead = row.horizon_days.unwrap_or(strategy.horizon_days);
                    let explained = models.payment.risk(&row.features, days_ahead).explained;
                    let (bias_logit, drivers) = (explained.bias_logit, explained.drivers);
                    StakeAtRisk { stake_base: row.stake_base, bias_logit, drivers }
                };
                rows.iter().map(of_row).collect()
            }
            RiskInputs::Estimate { stake_base, probability } => {
                let bias_logit = (probability / (1.0 - probability)).ln();
                vec![StakeAtRisk { stake_base: *stake_base, bias_logit, drivers: Vec::new() }]
            }
        }
    }

    /// The score that follows from these inputs.
    pub(super) fn score(
        &self,
        id: ScoreId,
        scored_at: Instant,
        models: &ActiveModels,
        strategy: &Strategy,
    ) -> Result<Score, ServiceError> {
        let mut values = self.values.clone();
        values.insert(Factor::Waiting, format!("{} days", self.waiting_days));
        let input = PriorityInput {
            kind: self.kind,
            at_risk: self.at_risk(models, strategy),
            waiting_days: self.waiting_days,
            values,
        };
        let (rank, reasons) = rank_with_reasons(&input, strategy);
        Ok(Score {
            id,
            scored_at,
            probability: rank.probability,
            stake_base: rank.stake_base,
            value_base: rank.value_base,
            rank_key: rank.rank_key,
            priority: rank.priority,
            tier: rank.tier,
            reasons,
            model_ids: self.model_ids(models),
            strategy_digest: strategy.digest(),
            feature_digest: self.feature_digest(models)?,
        })
    }
}

/// Digest of any content, as stored with requests and scores.
pub(super) fn content_digest(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
