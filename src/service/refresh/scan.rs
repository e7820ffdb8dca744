//! Walks over all that a tenant has, page by page in the order of ids, so that a walk misses nothing however it changes meanwhile.
//! Each step moves `after` on and is `None` when nothing is left.

use crate::domain::dispute::Dispute;
use crate::domain::ids::{DisputeId, TenantId, WorkItemId};
use crate::domain::work_item::WorkItem;
use crate::service::limits::{ACCOUNTS_SCANNED_AT_ONCE, DISPUTES_SCANNED_AT_ONCE, MESSAGE_ITEMS_SCANNED_AT_ONCE};
use crate::service::{Service, ServiceError};
use crate::store::{AccountKey, AccountRecord, PastDispute};

impl Service {
    /// The next accounts.
    pub(in crate::service) async fn next_accounts(
        &self,
        tenant: &TenantId,
        after: &mut Option<AccountKey>,
    ) -> Result<Option<Vec<AccountRecord>>, ServiceError> {
        let page = self.store.scan_accounts(tenant, after.as_ref(), ACCOUNTS_SCANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(AccountKey { customer_id: last.customer.id.clone(), currency: last.currency });
        Ok(Some(page))
    }

    /// The next disputes, open or not.
    pub(in crate::service) async fn next_disputes(
        &self,
        tenant: &TenantId,
        after: &mut Option<DisputeId>,
    ) -> Result<Option<Vec<Dispute>>, ServiceError> {
        let page = self.store.scan_disputes(tenant, after.as_ref(), DISPUTES_SCANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(last.id.clone());
        Ok(Some(page))
    }

    /// The ids of the next open disputes.
    pub(in crate::service) async fn next_open_disputes(
        &self,
        tenant: &TenantId,
        after: &mut Option<DisputeId>,
    ) -> Result<Option<Vec<DisputeId>>, ServiceError> {
        let page = self.store.open_disputes(tenant, after.as_ref(), DISPUTES_SCANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(last.clone());
        Ok(Some(page))
    }

    /// The next disputes of history, with the messages from which is learned.
    pub(in crate::service) async fn next_past_disputes(
        &self,
        tenant: &TenantId,
        after: &mut Option<DisputeId>,
    ) -> Result<Option<Vec<PastDispute>>, ServiceError> {
        let page = self.store.dispute_history(tenant, after.as_ref(), DISPUTES_SCANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(last.dispute.id.clone());
        Ok(Some(page))
    }

    /// The next open items of messages, but for those of disputes.
    pub(in crate::service) async fn next_message_items(
        &self,
        tenant: &TenantId,
        after: &mut Option<WorkItemId>,
    ) -> Result<Option<Vec<WorkItem>>, ServiceError> {
        let page = self.store.work_items_of_messages(tenant, after.as_ref(), MESSAGE_ITEMS_SCANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(last.id.clone());
        Ok(Some(page))
    }
}
