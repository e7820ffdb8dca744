//! What a dispute record changes of a dispute that is known: other systems send a dispute again when it was decided, and
//! their files arrive in any order.

use std::collections::BTreeSet;

use crate::domain::dispute::{Dispute, DisputeStatus, Resolution};
use crate::domain::ids::InvoiceId;
use crate::domain::money::Money;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::time_zone::TimeZone;
use crate::ledger::record::{DisputeRecord, RecordRejection};

use super::digests::dispute_digest;
use super::rows::dispute::dispute_of;

/// A dispute as it is stored.
#[derive(Debug, Clone)]
pub struct StoredDispute {
    /// The dispute.
    pub dispute: Dispute,
    /// The message that came with its record.
    pub message: Option<String>,
    /// Digest of the record that it came by or was last revised by; `None` when it was opened here.
    pub digest: Option<String>,
}

/// What a record does to a stored dispute.
#[derive(Debug)]
pub enum Revision {
    /// It says nothing new, or less than what is known.
    Nothing,
    /// It is a later state of the dispute.
    Later(Box<StoredDispute>),
    /// It contradicts what is known.
    Contradiction(RecordRejection),
}

impl StoredDispute {
    /// The dispute that a first record tells of, entered on `entered_on`.
    pub fn of_record(record: &DisputeRecord, digest: &str, entered_on: CivilDate) -> Self {
        StoredDispute {
            dispute: dispute_of(record, entered_on),
            message: record.message.clone(),
            digest: Some(digest.to_owned()),
        }
    }

    /// The dispute as a record would tell it.
    pub fn as_record(&self) -> DisputeRecord {
        DisputeRecord::of(self.dispute.clone(), self.message.clone())
    }

    /// Whether people or messages changed it here since its last record: their word stands, and only a later decision of
    /// the other system is taken over, and what nobody has said here.
    pub fn was_changed_here(&self) -> bool {
        self.digest.as_deref() != Some(&dispute_digest(self.as_record()))
    }
}

/// What `record` does to `stored`; a change happens at `now`, on its day in `time_zone`. Which of two records is the later one is told by the
/// decision: an undecided state comes before a decided one, and an earlier decision before a later one. Two records that
/// agree on it are taken in the order in which they arrive. A label or message where there was none is taken from any of them.
pub fn revise(
    stored: &StoredDispute,
    record: &DisputeRecord,
    digest: &str,
    now: Instant,
    time_zone: &TimeZone,
) -> Revision {
    if stored.digest.as_deref() == Some(digest) {
        return Revision::Nothing;
    }
    let was_changed_here = stored.was_changed_here();
    if let Some(rejection) = contradiction(stored, record, was_changed_here) {
        return Revision::Contradiction(rejection);
    }
    let dispute = &stored.dispute;
    let known = dispute.resolution.zip(dispute.resolved_on);
    let (takes_details, takes_decision) = match (known, record.decided) {
        (None, None) => (!was_changed_here, false),
        (None, Some((_, decided_on))) if is_past(dispute, decided_on, time_zone) => (false, false),
        (None, Some(_)) => (!was_changed_here, true),
        (Some(_), None) => (false, false),
        (Some((_, known_on)), Some((_, decided_on))) if decided_on < known_on => (false, false),
        (Some((_, known_on)), Some((_, decided_on))) => (!was_changed_here, decided_on > known_on),
    };
    let mut later = stored.clone();
    if takes_details {
        take_details(&mut later, record);
        later.dispute.keep_details(dispute, time_zone.day_of(now));
    }
    fill_in(&mut later, record);
    if takes_decision {
        take_decision(&mut later.dispute, record.decided);
    }
    if !takes_decision && later.dispute == stored.dispute && later.message == stored.message {
        return Revision::Nothing;
    }
    // A record need not say all that is known from those before it: what is known in the end is the word of the other system,
    // unless something else was said here.
    if !was_changed_here {
        later.digest = Some(dispute_digest(later.as_record()));
    } else if takes_decision {
        later.digest = Some(digest.to_owned());
    }
    later.dispute.version += 1;
    later.dispute.updated_at = now;
    Revision::Later(Box::new(later))
}

