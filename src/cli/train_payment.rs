//! `recourse train payment`: a payment model from a ledger, or the shipped one from a simulated company.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::backtest::replay_accounts;
use super::open::{LedgerArgs, block_on, scan_accounts};
use super::progress::Progress;
use super::{GlobalArgs, output};
use crate::domain::ids::TenantId;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::{CivilDate, Clock as _, SystemClock};
use crate::domain::time_zone::TimeZone;
use crate::ledger::simulate::{SimulationSpec, simulate};
use crate::model::payment::golden::golden_text;
use crate::service::ledger::IngestSession;
use crate::store::{AccountRecord, open};
use crate::train::payment::run::{LedgerOrigin, judge_later, train_with_card};
use crate::train::payment::train::known_through;

/// What the shipped model is made from.
const SHIPPED_SPEC: &str = include_str!("../../training/payment.toml");

/// The simulated company that the shipped model is trained on.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedSpec {
    customers: u32,
    months: u32,
    seed: u64,
    as_of: CivilDate,
}

/// Train a payment model on a ledger: who will still not have paid after 7, 15, 30, 60 and 90 days.
///
/// The card has figures of the same kind of model, trained on what was known before the latest fifth of the invoices that were 15 days past
/// due by the last payment, and judged on those and later ones 3 days past due.
#[derive(Debug, Args)]
pub struct TrainPaymentArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Train on the simulated company that the shipped model comes from, as `training/payment.toml` describes it.
    #[arg(long, conflicts_with_all = ["data_dir", "database_url", "tenant"])]
    simulated: bool,
    /// Folder for the model; it is made, and must not hold another model unless --force is given.
    #[arg(long, value_name = "MODEL_DIR")]
    out: PathBuf,
    /// Seed of every random choice.
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Replace a model that is in the folder.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is too little to learn from, or the model cannot be written.
pub fn run(args: &TrainPaymentArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    output::refuse_to_replace(&args.out, &["model.json"], args.force)?;
    let progress = Progress::start("training");
    progress.set(0.0, "reading the ledger");
    let (accounts, today) = if args.simulated {
        block_on(simulated_accounts())?
    } else {
        (args.ledger.read_accounts(global)?, SystemClock.now().utc_date())
    };
    let events = accounts.iter().map(|account| account.events.as_slice());
    let known_through = known_through(events, today)
        .with_context(|| format!("the ledger holds no payments up to {today}; import some first"))?;
    let replays = replay_accounts(&accounts);
    progress.set(0.2, "judging on later invoices");
    let judged = judge_later(&replays, args.seed, today);
    let report = judged.as_ref().ok().map(|(_, backtest)| &backtest.report);
    if let Err(reason) = &judged {
        eprintln!("the card has no figures: {reason}");
    }
    progress.set(0.5, "replaying and learning");
    let origin = if args.simulated { LedgerOrigin::Simulated } else { LedgerOrigin::Own };
    let trained = train_with_card(&replays, args.seed, known_through, origin, report)?;
    let files = trained.model.to_files()?;
    write(&args.out, "weights.bin", &files.weights)?;
    write(&args.out, "golden.jsonl", golden_text(&trained.golden)?.as_bytes())?;
    write(&args.out, "card.md", trained.card.as_bytes())?;
    write(&args.out, "model.json", files.json.as_bytes())?;
    progress.finish();
    let summary = json!({
        "account_count": accounts.len(),
        "known_through": known_through,
        "model": args.out,
    });
    if global.json {
        return output::print_json(&summary);
    }
    output::print_text(&format!(
        "trained on {} accounts as known on {known_through}: {}",
        accounts.len(),
        args.out.display()
    ))
}

/// The accounts of the simulated company, and the day that is the present one there.
async fn simulated_accounts() -> anyhow::Result<(Vec<AccountRecord>, CivilDate)> {
    let ShippedSpec { customers, months, seed, as_of } = toml::from_str(SHIPPED_SPEC)?;
    let spec = SimulationSpec::try_new(customers, months, seed, as_of)?;
    let company = simulate(&spec, &mut |_| {});
    let store = open(&"sqlite::memory:".to_owned().into(), 1, Arc::new(SystemClock)).await?;
    let taxonomy = Arc::new(Taxonomy::shipped());
    let tenant = TenantId::default_tenant();
    let mut session = IngestSession::new(Arc::clone(&store), taxonomy, tenant.clone(), TimeZone::utc());
    for record in company.records {
        session.push(record).await?;
    }
    session.finish().await?;
    Ok((scan_accounts(store.as_ref(), &tenant).await?, as_of))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    std::fs::write(&path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
}
