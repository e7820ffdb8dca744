//! Keeps worklists in line while the server runs: after ingestion, after changes of single accounts, and as days pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::domain::ids::TenantId;
use crate::domain::time as civil;
use crate::service::limits::WATCH_LOOK_MS;
use crate::service::refresh::turn::RefreshTurn;
use crate::service::refresh::upkeep::RefreshRound;
use crate::service::retention::Retention;
use crate::service::{Service, ServiceError};

use super::edge::Stopping;
use super::status::chain;

/// Seconds between two refreshes of a worklist, by whichever replica: due dates pass, promises break, waiting grows.
const REFRESH_PERIOD_SECONDS: i64 = 60 * 60;
const REFRESH_PERIOD: Duration = Duration::from_secs(REFRESH_PERIOD_SECONDS.unsigned_abs());

/// Shortest time between two looks at all worklists.
const ROUND_REST: Duration = Duration::from_secs(60);

/// Longest and shortest time between two looks at a worklist that another replica refreshes.
const AWAITED_PERIOD: Duration = Duration::from_secs(2);
const AWAITED_REST: Duration = Duration::from_millis(100);

/// Time between two looks at which models are champions and which taxonomies are in use: other replicas and the command line change
/// them too.
const MODELS_PERIOD: Duration = Duration::from_secs(10);

/// Time between two looks at what else changed: ledgers that another process takes records into, and items whose lease or snooze ends.
const CHANGES_PERIOD: Duration = Duration::from_secs(10);

/// Looks for which a worklist waits while its ledger goes on changing, so that records that are still being taken in are looked at together.
const CHANGES_AWAITED_LOOKS: u32 = 6;

/// Time after the start, when there is much else to do, before anything is forgotten, and time between two looks for what may be.
const RETENTION_BEGIN: Duration = Duration::from_secs(60);
const RETENTION_PERIOD: Duration = Duration::from_secs(6 * 60 * 60);

/// Time before the upkeep is tried again after a failure; for whole worklists it doubles with each round that fails, up to their period.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What is logged when a refresh fails.
const REFRESH_FAILED: &str = "a worklist could not be refreshed";

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
pub(super) struct Duty {
    /// The use cases.
    pub(super) service: Arc<Service>,
    /// Ledgers that changed here.
    pub(super) changed: Arc<ChangedLedgers>,
    /// How long what nothing needs any more is kept.
    pub(super) retention: Retention,
    /// Tells when the server stops.
    pub(super) stopping: Stopping,
}

/// Does the upkeep until the server stops, whatever happens in it. Its parts do not wait for each other: a whole worklist takes long.
pub(super) async fn run(duty: Duty) {
    tokio::join!(
        again_and_again(&duty, refresh_worklists),
        again_and_again(&duty, refresh_touched),
        again_and_again(&duty, follow_champions),
        again_and_again(&duty, follow_changes),
        again_and_again(&duty, tell_watchers),
        again_and_again(&duty, follow_portfolios),
        again_and_again(&duty, forget_old),
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

/// Waits, or for the server to stop.
async fn rest(time: Duration, stopping: &mut Stopping) {
    // Either is a reason to go on.
    let _ = tokio::time::timeout(time, stopping.stopped()).await;
}

/// Logs what could not be done; whether all was.
fn is_done(worked: Result<(), ServiceError>, what: &'static str) -> bool {
    let Err(error) = worked else { return true };
    tracing::error!(error.reason = error.reason(), "{what}: {}", chain(&error));
    false
}

/// Refreshes whole worklists, as time passes and after ingestion. After a failure the next round comes sooner, and meanwhile other
/// ledgers are looked at as ever.
async fn refresh_worklists(Duty { service, changed, retention: _, mut stopping }: Duty) {
    let mut refreshes = WholeRefreshes::new(service);
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(refreshes.next_at()) => refreshes.see_to_due().await,
            () = changed.arrived.notified() => refreshes.see_to_changed(&changed).await,
            () = stopping.stopped() => return,
        }
    }
}

/// When which worklist is refreshed, or looked at because another replica is at it.
struct WholeRefreshes {
    service: Arc<Service>,
    next_round: Instant,
    /// Time after which a round that fails is tried again.
    patience: Duration,
    /// Worklists that another replica refreshes, and when they are looked at again.
    awaited: BTreeMap<TenantId, Instant>,
}

