//! Opening disputes: a new one, or one more complaint about an open one; with its score and its work item.

use super::awaited::{awaited_of, is_awaited};
use super::scoring::DisputeDraft;
use crate::domain::dispute::{Dispute, DisputeStatus};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{
    CustomerId, DisputeId, InvoiceId, MessageId, ModelId, QueueId, ScoreId, TenantId, WorkItemId,
};
use crate::domain::money::Money;
use crate::domain::score::Score;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::work_item::{WorkItem, WorkItemKind, WorkItemState};
use crate::service::context::CustomerContext;
use crate::service::models::ActiveModels;
use crate::service::scoring::ScoreInputs;
use crate::service::worklist::seen::is_present;
use crate::service::{Service, ServiceError};
use crate::store::{Change, ScoreRecord, ScoreSubject};

/// A complaint that is about to become part of a dispute.
#[derive(Debug, Clone)]
pub(in crate::service) struct Complaint {
    /// Who contests.
    pub customer_id: CustomerId,
    /// What is contested.
    pub draft: DisputeDraft,
    /// Invoice numbers that the message names, as written.
    pub named_numbers: Vec<String>,
    /// The message that says so.
    pub message_id: Option<MessageId>,
    /// The queue that the work item goes to.
    pub queue: Option<QueueId>,
    /// The models that read the message.
    pub read_by: Vec<ModelId>,
}

impl Complaint {
    /// Whether an open dispute is about the same: about one of the same invoices, be it one that the ledger does not know yet, or, when
    /// one of them names no invoice, both without an invoice that is known and about the same item.
    fn is_about(&self, dispute: &Dispute) -> bool {
        let DisputeDraft { invoice_ids, contested_item, .. } = &self.draft;
        let awaited = &dispute.awaited_numbers;
        let names_awaited = || self.named_numbers.iter().any(|number| is_awaited(awaited, number));
        if invoice_ids.iter().any(|id| dispute.invoice_ids.contains(id) || is_awaited_id(awaited, id))
            || names_awaited()
        {
            return true;
        }
        invoice_ids.is_empty()
            && dispute.invoice_ids.is_empty()
            && (self.named_numbers.is_empty() || awaited.is_empty())
            && dispute.contested_item == *contested_item
    }
}

fn is_awaited_id(awaited: &[String], id: &InvoiceId) -> bool {
    is_awaited(awaited, id.as_str())
}

/// A dispute with its score and work item, and the changes that store them.
#[derive(Debug, Clone)]
pub(in crate::service) struct DisputePlan {
    /// The dispute as it will be.
    pub dispute: Dispute,
    /// Its score.
    pub score: ScoreRecord,
    /// Its work item.
    pub work_item: WorkItem,
    /// Whether it was open already.
    pub joined: bool,
    /// How many disputes were opened of the customer when the open ones were read.
    pub opened_count: i64,
}

impl DisputePlan {
    /// The changes that store the plan.
    pub(in crate::service) fn changes(&self) -> Vec<Change> {
        let mut changes = vec![
            Change::PutDispute(self.dispute.clone()),
            Change::InsertScore(self.score.clone()),
            Change::PutWorkItem(self.work_item.clone()),
        ];
        if !self.joined {
            let (customer_id, opened_count) = (self.dispute.customer_id.clone(), self.opened_count + 1);
            changes.push(Change::CountOpening { customer_id, opened_count });
        }
        changes
    }
}

/// What a dispute and a further complaint contest together, which is never less than either. No amount is all that is open on the
/// invoices meant, or unknown where there are none. An amount for further invoices comes on top; one for the same invoices is that of
/// the dispute said again, and the larger holds. Amounts that cannot be added leave all that is open.
fn contested_together(dispute: &Dispute, complaint: &DisputeDraft) -> Option<Money> {
    let (before, more) = (dispute.contested_amount, complaint.contested_amount);
    let names_invoices = !(dispute.invoice_ids.is_empty() && complaint.invoice_ids.is_empty());
    match (before, more) {
        (Some(before), Some(more)) if before.currency() != more.currency() => {
            if names_invoices {
                None
            } else {
                Some(before)
            }
        }
        (Some(before), Some(more)) => {
            let is_known = |id| dispute.invoice_ids.contains(id) || is_awaited_id(&dispute.awaited_numbers, id);
            if complaint.invoice_ids.iter().any(|id| !is_known(id)) {
                before.checked_add(more).ok()
            } else {
                Some(if more.minor() > before.minor() { more } else { before })
            }
        }
        (None, _) | (_, None) if names_invoices => None,
        (None, known) | (known, None) => known,
    }
}

