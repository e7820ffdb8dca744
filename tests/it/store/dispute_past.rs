//! What disputes were is kept: the days on which they were raised again, their past decisions, and when they were voided.

use recourse::domain::dispute::{Dispute, DisputeStatus, Resolution};
use recourse::domain::ids::DisputeId;
use recourse::domain::money::{Currency, Money};
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::accounts::LedgerBook;
use recourse::ledger::event::AccountEvent;
use recourse::ledger::history::AccountHistory;
use recourse::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome};
use recourse::store::Change;
use sqlx::{Connection, Executor, SqliteConnection};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    what_a_dispute_was_is_read_back,
    an_account_is_contested_between_the_decisions,
    a_decision_that_another_one_replaces_becomes_a_past_one,
);

/// A dispute that was raised three times, decided, opened again and decided once more.
fn decided_twice(id: &str) -> Dispute {
    let mut dispute = dispute(id, "C1", &["A"]);
    dispute.raised_again.add(day("2026-03-02"), 1);
    let before = dispute.clone();
    dispute.contested_amount = Some(euros(5_000));
    dispute.keep_details(&before, day("2026-03-03"));
    dispute.decide_anew(Resolution::PartialCredit, Some(euros(100)), day("2026-03-04"));
    dispute.reopen(day("2026-03-08")).unwrap();
    dispute.decide_anew(Resolution::ValidCredit, Some(euros(4_000)), day("2026-03-10"));
    dispute
}

async fn put(fixture: &Fixture, dispute: &Dispute) {
    fixture.store.commit(&fixture.tenant, vec![Change::PutDispute(dispute.clone())]).await.unwrap();
}

async fn read(fixture: &Fixture, id: &DisputeId) -> Dispute {
    fixture.store.dispute(&fixture.tenant, id).await.unwrap().unwrap()
}

async fn what_a_dispute_was_is_read_back(fixture: &Fixture) {
    let mut first = decided_twice("D1");
    put(fixture, &first).await;
    assert_eq!(read(fixture, &first.id).await, first);
    first.reopen(day("2026-03-12")).unwrap();
    first.void(day("2026-03-14")).unwrap();
    first.version = 2;
    put(fixture, &first).await;
    let stored = read(fixture, &first.id).await;
    assert_eq!(stored, first);
    assert_eq!((stored.raised_count(), stored.past_decisions.iter().count()), (4, 2));
    assert_eq!((stored.past_details.iter().count(), stored.details_on), (1, Some(day("2026-03-03"))));
    assert_eq!(fixture.store.scan_disputes(&fixture.tenant, None, 10).await.unwrap(), [first.clone()]);

    // A dispute that is open again is history: its decision was known until then.
    let history = as_records(fixture.store.dispute_history(&fixture.tenant, None, 10).await.unwrap());
    let decided_by = |on: &str| history[0].decided_by(day(on));
    assert_eq!(decided_by("2026-03-07"), Some((Resolution::PartialCredit, day("2026-03-04"))));
    assert_eq!((decided_by("2026-03-08"), decided_by("2026-03-12")), (None, None));
}

