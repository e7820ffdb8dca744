//! Items of messages as time passes and money comes: they rise while they wait, and are done when their money has come.

use recourse::domain::ids::{CustomerId, HoldId, InvoiceId};
use recourse::domain::invoice::{Hold, HoldKind};
use recourse::domain::work_item::{CompletionResult, Tier, WorkItem, WorkItemKind, WorkItemState};
use recourse::ledger::record::LedgerRecord;
use recourse::service::account::AccountQuery;
use recourse::service::page::PageRequest;
use recourse::service::{MessageFilter, WorkItemFilter};

use super::bench::{Bench, customer, euros, invoice, payment};
use super::models::with_shipped_reader;

const DAY_SECONDS: i64 = 86_400;

/// `C-1` owes 8,000 and 5,000 euros; messages are read with the shipped models.
async fn reading_bench() -> Bench {
    let bench = Bench::serving(with_shipped_reader()).await;
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "INV-801", "2026-01-05", "2026-02-04", 8_000));
    records.push(invoice("C-1", "INV-802", "2026-01-20", "2026-02-19", 5_000));
    bench.ingest(records).await;
    bench
}

/// The item that a message makes, a day later and after a refresh for which these invoices were paid in part or whole.
async fn after_payments(body: &str, paid: &[(&str, i64)]) -> (Bench, WorkItem) {
    let bench = reading_bench().await;
    let id = bench.submit("T-1", body).await.unwrap().work_item.unwrap().item.id;
    bench.clock.pass_seconds(DAY_SECONDS);
    let today = bench.service.today().to_string();
    for (index, (invoice_id, units)) in paid.iter().enumerate() {
        bench.ingest(vec![payment("C-1", &format!("P-{index}"), &today, invoice_id, *units)]).await;
    }
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let item = bench.service.work_item(&bench.tenant, &id).await.unwrap().item;
    (bench, item)
}

fn result_of(item: &WorkItem) -> Option<CompletionResult> {
    item.completed.map(|(_, result)| result)
}

#[tokio::test]
async fn a_message_in_a_language_that_was_not_learned_is_one_to_read() {
    let bench = reading_bench().await;
    let item =
        bench.submit("T-1", "Цена в счёте INV-801 не совпадает с договором.").await.unwrap().work_item.unwrap().item;
    assert_eq!(item.kind, WorkItemKind::Review);
    assert_eq!(item.summary, "Message to read of Nordlicht GmbH, in words that the model does not know, about INV-801");
}

