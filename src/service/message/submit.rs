//! Submitting messages: each becomes a dispute or the work item that fits it, exactly once.

use serde::{Deserialize, Serialize};

use super::item::{MessageItem, plan_message_item};
use super::promised::{PromisedPart, promised_part};
use super::{ScoreMessage, Submission, SubmitMessage, draft_of, readers, sure_intent};
use crate::domain::ids::{DisputeId, MessageId, PromiseId, QueueId, TenantId, WorkItemId};
use crate::domain::invoice::Promise;
use crate::domain::message::{Intent, Message, MessageReading};
use crate::domain::strategy::Strategy;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::{Violation, Violations};
use crate::service::context::CustomerContext;
use crate::service::dispute::opening::{Complaint, DisputePlan};
use crate::service::idempotency::{keep_answer, request_digest};
use crate::service::limits::COMMIT_ATTEMPTS_MAX;
use crate::service::models::ActiveModels;
use crate::service::{Service, ServiceError};
use crate::store::{Change, StoreError};

/// The content of a submission, from which its digest is made.
#[derive(Serialize)]
struct SubmittedContent<'a> {
    message_id: Option<&'a MessageId>,
    message: &'a ScoreMessage,
    queue: Option<&'a QueueId>,
}

/// What a submission made; kept with its request id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SubmissionAnswer {
    message_id: MessageId,
    dispute_id: Option<DisputeId>,
    joined_existing_dispute: bool,
    work_item_id: Option<WorkItemId>,
}

/// What a submission will make.
struct SubmissionPlan {
    answer: SubmissionAnswer,
    reading: MessageReading,
    outcome: PlannedOutcome,
    changes: Vec<Change>,
}

/// What a message becomes.
enum PlannedOutcome {
    Dispute(Box<DisputePlan>),
    Item(Box<MessageItem>),
}

/// A message that has been read, with everything that its plan needs.
struct ReadSubmission<'a> {
    submission: &'a SubmitMessage,
    digest: &'a str,
    context: CustomerContext,
    models: &'a ActiveModels,
    reading: MessageReading,
    received_at: Instant,
    received_on: CivilDate,
    now: Instant,
}

/// Violations of the message by the path that it has in a submission.
fn in_message(Violations(violations): Violations) -> Violations {
    let within = |violation: Violation| Violation { field: format!("message.{}", violation.field), ..violation };
    Violations(violations.into_iter().map(within).collect())
}

