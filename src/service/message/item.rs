//! The work item that a message becomes when it raises no dispute, or nobody knows whose dispute it is.

use super::promised::{PromisedPart, names_unknown_only, promised_part};
use super::{ScoreMessage, draft_of, readers, sure_intent};
use crate::domain::ids::{DisputeId, MessageId, QueueId, ScoreId, WorkItemId};
use crate::domain::message::{Intent, MessageReading};
use crate::domain::money::Money;
use crate::domain::score::Factor;
use crate::domain::strategy::Strategy;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::Violation;
use crate::domain::work_item::{WorkItem, WorkItemKind};
use crate::model::priority::reference_stake;
use crate::model::text::KNOWN_WORD_SHARE_MIN;
use crate::service::context::CustomerContext;
use crate::service::dispute::opening::{blank_item, invoices_named};
use crate::service::models::ActiveModels;
use crate::service::scoring::{RiskInputs, ScoreInputs};
use crate::service::{Service, ServiceError};
use crate::store::{Change, ScoreRecord, ScoreSubject};

/// Share of what is promised that comes late or never when nobody follows up.
const PROMISE_RISK: f64 = 0.25;
/// The same as long as the day of the promise has not passed, when there is nothing to follow up yet.
const PENDING_PROMISE_RISK: f64 = 0.01;
/// Share of an announced payment that causes needless reminders or stays unapplied.
const REMITTANCE_RISK: f64 = 0.05;
/// Share of the amount in question that comes late or never when a request for a plan stays unanswered.
const PAYMENT_PLAN_RISK: f64 = 0.40;
/// The same for a question.
const QUERY_RISK: f64 = 0.10;
/// The same for a message that wants nothing.
const REVIEW_RISK: f64 = 0.01;

/// A work item with its score.
#[derive(Debug, Clone)]
pub(super) struct MessageItem {
    /// The item.
    pub work_item: WorkItem,
    /// Its score.
    pub score: ScoreRecord,
}

impl MessageItem {
    /// The changes that store the item.
    pub(in crate::service) fn changes(&self) -> Vec<Change> {
        vec![Change::InsertScore(self.score.clone()), Change::PutWorkItem(self.work_item.clone())]
    }
}

/// What kind of work a message received on a day is, and how much of its stake is at risk on a later one. A promise for a day that the
/// strategy does not wait for needs a person at once.
fn kind_and_risk(
    reading: &MessageReading,
    (received_on, on): (CivilDate, CivilDate),
    strategy: &Strategy,
) -> (WorkItemKind, f64) {
    let is_pending = reading.promised_on.is_some_and(|day| day >= on && strategy.awaits_promise(received_on, day));
    match sure_intent(reading) {
        Some(Intent::Dispute) => (WorkItemKind::Dispute, 1.0),
        Some(Intent::PromiseToPay) if is_pending => (WorkItemKind::PromiseFollowUp, PENDING_PROMISE_RISK),
        Some(Intent::PromiseToPay) => (WorkItemKind::PromiseFollowUp, PROMISE_RISK),
        Some(Intent::RemittanceAdvice) => (WorkItemKind::CashApplication, REMITTANCE_RISK),
        Some(Intent::PaymentPlanRequest) => (WorkItemKind::PaymentPlan, PAYMENT_PLAN_RISK),
        Some(Intent::Query) => (WorkItemKind::Query, QUERY_RISK),
        Some(Intent::Other) => (WorkItemKind::Review, REVIEW_RISK),
        None => (WorkItemKind::Review, unsure_risk(reading)),
    }
}

/// Whether the message is in a language that the model of intents has not learned.
fn is_in_unknown_words(reading: &MessageReading) -> bool {
    reading.intent.known_word_share < KNOWN_WORD_SHARE_MIN
}

/// A message that the model was not sure of is at risk by how likely it wants something after all, and one in unknown words as a dispute.
fn unsure_risk(reading: &MessageReading) -> f64 {
    if is_in_unknown_words(reading) {
        return PAYMENT_PLAN_RISK;
    }
    let expected: f64 = reading
        .intent
        .labels
        .iter()
        .map(|graded| {
            let risk = match graded.label {
                Intent::Dispute => PAYMENT_PLAN_RISK,
                Intent::PromiseToPay => PROMISE_RISK,
                Intent::RemittanceAdvice => REMITTANCE_RISK,
                Intent::PaymentPlanRequest => PAYMENT_PLAN_RISK,
                Intent::Query => QUERY_RISK,
                Intent::Other => REVIEW_RISK,
            };
            risk * graded.probability
        })
        .sum();
    expected.clamp(REVIEW_RISK, PAYMENT_PLAN_RISK)
}

