//! `recourse config`: shows the settings in force, a commented template, the strategy or a taxonomy, and loads a taxonomy.

use clap::{Args, Subcommand};
use serde_json::json;

use super::open::load_config;
use super::taxonomy::{self, LoadTaxonomyArgs, TaxonomyArgs};
use super::{GlobalArgs, output};
use crate::config::Config;
use crate::domain::strategy::Strategy;

/// Show or check the settings, and bring your own taxonomy.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the settings in force, without secrets.
    Show,
    /// Print a commented settings file with every default.
    Template,
    /// Print the default strategy: minutes, costs, thresholds, contact rules and the time zone of the day, each with its comment.
    Strategy,
    Taxonomy(TaxonomyArgs),
    LoadTaxonomy(LoadTaxonomyArgs),
}

/// Runs the command.
///
/// # Errors
/// When the settings cannot be read, a taxonomy is not accepted, or stdout cannot be written.
pub fn run(args: &ConfigArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    match &args.command {
        ConfigCommand::Show => show(&load_config(global)?, global.json),
        ConfigCommand::Template if global.json => {
            let config = Config::defaults()?;
            output::print_json(&settings(&config, config.database.url.as_ref().map(|_| "set".to_owned())))
        }
        ConfigCommand::Template => output::print_text(&Config::template()),
        ConfigCommand::Strategy if global.json => output::print_json(&Strategy::shipped()),
        ConfigCommand::Strategy => output::print_text(Strategy::shipped_text()),
        ConfigCommand::Taxonomy(args) => taxonomy::show(args, global),
        ConfigCommand::LoadTaxonomy(args) => taxonomy::load(args, global),
    }
}

fn show(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let database_url = match &config.database.url {
        Some(_) => "set".to_owned(),
        None => format!("sqlite:{}", config.database_file().display()),
    };
    let settings = settings(config, Some(database_url));
    if as_json { output::print_json(&settings) } else { output::print_text(&toml::to_string(&settings)?) }
}

/// The settings, with what is to be shown of the database's URL.
fn settings(config: &Config, database_url: Option<String>) -> serde_json::Value {
    json!({
        "data_dir": config.data_dir,
        "server": {
            "listen": config.server.listen.to_string(),
            "deadline_seconds": config.server.deadline_seconds,
            "request_bytes_max": config.server.request_bytes_max,
            "calls_max": config.server.calls_max,
            "drain_seconds": config.server.drain_seconds,
        },
        "database": { "url": database_url, "connections_max": config.database.connections_max },
        "retention": {
            "request_days": config.retention.request_days,
            "score_days": config.retention.score_days,
        },
        "log": { "filter": config.log.filter, "format": format!("{:?}", config.log.format).to_lowercase() },
    })
}
