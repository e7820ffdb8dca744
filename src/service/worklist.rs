//! The worklist: list, complete, snooze and release items.

mod claim;
pub mod ranking;
pub(super) mod seen;
pub(super) mod watch;

use super::dispute::change::completed_item;
use super::limits::{COMMIT_ATTEMPTS_MAX, SNOOZE_SECONDS_MAX, WORK_ITEM_FRAME_BYTES};
use super::page::{Page, PageRequest, fitting_count};
use super::view::WorkItemView;
use super::{Service, ServiceError};
use crate::domain::ids::{RequestId, TenantId, UserId, WorkItemId};
use crate::domain::invoice::NOTE_BYTES_MAX;
use crate::domain::message::Intent;
use crate::domain::outcome::Outcome;
use crate::domain::time::Instant;
use crate::domain::violation::Violation;
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemState};
use crate::store::{Change, PageCursor, StoreError, WorkItemFilter};

pub use watch::WorklistWatch;

/// Asks for the next item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNext {
    /// Makes a repeat answer the same item.
    pub request_id: Option<RequestId>,
    /// Who claims.
    pub user_id: UserId,
    /// What to claim.
    pub filter: WorkItemFilter,
    /// How long the lease lasts; absent means the strategy's.
    pub lease_seconds: Option<u32>,
}

/// An item claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedItem {
    /// The item.
    pub item: WorkItemView,
    /// Proof of the lease.
    pub lease_token: String,
}

/// Takes an item off the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteItem {
    /// Which item.
    pub work_item_id: WorkItemId,
    /// Proof of the lease.
    pub lease_token: String,
    /// What came of it.
    pub result: CompletionResult,
    /// Free text.
    pub note: String,
    /// What the sender of the item's message wanted, where the person who did the work says so.
    pub intent: Option<Intent>,
}

impl CompleteItem {
    /// What is heard with the completion of `item`: its outcome, and the label that the person gives with what they say of its message.
    fn told(&self, item: &WorkItem, known_at: Instant) -> Result<Vec<Change>, Violation> {
        let CompleteItem { work_item_id, lease_token: _, result, note, intent } = self;
        let done =
            Outcome::WorkItemCompleted { work_item_id: work_item_id.clone(), result: *result, note: note.clone() };
        let stated = match (intent, &item.message_id) {
            (None, _) => None,
            (Some(intent), Some(message_id)) => {
                Some(Outcome::IntentStated { message_id: message_id.clone(), intent: *intent })
            }
            (Some(intent), None) => {
                return Err(Violation::new("intent", intent, "nothing, because the item came from no message"));
            }
        };
        let outcomes = std::iter::once(done).chain(stated);
        Ok(outcomes.map(|outcome| Change::InsertOutcome { outcome, known_at }).collect())
    }
}

/// What an item takes in a page, about: the customer's name stands in its summary and beside it.
fn bytes_of(item: &WorkItem) -> usize {
    WORK_ITEM_FRAME_BYTES + 2 * item.summary.len()
}

fn tells_of_completion(outcome: &Outcome, id: &WorkItemId) -> bool {
    match outcome {
        Outcome::WorkItemCompleted { work_item_id, .. } => work_item_id == id,
        Outcome::InvoicePaid { .. }
        | Outcome::DisputeDecided { .. }
        | Outcome::DisputeGraded { .. }
        | Outcome::IntentStated { .. }
        | Outcome::DisputePreferred { .. } => false,
    }
}

impl Service {
    /// A page of open items, the highest priority first, as they ranked when the first page was asked for; it ends early rather than
    /// hold more than [`PAGE_BYTES_MAX`](super::limits::PAGE_BYTES_MAX).
    ///
    /// # Errors
    /// When the token is none of ours or the filter changed, or the storage fails.
    pub async fn list_work_items(
        &self,
        tenant: &TenantId,
        filter: &WorkItemFilter,
        page: &PageRequest,
    ) -> Result<Page<WorkItemView>, ServiceError> {
        let start = page.start(filter, self.now())?;
        let limit = page.size() + 1;
        let mut found = self.store.work_items(tenant, filter, start.snapshot, start.cursor.as_ref(), limit).await?;
        let fitting_count = fitting_count(found.iter().map(bytes_of), page.size());
        let has_more = found.len() > fitting_count;
        found.truncate(fitting_count);
        let next_token = match found.last().filter(|_| has_more) {
            Some(last) => start.next_token(PageCursor { key: last.priority, id: last.id.to_string() }),
            None => String::new(),
        };
        Ok(Page { items: self.show_work_items(tenant, found).await?, next_token })
    }

