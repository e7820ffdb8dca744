//! What models are taught by what happened here: the examples that training runs would learn from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::text::DatedExample;
use super::trainers::TextKind;
use crate::domain::dispute::{Dispute, DisputeStatus, PriorityLabel, Resolution, Severity};
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, RequestId, TenantId};
use crate::domain::invoice::Invoice;
use crate::domain::message::{Intent, MessageChannel};
use crate::domain::money::{Currency, Money};
use crate::domain::outcome::Outcome;
use crate::domain::strategy::Strategy;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Clock, Instant, SharedClock};
use crate::domain::time_zone::TimeZone;
use crate::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome};
use crate::service::dispute::{AmountChange, AssigneeChange, OpenDispute, ResolveDispute, UpdateDispute};
use crate::service::message::{ScoreMessage, Submission, SubmitMessage};
use crate::service::models::archive::ModelArchive;
use crate::service::models::shipped;
use crate::service::{Service, ServiceParts};
use crate::store::{self, Change};
use crate::text::own_text::own_text;

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
        for outcome in self.service.store.ingest(&self.tenant, records, &TimeZone::utc()).await.unwrap() {
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

    async fn submit(&self, request_id: &str, subject: &str, body: &str) -> Submission {
        let message = ScoreMessage {
            body: body.to_owned(),
            subject: subject.to_owned(),
            customer_id: Some(CustomerId::parse("C-1").unwrap()),
            received_at: None,
            channel: MessageChannel::Email,
        };
        let request_id = RequestId::parse(request_id).unwrap();
        let request = SubmitMessage { request_id, message_id: None, message, queue: None, validate_only: false };
        self.service.submit_message(&self.tenant, request).await.unwrap()
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

    /// Texts and labels that a model of messages would learn from disputes.
    async fn taught(&self, kind: TextKind) -> Vec<(String, String)> {
        let stated = self.service.stated_intents(&self.tenant).await.unwrap();
        let examples: Vec<DatedExample> = self.service.labelled_disputes(&self.tenant, kind, &stated).await.unwrap();
        examples.into_iter().map(|(_, _, example)| (example.text, example.label)).collect()
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

/// Goal: a model learns from the text that it will be given.
#[tokio::test]
async fn a_forwarded_complaint_is_learned_from_as_it_is_read() {
    let bench = Bench::new().await;
    let subject = "Fwd: Complaint about the delivery of invoice R-1";
    let body = "FYI\n\n-----Original Message-----\nFrom: Ann <ann@example.com>\nTo: Ben <ben@example.com>\nSubject: R-1\n\n\
                Half of the pallets were broken when they came. We contest invoice R-1 and will not pay for them.";
    let dispute = bench.submit("M-1", subject, body).await.dispute.unwrap().dispute;
    bench.resolve(&dispute.id).await;
    for kind in [TextKind::Intent, TextKind::Item, TextKind::Severity] {
        let taught = bench.taught(kind).await;
        let [(text, _)] = taught.as_slice() else { panic!("{taught:?}") };
        assert_eq!(*text, own_text(subject, body));
        assert!(text.contains("pallets"), "{text}");
    }
}

/// Goal: what a later message says is not learned of the first one; what a person says is.
#[tokio::test]
async fn a_severity_that_a_later_message_raised_is_none_of_the_first_one() {
    let bench = Bench::new().await;
    let price = "We contest invoice R-2: the unit price is 2 cents higher than agreed, please correct it.";
    let submitted = bench.submit("M-1", "", price).await;
    let first = submitted.dispute.unwrap().dispute;
    let lawyer = "Invoice R-2 is fraud. Our lawyer has filed a lawsuit against you, and we end all business with you.";
    let joined = bench.submit("M-2", "", lawyer).await;
    assert!(joined.joined_existing_dispute);
    let raised = joined.dispute.unwrap().dispute.severity;
    assert!(raised > first.severity, "{raised} after {}", first.severity);
    bench.resolve(&first.id).await;
    assert_eq!(bench.taught(TextKind::Severity).await, []);
    assert_eq!(bench.taught(TextKind::Item).await.len(), 1, "no later message changes the item");

    let price = price.replace("R-2", "R-1");
    let corrected = bench.submit("M-3", "", &price).await.dispute.unwrap().dispute;
    let severity = if corrected.severity == Severity::Major { Severity::Moderate } else { Severity::Major };
    bench.update(&corrected.id, |update| update.severity = Some(severity)).await;
    bench.resolve(&corrected.id).await;
    assert_eq!(bench.taught(TextKind::Severity).await, [(own_text("", &price), severity.to_string())]);
}

/// Goal: what was entered in error, and what a person called no dispute, teaches no dispute.
#[tokio::test]
async fn voided_disputes_and_contradicted_messages_are_no_examples() {
    let bench = Bench::new().await;
    let record = LedgerRecord::Dispute(DisputeRecord {
        id: DisputeId::parse("D-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("R-1").unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Minor,
        contested_amount: None,
        opened_on: day("2026-02-10"),
        decided: None,
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: Default::default(),
        priority_label: None,
        message: Some("The price of R-1 is too high.".to_owned()),
    });
    bench.ingest(vec![record]).await;
    let message = "The goods of invoice R-2 never arrived. We dispute the invoice and will not pay it.";
    let submitted = bench.submit("M-1", "", message).await;
    let contested = submitted.dispute.unwrap().dispute;
    bench.resolve(&contested.id).await;
    let counts = async || {
        let mut counts = BTreeMap::new();
        for (name, kind) in [("intent", TextKind::Intent), ("item", TextKind::Item), ("severity", TextKind::Severity)] {
            counts.insert(name, bench.taught(kind).await.len());
        }
        counts.into_values().collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [2, 2, 2]);

    bench.update(&DisputeId::parse("D-1").unwrap(), |update| update.status = Some(DisputeStatus::Voided)).await;
    assert_eq!(counts().await, [1, 1, 1]);
    bench.on("2026-03-03");
    bench.update(&contested.id, |update| update.status = Some(DisputeStatus::Reopened)).await;
    assert_eq!(bench.taught(TextKind::Item).await.len(), 1, "a decision that is past was a decision");

    let state = async |intent| {
        let outcome = Outcome::IntentStated { message_id: submitted.message_id.clone(), intent };
        let known_at = bench.service.now();
        let stated = vec![Change::InsertOutcome { outcome, known_at }];
        bench.service.store.commit(&bench.tenant, stated).await.unwrap();
    };
    state(Intent::Query).await;
    assert_eq!(counts().await, [0, 0, 0]);
    let labels = async || {
        let examples = bench.service.labelled_intents(&bench.tenant).await.unwrap();
        examples.into_iter().map(|(_, _, example)| example.label).collect::<Vec<_>>()
    };
    assert_eq!(labels().await, ["QUERY"]);
    bench.on("2026-03-04");
    state(Intent::Dispute).await;
    assert_eq!(labels().await, ["DISPUTE"], "it is no example twice");
    assert_eq!(bench.taught(TextKind::Item).await.len(), 1);
}
