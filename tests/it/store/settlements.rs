//! What becomes of payments and credit notes after they were booked: applications and reversals, from the record to the worklist.

use std::sync::Arc;

use recourse::domain::ids::{ApplicationId, CreditNoteId, CustomerId, PaymentId, ReversalId, TenantId};
use recourse::domain::invoice::{Allocation, CreditNote, Invoice, Payment};
use recourse::domain::money::{Currency, Money};
use recourse::domain::settlement::{Application, DocumentId, Reversal};
use recourse::domain::time_zone::TimeZone;
use recourse::domain::work_item::{WorkItem, WorkItemKind, WorkItemState};
use recourse::ledger::accounts::LedgerBook;
use recourse::ledger::event::AccountEvent;
use recourse::ledger::history::AccountHistory;
use recourse::ledger::record::{LedgerRecord, RecordOutcome, RecordRejection};
use recourse::service::Service;
use recourse::service::account::AccountQuery;
use recourse::store::{AccountKey, ScoreSubject};

use super::fixture::Fixture;
use super::races::replica;
use super::sample::*;

scenarios!(
    a_document_is_taken_back_once,
    never_more_is_applied_than_is_left,
    what_goes_beyond_an_invoice_can_be_applied,
    what_does_not_fit_its_document_is_refused,
    a_ledger_in_memory_tells_the_same_of_settlements,
    applications_at_once_never_exceed_the_document,
    a_record_that_is_sent_twice_at_once_is_taken_in_once,
    an_account_whose_payment_bounced_comes_onto_the_list_again,
    an_invoice_is_cleared_again_after_its_clearing_was_taken_back,
);

fn payment_id(text: &str) -> DocumentId {
    DocumentId::Payment(PaymentId::parse(text).unwrap())
}

fn note_id(text: &str) -> DocumentId {
    DocumentId::CreditNote(CreditNoteId::parse(text).unwrap())
}

fn reversal(id: &str, document: DocumentId, on: &str) -> LedgerRecord {
    LedgerRecord::Reversal(Reversal { id: ReversalId::parse(id).unwrap(), document, reversed_on: day(on) })
}

fn application(id: &str, document: DocumentId, on: &str, settled: &[(&str, Money)]) -> LedgerRecord {
    let line = |(invoice, amount): &(&str, Money)| Allocation { invoice_id: invoice_id(invoice), amount: *amount };
    let (id, allocations) = (ApplicationId::parse(id).unwrap(), settled.iter().map(line).collect());
    LedgerRecord::Application(Application { id, document, applied_on: day(on), allocations })
}

fn note(id: &str, minor: i64, settled: &[(&str, i64)]) -> LedgerRecord {
    let as_payment = payment(id, "C1", minor, settled);
    LedgerRecord::CreditNote(CreditNote {
        id: CreditNoteId::parse(id).unwrap(),
        customer_id: as_payment.customer_id,
        amount: as_payment.amount,
        issued_on: as_payment.received_on,
        allocations: as_payment.allocations,
    })
}

/// Two invoices of 1,000 minor units; a payment of 1,500 and a credit note of 300, both of 2026-02-20 and settling 200 of A.
fn booked() -> Vec<LedgerRecord> {
    vec![
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Invoice(invoice("B", "C1", 1_000)),
        LedgerRecord::Payment(payment("P", "C1", 1_500, &[("A", 200)])),
        note("CN", 300, &[("A", 200)]),
    ]
}

async fn ingest(fixture: &Fixture, records: Vec<LedgerRecord>) -> Vec<RecordOutcome> {
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap()
}

/// What the outcome of a single record says: its name, or the reason and text of the refusal.
async fn told(fixture: &Fixture, record: LedgerRecord) -> String {
    match ingest(fixture, vec![record]).await.remove(0) {
        RecordOutcome::Rejected(rejection) => format!("{}: {rejection}", rejection.reason()),
        outcome @ (RecordOutcome::Inserted | RecordOutcome::Updated | RecordOutcome::Unchanged) => {
            format!("{outcome:?}")
        }
    }
}

