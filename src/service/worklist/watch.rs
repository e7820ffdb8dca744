//! Watching the worklist: a queue of changes for each tenant that is watched.
//!
//! What this process changes is told at once. What others on the same storage change is found by looking, now and then, at the items that
//! were written since the last look and some time before it: others write by their own clocks, and commit later than they write. A version
//! of an item that was told is remembered for as long as a look may find it again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OnceCell, broadcast};

use crate::domain::ids::{TenantId, WorkItemId};
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItem;
use crate::service::error::FirstFailure;
use crate::service::limits::{
    CHANGES_READ_AT_ONCE, WATCH_LOOKS_BACK_EVERY, WATCH_OVERLAP_FAR_SECONDS, WATCH_OVERLAP_SECONDS, WATCH_QUEUE_MAX,
};
use crate::service::view::WorkItemView;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ItemChange, StoreError, WorkItemFilter};

/// What watchers hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    /// An item was written; it has this version by now, or a later one.
    Written(WorkItemId, i64),
    /// The lease or snooze of an item ended, which no write tells of.
    Back(WorkItemId),
}

/// The queues of the tenants that are watched.
#[derive(Debug, Clone, Default)]
pub(in crate::service) struct WatchedWorklists(Arc<Mutex<BTreeMap<TenantId, WatchedQueue>>>);

/// The queue of a tenant, which is there as long as somebody watches: it takes its memory at once.
#[derive(Debug)]
struct WatchedQueue {
    changes: broadcast::Sender<Heard>,
    watcher_count: usize,
    told: ToldVersions,
    /// Set when it is known what was there before, from where on the looks tell of everything.
    begun: Arc<OnceCell<()>>,
    last_look: Option<Look>,
}

/// A look at what others changed.
#[derive(Debug, Clone, Copy)]
struct Look {
    began_at: Instant,
    /// Counts the looks of a queue from 0.
    index: u64,
}

impl Look {
    /// The instant from which the next look reads: now and then from further back, where a clock is slow or a commit came late.
    fn next_from(self, now: Instant) -> Instant {
        let is_far = (self.index + 1).is_multiple_of(WATCH_LOOKS_BACK_EVERY);
        let overlap_seconds = if is_far { WATCH_OVERLAP_FAR_SECONDS } else { WATCH_OVERLAP_SECONDS };
        self.began_at.min(now).plus_seconds(-overlap_seconds)
    }
}

/// The latest version of each item that was told, with an instant from which on it may be forgotten after the longest overlap.
#[derive(Debug, Default)]
struct ToldVersions(HashMap<WorkItemId, (i64, Instant)>);

impl ToldVersions {
    /// Notes a version; whether neither it nor a later one was told.
    fn note(&mut self, work_item_id: &WorkItemId, version: i64, at: Instant) -> bool {
        match self.0.get_mut(work_item_id) {
            Some((told, _)) if *told >= version => false,
            Some(told) => {
                *told = (version, at);
                true
            }
            None => {
                self.0.insert(work_item_id.clone(), (version, at));
                true
            }
        }
    }

    /// Forgets what no look finds any more: twice the longest overlap, as looks may be late.
    fn forget(&mut self, now: Instant) {
        let before = now.plus_seconds(-2 * WATCH_OVERLAP_FAR_SECONDS);
        self.0.retain(|_, (_, at)| *at >= before);
    }
}

/// A place among the watchers of a tenant, given back when it is dropped.
#[derive(Debug)]
struct Subscription {
    watched: WatchedWorklists,
    tenant: TenantId,
    changes: broadcast::Receiver<Heard>,
    begun: Arc<OnceCell<()>>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.watched.leave(&self.tenant);
    }
}

