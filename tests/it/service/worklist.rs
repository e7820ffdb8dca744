//! The worklist: refreshed from the ledger, handed out under leases, kept behind gates.

use recourse::domain::dispute::{DisputeStatus, Severity};
use recourse::domain::gate::Gate;
use recourse::domain::ids::{CustomerId, InvoiceId, RequestId, UserId};
use recourse::domain::invoice::{ContactChannel, ContactResult};
use recourse::domain::money::{Currency, Money};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::Clock;
use recourse::domain::work_item::{CompletionResult, WorkItemKind, WorkItemState};
use recourse::service::account::{RecordContact, RecordPromise};
use recourse::service::dispute::{AssigneeChange, OpenDispute, UpdateDispute};
use recourse::service::page::PageRequest;
use recourse::service::worklist::{ClaimNext, ClaimedItem, CompleteItem};
use recourse::service::{ErrorKind, ServiceError, WorkItemFilter};
use recourse::store::SNAPSHOT_KEPT_SECONDS;

use super::bench::{Bench, customer, day, euros, invoice, no_change, payment};

fn completion(claimed: &ClaimedItem) -> CompleteItem {
    CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token.clone(),
        result: CompletionResult::Settled,
        note: "spoke to Ms Weber".to_owned(),
        intent: None,
    }
}

fn contact(request_id: &str) -> RecordContact {
    RecordContact {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        channel: ContactChannel::Call,
        result: ContactResult::Unreachable,
        user_id: None,
        contacted_on: None,
        note: String::new(),
    }
}

async fn refreshed() -> Bench {
    let bench = Bench::with_ledger().await;
    let summary = bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!((summary.account_count, summary.overdue_count), (2, 2));
    bench
}

#[tokio::test]
async fn overdue_accounts_come_onto_the_list_with_reasons() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let item = &claimed.item.item;
    assert_eq!(item.kind, WorkItemKind::OverdueAccount);
    assert_eq!(item.stake, Some(euros(4_600)));
    assert_eq!(claimed.item.customer_name.as_deref(), Some("Nordlicht GmbH"));
    let score = &claimed.item.priority.as_ref().unwrap().score;
    assert_eq!(score.reasons.iter().map(|reason| reason.points).sum::<f64>(), item.priority);
    let again = bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!(again.overdue_count, 2, "a second refresh changes nothing");
}

#[tokio::test]
async fn two_callers_never_get_the_same_item() {
    let bench = refreshed().await;
    let (first, second) = tokio::join!(bench.claim("ann"), bench.claim("bob"));
    assert_ne!(first.unwrap().item.item.id, second.unwrap().item.item.id);
    assert!(bench.claim("cem").await.is_none());
}

#[tokio::test]
async fn a_lease_that_ran_out_passes_to_the_next_and_is_lost_to_the_first() {
    let bench = refreshed().await;
    let first = bench.claim("ann").await.unwrap();
    bench.clock.pass_seconds(901);
    let second = bench.claim("bob").await.unwrap();
    assert_eq!(first.item.item.id, second.item.item.id);
    let refused = bench.service.complete_work_item(&bench.tenant, completion(&first)).await.unwrap_err();
    assert!(matches!(refused, ServiceError::LeaseLost { .. }), "{refused:?}");
    bench.service.complete_work_item(&bench.tenant, completion(&second)).await.unwrap();
}

/// Goal: an hour on the telephone is not lost because the lease was shorter, as long as nobody else began.
#[tokio::test]
async fn a_lease_that_ran_out_counts_until_somebody_else_claims_the_item() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    bench.clock.pass_seconds(3_600);
    let done = bench.service.complete_work_item(&bench.tenant, completion(&claimed)).await.unwrap();
    assert_eq!(done.item.state, WorkItemState::Completed);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let next = bench.claim("bob").await.unwrap();
    assert_ne!(next.item.item.customer_id, claimed.item.item.customer_id, "it was seen to today");
    bench.service.release_work_item(&bench.tenant, &next.item.item.id, &next.lease_token).await.unwrap();
    let refused = bench.service.complete_work_item(&bench.tenant, completion(&next)).await.unwrap_err();
    assert!(matches!(refused, ServiceError::LeaseLost { .. }), "given back: {refused:?}");
}

#[tokio::test]
async fn a_snooze_sent_again_changes_nothing() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let (id, until) = (&claimed.item.item.id, bench.clock.now().plus_seconds(3_600));
    let snooze = || bench.service.snooze_work_item(&bench.tenant, id, &claimed.lease_token, until);
    let first = snooze().await.unwrap();
    assert_eq!(snooze().await.unwrap().item, first.item);
    let later = until.plus_seconds(60);
    let refused = bench.service.snooze_work_item(&bench.tenant, id, &claimed.lease_token, later).await.unwrap_err();
    assert!(matches!(refused, ServiceError::LeaseLost { .. }), "{refused:?}");
}

