//! Turns to refresh: of the replicas that share a storage, one brings a tenant's worklist in line, and another takes over when it is lost.

use std::time::Duration;

use super::RefreshSummary;
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::service::limits::{COMMIT_ATTEMPTS_MAX, REFRESH_LEASE_SECONDS, REFRESH_RENEWAL_MS};
use crate::service::models::ActiveModels;
use crate::service::scoring::content_digest;
use crate::service::{Service, ServiceError};
use crate::store::{Change, RefreshLease, RefreshState, StoreError};

/// What became of a refresh that a replica was ready to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTurn {
    /// It was done here.
    Done(RefreshSummary),
    /// Nothing is newer than what the last one saw.
    NotDue {
        /// When that one began.
        last_began_at: Instant,
    },
    /// Another replica is at it.
    Elsewhere {
        /// When its turn runs out unless it gives a sign of life.
        until: Instant,
    },
}

/// Whether a worklist is to be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// By whoever has the turn.
    Now,
    /// Not as long as the last one holds.
    Not { last_began_at: Instant },
    /// Another replica has the turn.
    Elsewhere { until: Instant },
}

impl Service {
    /// Refreshes a worklist if that is due and no other replica is at it, as [`Service::refresh_worklist`] does. It is due when records were
    /// taken in since the last one, when that one began before `since`, and when it scored by other models, another taxonomy or another
    /// strategy than this replica does.
    ///
    /// A replica that is lost midway has its turn for another [`REFRESH_LEASE_SECONDS`] at most; what it has written stays, and the
    /// refresh is due as before.
    ///
    /// # Errors
    /// As [`Service::refresh_worklist`].
    pub async fn refresh_in_turn(&self, tenant: &TenantId, since: Instant) -> Result<RefreshTurn, ServiceError> {
        let basis = self.refresh_basis(&self.models_of(tenant));
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let now = self.now();
            let state = self.store.refresh_state(tenant).await?;
            match due(&state, &self.replica_id, &basis, since, now) {
                Due::Now => {}
                Due::Not { last_began_at } => return Ok(RefreshTurn::NotDue { last_began_at }),
                Due::Elsewhere { until } => return Ok(RefreshTurn::Elsewhere { until }),
            }
            let last_began_at = state.last.map(|last| last.began_at);
            let claim = Change::ClaimRefresh { lease: self.refresh_lease(now), now, last_began_at };
            match self.store.commit(tenant, vec![claim]).await {
                Ok(()) => break,
                // Another replica was faster, which the next look finds.
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(StoreError::StaleVersion { .. }) => return Ok(RefreshTurn::Elsewhere { until: now }),
                Err(error) => return Err(error.into()),
            }
        }
        let refreshed = self.refresh_while_renewed(tenant).await;
        // Given back whatever came of it: what is still due need not wait until the turn runs out.
        let release = Change::ReleaseRefresh { holder: self.replica_id.clone() };
        let released = self.store.commit(tenant, vec![release]).await;
        let turn = refreshed?;
        released?;
        Ok(turn)
    }

    /// Refreshes a worklist and gives signs of life meanwhile. When the turn has passed to another replica, as after a long standstill
    /// of this one, the rest is left to that.
    async fn refresh_while_renewed(&self, tenant: &TenantId) -> Result<RefreshTurn, ServiceError> {
        let summary = tokio::select! {
            refreshed = self.refresh_worklist(tenant) => refreshed?,
            until = self.renew_until_lost(tenant) => {
                tracing::warn!(tenant.id = %tenant, "another replica goes on with the refresh of a worklist");
                return Ok(RefreshTurn::Elsewhere { until });
            }
        };
        let (accounts, disputes) = (summary.account_count, summary.dispute_count);
        tracing::info!(tenant.id = %tenant, accounts, disputes, "a worklist was refreshed");
        Ok(RefreshTurn::Done(summary))
    }

    /// Gives signs of life until the turn has passed to another replica, and tells when that was seen.
    async fn renew_until_lost(&self, tenant: &TenantId) -> Instant {
        loop {
            tokio::time::sleep(Duration::from_millis(REFRESH_RENEWAL_MS)).await;
            let now = self.now();
            match self.store.commit(tenant, vec![Change::RenewRefresh(self.refresh_lease(now))]).await {
                Ok(()) => {}
                Err(StoreError::StaleVersion { .. }) => return now,
                // The next time may do, and the turn lasts until another replica takes it.
                Err(error) => {
                    tracing::warn!(tenant.id = %tenant, error = %error, "the turn to refresh a worklist was not renewed");
                }
            }
        }
    }

    /// Gives back the turns of this replica, so that others need not wait until they run out; to be called when its refreshes were cut
    /// off, before the process ends.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn release_refreshes(&self) -> Result<(), ServiceError> {
        for tenant in self.tenants().await? {
            let state = self.store.refresh_state(&tenant).await?;
            if state.lease.is_some_and(|lease| lease.holder == self.replica_id) {
                let release = Change::ReleaseRefresh { holder: self.replica_id.clone() };
                self.store.commit(&tenant, vec![release]).await?;
            }
        }
        Ok(())
    }

    fn refresh_lease(&self, now: Instant) -> RefreshLease {
        RefreshLease { holder: self.replica_id.clone(), expires_at: now.plus_seconds(REFRESH_LEASE_SECONDS) }
    }

    /// Digest of what a refresh scores by beside the ledger and the day.
    pub(super) fn refresh_basis(&self, models: &ActiveModels) -> String {
        let champions: Vec<String> = models.champion_ids.iter().map(ToString::to_string).collect();
        let taxonomy = models.taxonomy.version.to_string();
        content_digest(&[env!("CARGO_PKG_VERSION"), &self.strategy.digest(), &taxonomy, &champions.join(" ")])
    }
}