impl WatchedWorklists {
    fn queues(&self) -> MutexGuard<'_, BTreeMap<TenantId, WatchedQueue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, tenant: &TenantId) -> Subscription {
        let mut queues = self.queues();
        let queue = queues.entry(tenant.clone()).or_insert_with(|| WatchedQueue {
            changes: broadcast::Sender::new(WATCH_QUEUE_MAX),
            watcher_count: 0,
            told: ToldVersions::default(),
            begun: Arc::default(),
            last_look: None,
        });
        queue.watcher_count += 1;
        let (changes, begun) = (queue.changes.subscribe(), Arc::clone(&queue.begun));
        Subscription { watched: self.clone(), tenant: tenant.clone(), changes, begun }
    }

    /// Takes a watcher off a tenant; the queue goes with the last one.
    fn leave(&self, tenant: &TenantId) {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return };
        queue.watcher_count -= 1;
        if queue.watcher_count == 0 {
            queues.remove(tenant);
        }
    }

    /// Tells of an item that is back.
    fn tell_back(&self, tenant: &TenantId, work_item_id: &WorkItemId) {
        if let Some(queue) = self.queues().get(tenant) {
            // Who has left meanwhile need not be told.
            let _ = queue.changes.send(Heard::Back(work_item_id.clone()));
        }
    }

    /// Tells of written items, but for versions that were told already.
    fn tell_written<'a>(&self, tenant: &TenantId, written: impl Iterator<Item = (&'a WorkItemId, i64)>, at: Instant) {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return };
        for (work_item_id, version) in written {
            if queue.told.note(work_item_id, version, at) {
                let _ = queue.changes.send(Heard::Written(work_item_id.clone(), version));
            }
        }
    }

    /// Tells of what a look found, but for versions that were told already.
    fn tell_found(&self, tenant: &TenantId, found: &[ItemChange], now: Instant) {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return };
        for ItemChange { changed_at, work_item_id, version } in found {
            if queue.told.note(work_item_id, *version, now.max(*changed_at)) {
                let _ = queue.changes.send(Heard::Written(work_item_id.clone(), *version));
            }
        }
    }

    /// Takes what was there before the first watcher for told.
    fn note_present(&self, tenant: &TenantId, found: &[ItemChange], now: Instant) {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return };
        for ItemChange { changed_at, work_item_id, version } in found {
            queue.told.note(work_item_id, *version, now.max(*changed_at));
        }
    }

    /// Notes that everything was found that others changed until `now`.
    fn note_look(&self, tenant: &TenantId, now: Instant) {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return };
        let index = queue.last_look.map_or(0, |last| last.index + 1);
        queue.last_look = Some(Look { began_at: now, index });
        if index.is_multiple_of(WATCH_LOOKS_BACK_EVERY) {
            queue.told.forget(now);
        }
    }

    /// The tenants that are watched, with the instant from which their next look reads.
    fn due(&self, now: Instant) -> Vec<(TenantId, Instant)> {
        let queues = self.queues();
        let due = queues.iter().filter_map(|(tenant, queue)| Some((tenant.clone(), queue.last_look?.next_from(now))));
        due.collect()
    }
}

/// A watcher of the worklist.
pub struct WorklistWatch {
    service: Arc<Service>,
    filter: WorkItemFilter,
    subscription: Subscription,
    /// Versions of items that were told before their turn in the queue came, as an item is told as it is by then. Each is there until its
    /// turn, so there are no more of them than turns.
    told_early: HashMap<WorkItemId, i64>,
}

impl WorklistWatch {
    /// The next item that changed and fits the filter, as it is after the change; `None` when the service stops.
    ///
    /// # Errors
    /// [`ServiceError::WatchTooSlow`] when more than [`WATCH_QUEUE_MAX`] changes came while one was read, so that some are lost; or when
    /// the storage fails.
    pub async fn next(&mut self) -> Result<Option<WorkItemView>, ServiceError> {
        loop {
            let heard = match self.subscription.changes.recv().await {
                Ok(heard) => heard,
                Err(RecvError::Lagged(_)) => return Err(ServiceError::WatchTooSlow { limit: WATCH_QUEUE_MAX }),
                Err(RecvError::Closed) => return Ok(None),
            };
            if let Some(item) = self.news(heard).await?
                && fits(&item, &self.filter)
            {
                return Ok(Some(self.service.show_work_item(&self.subscription.tenant, item).await?));
            }
        }
    }

    /// The item that was heard of as it is now, unless it was told so before.
    async fn news(&mut self, heard: Heard) -> Result<Option<WorkItem>, ServiceError> {
        let (store, tenant) = (&self.service.store, &self.subscription.tenant);
        let (work_item_id, version) = match heard {
            Heard::Back(work_item_id) => return Ok(store.work_item(tenant, &work_item_id).await?),
            Heard::Written(work_item_id, version) => (work_item_id, version),
        };
        if let Some(told) = self.told_early.get(&work_item_id).copied()
            && version <= told
        {
            if version == told {
                self.told_early.remove(&work_item_id);
            }
            return Ok(None);
        }
        let item = store.work_item(tenant, &work_item_id).await?;
        self.told_early.remove(&work_item_id);
        if let Some(item) = item.as_ref().filter(|item| item.version > version) {
            self.told_early.insert(work_item_id, item.version);
        }
        Ok(item)
    }
}

