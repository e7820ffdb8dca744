//! `recourse backtest`: replays the past of a model and prints how good it would have been, beside simple rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::backtest_table::report_text;
use super::output::WrongUse;
use super::{GlobalArgs, output};
use crate::config::Config;
use crate::domain::ids::TenantId;
use crate::domain::time::{CivilDate, SystemClock};
use crate::features::portfolio::PeerGroup;
use crate::store::{AccountKey, AccountRecord, Store, open};
use crate::train::payment::backtest::{BacktestSpec, Prediction, backtest};
use crate::train::payment::replay::ReplayAccount;

/// Accounts read from the storage at a time.
const PAGE_COUNT: usize = 256;
/// Longest horizon, in days past due.
const HORIZON_DAYS_MAX: i32 = 365;
/// Most horizons in one run.
const HORIZON_COUNT_MAX: usize = 8;

/// What to replay.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(subcommand)]
    subject: BacktestSubject,
}

#[derive(Debug, Subcommand)]
enum BacktestSubject {
    /// Who will still not have paid: trained on what was known before a day, judged on invoices due from it on.
    Payment(PaymentArgs),
}

#[derive(Debug, Args)]
struct PaymentArgs {
    /// Folder with the database of the imported ledger; the configured one when absent.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// First due date that is judged, YYYY-MM-DD; training uses only what was known before it.
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Days past due on which the decision is taken.
    #[arg(long, default_value_t = 3, value_name = "DAYS", allow_negative_numbers = true)]
    decide_at: i32,
    /// Days past due at which it is asked whether the invoice is still unpaid.
    #[arg(long, default_value = "7,15,30", value_delimiter = ',', value_name = "DAYS")]
    horizons: Vec<i32>,
    /// Write every probability to this CSV file.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// The same seed and ledger give the same probabilities.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Runs the command.
///
/// # Errors
/// Wrong options, a ledger that cannot be read, or too little in it to learn from or to judge.
pub fn run(args: &BacktestArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    match &args.subject {
        BacktestSubject::Payment(args) => run_payment(args, global),
    }
}

fn run_payment(args: &PaymentArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let spec = spec_of(args)?;
    let accounts = read_accounts(args, global)?;
    let replays = replay_accounts(&accounts);
    eprintln!("{} accounts read; training on what was known before {}", accounts.len(), spec.from);
    let result = backtest(&replays, &spec)?;
    if let Some(path) = &args.predictions {
        write_predictions(path, &result.predictions).with_context(|| format!("`{}`", path.display()))?;
    }
    if global.json { output::print_json(&result.report) } else { output::print_text(&report_text(&result.report)) }
}

fn spec_of(args: &PaymentArgs) -> anyhow::Result<BacktestSpec> {
    let from = CivilDate::parse("from", &args.from).map_err(|violation| WrongUse(violation.to_string()))?;
    let mut horizons_days = args.horizons.clone();
    horizons_days.sort_unstable();
    horizons_days.dedup();
    let is_in_range = |days: &i32| *days > args.decide_at && *days <= HORIZON_DAYS_MAX;
    if horizons_days.is_empty() || horizons_days.len() > HORIZON_COUNT_MAX || !horizons_days.iter().all(is_in_range) {
        let expected = format!("1 to {HORIZON_COUNT_MAX} days after --decide-at, at most {HORIZON_DAYS_MAX}");
        return Err(WrongUse(format!("`horizons` is `{:?}`, expected {expected}", args.horizons)).into());
    }
    Ok(BacktestSpec { from, decide_at_days: args.decide_at, horizons_days, seed: args.seed })
}

fn read_accounts(args: &PaymentArgs, global: &GlobalArgs) -> anyhow::Result<Vec<AccountRecord>> {
    let mut config = Config::load(global.config.as_deref())?;
    if let Some(data_dir) = &args.data_dir {
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

fn write_predictions(path: &Path, predictions: &[Prediction]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["invoice_id", "as_of", "horizon_days", "probability", "unpaid", "amount"])?;
    for prediction in predictions {
        let unpaid = if prediction.is_unpaid { "1" } else { "0" };
        writer.write_record([
            prediction.invoice_id.as_str(),
            &prediction.as_of.to_string(),
            &prediction.horizon_days.to_string(),
            &format!("{:.6}", prediction.probability),
            unpaid,
            &prediction.amount.to_string(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}
