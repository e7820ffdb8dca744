//! Reads the worklist, and claims from it.

use sqlx::{query_as, query_scalar};

use super::super::claimable;
use super::{Conn, Query, all, limit_of, one};
use crate::domain::ids::{QueueId, TenantId, UserId, WorkItemId};
use crate::domain::time::Instant;
use crate::domain::work_item::{Tier, WorkItem, WorkItemKind};
use crate::store::rows::priority_parts;
use crate::store::rows::work_item::{ItemChangeRow, RankedItemRow, WorkItemRow};
use crate::store::sql::worklist::{self, ClaimTexts};
use crate::store::{ClaimRequest, ItemChange, PageCursor, ScoreSubject, StoreError, WorkItemFilter};

/// The work item with an id.
pub async fn work_item(conn: &mut Conn, tenant: &TenantId, id: &WorkItemId) -> Result<Option<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = query_as(worklist::WORK_ITEM);
    one(query.bind(tenant.as_str()).bind(id.as_str()), conn).await
}

/// The item of a subject that is not completed.
pub async fn work_item_of(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: &ScoreSubject,
) -> Result<Option<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = match subject {
        ScoreSubject::Dispute(id) => query_as(worklist::WORK_ITEM_OF_DISPUTE).bind(tenant.as_str()).bind(id.as_str()),
        ScoreSubject::Account(key) => query_as(worklist::WORK_ITEM_OF_ACCOUNT)
            .bind(tenant.as_str())
            .bind(key.customer_id.as_str())
            .bind(key.currency.to_string()),
        ScoreSubject::WorkItem(id) => {
            query_as(worklist::WORK_ITEM_NOT_COMPLETED).bind(tenant.as_str()).bind(id.as_str())
        }
    };
    one(query, conn).await
}

/// The latest item of a subject, completed or not.
pub async fn latest_item_of(
    conn: &mut Conn,
    tenant: &TenantId,
    subject: &ScoreSubject,
) -> Result<Option<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = match subject {
        ScoreSubject::Dispute(id) => query_as(worklist::LATEST_ITEM_OF_DISPUTE).bind(tenant.as_str()).bind(id.as_str()),
        ScoreSubject::Account(key) => query_as(worklist::LATEST_ITEM_OF_ACCOUNT)
            .bind(tenant.as_str())
            .bind(key.customer_id.as_str())
            .bind(key.currency.to_string()),
        ScoreSubject::WorkItem(id) => query_as(worklist::WORK_ITEM).bind(tenant.as_str()).bind(id.as_str()),
    };
    one(query, conn).await
}

/// Items whose lease or snooze ended.
pub async fn work_items_back(
    conn: &mut Conn,
    tenant: &TenantId,
    (after, until): (Instant, Instant),
    limit: usize,
) -> Result<Vec<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = query_as(worklist::WORK_ITEMS_BACK);
    let query = query.bind(tenant.as_str()).bind(after.unix_us()).bind(until.unix_us());
    all(query.bind(limit_of(limit)), conn).await
}

/// Items in the order in which they were last written, after one, or from an instant on.
pub async fn work_items_changed(
    conn: &mut Conn,
    tenant: &TenantId,
    (from, after): (Instant, Option<&WorkItemId>),
    limit: usize,
) -> Result<Vec<ItemChange>, StoreError> {
    let query: Query<'_, ItemChangeRow> = query_as(worklist::WORK_ITEMS_CHANGED);
    let query = query.bind(tenant.as_str()).bind(from.unix_us());
    all(query.bind(after.map_or("", WorkItemId::as_str)).bind(limit_of(limit)), conn).await
}

/// Items of disputes that are decided.
pub async fn work_items_of_decided(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&WorkItemId>,
    limit: usize,
) -> Result<Vec<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = query_as(worklist::WORK_ITEMS_OF_DECIDED);
    let query = query.bind(tenant.as_str()).bind(limit_of(limit));
    all(query.bind(after.map_or("", WorkItemId::as_str)), conn).await
}

