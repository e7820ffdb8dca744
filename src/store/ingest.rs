//! Taking in ledger records: what becomes of each is decided in memory, from what is known of all of them, so that a
//! call costs a few statements however many records it has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::domain::customer::{Customer, CustomerPart};
use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::settlement::DocumentId;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::time_zone::TimeZone;
use crate::ledger::record::{DisputePart, DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection};

use super::clearings::{Clearings, told_invoice};
use super::digests::{digest, digests_sql, dispute_digest, open_digest};
use super::dispute_revision::{Revision, StoredDispute, revise};
use super::references::{references, unfitting_reference};
use super::rows::dispute::DisputeWrite;
use super::rows::ledger::{
    AccountWrite, AllocationWrite, ContactWrite, CustomerWrite, DocumentWrite, FxRateWrite, HoldWrite, InvoiceWrite,
    PromiseWrite,
};
use super::rows::settlement::{ApplicationWrite, ReversalWrite};
use super::rows::{json_text, row_json};
use super::settlements::{KnownDocument, applied_minor, unfitting_document};
use super::write::{Row, Write};

/// Records with their digests, which are worked out before the database is asked.
#[derive(Debug, Clone)]
pub struct Intake {
    /// Whose records.
    pub tenant: TenantId,
    /// The present instant.
    pub now: Instant,
    /// Tells the day of an instant.
    time_zone: TimeZone,
    records: Vec<(LedgerRecord, String)>,
}

/// A look-up that an intake needs: the statement, and its list as JSON.
#[derive(Debug)]
pub struct LookUp {
    /// Kind of record asked for.
    pub kind: &'static str,
    /// The statement, which answers id and digest.
    pub sql: &'static str,
    /// The ids.
    pub json: String,
}

/// What is known before the intake.
#[derive(Debug, Default)]
pub struct Known {
    /// Digest by kind and id. `None` when the row was made here and has no digest.
    pub digests: HashMap<(&'static str, String), Option<String>>,
    /// The known ones of the customers that are told in part.
    pub customers: HashMap<CustomerId, Customer>,
    /// The disputes that are known, by id.
    pub disputes: HashMap<String, StoredDispute>,
    /// Whose the invoices are, and their gross amounts.
    pub owners: HashMap<InvoiceId, (CustomerId, Money)>,
    /// The payments and credit notes that reversals and applications are about, and those of the intake.
    pub documents: HashMap<DocumentId, KnownDocument>,
    /// The payments that cleared invoices of which records tell whether they are cleared.
    pub clearings: Clearings,
}

/// What is to be written, and the answer for each record.
#[derive(Debug, Default)]
pub struct Plan {
    /// One for each record.
    pub outcomes: Vec<RecordOutcome>,
    /// The rows of the accepted ones.
    pub rows: Vec<Row>,
}

impl Known {
    /// Notes what an accepted record says, for those after it.
    fn note(&mut self, record: &LedgerRecord) {
        match record {
            LedgerRecord::Customer(customer) | LedgerRecord::CustomerStub(customer) => {
                self.customers.insert(customer.id.clone(), customer.clone());
            }
            LedgerRecord::Invoice(invoice) => {
                let owner = (invoice.customer_id.clone(), invoice.amount);
                self.owners.insert(invoice.id.clone(), owner);
            }
            LedgerRecord::Payment(payment) => {
                let document = KnownDocument::payment(payment, self);
                self.documents.insert(DocumentId::Payment(payment.id.clone()), document);
                self.clearings.note_payment(payment);
            }
            LedgerRecord::CreditNote(note) => {
                let document = KnownDocument::credit_note(note, self);
                self.documents.insert(DocumentId::CreditNote(note.id.clone()), document);
            }
            LedgerRecord::Reversal(reversal) => {
                if let Some(document) = self.documents.get_mut(&reversal.document) {
                    document.reversed = Some((reversal.id.clone(), reversal.reversed_on));
                }
                self.clearings.note_reversal(reversal);
            }
            LedgerRecord::Application(application) => {
                if let Some(document) = self.documents.get_mut(&application.document) {
                    document.left_minor -= applied_minor(application);
                }
            }
            LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Hold(_) => {}
        }
    }
}

/// An id in a list of those that records name.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct NamedId<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Key {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<CivilDate>,
}

