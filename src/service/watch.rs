//! Watching the worklist: a queue of changes for each tenant that is watched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::limits::WATCH_QUEUE_MAX;
use super::view::WorkItemView;
use super::{Service, ServiceError};
use crate::domain::ids::{TenantId, WorkItemId};
use crate::domain::work_item::WorkItem;
use crate::store::WorkItemFilter;

/// The queues of the tenants that are watched.
#[derive(Debug, Default)]
pub(super) struct WatchedWorklists(Mutex<BTreeMap<TenantId, broadcast::Sender<WorkItemId>>>);

impl WatchedWorklists {
    fn subscribe(&self, tenant: &TenantId) -> broadcast::Receiver<WorkItemId> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match queues.get(tenant) {
            Some(queue) => queue.subscribe(),
            None => {
                let (queue, changes) = broadcast::channel(WATCH_QUEUE_MAX);
                queues.insert(tenant.clone(), queue);
                changes
            }
        }
    }

    fn tell(&self, tenant: &TenantId, work_item_id: &WorkItemId) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A queue that nobody reads any more goes.
        if queues.get(tenant).is_some_and(|queue| queue.send(work_item_id.clone()).is_err()) {
            queues.remove(tenant);
        }
    }
}

/// A watcher of the worklist.
pub struct WorklistWatch {
    service: Arc<Service>,
    tenant: TenantId,
    filter: WorkItemFilter,
    changes: broadcast::Receiver<WorkItemId>,
}

impl WorklistWatch {
    /// The next item that changed and fits the filter, as it is after the change; `None` when the service stops.
    ///
    /// # Errors
    /// [`ServiceError::WatchTooSlow`] when more than [`WATCH_QUEUE_MAX`] changes came while one was read, so that some are lost; or when
    /// the storage fails.
    pub async fn next(&mut self) -> Result<Option<WorkItemView>, ServiceError> {
        loop {
            let work_item_id = match self.changes.recv().await {
                Ok(work_item_id) => work_item_id,
                Err(RecvError::Lagged(_)) => return Err(ServiceError::WatchTooSlow { limit: WATCH_QUEUE_MAX }),
                Err(RecvError::Closed) => return Ok(None),
            };
            let item = self.service.store.work_item(&self.tenant, &work_item_id).await?;
            if let Some(item) = item.filter(|item| fits(item, &self.filter)) {
                return Ok(Some(self.service.show_work_item(&self.tenant, item).await?));
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
        let changes = self.watched_worklists.subscribe(tenant);
        WorklistWatch { service: Arc::clone(self), tenant: tenant.clone(), filter, changes }
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
        assert!(matches!(of_north.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1))));
        assert_eq!(of_south.try_recv(), Ok(id.clone()));
        drop(of_north);
        watched.tell(&north, &id);
        assert!(!watched.0.lock().unwrap().contains_key(&north), "nobody reads it");
    }
}
