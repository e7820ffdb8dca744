//! Rejected rows: the first ones on stderr, all of them in a file with line, reason and the row as it was.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::domain::violation::{Violation, Violations};
use crate::ledger::record::RecordRejection;
use crate::service::ledger::SettledRecord;

/// Rejections that are also shown on stderr.
const SHOWN_MAX: u64 = 5;

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
            | RecordRejection::ContentConflict { .. }
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
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = File::create(path).map_err(failed)?;
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(["line", "reason", "message", "row"])?;
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
