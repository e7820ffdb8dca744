//! Items of messages in a refresh: they rank by how matters stand now, and are done when the money that they are about has come.

use std::collections::HashMap;

use super::item::{MessageWork, message_work};
use super::promised::names_unknown_only;
use crate::domain::ids::{CustomerId, InvoiceId, PromiseId, ScoreId, TenantId, WorkItemId};
use crate::domain::message::Message;
use crate::domain::money::Money;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemKind};
use crate::service::context::CustomerContext;
use crate::service::dispute::change::completed_item;
use crate::service::error::FirstFailure;
use crate::service::limits::COMMIT_ATTEMPTS_MAX;
use crate::service::models::ActiveModels;
use crate::service::refresh::is_same_score;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ScoreRecord, ScoreSubject, StoreError};

/// What a promise is about: whose it is, and the invoices that it names, in order.
pub(super) type PromiseSubject = (CustomerId, Vec<InvoiceId>);

/// What becomes of an item, and how it is written with its score; nothing where it stays as it was.
pub(super) type MessagePlan = (ItemFate, Option<(WorkItem, Option<ScoreRecord>)>);

/// What becomes of one item.
pub(in crate::service) enum ItemFate {
    /// It is off the list.
    Completed,
    /// It follows up a promise about this, made in a message received then.
    FollowsUp(PromiseSubject, Instant),
    /// It is other work.
    Kept,
}

impl Service {
    /// Scores every open item that a message made again, but for those of disputes, and takes those off the list whose money has
    /// come, and promises in whose place the customer has made another; how many were taken off.
    pub(in crate::service) async fn refresh_message_items(
        &self,
        tenant: &TenantId,
        models: &ActiveModels,
        failure: &mut FirstFailure,
    ) -> Result<u64, ServiceError> {
        let mut completed_count = 0;
        let mut latest_promises: HashMap<PromiseSubject, (Instant, WorkItemId)> = HashMap::new();
        let mut after = None;
        while let Some(items) = self.next_message_items(tenant, &mut after).await? {
            for item in items {
                match failure.note(self.refresh_message_item(tenant, &item.id, models).await) {
                    Some(ItemFate::Completed) => completed_count += 1,
                    Some(ItemFate::FollowsUp(subject, received_at)) => {
                        let this = (received_at, item.id);
                        let Some(other) = latest_promises.remove(&subject) else {
                            latest_promises.insert(subject, this);
                            continue;
                        };
                        let (earlier, later) = if this < other { (this, other) } else { (other, this) };
                        latest_promises.insert(subject, later);
                        if failure.note(self.complete_superseded(tenant, &earlier.1).await) == Some(true) {
                            completed_count += 1;
                        }
                    }
                    Some(ItemFate::Kept) | None => {}
                }
            }
        }
        Ok(completed_count)
    }

    /// Takes an item off the list whose promise was made anew, unless somebody has it; whether it was.
    async fn complete_superseded(&self, tenant: &TenantId, id: &WorkItemId) -> Result<bool, ServiceError> {
        let item = self.store.work_item_of(tenant, &ScoreSubject::WorkItem(id.clone())).await?;
        match item.filter(|item| !item.is_held(self.now())) {
            Some(item) => self.complete_unheld(tenant, item, CompletionResult::NotNeeded).await,
            None => Ok(false),
        }
    }

