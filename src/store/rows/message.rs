//! Rows of messages.

use serde::Serialize;

use crate::domain::ids::{CustomerId, DisputeId, MessageId, TenantId, WorkItemId};
use crate::domain::message::{Message, MessageChannel};
use crate::domain::time::Instant;

use super::{Place, json_text};
use crate::store::StoreError;

/// A message as written.
#[derive(Debug, Serialize)]
pub struct MessageWrite<'a> {
    tenant: &'a TenantId,
    id: &'a MessageId,
    customer_id: Option<&'a CustomerId>,
    channel: MessageChannel,
    subject: &'a str,
    body: &'a str,
    received_at_us: i64,
    reading: String,
    dispute_id: Option<&'a DisputeId>,
    work_item_id: Option<&'a WorkItemId>,
}

impl<'a> MessageWrite<'a> {
    /// The row of a message.
    pub fn new(tenant: &'a TenantId, message: &'a Message) -> Self {
        let Message { id, customer_id, channel, subject, body, received_at, reading, dispute_id, work_item_id } =
            message;
        MessageWrite {
            tenant,
            id,
            customer_id: customer_id.as_ref(),
            channel: *channel,
            subject,
            body,
            received_at_us: received_at.unix_us(),
            reading: json_text(reading),
            dispute_id: dispute_id.as_ref(),
            work_item_id: work_item_id.as_ref(),
        }
    }
}

/// A message as read.
#[derive(Debug, sqlx::FromRow)]
pub struct MessageRow {
    id: String,
    customer_id: Option<String>,
    channel: String,
    subject: String,
    body: String,
    received_at_us: i64,
    reading: String,
    dispute_id: Option<String>,
    work_item_id: Option<String>,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let place = Place { table: "message", id: &row.id };
        Ok(Message {
            id: place.word("id", &row.id)?,
            customer_id: place.word_opt("customer_id", row.customer_id.as_deref())?,
            channel: place.word("channel", &row.channel)?,
            received_at: Instant::from_unix_us(row.received_at_us),
            reading: place.json("reading", &row.reading)?,
            dispute_id: place.word_opt("dispute_id", row.dispute_id.as_deref())?,
            work_item_id: place.word_opt("work_item_id", row.work_item_id.as_deref())?,
            subject: row.subject,
            body: row.body,
        })
    }
}
