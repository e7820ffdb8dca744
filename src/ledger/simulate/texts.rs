//! What customers write: messages of the simulator's own small corpus, with the ledger's numbers put in.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::dispute::Severity;
use crate::domain::locale::Language;
use crate::domain::message::Intent;
use crate::domain::money::Money;
use crate::domain::taxonomy::ItemCode;

use super::draw::Draw;

/// One message a line, with `{invoice}` and sometimes `{amount}` in its text.
const MESSAGES: &str = include_str!("../../../training/simulate/messages.jsonl");

/// A line of the corpus.
#[derive(Debug, Deserialize)]
struct Line {
    language: Language,
    intent: Intent,
    contested_item: Option<ItemCode>,
    severity: Option<Severity>,
    text: String,
}

/// The messages by what they say.
#[derive(Debug)]
pub struct Texts {
    disputes: BTreeMap<(Language, ItemCode, Severity), Vec<String>>,
    others: BTreeMap<(Language, Intent), Vec<String>>,
}

impl Texts {
    /// Reads the embedded corpus.
    pub fn shipped() -> Self {
        let mut texts = Texts { disputes: BTreeMap::new(), others: BTreeMap::new() };
        // A test reads every line, so that none is passed over.
        for line in MESSAGES.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
            match (line.contested_item, line.severity) {
                (Some(item), Some(severity)) => {
                    texts.disputes.entry((line.language, item, severity)).or_default().push(line.text);
                }
                (None, _) | (Some(_), None) => {
                    texts.others.entry((line.language, line.intent)).or_default().push(line.text);
                }
            }
        }
        texts
    }

    /// A message that contests this item with this severity, where the corpus has one in the language or in English.
    pub fn dispute(
        &self,
        language: Language,
        item: &ItemCode,
        severity: Severity,
        (invoice, amount): (&str, Option<Money>),
        draw: &mut Draw,
    ) -> Option<String> {
        for language in [language, Language::En] {
            let texts = self.disputes.get(&(language, item.clone(), severity)).map_or(&[][..], Vec::as_slice);
            let fitting: Vec<&String> =
                texts.iter().filter(|text| amount.is_some() || !text.contains("{amount}")).collect();
            if !fitting.is_empty() {
                return Some(fill(draw.pick::<&String>(&fitting), language, invoice, amount));
            }
        }
        None
    }

    /// A message with this intent that contests nothing.
    pub fn other(
        &self,
        language: Language,
        intent: Intent,
        (invoice, amount): (&str, Money),
        draw: &mut Draw,
    ) -> Option<String> {
        [language, Language::En].into_iter().find_map(|language| {
            let texts = self.others.get(&(language, intent))?;
            Some(fill(draw.pick::<String>(texts), language, invoice, Some(amount)))
        })
    }
}

fn fill(text: &str, language: Language, invoice: &str, amount: Option<Money>) -> String {
    let text = text.replace("{invoice}", invoice);
    match amount {
        Some(amount) => text.replace("{amount}", &written_amount(amount, language)),
        None => text,
    }
}

/// An amount as people of this language write it.
pub fn written_amount(amount: Money, language: Language) -> String {
    let text = amount.decimal().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (group, point) = match language {
        Language::En => (",", "."),
        Language::Fr => ("\u{a0}", ","),
        Language::De | Language::Es | Language::It | Language::Nl | Language::Pt => (".", ","),
    };
    let mut written = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            written.push_str(group);
        }
        written.push(digit);
    }
    if !fraction.is_empty() {
        written.push_str(point);
        written.push_str(fraction);
    }
    match language {
        Language::En | Language::Nl => format!("{} {written}", amount.currency()),
        Language::Fr | Language::De | Language::Es | Language::It | Language::Pt => {
            format!("{written} {}", amount.currency())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn every_line_of_the_corpus_is_read_and_names_its_invoice() {
        for line in MESSAGES.lines() {
            let line: Line = serde_json::from_str(line).unwrap();
            assert_eq!(line.text.matches("{invoice}").count(), 1, "{}", line.text);
            assert_eq!(line.contested_item.is_some(), line.intent == Intent::Dispute);
        }
    }

    #[test]
    fn amounts_are_written_as_the_language_does() {
        let amount = Money::from_minor(123_456_705, Currency::EUR);
        assert_eq!(written_amount(amount, Language::En), "EUR 1,234,567.05");
        assert_eq!(written_amount(amount, Language::De), "1.234.567,05 EUR");
    }
}