    /// The item with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn work_item(&self, tenant: &TenantId, id: &WorkItemId) -> Result<WorkItemView, ServiceError> {
        let item = self.stored_work_item(tenant, id).await?;
        self.show_work_item(tenant, item).await
    }

    async fn stored_work_item(&self, tenant: &TenantId, id: &WorkItemId) -> Result<WorkItem, ServiceError> {
        let item = self.store.work_item(tenant, id).await?;
        item.ok_or_else(|| ServiceError::NotFound { resource: "work item", id: id.to_string() })
    }

    /// Completes an item under a lease, also one that ran out as long as nobody else has claimed the item. Repeating it with the same
    /// lease and result answers the same and stores nothing, whatever its note and intent say: what was told first counts. A promise's
    /// item that is completed as refused makes a contact with that result, which ends the promise.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::LeaseLost`], [`ServiceError::ItemCompleted`], fields that cannot be accepted, or a
    /// failing storage.
    pub async fn complete_work_item(
        &self,
        tenant: &TenantId,
        completion: CompleteItem,
    ) -> Result<WorkItemView, ServiceError> {
        let CompleteItem { work_item_id, lease_token, result, note, intent: _ } = &completion;
        if note.len() > NOTE_BYTES_MAX {
            let found = format!("{} bytes", note.len());
            return Err(Violation::new("note", found, format!("at most {NOTE_BYTES_MAX} bytes")).into());
        }
        let item = self.stored_work_item(tenant, work_item_id).await?;
        let now = self.now();
        let mut changes = completion.told(&item, now)?;
        let refusal = self.refusal_heard(tenant, &item, &completion).await?;
        let is_refused = refusal.is_some();
        changes.extend(refusal);
        let complete = |item: WorkItem| completed_item(item.held_beyond(now), *result, now);
        match self.change_leased(tenant, work_item_id, lease_token, changes, complete).await {
            Err(ServiceError::ItemCompleted { .. }) => self.repeat_completion(tenant, &completion).await,
            Ok(completed) => {
                if is_refused {
                    self.touch_customer(tenant, completed.item.customer_id.as_ref());
                }
                if let Some(dispute_id) = completed.item.dispute_id.as_ref().filter(|_| completed.item.is_raised)
                    && let Err(error) = self.refresh_dispute(tenant, dispute_id, &self.models_of(tenant)).await
                {
                    let reason = error.reason();
                    tracing::warn!(error.reason = reason, "a dispute comes back with the next refresh only: {error}");
                }
                Ok(completed)
            }
            Err(error) => Err(error),
        }
    }

    /// Completes an item again that was completed under the same lease and with the same result.
    async fn repeat_completion(
        &self,
        tenant: &TenantId,
        completion: &CompleteItem,
    ) -> Result<WorkItemView, ServiceError> {
        let CompleteItem { work_item_id, lease_token, result, .. } = completion;
        let item = self.stored_work_item(tenant, work_item_id).await?;
        let has_token = item.lease.as_ref().is_some_and(|lease| lease.token == *lease_token);
        let Some((completed_at, _)) = item.completed.filter(|(_, before)| has_token && before == result) else {
            return Err(ServiceError::ItemCompleted { id: work_item_id.to_string() });
        };
        // The decision of a dispute completes its item too, so that this may be the first that is heard of it. What is told of a completion
        // is known at the instant of the completion, whenever it is told.
        let _turn = self.customer_turn(tenant, item.customer_id.as_ref()).await;
        let known = self.store.outcomes_known_at(tenant, completed_at).await?;
        if !known.iter().any(|outcome| tells_of_completion(outcome, work_item_id)) {
            self.store.commit(tenant, completion.told(&item, completed_at)?).await?;
        }
        self.show_work_item(tenant, item).await
    }

    /// Hides an item until an instant and gives the lease back. Repeating it changes nothing.
    ///
    /// # Errors
    /// As [`Service::complete_work_item`].
    pub async fn snooze_work_item(
        &self,
        tenant: &TenantId,
        id: &WorkItemId,
        lease_token: &str,
        until: Instant,
    ) -> Result<WorkItemView, ServiceError> {
        let now = self.now();
        let latest = now.plus_seconds(SNOOZE_SECONDS_MAX);
        if until <= now || until > latest {
            return Err(Violation::new("until", until, format!("an instant after {now} and up to {latest}")).into());
        }
        let snoozed = |item: WorkItem| WorkItem {
            state: WorkItemState::Snoozed,
            snoozed_until: Some(until),
            lease: None,
            version: item.version + 1,
            ..item
        };
        match self.change_leased(tenant, id, lease_token, Vec::new(), snoozed).await {
            Err(ServiceError::LeaseLost { id: lost }) => {
                let item = self.stored_work_item(tenant, id).await?;
                if item.state != WorkItemState::Snoozed || item.snoozed_until != Some(until) {
                    return Err(ServiceError::LeaseLost { id: lost });
                }
                self.show_work_item(tenant, item).await
            }
            done => done,
        }
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// As [`Service::complete_work_item`].
    pub async fn release_work_item(
        &self,
        tenant: &TenantId,
        id: &WorkItemId,
        lease_token: &str,
    ) -> Result<WorkItemView, ServiceError> {
        let released = |item: WorkItem| WorkItem { lease: None, version: item.version + 1, ..item };
        let released = self.change_leased(tenant, id, lease_token, Vec::new(), released).await?;
        self.touch_customer(tenant, released.item.customer_id.as_ref());
        Ok(released)
    }

    /// Changes an item whose lease the caller holds, or held last; somebody else's change in between is looked at again.
    async fn change_leased(
        &self,
        tenant: &TenantId,
        id: &WorkItemId,
        lease_token: &str,
        changes: Vec<Change>,
        change: impl Fn(WorkItem) -> WorkItem + Send,
    ) -> Result<WorkItemView, ServiceError> {
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let item = self.stored_work_item(tenant, id).await?;
            let has_token = item.lease.as_ref().is_some_and(|lease| lease.token == lease_token);
            if item.state == WorkItemState::Completed {
                return Err(ServiceError::ItemCompleted { id: id.to_string() });
            }
            if !has_token {
                return Err(ServiceError::LeaseLost { id: id.to_string() });
            }
            let item = change(item);
            let mut changes = changes.clone();
            changes.push(Change::PutWorkItem(item.clone()));
            match self.commit(tenant, changes).await {
                Ok(()) => return self.show_work_item(tenant, item).await,
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
