//! How well messages are read, against their labels: every reading, in all and by language.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::messages::{LabelledAmount, LabelledMessage};
use super::metrics::{ANY_RANGE, Interval, SHARE_RANGE, bootstrap_interval, macro_f1, quadratic_weighted_kappa};
use crate::domain::dispute::Severity;
use crate::domain::message::{Intent, MessageReading};
use crate::domain::money::Money;
use crate::domain::time::CivilDate;

/// Resamples behind every interval.
const RESAMPLE_COUNT: usize = 1_000;

/// A figure with its 95 % bootstrap interval over messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageFigure {
    /// What was read.
    pub reading: &'static str,
    /// How it is measured.
    pub measure: &'static str,
    /// Messages that it is measured on.
    pub count: usize,
    /// The figure; absent when there are no such messages.
    pub interval: Option<Interval>,
}

/// What was read right in one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RightCounts {
    /// Messages.
    pub message_count: usize,
    /// Intents.
    pub intent: usize,
    /// Messages that are labelled disputes.
    pub dispute_count: usize,
    /// Contested items of these.
    pub item: usize,
    /// Messages whose invoice numbers are all found, and no others.
    pub invoices: usize,
    /// Contested amounts, and messages rightly without one.
    pub amount: usize,
    /// Promised dates, and messages rightly without one.
    pub date: usize,
}

/// A reading that is not as labelled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Misreading {
    /// The message.
    pub id: String,
    /// What was read: `intent`, `contested_item`, `severity`, `invoices`, `contested_amount` or `promised_date`.
    pub field: &'static str,
    /// As labelled.
    pub labelled: String,
    /// As read.
    pub read: String,
}

/// How well messages were read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageEvaluation {
    /// The figures.
    pub figures: Vec<MessageFigure>,
    /// What was read right by language, as labelled.
    pub by_language: BTreeMap<&'static str, RightCounts>,
    /// Everything that was read otherwise than labelled.
    #[serde(skip)]
    pub misreadings: Vec<Misreading>,
}

/// A message with what was read of it, as far as figures need it.
struct Pair {
    intents: [usize; 2],
    /// Labelled and read; the items of labelled disputes, one that is not known or not read counting as none of the labels.
    items: Option<[usize; 2]>,
    /// Where both are disputes.
    severities: Option<[usize; 2]>,
    /// Numbers labelled, read, and both.
    invoice_counts: [usize; 3],
    is_amount_right: bool,
    is_date_right: bool,
}

/// Compares each message with its reading; `seed` decides the resamples.
pub fn evaluate_messages(read: &[(LabelledMessage, MessageReading)], seed: u64) -> MessageEvaluation {
    let items: BTreeSet<&str> = read.iter().filter_map(|(message, _)| item_of(message)).collect();
    let items: Vec<&str> = items.into_iter().collect();
    let mut pairs = Vec::with_capacity(read.len());
    let mut by_language: BTreeMap<&'static str, RightCounts> = BTreeMap::new();
    let mut misreadings = Vec::new();
    for (message, reading) in read {
        let before_count = misreadings.len();
        tell_misreadings(message, reading, &mut misreadings);
        let wrong: Vec<&str> = misreadings.iter().skip(before_count).map(|misreading| misreading.field).collect();
        let is_right = |field: &str| usize::from(!wrong.contains(&field));
        let counts = by_language.entry(message.language.as_str()).or_default();
        counts.message_count += 1;
        counts.intent += is_right("intent");
        if item_of(message).is_some() {
            counts.dispute_count += 1;
            counts.item += is_right("contested_item");
        }
        counts.invoices += is_right("invoices");
        counts.amount += is_right("contested_amount");
        counts.date += is_right("promised_date");
        pairs.push(pair_of(message, reading, &items, &wrong));
    }
    MessageEvaluation { figures: figures_of(&pairs, items.len(), seed), by_language, misreadings }
}

fn item_of(message: &LabelledMessage) -> Option<&str> {
    (message.intent == Intent::Dispute).then_some(message.contested_item.as_str())
}

fn read_item(reading: &MessageReading) -> &str {
    let top = reading.contested_item.as_ref().and_then(|item| item.top());
    top.map_or("NONE", |graded| graded.label.as_str())
}

fn read_severity(reading: &MessageReading) -> Option<Severity> {
    reading.severity.as_ref().and_then(|severity| severity.top()).map(|graded| graded.label)
}

fn pair_of(message: &LabelledMessage, reading: &MessageReading, items: &[&str], wrong: &[&str]) -> Pair {
    let position = |item: &str| items.iter().position(|known| *known == item).unwrap_or(items.len());
    let read_intent = reading.intent.top().map_or(Intent::Other, |graded| graded.label);
    let labelled_severity = Severity::ALL.iter().position(|severity| severity.as_str() == message.severity);
    let found_severity = read_severity(reading).map(|severity| severity as usize);
    let labelled: BTreeSet<&String> = message.invoices.iter().collect();
    let found: BTreeSet<&String> = reading.invoices.iter().collect();
    Pair {
        intents: [message.intent, read_intent].map(|intent| intent as usize),
        items: item_of(message).map(|item| [item, read_item(reading)].map(position)),
        severities: item_of(message).and(labelled_severity).zip(found_severity).map(<[usize; 2]>::from),
        invoice_counts: [labelled.len(), found.len(), labelled.intersection(&found).count()],
        is_amount_right: !wrong.contains(&"contested_amount"),
        is_date_right: !wrong.contains(&"promised_date"),
    }
}

