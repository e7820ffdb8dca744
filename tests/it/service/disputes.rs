//! Disputes: their versions, statuses and decisions, and what follows for the worklist and for training.

use recourse::domain::dispute::{DisputeStatus, PriorityLabel, Resolution, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, ModelKind, QueueId, RequestId, UserId};
use recourse::domain::message::Intent;
use recourse::domain::money::{Currency, Money};
use recourse::domain::outcome::Outcome;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::CivilDate;
use recourse::domain::work_item::{CompletionResult, WorkItemKind};
use recourse::service::dispute::{AmountChange, OpenDispute, ResolveDispute, UpdateDispute};
use recourse::service::page::PageRequest;
use recourse::service::priority::PrioritySubject;
use recourse::service::training::StartTrainingRun;
use recourse::service::view::DisputeView;
use recourse::service::worklist::{ClaimNext, ClaimedItem, CompleteItem};
use recourse::service::{DisputeFilter, DisputeRecord, LedgerRecord, ServiceError, WorkItemFilter};

use super::bench::{Bench, day, euros, no_change};

fn opening(request_id: &str, invoice: &str) -> OpenDispute {
    OpenDispute {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Moderate,
        contested_amount: Some(euros(300)),
        opened_on: None,
        queue: None,
    }
}

fn change(view: &DisputeView) -> UpdateDispute {
    UpdateDispute { version: Some(view.dispute.version), ..no_change(&view.dispute.id) }
}

fn decision(view: &DisputeView, resolution: Resolution) -> ResolveDispute {
    ResolveDispute {
        dispute_id: view.dispute.id.clone(),
        version: Some(view.dispute.version),
        resolution,
        credited_amount: None,
        resolved_on: None,
    }
}

async fn opened(bench: &Bench, request_id: &str, invoice: &str) -> DisputeView {
    bench.service.open_dispute(&bench.tenant, opening(request_id, invoice)).await.unwrap().dispute
}

#[tokio::test]
async fn a_stale_version_is_refused_and_an_absent_one_overwrites() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let graver = UpdateDispute { severity: Some(Severity::Critical), ..change(&view) };
    let changed = bench.service.update_dispute(&bench.tenant, graver.clone()).await.unwrap();
    assert_eq!((changed.dispute.severity, changed.dispute.version), (Severity::Critical, 2));
    let refused = bench.service.update_dispute(&bench.tenant, graver.clone()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Stale { .. }), "{refused:?}");
    let forced = UpdateDispute { version: None, ..graver };
    assert_eq!(bench.service.update_dispute(&bench.tenant, forced).await.unwrap().dispute.version, 3);
}

#[tokio::test]
async fn a_status_that_may_not_follow_is_refused() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let closed = UpdateDispute { status: Some(DisputeStatus::Closed), ..change(&view) };
    let refused = bench.service.update_dispute(&bench.tenant, closed).await.unwrap_err();
    assert!(matches!(refused, ServiceError::IllegalTransition(_)), "{refused:?}");
    let resolved = UpdateDispute { status: Some(DisputeStatus::Resolved), ..change(&view) };
    let refused = bench.service.update_dispute(&bench.tenant, resolved).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Invalid(_)), "{refused:?}");
}

/// What a person handles first is an outcome; training, which says how many labels it found, counts it once.
#[tokio::test]
async fn a_choice_between_two_disputes_is_an_outcome_that_training_counts() {
    let bench = Bench::with_ledger().await;
    let (first, second) = (opened(&bench, "D-1", "R-2").await, opened(&bench, "D-2", "R-1").await);
    let before = |view: &DisputeView, other: &DisputeId| UpdateDispute {
        version: None,
        before_dispute_id: Some(other.clone()),
        ..change(view)
    };
    for other in [first.dispute.id.clone(), DisputeId::parse("nobody-knows-it").unwrap()] {
        let refused = bench.service.update_dispute(&bench.tenant, before(&first, &other)).await.unwrap_err();
        let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
        assert_eq!(violations.0[0].field, "before_dispute_id");
    }
    assert!(bench.store.outcomes(&bench.tenant, 10).await.unwrap().is_empty());

    let tried = UpdateDispute { validate_only: true, ..before(&first, &second.dispute.id) };
    bench.service.update_dispute(&bench.tenant, tried).await.unwrap();
    assert!(bench.store.outcomes(&bench.tenant, 10).await.unwrap().is_empty());
    for (one, other) in [(&first, &second), (&first, &second), (&second, &first)] {
        bench.clock.pass_seconds(1);
        bench.service.update_dispute(&bench.tenant, before(one, &other.dispute.id)).await.unwrap();
    }
    let outcomes = bench.store.outcomes(&bench.tenant, 10).await.unwrap();
    let (preferred_id, other_id) = (second.dispute.id.clone(), first.dispute.id.clone());
    assert_eq!(outcomes.last().unwrap().0, Outcome::DisputePreferred { preferred_id, other_id });
    assert_eq!(outcomes.len(), 3);

    for view in [&first, &second] {
        let decided = ResolveDispute { version: None, ..decision(view, Resolution::ValidCredit) };
        bench.service.resolve_dispute(&bench.tenant, decided).await.unwrap();
    }
    let request =
        StartTrainingRun { request_id: RequestId::parse("T-1").unwrap(), kind: ModelKind::DisputePriority, seed: 0 };
    let run = bench.train(request).await;
    assert!(run.message.contains("3 labels"), "two decisions and one choice: {}", run.message);
}

