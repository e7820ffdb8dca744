//! When to stop: at the first SIGTERM or SIGINT; a second one ends the process at once.

/// Exit code of a process that was told twice to stop, as shells give it for SIGINT.
const STOPPED_AT_ONCE: i32 = 130;

/// Returns at the first signal to stop. From then on a second signal ends the process without waiting for anything.
pub async fn signalled() {
    signal().await;
    tokio::spawn(async {
        signal().await;
        tracing::warn!("told twice to stop: ending at once");
        std::process::exit(STOPPED_AT_ONCE);
    });
}

/// The next SIGTERM or SIGINT.
#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::error!("SIGTERM cannot be waited for: {error}");
            wait_for_interrupt().await;
        }
    }
}

/// The next interrupt.
#[cfg(not(unix))]
async fn signal() {
    wait_for_interrupt().await;
}

async fn wait_for_interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!("SIGINT cannot be waited for: {error}");
        std::future::pending::<()>().await;
    }
}