/// Adds what was read otherwise than labelled.
fn tell_misreadings(message: &LabelledMessage, reading: &MessageReading, misreadings: &mut Vec<Misreading>) {
    let mut compare = |field: &'static str, labelled: String, read: String| {
        if labelled != read {
            misreadings.push(Misreading { id: message.id.clone(), field, labelled, read });
        }
    };
    let intent = reading.intent.top().map_or(Intent::Other, |graded| graded.label);
    compare("intent", message.intent.as_str().to_owned(), intent.as_str().to_owned());
    if let Some(item) = item_of(message) {
        compare("contested_item", item.to_owned(), read_item(reading).to_owned());
        let severity = read_severity(reading).map_or("NONE", Severity::as_str);
        compare("severity", message.severity.clone(), severity.to_owned());
    }
    let numbers = |numbers: &[String]| {
        let numbers: BTreeSet<&str> = numbers.iter().map(String::as_str).collect();
        numbers.into_iter().collect::<Vec<_>>().join(", ")
    };
    compare("invoices", numbers(&message.invoices), numbers(&reading.invoices));
    let stated = message.contested_amount.map(|LabelledAmount { value, currency }| (value.normalize(), currency));
    let found = reading.contested_amount.map(|amount: Money| (amount.decimal().normalize(), amount.currency()));
    let shown = |amount: Option<_>| amount.map_or("none".to_owned(), |(value, currency)| format!("{currency} {value}"));
    compare("contested_amount", shown(stated), shown(found));
    let shown = |date: Option<CivilDate>| date.map_or("none".to_owned(), |date| date.to_string());
    compare("promised_date", shown(message.promised_date), shown(reading.promised_on));
}

fn figures_of(pairs: &[Pair], item_count: usize, seed: u64) -> Vec<MessageFigure> {
    let intents: Vec<[usize; 2]> = pairs.iter().map(|pair| pair.intents).collect();
    let items: Vec<[usize; 2]> = pairs.iter().filter_map(|pair| pair.items).collect();
    let severities: Vec<[usize; 2]> = pairs.iter().filter_map(|pair| pair.severities).collect();
    let invoices: Vec<[usize; 3]> = pairs.iter().map(|pair| pair.invoice_counts).collect();
    let are_all_found = |[labelled, found, both]: &[usize; 3]| labelled == both && found == both;
    let exact: Vec<bool> = invoices.iter().map(are_all_found).collect();
    let amounts: Vec<bool> = pairs.iter().map(|pair| pair.is_amount_right).collect();
    let dates: Vec<bool> = pairs.iter().map(|pair| pair.is_date_right).collect();
    let of_f1 = |label_count: usize| move |rows: &[[usize; 2]]| of_columns(rows, |a, b| macro_f1(label_count, a, b));
    let kappa = |rows: &[[usize; 2]]| of_columns(rows, |a, b| quadratic_weighted_kappa(Severity::ALL.len(), a, b));
    vec![
        figure("intent", "macro-F1", &intents, seed, of_f1(Intent::ALL.len())),
        figure("intent", "right", &intents, seed, share_right),
        figure("contested item", "macro-F1", &items, seed, of_f1(item_count)),
        figure("contested item", "right", &items, seed, share_right),
        figure("severity", "quadratic weighted kappa", &severities, seed, kappa),
        figure("severity", "right", &severities, seed, share_right),
        figure("invoice numbers", "F1", &invoices, seed, numbers_f1),
        figure("invoice numbers", "all right", &exact, seed, share_of_true),
        figure("contested amount", "right", &amounts, seed, share_of_true),
        figure("promised date", "right", &dates, seed, share_of_true),
    ]
}

fn figure<Row: Clone>(
    reading: &'static str,
    measure: &'static str,
    rows: &[Row],
    seed: u64,
    of_rows: impl Fn(&[Row]) -> f64,
) -> MessageFigure {
    let of_positions = |positions: &[usize]| {
        let drawn: Vec<Row> = positions.iter().filter_map(|position| rows.get(*position)).cloned().collect();
        of_rows(&drawn)
    };
    let range = if measure.ends_with("kappa") { ANY_RANGE } else { SHARE_RANGE };
    let interval =
        (!rows.is_empty()).then(|| bootstrap_interval(rows.len(), RESAMPLE_COUNT, seed, range, of_positions));
    MessageFigure { reading, measure, count: rows.len(), interval }
}

fn of_columns(rows: &[[usize; 2]], measure: impl Fn(&[usize], &[usize]) -> f64) -> f64 {
    let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<_>>();
    measure(&column(0), &column(1))
}

