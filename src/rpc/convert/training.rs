//! Training runs and models.

use crate::domain::ids::{ModelId, ModelKind, RequestId};
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;
use crate::service::page::PageRequest;
use crate::service::training::{Metric, ModelView, PromoteModel, StartTrainingRun};
use crate::service::{ChampionCause, ChampionChange, TrainingRun};

use super::enums::WireEnum as _;
use super::fields::Fields;
use super::time::instant_to_pb;

/// Most promotions told of a model, the latest ones.
const PROMOTIONS_TOLD_MAX: usize = 20;

/// Reads a run to start.
///
/// # Errors
/// Every violation.
pub fn start_from_pb(request: pb::StartTrainingRunRequest) -> Result<StartTrainingRun, Violations> {
    let pb::StartTrainingRunRequest { request_id, kind, seed } = request;
    let mut fields = Fields::of("");
    let request_id = fields.required("request_id", &request_id, RequestId::parse);
    let kind = fields.required_enum("kind", kind);
    let seed = fields.take("seed", u64::try_from(seed).map_err(|_| Violation::new("", seed, "a number from 0")));
    fields.finish(|| Some(StartTrainingRun { request_id: request_id?, kind: kind?, seed: seed? }))
}

/// Reads which runs to list.
///
/// # Errors
/// Every violation.
pub fn list_from_pb(request: pb::ListTrainingRunsRequest) -> Result<(Option<ModelKind>, PageRequest), Violations> {
    let pb::ListTrainingRunsRequest { kind, page_size, page_token } = request;
    let mut fields = Fields::of("");
    let kind = fields.optional_enum("kind", kind);
    let page = fields.page(page_size, &page_token);
    fields.finish(|| Some((kind?, page?)))
}

/// Reads which model to promote.
///
/// # Errors
/// Every violation.
pub fn promote_from_pb(request: pb::PromoteModelRequest) -> Result<PromoteModel, Violations> {
    let pb::PromoteModelRequest { model_id, expected_champion_id, override_gate } = request;
    let mut fields = Fields::of("");
    let model_id = fields.required("model_id", &model_id, ModelId::parse);
    let expected_champion_id = fields.optional("expected_champion_id", &expected_champion_id, ModelId::parse);
    fields.finish(|| {
        Some(PromoteModel { model_id: model_id?, expected_champion_id: expected_champion_id?, override_gate })
    })
}

/// Reads which kind goes back, and from which champion.
///
/// # Errors
/// Every violation.
pub fn rollback_from_pb(request: pb::RollbackModelRequest) -> Result<(ModelKind, Option<ModelId>), Violations> {
    let pb::RollbackModelRequest { kind, expected_champion_id } = request;
    let mut fields = Fields::of("");
    let kind = fields.required_enum::<ModelKind>("kind", kind);
    let expected_champion_id = fields.optional("expected_champion_id", &expected_champion_id, ModelId::parse);
    fields.finish(|| Some((kind?, expected_champion_id?)))
}

/// Writes a run.
pub fn run_to_pb(run: TrainingRun) -> pb::TrainingRun {
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
        lease_expires_at: _,
    } = run;
    pb::TrainingRun {
        training_run_id: id.into(),
        kind: kind.to_wire(),
        state: state.to_wire(),
        progress,
        message,
        started_at: Some(instant_to_pb(started_at)),
        ended_at: ended_at.map(instant_to_pb),
        model_id: model_id.map(String::from).unwrap_or_default(),
        example_count: count_to_pb(example_count),
    }
}

/// Writes a model.
pub fn model_to_pb(view: ModelView) -> pb::Model {
    let ModelView { id, is_champion, is_shipped, created_at, metrics, passed_gate, gate_message, digest, promotions } =
        view;
    pb::Model {
        kind: id.kind().to_wire(),
        model_id: id.into(),
        is_champion,
        is_shipped,
        created_at: created_at.map(instant_to_pb),
        metrics: metrics.into_iter().map(metric_to_pb).collect(),
        passed_gate,
        gate_message,
        digest,
        promotions: promotions.into_iter().take(PROMOTIONS_TOLD_MAX).map(promotion_to_pb).collect(),
    }
}

fn promotion_to_pb(change: ChampionChange) -> pb::Promotion {
    let ChampionChange { model_id: _, replaced_id, cause, promoted_at, gate_overridden } = change;
    pb::Promotion {
        promoted_at: Some(instant_to_pb(promoted_at)),
        gate_overridden,
        is_rollback: cause == ChampionCause::Rollback,
        replaced_model_id: replaced_id.map(String::from).unwrap_or_default(),
    }
}

fn metric_to_pb(metric: Metric) -> pb::Metric {
    let Metric { name, value, low, high, row_count, baseline } = metric;
    let (baseline_name, baseline) = baseline.unzip();
    pb::Metric {
        name,
        value,
        low,
        high,
        row_count: count_to_pb(row_count),
        baseline,
        baseline_name: baseline_name.unwrap_or_default(),
    }
}

fn count_to_pb(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
