//! Writes a customer's life down as ledger records, as far as it was known on the last day of the history.

use std::collections::BTreeMap;

use super::life::{Life, ReductionKind};
use super::names;
use crate::domain::invoice::{Allocation, CreditNote, Invoice, Payment};
use crate::domain::money::Money;
use crate::domain::time::CivilDate;
use crate::ledger::record::{DisputeRecord, LedgerRecord};

/// A record with the day on which it became known.
pub type DatedRecord = (CivilDate, LedgerRecord);

/// The records of a customer that were known by the end of `as_of`.
pub fn records_of(life: &Life, as_of: CivilDate) -> Vec<DatedRecord> {
    let mut records = Vec::new();
    for invoice in &life.invoices {
        let plan = &invoice.plan;
        let document = Invoice {
            id: invoice.id.clone(),
            customer_id: life.profile.customer.id.clone(),
            amount: Money::from_minor(plan.amount_minor, life.profile.currency),
            issued_on: plan.issued_on,
            due_on: plan.due_on,
            business_unit: plan.business_unit.to_owned(),
        };
        records.push((plan.issued_on, LedgerRecord::Invoice(document)));
    }
    for dispute in &life.disputes {
        records.push((dispute.record.opened_on, LedgerRecord::Dispute(known_by(&dispute.record, as_of))));
    }
    records.extend(life.promises.iter().map(|promise| (promise.made_on, LedgerRecord::Promise(promise.clone()))));
    records.extend(life.contacts.iter().map(|contact| (contact.contacted_on, LedgerRecord::Contact(contact.clone()))));
    records.extend(life.holds.iter().map(|hold| (hold.from_on, LedgerRecord::Hold(hold.clone()))));
    records.extend(credit_notes_of(life));
    records.extend(payments_of(life));
    records.retain(|(on, _)| *on <= as_of);
    records
}

/// A dispute without a decision that was not known yet.
pub fn known_by(record: &DisputeRecord, as_of: CivilDate) -> DisputeRecord {
    let decided = record.decided.filter(|(_, decided_on)| *decided_on <= as_of);
    DisputeRecord { decided, ..record.clone() }
}

fn credit_notes_of(life: &Life) -> Vec<DatedRecord> {
    let customer_id = &life.profile.customer.id;
    let credits = life.reductions.iter().filter(|reduction| reduction.kind == ReductionKind::Credit);
    let documents = credits.enumerate().map(|(index, credit)| {
        let amount = Money::from_minor(credit.amount_minor, life.profile.currency);
        let invoice_id = life.invoices[credit.invoice_index].id.clone();
        let document = CreditNote {
            id: names::credit_note_id(customer_id, index),
            customer_id: customer_id.clone(),
            amount,
            issued_on: credit.on,
            allocations: vec![Allocation { invoice_id, amount }],
        };
        (credit.on, LedgerRecord::CreditNote(document))
    });
    documents.collect()
}

/// One payment for all that the customer settles on a day.
fn payments_of(life: &Life) -> Vec<DatedRecord> {
    let mut minor_by_day: BTreeMap<CivilDate, BTreeMap<usize, i64>> = BTreeMap::new();
    for reduction in life.reductions.iter().filter(|reduction| reduction.kind == ReductionKind::Payment) {
        let of_day = minor_by_day.entry(reduction.on).or_default();
        *of_day.entry(reduction.invoice_index).or_insert(0) += reduction.amount_minor;
    }
    let customer_id = &life.profile.customer.id;
    let money = |minor: i64| Money::from_minor(minor, life.profile.currency);
    let documents = minor_by_day.into_iter().enumerate().map(|(index, (on, minor_by_invoice))| {
        let allocations = minor_by_invoice.iter().map(|(invoice_index, minor)| Allocation {
            invoice_id: life.invoices[*invoice_index].id.clone(),
            amount: money(*minor),
        });
        let document = Payment {
            id: names::payment_id(customer_id, index),
            customer_id: customer_id.clone(),
            amount: money(minor_by_invoice.values().sum()),
            received_on: on,
            allocations: allocations.collect(),
        };
        (on, LedgerRecord::Payment(document))
    });
    documents.collect()
}

/// Order of the records of a day: what others refer to comes first.
pub fn order_within_day(record: &LedgerRecord) -> u8 {
    match record {
        LedgerRecord::Customer(_) | LedgerRecord::CustomerStub(_) | LedgerRecord::CustomerPart(_) => 0,
        LedgerRecord::FxRate(_) => 1,
        LedgerRecord::Invoice(_) => 2,
        LedgerRecord::Hold(_) => 3,
        LedgerRecord::Dispute(_) | LedgerRecord::DisputePart(_) => 4,
        LedgerRecord::Promise(_) => 5,
        LedgerRecord::Contact(_) => 6,
        LedgerRecord::CreditNote(_) => 7,
        LedgerRecord::Payment(_) | LedgerRecord::Uncleared(_) => 8,
        LedgerRecord::Application(_) => 9,
        LedgerRecord::Reversal(_) => 10,
    }
}
