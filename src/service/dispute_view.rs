//! Showing disputes and work items: joined with their scores.

use super::models::ActiveModels;
use super::scoring::{RiskInputs, ScoreInputs};
use super::view::{DisputeView, PriorityView, WorkItemView};
use super::{Service, ServiceError};
use crate::domain::dispute::Dispute;
use crate::domain::ids::TenantId;
use crate::domain::score::Score;
use crate::domain::work_item::WorkItem;
use crate::store::{ScoreRecord, ScoreSubject};

impl Service {
    /// A stored score as a priority.
    pub(super) fn stored_priority(&self, score: Score) -> PriorityView {
        PriorityView { score, is_stored: true, base_currency: self.strategy.base_currency }
    }

    /// A score that was not stored as a priority.
    pub(super) fn passing_priority(&self, score: Score) -> PriorityView {
        PriorityView { score, is_stored: false, base_currency: self.strategy.base_currency }
    }

    /// A dispute with its latest score.
    pub(super) async fn show_dispute(&self, tenant: &TenantId, dispute: Dispute) -> Result<DisputeView, ServiceError> {
        let subject = ScoreSubject::Dispute(dispute.id.clone());
        let record = self.store.latest_score(tenant, &subject).await?;
        self.dispute_with_score(tenant, dispute, record)
    }

    /// A dispute with a score that is at hand.
    pub(super) fn dispute_with_score(
        &self,
        tenant: &TenantId,
        dispute: Dispute,
        record: Option<ScoreRecord>,
    ) -> Result<DisputeView, ServiceError> {
        let models = self.models_of(tenant);
        let validity_probability = match &record {
            Some(record) => validity(record, &models)?,
            None => None,
        };
        let is_open = dispute.status.is_open();
        Ok(DisputeView {
            item: self.taxonomy.item(&dispute.contested_item).cloned(),
            priority: record.filter(|_| is_open).map(|record| self.stored_priority(record.score)),
            validity_probability,
            dispute,
        })
    }

    /// A work item with its score and the customer's name.
    pub(super) async fn show_work_item(&self, tenant: &TenantId, item: WorkItem) -> Result<WorkItemView, ServiceError> {
        let record = match &item.score_id {
            Some(score_id) => self.store.score(tenant, score_id).await?,
            None => None,
        };
        self.work_item_with_score(tenant, item, record).await
    }

    /// A work item with a score that is at hand, and the customer's name.
    pub(super) async fn work_item_with_score(
        &self,
        tenant: &TenantId,
        item: WorkItem,
        record: Option<ScoreRecord>,
    ) -> Result<WorkItemView, ServiceError> {
        let customer = match &item.customer_id {
            Some(customer_id) => self.store.customer(tenant, customer_id).await?,
            None => None,
        };
        Ok(WorkItemView {
            item,
            customer_name: customer.map(|customer| customer.name),
            priority: record.map(|record| self.stored_priority(record.score)),
        })
    }
}

fn validity(record: &ScoreRecord, models: &ActiveModels) -> Result<Option<f64>, ServiceError> {
    let inputs = ScoreInputs::from_json(&record.inputs)?;
    Ok(match &inputs.risk {
        RiskInputs::Dispute { facts, stake_base: _ } => models.dispute.validity(facts),
        RiskInputs::Account { .. } | RiskInputs::Estimate { .. } => None,
    })
}
