//! Ledger records: read from the wire in full, and written to it.

mod documents;
mod facts;
mod write;

#[cfg(test)]
mod tests;

pub use write::{customer_to_pb, record_to_pb, summary_to_pb};

use crate::domain::ids::ID_BYTES_MAX;
use crate::domain::violation::{Violation, Violations};
use crate::rpc::edge::shortened;
use crate::rpc::pb;
use crate::rpc::pb::ingest_ledger_request::Record;
use crate::service::LedgerRecord;

/// Most invoice ids of a record that are read; how many it may name is for the ledger to say.
const INVOICE_IDS_MAX: usize = 1_000;

/// Kind and external id of a record as received, for the report of a refused one; an id beyond its bound is cut.
pub fn identity_of(request: &pb::IngestLedgerRequest) -> (&'static str, String) {
    let (kind, external_id) = kind_and_id(request);
    (kind, shortened(external_id, ID_BYTES_MAX))
}

fn kind_and_id(request: &pb::IngestLedgerRequest) -> (&'static str, String) {
    match &request.record {
        None => ("", String::new()),
        Some(Record::Customer(customer)) => ("customer", customer.customer_id.clone()),
        Some(Record::Invoice(invoice)) => ("invoice", invoice.invoice_id.clone()),
        Some(Record::Payment(payment)) => ("payment", payment.payment_id.clone()),
        Some(Record::CreditNote(credit_note)) => ("credit_note", credit_note.credit_note_id.clone()),
        Some(Record::Dispute(dispute)) => ("dispute", dispute.dispute_id.clone()),
        Some(Record::Promise(promise)) => ("promise", promise.promise_id.clone()),
        Some(Record::Contact(contact)) => ("contact", contact.contact_id.clone()),
        Some(Record::FxRate(rate)) => {
            ("fx_rate", format!("{}/{}/{}", rate.from_currency_code, rate.to_currency_code, rate.on))
        }
        Some(Record::Hold(hold)) => ("hold", hold.hold_id.clone()),
        Some(Record::Reversal(reversal)) => ("reversal", reversal.reversal_id.clone()),
        Some(Record::Application(application)) => ("application", application.application_id.clone()),
    }
}

/// Reads a record field by field; what must hold between its fields is checked where it is taken in.
///
/// # Errors
/// Every field that cannot be read, each with its path.
pub fn record_from_pb(request: pb::IngestLedgerRequest) -> Result<LedgerRecord, Violations> {
    let pb::IngestLedgerRequest { record } = request;
    match record {
        None => Err(Violation::new("record", "", "one of the records, because the field is required").into()),
        Some(Record::Customer(customer)) => documents::customer(customer).map(LedgerRecord::Customer),
        Some(Record::Invoice(invoice)) => documents::invoice(invoice).map(LedgerRecord::Invoice),
        Some(Record::Payment(payment)) => documents::payment(payment).map(LedgerRecord::Payment),
        Some(Record::CreditNote(credit_note)) => documents::credit_note(credit_note).map(LedgerRecord::CreditNote),
        Some(Record::Dispute(dispute)) => facts::dispute(dispute).map(LedgerRecord::Dispute),
        Some(Record::Promise(promise)) => facts::promise(promise).map(LedgerRecord::Promise),
        Some(Record::Contact(contact)) => facts::contact(contact).map(LedgerRecord::Contact),
        Some(Record::FxRate(rate)) => facts::fx_rate(rate).map(LedgerRecord::FxRate),
        Some(Record::Hold(hold)) => facts::hold(hold).map(LedgerRecord::Hold),
        Some(Record::Reversal(reversal)) => documents::reversal(reversal).map(LedgerRecord::Reversal),
        Some(Record::Application(application)) => documents::application(application).map(LedgerRecord::Application),
    }
}
