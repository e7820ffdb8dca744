//! A collector's day: what comes back the next day, what arrives late, what was credited, paid or decided elsewhere meanwhile.

use recourse::domain::dispute::{DisputeStatus, Resolution};
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{CreditNoteId, CustomerId, DisputeId, HoldId, InvoiceId, PaymentId, QueueId, UserId};
use recourse::domain::invoice::{Allocation, CreditNote, Hold, HoldKind, Payment};
use recourse::domain::money::Money;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::work_item::{CompletionResult, WorkItem, WorkItemKind, WorkItemState};
use recourse::service::account::AccountQuery;
use recourse::service::dispute::{ResolveDispute, UpdateDispute};
use recourse::service::message::SubmitMessage;
use recourse::service::page::PageRequest;
use recourse::service::view::DisputeView;
use recourse::service::worklist::{ClaimNext, ClaimedItem, CompleteItem};
use recourse::service::{AccountPosition, DisputeFilter, DisputeRecord, LedgerRecord, ServiceError, WorkItemFilter};

use super::bench::{Bench, customer, day, euros, invoice, no_change, overdue_invoice, payment, submission};

/// The first item of a kind that `user` can claim.
async fn claim(bench: &Bench, user: &str, kind: WorkItemKind) -> Option<ClaimedItem> {
    let filter = WorkItemFilter { kind: Some(kind), ..WorkItemFilter::default() };
    let claim = ClaimNext { request_id: None, user_id: UserId::parse(user).unwrap(), filter, lease_seconds: None };
    bench.service.claim_next_work_item(&bench.tenant, claim).await.unwrap()
}

async fn complete(bench: &Bench, claimed: &ClaimedItem) -> Result<WorkItem, ServiceError> {
    let completion = CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token.clone(),
        result: CompletionResult::NotReached,
        note: String::new(),
        intent: None,
    };
    bench.service.complete_work_item(&bench.tenant, completion).await.map(|view| view.item)
}

async fn listed(bench: &Bench, kind: WorkItemKind) -> Vec<WorkItem> {
    let filter = WorkItemFilter { kind: Some(kind), ..WorkItemFilter::default() };
    let page = PageRequest::parse(0, "").unwrap();
    let page = bench.service.list_work_items(&bench.tenant, &filter, &page).await.unwrap();
    page.items.into_iter().map(|view| view.item).collect()
}

async fn set(bench: &Bench, id: &DisputeId, status: DisputeStatus) -> DisputeView {
    let change = UpdateDispute { status: Some(status), ..no_change(id) };
    bench.service.update_dispute(&bench.tenant, change).await.unwrap()
}

async fn resolve(bench: &Bench, id: &DisputeId, resolution: Resolution, credited: Option<Money>) -> DisputeView {
    let decision = ResolveDispute {
        dispute_id: id.clone(),
        version: None,
        resolution,
        credited_amount: credited,
        resolved_on: None,
    };
    bench.service.resolve_dispute(&bench.tenant, decision).await.unwrap()
}

async fn position(bench: &Bench, customer: &str) -> AccountPosition {
    let query = AccountQuery { customer_id: CustomerId::parse(customer).unwrap(), currency: None, as_of: None };
    bench.service.account(&bench.tenant, &query).await.unwrap().position
}

