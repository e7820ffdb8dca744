//! Rows of work items and of how they rank.

use serde::Serialize;

use crate::domain::ids::{CustomerId, DisputeId, MessageId, QueueId, ScoreId, TenantId, UserId, WorkItemId};
use crate::domain::money::Currency;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::work_item::{CompletionResult, Lease, Tier, WorkItem, WorkItemKind, WorkItemState};

use super::{Place, currency, minor, priority_of_parts, priority_parts};
use crate::store::{ItemChange, StoreError};

/// A work item as written.
#[derive(Debug, Serialize)]
pub struct WorkItemWrite<'a> {
    tenant: &'a TenantId,
    id: &'a WorkItemId,
    kind: WorkItemKind,
    customer_id: Option<&'a CustomerId>,
    currency: Option<Currency>,
    dispute_id: Option<&'a DisputeId>,
    message_id: Option<&'a MessageId>,
    queue: Option<&'a QueueId>,
    assignee: Option<&'a UserId>,
    state: WorkItemState,
    priority: f64,
    tier: Tier,
    stake_minor: Option<i64>,
    stake_currency: Option<Currency>,
    summary: &'a str,
    score_id: Option<&'a ScoreId>,
    created_at_us: i64,
    due_on: Option<CivilDate>,
    snoozed_until_us: Option<i64>,
    lease_holder: Option<&'a UserId>,
    lease_token: Option<&'a str>,
    lease_expires_at_us: Option<i64>,
    completed_at_us: Option<i64>,
    completion_result: Option<CompletionResult>,
    gate: Option<&'a str>,
    is_raised: u8,
    changed_at_us: i64,
    version: i64,
}

impl<'a> WorkItemWrite<'a> {
    /// The row of an item that is written at `now`.
    pub fn new(tenant: &'a TenantId, item: &'a WorkItem, now: Instant) -> Self {
        let WorkItem {
            id,
            kind,
            customer_id,
            currency: account_currency,
            dispute_id,
            message_id,
            queue,
            assignee,
            state,
            priority,
            tier,
            stake,
            summary,
            score_id,
            created_at,
            due_on,
            snoozed_until,
            lease,
            completed,
            gate,
            is_raised,
            version,
        } = item;
        WorkItemWrite {
            tenant,
            id,
            kind: *kind,
            customer_id: customer_id.as_ref(),
            currency: *account_currency,
            dispute_id: dispute_id.as_ref(),
            message_id: message_id.as_ref(),
            queue: queue.as_ref(),
            assignee: assignee.as_ref(),
            state: *state,
            priority: *priority,
            tier: *tier,
            stake_minor: minor(*stake),
            stake_currency: currency(*stake),
            summary,
            score_id: score_id.as_ref(),
            created_at_us: created_at.unix_us(),
            due_on: *due_on,
            snoozed_until_us: snoozed_until.map(Instant::unix_us),
            lease_holder: lease.as_ref().map(|lease| &lease.holder),
            lease_token: lease.as_ref().map(|lease| lease.token.as_str()),
            lease_expires_at_us: lease.as_ref().map(|lease| lease.expires_at.unix_us()),
            completed_at_us: completed.map(|(completed_at, _)| completed_at.unix_us()),
            completion_result: completed.map(|(_, result)| result),
            gate: gate.as_deref(),
            is_raised: (*is_raised).into(),
            changed_at_us: now.unix_us(),
            version: *version,
        }
    }
}

/// How an item ranks from an instant on, as written.
#[derive(Debug, Serialize)]
pub struct RankWrite<'a> {
    tenant: &'a TenantId,
    work_item_id: &'a WorkItemId,
    valid_from_us: i64,
    is_ranked: u8,
    priority_parts: i64,
    tier: Tier,
    kind: WorkItemKind,
    queue: Option<&'a QueueId>,
    assignee: Option<&'a UserId>,
    currency: Option<Currency>,
    visible_from_us: i64,
    is_gated: u8,
}

impl<'a> RankWrite<'a> {
    /// How `item` ranks from `now` on. A completed item has no rank; a snoozed one shows when its snooze has ended.
    pub fn new(tenant: &'a TenantId, item: &'a WorkItem, now: Instant) -> Self {
        let is_ranked = match item.state {
            WorkItemState::Open | WorkItemState::Snoozed => true,
            WorkItemState::Completed => false,
        };
        RankWrite {
            tenant,
            work_item_id: &item.id,
            valid_from_us: now.unix_us(),
            is_ranked: is_ranked.into(),
            priority_parts: priority_parts(item.priority),
            tier: item.tier,
            kind: item.kind,
            queue: item.queue.as_ref(),
            assignee: item.assignee.as_ref(),
            currency: item.currency,
            visible_from_us: item.snoozed_until.map_or(0, Instant::unix_us),
            is_gated: item.gate.is_some().into(),
        }
    }
}

