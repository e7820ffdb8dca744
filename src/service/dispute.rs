//! Disputes: open, show, change and decide them.

mod awaited;
pub(super) mod change;
mod creditable;
pub(super) mod opening;
pub(super) mod refresh;
pub(super) mod scoring;
mod view;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::context::CustomerContext;
use super::idempotency::{keep_answer, request_digest};
use super::limits::{COMMIT_ATTEMPTS_MAX, DISPUTE_FRAME_BYTES, INVOICES_NAMED_MAX};
use super::page::{Page, PageRequest, fitting_count};
use super::view::DisputeView;
use super::{Service, ServiceError};
use crate::domain::dispute::{Dispute, DisputeStatus, PriorityLabel, Resolution, Severity};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, QueueId, RequestId, TenantId, UserId};
use crate::domain::money::{Currency, Money};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::{Gather, Violation};
use crate::store::{DisputeFilter, PageCursor, StoreError};
use opening::{Complaint, DisputePlan};
use scoring::DisputeDraft;

/// A dispute that came without a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenDispute {
    /// Idempotency key.
    #[serde(skip)]
    pub request_id: RequestId,
    /// Who contests.
    pub customer_id: CustomerId,
    /// The invoices meant, at least one.
    pub invoice_ids: Vec<InvoiceId>,
    /// What is contested, a code of the tenant's taxonomy.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much; absent means all that is open on the invoices.
    pub contested_amount: Option<Money>,
    /// Day it was raised; absent means today.
    pub opened_on: Option<CivilDate>,
    /// The queue its work item goes to.
    pub queue: Option<QueueId>,
}

/// The dispute opened or joined.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeOpened {
    /// The dispute.
    pub dispute: DisputeView,
    /// Whether it joined one that was open already.
    pub joined_existing_dispute: bool,
}

/// What is to become of a dispute's assignee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssigneeChange {
    /// Stays who it is.
    Keep,
    /// Nobody.
    Clear,
    /// This person.
    Assign(UserId),
}

/// What is to become of a dispute's contested amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountChange {
    /// Stays what it is.
    Keep,
    /// All that is open on the invoices meant.
    AllOpen,
    /// This much.
    Amount(Money),
}

impl AmountChange {
    /// The new amount, where one is stated.
    pub(super) fn stated(self) -> Option<Money> {
        match self {
            AmountChange::Amount(amount) => Some(amount),
            AmountChange::Keep | AmountChange::AllOpen => None,
        }
    }
}

/// Changes of a dispute; what is absent stays.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateDispute {
    /// Which dispute.
    pub dispute_id: DisputeId,
    /// The version read before; absent overwrites whatever is there.
    pub version: Option<i64>,
    /// New status.
    pub status: Option<DisputeStatus>,
    /// The invoices meant, at least one, corrected by a person.
    pub invoice_ids: Option<Vec<InvoiceId>>,
    /// What is contested, corrected by a person.
    pub contested_item: Option<ItemCode>,
    /// How serious it is, corrected by a person.
    pub severity: Option<Severity>,
    /// How much is contested.
    pub contested_amount: AmountChange,
    /// Who works on it.
    pub assignee: AssigneeChange,
    /// How urgent a person says it is.
    pub priority_label: Option<PriorityLabel>,
    /// Another dispute that a person handles only after this one.
    pub before_dispute_id: Option<DisputeId>,
    /// Check everything, store nothing.
    pub validate_only: bool,
}

/// A decision on a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolveDispute {
    /// Which dispute.
    pub dispute_id: DisputeId,
    /// The version read before; absent overwrites whatever is there.
    pub version: Option<i64>,
    /// How it was decided.
    pub resolution: Resolution,
    /// What is credited; required for a partial credit.
    pub credited_amount: Option<Money>,
    /// Day of the decision; absent means today.
    pub resolved_on: Option<CivilDate>,
}

/// What opening a dispute made; kept with its request id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenedAnswer {
    dispute_id: DisputeId,
    joined_existing_dispute: bool,
}