impl Service {
    /// Joins the complaint to the oldest open dispute about the same invoices, or opens a new one. When the plan turns out
    /// to be stale, the context is too: it must be read again for the next plan.
    pub(in crate::service) async fn plan_complaint(
        &self,
        tenant: &TenantId,
        complaint: &Complaint,
        context: &CustomerContext,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<DisputePlan, ServiceError> {
        let about_the_same = context.open_disputes.iter().find(|dispute| complaint.is_about(dispute));
        let joined = about_the_same.is_some();
        let dispute = match about_the_same {
            Some(dispute) => joined_dispute(dispute.clone(), complaint, now, self.day_of(now)),
            None => new_dispute(complaint, now, self.day_of(now)),
        };
        let (latest_item, mut read_by) = match joined {
            true => {
                let latest_item = self.latest_item(tenant, &ScoreSubject::Dispute(dispute.id.clone())).await?;
                (latest_item, self.readers_of(tenant, &dispute.id).await?)
            }
            false => (None, Vec::new()),
        };
        for model_id in &complaint.read_by {
            if !read_by.contains(model_id) {
                read_by.push(model_id.clone());
            }
        }
        let is_listed = latest_item.as_ref().is_some_and(is_present);
        let score = self.score_dispute(&dispute, context, latest_item.as_ref(), read_by, models, now)?;
        let mut work_item = self.dispute_item(&dispute, &score.score, context, latest_item, now)?;
        let (told, queue) = (complaint.message_id.clone(), complaint.queue.clone());
        work_item.is_raised |= work_item.is_held(now);
        if is_listed {
            work_item.message_id = work_item.message_id.or(told);
        } else {
            work_item.message_id = told.or(work_item.message_id);
        }
        work_item.queue = queue.or(work_item.queue);
        if work_item.state == WorkItemState::Snoozed {
            work_item.state = WorkItemState::Open;
            work_item.snoozed_until = None;
        }
        Ok(DisputePlan { dispute, score, work_item, joined, opened_count: context.opened_dispute_count })
    }

    /// The models that read the messages of a dispute, as its latest score names them.
    pub(super) async fn readers_of(&self, tenant: &TenantId, id: &DisputeId) -> Result<Vec<ModelId>, ServiceError> {
        match self.store.latest_score(tenant, &ScoreSubject::Dispute(id.clone())).await? {
            Some(latest) => Ok(ScoreInputs::from_json(&latest.inputs)?.read_by),
            None => Ok(Vec::new()),
        }
    }

    /// Scores a dispute as it is now.
    pub(in crate::service) fn score_dispute(
        &self,
        dispute: &Dispute,
        context: &CustomerContext,
        latest_item: Option<&WorkItem>,
        read_by: Vec<ModelId>,
        models: &ActiveModels,
        now: Instant,
    ) -> Result<ScoreRecord, ServiceError> {
        let waiting_days = self.waiting_days(latest_item, now);
        let (draft, taxonomy) = (DisputeDraft::from(dispute), &models.taxonomy.codes);
        let inputs = draft.score_inputs(context, &self.strategy, taxonomy, waiting_days, read_by);
        let score = inputs.score(ScoreId::parse(&self.new_id())?, now, models, &self.strategy)?;
        Ok(ScoreRecord { score, subject: ScoreSubject::Dispute(dispute.id.clone()), inputs: inputs.to_json()? })
    }

    /// The work item of a dispute as it is after scoring: the latest one while it is on the list, or a new one, which keeps the queue and
    /// the message of the one before.
    pub(super) fn dispute_item(
        &self,
        dispute: &Dispute,
        score: &Score,
        context: &CustomerContext,
        latest_item: Option<WorkItem>,
        now: Instant,
    ) -> Result<WorkItem, ServiceError> {
        let stake = DisputeDraft::from(dispute).contested(context);
        let mut item = match latest_item {
            Some(item) if is_present(&item) => WorkItem { version: item.version + 1, ..item },
            before => {
                let id = WorkItemId::parse(&self.new_id())?;
                let mut item = blank_item(id, WorkItemKind::Dispute, now, score);
                item.customer_id = Some(dispute.customer_id.clone());
                item.dispute_id = Some(dispute.id.clone());
                if let Some(before) = before {
                    item.queue = before.queue;
                    item.message_id = before.message_id;
                }
                item
            }
        };
        item.currency = stake.map(Money::currency).or_else(|| context.main_currency());
        item.stake = stake;
        item.gate = context.gate_about(&dispute.invoice_ids).map(|gate| gate.to_string());
        item.assignee = dispute.assignee.clone().or(item.assignee);
        item.priority = score.priority;
        item.tier = score.tier;
        item.score_id = Some(score.id.clone());
        item.summary = summary_of(dispute, context);
        Ok(item)
    }
}

fn new_dispute(complaint: &Complaint, now: Instant, today: CivilDate) -> Dispute {
    let Complaint { customer_id, draft, named_numbers, message_id: _, queue: _, read_by: _ } = complaint;
    Dispute {
        id: draft.id.clone(),
        customer_id: customer_id.clone(),
        invoice_ids: draft.invoice_ids.clone(),
        awaited_numbers: awaited_of(named_numbers, &draft.invoice_ids),
        contested_item: draft.contested_item.clone(),
        severity: draft.severity,
        contested_amount: draft.contested_amount,
        opened_on: draft.opened_on,
        status: DisputeStatus::New,
        resolution: None,
        credited_amount: None,
        resolved_on: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        details_on: Some(today),
        voided_on: None,
        priority_label: None,
        assignee: None,
        updated_at: now,
        version: 1,
    }
}

/// An open work item without a subject yet.
pub(in crate::service) fn blank_item(id: WorkItemId, kind: WorkItemKind, now: Instant, score: &Score) -> WorkItem {
    WorkItem {
        id,
        kind,
        customer_id: None,
        currency: None,
        dispute_id: None,
        message_id: None,
        queue: None,
        assignee: None,
        state: WorkItemState::Open,
        priority: score.priority,
        tier: score.tier,
        stake: None,
        summary: String::new(),
        score_id: Some(score.id.clone()),
        created_at: now,
        due_on: None,
        snoozed_until: None,
        lease: None,
        completed: None,
        gate: None,
        is_raised: false,
        version: 1,
    }
}

fn joined_dispute(dispute: Dispute, complaint: &Complaint, now: Instant, today: CivilDate) -> Dispute {
    let Complaint { customer_id: _, draft, named_numbers, message_id: _, queue: _, read_by: _ } = complaint;
    let contested_amount = contested_together(&dispute, draft);
    let mut joined = dispute.clone();
    for invoice_id in &draft.invoice_ids {
        if !joined.invoice_ids.contains(invoice_id) {
            joined.invoice_ids.push(invoice_id.clone());
        }
    }
    joined.awaited_numbers = awaited_of(joined.awaited_numbers.iter().chain(named_numbers), &joined.invoice_ids);
    if joined.status == DisputeStatus::AwaitingCustomer {
        // The customer has answered.
        joined.status = DisputeStatus::InProgress;
    }
    joined.severity = joined.severity.max(draft.severity);
    joined.contested_amount = contested_amount;
    joined.keep_details(&dispute, today);
    joined.raised_again.add(today, 1);
    joined.updated_at = now;
    joined.version += 1;
    joined
}

/// Invoice numbers named in a summary; the others are counted.
const SUMMARY_INVOICES_MAX: usize = 3;

/// The first of some invoice numbers and how many more there are, as a summary names them; nothing when there are none.
pub(in crate::service) fn invoices_named<'a>(numbers: impl ExactSizeIterator<Item = &'a str>) -> Option<String> {
    let further_count = numbers.len().saturating_sub(SUMMARY_INVOICES_MAX);
    let mut named = numbers.take(SUMMARY_INVOICES_MAX).collect::<Vec<_>>().join(", ");
    if further_count > 0 {
        named.push_str(&format!(" and {further_count} more"));
    }
    (!named.is_empty()).then_some(named)
}

