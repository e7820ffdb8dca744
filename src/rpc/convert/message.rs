//! Messages: received, read and shown.

use std::fmt;

use crate::domain::dispute::Severity;
use crate::domain::ids::{CustomerId, DisputeId, MessageId, QueueId, RequestId};
use crate::domain::locale::Language;
use crate::domain::message::{
    Classification, DecidingWord, Graded, MESSAGE_BYTES_MAX, Message, MessageChannel, MessageReading, PromisedSum,
};
use crate::domain::violation::Violations;
use crate::rpc::pb;
use crate::service::MessageFilter;
use crate::service::limits::SUBJECT_BYTES_MAX;
use crate::service::message::{MessageScore, ScoreMessage, Submission, SubmitMessage};
use crate::service::page::PageRequest;

use super::dispute::dispute_to_pb;
use super::enums::WireEnum;
use super::fields::Fields;
use super::money::money_to_pb;
use super::priority::priority_to_pb;
use super::time::{instant_to_pb, optional_date_to_pb};
use super::worklist::work_item_to_pb;

/// Reads a message whose fields lie under `path`.
///
/// # Errors
/// Every violation.
pub fn score_from_pb(path: &str, message: pb::ScoreMessageRequest) -> Result<ScoreMessage, Violations> {
    let pb::ScoreMessageRequest { body, subject, customer_id, received_at, channel } = message;
    let mut fields = Fields::of(path);
    if body.trim().is_empty() {
        fields.refuse("body", &body, "a text of at least 1 byte, not only blanks");
    }
    let body = fields.bounded_text("body", body, MESSAGE_BYTES_MAX);
    let subject = fields.bounded_text("subject", subject, SUBJECT_BYTES_MAX);
    let customer_id = fields.optional("customer_id", &customer_id, CustomerId::parse);
    let received_at = fields.optional_instant("received_at", received_at);
    let channel = fields.optional_enum("channel", channel);
    fields.finish(|| {
        Some(ScoreMessage {
            body: body?,
            subject: subject?,
            customer_id: customer_id?,
            received_at: received_at?,
            channel: channel?.unwrap_or(MessageChannel::Email),
        })
    })
}

/// Reads one message of a stream.
///
/// # Errors
/// Every violation.
pub fn batch_item_from_pb(
    key: &str,
    key_bytes_max: usize,
    message: Option<pb::ScoreMessageRequest>,
) -> Result<ScoreMessage, Violations> {
    let mut fields = Fields::of("");
    if key.len() > key_bytes_max {
        fields.refuse("key", key, format!("at most {key_bytes_max} bytes"));
    }
    let message = fields.absorb(score_from_pb("message", message.unwrap_or_default()));
    fields.finish(|| message)
}

/// Reads a message to take in.
///
/// # Errors
/// Every violation.
pub fn submit_from_pb(request: pb::SubmitMessageRequest) -> Result<SubmitMessage, Violations> {
    let pb::SubmitMessageRequest { request_id, message_id, message, queue, validate_only } = request;
    let mut fields = Fields::of("");
    let request_id = fields.required("request_id", &request_id, RequestId::parse);
    let message_id = fields.optional("message_id", &message_id, MessageId::parse);
    let message = match message {
        Some(message) => fields.absorb(score_from_pb("message", message)),
        None => {
            fields.refuse("message", "", "a message, because the field is required");
            None
        }
    };
    let queue = fields.optional("queue", &queue, QueueId::parse);
    fields.finish(|| {
        Some(SubmitMessage {
            request_id: request_id?,
            message_id: message_id?,
            message: message?,
            queue: queue?,
            validate_only,
        })
    })
}

/// Reads which messages to list.
///
/// # Errors
/// Every violation.
pub fn list_from_pb(request: pb::ListMessagesRequest) -> Result<(MessageFilter, PageRequest), Violations> {
    let pb::ListMessagesRequest { customer_id, dispute_id, page_size, page_token } = request;
    let mut fields = Fields::of("");
    let customer_id = fields.optional("customer_id", &customer_id, CustomerId::parse);
    let dispute_id = fields.optional("dispute_id", &dispute_id, DisputeId::parse);
    let page = fields.page(page_size, &page_token);
    fields.finish(|| Some((MessageFilter { customer_id: customer_id?, dispute_id: dispute_id? }, page?)))
}

/// Writes a message read.
pub fn message_score_to_pb(score: MessageScore, language: Language) -> pb::ScoreMessageResponse {
    let MessageScore { reading, priority } = score;
    pb::ScoreMessageResponse {
        reading: Some(reading_to_pb(reading)),
        priority: priority.map(|priority| priority_to_pb(priority, language)),
    }
}

