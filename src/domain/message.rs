//! A message received from a customer, and what was understood of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dispute::Severity;
use super::ids::{CustomerId, DisputeId, InvoiceId, MessageId, ModelId, WorkItemId};
use super::locale::Language;
use super::money::Money;
use super::taxonomy::ItemCode;
use super::time::{CivilDate, Instant};
use super::violation::Violation;

/// Longest message text accepted, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What the sender of a message wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Intent {
    /// Contests owing all or part of an invoice.
    Dispute,
    /// Says when or how much will be paid.
    PromiseToPay,
    /// Tells of a payment made, for application.
    RemittanceAdvice,
    /// Asks for instalments or more time.
    PaymentPlanRequest,
    /// Asks for a copy, a statement, an explanation.
    Query,
    /// Anything else.
    Other,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Intent; 6] = [
        Intent::Dispute,
        Intent::PromiseToPay,
        Intent::RemittanceAdvice,
        Intent::PaymentPlanRequest,
        Intent::Query,
        Intent::Other,
    ];

    /// The intent in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Intent::Dispute => "DISPUTE",
            Intent::PromiseToPay => "PROMISE_TO_PAY",
            Intent::RemittanceAdvice => "REMITTANCE_ADVICE",
            Intent::PaymentPlanRequest => "PAYMENT_PLAN_REQUEST",
            Intent::Query => "QUERY",
            Intent::Other => "OTHER",
        }
    }

    /// Reads an intent in capitals.
    ///
    /// # Errors
    /// A violation listing the intents.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Intent::ALL.into_iter().find(|intent| intent.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Intent::ALL.iter().map(|intent| intent.as_str()).collect();
            Violation::new("intent", text, format!("one of {}", known.join(", ")))
        })
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// By which way a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageChannel {
    /// An email.
    Email,
    /// A form on a portal.
    Portal,
    /// A note taken on the telephone.
    PhoneNote,
    /// A chat.
    Chat,
}

/// A label with its calibrated probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded<T> {
    /// The label.
    pub label: T,
    /// Calibrated probability in [0, 1].
    pub probability: f64,
}

/// A word that spoke for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidingWord {
    /// The word or phrase as it stands in the message.
    pub text: String,
    /// Its share in the decision for the label against the runner-up, in log-odds; negative speaks against.
    pub weight: f64,
}

/// What a classifier said of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification<T> {
    /// Every label with its probability, the most probable first; probabilities sum to 1.
    pub labels: Vec<Graded<T>>,
    /// Whether the first label is below the model's threshold, or the model knows too few of the words, so that a person should look.
    pub abstained: bool,
    /// Share of the words of the message that the model knows, in [0, 1].
    #[serde(default = "all")]
    pub known_word_share: f64,
    /// The words that decided, the strongest first.
    pub words: Vec<DecidingWord>,
    /// The model that said so.
    pub model_id: ModelId,
}

/// What was said before the share of known words was kept counts as known.
fn all() -> f64 {
    1.0
}

impl<T> Classification<T> {
    /// The most probable label.
    pub fn top(&self) -> Option<&Graded<T>> {
        self.labels.first()
    }
}

/// How much a message promises to pay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromisedSum {
    /// It names no sum of money, or promises nothing.
    #[default]
    NotStated,
    /// The one sum that it names.
    One(Money),
    /// It names several sums, in the order of the text, and not which of them is promised; none where one could not be read.
    Several(Vec<Money>),
}

/// What was understood of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageReading {
    /// The language it is written in, with its probability; absent when none of the seven fits.
    pub language: Option<Graded<Language>>,
    /// What the sender wants.
    pub intent: Classification<Intent>,
    /// What is contested; absent unless the intent is a dispute.
    pub contested_item: Option<Classification<ItemCode>>,
    /// How serious it is; absent unless the intent is a dispute.
    pub severity: Option<Classification<Severity>>,
    /// Invoice numbers named by the sender, as written, in the order of the text.
    pub invoices: Vec<String>,
    /// The open invoices that those numbers mean, where the customer is known.
    pub matched_invoice_ids: Vec<InvoiceId>,
    /// The amount contested, when stated.
    pub contested_amount: Option<Money>,
    /// The day by which a payment is promised, when stated.
    pub promised_on: Option<CivilDate>,
    /// How much is promised, where the intent is a promise; not stated in readings that were stored without it.
    #[serde(default)]
    pub promised_sum: PromisedSum,
}

/// A message as received and stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Id made here, or of the calling system.
    pub id: MessageId,
    /// Who sent it, when known.
    pub customer_id: Option<CustomerId>,
    /// By which way.
    pub channel: MessageChannel,
    /// Subject line, empty when there is none.
    pub subject: String,
    /// The text as received.
    pub body: String,
    /// When it was received.
    pub received_at: Instant,
    /// What was understood.
    pub reading: MessageReading,
    /// The dispute it opened or joined.
    pub dispute_id: Option<DisputeId>,
    /// The work item it made or raised.
    pub work_item_id: Option<WorkItemId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_stored_without_a_promised_sum_states_none() {
        let stored = r#"{"language":null,"intent":{"labels":[],"abstained":true,"words":[],"model_id":"intent/0001"},
            "contested_item":null,"severity":null,"invoices":[],"matched_invoice_ids":[],"contested_amount":null,
            "promised_on":"2026-12-01"}"#;
        let reading: MessageReading = serde_json::from_str(stored).unwrap();
        assert_eq!(reading.promised_sum, PromisedSum::NotStated);
    }
}
