//! Reads scores, models, champions with their history, and training runs.

use serde::Serialize;
use sqlx::query_as;

use super::{Conn, Query, all, limit_of, list_of, one};
use crate::domain::ids::{DisputeId, ModelId, ModelKind, ScoreId, TenantId, TrainingRunId};
use crate::store::rows::json_text;
use crate::store::rows::model::{ChampionChangeRow, ChampionRow, ModelRow, TrainingRunRow};
use crate::store::rows::score::{ScoreRow, subject_text};
use crate::store::sql::service;
use crate::store::{
    AccountKey, Champion, ChampionChange, ModelRecord, ScoreRecord, ScoreSubject, StoreError, TrainingRun,
};

/// The score with an id.
pub async fn score(conn: &mut Conn, tenant: &TenantId, id: &ScoreId) -> Result<Option<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::SCORE);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// The latest score of a subject.
pub async fn latest_score(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: &ScoreSubject,
) -> Result<Option<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::LATEST_SCORE);
    one(query.bind(tenant.as_str()).bind(subject_text(subject)), conn).await
}

/// The known ones of these scores.
pub async fn scores(conn: &mut Conn, tenant: &TenantId, ids: &[ScoreId]) -> Result<Vec<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::SCORES_NAMED);
    all(query.bind(tenant.as_str()).bind(list_of(ids)), conn).await
}

/// The latest score of each of these subjects.
pub async fn latest_scores(
    conn: &mut Conn,
    tenant: &TenantId,
    subjects: &[ScoreSubject],
) -> Result<Vec<ScoreRecord>, StoreError> {
    let texts: Vec<String> = subjects.iter().map(subject_text).collect();
    let query: Query<'_, ScoreRow> = query_as(service::LATEST_SCORES);
    all(query.bind(tenant.as_str()).bind(list_of(&texts)), conn).await
}

/// The latest scores of those of these disputes that are open.
pub async fn open_dispute_scores(
    conn: &mut Conn,
    tenant: &TenantId,
    ids: &[DisputeId],
) -> Result<Vec<ScoreRecord>, StoreError> {
    #[derive(Serialize)]
    struct Key<'a> {
        id: &'a DisputeId,
        subject: String,
    }
    let key = |id: &'_ DisputeId| subject_text(&ScoreSubject::Dispute(id.clone()));
    let keys: Vec<Key<'_>> = ids.iter().map(|id| Key { id, subject: key(id) }).collect();
    let query: Query<'_, ScoreRow> = query_as(service::OPEN_DISPUTE_SCORES);
    all(query.bind(tenant.as_str()).bind(json_text(&keys)), conn).await
}

/// The scores by which these accounts stand on the worklist.
pub async fn listed_account_scores(
    conn: &mut Conn,
    tenant: &TenantId,
    keys: &[AccountKey],
) -> Result<Vec<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::LISTED_ACCOUNT_SCORES);
    all(query.bind(tenant.as_str()).bind(json_text(&keys)), conn).await
}

/// The model with an id.
pub async fn model(conn: &mut Conn, tenant: &TenantId, id: &ModelId) -> Result<Option<ModelRecord>, StoreError> {
    let query: Query<'_, ModelRow> = query_as(service::MODEL);
    one(query.bind(tenant.as_str()).bind(id.to_string()), conn).await
}

/// Models of a kind or of all, the newest first.
pub async fn models(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: Option<ModelKind>,
) -> Result<Vec<ModelRecord>, StoreError> {
    let query: Query<'_, ModelRow> = query_as(service::MODELS);
    all(query.bind(tenant.as_str()).bind(kind.map(ModelKind::as_str)), conn).await
}

/// The champions of all kinds.
pub async fn champions(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<Champion>, StoreError> {
    let query: Query<'_, ChampionRow> = query_as(service::CHAMPIONS);
    all(query.bind(tenant.as_str()), conn).await
}

/// Changes of the champions of a kind or of all, the latest first.
pub async fn champion_history(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: Option<ModelKind>,
    limit: usize,
) -> Result<Vec<ChampionChange>, StoreError> {
    let query: Query<'_, ChampionChangeRow> = query_as(service::CHAMPION_HISTORY);
    all(query.bind(tenant.as_str()).bind(kind.map(ModelKind::as_str)).bind(limit_of(limit)), conn).await
}

/// The training run with an id.
pub async fn training_run(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &TrainingRunId,
) -> Result<Option<TrainingRun>, StoreError> {
    let query: Query<'_, TrainingRunRow> = query_as(service::TRAINING_RUN);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// Training runs, the newest first.
pub async fn training_runs(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: Option<ModelKind>,
    limit: usize,
) -> Result<Vec<TrainingRun>, StoreError> {
    let query: Query<'_, TrainingRunRow> = query_as(service::TRAINING_RUNS);
    all(query.bind(tenant.as_str()).bind(kind.map(ModelKind::as_str)).bind(limit_of(limit)), conn).await
}