fn claim_once(user: &str, request_id: &str) -> ClaimNext {
    let request_id = Some(RequestId::parse(request_id).unwrap());
    let user_id = UserId::parse(user).unwrap();
    ClaimNext { request_id, user_id, filter: WorkItemFilter::default(), lease_seconds: Some(60) }
}

/// Goal: a client whose answer was lost asks again and holds one item, not two.
#[tokio::test]
async fn a_claim_sent_again_gives_the_same_item() {
    let bench = refreshed().await;
    let claim = |user, request_id| bench.service.claim_next_work_item(&bench.tenant, claim_once(user, request_id));
    let first = claim("ann", "Q-1").await.unwrap().unwrap();
    assert_eq!(claim("ann", "Q-1").await.unwrap().unwrap(), first);
    let (one, other) = tokio::join!(claim("ann", "Q-2"), claim("ann", "Q-2"));
    let (one, other) = (one.unwrap().unwrap(), other.unwrap().unwrap());
    assert_eq!((&one.lease_token, &one.item.item.id), (&other.lease_token, &other.item.item.id));
    assert_ne!(one.item.item.id, first.item.item.id);
    let refused = claim("bob", "Q-1").await.unwrap_err();
    assert!(matches!(refused, ServiceError::ContentConflict { .. }), "{refused:?}");
    bench.clock.pass_seconds(61);
    let late = claim("ann", "Q-1").await.unwrap_err();
    assert!(matches!(late, ServiceError::LeaseLost { .. }), "{late:?}");
    bench.service.complete_work_item(&bench.tenant, completion(&first)).await.unwrap();
    let done = claim("ann", "Q-1").await.unwrap_err();
    assert!(matches!(done, ServiceError::ItemCompleted { .. }), "{done:?}");
}

/// Goal: what is meant for somebody who is away reaches who asks for it by that name, and nobody else.
#[tokio::test]
async fn an_item_meant_for_somebody_goes_to_who_names_them() {
    let bench = refreshed().await;
    let made = bench.submit("T-1", "The price on R-2 is wrong.").await.unwrap();
    let anna = UserId::parse("anna").unwrap();
    let assigned = UpdateDispute {
        assignee: AssigneeChange::Assign(anna.clone()),
        ..no_change(&made.dispute.unwrap().dispute.id)
    };
    bench.service.update_dispute(&bench.tenant, assigned).await.unwrap();
    let of_disputes =
        |assignee| WorkItemFilter { kind: Some(WorkItemKind::Dispute), assignee, ..WorkItemFilter::default() };
    let claim = |filter| {
        let user_id = UserId::parse("bob").unwrap();
        let claim = ClaimNext { request_id: None, user_id, filter, lease_seconds: None };
        bench.service.claim_next_work_item(&bench.tenant, claim)
    };
    assert!(claim(of_disputes(None)).await.unwrap().is_none());
    let claimed = claim(of_disputes(Some(anna))).await.unwrap().unwrap();
    assert_eq!(claimed.item.item.kind, WorkItemKind::Dispute);
}

#[tokio::test]
async fn a_completed_item_is_gone_for_today_and_completing_it_again_changes_nothing() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let done = bench.service.complete_work_item(&bench.tenant, completion(&claimed)).await.unwrap();
    assert_eq!(done.item.state, WorkItemState::Completed);
    let again = bench.service.complete_work_item(&bench.tenant, completion(&claimed)).await.unwrap();
    assert_eq!(done.item, again.item);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let next = bench.claim("ann").await.unwrap();
    assert_ne!(next.item.item.customer_id, claimed.item.item.customer_id);
    bench.clock.pass_seconds(86_400);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let tomorrow = bench.claim("ann").await.unwrap();
    assert_eq!(tomorrow.item.item.customer_id, claimed.item.item.customer_id, "still overdue, so back the next day");
}

#[tokio::test]
async fn two_calls_at_once_with_the_same_completion_are_both_told_that_it_is_done() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let complete = || bench.service.complete_work_item(&bench.tenant, completion(&claimed));
    let (first, second) = tokio::join!(complete(), complete());
    assert_eq!(first.unwrap().item.state, WorkItemState::Completed);
    assert_eq!(second.unwrap().item.state, WorkItemState::Completed);
}

