//! `recourse models`: lists the models, takes in others, and decides which of them serve.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

use super::open::{DataArgs, block_on};
use super::output::WrongUse;
use super::table::{Table, number};
use super::{GlobalArgs, output};
use crate::domain::ids::{ModelId, ModelKind};
use crate::service::models::archive::read_model_folder;
use crate::service::training::{ModelView, PromoteModel};
use crate::service::{ChampionCause, ChampionChange, Service};

/// List models, take one in, promote one or go back to the one before.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// List models with their figures and since when they serve; with --json also when each served before, and by which override.
    List {
        /// Only this kind: intent, item, severity, dispute-priority, validity or payment.
        #[arg(long, value_name = "KIND", value_parser = parse_kind)]
        kind: Option<ModelKind>,
    },
    /// Take in a model that a `recourse train` command wrote, under the next number of its kind.
    ///
    /// It is read and checked first. Nobody knows here what it has learned from, so it is not measured beside the champion, and
    /// `models promote` asks for --override-gate.
    Add {
        /// Of which kind: intent, item, severity, dispute-priority, validity or payment.
        #[arg(value_parser = parse_kind)]
        kind: ModelKind,
        /// Its folder.
        #[arg(value_name = "MODEL_DIR")]
        folder: PathBuf,
    },
    /// Make a model the champion of its kind; running servers follow within some ten seconds.
    Promote {
        /// The model, such as payment/0002.
        #[arg(value_parser = parse_model)]
        model: ModelId,
        /// Promote although the gate was not passed; the override is recorded.
        #[arg(long)]
        override_gate: bool,
    },
    /// Make the champion before the present one the champion again.
    Rollback {
        /// Of which kind.
        #[arg(value_parser = parse_kind)]
        kind: ModelKind,
    },
}

fn parse_kind(text: &str) -> Result<ModelKind, String> {
    ModelKind::parse(text).map_err(|violation| format!("expected {}", violation.expected))
}

fn parse_model(text: &str) -> Result<ModelId, String> {
    ModelId::parse(text).map_err(|violation| format!("expected {}", violation.expected))
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened, or the model cannot be promoted.
pub fn run(args: &ModelsArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    block_on(async {
        let (service, _) = args.data.open_without_champions(global).await?;
        let tenant = &args.data.ledger.tenant;
        let models = match &args.command {
            ModelsCommand::List { kind } => service.list_models(tenant, *kind).await?,
            ModelsCommand::Add { kind, folder } => {
                let files = read_model_folder(folder).with_context(|| cannot_take(folder))?;
                if files.is_empty() {
                    return Err(WrongUse(format!("`{}` holds no model", folder.display())).into());
                }
                vec![service.add_model(tenant, *kind, files).await.with_context(|| cannot_take(folder))?]
            }
            ModelsCommand::Promote { model, override_gate } => {
                let request =
                    PromoteModel { model_id: model.clone(), expected_champion_id: None, override_gate: *override_gate };
                vec![service.promote_model(tenant, request).await?]
            }
            ModelsCommand::Rollback { kind } => vec![service.rollback_model(tenant, *kind, None).await?],
        };
        print(&service, &models, global.json)?;
        Ok(service.settle().await?)
    })
}

fn cannot_take(folder: &Path) -> String {
    format!("cannot take in `{}`", folder.display())
}

fn print(service: &Service, models: &[ModelView], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let rows: Vec<_> = models.iter().map(model_json).collect();
        return output::print_json(&json!({ "models": rows }));
    }
    let mut table = Table::new(&["model", "serves", "made", "figures", "gate"]);
    for model in models {
        let figures: Vec<_> = model
            .metrics
            .iter()
            .map(|metric| format!("{} {} ({} rows)", metric.name, number(metric.value, 3), metric.row_count))
            .collect();
        table.row(vec![
            model.id.to_string(),
            if model.is_champion { serves(service, model.promotions.first()) } else { String::new() },
            model.created_at.map_or("shipped".to_owned(), |at| service.day_of(at).to_string()),
            figures.join("\n"),
            model.gate_message.clone(),
        ]);
    }
    output::print_text(&table.to_string())
}

/// Since when a champion serves, and whether it passed the gate.
fn serves(service: &Service, promotion: Option<&ChampionChange>) -> String {
    let Some(ChampionChange { promoted_at, gate_overridden, .. }) = promotion else { return "yes".to_owned() };
    let by = if *gate_overridden { ", gate overridden" } else { "" };
    format!("since {}{by}", service.day_of(*promoted_at))
}

fn promotion_json(promotion: &ChampionChange) -> serde_json::Value {
    let ChampionChange { model_id: _, replaced_id, cause, promoted_at, gate_overridden } = promotion;
    json!({
        "promoted_at": promoted_at.to_string(),
        "gate_overridden": gate_overridden,
        "is_rollback": *cause == ChampionCause::Rollback,
        "replaced_model": replaced_id,
    })
}

fn model_json(model: &ModelView) -> serde_json::Value {
    json!({
        "id": model.id,
        "is_champion": model.is_champion,
        "is_shipped": model.is_shipped,
        "created_at": model.created_at.map(|at| at.to_string()),
        "metrics": model.metrics,
        "passed_gate": model.passed_gate,
        "gate_message": model.gate_message,
        "digest": model.digest,
        "promotions": model.promotions.iter().map(promotion_json).collect::<Vec<_>>(),
    })
}