impl Key {
    fn of(record: &LedgerRecord) -> Self {
        let (from, to, on) = match record {
            LedgerRecord::FxRate(FxRate { from, to, on, rate: _ }) => (Some(*from), Some(*to), Some(*on)),
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::Invoice(_)
            | LedgerRecord::Payment(_)
            | LedgerRecord::CreditNote(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::Hold(_)
            | LedgerRecord::Reversal(_)
            | LedgerRecord::Application(_) => (None, None, None),
        };
        Key { id: record.external_id(), from, to, on }
    }
}

impl Intake {
    /// Works out the digests of `records`.
    pub fn new(tenant: &TenantId, records: Vec<LedgerRecord>, now: Instant, time_zone: TimeZone) -> Self {
        let records = records
            .into_iter()
            .map(|record| {
                let digest = digest(&record);
                (record, digest)
            })
            .collect();
        Intake { tenant: tenant.clone(), now, time_zone, records }
    }

    /// The look-ups of known records, one for each kind but disputes.
    pub fn look_ups(&self) -> Vec<LookUp> {
        let mut by_kind: BTreeMap<&'static str, (&'static str, Vec<Key>)> = BTreeMap::new();
        for (record, _) in &self.records {
            let Some(sql) = digests_sql(record) else { continue };
            let (_, keys) = by_kind.entry(record.kind()).or_insert_with(|| (sql, Vec::new()));
            keys.push(Key::of(record));
        }
        by_kind.into_iter().map(|(kind, (sql, keys))| LookUp { kind, sql, json: json_text(&keys) }).collect()
    }

    /// The list of the disputes, as JSON; `None` when there are none.
    pub fn disputes(&self) -> Option<String> {
        self.keys_of(|record| matches!(record, LedgerRecord::Dispute(_) | LedgerRecord::DisputePart(_)))
    }

    /// The list of the customers that are told in part, as JSON; `None` when there are none.
    pub fn customers_in_part(&self) -> Option<String> {
        self.keys_of(|record| matches!(record, LedgerRecord::CustomerPart(_)))
    }

    /// The lists of the payments and of the credit notes that records are about, as JSON; `None` when they are about none.
    pub fn named_documents(&self) -> [Option<String>; 2] {
        let (mut payments, mut credit_notes) = (BTreeSet::new(), BTreeSet::new());
        for document in self.records.iter().filter_map(|(record, _)| record.document()) {
            match document {
                DocumentId::Payment(id) => payments.insert(NamedId { id: id.as_str() }),
                DocumentId::CreditNote(id) => credit_notes.insert(NamedId { id: id.as_str() }),
            };
        }
        [payments, credit_notes].map(|named| (!named.is_empty()).then(|| json_text(&named)))
    }

    /// The list of the invoices of which records tell whether they are cleared, other than was known, as JSON; `None` when they tell
    /// of none.
    pub fn invoices_told_anew(&self, known: &Known) -> Option<String> {
        let told_anew = |(record, digest): &(LedgerRecord, String)| {
            let stored = known.digests.get(&(record.kind(), record.external_id()));
            match stored {
                Some(stored) => stored.as_ref() != Some(digest),
                None => matches!(record, LedgerRecord::Uncleared(_)),
            }
        };
        let told = self.records.iter().filter_map(|told| Some((told_invoice(&told.0)?, told)));
        let anew = told.filter(|(_, told)| told_anew(told));
        let named: BTreeSet<_> = anew.map(|(invoice_id, _)| NamedId { id: invoice_id.as_str() }).collect();
        (!named.is_empty()).then(|| json_text(&named))
    }