#[tokio::test]
async fn an_account_that_nobody_saw_to_is_back_the_same_day_once_it_is_overdue_again() {
    let bench = refreshed().await;
    let dispute = |invoice: &str| OpenDispute {
        request_id: RequestId::parse(invoice).unwrap(),
        customer_id: CustomerId::parse("C-2").unwrap(),
        invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Minor,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    let opened = bench.service.open_dispute(&bench.tenant, dispute("S-1")).await.unwrap().dispute;
    let refresh = async || bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!(refresh().await.completed_count, 1, "all that was overdue is disputed");
    let voided = UpdateDispute { status: Some(DisputeStatus::Voided), ..no_change(&opened.dispute.id) };
    bench.service.update_dispute(&bench.tenant, voided).await.unwrap();
    assert_eq!(refresh().await.overdue_count, 2);
    let page = PageRequest::parse(10, "").unwrap();
    let listed = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap();
    let customers: Vec<_> = listed.items.iter().filter_map(|item| item.item.customer_id.clone()).collect();
    assert!(customers.contains(&CustomerId::parse("C-2").unwrap()), "{customers:?}");
}

#[tokio::test]
async fn snoozed_and_released_items_come_back() {
    let bench = refreshed().await;
    let first = bench.claim("ann").await.unwrap();
    let until = bench.service.now().plus_seconds(3_600);
    let (id, token) = (&first.item.item.id, &first.lease_token);
    bench.service.snooze_work_item(&bench.tenant, id, token, until).await.unwrap();
    let second = bench.claim("ann").await.unwrap();
    assert_ne!(second.item.item.id, first.item.item.id);
    bench.service.release_work_item(&bench.tenant, &second.item.item.id, &second.lease_token).await.unwrap();
    assert_eq!(bench.claim("bob").await.unwrap().item.item.id, second.item.item.id);
    bench.clock.pass_seconds(3_601);
    assert_eq!(bench.claim("cem").await.unwrap().item.item.id, first.item.item.id);
}

#[tokio::test]
async fn a_contact_closes_the_gate_with_a_stated_reason() {
    let bench = refreshed().await;
    let first = bench.service.record_contact(&bench.tenant, contact("K-1")).await.unwrap();
    assert_eq!(bench.service.record_contact(&bench.tenant, contact("K-1")).await.unwrap(), first);
    bench.service.refresh_touched().await.unwrap();
    let claimed = bench.claim("ann").await.unwrap();
    assert_eq!(claimed.item.item.customer_id.unwrap().as_str(), "C-2", "the contacted one is not handed out");
    let page = PageRequest::parse(0, "").unwrap();
    let list = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap().items;
    let barred = list.iter().find(|view| view.item.gate.is_some()).unwrap();
    let gate = Gate::parse(barred.item.gate.as_deref().unwrap()).unwrap();
    assert_eq!(gate, Gate::ContactedRecently { last_contact_on: day("2026-03-16") });
}

#[tokio::test]
async fn promised_and_paid_amounts_leave_the_list() {
    let bench = refreshed().await;
    let promise = RecordPromise {
        request_id: RequestId::parse("P-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: Vec::new(),
        amount: None,
        promised_on: day("2026-03-20"),
        made_on: None,
    };
    bench.service.record_promise(&bench.tenant, promise).await.unwrap();
    bench.ingest(vec![payment("C-2", "P-2", "2026-03-16", "S-1", 100)]).await;
    let summary = bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!((summary.overdue_count, summary.completed_count), (0, 2));
    assert!(bench.claim("ann").await.is_none());
}

#[tokio::test]
async fn a_page_token_of_another_filter_is_refused() {
    let bench = refreshed().await;
    let page = PageRequest::parse(1, "").unwrap();
    let everything = WorkItemFilter::default();
    let first = bench.service.list_work_items(&bench.tenant, &everything, &page).await.unwrap();
    let next = PageRequest::parse(1, &first.next_token).unwrap();
    let second = bench.service.list_work_items(&bench.tenant, &everything, &next).await.unwrap();
    assert_ne!(first.items[0].item.id, second.items[0].item.id);
    assert!(second.next_token.is_empty());
    let other = WorkItemFilter { kind: Some(WorkItemKind::Query), ..WorkItemFilter::default() };
    let refused = bench.service.list_work_items(&bench.tenant, &other, &next).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    assert_eq!(violations.0[0].field, "page_token");
}

#[tokio::test]
async fn watchers_are_told_of_what_fits_their_filter() {
    let bench = Bench::with_ledger().await;
    let queries = WorkItemFilter { kind: Some(WorkItemKind::Query), ..WorkItemFilter::default() };
    let mut watch = bench.service.watch_worklist(&bench.tenant, queries).await.unwrap();
    bench.submit("T-1", "The price of R-2 is wrong").await.unwrap();
    bench.submit("T-2", "Please send a copy of R-1").await.unwrap();
    let told = watch.next().await.unwrap().unwrap();
    assert_eq!(told.item.kind, WorkItemKind::Query);
}

#[tokio::test]
async fn a_page_token_expires_with_the_snapshot_and_says_so() {
    let bench = refreshed().await;
    let list = |token: String| {
        let (service, tenant) = (bench.service.clone(), bench.tenant.clone());
        let page = PageRequest::parse(1, &token).unwrap();
        async move { service.list_work_items(&tenant, &WorkItemFilter::default(), &page).await }
    };
    let token = list(String::new()).await.unwrap().next_token;
    bench.clock.pass_seconds(SNAPSHOT_KEPT_SECONDS);
    list(token.clone()).await.unwrap();
    bench.clock.pass_seconds(1);
    let refused = list(token).await.unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Precondition, "PAGE_TOKEN_EXPIRED"));
    assert!(refused.to_string().contains("begin again without a token"), "{refused}");
}

