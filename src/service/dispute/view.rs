//! Showing disputes and work items: joined with their scores.

use std::collections::{BTreeSet, HashMap};

use crate::domain::dispute::Dispute;
use crate::domain::ids::TenantId;
use crate::domain::score::Score;
use crate::domain::work_item::WorkItem;
use crate::service::models::ActiveModels;
use crate::service::scoring::{RiskInputs, ScoreInputs};
use crate::service::view::{DisputeView, PriorityView, WorkItemView};
use crate::service::{Service, ServiceError};
use crate::store::{ScoreRecord, ScoreSubject};

impl Service {
    /// A stored score as a priority.
    pub(in crate::service) fn stored_priority(&self, score: Score) -> PriorityView {
        PriorityView { score, is_stored: true, base_currency: self.strategy.base_currency }
    }

    /// A score that was not stored as a priority.
    pub(in crate::service) fn passing_priority(&self, score: Score) -> PriorityView {
        PriorityView { score, is_stored: false, base_currency: self.strategy.base_currency }
    }

    /// A dispute with its latest score.
    pub(super) async fn show_dispute(&self, tenant: &TenantId, dispute: Dispute) -> Result<DisputeView, ServiceError> {
        let subject = ScoreSubject::Dispute(dispute.id.clone());
        let record = self.store.latest_score(tenant, &subject).await?;
        self.dispute_with_score(tenant, dispute, record)
    }

    /// Disputes with their latest scores, in the order given.
    pub(super) async fn show_disputes(
        &self,
        tenant: &TenantId,
        disputes: Vec<Dispute>,
    ) -> Result<Vec<DisputeView>, ServiceError> {
        let subjects: Vec<_> = disputes.iter().map(|dispute| ScoreSubject::Dispute(dispute.id.clone())).collect();
        let records = self.store.latest_scores(tenant, &subjects).await?;
        let mut latest: HashMap<_, _> = records.into_iter().map(|record| (record.subject.clone(), record)).collect();
        let with_scores = disputes.into_iter().zip(subjects);
        with_scores
            .map(|(dispute, subject)| self.dispute_with_score(tenant, dispute, latest.remove(&subject)))
            .collect()
    }

    /// Work items with their scores and the customers' names, in the order given.
    pub(in crate::service) async fn show_work_items(
        &self,
        tenant: &TenantId,
        items: Vec<WorkItem>,
    ) -> Result<Vec<WorkItemView>, ServiceError> {
        let score_ids: Vec<_> = items.iter().filter_map(|item| item.score_id.clone()).collect();
        let records = self.store.scores(tenant, &score_ids).await?;
        let mut scores: HashMap<_, _> =
            records.into_iter().map(|record| (record.score.id.clone(), record.score)).collect();
        let customer_ids: BTreeSet<_> = items.iter().filter_map(|item| item.customer_id.clone()).collect();
        let customer_ids: Vec<_> = customer_ids.into_iter().collect();
        let names = self.store.customer_names(tenant, &customer_ids).await?;
        let now = self.now();
        let mut views = Vec::with_capacity(items.len());
        for item in items {
            let score = item.score_id.as_ref().and_then(|id| scores.remove(id));
            views.push(WorkItemView {
                customer_name: item.customer_id.as_ref().and_then(|id| names.get(id).cloned()),
                priority: score.map(|score| self.stored_priority(score)),
                item: item.as_of(now),
            });
        }
        Ok(views)
    }

    /// A dispute with a score that is at hand.
    pub(in crate::service) fn dispute_with_score(
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
            item: models.taxonomy.codes.item(&dispute.contested_item).cloned(),
            priority: record.filter(|_| is_open).map(|record| self.stored_priority(record.score)),
            validity_probability,
            dispute,
        })
    }

    /// A dispute with a score that is not stored.
    pub(in crate::service) fn dispute_with_passing_score(
        &self,
        tenant: &TenantId,
        dispute: Dispute,
        record: ScoreRecord,
    ) -> Result<DisputeView, ServiceError> {
        let mut view = self.dispute_with_score(tenant, dispute, Some(record))?;
        view.priority = view.priority.map(|priority| self.passing_priority(priority.score));
        Ok(view)
    }

    /// A work item with its score and the customer's name.
    pub(in crate::service) async fn show_work_item(
        &self,
        tenant: &TenantId,
        item: WorkItem,
    ) -> Result<WorkItemView, ServiceError> {
        let record = match &item.score_id {
            Some(score_id) => self.store.score(tenant, score_id).await?,
            None => None,
        };
        let customer = match &item.customer_id {
            Some(customer_id) => self.store.customer(tenant, customer_id).await?,
            None => None,
        };
        Ok(self.work_item_with_score(item, customer.map(|customer| customer.name), record))
    }

    /// A work item with a score and a name that are at hand.
    pub(in crate::service) fn work_item_with_score(
        &self,
        item: WorkItem,
        customer_name: Option<String>,
        record: Option<ScoreRecord>,
    ) -> WorkItemView {
        let priority = record.map(|record| self.stored_priority(record.score));
        WorkItemView { item: item.as_of(self.now()), customer_name, priority }
    }
}

fn validity(record: &ScoreRecord, models: &ActiveModels) -> Result<Option<f64>, ServiceError> {
    let inputs = ScoreInputs::from_json(&record.inputs)?;
    Ok(match &inputs.risk {
        RiskInputs::Dispute { facts, stake_base: _ } => models.dispute.validity(facts),
        RiskInputs::Account { .. } | RiskInputs::Estimate { .. } => None,
    })
}
