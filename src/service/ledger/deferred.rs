//! Records that wait for the invoices or documents that they name, within bounds of count and size.

use super::PendingRecord;
use crate::ledger::record::{DisputePart, LedgerRecord};

/// Most records of one stream that may wait for what they refer to; later ones are refused at once.
pub const DEFERRED_COUNT_MAX: usize = 100_000;

/// Most bytes that the waiting records of one stream may take.
pub const DEFERRED_BYTES_MAX: usize = 128 << 20;

/// What a record takes beside its long texts and lists, about.
const RECORD_BYTES: usize = 400;

/// What an invoice named in a record takes, about.
const NAMED_INVOICE_BYTES: usize = 80;

/// The waiting records, in the order of the stream.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    records: Vec<PendingRecord>,
    bytes: usize,
}

impl Deferred {
    pub fn has_room(&self) -> bool {
        self.records.len() < DEFERRED_COUNT_MAX && self.bytes < DEFERRED_BYTES_MAX
    }

    /// What the waiting records take, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn push(&mut self, pending: PendingRecord) {
        self.bytes += weight_bytes(&pending.record);
        self.records.push(pending);
    }

    /// The records that wait, payments and credit notes before what is about them.
    pub fn take(&mut self) -> Vec<PendingRecord> {
        self.bytes = 0;
        let mut records = std::mem::take(&mut self.records);
        records.sort_by_key(|pending| pending.record.document().is_some());
        records
    }
}

/// The memory that a record takes, about.
pub(super) fn weight_bytes(record: &LedgerRecord) -> usize {
    let (text_bytes, invoice_count) = match record {
        LedgerRecord::Payment(payment) => (0, payment.allocations.len()),
        LedgerRecord::CreditNote(note) => (0, note.allocations.len()),
        LedgerRecord::Dispute(dispute) | LedgerRecord::DisputePart(DisputePart { dispute, untold: _ }) => {
            (dispute.message.as_ref().map_or(0, String::len), dispute.invoice_ids.len())
        }
        LedgerRecord::Promise(promise) => (0, promise.invoice_ids.len()),
        LedgerRecord::Hold(hold) => (0, hold.invoice_ids.len()),
        LedgerRecord::Contact(contact) => (contact.note.len(), 0),
        LedgerRecord::Application(application) => (0, application.allocations.len()),
        LedgerRecord::Customer(_)
        | LedgerRecord::CustomerStub(_)
        | LedgerRecord::CustomerPart(_)
        | LedgerRecord::Uncleared(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Reversal(_) => (0, 0),
    };
    RECORD_BYTES + text_bytes + invoice_count * NAMED_INVOICE_BYTES
}
