//! Rows of models, champions with their history, and training runs.

use serde::Serialize;

use crate::domain::ids::{ModelId, ModelKind, TenantId, TrainingRunId};
use crate::domain::time::Instant;

use super::Place;
use crate::store::{Champion, ChampionCause, ChampionChange, ModelRecord, StoreError, TrainingRun, TrainingRunState};

/// A model as written.
#[derive(Debug, Serialize)]
pub struct ModelWrite<'a> {
    tenant: &'a TenantId,
    id: &'a ModelId,
    kind: ModelKind,
    digest: &'a str,
    created_at_us: i64,
    details: &'a str,
    passed_gate: u8,
}

impl<'a> ModelWrite<'a> {
    /// The row of a model.
    pub fn new(tenant: &'a TenantId, model: &'a ModelRecord) -> Self {
        let ModelRecord { id, digest, created_at, details, passed_gate } = model;
        ModelWrite {
            tenant,
            id,
            kind: id.kind(),
            digest,
            created_at_us: created_at.unix_us(),
            details,
            passed_gate: (*passed_gate).into(),
        }
    }
}

/// A model as read.
#[derive(Debug, sqlx::FromRow)]
pub struct ModelRow {
    id: String,
    digest: String,
    created_at_us: i64,
    details: String,
    passed_gate: i64,
}

impl TryFrom<ModelRow> for ModelRecord {
    type Error = StoreError;

    fn try_from(row: ModelRow) -> Result<Self, StoreError> {
        let id = Place { table: "model", id: &row.id }.word("id", &row.id)?;
        Ok(ModelRecord {
            id,
            digest: row.digest,
            created_at: Instant::from_unix_us(row.created_at_us),
            details: row.details,
            passed_gate: row.passed_gate != 0,
        })
    }
}

/// A champion as written.
#[derive(Debug, Serialize)]
pub struct ChampionWrite<'a> {
    tenant: &'a TenantId,
    kind: ModelKind,
    model_id: &'a ModelId,
    previous_id: Option<&'a ModelId>,
    promoted_at_us: i64,
    gate_overridden: u8,
    expected_id: Option<&'a ModelId>,
}

impl<'a> ChampionWrite<'a> {
    /// The row of a champion that replaces `expected`.
    pub fn new(tenant: &'a TenantId, champion: &'a Champion, expected: Option<&'a ModelId>) -> Self {
        let Champion { kind, model_id, previous_id, promoted_at, gate_overridden } = champion;
        ChampionWrite {
            tenant,
            kind: *kind,
            model_id,
            previous_id: previous_id.as_ref(),
            promoted_at_us: promoted_at.unix_us(),
            gate_overridden: (*gate_overridden).into(),
            expected_id: expected,
        }
    }
}

/// A champion as read.
#[derive(Debug, sqlx::FromRow)]
pub struct ChampionRow {
    kind: String,
    model_id: String,
    previous_id: Option<String>,
    promoted_at_us: i64,
    gate_overridden: i64,
}

impl TryFrom<ChampionRow> for Champion {
    type Error = StoreError;

    fn try_from(row: ChampionRow) -> Result<Self, StoreError> {
        let place = Place { table: "champion", id: &row.kind };
        Ok(Champion {
            kind: place.word("kind", &row.kind)?,
            model_id: place.word("model_id", &row.model_id)?,
            previous_id: place.word_opt("previous_id", row.previous_id.as_deref())?,
            promoted_at: Instant::from_unix_us(row.promoted_at_us),
            gate_overridden: row.gate_overridden != 0,
        })
    }
}

const CHAMPION_CAUSES: [ChampionCause; 2] = [ChampionCause::Promotion, ChampionCause::Rollback];

fn cause_text(cause: ChampionCause) -> &'static str {
    match cause {
        ChampionCause::Promotion => "PROMOTION",
        ChampionCause::Rollback => "ROLLBACK",
    }
}

/// A change of champions as written.
#[derive(Debug, Serialize)]
pub struct ChampionChangeWrite<'a> {
    tenant: &'a TenantId,
    kind: ModelKind,
    model_id: &'a ModelId,
    replaced_id: Option<&'a ModelId>,
    cause: &'static str,
    promoted_at_us: i64,
    gate_overridden: u8,
}

