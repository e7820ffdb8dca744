//! Models as stored: their records, the training runs that make them, and the champions with their history.

use crate::domain::ids::{ModelId, ModelKind, TrainingRunId};
use crate::domain::time::Instant;

/// A model known to the tenant, without its artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// Its id.
    pub id: ModelId,
    /// Digest of the artifact.
    pub digest: String,
    /// When it was made.
    pub created_at: Instant,
    /// Figures, gate and training spec as JSON.
    pub details: String,
    /// Whether it passed the gate.
    pub passed_gate: bool,
}

/// Where a training run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingRunState {
    /// Waits.
    Queued,
    /// Runs.
    Running,
    /// Ended with a model.
    Succeeded,
    /// Ended without one.
    Failed,
    /// Was asked to stop.
    Cancelled,
}

/// A training run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRun {
    /// Its id.
    pub id: TrainingRunId,
    /// What is trained.
    pub kind: ModelKind,
    /// Where it stands.
    pub state: TrainingRunState,
    /// Share done in [0, 1].
    pub progress: f64,
    /// What it does, or why it failed.
    pub message: String,
    /// When it was started.
    pub started_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// The model it made.
    pub model_id: Option<ModelId>,
    /// Labelled examples used.
    pub example_count: u64,
    /// Instant until which a replica keeps it; others take it over afterwards.
    pub lease_expires_at: Option<Instant>,
}

/// The serving model of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Champion {
    /// Of which kind.
    pub kind: ModelKind,
    /// The model that serves.
    pub model_id: ModelId,
    /// The one before it.
    pub previous_id: Option<ModelId>,
    /// When it was promoted.
    pub promoted_at: Instant,
    /// Whether the gate was overridden when it was promoted, also where it came back by a rollback.
    pub gate_overridden: bool,
}

/// How a model became the champion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChampionCause {
    /// It was promoted.
    Promotion,
    /// The champion after it was rolled back.
    Rollback,
}

/// One change of champions, which is kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChampionChange {
    /// The model that became the champion of its kind.
    pub model_id: ModelId,
    /// The champion that it replaced; none when nothing served the kind.
    pub replaced_id: Option<ModelId>,
    /// How it came to serve.
    pub cause: ChampionCause,
    /// When.
    pub promoted_at: Instant,
    /// Whether it serves although it did not pass the gate.
    pub gate_overridden: bool,
}
