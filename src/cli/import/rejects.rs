//! Rejected rows: the first ones on stderr, all of them in a file with line, reason and the row as it was.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::super::output::WrongUse;
use crate::domain::violation::{Violation, Violations};
use crate::ledger::record::RecordRejection;
use crate::service::ledger::SettledRecord;

/// Rejections that are also shown on stderr.
const SHOWN_MAX: u64 = 5;

/// Columns of the file as CSV.
const CSV_COLUMNS: [&str; 4] = ["line", "reason", "message", "row"];

/// Keys of an entry of the file as JSONL, sorted.
const JSONL_KEYS: [&str; 7] = ["external_id", "line", "message", "problems", "reason", "record_kind", "row"];

/// Longest first line by which an earlier file is recognised, in bytes: a row is at most 4 MiB, and escapes make it longer.
const FIRST_LINE_BYTES_MAX: u64 = 64 << 20;

/// What SQLite keeps beside a database is named after it.
const DATABASE_SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Refuses to write rejected rows over the database or over a file that holds anything else. What is no file, such as a pipe, is written
/// to as it is.
///
/// # Errors
/// Wrong use.
pub fn refuse_to_overwrite(path: &Path, database: Option<&Path>) -> Result<(), WrongUse> {
    let refused = |expected: &str| Err(WrongUse(format!("`rejects` is `{}`, expected {expected}", path.display())));
    let is_path = |other: PathBuf| place_of(&other) == place_of(path);
    if database.is_some_and(|file| DATABASE_SUFFIXES.iter().any(|suffix| is_path(with_suffix(file, suffix)))) {
        return refused("another file than the database");
    }
    if holds_something_else(path) { refused(EXPECTED_FILE) } else { Ok(()) }
}

/// What a file for rejected rows must be.
const EXPECTED_FILE: &str = "a new file, or one with the rejected rows of an earlier import";