impl WholeRefreshes {
    /// The first round is due at once.
    fn new(service: Arc<Service>) -> Self {
        let next_round = Instant::now();
        WholeRefreshes { service, next_round, patience: REST_AFTER_FAILURE, awaited: BTreeMap::new() }
    }

    fn next_at(&self) -> Instant {
        self.awaited.values().copied().min().map_or(self.next_round, |next_look| next_look.min(self.next_round))
    }

    /// Sees to the worklists that another replica had, and to all when a round is due.
    async fn see_to_due(&mut self) {
        let now = Instant::now();
        let due: Vec<TenantId> =
            self.awaited.iter().filter(|(_, at)| **at <= now).map(|(tenant, _)| tenant.clone()).collect();
        let mut outcome = Ok(());
        for tenant in due {
            self.awaited.remove(&tenant);
            outcome = outcome.and(self.take_turn(tenant).await);
        }
        self.note(outcome);
        if self.next_round <= Instant::now() {
            self.begin_round().await;
        }
    }

    async fn begin_round(&mut self) {
        let RefreshRound { next_at, awaited, outcome } =
            self.service.refresh_every_worklist(REFRESH_PERIOD_SECONDS).await;
        for (tenant, until) in awaited {
            self.look_again(tenant, until);
        }
        let done = is_done(outcome, REFRESH_FAILED);
        let wait = self.time_until(next_at).clamp(ROUND_REST, REFRESH_PERIOD);
        self.next_round = Instant::now() + if done { wait } else { wait.min(self.patience) };
        self.patience = patience_after(self.patience, done);
    }

    /// Sees to the worklists of tenants whose ledger changed, unless somebody else did meanwhile; the next round makes good those that fail.
    async fn see_to_changed(&mut self, changed: &ChangedLedgers) {
        let mut outcome = Ok(());
        while let Some(tenant) = changed.take_first() {
            let turn = match self.service.ledgers_changed().await {
                Ok(behind) if !behind.iter().any(|(other, _)| *other == tenant) => continue,
                Ok(_) => self.take_turn(tenant).await,
                Err(error) => Err(error),
            };
            outcome = outcome.and(turn);
        }
        self.note(outcome);
    }

    /// Refreshes a worklist if that is due; while another replica is at it, it is looked at again soon.
    async fn take_turn(&mut self, tenant: TenantId) -> Result<(), ServiceError> {
        let since = self.service.refreshed_since(REFRESH_PERIOD_SECONDS);
        match self.service.refresh_in_turn(&tenant, since).await? {
            RefreshTurn::Done(_) => {}
            RefreshTurn::NotDue { last_began_at } => {
                let wait = self.time_until(last_began_at.plus_seconds(REFRESH_PERIOD_SECONDS)).max(ROUND_REST);
                self.next_round = self.next_round.min(Instant::now() + wait);
            }
            RefreshTurn::Elsewhere { until } => self.look_again(tenant, until),
        }
        Ok(())
    }

    /// Looks at a worklist again when the turn of the other replica runs out, and now and then until then: it may end sooner.
    fn look_again(&mut self, tenant: TenantId, until: civil::Instant) {
        let wait = self.time_until(until).clamp(AWAITED_REST, AWAITED_PERIOD);
        self.awaited.insert(tenant, Instant::now() + wait);
    }

    /// Has the next round come sooner after a failure.
    fn note(&mut self, outcome: Result<(), ServiceError>) {
        if !is_done(outcome, REFRESH_FAILED) {
            self.next_round = self.next_round.min(Instant::now() + self.patience);
        }
    }

    /// Time until an instant by the clock of the service; none when it has passed.
    fn time_until(&self, at: civil::Instant) -> Duration {
        let us = at.unix_us().saturating_sub(self.service.now().unix_us());
        Duration::from_micros(u64::try_from(us).unwrap_or(0))
    }
}

/// How long to wait after the next round that fails.
fn patience_after(patience: Duration, done: bool) -> Duration {
    if done { REST_AFTER_FAILURE } else { (patience * 2).min(REFRESH_PERIOD) }
}

/// Scores single customers again soon after something was heard of them.
async fn refresh_touched(Duty { service, changed: _, retention: _, mut stopping }: Duty) {
    loop {
        let worked = tokio::select! {
            () = service.customer_touched() => service.refresh_touched().await,
            () = stopping.stopped() => return,
        };
        if !is_done(worked, "a customer's accounts could not be scored again") {
            rest(REST_AFTER_FAILURE, &mut stopping).await;
        }
    }
}

