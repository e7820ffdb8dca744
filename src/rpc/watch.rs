//! Streams that tell of changes until the client goes or the server stops.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::service::ServiceError;

use super::batch::Answers;
use super::edge::{Stopping, stopping_status};

/// Most changes that wait for a slow client.
const CHANGES_WAITING_MAX: usize = 64;

/// The next change of what is watched.
pub type NextChange<'a, Change> = Pin<Box<dyn Future<Output = Result<Option<Change>, ServiceError>> + Send + 'a>>;

/// Something that is watched.
pub trait Watched: Send + 'static {
    /// What it tells.
    type Change: Send + 'static;

    /// The next change; `None` when there will be no other.
    fn next(&mut self) -> NextChange<'_, Self::Change>;
}

/// Sends every change of `watched` on until there is none any more, the client goes, or the server stops.
pub fn tell_changes<W, Response>(
    mut watched: W,
    mut stopping: Stopping,
    permit: OwnedSemaphorePermit,
    to_pb: impl Fn(W::Change) -> Response + Send + 'static,
) -> Answers<Response>
where
    W: Watched,
    Response: Send + 'static,
{
    let (sender, changes) = mpsc::channel::<Result<Response, Status>>(CHANGES_WAITING_MAX);
    tokio::spawn(async move {
        loop {
            let told = tokio::select! {
                change = watched.next() => match change {
                    Ok(None) => break,
                    Ok(Some(change)) => Ok(to_pb(change)),
                    Err(error) => Err(error.into()),
                },
                () = stopping.stopped() => Err(stopping_status()),
                () = sender.closed() => break,
            };
            let is_last = told.is_err();
            if sender.send(told).await.is_err() || is_last {
                break;
            }
        }
        drop(permit);
    });
    ReceiverStream::new(changes)
}
