//! What became of a stream of ledger records.

use std::collections::{BTreeMap, BTreeSet};

use super::SettledRecord;
use crate::domain::ids::CustomerId;
use crate::domain::violation::Violations;
use crate::ledger::record::{RecordOutcome, RecordRejection};

/// Most refused records that are listed; the others are only counted.
pub const INGEST_ERRORS_MAX: usize = 1_000;

/// Most customers of a stream that are noted: of a larger one the whole worklist is looked at in hardly more time.
pub const CHANGED_CUSTOMERS_MAX: usize = 500;

/// Most fields that are kept of a listed record; only made-up records have more that are wrong.
const ERROR_VIOLATIONS_MAX: usize = 100;

/// Counts of one kind of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct KindCounts {
    /// Records that were new.
    #[serde(rename = "inserted")]
    pub inserted_count: u64,
    /// Records that changed what was known.
    #[serde(rename = "updated")]
    pub updated_count: u64,
    /// Records that were known with the same content.
    #[serde(rename = "unchanged")]
    pub unchanged_count: u64,
    /// Records that were refused.
    #[serde(rename = "rejected")]
    pub rejected_count: u64,
}

/// A record that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestError {
    /// Position in the stream, counted from 0.
    pub index: u64,
    /// Kind of the record.
    pub kind: &'static str,
    /// Its external id, when it had one.
    pub external_id: String,
    /// Why it was refused.
    pub rejection: RecordRejection,
}

/// What became of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestSummary {
    /// Records received.
    pub received_count: u64,
    /// Counts over all kinds.
    pub counts: KindCounts,
    /// Counts by kind.
    pub kinds: BTreeMap<&'static str, KindCounts>,
    /// The refused records, at most the first [`INGEST_ERRORS_MAX`] that were settled.
    pub errors: Vec<IngestError>,
    /// The customers that something new was told of by name, at most the first [`CHANGED_CUSTOMERS_MAX`].
    pub changed_customers: BTreeSet<CustomerId>,
}

impl IngestSummary {
    /// Counts a record in; its position in the stream.
    pub(super) fn receive(&mut self) -> u64 {
        self.received_count += 1;
        self.received_count - 1
    }

    /// Notes a customer that something new was told of.
    pub(super) fn note_changed(&mut self, customer_id: &CustomerId) {
        if self.changed_customers.len() < CHANGED_CUSTOMERS_MAX && !self.changed_customers.contains(customer_id) {
            self.changed_customers.insert(customer_id.clone());
        }
    }

    pub(super) fn settle(&mut self, settled: &SettledRecord) {
        let SettledRecord { index, kind, external_id, outcome } = settled;
        for counts in [&mut self.counts, self.kinds.entry(kind).or_default()] {
            match outcome {
                RecordOutcome::Inserted => counts.inserted_count += 1,
                RecordOutcome::Updated => counts.updated_count += 1,
                RecordOutcome::Unchanged => counts.unchanged_count += 1,
                RecordOutcome::Rejected(_) => counts.rejected_count += 1,
            }
        }
        if let RecordOutcome::Rejected(rejection) = outcome
            && self.errors.len() < INGEST_ERRORS_MAX
        {
            let (kind, external_id, rejection) = (*kind, external_id.clone(), shortened(rejection));
            self.errors.push(IngestError { index: *index, kind, external_id, rejection });
        }
    }

    /// Records whose fate is settled.
    pub fn settled_count(&self) -> u64 {
        let KindCounts { inserted_count, updated_count, unchanged_count, rejected_count } = self.counts;
        inserted_count + updated_count + unchanged_count + rejected_count
    }
}

fn shortened(rejection: &RecordRejection) -> RecordRejection {
    match rejection {
        RecordRejection::Invalid(Violations(violations)) => {
            Violations(violations.iter().take(ERROR_VIOLATIONS_MAX).cloned().collect()).into()
        }
        RecordRejection::UnknownInvoice { .. }
        | RecordRejection::UnknownDocument { .. }
        | RecordRejection::AlreadyReversed { .. }
        | RecordRejection::ContentConflict { .. }
        | RecordRejection::ClearedBefore { .. }
        | RecordRejection::DisputeContradiction { .. }
        | RecordRejection::CurrencyMismatch { .. }
        | RecordRejection::OtherCustomer { .. } => rejection.clone(),
    }
}
