//! The dispute models as the use cases ask for them.

use super::models::{DisputeFacts, Explained, ScoreDispute};
use crate::domain::ids::{ModelId, ModelKind};
use crate::features::dispute::DisputeFeatures;
use crate::model::dispute::{
    AdditiveScore, ArtifactError, DisputePriorityModel, ValidityModel, feature_digest, shipped_priority,
    shipped_validity,
};

/// Number of the shipped models.
const SHIPPED_NUMBER: u16 = 1;

/// A model of urgency and one of validity.
#[derive(Debug, Clone)]
pub struct DisputeModels {
    model_id: ModelId,
    feature_digest: String,
    priority: DisputePriorityModel,
    validity: ValidityModel,
}

impl DisputeModels {
    /// These models; `model_id` is that of the model of urgency.
    pub fn new(model_id: ModelId, priority: DisputePriorityModel, validity: ValidityModel) -> Self {
        DisputeModels { model_id, feature_digest: feature_digest(), priority, validity }
    }

    /// The models that come with Recourse.
    ///
    /// # Errors
    /// When they were damaged.
    pub fn shipped() -> Result<Self, ArtifactError> {
        let model_id = ModelId::new(ModelKind::DisputePriority, SHIPPED_NUMBER);
        Ok(DisputeModels::new(model_id, shipped_priority()?.model, shipped_validity()?.model))
    }

    /// The same with another model of urgency.
    #[must_use]
    pub fn with_priority(self, model_id: ModelId, priority: DisputePriorityModel) -> Self {
        DisputeModels { model_id, priority, ..self }
    }

    /// The same with another model of validity.
    #[must_use]
    pub fn with_validity(self, validity: ValidityModel) -> Self {
        DisputeModels { validity, ..self }
    }
}

impl ScoreDispute for DisputeModels {
    fn model_id(&self) -> &ModelId {
        &self.model_id
    }

    fn feature_digest(&self) -> &str {
        &self.feature_digest
    }

    fn urgency(&self, facts: &DisputeFacts) -> Explained {
        let AdditiveScore { bias_logit, drivers } = self.priority.urgency(&features(facts));
        Explained { bias_logit, drivers }
    }

    fn validity(&self, facts: &DisputeFacts) -> Option<f64> {
        Some(self.validity.validity(&features(facts)).probability())
    }
}

fn features(facts: &DisputeFacts) -> DisputeFeatures {
    let DisputeFacts {
        contested_item,
        severity,
        stake_base,
        open_balance_base,
        annual_revenue_base,
        credit_standing,
        age_days,
        raised_count,
        past_decided_count,
        past_valid_count,
    } = facts;
    DisputeFeatures {
        contested_item: contested_item.clone(),
        severity: *severity,
        stake_base: Some(*stake_base),
        open_balance_base: Some(*open_balance_base),
        annual_revenue_base: *annual_revenue_base,
        credit_standing: *credit_standing,
        age_days: *age_days,
        raised_count: *raised_count,
        past_decided_count: *past_decided_count,
        past_valid_count: *past_valid_count,
    }
}
