//! Health follows the truth.

use recourse::rpc::pb;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tonic::transport::Channel;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::harness::{PATIENCE, TestService};

async fn status_of(client: &mut HealthClient<Channel>, service: &str) -> i32 {
    client.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap().into_inner().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_work_serves_under_every_name() {
    let server = TestService::start().await;
    let mut client = HealthClient::new(server.channel.clone());
    for name in ["", pb::message_service_server::SERVICE_NAME, pb::worklist_service_server::SERVICE_NAME] {
        assert_eq!(status_of(&mut client, name).await, ServingStatus::Serving as i32, "{name}");
    }
}

/// Takes the tables away under the running server and gives them back, which a watcher of the health must see.
#[tokio::test(flavor = "multi_thread")]
async fn health_turns_when_the_database_goes_away_and_back_when_it_returns() {
    let server = TestService::start().await;
    let mut client = HealthClient::new(server.channel.clone());
    let request = HealthCheckRequest { service: String::new() };
    let mut states = client.watch(request).await.unwrap().into_inner();
    let mut next = async || {
        let state = tokio::time::timeout(PATIENCE, states.message()).await.unwrap().unwrap().unwrap();
        state.status
    };
    assert_eq!(next().await, ServingStatus::Serving as i32);
    let mut database = SqliteConnection::connect(&server.database_url).await.unwrap();
    database.execute("ALTER TABLE tenant RENAME TO taken_away").await.unwrap();
    assert_eq!(next().await, ServingStatus::NotServing as i32);
    database.execute("ALTER TABLE taken_away RENAME TO tenant").await.unwrap();
    assert_eq!(next().await, ServingStatus::Serving as i32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_before_it_ends() {
    let mut server = TestService::start().await;
    let mut client = HealthClient::new(server.channel.clone());
    let request = HealthCheckRequest { service: String::new() };
    let mut states = client.watch(request).await.unwrap().into_inner();
    states.message().await.unwrap().unwrap();
    server.stop();
    let state = tokio::time::timeout(PATIENCE, states.message()).await.unwrap().unwrap().unwrap();
    assert_eq!(state.status, ServingStatus::NotServing as i32);
    server.ended().await.unwrap();
}
