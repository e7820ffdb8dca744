//! `recourse serve`: the gRPC server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::GlobalArgs;
use super::open::{DataArgs, DatabaseArgs, LedgerArgs, block_on};
use crate::domain::ids::TenantId;
use crate::{rpc, telemetry};

/// Exit code of a process that a second signal ends at once.
const INTERRUPTED: i32 = 130;

/// Serve disputes, accounts and the worklist over gRPC.
///
/// Every tenant is served; a client names its own in the metadata of each call.
///
/// Ends on SIGTERM or Ctrl-C: health turns to NOT_SERVING, running calls finish, then the process exits with 0. A second
/// signal ends it at once; nothing that was acknowledged is lost either way.
///
/// Of several servers on one database, one at a time brings a tenant's worklist in line. When it is killed meanwhile, another does it within
/// twenty seconds; the same server, started again, waits as long for that, and answers calls at once. One that is stopped by a signal
/// leaves nothing to wait for.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Strategy file to rank by and to tell the day by; `recourse config strategy` prints the default one.
    #[arg(long, value_name = "FILE")]
    strategy: Option<PathBuf>,
    /// Address and port to listen on; default from the settings, 127.0.0.1:50051.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened, the address is taken, or the transport fails.
pub fn run(args: &ServeArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let ledger = LedgerArgs { database: args.database.clone(), tenant: TenantId::default_tenant() };
    let data = DataArgs { ledger, strategy: args.strategy.clone() };
    let mut config = data.config(global)?;
    config.server.listen = args.listen.unwrap_or(config.server.listen);
    telemetry::start(&config.log)?;
    block_on(async {
        let listener = rpc::server::listen(config.server.listen).await?;
        let (service, _) = data.open(global).await?;
        let address = listener.local_addr().context("the address of the listener is unknown")?;
        let stopped = stop_signal();
        tracing::info!(server.address = %address, replica.id = service.replica_id(), "serving");
        rpc::server::serve(Arc::clone(&service), &config.server, &config.retention, listener, stopped).await?;
        service.settle().await?;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Listens for signals from now on, and is ready at the first SIGTERM or SIGINT; the second one ends the process at once.
///
/// To be called within the runtime, before anybody is told that the server serves: a signal that nobody listens for ends the process
/// with its calls.
pub fn stop_signal() -> impl Future<Output = ()> + Send {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(INTERRUPTED);
        });
    }
}
