//! The one map from failures of the use cases to gRPC statuses, their details, and statuses of single records.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::domain::violation::{Violation, Violations};
use crate::service::{ErrorKind, RecordRejection, ServiceError};

use super::pb;

/// Names Recourse in every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "recourse.v1";
/// Most field violations sent with a status.
pub const FIELD_VIOLATIONS_MAX: usize = 24;
/// Most bytes of a status as it is sent, its message percent-encoded and its details in base64. Both travel in headers, which clients cap
/// at 8 KiB in all.
const STATUS_BYTES_MAX: usize = 7_600;
/// Most bytes of its message, percent-encoded; the details hold it up to twice.
const MESSAGE_BYTES_MAX: usize = 1_900;
/// Most bytes of the violations that the message tells, percent-encoded; the rest is for how many more there are.
const SUMMARY_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 100;
/// What details hold beside the message and the violations, at most: the reason, the names of their types, and how many are left out.
const DETAILS_FRAME_BYTES: usize = 400;
/// What a violation takes in the details beside its texts, at most.
const VIOLATION_FRAME_BYTES: usize = 12;
/// Most violations told in the text of a status.
const VIOLATIONS_TOLD_MAX: usize = 3;
/// Most violations sent with one record: a thousand refused records must fit into an answer of 4 MiB, which clients cap.
pub const RECORD_VIOLATIONS_MAX: usize = 10;
/// How long a client should wait before it tries again.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The gRPC code of a kind of failure.
pub fn code_of(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::InvalidArgument => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Precondition => Code::FailedPrecondition,
        ErrorKind::Conflict => Code::Aborted,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Forbidden => Code::PermissionDenied,
        ErrorKind::Exhausted => Code::ResourceExhausted,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Corrupt => Code::DataLoss,
        ErrorKind::Internal => Code::Internal,
    }
}

/// The status of a call that failed.
pub fn status_of(error: &ServiceError) -> Status {
    let code = code_of(error.kind());
    let mut details = ErrorDetails::new();
    details.set_error_info(error.reason(), ERROR_DOMAIN, HashMap::new());
    let message = match error {
        ServiceError::Invalid(violations) => {
            let message = summary(violations);
            add_violations(&mut details, &message, violations);
            message
        }
        ServiceError::NotFound { resource, id } | ServiceError::ContentConflict { resource, id } => {
            details.set_resource_info(*resource, id, "", told(error));
            told(error)
        }
        ServiceError::RunUnderWay { kind: _, id } => {
            details.set_resource_info("training run", id, "", told(error));
            told(error)
        }
        ServiceError::Precondition { reason, message: _ } => {
            details.add_precondition_failure_violation(*reason, "", told(error));
            told(error)
        }
        ServiceError::IllegalTransition(_) => {
            details.add_precondition_failure_violation(error.reason(), "status", told(error));
            told(error)
        }
        ServiceError::Stale { .. }
        | ServiceError::LeaseLost { .. }
        | ServiceError::ItemCompleted { .. }
        | ServiceError::WatchTooSlow { .. }
        | ServiceError::Exhausted { .. } => told(error),
        ServiceError::Store(_) | ServiceError::CorruptModel { .. } | ServiceError::Internal { .. } => {
            hidden(error, code, &mut details)
        }
    };
    Status::with_error_details(code, message, details)
}

/// Logs a failure that the caller cannot repair, and says what may be told of it.
fn hidden(error: &ServiceError, code: Code, details: &mut ErrorDetails) -> String {
    let request_id = uuid::Uuid::now_v7().to_string();
    tracing::error!(request.id = %request_id, error.reason = error.reason(), "{}", chain(error));
    details.set_request_info(&request_id, "");
    if code == Code::Unavailable {
        details.set_retry_info(Some(RETRY_AFTER));
        let told = match error.reason() {
            "DISK_FULL" => "the disk that holds the database is full; nothing of this was stored",
            "CANNOT_WRITE" => "nothing more can be written to the database; nothing of this was stored",
            _ => "the storage cannot be reached now; try again",
        };
        return told.to_owned();
    }
    format!("something went wrong inside; report the request id `{request_id}`")
}

/// What is told of a failure that the caller can deal with.
fn told(error: &ServiceError) -> String {
    cut(error.to_string(), MESSAGE_BYTES_MAX)
}

