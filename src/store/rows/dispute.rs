//! Rows of disputes: those opened here, and those that came as records of another system.

use serde::Serialize;

use crate::domain::dispute::{Dispute, DisputeStatus, PriorityLabel, Resolution, Severity};
use crate::domain::dispute_past::RaisedAgain;
use crate::domain::ids::{CustomerId, DisputeId, TenantId, UserId};
use crate::domain::money::Currency;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Instant};
use crate::ledger::record::DisputeRecord;

use super::{Place, currency, json_text, minor, priority_of_parts};
use crate::store::dispute_revision::StoredDispute;
use crate::store::{RankedDispute, StoreError};

/// A dispute as written.
#[derive(Debug, Serialize)]
pub struct DisputeWrite<'a> {
    tenant: &'a TenantId,
    id: &'a DisputeId,
    customer_id: &'a CustomerId,
    invoice_ids: String,
    awaited_numbers: String,
    contested_item: &'a ItemCode,
    severity: Severity,
    contested_minor: Option<i64>,
    contested_currency: Option<Currency>,
    opened_on: CivilDate,
    status: DisputeStatus,
    is_open: u8,
    resolution: Option<Resolution>,
    credited_minor: Option<i64>,
    credited_currency: Option<Currency>,
    resolved_on: Option<CivilDate>,
    raised_count: u32,
    raised_again: String,
    past_decisions: String,
    past_details: String,
    details_on: Option<CivilDate>,
    voided_on: Option<CivilDate>,
    priority_label: Option<PriorityLabel>,
    assignee: Option<&'a UserId>,
    updated_at_us: i64,
    version: i64,
    priority_parts: i64,
    message_text: Option<&'a str>,
    content_digest: Option<&'a str>,
}

impl<'a> DisputeWrite<'a> {
    /// The row of a dispute that was opened or changed here.
    pub fn new(tenant: &'a TenantId, dispute: &'a Dispute) -> Self {
        let Dispute {
            id,
            customer_id,
            invoice_ids,
            awaited_numbers,
            contested_item,
            severity,
            contested_amount,
            opened_on,
            status,
            resolution,
            credited_amount,
            resolved_on,
            raised_again,
            past_decisions,
            past_details,
            details_on,
            voided_on,
            priority_label,
            assignee,
            updated_at,
            version,
        } = dispute;
        DisputeWrite {
            tenant,
            id,
            customer_id,
            invoice_ids: json_text(invoice_ids),
            awaited_numbers: json_text(awaited_numbers),
            contested_item,
            severity: *severity,
            contested_minor: minor(*contested_amount),
            contested_currency: currency(*contested_amount),
            opened_on: *opened_on,
            status: *status,
            is_open: status.is_open().into(),
            resolution: *resolution,
            credited_minor: minor(*credited_amount),
            credited_currency: currency(*credited_amount),
            resolved_on: *resolved_on,
            raised_count: dispute.raised_count(),
            raised_again: json_text(raised_again),
            past_decisions: json_text(past_decisions),
            past_details: json_text(past_details),
            details_on: *details_on,
            voided_on: *voided_on,
            priority_label: *priority_label,
            assignee: assignee.as_ref(),
            updated_at_us: updated_at.unix_us(),
            version: *version,
            priority_parts: 0,
            message_text: None,
            content_digest: None,
        }
    }

    /// The row of a dispute that came as a record or was revised by one.
    pub fn of_record(tenant: &'a TenantId, stored: &'a StoredDispute) -> Self {
        let StoredDispute { dispute, message, digest } = stored;
        DisputeWrite {
            message_text: message.as_deref(),
            content_digest: digest.as_deref(),
            ..DisputeWrite::new(tenant, dispute)
        }
    }
}

/// The dispute that a record tells of, entered on `entered_on`; it was last changed when the day of its last fact began in UTC.
pub fn dispute_of(record: &DisputeRecord, entered_on: CivilDate) -> Dispute {
    let DisputeRecord {
        id,
        customer_id,
        invoice_ids,
        contested_item,
        severity,
        contested_amount,
        opened_on,
        decided,
        credited_amount,
        raised_again,
        past_decisions,
        past_details,
        priority_label,
        message: _,
    } = record;
    let changed_on = decided.map(|(_, decided_on)| decided_on).or(past_decisions.ended_on()).unwrap_or(*opened_on);
    Dispute {
        id: id.clone(),
        customer_id: customer_id.clone(),
        invoice_ids: invoice_ids.clone(),
        awaited_numbers: Vec::new(),
        contested_item: contested_item.clone(),
        severity: *severity,
        contested_amount: *contested_amount,
        opened_on: *opened_on,
        status: match decided {
            Some(_) => DisputeStatus::Resolved,
            None if past_decisions.is_empty() => DisputeStatus::New,
            None => DisputeStatus::Reopened,
        },
        resolution: decided.map(|(resolution, _)| resolution),
        credited_amount: *credited_amount,
        resolved_on: decided.map(|(_, decided_on)| decided_on),
        raised_again: raised_again.clone(),
        past_decisions: past_decisions.clone(),
        past_details: past_details.clone(),
        details_on: Some(entered_on),
        voided_on: None,
        priority_label: *priority_label,
        assignee: None,
        updated_at: changed_on.start(),
        version: 1,
    }
}