async fn a_document_is_taken_back_once(fixture: &Fixture) {
    ingest(fixture, booked()).await;
    let first = reversal("RV-1", payment_id("P"), "2026-03-02");
    assert_eq!(told(fixture, first.clone()).await, "Inserted");
    assert_eq!(told(fixture, first.clone()).await, "Unchanged");
    let conflict = told(fixture, reversal("RV-1", payment_id("P"), "2026-03-03")).await;
    assert!(conflict.starts_with("CONTENT_CONFLICT: reversal `RV-1` is known with other content"), "{conflict}");
    assert_eq!(
        told(fixture, reversal("RV-2", payment_id("P"), "2026-03-02")).await,
        "ALREADY_REVERSED: `reversal.payment_id` names payment `P`, which reversal `RV-1` has taken back already"
    );
    let both = vec![reversal("RV-3", note_id("CN"), "2026-03-02"), reversal("RV-4", note_id("CN"), "2026-03-02")];
    let outcomes = ingest(fixture, both).await;
    assert!(matches!(
        outcomes[..],
        [RecordOutcome::Inserted, RecordOutcome::Rejected(RecordRejection::AlreadyReversed { .. })]
    ));
    assert_eq!(told(fixture, first).await, "Unchanged");
}

async fn never_more_is_applied_than_is_left(fixture: &Fixture) {
    ingest(fixture, booked()).await;
    let of_payment = |id: &str, on: &str, minor| application(id, payment_id("P"), on, &[("B", euros(minor))]);
    assert_eq!(
        told(fixture, of_payment("AP-1", "2026-02-25", 1_301)).await,
        "INVALID_RECORD: `application.allocations` is `EUR 13.01`, expected allocations that sum to at most EUR 13.00, which is what is \
         left of payment `P`"
    );
    assert_eq!(told(fixture, of_payment("AP-1", "2026-02-25", 900)).await, "Inserted");
    assert_eq!(told(fixture, of_payment("AP-1", "2026-02-25", 900)).await, "Unchanged");
    let more = told(fixture, of_payment("AP-2", "2026-02-26", 401)).await;
    assert!(more.contains("at most EUR 4.00"), "{more}");
    let of_note = |id: &str, minor| application(id, note_id("CN"), "2026-02-20", &[("A", euros(minor))]);
    let outcomes = ingest(fixture, vec![of_note("AP-3", 60), of_note("AP-4", 60), of_note("AP-5", 40)]).await;
    let accepted: Vec<_> = outcomes.iter().map(|outcome| *outcome == RecordOutcome::Inserted).collect();
    assert_eq!(accepted, [true, false, true], "those of one intake count together");
}

/// A payment of more than its invoice is no dead end: the rest is unapplied money, in the same intake and later.
async fn what_goes_beyond_an_invoice_can_be_applied(fixture: &Fixture) {
    let too_much = payment("P", "C1", 1_500, &[("A", 1_000), ("A", 500)]);
    let first = application("AP-1", payment_id("P"), "2026-02-21", &[("B", euros(300))]);
    let records = vec![
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Invoice(invoice("B", "C1", 1_000)),
        LedgerRecord::Payment(too_much),
        first,
    ];
    assert!(ingest(fixture, records).await.iter().all(|outcome| *outcome == RecordOutcome::Inserted));
    let more = |id: &str, minor| application(id, payment_id("P"), "2026-02-22", &[("B", euros(minor))]);
    let refused = told(fixture, more("AP-2", 201)).await;
    assert!(refused.contains("at most EUR 2.00"), "{refused}");
    assert_eq!(told(fixture, more("AP-2", 200)).await, "Inserted");
    let standing = |events: &[AccountEvent], on: &str| {
        let history = AccountHistory::fold(Currency::parse("EUR").unwrap(), events, day(on));
        (history.open_invoices().map(|invoice| invoice.open_minor).sum::<i64>(), history.unapplied_minor())
    };
    let events = events_of(fixture).await;
    let on_days = |events: &[AccountEvent]| ["2026-02-20", "2026-02-21", "2026-02-22"].map(|on| standing(events, on));
    assert_eq!(on_days(&events), [(1_000, 500), (700, 200), (500, 0)]);
    assert_eq!(told(fixture, reversal("R", payment_id("P"), "2026-02-25")).await, "Inserted");
    let events = events_of(fixture).await;
    assert_eq!(on_days(&events), [(1_000, 500), (700, 200), (500, 0)]);
    assert_eq!(standing(&events, "2026-02-25"), (2_000, 0));
}