/// Whether a decision was known before the customer contested again, or before the dispute was voided. Of a reopened
/// dispute without a past decision, the day of the last change stands for the day on which that was.
fn is_past(dispute: &Dispute, decided_on: CivilDate, time_zone: &TimeZone) -> bool {
    match dispute.status {
        DisputeStatus::Reopened if dispute.past_decisions.is_empty() => {
            decided_on < time_zone.day_of(dispute.updated_at)
        }
        DisputeStatus::Voided => true,
        DisputeStatus::New
        | DisputeStatus::Triaged
        | DisputeStatus::InProgress
        | DisputeStatus::AwaitingCustomer
        | DisputeStatus::Resolved
        | DisputeStatus::Closed
        | DisputeStatus::Reopened => decided_on < dispute.contested_from(),
    }
}

fn take_details(later: &mut StoredDispute, record: &DisputeRecord) {
    later.dispute.contested_item = record.contested_item.clone();
    later.dispute.severity = record.severity;
    later.dispute.priority_label = record.priority_label.or(later.dispute.priority_label);
    later.message = record.message.clone().or_else(|| later.message.take());
}

/// Takes what nobody has said so far, whatever else is known: a label given in a file of its own, and the message.
fn fill_in(later: &mut StoredDispute, record: &DisputeRecord) {
    later.dispute.priority_label = later.dispute.priority_label.or(record.priority_label);
    later.message = later.message.take().or_else(|| record.message.clone());
}

fn take_decision(dispute: &mut Dispute, decided: Option<(Resolution, CivilDate)>) {
    let Some((resolution, decided_on)) = decided else { return };
    let credited_amount = dispute.credited_amount.filter(|_| dispute.resolution == Some(resolution));
    dispute.decide_anew(resolution, credited_amount, decided_on);
}

/// Where the record and what is stored cannot both be true. Invoices and amount may have been corrected here since.
fn contradiction(stored: &StoredDispute, record: &DisputeRecord, was_changed_here: bool) -> Option<RecordRejection> {
    let dispute = &stored.dispute;
    let differs = |field: &'static str, known: String, given: String| {
        Some(RecordRejection::DisputeContradiction { external_id: record.id.to_string(), field, known, given })
    };
    if stored.digest.is_none() {
        let (kind, external_id) = ("dispute", record.id.to_string());
        return Some(RecordRejection::ContentConflict { kind, external_id });
    }
    if dispute.customer_id != record.customer_id {
        return differs("customer_id", dispute.customer_id.to_string(), record.customer_id.to_string());
    }
    if dispute.opened_on != record.opened_on {
        return differs("opened_on", dispute.opened_on.to_string(), record.opened_on.to_string());
    }
    if !was_changed_here && dispute.contested_amount != record.contested_amount {
        let shown =
            |amount: Option<Money>| amount.map_or_else(|| "all that is open".to_owned(), |amount| amount.to_string());
        return differs("contested_amount", shown(dispute.contested_amount), shown(record.contested_amount));
    }
    if !was_changed_here && !are_the_same(&dispute.invoice_ids, &record.invoice_ids) {
        let shown = |ids: &[InvoiceId]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            ids.join(", ")
        };
        return differs("invoice_ids", shown(&dispute.invoice_ids), shown(&record.invoice_ids));
    }
    match (dispute.resolution.zip(dispute.resolved_on), record.decided) {
        (Some((known, known_on)), Some((given, given_on))) if known_on == given_on && known != given => {
            let shown = |resolution: Resolution| format!("{} on {given_on}", resolution.as_str());
            differs("resolution", shown(known), shown(given))
        }
        (Some(_), Some(_) | None) | (None, Some(_) | None) => None,
    }
}

fn are_the_same<T: Ord>(left: &[T], right: &[T]) -> bool {
    left.iter().collect::<BTreeSet<_>>() == right.iter().collect()
}
