//! Training runs over gRPC.

use std::time::Duration;

use recourse::rpc::pb;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tonic::Request;

use super::harness::{PATIENCE, TestService};

/// Longest wait of the impatient client.
const IMPATIENCE: Duration = Duration::from_millis(300);

fn start(request_id: &str) -> pb::StartTrainingRunRequest {
    let kind = pb::ModelKind::Payment.into();
    pb::StartTrainingRunRequest { request_id: request_id.to_owned(), kind, seed: 0 }
}

/// Waits for the only run to end.
async fn ended_run(server: &TestService) -> pb::TrainingRun {
    let looking = async {
        loop {
            let request = pb::ListTrainingRunsRequest::default();
            let runs = server.training().list_training_runs(request).await.unwrap().into_inner().training_runs;
            if let [run] = runs.as_slice()
                && run.ended_at.is_some()
            {
                return run.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("the run was stored and nobody carries it out")
}

/// Another process holds the lock of the database, so that the run is stored only after the client gave up.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stored_after_its_client_gave_up_is_carried_out() {
    let server = TestService::start().await;
    let mut lock = SqliteConnection::connect(&server.database_url).await.unwrap();
    lock.execute("BEGIN IMMEDIATE").await.unwrap();
    let mut request = Request::new(start("train-1"));
    request.set_timeout(IMPATIENCE);
    server.training().start_training_run(request).await.unwrap_err();
    tokio::time::sleep(IMPATIENCE).await;
    lock.execute("ROLLBACK").await.unwrap();
    let run = ended_run(&server).await;
    assert_eq!(run.state(), pb::TrainingRunState::Failed);
    assert!(run.message.contains("0 invoices for `payment`, but at least 200 are needed"), "{}", run.message);

    let again = server.training().start_training_run(start("train-1")).await.unwrap().into_inner();
    assert_eq!(again.training_run.unwrap().training_run_id, run.training_run_id, "the request is known");
    let next = server.training().start_training_run(start("train-2")).await.unwrap().into_inner();
    assert_eq!(next.training_run.unwrap().state(), pb::TrainingRunState::Queued, "the kind is free");
}
