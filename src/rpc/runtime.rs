//! The runtime that commands run on, set for the server.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Tasks that a worker runs before it looks for new input. Reading a message takes a quarter of a millisecond, and behind tokio's
/// usual 61 tasks a short call would wait for many of them.
const EVENT_INTERVAL: u32 = 5;

/// A runtime with one worker a core.
///
/// # Errors
/// When the system grants no threads or no poll.
pub fn new_runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().event_interval(EVENT_INTERVAL).enable_all().build()
}
