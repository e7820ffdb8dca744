//! Rows of scores, requests and outcomes.

use serde::Serialize;

use crate::domain::ids::{RequestId, ScoreId, TenantId};
use crate::domain::outcome::Outcome;
use crate::domain::time::Instant;

use super::{Place, content_digest, json_text, priority_parts};
use crate::store::{AccountKey, RequestRecord, ScoreRecord, ScoreSubject, StoreError};

/// The text under which the scores of a subject are kept.
pub fn subject_text(subject: &ScoreSubject) -> String {
    match subject {
        ScoreSubject::Dispute(id) => format!("dispute/{id}"),
        ScoreSubject::Account(AccountKey { customer_id, currency }) => format!("account/{currency}/{customer_id}"),
        ScoreSubject::WorkItem(id) => format!("work-item/{id}"),
    }
}

fn read_subject(place: Place<'_>, text: &str) -> Result<ScoreSubject, StoreError> {
    let (kind, rest) = text.split_once('/').ok_or_else(|| place.bad("subject", text))?;
    match kind {
        "dispute" => Ok(ScoreSubject::Dispute(place.word("subject", rest)?)),
        "work-item" => Ok(ScoreSubject::WorkItem(place.word("subject", rest)?)),
        "account" => {
            let (currency, customer_id) = rest.split_once('/').ok_or_else(|| place.bad("subject", text))?;
            let customer_id = place.word("subject", customer_id)?;
            let currency = place.word("subject", currency)?;
            Ok(ScoreSubject::Account(AccountKey { customer_id, currency }))
        }
        unknown => Err(place.bad("subject", unknown)),
    }
}

/// A score as written.
#[derive(Debug, Serialize)]
pub struct ScoreWrite<'a> {
    tenant: &'a TenantId,
    id: &'a ScoreId,
    subject: String,
    scored_at_us: i64,
    document: String,
    inputs: &'a str,
    /// Of the dispute whose priority the score sets.
    dispute_id: Option<&'a str>,
    priority_parts: i64,
}

impl<'a> ScoreWrite<'a> {
    /// The row of a score.
    pub fn new(tenant: &'a TenantId, record: &'a ScoreRecord) -> Self {
        let ScoreRecord { score, subject, inputs } = record;
        let dispute_id = match subject {
            ScoreSubject::Dispute(id) => Some(id.as_str()),
            ScoreSubject::Account(_) | ScoreSubject::WorkItem(_) => None,
        };
        ScoreWrite {
            tenant,
            id: &score.id,
            subject: subject_text(subject),
            scored_at_us: score.scored_at.unix_us(),
            document: json_text(score),
            inputs,
            dispute_id,
            priority_parts: priority_parts(score.priority),
        }
    }
}

/// A score as read.
#[derive(Debug, sqlx::FromRow)]
pub struct ScoreRow {
    id: String,
    subject: String,
    document: String,
    inputs: String,
}

impl TryFrom<ScoreRow> for ScoreRecord {
    type Error = StoreError;

    fn try_from(row: ScoreRow) -> Result<Self, StoreError> {
        let place = Place { table: "score", id: &row.id };
        Ok(ScoreRecord {
            score: place.json("document", &row.document)?,
            subject: read_subject(place, &row.subject)?,
            inputs: row.inputs,
        })
    }
}

/// An answered request as written.
#[derive(Debug, Serialize)]
pub struct RequestWrite<'a> {
    tenant: &'a TenantId,
    id: &'a RequestId,
    content_digest: &'a str,
    result: &'a str,
    answered_at_us: i64,
}

impl<'a> RequestWrite<'a> {
    /// The row of an answered request.
    pub fn new(tenant: &'a TenantId, record: &'a RequestRecord) -> Self {
        let RequestRecord { request_id, content_digest, result, answered_at } = record;
        RequestWrite { tenant, id: request_id, content_digest, result, answered_at_us: answered_at.unix_us() }
    }
}

/// An answered request as read.
#[derive(Debug, sqlx::FromRow)]
pub struct RequestRow {
    id: String,
    content_digest: String,
    result: String,
    answered_at_us: i64,
}

impl TryFrom<RequestRow> for RequestRecord {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self, StoreError> {
        let request_id = Place { table: "request", id: &row.id }.word("id", &row.id)?;
        Ok(RequestRecord {
            request_id,
            content_digest: row.content_digest,
            result: row.result,
            answered_at: Instant::from_unix_us(row.answered_at_us),
        })
    }
}

/// An outcome as written.
#[derive(Debug, Serialize)]
pub struct OutcomeWrite<'a> {
    tenant: &'a TenantId,
    known_at_us: i64,
    content_digest: String,
    document: String,
}

impl<'a> OutcomeWrite<'a> {
    /// The row of an outcome.
    pub fn new(tenant: &'a TenantId, outcome: &Outcome, known_at: Instant) -> Self {
        OutcomeWrite {
            tenant,
            known_at_us: known_at.unix_us(),
            content_digest: content_digest(outcome),
            document: json_text(outcome),
        }
    }

    /// What tells the outcome from others.
    pub fn key(&self) -> String {
        format!("{}/{}", self.known_at_us, self.content_digest)
    }
}

/// An outcome as read.
#[derive(Debug, sqlx::FromRow)]
pub struct OutcomeRow {
    known_at_us: i64,
    document: String,
}

impl OutcomeRow {
    /// The outcome, and when it became known.
    pub fn read(self) -> Result<(Outcome, Instant), StoreError> {
        let known_at = Instant::from_unix_us(self.known_at_us);
        let id = known_at.to_string();
        let outcome = Place { table: "outcome", id: &id }.json("document", &self.document)?;
        Ok((outcome, known_at))
    }
}
