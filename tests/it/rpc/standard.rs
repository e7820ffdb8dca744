//! Reflection, in both versions that clients ask for.

use recourse::rpc::pb;
use tonic_reflection::pb::{v1, v1alpha};

use super::harness::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_the_services_in_version_1() {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;

    let server = TestService::start().await;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(server.channel.clone());
    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(listed)) = answer.message_response else {
        panic!("{answer:?} is no list of services")
    };
    let names: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
    for name in [
        pb::ledger_service_server::SERVICE_NAME,
        pb::message_service_server::SERVICE_NAME,
        pb::worklist_service_server::SERVICE_NAME,
        "grpc.health.v1.Health",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_gives_the_file_of_a_call_in_version_1_alpha() {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;

    let server = TestService::start().await;
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(server.channel.clone());
    let symbol = "recourse.v1.MessageService.SubmitMessage".to_owned();
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(symbol)),
    };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::FileDescriptorResponse(file)) = answer.message_response else {
        panic!("{answer:?} is no file")
    };
    assert!(!file.file_descriptor_proto.is_empty());
}