/// The count of the disputes opened of a customer, as written.
#[derive(Debug, Serialize)]
pub struct OpeningWrite<'a> {
    /// Whose data.
    pub tenant: &'a TenantId,
    /// Whose disputes.
    pub customer_id: &'a CustomerId,
    /// How many there are with the new one.
    pub opened_count: i64,
}

/// A dispute as read.
#[derive(Debug, sqlx::FromRow)]
pub struct DisputeRow {
    id: String,
    customer_id: String,
    invoice_ids: String,
    awaited_numbers: String,
    contested_item: String,
    severity: String,
    contested_minor: Option<i64>,
    contested_currency: Option<String>,
    opened_on: String,
    status: String,
    resolution: Option<String>,
    credited_minor: Option<i64>,
    credited_currency: Option<String>,
    resolved_on: Option<String>,
    raised_count: i64,
    raised_again: String,
    past_decisions: String,
    past_details: String,
    details_on: Option<String>,
    voided_on: Option<String>,
    priority_label: Option<String>,
    assignee: Option<String>,
    updated_at_us: i64,
    version: i64,
    priority_parts: i64,
    /// The message that came with the record.
    pub message_text: Option<String>,
}

/// A dispute as read with the digest of its record.
#[derive(Debug, sqlx::FromRow)]
pub struct StoredDisputeRow {
    #[sqlx(flatten)]
    row: DisputeRow,
    content_digest: Option<String>,
}

impl TryFrom<StoredDisputeRow> for StoredDispute {
    type Error = StoreError;

    fn try_from(stored: StoredDisputeRow) -> Result<Self, StoreError> {
        let StoredDisputeRow { mut row, content_digest } = stored;
        let message = row.message_text.take();
        Ok(StoredDispute { dispute: Dispute::try_from(row)?, message, digest: content_digest })
    }
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = StoreError;

    fn try_from(row: DisputeRow) -> Result<Self, StoreError> {
        let place = Place { table: "dispute", id: &row.id };
        let credited_currency = row.credited_currency.as_deref();
        let contested_currency = row.contested_currency.as_deref();
        let updated_at = Instant::from_unix_us(row.updated_at_us);
        let status: DisputeStatus = place.word("status", &row.status)?;
        let voided_on: Option<CivilDate> = place.word_opt("voided_on", row.voided_on.as_deref())?;
        Ok(Dispute {
            id: place.word("id", &row.id)?,
            customer_id: place.word("customer_id", &row.customer_id)?,
            invoice_ids: place.json("invoice_ids", &row.invoice_ids)?,
            awaited_numbers: place.json("awaited_numbers", &row.awaited_numbers)?,
            contested_item: place.word("contested_item", &row.contested_item)?,
            severity: place.word("severity", &row.severity)?,
            contested_amount: place.money("contested_currency", row.contested_minor, contested_currency)?,
            opened_on: place.word("opened_on", &row.opened_on)?,
            status,
            resolution: place.word_opt("resolution", row.resolution.as_deref())?,
            credited_amount: place.money("credited_currency", row.credited_minor, credited_currency)?,
            resolved_on: place.word_opt("resolved_on", row.resolved_on.as_deref())?,
            raised_again: raised_again(place, &row.raised_again, row.raised_count, updated_at)?,
            past_decisions: place.json("past_decisions", &row.past_decisions)?,
            past_details: place.json("past_details", &row.past_details)?,
            details_on: place.word_opt("details_on", row.details_on.as_deref())?,
            voided_on: (status == DisputeStatus::Voided).then(|| voided_on.unwrap_or_else(|| updated_at.utc_date())),
            priority_label: place.word_opt("priority_label", row.priority_label.as_deref())?,
            assignee: place.word_opt("assignee", row.assignee.as_deref())?,
            updated_at,
            version: row.version,
        })
    }
}

/// When a dispute was raised again. Times of which only the count is known were before the end of the day of the last change:
/// they count from that day, in UTC, on, so that no day before knows of them.
fn raised_again(
    place: Place<'_>,
    days: &str,
    raised_count: i64,
    updated_at: Instant,
) -> Result<RaisedAgain, StoreError> {
    let mut raised: RaisedAgain = place.json("raised_again", days)?;
    let raised_count: u32 = place.count("raised_count", raised_count)?;
    let undated_count = raised_count.saturating_sub(1).checked_sub(raised.count());
    let Some(undated_count) = undated_count else {
        return Err(place.bad("raised_again", format!("{days} in a count of {raised_count}")));
    };
    raised.add(updated_at.utc_date(), undated_count);
    Ok(raised)
}

impl TryFrom<DisputeRow> for RankedDispute {
    type Error = StoreError;

    fn try_from(row: DisputeRow) -> Result<Self, StoreError> {
        let priority = priority_of_parts(row.priority_parts);
        Ok(RankedDispute { dispute: Dispute::try_from(row)?, priority })
    }
}
