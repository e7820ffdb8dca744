//! Watching the worklist: a queue of changes for each tenant that is watched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::limits::WATCH_QUEUE_MAX;
use super::view::WorkItemView;
use super::{Service, ServiceError};
use crate::domain::ids::{TenantId, WorkItemId};
use crate::domain::work_item::WorkItem;
use crate::store::WorkItemFilter;

/// The queues of the tenants that are watched.
#[derive(Debug, Clone, Default)]
pub(super) struct WatchedWorklists(Arc<Mutex<BTreeMap<TenantId, WatchedQueue>>>);

/// The queue of a tenant, which is there as long as somebody watches: it takes its memory at once.
#[derive(Debug)]
struct WatchedQueue {
    changes: broadcast::Sender<WorkItemId>,
    watcher_count: usize,
}

/// A place among the watchers of a tenant, given back when it is dropped.
#[derive(Debug)]
struct Subscription {
    watched: WatchedWorklists,
    tenant: TenantId,
    changes: broadcast::Receiver<WorkItemId>,
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
        let queue = queues
            .entry(tenant.clone())
            .or_insert_with(|| WatchedQueue { changes: broadcast::Sender::new(WATCH_QUEUE_MAX), watcher_count: 0 });
        queue.watcher_count += 1;
        Subscription { watched: self.clone(), tenant: tenant.clone(), changes: queue.changes.subscribe() }
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

    fn tell(&self, tenant: &TenantId, work_item_id: &WorkItemId) {
        if let Some(queue) = self.queues().get(tenant) {
            // Who has left meanwhile need not be told.
            let _ = queue.changes.send(work_item_id.clone());
        }
    }
}

/// A watcher of the worklist.
pub struct WorklistWatch {
    service: Arc<Service>,
    filter: WorkItemFilter,
    subscription: Subscription,
}

impl WorklistWatch {
    /// The next item that changed and fits the filter, as it is after the change; `None` when the service stops.
    ///
    /// # Errors
    /// [`ServiceError::WatchTooSlow`] when more than [`WATCH_QUEUE_MAX`] changes came while one was read, so that some are lost; or when
    /// the storage fails.
    pub async fn next(&mut self) -> Result<Option<WorkItemView>, ServiceError> {
        loop {
            let work_item_id = match self.subscription.changes.recv().await {
                Ok(work_item_id) => work_item_id,
                Err(RecvError::Lagged(_)) => return Err(ServiceError::WatchTooSlow { limit: WATCH_QUEUE_MAX }),
                Err(RecvError::Closed) => return Ok(None),
            };
            let tenant = &self.subscription.tenant;
            let item = self.service.store.work_item(tenant, &work_item_id).await?;
            if let Some(item) = item.filter(|item| fits(item, &self.filter)) {
                return Ok(Some(self.service.show_work_item(tenant, item).await?));
            }
        }
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
    /// Watches the items that fit a filter: what this process changes of them, and whose snooze or lease ends.
    pub fn watch_worklist(self: &Arc<Self>, tenant: &TenantId, filter: WorkItemFilter) -> WorklistWatch {
        let subscription = self.watched_worklists.subscribe(tenant);
        WorklistWatch { service: Arc::clone(self), filter, subscription }
    }

    /// Tells watchers that an item changed.
    pub(super) fn tell_of_change(&self, tenant: &TenantId, work_item_id: &WorkItemId) {
        self.watched_worklists.tell(tenant, work_item_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_of_one_tenant_and_says_what_was_lost() {
        let watched = WatchedWorklists::default();
        let [north, south] = ["north", "south"].map(|tenant| TenantId::parse(tenant).unwrap());
        let id = WorkItemId::parse("W").unwrap();
        let (mut of_north, mut of_south) = (watched.subscribe(&north), watched.subscribe(&south));
        watched.tell(&south, &id);
        for _ in 0..=WATCH_QUEUE_MAX {
            watched.tell(&north, &id);
        }
        assert!(matches!(of_north.changes.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1))));
        assert_eq!(of_south.changes.try_recv(), Ok(id));
    }

    /// Goal: a tenant of whom nothing is ever told, such as one with a slip in its name, leaves nothing behind.
    #[test]
    fn a_queue_goes_with_its_last_watcher_and_stays_for_the_others() {
        let watched = WatchedWorklists::default();
        let (tenant, id) = (TenantId::parse("nrth").unwrap(), WorkItemId::parse("W").unwrap());
        let (first, mut second) = (watched.subscribe(&tenant), watched.subscribe(&tenant));
        drop(first);
        watched.tell(&tenant, &id);
        assert_eq!(second.changes.try_recv(), Ok(id.clone()));
        drop(second);
        assert!(watched.queues().is_empty());
        let mut anew = watched.subscribe(&tenant);
        watched.tell(&tenant, &id);
        assert_eq!(anew.changes.try_recv(), Ok(id));
    }
}