/// The path with something added to its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Where a path leads, whether or not a file is there yet.
fn place_of(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// Whether the path is a file that holds anything but rejected rows; one that cannot be read may hold anything.
fn holds_something_else(path: &Path) -> bool {
    path.is_file() && !is_of_an_earlier_import(path).unwrap_or(false)
}

fn is_of_an_earlier_import(path: &Path) -> io::Result<bool> {
    if path.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut first_line = Vec::new();
    BufReader::new(File::open(path)?).take(FIRST_LINE_BYTES_MAX).read_until(b'\n', &mut first_line)?;
    let first_line = first_line.trim_ascii_end();
    if first_line == CSV_COLUMNS.join(",").as_bytes() {
        return Ok(true);
    }
    Ok(match serde_json::from_slice(first_line) {
        Ok(Value::Object(entry)) => entry.keys().map(String::as_str).eq(JSONL_KEYS),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | Err(_) => false,
    })
}

/// Writes rejected rows; the file is made with the first of them.
pub struct RejectWriter {
    path: Option<PathBuf>,
    columns_by_field: BTreeMap<&'static str, String>,
    output: Option<Output>,
    rejected_count: u64,
}

enum Output {
    Jsonl(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

/// One entry of the file.
struct Rejection<'a> {
    line: u64,
    reason: &'static str,
    record: Option<(&'static str, &'a str)>,
    problems: &'a [Violation],
    message: String,
    row: &'a str,
}

impl RejectWriter {
    /// A writer to `path`; without one, rejections are only shown.
    pub fn new(path: Option<PathBuf>, columns_by_field: BTreeMap<&'static str, String>) -> Self {
        RejectWriter { path, columns_by_field, output: None, rejected_count: 0 }
    }

    /// Notes a row that could not be read as records.
    pub fn reject_row(&mut self, line: u64, row: &str, violations: &Violations) -> io::Result<()> {
        let problems: Vec<Violation> = violations.0.iter().map(|violation| self.with_column(violation)).collect();
        let message = Violations(problems).to_string();
        self.write(&Rejection { line, reason: "INVALID_RECORD", record: None, problems: &violations.0, message, row })
    }

    /// Notes a record of a row that was refused.
    pub fn reject_record(
        &mut self,
        line: u64,
        row: &str,
        settled: &SettledRecord,
        rejection: &RecordRejection,
    ) -> io::Result<()> {
        let problems: &[Violation] = match rejection {
            RecordRejection::Invalid(violations) => &violations.0,
            RecordRejection::UnknownInvoice { .. }
            | RecordRejection::UnknownDocument { .. }
            | RecordRejection::AlreadyReversed { .. }
            | RecordRejection::ContentConflict { .. }
            | RecordRejection::ClearedBefore { .. }
            | RecordRejection::DisputeContradiction { .. }
            | RecordRejection::CurrencyMismatch { .. }
            | RecordRejection::OtherCustomer { .. } => &[],
        };
        let record = Some((settled.kind, settled.external_id.as_str()));
        let (reason, message) = (rejection.reason(), rejection.to_string());
        self.write(&Rejection { line, reason, record, problems, message, row })
    }

    /// Ends the file; its path, when there is one.
    pub fn finish(self) -> anyhow::Result<Option<PathBuf>> {
        let path = self.path.unwrap_or_default();
        let flushed = match self.output {
            None => return Ok(None),
            Some(Output::Jsonl(mut file)) => file.flush(),
            Some(Output::Csv(mut writer)) => writer.flush(),
        };
        flushed.with_context(|| format!("rejected rows cannot be written to `{}`", path.display()))?;
        Ok(Some(path))
    }

    /// The violation with the file's own column beside the field.
    fn with_column(&self, violation: &Violation) -> Violation {
        let mut shown = violation.clone();
        if let Some(column) = self.column_of(&violation.field)
            && column != violation.field
        {
            shown.field = format!("{} (column {column})", violation.field);
        }
        shown
    }

    fn column_of(&self, field: &str) -> Option<&str> {
        let name = field.rsplit('.').next().unwrap_or(field);
        self.columns_by_field.get(name).map(String::as_str)
    }

    fn write(&mut self, rejection: &Rejection<'_>) -> io::Result<()> {
        self.rejected_count += 1;
        if self.rejected_count <= SHOWN_MAX {
            eprintln!("line {}: {}", rejection.line, rejection.message);
        } else if self.rejected_count == SHOWN_MAX + 1 {
            eprintln!("more lines are rejected, which are not shown here");
        }
        let Some(path) = &self.path else { return Ok(()) };
        let mut output = match self.output.take() {
            Some(output) => output,
            None => Output::create(path)?,
        };
        output.write(rejection, |field| self.column_of(field))?;
        self.output = Some(output);
        Ok(())
    }
}

impl Output {
    fn create(path: &Path) -> io::Result<Self> {
        let failed = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()));
        // The import may have made a file there meanwhile.
        if holds_something_else(path) {
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, format!("expected {EXPECTED_FILE}"))));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = File::create(path).map_err(failed)?;
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(CSV_COLUMNS)?;
            return Ok(Output::Csv(Box::new(writer)));
        }
        Ok(Output::Jsonl(BufWriter::new(file)))
    }

    fn write<'a>(&mut self, rejection: &Rejection<'_>, column_of: impl Fn(&str) -> Option<&'a str>) -> io::Result<()> {
        let Rejection { line, reason, record, problems, message, row } = rejection;
        match self {
            Output::Csv(writer) => writer.write_record([&line.to_string(), *reason, message, *row])?,
            Output::Jsonl(file) => {
                let problems: Vec<_> = problems
                    .iter()
                    .map(|Violation { field, value, expected }| {
                        json!({ "field": field, "column": column_of(field), "value": value, "expected": expected })
                    })
                    .collect();
                let entry = json!({
                    "line": line,
                    "reason": reason,
                    "record_kind": record.map(|(kind, _)| kind),
                    "external_id": record.map(|(_, external_id)| external_id),
                    "message": message,
                    "problems": problems,
                    "row": row,
                });
                writeln!(file, "{entry}")?;
            }
        }
        Ok(())
    }
}