/// Bytes that a character of a message takes in a header, where gRPC escapes what is not plain.
fn sent_bytes(character: char) -> usize {
    let is_plain = character.is_ascii_graphic() && !"\"#%<>`?{}".contains(character);
    if is_plain { 1 } else { 3 * character.len_utf8() }
}

/// Cuts a text to what takes at most so many bytes in a header.
fn cut(mut text: String, bytes_max: usize) -> String {
    let mut bytes = 0;
    let mut kept_bytes = 0;
    for (index, character) in text.char_indices() {
        if bytes + sent_bytes('…') <= bytes_max {
            kept_bytes = index;
        }
        bytes += sent_bytes(character);
    }
    if bytes > bytes_max {
        text.truncate(kept_bytes);
        text.push('…');
    }
    text
}

/// An error with all its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Adds the violations that fit beside a message.
fn add_violations(details: &mut ErrorDetails, message: &str, Violations(violations): &Violations) {
    // Base64 writes four bytes for three.
    let details_bytes_max = (STATUS_BYTES_MAX - message.chars().map(sent_bytes).sum::<usize>()) / 4 * 3;
    let mut bytes = DETAILS_FRAME_BYTES + message.len();
    let told = violations.iter().take(FIELD_VIOLATIONS_MAX).map(|violation| (&violation.field, describe(violation)));
    let fitting = told.take_while(|(field, description)| {
        bytes += field.len() + description.len() + VIOLATION_FRAME_BYTES;
        bytes <= details_bytes_max
    });
    let mut told_count = 0;
    for (field, description) in fitting {
        details.add_bad_request_violation(field, description);
        told_count += 1;
    }
    let left_out_count = violations.len() - told_count;
    if left_out_count > 0 {
        details.add_bad_request_violation("", format!("{left_out_count} more fields could not be accepted"));
    }
}

/// What a field held and what was expected.
fn describe(violation: &Violation) -> String {
    let Violation { field: _, value, expected } = violation;
    if value.is_empty() { format!("empty, expected {expected}") } else { format!("`{value}`, expected {expected}") }
}

/// The first violations in words, as far as a message holds them, and how many more there are; the details tell more of them.
fn summary(Violations(violations): &Violations) -> String {
    let mut told = String::new();
    let mut told_count = 0;
    for violation in violations.iter().take(VIOLATIONS_TOLD_MAX) {
        let separator = if told_count == 0 { "" } else { "; " };
        let more = format!("{separator}`{}` is {}", violation.field, describe(violation));
        if told_count > 0 && told.chars().chain(more.chars()).map(sent_bytes).sum::<usize>() > SUMMARY_BYTES_MAX {
            break;
        }
        told.push_str(&more);
        told_count += 1;
    }
    let told = cut(told, SUMMARY_BYTES_MAX);
    let more_count = violations.len() - told_count;
    if more_count > 0 { format!("{told}; and {more_count} more fields, see the details") } else { told }
}

/// A status made at the edge itself, before or beside any use case.
pub fn edge_status(code: Code, reason: &str, message: impl Into<String>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, ERROR_DOMAIN, HashMap::new());
    if code == Code::ResourceExhausted || code == Code::Unavailable {
        details.set_retry_info(Some(RETRY_AFTER));
    }
    Status::with_error_details(code, cut(message.into(), MESSAGE_BYTES_MAX), details)
}

impl From<ServiceError> for Status {
    fn from(error: ServiceError) -> Self {
        status_of(&error)
    }
}

impl From<Violations> for Status {
    fn from(violations: Violations) -> Self {
        status_of(&ServiceError::Invalid(violations))
    }
}

/// Completes a status that the transport made, which carries no details and for some causes another code than ours.
pub fn complete(status: &Status, request_bytes_max: usize) -> Status {
    let message = status.message();
    match status.code() {
        Code::OutOfRange if message.contains("message length too large") => {
            // No later try would fit either, so none is asked for.
            let told = format!("a request message is limited to {request_bytes_max} bytes");
            let details = ErrorDetails::with_error_info("REQUEST_TOO_LARGE", ERROR_DOMAIN, HashMap::new());
            Status::with_error_details(Code::ResourceExhausted, told, details)
        }
        Code::Internal if message.contains("decode") => {
            edge_status(Code::InvalidArgument, "MALFORMED_REQUEST", "the request is no message of this call")
        }
        Code::Unimplemented if message.contains("compressed") => {
            edge_status(Code::Unimplemented, "COMPRESSED_REQUEST", "this server reads no compressed requests")
        }
        Code::Unimplemented => edge_status(Code::Unimplemented, "UNKNOWN_CALL", "this server has no such call"),
        Code::DeadlineExceeded => edge_status(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message),
        Code::Cancelled => edge_status(Code::Cancelled, "CANCELLED", message),
        code @ (Code::Ok
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated) => edge_status(code, "TRANSPORT", message),
    }
}