fn share_right(rows: &[[usize; 2]]) -> f64 {
    share_of_true(&rows.iter().map(|[labelled, read]| labelled == read).collect::<Vec<_>>())
}

/// F1 over all numbers of all messages; 1 where none is labelled or found.
fn numbers_f1(rows: &[[usize; 3]]) -> f64 {
    let [labelled, found, both] = rows.iter().fold([0; 3], |sum, row| [0, 1, 2].map(|index| sum[index] + row[index]));
    if labelled + found == 0 { 1.0 } else { 2.0 * both as f64 / (labelled + found) as f64 }
}

fn share_of_true(rows: &[bool]) -> f64 {
    rows.iter().filter(|row| **row).count() as f64 / rows.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ModelId, ModelKind};
    use crate::domain::message::{Classification, Graded, PromisedSum};
    use crate::domain::money::Currency;
    use crate::domain::taxonomy::ItemCode;

    fn message(id: &str, intent: &str, item: &str, invoices: &[&str], amount: Option<&str>) -> LabelledMessage {
        let severity = if item == "NONE" { "NONE" } else { "MINOR" };
        let amount = amount.map(|value| serde_json::json!({ "value": value, "currency": "EUR" }));
        let row = serde_json::json!({
            "id": id, "language": "fr", "channel": "email", "message": "Bonjour", "intent": intent,
            "contested_item": item, "severity": severity, "invoices": invoices, "contested_amount": amount,
            "promised_date": null,
        });
        serde_json::from_value(row).unwrap()
    }

    fn reading(intent: Intent, item: Option<&str>, invoices: &[&str], amount: Option<i64>) -> MessageReading {
        fn sure<T>(label: T) -> Classification<T> {
            let model_id = ModelId::shipped(ModelKind::Item);
            Classification {
                labels: vec![Graded { label, probability: 1.0 }],
                abstained: false,
                known_word_share: 1.0,
                words: Vec::new(),
                model_id,
            }
        }
        MessageReading {
            language: None,
            intent: sure(intent),
            contested_item: item.map(|item| sure(ItemCode::parse(item).unwrap())),
            severity: item.map(|_| sure(Severity::Major)),
            invoices: invoices.iter().map(|&number| number.to_owned()).collect(),
            matched_invoice_ids: Vec::new(),
            contested_amount: amount.map(|minor| Money::from_minor(minor, Currency::EUR)),
            promised_on: None,
            promised_sum: PromisedSum::default(),
        }
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let read = [
            (
                message("a", "DISPUTE", "PRICING", &["1", "2"], Some("5.0")),
                reading(Intent::Dispute, Some("PRICING"), &["2", "1"], Some(500)),
            ),
            (
                message("b", "DISPUTE", "SHORTAGE", &["3"], None),
                reading(Intent::Dispute, Some("PRICING"), &["3", "4"], Some(100)),
            ),
            (message("c", "DISPUTE", "SHORTAGE", &[], Some("7.00")), reading(Intent::Query, None, &[], None)),
            (message("d", "QUERY", "NONE", &[], None), reading(Intent::Query, None, &[], None)),
        ];
        let evaluation = evaluate_messages(&read, 1);
        let figure = |reading: &str, measure: &str| {
            let found = evaluation.figures.iter().find(|figure| (figure.reading, figure.measure) == (reading, measure));
            let found = found.unwrap();
            (found.count, found.interval.unwrap().value)
        };
        assert_eq!(figure("intent", "right"), (4, 0.75));
        let (count, f1) = figure("contested item", "macro-F1");
        assert!(count == 3 && (f1 - (2.0 / 3.0 + 0.0) / 2.0).abs() < 1e-12, "{f1}");
        assert_eq!(figure("contested item", "right"), (3, 1.0 / 3.0));
        assert_eq!(figure("severity", "right"), (2, 0.0));
        assert_eq!(figure("invoice numbers", "F1"), (4, 2.0 * 3.0 / 7.0));
        assert_eq!(figure("invoice numbers", "all right"), (4, 0.75));
        assert_eq!(figure("contested amount", "right"), (4, 0.5));
        assert_eq!(figure("promised date", "right"), (4, 1.0));
        let french = evaluation.by_language["fr"];
        let counts =
            [french.message_count, french.intent, french.dispute_count, french.item, french.invoices, french.amount];
        assert_eq!(counts, [4, 3, 3, 1, 3, 2]);
        let amounts: Vec<_> = evaluation.misreadings.iter().filter(|wrong| wrong.field == "contested_amount").collect();
        assert_eq!((amounts.len(), amounts[0].labelled.as_str(), amounts[0].read.as_str()), (2, "none", "EUR 1"));
    }

    #[test]
    fn what_cannot_be_measured_has_no_figure() {
        let evaluation = evaluate_messages(&[], 1);
        assert!(evaluation.figures.iter().all(|figure| figure.count == 0 && figure.interval.is_none()));
    }
}
