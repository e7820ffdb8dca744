//! Priorities: the present one of an account or dispute, and the replay of a past one.

use super::view::PriorityView;
use super::{Service, ServiceError, unfinished};
use crate::domain::ids::{CustomerId, DisputeId, ScoreId, TenantId};
use crate::domain::money::Currency;
use crate::domain::score::Score;

/// Of what a priority is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrioritySubject {
    /// Of a dispute.
    Dispute(DisputeId),
    /// Of an account.
    Account {
        /// Whose account.
        customer_id: CustomerId,
        /// Its currency; absent means the one in which most is open.
        currency: Option<Currency>,
    },
}

/// A past score beside its repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// As stored.
    pub stored: Score,
    /// As computed again from the stored inputs.
    pub replayed: Score,
    /// Whether every bit is equal.
    pub is_identical: bool,
}

impl Service {
    /// The present priority of an account or dispute.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn priority(&self, _tenant: &TenantId, _subject: &PrioritySubject) -> Result<PriorityView, ServiceError> {
        Err(unfinished())
    }

    /// The present priorities of many, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`super::limits::PRIORITY_SUBJECTS_MAX`].
    pub async fn priorities(
        &self,
        _tenant: &TenantId,
        _subjects: &[PrioritySubject],
    ) -> Result<Vec<Result<PriorityView, ServiceError>>, ServiceError> {
        Err(unfinished())
    }

    /// Computes a past score again from its stored inputs.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], a model or strategy that is no longer known, or a failing storage.
    pub async fn replay_score(&self, _tenant: &TenantId, _id: &ScoreId) -> Result<Replay, ServiceError> {
        Err(unfinished())
    }
}
