//! Refreshing: everything scored again, and the worklist brought in line. The accounts are seen to here.

mod scan;
pub(super) mod touched;
pub mod turn;
pub mod upkeep;

use super::account::ScoredAccount;
use super::account::scoring::is_for_worklist;
use super::context::{CustomerContext, position_of};
use super::dispute::change::completed_item;
use super::dispute::opening::blank_item;
use super::error::FirstFailure;
use super::fx::BaseRates;
use super::limits::{COMMIT_ATTEMPTS_MAX, DISPUTES_SCANNED_AT_ONCE};
use super::models::ActiveModels;
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::ids::{CustomerId, TenantId, WorkItemId};
use crate::domain::locale::Language;
use crate::domain::money::Money;
use crate::domain::score::{Reason, Score};
use crate::domain::sentence::amount_in_words;
use crate::domain::time::Instant;
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemKind};
use crate::ledger::position::AccountPosition;
use crate::store::{AccountKey, AccountRecord, Change, FinishedRefresh, ScoreRecord, ScoreSubject, StoreError};

/// Priority points by which a score may move and still read the same, half of the last digit that people see.
const SAME_POINTS: f64 = 0.05;

/// What a refresh did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshSummary {
    /// Accounts looked at.
    pub account_count: u64,
    /// Overdue accounts put or kept on the list.
    pub overdue_count: u64,
    /// Items taken off because nothing is left to do.
    pub completed_count: u64,
    /// Open disputes scored again.
    pub dispute_count: u64,
}

/// What became of one account in a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountFate {
    /// It has no place on the list.
    Absent,
    /// It is on the list.
    Listed,
    /// It was on the list and is not any more.
    Completed,
}

/// What becomes of an account's item, and what is to be written for it: nothing when all is as it was.
pub(super) type AccountPlan = (AccountFate, Option<(WorkItem, Option<ScoreRecord>)>);

impl Service {
    /// Scores every account, open dispute and item of a message of a tenant again and brings the worklist in line. One that cannot be scored keeps
    /// its place and does not keep the others from theirs.
    ///
    /// # Errors
    /// The first failure, after all that could be done is done; a storage that cannot be read ends it at once.
    pub async fn refresh_worklist(&self, tenant: &TenantId) -> Result<RefreshSummary, ServiceError> {
        let mut summary = RefreshSummary::default();
        let mut failure = FirstFailure::default();
        let models = self.models_of(tenant);
        let (began_at, basis) = (self.now(), self.refresh_basis(&models));
        // Read first, so that what is taken in meanwhile counts as not looked at yet, and noted last: a refresh that is cut off counts for nothing.
        let change_count = self.store.ledger_change_count(tenant).await?;
        self.refresh_portfolio(tenant).await?;
        let mut after = None;
        while let Some(accounts) = self.next_accounts(tenant, &mut after).await? {
            let positions = self.positions_today(accounts).await?;
            for (account, position) in positions {
                summary.account_count += 1;
                match failure.note(self.refresh_position(tenant, account, position, &models).await) {
                    Some(AccountFate::Absent) | None => {}
                    Some(AccountFate::Listed) => summary.overdue_count += 1,
                    Some(AccountFate::Completed) => summary.completed_count += 1,
                }
            }
        }
        summary.dispute_count = self.refresh_disputes(tenant, &models, &mut failure).await?;
        summary.completed_count += self.complete_decided(tenant).await?;
        summary.completed_count += self.refresh_message_items(tenant, &models, &mut failure).await?;
        let finished = failure.is_none().then_some(FinishedRefresh { began_at, basis });
        self.store.commit(tenant, vec![Change::NoteRefresh { change_count, finished }]).await?;
        failure.finish()?;
        Ok(summary)
    }

    /// The accounts as they stand today.
    pub(super) async fn positions_today(
        &self,
        accounts: Vec<AccountRecord>,
    ) -> Result<Vec<(AccountRecord, AccountPosition)>, ServiceError> {
        let today = self.today();
        let fold = move || {
            let with_position = |account: AccountRecord| {
                let position = position_of(&account, today);
                (account, position)
            };
            accounts.into_iter().map(with_position).collect()
        };
        on_blocking_thread("folding accounts", fold).await
    }

