//! Upkeep: what a server does on its own so that every tenant's worklist stays in line with the ledger and the day.

use super::{Service, ServiceError};
use crate::domain::ids::TenantId;

impl Service {
    /// The tenants that have stored anything.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, ServiceError> {
        Ok(self.store.tenants().await?)
    }

    /// Brings the worklists of all tenants in line, with the models that are champions by now.
    ///
    /// # Errors
    /// When the storage fails; the tenants that were not reached keep the list they have.
    pub async fn refresh_every_worklist(&self) -> Result<(), ServiceError> {
        self.reload_models().await?;
        for tenant in self.tenants().await? {
            self.refresh_worklist(&tenant).await?;
        }
        Ok(())
    }
}
