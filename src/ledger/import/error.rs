//! Why a file cannot be imported at all; bad rows are no such failure, they are reported one by one.

use std::path::PathBuf;

use crate::domain::violation::{Violation, Violations};

/// A failure that concerns the whole file.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("`{}` cannot be opened", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Reading stopped within the file.
    #[error("`{}` cannot be read beyond line {line}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Last line that was read.
        line: u64,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file begins like one of another encoding.
    #[error("`{}` is {found} from line 1 on, expected {expected} (see `encoding` in the mapping)", file.display())]
    ForeignEncoding {
        /// The file.
        file: PathBuf,
        /// What it looks like.
        found: &'static str,
        /// What the mapping says.
        expected: &'static str,
    },
    /// The header line is not in the encoding that the mapping names.
    #[error("`{}` line {line} holds bytes that are no {expected}, expected column names in {expected} (see `encoding` in the mapping)", file.display())]
    HeaderEncoding {
        /// The file.
        file: PathBuf,
        /// Line of the header.
        line: u64,
        /// What the mapping says.
        expected: &'static str,
    },
    /// The header line cannot be taken apart into cells.
    #[error("`{}` line {line} is no header", file.display())]
    MalformedHeader {
        /// The file.
        file: PathBuf,
        /// Line of the header.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: Violation,
    },
    /// There is no header line.
    #[error("`{}` is empty, expected a first line with column names", file.display())]
    NoHeader {
        /// The file.
        file: PathBuf,
    },
    /// A column that the mapping names is not there.
    #[error("`{}` has no column `{column}`, which the mapping names for `{field}`; its columns are {found}", file.display())]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
        /// The field it is meant for.
        field: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// A column that the mapping names is there twice.
    #[error("`{}` has column `{column}` twice, expected each mapped column once", file.display())]
    RepeatedColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
    },
    /// No mapping was given, and the columns do not carry the names of the fields.
    #[error("`{}` has no column for `{field}`; its columns are {found}; name them in a mapping", file.display())]
    UnmappedField {
        /// The file.
        file: PathBuf,
        /// The required field.
        field: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// The Parquet file is cut off or damaged.
    #[error("`{}` cannot be read as Parquet after row {row}, expected a complete Parquet file (is it cut off?)", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// Rows read before.
        row: u64,
        /// What the reader says.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The name of the file does not say what it is.
    #[error("`{}` does not end in .csv, .tsv, .jsonl, .ndjson or .parquet; name its format", file.display())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// Ledger records come as JSONL only.
    #[error("`{}` must be JSONL to hold ledger records", file.display())]
    RecordsFormat {
        /// The file.
        file: PathBuf,
    },
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl ImportError {
    /// Whether the caller asked for something that cannot be, rather than the file being damaged or unreadable.
    pub fn is_wrong_use(&self) -> bool {
        match self {
            ImportError::Open { .. }
            | ImportError::MissingColumn { .. }
            | ImportError::RepeatedColumn { .. }
            | ImportError::UnmappedField { .. }
            | ImportError::UnknownFormat { .. }
            | ImportError::RecordsFormat { .. }
            | ImportError::Mapping(_) => true,
            ImportError::Read { .. }
            | ImportError::ForeignEncoding { .. }
            | ImportError::HeaderEncoding { .. }
            | ImportError::MalformedHeader { .. }
            | ImportError::NoHeader { .. }
            | ImportError::Parquet { .. } => false,
        }
    }
}

/// Why a mapping file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It cannot be read.
    #[error("mapping `{}` cannot be read", file.display())]
    Unreadable {
        /// The mapping.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no TOML, or has a key that mappings do not have.
    #[error("mapping `{}`: {problem}", file.display())]
    Malformed {
        /// The mapping.
        file: PathBuf,
        /// What is wrong, with the line.
        problem: String,
    },
    /// Keys hold what cannot be.
    #[error("mapping `{}`: {violations}", file.display())]
    Invalid {
        /// The mapping.
        file: PathBuf,
        /// Every key at fault.
        violations: Violations,
    },
}
