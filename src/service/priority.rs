//! Priorities: the present one of an account or dispute, and the replay of a past one.

use std::collections::HashMap;

use super::account::AccountQuery;
use super::limits::PRIORITY_SUBJECTS_MAX;
use super::scoring::ScoreInputs;
use super::view::PriorityView;
use super::{Service, ServiceError};
use crate::domain::ids::{CustomerId, DisputeId, ModelId, ScoreId, TenantId};
use crate::domain::money::Currency;
use crate::domain::score::Score;
use crate::store::{AccountKey, ScoreSubject};

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
    /// The present priority of an account or dispute: the stored one of today's worklist, or a fresh one.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn priority(&self, tenant: &TenantId, subject: &PrioritySubject) -> Result<PriorityView, ServiceError> {
        match subject {
            PrioritySubject::Dispute(id) => self.dispute_priority(tenant, id).await,
            PrioritySubject::Account { customer_id, currency } => {
                let mut query = AccountQuery { customer_id: customer_id.clone(), currency: *currency, as_of: None };
                if query.currency.is_none() {
                    query.currency = Some(self.account(tenant, &query).await?.position.currency);
                }
                if let Some(currency) = query.currency {
                    let key = AccountKey { customer_id: customer_id.clone(), currency };
                    if let Some(stored) = self.fresh_stored(tenant, &ScoreSubject::Account(key)).await? {
                        return Ok(stored);
                    }
                }
                Ok(self.score_account(tenant, &query).await?.priority)
            }
        }
    }

    async fn dispute_priority(&self, tenant: &TenantId, id: &DisputeId) -> Result<PriorityView, ServiceError> {
        if let Some(record) = self.store.open_dispute_scores(tenant, std::slice::from_ref(id)).await?.pop() {
            return Ok(self.stored_priority(record.score));
        }
        let dispute = self.stored_dispute(tenant, id).await?;
        if !dispute.status.is_open() {
            return Err(ServiceError::NotFound { resource: "open dispute", id: id.to_string() });
        }
        let now = self.now();
        let (customer_id, contested) = (Some(&dispute.customer_id), dispute.contested_amount);
        let context = self.customer_context(tenant, customer_id, self.day_of(now), contested).await?;
        let models = self.models_of(tenant);
        let record = self.score_dispute(&dispute, &context, None, Vec::new(), &models, now)?;
        Ok(self.passing_priority(record.score))
    }

    /// The stored score of an account if its item still stands on the list.
    async fn fresh_stored(
        &self,
        tenant: &TenantId,
        subject: &ScoreSubject,
    ) -> Result<Option<PriorityView>, ServiceError> {
        let Some(item) = self.store.work_item_of(tenant, subject).await? else { return Ok(None) };
        let Some(score_id) = item.score_id else { return Ok(None) };
        let record = self.store.score(tenant, &score_id).await?;
        Ok(record.map(|record| self.stored_priority(record.score)))
    }

    /// The present priorities of many, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`PRIORITY_SUBJECTS_MAX`].
    pub async fn priorities(
        &self,
        tenant: &TenantId,
        subjects: &[PrioritySubject],
    ) -> Result<Vec<Result<PriorityView, ServiceError>>, ServiceError> {
        if subjects.len() > PRIORITY_SUBJECTS_MAX {
            return Err(ServiceError::Exhausted { what: "a batch of priorities", limit: PRIORITY_SUBJECTS_MAX });
        }
        let subjects = self.with_sole_currencies(tenant, subjects).await?;
        let stored = self.stored_scores(tenant, &subjects).await?;
        let mut results = Vec::with_capacity(subjects.len());
        for subject in &subjects {
            results.push(match stored_subject(subject).and_then(|subject| stored.get(&subject)) {
                Some(score) => Ok(self.stored_priority(score.clone())),
                None => self.priority(tenant, subject).await,
            });
        }
        Ok(results)
    }

    /// The subjects, those customers with their currency that have one account; which account of several is meant is looked at one by
    /// one.
    async fn with_sole_currencies(
        &self,
        tenant: &TenantId,
        subjects: &[PrioritySubject],
    ) -> Result<Vec<PrioritySubject>, ServiceError> {
        let without_currency = |subject: &PrioritySubject| match subject {
            PrioritySubject::Account { customer_id, currency: None } => Some(customer_id.clone()),
            PrioritySubject::Account { currency: Some(_), .. } | PrioritySubject::Dispute(_) => None,
        };
        let customer_ids: Vec<CustomerId> = subjects.iter().filter_map(without_currency).collect();
        let sole = self.store.sole_currencies(tenant, &customer_ids).await?;
        let with_currency = |subject: &PrioritySubject| match subject {
            PrioritySubject::Account { customer_id, currency } => PrioritySubject::Account {
                customer_id: customer_id.clone(),
                currency: currency.or_else(|| sole.get(customer_id).copied()),
            },
            PrioritySubject::Dispute(id) => PrioritySubject::Dispute(id.clone()),
        };
        Ok(subjects.iter().map(with_currency).collect())
    }

    /// The scores that are stored of these subjects, read together: the latest of an open dispute, and that by which an account
    /// stands on the worklist.
    async fn stored_scores(
        &self,
        tenant: &TenantId,
        subjects: &[PrioritySubject],
    ) -> Result<HashMap<ScoreSubject, Score>, ServiceError> {
        let (mut disputes, mut accounts) = (Vec::new(), Vec::new());
        for subject in subjects.iter().filter_map(stored_subject) {
            match subject {
                ScoreSubject::Account(key) => accounts.push(key),
                ScoreSubject::Dispute(id) => disputes.push(id),
                ScoreSubject::WorkItem(_) => {}
            }
        }
        let mut records = self.store.open_dispute_scores(tenant, &disputes).await?;
        records.extend(self.store.listed_account_scores(tenant, &accounts).await?);
        Ok(records.into_iter().map(|record| (record.subject, record.score)).collect())
    }

    /// Computes a past score again from its stored inputs, with the models and the strategy of that time.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], a model or strategy that is no longer known, or a failing storage.
    pub async fn replay_score(&self, tenant: &TenantId, id: &ScoreId) -> Result<Replay, ServiceError> {
        let record = self.store.score(tenant, id).await?;
        let record = record.ok_or_else(|| ServiceError::NotFound { resource: "score", id: id.to_string() })?;
        let inputs = ScoreInputs::from_json(&record.inputs)?;
        let stored = record.score;
        // What the readers of a message said is among the inputs, so they are not asked again.
        let scored_by: Vec<ModelId> =
            stored.model_ids.iter().filter(|id| !inputs.read_by.contains(id)).cloned().collect();
        let models = self.models_named(tenant, &scored_by).await?;
        let strategy = self.strategy_with_digest(&stored.strategy_digest).await?;
        let replayed = inputs.score(stored.id.clone(), stored.scored_at, &models, &strategy)?;
        let is_identical = is_identical(&stored, &replayed);
        Ok(Replay { stored, replayed, is_identical })
    }
}

/// Under which subject a score may be stored; an account without its currency must be looked at first.
fn stored_subject(subject: &PrioritySubject) -> Option<ScoreSubject> {
    match subject {
        PrioritySubject::Dispute(id) => Some(ScoreSubject::Dispute(id.clone())),
        PrioritySubject::Account { customer_id, currency } => {
            currency.map(|currency| ScoreSubject::Account(AccountKey { customer_id: customer_id.clone(), currency }))
        }
    }
}

/// Whether two scores are equal bit for bit.
fn is_identical(left: &Score, right: &Score) -> bool {
    let numbers = |score: &Score| {
        let Score { probability, stake_base, value_base, rank_key, priority, .. } = score;
        [probability, stake_base, value_base, rank_key, priority].map(|number| number.to_bits())
    };
    numbers(left) == numbers(right) && left == right
}
