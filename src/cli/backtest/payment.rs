//! `recourse backtest payment`: who will still not have paid?

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::super::open::LedgerArgs;
use super::super::output::WrongUse;
use super::super::page::refuse_foreign_page;
use super::super::progress::Progress;
use super::super::{GlobalArgs, output, parse_currency, parse_date};
use super::payment_page::page_of;
use super::payment_text::report_text;
use super::{chosen_currency, few_customers_note, replay_accounts};
use crate::domain::money::Currency;
use crate::domain::time::{CivilDate, Clock as _, SystemClock};
use crate::train::payment::backtest::{
    AtIssueBacktest, AtIssueSpec, BacktestReport, BacktestSpec, Prediction, backtest, backtest_at_issue,
};

/// Longest horizon, in days past due.
const HORIZON_DAYS_MAX: i32 = 365;
/// Most horizons in one run.
const HORIZON_COUNT_MAX: usize = 8;
/// Lateness asked for on the day of issue: paid more than so many days late.
const AT_ISSUE_HORIZONS_DAYS: [i32; 3] = [0, 5, 30];
/// Columns of --predictions.
const PREDICTION_COLUMNS: [&str; 8] =
    ["invoice_id", "as_of", "horizon_days", "probability", "unpaid", "amount", "known", "decided"];
/// How such a file begins; `decided` came later than the other columns, so a file without it is one of ours, too.
const PREDICTION_MARK: &str = "invoice_id,as_of,horizon_days,probability,";
/// What `decided` says of a decision at --decide-at.
const DECIDED_PAST_DUE: &str = "past_due";
/// What it says of one on the day of issue.
const DECIDED_AT_ISSUE: &str = "at_issue";

/// Who will still not have paid: trained on what was known before a day, judged on invoices due from it on.
///
/// The model judged is one for decisions on the day of --decide-at; the one that `train payment` and the server store is for every day, and
/// its card has its own figures.
///
/// Beside the model stand simple rules on the same rows: the base rate, the customer's own rate, oldest first and largest
/// first. Every figure has an interval from 200 bootstrap resamples of customers (drawn from --seed), and so has the
/// difference to each rule; fewer than 10 customers have no intervals, and those of fewer than 30 are too narrow. The customer's own
/// rate is its share still unpaid at the horizon among its invoices unpaid on the day of the decision, as known by then; for decisions at
/// 3 days and horizons of 7, 15 and 30 the same rate drawn towards that of the selling unit stands beside it. Late cash is the
/// amount of invoices that were unpaid at the horizon; its share in the top 20 % is what a collector reaches who works that part of
/// the decisions first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recourse backtest payment --data-dir data --from 2019-07-01
  recourse backtest payment --data-dir data --from 2019-07-01 --at-issue --report report")]
pub struct PaymentArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// First due date that is judged, YYYY-MM-DD; training uses only what was known before it.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: CivilDate,
    /// Days past due on which the decision is taken.
    #[arg(long, default_value_t = 3, value_name = "DAYS", allow_negative_numbers = true)]
    decide_at: i32,
    /// Days past due at which it is asked whether the invoice is still unpaid.
    #[arg(long, default_value = "7,15,30", value_delimiter = ',', value_name = "DAYS")]
    horizons: Vec<i32>,
    /// Also judge the day of issue: will the invoice be paid more than 0, 5 and 30 days late? Judged are invoices issued from
    /// --from on, by a second model trained on what was known before.
    #[arg(long)]
    at_issue: bool,
    /// Currency whose accounts are replayed; needed when the ledger has several, because late cash adds amounts.
    #[arg(long, value_name = "CODE", value_parser = parse_currency)]
    currency: Option<Currency>,
    /// Write every probability to this CSV file; `unpaid` is 1 or 0, as far as the ledger tells; `known` is 0 where its
    /// last payment came before the horizon; `decided` is `past_due` for decisions at --decide-at and `at_issue` for those that
    /// --at-issue adds, by its own model.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Write index.html with all tables and plots, and the plots as SVG, into this folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The same seed and ledger give the same probabilities and intervals.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Runs the command.