#[tokio::test]
async fn a_decision_closes_the_work_item_and_is_an_outcome() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let graded = UpdateDispute { priority_label: Some(PriorityLabel::P1), ..change(&view) };
    let graded = bench.service.update_dispute(&bench.tenant, graded).await.unwrap();
    let partial = ResolveDispute { credited_amount: Some(euros(100)), ..decision(&graded, Resolution::PartialCredit) };
    let decided = bench.service.resolve_dispute(&bench.tenant, partial).await.unwrap();
    assert_eq!(decided.dispute.status, DisputeStatus::Resolved);
    assert_eq!(decided.dispute.credited_amount, Some(euros(100)));
    assert!(decided.priority.is_none(), "a decided dispute has no priority");
    assert!(bench.claim("ann").await.is_none(), "its item is off the list");
    let outcomes = bench.store.outcomes(&bench.tenant, 10).await.unwrap();
    assert!(outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::DisputeGraded { .. })));
    assert!(outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::DisputeDecided { .. })));
}

#[tokio::test]
async fn a_reopened_dispute_is_back_on_the_list() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let decided =
        bench.service.resolve_dispute(&bench.tenant, decision(&view, Resolution::InvalidRebill)).await.unwrap();
    let reopened = UpdateDispute { status: Some(DisputeStatus::Reopened), ..change(&decided) };
    let reopened = bench.service.update_dispute(&bench.tenant, reopened).await.unwrap();
    assert_eq!((reopened.dispute.resolution, reopened.dispute.raised_count()), (None, 2));
    let claimed = bench.claim("ann").await.unwrap();
    assert_eq!(claimed.item.item.dispute_id, Some(view.dispute.id));
}

/// Disputes that `ann` can claim after a refresh.
async fn claimable(bench: &Bench) -> Option<ClaimedItem> {
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let filter = WorkItemFilter { kind: Some(WorkItemKind::Dispute), ..WorkItemFilter::default() };
    let claim = ClaimNext { request_id: None, user_id: UserId::parse("ann").unwrap(), filter, lease_seconds: None };
    bench.service.claim_next_work_item(&bench.tenant, claim).await.unwrap()
}

#[tokio::test]
async fn an_open_dispute_whose_item_was_completed_is_back_the_next_day_unless_it_waits_for_the_customer() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    for _ in 0..2 {
        let ClaimedItem { item, lease_token } = claimable(&bench).await.unwrap();
        assert_eq!(item.item.dispute_id.as_ref(), Some(&view.dispute.id));
        let not_reached = CompleteItem {
            work_item_id: item.item.id,
            lease_token,
            result: CompletionResult::NotReached,
            note: String::new(),
            intent: None,
        };
        bench.service.complete_work_item(&bench.tenant, not_reached).await.unwrap();
        bench.clock.pass_seconds(3_600);
        assert!(claimable(&bench).await.is_none(), "somebody saw to it today");
        bench.clock.pass_seconds(86_400);
    }
    let set = async |status: DisputeStatus| {
        let change = UpdateDispute { version: None, status: Some(status), ..change(&view) };
        bench.service.update_dispute(&bench.tenant, change).await.unwrap();
        bench.clock.pass_seconds(86_400);
    };
    set(DisputeStatus::AwaitingCustomer).await;
    assert!(claimable(&bench).await.is_none());
    set(DisputeStatus::InProgress).await;
    let back = claimable(&bench).await.unwrap();
    let score_id = back.item.item.score_id.unwrap();
    assert!(bench.service.replay_score(&bench.tenant, &score_id).await.unwrap().is_identical);
}

