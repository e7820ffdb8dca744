//! Training runs and models: start, follow and stop runs; list, promote and roll back models.

use super::page::{Page, PageRequest};
use super::{Service, ServiceError, unfinished};
use crate::domain::ids::{ModelId, ModelKind, RequestId, TenantId, TrainingRunId};
use crate::domain::time::Instant;
use crate::store::TrainingRun;

/// Starts a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTrainingRun {
    /// Idempotency key.
    pub request_id: RequestId,
    /// What to train.
    pub kind: ModelKind,
    /// Seed of every random choice; 0 means 42.
    pub seed: u64,
}

/// A measured figure with the rows behind it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Metric {
    /// Name, such as `auc_30d`.
    pub name: String,
    /// The model's figure.
    pub value: f64,
    /// Lower end of the 95 % bootstrap interval; `value` when none was made.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Rows behind the figure.
    pub row_count: u64,
    /// The same figure of the best simple baseline on the same rows, with its name.
    pub baseline: Option<(String, f64)>,
}

/// A model with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelView {
    /// Its id.
    pub id: ModelId,
    /// Whether it serves now.
    pub is_champion: bool,
    /// Whether it came with Recourse.
    pub is_shipped: bool,
    /// When it was made; absent for a shipped one.
    pub created_at: Option<Instant>,
    /// Its figures on data later than it was trained on.
    pub metrics: Vec<Metric>,
    /// Whether it passed the gate.
    pub passed_gate: bool,
    /// Why it did or did not.
    pub gate_message: String,
    /// Digest of the artifact.
    pub digest: String,
}

/// Makes a model the champion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoteModel {
    /// Which model.
    pub model_id: ModelId,
    /// The champion that the caller believes it replaces; absent does not check.
    pub expected_champion_id: Option<ModelId>,
    /// Promote although the gate was not passed.
    pub override_gate: bool,
}

/// A watcher of a training run.
pub struct TrainingRunWatch {
    _private: (),
}

impl TrainingRunWatch {
    /// The run as it is after its next change; `None` once it has ended and was told.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn next(&mut self) -> Result<Option<TrainingRun>, ServiceError> {
        Err(unfinished())
    }
}

impl Service {
    /// Starts a training run in the background, once for each request id.
    ///
    /// # Errors
    /// When one of the same kind runs, there are too few labels, or the storage fails.
    pub async fn start_training_run(
        &self,
        _tenant: &TenantId,
        _request: StartTrainingRun,
    ) -> Result<TrainingRun, ServiceError> {
        Err(unfinished())
    }

    /// The training run with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn training_run(&self, _tenant: &TenantId, _id: &TrainingRunId) -> Result<TrainingRun, ServiceError> {
        Err(unfinished())
    }

    /// A page of training runs, the newest first.
    ///
    /// # Errors
    /// When the token is none of ours or the storage fails.
    pub async fn list_training_runs(
        &self,
        _tenant: &TenantId,
        _kind: Option<ModelKind>,
        _page: &PageRequest,
    ) -> Result<Page<TrainingRun>, ServiceError> {
        Err(unfinished())
    }

    /// Watches a run until it ends.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn watch_training_run(
        &self,
        _tenant: &TenantId,
        _id: &TrainingRunId,
    ) -> Result<TrainingRunWatch, ServiceError> {
        Err(unfinished())
    }

    /// Asks a run to stop.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn cancel_training_run(
        &self,
        _tenant: &TenantId,
        _id: &TrainingRunId,
    ) -> Result<TrainingRun, ServiceError> {
        Err(unfinished())
    }

    /// Models of a kind or of all, by kind, the newest first.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list_models(
        &self,
        _tenant: &TenantId,
        _kind: Option<ModelKind>,
    ) -> Result<Vec<ModelView>, ServiceError> {
        Err(unfinished())
    }

    /// The model with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn model(&self, _tenant: &TenantId, _id: &ModelId) -> Result<ModelView, ServiceError> {
        Err(unfinished())
    }

    /// Makes a model the champion of its kind.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], a gate that was not passed, another champion than expected, or a failing storage.
    pub async fn promote_model(&self, _tenant: &TenantId, _request: PromoteModel) -> Result<ModelView, ServiceError> {
        Err(unfinished())
    }

    /// Makes the champion before the present one the champion again.
    ///
    /// # Errors
    /// A precondition when there is none before, or a failing storage.
    pub async fn rollback_model(&self, _tenant: &TenantId, _kind: ModelKind) -> Result<ModelView, ServiceError> {
        Err(unfinished())
    }
}
