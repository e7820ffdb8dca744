//! Rows of customers, invoices, payments and credit notes, and of what becomes of the last two.

use super::super::plan::RowFields;
use crate::domain::credit_score::CreditScore;
use crate::domain::customer::{Customer, CustomerField, CustomerPart};
use crate::domain::dispute::{Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{ApplicationId, CreditNoteId, CustomerId, DisputeId, InvoiceId, PaymentId, ReversalId};
use crate::domain::invoice::{Allocation, CreditNote, Invoice, Payment};
use crate::domain::locale::{Country, Language};
use crate::domain::money::{Currency, Money};
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::ledger::record::{DisputeRecord, LedgerRecord};
use crate::ledger::settlements::clearing_payment_id;

/// What is contested when a row says only that something is.
const UNSPECIFIED_ITEM: &str = "OTHER";

/// An invoice, its customer as far as the row knows them, the payment that cleared it and the dispute about it.
pub(super) fn invoice(fields: &mut RowFields<'_>) -> Option<Vec<LedgerRecord>> {
    let id = fields.required("invoice_id", InvoiceId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let currency = fields.required("currency", Currency::parse);
    let amount = fields.required_amount("amount", currency);
    let issued_on = fields.required_date("issued_on");
    let due_on = fields.required_date("due_on");
    let business_unit = fields.text("business_unit").unwrap_or_default();
    let customer_name = fields.text("customer_name");
    let cleared_on = fields.date("cleared_on");
    let invoice = Invoice {
        id: id?,
        customer_id: customer_id?,
        amount: amount?,
        issued_on: issued_on?,
        due_on: due_on?,
        business_unit,
    };
    let customer = customer_name.map(|name| Customer { name, ..Customer::unnamed(invoice.customer_id.clone()) });
    let cleared = match cleared_on {
        Some(on) => Some(LedgerRecord::Payment(clearing_payment(fields, &invoice, on)?)),
        None => fields.tells("cleared_on").then(|| LedgerRecord::Uncleared(invoice.id.clone())),
    };
    let dispute = if fields.truth("disputed") { Some(row_dispute(fields, &invoice, cleared_on)?) } else { None };
    let mut records: Vec<_> = customer.into_iter().map(LedgerRecord::CustomerStub).collect();
    records.push(LedgerRecord::Invoice(invoice));
    records.extend(dispute.map(LedgerRecord::Dispute));
    records.extend(cleared);
    Some(records)
}

/// The payment of what was open of the invoice on the day it was cleared, at most all of it; its id follows from the invoice's.
fn clearing_payment(fields: &mut RowFields<'_>, invoice: &Invoice, received_on: CivilDate) -> Option<Payment> {
    let id = fields.gather.take(PaymentId::parse(&clearing_payment_id(&invoice.id)))?;
    let allocation = Allocation { invoice_id: invoice.id.clone(), amount: invoice.amount };
    Some(Payment {
        id,
        customer_id: invoice.customer_id.clone(),
        amount: invoice.amount,
        received_on,
        allocations: vec![allocation],
    })
}

/// The dispute that a flag on an invoice tells of. Where the file does not say when it was raised, that is the due date: the
/// day by which the customer had to speak, and one that a later export of the same file repeats. An invoice that was
/// cleared in full was not credited, so its dispute is over without a credit.
fn row_dispute(fields: &mut RowFields<'_>, invoice: &Invoice, cleared_on: Option<CivilDate>) -> Option<DisputeRecord> {
    let id = fields.gather.take(DisputeId::parse(&format!("{}/dispute", invoice.id)))?;
    let opened_on = fields.date("disputed_on").unwrap_or(invoice.due_on);
    let item = fields.text("contested_item").unwrap_or_else(|| UNSPECIFIED_ITEM.to_owned());
    let contested_item = fields.gather.take(ItemCode::parse(&item))?;
    let severity = fields.parsed("severity", Severity::parse).unwrap_or(Severity::Moderate);
    Some(DisputeRecord {
        id,
        customer_id: invoice.customer_id.clone(),
        invoice_ids: vec![invoice.id.clone()],
        contested_item,
        severity,
        contested_amount: None,
        opened_on,
        decided: cleared_on.map(|on| (Resolution::Withdrawn, on.max(opened_on))),
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label: None,
        message: None,
    })
}

/// A customer, or a part of one where the row does not have all fields.
pub(super) fn customer(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("customer_id", CustomerId::parse);
    let name = fields.text("name");
    let segment = fields.text("segment").unwrap_or_default();
    let country = fields.parsed("country", Country::parse);
    let language = fields.parsed("language", Language::parse);
    let names_amounts = fields.text("annual_revenue").is_some() || fields.text("credit_limit").is_some();
    let currency = if names_amounts { fields.required("currency", Currency::parse) } else { None };
    let annual_revenue = fields.amount("annual_revenue", currency);
    let credit_limit = fields.amount("credit_limit", currency);
    let credit_score = credit_score(fields);
    let id = id?;
    let name = name.unwrap_or_else(|| id.to_string());
    let customer = Customer {
        name,
        segment,
        country,
        language,
        annual_revenue,
        credit_limit,
        credit_score,
        ..Customer::unnamed(id)
    };
    let untold: Vec<_> = CustomerField::ALL.into_iter().filter(|field| !fields.tells(field.as_str())).collect();
    Some(match untold.is_empty() {
        true => LedgerRecord::Customer(customer),
        false => LedgerRecord::CustomerPart(CustomerPart { customer, untold }),
    })
}

fn credit_score(fields: &mut RowFields<'_>) -> Option<CreditScore> {
    fields.text("credit_score")?;
    let value = score_number(fields, "credit_score");
    let worst = score_number(fields, "credit_score_worst");
    let best = score_number(fields, "credit_score_best");
    let scored_on = fields.required_date("credit_scored_on");
    let score = CreditScore::new(value?, worst?, best?, scored_on?);
    fields.gather.take(score)
}

fn score_number(fields: &mut RowFields<'_>, field: &'static str) -> Option<f64> {
    fields.required_text(field)?;
    fields.number(field).and_then(|number| f64::try_from(number).ok())
}

/// A payment with at most one allocation.
pub(super) fn payment(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("payment_id", PaymentId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let currency = fields.required("currency", Currency::parse);
    let amount = fields.required_amount("amount", currency);
    let received_on = fields.required_date("received_on");
    let allocations = allocations(fields, amount, currency);
    Some(LedgerRecord::Payment(Payment {
        id: id?,
        customer_id: customer_id?,
        amount: amount?,
        received_on: received_on?,
        allocations,
    }))
}

/// A credit note with at most one allocation.
pub(super) fn credit_note(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("credit_note_id", CreditNoteId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let currency = fields.required("currency", Currency::parse);
    let amount = fields.required_amount("amount", currency);
    let issued_on = fields.required_date("issued_on");
    let allocations = allocations(fields, amount, currency);
    Some(LedgerRecord::CreditNote(CreditNote {
        id: id?,
        customer_id: customer_id?,
        amount: amount?,
        issued_on: issued_on?,
        allocations,
    }))
}

/// The reversal of a payment or credit note.
pub(super) fn reversal(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("reversal_id", ReversalId::parse);
    let document = document(fields);
    let reversed_on = fields.required_date("reversed_on");
    Some(LedgerRecord::Reversal(Reversal { id: id?, document: document?, reversed_on: reversed_on? }))
}

/// The application of a payment or credit note to one invoice.
pub(super) fn application(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("application_id", ApplicationId::parse);
    let document = document(fields);
    let applied_on = fields.required_date("applied_on");
    let invoice_id = fields.required("invoice_id", InvoiceId::parse);
    let currency = fields.required("currency", Currency::parse);
    let amount = fields.required_amount("amount", currency);
    let allocations = vec![Allocation { invoice_id: invoice_id?, amount: amount? }];
    let (id, document, applied_on) = (id?, document?, applied_on?);
    Some(LedgerRecord::Application(Application { id, document, applied_on, allocations }))
}

/// The payment or else the credit note that a row names. One that is there and cannot be read is a problem already.
fn document(fields: &mut RowFields<'_>) -> Option<DocumentId> {
    let payment_id = fields.parsed("payment_id", PaymentId::parse);
    let credit_note_id = fields.parsed("credit_note_id", CreditNoteId::parse);
    let is_unread = fields.text("payment_id").is_some() != payment_id.is_some()
        || fields.text("credit_note_id").is_some() != credit_note_id.is_some();
    if is_unread {
        return None;
    }
    fields.gather.take(DocumentId::try_new(payment_id, credit_note_id))
}

/// All of the amount goes to the invoice named, unless the row says how much of it.
fn allocations(fields: &mut RowFields<'_>, amount: Option<Money>, currency: Option<Currency>) -> Vec<Allocation> {
    let Some(invoice_id) = fields.parsed("invoice_id", InvoiceId::parse) else { return Vec::new() };
    let allocated = fields.amount("allocated_amount", currency).or(amount);
    allocated.map(|amount| Allocation { invoice_id, amount }).into_iter().collect()
}
