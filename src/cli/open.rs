//! Opening the service that a command works with: data folder or database URL, the tenant and the strategy.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use super::GlobalArgs;
use super::output::WrongUse;
use crate::config::Config;
use crate::domain::ids::{ModelId, TenantId};
use crate::domain::strategy::Strategy;
use crate::domain::time::{SharedClock, SystemClock};
use crate::rpc::runtime::new_runtime;
use crate::service::models::archive::ModelArchive;
use crate::service::models::shipped;
use crate::service::{DamagedChampion, Service, ServiceError, ServiceParts};
use crate::store::{self, AccountKey, AccountRecord, Store};

/// Accounts read from the storage at a time.
const ACCOUNTS_READ_AT_ONCE: usize = 256;

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// Folder that holds the embedded database and the trained models; `recourse-data` unless the settings name another. Servers
    /// that share a database share its `models` too.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database to use instead of the one in the data folder: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. Without it
    /// and --data-dir, RECOURSE_DATABASE_URL counts.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
}

/// Where a ledger is, and whose.
#[derive(Debug, Clone, Args)]
pub struct LedgerArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Tenant whose data is meant.
    #[arg(long, global = true, value_name = "TENANT", default_value = "default", value_parser = parse_tenant)]
    pub tenant: TenantId,
}

/// Where the data is, whose, and how it is ranked.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// Strategy file to rank by and to tell the day by; `recourse config strategy` prints the default one.
    #[arg(long, global = true, value_name = "FILE")]
    pub strategy: Option<PathBuf>,
}

/// Reads the id of a tenant.
///
/// # Errors
/// What it should be.
pub fn parse_tenant(text: &str) -> Result<TenantId, String> {
    TenantId::parse(text).map_err(|violation| violation.to_string())
}

impl DatabaseArgs {
    /// The settings with these options laid over them.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn config(&self, global: &GlobalArgs) -> anyhow::Result<Config> {
        let mut config = load_config(global)?;
        if let Some(data_dir) = &self.data_dir {
            config.data_dir = data_dir.clone();
            config.database.url = None;
        }
        if let Some(url) = &self.database_url {
            config.database.url = Some(SecretString::from(url.clone()));
        }
        Ok(config)
    }
}

impl LedgerArgs {
    /// The settings with these options laid over them.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn config(&self, global: &GlobalArgs) -> anyhow::Result<Config> {
        self.database.config(global)
    }

    /// Every account of the tenant.
    ///
    /// # Errors
    /// When there is no database, it has the schema of an earlier release, or it cannot be read.
    pub fn read_accounts(&self, global: &GlobalArgs) -> anyhow::Result<Vec<AccountRecord>> {
        let config = self.config(global)?;
        check_present(&config)?;
        block_on(async {
            let url = config.database_url();
            let store = store::open_as_found(&url, config.database.connections_max, Arc::new(SystemClock)).await?;
            let accounts = scan_accounts(store.as_ref(), &self.tenant).await?;
            store.settle().await?;
            Ok(accounts)
        })
    }
}

/// The settings from the environment and the file named.
///
/// # Errors
/// Wrong use, all in one line: a missing file, a setting that there is not, a value that cannot be.
pub fn load_config(global: &GlobalArgs) -> Result<Config, WrongUse> {
    Config::load(global.config.as_deref()).map_err(|error| WrongUse::with_causes(error.into()))
}

/// Every account of a tenant.
///
/// # Errors
/// When the storage fails.
pub async fn scan_accounts(store: &dyn Store, tenant: &TenantId) -> anyhow::Result<Vec<AccountRecord>> {
    let mut accounts: Vec<AccountRecord> = Vec::new();
    loop {
        let after = accounts
            .last()
            .map(|account| AccountKey { customer_id: account.customer.id.clone(), currency: account.currency });
        let page = store.scan_accounts(tenant, after.as_ref(), ACCOUNTS_READ_AT_ONCE).await?;
        if page.is_empty() {
            return Ok(accounts);
        }
        accounts.extend(page);
    }
}

