//! Ingest: each record has its own outcome, and a repeat changes nothing.

use recourse::domain::customer::{Customer, CustomerField, CustomerPart};
use recourse::domain::dispute::{PriorityLabel, Resolution, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{DisputeId, HoldId, MessageId};
use recourse::domain::invoice::{Hold, HoldKind};
use recourse::domain::money::{Currency, Money};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection};
use recourse::store::Change;

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    a_repeat_changes_nothing,
    other_content_under_a_known_id_is_refused,
    customers_are_replaced_and_stubs_are_not,
    a_part_of_a_customer_keeps_what_it_does_not_tell,
    a_hold_may_gain_its_end,
    documents_must_fit_their_invoices,
    dispute_records_become_history,
    a_large_intake_is_taken_whole,
);

fn records() -> Vec<LedgerRecord> {
    vec![
        LedgerRecord::Customer(customer("C1")),
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Payment(payment("P1", "C1", 1_000, &[("A", 900)])),
        LedgerRecord::Promise(promise("PR1", "C1", &["A"])),
        LedgerRecord::Contact(contact("K1", "C1")),
        LedgerRecord::Hold(hold(None)),
    ]
}

fn hold(until_on: Option<&str>) -> Hold {
    Hold {
        id: HoldId::parse("H1").unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![],
        kind: HoldKind::PaymentPlan,
        from_on: day("2026-02-01"),
        until_on: until_on.map(day),
    }
}

async fn ingest(fixture: &Fixture, records: Vec<LedgerRecord>) -> Vec<RecordOutcome> {
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap()
}

async fn a_repeat_changes_nothing(fixture: &Fixture) {
    let mut twice = records();
    twice.extend(records());
    let outcomes = ingest(fixture, twice).await;
    assert_eq!(outcomes[..6], vec![RecordOutcome::Inserted; 6]);
    assert_eq!(outcomes[6..], vec![RecordOutcome::Unchanged; 6]);
    let before = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    assert_eq!(ingest(fixture, records()).await, vec![RecordOutcome::Unchanged; 6]);
    assert_eq!(fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap(), before);
    let made_here = vec![Change::InsertPromise(promise("PR2", "C1", &["A"]))];
    fixture.store.commit(&fixture.tenant, made_here).await.unwrap();
    let same = vec![LedgerRecord::Promise(promise("PR2", "C1", &["A"]))];
    assert_eq!(ingest(fixture, same).await, [RecordOutcome::Unchanged]);
}

async fn other_content_under_a_known_id_is_refused(fixture: &Fixture) {
    ingest(fixture, records()).await;
    let outcomes = ingest(
        fixture,
        vec![
            LedgerRecord::Invoice(invoice("A", "C1", 1_001)),
            LedgerRecord::Payment(payment("P1", "C1", 1_000, &[("A", 901)])),
            LedgerRecord::Invoice(invoice("B", "C1", 1)),
        ],
    )
    .await;
    for (outcome, kind, id) in [(&outcomes[0], "invoice", "A"), (&outcomes[1], "payment", "P1")] {
        let external_id = id.to_owned();
        assert_eq!(outcome, &RecordOutcome::Rejected(RecordRejection::ContentConflict { kind, external_id }));
    }
    assert_eq!(outcomes[2], RecordOutcome::Inserted);
}

async fn customers_are_replaced_and_stubs_are_not(fixture: &Fixture) {
    let mut changed = customer("C1");
    changed.segment = "key account".to_owned();
    changed.credit_limit = Some(euros(5));
    let outcomes = ingest(
        fixture,
        vec![
            LedgerRecord::CustomerStub(customer("C1")),
            LedgerRecord::Customer(customer("C1")),
            LedgerRecord::Customer(changed.clone()),
            LedgerRecord::CustomerStub(customer("C1")),
        ],
    )
    .await;
    use RecordOutcome::{Inserted, Unchanged, Updated};
    assert_eq!(outcomes, [Inserted, Unchanged, Updated, Unchanged]);
    assert_eq!(fixture.store.customer(&fixture.tenant, &customer_id("C1")).await.unwrap(), Some(changed));
}

