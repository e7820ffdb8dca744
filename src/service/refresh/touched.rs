//! Customers whose accounts changed: their items are scored again soon, off the path of the call that changed them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard, Notify};
use tokio::time::Instant;

use crate::domain::ids::{CustomerId, RequestId, TenantId};
use crate::service::error::FirstFailure;
use crate::service::limits::{TOUCHED_CUSTOMERS_MAX, TOUCHED_REST_MS};
use crate::service::{Service, ServiceError};

/// Time after which a customer who could not be scored is tried again; it doubles with each failure in a row.
const TOUCHED_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Longest such time. Whole worklists are refreshed as often, with every customer in them.
const TOUCHED_AGAIN_AFTER_MAX: Duration = Duration::from_secs(60 * 60);
/// Doublings after which the longest time is reached for certain.
const DOUBLINGS_MAX: u32 = 16;

/// Names a customer of a tenant.
type TouchedCustomer = (TenantId, CustomerId);

/// A customer who could not be scored.
#[derive(Debug, Clone, Copy)]
struct Failure {
    /// How often in a row.
    count: u32,
    /// When it is tried again.
    again_at: Instant,
}

/// Customers that wait to be scored again.
#[derive(Debug, Default)]
struct Waiting {
    /// Those of whom something was heard.
    touched: BTreeSet<TouchedCustomer>,
    /// Those who could not be scored; each is tried again after longer and longer.
    failed: BTreeMap<TouchedCustomer, Failure>,
}

impl Waiting {
    fn touch(&mut self, customer: TouchedCustomer) {
        if self.touched.len() < TOUCHED_CUSTOMERS_MAX {
            self.touched.insert(customer);
        }
    }

    /// When the next one is due; `None` while nobody waits.
    fn next_at(&self, now: Instant) -> Option<Instant> {
        if !self.touched.is_empty() {
            return Some(now);
        }
        self.failed.values().map(|failure| failure.again_at).min()
    }

    /// The next one that is due.
    fn take_due(&mut self, now: Instant) -> Option<TouchedCustomer> {
        let due =
            || self.failed.iter().find(|(_, failure)| failure.again_at <= now).map(|(customer, _)| customer.clone());
        let next = self.touched.first().cloned().or_else(due)?;
        self.touched.remove(&next);
        Some(next)
    }

    /// Notes what became of one.
    fn settle(&mut self, customer: TouchedCustomer, is_scored: bool, now: Instant) {
        let before = self.failed.remove(&customer).map_or(0, |failure| failure.count);
        if is_scored || self.failed.len() >= TOUCHED_CUSTOMERS_MAX {
            return;
        }
        let wait = TOUCHED_AGAIN_AFTER.saturating_mul(1 << before.min(DOUBLINGS_MAX)).min(TOUCHED_AGAIN_AFTER_MAX);
        self.failed.insert(customer, Failure { count: before + 1, again_at: now + wait });
    }
}

/// Customers that wait to be scored again, and the news of them.
#[derive(Debug, Default)]
pub(in crate::service) struct TouchedCustomers {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

impl TouchedCustomers {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, tenant: &TenantId, customer_id: &CustomerId) {
        self.waiting().touch((tenant.clone(), customer_id.clone()));
        self.arrived.notify_one();
    }
}

impl Service {
    /// Notes that a customer's accounts changed.
    pub(in crate::service) fn touch_customer(&self, tenant: &TenantId, customer_id: Option<&CustomerId>) {
        if let Some(customer_id) = customer_id {
            self.touched.add(tenant, customer_id);
        }
    }

    /// Notes that the accounts of these customers changed.
    pub fn touch_customers<'a>(&self, tenant: &TenantId, customer_ids: impl IntoIterator<Item = &'a CustomerId>) {
        for customer_id in customer_ids {
            self.touched.add(tenant, customer_id);
        }
    }

    /// Scores the accounts of every customer that changed again.
    ///
    /// # Errors
    /// The first failure, when every customer had their turn. Those with whom it failed are tried again after 5 seconds and then after
    /// longer and longer, up to an hour, and at once when more is heard of them. Of more than [`TOUCHED_CUSTOMERS_MAX`] that fail or wait,
    /// the others are left to the next refresh of the whole worklist.
    pub async fn refresh_touched(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        loop {
            let next = self.touched.waiting().take_due(Instant::now());
            let Some((tenant, customer_id)) = next else { return failure.finish() };
            let is_scored = failure.note(self.refresh_customer(&tenant, &customer_id).await).is_some();
            self.touched.waiting().settle((tenant, customer_id), is_scored, Instant::now());
        }
    }

    /// Waits until customers' accounts have changed or one is to be tried again, and a little longer: a customer of whom more is heard
    /// meanwhile is scored once.
    pub async fn customer_touched(&self) {
        loop {
            let now = Instant::now();
            let next_at = self.touched.waiting().next_at(now);
            match next_at {
                Some(at) if at <= now => break,
                // A timeout is a reason to look again, and so is an arrival.
                Some(at) => drop(tokio::time::timeout_at(at, self.touched.arrived.notified()).await),
                None => self.touched.arrived.notified().await,
            }
        }
        tokio::time::sleep(Duration::from_millis(TOUCHED_REST_MS)).await;
    }

    /// Waits for the turn to write about a customer, so that two complaints about one invoice meet.
    pub(in crate::service) async fn customer_turn(
        &self,
        tenant: &TenantId,
        customer_id: Option<&CustomerId>,
    ) -> Option<MutexGuard<'_, ()>> {
        self.turn_of((tenant, customer_id?)).await
    }

    /// Waits for the turn to answer a request, so that the same one sent twice at once is answered once. Whoever has it never waits for
    /// that of a customer.
    pub(in crate::service) async fn request_turn(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
    ) -> Option<MutexGuard<'_, ()>> {
        self.turn_of((tenant, request_id)).await
    }

    async fn turn_of(&self, whose: impl Hash) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        whose.hash(&mut hasher);
        let index = usize::try_from(hasher.finish()).unwrap_or(0).checked_rem(self.customer_turns.len())?;
        Some(self.customer_turns.get(index)?.lock().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(id: &str) -> TouchedCustomer {
        (TenantId::default_tenant(), CustomerId::parse(id).unwrap())
    }

    /// Goal: a customer who can never be scored is tried less and less often, keeps nobody waiting, and is forgotten once it goes well.
    #[test]
    fn a_customer_who_cannot_be_scored_is_tried_after_longer_and_longer() {
        let (mut waiting, start) = (Waiting::default(), Instant::now());
        waiting.touch(customer("C-1"));
        let mut now = start;
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert_eq!(waiting.take_due(now), Some(customer("C-1")));
            waiting.settle(customer("C-1"), false, now);
            assert_eq!(waiting.take_due(now), None, "it is not due yet");
            let next_at = waiting.next_at(now).unwrap();
            waits.push(next_at.duration_since(now).as_secs());
            now = next_at;
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);

        assert_eq!(waiting.take_due(now), Some(customer("C-1")));
        waiting.settle(customer("C-1"), false, now);
        waiting.touch(customer("C-2"));
        waiting.touch(customer("C-1"));
        assert_eq!(waiting.take_due(now), Some(customer("C-1")), "more was heard of it");
        waiting.settle(customer("C-1"), true, now);
        assert_eq!(waiting.take_due(now), Some(customer("C-2")));
        waiting.settle(customer("C-2"), true, now);
        assert_eq!((waiting.take_due(now), waiting.next_at(now)), (None, None));
    }
}