fn unapplied_payment(id: &str, units: i64) -> LedgerRecord {
    LedgerRecord::Payment(Payment {
        id: PaymentId::parse(id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        amount: euros(units),
        received_on: day("2026-03-14"),
        allocations: Vec::new(),
    })
}

async fn refresh(bench: &Bench) {
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
}

/// The id of the dispute that a message of `C-1` opened or joined.
async fn dispute_of(bench: &Bench, request_id: &str, body: &str) -> DisputeId {
    bench.submit(request_id, body).await.unwrap().dispute.unwrap().dispute.id
}

fn credit_note(id: &str, on: &str, invoice: &str, units: i64) -> LedgerRecord {
    LedgerRecord::CreditNote(CreditNote {
        id: CreditNoteId::parse(id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        amount: euros(units),
        issued_on: day(on),
        allocations: vec![Allocation { invoice_id: InvoiceId::parse(invoice).unwrap(), amount: euros(units) }],
    })
}

fn of_another_system(id: &str, customer: &str, invoice: &str, decided: bool) -> LedgerRecord {
    LedgerRecord::Dispute(DisputeRecord {
        id: DisputeId::parse(id).unwrap(),
        customer_id: CustomerId::parse(customer).unwrap(),
        invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: recourse::domain::dispute::Severity::Major,
        contested_amount: None,
        opened_on: day("2026-03-01"),
        decided: decided.then(|| (Resolution::InvalidRebill, day("2026-03-10"))),
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_details: recourse::domain::dispute_details::PastDetails::default(),
        past_decisions: PastDecisions::default(),
        priority_label: None,
        message: None,
    })
}

#[tokio::test]
async fn a_dispute_that_comes_back_keeps_its_queue_and_its_message() {
    let bench = Bench::with_ledger().await;
    let submitted = bench.submit("T-1", "the price on R-2 is wrong").await.unwrap();
    let claimed = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    complete(&bench, &claimed).await.unwrap();
    bench.clock.pass_seconds(86_400);
    refresh(&bench).await;
    let items = listed(&bench, WorkItemKind::Dispute).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].queue, Some(QueueId::parse("north").unwrap()));
    assert_eq!(items[0].message_id, Some(submitted.message_id));
}

#[tokio::test]
async fn an_invoice_that_arrives_after_its_complaint_is_contested() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on N-77 is wrong").await;
    let again = bench.submit("T-2", "as I wrote: the price on N-77 is wrong, the goods are damaged").await.unwrap();
    assert_eq!(again.dispute.unwrap().dispute.id, id, "a repeat names the same number");
    let other = dispute_of(&bench, "T-3", "the price on N-78 is wrong").await;
    assert_ne!(other, id, "another number is another dispute");
    bench.ingest(vec![invoice("C-1", "N-77", "2026-01-20", "2026-02-19", 900)]).await;
    let before = bench.service.dispute(&bench.tenant, &id).await.unwrap().dispute;
    refresh(&bench).await;
    let view = bench.service.dispute(&bench.tenant, &id).await.unwrap();
    assert_eq!(view.dispute.invoice_ids, [InvoiceId::parse("N-77").unwrap()]);
    assert_eq!(view.dispute.version, before.version + 1);
    assert_eq!(position(&bench, "C-1").await.parts.disputed_minor, 90_000);
    let items = listed(&bench, WorkItemKind::Dispute).await;
    assert!(items.iter().any(|item| item.dispute_id.as_ref() == Some(&id) && item.stake == Some(euros(900))));
    let account = listed(&bench, WorkItemKind::OverdueAccount).await;
    let asked_for = account.iter().find(|item| item.customer_id.as_ref().unwrap().as_str() == "C-1").unwrap();
    assert_eq!(asked_for.stake, Some(euros(4_600)), "what is contested is not asked for");
    refresh(&bench).await;
    let same = bench.service.dispute(&bench.tenant, &id).await.unwrap();
    assert_eq!(same.dispute.version, before.version + 1, "nothing more is known");
}

#[tokio::test]
async fn a_repeat_that_comes_with_its_invoice_joins_the_dispute_that_waits_for_it() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on N-77 is wrong").await;
    bench.ingest(vec![invoice("C-1", "N-77", "2026-01-20", "2026-02-19", 900)]).await;
    let again = bench.submit("T-2", "as I wrote: the price on N-77 is wrong").await.unwrap().dispute.unwrap().dispute;
    assert_eq!((again.id, again.invoice_ids), (id, vec![InvoiceId::parse("N-77").unwrap()]));
}

#[tokio::test]
async fn an_invoice_of_a_later_day_is_not_the_one_that_a_complaint_named() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on N-771 is wrong").await;
    bench.ingest(vec![invoice("C-1", "2027-N-771", "2026-03-20", "2026-04-19", 900)]).await;
    bench.clock.pass_seconds(10 * 86_400);
    refresh(&bench).await;
    assert!(bench.service.dispute(&bench.tenant, &id).await.unwrap().dispute.invoice_ids.is_empty());
}