impl Service {
    /// Takes in a message for good, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn submit_message(
        &self,
        tenant: &TenantId,
        submission: SubmitMessage,
    ) -> Result<Submission, ServiceError> {
        let SubmitMessage { request_id, message_id, message, queue, validate_only } = &submission;
        message.validate().map_err(in_message)?;
        let content = SubmittedContent { message_id: message_id.as_ref(), message, queue: queue.as_ref() };
        let digest = request_digest("SubmitMessage", &content)?;
        if let Some(answer) = self.known_answer(tenant, request_id, &digest).await? {
            return self.repeat_submission(tenant, answer).await;
        }
        let now = self.now();
        let received_at = message.received_at.unwrap_or(now);
        let (received_on, today) = (self.day_of(received_at), self.day_of(now));
        if received_on > today {
            let expected = format!("an instant up to {today}");
            return Err(Violation::new("message.received_at", received_at, expected).into());
        }
        let _turn = self.customer_turn(tenant, message.customer_id.as_ref()).await;
        let mut context = self.customer_context(tenant, message.customer_id.as_ref(), received_on, None).await?;
        let models = self.models_of(tenant);
        let reading = self.read_message(&models, &context, message, received_on).await?;
        let currencies = reading.contested_amount.map(|amount| amount.currency());
        self.add_rates(tenant, &mut context.rates, currencies, received_on).await?;
        let read = ReadSubmission {
            submission: &submission,
            digest: &digest,
            context,
            models: &models,
            reading,
            received_at,
            received_on,
            now,
        };
        if *validate_only {
            if let Some(id) = message_id
                && self.store.message(tenant, id).await?.is_some()
            {
                return Err(ServiceError::ContentConflict { resource: "message", id: id.to_string() });
            }
            let plan = self.plan_submission(tenant, &read).await?;
            return self.preview_submission(tenant, plan, &read.context);
        }
        self.commit_submission(tenant, read).await
    }

    async fn commit_submission(
        &self,
        tenant: &TenantId,
        mut read: ReadSubmission<'_>,
    ) -> Result<Submission, ServiceError> {
        let customer_id = read.submission.message.customer_id.as_ref();
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let mut plan = self.plan_submission(tenant, &read).await?;
            match self.commit(tenant, std::mem::take(&mut plan.changes)).await {
                Ok(()) => {
                    if !read.context.positions.is_empty() {
                        self.touch_customer(tenant, customer_id);
                    }
                    return self.show_submission(tenant, plan, &read.context);
                }
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {
                    let (on, contested) = (read.context.as_of, read.reading.contested_amount);
                    read.context = self.customer_context(tenant, customer_id, on, contested).await?;
                    // What is scored anew counts as later than what was scored meanwhile.
                    read.now = self.now();
                }
                Err(StoreError::RequestKnown(request_id)) => {
                    let answer = self.known_answer(tenant, &request_id, read.digest).await?;
                    let lost = || ServiceError::Stale { resource: "request", id: request_id.to_string() };
                    return self.repeat_submission(tenant, answer.ok_or_else(lost)?).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn plan_submission(
        &self,
        tenant: &TenantId,
        read: &ReadSubmission<'_>,
    ) -> Result<SubmissionPlan, ServiceError> {
        let SubmitMessage { request_id, message_id, message, queue, validate_only: _ } = read.submission;
        let message_id = match message_id {
            Some(message_id) => message_id.clone(),
            None => MessageId::parse(&self.new_id())?,
        };
        let mut changes = Vec::new();
        let contester = message.customer_id.as_ref().filter(|_| sure_intent(&read.reading) == Some(Intent::Dispute));
        let outcome = if let Some(customer_id) = contester {
            let (id, opened_on) = (DisputeId::parse(&self.new_id())?, read.received_on);
            let complaint = Complaint {
                customer_id: customer_id.clone(),
                draft: draft_of(id, &read.reading, opened_on, &read.context)?,
                named_numbers: read.reading.invoices.clone(),
                message_id: Some(message_id.clone()),
                queue: queue.clone(),
                read_by: readers(&read.reading),
            };
            let plan = self.plan_complaint(tenant, &complaint, &read.context, read.models, read.now).await?;
            changes.extend(plan.changes());
            PlannedOutcome::Dispute(Box::new(plan))
        } else {
            let ids = (&message_id, queue.as_ref());
            let item = plan_message_item(self, ids, message, &read.reading, &read.context, read.models, read.now)?;
            changes.extend(item.changes());
            changes.extend(promise_of(read, &self.strategy, &item.work_item.id)?.map(Change::InsertPromise));
            PlannedOutcome::Item(Box::new(item))
        };
        let (dispute_id, joined_existing_dispute, work_item_id) = match &outcome {
            PlannedOutcome::Dispute(plan) => (Some(plan.dispute.id.clone()), plan.joined, plan.work_item.id.clone()),
            PlannedOutcome::Item(item) => (None, false, item.work_item.id.clone()),
        };
        let answer = SubmissionAnswer {
            message_id: message_id.clone(),
            dispute_id: dispute_id.clone(),
            joined_existing_dispute,
            work_item_id: Some(work_item_id.clone()),
        };
        changes.push(Change::InsertMessage(Message {
            id: message_id,
            customer_id: message.customer_id.clone(),
            channel: message.channel,
            subject: message.subject.clone(),
            body: message.body.clone(),
            received_at: read.received_at,
            reading: read.reading.clone(),
            dispute_id,
            work_item_id: Some(work_item_id),
        }));
        changes.push(keep_answer(request_id, read.digest, &answer, read.now)?);
        Ok(SubmissionPlan { answer, reading: read.reading.clone(), outcome, changes })
    }

    fn show_submission(
        &self,
        tenant: &TenantId,
        plan: SubmissionPlan,
        context: &CustomerContext,
    ) -> Result<Submission, ServiceError> {
        let (dispute, work_item, score) = match plan.outcome {
            PlannedOutcome::Dispute(plan) => {
                let DisputePlan { dispute, score, work_item, joined: _, opened_count: _ } = *plan;
                (Some(self.dispute_with_score(tenant, dispute, Some(score.clone()))?), work_item, score)
            }
            PlannedOutcome::Item(item) => {
                let MessageItem { work_item, score } = *item;
                (None, work_item, score)
            }
        };
        let customer_name = context.customer.as_ref().map(|customer| customer.name.clone());
        let work_item = self.work_item_with_score(work_item, customer_name, Some(score));
        Ok(Submission {
            message_id: plan.answer.message_id,
            reading: plan.reading,
            dispute,
            joined_existing_dispute: plan.answer.joined_existing_dispute,
            work_item: Some(work_item),
        })
    }

    /// What a submission would come to; its scores are not stored.
    fn preview_submission(
        &self,
        tenant: &TenantId,
        plan: SubmissionPlan,
        context: &CustomerContext,
    ) -> Result<Submission, ServiceError> {
        let mut shown = self.show_submission(tenant, plan, context)?;
        let of_dispute = shown.dispute.iter_mut().filter_map(|dispute| dispute.priority.as_mut());
        let of_item = shown.work_item.iter_mut().filter_map(|item| item.priority.as_mut());
        for priority in of_dispute.chain(of_item) {
            priority.is_stored = false;
        }
        Ok(shown)
    }

    async fn repeat_submission(&self, tenant: &TenantId, answer: SubmissionAnswer) -> Result<Submission, ServiceError> {
        let SubmissionAnswer { message_id, dispute_id, joined_existing_dispute, work_item_id } = answer;
        let message = self.message(tenant, &message_id).await?;
        let dispute = match &dispute_id {
            Some(dispute_id) => Some(self.dispute(tenant, dispute_id).await?),
            None => None,
        };
        let work_item = match &work_item_id {
            Some(work_item_id) => Some(self.work_item(tenant, work_item_id).await?),
            None => None,
        };
        Ok(Submission { message_id, reading: message.reading, dispute, joined_existing_dispute, work_item })
    }
}

/// The promise that a message makes, when the ledger knows the customer, the day is stated and one that the strategy waits for, and the
/// sum is sure. It has the id of the message's item, which is done when the promise is kept.
fn promise_of(
    read: &ReadSubmission<'_>,
    strategy: &Strategy,
    item_id: &WorkItemId,
) -> Result<Option<Promise>, Violation> {
    let made_on = read.received_on;
    let is_awaited =
        |promised_on: &CivilDate| *promised_on >= made_on && strategy.awaits_promise(made_on, *promised_on);
    let promised_on = read.reading.promised_on.filter(is_awaited);
    let is_promise = sure_intent(&read.reading) == Some(Intent::PromiseToPay);
    let (Some(customer), Some(promised_on), true) = (&read.context.customer, promised_on, is_promise) else {
        return Ok(None);
    };
    let amount = match promised_part(&read.reading, &read.context) {
        PromisedPart::All => None,
        PromisedPart::Sum(sum) => Some(sum),
        PromisedPart::Unsure => return Ok(None),
    };
    Ok(Some(Promise {
        id: PromiseId::parse(item_id.as_str())?,
        customer_id: customer.id.clone(),
        invoice_ids: read.reading.matched_invoice_ids.clone(),
        amount,
        made_on,
        promised_on,
    }))
}
