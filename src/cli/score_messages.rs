//! `recourse score messages`: reads a file of messages with the shipped models, one answer a line, in the same order.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::time::Instant as Stopwatch;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::output::WrongUse;
use super::{GlobalArgs, jsonl, output};
use crate::domain::message::{Classification, Intent, MESSAGE_BYTES_MAX, MessageReading};
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::service::reading::{MessageReader, ReadingHints};

/// Problems that are named one by one; further ones are only counted.
const PROBLEMS_SHOWN_MAX: usize = 20;

/// Read messages with the shipped models.
///
/// Every input line is a JSON object with `message` and, when known, `id`, `subject`, `received_on` and `currency`.
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
    let file = File::open(&args.input).map_err(|error| WrongUse(format!("`{path}` cannot be opened: {error}")))?;
    let reader = MessageReader::shipped()?;
    let started = Stopwatch::now();
    let mut rows = Vec::new();
    let mut bad_line_count = 0;
    for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.with_context(|| format!("`{path}` cannot be read"))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match score_line(&reader, &line) {
            Ok(row) => rows.push(row),
            Err(problem) => {
                bad_line_count += 1;
                if bad_line_count <= PROBLEMS_SHOWN_MAX {
                    eprintln!("{path}: line {}: {problem}", index + 1);
                }
            }
        }
    }
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
        "contested_item": item,
        "contested_item_probability": item_probability,
        "severity": severity,
        "severity_probability": severity_probability,
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