#[tokio::test]
async fn an_answer_of_the_customer_takes_up_the_dispute_that_waited_for_it() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    set(&bench, &id, DisputeStatus::AwaitingCustomer).await;
    let claimed = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    complete(&bench, &claimed).await.unwrap();
    let answered = bench.submit("T-2", "here is the order: the price on R-2 is wrong").await.unwrap();
    assert_eq!(answered.dispute.unwrap().dispute.status, DisputeStatus::InProgress);
    let claimed = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    assert_eq!(claimed.item.item.message_id, Some(answered.message_id), "the answer is what there is to read");
    complete(&bench, &claimed).await.unwrap();
    bench.clock.pass_seconds(86_400);
    refresh(&bench).await;
    assert!(claim(&bench, "ann", WorkItemKind::Dispute).await.is_some(), "it is nobody's turn but ours");
}

#[tokio::test]
async fn a_status_that_needs_work_brings_the_item_back_at_once() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    set(&bench, &id, DisputeStatus::AwaitingCustomer).await;
    let claimed = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    complete(&bench, &claimed).await.unwrap();
    assert!(claim(&bench, "ann", WorkItemKind::Dispute).await.is_none());
    set(&bench, &id, DisputeStatus::InProgress).await;
    let back = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    assert_eq!(back.item.item.queue, Some(QueueId::parse("north").unwrap()));
}

/// Goal: nobody is asked for money that is here and only not applied to an invoice yet.
#[tokio::test]
async fn money_that_settles_no_invoice_yet_is_not_asked_for() {
    let bench = Bench::with_ledger().await;
    refresh(&bench).await;
    let account = async || {
        let items = listed(&bench, WorkItemKind::OverdueAccount).await;
        items.into_iter().find(|item| item.customer_id.as_ref().is_some_and(|id| id.as_str() == "C-1"))
    };
    assert_eq!(account().await.unwrap().stake, Some(euros(4_600)));
    bench.ingest(vec![unapplied_payment("P-8", 1_000)]).await;
    refresh(&bench).await;
    let item = account().await.unwrap();
    assert_eq!(item.stake, Some(euros(3_600)));
    assert!(item.summary.ends_with("EUR 1,000 here but not applied"), "{}", item.summary);
    bench.ingest(vec![unapplied_payment("P-9", 3_600)]).await;
    refresh(&bench).await;
    assert!(account().await.is_none());
    let position = position(&bench, "C-1").await;
    assert_eq!((position.parts.covered_minor, position.ageing.overdue_minor()), (460_000, 460_000));
}

#[tokio::test]
async fn what_was_granted_is_not_asked_for_until_the_credit_note_comes() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    resolve(&bench, &id, Resolution::PartialCredit, Some(euros(1_500))).await;
    let asked_for = async || position(&bench, "C-1").await.collectable_overdue_minor;
    assert_eq!(asked_for().await, 310_000, "600 of R-1 and 2,500 of R-2");
    bench.ingest(vec![credit_note("K-1", "2026-03-16", "R-2", 500)]).await;
    assert_eq!(asked_for().await, 310_000, "1,000 are still to be credited");
    bench.ingest(vec![credit_note("K-2", "2026-03-16", "R-2", 1_000)]).await;
    assert_eq!(asked_for().await, 310_000, "R-2 is 2,500 now");
    let id = dispute_of(&bench, "T-2", "the price on R-1 is wrong").await;
    resolve(&bench, &id, Resolution::ValidCredit, None).await;
    assert_eq!(asked_for().await, 250_000);
    bench.clock.pass_seconds(29 * 86_400);
    assert_eq!(asked_for().await, 250_000 + 50_000, "R-3 is overdue by now");
    bench.clock.pass_seconds(86_400);
    assert_eq!(asked_for().await, 250_000 + 50_000 + 60_000, "no credit note came");
}

