//! What to list and to claim, and where a page begins.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::dispute::DisputeStatus;
use crate::domain::ids::{CustomerId, DisputeId, QueueId, UserId};
use crate::domain::money::Currency;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::Instant;
use crate::domain::work_item::{Tier, WorkItemKind};

/// Which work items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItemFilter {
    /// Only this kind.
    pub kind: Option<WorkItemKind>,
    /// Only this queue.
    pub queue: Option<QueueId>,
    /// Only meant for this person.
    pub assignee: Option<UserId>,
    /// Only this tier.
    pub tier: Option<Tier>,
    /// Only this currency.
    pub currency: Option<Currency>,
}

impl fmt::Display for WorkItemFilter {
    /// The fields that are set, such as `kind=DISPUTE queue=prices`, or `any`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WorkItemFilter { kind, queue, assignee, tier, currency } = self;
        let set = [
            kind.map(|kind| format!("kind={}", kind.as_str())),
            queue.as_ref().map(|queue| format!("queue={queue}")),
            assignee.as_ref().map(|assignee| format!("assignee={assignee}")),
            tier.map(|tier| format!("tier={tier}")),
            currency.map(|currency| format!("currency={currency}")),
        ];
        let set: Vec<String> = set.into_iter().flatten().collect();
        f.write_str(if set.is_empty() { "any" } else { "" })?;
        f.write_str(&set.join(" "))
    }
}

/// Which disputes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this status.
    pub status: Option<DisputeStatus>,
    /// Only about this item.
    pub contested_item: Option<ItemCode>,
}

/// Which messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only of this dispute.
    pub dispute_id: Option<DisputeId>,
}

/// The last row of the page before: its sort key and its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageCursor {
    /// Sort key of the last row: a priority, or microseconds for lists by time.
    pub key: f64,
    /// Id of the last row.
    pub id: String,
}

/// What to claim, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRequest {
    /// Which items.
    pub filter: WorkItemFilter,
    /// Who claims.
    pub user_id: UserId,
    /// Proof of the lease.
    pub token: String,
    /// The present instant: leases and snoozes that ended before it count no more.
    pub now: Instant,
    /// When the new lease runs out.
    pub expires_at: Instant,
}