/// A work item as read.
#[derive(Debug, sqlx::FromRow)]
pub struct WorkItemRow {
    id: String,
    kind: String,
    customer_id: Option<String>,
    currency: Option<String>,
    dispute_id: Option<String>,
    message_id: Option<String>,
    queue: Option<String>,
    assignee: Option<String>,
    state: String,
    priority: f64,
    tier: String,
    stake_minor: Option<i64>,
    stake_currency: Option<String>,
    summary: String,
    score_id: Option<String>,
    created_at_us: i64,
    due_on: Option<String>,
    snoozed_until_us: Option<i64>,
    lease_holder: Option<String>,
    lease_token: Option<String>,
    lease_expires_at_us: Option<i64>,
    completed_at_us: Option<i64>,
    completion_result: Option<String>,
    gate: Option<String>,
    is_raised: i64,
    version: i64,
}

impl TryFrom<WorkItemRow> for WorkItem {
    type Error = StoreError;

    fn try_from(row: WorkItemRow) -> Result<Self, StoreError> {
        let place = Place { table: "work_item", id: &row.id };
        let lease = match (&row.lease_holder, row.lease_token, row.lease_expires_at_us) {
            (Some(holder), Some(token), Some(expires_at_us)) => Some(Lease {
                holder: place.word("lease_holder", holder)?,
                token,
                expires_at: Instant::from_unix_us(expires_at_us),
            }),
            (None, _, _) | (_, None, _) | (_, _, None) => None,
        };
        let completed = match (row.completed_at_us, &row.completion_result) {
            (Some(completed_at_us), Some(result)) => {
                Some((Instant::from_unix_us(completed_at_us), place.word("completion_result", result)?))
            }
            (None, _) | (_, None) => None,
        };
        Ok(WorkItem {
            id: place.word("id", &row.id)?,
            kind: place.word("kind", &row.kind)?,
            customer_id: place.word_opt("customer_id", row.customer_id.as_deref())?,
            currency: place.word_opt("currency", row.currency.as_deref())?,
            dispute_id: place.word_opt("dispute_id", row.dispute_id.as_deref())?,
            message_id: place.word_opt("message_id", row.message_id.as_deref())?,
            queue: place.word_opt("queue", row.queue.as_deref())?,
            assignee: place.word_opt("assignee", row.assignee.as_deref())?,
            state: place.word("state", &row.state)?,
            priority: row.priority,
            tier: place.word("tier", &row.tier)?,
            stake: place.money("stake_currency", row.stake_minor, row.stake_currency.as_deref())?,
            score_id: place.word_opt("score_id", row.score_id.as_deref())?,
            created_at: Instant::from_unix_us(row.created_at_us),
            due_on: place.word_opt("due_on", row.due_on.as_deref())?,
            snoozed_until: row.snoozed_until_us.map(Instant::from_unix_us),
            lease,
            completed,
            version: row.version,
            summary: row.summary,
            gate: row.gate,
            is_raised: row.is_raised != 0,
        })
    }
}

/// A work item with its rank at a snapshot.
#[derive(Debug, sqlx::FromRow)]
pub struct RankedItemRow {
    #[sqlx(flatten)]
    item: WorkItemRow,
    ranked_parts: i64,
    ranked_tier: String,
}

impl TryFrom<RankedItemRow> for WorkItem {
    type Error = StoreError;

    /// The item as it is now, with the priority and tier by which it ranked.
    fn try_from(row: RankedItemRow) -> Result<Self, StoreError> {
        let mut item = WorkItem::try_from(row.item)?;
        if priority_parts(item.priority) != row.ranked_parts {
            item.priority = priority_of_parts(row.ranked_parts);
        }
        let place = Place { table: "work_item_rank", id: item.id.as_str() };
        item.tier = place.word("tier", &row.ranked_tier)?;
        Ok(item)
    }
}

/// The last change of a work item as read.
#[derive(Debug, sqlx::FromRow)]
pub struct ItemChangeRow {
    changed_at_us: i64,
    id: String,
    version: i64,
}

impl TryFrom<ItemChangeRow> for ItemChange {
    type Error = StoreError;

    fn try_from(ItemChangeRow { changed_at_us, id, version }: ItemChangeRow) -> Result<Self, StoreError> {
        let work_item_id = Place { table: "work_item", id: &id }.word("id", &id)?;
        Ok(ItemChange { changed_at: Instant::from_unix_us(changed_at_us), work_item_id, version })
    }
}
