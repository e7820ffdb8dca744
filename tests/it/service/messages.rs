//! Messages become disputes and work items, exactly once.

use recourse::domain::dispute::Severity;
use recourse::domain::ids::MessageId;
use recourse::domain::message::MESSAGE_BYTES_MAX;
use recourse::domain::work_item::WorkItemKind;
use recourse::service::limits::PAGE_BYTES_MAX;
use recourse::service::message::SubmitMessage;
use recourse::service::page::PageRequest;
use recourse::service::{ErrorKind, MessageFilter, ServiceError, WorkItemFilter};

use super::bench::{Bench, message, submission};

fn first_page() -> PageRequest {
    PageRequest::parse(0, "").unwrap()
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_makes_nothing_new() {
    let bench = Bench::with_ledger().await;
    let first = bench.submit("T-1", "The price of R-2 is wrong").await.unwrap();
    bench.clock.pass_seconds(60);
    let again = bench.submit("T-1", "The price of R-2 is wrong").await.unwrap();
    assert_eq!(first, again);
    let messages = bench.service.list_messages(&bench.tenant, &MessageFilter::default(), &first_page()).await.unwrap();
    assert_eq!(messages.items.len(), 1);
}

#[tokio::test]
async fn a_known_request_id_with_other_content_is_refused() {
    let bench = Bench::with_ledger().await;
    bench.submit("T-1", "The price of R-2 is wrong").await.unwrap();
    let refused = bench.submit("T-1", "The price of R-1 is wrong").await.unwrap_err();
    assert!(matches!(refused, ServiceError::ContentConflict { resource: "request", .. }), "{refused:?}");
}

#[tokio::test]
async fn a_second_complaint_about_an_invoice_joins_its_open_dispute() {
    let bench = Bench::with_ledger().await;
    let first = bench.submit("T-1", "The price of R-2 is wrong").await.unwrap();
    let second = bench.submit("T-2", "The price of R-2 is wrong, our lawyer says").await.unwrap();
    let (opened, joined) = (first.dispute.unwrap(), second.dispute.unwrap());
    assert!(!first.joined_existing_dispute && second.joined_existing_dispute);
    assert_eq!(opened.dispute.id, joined.dispute.id);
    assert_eq!((joined.dispute.raised_count(), joined.dispute.severity), (2, Severity::Critical));
    assert_eq!(first.work_item.unwrap().item.id, second.work_item.clone().unwrap().item.id);
    let (before, after) = (opened.priority.unwrap().score.priority, joined.priority.unwrap().score.priority);
    assert!(after > before, "{after} is not above {before}");
    assert_eq!(second.work_item.unwrap().item.priority, after);
}

#[tokio::test]
async fn complaints_that_arrive_together_meet_in_one_dispute() {
    let bench = Bench::with_ledger().await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (service, tenant) = (bench.service.clone(), bench.tenant.clone());
        let submitted = submission(&format!("T-{number}"), "The price of R-2 is wrong");
        running.spawn(async move { service.submit_message(&tenant, submitted).await.unwrap() });
    }
    let submissions = running.join_all().await;
    let mut ids: Vec<_> = submissions.iter().map(|made| made.dispute.clone().unwrap().dispute.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let dispute = bench.service.dispute(&bench.tenant, &ids[0]).await.unwrap().dispute;
    assert_eq!((dispute.raised_count(), dispute.version), (20, 20));
}

#[tokio::test]
async fn every_intent_becomes_the_work_that_fits_it() {
    let bench = Bench::with_ledger().await;
    let expected = [
        ("The price of R-2 is wrong", WorkItemKind::Dispute),
        ("We will pay R-1 soon", WorkItemKind::PromiseFollowUp),
        ("We have paid R-1 yesterday", WorkItemKind::CashApplication),
        ("Can we pay R-1 in instalments?", WorkItemKind::PaymentPlan),
        ("Please send a copy of R-1", WorkItemKind::Query),
        ("Out of office until Monday", WorkItemKind::Review),
    ];
    for (index, (body, kind)) in expected.into_iter().enumerate() {
        let made = bench.submit(&format!("T-{index}"), body).await.unwrap();
        let item = made.work_item.unwrap();
        assert_eq!(item.item.kind, kind, "{body}");
        let priority = item.priority.unwrap().score;
        let sum: f64 = priority.reasons.iter().map(|reason| reason.points).sum();
        assert_eq!(sum, priority.priority, "{body}");
    }
    let filter = WorkItemFilter::default();
    let list = bench.service.list_work_items(&bench.tenant, &filter, &first_page()).await.unwrap().items;
    assert_eq!(list.len(), expected.len());
    assert_eq!(list.last().unwrap().item.kind, WorkItemKind::Review, "what wants nothing comes last");
}

#[tokio::test]
async fn a_dispute_of_an_unknown_sender_is_ranked_work_too() {
    let bench = Bench::with_ledger().await;
    let mut submitted = submission("T-1", "The price is wrong");
    submitted.message.customer_id = None;
    let made = bench.service.submit_message(&bench.tenant, submitted).await.unwrap();
    assert!(made.dispute.is_none());
    let item = made.work_item.unwrap();
    assert_eq!(item.item.kind, WorkItemKind::Dispute);
    assert!(item.item.priority > 0.0 && item.item.summary.contains("unknown sender"), "{:?}", item.item);
}

#[tokio::test]
async fn validate_only_answers_and_stores_nothing() {
    let bench = Bench::with_ledger().await;
    let mut submitted = submission("T-1", "The price of R-2 is wrong");
    submitted.validate_only = true;
    let made = bench.service.submit_message(&bench.tenant, submitted).await.unwrap();
    assert!(made.dispute.is_some());
    assert!(bench.service.message(&bench.tenant, &made.message_id).await.is_err());
    let list = bench.service.list_work_items(&bench.tenant, &WorkItemFilter::default(), &first_page()).await.unwrap();
    assert!(list.items.is_empty());
}

#[tokio::test]
async fn blank_and_oversized_messages_are_refused_with_every_violation() {
    let bench = Bench::with_ledger().await;
    let mut long = message(&"x".repeat(MESSAGE_BYTES_MAX + 1));
    long.subject = "s".repeat(1_001);
    let refused = bench.service.score_message(&bench.tenant, long).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["body", "subject"]);
    assert!(bench.service.score_message(&bench.tenant, message(" \n")).await.is_err());
    assert!(bench.service.score_message(&bench.tenant, message("🙏🙏🙏")).await.is_ok());
}

