//! File formats: each hands out rows of cells, one at a time.

mod csv;
mod jsonl;
mod lines;
mod parquet;

use std::path::Path;

use super::cell::Cell;
use super::error::ImportError;
use super::mapping::Mapping;
use crate::domain::time_zone::TimeZone;
use crate::domain::violation::Violation;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Lines of delimited cells under a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

impl FileFormat {
    /// The format that the end of a file's name says.
    ///
    /// # Errors
    /// When it says none.
    pub fn of(file: &Path) -> Result<Self, ImportError> {
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Ok(FileFormat::Csv),
            "jsonl" | "ndjson" => Ok(FileFormat::Jsonl),
            "parquet" => Ok(FileFormat::Parquet),
            _ => Err(ImportError::UnknownFormat { file: file.to_owned() }),
        }
    }
}

/// A row as it came from the file.
#[derive(Debug)]
pub(super) struct SourceRow {
    /// Line on which it starts, or number of the row, counted from 1.
    pub line: u64,
    /// The row as text, for people.
    pub raw: String,
    /// The cells of the selected columns in their order, or why the row cannot be taken apart.
    pub cells: Result<Vec<Cell>, Violation>,
}

/// An open file that hands out rows.
pub(super) enum Source {
    Csv(csv::CsvSource),
    Jsonl(jsonl::JsonlSource),
    Parquet(parquet::ParquetSource),
}

impl Source {
    /// Opens a file and reads as much as is needed to know its columns. The day of an instant is that of `time_zone`.
    pub fn open(file: &Path, format: FileFormat, mapping: &Mapping, time_zone: &TimeZone) -> Result<Self, ImportError> {
        match format {
            FileFormat::Csv => Ok(Source::Csv(csv::CsvSource::open(file, mapping)?)),
            FileFormat::Jsonl => Ok(Source::Jsonl(jsonl::JsonlSource::open(file)?)),
            FileFormat::Parquet => Ok(Source::Parquet(parquet::ParquetSource::open(file, time_zone)?)),
        }
    }

    /// The columns, where the format has them all beforehand.
    pub fn columns(&self) -> Option<&[String]> {
        match self {
            Source::Csv(source) => Some(source.columns()),
            Source::Jsonl(_) => None,
            Source::Parquet(source) => Some(source.columns()),
        }
    }

    /// Chooses the columns of which rows are to hold the cells.
    pub fn select(&mut self, columns: &[String]) {
        match self {
            Source::Csv(source) => source.select(columns),
            Source::Jsonl(source) => source.select(columns),
            Source::Parquet(source) => source.select(columns),
        }
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, ImportError> {
        match self {
            Source::Csv(source) => source.next_row(),
            Source::Jsonl(source) => source.next_row(),
            Source::Parquet(source) => source.next_row(),
        }
    }

    /// Selected columns that no row so far had, where only rows tell which columns there are.
    pub fn columns_never_held(&self) -> Vec<&str> {
        match self {
            Source::Csv(_) | Source::Parquet(_) => Vec::new(),
            Source::Jsonl(source) => source.keys_never_held(),
        }
    }

    /// Bytes read so far, near enough for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        match self {
            Source::Csv(source) => source.bytes_read(),
            Source::Jsonl(source) => source.bytes_read(),
            Source::Parquet(source) => source.bytes_read(),
        }
    }
}
