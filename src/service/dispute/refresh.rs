//! Disputes and their items as matters stand: scored again in every refresh, and when somebody claims the item.

use super::awaited::with_arrived;
use crate::domain::dispute::{Dispute, DisputeStatus};
use crate::domain::ids::{DisputeId, TenantId};
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItem;
use crate::service::context::CustomerContext;
use crate::service::error::FirstFailure;
use crate::service::limits::COMMIT_ATTEMPTS_MAX;
use crate::service::models::ActiveModels;
use crate::service::refresh::is_same_score;
use crate::service::scoring::ScoreInputs;
use crate::service::worklist::seen::is_present;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ScoreRecord, ScoreSubject, StoreError};

/// An open dispute scored again.
pub(in crate::service) struct Rescored {
    /// The score.
    pub(in crate::service) record: ScoreRecord,
    /// Its item as it is now; none while the dispute rests.
    pub(in crate::service) item: Option<WorkItem>,
    /// Whether anything of it is other than before, so that it is to be written.
    pub(in crate::service) is_news: bool,
}

impl Service {
    /// Scores every open dispute again, and lists those that came as records of another system.
    pub(in crate::service) async fn refresh_disputes(
        &self,
        tenant: &TenantId,
        models: &ActiveModels,
        failure: &mut FirstFailure,
    ) -> Result<u64, ServiceError> {
        let mut dispute_count = 0;
        let mut after = None;
        while let Some(ids) = self.next_open_disputes(tenant, &mut after).await? {
            for id in ids {
                if failure.note(self.refresh_dispute(tenant, &id, models).await) == Some(true) {
                    dispute_count += 1;
                }
            }
        }
        Ok(dispute_count)
    }

    /// Scores an open dispute again; whether it is one. Invoices that it waited for and that have arrived become a part of it.
    pub(in crate::service) async fn refresh_dispute(
        &self,
        tenant: &TenantId,
        id: &DisputeId,
        models: &ActiveModels,
    ) -> Result<bool, ServiceError> {
        let subject = ScoreSubject::Dispute(id.clone());
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let now = self.now();
            // Every change of the dispute changes its item too, so the item is read first: its version then tells whether the
            // dispute is still as it was scored.
            let latest_item = self.latest_item(tenant, &subject).await?;
            let dispute = self.store.dispute(tenant, id).await?;
            let Some(dispute) = dispute.filter(|dispute| dispute.status.is_open()) else { return Ok(false) };
            let context = self.context_of_dispute(tenant, &dispute, now).await?;
            let linked = with_arrived(&dispute, &context, now, self.day_of(now));
            let dispute = linked.as_ref().unwrap_or(&dispute);
            let Rescored { record, item, is_news } =
                self.rescore_dispute(tenant, dispute, &context, latest_item, models, now).await?;
            if !is_news && linked.is_none() {
                return Ok(true);
            }
            let mut changes = Vec::from_iter(linked.clone().map(Change::PutDispute));
            changes.push(Change::InsertScore(record));
            changes.extend(item.map(Change::PutWorkItem));
            match self.commit(tenant, changes).await {
                Ok(()) => {
                    if let Some(linked) = &linked {
                        self.refresh_customer(tenant, &linked.customer_id).await?;
                    }
                    return Ok(true);
                }
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What is known of the customer of a dispute.
    pub(in crate::service) async fn context_of_dispute(
        &self,
        tenant: &TenantId,
        dispute: &Dispute,
        now: Instant,
    ) -> Result<CustomerContext, ServiceError> {
        let (customer_id, contested) = (Some(&dispute.customer_id), dispute.contested_amount);
        self.customer_context(tenant, customer_id, self.day_of(now), contested).await
    }

    /// Scores an open dispute again. One whose item somebody completed comes back the next day, unless it waits for the customer; at once
    /// when the customer wrote again while they had it.
    pub(in crate::service) async fn rescore_dispute(
        &self,
        tenant: &TenantId,
        dispute: &Dispute,
        context: &CustomerContext,
        latest_item: Option<WorkItem>,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<Rescored, ServiceError> {
        let is_listed = latest_item.as_ref().is_some_and(is_present);
        let latest = self.store.latest_score(tenant, &ScoreSubject::Dispute(dispute.id.clone())).await?;
        let waits = latest.is_some() && dispute.status == DisputeStatus::AwaitingCustomer;
        let was_heard = latest_item.as_ref().is_none_or(|item| !item.is_raised);
        let rests = !is_listed && was_heard && (waits || self.was_completed_today(latest_item.as_ref(), now));
        let read_by = match &latest {
            Some(latest) => ScoreInputs::from_json(&latest.inputs)?.read_by,
            None => Vec::new(),
        };
        let record = self.score_dispute(dispute, context, latest_item.as_ref(), read_by, models, now)?;
        let is_same = latest.is_some_and(|latest| is_same_score(&latest, &record.score, &record.inputs));
        let gate_before = latest_item.as_ref().map(|item| item.gate.clone());
        let item = match rests {
            true => None,
            false => Some(self.dispute_item(dispute, &record.score, context, latest_item, now)?),
        };
        let has_gate = item.as_ref().is_none_or(|item| gate_before.as_ref() == Some(&item.gate));
        let is_news = !(rests || is_listed && is_same && has_gate);
        Ok(Rescored { record, item, is_news })
    }
}