async fn what_does_not_fit_its_document_is_refused(fixture: &Fixture) {
    let mut records = booked();
    records.push(LedgerRecord::Invoice(invoice("X", "C2", 1_000)));
    records.push(LedgerRecord::Invoice(Invoice {
        amount: Money::from_minor(900, Currency::USD),
        ..invoice("D", "C1", 1)
    }));
    ingest(fixture, records).await;
    let reversal_of = |id: &str, on: &str| reversal("RV", payment_id(id), on);
    assert_eq!(
        told(fixture, reversal_of("P-404", "2026-03-02")).await,
        "UNKNOWN_DOCUMENT: `reversal.payment_id` names payment `P-404`, which is not known"
    );
    assert_eq!(
        told(fixture, reversal_of("P", "2026-02-19")).await,
        "INVALID_RECORD: `reversal.reversed_on` is `2026-02-19`, expected a day on or after 2026-02-20, that of payment `P`"
    );
    let of_payment = |on: &str, invoice: &str, amount| application("AP", payment_id("P"), on, &[(invoice, amount)]);
    let early = told(fixture, of_payment("2026-02-19", "B", euros(1))).await;
    assert!(early.starts_with("INVALID_RECORD: `application.applied_on` is `2026-02-19`"), "{early}");
    let unknown = told(fixture, of_payment("2026-02-25", "Q", euros(1))).await;
    assert!(unknown.starts_with("UNKNOWN_INVOICE"), "{unknown}");
    let foreign = told(fixture, of_payment("2026-02-25", "X", euros(1))).await;
    assert!(foreign.starts_with("OTHER_CUSTOMER: `application.allocations[0].invoice_id`"), "{foreign}");
    let dollars = told(fixture, of_payment("2026-02-25", "D", Money::from_minor(1, Currency::USD))).await;
    assert!(dollars.contains("expected the currency EUR of payment `P`"), "{dollars}");
    assert_eq!(told(fixture, reversal_of("P", "2026-03-02")).await, "Inserted");
    assert_eq!(
        told(fixture, of_payment("2026-03-02", "B", euros(1))).await,
        "INVALID_RECORD: `application.applied_on` is `2026-03-02`, expected a day before 2026-03-02, on which reversal `RV` took payment \
         `P` back"
    );
    assert_eq!(told(fixture, of_payment("2026-03-01", "B", euros(1))).await, "Inserted", "it was applied before");
}

async fn events_of(fixture: &Fixture) -> Vec<AccountEvent> {
    fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap().remove(0).events
}

/// Goal: both tell the same events, and a fold as of the day before a reversal is as without it.
async fn a_ledger_in_memory_tells_the_same_of_settlements(fixture: &Fixture) {
    let mut records = booked();
    records.push(LedgerRecord::Payment(payment("P-2", "C1", 400, &[("B", 400)])));
    records.push(application("AP-1", payment_id("P"), "2026-02-25", &[("A", euros(600)), ("B", euros(100))]));
    records.push(application("AP-2", payment_id("P"), "2026-03-05", &[("B", euros(500))]));
    records.push(application("AP-3", note_id("CN"), "2026-02-26", &[("B", euros(80))]));
    let without = LedgerBook::read(&records);
    ingest(fixture, records.clone()).await;
    let reversals = [reversal("RV-1", payment_id("P"), "2026-03-02"), reversal("RV-2", note_id("CN"), "2026-03-04")];
    records.extend(reversals.clone());
    ingest(fixture, reversals.to_vec()).await;
    records.reverse();
    let in_memory = &LedgerBook::read(&records).customers[&customer_id("C1")].accounts[&Currency::EUR];
    let stored = events_of(fixture).await;
    let sorted = |events: &[AccountEvent]| {
        let mut texts: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
        texts.sort_unstable();
        texts
    };
    assert_eq!(sorted(&stored), sorted(in_memory));
    let before = &without.customers[&customer_id("C1")].accounts[&Currency::EUR];
    let fold = |events: &[AccountEvent], on: &str| AccountHistory::fold(Currency::EUR, events, day(on));
    assert_eq!(fold(&stored, "2026-03-01"), fold(before, "2026-03-01"));
    let open = |on: &str| fold(&stored, on).open_invoices().map(|invoice| invoice.open_minor).collect::<Vec<_>>();
    assert_eq!(open("2026-03-01"), [420], "A is settled");
    assert_eq!(open("2026-03-02"), [800, 520]);
    assert_eq!(open("2026-03-06"), [1_000, 600], "an application after the reversal settles nothing");
    assert_eq!(fold(&stored, "2026-03-06").unapplied_minor(), 0);
}

