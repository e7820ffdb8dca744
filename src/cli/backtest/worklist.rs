//! `recourse backtest worklist`: which late cash would the worklist of each past day have reached?

use std::path::PathBuf;

use clap::Args;

use super::super::open::LedgerArgs;
use super::super::output::WrongUse;
use super::super::page::refuse_foreign_page;
use super::super::progress::Progress;
use super::super::{GlobalArgs, open, output, parse_currency, parse_date};
use super::worklist_page::page_of;
use super::worklist_text::text_of;
use super::{chosen_currency, few_customers_note, replay_accounts};
use crate::domain::money::Currency;
use crate::domain::time::{CivilDate, Clock as _, SystemClock};
use crate::train::payment::spec::PaymentSpec;
use crate::train::worklist::{WorklistSpec, replay_worklist};

/// Longest replay, in days.
const DAYS_MAX: i32 = 1_100;

/// What the worklist of each past day would have reached: ours beside oldest first, largest first and amount × late rate.
///
/// At the end of every bank day each ranking picks up to --capacity invoices that are open, past due and can be asked for;
/// all know only what was known that evening. An invoice once worked is not picked again by that ranking for
/// --repeat-after-days. Our ranking is the strategy's priority, with a payment model trained on what was known before --from.
///
/// Late cash is what was still unpaid 30 days past due. Measured are the share of it whose invoice was worked at all and
/// within those 30 days, how many days before the payment that was (weighted by amount), and the cash of worked invoices
/// that stayed unpaid for 7, 15 and 30 days more. In the replay invoices are paid when they were paid: it shows whom a ranking
/// would have reached, and claims nothing about what a call would have changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recourse backtest worklist --data-dir data --from 2019-07-01 --to 2019-08-30
  recourse backtest worklist --data-dir data --from 2019-07-01 --to 2019-08-30 --capacity 10 --report report")]
pub struct WorklistArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// First day replayed, YYYY-MM-DD; training uses only what was known before it.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: CivilDate,
    /// Last day replayed, YYYY-MM-DD. Leave at least 30 days of ledger after it, so that what became of the invoices is known.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: CivilDate,
    /// Contacts a day; each contact is about one invoice.
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    capacity: u32,
    /// Days for which an invoice that was worked is not worked again.
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(i32).range(1..=365))]
    repeat_after_days: i32,
    /// Currency whose accounts are replayed; needed when the ledger has several. The strategy's amounts count in it.
    #[arg(long, value_name = "CODE", value_parser = parse_currency)]
    currency: Option<Currency>,
    /// Strategy file to rank by; `recourse config strategy` prints the default one.
    #[arg(long, value_name = "FILE")]
    strategy: Option<PathBuf>,
    /// Write index.html with the tables and a plot of late cash reached day by day, and the plot as SVG, into this folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The same seed and ledger give the same picks and intervals.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Runs the command.
///
/// # Errors
/// Wrong options, a ledger that cannot be read, or too little in it to learn from or to replay.
pub fn run(args: &WorklistArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    if args.to < args.from || args.to.days_since(args.from) >= DAYS_MAX {
        let expected = format!("a day from {} on, at most {DAYS_MAX} days", args.from);
        return Err(WrongUse(format!("`to` is `{}`, expected {expected}", args.to)).into());
    }
    if let Some(folder) = &args.report {
        refuse_foreign_page(folder)?;
    }
    let mut strategy = open::strategy_of(args.strategy.as_deref())?;
    let mut accounts = args.ledger.read_accounts(global)?;
    let currency = chosen_currency(args.currency, &accounts)?;
    accounts.retain(|account| account.currency == currency);
    strategy.base_currency = currency;
    let today = strategy.time_zone.day_of(SystemClock.now());
    let spec = WorklistSpec {
        from: args.from,
        to: args.to,
        capacity: usize::try_from(args.capacity)?,
        repeat_after_days: args.repeat_after_days,
        strategy,
        training: PaymentSpec::overdue(args.seed),
        seed: args.seed,
        today,
    };
    let progress = Progress::start("backtest");
    progress.set(0.0, "training on what was known before");
    let on_progress = |share: f64| progress.set(share, "replaying the days");
    let report = replay_worklist(&replay_accounts(&accounts), currency, &spec, &on_progress)?;
    progress.finish();
    if global.json {
        if let Some(note) = few_customers_note(report.customer_count) {
            eprintln!("{note}");
        }
        output::print_json(&report)?;
    } else {
        output::print_text(&text_of(&report))?;
    }
    if let Some(folder) = &args.report {
        page_of(&report).write(folder)?;
        eprintln!("report: {}", folder.join("index.html").display());
    }
    Ok(())
}
