//! Sample messages with what the entity scorers find in them, the lines of `golden.jsonl`: a model that is read again must find
//! the same.

use serde::{Deserialize, Serialize};

use crate::domain::locale::Language;
use crate::domain::message::Graded;
use crate::domain::time::CivilDate;
use crate::text::entities::{Entities, EntityScorers};
use crate::text::html::plain_text;
use crate::text::quoting::own_parts;

/// A message with what is found in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenEntities {
    /// The message.
    pub text: String,
    /// Its language.
    pub language: Option<Graded<Language>>,
    /// The invoice numbers.
    pub invoices: Vec<Graded<String>>,
    /// The amount that it contests, if it is a dispute.
    pub contested_amount: Option<String>,
    /// The day on which it promises payment, if it is a promise.
    pub promised_on: Option<CivilDate>,
}

impl GoldenEntities {
    /// What the scorers find in `text`.
    pub fn find(text: &str, scorers: &EntityScorers) -> Self {
        let plain = plain_text(text);
        let entities = Entities::find(&plain, &own_parts(&plain), scorers, &[], None);
        let mut invoices = Vec::with_capacity(entities.invoices().len());
        for found in entities.invoices() {
            let label = found.number(&plain);
            invoices.push(Graded { label, probability: f64::from(found.probability) });
        }
        GoldenEntities {
            text: text.to_owned(),
            language: entities.language().cloned(),
            invoices,
            contested_amount: entities.contested_amount(scorers, None).map(|amount| amount.to_string()),
            promised_on: entities.promised_on(scorers, true, None),
        }
    }
}
