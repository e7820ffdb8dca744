//! Past days look the same after disputes were contested again, repeated, decided otherwise and voided.

use std::collections::BTreeMap;

use recourse::domain::credit_score::CreditScore;
use recourse::domain::customer::Customer;
use recourse::domain::dispute::{DisputeStatus, Resolution, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, RequestId};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::CivilDate;
use recourse::ledger::event::AccountEvent;
use recourse::ledger::record::{DisputeRecord, LedgerRecord};
use recourse::service::dispute::{AmountChange, OpenDispute, ResolveDispute, UpdateDispute};
use recourse::service::page::PageRequest;
use recourse::service::view::DisputeView;
use recourse::service::worklist::ranking::RankedEntry;
use recourse::service::{DisputeFilter, ServiceError, WorkItemFilter};

use super::bench::{Bench, customer, day, euros, invoice, no_change};
use super::models::with_shipped_disputes;

const SECONDS_PER_DAY: i64 = 86_400;

/// One whose customer owes for a long time.
async fn bench() -> Bench {
    let bench = Bench::serving(with_shipped_disputes()).await;
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "R-1", "2026-01-05", "2026-01-20", 1_000));
    records.push(invoice("C-1", "R-2", "2026-01-05", "2026-01-20", 4_000));
    bench.ingest(records).await;
    bench
}

async fn contest(bench: &Bench, request_id: &str, invoice: &str, opened_on: Option<&str>) -> DisputeView {
    let request = OpenDispute {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Moderate,
        contested_amount: Some(euros(100)),
        opened_on: opened_on.map(day),
        queue: None,
    };
    bench.service.open_dispute(&bench.tenant, request).await.unwrap().dispute
}

async fn decide(
    bench: &Bench,
    view: &DisputeView,
    resolution: Resolution,
    resolved_on: Option<&str>,
) -> Result<DisputeView, ServiceError> {
    let decision = ResolveDispute {
        dispute_id: view.dispute.id.clone(),
        version: None,
        resolution,
        credited_amount: None,
        resolved_on: resolved_on.map(day),
    };
    bench.service.resolve_dispute(&bench.tenant, decision).await
}

async fn change_status(bench: &Bench, view: &DisputeView, status: DisputeStatus) {
    let change = UpdateDispute { status: Some(status), ..no_change(&view.dispute.id) };
    bench.service.update_dispute(&bench.tenant, change).await.unwrap();
}

