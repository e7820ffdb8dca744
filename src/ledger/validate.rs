//! What must hold within a ledger record, whatever way it came.

use rust_decimal::Decimal;

use super::record::{DisputeRecord, LedgerRecord};
use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::{
    Allocation, Contact, Hold, NOTE_BYTES_MAX, Promise, gather_allocated, validate_allocations,
};
use crate::domain::message::MESSAGE_BYTES_MAX;
use crate::domain::money::{AMOUNT_MINOR_MAX, FxRate, Money};
use crate::domain::settlement::Application;
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation, Violations};

/// Most invoices that one document may name.
pub const RECORD_INVOICES_MAX: usize = 500;

/// Longest name, segment or business unit, in bytes.
pub const RECORD_NAME_BYTES_MAX: usize = 500;

/// Most decimals of an exchange rate.
const RATE_DECIMALS_MAX: u32 = 10;

/// Largest exchange rate.
const RATE_MAX: i64 = 1_000_000_000;

impl LedgerRecord {
    /// Checks what must hold between the fields and within the bounds.
    ///
    /// # Errors
    /// Every violation.
    pub fn validate(&self) -> Result<(), Violations> {
        let mut gather = Gather::default();
        match self {
            LedgerRecord::Customer(customer) | LedgerRecord::CustomerStub(customer) => {
                check_customer(customer, &mut gather);
            }
            LedgerRecord::CustomerPart(part) => check_customer(&part.customer, &mut gather),
            LedgerRecord::Invoice(invoice) => {
                gather.absorb(invoice.validate());
                check_size("invoice.amount", invoice.amount, &mut gather);
                check_name("invoice.business_unit", &invoice.business_unit, &mut gather);
            }
            LedgerRecord::Payment(payment) => {
                check_allocations("payment", payment.amount, &payment.allocations, &mut gather);
            }
            LedgerRecord::CreditNote(note) => {
                check_allocations("credit_note", note.amount, &note.allocations, &mut gather);
            }
            LedgerRecord::Dispute(dispute) => check_dispute(dispute, &mut gather),
            LedgerRecord::DisputePart(part) => check_dispute(&part.dispute, &mut gather),
            LedgerRecord::Promise(promise) => check_promise(promise, &mut gather),
            LedgerRecord::Contact(contact) => check_contact(contact, &mut gather),
            LedgerRecord::FxRate(rate) => check_rate(rate, &mut gather),
            LedgerRecord::Hold(hold) => check_hold(hold, &mut gather),
            LedgerRecord::Uncleared(_) | LedgerRecord::Reversal(_) => {}
            LedgerRecord::Application(application) => check_application(application, &mut gather),
        }
        gather.finish()
    }

    /// Whether invoices must be known before the record can be taken in.
    pub fn names_invoices(&self) -> bool {
        match self {
            LedgerRecord::Payment(payment) => !payment.allocations.is_empty(),
            LedgerRecord::CreditNote(note) => !note.allocations.is_empty(),
            LedgerRecord::Dispute(dispute) => !dispute.invoice_ids.is_empty(),
            LedgerRecord::DisputePart(part) => !part.dispute.invoice_ids.is_empty(),
            LedgerRecord::Promise(promise) => !promise.invoice_ids.is_empty(),
            LedgerRecord::Hold(hold) => !hold.invoice_ids.is_empty(),
            LedgerRecord::Application(application) => !application.allocations.is_empty(),
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::Invoice(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Reversal(_) => false,
        }
    }
}

fn check_size(field: &str, amount: Money, gather: &mut Gather) {
    if amount.minor().unsigned_abs() > AMOUNT_MINOR_MAX.unsigned_abs() {
        let expected = format!("at most {AMOUNT_MINOR_MAX} minor units of {}", amount.currency());
        gather.push(Violation::new(field, amount, expected));
    }
}

fn check_above_zero(field: &str, amount: Money, gather: &mut Gather) {
    if amount.minor() <= 0 {
        gather.push(Violation::new(field, amount, "an amount above 0"));
    }
    check_size(field, amount, gather);
}

fn check_name(field: &str, name: &str, gather: &mut Gather) {
    if name.len() > RECORD_NAME_BYTES_MAX || name.contains('\0') {
        gather.push(Violation::new(field, name, format!("at most {RECORD_NAME_BYTES_MAX} bytes of text")));
    }
}

fn check_text(field: &str, text: &str, bytes_max: usize, gather: &mut Gather) {
    if text.len() > bytes_max || text.contains('\0') {
        gather.push(Violation::new(field, text, format!("at most {bytes_max} bytes of text")));
    }
}

fn check_invoice_count(field: &str, count: usize, gather: &mut Gather) {
    if count > RECORD_INVOICES_MAX {
        gather.push(Violation::new(field, count, format!("at most {RECORD_INVOICES_MAX} invoices")));
    }
}

/// The lines of a document, unless they are too many to tell what is wrong with each.
fn check_allocations(document: &str, amount: Money, allocations: &[Allocation], gather: &mut Gather) {
    check_invoice_count(&format!("{document}.allocations"), allocations.len(), gather);
    if allocations.len() <= RECORD_INVOICES_MAX {
        gather.absorb(validate_allocations(document, amount, allocations));
    }
    check_size(&format!("{document}.amount"), amount, gather);
}

fn check_once<'a>(field: &str, invoice_ids: impl Iterator<Item = &'a InvoiceId>, gather: &mut Gather) {
    let mut seen = std::collections::BTreeSet::new();
    for id in invoice_ids {
        if !seen.insert(id) {
            gather.push(Violation::new(field, id, "each invoice once"));
        }
    }
}

