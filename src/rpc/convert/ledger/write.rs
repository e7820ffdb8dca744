//! Ledger records as they are sent: customers in answers, every kind by clients.

use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::{Allocation, Contact, CreditNote, Hold, Invoice, Payment, Promise};
use crate::domain::money::FxRate;
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::rpc::pb;
use crate::rpc::pb::ingest_ledger_request::Record;
use crate::rpc::status::record_status_of_rejection;
use crate::service::ledger::{IngestError, IngestSummary, KindCounts};
use crate::service::{DisputeRecord, LedgerRecord};

use super::super::enums::WireEnum as _;
use super::super::money::money_to_pb;
use super::super::time::optional_date_to_pb;

/// Writes a record as one request of an ingestion stream; only files tell that an invoice is not cleared, so that request is empty.
pub fn record_to_pb(record: LedgerRecord) -> pb::IngestLedgerRequest {
    let record = match record {
        LedgerRecord::Customer(customer) | LedgerRecord::CustomerStub(customer) => {
            Record::Customer(customer_to_pb(customer))
        }
        LedgerRecord::CustomerPart(part) => Record::Customer(customer_to_pb(part.customer)),
        LedgerRecord::Invoice(invoice) => Record::Invoice(invoice_to_pb(invoice)),
        LedgerRecord::Payment(payment) => Record::Payment(payment_to_pb(payment)),
        LedgerRecord::Uncleared(_) => return pb::IngestLedgerRequest { record: None },
        LedgerRecord::CreditNote(credit_note) => Record::CreditNote(credit_note_to_pb(credit_note)),
        LedgerRecord::Dispute(dispute) => Record::Dispute(dispute_to_pb(dispute)),
        LedgerRecord::DisputePart(part) => Record::Dispute(dispute_to_pb(part.dispute)),
        LedgerRecord::Promise(promise) => Record::Promise(promise_to_pb(promise)),
        LedgerRecord::Contact(contact) => Record::Contact(contact_to_pb(contact)),
        LedgerRecord::FxRate(rate) => Record::FxRate(fx_rate_to_pb(rate)),
        LedgerRecord::Hold(hold) => Record::Hold(hold_to_pb(hold)),
        LedgerRecord::Reversal(reversal) => Record::Reversal(reversal_to_pb(reversal)),
        LedgerRecord::Application(application) => Record::Application(application_to_pb(application)),
    };
    pb::IngestLedgerRequest { record: Some(record) }
}

/// Writes what became of a stream; the refused records in the order of the stream.
pub fn summary_to_pb(summary: IngestSummary) -> pb::IngestLedgerResponse {
    let IngestSummary { received_count, counts, kinds: _, mut errors, changed_customers: _ } = summary;
    let KindCounts { inserted_count, updated_count, unchanged_count, rejected_count } = counts;
    errors.sort_by_key(|error| error.index);
    pb::IngestLedgerResponse {
        received_count: count_to_pb(received_count),
        inserted_count: count_to_pb(inserted_count),
        updated_count: count_to_pb(updated_count),
        unchanged_count: count_to_pb(unchanged_count),
        rejected_count: count_to_pb(rejected_count),
        errors: errors.into_iter().map(error_to_pb).collect(),
    }
}

fn error_to_pb(error: IngestError) -> pb::IngestError {
    let IngestError { index, kind, external_id, rejection } = error;
    let status = Some(record_status_of_rejection(&rejection));
    pb::IngestError { index: count_to_pb(index), record_kind: kind.to_owned(), external_id, status }
}