impl Service {
    /// Opens a dispute, or joins the open one about the same invoices; once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn open_dispute(&self, tenant: &TenantId, request: OpenDispute) -> Result<DisputeOpened, ServiceError> {
        let digest = request_digest("OpenDispute", &request)?;
        if let Some(answer) = self.known_answer::<OpenedAnswer>(tenant, &request.request_id, &digest).await? {
            return self.repeat_opening(tenant, answer).await;
        }
        let now = self.now();
        let today = self.day_of(now);
        let opened_on = request.opened_on.unwrap_or(today);
        let _turn = self.customer_turn(tenant, Some(&request.customer_id)).await;
        let (customer_id, contested) = (Some(&request.customer_id), request.contested_amount);
        let context = self.customer_context(tenant, customer_id, today, contested).await?;
        self.check_opening(tenant, &request, opened_on, &context, today).await?;
        let complaint = Complaint {
            customer_id: request.customer_id.clone(),
            draft: DisputeDraft {
                id: DisputeId::parse(&self.new_id())?,
                contested_item: request.contested_item.clone(),
                severity: request.severity,
                contested_amount: request.contested_amount,
                invoice_ids: request.invoice_ids.clone(),
                opened_on,
                raised_count: 1,
            },
            named_numbers: Vec::new(),
            message_id: None,
            queue: request.queue.clone(),
            read_by: Vec::new(),
        };
        self.commit_opening(tenant, &request.request_id, &digest, &complaint, context, now).await
    }

    async fn commit_opening(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        digest: &str,
        complaint: &Complaint,
        mut context: CustomerContext,
        mut now: Instant,
    ) -> Result<DisputeOpened, ServiceError> {
        let models = self.models_of(tenant);
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            let plan = self.plan_complaint(tenant, complaint, &context, &models, now).await?;
            let mut changes = plan.changes();
            let DisputePlan { dispute, score, work_item: _, joined, opened_count: _ } = plan;
            let answer = OpenedAnswer { dispute_id: dispute.id.clone(), joined_existing_dispute: joined };
            changes.push(keep_answer(request_id, digest, &answer, now)?);
            match self.commit(tenant, changes).await {
                Ok(()) => {
                    self.touch_customer(tenant, Some(&complaint.customer_id));
                    let dispute = self.dispute_with_score(tenant, dispute, Some(score))?;
                    return Ok(DisputeOpened { dispute, joined_existing_dispute: joined });
                }
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {
                    let (customer_id, contested) = (Some(&complaint.customer_id), complaint.draft.contested_amount);
                    context = self.customer_context(tenant, customer_id, context.as_of, contested).await?;
                    // What is scored anew counts as later than what was scored meanwhile.
                    now = self.now();
                }
                Err(StoreError::RequestKnown(request_id)) => {
                    let answer = self.known_answer(tenant, &request_id, digest).await?;
                    let lost = || ServiceError::Stale { resource: "request", id: request_id.to_string() };
                    return self.repeat_opening(tenant, answer.ok_or_else(lost)?).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn repeat_opening(&self, tenant: &TenantId, answer: OpenedAnswer) -> Result<DisputeOpened, ServiceError> {
        let OpenedAnswer { dispute_id, joined_existing_dispute } = answer;
        Ok(DisputeOpened { dispute: self.dispute(tenant, &dispute_id).await?, joined_existing_dispute })
    }

    async fn check_opening(
        &self,
        tenant: &TenantId,
        request: &OpenDispute,
        opened_on: CivilDate,
        context: &CustomerContext,
        today: CivilDate,
    ) -> Result<(), ServiceError> {
        let mut gather = Gather::default();
        gather.take(self.taxonomy_of(tenant).codes.check("contested_item", &request.contested_item));
        check_amount(&mut gather, "contested_amount", request.contested_amount);
        if opened_on > today {
            gather.push(Violation::new("opened_on", opened_on, format!("a day up to {today}")));
        }
        let invoice_count = request.invoice_ids.len();
        if invoice_count == 0 || invoice_count > INVOICES_NAMED_MAX {
            let expected = format!("1 to {INVOICES_NAMED_MAX} invoices");
            gather.push(Violation::new("invoice_ids", format!("{invoice_count} invoices"), expected));
        }
        if context.customer.is_none() && context.positions.is_empty() {
            gather.push(Violation::new("customer_id", &request.customer_id, "a customer of the ledger"));
        } else if invoice_count <= INVOICES_NAMED_MAX {
            let amount = ("contested_amount", request.contested_amount);
            self.check_invoices(&mut gather, tenant, &request.customer_id, &request.invoice_ids, amount).await?;
        }
        gather.finish()?;
        Ok(())
    }

    /// Notes every invoice that is not known or belongs to somebody else, and an amount, by its field, that is not in the one currency
    /// of them all.
    pub(super) async fn check_invoices(
        &self,
        gather: &mut Gather,
        tenant: &TenantId,
        customer_id: &CustomerId,
        invoice_ids: &[InvoiceId],
        (field, amount): (&str, Option<Money>),
    ) -> Result<(), ServiceError> {
        let owners = self.store.invoice_owners(tenant, invoice_ids).await?;
        let is_theirs = |id: &InvoiceId| owners.get(id).is_some_and(|(owner, _)| owner == customer_id);
        for (index, id) in invoice_ids.iter().enumerate().filter(|(_, id)| !is_theirs(id)) {
            let expected = format!("an invoice of customer `{customer_id}` that the ledger knows");
            gather.push(Violation::new(format!("invoice_ids[{index}]"), id, expected));
        }
        let mut seen = HashSet::new();
        for (index, id) in invoice_ids.iter().enumerate().filter(|(_, id)| !seen.insert(*id)) {
            gather.push(Violation::new(format!("invoice_ids[{index}]"), id, "each invoice once"));
        }
        check_currency(gather, &owners, field, amount);
        Ok(())
    }

    /// The dispute with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn dispute(&self, tenant: &TenantId, id: &DisputeId) -> Result<DisputeView, ServiceError> {
        let dispute = self.stored_dispute(tenant, id).await?;
        self.show_dispute(tenant, dispute).await
    }

    pub(super) async fn stored_dispute(&self, tenant: &TenantId, id: &DisputeId) -> Result<Dispute, ServiceError> {
        let dispute = self.store.dispute(tenant, id).await?;
        dispute.ok_or_else(|| ServiceError::NotFound { resource: "dispute", id: id.to_string() })
    }

    /// A page of disputes, the most urgent first, then the newest; it ends early rather than hold more than
    /// [`PAGE_BYTES_MAX`](super::limits::PAGE_BYTES_MAX).
    ///
    /// # Errors
    /// When the token is none of ours or the filter changed, or the storage fails.
    pub async fn list_disputes(
        &self,
        tenant: &TenantId,
        filter: &DisputeFilter,
        page: &PageRequest,
    ) -> Result<Page<DisputeView>, ServiceError> {
        let start = page.start(filter, self.now())?;
        let mut ranked = self.store.ranked_disputes(tenant, filter, start.cursor.as_ref(), page.size() + 1).await?;
        let fitting_count = fitting_count(ranked.iter().map(|ranked| bytes_of(&ranked.dispute)), page.size());
        let has_more = ranked.len() > fitting_count;
        ranked.truncate(fitting_count);
        let next_token = match ranked.last().filter(|_| has_more) {
            Some(last) => start.next_token(PageCursor { key: last.priority, id: last.dispute.id.to_string() }),
            None => String::new(),
        };
        let items = self.show_disputes(tenant, ranked.into_iter().map(|ranked| ranked.dispute).collect()).await?;
        Ok(Page { items, next_token })
    }
}

/// What a dispute takes in a page, about.
fn bytes_of(dispute: &Dispute) -> usize {
    DISPUTE_FRAME_BYTES + dispute.invoice_ids.iter().map(|id| id.as_str().len()).sum::<usize>()
}

/// Notes an amount that is not in the one currency of the invoices, when there are any: of which of several it would be a part, nobody
/// knows.
pub(super) fn check_currency(
    gather: &mut Gather,
    owners: &HashMap<InvoiceId, (CustomerId, Money)>,
    field: &str,
    amount: Option<Money>,
) {
    let currencies: BTreeSet<Currency> = owners.values().map(|(_, gross)| gross.currency()).collect();
    let Some(amount) = amount.filter(|amount| currencies.iter().any(|currency| *currency != amount.currency())) else {
        return;
    };
    let expected = if currencies.len() == 1 {
        "an amount in the currency of the invoices".to_owned()
    } else {
        let named: Vec<String> = currencies.iter().map(Currency::to_string).collect();
        format!("no amount, or invoices of its currency only: these are in {}", named.join(" and "))
    };
    gather.push(Violation::new(field, amount, expected));
}

/// Notes an amount that is not above 0.
pub(super) fn check_amount(gather: &mut Gather, field: &str, amount: Option<Money>) {
    if let Some(amount) = amount.filter(|amount| amount.minor() <= 0) {
        gather.push(Violation::new(field, amount, "an amount above 0"));
    }
}
