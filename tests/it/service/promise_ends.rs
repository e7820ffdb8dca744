//! What ends a promise to pay before its day: a later one, a refusal, and a day that is too far away.

use recourse::domain::ids::{CustomerId, InvoiceId, PromiseId, RequestId, UserId};
use recourse::domain::invoice::{ContactChannel, ContactResult, Promise};
use recourse::domain::time::CivilDate;
use recourse::domain::work_item::{CompletionResult, WorkItem, WorkItemKind};
use recourse::ledger::record::{LedgerRecord, RecordOutcome};
use recourse::service::account::{AccountQuery, RecordContact, RecordPromise};
use recourse::service::page::PageRequest;
use recourse::service::worklist::{ClaimNext, CompleteItem};
use recourse::service::{AccountPosition, ServiceError, WorkItemFilter};

use super::bench::{Bench, customer, day, euros, invoice};
use super::models::with_shipped_reader;

const DAY_SECONDS: i64 = 86_400;

/// `C-1` owes 8,000 euros, overdue; messages are read with the shipped models.
async fn reading_bench() -> Bench {
    let bench = Bench::serving(with_shipped_reader()).await;
    bench.ingest(vec![customer("C-1", "Nordlicht GmbH")]).await;
    bench.ingest(vec![invoice("C-1", "INV-801", "2026-01-05", "2026-02-04", 8_000)]).await;
    bench
}

/// The account of `C-1` as of a day; none means today.
async fn account(bench: &Bench, as_of: Option<&str>) -> AccountPosition {
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: as_of.map(day) };
    bench.service.account(&bench.tenant, &query).await.unwrap().position
}

/// What is promised, what was promised and not paid, and what can be asked for, in whole units.
async fn parts(bench: &Bench, as_of: Option<&str>) -> (i64, i64, i64) {
    let AccountPosition { parts, broken_promise_minor, .. } = account(bench, as_of).await;
    (parts.promised_minor / 100, broken_promise_minor / 100, parts.collectable_minor / 100)
}

/// The item of the account of `C-1` after a refresh.
async fn account_item(bench: &Bench) -> Option<WorkItem> {
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let filter = WorkItemFilter { kind: Some(WorkItemKind::OverdueAccount), ..WorkItemFilter::default() };
    let page = PageRequest::parse(0, "").unwrap();
    let page = bench.service.list_work_items(&bench.tenant, &filter, &page).await.unwrap();
    page.items.into_iter().map(|view| view.item).find(|item| item.customer_id.as_ref().unwrap().as_str() == "C-1")
}

fn promise(request_id: &str, promised_on: CivilDate) -> RecordPromise {
    RecordPromise {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: Vec::new(),
        amount: None,
        promised_on,
        made_on: None,
    }
}

async fn record(bench: &Bench, request_id: &str, promised_on: &str) {
    bench.service.record_promise(&bench.tenant, promise(request_id, day(promised_on))).await.unwrap();
    // The next one is the later one.
    bench.clock.pass_seconds(1);
}

async fn refuse(bench: &Bench, request_id: &str) {
    let refusal = RecordContact {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        channel: ContactChannel::Call,
        result: ContactResult::Refused,
        user_id: None,
        contacted_on: None,
        note: String::new(),
    };
    bench.service.record_contact(&bench.tenant, refusal).await.unwrap();
}

#[tokio::test]
async fn a_later_promise_takes_the_place_of_the_one_before() {
    let bench = reading_bench().await;
    record(&bench, "P-1", "2026-12-05").await;
    bench.clock.pass_seconds(DAY_SECONDS);
    record(&bench, "P-2", "2026-03-20").await;
    assert_eq!(parts(&bench, None).await, (8_000, 0, 0));
    bench.clock.pass_seconds(4 * DAY_SECONDS);
    assert_eq!(parts(&bench, None).await, (0, 8_000, 8_000));
    assert!(account_item(&bench).await.is_some());
    assert_eq!(parts(&bench, Some("2026-03-16")).await, (8_000, 0, 0), "that day knew of the first one only");
}

#[tokio::test]
async fn the_last_promise_of_a_day_counts() {
    let bench = reading_bench().await;
    record(&bench, "P-1", "2026-12-05").await;
    record(&bench, "P-2", "2026-03-20").await;
    bench.clock.pass_seconds(5 * DAY_SECONDS);
    assert_eq!(parts(&bench, None).await, (0, 8_000, 8_000));
}

#[tokio::test]
async fn a_refusal_ends_what_was_promised_before() {
    let bench = reading_bench().await;
    record(&bench, "P-1", "2026-12-05").await;
    assert!(account_item(&bench).await.is_none());
    bench.clock.pass_seconds(DAY_SECONDS);
    refuse(&bench, "R-1").await;
    assert_eq!(parts(&bench, None).await, (0, 0, 8_000));
    assert!(account_item(&bench).await.is_some());
    assert_eq!(parts(&bench, Some("2026-03-16")).await, (8_000, 0, 0), "that day knew of no refusal");
    bench.clock.pass_seconds(DAY_SECONDS);
    record(&bench, "P-2", "2026-03-30").await;
    assert_eq!(parts(&bench, None).await, (8_000, 0, 0), "they changed their mind");
}

