//! Taking in ledger records: a stream of any length, checked and stored in batches, with what became of each record.

mod budget;
mod deferred;
mod summary;

use std::collections::HashSet;
use std::sync::Arc;

use super::{Service, ServiceError};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, TenantId};
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time_zone::TimeZone;
use crate::domain::violation::Violations;
use crate::ledger::record::{DisputePart, LedgerRecord, RecordOutcome, RecordRejection};
use crate::store::Store;

use budget::BudgetShare;
pub use budget::INGEST_BYTES_MAX;
pub(super) use budget::IngestBudget;
pub use deferred::{DEFERRED_BYTES_MAX, DEFERRED_COUNT_MAX};
use deferred::{Deferred, weight_bytes};
pub use summary::{CHANGED_CUSTOMERS_MAX, INGEST_ERRORS_MAX, IngestError, IngestSummary, KindCounts};

/// Records handed to the storage at once.
pub const INGEST_BATCH_COUNT: usize = 2_000;

/// A batch is handed over earlier when its records take this many bytes.
pub const INGEST_BATCH_BYTES: usize = 8 << 20;

/// Customers remembered as entered, so that they are not entered again with each of their documents.
const CUSTOMERS_REMEMBERED_MAX: usize = 100_000;

/// A record whose fate is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledRecord {
    /// Position in the stream, counted from 0.
    pub index: u64,
    /// Kind of the record.
    pub kind: &'static str,
    /// Its external id.
    pub external_id: String,
    /// What became of it.
    pub outcome: RecordOutcome,
}

/// One stream of ledger records. Memory stays bounded however long it is: records wait in one batch, and those that refer to invoices,
/// payments or credit notes which are not known yet wait for the end of the stream, up to [`DEFERRED_COUNT_MAX`] of them and
/// [`DEFERRED_BYTES_MAX`]. All streams of a service together have [`INGEST_BYTES_MAX`].
pub struct IngestSession {
    store: Arc<dyn Store>,
    taxonomy: Arc<Taxonomy>,
    tenant: TenantId,
    time_zone: TimeZone,
    batch: Vec<PendingRecord>,
    batch_bytes: usize,
    deferred: Deferred,
    share: BudgetShare,
    customers_entered: HashSet<CustomerId>,
    summary: IngestSummary,
}

/// A record that waits to be stored.
#[derive(Debug, Clone)]
struct PendingRecord {
    index: u64,
    record: LedgerRecord,
}

impl PendingRecord {
    fn settled(&self, outcome: RecordOutcome) -> SettledRecord {
        let PendingRecord { index, record } = self;
        SettledRecord { index: *index, kind: record.kind(), external_id: record.external_id(), outcome }
    }
}

impl Service {
    /// Starts taking in a stream of ledger records, which shares the memory for what waits with all others of this service.
    pub fn ingest(&self, tenant: TenantId) -> IngestSession {
        let (codes, time_zone) = (self.taxonomy_of(&tenant).codes, self.strategy.time_zone.clone());
        let session = IngestSession::new(Arc::clone(&self.store), codes, tenant, time_zone);
        IngestSession { share: self.ingest_budget.share(), ..session }
    }
}

impl IngestSession {
    /// A session over a storage; contested items are codes of `taxonomy`, and days are those of `time_zone`.
    pub fn new(store: Arc<dyn Store>, taxonomy: Arc<Taxonomy>, tenant: TenantId, time_zone: TimeZone) -> Self {
        IngestSession {
            store,
            taxonomy,
            tenant,
            time_zone,
            batch: Vec::new(),
            batch_bytes: 0,
            deferred: Deferred::default(),
            share: IngestBudget::default().share(),
            customers_entered: HashSet::new(),
            summary: IngestSummary::default(),
        }
    }

    /// Takes in the next record of the stream. Most calls only keep it for the next batch; the answer holds the records
    /// whose fate was settled by this call, among them earlier ones.
    ///
    /// # Errors
    /// When the storage fails, or all streams together hold [`INGEST_BYTES_MAX`]. What was settled before stays stored.
    pub async fn push(&mut self, record: LedgerRecord) -> Result<Vec<SettledRecord>, ServiceError> {
        let index = self.summary.receive();
        let pending = PendingRecord { index, record };
        if let Err(violations) = self.check(&pending.record) {
            let settled = pending.settled(RecordOutcome::Rejected(violations.into()));
            self.summary.settle(&settled);
            return Ok(vec![settled]);
        }
        let bytes = self.batch_bytes + weight_bytes(&pending.record);
        self.share.grow_to(bytes + self.deferred.bytes())?;
        self.batch_bytes = bytes;
        self.batch.push(pending);
        if self.batch.len() < INGEST_BATCH_COUNT && self.batch_bytes < INGEST_BATCH_BYTES {
            return Ok(Vec::new());
        }
        self.store_batch(Deferring::Allowed).await
    }

    /// Counts a record of the stream that could not be read as one.
    pub fn reject(&mut self, kind: &'static str, external_id: String, rejection: RecordRejection) -> SettledRecord {
        let index = self.summary.receive();
        let settled = SettledRecord { index, kind, external_id, outcome: RecordOutcome::Rejected(rejection) };
        self.summary.settle(&settled);
        settled
    }

