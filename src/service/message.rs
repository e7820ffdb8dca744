//! Messages: read one or many without storing anything, and show the stored ones.

use super::page::{Page, PageRequest};
use super::view::{DisputeView, PriorityView, WorkItemView};
use super::{Service, ServiceError, unfinished};
use crate::domain::ids::{CustomerId, MessageId, QueueId, RequestId, TenantId};
use crate::domain::message::{Message, MessageChannel, MessageReading};
use crate::domain::time::Instant;
use crate::store::MessageFilter;

/// A message to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreMessage {
    /// The text, 1 byte to [`crate::domain::message::MESSAGE_BYTES_MAX`].
    pub body: String,
    /// Subject line, empty when there is none.
    pub subject: String,
    /// Who sent it, when known.
    pub customer_id: Option<CustomerId>,
    /// When it was received; absent means now.
    pub received_at: Option<Instant>,
    /// By which way it came.
    pub channel: MessageChannel,
}

/// A message read.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageScore {
    /// What was understood.
    pub reading: MessageReading,
    /// The priority that it would have as a dispute; absent for other intents.
    pub priority: Option<PriorityView>,
}

/// A message to take in for good.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmitMessage {
    /// Idempotency key.
    pub request_id: RequestId,
    /// Id of the calling system; absent lets one be made.
    pub message_id: Option<MessageId>,
    /// The message.
    pub message: ScoreMessage,
    /// The queue its work item goes to.
    pub queue: Option<QueueId>,
    /// Check everything, store nothing.
    pub validate_only: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Id of the message.
    pub message_id: MessageId,
    /// What was understood.
    pub reading: MessageReading,
    /// The dispute that it opened or joined.
    pub dispute: Option<DisputeView>,
    /// Whether it joined a dispute that was open already.
    pub joined_existing_dispute: bool,
    /// The work item that it made or raised.
    pub work_item: Option<WorkItemView>,
}

impl Service {
    /// Reads a message without storing anything.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn score_message(
        &self,
        _tenant: &TenantId,
        _message: ScoreMessage,
    ) -> Result<MessageScore, ServiceError> {
        Err(unfinished())
    }

    /// Reads many messages, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`super::limits::BATCH_COUNT_MAX`].
    pub async fn score_messages(
        &self,
        _tenant: &TenantId,
        _messages: Vec<ScoreMessage>,
    ) -> Result<Vec<Result<MessageScore, ServiceError>>, ServiceError> {
        Err(unfinished())
    }

    /// Takes in a message for good, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn submit_message(
        &self,
        _tenant: &TenantId,
        _submission: SubmitMessage,
    ) -> Result<Submission, ServiceError> {
        Err(unfinished())
    }

    /// The message with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn message(&self, _tenant: &TenantId, _id: &MessageId) -> Result<Message, ServiceError> {
        Err(unfinished())
    }

    /// A page of messages, the newest first.
    ///
    /// # Errors
    /// When the token is none of ours or the storage fails.
    pub async fn list_messages(
        &self,
        _tenant: &TenantId,
        _filter: &MessageFilter,
        _page: &PageRequest,
    ) -> Result<Page<Message>, ServiceError> {
        Err(unfinished())
    }
}
