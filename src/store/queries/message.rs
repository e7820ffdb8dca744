//! Reads messages, answered requests and outcomes.

use sqlx::query_as;

use super::{Conn, Query, all, limit_of, one};
use crate::domain::ids::{CustomerId, DisputeId, MessageId, RequestId, TenantId};
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::time::Instant;
use crate::store::rows::message::MessageRow;
use crate::store::rows::score::{OutcomeRow, RequestRow};
use crate::store::sql::service;
use crate::store::{MessageFilter, PageCursor, RequestRecord, StoreError};

/// The message with an id.
pub async fn message(conn: &mut Conn, tenant: &TenantId, id: &MessageId) -> Result<Option<Message>, StoreError> {
    let query: Query<'_, MessageRow> = query_as(service::MESSAGE);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// A page of messages, the newest first.
pub async fn page(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &MessageFilter,
    cursor: Option<&PageCursor>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    #[expect(clippy::cast_possible_truncation, reason = "microseconds are whole and below 2^53")]
    let (received_at_us, id) = cursor.map_or((i64::MAX, ""), |cursor| (cursor.key as i64, cursor.id.as_str()));
    let MessageFilter { customer_id, dispute_id } = filter;
    let (customer_id, dispute_id) =
        (customer_id.as_ref().map(CustomerId::as_str), dispute_id.as_ref().map(DisputeId::as_str));
    let sql = match (customer_id, dispute_id) {
        (_, Some(_)) => service::MESSAGES_OF_DISPUTE,
        (Some(_), None) => service::MESSAGES_OF_CUSTOMER,
        (None, None) => service::MESSAGES,
    };
    let query: Query<'_, MessageRow> = query_as(sql);
    let query = query.bind(tenant.as_str()).bind(received_at_us).bind(id).bind(limit_of(limit));
    let query = match (customer_id, dispute_id) {
        (customer_id, Some(dispute_id)) => query.bind(dispute_id).bind(customer_id),
        (Some(customer_id), None) => query.bind(customer_id),
        (None, None) => query,
    };
    all(query, conn).await
}

/// The answer to a request.
pub async fn request(conn: &mut Conn, tenant: &TenantId, id: &RequestId) -> Result<Option<RequestRecord>, StoreError> {
    let query: Query<'_, RequestRow> = query_as(service::REQUEST);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// The latest `limit` outcomes, in the order in which they became known.
pub async fn outcomes(conn: &mut Conn, tenant: &TenantId, limit: usize) -> Result<Vec<(Outcome, Instant)>, StoreError> {
    let query: Query<'_, OutcomeRow> = query_as(service::OUTCOMES);
    let rows = query.bind(tenant.as_str()).bind(limit_of(limit)).fetch_all(conn).await;
    rows.map_err(StoreError::from_driver)?.into_iter().rev().map(OutcomeRow::read).collect()
}

/// The outcomes that became known at an instant.
pub async fn outcomes_known_at(
    conn: &mut Conn,
    tenant: &TenantId,
    known_at: Instant,
) -> Result<Vec<Outcome>, StoreError> {
    let query: Query<'_, OutcomeRow> = query_as(service::OUTCOMES_KNOWN_AT);
    let rows = query.bind(tenant.as_str()).bind(known_at.unix_us()).fetch_all(conn).await;
    rows.map_err(StoreError::from_driver)?.into_iter().map(|row| row.read().map(|(outcome, _)| outcome)).collect()
}
