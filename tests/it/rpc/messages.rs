//! Messages: read, taken in once, and listed.

use std::fmt::Write as _;
use std::sync::Arc;

use prost::Message as _;
use recourse::domain::ids::{MessageId, TenantId};
use recourse::domain::time::{FixedClock, Instant};
use recourse::rpc::pb;
use recourse::store::{self, Change};
use tonic::{Code, Request};

use super::harness::{NOW, TestService, fields_of, reason_of};
use super::sample::{ingest, invoice, message, server_with_ledger, submission};

/// What clients take in one answer unless they are told otherwise.
const ANSWER_BYTES_MAX: usize = 4 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_read_without_storing_anything() {
    let server = server_with_ledger().await;
    let score = server.messages().score_message(message("the price on R-1 is wrong")).await.unwrap().into_inner();
    let reading = score.reading.unwrap();
    assert_eq!((reading.intent(), reading.severity()), (pb::Intent::Dispute, pb::Severity::Moderate));
    assert_eq!((reading.contested_item.as_str(), reading.matched_invoice_ids), ("PRICING", vec!["R-1".to_owned()]));
    let priority = score.priority.unwrap();
    assert!(priority.score_id.is_empty());
    let sum: f64 = priority.reasons.iter().map(|reason| reason.points).sum();
    assert_eq!(sum, priority.priority);
    assert!(priority.reasons.iter().all(|reason| !reason.sentence.is_empty()));
    let listed = server.messages().list_messages(pb::ListMessagesRequest::default()).await.unwrap().into_inner();
    assert!(listed.messages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_message_is_named_at_once() {
    let server = TestService::start().await;
    let request = pb::SubmitMessageRequest {
        message: Some(pb::ScoreMessageRequest {
            received_at: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }),
            channel: 9,
            ..pb::ScoreMessageRequest::default()
        }),
        queue: "a\nb".to_owned(),
        ..pb::SubmitMessageRequest::default()
    };
    let status = server.messages().submit_message(request).await.unwrap_err();
    assert_eq!(fields_of(&status), ["request_id", "message.body", "message.received_at", "message.channel", "queue"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_blank_or_oversized_message_is_refused_by_field_value_and_bound_and_leaves_nothing() {
    use tonic_types::StatusExt as _;
    let server = TestService::start().await;
    let long = "x".repeat((1 << 20) + 1);
    for (request_id, body, expected) in
        [("empty", "", "at least 1 byte"), ("blank", " \n\t", "blank"), ("long", long.as_str(), "1048576 bytes")]
    {
        let status = server.messages().submit_message(submission(request_id, body)).await.unwrap_err();
        assert_eq!((status.code(), reason_of(&status).as_str()), (Code::InvalidArgument, "INVALID_ARGUMENT"));
        assert_eq!(fields_of(&status), ["message.body"], "{request_id}");
        let told = status.get_details_bad_request().unwrap().field_violations.remove(0).description;
        assert!(told.contains(expected), "{request_id}: {told}");
    }
    let huge = submission("huge", &"x".repeat(10_000_000));
    let status = server.messages().submit_message(huge).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::ResourceExhausted, "REQUEST_TOO_LARGE"));
    let listed = server.messages().list_messages(pb::ListMessagesRequest::default()).await.unwrap().into_inner();
    assert!(listed.messages.is_empty());
    server.messages().submit_message(submission("empty", "please send a copy")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_only_emoji_becomes_an_item_to_review() {
    let server = TestService::start().await;
    let request = pb::SubmitMessageRequest {
        message: Some(pb::ScoreMessageRequest {
            body: "🤷🤷🤷".to_owned(), ..pb::ScoreMessageRequest::default()
        }),
        ..submission("emoji", "")
    };
    let submitted = server.messages().submit_message(request).await.unwrap().into_inner();
    assert!(submitted.dispute.is_none());
    assert_eq!(submitted.work_item.unwrap().kind(), pb::WorkItemKind::Review);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_opens_once_and_a_second_message_joins_it() {
    let server = server_with_ledger().await;
    let mut client = server.messages();
    let request = submission("ticket-1", "the price on R-1 is wrong");
    let first = client.submit_message(request.clone()).await.unwrap().into_inner();
    assert!(!first.joined_existing_dispute);
    let again = client.submit_message(request).await.unwrap().into_inner();
    assert_eq!(again.message_id, first.message_id);
    assert_eq!(again.dispute.as_ref().unwrap().dispute_id, first.dispute.as_ref().unwrap().dispute_id);
    let second = submission("ticket-2", "still the wrong price on R-1, my lawyer will call");
    let second = client.submit_message(second).await.unwrap().into_inner();
    assert!(second.joined_existing_dispute);
    let dispute = second.dispute.unwrap();
    assert_eq!(dispute.dispute_id, first.dispute.unwrap().dispute_id);
    assert_eq!(dispute.raised_count, 2);
    let filter = pb::ListMessagesRequest { dispute_id: dispute.dispute_id, ..pb::ListMessagesRequest::default() };
    let listed = client.list_messages(filter).await.unwrap().into_inner();
    assert_eq!(listed.messages.len(), 2);
    let stored = pb::GetMessageRequest { message_id: first.message_id };
    let stored = client.get_message(stored).await.unwrap().into_inner().message.unwrap();
    assert_eq!(stored.body, "the price on R-1 is wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_with_other_content_is_refused() {
    let server = server_with_ledger().await;
    let mut client = server.messages();
    client.submit_message(submission("ticket-1", "the price on R-1 is wrong")).await.unwrap();
    let status = client.submit_message(submission("ticket-1", "something else")).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::AlreadyExists, "CONTENT_CONFLICT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_only_stores_nothing() {
    let server = server_with_ledger().await;
    let request =
        pb::SubmitMessageRequest { validate_only: true, ..submission("ticket-1", "the price on R-1 is wrong") };
    let checked = server.messages().submit_message(request).await.unwrap().into_inner();
    assert_eq!(checked.reading.unwrap().intent(), pb::Intent::Dispute);
    let listed = server.worklist().list_work_items(pb::ListWorkItemsRequest::default()).await.unwrap().into_inner();
    assert!(listed.work_items.iter().all(|item| item.dispute_id.is_empty()), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_message_is_not_found_and_named() {
    use tonic_types::StatusExt as _;
    let server = TestService::start().await;
    let request = pb::GetMessageRequest { message_id: "M-404".to_owned() };
    let status = server.messages().get_message(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_details_resource_info().unwrap().resource_name, "M-404");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_messages_is_answered_in_order_each_with_its_status() {
    let server = server_with_ledger().await;
    let requests: Vec<_> = (0..500)
        .map(|index| {
            let body = if index % 7 == 3 { String::new() } else { format!("the price of item {index} is wrong") };
            pb::BatchScoreMessagesRequest { key: format!("key-{index}"), message: Some(message(&body)) }
        })
        .collect();
    let mut answers = server.messages().batch_score_messages(tokio_stream::iter(requests)).await.unwrap().into_inner();
    for index in 0..500 {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.key, format!("key-{index}"));
        let status = answer.status.unwrap();
        if index % 7 == 3 {
            assert_eq!((status.code, status.violations[0].field.as_str()), (3, "message.body"));
            assert!(answer.result.is_none());
        } else {
            assert_eq!(status.code, 0, "{status:?}");
            assert_eq!(answer.result.unwrap().reading.unwrap().intent(), pb::Intent::Dispute);
        }
    }
    assert!(answers.message().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_ends_its_stream_after_the_answers_before_it() {
    let server = TestService::start().await;
    let request = |body: &str| pb::BatchScoreMessagesRequest { key: String::new(), message: Some(message(body)) };
    let requests = vec![request("the price is wrong"), request(&"x".repeat(5_000_000))];
    let mut answers = server.messages().batch_score_messages(tokio_stream::iter(requests)).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().status.unwrap().code, 0);
    let status = answers.message().await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::ResourceExhausted, "REQUEST_TOO_LARGE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sentences_come_in_the_language_of_the_caller() {
    let server = server_with_ledger().await;
    let mut sentences = Vec::new();
    for language in ["en", "fr-CH, fr;q=0.9", "de", "es"] {
        let mut request = Request::new(message("the price on R-1 is wrong"));
        request.metadata_mut().insert("accept-language", language.parse().unwrap());
        let score = server.messages().score_message(request).await.unwrap().into_inner();
        let reasons = score.priority.unwrap().reasons;
        sentences.push(reasons.into_iter().map(|reason| reason.sentence).collect::<Vec<_>>());
    }
    for (index, own) in sentences.iter().enumerate() {
        assert!(sentences.iter().skip(index + 1).all(|other| other != own), "{sentences:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_with_a_changed_filter_is_refused() {
    let server = server_with_ledger().await;
    let mut client = server.messages();
    for index in 0..3 {
        client.submit_message(submission(&format!("ticket-{index}"), "the price on R-1 is wrong")).await.unwrap();
    }
    let first = pb::ListMessagesRequest { page_size: 2, ..pb::ListMessagesRequest::default() };
    let page = client.list_messages(first).await.unwrap().into_inner();
    assert_eq!(page.messages.len(), 2);
    let next = pb::ListMessagesRequest {
        page_size: 2,
        page_token: page.next_page_token.clone(),
        ..pb::ListMessagesRequest::default()
    };
    let rest = client.list_messages(next.clone()).await.unwrap().into_inner();
    assert_eq!((rest.messages.len(), rest.next_page_token.as_str()), (1, ""));
    let changed = pb::ListMessagesRequest { customer_id: "C-1".to_owned(), ..next };
    assert_eq!(fields_of(&client.list_messages(changed).await.unwrap_err()), ["page_token"]);
    let forged = pb::ListMessagesRequest { page_token: "forged".to_owned(), ..pb::ListMessagesRequest::default() };
    assert_eq!(fields_of(&client.list_messages(forged).await.unwrap_err()), ["page_token"]);
    let beyond = pb::ListMessagesRequest { page_size: 1_001, ..pb::ListMessagesRequest::default() };
    assert_eq!(fields_of(&client.list_messages(beyond).await.unwrap_err()), ["page_size"]);
}

/// Goal: what was understood of messages counts in a page too. A mail that lists two hundred invoices is read once and stored many times.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_mails_that_list_hundreds_of_invoices_fits_into_an_answer() {
    let server = TestService::start().await;
    let numbers: Vec<String> = (0..200).map(|index| format!("RE-2026-{:05}", 10_000 + index)).collect();
    ingest(&server, numbers.iter().map(|number| invoice(number, "2026-01-05", "2026-02-04", 100)).collect()).await;
    let body = numbers.iter().fold("The prices are wrong on".to_owned(), |mut body, number| {
        let _ = write!(body, " {number},");
        body
    });
    let first = server.messages().submit_message(submission("mail", &body)).await.unwrap().into_inner();
    let reading = first.reading.unwrap();
    assert_eq!((reading.invoices.len(), reading.matched_invoice_ids.len()), (200, 200));

    let clock = Arc::new(FixedClock(Instant::parse("now", NOW).unwrap()));
    let stored = store::open(&server.database_url.clone().into(), 2, clock).await.unwrap();
    let tenant = TenantId::default_tenant();
    let mail = stored.message(&tenant, &MessageId::parse(&first.message_id).unwrap()).await.unwrap().unwrap();
    let copy = |index: usize| recourse::domain::message::Message {
        id: MessageId::parse(&format!("M-{index}")).unwrap(),
        ..mail.clone()
    };
    stored.commit(&tenant, (1..700).map(|index| Change::InsertMessage(copy(index))).collect()).await.unwrap();

    let mut request = pb::ListMessagesRequest { page_size: 1_000, ..pb::ListMessagesRequest::default() };
    let (mut page_count, mut listed_count) = (0, 0);
    loop {
        let page = server.messages().list_messages(request.clone()).await.unwrap().into_inner();
        assert!(page.encoded_len() < ANSWER_BYTES_MAX, "a page of {} bytes", page.encoded_len());
        page_count += 1;
        listed_count += page.messages.len();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed_count, 700);
    assert!(page_count > 1, "a page ends when it is full");
}
