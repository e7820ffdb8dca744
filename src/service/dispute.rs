//! Disputes: open, show, change and decide them.

use super::page::{Page, PageRequest};
use super::view::DisputeView;
use super::{Service, ServiceError, unfinished};
use crate::domain::dispute::{DisputeStatus, PriorityLabel, Resolution, Severity};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, QueueId, RequestId, TenantId, UserId};
use crate::domain::money::Money;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::store::DisputeFilter;

/// A dispute that came without a message.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenDispute {
    /// Idempotency key.
    pub request_id: RequestId,
    /// Who contests.
    pub customer_id: CustomerId,
    /// The invoices meant, at least one.
    pub invoice_ids: Vec<InvoiceId>,
    /// What is contested, a code of the tenant's taxonomy.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much; absent means all that is open on the invoices.
    pub contested_amount: Option<Money>,
    /// Day it was raised; absent means today.
    pub opened_on: Option<CivilDate>,
    /// The queue its work item goes to.
    pub queue: Option<QueueId>,
}

/// The dispute opened or joined.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeOpened {
    /// The dispute.
    pub dispute: DisputeView,
    /// Whether it joined one that was open already.
    pub joined_existing_dispute: bool,
}

/// What is to become of a dispute's assignee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssigneeChange {
    /// Stays who it is.
    Keep,
    /// Nobody.
    Clear,
    /// This person.
    Assign(UserId),
}

/// Changes of a dispute; what is absent stays.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateDispute {
    /// Which dispute.
    pub dispute_id: DisputeId,
    /// The version read before; absent overwrites whatever is there.
    pub version: Option<i64>,
    /// New status.
    pub status: Option<DisputeStatus>,
    /// What is contested, corrected by a person.
    pub contested_item: Option<ItemCode>,
    /// How serious it is, corrected by a person.
    pub severity: Option<Severity>,
    /// How much is contested.
    pub contested_amount: Option<Money>,
    /// Who works on it.
    pub assignee: AssigneeChange,
    /// How urgent a person says it is.
    pub priority_label: Option<PriorityLabel>,
    /// Check everything, store nothing.
    pub validate_only: bool,
}

/// A decision on a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolveDispute {
    /// Which dispute.
    pub dispute_id: DisputeId,
    /// The version read before; absent overwrites whatever is there.
    pub version: Option<i64>,
    /// How it was decided.
    pub resolution: Resolution,
    /// What is credited; required for a partial credit.
    pub credited_amount: Option<Money>,
    /// Day of the decision; absent means today.
    pub resolved_on: Option<CivilDate>,
}

impl Service {
    /// Opens a dispute, or joins the open one about the same invoices; once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn open_dispute(&self, _tenant: &TenantId, _request: OpenDispute) -> Result<DisputeOpened, ServiceError> {
        Err(unfinished())
    }

    /// The dispute with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn dispute(&self, _tenant: &TenantId, _id: &DisputeId) -> Result<DisputeView, ServiceError> {
        Err(unfinished())
    }

    /// A page of disputes, the most urgent first, then the newest.
    ///
    /// # Errors
    /// When the token is none of ours or the filter changed, or the storage fails.
    pub async fn list_disputes(
        &self,
        _tenant: &TenantId,
        _filter: &DisputeFilter,
        _page: &PageRequest,
    ) -> Result<Page<DisputeView>, ServiceError> {
        Err(unfinished())
    }

    /// Changes a dispute.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::IllegalTransition`], fields that cannot be
    /// accepted, or a failing storage.
    pub async fn update_dispute(
        &self,
        _tenant: &TenantId,
        _change: UpdateDispute,
    ) -> Result<DisputeView, ServiceError> {
        Err(unfinished())
    }

    /// Decides a dispute and closes its work item.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::IllegalTransition`], fields that cannot be
    /// accepted, or a failing storage.
    pub async fn resolve_dispute(
        &self,
        _tenant: &TenantId,
        _decision: ResolveDispute,
    ) -> Result<DisputeView, ServiceError> {
        Err(unfinished())
    }
}
