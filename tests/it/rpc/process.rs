//! `recourse serve` as operators run it: what it acknowledged survives SIGKILL, and SIGTERM lets running calls finish.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use recourse::rpc::pb;
use recourse::rpc::pb::message_service_client::MessageServiceClient;
use tempfile::TempDir;
use tonic::transport::Channel;

use super::harness::PATIENCE;
use super::sample::{ledger, submission};

/// What the log says before the address that the server listens on, and before its name.
const ADDRESS_FIELD: &str = "\"server.address\":\"";
const REPLICA_FIELD: &str = "\"replica.id\":\"";
/// Senders at once, and messages acknowledged before the server is killed.
const SENDER_COUNT: usize = 8;
const ACKNOWLEDGED_MIN: usize = 200;

/// A server process, which is killed when the test lets go of it.
pub struct Process {
    child: Child,
    address: String,
    /// Its name among the servers of its database.
    replica_id: String,
    /// What it logged since it listens.
    log: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl Process {
    /// Starts `recourse serve` on a free port, which its log tells.
    pub fn start(url: &str) -> Self {
        Process::start_by(Command::new(env!("CARGO_BIN_EXE_recourse")), url)
    }

    /// Starts `recourse serve` by a command that ends with the program.
    pub fn start_by(mut command: Command, url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", url, "--data-dir"])
            .arg(folder.path())
            .env("RECOURSE_LOG_FORMAT", "json")
            .env("RECOURSE_LOG_FILTER", "info")
            .env("RECOURSE_SERVER_DRAIN_SECONDS", PATIENCE.as_secs().to_string())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = |line: &str, field: &str| {
            let (_, rest) = line.split_once(field)?;
            Some(rest.split('"').next()?.to_owned())
        };
        let mut told = lines.by_ref().map(Result::unwrap);
        let told = told.find_map(|line| Some((said(&line, ADDRESS_FIELD)?, said(&line, REPLICA_FIELD)?)));
        let (address, replica_id) = told.expect("the server ended without listening");
        // What the process logs later is read, so that it never waits for its reader.
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        Process { child, address, replica_id, log, _folder: folder }
    }

    /// What it logged since it listens.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    pub async fn connect(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub fn replica_id(&self) -> &str {
        &self.replica_id
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    async fn ended(&mut self) -> ExitStatus {
        let given_up_at = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < given_up_at, "the server did not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Submits messages until the server is gone; the requests that were acknowledged, with the ids they got.
async fn submit_until_gone(
    mut client: MessageServiceClient<Channel>,
    sender: usize,
    acknowledged: tokio::sync::mpsc::UnboundedSender<(pb::SubmitMessageRequest, String)>,
) {
    for index in 0.. {
        let request = submission(&format!("ticket-{sender}-{index}"), &format!("please send a copy of {index}"));
        let Ok(answer) = client.submit_message(request.clone()).await else { return };
        acknowledged.send((request, answer.into_inner().message_id)).unwrap();
    }
}

/// Kills a server while messages come in, starts another on its database, and asks for all that was acknowledged.
async fn nothing_acknowledged_is_lost(url: &str) {
    let mut process = Process::start(url);
    let channel = process.connect().await;
    let (sender, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let senders: Vec<_> = (0..SENDER_COUNT)
        .map(|index| tokio::spawn(submit_until_gone(MessageServiceClient::new(channel.clone()), index, sender.clone())))
        .collect();
    drop(sender);
    let mut known = Vec::new();
    while known.len() < ACKNOWLEDGED_MIN {
        known.push(tokio::time::timeout(PATIENCE, acknowledged.recv()).await.unwrap().unwrap());
    }
    process.kill();
    for sender in senders {
        sender.await.unwrap();
    }
    while let Some(late) = acknowledged.recv().await {
        known.push(late);
    }

    let process = Process::start(url);
    let mut client = MessageServiceClient::new(process.connect().await);
    for (request, message_id) in known {
        let stored = client.get_message(pb::GetMessageRequest { message_id: message_id.clone() }).await.unwrap();
        let body = stored.into_inner().message.unwrap().body;
        assert_eq!(body, request.message.clone().unwrap().body);
        let again = client.submit_message(request).await.unwrap().into_inner();
        assert_eq!(again.message_id, message_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_acknowledged_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    nothing_acknowledged_is_lost(&format!("sqlite:{}", folder.path().join("recourse.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn a_killed_server_loses_nothing_acknowledged_in_postgres() {
    use sqlx::{Connection as _, Executor as _, PgConnection};
    let server_url = std::env::var("RECOURSE_TEST_POSTGRES_URL").unwrap();
    let schema = "recourse_rpc_killed";
    let mut connection = PgConnection::connect(&server_url).await.unwrap();
    let prepared = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    connection.execute(sqlx::AssertSqlSafe(prepared)).await.unwrap();
    nothing_acknowledged_is_lost(&format!("{server_url}?options=-csearch_path%3D{schema}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_as_soon_as_it_serves_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(&format!("sqlite:{}", folder.path().join("recourse.db").display()));
    process.terminate();
    let status = process.ended().await;
    assert!(status.success(), "{status}\n{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_a_running_stream_finish_and_refuses_new_connections() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(&format!("sqlite:{}", folder.path().join("recourse.db").display()));
    let channel = process.connect().await;
    let mut client = pb::ledger_service_client::LedgerServiceClient::new(channel.clone());
    let (sender, records) = tokio::sync::mpsc::channel(1);
    let ingesting =
        tokio::spawn(async move { client.ingest_ledger(tokio_stream::wrappers::ReceiverStream::new(records)).await });
    let mut rest = ledger().into_iter().map(|record| pb::IngestLedgerRequest { record: Some(record) });
    for record in rest.by_ref().take(2) {
        sender.send(record).await.unwrap();
    }
    // A call on the same connection that was answered shows that the stream before it is open.
    let _ = MessageServiceClient::new(channel).get_message(pb::GetMessageRequest::default()).await;
    process.terminate();
    let given_up_at = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(&process.address).is_ok() {
        assert!(Instant::now() < given_up_at, "the server still takes connections");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for record in rest {
        if sender.send(record).await.is_err() {
            panic!("the stream was ended by the server: {:?}\n{}", ingesting.await.unwrap(), process.log());
        }
    }
    drop(sender);
    let summary = ingesting.await.unwrap().unwrap().into_inner();
    assert_eq!((summary.received_count, summary.inserted_count), (5, 5));
    assert!(process.ended().await.success());
}