fn fits(item: &WorkItem, filter: &WorkItemFilter) -> bool {
    let WorkItemFilter { kind, queue, assignee, tier, currency } = filter;
    kind.is_none_or(|kind| kind == item.kind)
        && (queue.is_none() || *queue == item.queue)
        && (assignee.is_none() || *assignee == item.assignee)
        && tier.is_none_or(|tier| tier == item.tier)
        && (currency.is_none() || *currency == item.currency)
}

impl Service {
    /// Watches the items that fit a filter: what is written of them from now on, here or by others on the same storage, and whose snooze or
    /// lease ends. What others write is heard of when [`Service::tell_of_changes_elsewhere`] looks.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn watch_worklist(
        self: &Arc<Self>,
        tenant: &TenantId,
        filter: WorkItemFilter,
    ) -> Result<WorklistWatch, ServiceError> {
        let subscription = self.watched_worklists.subscribe(tenant);
        // Whoever comes second waits for it too: what is committed after this call is told, and so may not be taken for there before.
        subscription.begun.get_or_try_init(|| self.begin_looks(tenant)).await?;
        Ok(WorklistWatch { service: Arc::clone(self), filter, subscription, told_early: HashMap::new() })
    }

    async fn begin_looks(&self, tenant: &TenantId) -> Result<(), ServiceError> {
        let now = self.now();
        let from = now.plus_seconds(-WATCH_OVERLAP_FAR_SECONDS);
        self.read_changes(tenant, from, |found| self.watched_worklists.note_present(tenant, found, now)).await?;
        self.watched_worklists.note_look(tenant, now);
        Ok(())
    }

    /// Tells watchers what others on the same storage wrote since the last look; it reads nothing of tenants that nobody watches.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn; what could not be read is found by the next look.
    pub async fn tell_of_changes_elsewhere(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        for (tenant, from) in self.watched_worklists.due(self.now()) {
            let now = self.now();
            let tell = |found: &[ItemChange]| self.watched_worklists.tell_found(&tenant, found, now);
            if failure.note(self.read_changes(&tenant, from, tell).await).is_some() {
                self.watched_worklists.note_look(&tenant, now);
            }
        }
        failure.finish()
    }

    /// Reads the items that were written at `from` or later, in the order of their writing.
    async fn read_changes(
        &self,
        tenant: &TenantId,
        mut from: Instant,
        hear: impl Fn(&[ItemChange]),
    ) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let found = self.store.work_items_changed(tenant, from, after.as_ref(), CHANGES_READ_AT_ONCE).await?;
            hear(&found);
            let Some(last) = found.last().filter(|_| found.len() == CHANGES_READ_AT_ONCE) else { return Ok(()) };
            (from, after) = (last.changed_at, Some(last.work_item_id.clone()));
        }
    }

    /// Commits changes and tells watchers of the work items among them.
    pub(in crate::service) async fn commit(&self, tenant: &TenantId, changes: Vec<Change>) -> Result<(), StoreError> {
        let written: Vec<(WorkItemId, i64)> = changes.iter().filter_map(written_item).collect();
        self.store.commit(tenant, changes).await?;
        let written = written.iter().map(|(work_item_id, version)| (work_item_id, *version));
        self.watched_worklists.tell_written(tenant, written, self.now());
        Ok(())
    }

    /// Tells watchers of an item that was written in another way.
    pub(super) fn tell_of_write(&self, tenant: &TenantId, item: &WorkItem) {
        self.watched_worklists.tell_written(tenant, [(&item.id, item.version)].into_iter(), self.now());
    }

    /// Tells watchers of an item whose lease or snooze ended.
    pub(in crate::service) fn tell_of_return(&self, tenant: &TenantId, work_item_id: &WorkItemId) {
        self.watched_worklists.tell_back(tenant, work_item_id);
    }
}

/// The work item that a change writes, with its version afterwards.
fn written_item(change: &Change) -> Option<(WorkItemId, i64)> {
    if let Change::PutWorkItem(item) = change { Some((item.id.clone(), item.version)) } else { None }
}

#[cfg(test)]
mod tests;
