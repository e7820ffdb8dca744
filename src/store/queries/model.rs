//! Reads scores, models, champions and training runs.

use sqlx::{Pool, query_as};

use super::{Db, Query, all, limit_of, list_of, one};
use crate::domain::ids::{ModelId, ModelKind, ScoreId, TenantId, TrainingRunId};
use crate::store::rows::json_text;
use crate::store::rows::model::{ChampionRow, ModelRow, TrainingRunRow};
use crate::store::rows::score::{ScoreRow, subject_text};
use crate::store::sql::service;
use crate::store::{AccountKey, Champion, ModelRecord, ScoreRecord, ScoreSubject, StoreError, TrainingRun};

/// The score with an id.
pub async fn score(db: &Pool<Db>, tenant: &TenantId, id: &ScoreId) -> Result<Option<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::SCORE);
    one(query.bind(tenant.as_str()).bind(id.as_str()), db).await
}

/// The latest score of a subject.
pub async fn latest_score(
    db: &Pool<Db>,
    tenant: &TenantId,
    subject: &ScoreSubject,
) -> Result<Option<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::LATEST_SCORE);
    one(query.bind(tenant.as_str()).bind(subject_text(subject)), db).await
}

/// The known ones of these scores.
pub async fn scores(db: &Pool<Db>, tenant: &TenantId, ids: &[ScoreId]) -> Result<Vec<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::SCORES_NAMED);
    all(query.bind(tenant.as_str()).bind(list_of(ids)), db).await
}

/// The latest score of each of these subjects.
pub async fn latest_scores(
    db: &Pool<Db>,
    tenant: &TenantId,
    subjects: &[ScoreSubject],
) -> Result<Vec<ScoreRecord>, StoreError> {
    let texts: Vec<String> = subjects.iter().map(subject_text).collect();
    let query: Query<'_, ScoreRow> = query_as(service::LATEST_SCORES);
    all(query.bind(tenant.as_str()).bind(list_of(&texts)), db).await
}

/// The scores by which these accounts stand on the worklist.
pub async fn listed_account_scores(
    db: &Pool<Db>,
    tenant: &TenantId,
    keys: &[AccountKey],
) -> Result<Vec<ScoreRecord>, StoreError> {
    let query: Query<'_, ScoreRow> = query_as(service::LISTED_ACCOUNT_SCORES);
    all(query.bind(tenant.as_str()).bind(json_text(&keys)), db).await
}

/// The model with an id.
pub async fn model(db: &Pool<Db>, tenant: &TenantId, id: &ModelId) -> Result<Option<ModelRecord>, StoreError> {
    let query: Query<'_, ModelRow> = query_as(service::MODEL);
    one(query.bind(tenant.as_str()).bind(id.to_string()), db).await
}

/// Models of a kind or of all, the newest first.
pub async fn models(db: &Pool<Db>, tenant: &TenantId, kind: Option<ModelKind>) -> Result<Vec<ModelRecord>, StoreError> {
    let query: Query<'_, ModelRow> = query_as(service::MODELS);
    all(query.bind(tenant.as_str()).bind(kind.map(ModelKind::as_str)), db).await
}

/// The champions of all kinds.
pub async fn champions(db: &Pool<Db>, tenant: &TenantId) -> Result<Vec<Champion>, StoreError> {
    let query: Query<'_, ChampionRow> = query_as(service::CHAMPIONS);
    all(query.bind(tenant.as_str()), db).await
}

/// The training run with an id.
pub async fn training_run(
    db: &Pool<Db>,
    tenant: &TenantId,
    id: &TrainingRunId,
) -> Result<Option<TrainingRun>, StoreError> {
    let query: Query<'_, TrainingRunRow> = query_as(service::TRAINING_RUN);
    one(query.bind(tenant.as_str()).bind(id.as_str()), db).await
}

/// Training runs, the newest first.
pub async fn training_runs(
    db: &Pool<Db>,
    tenant: &TenantId,
    kind: Option<ModelKind>,
    limit: usize,
) -> Result<Vec<TrainingRun>, StoreError> {
    let query: Query<'_, TrainingRunRow> = query_as(service::TRAINING_RUNS);
    all(query.bind(tenant.as_str()).bind(kind.map(ModelKind::as_str)).bind(limit_of(limit)), db).await
}
