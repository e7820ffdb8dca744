//! Disputes as history, each with the message that it began with: what models of messages learn from.

use crate::domain::dispute::{Dispute, Severity};
use crate::domain::ids::MessageId;

/// A dispute that came as a record of the past or was once decided here.
#[derive(Debug, Clone, PartialEq)]
pub struct PastDispute {
    /// The dispute as it is now, voided or not.
    pub dispute: Dispute,
    /// The message that came with its record, or else the first one about it.
    pub message: Option<FirstMessage>,
}

/// The message that a dispute began with, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstMessage {
    /// Its id; absent of one that came with a record.
    pub id: Option<MessageId>,
    /// Subject line, empty when there is none.
    pub subject: String,
    /// The text as received.
    pub body: String,
    /// How serious a model read it to be; absent of one that came with a record or was read as something else than a dispute.
    pub read_severity: Option<Severity>,
}
