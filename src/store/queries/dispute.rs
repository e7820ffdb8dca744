//! Reads disputes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{Pool, query_as, query_scalar};

use super::{Conn, Db, Query, all, limit_of, one};
use crate::domain::dispute::Dispute;
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, TenantId};
use crate::domain::taxonomy::ItemCode;
use crate::ledger::record::DisputeRecord;
use crate::store::rows::dispute::{DisputeRow, history_record};
use crate::store::rows::{json_text, priority_parts};
use crate::store::sql::service;
use crate::store::{DisputeFilter, PageCursor, RankedDispute, StoreError};

/// The dispute with an id.
pub async fn dispute(db: &Pool<Db>, tenant: &TenantId, id: &DisputeId) -> Result<Option<Dispute>, StoreError> {
    let query: Query<'_, DisputeRow> = query_as(service::DISPUTE);
    one(query.bind(tenant.as_str()).bind(id.as_str()), db).await
}

/// Open disputes of a customer about any of these invoices, or about none when there are none.
pub async fn open_about(
    db: &Pool<Db>,
    tenant: &TenantId,
    customer_id: &CustomerId,
    invoice_ids: &[InvoiceId],
) -> Result<Vec<Dispute>, StoreError> {
    let query: Query<'_, DisputeRow> = query_as(service::OPEN_DISPUTES_OF);
    let mut disputes: Vec<Dispute> = all(query.bind(tenant.as_str()).bind(customer_id.as_str()), db).await?;
    let asked: BTreeSet<_> = invoice_ids.iter().collect();
    disputes.retain(|dispute| match asked.is_empty() {
        true => dispute.invoice_ids.is_empty(),
        false => dispute.invoice_ids.iter().any(|id| asked.contains(id)),
    });
    Ok(disputes)
}

/// How many disputes were opened of a customer.
pub async fn opened_count(db: &Pool<Db>, tenant: &TenantId, customer_id: &CustomerId) -> Result<i64, StoreError> {
    let query = query_scalar(service::OPENED_COUNT).bind(tenant.as_str()).bind(customer_id.as_str());
    let count: Option<i64> = query.fetch_optional(db).await.map_err(StoreError::from_driver)?;
    Ok(count.unwrap_or(0))
}

/// A page of disputes by priority.
pub async fn page(
    db: &Pool<Db>,
    tenant: &TenantId,
    filter: &DisputeFilter,
    cursor: Option<&PageCursor>,
    limit: usize,
) -> Result<Vec<RankedDispute>, StoreError> {
    let (parts, id) = cursor.map_or((i64::MAX, ""), |cursor| (priority_parts(cursor.key), cursor.id.as_str()));
    let query: Query<'_, DisputeRow> = query_as(service::DISPUTES);
    let query = query
        .bind(tenant.as_str())
        .bind(parts)
        .bind(id)
        .bind(limit_of(limit))
        .bind(filter.customer_id.as_ref().map(CustomerId::as_str))
        .bind(filter.status.map(|status| status.as_str()))
        .bind(filter.contested_item.as_ref().map(ItemCode::as_str));
    all(query, db).await
}

/// Disputes as history, each with the message that came with its record or else the first one about it.
pub async fn history(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&DisputeId>,
    limit: usize,
) -> Result<Vec<DisputeRecord>, StoreError> {
    #[derive(Serialize)]
    struct Key {
        id: DisputeId,
    }
    let query: Query<'_, DisputeRow> = query_as(service::DISPUTE_HISTORY);
    let query = query.bind(tenant.as_str()).bind(after.map_or("", DisputeId::as_str)).bind(limit_of(limit));
    let mut disputes = Vec::new();
    let mut texts = BTreeMap::new();
    let mut without_text = Vec::new();
    for mut row in query.fetch_all(&mut *conn).await.map_err(StoreError::from_driver)? {
        let text = row.message_text.take();
        let dispute = Dispute::try_from(row)?;
        match text {
            Some(text) => drop(texts.insert(dispute.id.to_string(), text)),
            None => without_text.push(Key { id: dispute.id.clone() }),
        }
        disputes.push(dispute);
    }
    if !without_text.is_empty() {
        let query: Query<'_, (String, String, String)> = query_as(service::FIRST_MESSAGES_OF);
        let query = query.bind(tenant.as_str()).bind(json_text(&without_text));
        for (dispute_id, subject, body) in query.fetch_all(conn).await.map_err(StoreError::from_driver)? {
            let text = if subject.is_empty() { body } else { format!("{subject}\n\n{body}") };
            texts.entry(dispute_id).or_insert(text);
        }
    }
    let records = disputes.into_iter().map(|dispute| {
        let text = texts.remove(dispute.id.as_str());
        history_record(dispute, text)
    });
    Ok(records.collect())
}
