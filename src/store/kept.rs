//! What is kept of answers and of scores, so that a request can be repeated and a score explained.

use crate::domain::ids::{DisputeId, RequestId, WorkItemId};
use crate::domain::score::Score;
use crate::domain::time::Instant;

use super::AccountKey;

/// The answer given to a request, kept so that a repeat gets the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// The key that the caller gave.
    pub request_id: RequestId,
    /// Digest of the request's content.
    pub content_digest: String,
    /// What it made: ids as JSON, from which the answer is built again.
    pub result: String,
    /// When it was answered.
    pub answered_at: Instant,
}

/// Which subject a score is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScoreSubject {
    /// A dispute.
    Dispute(DisputeId),
    /// An account.
    Account(AccountKey),
    /// Another work item.
    WorkItem(WorkItemId),
}

/// A score with everything needed to repeat it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRecord {
    /// The score.
    pub score: Score,
    /// Of what.
    pub subject: ScoreSubject,
    /// The features and other inputs, as JSON.
    pub inputs: String,
}