/// A part of a customer that tells the segment, and that the credit limit is no more.
fn part(id: &str, segment: &str) -> LedgerRecord {
    let customer = Customer { segment: segment.to_owned(), ..Customer::unnamed(customer_id(id)) };
    let is_told = |field: &CustomerField| matches!(field, CustomerField::Segment | CustomerField::CreditLimit);
    let untold = CustomerField::ALL.into_iter().filter(|field| !is_told(field)).collect();
    LedgerRecord::CustomerPart(CustomerPart { customer, untold })
}

async fn a_part_of_a_customer_keeps_what_it_does_not_tell(fixture: &Fixture) {
    let known = Customer {
        name: "Acme".to_owned(),
        annual_revenue: Some(euros(7)),
        credit_limit: Some(euros(5)),
        ..customer("C1")
    };
    let completed = Customer { segment: "key".to_owned(), credit_limit: None, ..known.clone() };
    use RecordOutcome::{Inserted, Unchanged, Updated};
    let records = vec![LedgerRecord::Customer(known.clone()), part("C1", "key"), part("C1", "key")];
    assert_eq!(ingest(fixture, records).await, [Inserted, Updated, Unchanged]);
    assert_eq!(ingest(fixture, vec![part("C1", "key")]).await, [Unchanged]);
    let stored = async |id: &str| fixture.store.customer(&fixture.tenant, &customer_id(id)).await.unwrap();
    assert_eq!(stored("C1").await, Some(completed.clone()));
    // The whole of what is stored is known already, and a whole record still replaces all.
    assert_eq!(ingest(fixture, vec![LedgerRecord::Customer(completed)]).await, [Unchanged]);
    assert_eq!(ingest(fixture, vec![LedgerRecord::Customer(known.clone())]).await, [Updated]);
    assert_eq!(stored("C1").await, Some(known));
    // Of one that nobody knew, what is not told is as of one of whom only the id is known.
    let records = vec![part("C2", "small"), part("C2", "large"), LedgerRecord::CustomerStub(customer("C2"))];
    assert_eq!(ingest(fixture, records).await, [Inserted, Updated, Unchanged]);
    let fresh = Customer { segment: "large".to_owned(), ..Customer::unnamed(customer_id("C2")) };
    assert_eq!(stored("C2").await, Some(fresh));
}

async fn a_hold_may_gain_its_end(fixture: &Fixture) {
    ingest(fixture, records()).await;
    let ended = LedgerRecord::Hold(hold(Some("2026-03-01")));
    assert_eq!(ingest(fixture, vec![ended.clone()]).await, [RecordOutcome::Updated]);
    assert_eq!(ingest(fixture, vec![ended]).await, [RecordOutcome::Unchanged]);
    let other_end = ingest(fixture, vec![LedgerRecord::Hold(hold(Some("2026-03-02")))]).await;
    assert!(matches!(other_end[0], RecordOutcome::Rejected(RecordRejection::ContentConflict { kind: "hold", .. })));
}

async fn documents_must_fit_their_invoices(fixture: &Fixture) {
    ingest(fixture, records()).await;
    let mut dollars = payment("P4", "C1", 5, &[("A", 5)]);
    dollars.amount = Money::from_minor(5, Currency::USD);
    dollars.allocations[0].amount = dollars.amount;
    let outcomes = ingest(
        fixture,
        vec![
            LedgerRecord::Payment(payment("P2", "C1", 5, &[("A", 1), ("NONE", 1)])),
            LedgerRecord::Payment(payment("P3", "C2", 5, &[("A", 5)])),
            LedgerRecord::Payment(dollars),
            LedgerRecord::Promise(promise("PR9", "C1", &["NONE"])),
        ],
    )
    .await;
    let rejections: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            RecordOutcome::Rejected(rejection) => (rejection.reason(), rejection.to_string()),
            accepted => panic!("{accepted:?}"),
        })
        .collect();
    assert_eq!(rejections[0].0, "UNKNOWN_INVOICE");
    assert_eq!(rejections[0].1, "`payment.allocations[1].invoice_id` names invoice `NONE`, which is not known");
    assert_eq!(rejections[1].0, "OTHER_CUSTOMER");
    assert_eq!(rejections[2].0, "CURRENCY_MISMATCH");
    assert_eq!(rejections[2].1, "`payment.allocations[0].amount` is in USD, but invoice `A` is in EUR");
    assert_eq!(rejections[3].0, "UNKNOWN_INVOICE");
    let accounts = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap();
    assert_eq!(accounts.len(), 1, "a rejected record opened an account");
}