#[tokio::test]
async fn an_item_is_done_when_the_money_that_it_is_about_has_come() {
    let both: &[(&str, i64)] = &[("INV-801", 8_000), ("INV-802", 5_000)];
    for (body, paid) in [
        ("Hello, we will pay invoice INV-801 on 2026-06-01. Regards", &[("INV-801", 8_000)][..]),
        ("Hello, we will pay invoice INV-801 next week. Regards", &[("INV-801", 8_000)]),
        ("Hello, we will transfer EUR 200.00 on 2026-06-01. Regards", &[("INV-802", 200)]),
        ("Hello, we will pay everything on 2026-06-01. Regards", both),
        ("Payment advice: we transferred EUR 5,000.00 for invoice INV-802 today.", &[("INV-802", 5_000)]),
        ("Could we please pay invoice INV-801 in three monthly instalments? Cash is short.", &[("INV-801", 8_000)]),
        ("Could we please pay what is open in three monthly instalments? Cash is short.", both),
    ] {
        let (_, item) = after_payments(body, paid).await;
        assert_eq!(
            (item.state, result_of(&item)),
            (WorkItemState::Completed, Some(CompletionResult::Settled)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_item_stays_while_its_money_is_missing_or_a_person_must_answer() {
    for (body, paid) in [
        ("Hello, we will pay invoice INV-801 on 2026-06-01. Regards", &[("INV-801", 7_999)][..]),
        ("Hello, we will transfer EUR 200.00 on 2026-06-01. Regards", &[("INV-802", 199)]),
        ("Hello, we will pay invoices INV-801 and INV-802 on 2026-06-01. Regards", &[("INV-801", 8_000)]),
        ("Hello, we will pay invoices INV-801 and INV-999 on 2026-06-01. Regards", &[("INV-801", 8_000)]),
        ("Payment advice: we transferred EUR 5,000.00 for invoice INV-802 today.", &[("INV-801", 8_000)]),
        ("Payment advice: we transferred EUR 5,000.00 today.", &[("INV-801", 8_000)]),
        ("Could you please send us a copy of invoice INV-801?", &[("INV-801", 8_000)]),
    ] {
        let (_, item) = after_payments(body, paid).await;
        assert_eq!((item.state, result_of(&item)), (WorkItemState::Open, None), "{body}");
    }
}

#[tokio::test]
async fn the_stake_of_an_item_follows_what_is_open() {
    let body = "Hello, we will pay invoices INV-801 and INV-802 on 2026-06-01. Regards";
    let (bench, item) = after_payments(body, &[("INV-801", 8_000)]).await;
    assert_eq!(item.stake, Some(euros(5_000)));
    let score = bench.service.work_item(&bench.tenant, &item.id).await.unwrap().priority.unwrap().score;
    assert_eq!((score.priority, score.stake_base), (item.priority, 5_000.0));
    assert_eq!(score.reasons.iter().map(|reason| reason.points).sum::<f64>(), score.priority);
}

#[tokio::test]
async fn items_of_messages_rise_while_they_wait() {
    let bench = reading_bench().await;
    for (request_id, body) in [
        ("T-1", "Hello, we will pay invoice INV-801 on 2026-06-01. Regards"),
        ("T-2", "Could you please send us a copy of invoice INV-802?"),
        ("T-3", "I am out of the office until Monday and will read your mail then."),
    ] {
        let made = bench.submit(request_id, body).await.unwrap().work_item.unwrap().item;
        bench.clock.pass_seconds(10 * DAY_SECONDS);
        bench.service.refresh_worklist(&bench.tenant).await.unwrap();
        let later = bench.service.work_item(&bench.tenant, &made.id).await.unwrap().item;
        assert!(later.priority > made.priority, "{body}: {} after {}", later.priority, made.priority);
        bench.service.refresh_worklist(&bench.tenant).await.unwrap();
        let again = bench.service.work_item(&bench.tenant, &made.id).await.unwrap().item;
        assert_eq!(again.version, later.version, "{body}: a second refresh changes nothing");
    }
}

#[tokio::test]
async fn a_promise_is_nothing_to_do_until_its_day_has_passed() {
    let bench = reading_bench().await;
    let day = bench.service.today().plus_days(5);
    let body = format!("Hello, we will pay invoice INV-801 on {day}. Regards");
    let made = bench.submit("T-1", &body).await.unwrap().work_item.unwrap().item;
    assert_eq!((made.tier, made.due_on), (Tier::Low, Some(day)));
    for (days, tier) in [(5, Tier::Low), (1, Tier::High)] {
        bench.clock.pass_seconds(days * DAY_SECONDS);
        bench.service.refresh_worklist(&bench.tenant).await.unwrap();
        let item = bench.service.work_item(&bench.tenant, &made.id).await.unwrap().item;
        assert_eq!(item.tier, tier, "{} on {}", item.priority, bench.service.today());
    }
}

#[tokio::test]
async fn a_promise_made_anew_takes_the_place_of_the_one_before() {
    let bench = reading_bench().await;
    let mut ids = Vec::new();
    for (request_id, body) in [
        ("T-1", "Hello, we will pay invoice INV-801 on 2026-06-01. Regards"),
        ("T-2", "Hello, we will pay invoice INV-802 on 2026-06-01. Regards"),
        ("T-3", "Sorry, the transfer failed. We will pay invoice INV-801 on 2026-06-08. Regards"),
    ] {
        ids.push(bench.submit(request_id, body).await.unwrap().work_item.unwrap().item.id);
    }
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let mut states = Vec::new();
    for id in &ids {
        let item = bench.service.work_item(&bench.tenant, id).await.unwrap().item;
        states.push((item.state, result_of(&item)));
    }
    let open = (WorkItemState::Open, None);
    assert_eq!(states, [(WorkItemState::Completed, Some(CompletionResult::NotNeeded)), open, open]);
}

#[tokio::test]
async fn a_promise_about_an_unknown_invoice_shields_no_other() {
    let bench = reading_bench().await;
    let made = bench.submit("T-1", "Hello, we will pay invoice INV-999 on 2026-06-01. Regards").await.unwrap();
    assert_eq!(made.work_item.unwrap().item.stake, None);
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
    let account = bench.service.account(&bench.tenant, &query).await.unwrap();
    assert_eq!(account.position.parts.promised_minor, 0);
}

#[tokio::test]
async fn work_about_a_customer_at_court_is_not_handed_out() {
    let bench = reading_bench().await;
    let hold = Hold {
        id: HoldId::parse("H-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: Vec::new(),
        kind: HoldKind::Legal,
        from_on: bench.service.today(),
        until_on: None,
    };
    let bodies = ["We will pay INV-801 next week.", "INV-802 was billed twice, please cancel it."];
    let mut ids = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        ids.push(bench.submit(&format!("T-{index}"), body).await.unwrap().work_item.unwrap().item.id);
    }
    bench.ingest(vec![LedgerRecord::Hold(hold)]).await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    ids.push(bench.submit("T-9", "Could you send us a copy of INV-801?").await.unwrap().work_item.unwrap().item.id);
    for id in &ids {
        let item = bench.service.work_item(&bench.tenant, id).await.unwrap().item;
        assert_eq!(item.gate.as_deref(), Some("LEGAL_HOLD"), "{}", item.summary);
    }
    assert!(bench.claim("ann").await.is_none());
}

#[tokio::test]
async fn an_item_that_somebody_has_is_left_to_them() {
    let bench = reading_bench().await;
    let made = bench.submit("T-1", "Hello, we will pay everything on 2026-06-01. Regards").await.unwrap();
    let id = made.work_item.unwrap().item.id;
    let claimed = bench.claim("ann").await.unwrap();
    assert_eq!(claimed.item.item.id, id);
    let today = bench.service.today().to_string();
    bench.ingest(vec![payment("C-1", "P-1", &today, "INV-801", 8_000)]).await;
    bench.ingest(vec![payment("C-1", "P-2", &today, "INV-802", 5_000)]).await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let held = bench.service.work_item(&bench.tenant, &id).await.unwrap().item;
    assert_eq!((held.state, held.lease.map(|lease| lease.token)), (WorkItemState::Open, Some(claimed.lease_token)));
}

#[tokio::test]
async fn a_dispute_of_an_unknown_sender_rises_too() {
    let bench = reading_bench().await;
    let mut submitted = super::bench::submission("T-1", "INV-4711 was billed twice, we will not pay it.");
    submitted.message.customer_id = None;
    let made = bench.service.submit_message(&bench.tenant, submitted).await.unwrap().work_item.unwrap().item;
    bench.clock.pass_seconds(5 * DAY_SECONDS);
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let page = PageRequest::parse(0, "").unwrap();
    let items = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &page).await.unwrap().items;
    let later = items.iter().find(|item| item.item.id == made.id).unwrap();
    assert!(later.item.priority > made.priority);
    let kept = bench.service.list_messages(&bench.tenant, &MessageFilter::default(), &page).await.unwrap().items;
    assert_eq!(kept[0].work_item_id.as_ref(), Some(&made.id));
}

#[tokio::test]
async fn an_item_whose_money_came_while_somebody_had_it_is_not_handed_to_the_next() {
    let bench = reading_bench().await;
    let made = bench.submit("T-1", "Hello, we will pay everything in the next days. Regards").await.unwrap();
    let id = made.work_item.unwrap().item.id;
    assert_eq!(bench.claim("ann").await.unwrap().item.item.id, id);
    let today = bench.service.today().to_string();
    bench.ingest(vec![payment("C-1", "P-1", &today, "INV-801", 8_000)]).await;
    bench.ingest(vec![payment("C-1", "P-2", &today, "INV-802", 5_000)]).await;
    bench.clock.pass_seconds(901);
    assert!(bench.claim("bob").await.is_none());
    let item = bench.service.work_item(&bench.tenant, &id).await.unwrap().item;
    assert_eq!((result_of(&item), item.lease), (Some(CompletionResult::Settled), None));
}

/// Goal: the customer's latest word counts, in whatever order messages are taken in.
#[tokio::test]
async fn of_two_promises_the_one_received_later_stays() {
    let bench = reading_bench().await;
    let mut ids = Vec::new();
    for (request_id, body, days_ago) in [
        ("T-1", "Hello, we will pay invoice INV-801 on 2026-06-12. Regards", 0),
        ("T-2", "Hello, we will pay invoice INV-801 on 2026-06-01. Regards", 5),
    ] {
        let mut submitted = super::bench::submission(request_id, body);
        submitted.message.received_at = Some(bench.service.now().plus_seconds(-days_ago * DAY_SECONDS));
        let made = bench.service.submit_message(&bench.tenant, submitted).await.unwrap();
        ids.push(made.work_item.unwrap().item.id);
        bench.clock.pass_seconds(1);
    }
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let mut states = Vec::new();
    for id in &ids {
        states.push(bench.service.work_item(&bench.tenant, id).await.unwrap().item.state);
    }
    assert_eq!(states, [WorkItemState::Open, WorkItemState::Completed]);
}

#[tokio::test]
async fn an_invoice_at_court_counts_for_nothing_in_the_work_about_others() {
    let bench = reading_bench().await;
    let hold = Hold {
        id: HoldId::parse("H-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("INV-801").unwrap()],
        kind: HoldKind::Legal,
        from_on: bench.service.today(),
        until_on: None,
    };
    bench.ingest(vec![LedgerRecord::Hold(hold)]).await;
    let held = Some("LEGAL_HOLD");
    for (request_id, body, stake, gate) in [
        ("T-1", "Could you please send us a copy of invoice INV-801?", euros(0), held),
        ("T-2", "INV-801 was billed twice, please cancel it.", euros(0), held),
        ("T-3", "Could we please pay INV-801 and INV-802 in three monthly instalments?", euros(5_000), None),
        ("T-4", "INV-802 was billed twice, please cancel it.", euros(5_000), None),
    ] {
        let made = bench.submit(request_id, body).await.unwrap();
        let item = made.work_item.unwrap().item;
        assert_eq!((item.stake, item.gate.as_deref()), (Some(stake), gate), "{body}");
    }
}