#[tokio::test]
async fn a_held_item_whose_account_was_paid_is_not_handed_to_the_next() {
    let bench = Bench::with_ledger().await;
    refresh(&bench).await;
    let held = bench.claim("ann").await.unwrap();
    let paid = [("P-8", "R-1", 600), ("P-9", "R-2", 4_000)];
    bench.ingest(paid.map(|(id, invoice, units)| payment("C-1", id, "2026-03-16", invoice, units)).into()).await;
    bench.clock.pass_seconds(901);
    let next = bench.claim("bob").await.unwrap();
    assert_eq!(next.item.item.customer_id.as_ref().unwrap().as_str(), "C-2");
    let passed_over = bench.service.work_item(&bench.tenant, &held.item.item.id).await.unwrap().item;
    assert_eq!(passed_over.completed.map(|(_, result)| result), Some(CompletionResult::NotNeeded));
    bench.ingest(vec![overdue_invoice("C-1", "R-9", euros(70))]).await;
    refresh(&bench).await;
    assert!(bench.claim("cem").await.is_some(), "nobody saw to it, so a new debt is asked for today");
}

#[tokio::test]
async fn an_item_is_handed_out_as_its_account_stands() {
    let bench = Bench::with_ledger().await;
    refresh(&bench).await;
    bench.ingest(vec![payment("C-1", "P-9", "2026-03-16", "R-2", 4_000)]).await;
    let claimed = bench.claim("ann").await.unwrap();
    assert_eq!(claimed.item.item.stake, Some(euros(600)));
    complete(&bench, &claimed).await.unwrap();
}

#[tokio::test]
async fn a_watcher_is_told_of_items_whose_snooze_or_lease_ended() {
    let bench = Bench::with_ledger().await;
    refresh(&bench).await;
    let snoozed = bench.claim("ann").await.unwrap();
    let until = bench.service.now().plus_seconds(600);
    let (id, token) = (&snoozed.item.item.id, &snoozed.lease_token);
    bench.service.snooze_work_item(&bench.tenant, id, token, until).await.unwrap();
    let leased = bench.claim("ann").await.unwrap();
    bench.ingest(vec![payment("C-2", "P-9", "2026-03-16", "S-1", 100)]).await;
    let mut watch = bench.service.watch_worklist(&bench.tenant, WorkItemFilter::default()).await.unwrap();
    let began = bench.service.now();
    bench.clock.pass_seconds(599);
    bench.service.take_back_items(began, bench.service.now()).await.unwrap();
    let before = bench.service.now();
    bench.clock.pass_seconds(1);
    bench.service.take_back_items(before, bench.service.now()).await.unwrap();
    let told = watch.next().await.unwrap().unwrap().item;
    assert_eq!((told.id, told.state), (snoozed.item.item.id, WorkItemState::Open));
    bench.clock.pass_seconds(301);
    bench.service.take_back_items(before, bench.service.now()).await.unwrap();
    bench.service.refresh_touched().await.unwrap();
    let passed = bench.service.work_item(&bench.tenant, &leased.item.item.id).await.unwrap().item;
    assert_eq!(passed.completed.map(|(_, result)| result), Some(CompletionResult::NotNeeded), "it was paid meanwhile");
}

#[tokio::test]
async fn a_ledger_that_another_process_changed_is_seen_until_its_worklist_is_refreshed() {
    let bench = Bench::with_ledger().await;
    let changed = async || {
        let changed = bench.service.ledgers_changed().await.unwrap();
        changed.into_iter().map(|(tenant, _)| tenant).collect::<Vec<_>>()
    };
    assert_eq!(changed().await, std::slice::from_ref(&bench.tenant));
    refresh(&bench).await;
    assert!(changed().await.is_empty());
    let paid = payment("C-2", "P-9", "2026-03-16", "S-1", 100);
    bench.ingest(vec![paid.clone()]).await;
    assert_eq!(changed().await, std::slice::from_ref(&bench.tenant));
    refresh(&bench).await;
    bench.ingest(vec![paid]).await;
    assert!(changed().await.is_empty(), "it was known");
}