/// Whether the worklist in this state is to be refreshed by a replica that scores by `basis`.
fn due(state: &RefreshState, replica_id: &str, basis: &str, since: Instant, now: Instant) -> Due {
    let RefreshState { lease, last, is_behind } = state;
    if let Some(last) = last
        && !is_behind
        && last.began_at >= since
        && last.basis == basis
    {
        return Due::Not { last_began_at: last.began_at };
    }
    match lease {
        Some(lease) if lease.holder != replica_id && lease.expires_at > now => {
            Due::Elsewhere { until: lease.expires_at }
        }
        Some(_) | None => Due::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FinishedRefresh;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_us(0).plus_seconds(seconds)
    }

    #[test]
    fn a_refresh_is_due_when_anything_is_newer_than_what_the_last_one_saw() {
        let last = Some(FinishedRefresh { began_at: at(100), basis: "models".to_owned() });
        let state = RefreshState { lease: None, last, is_behind: false };
        let due_of = |state: &RefreshState, basis, since| due(state, "me", basis, at(since), at(200));
        assert_eq!(due_of(&state, "models", 100), Due::Not { last_began_at: at(100) });
        assert_eq!(due_of(&state, "models", 101), Due::Now, "the last one began too early");
        assert_eq!(due_of(&state, "others", 100), Due::Now, "it scored by other models");
        assert_eq!(due_of(&RefreshState { is_behind: true, ..state }, "models", 100), Due::Now);
        assert_eq!(due_of(&RefreshState::default(), "models", 0), Due::Now, "there was none");
    }

    #[test]
    fn a_turn_keeps_other_replicas_away_until_it_runs_out() {
        let lease = RefreshLease { holder: "other".to_owned(), expires_at: at(220) };
        let state = RefreshState { lease: Some(lease), ..RefreshState::default() };
        assert_eq!(due(&state, "me", "", at(0), at(219)), Due::Elsewhere { until: at(220) });
        assert_eq!(due(&state, "me", "", at(0), at(220)), Due::Now);
        assert_eq!(due(&state, "other", "", at(0), at(200)), Due::Now, "its own");
    }
}
