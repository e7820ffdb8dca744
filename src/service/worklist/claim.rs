//! Claiming: the first item that still needs somebody, as its account or dispute stands at that moment.

use serde::{Deserialize, Serialize};

use super::{ClaimNext, ClaimedItem};
use crate::domain::ids::{CustomerId, DisputeId, RequestId, TenantId, WorkItemId};
use crate::domain::money::Currency;
use crate::domain::violation::Violation;
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemKind, WorkItemState};
use crate::service::dispute::change::completed_item;
use crate::service::dispute::refresh::Rescored;
use crate::service::idempotency::{keep_answer, request_digest};
use crate::service::limits::{CLAIMS_LOOKED_AT_MAX, LEASE_SECONDS_MAX, LEASE_SECONDS_MIN};
use crate::service::message::refresh::ItemFate;
use crate::service::refresh::AccountFate;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ClaimRequest, ScoreRecord, StoreError};

/// What a claim got; kept with its request id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ClaimedAnswer {
    work_item_id: WorkItemId,
    lease_token: String,
}

impl Service {
    /// The item that ranks first among those that nobody holds, no gate bars, are meant for nobody else and still need somebody; `None` when
    /// there is none. One whose account was paid, whose dispute was decided or whose money has come meanwhile is completed instead. A
    /// repeat with the same request id answers the item that was claimed, as long as its lease lasts.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails; [`ServiceError::LeaseLost`] and
    /// [`ServiceError::ItemCompleted`] for a repeat that comes too late.
    pub async fn claim_next_work_item(
        &self,
        tenant: &TenantId,
        claim: ClaimNext,
    ) -> Result<Option<ClaimedItem>, ServiceError> {
        let seconds = claim.lease_seconds.unwrap_or(self.strategy.lease.seconds);
        if !(LEASE_SECONDS_MIN..=LEASE_SECONDS_MAX).contains(&seconds) {
            let expected = format!("{LEASE_SECONDS_MIN} to {LEASE_SECONDS_MAX}");
            return Err(Violation::new("lease_seconds", seconds, expected).into());
        }
        let Some(request_id) = &claim.request_id else { return self.claim_first(tenant, &claim, seconds).await };
        let asked = (claim.user_id.as_str(), claim.filter.to_string(), claim.lease_seconds);
        let digest = request_digest("ClaimNextWorkItem", &asked)?;
        let _turn = self.request_turn(tenant, request_id).await;
        if let Some(claimed) = self.claimed_before(tenant, request_id, &digest).await? {
            return Ok(Some(claimed));
        }
        let Some(claimed) = self.claim_first(tenant, &claim, seconds).await? else { return Ok(None) };
        let ClaimedItem { item, lease_token } = &claimed;
        let answer = ClaimedAnswer { work_item_id: item.item.id.clone(), lease_token: lease_token.clone() };
        let kept = keep_answer(request_id, &digest, &answer, self.now())?;
        let Err(error) = self.store.commit(tenant, vec![kept]).await else { return Ok(Some(claimed)) };
        self.release_work_item(tenant, &item.item.id, lease_token).await?;
        if matches!(error, StoreError::RequestKnown(_)) {
            // The same request, sent twice at once, got its item from another server.
            return self.claimed_before(tenant, request_id, &digest).await;
        }
        Err(error.into())
    }

    /// What a claim with this request id got before.
    async fn claimed_before(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        digest: &str,
    ) -> Result<Option<ClaimedItem>, ServiceError> {
        let Some(answer) = self.known_answer::<ClaimedAnswer>(tenant, request_id, digest).await? else {
            return Ok(None);
        };
        let ClaimedAnswer { work_item_id, lease_token } = answer;
        let view = self.work_item(tenant, &work_item_id).await?;
        if view.item.state == WorkItemState::Completed {
            return Err(ServiceError::ItemCompleted { id: work_item_id.to_string() });
        }
        let has_token = view.item.lease.as_ref().is_some_and(|lease| lease.token == lease_token);
        if !has_token || !view.item.is_held(self.now()) {
            return Err(ServiceError::LeaseLost { id: work_item_id.to_string() });
        }
        Ok(Some(ClaimedItem { item: view, lease_token }))
    }

    async fn claim_first(
        &self,
        tenant: &TenantId,
        claim: &ClaimNext,
        seconds: u32,
    ) -> Result<Option<ClaimedItem>, ServiceError> {
        let lease_token = self.ids.secret();
        for _ in 0..CLAIMS_LOOKED_AT_MAX {
            let now = self.now();
            let request = ClaimRequest {
                filter: claim.filter.clone(),
                user_id: claim.user_id.clone(),
                token: lease_token.clone(),
                now,
                expires_at: now.plus_seconds(seconds.into()),
            };
            let Some(claimed) = self.store.claim_work_item(tenant, &request).await? else { return Ok(None) };
            self.tell_of_write(tenant, &claimed);
            if let Some(item) = self.item_to_hand_out(tenant, claimed).await? {
                let item = self.show_work_item(tenant, item).await?;
                return Ok(Some(ClaimedItem { item, lease_token }));
            }
        }
        Ok(None)
    }

