//! The card of a dispute model: what it is for, what it was made from, how well it does, what it cannot do.

use super::examples::DisputeHistory;
use crate::domain::ids::ModelKind;
use crate::model::dispute::{DisputeModel, Figure};

/// The card as Markdown.
/// Figures without intervals, since they are of too few customers, have a dash.
pub fn card_of<M: DisputeModel>(
    history: &DisputeHistory,
    example_count: usize,
    figures: &[Figure],
    has_interval: bool,
) -> String {
    let (title, what, labels) = match M::KIND {
        ModelKind::Validity => (
            "Validity",
            "P(the customer is right) of a dispute, from the decisions of past disputes.",
            "decided for or against the customer",
        ),
        ModelKind::DisputePriority | ModelKind::Intent | ModelKind::Item | ModelKind::Severity | ModelKind::Payment => {
            (
                "Dispute priority",
                "P(needs urgent handling) of a dispute: the probability that a person would call it P1 or P2, from labels, \
             choices between two disputes and write-offs together.",
                "labelled P1 to P4",
            )
        }
    };
    let mut card = format!(
        "# {title}\n\n{what}\n\nLog-odds are a sum with one part for each of contested item, severity, customer value, open \
         balance, credit score,\ncontested amount, age, repeats and past validity. What is not known counts as average.\n\n\
         ## Data\n{} disputes, {example_count} of them {labels}; {} choices between two.\n\n\
         ## Figures\nMeasured on disputes that the measured model had not seen, with 95 % bootstrap intervals.\n\n\
         | figure | value | interval | rows | baseline |\n|---|---|---|---|---|\n",
        history.examples.len(),
        history.choices.len(),
    );
    for figure in figures {
        let baseline =
            figure.baseline.as_ref().map_or_else(|| "–".to_owned(), |(name, value)| format!("{name} {value:.3}"));
        let interval = if has_interval { format!("{:.3} to {:.3}", figure.low, figure.high) } else { "–".to_owned() };
        card.push_str(&format!(
            "| {} | {:.3} | {interval} | {} | {baseline} |\n",
            figure.name, figure.value, figure.row_count
        ));
    }
    card.push_str(
        "\n## Limits\nA shipped model knows simulated companies only: it gives a sensible order until a tenant's own labels \
         are learned.\nIt ranks work; it is not meant to decide about a customer.\n",
    );
    card
}
