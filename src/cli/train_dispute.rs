//! `recourse train dispute-priority` and `recourse train validity`: the dispute models, from records or from the shipped
//! specification.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::dispute_choices::{ChoiceCounts, checked_choices, tell_of_choices};
use super::output::WrongUse;
use super::progress::Progress;
use super::{GlobalArgs, output};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::features::model_rates::DISPUTE_CURRENCY;
use crate::features::rates::BaseRates;
use crate::ledger::accounts::LedgerBook;
use crate::ledger::record::LedgerRecord;
use crate::model::dispute::{DisputeModel, shipped_priority, shipped_validity};
use crate::train::dispute::{
    ColdStartSpec, DisputeHistory, DisputeSpec, Rival, Trained, ship_priority, ship_validity, train_priority,
    train_validity,
};
use crate::train::json_lines::JsonLines;

/// Share of the work on the shipped models that is the simulation of companies.
const SIMULATION_SHARE: f64 = 0.8;

/// Train a dispute model.
///
/// With --records the shipped model is adapted to that history. Without it the shipped model itself is made anew from
/// simulated companies; equal specifications give equal bytes.
#[derive(Debug, Args)]
pub struct TrainDisputeArgs {
    /// Ledger records to learn from, as `recourse simulate` writes them.
    #[arg(long, value_name = "FILE.jsonl")]
    records: Option<PathBuf>,
    /// Collectors' choices between two disputes, as `recourse simulate` writes them. Of several between the same two the latest counts;
    /// choices of disputes that are not in the records, or from before both were raised, are told and left out.
    #[arg(long, value_name = "FILE.jsonl", requires = "records")]
    choices: Option<PathBuf>,
    /// Currency by way of which amounts are converted, as the strategy's base currency is; the model compares them in EUR, so the records
    /// must tell a rate between the two.
    #[arg(long, value_name = "CODE", default_value = "EUR", requires = "records")]
    base_currency: String,
    /// Specification in TOML: like training/dispute.toml without --records, like its table [fit] with them.
    #[arg(long, value_name = "FILE.toml")]
    spec: Option<PathBuf>,
    /// Folder for the model.
    #[arg(long, value_name = "MODEL_DIR")]
    out: PathBuf,
    /// Replace a model that is in the folder.
    #[arg(long)]
    force: bool,
}

/// Trains the model of urgency.
///
/// # Errors
/// When an input cannot be read, there is too little to learn from, or the model cannot be written.
pub fn train_priority_model(args: &TrainDisputeArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    output::refuse_to_replace(&args.out, &["model.json"], args.force)?;
    let progress = Progress::start("training");
    progress.set(0.0, "reading what there is to learn from");
    let mut choices = None;
    let trained = match history(args)? {
        Some(History { history, spec, choices: counts }) => {
            choices = counts;
            progress.set(0.3, "learning, and judging on later disputes");
            let shipped = shipped_priority()?.model;
            let rival = Rival { model: &shipped, learned_until: None };
            train_priority(&history, &shipped, &rival, &spec.check().map_err(wrong)?)?
        }
        None => ship_priority(&cold_start_spec(args)?, &mut |share| tell_simulated(&progress, share))?,
    };
    progress.finish();
    finish(args, global, &trained, choices)
}

/// Trains the model of validity.
///
/// # Errors
/// When an input cannot be read, there is too little to learn from, or the model cannot be written.
pub fn train_validity_model(args: &TrainDisputeArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    output::refuse_to_replace(&args.out, &["model.json"], args.force)?;
    let progress = Progress::start("training");
    progress.set(0.0, "reading what there is to learn from");
    let mut choices = None;
    let trained = match history(args)? {
        Some(History { history, spec, choices: counts }) => {
            choices = counts;
            progress.set(0.3, "learning, and judging on later disputes");
            let shipped = shipped_validity()?.model;
            let rival = Rival { model: &shipped, learned_until: None };
            train_validity(&history, &shipped, &rival, &spec.check().map_err(wrong)?)?
        }
        None => ship_validity(&cold_start_spec(args)?, &mut |share| tell_simulated(&progress, share))?,
    };
    progress.finish();
    finish(args, global, &trained, choices)
}

/// Simulated companies come first and take most of the time.
fn tell_simulated(progress: &Progress, share: f64) {
    progress.set(share * SIMULATION_SHARE, "simulating companies, then learning");
}

