//! Reads what may be forgotten.

use sqlx::{query_as, query_scalar};

use super::{Conn, Query, limit_of};
use crate::domain::ids::{RequestId, ScoreId, TenantId};
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::rows::Place;
use crate::store::sql::upkeep;

/// Requests that were answered before an instant, the oldest first.
pub async fn requests_answered_before(
    conn: &mut Conn,
    tenant: &TenantId,
    before: Instant,
    limit: usize,
) -> Result<Vec<RequestId>, StoreError> {
    let query = query_scalar(upkeep::REQUESTS_ANSWERED_BEFORE).bind(tenant.as_str()).bind(before.unix_us());
    let ids: Vec<String> = query.bind(limit_of(limit)).fetch_all(conn).await.map_err(StoreError::from_driver)?;
    ids.iter().map(|id| Place { table: "request", id }.word("id", id)).collect()
}

/// Scores after one, by id, each with the instant of scoring.
pub async fn scan_scores(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&ScoreId>,
    limit: usize,
) -> Result<Vec<(ScoreId, Instant)>, StoreError> {
    let query: Query<'_, (String, i64)> = query_as(upkeep::SCAN_SCORES);
    let query = query.bind(tenant.as_str()).bind(after.map_or("", ScoreId::as_str)).bind(limit_of(limit));
    let rows = query.fetch_all(conn).await.map_err(StoreError::from_driver)?;
    let read = |(id, scored_at_us): (String, i64)| {
        let place = Place { table: "score", id: &id };
        Ok((place.word("id", &id)?, Instant::from_unix_us(scored_at_us)))
    };
    rows.into_iter().map(read).collect()
}
