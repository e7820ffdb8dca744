//! File import: rows of CSV, JSONL and Parquet become ledger records by a mapping, one at a time.

pub mod cell;
mod codes;
pub mod date;
pub mod encoding;
pub mod error;
pub mod importer;
pub mod kind;
pub mod mapping;
pub mod number;
mod plan;
mod rows;
mod source;

pub use codes::CodeSet;
pub use error::{ImportError, MappingError};
pub use importer::{ImportRow, Importer};
pub use kind::ImportKind;
pub use mapping::Mapping;
pub use source::FileFormat;
