//! Reads labelled messages, one JSON object a line.

use std::io::BufRead;

use serde_json::Value;

use super::spec::TextExample;
use crate::train::json_lines::JsonLines;

/// Most faulty lines that are described one by one.
const PROBLEMS_DESCRIBED_MAX: usize = 20;

/// A message with its label and the id of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleRow {
    /// The row's `id`, or its line number where it has none.
    pub id: String,
    /// The message with its label.
    pub example: TextExample,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExampleRows {
    /// The rows with text and label, in order.
    pub rows: Vec<ExampleRow>,
    /// Number of rows without a label.
    pub unlabelled_count: usize,
    /// Number of lines that could not be read.
    pub faulty_count: usize,
    /// The first of these, described.
    pub problems: Vec<String>,
}

/// Reads rows with the message under `text_field` and the label under `label_field`. Faulty lines are counted and left out.
///
/// # Errors
/// When `lines` cannot be read.
pub fn read_examples(lines: impl BufRead, text_field: &str, label_field: &str) -> std::io::Result<ExampleRows> {
    let mut read = ExampleRows::default();
    let mut lines = JsonLines::new(lines);
    while let Some((line_number, line)) = lines.next_line()? {
        match read_row(&line, line_number, text_field, label_field) {
            Ok(Some(row)) => read.rows.push(row),
            Ok(None) => read.unlabelled_count += 1,
            Err(problem) => {
                read.faulty_count += 1;
                if read.problems.len() < PROBLEMS_DESCRIBED_MAX {
                    read.problems.push(format!("line {line_number}: {problem}"));
                }
            }
        }
    }
    Ok(read)
}

fn read_row(
    line: &[u8],
    line_number: usize,
    text_field: &str,
    label_field: &str,
) -> Result<Option<ExampleRow>, String> {
    let row: Value =
        serde_json::from_slice(line).map_err(|error| format!("expected a JSON object in UTF-8: {error}"))?;
    let Some(fields) = row.as_object() else { return Err("expected a JSON object".to_owned()) };
    let text = match fields.get(text_field) {
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(format!("`{text_field}` is not text")),
        None => return Err(format!("no field `{text_field}`")),
    };
    let Some(label) = plain(fields.get(label_field), label_field)? else { return Ok(None) };
    let id = plain(fields.get("id"), "id")?.unwrap_or_else(|| line_number.to_string());
    Ok(Some(ExampleRow { id, example: TextExample { text, label } }))
}

/// Text, number or truth value as text; `None` where there is none.
fn plain(value: Option<&Value>, field: &str) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
        Some(Value::Array(_) | Value::Object(_)) => Err(format!("`{field}` is neither text nor a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_rows_are_kept_and_bad_lines_described() {
        let lines = concat!(
            "{\"id\":7,\"m\":\"a\",\"l\":\"x\"}\n\n{\"m\":\"b\",\"l\":null}\n{broken\n",
            "{\"m\":\"c\",\"l\":true}\n{\"l\":\"x\"}\n[1]\n{\"m\":\"d\",\"l\":[1]}"
        );
        let mut bytes = b"\xef\xbb\xbf".to_vec();
        bytes.extend_from_slice(lines.as_bytes());
        bytes.extend_from_slice(b"\n\xff\xfe\n");
        let read = read_examples(bytes.as_slice(), "m", "l").unwrap();
        let ids: Vec<&str> = read.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["7", "5"]);
        assert_eq!(read.rows[1].example.label, "true");
        assert_eq!((read.unlabelled_count, read.faulty_count), (1, 5));
        assert!(read.problems[1].contains("line 6") && read.problems[1].contains("`m`"));
    }
}