#[tokio::test]
async fn a_page_of_messages_ends_early_rather_than_grow_beyond_its_bytes() {
    const MESSAGE_COUNT: usize = 8;
    let bench = Bench::with_ledger().await;
    for index in 0..MESSAGE_COUNT {
        let body = format!("{index} {}", "please send a copy ".repeat(45_000));
        bench.submit(&format!("T-{index}"), &body).await.unwrap();
        bench.clock.pass_seconds(1);
    }
    let (mut sizes, mut seen, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = PageRequest::parse(100, &token).unwrap();
        let page = bench.service.list_messages(&bench.tenant, &MessageFilter::default(), &page).await.unwrap();
        let bytes: usize = page.items.iter().map(|message| message.body.len()).sum();
        assert!(bytes <= PAGE_BYTES_MAX, "{bytes}");
        sizes.push(page.items.len());
        seen.extend(page.items.into_iter().map(|message| message.body[..1].to_owned()));
        token = page.next_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [3, 3, 2]);
    assert_eq!(seen, ["7", "6", "5", "4", "3", "2", "1", "0"]);
    let small = PageRequest::parse(2, "").unwrap();
    let page = bench.service.list_messages(&bench.tenant, &MessageFilter::default(), &small).await.unwrap();
    assert_eq!(page.items.len(), 2);
}

/// Goal: under a new request id a known message is refused for what holds of it: its content may well be the same.
#[tokio::test]
async fn a_known_message_under_another_request_id_is_not_said_to_have_other_content() {
    let bench = Bench::with_ledger().await;
    let told = |request_id: &str, validate_only: bool| SubmitMessage {
        message_id: Some(MessageId::parse("M-1").unwrap()),
        validate_only,
        ..submission(request_id, "The price of R-2 is wrong")
    };
    bench.service.submit_message(&bench.tenant, told("T-1", false)).await.unwrap();
    bench.service.submit_message(&bench.tenant, told("T-1", false)).await.unwrap();
    for validate_only in [true, false] {
        let refused = bench.service.submit_message(&bench.tenant, told("T-2", validate_only)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.reason()), (ErrorKind::AlreadyExists, "CONTENT_CONFLICT"));
        let message = refused.to_string();
        assert!(message.starts_with("message `M-1` is known already"), "{message}");
        assert!(!message.contains("other content"), "{message}");
    }
}
