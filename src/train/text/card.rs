//! The card of a text model: what it is for, what it was made from, how well it does, what it cannot do.

use crate::model::text::ModelDescription;

/// What a card says beside what the model itself knows.
#[derive(Debug, Clone, Copy)]
pub struct CardText<'a> {
    /// Its heading.
    pub title: &'a str,
    /// What the model is for.
    pub purpose: &'a str,
    /// What it was trained by and from.
    pub origin: &'a str,
    /// What the figures cannot tell.
    pub limits: &'a str,
    /// Messages that repeat another and were held back together with it.
    pub repeat_count: usize,
}

/// The card as Markdown.
pub fn text_card(description: &ModelDescription, text: &CardText<'_>) -> String {
    let CardText { title, purpose, origin, limits, repeat_count } = text;
    let training = &description.training;
    let held_out = if training.held_out_count < training.example_count { "held out" } else { "held out in five folds" };
    let mut card = format!(
        "# {title}\n\n{purpose}\n\n{origin}\n\n| figure | value |\n|---|---|\n| messages | {} |\n| {held_out} | {} |\n",
        training.example_count, training.held_out_count,
    );
    if *repeat_count > 0 {
        card.push_str(&format!("| messages that repeat another, held out with it | {repeat_count} |\n"));
    }
    for (name, value) in &training.held_out_metrics {
        card.push_str(&format!("| {} | {value:.3} |\n", name.replace('_', " ")));
    }
    card.push_str(&format!(
        "\nLabels: {}. Below a probability of {:.2}, or where it knows less than half of a message's words, it abstains, and a \
         person should look.\n\n{limits} It does not decide; it sorts work for people.\n",
        description.labels.join(", "),
        description.abstain_below,
    ));
    card
}
