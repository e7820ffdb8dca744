//! Outcomes: business facts from which labels are made.

use serde::{Deserialize, Serialize};

use super::dispute::{PriorityLabel, Resolution};
use super::ids::{DisputeId, InvoiceId, MessageId, WorkItemId};
use super::message::Intent;
use super::time::CivilDate;

/// A business fact that became known after something was scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// An invoice was settled in full.
    InvoicePaid {
        /// The invoice.
        invoice_id: InvoiceId,
        /// Day of the last payment.
        paid_on: CivilDate,
    },
    /// A dispute was decided.
    DisputeDecided {
        /// The dispute.
        dispute_id: DisputeId,
        /// How.
        resolution: Resolution,
        /// When.
        resolved_on: CivilDate,
    },
    /// A person said how urgent a dispute was.
    DisputeGraded {
        /// The dispute.
        dispute_id: DisputeId,
        /// How urgent.
        label: PriorityLabel,
    },
    /// A person said what the sender of a message wanted.
    IntentStated {
        /// The message.
        message_id: MessageId,
        /// What the sender wanted.
        intent: Intent,
    },
    /// A person chose to handle one dispute before another.
    DisputePreferred {
        /// The one handled first.
        preferred_id: DisputeId,
        /// The one left for later.
        other_id: DisputeId,
    },
    /// A work item was completed.
    WorkItemCompleted {
        /// The item.
        work_item_id: WorkItemId,
        /// What came of it.
        result: super::work_item::CompletionResult,
        /// What the person wrote about it, at most [`super::invoice::NOTE_BYTES_MAX`] bytes.
        #[serde(default)]
        note: String,
    },
}
