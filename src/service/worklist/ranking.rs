//! Ranking from the ledger alone: the worklist as it would have stood on a day, without storing anything.

use std::cmp::Ordering;

use crate::domain::dispute::Dispute;
use crate::domain::gate::Gate;
use crate::domain::ids::TenantId;
use crate::domain::money::Money;
use crate::domain::score::Score;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::service::account::scoring::is_for_worklist;
use crate::service::context::position_of;
use crate::service::dispute::opening::summary_of;
use crate::service::dispute::scoring::DisputeDraft;
use crate::service::limits::RANKED_ENTRIES_MAX;
use crate::service::models::ActiveModels;
use crate::service::view::{AccountScore, DisputeView};
use crate::service::{Service, ServiceError};

/// An entry of a worklist that was ranked from the ledger alone.
#[derive(Debug, Clone, PartialEq)]
pub enum RankedEntry {
    /// An overdue account.
    Account(Box<AccountScore>),
    /// An open dispute.
    Dispute(Box<RankedDispute>),
}

/// An open dispute as its work item would have told it.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedDispute {
    /// The dispute with its score.
    pub view: DisputeView,
    /// Name of the customer, when the ledger knows it.
    pub customer_name: Option<String>,
    /// What is contested, when known.
    pub stake: Option<Money>,
    /// In a line, what is contested by whom.
    pub summary: String,
    /// Why the customer is not to be contacted about it, if so.
    pub gate: Option<Gate>,
}

impl RankedEntry {
    /// The score, which every entry of a ranking has.
    pub fn score(&self) -> Option<&Score> {
        match self {
            RankedEntry::Account(account) => Some(&account.priority.score),
            RankedEntry::Dispute(dispute) => dispute.view.priority.as_ref().map(|priority| &priority.score),
        }
    }

    fn id(&self) -> &str {
        match self {
            RankedEntry::Account(account) => account.account.customer.id.as_str(),
            RankedEntry::Dispute(dispute) => dispute.view.dispute.id.as_str(),
        }
    }
}

/// The order of a ranking: the highest priority first, then the highest value for each minute, then by id.
fn by_rank(left: &RankedEntry, right: &RankedEntry) -> Ordering {
    let key = |entry: &RankedEntry| entry.score().map_or((0.0, 0.0), |score| (score.priority, score.rank_key));
    let (left_key, right_key) = (key(left), key(right));
    right_key
        .0
        .total_cmp(&left_key.0)
        .then_with(|| right_key.1.total_cmp(&left_key.1))
        .then_with(|| left.id().cmp(right.id()))
}

impl Service {
    /// Ranks the overdue accounts and open disputes as they stood at the end of a day, from the ledger alone, storing
    /// nothing; at most `limit` entries, the highest priority first.
    ///
    /// # Errors
    /// When the limit cannot be accepted or the storage fails.
    pub async fn rank_as_of(
        &self,
        tenant: &TenantId,
        as_of: CivilDate,
        limit: usize,
    ) -> Result<Vec<RankedEntry>, ServiceError> {
        if limit == 0 || limit > RANKED_ENTRIES_MAX {
            return Err(Violation::new("limit", limit, format!("1 to {RANKED_ENTRIES_MAX}")).into());
        }
        let models = self.models_of(tenant);
        self.refresh_portfolio(tenant).await?;
        let mut entries = Vec::new();
        self.rank_accounts(tenant, as_of, limit, &models, &mut entries).await?;
        self.rank_disputes(tenant, as_of, limit, &models, &mut entries).await?;
        keep_best(&mut entries, limit);
        Ok(entries)
    }

    async fn rank_accounts(
        &self,
        tenant: &TenantId,
        as_of: CivilDate,
        limit: usize,
        models: &ActiveModels,
        entries: &mut Vec<RankedEntry>,
    ) -> Result<(), ServiceError> {
        let mut after = None;
        while let Some(accounts) = self.next_accounts(tenant, &mut after).await? {
            for account in accounts {
                let position = position_of(&account, as_of);
                if !is_for_worklist(&position, &self.strategy) {
                    continue;
                }
                let context = self.account_context(tenant, &account, &position).await?;
                let scored = self.score_position(tenant, account, position, context, models, 0, self.now()).await?;
                entries.push(RankedEntry::Account(Box::new(scored.score)));
            }
            keep_best(entries, limit);
        }
        Ok(())
    }

    async fn rank_disputes(
        &self,
        tenant: &TenantId,
        as_of: CivilDate,
        limit: usize,
        models: &ActiveModels,
        entries: &mut Vec<RankedEntry>,
    ) -> Result<(), ServiceError> {
        let mut after = None;
        while let Some(page) = self.next_disputes(tenant, &mut after).await? {
            for dispute in page.iter().filter_map(|dispute| as_it_stood(dispute, as_of)) {
                let (customer_id, contested) = (Some(&dispute.customer_id), dispute.contested_amount);
                let context = self.customer_context(tenant, customer_id, as_of, contested).await?;
                let record = self.score_dispute(&dispute, &context, None, Vec::new(), models, self.now())?;
                let ranked = RankedDispute {
                    customer_name: context.customer.as_ref().map(|customer| customer.name.clone()),
                    stake: DisputeDraft::from(&dispute).contested(&context),
                    summary: summary_of(&dispute, &context),
                    gate: context.gate_about(&dispute.invoice_ids),
                    view: self.dispute_with_passing_score(tenant, dispute, record)?,
                };
                entries.push(RankedEntry::Dispute(Box::new(ranked)));
            }
            keep_best(entries, limit);
        }
        Ok(())
    }
}

fn keep_best(entries: &mut Vec<RankedEntry>, limit: usize) {
    entries.sort_by(by_rank);
    entries.truncate(limit);
}

/// The dispute as it stood at the end of a day, if it was open then.
fn as_it_stood(dispute: &Dispute, as_of: CivilDate) -> Option<Dispute> {
    dispute.as_of(as_of).filter(|dispute| dispute.status.is_open())
}
