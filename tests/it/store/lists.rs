//! Lists of messages and disputes: filters, order, pages without gaps or repeats.

use recourse::domain::dispute::{Dispute, DisputeStatus, Resolution};
use recourse::domain::ids::DisputeId;
use recourse::domain::money::Currency;
use recourse::domain::time::Instant;
use recourse::domain::time_zone::TimeZone;
use recourse::domain::work_item::WorkItem;
use recourse::ledger::record::LedgerRecord;
use recourse::store::{
    AccountKey, Change, DisputeFilter, KnownCustomer, MessageFilter, PageCursor, ScoreRecord, ScoreSubject,
};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    lists_are_looked_up_together,
    messages_come_newest_first,
    a_decided_dispute_takes_no_priority,
    disputes_come_by_priority_then_by_day,
    a_customer_is_known_with_open_disputes_and_the_latest_others,
);

async fn messages_come_newest_first(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let mut changes = Vec::new();
    for index in 0..20_i64 {
        let (customer, dispute) = (format!("C{}", index % 2), format!("D{}", index % 4));
        let at = start().plus_seconds(index / 3);
        changes.push(Change::InsertMessage(message(&format!("M{index:02}"), &customer, Some(&dispute), at)));
    }
    store.commit(tenant, changes).await.unwrap();
    for (filter, expected_count) in [
        (MessageFilter::default(), 20),
        (MessageFilter { customer_id: Some(customer_id("C1")), dispute_id: None }, 10),
        (MessageFilter { customer_id: None, dispute_id: Some(DisputeId::parse("D2").unwrap()) }, 5),
        (MessageFilter { customer_id: Some(customer_id("C1")), dispute_id: Some(DisputeId::parse("D2").unwrap()) }, 0),
        (MessageFilter { customer_id: Some(customer_id("C1")), dispute_id: Some(DisputeId::parse("D1").unwrap()) }, 5),
    ] {
        let mut found: Vec<(Instant, String)> = Vec::new();
        loop {
            let cursor = found.last().map(|(at, id)| PageCursor { key: at.unix_us() as f64, id: id.clone() });
            let page = store.messages(tenant, &filter, cursor.as_ref(), 3).await.unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page.iter().map(|message| (message.received_at, message.id.to_string())));
        }
        assert_eq!(found.len(), expected_count, "{filter:?}");
        assert!(found.is_sorted_by(|left, right| left > right), "{found:?}");
    }
}

/// Goal: a score that was made while another system decided the dispute does not put it among the open ones.
async fn a_decided_dispute_takes_no_priority(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let mut decided = dispute("A", "C1", &["I"]);
    decided.decide_anew(Resolution::Withdrawn, None, day("2026-03-04"));
    let score_of = |id: &str, priority| {
        let subject = ScoreSubject::Dispute(DisputeId::parse(id).unwrap());
        Change::InsertScore(score(&format!("S{id}"), subject, priority, start()))
    };
    let open = Change::PutDispute(dispute("B", "C1", &["I"]));
    store.commit(tenant, vec![open, score_of("B", 5.0), Change::PutDispute(decided)]).await.unwrap();
    store.commit(tenant, vec![score_of("A", 95.0)]).await.unwrap();
    let ranked = store.ranked_disputes(tenant, &DisputeFilter::default(), None, 10).await.unwrap();
    assert_eq!(ranked.iter().map(|ranked| ranked.dispute.id.as_str()).collect::<Vec<_>>(), ["B", "A"]);
}