async fn applications_at_once_never_exceed_the_document(fixture: &Fixture) {
    ingest(fixture, booked()).await;
    let mut applying = Vec::new();
    for index in 0..6 {
        let store =
            if fixture.url().contains(":memory:") { Arc::clone(&fixture.store) } else { fixture.reopened().await };
        let record = application(&format!("AP-{index}"), payment_id("P"), "2026-02-25", &[("B", euros(600))]);
        let tenant = fixture.tenant.clone();
        applying.push(tokio::spawn(async move {
            store.ingest(&tenant, vec![record], &TimeZone::utc()).await.unwrap().remove(0)
        }));
    }
    let mut inserted_count = 0;
    for applied in applying {
        inserted_count += usize::from(applied.await.unwrap() == RecordOutcome::Inserted);
    }
    assert_eq!(inserted_count, 2, "1,300 are left for applications of 600");
}

/// Goal: of one record that two processes bring at once, the later one is told that it is known, not that it contradicts itself.
async fn a_record_that_is_sent_twice_at_once_is_taken_in_once(fixture: &Fixture) {
    let is_in_memory = fixture.url().contains(":memory:");
    let other = if is_in_memory { Arc::clone(&fixture.store) } else { fixture.reopened().await };
    let invoices =
        vec![LedgerRecord::Invoice(invoice("A", "C1", 1_000)), LedgerRecord::Invoice(invoice("B", "C1", 1_000))];
    ingest(fixture, invoices).await;
    for round in 0..12 {
        let payment_of = |name: &str| format!("{name}-{round}");
        let documents = ["R", "F"].map(|name| LedgerRecord::Payment(payment(&payment_of(name), "C1", 500, &[])));
        ingest(fixture, documents.to_vec()).await;
        let taken_back = reversal(&format!("RV-{round}"), payment_id(&payment_of("R")), "2026-03-02");
        let lines = [("B", euros(500))];
        let used_up = application(&format!("AP-{round}"), payment_id(&payment_of("F")), "2026-02-25", &lines);
        for record in [taken_back, used_up] {
            let mut telling = Vec::new();
            for store in [&fixture.store, &other] {
                let (store, tenant, records) = (Arc::clone(store), fixture.tenant.clone(), vec![record.clone()]);
                telling.push(tokio::spawn(async move {
                    store.ingest(&tenant, records, &TimeZone::utc()).await.unwrap().remove(0)
                }));
            }
            let mut inserted_count = 0;
            for told in telling {
                match told.await.unwrap() {
                    RecordOutcome::Inserted => inserted_count += 1,
                    RecordOutcome::Unchanged => {}
                    outcome @ (RecordOutcome::Updated | RecordOutcome::Rejected(_)) => panic!("{round}: {outcome:?}"),
                }
            }
            assert_eq!(inserted_count, 1, "{round}");
        }
    }
}

/// The item of an account that is not finished.
async fn item_of(fixture: &Fixture, id: &CustomerId) -> Option<WorkItem> {
    let subject = ScoreSubject::Account(AccountKey { customer_id: id.clone(), currency: Currency::EUR });
    fixture.store.work_item_of(&fixture.tenant, &subject).await.unwrap()
}

