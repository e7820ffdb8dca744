//! `recourse simulate`: makes a company's history from a seed, with the hidden truth that made it beside it.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::output::WrongUse;
use super::{GlobalArgs, output};
use crate::domain::time::{CivilDate, Clock as _, SystemClock};
use crate::ledger::record::LedgerRecord;
use crate::ledger::simulate::{SIMULATION_FILES, SimulatedCompany, SimulationSpec, simulate, write_files};

/// Make a company's history from a seed, with the truth that made it.
///
/// Writes `records.jsonl` (for `recourse import records`), `choices.jsonl` (which of two disputes a collector handled
/// first), `inbox.jsonl` (messages of the last day) and `truth.json` (hidden weights and urgencies, for tests).
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Folder for the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many customers the company has.
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    customers: u32,
    /// How many months the history covers.
    #[arg(long, default_value_t = 24, value_name = "COUNT")]
    months: u32,
    /// The same seed, sizes and day make the same bytes.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Last day of the history, YYYY-MM-DD; today in UTC when absent.
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Replace files of an earlier simulation.
    #[arg(long)]
    force: bool,
    /// Simulate and count, but write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// When an option is out of range, files of an earlier simulation are in the way, or a file cannot be written.
pub fn run(args: &SimulateArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let as_of = match &args.as_of {
        Some(text) => CivilDate::parse("as-of", text).map_err(|violation| WrongUse(violation.to_string()))?,
        None => SystemClock.now().utc_date(),
    };
    let spec = SimulationSpec::try_new(args.customers, args.months, args.seed, as_of)
        .map_err(|violations| WrongUse(violations.to_string()))?;
    output::refuse_to_replace(&args.out, &SIMULATION_FILES, args.force || args.dry_run)?;
    let progress = ProgressBar::new(spec.customer_count().into());
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} customers")?);
    let company = simulate(&spec, &mut |lived_count| progress.set_position(lived_count.into()));
    progress.finish_and_clear();
    if !args.dry_run {
        write_files(&company, &args.out)?;
    }
    report(args, global, as_of, &company)
}

fn report(
    args: &SimulateArgs,
    global: &GlobalArgs,
    as_of: CivilDate,
    company: &SimulatedCompany,
) -> anyhow::Result<()> {
    let count = |kind: &str| company.records.iter().filter(|record| record.kind() == kind).count();
    let open_count = company
        .records
        .iter()
        .filter(|record| matches!(record, LedgerRecord::Dispute(dispute) if dispute.decided.is_none()))
        .count();
    if global.json {
        return output::print_json(&json!({
            "out": if args.dry_run { None } else { Some(&args.out) },
            "as_of": as_of,
            "seed": args.seed,
            "records": company.records.len(),
            "customers": count("customer"),
            "invoices": count("invoice"),
            "payments": count("payment"),
            "credit_notes": count("credit_note"),
            "disputes": count("dispute"),
            "open_disputes": open_count,
            "promises": count("promise"),
            "contacts": count("contact"),
            "choices": company.choices.len(),
            "inbox": company.inbox.len(),
            "planted_order": company.truth.planted_order,
        }));
    }
    let made = if args.dry_run { "would write" } else { "wrote" };
    output::print_text(&format!(
        "{made} {} records to {}: {} customers, {} invoices, {} payments, {} disputes ({open_count} open) up to {as_of}\n\
         import them with `recourse import records {}`",
        company.records.len(),
        args.out.display(),
        count("customer"),
        count("invoice"),
        count("payment"),
        count("dispute"),
        args.out.join(SIMULATION_FILES[0]).display(),
    ))
}
