//! Whether reversals and applications fit the payments and credit notes that they are about.

use std::collections::BTreeMap;

use crate::domain::ids::{CustomerId, InvoiceId, ReversalId};
use crate::domain::invoice::{Allocation, CreditNote, Payment};
use crate::domain::money::{Currency, Money};
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation, Violations};
use crate::ledger::record::{LedgerRecord, RecordRejection};

use super::StoreError;
use super::ingest::Known;
use super::rows::Place;

/// A payment or credit note as known.
#[derive(Debug, Clone)]
pub struct KnownDocument {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Its currency.
    pub currency: Currency,
    /// Its day.
    pub dated_on: CivilDate,
    /// What neither its own allocations, up to the gross amounts of their invoices, nor its applications allocate, in minor units.
    pub left_minor: i64,
    /// Its reversal, and the day of that.
    pub reversed: Option<(ReversalId, CivilDate)>,
}

impl KnownDocument {
    /// A payment that nothing became of yet.
    pub fn payment(payment: &Payment, known: &Known) -> Self {
        let Payment { id: _, customer_id, amount, received_on, allocations } = payment;
        KnownDocument::new(customer_id, *amount, allocated_minor(allocations, known), *received_on)
    }

    /// A credit note that nothing became of yet.
    pub fn credit_note(note: &CreditNote, known: &Known) -> Self {
        let CreditNote { id: _, customer_id, amount, issued_on, allocations } = note;
        KnownDocument::new(customer_id, *amount, allocated_minor(allocations, known), *issued_on)
    }

    fn new(customer_id: &CustomerId, amount: Money, allocated_minor: i64, dated_on: CivilDate) -> Self {
        let (customer_id, currency) = (customer_id.clone(), amount.currency());
        KnownDocument { customer_id, currency, dated_on, left_minor: amount.minor() - allocated_minor, reversed: None }
    }
}

/// What the allocations of a document settle of their invoices, in minor units: what goes beyond an invoice's gross amount is left.
fn allocated_minor(allocations: &[Allocation], known: &Known) -> i64 {
    let mut by_invoice: BTreeMap<&InvoiceId, i64> = BTreeMap::new();
    for Allocation { invoice_id, amount } in allocations {
        *by_invoice.entry(invoice_id).or_default() += amount.minor();
    }
    let gross_minor = |id: &InvoiceId| known.owners.get(id).map_or(i64::MAX, |(_, gross)| gross.minor());
    by_invoice.into_iter().map(|(id, amount_minor)| amount_minor.min(gross_minor(id))).sum()
}

/// What the allocations of an application sum to, in minor units.
pub fn applied_minor(application: &Application) -> i64 {
    application.allocations.iter().map(|allocation| allocation.amount.minor()).sum()
}

/// Why a record does not fit the document that it is about; `None` when it fits, or is about none.
pub fn unfitting_document(record: &LedgerRecord, known: &Known) -> Option<RecordRejection> {
    let id = record.document()?;
    let field = format!("{}.{}", record.kind(), id.field());
    let Some(document) = known.documents.get(id) else {
        return Some(RecordRejection::UnknownDocument { field, document: id.clone() });
    };
    let checked = match record {
        LedgerRecord::Reversal(reversal) => {
            if let Some((reversal_id, _)) = &document.reversed {
                let (document, reversal_id) = (id.clone(), reversal_id.clone());
                return Some(RecordRejection::AlreadyReversed { field, document, reversal_id });
            }
            check_reversal(reversal, document)
        }
        LedgerRecord::Application(application) => check_application(application, document),
        LedgerRecord::Customer(_)
        | LedgerRecord::CustomerStub(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::Payment(_)
        | LedgerRecord::Uncleared(_)
        | LedgerRecord::CreditNote(_)
        | LedgerRecord::Dispute(_)
        | LedgerRecord::DisputePart(_)
        | LedgerRecord::Promise(_)
        | LedgerRecord::Contact(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Hold(_) => return None,
    };
    checked.err().map(RecordRejection::Invalid)
}

fn check_reversal(reversal: &Reversal, document: &KnownDocument) -> Result<(), Violations> {
    let mut gather = Gather::default();
    check_not_before("reversal.reversed_on", reversal.reversed_on, &reversal.document, document, &mut gather);
    gather.finish()
}

fn check_application(application: &Application, document: &KnownDocument) -> Result<(), Violations> {
    let Application { id: _, document: id, applied_on, allocations } = application;
    let mut gather = Gather::default();
    check_not_before("application.applied_on", *applied_on, id, document, &mut gather);
    if let Some((reversal_id, reversed_on)) = &document.reversed
        && applied_on >= reversed_on
    {
        let expected = format!("a day before {reversed_on}, on which reversal `{reversal_id}` took {id} back");
        gather.push(Violation::new("application.applied_on", applied_on, expected));
    }
    let currency = document.currency;
    for (index, allocation) in allocations.iter().enumerate() {
        if allocation.amount.currency() != currency {
            let expected = format!("the currency {currency} of {id}");
            let field = format!("application.allocations[{index}].amount");
            gather.push(Violation::new(field, allocation.amount, expected));
        }
    }
    let applied = Money::from_minor(applied_minor(application), currency);
    if applied.minor() > document.left_minor {
        let left = Money::from_minor(document.left_minor, currency);
        let expected = format!("allocations that sum to at most {left}, which is what is left of {id}");
        gather.push(Violation::new("application.allocations", applied, expected));
    }
    gather.finish()
}

fn check_not_before(field: &str, on: CivilDate, id: &DocumentId, document: &KnownDocument, gather: &mut Gather) {
    if on < document.dated_on {
        gather.push(Violation::new(field, on, format!("a day on or after {}, that of {id}", document.dated_on)));
    }
}

/// A payment or credit note as read, with what became of it.
#[derive(Debug, sqlx::FromRow)]
pub struct KnownDocumentRow {
    document: String,
    id: String,
    customer_id: String,
    currency: String,
    amount_minor: i64,
    dated_on: String,
    allocated_minor: Option<i64>,
    applied_minor: Option<i64>,
    reversal_id: Option<String>,
    reversed_on: Option<String>,
}

impl TryFrom<KnownDocumentRow> for (DocumentId, KnownDocument) {
    type Error = StoreError;

    fn try_from(row: KnownDocumentRow) -> Result<Self, StoreError> {
        let table = if row.document == "payment" { "payment" } else { "credit_note" };
        let place = Place { table, id: &row.id };
        let id = match table {
            "payment" => DocumentId::Payment(place.word("id", &row.id)?),
            _ => DocumentId::CreditNote(place.word("id", &row.id)?),
        };
        let reversal_id = place.word_opt("reversal_id", row.reversal_id.as_deref())?;
        let reversed_on = place.word_opt("reversed_on", row.reversed_on.as_deref())?;
        let document = KnownDocument {
            customer_id: place.word("customer_id", &row.customer_id)?,
            currency: place.word("currency", &row.currency)?,
            dated_on: place.word("dated_on", &row.dated_on)?,
            left_minor: row.amount_minor - row.allocated_minor.unwrap_or(0) - row.applied_minor.unwrap_or(0),
            reversed: reversal_id.zip(reversed_on),
        };
        Ok((id, document))
    }
}
