//! `recourse score messages`: reads a file of messages with the shipped models, one answer a line, in the same order.

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::GlobalArgs;
use super::score_lines::ScoreFiles;
use crate::domain::message::{Classification, Intent, MESSAGE_BYTES_MAX, MessageReading};
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::service::message::reading::{MessageReader, ReadingHints};

/// Read messages with the shipped models.
///
/// Every input line is a JSON object with `message` and, when known, `id`, `subject`, `received_on` and `currency`.
/// Where a model is too unsure, or knows less than half of the words (`known_word_share`), to be relied on, its best label is written
/// all the same, with `intent_abstained`, `contested_item_abstained` or `severity_abstained`. Of a message whose intent is unsure the
/// service makes one for a person to read.
#[derive(Debug, Args)]
pub struct ScoreMessagesArgs {
    #[command(flatten)]
    files: ScoreFiles,
}

/// Runs `recourse score messages`.
///
/// # Errors
/// When a file cannot be read or written, or a line could not be scored; the good lines are written all the same.
pub fn run(args: &ScoreMessagesArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let file = args.files.open()?;
    let reader = MessageReader::shipped()?;
    args.files.score(file, global, |row, (): &mut ()| score_row(&reader, row))
}

fn score_row(reader: &MessageReader, row: &Value) -> anyhow::Result<Value> {
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