impl DataArgs {
    /// The settings with these options laid over them.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn config(&self, global: &GlobalArgs) -> anyhow::Result<Config> {
        self.ledger.config(global)
    }

    /// The strategy named, or the shipped one.
    ///
    /// # Errors
    /// When the file cannot be read or holds wrong numbers.
    pub fn strategy(&self) -> anyhow::Result<Strategy> {
        strategy_of(self.strategy.as_deref())
    }

    /// Opens the service of a command that only looks at what is there, with the models of its tenant. A database of an earlier release is
    /// left as it is.
    ///
    /// # Errors
    /// When the data folder holds no database or one of an earlier release, and as [`DataArgs::open`].
    pub async fn open_present(&self, global: &GlobalArgs) -> anyhow::Result<(Arc<Service>, Config)> {
        let (service, config) = self.open_without_champions(global).await?;
        let tenant = &self.ledger.tenant;
        if let Err(error) = service.prepare_for(tenant).await {
            return Err(with_the_way_out(&service, std::slice::from_ref(tenant), error).await);
        }
        Ok((service, config))
    }

    /// The tenant, once it is sure that there is one of that name. The default one is there always.
    ///
    /// # Errors
    /// Wrong use when nothing was ever stored for the tenant, or a failing storage.
    pub async fn known_tenant(&self, service: &Service) -> anyhow::Result<&TenantId> {
        let tenant = &self.ledger.tenant;
        let known = service.tenants().await?;
        if *tenant == TenantId::default_tenant() || known.contains(tenant) {
            return Ok(tenant);
        }
        let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(WrongUse(format!("nothing is stored for --tenant `{tenant}`; known are: {known}")).into())
    }

    /// Opens the service of a command that puts other models in the places of those that serve, so that it needs none of them.
    ///
    /// # Errors
    /// When the data folder holds no database or one of an earlier release, the settings cannot be read, or the database cannot be opened.
    pub async fn open_without_champions(&self, global: &GlobalArgs) -> anyhow::Result<(Arc<Service>, Config)> {
        let config = self.config(global)?;
        check_present(&config)?;
        let (url, clock): (_, SharedClock) = (config.database_url(), Arc::new(SystemClock));
        let store = store::open_as_found(&url, config.database.connections_max, Arc::clone(&clock)).await?;
        self.build(config, store, clock)
    }

    /// Opens the service, ready to serve every tenant, and brings the database up to this release.
    ///
    /// # Errors
    /// When the settings cannot be read, the database cannot be opened, or as [`load_champions`].
    pub async fn open(&self, global: &GlobalArgs) -> anyhow::Result<(Arc<Service>, Config)> {
        let config = self.config(global)?;
        let (url, clock): (_, SharedClock) = (config.database_url(), Arc::new(SystemClock));
        let store = store::open(&url, config.database.connections_max, Arc::clone(&clock)).await?;
        let (service, config) = self.build(config, store, clock)?;
        load_champions(&service).await?;
        Ok((service, config))
    }

    fn build(
        &self,
        config: Config,
        store: Arc<dyn Store>,
        clock: SharedClock,
    ) -> anyhow::Result<(Arc<Service>, Config)> {
        let parts = ServiceParts {
            store,
            clock,
            seed: rand::random(),
            strategy: self.strategy()?,
            models: shipped::active_models()?,
            archive: ModelArchive::in_folder(&config.models_dir())?,
        };
        Ok((Arc::new(Service::new(parts)), config))
    }
}

/// Champions that cannot be read, each with the commands that put another model in its place.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(way_out).collect::<Vec<_>>().join("\n"))]
pub struct DamagedChampions(Vec<DamagedChampion>);

fn way_out(damaged: &DamagedChampion) -> String {
    let DamagedChampion { tenant, model_id, previous_id, problem } = damaged;
    let kind = model_id.kind();
    let shipped = ModelId::shipped(kind);
    let back = match previous_id {
        Some(previous_id) if *previous_id != shipped => {
            format!(", `recourse models rollback {kind} --tenant {tenant}` to `{previous_id}`")
        }
        Some(_) | None => String::new(),
    };
    format!(
        "tenant `{tenant}`: {problem}; `recourse models promote {shipped} --tenant {tenant}` goes back to the shipped model{back}"
    )
}

/// Loads the champions of every tenant.
///
/// # Errors
/// [`DamagedChampions`] that cannot be read, of all tenants, or a failing archive or storage.
pub async fn load_champions(service: &Service) -> anyhow::Result<()> {
    let Err(error) = service.prepare().await else { return Ok(()) };
    let tenants = service.tenants().await.unwrap_or_default();
    Err(with_the_way_out(service, &tenants, error).await)
}

/// Why champions of these tenants were not loaded, with what to do about it where that is known.
async fn with_the_way_out(service: &Service, tenants: &[TenantId], error: ServiceError) -> anyhow::Error {
    let mut damaged = Vec::new();
    for tenant in tenants {
        damaged.extend(service.damaged_champions_of(tenant).await.unwrap_or_default());
    }
    if damaged.is_empty() { error.into() } else { DamagedChampions(damaged).into() }
}

/// Refuses a data folder or SQLite file that is not there, so that looking at it does not make one.
///
/// # Errors
/// Wrong use, with what makes one.
pub fn check_present(config: &Config) -> Result<(), WrongUse> {
    let advice = "`recourse import`, `recourse serve` and `recourse demo` make one";
    match config.database.url.as_ref().map(|url| url.expose_secret()) {
        None if !config.database_file().is_file() => {
            let folder = config.data_dir.display();
            Err(WrongUse(format!("`{folder}` holds no database: {advice}, `--data-dir` names another folder")))
        }
        Some(url) => match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) if path != ":memory:" && !Path::new(path).is_file() => {
                Err(WrongUse(format!("`{url}` is no database: {advice}")))
            }
            Some(_) | None => Ok(()),
        },
        None => Ok(()),
    }
}

/// The file of the embedded database, when that is the one in use.
pub fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let url = config.database_url();
    let path = url.expose_secret().strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// The strategy in a file, or the shipped one.
///
/// # Errors
/// When the file cannot be read or holds wrong numbers.
pub fn strategy_of(path: Option<&Path>) -> anyhow::Result<Strategy> {
    let Some(path) = path else { return Ok(Strategy::shipped()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| WrongUse(format!("strategy file `{}` cannot be read: {error}", path.display())))?;
    Strategy::parse(&text)
        .map_err(|violations| WrongUse(format!("strategy file `{}`: {violations}", path.display())).into())
}

/// How long the end of a command waits for work on blocking threads, such as a training run that was cut off.
const BLOCKING_PATIENCE: Duration = Duration::from_secs(1);

/// Runs a command's asynchronous part to its end. What still works on blocking threads then is left behind: nobody waits for it, and it
/// leaves what a crash would.
///
/// # Errors
/// When the runtime cannot start, or what the command returns.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = new_runtime().context("the runtime cannot start")?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(BLOCKING_PATIENCE);
    result
}
