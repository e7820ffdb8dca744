//! Opening the service that a command works with: data folder or database URL, and the tenant.

use std::future::Future;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use secrecy::SecretString;

use super::GlobalArgs;
use crate::config::Config;
use crate::domain::ids::TenantId;

/// Where the data is, and whose.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Folder that holds the embedded database and the trained models.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database to use instead of the one in the data folder: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL", env = "RECOURSE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Tenant whose data is meant.
    #[arg(long, value_name = "TENANT", default_value = "default", value_parser = parse_tenant)]
    pub tenant: TenantId,
}

fn parse_tenant(text: &str) -> Result<TenantId, String> {
    TenantId::parse(text).map_err(|violation| violation.to_string())
}

impl DataArgs {
    /// The settings with these options laid over them.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn config(&self, global: &GlobalArgs) -> anyhow::Result<Config> {
        let mut config = Config::load(global.config.as_deref())?;
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

/// Runs a command's asynchronous part to its end.
///
/// # Errors
/// When the runtime cannot start, or what the command returns.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime cannot start")?.block_on(work)
}
