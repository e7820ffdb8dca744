//! The layer around every call: a bound on calls under way, a deadline, and details in every status.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::{Code, Status};

use super::status::{complete, edge_status};

/// Header in which a client sends its deadline.
const TIMEOUT_HEADER: &str = "grpc-timeout";
/// Longest deadline that a client may set: longer ones are cut.
const DEADLINE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Paths of the standard services, which must answer also when the server is busy.
const STANDARD_PREFIX: &str = "/grpc.";
/// Calls whose requests are streams: without a deadline of the client they take as long as they take.
const STREAMED_CALLS: [&str; 3] = [
    "/recourse.v1.LedgerService/IngestLedger",
    "/recourse.v1.MessageService/BatchScoreMessages",
    "/recourse.v1.AccountService/BatchScoreAccounts",
];

tokio::task_local! {
    /// The place of the call that is being answered among the calls under way.
    static PLACE: Arc<OwnedSemaphorePermit>;
}

/// The place of the call that is being answered; who goes on after the call keeps it meanwhile, so that its work still counts.
pub(super) fn place_of_call() -> Option<Arc<OwnedSemaphorePermit>> {
    PLACE.try_with(Arc::clone).ok()
}

/// The bounds of calls.
#[derive(Debug, Clone, Copy)]
pub struct CallBounds {
    /// Most calls under way, with writes that go on after their callers are gone.
    pub calls_max: usize,
    /// Longest time of a call whose client sets no deadline.
    pub deadline: Duration,
    /// Largest request, for the message that says so.
    pub request_bytes_max: usize,
}

/// Puts [`Calls`] around a service.
#[derive(Debug, Clone)]
pub struct CallLayer {
    bounds: CallBounds,
    places: Arc<Semaphore>,
}

impl CallLayer {
    /// A layer with these bounds, counted over all connections.
    pub fn new(bounds: CallBounds) -> Self {
        CallLayer { bounds, places: Arc::new(Semaphore::new(bounds.calls_max)) }
    }
}

impl<Inner> tower::Layer<Inner> for CallLayer {
    type Service = Calls<Inner>;

    fn layer(&self, inner: Inner) -> Calls<Inner> {
        Calls { inner, layer: self.clone() }
    }
}

/// A service with bounds.
#[derive(Debug, Clone)]
pub struct Calls<Inner> {
    inner: Inner,
    layer: CallLayer,
}

impl<Inner, RequestBody, ResponseBody> Service<http::Request<RequestBody>> for Calls<Inner>
where
    Inner: Service<http::Request<RequestBody>, Response = http::Response<ResponseBody>>,
    Inner::Future: Send + 'static,
    Inner::Error: Send,
    ResponseBody: Default + Send + 'static,
{
    type Response = http::Response<ResponseBody>;
    type Error = Inner::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        if request.uri().path().starts_with(STANDARD_PREFIX) {
            return Box::pin(self.inner.call(request));
        }
        let CallBounds { calls_max, deadline, request_bytes_max } = self.layer.bounds;
        let Ok(place) = Arc::clone(&self.layer.places).try_acquire_owned() else {
            let message = format!("the server works on {calls_max} calls, which is its bound; try again");
            let status = edge_status(Code::ResourceExhausted, "TOO_MANY_CALLS", message);
            return Box::pin(async move { Ok(status.into_http()) });
        };
        let timeout = match deadline_of(&request) {
            Ok(Some(timeout)) => timeout.min(DEADLINE_MAX),
            Ok(None) if STREAMED_CALLS.contains(&request.uri().path()) => DEADLINE_MAX,
            Ok(None) => deadline,
            Err(status) => return Box::pin(async move { Ok(status.into_http()) }),
        };
        let expires_at = Instant::now() + timeout;
        let answering = PLACE.scope(Arc::new(place), self.inner.call(request));
        Box::pin(async move {
            match tokio::time::timeout_at(expires_at, answering).await {
                Ok(Ok(response)) => Ok(with_details(response, request_bytes_max)),
                Ok(Err(error)) => Err(error),
                Err(_) => {
                    let message = format!("the call took longer than its {} ms", timeout.as_millis());
                    Ok(edge_status(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message).into_http())
                }
            }
        })
    }
}

/// The deadline that the client set.
fn deadline_of<Body>(request: &http::Request<Body>) -> Result<Option<Duration>, Status> {
    let Some(value) = request.headers().get(TIMEOUT_HEADER) else { return Ok(None) };
    let timeout = value.to_str().ok().and_then(read_timeout);
    timeout.map(Some).ok_or_else(|| {
        edge_status(Code::InvalidArgument, "MALFORMED_TIMEOUT", "the header grpc-timeout is no number with a unit")
    })
}

/// Reads up to eight digits and a unit, as gRPC writes timeouts.
fn read_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// Completes a status that the transport or the generated code made.
fn with_details<Body: Default>(response: http::Response<Body>, request_bytes_max: usize) -> http::Response<Body> {
    let headers = response.headers();
    if !headers.contains_key("grpc-status") || headers.contains_key("grpc-status-details-bin") {
        return response;
    }
    match Status::from_header_map(headers) {
        Some(status) if status.code() != Code::Ok => complete(&status, request_bytes_max).into_http(),
        Some(_) | None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(read_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read_timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        for text in ["", "m", "1", "1x", "-1S", "123456789S", "1é"] {
            assert_eq!(read_timeout(text), None, "{text}");
        }
    }
}