/// What is contested by whom, in a line.
pub(in crate::service) fn summary_of(dispute: &Dispute, context: &CustomerContext) -> String {
    let who = context.customer.as_ref().map_or(dispute.customer_id.as_str(), |customer| customer.name.as_str());
    let mut summary = format!("{} dispute ({}) of {who}", dispute.contested_item, dispute.severity);
    if let Some(named) = invoices_named(dispute.invoice_ids.iter().map(InvoiceId::as_str)) {
        summary.push_str(" about ");
        summary.push_str(&named);
    }
    if dispute.raised_count() > 1 {
        summary.push_str(&format!(", raised {} times", dispute.raised_count()));
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Severity;
    use crate::domain::ids::DisputeId;
    use crate::domain::money::Currency;
    use crate::domain::taxonomy::ItemCode;

    fn complaint(invoices: &[&str], contested_amount: Option<Money>) -> Complaint {
        let now = Instant::parse("now", "2026-03-16T08:00:00Z").unwrap();
        Complaint {
            customer_id: CustomerId::parse("C").unwrap(),
            draft: DisputeDraft {
                id: DisputeId::parse("D").unwrap(),
                contested_item: ItemCode::parse("PRICING").unwrap(),
                severity: Severity::Minor,
                contested_amount,
                invoice_ids: invoices.iter().map(|id| InvoiceId::parse(id).unwrap()).collect(),
                opened_on: now.utc_date(),
                raised_count: 1,
            },
            named_numbers: Vec::new(),
            message_id: None,
            queue: None,
            read_by: Vec::new(),
        }
    }

    #[test]
    fn a_summary_names_a_few_invoices_and_counts_the_others() {
        let named = |numbers: &[&'static str]| invoices_named(numbers.iter().copied());
        assert_eq!(named(&[]), None);
        assert_eq!(named(&["A", "B", "C"]).as_deref(), Some("A, B, C"));
        assert_eq!(named(&["A", "B", "C", "D", "E"]).as_deref(), Some("A, B, C and 2 more"));
    }

    #[test]
    fn a_further_complaint_lowers_nothing() {
        let euros = |minor| Some(Money::from_minor(minor, Currency::EUR));
        let dollars = Some(Money::from_minor(900, Currency::USD));
        let now = Instant::parse("now", "2026-03-16T08:00:00Z").unwrap();
        for (first, second, together) in [
            ((&["A"][..], euros(100)), (&["A"][..], euros(200)), euros(200)),
            ((&["A"], euros(300)), (&["A"], euros(200)), euros(300)),
            ((&["A"], euros(300)), (&["A", "B"], euros(200)), euros(500)),
            ((&["A", "B"], euros(300)), (&["B"], euros(200)), euros(300)),
            ((&["A"], None), (&["A"], euros(200)), None),
            ((&["A"], euros(200)), (&["A"], None), None),
            ((&["A"], euros(100)), (&["A", "U"], dollars), None),
            ((&[], None), (&[], euros(200)), euros(200)),
            ((&[], euros(200)), (&[], None), euros(200)),
            ((&[], euros(100)), (&[], dollars), euros(100)),
        ] {
            let dispute = new_dispute(&complaint(first.0, first.1), now, now.utc_date());
            let joined = joined_dispute(dispute, &complaint(second.0, second.1), now, now.utc_date());
            assert_eq!(joined.contested_amount, together, "{first:?} and {second:?}");
        }
    }
}
