//! Accounts: their position, their score, and what was agreed with the customer.

pub(super) mod scoring;

use serde::{Deserialize, Serialize};

use super::context::{CustomerContext, main_position};
use super::dispute::check_amount;
use super::idempotency::{keep_answer, request_digest};
use super::limits::{BATCH_COUNT_MAX, INVOICES_NAMED_MAX};
use super::models::ActiveModels;
use super::scoring::ScoreInputs;
use super::view::{AccountScore, AccountView};
use super::worklist::CompleteItem;
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::customer::Customer;
use crate::domain::ids::{ContactId, CustomerId, InvoiceId, PromiseId, RequestId, ScoreId, TenantId, UserId};
use crate::domain::invoice::{
    Contact, ContactChannel, ContactResult, NOTE_BYTES_MAX, PROMISE_DAYS_MAX, Promise, is_promise_near,
};
use crate::domain::money::{Currency, Money};
use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::{Gather, Violation};
use crate::domain::work_item::{CompletionResult, WorkItem, WorkItemKind};
use crate::ledger::history::AccountHistory;
use crate::ledger::position::AccountPosition;
use crate::store::{AccountKey, AccountRecord, Change, ScoreSubject, StoreError};
use scoring::{cash_at_risk, forecasts, gate_of, score_inputs};

/// Names an account on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountQuery {
    /// Whose account.
    pub customer_id: CustomerId,
    /// Its currency; absent means the one in which most is open.
    pub currency: Option<Currency>,
    /// The day looked at; absent means today.
    pub as_of: Option<CivilDate>,
}

/// A contact that took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordContact {
    /// Idempotency key.
    #[serde(skip)]
    pub request_id: RequestId,
    /// Who was contacted.
    pub customer_id: CustomerId,
    /// How.
    pub channel: ContactChannel,
    /// What came of it.
    pub result: ContactResult,
    /// Who made the contact.
    pub user_id: Option<UserId>,
    /// Day of the contact; absent means today.
    pub contacted_on: Option<CivilDate>,
    /// Free text.
    pub note: String,
}

/// A promise that a customer made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordPromise {
    /// Idempotency key.
    #[serde(skip)]
    pub request_id: RequestId,
    /// Who promised.
    pub customer_id: CustomerId,
    /// The invoices meant; empty means all that are open.
    pub invoice_ids: Vec<InvoiceId>,
    /// How much; absent means all of the invoices meant.
    pub amount: Option<Money>,
    /// Day by which payment was promised.
    pub promised_on: CivilDate,
    /// Day the promise was made; absent means today.
    pub made_on: Option<CivilDate>,
}

/// What recording made; kept with its request id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct RecordedAnswer {
    id: String,
}

/// An account scored, with the inputs from which it can be scored again.
pub(super) struct ScoredAccount {
    /// The score as shown.
    pub score: AccountScore,
    /// Its inputs.
    pub inputs: ScoreInputs,
}

