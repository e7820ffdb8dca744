//! The memory that ledger records take which wait in streams: a budget that all streams of a service share.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::ServiceError;

/// Most bytes that the records of all streams of a server may take together while they wait, about: those of batches that are being
/// filled or stored, and documents whose invoices are not known yet. A stream that would go beyond it is refused.
pub const INGEST_BYTES_MAX: usize = 512 << 20;

/// Bytes taken from the budget at a time.
const STEP_BYTES: usize = 1 << 20;

/// The budget.
#[derive(Debug, Clone)]
pub(in crate::service) struct IngestBudget {
    steps: Arc<Semaphore>,
}

impl Default for IngestBudget {
    fn default() -> Self {
        IngestBudget::of_bytes(INGEST_BYTES_MAX)
    }
}

impl IngestBudget {
    fn of_bytes(bytes: usize) -> Self {
        IngestBudget { steps: Arc::new(Semaphore::new(bytes / STEP_BYTES)) }
    }

    /// The share of a stream, of nothing yet.
    pub(in crate::service) fn share(&self) -> BudgetShare {
        BudgetShare { budget: self.clone(), taken: None }
    }
}

/// What a stream has taken of the budget; given back when it is dropped.
#[derive(Debug)]
pub(in crate::service) struct BudgetShare {
    budget: IngestBudget,
    taken: Option<OwnedSemaphorePermit>,
}

impl BudgetShare {
    /// Takes as much more as `bytes` in all need.
    ///
    /// # Errors
    /// [`ServiceError::Exhausted`] when other streams have the rest of the budget.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), ServiceError> {
        let missing_count = steps_of(bytes).saturating_sub(self.taken_count());
        if missing_count == 0 {
            return Ok(());
        }
        let steps = Arc::clone(&self.budget.steps);
        let more = u32::try_from(missing_count).ok().and_then(|count| steps.try_acquire_many_owned(count).ok());
        let Some(more) = more else {
            let what = "the memory for ledger records that wait in streams, in bytes,";
            return Err(ServiceError::Exhausted { what, limit: INGEST_BYTES_MAX });
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }

    /// Gives back what is beyond the need of `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let spare_count = self.taken_count().saturating_sub(steps_of(bytes));
        drop(self.taken.as_mut().and_then(|taken| taken.split(spare_count)));
    }

    fn taken_count(&self) -> usize {
        self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }
}

fn steps_of(bytes: usize) -> usize {
    bytes.div_ceil(STEP_BYTES)
}

#[cfg(test)]
mod tests {
    use super::super::IngestSession;
    use super::*;
    use crate::domain::customer::Customer;
    use crate::domain::ids::{CustomerId, TenantId};
    use crate::domain::taxonomy::Taxonomy;
    use crate::domain::time::{FixedClock, Instant, SharedClock};
    use crate::domain::time_zone::TimeZone;
    use crate::ledger::record::LedgerRecord;
    use crate::store;

    #[test]
    fn streams_share_one_budget_and_give_back_what_they_need_no_more() {
        let budget = IngestBudget::of_bytes(4 << 20);
        let (mut first, mut second) = (budget.share(), budget.share());
        first.grow_to(STEP_BYTES + 1).unwrap();
        first.grow_to(3).unwrap();
        second.grow_to(2 * STEP_BYTES).unwrap();
        let refused = second.grow_to(2 * STEP_BYTES + 1).unwrap_err();
        assert_eq!(refused.reason(), "LIMIT_REACHED");
        first.shrink_to(1);
        second.grow_to(3 * STEP_BYTES).unwrap();
        drop(second);
        first.grow_to(4 * STEP_BYTES).unwrap();
        assert!(first.grow_to(5 * STEP_BYTES).is_err());
    }

    /// Goal: a stream takes its share for what waits, and gives it back with what is stored.
    #[tokio::test]
    async fn a_stream_beyond_the_budget_is_refused_until_another_has_stored_its_records() {
        let clock: SharedClock = Arc::new(FixedClock(Instant::from_unix_us(0)));
        let store = store::open(&"sqlite::memory:".to_owned().into(), 1, clock).await.unwrap();
        let budget = IngestBudget::of_bytes(STEP_BYTES);
        let session = || {
            let (taxonomy, tenant) = (Arc::new(Taxonomy::shipped()), TenantId::default_tenant());
            let session = IngestSession::new(Arc::clone(&store), taxonomy, tenant, TimeZone::utc());
            IngestSession { share: budget.share(), ..session }
        };
        let customer = |id: &str| LedgerRecord::Customer(Customer::unnamed(CustomerId::parse(id).unwrap()));
        let (mut first, mut second) = (session(), session());
        first.push(customer("C-1")).await.unwrap();
        let refused = second.push(customer("C-2")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the memory for ledger records that wait in streams, in bytes, is limited to 536870912"
        );
        first.settle_rest().await.unwrap();
        second.push(customer("C-2")).await.unwrap();
        assert_eq!(second.finish().await.unwrap().counts.inserted_count, 1);
    }
}
