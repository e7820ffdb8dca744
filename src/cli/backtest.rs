//! `recourse backtest`: replays the past of a model and prints how good it would have been, beside simple rules.

mod payment;
mod payment_page;
mod payment_text;
mod worklist;
mod worklist_page;

use std::path::Path;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::GlobalArgs;
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::domain::time::SystemClock;
use crate::features::portfolio::PeerGroup;
use crate::store::{AccountKey, AccountRecord, Store, open};
use crate::train::payment::replay::ReplayAccount;

/// Accounts read from the storage at a time.
const PAGE_COUNT: usize = 256;

/// What to replay.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(subcommand)]
    subject: BacktestSubject,
}

#[derive(Debug, Subcommand)]
enum BacktestSubject {
    Payment(payment::PaymentArgs),
    Worklist(worklist::WorklistArgs),
}

/// Runs the command.
///
/// # Errors
/// Wrong options, a ledger that cannot be read, or too little in it to learn from or to judge.
pub fn run(args: &BacktestArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    match &args.subject {
        BacktestSubject::Payment(args) => payment::run(args, global),
        BacktestSubject::Worklist(args) => worklist::run(args, global),
    }
}

/// Every account in this folder's database, or in the configured one.
fn read_accounts(data_dir: Option<&Path>, global: &GlobalArgs) -> anyhow::Result<Vec<AccountRecord>> {
    let mut config = Config::load(global.config.as_deref())?;
    if let Some(data_dir) = data_dir {
        anyhow::ensure!(data_dir.is_dir(), "`{}` is not a folder; import a ledger first", data_dir.display());
        data_dir.clone_into(&mut config.data_dir);
        config.database.url = None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let url = config.database_url();
        let store = open(&url, config.database.connections_max, Arc::new(SystemClock)).await?;
        scan(store.as_ref()).await
    })
}

/// The accounts as the replay takes them.
pub fn replay_accounts(accounts: &[AccountRecord]) -> Vec<ReplayAccount<'_>> {
    let replayed = accounts.iter().map(|account| ReplayAccount {
        customer_id: &account.customer.id,
        peers: PeerGroup::of(&account.customer),
        currency: account.currency,
        events: &account.events,
    });
    replayed.collect()
}

/// Every account of the default tenant.
///
/// # Errors
/// When the storage fails.
pub async fn scan(store: &dyn Store) -> anyhow::Result<Vec<AccountRecord>> {
    let tenant = TenantId::default_tenant();
    let mut accounts: Vec<AccountRecord> = Vec::new();
    loop {
        let after = accounts
            .last()
            .map(|account| AccountKey { customer_id: account.customer.id.clone(), currency: account.currency });
        let page = store.scan_accounts(&tenant, after.as_ref(), PAGE_COUNT).await?;
        let is_last = page.len() < PAGE_COUNT;
        accounts.extend(page);
        if is_last {
            return Ok(accounts);
        }
    }
}
