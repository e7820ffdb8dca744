//! The worklist: list, claim, complete, snooze and release items, and watch them change.

use super::page::{Page, PageRequest};
use super::view::WorkItemView;
use super::{Service, ServiceError, unfinished};
use crate::domain::ids::{TenantId, UserId, WorkItemId};
use crate::domain::time::Instant;
use crate::domain::work_item::CompletionResult;
use crate::store::WorkItemFilter;

/// Asks for the next item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNext {
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
}

/// A watcher of the worklist.
pub struct WorklistWatch {
    _private: (),
}

impl WorklistWatch {
    /// The next item that changed and fits the filter, as it is after the change; `None` when the service stops.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn next(&mut self) -> Result<Option<WorkItemView>, ServiceError> {
        Err(unfinished())
    }
}

impl Service {
    /// A page of open items, the highest priority first, as they ranked when the first page was asked for.
    ///
    /// # Errors
    /// When the token is none of ours or the filter changed, or the storage fails.
    pub async fn list_work_items(
        &self,
        _tenant: &TenantId,
        _filter: &WorkItemFilter,
        _page: &PageRequest,
    ) -> Result<Page<WorkItemView>, ServiceError> {
        Err(unfinished())
    }

    /// The item that ranks first among those that nobody holds and no gate bars; `None` when there is none.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn claim_next_work_item(
        &self,
        _tenant: &TenantId,
        _claim: ClaimNext,
    ) -> Result<Option<ClaimedItem>, ServiceError> {
        Err(unfinished())
    }

    /// Completes an item under a lease.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::LeaseLost`], fields that cannot be accepted, or a failing storage.
    pub async fn complete_work_item(
        &self,
        _tenant: &TenantId,
        _completion: CompleteItem,
    ) -> Result<WorkItemView, ServiceError> {
        Err(unfinished())
    }

    /// Hides an item until an instant and gives the lease back.
    ///
    /// # Errors
    /// As [`Service::complete_work_item`].
    pub async fn snooze_work_item(
        &self,
        _tenant: &TenantId,
        _id: &WorkItemId,
        _lease_token: &str,
        _until: Instant,
    ) -> Result<WorkItemView, ServiceError> {
        Err(unfinished())
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// As [`Service::complete_work_item`].
    pub async fn release_work_item(
        &self,
        _tenant: &TenantId,
        _id: &WorkItemId,
        _lease_token: &str,
    ) -> Result<WorkItemView, ServiceError> {
        Err(unfinished())
    }

    /// Watches the items that fit a filter.
    pub fn watch_worklist(&self, _tenant: &TenantId, _filter: WorkItemFilter) -> WorklistWatch {
        WorklistWatch { _private: () }
    }
}