/// Goal: from the payment that takes an account off the list to the bounce that brings it back, with a new item and the whole stake.
async fn an_account_whose_payment_bounced_comes_onto_the_list_again(fixture: &Fixture) {
    let service: Arc<Service> = replica(fixture, 1).await;
    let id = customer_id("C1");
    let refresh = async || service.refresh_worklist(&fixture.tenant).await.unwrap();
    ingest(fixture, vec![LedgerRecord::Invoice(invoice("A", "C1", 90_000))]).await;
    refresh().await;
    let first = item_of(fixture, &id).await.unwrap();
    assert_eq!(
        (first.kind, first.state, first.stake),
        (WorkItemKind::OverdueAccount, WorkItemState::Open, Some(euros(90_000)))
    );

    ingest(fixture, vec![LedgerRecord::Payment(payment("P", "C1", 90_000, &[("A", 90_000)]))]).await;
    refresh().await;
    assert_eq!(item_of(fixture, &id).await, None);
    let finished = fixture.store.work_item(&fixture.tenant, &first.id).await.unwrap().unwrap();
    assert_eq!(finished.state, WorkItemState::Completed);

    ingest(fixture, vec![reversal("RV", payment_id("P"), "2026-03-13")]).await;
    let (changed, _) = fixture.store.ledgers_changed().await.unwrap().remove(0);
    assert_eq!(changed, fixture.tenant, "the record counts as a change of the ledger");
    assert_eq!(refresh().await.overdue_count, 1);
    let again = item_of(fixture, &id).await.unwrap();
    assert_eq!((again.state, again.stake), (WorkItemState::Open, Some(euros(90_000))));
    let still = fixture.store.work_item(&fixture.tenant, &first.id).await.unwrap();
    assert_eq!(still, Some(finished), "what was finished stays finished");
    let query = |as_of| AccountQuery { customer_id: id.clone(), currency: None, as_of };
    let position = async |as_of| service.account(&fixture.tenant, &query(as_of)).await.unwrap().position;
    let (today, before) = (position(None).await, position(Some(day("2026-03-12"))).await);
    assert_eq!((today.open_minor, today.oldest_days_past_due, today.last_payment_on), (90_000, 34, None));
    assert_eq!((before.open_minor, before.last_payment_on), (0, Some(day("2026-02-20"))));
}

/// Goal: what is known of clearings is the same whether it came before or with the same records.
async fn an_invoice_is_cleared_again_after_its_clearing_was_taken_back(fixture: &Fixture) {
    let cleared = |on: &str| {
        let whole = payment("I1/cleared", "C1", 10_000, &[("I1", 10_000)]);
        LedgerRecord::Payment(Payment { received_on: day(on), ..whole })
    };
    let uncleared = LedgerRecord::Uncleared(invoice_id("I1"));
    let reversed = reversal("R1", payment_id("I1/cleared"), "2026-02-12");
    let told =
        [uncleared.clone(), cleared("2026-02-10"), uncleared.clone(), reversed, uncleared, cleared("2026-02-20")];
    for (whose, batch_count) in [("at-once", told.len()), ("one-by-one", 1)] {
        let tenant = TenantId::parse(whose).unwrap();
        let ingest =
            async |records: Vec<LedgerRecord>| fixture.store.ingest(&tenant, records, &TimeZone::utc()).await.unwrap();
        ingest(vec![LedgerRecord::Customer(customer("C1")), LedgerRecord::Invoice(invoice("I1", "C1", 10_000))]).await;
        let mut outcomes = Vec::new();
        for records in told.chunks(batch_count) {
            outcomes.extend(ingest(records.to_vec()).await);
        }
        let stands = RecordRejection::ClearedBefore {
            invoice_id: invoice_id("I1"),
            payment_id: PaymentId::parse("I1/cleared").unwrap(),
            received_on: day("2026-02-10"),
        };
        let expected = [
            RecordOutcome::Unchanged,
            RecordOutcome::Inserted,
            RecordOutcome::Rejected(stands),
            RecordOutcome::Inserted,
            RecordOutcome::Unchanged,
            RecordOutcome::Inserted,
        ];
        assert_eq!(outcomes, expected, "{whose}");
        assert_eq!(ingest(vec![cleared("2026-02-20")]).await, [RecordOutcome::Unchanged], "{whose}");
    }
}