    fn keys_of(&self, is_meant: impl Fn(&LedgerRecord) -> bool) -> Option<String> {
        let meant = self.records.iter().filter(|(record, _)| is_meant(record));
        let keys: Vec<_> = meant.map(|(record, _)| Key::of(record)).collect();
        (!keys.is_empty()).then(|| json_text(&keys))
    }

    /// The list of the invoices that records name, as JSON; `None` when they name none.
    pub fn named_invoices(&self) -> Option<String> {
        let mut named = BTreeSet::new();
        for (record, _) in &self.records {
            named.extend(references(record).iter().map(|reference| NamedId { id: reference.invoice_id.as_str() }));
        }
        (!named.is_empty()).then(|| json_text(&named))
    }

    /// Decides on each record, in order; what an accepted record says is known to those after it.
    pub fn plan(&self, mut known: Known) -> Plan {
        let mut plan = Plan { outcomes: Vec::with_capacity(self.records.len()), rows: vec![Row::tenant(&self.tenant)] };
        let mut accounts = BTreeSet::new();
        for (record, digest) in &self.records {
            if let LedgerRecord::Dispute(dispute) = record {
                plan.outcomes.push(self.take_dispute(record, dispute, digest, &mut known, &mut plan.rows));
                continue;
            }
            if let LedgerRecord::DisputePart(part) = record {
                plan.outcomes.push(self.take_dispute_part(record, part, digest, &mut known, &mut plan.rows));
                continue;
            }
            if let LedgerRecord::CustomerPart(part) = record {
                plan.outcomes.push(self.take_customer_part(part, &mut known, &mut plan.rows));
                continue;
            }
            if let LedgerRecord::Uncleared(invoice_id) = record {
                plan.outcomes.push(known.clearings.uncleared(invoice_id));
                continue;
            }
            let again = cleared_again(record, digest, &known);
            let (taken, digest) = again.as_ref().map_or((record, digest), |(again, digest)| (again, digest));
            let outcome = decide(taken, digest, &known);
            match &outcome {
                RecordOutcome::Inserted | RecordOutcome::Updated => {
                    known.digests.insert((taken.kind(), taken.external_id()), Some(digest.clone()));
                    known.note(taken);
                    self.push_rows(taken, digest, &known, &mut plan.rows);
                    self.push_account(record, &mut accounts, &mut plan.rows);
                }
                RecordOutcome::Unchanged | RecordOutcome::Rejected(_) => {}
            }
            plan.outcomes.push(outcome);
        }
        if plan.rows.len() > 1 {
            plan.rows.push(Row::of_tenant(Write::LedgerChange, &self.tenant));
        }
        // In one order, so that two processes with customers in common wait for each other once, and not each for the other.
        plan.rows.sort_by(|left, right| (left.write, &left.key).cmp(&(right.write, &right.key)));
        plan
    }

    /// Decides on a dispute, which may be a later state of a known one.
    fn take_dispute(
        &self,
        record: &LedgerRecord,
        dispute: &DisputeRecord,
        digest: &str,
        known: &mut Known,
        rows: &mut Vec<Row>,
    ) -> RecordOutcome {
        let id = dispute.id.to_string();
        let (write, stored, outcome) = match known.disputes.get(&id) {
            None => match unfitting_reference(record, known) {
                Some(rejection) => return RecordOutcome::Rejected(rejection),
                None => {
                    let stored = StoredDispute::of_record(dispute, digest, self.time_zone.day_of(self.now));
                    (Write::NewDispute, stored, RecordOutcome::Inserted)
                }
            },
            Some(stored) => match revise(stored, dispute, digest, self.now, &self.time_zone) {
                Revision::Nothing => return RecordOutcome::Unchanged,
                Revision::Contradiction(rejection) => return RecordOutcome::Rejected(rejection),
                Revision::Later(stored) => (Write::RevisedDispute, *stored, RecordOutcome::Updated),
            },
        };
        rows.push(Row { write, key: id.clone(), json: row_json(&DisputeWrite::of_record(&self.tenant, &stored)) });
        known.disputes.insert(id, stored);
        outcome
    }

