//! The server: binds, serves until it is told to stop, then lets running calls finish.

use std::any::Any;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tonic::codegen::http;
use tonic::service::Routes;
use tonic::transport::Server;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::classify::GrpcErrorsAsFailures;
use tower_http::classify::SharedClassifier;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::config::{RetentionConfig, ServerConfig};
use crate::service::Service;
use crate::service::retention::Retention;

use super::batch::internal_status;
use super::calls::{CallBounds, CallLayer};
use super::edge::{Edge, Stopping};
use super::upkeep::Duty;
use super::{health, incoming, pb, upkeep};

/// Time after which a silent connection is asked whether it is still there.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// Time after which a connection that does not answer is closed.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest wait for the storage at the end.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);
/// Most calls at once on one connection.
const CALLS_PER_CONNECTION_MAX: u32 = 512;
/// Bytes that a call may send ahead of the server's reading; with a round trip of 10 ms that is still 6 MB a second.
const CALL_WINDOW_BYTES: u32 = 64 << 10;
/// Bytes that the calls of one connection may send ahead together: all that their own windows allow, so that calls which wait never
/// hold up the others. HTTP/2 frames of less than 256 bytes that wait to be read may fall short of that size by half of this in all
/// before the connection is closed as a flood; the smallest records come to 3 MB for a full window of one call.
const CONNECTION_WINDOW_BYTES: u32 = CALLS_PER_CONNECTION_MAX * CALL_WINDOW_BYTES;

/// Why the server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on `{address}`")]
    CannotListen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The descriptors of the protos cannot be read.
    #[error("cannot offer reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server stopped unexpectedly")]
    Transport(#[source] tonic::transport::Error),
}

/// Listens on an address; calls can come in from then on, and are answered once [`serve`] runs.
///
/// # Errors
/// [`ServeError::CannotListen`], which names the address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::CannotListen { address, source })
}

/// Serves until `shutdown` is ready; then takes no new connections, lets running calls finish for up to
/// `drain_seconds`, and returns.
///
/// # Errors
/// When the transport fails.
pub async fn serve(
    service: Arc<Service>,
    config: &ServerConfig,
    retention: &RetentionConfig,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let (stop, stopping) = Stopping::signal();
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let is_serving = health::look(&reporter, &service).await;
    let health = tokio::spawn(health::follow(reporter, Arc::clone(&service), is_serving, stopping.clone()));
    let edge = Edge::new(Arc::clone(&service), config.request_bytes_max, stopping.clone());
    let duty = Duty {
        service: Arc::clone(&service),
        changed: Arc::clone(&edge.changed_ledgers),
        retention: Retention { request_days: retention.request_days, score_days: retention.score_days },
        stopping: stopping.clone(),
    };
    let upkeep = tokio::spawn(upkeep::run(duty));
    let routes = routes(edge)?.add_service(health_service);

    let layers = ServiceBuilder::new()
        .layer(trace_layer())
        .layer(CallLayer::new(CallBounds {
            calls_max: config.calls_max,
            deadline: Duration::from_secs(config.deadline_seconds),
            request_bytes_max: config.request_bytes_max,
        }))
        .layer(CatchPanicLayer::custom(answer_panic))
        .into_inner();
    let mut draining = stopping.clone();
    let serving = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(CALLS_PER_CONNECTION_MAX)
        .initial_stream_window_size(CALL_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .layer(layers)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming::accept(listener, stopping), async move {
            draining.stopped().await;
        });
    tokio::pin!(serving);

    tokio::select! {
        ended = &mut serving => return ended.map_err(ServeError::Transport),
        () = shutdown => {}
    }
    tracing::info!(server.drain_seconds = config.drain_seconds, "stopping: running calls may finish");
    // The server ends with this function, so somebody listens.
    let _ = stop.send(true);
    let drained = tokio::time::timeout(Duration::from_secs(config.drain_seconds), &mut serving).await;
    health.abort();
    upkeep.abort();
    // It ends as it is told to.
    let _ = upkeep.await;
    give_back_turns(&service).await;
    match drained {
        Ok(ended) => ended.map_err(ServeError::Transport),
        Err(_) => {
            tracing::warn!("calls that were still running were cut off");
            Ok(())
        }
    }
}

/// Lets other replicas go on at once with what this one was at.
async fn give_back_turns(service: &Service) {
    let released = tokio::time::timeout(RELEASE_TIMEOUT, service.release_refreshes()).await;
    if !matches!(released, Ok(Ok(()))) {
        tracing::warn!("turns to refresh worklists were not given back; they run out by themselves");
    }
}

/// Every service of the protos, and reflection in both versions that clients ask for, with the types of error details.
fn routes(edge: Edge) -> Result<Routes, ServeError> {
    use pb::account_service_server::AccountServiceServer;
    use pb::dispute_service_server::DisputeServiceServer;
    use pb::ledger_service_server::LedgerServiceServer;
    use pb::message_service_server::MessageServiceServer;
    use pb::priority_service_server::PriorityServiceServer;
    use pb::report_service_server::ReportServiceServer;
    use pb::training_service_server::TrainingServiceServer;
    use pb::worklist_service_server::WorklistServiceServer;

    let bytes_max = edge.request_bytes_max;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(Routes::new(AccountServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(DisputeServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(LedgerServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(MessageServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(PriorityServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(ReportServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(TrainingServiceServer::new(edge.clone()).max_decoding_message_size(bytes_max))
        .add_service(WorklistServiceServer::new(edge).max_decoding_message_size(bytes_max))
        .add_service(reflection().build_v1().map_err(ServeError::Reflection)?)
        .add_service(reflection().build_v1alpha().map_err(ServeError::Reflection)?))
}

/// One span for each call with its path, never with headers or bodies. Failures are logged where their status is made.
#[expect(clippy::type_complexity, reason = "the layer's type is spelled out once, here")]
fn trace_layer() -> TraceLayer<
    SharedClassifier<GrpcErrorsAsFailures>,
    impl Fn(&http::Request<tonic::body::Body>) -> tracing::Span + Clone,
    (),
    DefaultOnResponse,
    (),
    (),
    (),
> {
    TraceLayer::new_for_grpc()
        .make_span_with(|request: &http::Request<tonic::body::Body>| {
            tracing::info_span!("call", rpc.path = request.uri().path())
        })
        .on_request(())
        .on_response(DefaultOnResponse::new().level(Level::DEBUG))
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// Answers a call whose handler panicked; the panic hook has reported where.
fn answer_panic(_: Box<dyn Any + Send>) -> http::Response<tonic::body::Body> {
    internal_status().into_http()
}
