//! A service under test, with a small ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, QueueId, RequestId, TenantId, UserId};
use recourse::domain::invoice::{Allocation, Invoice, Payment};
use recourse::domain::message::MessageChannel;
use recourse::domain::money::{Currency, Money};
use recourse::domain::strategy::Strategy;
use recourse::domain::time::{CivilDate, Clock, Instant};
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::{LedgerRecord, RecordOutcome};
use recourse::service::dispute::{AmountChange, AssigneeChange, UpdateDispute};
use recourse::service::message::{ScoreMessage, Submission, SubmitMessage};
use recourse::service::models::archive::ModelArchive;
use recourse::service::training::StartTrainingRun;
use recourse::service::worklist::{ClaimNext, ClaimedItem};
use recourse::service::{ActiveModels, Service, ServiceError, ServiceParts, TrainingRun, WorkItemFilter};
use recourse::store::{self, Store};

use super::models::by_rules;

/// The instant at which every test begins.
pub const NOW: &str = "2026-03-16T08:00:00Z";

/// A clock that the test moves.
#[derive(Debug)]
pub struct MovedClock(AtomicI64);

impl MovedClock {
    /// Moves the clock on.
    pub fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Instant {
        Instant::from_unix_us(self.0.load(Ordering::SeqCst))
    }
}

/// A service over a database in memory.
pub struct Bench {
    pub service: Arc<Service>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<MovedClock>,
    pub tenant: TenantId,
    archive: ModelArchive,
}

impl Bench {
    /// An empty one.
    pub async fn empty() -> Self {
        Bench::serving(by_rules()).await
    }

    /// An empty one with these models.
    pub async fn serving(models: ActiveModels) -> Self {
        Bench::counting_in(Currency::EUR, models).await
    }

    /// The same whose strategy counts in `base_currency`.
    pub async fn counting_in(base_currency: Currency, models: ActiveModels) -> Self {
        Bench::by_strategy(Strategy { base_currency, ..Strategy::shipped() }, models).await
    }

    /// An empty one of a business in a time zone, where it is `at`, not before [`NOW`].
    pub async fn in_zone(name: &str, at: &str, models: ActiveModels) -> Self {
        let time_zone = TimeZone::parse("time_zone", name).unwrap();
        let bench = Bench::by_strategy(Strategy { time_zone, ..Strategy::shipped() }, models).await;
        bench.pass_until(at);
        bench
    }

    async fn by_strategy(strategy: Strategy, models: ActiveModels) -> Self {
        let clock = Arc::new(MovedClock(AtomicI64::new(Instant::parse("now", NOW).unwrap().unix_us())));
        let store = store::open(&"sqlite::memory:".to_owned().into(), 2, clock.clone()).await.unwrap();
        let archive = ModelArchive::in_memory();
        let service = service_over(&store, &clock, &archive, models, strategy, [7; 32]);
        Bench { service, store, clock, tenant: TenantId::default_tenant(), archive }
    }

    /// Another service over the same storage and archive.
    pub fn replica(&self, models: ActiveModels) -> Arc<Service> {
        service_over(&self.store, &self.clock, &self.archive, models, Strategy::shipped(), [8; 32])
    }

    /// One with the [`small_ledger`].
    pub async fn with_ledger() -> Self {
        let bench = Bench::empty().await;
        bench.ingest(small_ledger()).await;
        bench
    }

    /// Moves the clock on to an instant.
    pub fn pass_until(&self, at: &str) {
        let us = Instant::parse("at", at).unwrap().unix_us() - self.clock.now().unix_us();
        assert!(us >= 0, "the clock never goes back to {at}");
        self.clock.pass_seconds(us / 1_000_000);
    }

    /// Takes in records, none of which may be refused.
    pub async fn ingest(&self, records: Vec<LedgerRecord>) {
        let time_zone = &self.service.strategy().time_zone;
        for outcome in self.store.ingest(&self.tenant, records, time_zone).await.unwrap() {
            assert!(!matches!(outcome, RecordOutcome::Rejected(_)), "{outcome:?}");
        }
    }

    /// Submits a message of `C-1`.
    pub async fn submit(&self, request_id: &str, body: &str) -> Result<Submission, ServiceError> {
        self.service.submit_message(&self.tenant, submission(request_id, body)).await
    }

    /// Claims the next item for somebody.
    pub async fn claim(&self, user: &str) -> Option<ClaimedItem> {
        let user_id = UserId::parse(user).unwrap();
        let claim = ClaimNext { request_id: None, user_id, filter: WorkItemFilter::default(), lease_seconds: None };
        self.service.claim_next_work_item(&self.tenant, claim).await.unwrap()
    }

