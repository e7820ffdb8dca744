//! Items of messages in a refresh: they rank by how matters stand now, and are done when the money that they are about has come.

use std::collections::HashMap;

use super::account_scoring::gate_of_customer;
use super::context::CustomerContext;
use super::dispute_change::completed_item;
use super::error::FirstFailure;
use super::limits::COMMIT_ATTEMPTS_MAX;
use super::message_item::{MessageWork, message_work};
use super::models::ActiveModels;
use super::opening::waiting_days;
use super::promised::names_unknown_only;
use super::refresh::is_same_score;
use super::{Service, ServiceError};
use crate::domain::ids::{CustomerId, InvoiceId, PromiseId, ScoreId, TenantId, WorkItemId};
use crate::domain::message::Message;
use crate::domain::money::Money;
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemKind};
use crate::store::{Change, ScoreRecord, ScoreSubject, StoreError};

/// What a promise is about: whose it is, and the invoices that it names, in order.
type PromiseSubject = (CustomerId, Vec<InvoiceId>);

/// What became of one item in a refresh.
enum ItemFate {
    /// It is off the list.
    Completed,
    /// It follows up a promise about this.
    FollowsUp(PromiseSubject),
    /// It is other work.
    Kept,
}

impl Service {
    /// Scores every open item that a message made again, but for those of disputes, and takes those off the list whose money has
    /// come, and promises in whose place the customer has made another; how many were taken off.
    pub(super) async fn refresh_message_items(
        &self,
        tenant: &TenantId,
        models: &ActiveModels,
        failure: &mut FirstFailure,
    ) -> Result<u64, ServiceError> {
        let mut completed_count = 0;
        let mut latest_promises: HashMap<PromiseSubject, WorkItemId> = HashMap::new();
        let mut after = None;
        while let Some(items) = self.next_message_items(tenant, &mut after).await? {
            for item in items {
                match failure.note(self.refresh_message_item(tenant, &item.id, models).await) {
                    Some(ItemFate::Completed) => completed_count += 1,
                    Some(ItemFate::FollowsUp(subject)) => {
                        let earlier = latest_promises.insert(subject, item.id);
                        let Some(earlier) = earlier else { continue };
                        if failure.note(self.complete_superseded(tenant, &earlier).await) == Some(true) {
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
        let now = self.now();
        let item = self.store.work_item_of(tenant, &ScoreSubject::WorkItem(id.clone())).await?;
        let Some(item) = item.filter(|item| !item.is_held(now)) else { return Ok(false) };
        let item = completed_item(item, CompletionResult::NotNeeded, now);
        match self.store.commit(tenant, vec![Change::PutWorkItem(item)]).await {
            Ok(()) => {
                self.tell_of_change(tenant, id);
                Ok(true)
            }
            // Somebody works on it at this moment: the next refresh takes it off.
            Err(StoreError::StaleVersion { .. }) => Ok(false),
            Err(error) => Err(error.into()),
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
            let Some(message_id) = &item.message_id else { return Ok(ItemFate::Kept) };
            let Some(message) = self.store.message(tenant, message_id).await? else { return Ok(ItemFate::Kept) };
            let (customer_id, contested) = (message.customer_id.as_ref(), message.reading.contested_amount);
            let context = self.customer_context(tenant, customer_id, now.civil_date(), contested).await?;
            // Whoever has it says what came of it.
            let is_done = !item.is_held(now) && has_come(&item, &message, &context)?;
            let fate = if is_done { ItemFate::Completed } else { fate_of(&item, &message) };
            let changes = if is_done {
                vec![Change::PutWorkItem(completed_item(item, CompletionResult::Settled, now))]
            } else {
                let (received_on, waiting) = (message.received_at.civil_date(), waiting_days(Some(&item), now));
                let work = message_work(
                    &message.id,
                    received_on,
                    &message.reading,
                    &context,
                    models,
                    &self.strategy,
                    waiting,
                )?;
                let MessageWork { kind: _, stake, inputs } = work;
                let score = inputs.score(ScoreId::parse(&self.new_id())?, now, models, &self.strategy)?;
                let inputs = inputs.to_json()?;
                let latest = self.store.latest_score(tenant, &subject).await?;
                let gate = gate_of_customer(&context.positions).map(|gate| gate.to_string());
                if item.gate == gate && latest.is_some_and(|latest| is_same_score(&latest, &score, &inputs)) {
                    return Ok(fate);
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
                let record = ScoreRecord { score, subject: subject.clone(), inputs };
                vec![Change::InsertScore(record), Change::PutWorkItem(item)]
            };
            match self.store.commit(tenant, changes).await {
                Ok(()) => {
                    self.tell_of_change(tenant, id);
                    return Ok(fate);
                }
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What an item that stays on the list is to the refresh of the others.
fn fate_of(item: &WorkItem, message: &Message) -> ItemFate {
    match &message.customer_id {
        Some(customer_id) if item.kind == WorkItemKind::PromiseFollowUp && !names_unknown_only(&message.reading) => {
            let mut meant = message.reading.matched_invoice_ids.clone();
            meant.sort();
            ItemFate::FollowsUp((customer_id.clone(), meant))
        }
        Some(_) | None => ItemFate::Kept,
    }
}

/// Whether the money that an item is about has come, so that nothing is left to follow up, apply or grant: the promise that the message
/// made is kept, or nothing is open any more on the invoices that it names. Of a message that names none, when the customer has paid
/// since and nothing from before the message is open. A number that the ledger did not know leaves it unknown. Questions are answered
/// and messages read whatever was paid.
fn has_come(item: &WorkItem, message: &Message, context: &CustomerContext) -> Result<bool, ServiceError> {
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
    if context.histories.iter().any(|account| account.is_kept(&promise_id)) {
        return Ok(true);
    }
    if !meant.is_empty() {
        return Ok(!context.open_invoices().any(|(_, position)| meant.contains(&position.invoice.id)));
    }
    let received_on = message.received_at.civil_date();
    let paid_on = context.histories.iter().filter_map(|account| account.last_payment_on()).max();
    let is_open = context.open_invoices().any(|(_, position)| position.invoice.issued_on <= received_on);
    Ok(paid_on.is_some_and(|paid_on| paid_on >= received_on) && !is_open)
}
