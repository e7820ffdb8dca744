//! `recourse evaluate messages`: how well the shipped models read labelled messages.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::corpus::read_corpus;
use super::output::WrongUse;
use super::progress::Progress;
use super::table::{Table, number};
use super::{GlobalArgs, jsonl, output};
use crate::parallel::run_parallel;
use crate::service::message::reading::{MessageReader, ReadingHints};
use crate::train::message_evaluation::{MessageEvaluation, RightCounts, evaluate_messages};

/// Messages that a core reads at a time.
const BATCH_MESSAGES: usize = 64;

/// Measure how well the shipped models read labelled messages.
///
/// `training/heldout` holds messages that no model has learned from; your own go into a folder of JSONL files with the same fields. Invoice
/// numbers are right when all are found and no others, amount and date also when there is none and none is read. Intervals are of 1,000
/// bootstrap resamples of messages.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  recourse evaluate messages --misread misread.jsonl")]
pub struct EvaluateMessagesArgs {
    /// Folder with the labelled messages, in JSONL files.
    #[arg(long, value_name = "DIR", default_value = "training/heldout")]
    corpus: PathBuf,
    /// Write what was read otherwise than labelled: id, field, label and reading.
    #[arg(long, value_name = "FILE.jsonl")]
    misread: Option<PathBuf>,
    /// Seed of the resamples.
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
}

/// Runs `recourse evaluate messages`.
///
/// # Errors
/// When messages cannot be read, or the misreadings cannot be written.
pub fn run(args: &EvaluateMessagesArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    if let Some(path) = &args.misread {
        refuse_within(path, &args.corpus)?;
    }
    let (messages, digest) = read_corpus(&args.corpus)?;
    let reader = MessageReader::shipped()?;
    let progress = Progress::start("reading messages");
    let batches: Vec<_> = messages.chunks(BATCH_MESSAGES).collect();
    let read = run_parallel(batches.len(), |index| {
        let batch = batches.get(index).copied().unwrap_or_default();
        let read = |text: &str| reader.read_with("", text, &ReadingHints::default());
        batch.iter().map(|message| (message.clone(), read(&message.message))).collect::<Vec<_>>()
    });
    progress.finish();
    let read: Vec<_> = read.into_iter().flatten().collect();
    let evaluation = evaluate_messages(&read, args.seed);
    if let Some(path) = &args.misread {
        jsonl::write(path, evaluation.misreadings.iter().map(|misreading| json!(misreading)))?;
    }
    if global.json {
        let mut figures = serde_json::to_value(&evaluation)?;
        figures["data_digest"] = json!(digest);
        return output::print_json(&figures);
    }
    print(&evaluation, messages.len())
}

/// Refuses to write misreadings among the labelled messages, where they would be read as such or take the place of some.
fn refuse_within(path: &Path, corpus: &Path) -> Result<(), WrongUse> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), corpus.canonicalize()) {
        (Ok(folder), Ok(corpus)) if folder == corpus => Err(WrongUse(format!(
            "--misread `{}` is in the folder of the labelled messages; name a file elsewhere",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn print(evaluation: &MessageEvaluation, message_count: usize) -> anyhow::Result<()> {
    let mut table = Table::new(&["reading", "measure", "messages", "figure", "95 % interval"]);
    for figure in &evaluation.figures {
        let (value, interval) = figure.interval.map_or(("none".to_owned(), String::new()), |interval| {
            let range = format!("{} to {}", number(interval.low, 3), number(interval.high, 3));
            (number(interval.value, 3), range)
        });
        let (reading, measure) = (figure.reading.to_owned(), figure.measure.to_owned());
        table.row(vec![reading, measure, figure.count.to_string(), value, interval]);
    }
    output::print_text(&format!("{message_count} messages\n{table}"))?;
    let headings = ["language", "messages", "intent", "disputes", "item", "invoices", "amount", "date"];
    let mut table = Table::new(&headings);
    for (language, counts) in &evaluation.by_language {
        let RightCounts { message_count, intent, dispute_count, item, invoices, amount, date } = *counts;
        let counts = [message_count, intent, dispute_count, item, invoices, amount, date];
        let cells = counts.iter().map(ToString::to_string);
        table.row(std::iter::once((*language).to_owned()).chain(cells).collect());
    }
    output::print_text(&format!("Read right, by language\n{table}"))
}
