//! Customers whose accounts changed: their items are scored again soon, off the path of the call that changed them.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard, Notify};

use super::error::FirstFailure;
use super::limits::{TOUCHED_CUSTOMERS_MAX, TOUCHED_REST_MS};
use super::{Service, ServiceError};
use crate::domain::ids::{CustomerId, TenantId};

/// Customers that wait to be scored again.
#[derive(Debug, Default)]
pub(super) struct TouchedCustomers {
    waiting: Mutex<BTreeSet<(TenantId, CustomerId)>>,
    arrived: Notify,
}

impl TouchedCustomers {
    fn add(&self, tenant: &TenantId, customer_id: &CustomerId) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < TOUCHED_CUSTOMERS_MAX {
            waiting.insert((tenant.clone(), customer_id.clone()));
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    fn is_empty(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn take_first(&self) -> Option<(TenantId, CustomerId)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }
}

impl Service {
    /// Notes that a customer's accounts changed.
    pub(super) fn touch_customer(&self, tenant: &TenantId, customer_id: Option<&CustomerId>) {
        if let Some(customer_id) = customer_id {
            self.touched.add(tenant, customer_id);
        }
    }

    /// Scores the accounts of every customer that changed again.
    ///
    /// # Errors
    /// The first failure, when every customer had their turn; those with whom it failed wait on.
    pub async fn refresh_touched(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        let mut failed = Vec::new();
        while let Some((tenant, customer_id)) = self.touched.take_first() {
            if failure.note(self.refresh_customer(&tenant, &customer_id).await).is_none() {
                failed.push((tenant, customer_id));
            }
        }
        for (tenant, customer_id) in failed {
            self.touched.add(&tenant, &customer_id);
        }
        failure.finish()
    }

    /// Waits until customers' accounts have changed, and a little longer: a customer of whom more is heard meanwhile is scored
    /// once.
    pub async fn customer_touched(&self) {
        while self.touched.is_empty() {
            self.touched.arrived.notified().await;
        }
        tokio::time::sleep(Duration::from_millis(TOUCHED_REST_MS)).await;
    }

    /// Waits for the turn to write about a customer, so that two complaints about one invoice meet.
    pub(super) async fn customer_turn(
        &self,
        tenant: &TenantId,
        customer_id: Option<&CustomerId>,
    ) -> Option<MutexGuard<'_, ()>> {
        let customer_id = customer_id?;
        let mut hasher = DefaultHasher::new();
        (tenant, customer_id).hash(&mut hasher);
        let index = usize::try_from(hasher.finish()).unwrap_or(0).checked_rem(self.customer_turns.len())?;
        Some(self.customer_turns.get(index)?.lock().await)
    }
}