/// Goal: the list of today looks the same whether it is read from the storage or ranked from the ledger.
#[tokio::test]
async fn a_ranked_dispute_tells_what_its_item_tells() {
    let bench = bench().await;
    let request = OpenDispute {
        request_id: RequestId::parse("D-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("R-2").unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Moderate,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    bench.service.open_dispute(&bench.tenant, request).await.unwrap();
    let page = PageRequest::parse(0, "").unwrap();
    let items = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap().items;
    let item = items.iter().find(|view| view.item.dispute_id.is_some()).unwrap();
    let entries = bench.service.rank_as_of(&bench.tenant, bench.service.today(), 10).await.unwrap();
    let ranked = entries.iter().find_map(|entry| match entry {
        RankedEntry::Account(_) => None,
        RankedEntry::Dispute(ranked) => Some(ranked),
    });
    let ranked = ranked.unwrap();
    assert_eq!((ranked.stake, &ranked.summary), (item.item.stake, &item.item.summary));
    assert_eq!((ranked.stake, &ranked.customer_name), (Some(euros(4_000)), &item.customer_name));
}

/// What was known at the end of a day: the ranking with its reasons, and the events of the account.
#[derive(Debug, PartialEq)]
struct PastDay {
    ranking: Vec<String>,
    events: Vec<AccountEvent>,
}

async fn past_day(bench: &Bench, as_of: CivilDate) -> PastDay {
    let entries = bench.service.rank_as_of(&bench.tenant, as_of, 10).await.unwrap();
    let shown = entries.iter().map(|entry| {
        let score = entry.score().unwrap();
        let what = match entry {
            RankedEntry::Account(account) => format!("{:?}", account.account.position),
            RankedEntry::Dispute(ranked) => {
                let (view, dispute) = (&ranked.view, &ranked.view.dispute);
                let known = (&dispute.id, dispute.status, dispute.raised_count(), dispute.resolution);
                format!("{known:?} {:?}", view.validity_probability)
            }
        };
        format!("{what} {} {} {:?}", score.priority, score.stake_base, score.reasons)
    });
    let customer_id = CustomerId::parse("C-1").unwrap();
    let mut account = bench.store.accounts_of(&bench.tenant, &customer_id).await.unwrap().remove(0);
    account.events.retain(|event| event.on <= as_of);
    PastDay { ranking: shown.collect(), events: account.events }
}

/// The days as they looked when they were over.
#[derive(Default)]
struct Diary(BTreeMap<CivilDate, PastDay>);

impl Diary {
    async fn write(&mut self, bench: &Bench, on: &str) {
        self.0.insert(day(on), past_day(bench, day(on)).await);
    }

    async fn check(&self, bench: &Bench, after: &str) {
        for (on, then) in &self.0 {
            assert_eq!(past_day(bench, *on).await, *then, "{on} after {after}");
        }
    }
}

#[tokio::test]
async fn a_past_day_does_not_see_that_a_dispute_was_contested_again() {
    let (bench, mut diary) = (bench().await, Diary::default());
    let view = contest(&bench, "D-1", "R-1", Some("2026-02-02")).await;
    contest(&bench, "D-2", "R-2", Some("2026-02-04")).await;
    decide(&bench, &view, Resolution::InvalidRebill, Some("2026-03-01")).await.unwrap();
    for on in ["2026-02-01", "2026-02-10", "2026-03-01", "2026-03-10", "2026-03-15"] {
        diary.write(&bench, on).await;
    }
    assert_eq!(diary.0[&day("2026-02-10")].ranking.len(), 3);
    assert_eq!(diary.0[&day("2026-03-10")].ranking.len(), 2);

    change_status(&bench, &view, DisputeStatus::Reopened).await;
    diary.check(&bench, "reopening").await;
    diary.write(&bench, "2026-03-16").await;
    assert_eq!(diary.0[&day("2026-03-16")].ranking.len(), 3);

    bench.clock.pass_seconds(SECONDS_PER_DAY);
    let joined = contest(&bench, "D-3", "R-1", None).await;
    assert_eq!((&joined.dispute.id, joined.dispute.raised_count()), (&view.dispute.id, 3));
    diary.check(&bench, "a repeated complaint").await;
    diary.write(&bench, "2026-03-17").await;

    bench.clock.pass_seconds(SECONDS_PER_DAY);
    let refused = decide(&bench, &view, Resolution::ValidCredit, Some("2026-03-15")).await.unwrap_err();
    assert!(refused.to_string().contains("a day from 2026-03-16 to 2026-03-18"), "{refused}");
    decide(&bench, &view, Resolution::ValidCredit, None).await.unwrap();
    diary.check(&bench, "another decision").await;
    diary.write(&bench, "2026-03-18").await;

    bench.clock.pass_seconds(SECONDS_PER_DAY);
    change_status(&bench, &view, DisputeStatus::Reopened).await;
    diary.write(&bench, "2026-03-19").await;
    bench.clock.pass_seconds(SECONDS_PER_DAY);
    change_status(&bench, &view, DisputeStatus::Voided).await;
    diary.check(&bench, "voiding").await;
    assert_eq!(past_day(&bench, day("2026-03-20")).await.ranking.len(), 2);
}

#[tokio::test]
async fn a_repeated_complaint_counts_from_its_day() {
    let (bench, mut diary) = (bench().await, Diary::default());
    contest(&bench, "D-1", "R-1", Some("2026-02-02")).await;
    diary.write(&bench, "2026-02-10").await;
    contest(&bench, "D-2", "R-1", None).await;
    diary.check(&bench, "a repeated complaint").await;
    let count = async |on: &str| {
        let entries = bench.service.rank_as_of(&bench.tenant, day(on), 10).await.unwrap();
        let of = |entry: &RankedEntry| match entry {
            RankedEntry::Account(_) => None,
            RankedEntry::Dispute(ranked) => Some(ranked.view.dispute.raised_count()),
        };
        entries.iter().find_map(of)
    };
    assert_eq!((count("2026-03-15").await, count("2026-03-16").await), (Some(1), Some(2)));
    let page = recourse::service::page::PageRequest::parse(0, "").unwrap();
    let listed = bench.service.list_disputes(&bench.tenant, &DisputeFilter::default(), &page).await.unwrap();
    assert_eq!(listed.items[0].dispute.raised_count(), 2);
}

#[tokio::test]
async fn a_past_day_sees_what_a_dispute_was_about_then() {
    let (bench, mut diary) = (bench().await, Diary::default());
    let view = contest(&bench, "D-1", "R-1", Some("2026-02-02")).await;
    for on in ["2026-02-10", "2026-03-16"] {
        diary.write(&bench, on).await;
    }
    bench.clock.pass_seconds(SECONDS_PER_DAY);
    let further = OpenDispute {
        request_id: RequestId::parse("D-2").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: ["R-1", "R-2"].map(|id| InvoiceId::parse(id).unwrap()).to_vec(),
        contested_item: ItemCode::parse("QUALITY").unwrap(),
        severity: Severity::Critical,
        contested_amount: Some(euros(3_000)),
        opened_on: None,
        queue: None,
    };
    let joined = bench.service.open_dispute(&bench.tenant, further).await.unwrap().dispute;
    assert_eq!((&joined.dispute.id, joined.dispute.severity), (&view.dispute.id, Severity::Critical));
    diary.check(&bench, "a further complaint").await;
    let first = past_day(&bench, day("2026-03-17")).await;
    let change = UpdateDispute { severity: Some(Severity::Major), ..no_change(&view.dispute.id) };
    bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    assert_ne!(past_day(&bench, day("2026-03-17")).await, first, "a day looks as it did when it was over");
    diary.check(&bench, "a correction on the same day").await;
    diary.write(&bench, "2026-03-17").await;

    bench.clock.pass_seconds(SECONDS_PER_DAY);
    let contested_amount = AmountChange::Amount(euros(50));
    let contested_item = Some(ItemCode::parse("SHORTAGE").unwrap());
    let change = UpdateDispute { contested_item, contested_amount, ..no_change(&view.dispute.id) };
    bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    diary.check(&bench, "a correction").await;
    diary.write(&bench, "2026-03-18").await;
    decide(&bench, &view, Resolution::InvalidRebill, None).await.unwrap();
    diary.0.remove(&day("2026-03-18"));
    diary.check(&bench, "a decision").await;
}

#[tokio::test]
async fn a_past_day_does_not_see_what_another_system_tells_later() {
    let (bench, mut diary) = (bench().await, Diary::default());
    let told = |severity| {
        LedgerRecord::Dispute(DisputeRecord {
            id: DisputeId::parse("X-1").unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse("R-2").unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity,
            contested_amount: None,
            opened_on: day("2026-03-10"),
            decided: None,
            credited_amount: None,
            raised_again: RaisedAgain::default(),
            past_decisions: PastDecisions::default(),
            past_details: PastDetails::default(),
            priority_label: None,
            message: None,
        })
    };
    bench.ingest(vec![told(Severity::Minor)]).await;
    bench.ingest(vec![told(Severity::Moderate)]).await;
    diary.write(&bench, "2026-03-10").await;
    diary.write(&bench, "2026-03-16").await;
    bench.clock.pass_seconds(SECONDS_PER_DAY);
    bench.ingest(vec![told(Severity::Critical)]).await;
    diary.check(&bench, "a later record").await;
    let severity_on = async |on: &str| {
        let entries = bench.service.rank_as_of(&bench.tenant, day(on), 10).await.unwrap();
        entries.iter().find_map(|entry| match entry {
            RankedEntry::Account(_) => None,
            RankedEntry::Dispute(ranked) => Some(ranked.view.dispute.severity),
        })
    };
    assert_eq!(severity_on("2026-03-16").await, Some(Severity::Moderate));
    assert_eq!(severity_on("2026-03-17").await, Some(Severity::Critical));
}

#[tokio::test]
async fn a_past_day_knows_the_credit_score_of_then() {
    let (bench, mut diary) = (bench().await, Diary::default());
    let scored = |value, on: &str| {
        let mut customer = Customer::unnamed(CustomerId::parse("C-1").unwrap());
        customer.credit_score = Some(CreditScore::new(value, 0.0, 100.0, day(on)).unwrap());
        LedgerRecord::Customer(customer)
    };
    contest(&bench, "D-1", "R-1", Some("2026-02-02")).await;
    diary.write(&bench, "2026-02-10").await;
    bench.ingest(vec![scored(90.0, "2026-02-20")]).await;
    diary.check(&bench, "the first score").await;
    diary.write(&bench, "2026-03-01").await;
    bench.ingest(vec![scored(10.0, "2026-03-12")]).await;
    diary.check(&bench, "a later score").await;
    let dispute_of = |day: &PastDay| day.ranking.iter().find(|line| line.contains("DisputeId")).cloned();
    assert_ne!(dispute_of(&diary.0[&day("2026-02-10")]), dispute_of(&diary.0[&day("2026-03-01")]));
    assert!(diary.0[&day("2026-03-01")].ranking.concat().contains("90 on a scale"));
    assert!(past_day(&bench, day("2026-03-12")).await.ranking.concat().contains("10 on a scale"));
    // The same score once more, and one that is corrected: neither adds another day.
    bench.ingest(vec![scored(10.0, "2026-03-12"), scored(15.0, "2026-03-12")]).await;
    diary.check(&bench, "a corrected score").await;
    let stored = bench.store.customer(&bench.tenant, &CustomerId::parse("C-1").unwrap()).await.unwrap().unwrap();
    assert_eq!(stored.earlier_credit_scores.len(), 1);
    assert_eq!(stored.credit_score_on(day("2026-03-11")).unwrap().value, 90.0);
}
