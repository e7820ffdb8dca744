//! Connections as they come in, until the server stops; then the port is free at once for whoever comes next.

use std::io;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::edge::Stopping;

/// Most accepted connections that wait to be served.
const CONNECTIONS_WAITING_MAX: usize = 64;
/// Pause after a connection that could not be accepted, such as for want of file handles.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Accepts connections, without delay for small packets, and lets go of the listener when the server stops.
pub(super) fn accept(listener: TcpListener, mut stopping: Stopping) -> ReceiverStream<io::Result<TcpStream>> {
    let (sender, connections) = mpsc::channel(CONNECTIONS_WAITING_MAX);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopping.stopped() => return,
            };
            match accepted.and_then(|(connection, _)| connection.set_nodelay(true).map(|()| connection)) {
                Ok(connection) => {
                    if sender.send(Ok(connection)).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}
