//! JSONL: one object a line, whose keys are the columns.

use std::path::Path;

use serde_json::Value;

use super::super::cell::{Cell, INEXACT};
use super::super::encoding;
use super::super::error::ImportError;
use super::SourceRow;
use super::lines::{LINE_BYTES_MAX, Line, LineReader};
use crate::domain::violation::Violation;

/// Most keys beside the selected ones that are remembered.
const OTHER_KEYS_MAX: usize = 100;

/// Longest key beside the selected ones that is remembered, in bytes.
const OTHER_KEY_BYTES_MAX: usize = 200;

/// Reads a JSONL file.
pub struct JsonlSource {
    lines: LineReader,
    selected: Vec<String>,
    /// For each selected key, whether any object so far had it.
    was_held: Vec<bool>,
    /// Keys of objects so far that are not selected, at most [`OTHER_KEYS_MAX`].
    other_keys: Vec<String>,
    has_read_object: bool,
}

impl JsonlSource {
    /// Opens a file.
    pub fn open(file: &Path) -> Result<Self, ImportError> {
        let lines = LineReader::open(file)?;
        Ok(JsonlSource {
            lines,
            selected: Vec::new(),
            was_held: Vec::new(),
            other_keys: Vec::new(),
            has_read_object: false,
        })
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// Chooses the keys that rows hold.
    pub fn select(&mut self, columns: &[String]) {
        self.selected = columns.to_vec();
        self.was_held = vec![false; columns.len()];
    }

    /// The selected keys that no object so far had, not even empty; none before there was an object.
    pub fn keys_never_held(&self) -> Vec<&str> {
        let keys = self.selected.iter().zip(&self.was_held).filter(|(_, was_held)| self.has_read_object && !**was_held);
        keys.map(|(key, _)| key.as_str()).collect()
    }

    /// The keys of objects so far that are not selected, as far as they are remembered.
    pub fn other_keys(&self) -> impl Iterator<Item = &str> {
        self.other_keys.iter().map(String::as_str)
    }

    fn note_other_keys(&mut self, object: &serde_json::Map<String, Value>) {
        for key in object.keys() {
            let is_known = self.selected.contains(key) || self.other_keys.contains(key);
            if !is_known && self.other_keys.len() < OTHER_KEYS_MAX && key.len() <= OTHER_KEY_BYTES_MAX {
                self.other_keys.push(key.clone());
            }
        }
    }

    /// The next line that is not blank, as text.
    #[expect(clippy::type_complexity, reason = "a numbered line that may be unreadable, in a file that may be")]
    pub fn next_text(&mut self) -> Result<Option<(u64, Result<String, Violation>)>, ImportError> {
        while let Some(Line { number, mut bytes, is_cut }) = self.lines.next_line()? {
            if number == 1 {
                if let Some(found) = encoding::foreign_encoding(&bytes) {
                    let file = self.lines.file().to_owned();
                    return Err(ImportError::ForeignEncoding { file, found, expected: "UTF-8" });
                }
                bytes = encoding::without_mark(&bytes).to_vec();
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let lossy = |error: std::string::FromUtf8Error| {
                Violation::new("row", String::from_utf8_lossy(error.as_bytes()), "UTF-8 text")
            };
            let text = String::from_utf8(bytes).map_err(lossy);
            let text = match text {
                Ok(text) if is_cut => {
                    Err(Violation::new("row", text, format!("at most {LINE_BYTES_MAX} bytes in a row")))
                }
                Ok(_) | Err(_) => text,
            };
            return Ok(Some((number, text)));
        }
        Ok(None)
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, ImportError> {
        let Some((line, text)) = self.next_text()? else { return Ok(None) };
        let row = match text {
            Ok(raw) => SourceRow { line, cells: self.read_cells(&raw), raw },
            Err(violation) => SourceRow { line, raw: violation.value.clone(), cells: Err(violation) },
        };
        Ok(Some(row))
    }

    fn read_cells(&mut self, text: &str) -> Result<Vec<Cell>, Violation> {
        let wrong = |problem: String| Violation::new("row", text, format!("one JSON object a line ({problem})"));
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let Value::Object(object) = value else { return Err(wrong("this is none".to_owned())) };
        self.has_read_object = true;
        self.note_other_keys(&object);
        let mut cells = Vec::with_capacity(self.selected.len());
        for (key, was_held) in self.selected.iter().zip(&mut self.was_held) {
            let value = object.get(key);
            *was_held |= value.is_some();
            cells.push(value.map_or(Cell::Absent, read_cell));
        }
        Ok(cells)
    }
}

fn read_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(truth) => Cell::Truth(*truth),
        Value::Number(number) if number.is_f64() && number.as_f64().is_none_or(|value| value.abs() >= INEXACT.from) => {
            Cell::Unusable(INEXACT.what)
        }
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::String(text) if text.is_empty() => Cell::Empty,
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(parts) => {
            let texts: Option<Vec<String>> = parts.iter().map(|part| read_cell(part).text()).collect();
            texts.map_or(Cell::Unusable("a list of lists or objects"), Cell::List)
        }
        Value::Object(_) => Cell::Unusable("an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_object_costs_that_line_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.jsonl");
        std::fs::write(&file, "{\"a\": 1.50, \"b\": [\"x\", \"y\"]}\n{\"a\": 1\n\n[1]\n{\"b\": {}, \"a\": null}\n")
            .unwrap();
        let mut source = JsonlSource::open(&file).unwrap();
        source.select(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        assert!(source.keys_never_held().is_empty(), "nothing was read");
        let mut rows = Vec::new();
        while let Some(row) = source.next_row().unwrap() {
            rows.push((row.line, row.cells));
        }
        let list = Cell::List(vec!["x".to_owned(), "y".to_owned()]);
        assert_eq!(rows[0], (1, Ok(vec![Cell::Number("1.5".to_owned()), list, Cell::Absent])));
        assert!(rows[1].0 == 2 && rows[1].1.is_err());
        assert!(rows[2].0 == 4 && rows[2].1.is_err());
        assert_eq!(rows[3], (5, Ok(vec![Cell::Empty, Cell::Unusable("an object"), Cell::Absent])));
        assert_eq!(source.keys_never_held(), ["c"]);
    }

    /// Goal: two ids of twenty digits that differ in the last one never become one.
    #[test]
    fn a_number_that_would_lose_digits_is_refused() {
        let cell = |text: &str| read_cell(&serde_json::from_str(text).unwrap());
        for exact in ["18446744073709551615", "-9223372036854775808", "9007199254740991.0"] {
            assert!(matches!(cell(exact), Cell::Number(_)), "{exact}");
        }
        for number in ["18446744073709551616", "18446744073709551617", "-1e19"] {
            assert_eq!(cell(number), Cell::Unusable(INEXACT.what), "{number}");
        }
    }
}
