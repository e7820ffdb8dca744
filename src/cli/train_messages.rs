//! `recourse train messages`: the models that read messages, from a labelled corpus; on a fresh checkout it makes `models/` again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::corpus::read_corpus;
use super::output::WrongUse;
use super::progress::Progress;
use super::{GlobalArgs, jsonl, output};
use crate::model::entities::{read_entity_model, write_entity_model};
use crate::model::entity_golden::GoldenEntities;
use crate::train::message_card::{entity_card, message_card};
use crate::train::messages::{LabelledMessage, MessageModel, train_entity_model, train_message_model};

/// Name of the entity model.
const ENTITY_MODEL: &str = "entities/0001";
/// Messages in the `golden.jsonl` of the entity model.
const ENTITY_GOLDEN_COUNT: usize = 24;

/// Train the models that read messages: intent, item, severity and entities.
#[derive(Debug, Args)]
pub struct TrainMessagesArgs {
    /// Folder with the labelled messages, one JSONL file for each language.
    #[arg(long, value_name = "DIR", default_value = "training/messages")]
    corpus: PathBuf,
    /// Texts in other languages, one a line, so that those are told apart.
    #[arg(long, value_name = "FILE", default_value = "training/language/other.txt")]
    other_languages: PathBuf,
    /// Folder in which each model gets its own folder, such as `item/0001`; models that are there are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of every random choice.
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Train only these, comma-separated: intent, item, severity, entities.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = ["intent", "item", "severity", "entities"])]
    only: Option<Vec<String>>,
}

/// Runs `recourse train messages`.
///
/// # Errors
/// When the corpus cannot be read or a model cannot be written.
pub fn run(args: &TrainMessagesArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let (messages, digest) = read_corpus(&args.corpus)?;
    let other = fs::read_to_string(&args.other_languages)
        .map_err(|error| WrongUse(format!("`{}` cannot be read: {error}", args.other_languages.display())))?;
    let is_wanted = |name: &str| args.only.as_ref().is_none_or(|only| only.iter().any(|kind| kind == name));
    let mut summary = json!({ "example_count": messages.len(), "data_digest": digest });
    let progress = Progress::start("training");
    if is_wanted("entities") {
        let others: Vec<&str> = other.lines().filter(|line| !line.trim().is_empty()).collect();
        write_entities(args, &messages, &others, digest)?;
    }
    for (step, model) in (1_u8..).zip(MessageModel::ALL).filter(|(_, model)| is_wanted(model.as_str())) {
        progress.set(f64::from(step) / 4.0, model.as_str());
        let trained = train_message_model(model, &messages, args.seed, &|_| Ok(()))?;
        let folder = args.out.join(model.as_str()).join("0001");
        trained.files.write(&folder).with_context(|| format!("`{}` cannot be written", folder.display()))?;
        let description = trained.model.description();
        write(&folder.join("card.md"), message_card(model, description).as_bytes())?;
        summary[model.as_str()] = json!(description.training.held_out_metrics);
    }
    progress.finish();
    if global.json {
        output::print_json(&summary)
    } else {
        output::print_text(&serde_json::to_string_pretty(&summary)?)
    }
}

/// Trains the entity model and writes its folder.
fn write_entities(
    args: &TrainMessagesArgs,
    messages: &[LabelledMessage],
    others: &[&str],
    data_digest: String,
) -> anyhow::Result<()> {
    let scorers = train_entity_model(messages, others, args.seed);
    let (model, weights) = write_entity_model(&scorers, ENTITY_MODEL, messages.len(), data_digest);
    let folder = args.out.join(ENTITY_MODEL);
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    write(&folder.join("weights.bin"), &weights)?;
    write(&folder.join("model.json"), format!("{}\n", serde_json::to_string_pretty(&model)?).as_bytes())?;
    write(&folder.join("card.md"), entity_card(ENTITY_MODEL, messages.len(), args.seed).as_bytes())?;
    // What is written down is what a reader of the files will get.
    let scorers = read_entity_model(&serde_json::to_string(&model)?, &weights)?;
    let samples = messages.iter().step_by(messages.len().div_ceil(ENTITY_GOLDEN_COUNT).max(1));
    let golden = samples.map(|message| json!(GoldenEntities::find(&message.message, &scorers)));
    jsonl::write(&folder.join("golden.jsonl"), golden)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
}
