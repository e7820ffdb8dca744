//! `recourse train dispute-priority` and `recourse train validity`: the dispute models, from records or from the shipped
//! specification.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::output::WrongUse;
use super::{GlobalArgs, output};
use crate::domain::money::Currency;
use crate::ledger::accounts::LedgerBook;
use crate::ledger::record::LedgerRecord;
use crate::ledger::simulate::Choice;
use crate::model::dispute::{DisputeModel, shipped_priority, shipped_validity};
use crate::train::dispute::{
    ColdStartSpec, DisputeChoice, DisputeHistory, DisputeSpec, Rival, Trained, ship_priority, ship_validity,
    train_priority, train_validity,
};

/// Train a dispute model.
///
/// With --records the shipped model is adapted to that history. Without it the shipped model itself is made anew from
/// simulated companies; equal specifications give equal bytes.
#[derive(Debug, Args)]
pub struct TrainDisputeArgs {
    /// Ledger records to learn from, as `recourse simulate` writes them.
    #[arg(long, value_name = "FILE.jsonl")]
    records: Option<PathBuf>,
    /// Collectors' choices between two disputes, as `recourse simulate` writes them.
    #[arg(long, value_name = "FILE.jsonl", requires = "records")]
    choices: Option<PathBuf>,
    /// Currency in which amounts are compared.
    #[arg(long, value_name = "CODE", default_value = "EUR")]
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
    let trained = match history(args)? {
        Some((history, spec)) => {
            let shipped = shipped_priority()?.model;
            let rival = Rival { model: &shipped, learned_until: None };
            train_priority(&history, &shipped, &rival, &spec.check().map_err(wrong)?)?
        }
        None => ship_priority(&cold_start_spec(args)?, &mut |_| {})?,
    };
    finish(args, global, &trained)
}

/// Trains the model of validity.
///
/// # Errors
/// When an input cannot be read, there is too little to learn from, or the model cannot be written.
pub fn train_validity_model(args: &TrainDisputeArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    output::refuse_to_replace(&args.out, &["model.json"], args.force)?;
    let trained = match history(args)? {
        Some((history, spec)) => {
            let shipped = shipped_validity()?.model;
            let rival = Rival { model: &shipped, learned_until: None };
            train_validity(&history, &shipped, &rival, &spec.check().map_err(wrong)?)?
        }
        None => ship_validity(&cold_start_spec(args)?, &mut |_| {})?,
    };
    finish(args, global, &trained)
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

fn history(args: &TrainDisputeArgs) -> anyhow::Result<Option<(DisputeHistory, DisputeSpec)>> {
    let Some(records_path) = &args.records else { return Ok(None) };
    let base = Currency::parse(&args.base_currency).map_err(wrong)?;
    let records = read_records(records_path)?;
    let choices: Vec<Choice> = args.choices.as_deref().map(read_lines).transpose()?.unwrap_or_default();
    let choices: Vec<DisputeChoice> = choices
        .into_iter()
        .map(|Choice { kind: _, preferred_id, other_id, chosen_on }| DisputeChoice {
            preferred_id,
            other_id,
            chosen_on,
        })
        .collect();
    let spec = match &args.spec {
        Some(path) => toml::from_str(&read_text(path)?).map_err(|error| wrong(error.message()))?,
        None => DisputeSpec::default(),
    };
    Ok(Some((DisputeHistory::from_book(&LedgerBook::read(&records), &choices, base), spec)))
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
    for (index, line) in read_text(path)?.lines().enumerate() {
        let row = serde_json::from_str(line).with_context(|| format!("line {} of `{}`", index + 1, path.display()))?;
        rows.push(row);
    }
    Ok(rows)
}

fn finish<M: DisputeModel>(args: &TrainDisputeArgs, global: &GlobalArgs, trained: &Trained<M>) -> anyhow::Result<()> {
    let artifact = &trained.artifact;
    artifact.write_folder(&args.out, &trained.card)?;
    if global.json {
        return output::print_json(&json!({
            "out": args.out,
            "kind": artifact.kind,
            "digest": artifact.digest,
            "examples": artifact.example_count,
            "figures": artifact.figures,
            "figures_before": trained.rival_figures,
        }));
    }
    output::print_text(&format!("{}\nwrote {} to {}", trained.card, artifact.kind, args.out.display()))
}
