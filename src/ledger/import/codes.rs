//! The words that fields with a closed set of values take, as the domain writes them.

use serde::Serialize;

use crate::domain::dispute::{PriorityLabel, Resolution, Severity};
use crate::domain::invoice::{ContactChannel, ContactResult, HoldKind};
use crate::domain::taxonomy::Taxonomy;

/// Words that mean yes, in small letters; the first is the one to recommend.
pub const YES_WORDS: [&str; 5] = ["yes", "true", "y", "1", "x"];

/// Words that mean no, in small letters; the first is the one to recommend.
pub const NO_WORDS: [&str; 4] = ["no", "false", "n", "0"];

/// A closed set of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSet {
    /// Yes or no.
    Truth,
    /// What is contested.
    ContestedItem,
    /// How serious a dispute is.
    Severity,
    /// How a dispute was decided.
    Resolution,
    /// How urgent a person said it was.
    PriorityLabel,
    /// How a customer was contacted.
    ContactChannel,
    /// What came of a contact.
    ContactResult,
    /// Why an invoice is not collected for a while.
    HoldKind,
}

impl CodeSet {
    /// The words, in the order in which they are listed to people.
    pub fn words(self) -> Vec<String> {
        match self {
            CodeSet::Truth => words_of(&[YES_WORDS[0], NO_WORDS[0]]),
            CodeSet::ContestedItem => Taxonomy::shipped().items.iter().map(|item| item.code.to_string()).collect(),
            CodeSet::Severity => words_of(&Severity::ALL),
            CodeSet::Resolution => words_of(&Resolution::ALL),
            CodeSet::PriorityLabel => words_of(&PriorityLabel::ALL),
            CodeSet::ContactChannel => words_of(&ContactChannel::ALL),
            CodeSet::ContactResult => words_of(&ContactResult::ALL),
            CodeSet::HoldKind => words_of(&HoldKind::ALL),
        }
    }
}

/// The words by which values are written in JSON.
fn words_of<T: Serialize>(values: &[T]) -> Vec<String> {
    let written = values.iter().filter_map(|value| serde_json::to_value(value).ok());
    written.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_that_the_domain_reads() {
        assert_eq!(CodeSet::Truth.words(), ["yes", "no"]);
        assert_eq!(CodeSet::ContestedItem.words().len(), Taxonomy::shipped().items.len());
        for (set, count) in [
            (CodeSet::Severity, Severity::ALL.len()),
            (CodeSet::Resolution, Resolution::ALL.len()),
            (CodeSet::PriorityLabel, PriorityLabel::ALL.len()),
            (CodeSet::ContactChannel, ContactChannel::ALL.len()),
            (CodeSet::ContactResult, ContactResult::ALL.len()),
            (CodeSet::HoldKind, HoldKind::ALL.len()),
        ] {
            assert_eq!(set.words().len(), count, "{set:?}");
        }
        for word in CodeSet::Severity.words() {
            assert_eq!(Severity::parse(&word).unwrap().as_str(), word);
        }
        for word in CodeSet::Resolution.words() {
            assert_eq!(Resolution::parse(&word).unwrap().as_str(), word);
        }
        for word in CodeSet::PriorityLabel.words() {
            assert_eq!(PriorityLabel::parse(&word).unwrap().as_str(), word);
        }
    }
}
