//! A real server on a free port over a database file in a folder of its own, with real clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use recourse::config::{Config, ServerConfig};
use recourse::domain::strategy::Strategy;
use recourse::domain::time::{FixedClock, Instant, SharedClock};
use recourse::rpc::pb;
use recourse::rpc::server::{ServeError, listen, serve};
use recourse::service::models::archive::ModelArchive;
use recourse::service::{Service, ServiceParts};
use recourse::store;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use crate::service::models::by_rules;

/// The instant at which the clock of the tests stands.
pub const NOW: &str = "2026-03-16T08:00:00Z";
/// Longest wait for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How the server of a test is set up.
pub struct Builder {
    /// Settings of the server.
    pub server: ServerConfig,
    /// Its clock.
    pub clock: SharedClock,
}

impl Builder {
    /// Most calls at once.
    pub fn calls_max(mut self, calls_max: usize) -> Self {
        self.server.calls_max = calls_max;
        self
    }

    /// Deadline of calls without one.
    pub fn deadline_seconds(mut self, seconds: u64) -> Self {
        self.server.deadline_seconds = seconds;
        self
    }

    /// The use cases over a database.
    pub async fn service(url: &str, clock: SharedClock) -> Arc<Service> {
        let store = store::open(&url.to_owned().into(), 4, Arc::clone(&clock)).await.unwrap();
        Arc::new(Service::new(ServiceParts {
            store,
            clock,
            seed: rand::random(),
            strategy: Strategy::shipped(),
            models: by_rules(),
            archive: ModelArchive::in_memory(),
        }))
    }

    /// Starts the server.
    pub async fn start(self) -> TestService {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("recourse.db").display());
        let service = Builder::service(&url, self.clock).await;
        let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (config, retention) = (self.server, Config::load(None).unwrap().retention);
        let served = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            serve(service, &config, &retention, listener, shutdown).await
        });
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        TestService { channel, address, database_url: url, stop: Some(stop), served, _folder: folder }
    }
}

/// A server under test.
pub struct TestService {
    /// A connection to it.
    pub channel: Channel,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its database.
    pub database_url: String,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
    _folder: TempDir,
}

impl TestService {
    /// A server with the default settings and a clock that stands at [`NOW`].
    pub fn builder() -> Builder {
        let clock: SharedClock = Arc::new(FixedClock(Instant::parse("now", NOW).unwrap()));
        Builder { server: Config::load(None).unwrap().server, clock }
    }

    /// A server with the default settings.
    pub async fn start() -> Self {
        TestService::builder().start().await
    }

    /// Tells the server to stop.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).unwrap();
        }
    }

    /// Waits until the server has ended.
    pub async fn ended(self) -> Result<(), ServeError> {
        tokio::time::timeout(PATIENCE, self.served).await.unwrap().unwrap()
    }

    pub fn ledger(&self) -> pb::ledger_service_client::LedgerServiceClient<Channel> {
        pb::ledger_service_client::LedgerServiceClient::new(self.channel.clone())
    }

    pub fn messages(&self) -> pb::message_service_client::MessageServiceClient<Channel> {
        pb::message_service_client::MessageServiceClient::new(self.channel.clone())
    }

    pub fn disputes(&self) -> pb::dispute_service_client::DisputeServiceClient<Channel> {
        pb::dispute_service_client::DisputeServiceClient::new(self.channel.clone())
    }

    pub fn accounts(&self) -> pb::account_service_client::AccountServiceClient<Channel> {
        pb::account_service_client::AccountServiceClient::new(self.channel.clone())
    }

    pub fn worklist(&self) -> pb::worklist_service_client::WorklistServiceClient<Channel> {
        pb::worklist_service_client::WorklistServiceClient::new(self.channel.clone())
    }

    pub fn priorities(&self) -> pb::priority_service_client::PriorityServiceClient<Channel> {
        pb::priority_service_client::PriorityServiceClient::new(self.channel.clone())
    }

    pub fn training(&self) -> pb::training_service_client::TrainingServiceClient<Channel> {
        pb::training_service_client::TrainingServiceClient::new(self.channel.clone())
    }

    pub fn reports(&self) -> pb::report_service_client::ReportServiceClient<Channel> {
        pb::report_service_client::ReportServiceClient::new(self.channel.clone())
    }
}

/// The reason that a status gives.
pub fn reason_of(status: &Status) -> String {
    let info = status.get_details_error_info().unwrap_or_else(|| panic!("{status:?} names no reason"));
    assert_eq!(info.domain, "recourse.v1");
    info.reason
}

/// The fields that a status refuses.
pub fn fields_of(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
    let request = status.get_details_bad_request().unwrap();
    request.field_violations.into_iter().map(|violation| violation.field).collect()
}

/// Euros on the wire.
pub fn euros(units: i64) -> pb::Money {
    pb::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}