/// Writes what became of a message.
pub fn submission_to_pb(submission: Submission, language: Language) -> pb::SubmitMessageResponse {
    let Submission { message_id, reading, dispute, joined_existing_dispute, work_item } = submission;
    pb::SubmitMessageResponse {
        message_id: message_id.into(),
        reading: Some(reading_to_pb(reading)),
        dispute: dispute.map(|dispute| dispute_to_pb(dispute, language)),
        joined_existing_dispute,
        work_item: work_item.map(|item| work_item_to_pb(item, language)),
    }
}

/// Writes a stored message.
pub fn message_to_pb(message: Message) -> pb::Message {
    let Message { id, customer_id, channel, subject, body, received_at, reading, dispute_id, work_item_id } = message;
    pb::Message {
        message_id: id.into(),
        customer_id: customer_id.map(String::from).unwrap_or_default(),
        channel: channel.to_wire(),
        subject,
        body,
        received_at: Some(instant_to_pb(received_at)),
        reading: Some(reading_to_pb(reading)),
        dispute_id: dispute_id.map(String::from).unwrap_or_default(),
        work_item_id: work_item_id.map(String::from).unwrap_or_default(),
    }
}

/// Writes what was understood of a message.
pub fn reading_to_pb(reading: MessageReading) -> pb::MessageReading {
    let MessageReading {
        language,
        intent,
        contested_item,
        severity,
        invoices,
        matched_invoice_ids,
        contested_amount,
        promised_on,
        promised_sum,
    } = reading;
    let promised_amount = match promised_sum {
        PromisedSum::One(sum) => Some(sum),
        PromisedSum::NotStated | PromisedSum::Several(_) => None,
    };
    let (language_code, language_probability) =
        language.map(|Graded { label, probability }| (label.to_string(), probability)).unwrap_or_default();
    pb::MessageReading {
        language_code,
        language_probability,
        intent: intent.top().map_or(0, |top| top.label.to_wire()),
        contested_item: top_label(contested_item.as_ref()),
        severity: severity.as_ref().and_then(Classification::<Severity>::top).map_or(0, |top| top.label.to_wire()),
        intent_classification: Some(classification_to_pb(intent)),
        item_classification: contested_item.map(classification_to_pb),
        severity_classification: severity.map(classification_to_pb),
        invoices,
        matched_invoice_ids: matched_invoice_ids.into_iter().map(String::from).collect(),
        contested_amount: contested_amount.map(money_to_pb),
        promised_on: optional_date_to_pb(promised_on),
        promised_amount: promised_amount.map(money_to_pb),
    }
}

fn top_label<T: fmt::Display>(classification: Option<&Classification<T>>) -> String {
    classification.and_then(Classification::top).map(|top| top.label.to_string()).unwrap_or_default()
}

fn classification_to_pb<T: fmt::Display>(classification: Classification<T>) -> pb::Classification {
    let Classification { labels, abstained, known_word_share, words, model_id } = classification;
    let label_to_pb =
        |Graded { label, probability }: Graded<T>| pb::LabelProbability { label: label.to_string(), probability };
    let word_to_pb = |DecidingWord { text, weight }| pb::DecidingWord { text, weight };
    pb::Classification {
        labels: labels.into_iter().map(label_to_pb).collect(),
        abstained,
        known_word_share,
        words: words.into_iter().map(word_to_pb).collect(),
        model_id: model_id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: String) -> Vec<String> {
        let message = pb::ScoreMessageRequest { body, ..pb::ScoreMessageRequest::default() };
        match score_from_pb("message", message) {
            Ok(_) => Vec::new(),
            Err(violations) => violations.0.into_iter().map(|violation| violation.field).collect(),
        }
    }

    #[test]
    fn bodies_that_no_one_can_have_written_are_refused() {
        assert_eq!(faults(String::new()), ["message.body"]);
        assert_eq!(faults("x".repeat(MESSAGE_BYTES_MAX + 1)), ["message.body"]);
        assert_eq!(faults("a\0b".to_owned()), ["message.body"]);
        assert!(faults("🙄🙄🙄".to_owned()).is_empty());
        assert!(faults("x".repeat(MESSAGE_BYTES_MAX)).is_empty());
    }

    #[test]
    fn a_submission_reports_the_faults_of_its_message_with_its_own() {
        let violations = submit_from_pb(pb::SubmitMessageRequest {
            message: Some(pb::ScoreMessageRequest { channel: 77, ..pb::ScoreMessageRequest::default() }),
            ..pb::SubmitMessageRequest::default()
        })
        .unwrap_err();
        let fields: Vec<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["request_id", "message.body", "message.channel"]);
    }
}