    /// Scores the item of a message again, or takes it off the list.
    async fn refresh_message_item(
        &self,
        tenant: &TenantId,
        id: &WorkItemId,
        models: &ActiveModels,
    ) -> Result<ItemFate, ServiceError> {
        let subject = ScoreSubject::WorkItem(id.clone());
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let now = self.now();
            let Some(item) = self.store.work_item_of(tenant, &subject).await? else { return Ok(ItemFate::Kept) };
            let is_held = item.is_held(now);
            let (fate, change) = self.plan_message(tenant, item, models, now).await?;
            let Some((item, score)) = change else { return Ok(fate) };
            if is_held && matches!(fate, ItemFate::Completed) {
                // Whoever has it says what came of it.
                return Ok(ItemFate::Kept);
            }
            let changes = score.map(Change::InsertScore).into_iter().chain([Change::PutWorkItem(item)]).collect();
            match self.commit(tenant, changes).await {
                Ok(()) => return Ok(fate),
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The item of a message as matters stand: completed when its money has come, else scored again; nothing to write when it is as it was.
    pub(in crate::service) async fn plan_message(
        &self,
        tenant: &TenantId,
        item: WorkItem,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<MessagePlan, ServiceError> {
        let Some(message_id) = &item.message_id else { return Ok((ItemFate::Kept, None)) };
        let Some(message) = self.store.message(tenant, message_id).await? else { return Ok((ItemFate::Kept, None)) };
        let Message { id, customer_id, received_at, reading, .. } = &message;
        let today = self.day_of(now);
        let context = self.customer_context(tenant, customer_id.as_ref(), today, reading.contested_amount).await?;
        let received_on = self.day_of(*received_at);
        if has_come(&item, &message, received_on, &context)? {
            let item = completed_item(item, CompletionResult::Settled, now);
            return Ok((ItemFate::Completed, Some((item, None))));
        }
        let waiting = self.waiting_days(Some(&item), now);
        let work = message_work(id, received_on, reading, &context, models, &self.strategy, waiting)?;
        let MessageWork { kind: _, stake, inputs } = work;
        let score = inputs.score(ScoreId::parse(&self.new_id())?, now, models, &self.strategy)?;
        let inputs = inputs.to_json()?;
        let fate = fate_of(&item, &message);
        let subject = ScoreSubject::WorkItem(item.id.clone());
        let latest = self.store.latest_score(tenant, &subject).await?;
        let gate = context.gate_about(&reading.matched_invoice_ids).map(|gate| gate.to_string());
        if item.gate == gate && latest.is_some_and(|latest| is_same_score(&latest, &score, &inputs)) {
            return Ok((fate, None));
        }
        let item = WorkItem {
            currency: stake.map(Money::currency).or(item.currency),
            stake,
            gate,
            priority: score.priority,
            tier: score.tier,
            score_id: Some(score.id.clone()),
            version: item.version + 1,
            ..item
        };
        Ok((fate, Some((item, Some(ScoreRecord { score, subject, inputs })))))
    }
}

/// What an item that stays on the list is to the refresh of the others.
fn fate_of(item: &WorkItem, message: &Message) -> ItemFate {
    match &message.customer_id {
        Some(customer_id) if item.kind == WorkItemKind::PromiseFollowUp && !names_unknown_only(&message.reading) => {
            let mut meant = message.reading.matched_invoice_ids.clone();
            meant.sort();
            ItemFate::FollowsUp((customer_id.clone(), meant), message.received_at)
        }
        Some(_) | None => ItemFate::Kept,
    }
}

/// Whether the money that an item is about has come, so that nothing is left to follow up, apply or grant: the promise that the message
/// made is kept, or nothing is open any more on the invoices that it names. Of a message that names none, when the customer has paid
/// since and nothing from before the message is open. A number that the ledger did not know leaves it unknown. Questions are answered
/// and messages read whatever was paid.
fn has_come(
    item: &WorkItem,
    message: &Message,
    received_on: CivilDate,
    context: &CustomerContext,
) -> Result<bool, ServiceError> {
    match item.kind {
        WorkItemKind::PromiseFollowUp | WorkItemKind::CashApplication | WorkItemKind::PaymentPlan => {}
        WorkItemKind::Dispute | WorkItemKind::OverdueAccount | WorkItemKind::Query | WorkItemKind::Review => {
            return Ok(false);
        }
    }
    let (named, meant) = (&message.reading.invoices, &message.reading.matched_invoice_ids);
    if meant.len() < named.len() {
        return Ok(false);
    }
    let promise_id = PromiseId::parse(item.id.as_str())?;
    if context.histories.iter().any(|account| account.promises().is_kept(&promise_id)) {
        return Ok(true);
    }
    if !meant.is_empty() {
        return Ok(!context.open_invoices().any(|(_, position)| meant.contains(&position.invoice.id)));
    }
    let paid_on = context.histories.iter().filter_map(|account| account.last_payment_on()).max();
    let is_open = context.open_invoices().any(|(_, position)| position.invoice.issued_on <= received_on);
    Ok(paid_on.is_some_and(|paid_on| paid_on >= received_on) && !is_open)
}
