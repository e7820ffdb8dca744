//! The use case below the command: batches, waiting documents and counts.

use std::sync::Arc;

use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, InvoiceId, PaymentId, ReversalId, TenantId};
use recourse::domain::invoice::{Allocation, Invoice, Payment};
use recourse::domain::money::{Currency, Money};
use recourse::domain::settlement::{DocumentId, Reversal};
use recourse::domain::taxonomy::Taxonomy;
use recourse::domain::time::{CivilDate, SystemClock};
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::{LedgerRecord, RecordOutcome, RecordRejection};
use recourse::service::ledger::{INGEST_BATCH_COUNT, INGEST_ERRORS_MAX, IngestSession};
use recourse::store::{self, Store};

fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

fn customer_id() -> CustomerId {
    CustomerId::parse("C-1").unwrap()
}

fn invoice(id: &str) -> LedgerRecord {
    LedgerRecord::Invoice(Invoice {
        id: InvoiceId::parse(id).unwrap(),
        customer_id: customer_id(),
        amount: Money::from_minor(1_000, Currency::EUR),
        issued_on: day("2026-01-05"),
        due_on: day("2026-02-04"),
        business_unit: String::new(),
    })
}

fn payment(id: &str, invoice_id: &str) -> LedgerRecord {
    let amount = Money::from_minor(1_000, Currency::EUR);
    LedgerRecord::Payment(Payment {
        id: PaymentId::parse(id).unwrap(),
        customer_id: customer_id(),
        amount,
        received_on: day("2026-02-10"),
        allocations: vec![Allocation { invoice_id: InvoiceId::parse(invoice_id).unwrap(), amount }],
    })
}

async fn memory() -> Arc<dyn Store> {
    store::open(&"sqlite::memory:".into(), 1, Arc::new(SystemClock)).await.unwrap()
}

fn session(store: &Arc<dyn Store>) -> IngestSession {
    IngestSession::new(Arc::clone(store), Arc::new(Taxonomy::shipped()), TenantId::default_tenant(), TimeZone::utc())
}

#[tokio::test]
async fn a_payment_waits_across_batches_for_its_invoice() {
    let store = memory().await;
    let mut session = session(&store);
    session.push(payment("P-0", "I-last")).await.unwrap();
    session.push(payment("P-1", "I-never")).await.unwrap();
    let mut settled = Vec::new();
    for index in 0..INGEST_BATCH_COUNT {
        settled.extend(session.push(invoice(&format!("I-{index}"))).await.unwrap());
    }
    assert_eq!(settled.len(), INGEST_BATCH_COUNT - 2, "the payments of the first batch wait");
    session.push(invoice("I-last")).await.unwrap();
    let summary = session.finish().await.unwrap();
    assert_eq!(summary.kinds["payment"].inserted_count, 1);
    assert_eq!(summary.changed_customers.len(), 1);
    assert_eq!((summary.counts.rejected_count, summary.errors[0].index), (1, 1));
    assert!(matches!(summary.errors[0].rejection, RecordRejection::UnknownInvoice { .. }));
    assert_eq!(summary.settled_count(), summary.received_count);
}

#[tokio::test]
async fn a_customer_of_whom_only_the_id_is_known_is_entered_and_not_overwritten() {
    let store = memory().await;
    let tenant = TenantId::default_tenant();
    let named = Customer { name: "Acme".to_owned(), ..Customer::unnamed(customer_id()) };
    let mut first = session(&store);
    first.push(invoice("I-1")).await.unwrap();
    let summary = first.finish().await.unwrap();
    assert_eq!(summary.counts.inserted_count, 1, "the entered customer is not counted");
    assert_eq!(store.customer(&tenant, &customer_id()).await.unwrap(), Some(Customer::unnamed(customer_id())));
    let mut second = session(&store);
    second.push(invoice("I-2")).await.unwrap();
    second.push(LedgerRecord::Customer(named.clone())).await.unwrap();
    second.finish().await.unwrap();
    let mut third = session(&store);
    third.push(invoice("I-3")).await.unwrap();
    third.finish().await.unwrap();
    assert_eq!(store.customer(&tenant, &customer_id()).await.unwrap(), Some(named));
}

#[tokio::test]
async fn errors_are_counted_beyond_those_that_are_listed() {
    let store = memory().await;
    let mut session = session(&store);
    let violation = recourse::domain::violation::Violation::new("invoice.amount", "x", "a number");
    for index in 0..INGEST_ERRORS_MAX + 5 {
        let settled =
            session.reject("invoice", format!("I-{index}"), RecordRejection::Invalid(violation.clone().into()));
        assert!(matches!(settled.outcome, RecordOutcome::Rejected(_)));
    }
    let summary = session.finish().await.unwrap();
    assert_eq!((summary.errors.len(), summary.counts.rejected_count), (INGEST_ERRORS_MAX, 1_005));
    assert_eq!(summary.errors[7].index, 7);
}

#[tokio::test]
async fn records_from_the_wire_are_checked_as_rows_are() {
    let store = memory().await;
    let mut session = session(&store);
    let LedgerRecord::Invoice(good) = invoice("I-1") else { unreachable!() };
    let late = Invoice { due_on: day("2025-01-01"), ..good };
    let settled = session.push(LedgerRecord::Invoice(late)).await.unwrap();
    let RecordOutcome::Rejected(rejection) = &settled[0].outcome else { panic!("{settled:?}") };
    assert_eq!(
        rejection.to_string(),
        "`invoice.due_on` is `2025-01-01`, expected a day on or after issued_on 2026-01-05"
    );
}

/// Goal: a record may precede what it refers to, which may itself wait for what it refers to.
#[tokio::test]
async fn a_reversal_waits_for_its_payment_which_waits_for_its_invoice() {
    let store = memory().await;
    let mut session = session(&store);
    let document = DocumentId::Payment(PaymentId::parse("P-1").unwrap());
    let reversal = |id: &str, document: &DocumentId| {
        let (id, document) = (ReversalId::parse(id).unwrap(), document.clone());
        LedgerRecord::Reversal(Reversal { id, document, reversed_on: day("2026-02-20") })
    };
    session.push(reversal("RV-1", &document)).await.unwrap();
    session.push(reversal("RV-2", &DocumentId::Payment(PaymentId::parse("P-never").unwrap()))).await.unwrap();
    session.push(payment("P-1", "I-last")).await.unwrap();
    for index in 0..INGEST_BATCH_COUNT {
        session.push(invoice(&format!("I-{index}"))).await.unwrap();
    }
    session.push(invoice("I-last")).await.unwrap();
    let summary = session.finish().await.unwrap();
    assert_eq!((summary.kinds["payment"].inserted_count, summary.kinds["reversal"].inserted_count), (1, 1));
    assert_eq!((summary.counts.rejected_count, summary.errors[0].index), (1, 1));
    assert!(matches!(summary.errors[0].rejection, RecordRejection::UnknownDocument { .. }));
    assert_eq!(summary.settled_count(), summary.received_count);
}
