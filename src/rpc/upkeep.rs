//! Keeps worklists in line while the server runs: after ingestion, after changes of single accounts, and as days pass.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::domain::ids::TenantId;
use crate::service::{Service, ServiceError};

use super::edge::Stopping;
use super::status::chain;

/// Time between two refreshes of all worklists: due dates pass, promises break, waiting grows.
const REFRESH_PERIOD: Duration = Duration::from_secs(60 * 60);

/// Time before the upkeep is tried again after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Tenants whose ledger changed so much that their whole worklist is looked at again.
#[derive(Debug, Default)]
pub(super) struct ChangedLedgers {
    tenants: Mutex<BTreeSet<TenantId>>,
    arrived: Notify,
}

impl ChangedLedgers {
    /// Notes that a tenant's ledger changed.
    fn add(&self, tenant: TenantId) {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant);
        self.arrived.notify_one();
    }

    /// Notes that a tenant's ledger changed when what is returned is dropped.
    pub(super) fn when_dropped(self: &Arc<Self>, tenant: TenantId) -> ChangeNotice {
        ChangeNotice { changed: Arc::clone(self), tenant }
    }

    fn take_first(&self) -> Option<TenantId> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }
}

/// Notes a change when it is dropped.
pub(super) struct ChangeNotice {
    changed: Arc<ChangedLedgers>,
    tenant: TenantId,
}

impl Drop for ChangeNotice {
    fn drop(&mut self) {
        self.changed.add(self.tenant.clone());
    }
}

/// Does the upkeep until the server stops, whatever happens in it.
pub(super) async fn run(service: Arc<Service>, changed: Arc<ChangedLedgers>, mut stopping: Stopping) {
    loop {
        let mut upkeep = JoinSet::new();
        upkeep.spawn(keep_up(Arc::clone(&service), Arc::clone(&changed), stopping.clone()));
        match upkeep.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!("the upkeep of worklists broke off and begins anew")
            }
            Some(_) | None => return,
        }
        rest(&mut stopping).await;
    }
}

/// Waits for the next try after a failure, or for the server to stop.
async fn rest(stopping: &mut Stopping) {
    // Either is a reason to go on.
    let _ = tokio::time::timeout(REST_AFTER_FAILURE, stopping.stopped()).await;
}

/// Does the upkeep until the server stops. A failure is logged and made good by the next round.
async fn keep_up(service: Arc<Service>, changed: Arc<ChangedLedgers>, mut stopping: Stopping) {
    let mut rounds = tokio::time::interval(REFRESH_PERIOD);
    loop {
        let worked = tokio::select! {
            _ = rounds.tick() => service.refresh_every_worklist().await,
            () = changed.arrived.notified() => refresh_changed(&service, &changed).await,
            () = service.customer_touched() => service.refresh_touched().await,
            () = stopping.stopped() => return,
        };
        if let Err(error) = worked {
            tracing::error!(error.reason = error.reason(), "a worklist could not be refreshed: {}", chain(&error));
            rest(&mut stopping).await;
        }
    }
}

async fn refresh_changed(service: &Service, changed: &ChangedLedgers) -> Result<(), ServiceError> {
    let mut outcome = Ok(());
    while let Some(tenant) = changed.take_first() {
        outcome = outcome.and(service.refresh_worklist(&tenant).await.map(|_| ()));
    }
    outcome
}