/// Lets models promoted and taxonomies loaded elsewhere serve here.
async fn follow_champions(Duty { service, changed: _, retention: _, mut stopping }: Duty) {
    loop {
        rest(MODELS_PERIOD, &mut stopping).await;
        let worked = tokio::select! {
            worked = service.reload_models() => worked,
            () = stopping.stopped() => return,
        };
        is_done(worked, "the models or the taxonomy of a tenant could not be read, so those before go on serving");
    }
}

/// Ledgers that changed, as they were found at the last look.
#[derive(Debug, Default)]
struct UnsettledLedgers(BTreeMap<TenantId, (i64, u32)>);

impl UnsettledLedgers {
    /// The tenants whose worklist is to be looked at: nothing more was taken in since the last look, or they have waited long enough.
    fn settled(&mut self, changed: Vec<(TenantId, i64)>) -> Vec<TenantId> {
        let mut before = std::mem::take(&mut self.0);
        let mut settled = Vec::new();
        for (tenant, change_count) in changed {
            let (count_before, look_count) = before.remove(&tenant).unwrap_or((change_count, 0));
            let is_quiet = look_count > 0 && count_before == change_count;
            if is_quiet || look_count >= CHANGES_AWAITED_LOOKS {
                settled.push(tenant);
            } else {
                self.0.insert(tenant, (change_count, look_count + 1));
            }
        }
        settled
    }
}

/// Counts portfolios again whose worklist another replica has refreshed.
async fn follow_portfolios(Duty { service, changed: _, retention: _, mut stopping }: Duty) {
    loop {
        rest(CHANGES_PERIOD, &mut stopping).await;
        let worked = tokio::select! {
            worked = service.follow_portfolios() => worked,
            () = stopping.stopped() => return,
        };
        is_done(worked, "how a portfolio pays could not be counted again");
    }
}

/// Tells those who watch a worklist what others on the same database change of it.
async fn tell_watchers(Duty { service, changed: _, retention: _, mut stopping }: Duty) {
    loop {
        rest(Duration::from_millis(WATCH_LOOK_MS), &mut stopping).await;
        let worked = tokio::select! {
            worked = service.tell_of_changes_elsewhere() => worked,
            () = stopping.stopped() => return,
        };
        if !is_done(worked, "what others change could not be told to those who watch") {
            rest(REST_AFTER_FAILURE, &mut stopping).await;
        }
    }
}

/// Forgets what nothing needs any more.
async fn forget_old(Duty { service, changed: _, retention, mut stopping }: Duty) {
    rest(RETENTION_BEGIN, &mut stopping).await;
    loop {
        let worked = tokio::select! {
            worked = service.forget_old(retention) => worked,
            () = stopping.stopped() => return,
        };
        is_done(worked, "what nothing needs any more could not be forgotten");
        rest(RETENTION_PERIOD, &mut stopping).await;
    }
}

/// Has worklists looked at whose ledger another process changed, and sees to items whose lease or snooze ends.
async fn follow_changes(Duty { service, changed, retention: _, mut stopping }: Duty) {
    let mut unsettled = UnsettledLedgers::default();
    let mut after = service.now();
    loop {
        rest(CHANGES_PERIOD, &mut stopping).await;
        let until = service.now();
        let look = async {
            for tenant in unsettled.settled(service.ledgers_changed().await?) {
                changed.add(tenant);
            }
            service.take_back_items(after, until).await
        };
        let worked = tokio::select! {
            worked = look => worked,
            () = stopping.stopped() => return,
        };
        if is_done(worked, "what another process changed could not be looked at") {
            after = until;
        }
    }
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

    #[test]
    fn a_ledger_that_goes_on_changing_waits_for_some_looks() {
        let north = TenantId::parse("north").unwrap();
        let mut ledgers = UnsettledLedgers::default();
        let mut look = |change_count| !ledgers.settled(vec![(north.clone(), change_count)]).is_empty();
        assert_eq!([look(1), look(1)], [false, true], "nothing more came");
        assert_eq!([look(2), look(3), look(3)], [false, false, true]);
        assert_eq!((4..12).map(look).position(|is_settled| is_settled), Some(6));
    }

    #[test]
    fn rounds_that_fail_are_tried_again_after_longer_and_longer() {
        let mut patience = REST_AFTER_FAILURE;
        let waits: Vec<u64> = (0..12)
            .map(|_| {
                let wait = patience.as_secs();
                patience = patience_after(patience, false);
                wait
            })
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
        assert_eq!(patience_after(patience, true), REST_AFTER_FAILURE);
    }
}
