//! The worklist: listed, claimed under a lease, completed, snoozed, released and watched; and training runs.

use recourse::rpc::pb;
use tonic::Code;

use super::harness::{PATIENCE, TestService, fields_of, reason_of};
use super::sample::{server_with_ledger, submission};

async fn submit(server: &TestService, request_id: &str, body: &str) -> pb::WorkItem {
    let submitted = server.messages().submit_message(submission(request_id, body)).await.unwrap().into_inner();
    submitted.work_item.unwrap()
}

async fn listed(server: &TestService, kind: pb::WorkItemKind) -> Vec<String> {
    let filter = pb::WorklistFilter { kind: kind.into(), ..pb::WorklistFilter::default() };
    let request = pb::ListWorkItemsRequest { filter: Some(filter), ..pb::ListWorkItemsRequest::default() };
    let page = server.worklist().list_work_items(request).await.unwrap().into_inner();
    page.work_items.into_iter().map(|item| item.work_item_id).collect()
}

fn claim(user_id: &str, kind: pb::WorkItemKind) -> pb::ClaimNextWorkItemRequest {
    pb::ClaimNextWorkItemRequest {
        user_id: user_id.to_owned(),
        filter: Some(pb::WorklistFilter { kind: kind.into(), ..pb::WorklistFilter::default() }),
        ..pb::ClaimNextWorkItemRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_claimed_by_one_completed_and_gone() {
    let server = server_with_ledger().await;
    let item = submit(&server, "ticket-1", "the price on R-1 is wrong").await;
    assert_eq!(listed(&server, pb::WorkItemKind::Dispute).await, std::slice::from_ref(&item.work_item_id));
    let mut client = server.worklist();
    let claimed = client.claim_next_work_item(claim("eva", pb::WorkItemKind::Dispute)).await.unwrap().into_inner();
    let held = claimed.work_item.unwrap();
    assert_eq!((held.work_item_id.as_str(), held.lease_holder.as_str()), (item.work_item_id.as_str(), "eva"));
    let status = client.claim_next_work_item(claim("ben", pb::WorkItemKind::Dispute)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let completion = pb::CompleteWorkItemRequest {
        work_item_id: item.work_item_id.clone(),
        lease_token: "not the token".to_owned(),
        result: pb::CompletionResult::Settled.into(),
        note: String::new(),
        intent: pb::Intent::Unspecified.into(),
    };
    let status = client.complete_work_item(completion.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Aborted, "LEASE_LOST"));
    let completion = pb::CompleteWorkItemRequest { lease_token: claimed.lease_token, ..completion };
    let completed = client.complete_work_item(completion).await.unwrap().into_inner().work_item.unwrap();
    assert_eq!(completed.state(), pb::WorkItemState::Completed);
    assert!(listed(&server, pb::WorkItemKind::Dispute).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_intent_becomes_the_item_that_fits_it() {
    let server = server_with_ledger().await;
    for (request_id, body, kind) in [
        ("t-1", "we will pay on Friday", pb::WorkItemKind::PromiseFollowUp),
        ("t-2", "we have paid already", pb::WorkItemKind::CashApplication),
        ("t-3", "may we pay in instalments", pb::WorkItemKind::PaymentPlan),
        ("t-4", "please send a copy", pb::WorkItemKind::Query),
        ("t-5", "happy new year", pb::WorkItemKind::Review),
        ("t-6", "the goods of R-2 came damaged", pb::WorkItemKind::Dispute),
    ] {
        let item = submit(&server, request_id, body).await;
        assert_eq!(item.kind(), kind, "{body}");
        assert_eq!(listed(&server, kind).await, [item.work_item_id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_item_hides_and_a_released_one_can_be_claimed_at_once() {
    let server = server_with_ledger().await;
    let item = submit(&server, "ticket-1", "please send a copy").await;
    let mut client = server.worklist();
    let claimed = client.claim_next_work_item(claim("eva", pb::WorkItemKind::Query)).await.unwrap().into_inner();
    let release =
        pb::ReleaseWorkItemRequest { work_item_id: item.work_item_id.clone(), lease_token: claimed.lease_token };
    let released = client.release_work_item(release).await.unwrap().into_inner().work_item.unwrap();
    assert!(released.lease_holder.is_empty());
    let claimed = client.claim_next_work_item(claim("ben", pb::WorkItemKind::Query)).await.unwrap().into_inner();
    let snooze = |seconds| pb::SnoozeWorkItemRequest {
        work_item_id: item.work_item_id.clone(),
        lease_token: claimed.lease_token.clone(),
        until: Some(prost_types::Timestamp { seconds, nanos: 0 }),
    };
    // The clock stands at 2026-03-16T08:00:00Z.
    let status = client.snooze_work_item(snooze(1_773_600_000)).await.unwrap_err();
    assert_eq!(fields_of(&status), ["until"]);
    let snoozed = client.snooze_work_item(snooze(1_773_700_000)).await.unwrap().into_inner().work_item.unwrap();
    assert_eq!(snoozed.state(), pb::WorkItemState::Snoozed);
    assert!(listed(&server, pb::WorkItemKind::Query).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_filter_does_not_go_with_an_old_page_token() {
    let server = server_with_ledger().await;
    for index in 0..3 {
        submit(&server, &format!("ticket-{index}"), &format!("please send a copy of {index}")).await;
    }
    let first = pb::ListWorkItemsRequest { filter: None, page_size: 1, page_token: String::new() };
    let page = server.worklist().list_work_items(first).await.unwrap().into_inner();
    let filter = pb::WorklistFilter { kind: pb::WorkItemKind::Query.into(), ..pb::WorklistFilter::default() };
    let changed =
        pb::ListWorkItemsRequest { filter: Some(filter), page_size: 1, page_token: page.next_page_token.clone() };
    assert_eq!(fields_of(&server.worklist().list_work_items(changed).await.unwrap_err()), ["page_token"]);
    let next = pb::ListWorkItemsRequest { filter: None, page_size: 1, page_token: page.next_page_token };
    let next = server.worklist().list_work_items(next).await.unwrap().into_inner();
    assert_ne!(next.work_items[0].work_item_id, page.work_items[0].work_item_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_of_a_claim_are_named() {
    let server = TestService::start().await;
    let request = pb::ClaimNextWorkItemRequest {
        request_id: "Q".repeat(201),
        user_id: String::new(),
        filter: Some(pb::WorklistFilter {
            kind: 99,
            currency_code: "euro".to_owned(),
            ..pb::WorklistFilter::default()
        }),
        lease_seconds: 9,
    };
    let status = server.worklist().claim_next_work_item(request).await.unwrap_err();
    assert_eq!(fields_of(&status), ["request_id", "user_id", "filter.kind", "filter.currency_code", "lease_seconds"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_claim_names_what_was_asked_for() {
    let server = TestService::start().await;
    let filter = pb::WorklistFilter {
        kind: pb::WorkItemKind::Query.into(),
        queue: "claims".to_owned(),
        ..pb::WorklistFilter::default()
    };
    for (filter, words) in [(None, "`any`"), (Some(filter), "`kind=QUERY queue=claims`")] {
        let request = pb::ClaimNextWorkItemRequest { filter, ..claim("eva", pb::WorkItemKind::Unspecified) };
        let status = server.worklist().claim_next_work_item(request).await.unwrap_err();
        assert_eq!(status.message(), format!("work item to claim {words} not found"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_is_told_of_what_fits_its_filter() {
    let server = server_with_ledger().await;
    let filter = pb::WorklistFilter { kind: pb::WorkItemKind::Query.into(), ..pb::WorklistFilter::default() };
    let request = pb::WatchWorklistRequest { filter: Some(filter) };
    let mut changes = server.worklist().watch_worklist(request).await.unwrap().into_inner();
    submit(&server, "ticket-1", "happy new year").await;
    let item = submit(&server, "ticket-2", "please send a copy").await;
    let change = tokio::time::timeout(PATIENCE, changes.message()).await.unwrap().unwrap().unwrap();
    assert_eq!(change.work_item.unwrap().work_item_id, item.work_item_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_answers_for_what_is_not_there() {
    let server = TestService::start().await;
    let run = pb::GetTrainingRunRequest { training_run_id: "T-404".to_owned() };
    assert_eq!(server.training().get_training_run(run).await.unwrap_err().code(), Code::NotFound);
    let model = pb::PromoteModelRequest { model_id: "payment/9999".to_owned(), ..pb::PromoteModelRequest::default() };
    assert_eq!(server.training().promote_model(model).await.unwrap_err().code(), Code::NotFound);
    let start = pb::StartTrainingRunRequest { seed: -1, ..pb::StartTrainingRunRequest::default() };
    let status = server.training().start_training_run(start).await.unwrap_err();
    assert_eq!(fields_of(&status), ["request_id", "kind", "seed"]);
    server.training().list_models(pb::ListModelsRequest::default()).await.unwrap();
}
