//! Identifiers: opaque text given by the caller or made here, never empty and never mixed up with one another.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::Violation;

/// Longest identifier accepted, in bytes.
pub const ID_BYTES_MAX: usize = 200;

/// What every identifier must look like.
const EXPECTED_ID: &str = "1 to 200 bytes of text without control characters or surrounding blanks";

fn check(name: &'static str, text: &str) -> Result<(), Violation> {
    let fits = !text.is_empty()
        && text.len() <= ID_BYTES_MAX
        && text.trim().len() == text.len()
        && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Violation::new(name, text, EXPECTED_ID)) }
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident = $field:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses an identifier.
            ///
            /// # Errors
            /// A violation naming the field when the text is empty, too long, padded or holds control characters.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                check($field, text)?;
                Ok($name(text.into()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Violation;
            fn try_from(text: String) -> Result<Self, Violation> {
                $name::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }
    )*};
}

id_types! {
    /// The company on whose behalf everything is stored and ranked.
    TenantId = "tenant";
    /// A customer, by the id of the calling system.
    CustomerId = "customer_id";
    /// An invoice, by its number or the id of the calling system.
    InvoiceId = "invoice_id";
    /// A payment received.
    PaymentId = "payment_id";
    /// A credit note issued.
    CreditNoteId = "credit_note_id";
    /// A reversal of a payment or credit note.
    ReversalId = "reversal_id";
    /// An application of a payment or credit note to invoices.
    ApplicationId = "application_id";
    /// A promise to pay.
    PromiseId = "promise_id";
    /// A contact with a customer: a call, a letter, a visit.
    ContactId = "contact_id";
    /// A hold on collection: a payment plan or a legal matter.
    HoldId = "hold_id";
    /// A message received from a customer.
    MessageId = "message_id";
    /// A dispute.
    DisputeId = "dispute_id";
    /// A work item of the worklist.
    WorkItemId = "work_item_id";
    /// A scoring event.
    ScoreId = "score_id";
    /// A training run.
    TrainingRunId = "training_run_id";
    /// A person or system that works on items.
    UserId = "user_id";
    /// A queue of the worklist, such as a team.
    QueueId = "queue";
    /// An idempotency key given by the caller.
    RequestId = "request_id";
}

impl TenantId {
    /// The tenant meant when a call names none.
    pub fn default_tenant() -> Self {
        TenantId("default".into())
    }
}

/// A model: kind and number, such as `item/0001`. Immutable once stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId {
    kind: ModelKind,
    number: u16,
}

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// What the sender of a message wants.
    Intent,
    /// What a dispute contests.
    Item,
    /// How serious a dispute is.
    Severity,
    /// The probability that a dispute needs urgent handling.
    DisputePriority,
    /// The probability that the customer is right.
    Validity,
    /// The probability that an invoice stays unpaid.
    Payment,
}

impl ModelKind {
    /// Every kind, in the order in which they are listed to people.
    pub const ALL: [ModelKind; 6] = [
        ModelKind::Intent,
        ModelKind::Item,
        ModelKind::Severity,
        ModelKind::DisputePriority,
        ModelKind::Validity,
        ModelKind::Payment,
    ];

    /// The kind as written in model ids and folder names.
    pub fn as_str(self) -> &'static str {
        match self {
            ModelKind::Intent => "intent",
            ModelKind::Item => "item",
            ModelKind::Severity => "severity",
            ModelKind::DisputePriority => "dispute-priority",
            ModelKind::Validity => "validity",
            ModelKind::Payment => "payment",
        }
    }

    /// Reads a kind.
    ///
    /// # Errors
    /// A violation listing the known kinds.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        ModelKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = ModelKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Violation::new("model_kind", text, format!("one of {}", known.join(", ")))
        })
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ModelId {
    /// The model of `kind` with this number, counted from 1.
    pub fn new(kind: ModelKind, number: u16) -> Self {
        ModelId { kind, number }
    }

    /// The model of `kind` that comes with Recourse: the first.
    pub fn shipped(kind: ModelKind) -> Self {
        ModelId { kind, number: 1 }
    }

    /// Reads `kind/0001`.
    ///
    /// # Errors
    /// A violation when the text is not a known kind, a slash and four digits.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let wrong = || Violation::new("model_id", text, "a model kind, a slash and four digits, such as `item/0001`");
        let (kind, digits) = text.split_once('/').ok_or_else(wrong)?;
        let kind = ModelKind::parse(kind).map_err(|_| wrong())?;
        if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let number = digits.parse().map_err(|_| wrong())?;
        Ok(ModelId { kind, number })
    }

    /// What the model predicts.
    pub fn kind(&self) -> ModelKind {
        self.kind
    }

    /// The number within its kind.
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:04}", self.kind, self.number)
    }
}

impl TryFrom<String> for ModelId {
    type Error = Violation;
    fn try_from(text: String) -> Result<Self, Violation> {
        ModelId::parse(&text)
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_empty_padded_and_control_text() {
        for text in ["", " a", "a ", "a\nb", &"x".repeat(201)] {
            assert!(CustomerId::parse(text).is_err(), "{text:?} was accepted");
        }
        assert_eq!(CustomerId::parse("C 1/ä").unwrap().as_str(), "C 1/ä");
    }

    #[test]
    fn model_ids_print_as_they_parse() {
        for kind in ModelKind::ALL {
            let id = ModelId::new(kind, 7);
            assert_eq!(ModelId::parse(&id.to_string()).unwrap(), id);
        }
        assert!(ModelId::parse("item/1").is_err());
    }
}
