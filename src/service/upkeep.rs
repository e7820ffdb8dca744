//! Upkeep: what a server does on its own so that every tenant's worklist stays in line with the ledger and the day.

use super::error::FirstFailure;
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
}
