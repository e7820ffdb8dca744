//! Streams of many small requests.

use std::sync::Arc;

use recourse::rpc::pb;
use tokio::sync::Notify;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;

use super::harness::{PATIENCE, TestService};
use super::sample::server_with_ledger;

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