    /// A claimed item as its account or dispute stands now; `None` when it is not to be handed out after all. One that cannot be looked at
    /// is handed out as it is, so that it does not keep the others from their turn.
    async fn item_to_hand_out(&self, tenant: &TenantId, claimed: WorkItem) -> Result<Option<WorkItem>, ServiceError> {
        let changed = match (claimed.kind, &claimed.customer_id, claimed.currency, &claimed.dispute_id) {
            (WorkItemKind::OverdueAccount, Some(customer_id), Some(currency), _) => {
                self.account_item_now(tenant, &claimed, customer_id, currency).await
            }
            (WorkItemKind::Dispute, _, _, Some(dispute_id)) => {
                self.dispute_item_now(tenant, &claimed, dispute_id).await
            }
            (
                WorkItemKind::Dispute
                | WorkItemKind::OverdueAccount
                | WorkItemKind::PromiseFollowUp
                | WorkItemKind::CashApplication
                | WorkItemKind::PaymentPlan
                | WorkItemKind::Query
                | WorkItemKind::Review,
                ..,
            ) => self.message_item_now(tenant, &claimed).await,
        };
        let changed = changed.unwrap_or_else(|error| {
            tracing::warn!(error.reason = error.reason(), "an item is handed out as it was scored last: {error}");
            None
        });
        let Some((item, score)) = changed else { return Ok(Some(claimed)) };
        let changes = score.map(Change::InsertScore).into_iter().chain([Change::PutWorkItem(item.clone())]).collect();
        match self.commit(tenant, changes).await {
            Ok(()) => Ok(Some(item).filter(|item| item.lease.is_some())),
            Err(StoreError::StaleVersion { .. }) => {
                let stored = self.store.work_item(tenant, &claimed.id).await?;
                Ok(stored.filter(|item| item.completed.is_none() && item.lease == claimed.lease))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The claimed item of an account as it is now, where it changed: scored again, or without its lease when there is nothing to ask for
    /// or a gate bars it.
    async fn account_item_now(
        &self,
        tenant: &TenantId,
        claimed: &WorkItem,
        customer_id: &CustomerId,
        currency: Currency,
    ) -> Result<Option<(WorkItem, Option<ScoreRecord>)>, ServiceError> {
        let accounts = self.store.accounts_of(tenant, customer_id).await?;
        let account = accounts.into_iter().find(|account| account.currency == currency);
        let Some((account, position)) = self.positions_today(account.into_iter().collect()).await?.pop() else {
            return Ok(None);
        };
        let models = self.models_of(tenant);
        let (fate, change) =
            self.plan_account(tenant, &account, &position, Some(claimed.clone()), &models, self.now()).await?;
        let Some((item, score)) = change else { return Ok(None) };
        let is_handed_out = fate == AccountFate::Listed && item.gate.is_none();
        Ok(Some((if is_handed_out { item } else { WorkItem { lease: None, ..item } }, score)))
    }

    /// The claimed item of a message as it is now, where it changed: scored again, or without its lease when its money has come or a gate
    /// bars it.
    async fn message_item_now(
        &self,
        tenant: &TenantId,
        claimed: &WorkItem,
    ) -> Result<Option<(WorkItem, Option<ScoreRecord>)>, ServiceError> {
        let models = self.models_of(tenant);
        let (fate, change) = self.plan_message(tenant, claimed.clone(), &models, self.now()).await?;
        let is_handed_out = |item: &WorkItem| !matches!(fate, ItemFate::Completed) && item.gate.is_none();
        let without_lease = |item: WorkItem| if is_handed_out(&item) { item } else { WorkItem { lease: None, ..item } };
        Ok(change.map(|(item, score)| (without_lease(item), score)))
    }

    /// The claimed item of a dispute as it is now, where it changed: completed when the dispute was decided, else scored again, or without
    /// its lease when a gate bars it.
    async fn dispute_item_now(
        &self,
        tenant: &TenantId,
        claimed: &WorkItem,
        dispute_id: &DisputeId,
    ) -> Result<Option<(WorkItem, Option<ScoreRecord>)>, ServiceError> {
        let Some(dispute) = self.store.dispute(tenant, dispute_id).await? else { return Ok(None) };
        let now = self.now();
        if !dispute.status.is_open() {
            let item = WorkItem { lease: None, ..claimed.clone() };
            return Ok(Some((completed_item(item, CompletionResult::Settled, now), None)));
        }
        let (models, context) = (self.models_of(tenant), self.context_of_dispute(tenant, &dispute, now).await?);
        let latest_item = Some(claimed.clone());
        let Rescored { record, item, is_news } =
            self.rescore_dispute(tenant, &dispute, &context, latest_item, &models, now).await?;
        let Some(item) = item.filter(|_| is_news) else { return Ok(None) };
        let is_handed_out = item.gate.is_none();
        Ok(Some((if is_handed_out { item } else { WorkItem { lease: None, ..item } }, Some(record))))
    }
}
