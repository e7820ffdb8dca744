//! What holds for every call: headers, bounds, deadlines, reasons.

use std::time::Duration;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use recourse::rpc::pb;
use recourse::rpc::server::{ServeError, listen};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::harness::{PATIENCE, TestService, fields_of, reason_of};
use super::sample::{message, submission};
use crate::service::models::PANIC_WORD;

/// Every call of the protos, by its path.
fn call_paths() -> Vec<String> {
    let descriptors = FileDescriptorSet::decode(pb::DESCRIPTOR_SET).unwrap();
    let mut paths = Vec::new();
    for file in descriptors.file.iter().filter(|file| file.package() == "recourse.v1") {
        for service in &file.service {
            for method in &service.method {
                paths.push(format!("/recourse.v1.{}/{}", service.name(), method.name()));
            }
        }
    }
    paths
}

/// Sends one empty message and returns the first answer.
async fn call_empty(server: &TestService, path: &str) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(path).unwrap();
    let request = Request::new(tokio_stream::once(()));
    let answers = client.streaming(request, path, ProstCodec::<(), ()>::default()).await?;
    // A stream that waits for changes has accepted the call.
    match tokio::time::timeout(Duration::from_millis(200), answers.into_inner().message()).await {
        Ok(Ok(_)) | Err(_) => Ok(()),
        Ok(Err(status)) => Err(status),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_protos_is_built_and_names_the_reason_of_a_refusal() {
    let server = TestService::start().await;
    let paths = call_paths();
    assert!(paths.len() >= 36, "{paths:?}");
    for path in paths {
        if let Err(status) = call_empty(&server, &path).await {
            assert_ne!(status.code(), Code::Unimplemented, "{path}");
            assert_ne!(status.code(), Code::Internal, "{path}: {status:?}");
            assert!(!reason_of(&status).is_empty(), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_call_is_refused_with_a_reason() {
    let server = TestService::start().await;
    let status = call_empty(&server, "/recourse.v1.MessageService/EraseMessage").await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unimplemented, "UNKNOWN_CALL"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_request_is_refused_as_such() {
    let server = TestService::start().await;
    let mut client = tonic::client::Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let mut request = Request::new(pb::GetDisputeRequest { dispute_id: "D-1".to_owned() });
    request.metadata_mut().insert("grpc-encoding", "gzip".parse().unwrap());
    let path = PathAndQuery::from_static("/recourse.v1.DisputeService/GetDispute");
    let status = client.unary(request, path, ProstCodec::<_, pb::GetDisputeResponse>::default()).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unimplemented, "COMPRESSED_REQUEST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_an_invalid_argument() {
    let server = TestService::start().await;
    let mut client = tonic::client::Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    // Field 1 of this message is a varint, where GetDispute expects a text.
    let wrong = pb::HorizonProbability { horizon_days: 7, probability: 0.5 };
    let path = PathAndQuery::from_static("/recourse.v1.DisputeService/GetDispute");
    let status =
        client.unary(Request::new(wrong), path, ProstCodec::<_, pb::GetDisputeResponse>::default()).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::InvalidArgument, "MALFORMED_REQUEST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_its_bound_names_the_field_and_a_request_over_its_bound_the_limit() {
    let server = TestService::start().await;
    let large = "x".repeat((1 << 20) + 1);
    let status = server.messages().score_message(message(&large)).await.unwrap_err();
    assert_eq!(fields_of(&status), ["body"]);
    let huge = "x".repeat(10_000_000);
    let status = server.messages().score_message(message(&huge)).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::ResourceExhausted, "REQUEST_TOO_LARGE"));
    assert!(status.message().contains("4194304"), "{}", status.message());
    server.messages().score_message(message("the price is wrong")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_only_its_own_and_an_unreadable_one_is_refused() {
    let server = super::sample::server_with_ledger().await;
    let ask = |tenant: &'static str| {
        let mut request = Request::new(pb::GetCustomerRequest { customer_id: "C-1".to_owned() });
        request.metadata_mut().insert("x-recourse-tenant", tenant.parse().unwrap());
        request
    };
    server.ledger().get_customer(ask("default")).await.unwrap();
    let status = server.ledger().get_customer(ask("other")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let status = server.ledger().get_customer(ask("")).await.unwrap_err();
    assert_eq!(fields_of(&status), ["x-recourse-tenant"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_time_ends_with_deadline_exceeded() {
    let server = TestService::builder().deadline_seconds(0).start().await;
    // A short text is read before the timer has looked at the clock once.
    let long = "the price is wrong ".repeat(50_000);
    let status = server.messages().score_message(message(&long)).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_at_its_bound_refuses_and_says_when_to_retry() {
    use tonic_types::StatusExt as _;
    let server = TestService::builder().calls_max(0).start().await;
    let status = server.messages().score_message(message("the price is wrong")).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::ResourceExhausted, "TOO_MANY_CALLS"));
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_call_and_not_the_server() {
    let server = TestService::start().await;
    let status = server.messages().score_message(message(PANIC_WORD)).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!status.message().contains("asked to panic"), "{}", status.message());
    server.messages().score_message(message("the price is wrong")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let server = TestService::start().await;
    let error = listen(server.address).await.unwrap_err();
    assert!(matches!(&error, ServeError::CannotListen { address, .. } if *address == server.address));
    assert_eq!(error.to_string(), format!("cannot listen on `{}`", server.address));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_open_watches_and_then_the_server() {
    let mut server = TestService::start().await;
    let request = pb::WatchWorklistRequest { filter: None };
    let mut changes = server.worklist().watch_worklist(request).await.unwrap().into_inner();
    server.stop();
    let told = tokio::time::timeout(PATIENCE, changes.message()).await.unwrap();
    let status = told.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unavailable, "SERVER_STOPPING"));
    server.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_never_ends_does_not_hold_up_a_stop() {
    let mut builder = TestService::builder();
    builder.server.drain_seconds = 0;
    let mut server = builder.start().await;
    let mut client = server.ledger();
    let (_sender, records) = tokio::sync::mpsc::channel(1);
    let records = tokio_stream::wrappers::ReceiverStream::new(records);
    let ingesting = tokio::spawn(async move { client.ingest_ledger(records).await });
    // A call on the same connection that was answered shows that the stream before it is open.
    server.messages().score_message(message("the price is wrong")).await.unwrap();
    server.stop();
    server.ended().await.unwrap();
    ingesting.abort();
}

/// Goal: clients with short deadlines that try again and again do not pile up writes beyond the bound of calls. A write goes on when its
/// caller is gone, and keeps its place until it is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_deadline_has_passed_keeps_its_place_until_it_is_done() {
    let server = TestService::builder().calls_max(1).start().await;
    let mut lock = SqliteConnection::connect(&server.database_url).await.unwrap();
    lock.execute("BEGIN IMMEDIATE").await.unwrap();
    let submit = async |request_id: &str| {
        let mut request = Request::new(submission(request_id, "please send a copy"));
        request.set_timeout(Duration::from_millis(500));
        server.messages().submit_message(request).await
    };
    submit("first").await.unwrap_err();
    let status = submit("second").await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::ResourceExhausted, "TOO_MANY_CALLS"));
    lock.execute("ROLLBACK").await.unwrap();
    let listed = async {
        loop {
            if let Ok(listed) = server.messages().list_messages(pb::ListMessagesRequest::default()).await {
                return listed.into_inner().messages.len();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, listed).await.unwrap(), 1, "the first one is stored in the end");
}
