//! Throughput and latency of the server beside a bare tonic server that answers the same messages without work.
//!
//! Both run side by side in rounds, so that what else the machine does falls on both; ratios count, not the figures alone.
//! A name behind `--`, such as `SubmitMessage`, measures that call only.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up may stop")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use recourse::config::Config;
use recourse::domain::strategy::Strategy;
use recourse::domain::time::{SharedClock, SystemClock};
use recourse::rpc::pb;
use recourse::rpc::pb::message_service_client::MessageServiceClient;
use recourse::rpc::pb::message_service_server::{MessageService, MessageServiceServer};
use recourse::rpc::pb::priority_service_client::PriorityServiceClient;
use recourse::rpc::runtime::new_runtime;
use recourse::rpc::server::{listen, serve};
use recourse::service::models::archive::ModelArchive;
use recourse::service::models::shipped;
use recourse::service::{Service, ServiceParts};
use recourse::store;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};

/// Calls that are under way at once.
const CALLER_COUNT: usize = 64;
/// Connections that the callers share.
const CONNECTION_COUNT: usize = 4;
/// Rounds in which every kind of call is measured once.
const ROUND_COUNT: usize = 5;
/// How long a kind of call is measured in a round.
const ROUND: Duration = Duration::from_secs(2);
/// A dispute of about 200 characters behind the invoice number, which is another one in each message.
const BODY: &str = "you charge 12.40 EUR a box, but our frame agreement says 11.90. That is EUR 310.00 too much. \
                    Please send a credit note, the rest will be paid on time. Regards";

/// Answers every message with one prepared reading.
struct Echo(pb::ScoreMessageResponse);

#[tonic::async_trait]
impl MessageService for Echo {
    type BatchScoreMessagesStream = tokio_stream::Empty<Result<pb::BatchScoreMessagesResponse, Status>>;

    async fn score_message(
        &self,
        _: Request<pb::ScoreMessageRequest>,
    ) -> Result<Response<pb::ScoreMessageResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn batch_score_messages(
        &self,
        _: Request<Streaming<pb::BatchScoreMessagesRequest>>,
    ) -> Result<Response<Self::BatchScoreMessagesStream>, Status> {
        Err(Status::unimplemented("echo"))
    }

    async fn submit_message(
        &self,
        _: Request<pb::SubmitMessageRequest>,
    ) -> Result<Response<pb::SubmitMessageResponse>, Status> {
        Err(Status::unimplemented("echo"))
    }

    async fn get_message(&self, _: Request<pb::GetMessageRequest>) -> Result<Response<pb::GetMessageResponse>, Status> {
        Err(Status::unimplemented("echo"))
    }

    async fn list_messages(
        &self,
        _: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        Err(Status::unimplemented("echo"))
    }
}

fn message(number: usize) -> pb::ScoreMessageRequest {
    let body = format!("Good morning, on invoice INV-{} of 3 March {BODY}", 10_000 + number % 90_000);
    pb::ScoreMessageRequest { body, channel: pb::MessageChannel::Email.into(), ..Default::default() }
}

fn submission(number: usize) -> pb::SubmitMessageRequest {
    pb::SubmitMessageRequest {
        request_id: format!("bench-{number}"),
        message: Some(pb::ScoreMessageRequest { customer_id: format!("C-{}", number % 1_000), ..message(number) }),
        ..Default::default()
    }
}

/// Starts the server of Recourse over a new database file.
async fn start_recourse(folder: &std::path::Path) -> std::net::SocketAddr {
    let clock: SharedClock = Arc::new(SystemClock);
    let url = format!("sqlite:{}", folder.join("recourse.db").display());
    let service = Arc::new(Service::new(ServiceParts {
        store: store::open(&url.into(), 4, Arc::clone(&clock)).await.unwrap(),
        clock,
        seed: rand::random(),
        strategy: Strategy::shipped(),
        models: shipped::active_models().unwrap(),
        archive: ModelArchive::in_memory(),
    }));
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = Config::load(None).unwrap();
    tokio::spawn(
        async move { serve(service, &config.server, &config.retention, listener, std::future::pending()).await },
    );
    address
}

async fn start_echo(answer: pb::ScoreMessageResponse) -> std::net::SocketAddr {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let echo = MessageServiceServer::new(Echo(answer));
    tokio::spawn(Server::builder().add_service(echo).serve_with_incoming(incoming));
    address
}

async fn connections(address: std::net::SocketAddr) -> Vec<Channel> {
    let mut channels = Vec::new();
    for _ in 0..CONNECTION_COUNT {
        channels.push(Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap());
    }
    channels
}

/// What a kind of call came to.
#[derive(Default)]
struct Tally {
    call_count: usize,
    seconds: f64,
    latencies: Vec<Duration>,
}

impl Tally {
    fn per_second(&self) -> f64 {
        self.call_count as f64 / self.seconds
    }