#[tokio::test]
async fn the_invoices_of_a_dispute_are_corrected_by_a_person_for_good() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on N-77 is wrong").await;
    let corrected = |invoices: &[&str]| UpdateDispute {
        invoice_ids: Some(invoices.iter().map(|id| InvoiceId::parse(id).unwrap()).collect()),
        ..no_change(&id)
    };
    let wrong = bench.service.update_dispute(&bench.tenant, corrected(&["R-2", "S-1", "R-2"])).await.unwrap_err();
    let ServiceError::Invalid(violations) = wrong else { panic!("{wrong:?}") };
    let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["invoice_ids[1]", "invoice_ids[2]"]);
    assert!(bench.service.update_dispute(&bench.tenant, corrected(&[])).await.is_err());
    bench.service.update_dispute(&bench.tenant, corrected(&["R-2"])).await.unwrap();
    assert_eq!(position(&bench, "C-1").await.parts.disputed_minor, 400_000);
    bench.ingest(vec![invoice("C-1", "N-77", "2026-01-20", "2026-02-19", 900)]).await;
    refresh(&bench).await;
    let stored = bench.service.dispute(&bench.tenant, &id).await.unwrap().dispute;
    assert_eq!(stored.invoice_ids, [InvoiceId::parse("R-2").unwrap()]);
}

/// Goal: one item that somebody holds or changes does not keep the others on the list, and is not taken from its holder.
#[tokio::test]
async fn items_of_disputes_decided_elsewhere_are_completed_but_for_those_that_are_held() {
    let bench = Bench::with_ledger().await;
    bench.ingest(vec![customer("C-3", "Drei AG"), invoice("C-3", "U-1", "2026-01-20", "2026-02-19", 10)]).await;
    let disputes = [("E-1", "C-1", "R-1"), ("E-2", "C-2", "S-1"), ("E-3", "C-3", "U-1")];
    bench.ingest(disputes.map(|(id, who, what)| of_another_system(id, who, what, false)).into()).await;
    refresh(&bench).await;
    let held = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    bench.ingest(disputes.map(|(id, who, what)| of_another_system(id, who, what, true)).into()).await;
    refresh(&bench).await;
    let left = listed(&bench, WorkItemKind::Dispute).await;
    assert_eq!(left.iter().map(|item| &item.id).collect::<Vec<_>>(), [&held.item.item.id]);
    complete(&bench, &held).await.unwrap();
}

#[tokio::test]
async fn a_dispute_decided_elsewhere_is_not_handed_out() {
    let bench = Bench::with_ledger().await;
    bench.ingest(vec![of_another_system("E-1", "C-1", "R-2", false)]).await;
    refresh(&bench).await;
    bench.ingest(vec![of_another_system("E-1", "C-1", "R-2", true)]).await;
    assert!(claim(&bench, "ann", WorkItemKind::Dispute).await.is_none());
    assert!(listed(&bench, WorkItemKind::Dispute).await.is_empty());
}

#[tokio::test]
async fn a_change_of_a_dispute_keeps_the_models_that_read_its_message() {
    let bench = Bench::with_ledger().await;
    let first = bench.submit("T-1", "the price on R-2 is wrong").await.unwrap().dispute.unwrap();
    let model_ids = first.priority.unwrap().score.model_ids;
    let changed = set(&bench, &first.dispute.id, DisputeStatus::Triaged).await;
    assert_eq!(changed.priority.unwrap().score.model_ids, model_ids);
    let preview = UpdateDispute { validate_only: true, ..no_change(&first.dispute.id) };
    let preview = bench.service.update_dispute(&bench.tenant, preview).await.unwrap();
    assert_eq!(preview.priority.unwrap().score.model_ids, model_ids);
}

#[tokio::test]
async fn decided_disputes_come_after_the_open_ones() {
    let bench = Bench::with_ledger().await;
    let urgent = dispute_of(&bench, "T-1", "the price on R-2 is wrong, our lawyer will write").await;
    let small = dispute_of(&bench, "T-2", "the price on R-1 is wrong").await;
    resolve(&bench, &urgent, Resolution::InvalidRebill, None).await;
    let page = PageRequest::parse(0, "").unwrap();
    let page = bench.service.list_disputes(&bench.tenant, &DisputeFilter::default(), &page).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|view| view.dispute.id.clone()).collect();
    assert_eq!(ids, [small.clone(), urgent.clone()]);
    set(&bench, &urgent, DisputeStatus::Reopened).await;
    let page = PageRequest::parse(0, "").unwrap();
    let page = bench.service.list_disputes(&bench.tenant, &DisputeFilter::default(), &page).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|view| view.dispute.id.clone()).collect();
    assert_eq!(ids, [urgent, small]);
}

