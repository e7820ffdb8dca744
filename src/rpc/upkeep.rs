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

/// Time between two looks at which models are champions: other replicas and the command line promote too.
const MODELS_PERIOD: Duration = Duration::from_secs(10);

/// Time before the upkeep is tried again after a failure; it doubles with each that follows, up to the period of refreshes.
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

    /// Notes that a tenant's ledger changed when what is returned is dropped, unless it is told that nothing changed.
    pub(super) fn when_dropped(self: &Arc<Self>, tenant: TenantId) -> ChangeNotice {
        ChangeNotice { changed: Arc::clone(self), tenant: Some(tenant) }
    }

    fn take_first(&self) -> Option<TenantId> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }
}

/// Notes a change when it is dropped.
pub(super) struct ChangeNotice {
    changed: Arc<ChangedLedgers>,
    tenant: Option<TenantId>,
}

impl ChangeNotice {
    /// Nothing changed after all.
    pub(super) fn cancel(mut self) {
        self.tenant = None;
    }
}

impl Drop for ChangeNotice {
    fn drop(&mut self) {
        if let Some(tenant) = self.tenant.take() {
            self.changed.add(tenant);
        }
    }
}

/// What a worker is made from.
#[derive(Clone)]
struct Duty {
    service: Arc<Service>,
    changed: Arc<ChangedLedgers>,
    stopping: Stopping,
}

/// Does the upkeep until the server stops, whatever happens in it. Its parts do not wait for each other: a whole worklist takes long.
pub(super) async fn run(service: Arc<Service>, changed: Arc<ChangedLedgers>, stopping: Stopping) {
    let duty = Duty { service, changed, stopping };
    tokio::join!(
        again_and_again(&duty, refresh_worklists),
        again_and_again(&duty, refresh_touched),
        again_and_again(&duty, follow_champions),
    );
}

/// Runs a worker until it ends, which it does when the server stops; one that panics begins anew.
async fn again_and_again<Work>(duty: &Duty, worker: fn(Duty) -> Work)
where
    Work: Future<Output = ()> + Send + 'static,
{
    let mut stopping = duty.stopping.clone();
    loop {
        let mut upkeep = JoinSet::new();
        upkeep.spawn(worker(duty.clone()));
        match upkeep.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!("the upkeep of worklists broke off and begins anew")
            }
            Some(_) | None => return,
        }
        rest(REST_AFTER_FAILURE, &mut stopping).await;
    }
}

/// Waits for the next try after a failure, or for the server to stop.
async fn rest(time: Duration, stopping: &mut Stopping) {
    // Either is a reason to go on.
    let _ = tokio::time::timeout(time, stopping.stopped()).await;
}

/// How long to rest after a failure: longer with each that follows.
#[derive(Debug)]
struct Patience(Duration);

impl Patience {
    const fn new() -> Self {
        Patience(REST_AFTER_FAILURE)
    }

    /// Rests after a failure, which is logged.
    async fn rest_after(&mut self, worked: Result<(), ServiceError>, stopping: &mut Stopping) {
        let Err(error) = worked else {
            *self = Patience::new();
            return;
        };
        tracing::error!(error.reason = error.reason(), "a worklist could not be refreshed: {}", chain(&error));
        rest(self.0, stopping).await;
        self.0 = (self.0 * 2).min(REFRESH_PERIOD);
    }
}

/// Refreshes whole worklists, as time passes and after ingestion.
async fn refresh_worklists(Duty { service, changed, mut stopping }: Duty) {
    let mut rounds = tokio::time::interval(REFRESH_PERIOD);
    let mut patience = Patience::new();
    loop {
        let worked = tokio::select! {
            _ = rounds.tick() => {
                let worked = service.refresh_every_worklist().await;
                if worked.is_err() {
                    rounds.reset_immediately();
                }
                worked
            }
            () = changed.arrived.notified() => refresh_changed(&service, &changed).await,
            () = stopping.stopped() => return,
        };
        patience.rest_after(worked, &mut stopping).await;
    }
}

/// Scores single customers again soon after something was heard of them.
async fn refresh_touched(Duty { service, changed: _, mut stopping }: Duty) {
    let mut patience = Patience::new();
    loop {
        let worked = tokio::select! {
            () = service.customer_touched() => service.refresh_touched().await,
            () = stopping.stopped() => return,
        };
        patience.rest_after(worked, &mut stopping).await;
    }
}

/// Lets promotions made elsewhere serve here.
async fn follow_champions(Duty { service, changed: _, mut stopping }: Duty) {
    let mut patience = Patience::new();
    loop {
        rest(MODELS_PERIOD, &mut stopping).await;
        let worked = tokio::select! {
            worked = service.reload_models() => worked,
            () = stopping.stopped() => return,
        };
        patience.rest_after(worked, &mut stopping).await;
    }
}

/// Refreshes the worklists of tenants whose ledger changed; one that fails waits on.
async fn refresh_changed(service: &Service, changed: &ChangedLedgers) -> Result<(), ServiceError> {
    let mut outcome = Ok(());
    let mut failed = Vec::new();
    while let Some(tenant) = changed.take_first() {
        if let Err(error) = service.refresh_worklist(&tenant).await {
            failed.push(tenant);
            outcome = outcome.and(Err(error));
        }
    }
    failed.into_iter().for_each(|tenant| changed.add(tenant));
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_tells_of_its_tenant_when_it_is_dropped_unless_it_was_cancelled() {
        let changed = Arc::new(ChangedLedgers::default());
        let [north, south] = ["north", "south"].map(|tenant| TenantId::parse(tenant).unwrap());
        changed.when_dropped(north).cancel();
        assert_eq!(changed.take_first(), None);
        drop(changed.when_dropped(south.clone()));
        assert_eq!(changed.take_first(), Some(south));
    }
}
