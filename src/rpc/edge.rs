//! What every handler shares: the use cases, the bounds on streams and watches, and the signal that the server stops.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tonic::{Code, Request, Response, Status};
use tracing::Instrument as _;

use crate::domain::violation::Violation;
use crate::service::{Service, ServiceError};

use super::caller::Caller;
use super::calls::place_of_call;
use super::convert::fields::Fields;
use super::status::edge_status;
use super::upkeep::ChangedLedgers;

/// Most streams of requests that are open at once: ledgers that come in, and batches to be scored.
pub const STREAMS_MAX: usize = 256;
/// Most watches that are open at once. They stay open for as long as somebody looks, so they have places of their own.
pub const WATCHES_MAX: usize = 256;

/// What a handler answers.
pub type Answer<T> = Result<Response<T>, Status>;

/// The handlers of every service of the protos.
#[derive(Clone)]
pub struct Edge {
    pub(super) service: Arc<Service>,
    pub(super) request_bytes_max: usize,
    pub(super) changed_ledgers: Arc<ChangedLedgers>,
    streams: Arc<Semaphore>,
    watches: Arc<Semaphore>,
    stopping: Stopping,
}

impl Edge {
    /// Handlers over these use cases, which end their streams when `stopping` says so.
    pub fn new(service: Arc<Service>, request_bytes_max: usize, stopping: Stopping) -> Self {
        let [streams, watches] = [STREAMS_MAX, WATCHES_MAX].map(|places| Arc::new(Semaphore::new(places)));
        Edge { service, request_bytes_max, changed_ledgers: Arc::default(), streams, watches, stopping }
    }

    /// Carries a write to its end even when its caller does not wait for it: what is stored must reach watchers and the worklist. Until
    /// then it keeps the place of its call.
    pub(super) async fn carry_out<T, Work>(&self, work: impl FnOnce(Arc<Service>) -> Work) -> Result<T, Status>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        carry_to_the_end(work(Arc::clone(&self.service))).await
    }

    /// Carries a write to its end, and takes it back when its caller has gone meanwhile and will never hear of it.
    pub(super) async fn carry_out_or_undo<T, Work, Undo>(
        &self,
        work: impl FnOnce(Arc<Service>) -> Work,
        undo: impl FnOnce(Arc<Service>, T) -> Undo + Send + 'static,
    ) -> Result<T, Status>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, ServiceError>> + Send + 'static,
        Undo: Future<Output = ()> + Send,
    {
        let service = Arc::clone(&self.service);
        carry_out_or_undo(work(Arc::clone(&service)), |done| undo(service, done)).await
    }

    /// A place among the open streams of requests, to be kept as long as the stream is open.
    pub(super) fn admit_stream(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            let message = format!("the server has {STREAMS_MAX} streams open, which is its bound; try again");
            edge_status(Code::ResourceExhausted, "TOO_MANY_STREAMS", message)
        })
    }

    /// A place among the open watches, to be kept as long as somebody watches.
    pub(super) fn admit_watch(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.watches).try_acquire_owned().map_err(|_| {
            let message = format!("the server has {WATCHES_MAX} watches open, which is its bound; try again");
            edge_status(Code::ResourceExhausted, "TOO_MANY_WATCHES", message)
        })
    }

    /// The signal that the server stops.
    pub(super) fn stopping(&self) -> Stopping {
        self.stopping.clone()
    }
}

async fn carry_to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
) -> Result<T, Status> {
    let place = place_of_call();
    let carried = async move {
        let done = work.await;
        drop(place);
        done
    };
    match tokio::spawn(carried.in_current_span()).await {
        Ok(done) => Ok(done?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(stopping_status()),
        },
    }
}

/// Carries `work` to its end, and hands what it did to `undo` when nobody waits for it any more.
async fn carry_out_or_undo<T: Send + 'static, Undo: Future<Output = ()> + Send>(
    work: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
    undo: impl FnOnce(T) -> Undo + Send + 'static,
) -> Result<T, Status> {
    let (answer, answered) = oneshot::channel();
    let carried = carry_to_the_end(async move {
        if let Err(Ok(unheard)) = answer.send(work.await) {
            undo(unheard).await;
        }
        Ok(())
    });
    carried.await?;
    answered.await.map_err(|_| stopping_status())?.map_err(Status::from)
}

/// Tells streams without an end of their own that the server stops.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// The signal, with the sender that raises it by `true`.
    pub fn signal() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Stopping(receiver))
    }

    /// Returns when the server stops.
    pub async fn stopped(&mut self) {
        // A sender that went away means that nobody serves any more.
        let _ = self.0.wait_for(|stops| *stops).await;
    }
}

/// The status that ends a stream because the server stops.
pub(super) fn stopping_status() -> Status {
    edge_status(Code::Unavailable, "SERVER_STOPPING", "the server stops; connect again")
}

/// Takes a request apart into its caller and its message.
pub(super) fn accept<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(request.metadata())?;
    Ok((caller, request.into_inner()))
}

/// A text that is repeated to its sender, cut to `bytes_max` bytes at the end of a character.
pub(super) fn shortened(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}

/// Reads the one id that a request consists of.
pub(super) fn required_id<T>(
    field: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Result<T, Status> {
    let mut fields = Fields::of("");
    let id = fields.required(field, text, parse);
    Ok(fields.finish(|| id)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_write_goes_on_when_its_caller_is_gone() {
        let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
        let (done, is_done) = tokio::sync::oneshot::channel();
        let write = async move {
            may_go_on.await.unwrap();
            done.send("stored").unwrap();
            Ok(())
        };
        let mut call = Box::pin(carry_to_the_end(write));
        tokio::select! {
            biased;
            _ = &mut call => panic!("it cannot be done yet"),
            () = tokio::task::yield_now() => {}
        }
        drop(call);
        go_on.send(()).unwrap();
        assert_eq!(is_done.await.unwrap(), "stored");
    }
}
