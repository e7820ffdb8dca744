//! What an import did, for people, for machines and for the exit code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::{Value, json};

use super::intake::{ColumnsNoticed, Ending, RowCounts};
use crate::service::ledger::IngestSummary;

/// What an import did.
pub struct ImportSummary<'a> {
    /// What the rows are.
    pub kind: &'static str,
    /// The file.
    pub file: &'a Path,
    /// Whether nothing was written.
    pub is_dry_run: bool,
    /// Whether the whole file was read.
    pub is_complete: bool,
    /// Counts of rows.
    pub rows: RowCounts,
    /// Counts of records.
    pub ingested: IngestSummary,
    /// What was noticed about the columns.
    pub columns: ColumnsNoticed,
    /// Where the rejected rows are.
    pub rejects: Option<PathBuf>,
    /// How long it took.
    pub seconds: f64,
}

impl ImportSummary<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    fn rows_per_second(&self) -> f64 {
        self.rows.read_count as f64 / self.seconds.max(1e-9)
    }

    /// The summary for machines.
    pub fn json(&self) -> Value {
        json!({
            "kind": self.kind,
            "file": self.file,
            "dry_run": self.is_dry_run,
            "complete": self.is_complete,
            "rows": {
                "read": self.rows.read_count,
                "accepted": self.rows.accepted_count,
                "rejected": self.rows.rejected_count,
            },
            "records": self.ingested.counts,
            "records_by_kind": self.ingested.kinds,
            "columns_never_held": self.columns_never_held(),
            "columns_unused": self.columns.unused,
            "rejects_file": self.rejects,
            "seconds": (self.seconds * 1_000.0).round() / 1_000.0,
            "rows_per_second": self.rows_per_second().round(),
        })
    }

    fn columns_never_held(&self) -> Vec<Value> {
        let named = self.columns.never_held.iter();
        named.map(|(field, column)| json!({ "field": field, "column": column })).collect()
    }

    /// The summary for people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}: {} rows read, {} good, {} rejected, in {:.1} s ({:.0} rows/s)",
            self.file.display(),
            self.rows.read_count,
            self.rows.accepted_count,
            self.rows.rejected_count,
            self.seconds,
            self.rows_per_second(),
        );
        for (kind, counts) in &self.ingested.kinds {
            let _ = write!(
                text,
                "\n{kind:<12} {} new, {} changed, {} known already, {} rejected",
                counts.inserted_count, counts.updated_count, counts.unchanged_count, counts.rejected_count,
            );
        }
        if self.is_dry_run {
            text.push_str("\nnothing was written (dry run)");
        }
        text
    }

    /// Success, or what went wrong and what is kept.
    ///
    /// # Errors
    /// When rows were rejected or the import could not go on.
    pub fn judge(&self, ending: Ending) -> anyhow::Result<()> {
        let kept = match (self.is_dry_run, self.rows.settled_line) {
            (true, _) => "nothing was written (dry run)".to_owned(),
            (false, 0) => "nothing was stored before".to_owned(),
            (false, line) => {
                format!("what was good up to line {line} is stored, and running the same command again completes it")
            }
        };
        match ending {
            Ending::Complete => {}
            Ending::Interrupted => bail!("interrupted; {kept}"),
            Ending::FileFailed(error) => return Err(anyhow::Error::from(error).context(kept)),
            Ending::StorageFailed(error) => {
                return Err(anyhow::Error::from(error).context(format!("the import stopped; {kept}")));
            }
            Ending::RejectsFailed(error) => {
                return Err(anyhow::Error::from(error).context(format!("rejected rows cannot be written; {kept}")));
            }
            Ending::ReaderDied => bail!("reading `{}` failed unexpectedly; {kept}", self.file.display()),
        }
        if self.rows.rejected_count == 0 {
            return Ok(());
        }
        let kept = if self.is_dry_run { "would be kept" } else { "are kept" };
        let place = match &self.rejects {
            Some(path) => format!("; each with its reason is in `{}`", path.display()),
            None => String::new(),
        };
        bail!(
            "{} of {} rows were rejected, the other {} {kept}{place}",
            self.rows.rejected_count,
            self.rows.read_count,
            self.rows.accepted_count
        )
    }
}
