//! A copy of the ledger for a dry run, which is thrown away afterwards.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::SecretString;

use super::super::open::sqlite_file;
use super::rejects::with_suffix;
use crate::config::Config;

/// The folder of a dry run; dropping it removes it.
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Copies the embedded database, when that is the one in use and it exists; otherwise the scratch ledger is empty.
    ///
    /// # Errors
    /// When the copy cannot be written.
    pub fn copy(config: &Config) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("recourse-dry-run-{}", std::process::id()));
        let scratch = Scratch { folder };
        let failed = || format!("the copy for the dry run cannot be written to `{}`", scratch.folder.display());
        std::fs::create_dir_all(&scratch.folder).with_context(failed)?;
        let Some(database) = sqlite_file(config) else {
            eprintln!("the rows are checked against an empty ledger, because a database server cannot be copied");
            return Ok(scratch);
        };
        // The write-ahead log holds what was committed last.
        for suffix in ["-wal", ""] {
            let from = with_suffix(&database, suffix);
            if from.is_file() {
                std::fs::copy(&from, scratch.database(suffix)).with_context(failed)?;
            }
        }
        Ok(scratch)
    }

    /// The copy's URL.
    pub fn database_url(&self) -> SecretString {
        SecretString::from(format!("sqlite:{}", self.database("").display()))
    }

    fn database(&self, suffix: &str) -> PathBuf {
        Path::new(&self.folder).join(format!("recourse.db{suffix}"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind in the system's place for temporary files does no harm.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
