//! `recourse score text`: scores unlabelled texts with a model of `recourse train text`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value, json};

use super::GlobalArgs;
use super::encoder::EncoderArgs;
use super::score_lines::ScoreFiles;
use crate::model::text::TextScratch;

/// Score texts without labels with a model of `recourse train text`.
///
/// Every answer has the `id` of its row (null where it has none), the most probable `label` and its `probability`, the `probabilities` of
/// all labels, the share of its words that the model knows as `known_word_share`, and `abstains`, which is true where the model is too unsure
/// for its label to be relied on, or knows less than half of the words. Read are the first 20,000 bytes of a text, as in training.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  recourse score text --model model --input new.jsonl --output scored.jsonl --text-field message")]
pub struct ScoreTextArgs {
    #[command(flatten)]
    files: ScoreFiles,
    /// Folder of the model.
    #[arg(long, value_name = "MODEL_DIR")]
    model: PathBuf,
    /// Field that holds the text.
    #[arg(long, value_name = "FIELD", default_value = "message")]
    text_field: String,
    #[command(flatten)]
    encoder: EncoderArgs,
}

/// Runs `recourse score text`.
///
/// # Errors
/// When the model or a file cannot be read or written, or a line could not be scored; the good lines are written all the same.
pub fn run(args: &ScoreTextArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let file = args.files.open()?;
    let model = args.encoder.load_model(&args.model)?;
    args.files.score(file, global, |row, scratch: &mut TextScratch| {
        let text = row.get(&args.text_field).and_then(Value::as_str);
        let text = text.with_context(|| format!("has no text in `{}`", args.text_field))?;
        let prediction = model.predict(text, scratch);
        let mut probabilities = Map::new();
        for (label, probability) in model.labels().iter().zip(prediction.probabilities) {
            probabilities.insert(label.clone(), json!(probability));
        }
        Ok(json!({
            "id": row.get("id"),
            "label": prediction.label,
            "probability": prediction.probability,
            "probabilities": probabilities,
            "abstains": prediction.abstains,
            "known_word_share": prediction.known_word_share,
        }))
    })
}
