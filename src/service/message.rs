//! Messages: read one or many without storing anything, and show the stored ones.

mod item;
mod promised;
pub mod reading;
pub(super) mod refresh;
mod submit;

use serde::Serialize;

use super::context::CustomerContext;
use super::dispute::scoring::DisputeDraft;
use super::limits::{
    BATCH_COUNT_MAX, MESSAGE_FRAME_BYTES, MESSAGES_READ_AT_ONCE, PAGE_BYTES_MAX, READ_INLINE_BYTES_MAX,
    READ_TEXT_FRAME_BYTES, SUBJECT_BYTES_MAX,
};
use super::models::{ActiveModels, IncomingMessage};
use super::page::{Page, PageRequest};
use super::view::{DisputeView, PriorityView, WorkItemView};
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::dispute::Severity;
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, MessageId, ModelId, QueueId, RequestId, ScoreId, TenantId};
use crate::domain::message::{Classification, Intent, MESSAGE_BYTES_MAX, Message, MessageChannel, MessageReading};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::{Gather, Violation, Violations};
use crate::store::{MessageFilter, PageCursor};

/// A message to read.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

impl ScoreMessage {
    /// Checks what must hold of every message.
    pub(super) fn validate(&self) -> Result<(), Violations> {
        let mut gather = Gather::default();
        let byte_count = self.body.len();
        if self.body.trim().is_empty() || byte_count > MESSAGE_BYTES_MAX {
            let found = format!("{byte_count} bytes");
            gather.push(Violation::new("body", found, format!("1 to {MESSAGE_BYTES_MAX} bytes, not only blanks")));
        }
        if self.subject.len() > SUBJECT_BYTES_MAX {
            let found = format!("{} bytes", self.subject.len());
            gather.push(Violation::new("subject", found, format!("at most {SUBJECT_BYTES_MAX} bytes")));
        }
        gather.finish()
    }
}

/// The intent of a reading, unless the model was not sure enough.
pub(super) fn sure_intent(reading: &MessageReading) -> Option<Intent> {
    if reading.intent.abstained { None } else { reading.intent.top().map(|graded| graded.label) }
}

/// The models that read a message.
pub(super) fn readers(reading: &MessageReading) -> Vec<ModelId> {
    let item = reading.contested_item.iter().map(|classification| classification.model_id.clone());
    let severity = reading.severity.iter().map(|classification| classification.model_id.clone());
    std::iter::once(reading.intent.model_id.clone()).chain(item).chain(severity).collect()
}

/// The dispute that a message raises. An amount in a currency of none of the invoices meant says nothing of what is contested there.
pub(super) fn draft_of(
    id: DisputeId,
    reading: &MessageReading,
    opened_on: CivilDate,
    context: &CustomerContext,
) -> Result<DisputeDraft, Violation> {
    let item = reading.contested_item.as_ref().and_then(|classification| classification.top());
    let contested_item = item.map_or_else(ItemCode::other, |graded| graded.label.clone());
    let severity = reading.severity.as_ref().and_then(|classification| classification.top());
    let invoice_ids = &reading.matched_invoice_ids;
    Ok(DisputeDraft {
        id,
        contested_item,
        severity: severity.map_or(Severity::Moderate, |graded| graded.label),
        contested_amount: reading.contested_amount.filter(|amount| {
            let is_of_invoices =
                || context.open_on(invoice_ids).iter().any(|open| open.currency() == amount.currency());
            amount.minor() > 0 && (invoice_ids.is_empty() || is_of_invoices())
        }),
        invoice_ids: invoice_ids.clone(),
        opened_on,
        raised_count: 1,
    })
}