/// The status of a record that was accepted.
pub fn record_ok() -> pb::RecordStatus {
    pb::RecordStatus { code: Code::Ok.into(), reason: String::new(), message: String::new(), violations: Vec::new() }
}

/// The status of a record, item or message of a batch that failed.
pub fn record_status_of(error: &ServiceError) -> pb::RecordStatus {
    let violations = match error {
        ServiceError::Invalid(violations) => violations_to_pb(violations),
        ServiceError::NotFound { .. }
        | ServiceError::ContentConflict { .. }
        | ServiceError::Precondition { .. }
        | ServiceError::IllegalTransition(_)
        | ServiceError::Stale { .. }
        | ServiceError::RunUnderWay { .. }
        | ServiceError::LeaseLost { .. }
        | ServiceError::ItemCompleted { .. }
        | ServiceError::WatchTooSlow { .. }
        | ServiceError::Exhausted { .. }
        | ServiceError::Store(_)
        | ServiceError::CorruptModel { .. }
        | ServiceError::Internal { .. } => Vec::new(),
    };
    let status = status_of(error);
    pb::RecordStatus {
        code: status.code().into(),
        reason: error.reason().to_owned(),
        message: status.message().to_owned(),
        violations,
    }
}

/// The status of a ledger record that was refused.
pub fn record_status_of_rejection(rejection: &RecordRejection) -> pb::RecordStatus {
    let code = match rejection {
        RecordRejection::Invalid(_)
        | RecordRejection::CurrencyMismatch { .. }
        | RecordRejection::OtherCustomer { .. } => Code::InvalidArgument,
        RecordRejection::UnknownInvoice { .. } | RecordRejection::UnknownDocument { .. } => Code::NotFound,
        RecordRejection::ContentConflict { .. }
        | RecordRejection::ClearedBefore { .. }
        | RecordRejection::DisputeContradiction { .. }
        | RecordRejection::AlreadyReversed { .. } => Code::AlreadyExists,
    };
    let of_field = |field: &String, value: String, expected: &str| {
        vec![pb::FieldViolation { field: field.clone(), value, expected: expected.to_owned() }]
    };
    let violations = match rejection {
        RecordRejection::Invalid(violations) => violations_to_pb(violations),
        RecordRejection::UnknownInvoice { field, invoice_id } => {
            of_field(field, invoice_id.to_string(), "an invoice that the ledger knows")
        }
        RecordRejection::OtherCustomer { field, invoice_id } => {
            of_field(field, invoice_id.to_string(), "an invoice of the same customer")
        }
        RecordRejection::CurrencyMismatch { field, invoice_id: _, given, expected } => {
            of_field(field, given.to_string(), expected.as_str())
        }
        RecordRejection::UnknownDocument { field, document } => {
            of_field(field, document.as_str().to_owned(), "a document that the ledger knows")
        }
        RecordRejection::AlreadyReversed { field, document, reversal_id: _ } => {
            of_field(field, document.as_str().to_owned(), "a document that is not reversed")
        }
        RecordRejection::ContentConflict { .. }
        | RecordRejection::ClearedBefore { .. }
        | RecordRejection::DisputeContradiction { .. } => Vec::new(),
    };
    let message = match rejection {
        RecordRejection::Invalid(violations) => summary(violations),
        RecordRejection::UnknownInvoice { .. }
        | RecordRejection::UnknownDocument { .. }
        | RecordRejection::AlreadyReversed { .. }
        | RecordRejection::ContentConflict { .. }
        | RecordRejection::ClearedBefore { .. }
        | RecordRejection::DisputeContradiction { .. }
        | RecordRejection::CurrencyMismatch { .. }
        | RecordRejection::OtherCustomer { .. } => rejection.to_string(),
    };
    pb::RecordStatus { code: code.into(), reason: rejection.reason().to_owned(), message, violations }
}

