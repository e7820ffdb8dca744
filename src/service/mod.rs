//! The use cases: what can be asked of Recourse, whatever the way it is asked.

pub mod account;
pub mod dispute;
pub mod error;
pub mod ids;
pub mod limits;
pub mod message;
pub mod models;
pub mod page;
pub mod priority;
pub mod refresh;
pub mod report;
pub mod training;
pub mod view;
pub mod worklist;

use std::sync::Arc;

use crate::domain::strategy::Strategy;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::{Instant, SharedClock};
use crate::store::Store;

pub use error::{ErrorKind, ServiceError};
use ids::IdSource;
pub use models::ActiveModels;

// The words of lower layers that callers of the use cases need to say what they want and to read what they get.
pub use crate::ledger::position::{AccountPosition, Ageing, Collectable, InvoicePosition};
pub use crate::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection};
pub use crate::store::{DisputeFilter, MessageFilter, TrainingRun, TrainingRunState, WorkItemFilter};

/// What a service is built from.
pub struct ServiceParts {
    /// The storage.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: SharedClock,
    /// Seed of identifiers and lease tokens; it must be secret and fresh for every process.
    pub seed: [u8; 32],
    /// The policy.
    pub strategy: Strategy,
    /// What can be contested.
    pub taxonomy: Taxonomy,
}

/// The use cases over one storage.
pub struct Service {
    store: Arc<dyn Store>,
    clock: SharedClock,
    ids: IdSource,
    strategy: Arc<Strategy>,
    taxonomy: Arc<Taxonomy>,
}

impl Service {
    /// A service over these parts.
    pub fn new(parts: ServiceParts) -> Self {
        let ServiceParts { store, clock, seed, strategy, taxonomy } = parts;
        Service { store, clock, ids: IdSource::new(seed), strategy: Arc::new(strategy), taxonomy: Arc::new(taxonomy) }
    }

    /// The strategy in use.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The taxonomy in use.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The present instant by the clock handed in.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new identifier that sorts by the time at which it was made.
    pub fn new_id(&self) -> String {
        self.ids.next_id(self.clock.now())
    }

    /// Whether the database answers and the models are loaded.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn health(&self) -> Result<(), ServiceError> {
        Ok(self.store.ping().await?)
    }
}

fn unfinished() -> ServiceError {
    ServiceError::Precondition { reason: "NOT_BUILT", message: "this use case is not built yet".to_owned() }
}
