//! The cards of the models that read messages.

use super::messages::MessageModel;
use super::text::{CardText, text_card};
use crate::model::text::ModelDescription;

const LANGUAGES: &str =
    "Reads English, French, German, Spanish, Italian, Dutch and Portuguese; other languages degrade gracefully.";
const LIMITS: &str =
    "Folds are drawn at random from the same authors, so figures on mail of other authors can be lower.";

/// The card of a text model of messages.
pub fn message_card(model: MessageModel, description: &ModelDescription) -> String {
    let purpose = match model {
        MessageModel::Intent => "Tells what the sender of a message wants.",
        MessageModel::Item => "Tells what a dispute contests.",
        MessageModel::Severity => "Tells how serious a dispute is, on an ordered scale.",
    };
    let text = CardText {
        title: &format!("{}/0001", model.as_str()),
        purpose: &format!("{purpose} {LANGUAGES}"),
        origin: &origin(description.training.seed),
        limits: LIMITS,
        repeat_count: 0,
    };
    text_card(description, &text)
}

/// The card of the entity model.
pub fn entity_card(name: &str, example_count: usize, seed: u64) -> String {
    format!(
        "# {name}\n\nTells the language, invoice numbers, contested amount, its currency, and the promised date of a message. \
         {LANGUAGES}\n\n{}\n\nTrained on {example_count} messages. Candidates are found by rules, judged by linear scorers over \
         hashed features.\n\n{LIMITS} It does not decide; it sorts work for people.\n",
        origin(seed),
    )
}

fn origin(seed: u64) -> String {
    format!(
        "Trained by `recourse train messages --out models` from `training/messages` (written for this purpose after the \
         annotation guide, no customer data), seed {seed}."
    )
}
