//! Rows: what the tables hold, and how it becomes domain values again.
//!
//! A written row serialises to JSON with one key for each column; a read row has one field for each column. Neither
//! knows which database is behind it.

pub mod dispute;
pub mod ledger;
pub mod message;
pub mod model;
pub mod refresh;
pub mod retention;
pub mod score;
pub mod settlement;
pub mod taxonomy;
pub mod work_item;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde_json::Value;

use crate::domain::money::{Currency, Money};
use crate::domain::score::PRIORITY_PARTS;

use super::StoreError;

/// Where a stored value stands, for the error when it cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table of the row.
    pub table: &'static str,
    /// Id of the row.
    pub id: &'a str,
}

impl Place<'_> {
    /// The error that `column` of this row holds what cannot be read.
    pub fn bad(&self, column: &'static str, problem: impl ToString) -> StoreError {
        StoreError::BadRow { table: self.table, column, id: self.id.to_owned(), problem: problem.to_string() }
    }

    /// Reads a word: an id, a date, a currency, the name of a variant.
    pub fn word<T: DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        let deserializer: StrDeserializer<'_, WordError> = serde::de::IntoDeserializer::into_deserializer(text);
        T::deserialize(deserializer).map_err(|error| self.bad(column, error))
    }

    /// Reads a word that may be absent.
    pub fn word_opt<T: DeserializeOwned>(
        &self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.word(column, text)).transpose()
    }

    /// Reads JSON.
    pub fn json<T: DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.bad(column, error))
    }

    /// Reads an amount, which is there with its currency or not at all.
    pub fn money(
        &self,
        column: &'static str,
        minor: Option<i64>,
        currency: Option<&str>,
    ) -> Result<Option<Money>, StoreError> {
        match (minor, currency) {
            (Some(minor), Some(currency)) => Ok(Some(Money::from_minor(minor, self.word(column, currency)?))),
            (None, _) => Ok(None),
            (Some(_), None) => Err(self.bad(column, "an amount without currency")),
        }
    }

    /// Reads a count that cannot be negative.
    pub fn count<T: TryFrom<i64>>(&self, column: &'static str, value: i64) -> Result<T, StoreError> {
        T::try_from(value).map_err(|_| self.bad(column, format!("the count {value}")))
    }
}

/// The minor units of an amount that may be absent.
pub fn minor(amount: Option<Money>) -> Option<i64> {
    amount.map(Money::minor)
}

/// The currency of an amount that may be absent.
pub fn currency(amount: Option<Money>) -> Option<Currency> {
    amount.map(Money::currency)
}

/// A value as JSON text, for a column that holds JSON or for a whole row.
#[expect(clippy::expect_used, reason = "rows hold no maps with other keys than text and no failing serialisers")]
pub fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("rows serialise")
}

/// A row as JSON. PostgreSQL cannot hold the character NUL, and SQLite cuts text there: it becomes U+FFFD.
#[expect(clippy::expect_used, reason = "rows hold no maps with other keys than text and no failing serialisers")]
pub fn row_json<T: Serialize>(row: &T) -> String {
    let text = json_text(row);
    if !text.contains("\\u0000") {
        return text;
    }
    let mut value = serde_json::to_value(row).expect("rows serialise");
    replace_nul(&mut value);
    value.to_string()
}

fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', "\u{FFFD}"),
        Value::Array(values) => values.iter_mut().for_each(replace_nul),
        Value::Object(fields) => fields.values_mut().for_each(replace_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A digest of content: equal digests mean equal content.
pub fn content_digest<T: Serialize>(content: &T) -> String {
    blake3::hash(json_text(content).as_bytes()).to_hex()[..DIGEST_CHARS].to_owned()
}

/// Length of a content digest: 128 bits in hexadecimal.
const DIGEST_CHARS: usize = 32;

/// The parts of 1/1024 that a priority has; the order of items, which must be exact, goes by whole parts.
#[expect(clippy::cast_possible_truncation, reason = "priorities go from 0 to 100")]
pub fn priority_parts(priority: f64) -> i64 {
    (priority * PRIORITY_PARTS).round() as i64
}

/// The priority that has this many parts.
#[expect(clippy::cast_precision_loss, reason = "priorities go from 0 to 100")]
pub fn priority_of_parts(parts: i64) -> f64 {
    parts as f64 / PRIORITY_PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_becomes_the_replacement_character_and_a_backslash_stays() {
        assert_eq!(row_json(&["a\0b", "\\u0000"]), "[\"a\u{FFFD}b\",\"\\\\u0000\"]");
    }
}