#[tokio::test]
async fn who_holds_an_item_says_what_came_of_it_even_when_nothing_is_left_to_ask_for() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let paid = [("P-8", "R-1", 600), ("P-9", "R-2", 4_000)];
    bench.ingest(paid.map(|(id, invoice, units)| payment("C-1", id, "2026-03-16", invoice, units)).into()).await;
    let refresh = async || bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!(refresh().await.completed_count, 0, "it was taken from under its holder");
    let shown = bench.service.complete_work_item(&bench.tenant, completion(&claimed)).await.unwrap();
    assert_eq!(shown.item.completed.map(|(_, result)| result), Some(CompletionResult::Settled));
    // One that nobody holds goes by itself.
    let held = bench.claim("bob").await.unwrap();
    bench.ingest(vec![payment("C-2", "P-10", "2026-03-16", "S-1", 100)]).await;
    bench.service.release_work_item(&bench.tenant, &held.item.item.id, &held.lease_token).await.unwrap();
    assert_eq!(refresh().await.completed_count, 1);
}

#[tokio::test]
async fn a_lease_that_is_over_is_not_shown() {
    let bench = refreshed().await;
    let claimed = bench.claim("ann").await.unwrap();
    let holder = async || {
        let shown = bench.service.work_item(&bench.tenant, &claimed.item.item.id).await.unwrap();
        shown.item.lease.map(|lease| lease.holder.to_string())
    };
    assert_eq!(holder().await.as_deref(), Some("ann"));
    bench.clock.pass_seconds(901);
    assert_eq!(holder().await, None);
}

#[tokio::test]
async fn a_promise_is_about_known_invoices_of_the_customer_in_their_currency() {
    let bench = refreshed().await;
    let promise = |request_id: &str, invoices: &[&str], amount| RecordPromise {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: invoices.iter().map(|id| InvoiceId::parse(id).unwrap()).collect(),
        amount,
        promised_on: day("2026-03-20"),
        made_on: None,
    };
    let wrong = promise("P-1", &["R-1", "S-1", "none", "R-1"], Some(Money::from_minor(5, Currency::USD)));
    let refused = bench.service.record_promise(&bench.tenant, wrong).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["invoice_ids[1]", "invoice_ids[2]", "invoice_ids[3]", "amount"]);
    let today = RecordPromise { promised_on: day("2026-03-16"), ..promise("P-2", &["R-1"], Some(euros(5))) };
    let first = bench.service.record_promise(&bench.tenant, today.clone()).await.unwrap();
    bench.clock.pass_seconds(24 * 60 * 60);
    let again = bench.service.record_promise(&bench.tenant, today).await.unwrap();
    assert_eq!(again, first, "a repeat after midnight is the same request");
}

#[tokio::test]
async fn an_account_is_listed_on_the_day_that_the_strategy_says() {
    let bench = Bench::empty().await;
    let due_on = bench.service.today();
    let (issued_on, due) = (due_on.plus_days(-30).to_string(), due_on.to_string());
    bench.ingest(vec![customer("C-1", "Nordlicht GmbH"), invoice("C-1", "R-1", &issued_on, &due, 100)]).await;
    let mut listed = Vec::new();
    for _ in 0..5 {
        listed.push(bench.service.refresh_worklist(&bench.tenant).await.unwrap().overdue_count);
        bench.clock.pass_seconds(86_400);
    }
    assert_eq!(listed, [0, 0, 0, 1, 1]);
}

#[tokio::test]
async fn an_old_invoice_that_is_disputed_whole_does_not_list_a_young_one() {
    let bench = Bench::empty().await;
    let today = bench.service.today();
    let young = (today.plus_days(-29).to_string(), today.plus_days(-1).to_string());
    let mut records = vec![customer("C-1", "Nordlicht GmbH"), invoice("C-1", "R-1", "2025-10-01", "2025-11-01", 900)];
    records.push(invoice("C-1", "R-2", &young.0, &young.1, 100));
    bench.ingest(records).await;
    bench.submit("T-1", "The price of R-1 is wrong").await.unwrap();
    let refreshed = bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    assert_eq!(refreshed.overdue_count, 0);
    bench.clock.pass_seconds(2 * 86_400);
    assert_eq!(bench.service.refresh_worklist(&bench.tenant).await.unwrap().overdue_count, 1);
}