/// Items that messages made, but for those of disputes.
pub async fn work_items_of_messages(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&WorkItemId>,
    limit: usize,
) -> Result<Vec<WorkItem>, StoreError> {
    let query: Query<'_, WorkItemRow> = query_as(worklist::WORK_ITEMS_OF_MESSAGES);
    let after = after.map_or("", WorkItemId::as_str);
    all(query.bind(tenant.as_str()).bind(after).bind(limit_of(limit)), conn).await
}

/// A page of items as they ranked at a snapshot.
pub async fn page(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &WorkItemFilter,
    snapshot: Instant,
    cursor: Option<&PageCursor>,
    limit: usize,
) -> Result<Vec<WorkItem>, StoreError> {
    let WorkItemFilter { kind, queue, assignee, tier, currency } = filter;
    let sql = match (assignee, queue, kind) {
        (Some(_), _, _) => worklist::WORK_ITEMS_OF_ASSIGNEE,
        (None, Some(_), _) => worklist::WORK_ITEMS_OF_QUEUE,
        (None, None, Some(_)) => worklist::WORK_ITEMS_OF_KIND,
        (None, None, None) => worklist::WORK_ITEMS,
    };
    let (parts, id) = cursor.map_or((i64::MAX, ""), |cursor| (priority_parts(cursor.key), cursor.id.as_str()));
    let query: Query<'_, RankedItemRow> = query_as(sql);
    let query = query
        .bind(tenant.as_str())
        .bind(snapshot.unix_us())
        .bind(parts)
        .bind(id)
        .bind(limit_of(limit))
        .bind(kind.map(WorkItemKind::as_str))
        .bind(queue.as_ref().map(QueueId::as_str))
        .bind(assignee.as_ref().map(UserId::as_str))
        .bind(tier.map(Tier::as_str))
        .bind(currency.map(|currency| currency.to_string()));
    all(query, conn).await
}

/// Claims the highest ranking item; nobody else writes to it between the two statements.
pub async fn claim(conn: &mut Conn, tenant: &TenantId, claim: &ClaimRequest) -> Result<Option<WorkItem>, StoreError> {
    let ClaimRequest { filter: _, user_id, token, now, expires_at } = claim;
    let mut found = None;
    for texts in claimable::CLAIM_TRIES {
        if found.is_none() {
            found = claimable_id(conn, tenant, claim, texts).await?;
        }
    }
    let Some(id) = found else { return Ok(None) };
    let query: Query<'_, WorkItemRow> = query_as(worklist::LEASE);
    let query = query.bind(tenant.as_str()).bind(id).bind(user_id.as_str()).bind(token.as_str());
    one(query.bind(expires_at.unix_us()).bind(now.unix_us()), conn).await
}

async fn claimable_id(
    conn: &mut Conn,
    tenant: &TenantId,
    claim: &ClaimRequest,
    texts: &ClaimTexts,
) -> Result<Option<String>, StoreError> {
    let ClaimRequest { filter, user_id, token: _, now, expires_at: _ } = claim;
    let WorkItemFilter { kind, queue, assignee, tier, currency } = filter;
    let sql = match (assignee, queue, kind) {
        (Some(_), _, _) => texts.of_assignee,
        (None, Some(_), _) => texts.of_queue,
        (None, None, Some(_)) => texts.of_kind,
        (None, None, None) => texts.of_all,
    };
    query_scalar(sql)
        .bind(tenant.as_str())
        .bind(now.unix_us())
        .bind(user_id.as_str())
        .bind(kind.map(WorkItemKind::as_str))
        .bind(queue.as_ref().map(QueueId::as_str))
        .bind(assignee.as_ref().map(UserId::as_str))
        .bind(tier.map(Tier::as_str))
        .bind(currency.map(|currency| currency.to_string()))
        .fetch_optional(&mut *conn)
        .await
        .map_err(StoreError::from_driver)
}
