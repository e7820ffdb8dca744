//! The files of a simulated company: `records.jsonl`, `choices.jsonl`, `inbox.jsonl` and `truth.json`.

use std::fs::{File, create_dir_all};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SimulatedCompany;

/// Names of the files, in the order in which they are written.
pub const SIMULATION_FILES: [&str; 4] = ["records.jsonl", "choices.jsonl", "inbox.jsonl", "truth.json"];

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct FileWriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Writes the files into a folder, which is made when it is missing. Files of the same names are replaced.
///
/// # Errors
/// The first file or folder that cannot be written.
pub fn write_files(company: &SimulatedCompany, folder: &Path) -> Result<(), FileWriteError> {
    create_dir_all(folder).map_err(|source| FileWriteError { path: folder.to_owned(), source })?;
    let [records, choices, inbox, truth] = SIMULATION_FILES.map(|name| folder.join(name));
    write_lines(&records, &company.records)?;
    write_lines(&choices, &company.choices)?;
    write_lines(&inbox, &company.inbox)?;
    write_lines(&truth, std::slice::from_ref(&company.truth))
}

/// One JSON object a line.
fn write_lines<T: Serialize>(path: &Path, entries: &[T]) -> Result<(), FileWriteError> {
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for entry in entries {
            serde_json::to_writer(&mut file, entry)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    };
    write().map_err(|source| FileWriteError { path: path.to_owned(), source })
}