#[tokio::test]
async fn opening_names_every_field_that_is_wrong() {
    let bench = Bench::with_ledger().await;
    let mut request = opening("D-1", "R-2");
    request.contested_item = ItemCode::parse("NO_SUCH_CODE").unwrap();
    request.contested_amount = Some(euros(-1));
    request.invoice_ids.clear();
    request.customer_id = CustomerId::parse("C-404").unwrap();
    let refused = bench.service.open_dispute(&bench.tenant, request).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["contested_item", "contested_amount", "invoice_ids", "customer_id"]);
}

#[tokio::test]
async fn pages_of_disputes_cover_all_of_them_once_in_rank_order() {
    let bench = Bench::with_ledger().await;
    for (index, invoice) in ["R-1", "R-2", "R-3"].into_iter().enumerate() {
        opened(&bench, &format!("D-{index}"), invoice).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest::parse(1, &token).unwrap();
        let page = bench.service.list_disputes(&bench.tenant, &DisputeFilter::default(), &page).await.unwrap();
        seen.extend(page.items);
        token = page.next_token;
        if token.is_empty() {
            break;
        }
    }
    let mut ids: Vec<_> = seen.iter().map(|view| view.dispute.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((seen.len(), ids.len()), (3, 3));
    let priorities: Vec<f64> = seen.iter().map(|view| view.priority.as_ref().unwrap().score.priority).collect();
    assert!(priorities.is_sorted_by(|a, b| a >= b), "{priorities:?}");
}

/// A dispute of the ledger, ERP-7 about R-2.
fn of_the_ledger(decided: Option<(Resolution, CivilDate)>) -> Vec<LedgerRecord> {
    vec![LedgerRecord::Dispute(DisputeRecord {
        id: DisputeId::parse("ERP-7").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("R-2").unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Major,
        contested_amount: None,
        opened_on: day("2026-03-01"),
        decided,
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label: None,
        message: None,
    })]
}

/// Goal: money that is disputed stands on the list as a dispute, though somebody changed it before the list was first made.
#[tokio::test]
async fn a_dispute_of_the_ledger_that_is_changed_before_it_was_ever_listed_is_listed() {
    let bench = Bench::with_ledger().await;
    bench.ingest(of_the_ledger(None)).await;
    let triaged =
        UpdateDispute { status: Some(DisputeStatus::Triaged), ..no_change(&DisputeId::parse("ERP-7").unwrap()) };
    bench.service.update_dispute(&bench.tenant, triaged).await.unwrap();
    assert!(claimable(&bench).await.is_some());
}

#[tokio::test]
async fn a_decision_of_another_system_takes_the_dispute_off_the_list() {
    let bench = Bench::with_ledger().await;
    let listed = |bench: Bench| async move {
        bench.service.refresh_worklist(&bench.tenant).await.unwrap();
        let filter = WorkItemFilter { kind: Some(WorkItemKind::Dispute), ..WorkItemFilter::default() };
        let page = PageRequest::parse(10, "").unwrap();
        let page = bench.service.list_work_items(&bench.tenant, &filter, &page).await.unwrap();
        (bench, page.items.len())
    };
    bench.ingest(of_the_ledger(None)).await;
    let (bench, listed_count) = listed(bench).await;
    assert_eq!(listed_count, 1);
    bench.ingest(of_the_ledger(Some((Resolution::ValidCredit, day("2026-03-10"))))).await;
    let (bench, listed_count) = listed(bench).await;
    assert_eq!(listed_count, 0);
    let view = bench.service.dispute(&bench.tenant, &DisputeId::parse("ERP-7").unwrap()).await.unwrap();
    assert_eq!((view.dispute.status, view.dispute.version), (DisputeStatus::Resolved, 2));
}

#[tokio::test]
async fn opening_names_the_invoices_that_are_unknown_or_of_somebody_else() {
    let bench = Bench::with_ledger().await;
    let mut request = opening("D-1", "R-2");
    request.invoice_ids.extend(["R-404", "S-1"].map(|id| InvoiceId::parse(id).unwrap()));
    request.contested_amount = Some(Money::from_minor(100, Currency::USD));
    let refused = bench.service.open_dispute(&bench.tenant, request.clone()).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let named: Vec<_> =
        violations.0.iter().map(|violation| (violation.field.as_str(), violation.value.as_str())).collect();
    let expected = [("invoice_ids[1]", "R-404"), ("invoice_ids[2]", "S-1"), ("contested_amount", "USD 1.00")];
    assert_eq!(named, expected);
    assert_eq!(violations.0[0].expected, "an invoice of customer `C-1` that the ledger knows");
    request.invoice_ids.truncate(1);
    request.contested_amount = None;
    bench.service.open_dispute(&bench.tenant, request).await.unwrap();
}

#[tokio::test]
async fn a_preview_shows_the_score_to_come_and_keeps_the_stored_version() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let graver = UpdateDispute { severity: Some(Severity::Critical), validate_only: true, ..change(&view) };
    let preview = bench.service.update_dispute(&bench.tenant, graver.clone()).await.unwrap();
    assert_eq!((preview.dispute.severity, preview.dispute.version), (Severity::Critical, view.dispute.version));
    let (before, after) = (view.priority.unwrap(), preview.priority.unwrap());
    assert!(after.score.priority > before.score.priority && !after.is_stored);
    let stored = bench.service.dispute(&bench.tenant, &view.dispute.id).await.unwrap();
    assert_eq!(stored.dispute, view.dispute);
    let changed = UpdateDispute { validate_only: false, ..graver };
    let changed = bench.service.update_dispute(&bench.tenant, changed).await.unwrap();
    assert_eq!(changed.priority.unwrap().score.priority, after.score.priority);
}

