//! The invoices that ledger records name, and whether a record fits them.

use crate::domain::ids::InvoiceId;
use crate::domain::invoice::Allocation;
use crate::domain::money::Money;
use crate::ledger::record::{DisputePart, LedgerRecord, RecordRejection};

use super::ingest::Known;

/// Why a record does not fit the invoices that it names. The document of an application is known.
pub fn unfitting_reference(record: &LedgerRecord, known: &Known) -> Option<RecordRejection> {
    let customer_id = match record {
        LedgerRecord::Payment(payment) => &payment.customer_id,
        LedgerRecord::CreditNote(note) => &note.customer_id,
        LedgerRecord::Dispute(dispute) | LedgerRecord::DisputePart(DisputePart { dispute, untold: _ }) => {
            &dispute.customer_id
        }
        LedgerRecord::Promise(promise) => &promise.customer_id,
        LedgerRecord::Hold(hold) => &hold.customer_id,
        LedgerRecord::Application(application) => &known.documents.get(&application.document)?.customer_id,
        LedgerRecord::Customer(_)
        | LedgerRecord::CustomerStub(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Uncleared(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::Contact(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Reversal(_) => return None,
    };
    for Reference { field, invoice_id, amount } in references(record) {
        let invoice_id = invoice_id.clone();
        let Some((owner, gross)) = known.owners.get(&invoice_id) else {
            return Some(RecordRejection::UnknownInvoice { field, invoice_id });
        };
        if owner != customer_id {
            return Some(RecordRejection::OtherCustomer { field, invoice_id });
        }
        if let Some((field, amount)) = amount
            && amount.currency() != gross.currency()
        {
            let (given, expected) = (amount.currency(), gross.currency());
            return Some(RecordRejection::CurrencyMismatch { field, invoice_id, given, expected });
        }
    }
    None
}

/// An invoice that a record names, in the field that names it, with the amount that must be in its currency.
pub struct Reference<'a> {
    /// The field.
    pub field: String,
    /// The invoice.
    pub invoice_id: &'a InvoiceId,
    /// The amount and its field.
    pub amount: Option<(String, Money)>,
}

/// The invoices that a record names.
pub fn references(record: &LedgerRecord) -> Vec<Reference<'_>> {
    match record {
        LedgerRecord::Payment(payment) => allocation_references("payment", &payment.allocations),
        LedgerRecord::CreditNote(note) => allocation_references("credit_note", &note.allocations),
        LedgerRecord::Dispute(dispute) | LedgerRecord::DisputePart(DisputePart { dispute, untold: _ }) => {
            let amount = dispute.contested_amount.map(|amount| ("dispute.contested_amount".to_owned(), amount));
            list_references("dispute", &dispute.invoice_ids, amount)
        }
        LedgerRecord::Promise(promise) => {
            let amount = promise.amount.map(|amount| ("promise.amount".to_owned(), amount));
            list_references("promise", &promise.invoice_ids, amount)
        }
        LedgerRecord::Hold(hold) => list_references("hold", &hold.invoice_ids, None),
        LedgerRecord::Application(application) => allocation_references("application", &application.allocations),
        LedgerRecord::Customer(_)
        | LedgerRecord::CustomerStub(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Uncleared(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::Contact(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Reversal(_) => Vec::new(),
    }
}

fn allocation_references<'a>(document: &str, allocations: &'a [Allocation]) -> Vec<Reference<'a>> {
    let lines = allocations.iter().enumerate();
    lines
        .map(|(index, Allocation { invoice_id, amount })| Reference {
            field: format!("{document}.allocations[{index}].invoice_id"),
            invoice_id,
            amount: Some((format!("{document}.allocations[{index}].amount"), *amount)),
        })
        .collect()
}

fn list_references<'a>(
    document: &str,
    invoice_ids: &'a [InvoiceId],
    amount: Option<(String, Money)>,
) -> Vec<Reference<'a>> {
    let ids = invoice_ids.iter().enumerate();
    ids.map(|(index, invoice_id)| Reference {
        field: format!("{document}.invoice_ids[{index}]"),
        invoice_id,
        amount: amount.clone(),
    })
    .collect()
}