fn check_not_before(field: &str, on: CivilDate, earlier_field: &str, earlier: CivilDate, gather: &mut Gather) {
    if on < earlier {
        gather.push(Violation::new(field, on, format!("a day on or after {earlier_field} {earlier}")));
    }
}

fn check_customer(customer: &Customer, gather: &mut Gather) {
    check_name("customer.name", &customer.name, gather);
    check_name("customer.segment", &customer.segment, gather);
    let amounts =
        [("customer.annual_revenue", customer.annual_revenue), ("customer.credit_limit", customer.credit_limit)];
    for (field, amount) in amounts {
        let Some(amount) = amount else { continue };
        if amount.minor() < 0 {
            gather.push(Violation::new(field, amount, "an amount of at least 0"));
        }
        check_size(field, amount, gather);
    }
    if let Some(score) = &customer.credit_score {
        let checked = CreditScore::new(score.value, score.worst, score.best, score.scored_on);
        gather.take(checked.map_err(|violation| violation.within("customer")));
    }
}

fn check_dispute(dispute: &DisputeRecord, gather: &mut Gather) {
    if dispute.invoice_ids.is_empty() {
        gather.push(Violation::new("dispute.invoice_ids", "", "at least one invoice"));
    }
    check_invoice_count("dispute.invoice_ids", dispute.invoice_ids.len(), gather);
    check_once("dispute.invoice_ids", dispute.invoice_ids.iter(), gather);
    if let Some(amount) = dispute.contested_amount {
        check_above_zero("dispute.contested_amount", amount, gather);
    }
    if let Some((_, on)) = dispute.decided {
        check_not_before("dispute.resolved_on", on, "opened_on", dispute.opened_on, gather);
    }
    if let Some(message) = &dispute.message {
        check_text("dispute.message", message, MESSAGE_BYTES_MAX, gather);
    }
}

fn check_promise(promise: &Promise, gather: &mut Gather) {
    check_invoice_count("promise.invoice_ids", promise.invoice_ids.len(), gather);
    check_once("promise.invoice_ids", promise.invoice_ids.iter(), gather);
    if let Some(amount) = promise.amount {
        check_above_zero("promise.amount", amount, gather);
    }
    check_not_before("promise.promised_on", promise.promised_on, "made_on", promise.made_on, gather);
}

fn check_contact(contact: &Contact, gather: &mut Gather) {
    check_text("contact.note", &contact.note, NOTE_BYTES_MAX, gather);
}

fn check_rate(rate: &FxRate, gather: &mut Gather) {
    if rate.from == rate.to {
        gather.push(Violation::new("fx_rate.to", rate.to, format!("a currency other than {}", rate.from)));
    }
    let is_fitting = rate.rate > Decimal::ZERO
        && rate.rate <= Decimal::from(RATE_MAX)
        && rate.rate.normalize().scale() <= RATE_DECIMALS_MAX;
    if !is_fitting {
        let expected = format!("a decimal above 0, at most {RATE_MAX}, with at most {RATE_DECIMALS_MAX} decimals");
        gather.push(Violation::new("fx_rate.rate", rate.rate, expected));
    }
}

/// What is allocated in all is compared with what is left of the document where that is known.
fn check_application(application: &Application, gather: &mut Gather) {
    let allocations = &application.allocations;
    check_invoice_count("application.allocations", allocations.len(), gather);
    let Some(first) = allocations.first() else {
        gather.push(Violation::new("application.allocations", "", "at least one allocation"));
        return;
    };
    if allocations.len() <= RECORD_INVOICES_MAX {
        let allocated = gather_allocated("application", first.amount.currency(), allocations, gather);
        check_size("application.allocations", allocated, gather);
    }
}

fn check_hold(hold: &Hold, gather: &mut Gather) {
    check_invoice_count("hold.invoice_ids", hold.invoice_ids.len(), gather);
    check_once("hold.invoice_ids", hold.invoice_ids.iter(), gather);
    if let Some(until_on) = hold.until_on {
        check_not_before("hold.until_on", until_on, "from_on", hold.from_on, gather);
    }
}
