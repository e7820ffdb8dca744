//! Upkeep: what a server does on its own so that every tenant's worklist stays in line with the ledger and the day.

use super::turn::RefreshTurn;
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItemKind;
use crate::service::error::FirstFailure;
use crate::service::limits::ITEMS_BACK_MAX;
use crate::service::{Service, ServiceError};

/// What a look at the worklists of all tenants came to.
#[derive(Debug)]
pub struct RefreshRound {
    /// When the next worklist is due by its age.
    pub next_at: Instant,
    /// Those that another replica refreshes, and until when it has the turn unless it gives a sign of life.
    pub awaited: Vec<(TenantId, Instant)>,
    /// The first failure, when every tenant had their turn.
    pub outcome: Result<(), ServiceError>,
}

impl Service {
    /// The tenants that have stored anything.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, ServiceError> {
        Ok(self.store.tenants().await?)
    }

    /// Brings the worklists of all tenants in line whose last refresh began more than `period_seconds` ago or is not up to date, by whichever
    /// replica has the turn, with the models that are champions and the taxonomies that are in use by now.
    pub async fn refresh_every_worklist(&self, period_seconds: i64) -> RefreshRound {
        let mut failure = FirstFailure::default();
        let (mut next_at, mut awaited) = (None, Vec::new());
        let tenants = failure.note(self.tenants().await).unwrap_or_default();
        for tenant in tenants {
            failure.note(self.reload_models_of(&tenant).await);
            match failure.note(self.refresh_in_turn(&tenant, self.refreshed_since(period_seconds)).await) {
                Some(RefreshTurn::NotDue { last_began_at }) => {
                    let again_at = last_began_at.plus_seconds(period_seconds);
                    next_at = Some(next_at.map_or(again_at, |next_at: Instant| next_at.min(again_at)));
                }
                Some(RefreshTurn::Elsewhere { until }) => awaited.push((tenant, until)),
                Some(RefreshTurn::Done(_)) | None => {}
            }
        }
        let next_at = next_at.unwrap_or_else(|| self.now().plus_seconds(period_seconds));
        RefreshRound { next_at, awaited, outcome: failure.finish() }
    }

    /// When a refresh must have begun so as to be recent enough: within the period, and not before this process. What was only on the mind
    /// of a process that ended, such as customers who were to be scored again, is made good so.
    pub fn refreshed_since(&self, period_seconds: i64) -> Instant {
        self.now().plus_seconds(-period_seconds).max(self.started_at)
    }

    /// The tenants whose ledger changed since their worklist was last brought in line, be it by a server or by the command line; each with
    /// a number that grows with every change.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn ledgers_changed(&self) -> Result<Vec<(TenantId, i64)>, ServiceError> {
        Ok(self.store.ledgers_changed().await?)
    }

    /// Sees to the items of all tenants whose lease or snooze ended after `after` and up to `until`: watchers are told of them, and those
    /// whose account or dispute needs nobody any more come off the list soon.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn.
    pub async fn take_back_items(&self, after: Instant, until: Instant) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        for tenant in self.tenants().await? {
            failure.note(self.take_back_items_of(&tenant, after, until).await);
        }
        failure.finish()
    }

    async fn take_back_items_of(&self, tenant: &TenantId, after: Instant, until: Instant) -> Result<(), ServiceError> {
        let mut has_dispute = false;
        for item in self.store.work_items_back(tenant, after, until, ITEMS_BACK_MAX).await? {
            self.tell_of_return(tenant, &item.id);
            if item.kind == WorkItemKind::OverdueAccount {
                self.touch_customer(tenant, item.customer_id.as_ref());
            }
            has_dispute |= item.kind == WorkItemKind::Dispute;
        }
        if has_dispute {
            self.complete_decided(tenant).await?;
        }
        Ok(())
    }
}