async fn an_account_is_contested_between_the_decisions(fixture: &Fixture) {
    let records = vec![LedgerRecord::Invoice(invoice("A", "C1", 9_000))];
    fixture.store.ingest(&fixture.tenant, records.clone(), &TimeZone::utc()).await.unwrap();
    let mut dispute = decided_twice("D1");
    put(fixture, &dispute).await;
    let events =
        async || fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap().remove(0).events;
    let open_on =
        |events: &[AccountEvent], on| AccountHistory::fold(Currency::EUR, events, day(on)).open_disputes().count() == 1;
    let days = [
        ("2026-02-28", false),
        ("2026-03-01", true),
        ("2026-03-03", true),
        ("2026-03-04", false),
        ("2026-03-07", false),
        ("2026-03-08", true),
        ("2026-03-10", false),
    ];
    let before = events().await;
    let contested_on = |on| {
        let history = AccountHistory::fold(Currency::EUR, &before, day(on));
        history.open_disputes().map(|(_, dispute)| (dispute.amount_minor, dispute.opened_on)).next()
    };
    let stated = dispute.past_details.iter().next().unwrap().details.contested_amount.map(Money::minor);
    assert_eq!(contested_on("2026-03-02"), Some((stated, day("2026-03-01"))));
    assert_eq!(contested_on("2026-03-03"), Some((Some(euros(5_000).minor()), day("2026-03-01"))));
    for (on, is_open) in days {
        assert_eq!(open_on(&before, on), is_open, "{on}");
    }
    let history = as_records(fixture.store.dispute_history(&fixture.tenant, None, 10).await.unwrap());
    let facts = history.into_iter().map(LedgerRecord::Dispute);
    let book = LedgerBook::read(&records.into_iter().chain(facts).collect::<Vec<_>>());
    assert_eq!(book.customers[&customer_id("C1")].accounts[&Currency::EUR], before);

    dispute.reopen(day("2026-03-13")).unwrap();
    dispute.void(day("2026-03-14")).unwrap();
    dispute.version = 2;
    put(fixture, &dispute).await;
    let after = events().await;
    assert_eq!(after[..before.len()], before);
    for (on, is_open) in days.into_iter().chain([("2026-03-12", false), ("2026-03-13", true), ("2026-03-14", false)]) {
        assert_eq!(open_on(&after, on), is_open, "{on}");
    }
}

async fn a_decision_that_another_one_replaces_becomes_a_past_one(fixture: &Fixture) {
    use RecordOutcome::{Inserted, Unchanged, Updated};
    let decided = |resolution, on: &str| {
        let mut dispute = dispute("D1", "C1", &["A"]);
        dispute.decide_anew(resolution, None, day(on));
        LedgerRecord::Dispute(DisputeRecord {
            id: dispute.id,
            customer_id: dispute.customer_id,
            invoice_ids: dispute.invoice_ids,
            contested_item: dispute.contested_item,
            severity: dispute.severity,
            contested_amount: dispute.contested_amount,
            opened_on: dispute.opened_on,
            decided: dispute.resolution.zip(dispute.resolved_on),
            credited_amount: None,
            raised_again: dispute.raised_again,
            past_decisions: dispute.past_decisions,
            past_details: dispute.past_details,
            priority_label: None,
            message: None,
        })
    };
    let ingest = async |record: &LedgerRecord| {
        fixture.store.ingest(&fixture.tenant, vec![record.clone()], &TimeZone::utc()).await.unwrap().remove(0)
    };
    assert_eq!(ingest(&LedgerRecord::Invoice(invoice("A", "C1", 9_000))).await, Inserted);
    let first = decided(Resolution::Withdrawn, "2026-03-04");
    let second = decided(Resolution::ValidCredit, "2026-03-08");
    assert_eq!((ingest(&first).await, ingest(&second).await), (Inserted, Updated));
    assert_eq!((ingest(&second).await, ingest(&first).await), (Unchanged, Unchanged));
    let mut stored = read(fixture, &dispute("D1", "C1", &[]).id).await;
    let resolution = |on: &str| stored.as_of(day(on)).unwrap().resolution;
    assert_eq!(
        ["2026-03-03", "2026-03-04", "2026-03-07", "2026-03-08"].map(resolution),
        [None, Some(Resolution::Withdrawn), Some(Resolution::Withdrawn), Some(Resolution::ValidCredit)]
    );

    // Once it is contested again, whatever its status, a decision from before that day is past.
    stored.reopen(day("2026-03-12")).unwrap();
    stored.transition(DisputeStatus::InProgress).unwrap();
    stored.version += 1;
    put(fixture, &stored).await;
    assert_eq!(ingest(&decided(Resolution::WriteOff, "2026-03-11")).await, Unchanged);
    assert_eq!(ingest(&decided(Resolution::WriteOff, "2026-03-12")).await, Updated);
}

