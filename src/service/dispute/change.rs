//! Changing disputes: corrections, statuses and decisions, each with what follows for the worklist and for training.

use super::creditable::credited_for;
use super::{AmountChange, AssigneeChange, ResolveDispute, UpdateDispute, check_amount, check_currency};
use crate::domain::dispute::{Dispute, DisputeStatus};
use crate::domain::ids::{InvoiceId, TenantId};
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::{Gather, Violation};
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemState};
use crate::service::limits::{COMMIT_ATTEMPTS_MAX, INVOICES_NAMED_MAX};
use crate::service::view::DisputeView;
use crate::service::worklist::seen::is_present;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ScoreRecord, ScoreSubject, StoreError};

/// A dispute before and after a change.
struct ChangedDispute {
    before: Dispute,
    after: Dispute,
    outcomes: Vec<Outcome>,
}

/// A dispute as a change left it.
struct StoredDispute {
    dispute: Dispute,
    /// Its new score, while it is open.
    score: Option<ScoreRecord>,
}

impl Service {
    /// Changes a dispute.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::IllegalTransition`], fields that cannot be
    /// accepted, or a failing storage.
    pub async fn update_dispute(&self, tenant: &TenantId, change: UpdateDispute) -> Result<DisputeView, ServiceError> {
        self.check_update(tenant, &change).await?;
        let dispute = self.stored_dispute(tenant, &change.dispute_id).await?;
        let changed_at = |before: Dispute, now: Instant| {
            check_version(&before, change.version)?;
            updated(before, &change, now, self.day_of(now))
        };
        if change.validate_only {
            let now = self.now();
            return self.preview(tenant, changed_at(dispute, now)?, now).await;
        }
        let turn = self.customer_turn(tenant, Some(&dispute.customer_id)).await;
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        let stored = loop {
            attempts_left -= 1;
            let now = self.now();
            let before = self.stored_dispute(tenant, &change.dispute_id).await?;
            match self.store_dispute(tenant, changed_at(before, now)?, now).await {
                Ok(stored) => break stored,
                Err(ServiceError::Stale { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error),
            }
        };
        drop(turn);
        self.show_stored(tenant, stored).await
    }

    /// What a change would come to; the version stays that of the dispute as it is stored.
    async fn preview(
        &self,
        tenant: &TenantId,
        ChangedDispute { before, after, outcomes: _ }: ChangedDispute,
        now: Instant,
    ) -> Result<DisputeView, ServiceError> {
        let (customer_id, contested) = (Some(&after.customer_id), after.contested_amount);
        let context = self.customer_context(tenant, customer_id, self.day_of(now), contested).await?;
        let present = self.store.work_item_of(tenant, &ScoreSubject::Dispute(after.id.clone())).await?;
        let (models, read_by) = (self.models_of(tenant), self.readers_of(tenant, &after.id).await?);
        let record = self.score_dispute(&after, &context, present.as_ref(), read_by, &models, now)?;
        self.dispute_with_passing_score(tenant, Dispute { version: before.version, ..after }, record)
    }

    async fn check_update(&self, tenant: &TenantId, change: &UpdateDispute) -> Result<(), ServiceError> {
        let mut gather = Gather::default();
        if change.status == Some(DisputeStatus::Resolved) {
            gather.push(Violation::new("status", DisputeStatus::Resolved, "another status; ResolveDispute decides"));
        }
        if let Some(item) = &change.contested_item {
            gather.take(self.taxonomy_of(tenant).codes.check("contested_item", item));
        }
        let contested_amount = change.contested_amount.stated();
        check_amount(&mut gather, "contested_amount", contested_amount);
        if let Some(invoice_ids) = &change.invoice_ids {
            self.check_new_invoices(&mut gather, tenant, change, invoice_ids).await?;
        } else if contested_amount.is_some() {
            let dispute = self.stored_dispute(tenant, &change.dispute_id).await?;
            let owners = self.store.invoice_owners(tenant, &dispute.invoice_ids).await?;
            check_currency(&mut gather, &owners, "contested_amount", contested_amount);
        }
        if let Some(other_id) = &change.before_dispute_id {
            let is_another = *other_id != change.dispute_id;
            if !is_another || self.store.dispute(tenant, other_id).await?.is_none() {
                gather.push(Violation::new("before_dispute_id", other_id, "another dispute that is known"));
            }
        }
        gather.finish()?;
        Ok(())
    }

    /// Notes what is wrong with invoices that are to take the place of a dispute's, or with the amount that then is contested on them.
    async fn check_new_invoices(
        &self,
        gather: &mut Gather,
        tenant: &TenantId,
        change: &UpdateDispute,
        invoice_ids: &[InvoiceId],
    ) -> Result<(), ServiceError> {
        let invoice_count = invoice_ids.len();
        if invoice_count == 0 || invoice_count > INVOICES_NAMED_MAX {
            let expected = format!("1 to {INVOICES_NAMED_MAX} invoices");
            gather.push(Violation::new("invoice_ids", format!("{invoice_count} invoices"), expected));
            return Ok(());
        }
        let dispute = self.stored_dispute(tenant, &change.dispute_id).await?;
        let contested_amount = match change.contested_amount {
            AmountChange::Keep => dispute.contested_amount,
            AmountChange::AllOpen => None,
            AmountChange::Amount(amount) => Some(amount),
        };
        let amount = ("contested_amount", contested_amount);
        self.check_invoices(gather, tenant, &dispute.customer_id, invoice_ids, amount).await
    }

    /// Decides a dispute and closes its work item.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::IllegalTransition`], fields that cannot be
    /// accepted, or a failing storage.
    pub async fn resolve_dispute(
        &self,
        tenant: &TenantId,
        decision: ResolveDispute,
    ) -> Result<DisputeView, ServiceError> {
        let customer_id = self.stored_dispute(tenant, &decision.dispute_id).await?.customer_id;
        let turn = self.customer_turn(tenant, Some(&customer_id)).await;
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        let stored = loop {
            attempts_left -= 1;
            let now = self.now();
            let before = self.stored_dispute(tenant, &decision.dispute_id).await?;
            check_version(&before, decision.version)?;
            let today = self.day_of(now);
            let creditable = self.creditable(tenant, &before, today).await?;
            let changed = decided(before, &decision, &creditable, now, today)?;
            match self.store_dispute(tenant, changed, now).await {
                Ok(stored) => break stored,
                Err(ServiceError::Stale { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error),
            }
        };
        drop(turn);
        self.show_stored(tenant, stored).await
    }

    /// Stores a changed dispute with its outcomes, a new score while it is open, and what becomes of its work item.
    async fn store_dispute(
        &self,
        tenant: &TenantId,
        changed: ChangedDispute,
        now: Instant,
    ) -> Result<StoredDispute, ServiceError> {
        let ChangedDispute { before, after, outcomes } = changed;
        let latest_item = self.latest_item(tenant, &ScoreSubject::Dispute(after.id.clone())).await?;
        let mut changes = vec![Change::PutDispute(after.clone())];
        changes.extend(outcomes.into_iter().map(|outcome| Change::InsertOutcome { outcome, known_at: now }));
        let mut new_score = None;
        if after.status.is_open() {
            let (customer_id, contested) = (Some(&after.customer_id), after.contested_amount);
            let context = self.customer_context(tenant, customer_id, self.day_of(now), contested).await?;
            let (models, read_by) = (self.models_of(tenant), self.readers_of(tenant, &after.id).await?);
            let score = self.score_dispute(&after, &context, latest_item.as_ref(), read_by, &models, now)?;
            changes.push(Change::InsertScore(score.clone()));
            if latest_item.as_ref().is_some_and(is_present) || self.is_due(&before, &after, latest_item.as_ref(), now) {
                let mut item = self.dispute_item(&after, &score.score, &context, latest_item, now)?;
                item.assignee = after.assignee.clone();
                changes.push(Change::PutWorkItem(item));
            }
            new_score = Some(score);
        } else if let Some(item) = latest_item.filter(is_present) {
            let result = match after.status {
                DisputeStatus::Voided => CompletionResult::NotNeeded,
                DisputeStatus::New
                | DisputeStatus::Triaged
                | DisputeStatus::InProgress
                | DisputeStatus::AwaitingCustomer
                | DisputeStatus::Resolved
                | DisputeStatus::Closed
                | DisputeStatus::Reopened => CompletionResult::Settled,
            };
            changes.push(Change::PutWorkItem(completed_item(item, result, now)));
        }
        match self.commit(tenant, changes).await {
            Ok(()) => {}
            Err(StoreError::StaleVersion { table: _, id: _ }) => {
                return Err(ServiceError::Stale { resource: "dispute", id: after.id.to_string() });
            }
            Err(error) => return Err(error.into()),
        }
        self.touch_customer(tenant, Some(&after.customer_id));
        Ok(StoredDispute { dispute: after, score: new_score })
    }

    async fn show_stored(&self, tenant: &TenantId, stored: StoredDispute) -> Result<DisputeView, ServiceError> {
        let StoredDispute { dispute, score } = stored;
        match score {
            Some(score) => self.dispute_with_score(tenant, dispute, Some(score)),
            None => self.show_dispute(tenant, dispute).await,
        }
    }

    /// Whether a changed dispute that has no item on the list needs one at once: unless it waits for the customer, or somebody saw to it
    /// today and it did not wait or rest before the change.
    fn is_due(&self, before: &Dispute, after: &Dispute, latest_item: Option<&WorkItem>, now: Instant) -> bool {
        let rested = !before.status.is_open() || before.status == DisputeStatus::AwaitingCustomer;
        after.status != DisputeStatus::AwaitingCustomer && (rested || !self.was_completed_today(latest_item, now))
    }
}

/// The item as completed; the lease stays, so that a repeated completion can be told from a stranger's.
pub(in crate::service) fn completed_item(item: WorkItem, result: CompletionResult, now: Instant) -> WorkItem {
    WorkItem {
        state: WorkItemState::Completed,
        completed: Some((now, result)),
        snoozed_until: None,
        version: item.version + 1,
        ..item
    }
}

fn check_version(dispute: &Dispute, version: Option<i64>) -> Result<(), ServiceError> {
    if version.is_some_and(|version| version != dispute.version) {
        return Err(ServiceError::Stale { resource: "dispute", id: dispute.id.to_string() });
    }
    Ok(())
}

fn updated(
    before: Dispute,
    change: &UpdateDispute,
    now: Instant,
    today: CivilDate,
) -> Result<ChangedDispute, ServiceError> {
    let UpdateDispute {
        dispute_id: _,
        version: _,
        status,
        invoice_ids,
        contested_item,
        severity,
        contested_amount,
        assignee,
        priority_label,
        before_dispute_id,
        validate_only: _,
    } = change;
    let mut after = before.clone();
    let mut outcomes = Vec::new();
    if let Some(status) = status.filter(|status| *status != before.status) {
        match status {
            DisputeStatus::Reopened => after.reopen(today)?,
            DisputeStatus::Voided => after.void(today)?,
            DisputeStatus::New
            | DisputeStatus::Triaged
            | DisputeStatus::InProgress
            | DisputeStatus::AwaitingCustomer
            | DisputeStatus::Resolved
            | DisputeStatus::Closed => after.transition(status)?,
        }
    }
    if let Some(invoice_ids) = invoice_ids {
        after.invoice_ids = invoice_ids.clone();
        // Whoever says which invoices are meant knows better than the message.
        after.awaited_numbers.clear();
    }
    if let Some(contested_item) = contested_item {
        after.contested_item = contested_item.clone();
    }
    if let Some(severity) = severity {
        after.severity = *severity;
    }
    match contested_amount {
        AmountChange::Keep => {}
        AmountChange::AllOpen => after.contested_amount = None,
        AmountChange::Amount(amount) => after.contested_amount = Some(*amount),
    }
    after.keep_details(&before, today);
    match assignee {
        AssigneeChange::Keep => {}
        AssigneeChange::Clear => after.assignee = None,
        AssigneeChange::Assign(user_id) => after.assignee = Some(user_id.clone()),
    }
    if let Some(label) = priority_label {
        after.priority_label = Some(*label);
        outcomes.push(Outcome::DisputeGraded { dispute_id: after.id.clone(), label: *label });
    }
    if let Some(other_id) = before_dispute_id {
        outcomes.push(Outcome::DisputePreferred { preferred_id: after.id.clone(), other_id: other_id.clone() });
    }
    after.updated_at = now;
    after.version += 1;
    Ok(ChangedDispute { before, after, outcomes })
}

fn decided(
    before: Dispute,
    decision: &ResolveDispute,
    creditable: &[Money],
    now: Instant,
    today: CivilDate,
) -> Result<ChangedDispute, ServiceError> {
    let ResolveDispute { dispute_id: _, version: _, resolution, credited_amount, resolved_on } = decision;
    let resolved_on = resolved_on.unwrap_or(today);
    let mut after = before.clone();
    after.transition(DisputeStatus::Resolved)?;
    let mut gather = Gather::default();
    check_decision_day(&mut gather, &before, resolved_on, today);
    let credited = gather.take(credited_for(*resolution, *credited_amount, creditable));
    gather.finish()?;
    after.resolution = Some(*resolution);
    after.credited_amount = credited.flatten();
    after.resolved_on = Some(resolved_on);
    after.updated_at = now;
    after.version += 1;
    let outcome = Outcome::DisputeDecided { dispute_id: after.id.clone(), resolution: *resolution, resolved_on };
    Ok(ChangedDispute { before, after, outcomes: vec![outcome] })
}

fn check_decision_day(gather: &mut Gather, dispute: &Dispute, resolved_on: CivilDate, today: CivilDate) {
    let contested_from = dispute.contested_from();
    if resolved_on < contested_from || resolved_on > today {
        let expected = format!("a day from {contested_from} to {today}");
        gather.push(Violation::new("resolved_on", resolved_on, expected));
    }
}
