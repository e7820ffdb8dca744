//! The dispute models as the use cases ask for them.

use std::sync::Arc;

use super::archive::ModelFiles;
use super::{DisputeFacts, Explained, ScoreDispute};
use crate::domain::ids::{ModelId, ModelKind};
use crate::model::dispute::{
    AdditiveScore, Artifact, ArtifactError, DisputeModel, DisputePriorityModel, ValidityModel, feature_digest,
    shipped_priority, shipped_validity,
};
use crate::service::ServiceError;

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
        let model_id = ModelId::shipped(ModelKind::DisputePriority);
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
        let AdditiveScore { bias_logit, drivers } = self.priority.urgency(facts);
        Explained { bias_logit, drivers }
    }

    fn validity(&self, facts: &DisputeFacts) -> Option<f64> {
        Some(self.validity.validity(facts).probability())
    }

    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ScoreDispute>, ServiceError> {
        let corrupt = |problem: String| ServiceError::CorruptModel { id: id.to_string(), problem };
        let replaced = match id.kind() {
            ModelKind::DisputePriority => {
                let artifact = artifact_of::<DisputePriorityModel>(files).map_err(corrupt)?;
                self.clone().with_priority(id.clone(), artifact.model)
            }
            ModelKind::Validity => {
                let artifact = artifact_of::<ValidityModel>(files).map_err(corrupt)?;
                self.clone().with_validity(artifact.model)
            }
            ModelKind::Intent | ModelKind::Item | ModelKind::Severity | ModelKind::Payment => {
                return Err(corrupt("it is no model of disputes".to_owned()));
            }
        };
        Ok(Arc::new(replaced))
    }
}

/// Reads the artifact of a dispute model from its files.
pub(in crate::service) fn artifact_of<M: DisputeModel>(files: &ModelFiles) -> Result<Artifact<M>, String> {
    let text = |name: &str| match files.get(name) {
        Some(bytes) => String::from_utf8(bytes.clone()).map_err(|_| format!("`{name}` is no text")),
        None => Err(format!("`{name}` is missing")),
    };
    Artifact::parse(&text("model.json")?, &text("golden.jsonl")?).map_err(|error| error.to_string())
}
