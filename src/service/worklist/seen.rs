//! The item of a subject that is on the list or came before: how long it has waited, and whether somebody saw to it today.

use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::domain::work_item::{WorkItem, WorkItemState};
use crate::service::{Service, ServiceError};
use crate::store::ScoreSubject;

impl Service {
    /// The item of a subject that is on the list or else the latest one that was.
    pub(in crate::service) async fn latest_item(
        &self,
        tenant: &TenantId,
        subject: &ScoreSubject,
    ) -> Result<Option<WorkItem>, ServiceError> {
        match self.store.work_item_of(tenant, subject).await? {
            Some(present) => Ok(Some(present)),
            None => Ok(self.store.latest_item_of(tenant, subject).await?),
        }
    }

    /// Whether an item was completed on the day of `now`.
    pub(in crate::service) fn was_completed_today(&self, item: Option<&WorkItem>, now: Instant) -> bool {
        let completed = item.and_then(|item| item.completed);
        completed.is_some_and(|(completed_at, _)| self.day_of(completed_at) == self.day_of(now))
    }

    /// Whether whoever held an item completed it on the day of `now`. One that left the list by itself was held by nobody, so that a new
    /// debt of the same day is asked for.
    pub(in crate::service) fn was_seen_to_today(&self, item: Option<&WorkItem>, now: Instant) -> bool {
        let was_held = |item: &WorkItem| item.completed.is_some_and(|(completed_at, _)| item.is_held(completed_at));
        self.was_completed_today(item, now) && item.is_some_and(was_held)
    }

    /// Full days that an item has been on the list by `now`; a completed one is not on it.
    pub(in crate::service) fn waiting_days(&self, item: Option<&WorkItem>, now: Instant) -> u32 {
        let present = item.filter(|item| is_present(item));
        let days = present.map(|item| self.day_of(now).days_since(self.day_of(item.created_at)));
        days.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
    }
}

/// Whether an item is on the list.
pub(in crate::service) fn is_present(item: &WorkItem) -> bool {
    item.state != WorkItemState::Completed
}