async fn dispute_records_become_history(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    ingest(fixture, records()).await;
    let record = |id: &str, decided| DisputeRecord {
        id: DisputeId::parse(id).unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![invoice_id("A")],
        contested_item: ItemCode::parse("DAMAGED").unwrap(),
        severity: Severity::Minor,
        contested_amount: Some(euros(50)),
        opened_on: day("2026-02-01"),
        decided,
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label: Some(PriorityLabel::P1),
        message: Some("broken\0 boxes".to_owned()),
    };
    let open = record("D1", None);
    let decided = record("D2", Some((Resolution::Withdrawn, day("2026-02-05"))));
    let outcomes =
        ingest(fixture, [&open, &decided, &open].map(|record| LedgerRecord::Dispute(record.clone())).to_vec());
    assert_eq!(outcomes.await, [RecordOutcome::Inserted, RecordOutcome::Inserted, RecordOutcome::Unchanged]);

    let mut here = dispute("D3", "C1", &["A"]);
    here.resolution = Some(Resolution::ValidCredit);
    here.resolved_on = Some(day("2026-03-02"));
    let later = message("M2", "C1", Some("D3"), start().plus_seconds(9));
    let mut first = message("M1", "C1", Some("D3"), start());
    first.subject = "first".to_owned();
    let changes = vec![
        Change::PutDispute(here),
        Change::PutDispute(dispute("D4", "C1", &["A"])),
        Change::InsertMessage(later),
        Change::InsertMessage(first),
    ];
    store.commit(tenant, changes).await.unwrap();

    let history = as_records(store.dispute_history(tenant, None, 10).await.unwrap());
    let ids: Vec<_> = history.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["D1", "D2", "D3"], "D4 is neither a record nor decided");
    let clean =
        |record: &DisputeRecord| DisputeRecord { message: Some("broken\u{FFFD} boxes".to_owned()), ..record.clone() };
    assert_eq!(history[..2], [clean(&open), clean(&decided)]);
    assert_eq!(history[2].decided, Some((Resolution::ValidCredit, day("2026-03-02"))));
    let began_with = store.dispute_history(tenant, None, 10).await.unwrap().remove(2).message.unwrap();
    assert_eq!((began_with.id.as_ref().map(MessageId::as_str), began_with.subject.as_str()), (Some("M1"), "first"));
    assert!(began_with.body.starts_with("We will not pay") && began_with.read_severity.is_none());
    assert_eq!(as_records(store.dispute_history(tenant, Some(&open.id), 1).await.unwrap()), [clean(&decided)]);
}

async fn a_large_intake_is_taken_whole(fixture: &Fixture) {
    let mut records = Vec::new();
    for index in 0..2_000 {
        let customer = format!("C{:03}", index % 100);
        records.push(LedgerRecord::CustomerStub(self::customer(&customer)));
        records.push(LedgerRecord::Invoice(invoice(&format!("I{index}"), &customer, 100)));
        records.push(LedgerRecord::Payment(payment(
            &format!("P{index}"),
            &customer,
            60,
            &[(&format!("I{index}"), 50)],
        )));
    }
    let outcomes = ingest(fixture, records).await;
    let inserted = outcomes.iter().filter(|outcome| **outcome == RecordOutcome::Inserted).count();
    assert_eq!(inserted, 100 + 4_000);
    let accounts = fixture.store.scan_accounts(&fixture.tenant, None, 1_000).await.unwrap();
    let event_count: usize = accounts.iter().map(|account| account.events.len()).sum();
    assert_eq!((accounts.len(), event_count), (100, 6_000));
}
