//! Champions that cannot be read: which they are, so that others can be put in their places.

use crate::domain::ids::{ModelId, TenantId};
use crate::service::{Service, ServiceError};

/// A champion that cannot be read, so that it cannot serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedChampion {
    /// Whose champion.
    pub tenant: TenantId,
    /// The model.
    pub model_id: ModelId,
    /// The champion before it, to which a rollback goes back; none when there is no such model.
    pub previous_id: Option<ModelId>,
    /// What is wrong, with the model's id.
    pub problem: String,
}

impl Service {
    /// The champions of a tenant that cannot be read.
    ///
    /// # Errors
    /// When the storage or the archive fails.
    pub async fn damaged_champions_of(&self, tenant: &TenantId) -> Result<Vec<DamagedChampion>, ServiceError> {
        let mut damaged = Vec::new();
        for champion in self.store.champions(tenant).await? {
            match self.models_named(tenant, std::slice::from_ref(&champion.model_id)).await {
                Ok(_) => {}
                Err(error @ (ServiceError::CorruptModel { .. } | ServiceError::NotFound { .. })) => {
                    damaged.push(DamagedChampion {
                        tenant: tenant.clone(),
                        model_id: champion.model_id,
                        previous_id: champion.previous_id,
                        problem: error.to_string(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(damaged)
    }
}