impl<'a> ChampionChangeWrite<'a> {
    /// The row of the change to `champion`. What it replaces is the stored champion, or else the one that served without being stored.
    pub fn new(
        tenant: &'a TenantId,
        champion: &'a Champion,
        expected: Option<&'a ModelId>,
        cause: ChampionCause,
    ) -> Self {
        let Champion { kind, model_id, previous_id, promoted_at, gate_overridden } = champion;
        ChampionChangeWrite {
            tenant,
            kind: *kind,
            model_id,
            replaced_id: expected.or(previous_id.as_ref()),
            cause: cause_text(cause),
            promoted_at_us: promoted_at.unix_us(),
            gate_overridden: (*gate_overridden).into(),
        }
    }
}

/// A change of champions as read.
#[derive(Debug, sqlx::FromRow)]
pub struct ChampionChangeRow {
    number: i64,
    model_id: String,
    replaced_id: Option<String>,
    cause: String,
    promoted_at_us: i64,
    gate_overridden: i64,
}

impl TryFrom<ChampionChangeRow> for ChampionChange {
    type Error = StoreError;

    fn try_from(row: ChampionChangeRow) -> Result<Self, StoreError> {
        let id = row.number.to_string();
        let place = Place { table: "champion_history", id: &id };
        let cause = CHAMPION_CAUSES.into_iter().find(|cause| cause_text(*cause) == row.cause);
        Ok(ChampionChange {
            model_id: place.word("model_id", &row.model_id)?,
            replaced_id: place.word_opt("replaced_id", row.replaced_id.as_deref())?,
            cause: cause.ok_or_else(|| place.bad("cause", &row.cause))?,
            promoted_at: Instant::from_unix_us(row.promoted_at_us),
            gate_overridden: row.gate_overridden != 0,
        })
    }
}

/// A training run as written.
#[derive(Debug, Serialize)]
pub struct TrainingRunWrite<'a> {
    tenant: &'a TenantId,
    id: &'a TrainingRunId,
    kind: ModelKind,
    state: &'static str,
    progress: f64,
    message: &'a str,
    started_at_us: i64,
    ended_at_us: Option<i64>,
    model_id: Option<&'a ModelId>,
    example_count: u64,
    lease_expires_at_us: Option<i64>,
}

impl<'a> TrainingRunWrite<'a> {
    /// The row of a run.
    pub fn new(tenant: &'a TenantId, run: &'a TrainingRun) -> Self {
        let TrainingRun {
            id,
            kind,
            state,
            progress,
            message,
            started_at,
            ended_at,
            model_id,
            example_count,
            lease_expires_at,
        } = run;
        TrainingRunWrite {
            tenant,
            id,
            kind: *kind,
            state: state_text(*state),
            progress: *progress,
            message,
            started_at_us: started_at.unix_us(),
            ended_at_us: ended_at.map(Instant::unix_us),
            model_id: model_id.as_ref(),
            example_count: *example_count,
            lease_expires_at_us: lease_expires_at.map(Instant::unix_us),
        }
    }
}

const RUN_STATES: [TrainingRunState; 5] = [
    TrainingRunState::Queued,
    TrainingRunState::Running,
    TrainingRunState::Succeeded,
    TrainingRunState::Failed,
    TrainingRunState::Cancelled,
];

fn state_text(state: TrainingRunState) -> &'static str {
    match state {
        TrainingRunState::Queued => "QUEUED",
        TrainingRunState::Running => "RUNNING",
        TrainingRunState::Succeeded => "SUCCEEDED",
        TrainingRunState::Failed => "FAILED",
        TrainingRunState::Cancelled => "CANCELLED",
    }
}

/// A training run as read.
#[derive(Debug, sqlx::FromRow)]
pub struct TrainingRunRow {
    id: String,
    kind: String,
    state: String,
    progress: f64,
    message: String,
    started_at_us: i64,
    ended_at_us: Option<i64>,
    model_id: Option<String>,
    example_count: i64,
    lease_expires_at_us: Option<i64>,
}

impl TryFrom<TrainingRunRow> for TrainingRun {
    type Error = StoreError;

    fn try_from(row: TrainingRunRow) -> Result<Self, StoreError> {
        let place = Place { table: "training_run", id: &row.id };
        let state = RUN_STATES.into_iter().find(|state| state_text(*state) == row.state);
        Ok(TrainingRun {
            id: place.word("id", &row.id)?,
            kind: place.word("kind", &row.kind)?,
            state: state.ok_or_else(|| place.bad("state", &row.state))?,
            progress: row.progress,
            started_at: Instant::from_unix_us(row.started_at_us),
            ended_at: row.ended_at_us.map(Instant::from_unix_us),
            model_id: place.word_opt("model_id", row.model_id.as_deref())?,
            example_count: place.count("example_count", row.example_count)?,
            lease_expires_at: row.lease_expires_at_us.map(Instant::from_unix_us),
            message: row.message,
        })
    }
}