/// Completes the follow-up of a message of `C-1` with this result.
async fn complete_follow_up(bench: &Bench, result: CompletionResult) {
    let filter = WorkItemFilter { kind: Some(WorkItemKind::PromiseFollowUp), ..WorkItemFilter::default() };
    let claim = ClaimNext { request_id: None, user_id: UserId::parse("ann").unwrap(), filter, lease_seconds: None };
    let claimed = bench.service.claim_next_work_item(&bench.tenant, claim).await.unwrap().unwrap();
    let completion = CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token,
        result,
        note: "they will not pay".to_owned(),
        intent: None,
    };
    for _ in 0..2 {
        bench.service.complete_work_item(&bench.tenant, completion.clone()).await.unwrap();
    }
}

#[tokio::test]
async fn a_follow_up_that_is_completed_as_refused_ends_the_promise() {
    for (result, is_ended) in [(CompletionResult::Refused, true), (CompletionResult::NotReached, false)] {
        let bench = reading_bench().await;
        bench.submit("T-1", "Hello, we will pay invoice INV-801 on 2026-06-01. Regards").await.unwrap();
        assert_eq!(parts(&bench, None).await, (8_000, 0, 0));
        assert!(account_item(&bench).await.is_none());
        complete_follow_up(&bench, result).await;
        let expected = if is_ended { (0, 0, 8_000) } else { (8_000, 0, 0) };
        assert_eq!(parts(&bench, None).await, expected, "{result:?}");
        assert_eq!(account_item(&bench).await.is_some(), is_ended, "{result:?}");
        assert_eq!(account(&bench, None).await.contact_count_7d, usize::from(is_ended), "{result:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_was_recorded_already_is_one_contact() {
    let bench = reading_bench().await;
    bench.submit("T-1", "Hello, we will pay invoice INV-801 on 2026-03-16. Regards").await.unwrap();
    bench.clock.pass_seconds(2 * DAY_SECONDS);
    let filter = WorkItemFilter { kind: Some(WorkItemKind::PromiseFollowUp), ..WorkItemFilter::default() };
    let claim = ClaimNext { request_id: None, user_id: UserId::parse("ann").unwrap(), filter, lease_seconds: None };
    let claimed = bench.service.claim_next_work_item(&bench.tenant, claim).await.unwrap().unwrap();
    refuse(&bench, "R-1").await;
    let completion = CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token,
        result: CompletionResult::Refused,
        note: String::new(),
        intent: None,
    };
    bench.service.complete_work_item(&bench.tenant, completion).await.unwrap();
    assert_eq!(account(&bench, None).await.contact_count_7d, 1);
}

#[tokio::test]
async fn a_promise_of_a_message_for_a_far_day_is_left_to_a_person() {
    let bench = reading_bench().await;
    let near = bench.submit("T-1", "Hello, we will pay invoice INV-801 on 05.06.2026. Regards").await.unwrap();
    let near = near.work_item.unwrap().item;
    assert_eq!(parts(&bench, None).await, (8_000, 0, 0));
    let bench = reading_bench().await;
    let far = bench.submit("T-1", "Hello, we will pay invoice INV-801 on 05.12.2028. Regards").await.unwrap();
    let far = far.work_item.unwrap().item;
    assert_eq!((far.kind, far.due_on), (WorkItemKind::PromiseFollowUp, Some(day("2028-12-05"))));
    assert!(far.priority > near.priority, "{} beside {}", far.priority, near.priority);
    assert_eq!(parts(&bench, None).await, (0, 0, 8_000));
    assert!(account_item(&bench).await.is_some());
}

#[tokio::test]
async fn a_promise_for_a_day_more_than_a_year_away_is_refused() {
    let bench = reading_bench().await;
    let last = day("2026-03-16").plus_days(366);
    let refused = bench.service.record_promise(&bench.tenant, promise("P-1", last.plus_days(1))).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let [violation] = violations.0.as_slice() else { panic!("{violations:?}") };
    assert_eq!((violation.field.as_str(), violation.value.as_str()), ("promised_on", "2027-03-18"));
    assert_eq!(violation.expected, "a day from 2026-03-16 to 2027-03-17");
    bench.service.record_promise(&bench.tenant, promise("P-2", last)).await.unwrap();
    assert_eq!(parts(&bench, None).await, (8_000, 0, 0));
}

fn told(id: &str, promised_on: &str) -> LedgerRecord {
    LedgerRecord::Promise(Promise {
        id: PromiseId::parse(id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("INV-801").unwrap()],
        amount: Some(euros(5_000)),
        made_on: day("2026-03-01"),
        promised_on: day(promised_on),
    })
}

#[tokio::test]
async fn a_promise_from_elsewhere_for_a_far_day_is_kept_and_holds_nothing_back() {
    let bench = reading_bench().await;
    bench.ingest(vec![told("X-1", "2028-12-05")]).await;
    assert_eq!(parts(&bench, None).await, (0, 0, 8_000));
    bench.ingest(vec![told("X-2", "2026-06-01")]).await;
    assert_eq!(parts(&bench, None).await, (5_000, 0, 3_000));
}

#[tokio::test]
async fn a_promise_that_is_told_otherwise_says_what_to_do() {
    let bench = reading_bench().await;
    bench.ingest(vec![told("X-1", "2026-06-01")]).await;
    let again = vec![told("X-1", "2026-04-01")];
    let time_zone = &bench.service.strategy().time_zone;
    let outcomes = bench.store.ingest(&bench.tenant, again, time_zone).await.unwrap();
    let [RecordOutcome::Rejected(rejection)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(rejection.reason(), "CONTENT_CONFLICT");
    let text = rejection.to_string();
    assert!(text.contains("record a new promise") && !text.contains("credit note"), "{text}");
}