    /// Stores all that still waits; at the end of the stream, records are refused when what they refer to never came.
    ///
    /// # Errors
    /// When the storage fails. What was settled before stays stored.
    pub async fn settle_rest(&mut self) -> Result<Vec<SettledRecord>, ServiceError> {
        let mut settled = self.store_batch(Deferring::Allowed).await?;
        let mut waiting = self.deferred.take().into_iter().peekable();
        while waiting.peek().is_some() {
            self.batch.extend(waiting.by_ref().take(INGEST_BATCH_COUNT));
            settled.extend(self.store_batch(Deferring::Over).await?);
        }
        Ok(settled)
    }

    /// Ends the stream and says what became of it.
    ///
    /// # Errors
    /// When the storage fails. What was settled before stays stored.
    pub async fn finish(mut self) -> Result<IngestSummary, ServiceError> {
        self.settle_rest().await?;
        Ok(self.summary)
    }

    /// What is settled so far.
    pub fn summary(&self) -> &IngestSummary {
        &self.summary
    }

    fn check(&self, record: &LedgerRecord) -> Result<(), Violations> {
        record.validate()?;
        let (LedgerRecord::Dispute(dispute) | LedgerRecord::DisputePart(DisputePart { dispute, untold: _ })) = record
        else {
            return Ok(());
        };
        Ok(self.taxonomy.check("dispute.contested_item", &dispute.contested_item)?)
    }

    async fn store_batch(&mut self, deferring: Deferring) -> Result<Vec<SettledRecord>, ServiceError> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let mut records: Vec<_> = batch.iter().map(|pending| pending.record.clone()).collect();
        records.extend(self.stubs_for(&batch));
        let outcomes = self.store.ingest(&self.tenant, records, &self.time_zone).await?;
        let mut settled = Vec::with_capacity(batch.len());
        for (pending, outcome) in batch.into_iter().zip(outcomes) {
            let waits = matches!(
                outcome,
                RecordOutcome::Rejected(
                    RecordRejection::UnknownInvoice { .. } | RecordRejection::UnknownDocument { .. }
                )
            );
            if waits && deferring == Deferring::Allowed && self.deferred.has_room() {
                self.deferred.push(pending);
                continue;
            }
            let says_nothing =
                matches!(pending.record, LedgerRecord::Uncleared(_)) && outcome == RecordOutcome::Unchanged;
            if matches!(outcome, RecordOutcome::Inserted | RecordOutcome::Updated)
                && let Some(customer_id) = customer_named(&pending.record)
            {
                self.summary.note_changed(customer_id);
            }
            let record = pending.settled(outcome);
            if !says_nothing {
                self.summary.settle(&record);
            }
            settled.push(record);
        }
        if deferring == Deferring::Allowed {
            self.share.shrink_to(self.deferred.bytes());
        }
        Ok(settled)
    }

    /// Customers of whom the batch tells no more than the id. They come last, so that they do not precede a record of the
    /// batch that tells more. A document that names invoices needs none: its customer came with them.
    fn stubs_for(&mut self, batch: &[PendingRecord]) -> Vec<LedgerRecord> {
        let mut stubs = Vec::new();
        for PendingRecord { index: _, record } in batch {
            let Some(customer_id) = customer_to_enter(record) else { continue };
            if self.customers_entered.contains(customer_id) {
                continue;
            }
            if self.customers_entered.len() >= CUSTOMERS_REMEMBERED_MAX {
                self.customers_entered.clear();
            }
            self.customers_entered.insert(customer_id.clone());
            stubs.push(LedgerRecord::CustomerStub(Customer::unnamed(customer_id.clone())));
        }
        stubs
    }
}

/// Whether a record may still wait for what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deferring {
    Allowed,
    Over,
}

fn customer_to_enter(record: &LedgerRecord) -> Option<&CustomerId> {
    let brings_customer =
        matches!(record, LedgerRecord::Customer(_) | LedgerRecord::CustomerStub(_) | LedgerRecord::CustomerPart(_));
    let is_dispute = matches!(record, LedgerRecord::Dispute(_) | LedgerRecord::DisputePart(_));
    customer_named(record).filter(|_| !brings_customer && !is_dispute && !record.names_invoices())
}

/// The customer that a record names.
fn customer_named(record: &LedgerRecord) -> Option<&CustomerId> {
    Some(match record {
        LedgerRecord::Customer(customer) | LedgerRecord::CustomerStub(customer) => &customer.id,
        LedgerRecord::CustomerPart(part) => &part.customer.id,
        LedgerRecord::Invoice(invoice) => &invoice.customer_id,
        LedgerRecord::Payment(payment) => &payment.customer_id,
        LedgerRecord::CreditNote(note) => &note.customer_id,
        LedgerRecord::Dispute(dispute) | LedgerRecord::DisputePart(DisputePart { dispute, untold: _ }) => {
            &dispute.customer_id
        }
        LedgerRecord::Promise(promise) => &promise.customer_id,
        LedgerRecord::Contact(contact) => &contact.customer_id,
        LedgerRecord::Hold(hold) => &hold.customer_id,
        LedgerRecord::Uncleared(_)
        | LedgerRecord::FxRate(_)
        | LedgerRecord::Reversal(_)
        | LedgerRecord::Application(_) => return None,
    })
}