/// Disputes as a release wrote them that kept no past: one raised three times, one that is voided.
const ROWS_WITHOUT_PAST: &str = r#"INSERT INTO dispute (tenant, id, customer_id, invoice_ids, contested_item, severity, opened_on, status, is_open,
        raised_count, updated_at_us, version, priority_parts)
     VALUES ('default', 'D1', 'C1', '["A"]', 'PRICING', 'MAJOR', '2026-03-01', 'REOPENED', 1, 3, 1773561600000000, 4, 0),
        ('default', 'D2', 'C1', '["A"]', 'PRICING', 'MAJOR', '2026-03-01', 'VOIDED', 0, 1, 1773561600000000, 2, 0)"#;

/// What is not known of old rows counts from their last change: no earlier day knows of it.
async fn old_disputes_are_taken_over(fixture: &Fixture) {
    fixture
        .store
        .ingest(&fixture.tenant, vec![LedgerRecord::Invoice(invoice("A", "C1", 9_000))], &TimeZone::utc())
        .await
        .unwrap();
    let disputes = fixture.store.scan_disputes(&fixture.tenant, None, 10).await.unwrap();
    let [mut raised, voided] = <[Dispute; 2]>::try_from(disputes).unwrap();
    let count = |dispute: &Dispute, on: &str| dispute.as_of(day(on)).unwrap().raised_count();
    assert_eq!((count(&raised, "2026-03-14"), count(&raised, "2026-03-15")), (1, 3));
    assert!(raised.past_decisions.is_empty());
    let is_open = |on: &str| voided.as_of(day(on)).unwrap().status.is_open();
    assert_eq!((is_open("2026-03-14"), is_open("2026-03-15")), (true, false));
    let events = fixture.store.accounts_of(&fixture.tenant, &customer_id("C1")).await.unwrap().remove(0).events;
    let open_count = |on| AccountHistory::fold(Currency::EUR, &events, day(on)).open_disputes().count();
    assert_eq!((open_count("2026-02-28"), open_count("2026-03-14"), open_count("2026-03-15")), (0, 2, 1));

    raised.updated_at = raised.updated_at.plus_seconds(5 * 86_400);
    raised.version += 1;
    put(fixture, &raised).await;
    assert_eq!(read(fixture, &raised.id).await, raised, "a later change moves no day");
}

#[tokio::test(flavor = "multi_thread")]
async fn disputes_of_an_earlier_release_are_taken_over_in_a_file() {
    old_disputes_are_taken_over(&Fixture::in_a_file_of_release(5, ROWS_WITHOUT_PAST).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn disputes_of_an_earlier_release_are_taken_over_in_postgres() {
    let fixture = Fixture::in_postgres_of_release(concat!(module_path!(), "::old"), 5, ROWS_WITHOUT_PAST).await;
    old_disputes_are_taken_over(&fixture).await;
}

/// An earlier release goes on beside this one: what it changes counts from its change.
#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_release_may_still_change_disputes() {
    let fixture = Fixture::in_a_file().await;
    let mut dispute = dispute("D1", "C1", &["A"]);
    dispute.raised_again.add(day("2026-03-02"), 1);
    put(&fixture, &dispute).await;
    let changed = "UPDATE dispute SET raised_count = raised_count + 1, updated_at_us = 1773734400000000";
    let mut connection = SqliteConnection::connect(fixture.url()).await.unwrap();
    connection.execute(changed).await.unwrap();
    let stored = read(&fixture, &dispute.id).await;
    let counts = ["2026-03-01", "2026-03-16", "2026-03-17"].map(|on| stored.as_of(day(on)).unwrap().raised_count());
    assert_eq!(counts, [1, 2, 3]);
}
