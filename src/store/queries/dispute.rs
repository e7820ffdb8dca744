//! Reads disputes.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{query_as, query_scalar};

use super::{Conn, Query, all, limit_of, one};
use crate::domain::dispute::Dispute;
use crate::domain::ids::{CustomerId, DisputeId, TenantId};
use crate::domain::message::MessageReading;
use crate::domain::taxonomy::ItemCode;
use crate::store::rows::dispute::DisputeRow;
use crate::store::rows::{Place, json_text, priority_parts};
use crate::store::sql::service;
use crate::store::{DisputeFilter, FirstMessage, PageCursor, PastDispute, RankedDispute, StoreError};

/// The dispute with an id.
pub async fn dispute(conn: &mut Conn, tenant: &TenantId, id: &DisputeId) -> Result<Option<Dispute>, StoreError> {
    let query: Query<'_, DisputeRow> = query_as(service::DISPUTE);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// Every open dispute of a customer, the oldest first, and up to `limit` of the others, the latest first.
pub async fn open_and_latest(
    conn: &mut Conn,
    tenant: &TenantId,
    customer_id: &CustomerId,
    limit: usize,
) -> Result<(Vec<Dispute>, Vec<Dispute>), StoreError> {
    let query: Query<'_, DisputeRow> = query_as(service::OPEN_AND_LATEST_DISPUTES);
    let query = query.bind(tenant.as_str()).bind(customer_id.as_str()).bind(limit_of(limit));
    let disputes: Vec<Dispute> = all(query, conn).await?;
    let (mut open, mut closed): (Vec<_>, Vec<_>) = disputes.into_iter().partition(|dispute| dispute.status.is_open());
    open.sort_by(|left, right| (left.opened_on, &left.id).cmp(&(right.opened_on, &right.id)));
    closed.sort_by(|left, right| (right.opened_on, &right.id).cmp(&(left.opened_on, &left.id)));
    Ok((open, closed))
}

/// Up to `limit` ids of open disputes after one, by id.
pub async fn open_ids(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&DisputeId>,
    limit: usize,
) -> Result<Vec<DisputeId>, StoreError> {
    let query = query_scalar(service::OPEN_DISPUTES).bind(tenant.as_str());
    let query = query.bind(after.map_or("", DisputeId::as_str)).bind(limit_of(limit));
    let ids: Vec<String> = query.fetch_all(conn).await.map_err(StoreError::from_driver)?;
    ids.iter().map(|id| Place { table: "dispute", id }.word("id", id)).collect()
}

/// Up to `limit` disputes after one, by id.
pub async fn scan(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&DisputeId>,
    limit: usize,
) -> Result<Vec<Dispute>, StoreError> {
    let query: Query<'_, DisputeRow> = query_as(service::SCAN_DISPUTES);
    all(query.bind(tenant.as_str()).bind(after.map_or("", DisputeId::as_str)).bind(limit_of(limit)), conn).await
}

/// A page of disputes by priority.
pub async fn page(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &DisputeFilter,
    cursor: Option<&PageCursor>,
    limit: usize,
) -> Result<Vec<RankedDispute>, StoreError> {
    let (parts, id) = cursor.map_or((i64::MAX, ""), |cursor| (priority_parts(cursor.key), cursor.id.as_str()));
    let sql = match (&filter.customer_id, filter.status) {
        (Some(_), _) => service::DISPUTES_OF_CUSTOMER,
        (None, Some(_)) => service::DISPUTES_IN_STATUS,
        (None, None) => service::DISPUTES,
    };
    let query: Query<'_, DisputeRow> = query_as(sql);
    let query = query
        .bind(tenant.as_str())
        .bind(parts)
        .bind(id)
        .bind(limit_of(limit))
        .bind(filter.customer_id.as_ref().map(CustomerId::as_str))
        .bind(filter.status.map(|status| status.as_str()))
        .bind(filter.contested_item.as_ref().map(ItemCode::as_str));
    all(query, conn).await
}

/// Disputes as history, each with the message that came with its record or else the first one about it.
pub async fn history(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&DisputeId>,
    limit: usize,
) -> Result<Vec<PastDispute>, StoreError> {
    #[derive(Serialize)]
    struct Key {
        id: DisputeId,
    }
    let query: Query<'_, DisputeRow> = query_as(service::DISPUTE_HISTORY);
    let query = query.bind(tenant.as_str()).bind(after.map_or("", DisputeId::as_str)).bind(limit_of(limit));
    let mut disputes = Vec::new();
    let mut messages: BTreeMap<String, FirstMessage> = BTreeMap::new();
    let mut without_text = Vec::new();
    for mut row in query.fetch_all(&mut *conn).await.map_err(StoreError::from_driver)? {
        let text = row.message_text.take();
        let dispute = Dispute::try_from(row)?;
        match text {
            Some(body) => {
                let message = FirstMessage { id: None, subject: String::new(), body, read_severity: None };
                messages.insert(dispute.id.to_string(), message);
            }
            None => without_text.push(Key { id: dispute.id.clone() }),
        }
        disputes.push(dispute);
    }
    if !without_text.is_empty() {
        let query: Query<'_, (String, String, String, String, String)> = query_as(service::FIRST_MESSAGES_OF);
        let query = query.bind(tenant.as_str()).bind(json_text(&without_text));
        for (dispute_id, id, subject, body, reading) in query.fetch_all(conn).await.map_err(StoreError::from_driver)? {
            let place = Place { table: "message", id: &id };
            let reading: MessageReading = place.json("reading", &reading)?;
            let read_severity = reading.severity.as_ref().and_then(|read| Some(read.top()?.label));
            let id = Some(place.word("id", &id)?);
            messages.insert(dispute_id, FirstMessage { id, subject, body, read_severity });
        }
    }
    let with_message = |dispute: Dispute| {
        let message = messages.remove(dispute.id.as_str());
        PastDispute { dispute, message }
    };
    Ok(disputes.into_iter().map(with_message).collect())
}
