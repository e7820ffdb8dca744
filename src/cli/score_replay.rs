//! `recourse score replay`: computes a stored score again and compares every bit.

use clap::Args;
use serde_json::json;

use super::open::{DataArgs, block_on};
use super::{GlobalArgs, output};
use crate::domain::ids::ScoreId;

/// Compute a stored score again from its stored inputs, models and strategy, and compare every bit.
///
/// The latest score of an account, dispute or item can be replayed for good, and so can every score that a work item refers to; one that a
/// later score took the place of, for as many days as the setting `retention.score_days` says.
#[derive(Debug, Args)]
pub struct ScoreReplayArgs {
    /// Id of the score, as every priority names it.
    #[arg(value_parser = parse_score_id)]
    id: ScoreId,
    #[command(flatten)]
    data: DataArgs,
}

fn parse_score_id(text: &str) -> Result<ScoreId, String> {
    ScoreId::parse(text).map_err(|violation| violation.to_string())
}

/// Runs the command.
///
/// # Errors
/// When there is no such score, or it comes out differently.
pub fn run(args: &ScoreReplayArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    block_on(async {
        let (service, _) = args.data.open_present(global).await?;
        let replay = service.replay_score(args.data.known_tenant(&service).await?, &args.id).await?;
        if global.json {
            let scores = json!({
                "is_identical": replay.is_identical,
                "stored": replay.stored,
                "replayed": replay.replayed,
            });
            output::print_json(&scores)?;
        } else {
            let (stored, replayed) = (replay.stored.priority, replay.replayed.priority);
            output::print_text(&format!("stored {stored}, replayed {replayed}, identical: {}", replay.is_identical))?;
        }
        anyhow::ensure!(replay.is_identical, "the score `{}` comes out differently", args.id);
        Ok(())
    })
}