impl Service {
    /// Reads a message without storing anything.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn score_message(&self, tenant: &TenantId, message: ScoreMessage) -> Result<MessageScore, ServiceError> {
        message.validate()?;
        let received_at = message.received_at.unwrap_or_else(|| self.now());
        let on = self.day_of(received_at);
        let mut context = self.customer_context(tenant, message.customer_id.as_ref(), on, None).await?;
        let models = self.models_of(tenant);
        let reading = self.read_message(&models, &context, &message, on).await?;
        if sure_intent(&reading) != Some(Intent::Dispute) {
            return Ok(MessageScore { reading, priority: None });
        }
        let draft = draft_of(DisputeId::parse(&self.new_id())?, &reading, on, &context)?;
        let currencies = draft.contested_amount.map(|amount| amount.currency());
        self.add_rates(tenant, &mut context.rates, currencies, on).await?;
        let inputs = draft.score_inputs(&context, &self.strategy, &models.taxonomy.codes, 0, readers(&reading));
        let score = inputs.score(ScoreId::parse(&self.new_id())?, self.now(), &models, &self.strategy)?;
        Ok(MessageScore { reading, priority: Some(self.passing_priority(score)) })
    }

    /// Reads many messages, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`BATCH_COUNT_MAX`].
    pub async fn score_messages(
        &self,
        tenant: &TenantId,
        messages: Vec<ScoreMessage>,
    ) -> Result<Vec<Result<MessageScore, ServiceError>>, ServiceError> {
        if messages.len() > BATCH_COUNT_MAX {
            return Err(ServiceError::Exhausted { what: "a batch of messages", limit: BATCH_COUNT_MAX });
        }
        let mut results = Vec::with_capacity(messages.len());
        for message in messages {
            results.push(self.score_message(tenant, message).await);
        }
        Ok(results)
    }

    /// What a message says, given what is known of its sender. Long texts are read on a blocking thread.
    pub(super) async fn read_message(
        &self,
        models: &ActiveModels,
        context: &CustomerContext,
        message: &ScoreMessage,
        received_on: CivilDate,
    ) -> Result<MessageReading, ServiceError> {
        let open_invoices: Vec<InvoiceId> =
            context.open_invoices().map(|(_, position)| position.invoice.id.clone()).collect();
        let currency = context.main_currency();
        let ScoreMessage { body, subject, customer_id: _, received_at: _, channel: _ } = message;
        if body.len() <= READ_INLINE_BYTES_MAX {
            let incoming = IncomingMessage { subject, body, received_on, open_invoices: &open_invoices, currency };
            return Ok(models.reader.read(&incoming));
        }
        let (reader, body, subject) = (models.reader.clone(), body.clone(), subject.clone());
        on_blocking_thread("reading a message", move || {
            let open_invoices = &open_invoices;
            reader.read(&IncomingMessage { subject: &subject, body: &body, received_on, open_invoices, currency })
        })
        .await
    }

    /// The message with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn message(&self, tenant: &TenantId, id: &MessageId) -> Result<Message, ServiceError> {
        let message = self.store.message(tenant, id).await?;
        message.ok_or_else(|| ServiceError::NotFound { resource: "message", id: id.to_string() })
    }

    /// A page of messages, the newest first; it ends early rather than hold more than [`PAGE_BYTES_MAX`].
    ///
    /// # Errors
    /// When the token is none of ours or has expired, or the storage fails.
    pub async fn list_messages(
        &self,
        tenant: &TenantId,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Page<Message>, ServiceError> {
        let start = page.start(filter, self.now())?;
        let mut items: Vec<Message> = Vec::new();
        let mut page_bytes = 0;
        let mut cursor = start.cursor.clone();
        let has_more = 'page: loop {
            let read_count = MESSAGES_READ_AT_ONCE.min(page.size() + 1 - items.len());
            let read = self.store.messages(tenant, filter, cursor.as_ref(), read_count).await?;
            let is_last = read.len() < read_count;
            for message in read {
                page_bytes += bytes_of(&message);
                if items.len() == page.size() || (page_bytes > PAGE_BYTES_MAX && !items.is_empty()) {
                    break 'page true;
                }
                items.push(message);
            }
            if is_last {
                break false;
            }
            cursor = items.last().map(cursor_after);
        };
        let next_token = match items.last().filter(|_| has_more) {
            Some(last) => start.next_token(cursor_after(last)),
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }
}

/// What a message takes in a page, about, with all that was understood of it.
fn bytes_of(message: &Message) -> usize {
    let MessageReading {
        language: _,
        intent,
        contested_item,
        severity,
        invoices,
        matched_invoice_ids,
        contested_amount: _,
        promised_on: _,
        promised_sum: _,
    } = &message.reading;
    let texts = [message.subject.as_str(), message.body.as_str()];
    let texts = texts.into_iter().chain(invoices.iter().map(String::as_str));
    let texts = texts.chain(matched_invoice_ids.iter().map(InvoiceId::as_str));
    let item = contested_item.as_ref().map_or(0, |item| {
        let labels = item.labels.iter().map(|graded| graded.label.as_str().len() + READ_TEXT_FRAME_BYTES);
        labels.sum::<usize>() + bytes_of_words(item)
    });
    MESSAGE_FRAME_BYTES
        + texts.map(|text| text.len() + READ_TEXT_FRAME_BYTES).sum::<usize>()
        + bytes_of_words(intent)
        + item
        + severity.as_ref().map_or(0, bytes_of_words)
}

fn bytes_of_words<T>(classification: &Classification<T>) -> usize {
    classification.words.iter().map(|word| word.text.len() + READ_TEXT_FRAME_BYTES).sum()
}

fn cursor_after(message: &Message) -> PageCursor {
    #[expect(clippy::cast_precision_loss, reason = "microseconds stay below 2^53 until the year 2255")]
    let key = message.received_at.unix_us() as f64;
    PageCursor { key, id: message.id.to_string() }
}