    /// Starts a training run and waits for its end.
    pub async fn train(&self, request: StartTrainingRun) -> TrainingRun {
        let run = self.service.start_training_run(&self.tenant, request).await.unwrap();
        self.ended(run).await
    }

    /// Waits for the end of a training run.
    pub async fn ended(&self, run: TrainingRun) -> TrainingRun {
        let mut watch = self.service.watch_training_run(&self.tenant, &run.id).await.unwrap();
        let mut last = run;
        while let Some(run) = watch.next().await.unwrap() {
            last = run;
        }
        last
    }
}

fn service_over(
    store: &Arc<dyn Store>,
    clock: &Arc<MovedClock>,
    archive: &ModelArchive,
    models: ActiveModels,
    strategy: Strategy,
    seed: [u8; 32],
) -> Arc<Service> {
    Arc::new(Service::new(ServiceParts {
        store: Arc::clone(store),
        clock: clock.clone(),
        seed,
        strategy,
        models,
        archive: archive.clone(),
    }))
}

/// A change of a dispute that changes nothing yet, whatever its version.
pub fn no_change(dispute_id: &DisputeId) -> UpdateDispute {
    UpdateDispute {
        dispute_id: dispute_id.clone(),
        version: None,
        status: None,
        invoice_ids: None,
        contested_item: None,
        severity: None,
        contested_amount: AmountChange::Keep,
        assignee: AssigneeChange::Keep,
        priority_label: None,
        before_dispute_id: None,
        validate_only: false,
    }
}

pub fn day(text: &str) -> CivilDate {
    CivilDate::parse("day", text).unwrap()
}

pub fn euros(units: i64) -> Money {
    Money::from_minor(units * 100, Currency::EUR)
}

pub fn customer(id: &str, name: &str) -> LedgerRecord {
    let customer = Customer::unnamed(CustomerId::parse(id).unwrap());
    LedgerRecord::Customer(Customer { name: name.to_owned(), ..customer })
}

pub fn invoice(customer: &str, id: &str, issued_on: &str, due_on: &str, units: i64) -> LedgerRecord {
    LedgerRecord::Invoice(Invoice {
        id: InvoiceId::parse(id).unwrap(),
        customer_id: CustomerId::parse(customer).unwrap(),
        amount: euros(units),
        issued_on: day(issued_on),
        due_on: day(due_on),
        business_unit: String::new(),
    })
}

/// An invoice of any currency that is some weeks overdue.
pub fn overdue_invoice(customer: &str, id: &str, amount: Money) -> LedgerRecord {
    LedgerRecord::Invoice(Invoice {
        id: InvoiceId::parse(id).unwrap(),
        customer_id: CustomerId::parse(customer).unwrap(),
        amount,
        issued_on: day("2026-01-20"),
        due_on: day("2026-02-19"),
        business_unit: String::new(),
    })
}

pub fn payment(customer: &str, id: &str, received_on: &str, invoice: &str, units: i64) -> LedgerRecord {
    LedgerRecord::Payment(Payment {
        id: recourse::domain::ids::PaymentId::parse(id).unwrap(),
        customer_id: CustomerId::parse(customer).unwrap(),
        amount: euros(units),
        received_on: day(received_on),
        allocations: vec![Allocation { invoice_id: InvoiceId::parse(invoice).unwrap(), amount: euros(units) }],
    })
}

/// `C-1` owes R-1 (600 of 1,000 open) and R-2 (4,000) overdue and R-3 (500) not due yet; `C-2` owes S-1 (100) overdue.
pub fn small_ledger() -> Vec<LedgerRecord> {
    vec![
        customer("C-1", "Nordlicht GmbH"),
        customer("C-2", "Petit et Fils"),
        invoice("C-1", "R-1", "2026-01-05", "2026-02-04", 1_000),
        invoice("C-1", "R-2", "2026-01-20", "2026-02-19", 4_000),
        invoice("C-1", "R-3", "2026-03-10", "2026-04-09", 500),
        invoice("C-2", "S-1", "2026-01-20", "2026-03-01", 100),
        payment("C-1", "P-1", "2026-02-20", "R-1", 400),
    ]
}

pub fn message(body: &str) -> ScoreMessage {
    ScoreMessage {
        body: body.to_owned(),
        subject: String::new(),
        customer_id: Some(CustomerId::parse("C-1").unwrap()),
        received_at: None,
        channel: MessageChannel::Email,
    }
}

pub fn submission(request_id: &str, body: &str) -> SubmitMessage {
    SubmitMessage {
        request_id: RequestId::parse(request_id).unwrap(),
        message_id: None,
        message: message(body),
        queue: Some(QueueId::parse("north").unwrap()),
        validate_only: false,
    }
}