fn violations_to_pb(Violations(violations): &Violations) -> Vec<pb::FieldViolation> {
    let to_pb = |violation: &Violation| pb::FieldViolation {
        field: violation.field.clone(),
        value: violation.value.clone(),
        expected: violation.expected.clone(),
    };
    violations.iter().take(RECORD_VIOLATIONS_MAX).map(to_pb).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn internal() -> ServiceError {
        ServiceError::Internal { context: "reading the secret table", source: "password wrong".into() }
    }

    #[test]
    fn every_status_names_its_reason() {
        let errors = [
            ServiceError::Invalid(Violation::new("a", "1", "2").into()),
            ServiceError::NotFound { resource: "dispute", id: "D".to_owned() },
            ServiceError::Precondition { reason: "TOO_FEW_LABELS", message: "3 labels".to_owned() },
            ServiceError::LeaseLost { id: "W".to_owned() },
            ServiceError::ItemCompleted { id: "W".to_owned() },
            ServiceError::WatchTooSlow { limit: 1 },
            ServiceError::Exhausted { what: "calls", limit: 1 },
            internal(),
        ];
        for error in errors {
            let status = status_of(&error);
            let info = status.get_details_error_info().unwrap();
            assert_eq!((info.reason.as_str(), info.domain.as_str()), (error.reason(), ERROR_DOMAIN));
        }
    }

    #[test]
    fn what_is_inside_stays_inside() {
        let status = status_of(&internal());
        assert_eq!(status.code(), Code::Internal);
        let sent = format!("{}{:?}", status.message(), status.get_error_details());
        assert!(!sent.contains("secret") && !sent.contains("password"), "{sent}");
        assert!(!status.get_details_request_info().unwrap().request_id.is_empty());
    }

    #[test]
    fn a_record_that_fails_inside_names_the_request_id_by_which_it_is_found_in_the_log() {
        let record = record_status_of(&internal());
        assert_eq!(record.code, i32::from(Code::Internal));
        let id = record.message.split('`').nth(1).unwrap_or_else(|| panic!("{}", record.message));
        assert!(uuid::Uuid::parse_str(id).is_ok(), "{}", record.message);
    }

    /// What a client counts of the headers of a status: names and values, and 32 bytes for each.
    fn header_bytes(status: Status) -> usize {
        let response = status.into_http::<()>();
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
    }

    #[test]
    fn whatever_a_status_tells_fits_into_the_headers_that_clients_take() {
        let texts = ["客", "é", "x", " ", "`", "\u{1f937}"];
        for text in texts {
            let long = || text.repeat(70);
            let violations: Vec<_> = (0..60)
                .map(|index| Violation::new(format!("invoice_ids[{index}]"), long(), format!("not `{}`", long())))
                .collect();
            for count in [1, 2, 3, 10, 60] {
                let status = Status::from(Violations(violations[..count].to_vec()));
                let told = status.get_details_bad_request().unwrap().field_violations;
                assert_eq!(told[0].field, "invoice_ids[0]");
                assert!(told[0].description.contains(&long()[..60]), "{told:?}");
                let header_bytes = header_bytes(status);
                assert!(header_bytes < 8_000, "{header_bytes} bytes for {count} violations of `{text}`");
            }
            let longest = text.repeat(20_000);
            for error in [
                ServiceError::Invalid(Violation::new("a", "b", longest.clone()).into()),
                ServiceError::Invalid(Violation::new(longest.clone(), "b", "c").into()),
                ServiceError::Precondition { reason: "TAXONOMY_CODE_IN_USE", message: longest.clone() },
                ServiceError::NotFound { resource: "dispute", id: long() },
            ] {
                let header_bytes = header_bytes(status_of(&error));
                assert!(header_bytes < 8_000, "{header_bytes} bytes for {}", error.reason());
            }
            assert!(header_bytes(edge_status(Code::Unavailable, "SERVER_STOPPING", longest)) < 8_000);
        }
    }

    #[test]
    fn all_violations_travel_up_to_the_bound_of_a_header() {
        let violations =
            (0..40).map(|index| Violation::new(format!("lines[{index}]"), "x".repeat(80), "a number")).collect();
        let status = Status::from(Violations(violations));
        let sent = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(sent.len(), FIELD_VIOLATIONS_MAX + 1);
        assert_eq!(sent.last().unwrap().description, "16 more fields could not be accepted");
        assert!(status.details().len() * 4 / 3 + status.message().len() < 8 * 1024);
    }
}
