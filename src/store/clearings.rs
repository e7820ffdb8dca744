//! What files tell of whether invoices are cleared, held against the payments that cleared them before.

use std::collections::HashMap;

use crate::domain::ids::{InvoiceId, PaymentId};
use crate::domain::invoice::Payment;
use crate::domain::settlement::{DocumentId, Reversal};
use crate::domain::time::CivilDate;
use crate::ledger::record::{LedgerRecord, RecordOutcome, RecordRejection};
use crate::ledger::settlements::{clearing_payment_id, clears, later_clearing_payment_id};

use super::StoreError;
use super::ingest::Known;
use super::rows::Place;

/// A payment that cleared an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownClearing {
    id: PaymentId,
    received_on: CivilDate,
    /// Day on which it was taken back.
    reversed_on: Option<CivilDate>,
}

/// The payments that cleared invoices, by invoice.
#[derive(Debug, Default)]
pub struct Clearings(HashMap<InvoiceId, Vec<KnownClearing>>);

/// The invoice that a payment clears, when it is one of which is told only on which day it came.
fn cleared_invoice(payment: &Payment) -> Option<&InvoiceId> {
    match payment.allocations.as_slice() {
        [allocation] => Some(&allocation.invoice_id).filter(|id| clears(payment.id.as_str(), id)),
        [] | [_, _, ..] => None,
    }
}

/// The invoice about which a record tells whether it is cleared.
pub fn told_invoice(record: &LedgerRecord) -> Option<&InvoiceId> {
    if let LedgerRecord::Uncleared(invoice_id) = record {
        return Some(invoice_id);
    }
    let LedgerRecord::Payment(payment) = record else { return None };
    cleared_invoice(payment)
}

impl Clearings {
    /// Notes a clearing that was read.
    fn add(&mut self, invoice_id: InvoiceId, clearing: KnownClearing) {
        self.0.entry(invoice_id).or_default().push(clearing);
    }

    /// Notes a payment that was taken in.
    pub fn note_payment(&mut self, payment: &Payment) {
        if let Some(invoice_id) = cleared_invoice(payment) {
            let (id, received_on) = (payment.id.clone(), payment.received_on);
            self.add(invoice_id.clone(), KnownClearing { id, received_on, reversed_on: None });
        }
    }

    /// Notes a reversal that was taken in.
    pub fn note_reversal(&mut self, reversal: &Reversal) {
        let DocumentId::Payment(id) = &reversal.document else { return };
        if let Some(clearing) = self.0.values_mut().flatten().find(|clearing| clearing.id == *id) {
            clearing.reversed_on = Some(reversal.reversed_on);
        }
    }

    /// What becomes of the word that an invoice is not cleared: nothing, unless a payment that stands cleared it.
    pub fn uncleared(&self, invoice_id: &InvoiceId) -> RecordOutcome {
        let mut known = self.0.get(invoice_id).into_iter().flatten();
        match known.find(|clearing| clearing.reversed_on.is_none()) {
            None => RecordOutcome::Unchanged,
            Some(KnownClearing { id, received_on, reversed_on: _ }) => {
                let (invoice_id, payment_id, received_on) = (invoice_id.clone(), id.clone(), *received_on);
                RecordOutcome::Rejected(RecordRejection::ClearedBefore { invoice_id, payment_id, received_on })
            }
        }
    }

    /// The payment that clears an invoice again, after the day on which the last one was taken back: a payment of its own, under an id
    /// that the same word gives again. On that day itself the reversal would come last.
    pub fn cleared_again(&self, payment: &Payment) -> Option<LedgerRecord> {
        let invoice_id = cleared_invoice(payment).filter(|id| payment.id.as_str() == clearing_payment_id(id))?;
        let known = self.0.get(invoice_id)?;
        let id = PaymentId::parse(&later_clearing_payment_id(invoice_id, payment.received_on)).ok()?;
        let is_free = |clearing: &KnownClearing| clearing.reversed_on.is_some_and(|on| on < payment.received_on);
        let is_taken = known.iter().any(|clearing| clearing.id == id) || known.iter().all(is_free);
        is_taken.then(|| LedgerRecord::Payment(Payment { id, ..payment.clone() }))
    }
}

/// A payment as read whose id may be that of a clearing.
#[derive(Debug, sqlx::FromRow)]
pub struct KnownClearingRow {
    invoice_id: String,
    id: String,
    received_on: String,
    content_digest: String,
    reversed_on: Option<String>,
}

impl KnownClearingRow {
    /// Notes it, with the digest of the payment, where it clears the invoice.
    pub fn note_in(&self, known: &mut Known) -> Result<(), StoreError> {
        let KnownClearingRow { invoice_id, id, received_on, content_digest, reversed_on } = self;
        let place = Place { table: "payment", id };
        let invoice_id = place.word("id", invoice_id)?;
        if !clears(id, &invoice_id) {
            return Ok(());
        }
        let clearing = KnownClearing {
            id: place.word("id", id)?,
            received_on: place.word("received_on", received_on)?,
            reversed_on: place.word_opt("reversed_on", reversed_on.as_deref())?,
        };
        known.digests.insert(("payment", id.clone()), Some(content_digest.clone()));
        known.clearings.add(invoice_id, clearing);
        Ok(())
    }
}
