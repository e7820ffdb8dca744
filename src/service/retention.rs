//! Retention: what nothing needs any more is forgotten after a time, so that the database does not grow without end.

use std::time::Duration;

use super::error::FirstFailure;
use super::limits::{FORGOTTEN_AT_ONCE, FORGOTTEN_REST_MS};
use super::{Service, ServiceError};
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::store::Change;

const DAY_SECONDS: i64 = 86_400;

/// How long what nothing needs any more is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days for which the answer to a request is remembered; 0 means for good.
    pub request_days: u32,
    /// Days for which a score is kept that another took the place of; 0 means for good.
    pub score_days: u32,
}

impl Service {
    /// Forgets, for every tenant, the answers to requests and the superseded scores that are older than the retention says. The latest
    /// score of a subject stays, and so does every score that a work item refers to, completed or not. What is to be forgotten goes in
    /// small parts with rests between them, so that others can write meanwhile; several replicas may be at it.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn.
    pub async fn forget_old(&self, retention: Retention) -> Result<(), ServiceError> {
        let Retention { request_days, score_days } = retention;
        let mut failure = FirstFailure::default();
        for tenant in self.tenants().await? {
            if let Some(before) = self.days_ago(request_days) {
                failure.note(self.forget_requests(&tenant, before).await);
            }
            if let Some(before) = self.days_ago(score_days) {
                failure.note(self.forget_scores(&tenant, before).await);
            }
        }
        failure.finish()
    }

    /// The instant before which what is so many days old came; none when it is kept for good.
    fn days_ago(&self, days: u32) -> Option<Instant> {
        (days > 0).then(|| self.now().plus_seconds(-i64::from(days) * DAY_SECONDS))
    }

    async fn forget_requests(&self, tenant: &TenantId, answered_before: Instant) -> Result<(), ServiceError> {
        loop {
            let request_ids = self.store.requests_answered_before(tenant, answered_before, FORGOTTEN_AT_ONCE).await?;
            let is_last = request_ids.len() < FORGOTTEN_AT_ONCE;
            if !request_ids.is_empty() {
                self.store.commit(tenant, vec![Change::ForgetRequests { request_ids, answered_before }]).await?;
            }
            if is_last {
                return Ok(());
            }
            rest().await;
        }
    }

    /// Scores are looked at in the order of their ids, which is that of their making, so that the first young one is the last to be looked at.
    async fn forget_scores(&self, tenant: &TenantId, scored_before: Instant) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let scanned = self.store.scan_scores(tenant, after.as_ref(), FORGOTTEN_AT_ONCE).await?;
            let is_full = scanned.len() == FORGOTTEN_AT_ONCE;
            let is_old = |scored_at: Instant| scored_at < scored_before;
            let is_last = !is_full || scanned.last().is_none_or(|(_, scored_at)| !is_old(*scored_at));
            after = scanned.last().map(|(id, _)| id.clone());
            let old = scanned.into_iter().filter(|(_, scored_at)| is_old(*scored_at));
            let score_ids: Vec<_> = old.map(|(id, _)| id).collect();
            if !score_ids.is_empty() {
                self.store.commit(tenant, vec![Change::ForgetScores { score_ids, scored_before }]).await?;
            }
            if is_last {
                return Ok(());
            }
            rest().await;
        }
    }
}

/// Leaves the storage to others.
async fn rest() {
    tokio::time::sleep(Duration::from_millis(FORGOTTEN_REST_MS)).await;
}