    fn percentile(&mut self, share: f64) -> Duration {
        self.latencies.sort_unstable();
        let index = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(index.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Calls from [`CALLER_COUNT`] callers, each as often as the answers allow, and adds what happened to `tally`.
async fn measure<F, Fut>(tally: &mut Tally, channels: &[Channel], call: F)
where
    F: Fn(Channel, usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let first = tally.call_count;
    let callers: Vec<_> = (0..CALLER_COUNT)
        .map(|caller| {
            let (channel, call) = (channels[caller % channels.len()].clone(), call.clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while start.elapsed() < ROUND {
                    let sent = Instant::now();
                    call(channel.clone(), first + latencies.len() * CALLER_COUNT + caller).await;
                    latencies.push(sent.elapsed());
                }
                latencies
            })
        })
        .collect();
    for caller in callers {
        let latencies = caller.await.unwrap();
        tally.call_count += latencies.len();
        tally.latencies.extend(latencies);
    }
    tally.seconds += start.elapsed().as_secs_f64();
}

/// Calls `rate` times a second on average, at random moments, as many callers do who know nothing of each other, and adds what
/// happened to `tally`. A call takes from the moment at which it was due until its answer.
async fn measure_at_rate<F, Fut>(tally: &mut Tally, channels: &[Channel], rate: f64, call: F)
where
    F: Fn(Channel, usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let start = Instant::now();
    let (due_now, mut due) = tokio::sync::mpsc::unbounded_channel();
    // A thread of its own: the timer of the runtime counts whole milliseconds, and calls that are due in the same one would come
    // together.
    let clock = std::thread::spawn(move || {
        let mut next = start;
        while next < start + ROUND {
            next += Duration::from_secs_f64(-rand::random::<f64>().max(f64::MIN_POSITIVE).ln() / rate);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            due_now.send(next).unwrap();
        }
    });
    let mut calls = Vec::new();
    while let Some(moment) = due.recv().await {
        let number = tally.call_count + calls.len();
        let answer = call.clone()(channels[number % channels.len()].clone(), number);
        calls.push(tokio::spawn(async move {
            answer.await;
            moment.elapsed()
        }));
    }
    for call in calls {
        tally.latencies.push(call.await.unwrap());
        tally.call_count += 1;
    }
    tally.seconds += start.elapsed().as_secs_f64();
    clock.join().unwrap();
}

async fn score(channel: Channel, number: usize) {
    MessageServiceClient::new(channel).score_message(message(number)).await.unwrap();
}

async fn submit(channel: Channel, number: usize) {
    MessageServiceClient::new(channel).submit_message(submission(number)).await.unwrap();
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    new_runtime().unwrap().block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let ours = connections(start_recourse(folder.path()).await).await;
    println!("server start with the shipped models: {:.0?}", began.elapsed());
    let answer = MessageServiceClient::new(ours[0].clone()).score_message(message(0)).await.unwrap().into_inner();
    let echo = connections(start_echo(answer).await).await;
    let submitted = MessageServiceClient::new(ours[0].clone()).submit_message(submission(usize::MAX)).await.unwrap();
    let dispute_id = submitted.into_inner().dispute.unwrap().dispute_id;
    let subject = pb::priority_subject::Subject::DisputeId(dispute_id);
    let asked = pb::GetPriorityRequest {
        subject: Some(pb::PrioritySubject { subject: Some(subject), currency_code: String::new() }),
    };
    let look_up = move |channel: Channel, _: usize| {
        let asked = asked.clone();
        async move {
            PriorityServiceClient::new(channel).get_priority(asked).await.unwrap();
        }
    };

    let only = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let is_wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let [mut echoed, mut scored, mut looked_up, mut submitted] = [(); 4].map(|()| Tally::default());
    for _ in 0..ROUND_COUNT {
        if is_wanted("echo") {
            measure(&mut echoed, &echo, score).await;
        }
        if is_wanted("ScoreMessage") {
            measure(&mut scored, &ours, score).await;
        }
        if is_wanted("GetPriority") {
            measure(&mut looked_up, &ours, look_up.clone()).await;
        }
        if is_wanted("SubmitMessage") {
            measure(&mut submitted, &ours, submit).await;
        }
    }
    println!("{CALLER_COUNT} callers, {CONNECTION_COUNT} connections, client and server in one process:");
    let bare = echoed.per_second();
    for (name, tally) in [("echo", &mut echoed), ("ScoreMessage", &mut scored), ("GetPriority", &mut looked_up)] {
        let (rate, p99) = (tally.per_second(), tally.percentile(0.99));
        if tally.call_count > 0 {
            println!("{name:>14}: {rate:>8.0} calls/s, {:.2} of the echo, p99 {p99:.2?}", rate / bare);
        }
    }
    if submitted.call_count > 0 {
        let (rate, p99) = (submitted.per_second(), submitted.percentile(0.99));
        println!("{:>14}: {rate:>8.0} durable calls/s, p99 {p99:.2?}", "SubmitMessage");
    }
    if scored.call_count > 0 {
        let half = scored.per_second() / 2.0;
        for (name, channels) in [("ScoreMessage", &ours), ("echo", &echo)] {
            let mut half_load = Tally::default();
            for _ in 0..ROUND_COUNT {
                measure_at_rate(&mut half_load, channels, half, score).await;
            }
            let (p50, p99) = (half_load.percentile(0.5), half_load.percentile(0.99));
            println!("{name} at {:.0} calls/s, half of that: median {p50:.2?}, p99 {p99:.2?}", half_load.per_second());
        }
    }
}
