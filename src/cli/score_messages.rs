//! `recourse score messages`: reads a file of messages with the shipped models, one answer a line, in the same order.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Instant as Stopwatch;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::output::WrongUse;
use super::progress::Progress;
use super::{GlobalArgs, jsonl, output};
use crate::domain::message::{Classification, Intent, MESSAGE_BYTES_MAX, MessageReading};
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::parallel::run_parallel;
use crate::service::reading::{MessageReader, ReadingHints};

/// Problems that are named one by one; further ones are only counted.
const PROBLEMS_SHOWN_MAX: usize = 20;

/// Lines that are in memory at once.
const BLOCK_LINES: usize = 4_096;
/// Lines that a core reads at a time.
const BATCH_LINES: usize = 32;

/// Read messages with the shipped models.
///
/// Every input line is a JSON object with `message` and, when known, `id`, `subject`, `received_on` and `currency`.
/// Where a model is too unsure, or knows less than half of the words (`known_word_share`), to be relied on, its best label is written
/// all the same, with `intent_abstained`, `contested_item_abstained` or `severity_abstained`. Of a message whose intent is unsure the
/// service makes one for a person to read.
#[derive(Debug, Args)]
pub struct ScoreMessagesArgs {
    /// Messages, one JSON object a line.
    #[arg(long, value_name = "M.jsonl")]
    input: PathBuf,
    /// What was understood, one JSON object a line, in the order of the messages.
    #[arg(long, value_name = "P.jsonl")]
    output: PathBuf,
}

/// Runs `recourse score messages`.
///
/// # Errors
/// When a file cannot be read or written, or a line could not be scored; the good lines are written all the same.
pub fn run(args: &ScoreMessagesArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let path = args.input.display();
    jsonl::refuse_same(&args.output, "--output", &args.input)?;
    let file = File::open(&args.input).map_err(|error| WrongUse(format!("`{path}` cannot be opened: {error}")))?;
    let byte_count = file.metadata().map_or(0, |metadata| metadata.len());
    let reader = MessageReader::shipped()?;
    let started = Stopwatch::now();
    let progress = Progress::start("reading messages");
    let mut lines = Lines { input: BufReader::new(file), line_count: 0, byte_count: 0 };
    let mut rows = Vec::new();
    let mut bad_line_count = 0;
    loop {
        let block = lines.next_block().with_context(|| format!("`{path}` cannot be read"))?;
        for (number, scored) in score_block(&reader, &block) {
            match scored {
                Ok(row) => rows.push(row),
                Err(problem) => {
                    bad_line_count += 1;
                    if bad_line_count <= PROBLEMS_SHOWN_MAX {
                        eprintln!("{path}: line {number}: {problem}");
                    }
                }
            }
        }
        if block.len() < BLOCK_LINES {
            break;
        }
        progress.set(lines.byte_count as f64 / byte_count.max(1) as f64, &format!("{} messages", rows.len()));
    }
    progress.finish();
    let seconds = started.elapsed().as_secs_f64();
    let message_count = rows.len();
    jsonl::write(&args.output, rows)?;
    if global.json {
        output::print_json(&json!({
            "message_count": message_count,
            "bad_line_count": bad_line_count,
            "seconds": seconds,
            "output": args.output,
        }))?;
    } else {
        output::print_text(&format!("{message_count} messages read, {bad_line_count} bad lines, {seconds:.2} s"))?;
    }
    anyhow::ensure!(bad_line_count == 0, "{bad_line_count} lines of `{path}` could not be scored");
    Ok(())
}

/// The lines of a file that are not blank, a block at a time.
struct Lines<R> {
    input: R,
    line_count: usize,
    byte_count: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next [`BLOCK_LINES`] lines with their numbers, from 1; fewer at the end.
    fn next_block(&mut self) -> std::io::Result<Vec<(usize, Vec<u8>)>> {
        let mut block = Vec::new();
        while block.len() < BLOCK_LINES {
            let mut line = Vec::new();
            let read_count = self.input.read_until(b'\n', &mut line)?;
            if read_count == 0 {
                break;
            }
            self.line_count += 1;
            self.byte_count += read_count as u64;
            if !line.iter().all(u8::is_ascii_whitespace) {
                block.push((self.line_count, line));
            }
        }
        Ok(block)
    }
}

/// What became of every line, in order; all cores share the work.
fn score_block(
    reader: &MessageReader,
    block: &[(usize, Vec<u8>)],
) -> impl Iterator<Item = (usize, anyhow::Result<Value>)> {
    let batches: Vec<&[(usize, Vec<u8>)]> = block.chunks(BATCH_LINES).collect();
    let scored = run_parallel(batches.len(), |index| {
        let batch = batches.get(index).copied().unwrap_or_default();
        batch.iter().map(|(number, line)| (*number, score_line(reader, line))).collect::<Vec<_>>()
    });
    scored.into_iter().flatten()
}

fn score_line(reader: &MessageReader, line: &[u8]) -> anyhow::Result<Value> {
    let row: Value = serde_json::from_slice(line).context("not a JSON object")?;
    let text = |field: &str| row.get(field).and_then(Value::as_str);
    let message = text("message").context("has no text in `message`")?;
    if message.trim().is_empty() || message.len() > MESSAGE_BYTES_MAX {
        let found = format!("{} bytes", message.len());
        return Err(Violation::new("message", found, format!("1 to {MESSAGE_BYTES_MAX} bytes, not only blanks")).into());
    }
    let hints = ReadingHints {
        received_on: text("received_on").map(|on| CivilDate::parse("received_on", on)).transpose()?,
        open_invoices: &[],
        currency: text("currency").map(Currency::parse).transpose()?,
    };
    let reading = reader.read_with(text("subject").unwrap_or_default(), message, &hints);
    Ok(row_of(row.get("id").cloned().unwrap_or(Value::Null), &reading))
}

fn row_of(id: Value, reading: &MessageReading) -> Value {
    let (item, item_probability) = top_of(reading.contested_item.as_ref(), |code| code.as_str().to_owned());
    let (severity, severity_probability) = top_of(reading.severity.as_ref(), |severity| severity.as_str().to_owned());
    let intent = reading.intent.top();
    json!({
        "id": id,
        "language": reading.language.as_ref().map(|graded| graded.label.as_str()),
        "intent": intent.map_or(Intent::Other, |graded| graded.label).as_str(),
        "intent_probability": intent.map(|graded| graded.probability),
        "intent_abstained": reading.intent.abstained,
        "known_word_share": reading.intent.known_word_share,
        "contested_item": item,
        "contested_item_probability": item_probability,
        "contested_item_abstained": reading.contested_item.as_ref().is_some_and(|item| item.abstained),
        "severity": severity,
        "severity_probability": severity_probability,
        "severity_abstained": reading.severity.as_ref().is_some_and(|severity| severity.abstained),
        "invoices": reading.invoices,
        "contested_amount": reading.contested_amount.map(|amount| json!({
            "value": amount.decimal().to_string(),
            "currency": amount.currency().as_str(),
        })),
        "promised_date": reading.promised_on.map(|date| date.to_string()),
    })
}

/// The first label and its probability; `NONE` where nothing was classified.
fn top_of<T>(classification: Option<&Classification<T>>, name: impl Fn(&T) -> String) -> (String, Option<f64>) {
    match classification.and_then(Classification::top) {
        Some(graded) => (name(&graded.label), Some(graded.probability)),
        None => ("NONE".to_owned(), None),
    }
}
