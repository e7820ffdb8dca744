//! The item of a subject that came before: whether somebody saw to it today.

use super::{Service, ServiceError};
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::domain::work_item::{WorkItem, WorkItemState};
use crate::store::ScoreSubject;

impl Service {
    /// The item of a subject that is on the list or else the latest one that was.
    pub(super) async fn latest_item(
        &self,
        tenant: &TenantId,
        subject: &ScoreSubject,
    ) -> Result<Option<WorkItem>, ServiceError> {
        match self.store.work_item_of(tenant, subject).await? {
            Some(present) => Ok(Some(present)),
            None => Ok(self.store.latest_item_of(tenant, subject).await?),
        }
    }
}

/// Whether an item is on the list.
pub(super) fn is_present(item: &WorkItem) -> bool {
    item.state != WorkItemState::Completed
}

/// Whether an item was completed today.
pub(super) fn was_completed_today(item: Option<&WorkItem>, now: Instant) -> bool {
    let completed = item.and_then(|item| item.completed);
    completed.is_some_and(|(completed_at, _)| completed_at.civil_date() == now.civil_date())
}

/// Whether whoever held an item completed it today. One that left the list by itself was held by nobody, so that a new debt of the same
/// day is asked for.
pub(super) fn was_seen_to_today(item: Option<&WorkItem>, now: Instant) -> bool {
    let was_held = |item: &WorkItem| item.completed.is_some_and(|(completed_at, _)| item.is_held(completed_at));
    was_completed_today(item, now) && item.is_some_and(was_held)
}
