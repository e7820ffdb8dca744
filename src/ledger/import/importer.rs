//! The importer: an open file, read row by row into ledger records.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ImportError;
use super::kind::ImportKind;
use super::mapping::Mapping;
use super::plan::Plan;
use super::rows::records_of;
use super::source::{FileFormat, Source, SourceRow};
use crate::domain::time_zone::TimeZone;
use crate::domain::violation::{Violation, Violations};
use crate::ledger::record::LedgerRecord;

/// One row of the file.
#[derive(Debug)]
pub struct ImportRow {
    /// Line on which it starts (the number of the row in Parquet), counted from 1.
    pub line: u64,
    /// The row as it stands in the file.
    pub raw: String,
    /// The records it stands for, in the order in which they are to be taken in; or everything that is wrong with it.
    pub records: Result<Vec<LedgerRecord>, Violations>,
}

/// Reads a file row by row; ends after the last row or the first failure of the file as a whole.
pub struct Importer {
    source: Source,
    plan: Plan,
    has_failed: bool,
}

impl Importer {
    /// Opens a file whose rows become records by a mapping. Where a format writes instants, their day is that of `time_zone`.
    ///
    /// # Errors
    /// When the file cannot be read as what it is said to be, or lacks a column.
    pub fn open(file: &Path, format: FileFormat, mapping: Mapping, time_zone: &TimeZone) -> Result<Self, ImportError> {
        if mapping.kind == ImportKind::Records && format != FileFormat::Jsonl {
            return Err(ImportError::RecordsFormat { file: file.to_owned() });
        }
        let mut source = Source::open(file, format, &mapping, time_zone)?;
        let plan = Plan::fit(mapping, file, source.columns())?;
        source.select(&plan.columns);
        Ok(Importer { source, plan, has_failed: false })
    }

    /// Bytes of the file read so far.
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// The columns that fill each field, for messages.
    pub fn columns_by_field(&self) -> BTreeMap<&'static str, String> {
        self.plan.columns_by_field()
    }

    /// The fields, each with its column, for which the mapping names a column that no row so far had. Only JSONL lets rows leave columns
    /// out; a file of another format that lacks one is not opened.
    pub fn columns_never_held(&self) -> Vec<(&'static str, String)> {
        self.plan.fields_of(&self.source.columns_never_held())
    }

    /// The columns that fill no field, where no mapping says which are wanted; in JSONL, the first ones of the rows so far.
    pub fn columns_unused(&self) -> Vec<String> {
        match &self.source {
            Source::Jsonl(source) => self.plan.columns_unused(source.other_keys()),
            Source::Csv(_) | Source::Parquet(_) => {
                self.plan.columns_unused(self.source.columns().unwrap_or_default().iter().map(String::as_str))
            }
        }
    }

    fn next_row(&mut self) -> Result<Option<ImportRow>, ImportError> {
        if let (ImportKind::Records, Source::Jsonl(lines)) = (self.plan.kind, &mut self.source) {
            let Some((line, text)) = lines.next_text()? else { return Ok(None) };
            let row = match text {
                Ok(raw) => ImportRow { line, records: read_record(&raw), raw },
                Err(violation) => ImportRow { line, raw: violation.value.clone(), records: Err(violation.into()) },
            };
            return Ok(Some(row));
        }
        let Some(SourceRow { line, raw, cells }) = self.source.next_row()? else { return Ok(None) };
        let records = match cells {
            Ok(cells) => records_of(&self.plan, &cells),
            Err(violation) => Err(violation.into()),
        };
        Ok(Some(ImportRow { line, raw, records }))
    }
}

fn read_record(text: &str) -> Result<Vec<LedgerRecord>, Violations> {
    let record: LedgerRecord = serde_json::from_str(text)
        .map_err(|error| Violation::new("record", text, format!("one ledger record as JSON ({error})")))?;
    record.validate()?;
    Ok(vec![record])
}

impl Iterator for Importer {
    type Item = Result<ImportRow, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let row = self.next_row().transpose();
        self.has_failed = matches!(row, Some(Err(_)));
        row
    }
}