fn wrong(violations: impl std::fmt::Display) -> WrongUse {
    WrongUse(violations.to_string())
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn cold_start_spec(args: &TrainDisputeArgs) -> anyhow::Result<ColdStartSpec> {
    match &args.spec {
        Some(path) => Ok(ColdStartSpec::parse(&read_text(path)?).map_err(wrong)?),
        None => Ok(ColdStartSpec::shipped()),
    }
}

/// What there is to learn from, and how.
struct History {
    history: DisputeHistory,
    spec: DisputeSpec,
    /// What became of the choices; none where no file of them was given.
    choices: Option<ChoiceCounts>,
}

/// Amounts are compared in one currency, so that there must be a way from `base` to it.
fn require_rate(book: &LedgerBook, base: Currency) -> Result<(), WrongUse> {
    let unit = Money::from_minor(1, DISPUTE_CURRENCY);
    if BaseRates::new(base, &book.rates).units_base(unit, CivilDate::MAX).is_some() {
        return Ok(());
    }
    Err(WrongUse(format!(
        "--base-currency is `{base}`, expected {DISPUTE_CURRENCY}, in which the model compares amounts, or a currency to which the records \
         tell an exchange rate from {DISPUTE_CURRENCY}"
    )))
}

fn history(args: &TrainDisputeArgs) -> anyhow::Result<Option<History>> {
    let Some(records_path) = &args.records else { return Ok(None) };
    let base = Currency::parse(&args.base_currency).map_err(wrong)?;
    let records = read_records(records_path)?;
    let book = LedgerBook::read(&records);
    require_rate(&book, base)?;
    let (mut choices, mut choice_counts) = (Vec::new(), None);
    if let Some(path) = &args.choices {
        let (checked, counts, problems) = checked_choices(&book, read_lines(path)?);
        tell_of_choices(path, counts, &problems);
        (choices, choice_counts) = (checked, Some(counts));
    }
    let spec = match &args.spec {
        Some(path) => toml::from_str(&read_text(path)?).map_err(|error| wrong(error.message()))?,
        None => DisputeSpec::default(),
    };
    let history = DisputeHistory::from_book(&book, &choices, base);
    Ok(Some(History { history, spec, choices: choice_counts }))
}

/// The records of a file, checked, each once: of several with one id the last stands, in the place of the first.
fn read_records(path: &Path) -> anyhow::Result<Vec<LedgerRecord>> {
    let mut records: Vec<LedgerRecord> = Vec::new();
    let mut places: HashMap<(&'static str, String), usize> = HashMap::new();
    for (index, record) in read_lines::<LedgerRecord>(path)?.into_iter().enumerate() {
        record
            .validate()
            .map_err(|violations| wrong(format!("line {} of `{}`: {violations}", index + 1, path.display())))?;
        match places.entry((record.kind(), record.external_id())) {
            Entry::Occupied(known) => {
                if let Some(before) = records.get_mut(*known.get()) {
                    *before = record;
                }
            }
            Entry::Vacant(place) => {
                place.insert(records.len());
                records.push(record);
            }
        }
    }
    Ok(records)
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut rows = Vec::new();
    let text = read_text(path)?;
    let mut lines = JsonLines::new(text.as_bytes());
    while let Some((number, line)) = lines.next_line()? {
        let row = serde_json::from_slice(&line).with_context(|| format!("line {number} of `{}`", path.display()))?;
        rows.push(row);
    }
    Ok(rows)
}

fn finish<M: DisputeModel>(
    args: &TrainDisputeArgs,
    global: &GlobalArgs,
    trained: &Trained<M>,
    choices: Option<ChoiceCounts>,
) -> anyhow::Result<()> {
    let artifact = &trained.artifact;
    artifact.write_folder(&args.out, &trained.card)?;
    if global.json {
        return output::print_json(&json!({
            "out": args.out,
            "kind": artifact.kind,
            "digest": artifact.digest,
            "examples": artifact.example_count,
            "choices": choices,
            "figures": artifact.figures,
            "figures_before": trained.rival_figures,
        }));
    }
    output::print_text(&format!("{}\nwrote {} to {}", trained.card, artifact.kind, args.out.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::FxRate;

    #[test]
    fn a_base_currency_needs_a_way_to_that_of_the_model() {
        let yen = Currency::parse("JPY").unwrap();
        let mut book = LedgerBook::default();
        assert!(require_rate(&book, DISPUTE_CURRENCY).is_ok());
        let refused = require_rate(&book, yen).unwrap_err().to_string();
        assert!(refused.starts_with("--base-currency is `JPY`, expected EUR, "), "{refused}");
        let on = CivilDate::parse("on", "2026-01-01").unwrap();
        book.rates.push(FxRate { from: DISPUTE_CURRENCY, to: yen, on, rate: "160".parse().unwrap() });
        assert!(require_rate(&book, yen).is_ok());
    }
}