impl Service {
    /// The customer with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn customer(&self, tenant: &TenantId, id: &CustomerId) -> Result<Customer, ServiceError> {
        let customer = self.store.customer(tenant, id).await?;
        customer.ok_or_else(|| ServiceError::NotFound { resource: "customer", id: id.to_string() })
    }

    /// The position of an account on a day.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn account(&self, tenant: &TenantId, query: &AccountQuery) -> Result<AccountView, ServiceError> {
        let as_of = query.as_of.unwrap_or_else(|| self.today());
        let context = self.customer_context(tenant, Some(&query.customer_id), as_of, None).await?;
        let position = chosen_position(&context, query)?;
        Ok(AccountView { customer: customer_of(&context, &query.customer_id), position })
    }

    /// Scores an account on a day without storing anything. Today's score counts how long its item has waited on the list, as the worklist
    /// does; on another day nothing has waited.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn score_account(&self, tenant: &TenantId, query: &AccountQuery) -> Result<AccountScore, ServiceError> {
        let now = self.now();
        let as_of = query.as_of.unwrap_or_else(|| self.day_of(now));
        let context = self.customer_context(tenant, Some(&query.customer_id), as_of, None).await?;
        let position = chosen_position(&context, query)?;
        let accounts = self.store.accounts_of(tenant, &query.customer_id).await?;
        let account = accounts.into_iter().find(|account| account.currency == position.currency);
        let account = account.ok_or_else(|| no_account(query))?;
        let key = AccountKey { customer_id: query.customer_id.clone(), currency: position.currency };
        let item = match as_of == self.day_of(now) {
            true => self.store.work_item_of(tenant, &ScoreSubject::Account(key)).await?,
            false => None,
        };
        let waiting = self.waiting_days(item.as_ref(), now);
        let models = self.models_of(tenant);
        let scored = self.score_position(tenant, account, position, context, &models, waiting, now).await?;
        Ok(scored.score)
    }

    /// Scores a position on a blocking thread.
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own that the caller holds already")]
    pub(super) async fn score_position(
        &self,
        tenant: &TenantId,
        account: AccountRecord,
        position: AccountPosition,
        context: CustomerContext,
        models: &ActiveModels,
        waiting_days: u32,
        now: Instant,
    ) -> Result<ScoredAccount, ServiceError> {
        let portfolio = self.portfolio(tenant).await?;
        let (models, strategy) = (models.clone(), self.strategy.clone());
        let score_id = ScoreId::parse(&self.new_id())?;
        let base_currency = self.strategy.base_currency;
        let work = move || {
            let features = models.payment.features(&account, &portfolio, position.as_of);
            let inputs = score_inputs(&position, &features, &context, &strategy, waiting_days);
            let score = inputs.score(score_id, now, &models, &strategy)?;
            let at_risk_base = score.probability * score.stake_base;
            let score = AccountScore {
                forecasts: forecasts(&position, &features, &models, &strategy),
                cash_at_risk: cash_at_risk(at_risk_base, &position, &context.rates),
                priority: super::view::PriorityView { score, is_stored: false, base_currency },
                gate: gate_of(&position, &strategy),
                account: AccountView { customer: account.customer, position },
            };
            Ok(ScoredAccount { score, inputs })
        };
        on_blocking_thread("scoring an account", work).await?
    }

    /// Scores many accounts, each with its own result, in the order given.
    ///
    /// # Errors
    /// When there are more than [`BATCH_COUNT_MAX`].
    pub async fn score_accounts(
        &self,
        tenant: &TenantId,
        queries: Vec<AccountQuery>,
    ) -> Result<Vec<Result<AccountScore, ServiceError>>, ServiceError> {
        if queries.len() > BATCH_COUNT_MAX {
            return Err(ServiceError::Exhausted { what: "a batch of accounts", limit: BATCH_COUNT_MAX });
        }
        let mut results = Vec::with_capacity(queries.len());
        for query in &queries {
            results.push(self.score_account(tenant, query).await);
        }
        Ok(results)
    }

    /// Records a contact, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn record_contact(&self, tenant: &TenantId, request: RecordContact) -> Result<ContactId, ServiceError> {
        let digest = request_digest("RecordContact", &request)?;
        let RecordContact { request_id, customer_id, channel, result, user_id, contacted_on, note } = request;
        if let Some(answer) = self.known_answer::<RecordedAnswer>(tenant, &request_id, &digest).await? {
            return Ok(ContactId::parse(&answer.id)?);
        }
        let today = self.today();
        let contacted_on = contacted_on.unwrap_or(today);
        let mut gather = Gather::default();
        if contacted_on > today {
            gather.push(Violation::new("contacted_on", contacted_on, format!("a day up to {today}")));
        }
        if note.len() > NOTE_BYTES_MAX {
            let found = format!("{} bytes", note.len());
            gather.push(Violation::new("note", found, format!("at most {NOTE_BYTES_MAX} bytes")));
        }
        gather.finish()?;
        self.customer(tenant, &customer_id).await?;
        let id = ContactId::parse(&self.new_id())?;
        let contact = Contact { id, customer_id: customer_id.clone(), channel, result, user_id, contacted_on, note };
        let id = contact.id.to_string();
        let id = self.record_once(tenant, &request_id, &digest, id, Change::InsertContact(contact)).await?;
        self.touch_customer(tenant, Some(&customer_id));
        Ok(ContactId::parse(&id)?)
    }

    /// Records a promise, once for each request id.
    ///
    /// # Errors
    /// When fields cannot be accepted, the request id is known with other content, or the storage fails.
    pub async fn record_promise(&self, tenant: &TenantId, request: RecordPromise) -> Result<PromiseId, ServiceError> {
        let digest = request_digest("RecordPromise", &request)?;
        let RecordPromise { request_id, customer_id, invoice_ids, amount, promised_on, made_on } = request;
        if let Some(answer) = self.known_answer::<RecordedAnswer>(tenant, &request_id, &digest).await? {
            return Ok(PromiseId::parse(&answer.id)?);
        }
        let today = self.today();
        let made_on = made_on.unwrap_or(today);
        let context = self.customer_context(tenant, Some(&customer_id), today, None).await?;
        if context.customer.is_none() {
            return Err(ServiceError::NotFound { resource: "customer", id: customer_id.to_string() });
        }
        let mut gather = Gather::default();
        check_amount(&mut gather, "amount", amount);
        let has_account =
            |amount: &Money| context.positions.iter().any(|account| account.currency == amount.currency());
        if let Some(amount) = amount.filter(|amount| invoice_ids.is_empty() && !has_account(amount)) {
            gather.push(Violation::new(
                "amount",
                amount,
                "an amount in the currency of one of the customer's accounts",
            ));
        }
        if promised_on < made_on || !is_promise_near(made_on, promised_on) {
            let expected = format!("a day from {made_on} to {}", made_on.plus_days(PROMISE_DAYS_MAX));
            gather.push(Violation::new("promised_on", promised_on, expected));
        }
        if made_on > today {
            gather.push(Violation::new("made_on", made_on, format!("a day up to {today}")));
        }
        if invoice_ids.len() > INVOICES_NAMED_MAX {
            let found = format!("{} invoices", invoice_ids.len());
            gather.push(Violation::new("invoice_ids", found, format!("at most {INVOICES_NAMED_MAX} invoices")));
        } else {
            self.check_invoices(&mut gather, tenant, &customer_id, &invoice_ids, ("amount", amount)).await?;
        }
        gather.finish()?;
        let id = PromiseId::parse(&self.new_id())?;
        let promise = Promise { id, customer_id: customer_id.clone(), invoice_ids, amount, made_on, promised_on };
        let id = promise.id.to_string();
        let id = self.record_once(tenant, &request_id, &digest, id, Change::InsertPromise(promise)).await?;
        self.touch_customer(tenant, Some(&customer_id));
        Ok(PromiseId::parse(&id)?)
    }

    /// The refusal to pay that is heard with the completion of a promise's item, as a contact: it ends what the customer promised before.
    /// None when it was recorded as a contact of today already, or the ledger has no account of the customer.
    pub(super) async fn refusal_heard(
        &self,
        tenant: &TenantId,
        item: &WorkItem,
        completion: &CompleteItem,
    ) -> Result<Option<Change>, ServiceError> {
        let is_refusal = item.kind == WorkItemKind::PromiseFollowUp && completion.result == CompletionResult::Refused;
        let Some(customer_id) = item.customer_id.as_ref().filter(|_| is_refusal) else { return Ok(None) };
        let today = self.today();
        let context = self.customer_context(tenant, Some(customer_id), today, None).await?;
        let is_known = |account: &AccountHistory| account.promises().refused_on() == Some(today);
        if context.customer.is_none() || context.histories.is_empty() || context.histories.iter().any(is_known) {
            return Ok(None);
        }
        Ok(Some(Change::InsertContact(Contact {
            id: ContactId::parse(&self.new_id())?,
            customer_id: customer_id.clone(),
            channel: ContactChannel::Call,
            result: ContactResult::Refused,
            user_id: item.lease.as_ref().map(|lease| lease.holder.clone()),
            contacted_on: today,
            note: completion.note.clone(),
        })))
    }

    /// Commits one change with its request id, and returns the id that was given to it the first time: another call with the same
    /// request may have come first.
    async fn record_once(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        digest: &str,
        id: String,
        change: Change,
    ) -> Result<String, ServiceError> {
        let answer = RecordedAnswer { id };
        let kept = keep_answer(request_id, digest, &answer, self.now())?;
        match self.store.commit(tenant, vec![change, kept]).await {
            Ok(()) => Ok(answer.id),
            Err(StoreError::RequestKnown(request_id)) => {
                let answer = self.known_answer::<RecordedAnswer>(tenant, &request_id, digest).await?;
                let lost = || ServiceError::Stale { resource: "request", id: request_id.to_string() };
                Ok(answer.ok_or_else(lost)?.id)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn no_account(query: &AccountQuery) -> ServiceError {
    let id = match query.currency {
        Some(currency) => format!("{} in {currency}", query.customer_id),
        None => query.customer_id.to_string(),
    };
    ServiceError::NotFound { resource: "account", id }
}

fn chosen_position(context: &CustomerContext, query: &AccountQuery) -> Result<AccountPosition, ServiceError> {
    let chosen = match query.currency {
        Some(currency) => context.positions.iter().find(|position| position.currency == currency),
        None => main_position(&context.positions, &context.rates),
    };
    chosen.cloned().ok_or_else(|| no_account(query))
}

fn customer_of(context: &CustomerContext, id: &CustomerId) -> Customer {
    context.customer.clone().unwrap_or_else(|| Customer::unnamed(id.clone()))
}