    /// Decides on a dispute of which only some fields are told. What people changed here is not the word of the other system: of
    /// such a dispute, the digest stays that of what was told.
    fn take_dispute_part(
        &self,
        record: &LedgerRecord,
        part: &DisputePart,
        told_digest: &str,
        known: &mut Known,
        rows: &mut Vec<Row>,
    ) -> RecordOutcome {
        let stored = known.disputes.get(part.dispute.id.as_str());
        let whole = part.completed_by(stored.map(StoredDispute::as_record).as_ref());
        let digest = match stored {
            Some(stored) if stored.was_changed_here() => told_digest.to_owned(),
            Some(_) | None => dispute_digest(whole.clone()),
        };
        self.take_dispute(record, &whole, &digest, known, rows)
    }

    /// Decides on a customer of whom only some fields are told. One that nobody knew must still be unknown when it is written:
    /// another process may have told the other fields meanwhile.
    fn take_customer_part(&self, part: &CustomerPart, known: &mut Known, rows: &mut Vec<Row>) -> RecordOutcome {
        let stored = known.customers.get(&part.customer.id);
        let customer = part.completed_by(stored);
        if stored == Some(&customer) {
            return RecordOutcome::Unchanged;
        }
        let (write, outcome) = match stored {
            None => (Write::NewCustomer, RecordOutcome::Inserted),
            Some(_) => (Write::Customer, RecordOutcome::Updated),
        };
        let whole = LedgerRecord::Customer(customer.clone());
        let digest = digest(&whole);
        let json = row_json(&CustomerWrite::new(&self.tenant, &customer, &digest));
        rows.push(Row { write, key: whole.external_id(), json });
        known.digests.insert((whole.kind(), whole.external_id()), Some(digest));
        known.customers.insert(customer.id.clone(), customer);
        outcome
    }

    /// The rows of a record; those of a dispute or of a part of a customer follow from what is known. The document of an accepted
    /// record is known.
    fn push_rows(&self, record: &LedgerRecord, digest: &str, known: &Known, rows: &mut Vec<Row>) {
        let tenant = &self.tenant;
        let (write, json) = match record {
            LedgerRecord::Customer(customer) => {
                (Write::Customer, row_json(&CustomerWrite::new(tenant, customer, digest)))
            }
            LedgerRecord::CustomerStub(customer) => {
                (Write::CustomerStub, row_json(&CustomerWrite::new(tenant, customer, digest)))
            }
            LedgerRecord::Invoice(invoice) => (Write::Invoice, row_json(&InvoiceWrite::new(tenant, invoice, digest))),
            LedgerRecord::Payment(payment) => {
                let (customer_id, id) = (&payment.customer_id, payment.id.as_str());
                let lines = AllocationWrite::lines(tenant, customer_id, "payment", id, &payment.allocations);
                rows.extend(lines.map(|line| allocation_row(id, &line)));
                (Write::Payment, row_json(&DocumentWrite::payment(tenant, payment, digest)))
            }
            LedgerRecord::CreditNote(note) => {
                let (customer_id, id) = (&note.customer_id, note.id.as_str());
                let lines = AllocationWrite::lines(tenant, customer_id, "credit_note", id, &note.allocations);
                rows.extend(lines.map(|line| allocation_row(id, &line)));
                (Write::CreditNote, row_json(&DocumentWrite::credit_note(tenant, note, digest)))
            }
            LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_) => return,
            LedgerRecord::Promise(promise) => (Write::Promise, row_json(&PromiseWrite::new(tenant, promise, digest))),
            LedgerRecord::Contact(contact) => (Write::Contact, row_json(&ContactWrite::new(tenant, contact, digest))),
            LedgerRecord::FxRate(rate) => (Write::FxRate, row_json(&FxRateWrite::new(tenant, rate, digest))),
            LedgerRecord::Hold(hold) => (Write::Hold, row_json(&HoldWrite::new(tenant, hold, digest))),
            LedgerRecord::Reversal(reversal) => {
                let Some(KnownDocument { customer_id, .. }) = known.documents.get(&reversal.document) else { return };
                (Write::Reversal, row_json(&ReversalWrite::new(tenant, customer_id, reversal, digest)))
            }
            LedgerRecord::Application(application) => {
                let Some(KnownDocument { customer_id, .. }) = known.documents.get(&application.document) else {
                    return;
                };
                (Write::Application, row_json(&ApplicationWrite::new(tenant, customer_id, application, digest)))
            }
        };
        rows.push(Row { write, key: record.external_id(), json });
    }

    fn push_account<'a>(
        &self,
        record: &'a LedgerRecord,
        accounts: &mut BTreeSet<(&'a CustomerId, Currency)>,
        rows: &mut Vec<Row>,
    ) {
        let (customer_id, currency) = match record {
            LedgerRecord::Invoice(invoice) => (&invoice.customer_id, invoice.amount.currency()),
            LedgerRecord::Payment(payment) => (&payment.customer_id, payment.amount.currency()),
            LedgerRecord::CreditNote(note) => (&note.customer_id, note.amount.currency()),
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Hold(_)
            | LedgerRecord::Reversal(_)
            | LedgerRecord::Application(_) => return,
        };
        if accounts.insert((customer_id, currency)) {
            let json = row_json(&AccountWrite { tenant: &self.tenant, customer_id, currency });
            rows.push(Row { write: Write::Account, key: format!("{currency}/{customer_id}"), json });
        }
    }
}

