//! Streams of many small requests.

use std::sync::Arc;

use recourse::rpc::pb;
use tokio::sync::Notify;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic::transport::Channel;

use super::harness::{PATIENCE, TestService, reason_of};
use super::sample::{ingest, ledger, server_with_ledger};

/// Requests that are sent before the first answer is read: far more than the server answers unread.
const UNREAD_COUNT: usize = 4_000;
/// Answers that are read then.
const READ_COUNT: usize = 200;

/// A connection that takes few answers that nobody reads.
async fn small_connection(server: &TestService) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    endpoint.initial_stream_window_size(16 << 10).connect().await.unwrap()
}

/// Each request goes out in a frame of its own, and none is answered while the client does not read. The connection must hold.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_small_requests_may_wait_for_a_slow_reader() {
    let server = server_with_ledger().await;
    let mut accounts = pb::account_service_client::AccountServiceClient::new(small_connection(&server).await);
    let all_sent = Arc::new(Notify::new());
    let sent = Arc::clone(&all_sent);
    let requests = tokio_stream::iter(1..=UNREAD_COUNT).then(move |number| {
        let sent = Arc::clone(&sent);
        async move {
            tokio::task::yield_now().await;
            if number == UNREAD_COUNT {
                sent.notify_one();
            }
            pb::BatchScoreAccountsRequest { customer_id: "C-1".to_owned(), ..Default::default() }
        }
    });
    let mut answers = accounts.batch_score_accounts(requests).await.unwrap().into_inner();
    tokio::time::timeout(PATIENCE, all_sent.notified()).await.expect("the requests were not taken in");
    for number in 0..READ_COUNT {
        let answer = answers.message().await.unwrap_or_else(|status| panic!("answer {number}: {status:?}")).unwrap();
        assert_eq!(answer.status.unwrap().code, 0);
    }
}

/// Goal: whoever watches takes no place from those who bring ledgers or ask for many scores.
#[tokio::test(flavor = "multi_thread")]
async fn watches_up_to_their_bound_leave_room_for_ledgers_and_batches() {
    let server = TestService::start().await;
    let watch = || async { server.worklist().watch_worklist(pb::WatchWorklistRequest { filter: None }).await };
    let mut watches = Vec::new();
    let refusal = loop {
        match watch().await {
            Ok(changes) => watches.push(changes),
            Err(status) => break status,
        }
    };
    assert_eq!((refusal.code(), reason_of(&refusal).as_str()), (Code::ResourceExhausted, "TOO_MANY_WATCHES"));
    assert!(refusal.message().contains(&watches.len().to_string()), "{}", refusal.message());
    let summary = ingest(&server, ledger()).await;
    assert_eq!(summary.rejected_count, 0, "{summary:?}");
    let request = pb::BatchScoreAccountsRequest { customer_id: "C-1".to_owned(), ..Default::default() };
    let mut answers = server.accounts().batch_score_accounts(tokio_stream::once(request)).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().status.unwrap().code, 0);
}
