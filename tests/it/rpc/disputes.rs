//! Disputes: opened, changed and decided.

use recourse::rpc::pb;
use recourse::rpc::pb::ingest_ledger_request::Record;
use tonic::Code;
use tonic::transport::Channel;

use super::harness::{TestService, fields_of, reason_of};
use super::sample::{ingest, server_with_ledger};

fn opening(request_id: &str, invoice_id: &str) -> pb::OpenDisputeRequest {
    pb::OpenDisputeRequest {
        request_id: request_id.to_owned(),
        customer_id: "C-1".to_owned(),
        invoice_ids: vec![invoice_id.to_owned()],
        contested_item: "DAMAGED".to_owned(),
        severity: pb::Severity::Major.into(),
        contested_amount: None,
        opened_on: String::new(),
        queue: "claims".to_owned(),
    }
}

async fn open(server: &TestService, request_id: &str, invoice_id: &str) -> pb::Dispute {
    server.disputes().open_dispute(opening(request_id, invoice_id)).await.unwrap().into_inner().dispute.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_without_a_message_is_opened_once_and_shown_with_its_priority() {
    let server = server_with_ledger().await;
    let dispute = open(&server, "D-1", "R-2").await;
    assert_eq!(open(&server, "D-1", "R-2").await.dispute_id, dispute.dispute_id);
    let request = pb::GetDisputeRequest { dispute_id: dispute.dispute_id.clone() };
    let shown = server.disputes().get_dispute(request).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!((shown.status(), shown.severity()), (pb::DisputeStatus::New, pb::Severity::Major));
    assert!(!shown.crosswalk.unwrap().edifact_4465.is_empty());
    let priority = shown.priority.unwrap();
    assert!(!priority.score_id.is_empty());
    assert_eq!(priority.reasons.iter().map(|reason| reason.points).sum::<f64>(), priority.priority);
    let listed = pb::ListDisputesRequest { contested_item: "DAMAGED".to_owned(), ..pb::ListDisputesRequest::default() };
    let listed = server.disputes().list_disputes(listed).await.unwrap().into_inner();
    assert_eq!(listed.disputes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_of_a_dispute_are_named() {
    let server = server_with_ledger().await;
    let status = server.disputes().open_dispute(pb::OpenDisputeRequest::default()).await.unwrap_err();
    assert_eq!(fields_of(&status), ["request_id", "customer_id", "invoice_ids", "contested_item", "severity"]);
    let unknown = pb::OpenDisputeRequest { contested_item: "NO_SUCH_ITEM".to_owned(), ..opening("D-1", "R-1") };
    let status = server.disputes().open_dispute(unknown).await.unwrap_err();
    assert_eq!(fields_of(&status), ["contested_item"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_etag_is_aborted_and_an_illegal_status_is_a_failed_precondition() {
    let server = server_with_ledger().await;
    let dispute = open(&server, "D-1", "R-2").await;
    let change = pb::UpdateDisputeRequest {
        dispute_id: dispute.dispute_id.clone(),
        etag: dispute.etag.clone(),
        status: pb::DisputeStatus::InProgress.into(),
        assignee: Some("eva".to_owned()),
        ..pb::UpdateDisputeRequest::default()
    };
    let changed = server.disputes().update_dispute(change.clone()).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!((changed.status(), changed.assignee.as_str()), (pb::DisputeStatus::InProgress, "eva"));
    let status = server.disputes().update_dispute(change.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Aborted, "STALE_VERSION"));
    let back = pb::UpdateDisputeRequest { etag: changed.etag, status: pb::DisputeStatus::New.into(), ..change };
    let status = server.disputes().update_dispute(back).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_comes_before_another_known_one_or_is_refused_by_field() {
    let server = server_with_ledger().await;
    let (first, second) = (open(&server, "D-1", "R-2").await, open(&server, "D-2", "R-1").await);
    let before = |other: &str| pb::UpdateDisputeRequest {
        dispute_id: first.dispute_id.clone(),
        before_dispute_id: other.to_owned(),
        ..pb::UpdateDisputeRequest::default()
    };
    for other in [first.dispute_id.as_str(), "nobody-knows-it"] {
        let status = server.disputes().update_dispute(before(other)).await.unwrap_err();
        assert_eq!((status.code(), fields_of(&status)), (Code::InvalidArgument, vec!["before_dispute_id".to_owned()]));
    }
    server.disputes().update_dispute(before(&second.dispute_id)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_ends_the_dispute_and_takes_it_off_the_worklist() {
    let server = server_with_ledger().await;
    let dispute = open(&server, "D-1", "R-2").await;
    let decision = pb::ResolveDisputeRequest {
        dispute_id: dispute.dispute_id.clone(),
        etag: dispute.etag,
        resolution: pb::Resolution::PartialCredit.into(),
        credited_amount: None,
        resolved_on: String::new(),
    };
    let status = server.disputes().resolve_dispute(decision.clone()).await.unwrap_err();
    assert_eq!(fields_of(&status), ["credited_amount"]);
    let decision = pb::ResolveDisputeRequest { credited_amount: Some(super::harness::euros(100)), ..decision };
    let decided = server.disputes().resolve_dispute(decision).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!((decided.status(), decided.resolution()), (pb::DisputeStatus::Resolved, pb::Resolution::PartialCredit));
    assert_eq!((decided.resolved_on.as_str(), decided.priority), ("2026-03-16", None));
    let filter = pb::WorklistFilter { queue: "claims".to_owned(), ..pb::WorklistFilter::default() };
    let listed = pb::ListWorkItemsRequest { filter: Some(filter), ..pb::ListWorkItemsRequest::default() };
    let listed = server.worklist().list_work_items(listed).await.unwrap().into_inner();
    assert!(listed.work_items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mask_clears_the_contested_amount_and_leaves_what_it_does_not_name() {
    let server = server_with_ledger().await;
    let amount = Some(super::harness::euros(40));
    let request = pb::OpenDisputeRequest { contested_amount: amount.clone(), ..opening("D-1", "R-2") };
    let dispute = server.disputes().open_dispute(request).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(dispute.contested_amount, amount);
    let masked = |paths: &[&str]| pb::UpdateDisputeRequest {
        dispute_id: dispute.dispute_id.clone(),
        severity: pb::Severity::Minor.into(),
        update_mask: Some(prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
        ..pb::UpdateDisputeRequest::default()
    };
    let changed = server.disputes().update_dispute(masked(&["contested_amount"])).await.unwrap().into_inner();
    let changed = changed.dispute.unwrap();
    assert_eq!((changed.contested_amount, changed.severity), (None, pb::Severity::Major.into()));
    let changed = server.disputes().update_dispute(masked(&[])).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(changed.severity(), pb::Severity::Minor);
    let status = server.disputes().update_dispute(masked(&["severity", "status", "etag"])).await.unwrap_err();
    assert_eq!(fields_of(&status), ["update_mask.paths[2]", "status"]);
    let moved = pb::UpdateDisputeRequest { invoice_ids: vec!["R-1".to_owned()], ..masked(&["invoice_ids"]) };
    let moved = server.disputes().update_dispute(moved).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(moved.invoice_ids, ["R-1"]);
    let status = server.disputes().update_dispute(masked(&["invoice_ids"])).await.unwrap_err();
    assert_eq!(fields_of(&status), ["invoice_ids"]);
}

/// Goal: a client that takes headers of 8 KiB, as many do, is told what is wrong even where every byte of it must be escaped.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_many_long_foreign_ids_fits_into_the_headers_that_clients_take() {
    let server = TestService::start().await;
    let customer_id = "客".repeat(66);
    let customer = pb::Customer { customer_id: customer_id.clone(), ..pb::Customer::default() };
    assert_eq!(ingest(&server, vec![Record::Customer(customer)]).await.rejected_count, 0);
    let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    let channel = endpoint.http2_max_header_list_size(8 << 10).connect().await.unwrap();
    let mut disputes = pb::dispute_service_client::DisputeServiceClient::new(channel);
    let request = pb::OpenDisputeRequest {
        customer_id,
        invoice_ids: (0..60).map(|index| format!("{}{index}", "票".repeat(60))).collect(),
        ..opening("D-1", "R-1")
    };
    let fields = fields_of(&disputes.open_dispute(request).await.unwrap_err());
    assert_eq!(fields.first().map(String::as_str), Some("invoice_ids[0]"));
    assert_eq!(fields.last().map(String::as_str), Some(""), "the last one tells how many are left out");
}
