//! `recourse migrate`: brings a database of an earlier release up to this one.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::open::{DatabaseArgs, block_on, check_present};
use super::{GlobalArgs, output};
use crate::domain::time::SystemClock;
use crate::store::{self, SchemaVersions};

/// Bring the database of an earlier release up to this one, as `serve` and `import` do by themselves. Make a backup first: the earlier
/// release does not open it afterwards.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Say which schema version is found and which one is needed, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// When there is no database, it was changed by a newer release or another build, or it cannot be brought up.
pub fn run(args: &MigrateArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let config = args.database.config(global)?;
    check_present(&config)?;
    let url = config.database_url();
    let SchemaVersions { found, needed } = block_on(async {
        let versions = store::schema_versions(&url).await?;
        if !versions.is_current() && !args.dry_run {
            store::open(&url, 1, Arc::new(SystemClock)).await?.settle().await?;
        }
        Ok(versions)
    })?;
    if global.json {
        let summary = json!({ "found_version": found, "needed_version": needed, "dry_run": args.dry_run });
        return output::print_json(&summary);
    }
    output::print_text(&match (found == needed, args.dry_run) {
        (true, _) => {
            format!("the database has schema version {found}, which this release needs; nothing is to be done")
        }
        (false, true) => {
            format!("the database has schema version {found}, this release needs {needed}; nothing was changed")
        }
        (false, false) => format!("the database had schema version {found} and has {needed} now"),
    })
}