    /// Scores the accounts of one customer again.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn refresh_customer(&self, tenant: &TenantId, customer_id: &CustomerId) -> Result<(), ServiceError> {
        let models = self.models_of(tenant);
        let accounts = self.store.accounts_of(tenant, customer_id).await?;
        for (account, position) in self.positions_today(accounts).await? {
            self.refresh_position(tenant, account, position, &models).await?;
        }
        Ok(())
    }

    async fn refresh_position(
        &self,
        tenant: &TenantId,
        mut account: AccountRecord,
        mut position: AccountPosition,
        models: &ActiveModels,
    ) -> Result<AccountFate, ServiceError> {
        let key = AccountKey { customer_id: account.customer.id.clone(), currency: account.currency };
        let subject = ScoreSubject::Account(key);
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let now = self.now();
            let present = self.store.work_item_of(tenant, &subject).await?;
            // Whoever has an item says what came of it.
            let is_held = present.as_ref().is_some_and(|item| item.is_held(now));
            if is_held && !is_for_worklist(&position, &self.strategy) {
                return Ok(AccountFate::Listed);
            }
            let plan = self.plan_account(tenant, &account, &position, present, models, now).await?;
            let (fate, Some((item, score))) = plan else { return Ok(plan.0) };
            // What is written goes by the account of now, not by a page that was read a while ago.
            if let Some(later) = self.account_changed(tenant, &account).await?
                && attempts_left > 0
            {
                (account, position) = later;
                continue;
            }
            let changes = score.map(Change::InsertScore).into_iter().chain([Change::PutWorkItem(item)]).collect();
            match self.commit(tenant, changes).await {
                Ok(()) => return Ok(fate),
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// An account as it is stored now, where that is no longer as it was read.
    async fn account_changed(
        &self,
        tenant: &TenantId,
        read: &AccountRecord,
    ) -> Result<Option<(AccountRecord, AccountPosition)>, ServiceError> {
        let accounts = self.store.accounts_of(tenant, &read.customer.id).await?;
        let account = accounts.into_iter().find(|account| account.currency == read.currency);
        let changed = account.filter(|account| account != read);
        Ok(self.positions_today(changed.into_iter().collect()).await?.pop())
    }

    /// The item of an account with its score: completed when there is nothing to ask for.
    pub(super) async fn plan_account(
        &self,
        tenant: &TenantId,
        account: &AccountRecord,
        position: &AccountPosition,
        present: Option<WorkItem>,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<AccountPlan, ServiceError> {
        if is_for_worklist(position, &self.strategy) {
            return self.plan_listing(tenant, account, position, present, models, now).await;
        }
        let completed = |item| (completed_item(item, CompletionResult::NotNeeded, now), None);
        Ok(match present {
            None => (AccountFate::Absent, None),
            Some(item) => (AccountFate::Completed, Some(completed(item))),
        })
    }

    /// The item of an account that belongs on the list, with its score; nothing to write when both are as they were, or when
    /// the account was seen to today.
    async fn plan_listing(
        &self,
        tenant: &TenantId,
        account: &AccountRecord,
        position: &AccountPosition,
        present: Option<WorkItem>,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<AccountPlan, ServiceError> {
        let key = AccountKey { customer_id: account.customer.id.clone(), currency: account.currency };
        let subject = ScoreSubject::Account(key);
        if present.is_none() && self.was_seen_to_today(self.store.latest_item_of(tenant, &subject).await?.as_ref(), now)
        {
            return Ok((AccountFate::Absent, None));
        }
        let latest = self.store.latest_score(tenant, &subject).await?;
        let context = self.account_context(tenant, account, position).await?;
        let waiting = self.waiting_days(present.as_ref(), now);
        let (account, position) = (account.clone(), position.clone());
        let ScoredAccount { score: account_score, inputs } =
            self.score_position(tenant, account, position, context, models, waiting, now).await?;
        let inputs = inputs.to_json()?;
        let gate = account_score.gate.map(|gate| gate.to_string());
        let score = account_score.priority.score;
        let same_score = latest.filter(|latest| is_same_score(latest, &score, &inputs));
        let view = account_score.account;
        let summary = summary_of(&view.customer.name, &view.position);
        if let (Some(item), Some(latest)) = (&present, &same_score)
            && item.gate == gate
            && item.summary == summary
            && item.score_id.as_ref() == Some(&latest.score.id)
        {
            return Ok((AccountFate::Listed, None));
        }
        let mut item = match present {
            Some(item) => WorkItem { version: item.version + 1, ..item },
            None => {
                let id = WorkItemId::parse(&self.new_id())?;
                blank_item(id, WorkItemKind::OverdueAccount, now, &score)
            }
        };
        item.customer_id = Some(view.customer.id.clone());
        item.currency = Some(view.position.currency);
        item.priority = score.priority;
        item.tier = score.tier;
        item.score_id = Some(score.id.clone());
        item.stake = Some(Money::from_minor(view.position.collectable_overdue_minor, view.position.currency));
        item.summary = summary;
        item.gate = gate;
        let record = ScoreRecord { score, subject, inputs };
        Ok((AccountFate::Listed, Some((item, Some(record)))))
    }

    /// What is known of an account's customer as far as the account's score needs it.
    pub(super) async fn account_context(
        &self,
        tenant: &TenantId,
        account: &AccountRecord,
        position: &AccountPosition,
    ) -> Result<CustomerContext, ServiceError> {
        let mut rates = BaseRates::new(self.strategy.base_currency);
        self.add_rates(tenant, &mut rates, [account.currency], position.as_of).await?;
        Ok(CustomerContext {
            as_of: position.as_of,
            customer: Some(account.customer.clone()),
            subject: account.customer.clone(),
            histories: Vec::new(),
            positions: vec![position.clone()],
            disputes: Vec::new(),
            open_disputes: Vec::new(),
            opened_dispute_count: 0,
            rates,
        })
    }

    /// Takes the items of disputes off the list that another system has decided since, but for those that somebody holds.
    pub(super) async fn complete_decided(&self, tenant: &TenantId) -> Result<u64, ServiceError> {
        let mut completed_count = 0;
        let mut after = None;
        loop {
            let items = self.store.work_items_of_decided(tenant, after.as_ref(), DISPUTES_SCANNED_AT_ONCE).await?;
            let is_last = items.len() < DISPUTES_SCANNED_AT_ONCE;
            after = items.last().map(|item| item.id.clone());
            let now = self.now();
            for item in items.into_iter().filter(|item| !item.is_held(now)) {
                if self.complete_unheld(tenant, item, CompletionResult::Settled).await? {
                    completed_count += 1;
                }
            }
            if is_last {
                return Ok(completed_count);
            }
        }
    }

    /// Completes an item that nobody holds; whether it did, for somebody may have taken it at this moment.
    pub(super) async fn complete_unheld(
        &self,
        tenant: &TenantId,
        item: WorkItem,
        result: CompletionResult,
    ) -> Result<bool, ServiceError> {
        let item = completed_item(item, result, self.now());
        match self.commit(tenant, vec![Change::PutWorkItem(item)]).await {
            Ok(()) => Ok(true),
            Err(StoreError::StaleVersion { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether scoring again said nothing new: from the same inputs, or the same to a person. Each payment moves the rates of its groups a
/// little, and so the inputs of every account.
pub(super) fn is_same_score(latest: &ScoreRecord, score: &Score, inputs: &str) -> bool {
    let before = &latest.score;
    before.model_ids == score.model_ids
        && before.strategy_digest == score.strategy_digest
        && (latest.inputs == inputs || reads_the_same(before, score))
}

fn reads_the_same(before: &Score, after: &Score) -> bool {
    let is_near = |before: f64, after: f64| (before - after).abs() < SAME_POINTS;
    let is_same_reason = |(before, after): (&Reason, &Reason)| {
        before.factor == after.factor && before.value == after.value && is_near(before.points, after.points)
    };
    before.tier == after.tier
        && before.stake_base == after.stake_base
        && is_near(before.priority, after.priority)
        && before.reasons.len() == after.reasons.len()
        && before.reasons.iter().zip(&after.reasons).all(is_same_reason)
}

fn summary_of(name: &str, position: &AccountPosition) -> String {
    let overdue_count = position.invoices.iter().filter(|invoice| invoice.days_past_due > 0).count();
    let overdue = Money::from_minor(position.ageing.overdue_minor(), position.currency);
    let overdue = amount_in_words(overdue, Language::En);
    let noun = if overdue_count == 1 { "invoice" } else { "invoices" };
    let days = position.oldest_days_past_due;
    let mut summary = format!("{name}: {overdue} overdue on {overdue_count} {noun}, the oldest {days} days past due");
    if position.broken_promise_minor > 0 {
        let broken = Money::from_minor(position.broken_promise_minor, position.currency);
        summary.push_str(&format!(", {} promised and not paid", amount_in_words(broken, Language::En)));
    }
    if position.unapplied_minor > 0 {
        let unapplied = Money::from_minor(position.unapplied_minor, position.currency);
        summary.push_str(&format!(", {} here but not applied", amount_in_words(unapplied, Language::En)));
    }
    summary
}
