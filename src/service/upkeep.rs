//! Upkeep: what a server does on its own so that every tenant's worklist stays in line with the ledger and the day.

use super::error::FirstFailure;
use super::limits::ITEMS_BACK_MAX;
use super::{Service, ServiceError};
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItemKind;

impl Service {
    /// The tenants that have stored anything.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, ServiceError> {
        Ok(self.store.tenants().await?)
    }

    /// Brings the worklists of all tenants in line, with the models that are champions and the taxonomies that are in use by now.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn.
    pub async fn refresh_every_worklist(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        for tenant in self.tenants().await? {
            failure.note(self.reload_models_of(&tenant).await);
            failure.note(self.refresh_worklist(&tenant).await);
        }
        failure.finish()
    }

    /// The tenants whose ledger changed since their worklist was last brought in line, be it by a server or by the command line; each with
    /// a number that grows with every change.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn ledgers_changed(&self) -> Result<Vec<(TenantId, i64)>, ServiceError> {
        Ok(self.store.ledgers_changed().await?)
    }

    /// Sees to the items of all tenants whose lease or snooze ended after `after` and up to `until`: watchers are told of them, and those
    /// whose account or dispute needs nobody any more come off the list soon.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn.
    pub async fn take_back_items(&self, after: Instant, until: Instant) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        for tenant in self.tenants().await? {
            failure.note(self.take_back_items_of(&tenant, after, until).await);
        }
        failure.finish()
    }

    async fn take_back_items_of(&self, tenant: &TenantId, after: Instant, until: Instant) -> Result<(), ServiceError> {
        let mut has_dispute = false;
        for item in self.store.work_items_back(tenant, after, until, ITEMS_BACK_MAX).await? {
            self.tell_of_change(tenant, &item.id);
            if item.kind == WorkItemKind::OverdueAccount {
                self.touch_customer(tenant, item.customer_id.as_ref());
            }
            has_dispute |= item.kind == WorkItemKind::Dispute;
        }
        if has_dispute {
            self.complete_decided(tenant).await?;
        }
        Ok(())
    }
}