#[tokio::test]
async fn a_completion_after_the_decision_is_told_that_the_item_is_completed() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    let claimed = claim(&bench, "ann", WorkItemKind::Dispute).await.unwrap();
    resolve(&bench, &id, Resolution::InvalidRebill, None).await;
    let refused = complete(&bench, &claimed).await.unwrap_err();
    assert!(refused.to_string().contains("is completed already"), "{refused}");
    let item = bench.service.work_item(&bench.tenant, &claimed.item.item.id).await.unwrap().item;
    assert_eq!(item.state, WorkItemState::Completed);
}

/// Goal: who sends a complaint on to a team finds it in that team's list.
#[tokio::test]
async fn a_further_complaint_takes_its_dispute_to_the_queue_that_it_names() {
    let bench = Bench::with_ledger().await;
    let submit = |request_id, queue: Option<&str>| {
        let queue = queue.map(|queue| QueueId::parse(queue).unwrap());
        bench.service.submit_message(
            &bench.tenant,
            SubmitMessage { queue, ..submission(request_id, "the price on R-2 is wrong") },
        )
    };
    for (request_id, queue, expected) in
        [("T-1", Some("prices"), "prices"), ("T-2", Some("legal"), "legal"), ("T-3", None, "legal")]
    {
        submit(request_id, queue).await.unwrap();
        let items = listed(&bench, WorkItemKind::Dispute).await;
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].queue, Some(QueueId::parse(expected).unwrap()), "{request_id}");
    }
}

/// Goal: what is with lawyers by now is handed to nobody, also before the next refresh.
#[tokio::test]
async fn a_dispute_whose_customer_went_to_court_meanwhile_is_not_handed_out() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    let hold = Hold {
        id: HoldId::parse("H-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: Vec::new(),
        kind: HoldKind::Legal,
        from_on: bench.service.today(),
        until_on: None,
    };
    bench.ingest(vec![LedgerRecord::Hold(hold)]).await;
    assert!(claim(&bench, "ann", WorkItemKind::Dispute).await.is_none());
    let items = listed(&bench, WorkItemKind::Dispute).await;
    let item = items.iter().find(|item| item.dispute_id.as_ref() == Some(&id)).unwrap();
    assert_eq!((item.gate.as_deref(), &item.lease), (Some("LEGAL_HOLD"), &None));
}

/// Goal: what a customer wrote while somebody had the item is read by somebody, today.
#[tokio::test]
async fn a_complaint_that_came_while_its_item_was_held_brings_the_item_back() {
    let bench = Bench::with_ledger().await;
    let id = dispute_of(&bench, "T-1", "the price on R-2 is wrong").await;
    for status in [None, Some(DisputeStatus::AwaitingCustomer)] {
        let claimed = claim(&bench, "bob", WorkItemKind::Dispute).await.unwrap();
        let request_id = format!("T-2 {status:?}");
        let again = bench.submit(&request_id, "the price on R-2 is wrong, our lawyer says").await.unwrap();
        assert_eq!(again.dispute.unwrap().dispute.id, id);
        if let Some(status) = status {
            set(&bench, &id, status).await;
        }
        bench.clock.pass_seconds(1);
        complete(&bench, &claimed).await.unwrap();
        assert_eq!(listed(&bench, WorkItemKind::Dispute).await.len(), 1, "{status:?}");
        bench.clock.pass_seconds(1);
    }
    let claimed = claim(&bench, "bob", WorkItemKind::Dispute).await.unwrap();
    complete(&bench, &claimed).await.unwrap();
    refresh(&bench).await;
    assert!(listed(&bench, WorkItemKind::Dispute).await.is_empty(), "nobody wrote since");
}
