//! The use cases: what can be asked of Recourse, whatever the way it is asked.

pub mod account;
mod context;
pub mod dispute;
pub mod error;
mod fx;
mod idempotency;
pub mod ids;
pub mod ledger;
pub mod limits;
pub mod message;
pub mod models;
pub mod page;
mod portfolios;
pub mod priority;
pub mod refresh;
pub mod report;
pub mod retention;
pub mod rough_rates;
mod scoring;
pub mod taxonomy;
pub mod training;
pub mod view;
pub mod worklist;

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

use crate::domain::ids::TenantId;
use crate::domain::strategy::Strategy;
use crate::domain::time::{CivilDate, Instant, SharedClock};
use crate::store::Store;

pub use error::{ErrorKind, ServiceError};
use fx::RoughRatesTold;
use ids::{IdSource, replica_id};
use ledger::IngestBudget;
use limits::{CUSTOMER_LOCK_COUNT, TRAINING_RUNS_AT_ONCE};
pub use models::ActiveModels;
use models::archive::ModelArchive;
pub use models::damaged::DamagedChampion;
use models::registry::ModelRegistry;
use portfolios::Portfolios;
use refresh::touched::TouchedCustomers;
use worklist::watch::WatchedWorklists;

// The words of lower layers that callers of the use cases need to say what they want and to read what they get.
pub use crate::ledger::ageing::Ageing;
pub use crate::ledger::position::{AccountPosition, Collectable, InvoicePosition};
pub use crate::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection};
pub use crate::store::{
    ChampionCause, ChampionChange, DisputeFilter, MessageFilter, TrainingRun, TrainingRunState, WorkItemFilter,
};

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
    /// The models that serve until a tenant promotes others.
    pub models: ActiveModels,
    /// Where trained models and strategies are kept.
    pub archive: ModelArchive,
}

/// The use cases over one storage.
pub struct Service {
    store: Arc<dyn Store>,
    clock: SharedClock,
    ids: IdSource,
    /// The name of this process among those that share the storage.
    replica_id: String,
    started_at: Instant,
    strategy: Arc<Strategy>,
    registry: ModelRegistry,
    archive: ModelArchive,
    portfolios: Portfolios,
    watched_worklists: WatchedWorklists,
    touched: TouchedCustomers,
    rough_rates_told: RoughRatesTold,
    customer_turns: Vec<Mutex<()>>,
    /// Memory for the ledger records that wait in streams.
    ingest_budget: IngestBudget,
    /// Places for the work of training runs.
    training_places: Arc<Semaphore>,
}

impl Service {
    /// A service over these parts.
    pub fn new(parts: ServiceParts) -> Self {
        let ServiceParts { store, clock, seed, strategy, models, archive } = parts;
        Service {
            store,
            ids: IdSource::new(seed),
            replica_id: replica_id(&seed),
            started_at: clock.now(),
            clock,
            strategy: Arc::new(strategy),
            registry: ModelRegistry::new(models, archive.clone()),
            archive,
            portfolios: Portfolios::default(),
            watched_worklists: WatchedWorklists::default(),
            touched: TouchedCustomers::default(),
            rough_rates_told: RoughRatesTold::default(),
            customer_turns: (0..CUSTOMER_LOCK_COUNT).map(|_| Mutex::new(())).collect(),
            ingest_budget: IngestBudget::default(),
            training_places: Arc::new(Semaphore::new(TRAINING_RUNS_AT_ONCE)),
        }
    }

    /// The name of this process among those that share the storage, such as that of whoever refreshes a worklist.
    pub fn replica_id(&self) -> &str {
        &self.replica_id
    }

    /// The strategy in use.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The present instant by the clock handed in.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The day of the business at an instant: the civil day in the strategy's time zone.
    pub fn day_of(&self, instant: Instant) -> CivilDate {
        self.strategy.time_zone.day_of(instant)
    }

    /// The present day of the business.
    pub fn today(&self) -> CivilDate {
        self.day_of(self.now())
    }

    /// A new identifier that sorts by the time at which it was made.
    pub fn new_id(&self) -> String {
        self.ids.next_id(self.clock.now())
    }

    /// Keeps the strategy in the archive and loads the champions and the taxonomy of every tenant; to be called once before serving.
    ///
    /// # Errors
    /// When the archive or the storage fails, or an artifact is damaged: [`Service::damaged_champions_of`] says which.
    pub async fn prepare(&self) -> Result<(), ServiceError> {
        self.archive.keep_strategy(&self.strategy).await?;
        self.reload_models().await
    }

    /// The same for work on one tenant only: the champions of others are not read.
    ///
    /// # Errors
    /// As [`Service::prepare`].
    pub async fn prepare_for(&self, tenant: &TenantId) -> Result<(), ServiceError> {
        self.archive.keep_strategy(&self.strategy).await?;
        self.reload_models_of(tenant).await
    }

    /// Leaves the database file as a whole copy of what is stored; to be called before a process ends.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn settle(&self) -> Result<(), ServiceError> {
        Ok(self.store.settle().await?)
    }

    /// Whether the database can be read and what writes to it is at work.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn health(&self) -> Result<(), ServiceError> {
        Ok(self.store.ping().await?)
    }

    /// What the database finds wrong with its own file, a few lines for people; it reads the whole file.
    ///
    /// # Errors
    /// When it cannot even look.
    pub async fn damage(&self) -> Result<Vec<String>, ServiceError> {
        Ok(self.store.damage().await?)
    }

    /// The strategy with this digest, for a replay.
    async fn strategy_with_digest(&self, digest: &str) -> Result<Arc<Strategy>, ServiceError> {
        if self.strategy.digest() == digest {
            return Ok(Arc::clone(&self.strategy));
        }
        let shipped = Strategy::shipped();
        if shipped.digest() == digest {
            return Ok(Arc::new(shipped));
        }
        match self.archive.strategy(digest).await? {
            Some(strategy) => Ok(Arc::new(strategy)),
            None => Err(ServiceError::Precondition {
                reason: "STRATEGY_UNKNOWN",
                message: format!("the strategy `{digest}` of that score is not in the archive"),
            }),
        }
    }
}

/// Runs work that takes longer than asynchronous code may.
async fn on_blocking_thread<T: Send + 'static>(
    context: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work).await.map_err(|source| ServiceError::Internal { context, source: source.into() })
}
