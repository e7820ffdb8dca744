//! Identifiers of the simulated documents; all of them are letters, digits and hyphens.
#![expect(clippy::expect_used, reason = "letters, digits and hyphens are an identifier")]

use crate::domain::ids::{ContactId, CreditNoteId, CustomerId, DisputeId, HoldId, InvoiceId, PaymentId, PromiseId};
use crate::domain::time::CivilDate;

/// Number of the company's `index`-th invoice.
pub fn invoice_id(issued_on: CivilDate, index: usize) -> InvoiceId {
    let (year, _, _) = issued_on.year_month_day();
    InvoiceId::parse(&format!("INV-{year}-{:06}", index + 1)).expect("an identifier")
}

/// Id of the company's `index`-th dispute.
pub fn dispute_id(customer_id: &CustomerId, index: usize) -> DisputeId {
    DisputeId::parse(&format!("D-{customer_id}-{:04}", index + 1)).expect("an identifier")
}

/// Id of a customer's `index`-th payment.
pub fn payment_id(customer_id: &CustomerId, index: usize) -> PaymentId {
    PaymentId::parse(&format!("PAY-{customer_id}-{:05}", index + 1)).expect("an identifier")
}

/// Id of a customer's `index`-th credit note.
pub fn credit_note_id(customer_id: &CustomerId, index: usize) -> CreditNoteId {
    CreditNoteId::parse(&format!("CN-{customer_id}-{:04}", index + 1)).expect("an identifier")
}

/// Id of a customer's `index`-th promise.
pub fn promise_id(customer_id: &CustomerId, index: usize) -> PromiseId {
    PromiseId::parse(&format!("PR-{customer_id}-{:04}", index + 1)).expect("an identifier")
}

/// Id of a customer's `index`-th contact.
pub fn contact_id(customer_id: &CustomerId, index: usize) -> ContactId {
    ContactId::parse(&format!("CT-{customer_id}-{:04}", index + 1)).expect("an identifier")
}

/// Id of a customer's `index`-th hold.
pub fn hold_id(customer_id: &CustomerId, index: usize) -> HoldId {
    HoldId::parse(&format!("H-{customer_id}-{:02}", index + 1)).expect("an identifier")
}