async fn disputes_come_by_priority_then_by_day(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let mut changes = Vec::new();
    for (id, opened_on, priority) in [
        ("A", "2026-03-01", 10.0),
        ("B", "2026-03-02", 10.0),
        ("C", "2026-03-03", 90.5),
        ("D", "2026-03-02", 10.0),
        ("E", "2026-03-09", 0.0),
    ] {
        let mut dispute = dispute(id, if id == "D" { "C2" } else { "C1" }, &["I"]);
        dispute.opened_on = day(opened_on);
        if id == "B" {
            dispute.status = DisputeStatus::InProgress;
        }
        let subject = ScoreSubject::Dispute(dispute.id.clone());
        changes.push(Change::PutDispute(dispute));
        if priority > 0.0 {
            changes.push(Change::InsertScore(score(&format!("S{id}"), subject, priority, start())));
        }
    }
    store.commit(tenant, changes).await.unwrap();
    let mut found: Vec<(String, f64)> = Vec::new();
    loop {
        let cursor = found.last().map(|(id, priority)| PageCursor { key: *priority, id: id.clone() });
        let page = store.ranked_disputes(tenant, &DisputeFilter::default(), cursor.as_ref(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|ranked| (ranked.dispute.id.to_string(), ranked.priority)));
    }
    let expected = [("C", 90.5), ("D", 10.0), ("B", 10.0), ("A", 10.0), ("E", 0.0)];
    assert_eq!(found, expected.map(|(id, priority)| (id.to_owned(), priority)));

    let mut scanned: Vec<String> = Vec::new();
    loop {
        let after = scanned.last().map(|id| DisputeId::parse(id).unwrap());
        let page = store.scan_disputes(tenant, after.as_ref(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        scanned.extend(page.into_iter().map(|dispute| dispute.id.to_string()));
    }
    assert_eq!(scanned, ["A", "B", "C", "D", "E"]);

    let ids = async |filter: DisputeFilter| -> Vec<String> {
        let ranked = store.ranked_disputes(tenant, &filter, None, 10).await.unwrap();
        ranked.into_iter().map(|ranked| ranked.dispute.id.to_string()).collect()
    };
    let of_customer = DisputeFilter { customer_id: Some(customer_id("C2")), ..DisputeFilter::default() };
    assert_eq!(ids(of_customer).await, ["D"]);
    let in_progress = DisputeFilter { status: Some(DisputeStatus::InProgress), ..DisputeFilter::default() };
    assert_eq!(ids(in_progress).await, ["B"]);
    let of_customer = DisputeFilter { customer_id: Some(customer_id("C1")), ..DisputeFilter::default() };
    assert_eq!(ids(of_customer.clone()).await, ["C", "B", "A", "E"]);
    assert_eq!(ids(DisputeFilter { status: Some(DisputeStatus::New), ..of_customer }).await, ["C", "A", "E"]);
}

async fn a_customer_is_known_with_open_disputes_and_the_latest_others(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let known = async |id: &str| store.known_customer(tenant, &customer_id(id), 2).await.unwrap();
    assert_eq!(known("C1").await, KnownCustomer::default());
    let dated =
        |id: &str, opened_on: &str, status| Dispute { opened_on: day(opened_on), status, ..dispute(id, "C1", &["A"]) };
    let changes = vec![
        Change::PutDispute(dated("D1", "2026-03-05", DisputeStatus::New)),
        Change::PutDispute(dated("D2", "2026-03-01", DisputeStatus::Triaged)),
        Change::PutDispute(dated("D3", "2026-03-01", DisputeStatus::Closed)),
        Change::PutDispute(dated("D4", "2026-03-03", DisputeStatus::Voided)),
        Change::PutDispute(dated("D5", "2026-03-02", DisputeStatus::Resolved)),
        Change::PutDispute(dispute("D6", "C2", &["A"])),
        Change::CountOpening { customer_id: customer_id("C1"), opened_count: 5 },
    ];
    store.commit(tenant, changes).await.unwrap();
    let ids = |disputes: &[Dispute]| disputes.iter().map(|dispute| dispute.id.to_string()).collect::<Vec<_>>();
    let found = known("C1").await;
    assert_eq!(ids(&found.open_disputes), ["D2", "D1"]);
    assert_eq!(ids(&found.closed_disputes), ["D4", "D5"]);
    assert_eq!(found.opened_dispute_count, 5);
    assert_eq!((found.customer, found.accounts), (None, Vec::new()));

    let records = vec![LedgerRecord::Customer(customer("C1")), LedgerRecord::Invoice(invoice("A", "C1", 5))];
    store.ingest(tenant, records, &TimeZone::utc()).await.unwrap();
    let found = known("C1").await;
    assert_eq!(found.customer, Some(customer("C1")));
    assert_eq!(found.accounts, store.accounts_of(tenant, &customer_id("C1")).await.unwrap());
    assert_eq!(found.accounts.len(), 1);
}

async fn lists_are_looked_up_together(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let records = vec![
        LedgerRecord::Customer(customer("C1")),
        LedgerRecord::Customer(customer("C2")),
        LedgerRecord::Invoice(invoice("A", "C1", 5)),
    ];
    store.ingest(tenant, records, &TimeZone::utc()).await.unwrap();
    let of = |id: &str| ScoreSubject::Dispute(dispute(id, "C1", &[]).id);
    let account = AccountKey { customer_id: customer_id("C1"), currency: Currency::EUR };
    let mut item = WorkItem { customer_id: Some(customer_id("C1")), ..work_item("W1", 4.0) };
    let scores = [
        score("S1", of("D1"), 1.0, start()),
        score("S2", of("D1"), 2.0, start().plus_seconds(1)),
        score("S3", of("D2"), 3.0, start()),
        score("S4", ScoreSubject::Account(account.clone()), 4.0, start()),
    ];
    item.score_id = Some(scores[3].score.id.clone());
    let mut changes: Vec<_> = scores.iter().cloned().map(Change::InsertScore).collect();
    changes.push(Change::PutWorkItem(item));
    store.commit(tenant, changes).await.unwrap();

    let ids = |records: Vec<ScoreRecord>| {
        let mut ids: Vec<_> = records.into_iter().map(|record| record.score.id.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(store.latest_scores(tenant, &[of("D1"), of("D2"), of("D3")]).await.unwrap()), ["S2", "S3"]);
    assert_eq!(ids(store.latest_scores(tenant, &[]).await.unwrap()), Vec::<String>::new());
    let asked = [scores[0].score.id.clone(), scores[3].score.id.clone()];
    assert_eq!(ids(store.scores(tenant, &asked).await.unwrap()), ["S1", "S4"]);
    let elsewhere = AccountKey { customer_id: customer_id("C2"), ..account.clone() };
    assert_eq!(ids(store.listed_account_scores(tenant, &[account, elsewhere]).await.unwrap()), ["S4"]);
    let names = store.customer_names(tenant, &["C1", "C2", "C3"].map(customer_id)).await.unwrap();
    assert_eq!((names.len(), names[&customer_id("C2")].as_str()), (2, "Customer C2 & Söhne"));
    let owners = store.invoice_owners(tenant, &["A", "B"].map(invoice_id)).await.unwrap();
    assert_eq!((owners.len(), &owners[&invoice_id("A")]), (1, &(customer_id("C1"), euros(5))));
}
