//! What models are taught by what happened here: the examples that training runs would learn from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::archive::ModelArchive;
use super::dispute::{AmountChange, AssigneeChange, OpenDispute, ResolveDispute, UpdateDispute};
use super::{Service, ServiceParts, shipped};
use crate::domain::dispute::{Dispute, PriorityLabel, Resolution, Severity};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, RequestId, TenantId};
use crate::domain::invoice::Invoice;
use crate::domain::money::{Currency, Money};
use crate::domain::strategy::Strategy;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Clock, Instant, SharedClock};
use crate::ledger::record::{LedgerRecord, RecordOutcome};
use crate::store;

/// A clock that the test sets.
#[derive(Debug)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant::from_unix_us(self.0.load(Ordering::SeqCst))
    }
}

struct Bench {
    service: Service,
    clock: Arc<SetClock>,
    tenant: TenantId,
}

fn day(text: &str) -> CivilDate {
    CivilDate::parse("day", text).unwrap()
}

impl Bench {
    /// A service with the shipped models on 2026-03-02; `C-1` owes the invoices.
    async fn new() -> Self {
        let clock = Arc::new(SetClock(AtomicI64::new(0)));
        let shared: SharedClock = clock.clone();
        let store = store::open(&"sqlite::memory:".to_owned().into(), 1, Arc::clone(&shared)).await.unwrap();
        let service = Service::new(ServiceParts {
            store,
            clock: shared,
            seed: [1; 32],
            strategy: Strategy::shipped(),
            models: shipped::active_models().unwrap(),
            archive: ModelArchive::in_memory(),
        });
        let bench = Bench { service, clock, tenant: TenantId::default_tenant() };
        bench.on("2026-03-02");
        let invoices = ["R-1", "R-2"].map(|id| {
            LedgerRecord::Invoice(Invoice {
                id: InvoiceId::parse(id).unwrap(),
                customer_id: CustomerId::parse("C-1").unwrap(),
                amount: Money::from_minor(100_000, Currency::EUR),
                issued_on: day("2026-01-05"),
                due_on: day("2026-02-04"),
                business_unit: String::new(),
            })
        });
        bench.ingest(invoices.to_vec()).await;
        bench
    }

    /// Sets the clock to the morning of a day.
    fn on(&self, text: &str) {
        let morning = Instant::parse("now", &format!("{text}T08:00:00Z")).unwrap();
        self.clock.0.store(morning.unix_us(), Ordering::SeqCst);
    }

    async fn ingest(&self, records: Vec<LedgerRecord>) {
        for outcome in self.service.store.ingest(&self.tenant, records).await.unwrap() {
            assert!(!matches!(outcome, RecordOutcome::Rejected(_)), "{outcome:?}");
        }
    }

    async fn open(&self, request_id: &str, invoice_id: &str) -> Dispute {
        let request = OpenDispute {
            request_id: RequestId::parse(request_id).unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse(invoice_id).unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: Severity::Minor,
            contested_amount: None,
            opened_on: None,
            queue: None,
        };
        self.service.open_dispute(&self.tenant, request).await.unwrap().dispute.dispute
    }

    async fn update(&self, id: &DisputeId, change: impl FnOnce(&mut UpdateDispute)) {
        let mut update = UpdateDispute {
            dispute_id: id.clone(),
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
        };
        change(&mut update);
        self.service.update_dispute(&self.tenant, update).await.unwrap();
    }

    async fn resolve(&self, id: &DisputeId) {
        let decision = ResolveDispute {
            dispute_id: id.clone(),
            version: None,
            resolution: Resolution::Withdrawn,
            credited_amount: None,
            resolved_on: None,
        };
        self.service.resolve_dispute(&self.tenant, decision).await.unwrap();
    }
}

/// Goal: a label goes with what its giver saw, and is known from its day on. On 2 March the dispute is minor; on the 4th it is raised
/// again, and on the 5th one call says that it is critical and most urgent.
#[tokio::test]
async fn a_label_goes_with_the_dispute_as_it_was_when_the_label_was_given() {
    let bench = Bench::new().await;
    let (graded, other) = (bench.open("O-1", "R-1").await.id, bench.open("O-2", "R-2").await.id);
    bench.on("2026-03-04");
    assert_eq!(bench.open("O-3", "R-1").await.id, graded);
    bench.on("2026-03-05");
    let grade = |update: &mut UpdateDispute| {
        (update.severity, update.priority_label) = (Some(Severity::Critical), Some(PriorityLabel::P1));
    };
    bench.update(&graded, grade).await;
    bench.on("2026-03-06");
    bench.update(&graded, |update| update.before_dispute_id = Some(other.clone())).await;
    bench.on("2026-03-20");
    bench.resolve(&graded).await;
    bench.update(&graded, |update| update.severity = Some(Severity::Moderate)).await;

    let history = bench.service.dispute_examples(&bench.tenant).await.unwrap();
    let example = |on: &str| {
        let known = history.known_by(day(on));
        known.examples.into_iter().find(|example| example.dispute_id == graded).unwrap()
    };
    let labels = ["2026-03-02", "2026-03-04", "2026-03-05", "2026-03-30"].map(|on| example(on).label);
    assert_eq!(labels, [None, None, Some(PriorityLabel::P1), Some(PriorityLabel::P1)]);
    let known = example("2026-03-05");
    let features = known.graded_features();
    assert_eq!((features.severity, features.age_days, features.raised_count), (Severity::Critical, 3, 2));
    let opened = example("2026-03-04");
    assert_eq!((opened.graded_features(), &opened.graded), (&opened.features, &None));
    assert_eq!((opened.features.severity, opened.features.raised_count), (Severity::Minor, 1));
    let [choice] = history.choices.as_slice() else { panic!("{:?}", history.choices) };
    let chosen = [&choice.preferred, &choice.other].map(|side| (side.severity, side.age_days, side.raised_count));
    assert_eq!(chosen, [(Severity::Critical, 4, 2), (Severity::Minor, 4, 1)]);

    // Whoever grades it after its decision grades it as it was, and it grows no older.
    bench.on("2026-04-20");
    bench.update(&graded, |update| update.priority_label = Some(PriorityLabel::P2)).await;
    let history = bench.service.dispute_examples(&bench.tenant).await.unwrap();
    let later = history.examples.iter().find(|example| example.dispute_id == graded).unwrap();
    let features = later.graded_features();
    assert_eq!((later.label, features.severity, features.age_days), (Some(PriorityLabel::P2), Severity::Moderate, 18));
}