/// What a message is about in money: the sum promised, the invoices meant, or all that is overdue where that is what a customer
/// speaks of.
fn stake_of(kind: WorkItemKind, reading: &MessageReading, context: &CustomerContext) -> Option<Money> {
    if let (WorkItemKind::PromiseFollowUp, PromisedPart::Sum(sum)) = (kind, promised_part(reading, context)) {
        return Some(sum);
    }
    let meant = context.rates.together(&context.open_on(&reading.matched_invoice_ids));
    match kind {
        WorkItemKind::PromiseFollowUp | WorkItemKind::PaymentPlan if !names_unknown_only(reading) => {
            meant.or_else(|| {
                let currency = context.main_currency()?;
                let position = context.positions.iter().find(|position| position.currency == currency)?;
                let overdue_minor = position.collectable_overdue_minor;
                (overdue_minor > 0).then(|| Money::from_minor(overdue_minor, currency))
            })
        }
        WorkItemKind::PromiseFollowUp
        | WorkItemKind::PaymentPlan
        | WorkItemKind::CashApplication
        | WorkItemKind::Query
        | WorkItemKind::Dispute
        | WorkItemKind::OverdueAccount => meant,
        WorkItemKind::Review => None,
    }
}

/// What the item of a message is about as matters stand, and what its score is made from.
pub(super) struct MessageWork {
    /// What kind of work.
    pub kind: WorkItemKind,
    /// What it is about in money, when known.
    pub stake: Option<Money>,
    /// What its score is made from.
    pub inputs: ScoreInputs,
}

/// The work that a message received on a day makes, of which the customer's context says how matters stand.
pub(super) fn message_work(
    message_id: &MessageId,
    received_on: CivilDate,
    reading: &MessageReading,
    context: &CustomerContext,
    models: &ActiveModels,
    strategy: &Strategy,
    waiting_days: u32,
) -> Result<MessageWork, Violation> {
    let (kind, risk) = kind_and_risk(reading, (received_on, context.as_of), strategy);
    let read_by = readers(reading);
    if kind == WorkItemKind::Dispute {
        let draft = draft_of(DisputeId::parse(message_id.as_str())?, reading, received_on, context)?;
        let inputs = draft.score_inputs(context, strategy, &models.taxonomy.codes, waiting_days, read_by);
        return Ok(MessageWork { kind, stake: draft.contested(context), inputs });
    }
    let stake = stake_of(kind, reading, context);
    let values = stake.map(|stake| (Factor::Stake, stake.to_string())).into_iter().collect();
    let stake_base = stake.map_or_else(|| reference_stake(kind, strategy), |stake| context.rates.in_base(stake));
    let risk = RiskInputs::Estimate { stake_base, probability: risk };
    let inputs = ScoreInputs { kind, waiting_days, values, risk, read_by, is_parting: false };
    Ok(MessageWork { kind, stake, inputs })
}

fn summary_of(kind: WorkItemKind, reading: &MessageReading, message: &ScoreMessage, who: Option<&str>) -> String {
    let what = match kind {
        WorkItemKind::Dispute => "Dispute of an unknown sender: find out who it is",
        WorkItemKind::OverdueAccount | WorkItemKind::Review => "Message to read",
        WorkItemKind::PromiseFollowUp => "Promise to pay",
        WorkItemKind::CashApplication => "Payment announced",
        WorkItemKind::PaymentPlan => "Request for a payment plan",
        WorkItemKind::Query => "Question",
    };
    let mut summary = what.to_owned();
    if let Some(who) = who.or_else(|| message.customer_id.as_ref().map(|id| id.as_str())) {
        summary.push_str(" of ");
        summary.push_str(who);
    }
    if let Some(promised_on) = reading.promised_on.filter(|_| kind == WorkItemKind::PromiseFollowUp) {
        summary.push_str(&format!(" for {promised_on}"));
    }
    if is_in_unknown_words(reading) {
        summary.push_str(", in words that the model does not know");
    } else if let Some(graded) = reading.intent.top().filter(|_| reading.intent.abstained) {
        summary.push_str(&format!(", perhaps {} ({:.0} %)", graded.label, graded.probability * 100.0));
    }
    if let Some(named) = invoices_named(reading.invoices.iter().map(String::as_str)) {
        summary.push_str(&format!(", about {named}"));
    }
    summary
}

/// The work item of a message, with its score.
pub(super) fn plan_message_item(
    service: &Service,
    (message_id, queue): (&MessageId, Option<&QueueId>),
    message: &ScoreMessage,
    reading: &MessageReading,
    context: &CustomerContext,
    models: &ActiveModels,
    now: Instant,
) -> Result<MessageItem, ServiceError> {
    let strategy = service.strategy();
    let work = message_work(message_id, context.as_of, reading, context, models, strategy, 0)?;
    let MessageWork { kind, stake, inputs } = work;
    let score = inputs.score(ScoreId::parse(&service.new_id())?, now, models, strategy)?;
    let mut work_item = blank_item(WorkItemId::parse(&service.new_id())?, kind, now, &score);
    let who = context.customer.as_ref().map(|customer| customer.name.as_str());
    work_item.customer_id = message.customer_id.clone();
    work_item.currency = stake.map(Money::currency).or_else(|| context.main_currency());
    work_item.message_id = Some(message_id.clone());
    work_item.queue = queue.cloned();
    work_item.stake = stake;
    work_item.gate = context.gate_about(&reading.matched_invoice_ids).map(|gate| gate.to_string());
    work_item.summary = summary_of(kind, reading, message, who);
    work_item.due_on = reading.promised_on.filter(|_| kind == WorkItemKind::PromiseFollowUp);
    let subject = ScoreSubject::WorkItem(work_item.id.clone());
    Ok(MessageItem { work_item, score: ScoreRecord { score, subject, inputs: inputs.to_json()? } })
}