#[tokio::test]
async fn an_amount_in_another_currency_than_the_invoices_is_refused() {
    let bench = Bench::with_ledger().await;
    let view = opened(&bench, "D-1", "R-2").await;
    let dollars = Money::from_minor(100, Currency::USD);
    let wrong = UpdateDispute { contested_amount: AmountChange::Amount(dollars), ..change(&view) };
    let refused = bench.service.update_dispute(&bench.tenant, wrong).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    assert_eq!(violations.0[0].field, "contested_amount");
}

#[tokio::test]
async fn a_reopened_dispute_is_back_in_its_queue_and_a_decided_one_has_no_priority() {
    let bench = Bench::with_ledger().await;
    let queue = Some(QueueId::parse("team-a").unwrap());
    let request = OpenDispute { queue: queue.clone(), ..opening("D-1", "R-2") };
    let view = bench.service.open_dispute(&bench.tenant, request).await.unwrap().dispute;
    let subject = PrioritySubject::Dispute(view.dispute.id.clone());
    assert!(bench.service.priority(&bench.tenant, &subject).await.unwrap().is_stored);
    let decided = decision(&view, Resolution::InvalidRebill);
    let decided = bench.service.resolve_dispute(&bench.tenant, decided).await.unwrap();
    let both = [subject.clone(), subject.clone()];
    let refused = bench.service.priority(&bench.tenant, &subject).await.unwrap_err();
    assert!(matches!(refused, ServiceError::NotFound { .. }), "{refused:?}");
    let results = bench.service.priorities(&bench.tenant, &both).await.unwrap();
    assert!(results.iter().all(|result| matches!(result, Err(ServiceError::NotFound { .. }))), "{results:?}");
    let reopened = UpdateDispute { status: Some(DisputeStatus::Reopened), ..change(&decided) };
    bench.service.update_dispute(&bench.tenant, reopened).await.unwrap();
    let filter = WorkItemFilter { queue, ..WorkItemFilter::default() };
    let page = PageRequest::parse(0, "").unwrap();
    let listed = bench.service.list_work_items(&bench.tenant, &filter, &page).await.unwrap();
    assert_eq!(listed.items.len(), 1, "{listed:?}");
}

#[tokio::test]
async fn what_is_said_when_a_decided_item_is_completed_is_kept_once() {
    let bench = Bench::with_ledger().await;
    let submitted = bench.submit("T-1", "the price on R-2 is wrong, please credit 300 EUR").await.unwrap();
    let claimed = bench.claim("ann").await.unwrap();
    let view = submitted.dispute.unwrap();
    bench.service.resolve_dispute(&bench.tenant, decision(&view, Resolution::ValidCredit)).await.unwrap();
    let completion = |note: &str, intent| CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token.clone(),
        result: CompletionResult::Settled,
        note: note.to_owned(),
        intent: Some(intent),
    };
    let first = completion("agreed on the telephone", Intent::Dispute);
    for repeated in [first.clone(), first, completion("what was that?", Intent::Query)] {
        bench.service.complete_work_item(&bench.tenant, repeated).await.unwrap();
    }
    let outcomes = bench.store.outcomes(&bench.tenant, 100).await.unwrap();
    let count = |is_it: fn(&Outcome) -> bool| outcomes.iter().filter(|(outcome, _)| is_it(outcome)).count();
    assert_eq!(count(|outcome| matches!(outcome, Outcome::IntentStated { .. })), 1, "{outcomes:?}");
    assert_eq!(count(|outcome| matches!(outcome, Outcome::WorkItemCompleted { .. })), 1, "{outcomes:?}");
}
