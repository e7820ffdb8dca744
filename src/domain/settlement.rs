//! What becomes of payments and credit notes after they were booked: what is left of them settles further invoices, or they are taken
//! back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{ApplicationId, CreditNoteId, PaymentId, ReversalId};
use super::invoice::Allocation;
use super::time::CivilDate;
use super::violation::Violation;

/// The payment or credit note that a later record is about. Written down, it is the one field that names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "DocumentNamed", into = "DocumentNamed")]
pub enum DocumentId {
    /// A payment.
    Payment(PaymentId),
    /// A credit note.
    CreditNote(CreditNoteId),
}

#[derive(Serialize, Deserialize)]
struct DocumentNamed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_id: Option<PaymentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credit_note_id: Option<CreditNoteId>,
}

impl DocumentId {
    /// The document that exactly one of the two names.
    ///
    /// # Errors
    /// A violation of `payment_id` when none or both are there.
    pub fn try_new(payment_id: Option<PaymentId>, credit_note_id: Option<CreditNoteId>) -> Result<Self, Violation> {
        match (payment_id, credit_note_id) {
            (Some(id), None) => Ok(DocumentId::Payment(id)),
            (None, Some(id)) => Ok(DocumentId::CreditNote(id)),
            (None, None) => Err(Violation::new("payment_id", "", "the payment_id or else a credit_note_id")),
            (Some(id), Some(note_id)) => {
                Err(Violation::new("payment_id", id, format!("no payment_id beside the credit_note_id `{note_id}`")))
            }
        }
    }

    /// Kind of the document, as records and tables name it.
    pub fn kind(&self) -> &'static str {
        match self {
            DocumentId::Payment(_) => "payment",
            DocumentId::CreditNote(_) => "credit_note",
        }
    }

    /// The field that names such a document.
    pub fn field(&self) -> &'static str {
        match self {
            DocumentId::Payment(_) => "payment_id",
            DocumentId::CreditNote(_) => "credit_note_id",
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match self {
            DocumentId::Payment(id) => id.as_str(),
            DocumentId::CreditNote(id) => id.as_str(),
        }
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentId::Payment(id) => write!(f, "payment `{id}`"),
            DocumentId::CreditNote(id) => write!(f, "credit note `{id}`"),
        }
    }
}

impl TryFrom<DocumentNamed> for DocumentId {
    type Error = Violation;

    fn try_from(named: DocumentNamed) -> Result<Self, Violation> {
        let DocumentNamed { payment_id, credit_note_id } = named;
        DocumentId::try_new(payment_id, credit_note_id)
    }
}

impl From<DocumentId> for DocumentNamed {
    fn from(document: DocumentId) -> Self {
        match document {
            DocumentId::Payment(id) => DocumentNamed { payment_id: Some(id), credit_note_id: None },
            DocumentId::CreditNote(id) => DocumentNamed { payment_id: None, credit_note_id: Some(id) },
        }
    }
}

/// A payment or credit note is taken back as a whole: a direct debit or cheque that bounced, a credit note booked in error. What it
/// settled is open again from that day, and its unapplied rest is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// Id of the calling system.
    pub id: ReversalId,
    /// The document taken back; it is taken back once.
    #[serde(flatten)]
    pub document: DocumentId,
    /// Day of the reversal, not before the document's.
    pub reversed_on: CivilDate,
}

/// What was left of a payment or credit note settles invoices (cash application).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Id of the calling system.
    pub id: ApplicationId,
    /// The document of which something was left.
    #[serde(flatten)]
    pub document: DocumentId,
    /// Day of the application, not before the document's, and before that of its reversal.
    pub applied_on: CivilDate,
    /// The invoices settled, at least one, in the document's currency. With the document's own allocations and its other applications
    /// they sum to no more than its amount.
    pub allocations: Vec<Allocation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_named_by_exactly_one_field() {
        let read = |text: &str| serde_json::from_str::<Reversal>(text);
        let reversal = read(r#"{"id": "R", "credit_note_id": "CN", "reversed_on": "2026-03-02"}"#).unwrap();
        assert_eq!(reversal.document, DocumentId::CreditNote(CreditNoteId::parse("CN").unwrap()));
        let written = serde_json::to_string(&reversal).unwrap();
        assert_eq!(written, r#"{"id":"R","credit_note_id":"CN","reversed_on":"2026-03-02"}"#);
        for named in ["", r#""payment_id": "P", "credit_note_id": "CN", "#] {
            let error = read(&format!(r#"{{"id": "R", {named}"reversed_on": "2026-03-02"}}"#)).unwrap_err();
            assert!(error.to_string().contains("payment_id"), "{error}");
        }
    }
}