fn allocation_row(document_id: &str, line: &AllocationWrite<'_>) -> Row {
    Row { write: Write::Allocation, key: document_id.to_owned(), json: row_json(line) }
}

/// A payment that clears an invoice again, with its digest, where the record is one.
fn cleared_again(record: &LedgerRecord, told_digest: &str, known: &Known) -> Option<(LedgerRecord, String)> {
    let LedgerRecord::Payment(payment) = record else { return None };
    let stored = known.digests.get(&(record.kind(), record.external_id()))?;
    let again = known.clearings.cleared_again(payment).filter(|_| stored.as_deref() != Some(told_digest))?;
    let digest = digest(&again);
    Some((again, digest))
}

fn decide(record: &LedgerRecord, digest: &str, known: &Known) -> RecordOutcome {
    let stored = known.digests.get(&(record.kind(), record.external_id()));
    let Some(stored) = stored else {
        return match unfitting_document(record, known).or_else(|| unfitting_reference(record, known)) {
            Some(rejection) => RecordOutcome::Rejected(rejection),
            None => RecordOutcome::Inserted,
        };
    };
    if stored.as_deref() == Some(digest) {
        return RecordOutcome::Unchanged;
    }
    match record {
        LedgerRecord::CustomerStub(_) | LedgerRecord::Uncleared(_) => RecordOutcome::Unchanged,
        LedgerRecord::Customer(_) | LedgerRecord::CustomerPart(_) => RecordOutcome::Updated,
        LedgerRecord::Hold(hold) if stored.as_deref() == Some(&open_digest(hold)) => RecordOutcome::Updated,
        LedgerRecord::Hold(_)
        | LedgerRecord::Invoice(_)
        | LedgerRecord::Payment(_)
        | LedgerRecord::CreditNote(_)
        | LedgerRecord::Dispute(_)
        | LedgerRecord::DisputePart(_)
        | LedgerRecord::Promise(_)
        | LedgerRecord::Contact(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Reversal(_)
        | LedgerRecord::Application(_) => RecordOutcome::Rejected(RecordRejection::ContentConflict {
            kind: record.kind(),
            external_id: record.external_id(),
        }),
    }
}