///
/// # Errors
/// Wrong options, a ledger that cannot be read, or too little in it to learn from or to judge.
pub fn run(args: &PaymentArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let spec = spec_of(args)?;
    if let Some(folder) = &args.report {
        refuse_foreign_page(folder)?;
    }
    if let Some(path) = &args.predictions {
        output::refuse_foreign(path, PREDICTION_MARK)?;
    }
    let mut accounts = args.ledger.read_accounts(global)?;
    let currency = chosen_currency(args.currency, &accounts)?;
    accounts.retain(|account| account.currency == currency);
    let replays = replay_accounts(&accounts);
    eprintln!("{} accounts read; training on what was known before {}", accounts.len(), spec.from);
    let progress = Progress::start("backtest");
    progress.set(0.0, "training, and judging decisions past due");
    let mut result = backtest(&replays, &spec)?;
    let mut at_issue_predictions = Vec::new();
    if args.at_issue {
        progress.set(0.5, "training, and judging the day of issue");
        let horizons_days = AT_ISSUE_HORIZONS_DAYS.to_vec();
        let spec = AtIssueSpec { from: spec.from, horizons_days, seed: spec.seed, today: spec.today };
        let AtIssueBacktest { report, predictions } = backtest_at_issue(&replays, &spec)?;
        result.report.at_issue = Some(report);
        at_issue_predictions = predictions;
    }
    progress.finish();
    if global.json {
        warn_of_few_customers(&result.report);
        output::print_json(&result.report)?;
    } else {
        output::print_text(&report_text(&result.report))?;
    }
    if let Some(path) = &args.predictions {
        write_predictions(path, &result.predictions, &at_issue_predictions)
            .with_context(|| format!("`{}`", path.display()))?;
    }
    if let Some(folder) = &args.report {
        page_of(&result.report).write(folder)?;
        eprintln!("report: {}", folder.join("index.html").display());
    }
    Ok(())
}

/// The text and the page say it themselves; readers of JSON are told here.
fn warn_of_few_customers(report: &BacktestReport) {
    let at_issue = report.at_issue.iter().flat_map(|at_issue| &at_issue.horizons);
    let fewest =
        report.horizons.iter().chain(at_issue).map(|horizon| horizon.customer_count).filter(|count| *count > 0);
    if let Some(note) = fewest.min().and_then(few_customers_note) {
        eprintln!("{note}");
    }
}

fn spec_of(args: &PaymentArgs) -> anyhow::Result<BacktestSpec> {
    let mut horizons_days = args.horizons.clone();
    horizons_days.sort_unstable();
    horizons_days.dedup();
    let is_in_range = |days: &i32| *days > args.decide_at && *days <= HORIZON_DAYS_MAX;
    if horizons_days.is_empty() || horizons_days.len() > HORIZON_COUNT_MAX || !horizons_days.iter().all(is_in_range) {
        let expected = format!("1 to {HORIZON_COUNT_MAX} days after --decide-at, at most {HORIZON_DAYS_MAX}");
        return Err(WrongUse(format!("`horizons` is `{:?}`, expected {expected}", args.horizons)).into());
    }
    let today = SystemClock.now().utc_date();
    Ok(BacktestSpec { from: args.from, decide_at_days: args.decide_at, horizons_days, seed: args.seed, today })
}

fn write_predictions(path: &Path, past_due: &[Prediction], at_issue: &[Prediction]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(PREDICTION_COLUMNS)?;
    let digit = |holds: bool| if holds { "1" } else { "0" };
    let past_due = past_due.iter().map(|prediction| (prediction, DECIDED_PAST_DUE));
    let at_issue = at_issue.iter().map(|prediction| (prediction, DECIDED_AT_ISSUE));
    for (prediction, decided) in past_due.chain(at_issue) {
        writer.write_record([
            prediction.invoice_id.as_str(),
            &prediction.as_of.to_string(),
            &prediction.horizon_days.to_string(),
            &format!("{:.6}", prediction.probability),
            digit(prediction.is_unpaid),
            &prediction.amount.to_string(),
            digit(prediction.is_known),
            decided,
        ])?;
    }
    writer.flush()?;
    Ok(())
}
