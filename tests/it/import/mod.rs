//! `recourse import` as a user meets it: files in, a ledger and rejected rows out.

mod again;
mod bad_files;
mod bad_rows;
mod columns;
mod customers;
mod disputes;
mod formats;
mod real_data;
mod session;
mod settlements;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use recourse::domain::ids::TenantId;
use recourse::domain::time::SystemClock;
use recourse::store::{self, AccountRecord};
use serde_json::Value;

/// Most accounts that a test looks at.
const ACCOUNTS_MAX: usize = 5_000;

/// The header of invoice files whose columns carry the names of the fields.
const INVOICE_HEADER: &str = "invoice_id,customer_id,amount,currency,issued_on,due_on,cleared_on\n";

/// A folder with files to import and a data folder.
struct Workplace {
    folder: tempfile::TempDir,
}

/// What a command left behind.
struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Done {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON in {}\n{}", self.stdout, self.stderr))
    }
}

impl Workplace {
    fn new() -> Self {
        Workplace { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// `recourse import ARGS --data-dir data --json` in this folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recourse"));
        command.arg("import").args(args).args(["--data-dir", "data", "--json"]).current_dir(self.folder.path());
        for variable in ["RECOURSE_DATABASE_URL", "RECOURSE_DATA_DIR", "RECOURSE_CONFIG"] {
            command.env_remove(variable);
        }
        command
    }

    fn import(&self, args: &[&str]) -> Done {
        let output = self.command(args).output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The rejected rows of `file`.
    fn rejects(&self, file: &str) -> Vec<Value> {
        let path = self.path("data").join(format!("{file}.rejects.jsonl"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn accounts(&self) -> Vec<AccountRecord> {
        accounts_in(&self.path("data/recourse.db")).await
    }
}

async fn accounts_in(database: &Path) -> Vec<AccountRecord> {
    let url = format!("sqlite:{}", database.display()).into();
    let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
    store.scan_accounts(&TenantId::default_tenant(), None, ACCOUNTS_MAX).await.unwrap()
}