fn count_to_pb(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Writes a customer.
pub fn customer_to_pb(customer: Customer) -> pb::Customer {
    let Customer {
        id,
        name,
        segment,
        country,
        language,
        annual_revenue,
        credit_limit,
        credit_score,
        earlier_credit_scores: _,
    } = customer;
    pb::Customer {
        customer_id: id.into(),
        name,
        segment,
        country_code: country.map(String::from).unwrap_or_default(),
        language_code: language.map(|language| language.to_string()).unwrap_or_default(),
        annual_revenue: annual_revenue.map(money_to_pb),
        credit_limit: credit_limit.map(money_to_pb),
        credit_score: credit_score.map(|score| {
            let CreditScore { value, worst, best, scored_on } = score;
            pb::CreditScore { value, worst, best, scored_on: scored_on.to_string() }
        }),
    }
}

fn invoice_to_pb(invoice: Invoice) -> pb::Invoice {
    let Invoice { id, customer_id, amount, issued_on, due_on, business_unit } = invoice;
    pb::Invoice {
        invoice_id: id.into(),
        customer_id: customer_id.into(),
        amount: Some(money_to_pb(amount)),
        issued_on: issued_on.to_string(),
        due_on: due_on.to_string(),
        business_unit,
    }
}

fn payment_to_pb(payment: Payment) -> pb::Payment {
    let Payment { id, customer_id, amount, received_on, allocations } = payment;
    pb::Payment {
        payment_id: id.into(),
        customer_id: customer_id.into(),
        amount: Some(money_to_pb(amount)),
        received_on: received_on.to_string(),
        allocations: allocations_to_pb(allocations),
    }
}

fn credit_note_to_pb(credit_note: CreditNote) -> pb::CreditNote {
    let CreditNote { id, customer_id, amount, issued_on, allocations } = credit_note;
    pb::CreditNote {
        credit_note_id: id.into(),
        customer_id: customer_id.into(),
        amount: Some(money_to_pb(amount)),
        issued_on: issued_on.to_string(),
        allocations: allocations_to_pb(allocations),
    }
}

fn reversal_to_pb(reversal: Reversal) -> pb::Reversal {
    let Reversal { id, document, reversed_on } = reversal;
    let (payment_id, credit_note_id) = document_to_pb(document);
    pb::Reversal { reversal_id: id.into(), payment_id, credit_note_id, reversed_on: reversed_on.to_string() }
}

fn application_to_pb(application: Application) -> pb::Application {
    let Application { id, document, applied_on, allocations } = application;
    let (payment_id, credit_note_id) = document_to_pb(document);
    pb::Application {
        application_id: id.into(),
        payment_id,
        credit_note_id,
        applied_on: applied_on.to_string(),
        allocations: allocations_to_pb(allocations),
    }
}

/// The id of a payment or else of a credit note, the other one empty.
fn document_to_pb(document: DocumentId) -> (String, String) {
    match document {
        DocumentId::Payment(id) => (id.into(), String::new()),
        DocumentId::CreditNote(id) => (String::new(), id.into()),
    }
}

fn allocations_to_pb(allocations: Vec<Allocation>) -> Vec<pb::Allocation> {
    let to_pb = |allocation| {
        let Allocation { invoice_id, amount } = allocation;
        pb::Allocation { invoice_id: invoice_id.into(), amount: Some(money_to_pb(amount)) }
    };
    allocations.into_iter().map(to_pb).collect()
}

fn dispute_to_pb(dispute: DisputeRecord) -> pb::LedgerDispute {
    let DisputeRecord {
        id,
        customer_id,
        invoice_ids,
        contested_item,
        severity,
        contested_amount,
        opened_on,
        decided,
        credited_amount: _,
        raised_again: _,
        past_decisions: _,
        past_details: _,
        priority_label,
        message,
    } = dispute;
    let (resolution, resolved_on) = decided.unzip();
    pb::LedgerDispute {
        dispute_id: id.into(),
        customer_id: customer_id.into(),
        invoice_ids: ids_to_pb(invoice_ids),
        contested_item: contested_item.into(),
        severity: severity.to_string(),
        contested_amount: contested_amount.map(money_to_pb),
        opened_on: opened_on.to_string(),
        resolution: resolution.map(|resolution| resolution.as_str().to_owned()).unwrap_or_default(),
        resolved_on: optional_date_to_pb(resolved_on),
        priority_label: priority_label.map(|label| label.as_str().to_owned()).unwrap_or_default(),
        message: message.unwrap_or_default(),
    }
}

fn promise_to_pb(promise: Promise) -> pb::Promise {
    let Promise { id, customer_id, invoice_ids, amount, made_on, promised_on } = promise;
    pb::Promise {
        promise_id: id.into(),
        customer_id: customer_id.into(),
        invoice_ids: ids_to_pb(invoice_ids),
        amount: amount.map(money_to_pb),
        made_on: made_on.to_string(),
        promised_on: promised_on.to_string(),
    }
}

fn contact_to_pb(contact: Contact) -> pb::Contact {
    let Contact { id, customer_id, channel, result, user_id, contacted_on, note } = contact;
    pb::Contact {
        contact_id: id.into(),
        customer_id: customer_id.into(),
        channel: channel.to_wire(),
        result: result.to_wire(),
        user_id: user_id.map(String::from).unwrap_or_default(),
        contacted_on: contacted_on.to_string(),
        note,
    }
}

fn hold_to_pb(hold: Hold) -> pb::Hold {
    let Hold { id, customer_id, invoice_ids, kind, from_on, until_on } = hold;
    pb::Hold {
        hold_id: id.into(),
        customer_id: customer_id.into(),
        invoice_ids: ids_to_pb(invoice_ids),
        kind: kind.to_wire(),
        from_on: from_on.to_string(),
        until_on: optional_date_to_pb(until_on),
    }
}

fn fx_rate_to_pb(rate: FxRate) -> pb::FxRate {
    let FxRate { from, to, on, rate } = rate;
    pb::FxRate {
        from_currency_code: from.to_string(),
        to_currency_code: to.to_string(),
        on: on.to_string(),
        rate: rate.to_string(),
    }
}

fn ids_to_pb(ids: Vec<InvoiceId>) -> Vec<String> {
    ids.into_iter().map(String::from).collect()
}
