//! `recourse config taxonomy` and `load-taxonomy`: the codes of what can be contested, shown or replaced by a tenant's own.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::open::{DataArgs, DatabaseArgs, LedgerArgs, block_on, check_present, parse_tenant};
use super::output::WrongUse;
use super::{GlobalArgs, output};
use crate::domain::ids::TenantId;
use crate::domain::taxonomy::{ItemCode, Taxonomy};
use crate::domain::time::SystemClock;
use crate::service::ServiceError;
use crate::service::taxonomy::{Loading, TaxonomyChange};
use crate::store;

const AFTER_HELP: &str = "\
A taxonomy is TOML: a name, and for each code what it means.

  name = \"acme/1\"

  [[item]]
  code = \"PRICE_LIST\"
  meaning = \"the price is not the one of our list\"
  covers = [\"PRICING\", \"DISCOUNT\"]

  [[item]]
  code = \"PALLETS\"
  meaning = \"pallets were not swapped\"

  [[item]]
  code = \"OTHER\"
  meaning = \"anything else\"

`covers` names the codes of the shipped taxonomy that a code stands for, each at most once; the one of the same name it covers anyway. \
Until an item model is trained on the tenant's own disputes, the shipped one serves: its probabilities are added up over what each code \
covers, and what none covers goes to OTHER, which every taxonomy has. `recourse config taxonomy` prints the shipped one, with the keys \
of its crosswalk to public standards, all of which may be left out.

Each load adds a version; loading what is in use changes nothing. A code that stored disputes use cannot be left out: keep it until \
they have another, by UpdateDispute or a later import. Running servers follow within some ten seconds.

  recourse config load-taxonomy acme.toml --tenant acme --dry-run
  recourse config load-taxonomy acme.toml --tenant acme";

/// Print the codes of what can be contested: the shipped ones with their crosswalk to public standards, or those of a tenant.
#[derive(Debug, Args)]
pub struct TaxonomyArgs {
    /// Print the taxonomy that this tenant uses, as it was loaded.
    #[arg(long, value_name = "TENANT", value_parser = parse_tenant)]
    tenant: Option<TenantId>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Put your own codes of what can be contested in the place of those that a tenant uses.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub struct LoadTaxonomyArgs {
    /// Taxonomy file (TOML); --help shows one.
    file: PathBuf,
    /// Check it and tell what would change, and store nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Prints a taxonomy.
///
/// # Errors
/// When the database cannot be read or stdout cannot be written.
pub fn show(args: &TaxonomyArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let TaxonomyArgs { tenant, database } = args;
    let loaded = match tenant {
        Some(tenant) => loaded_text(tenant, database, global)?,
        None if database.data_dir.is_some() || database.database_url.is_some() => {
            return Err(WrongUse(
                "without --tenant the shipped taxonomy is printed, which is in no database".to_owned(),
            )
            .into());
        }
        None => None,
    };
    match loaded {
        Some(text) if global.json => output::print_json(&Taxonomy::parse(&text)?),
        Some(text) => output::print_text(&text),
        None if global.json => output::print_json(&Taxonomy::shipped()),
        None => output::print_text(&toml::to_string(&Taxonomy::shipped())?),
    }
}

/// The text of the taxonomy that a tenant loaded; `None` while the shipped one is in use.
fn loaded_text(tenant: &TenantId, database: &DatabaseArgs, global: &GlobalArgs) -> anyhow::Result<Option<String>> {
    let config = database.config(global)?;
    check_present(&config)?;
    block_on(async {
        let clock = Arc::new(SystemClock);
        let store = store::open_as_found(&config.database_url(), config.database.connections_max, clock).await?;
        let loaded = store.taxonomy(tenant).await?;
        store.settle().await?;
        Ok(loaded.map(|loaded| loaded.text))
    })
}

/// Loads a taxonomy.
///
/// # Errors
/// Wrong use when the file holds no taxonomy; when stored disputes use codes that it lacks; or when the database fails.
pub fn load(args: &LoadTaxonomyArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let LoadTaxonomyArgs { file, dry_run, ledger } = args;
    let text = std::fs::read_to_string(file)
        .map_err(|error| WrongUse(format!("taxonomy file `{}` cannot be read: {error}", file.display())))?;
    let data = DataArgs { ledger: ledger.clone(), strategy: None };
    let loading = if *dry_run { Loading::DryRun } else { Loading::Store };
    let change = block_on(async {
        let (service, _) = match loading {
            Loading::DryRun => data.open_present(global).await?,
            Loading::Store => data.open(global).await?,
        };
        let loaded = service.load_taxonomy(&ledger.tenant, &text, loading).await;
        service.settle().await?;
        loaded.map_err(|error| {
            if let ServiceError::Invalid(violations) = &error {
                return WrongUse(format!("taxonomy file `{}`: {violations}", file.display())).into();
            }
            anyhow::Error::from(error)
        })
    })?;
    match global.json {
        true => output::print_json(&change_json(&change, &ledger.tenant, loading)),
        false => output::print_text(&change_text(&change, &ledger.tenant, loading)),
    }
}

fn change_json(change: &TaxonomyChange, tenant: &TenantId, loading: Loading) -> serde_json::Value {
    let TaxonomyChange { name, name_before, version, is_in_use, added, removed } = change;
    json!({
        "tenant": tenant,
        "name": name,
        "name_before": name_before,
        "version": version,
        "is_in_use_already": is_in_use,
        "is_dry_run": loading == Loading::DryRun,
        "added": added,
        "removed": removed,
    })
}

fn change_text(change: &TaxonomyChange, tenant: &TenantId, loading: Loading) -> String {
    let TaxonomyChange { name, name_before, version, is_in_use, added, removed } = change;
    if *is_in_use {
        return format!("tenant `{tenant}` uses exactly this taxonomy already, as version {version}: `{name}`");
    }
    let takes = match loading {
        Loading::DryRun => "would take",
        Loading::Store => "takes",
    };
    let follow = match loading {
        Loading::DryRun => "nothing was stored",
        Loading::Store => "running servers follow within some ten seconds",
    };
    let listed = |codes: &[ItemCode]| match codes {
        [] => "none".to_owned(),
        codes => codes.iter().map(ItemCode::as_str).collect::<Vec<_>>().join(", "),
    };
    format!(
        "`{name}` {takes} the place of `{name_before}` for tenant `{tenant}`, as version {version}; {follow}\n\
         codes added: {}\ncodes removed: {}",
        listed(added),
        listed(removed)
    )
}
