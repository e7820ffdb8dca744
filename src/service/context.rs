//! What is known of a customer on a day: who they are, where their accounts stand, and how past disputes ended.

use std::collections::{BTreeMap, BTreeSet};

use super::fx::BaseRates;
use super::{Service, ServiceError};
use crate::domain::customer::Customer;
use crate::domain::dispute::Dispute;
use crate::domain::gate::Gate;
use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::features::model_rates::DISPUTE_CURRENCY;
use crate::ledger::history::AccountHistory;
use crate::ledger::position::{AccountPosition, InvoicePosition};
use crate::ledger::record::DisputeRecord;
use crate::store::{AccountRecord, KnownCustomer};

/// Latest decided disputes of a customer that are looked at for how past ones ended.
const PAST_DISPUTES_MAX: usize = 200;
/// Stands for the id of a sender whom nobody knows.
const UNKNOWN_CUSTOMER_ID: &str = "unknown";
/// Events that are folded at once without leaving the asynchronous thread.
const EVENTS_FOLDED_INLINE_MAX: usize = 2_000;

/// What is known of a customer on a day.
#[derive(Debug, Clone)]
pub(super) struct CustomerContext {
    /// The day.
    pub as_of: CivilDate,
    /// The customer, when the ledger knows them.
    pub customer: Option<Customer>,
    /// The same, or a stand-in of whom only an id is known.
    pub subject: Customer,
    /// Their accounts by currency, folded up to the day.
    pub histories: Vec<AccountHistory>,
    /// Where those accounts stand.
    pub positions: Vec<AccountPosition>,
    /// Their disputes, but for those that were known to be entered in error.
    pub disputes: Vec<DisputeRecord>,
    /// The open ones of them as they are stored, the oldest first.
    pub open_disputes: Vec<Dispute>,
    /// How many disputes were opened when the open ones were read.
    pub opened_dispute_count: i64,
    /// Rates of the currencies met so far.
    pub rates: BaseRates,
}

impl CustomerContext {
    /// Every open invoice with the currency of its account.
    pub(super) fn open_invoices(&self) -> impl Iterator<Item = (Currency, &InvoicePosition)> {
        self.positions.iter().flat_map(|position| position.invoices.iter().map(|invoice| (position.currency, invoice)))
    }

    /// The currency in which most is open, by value in the base currency.
    pub(super) fn main_currency(&self) -> Option<Currency> {
        main_position(&self.positions, &self.rates).map(|position| position.currency)
    }

    /// What is open on these invoices and not with lawyers or a court, one amount for each of their currencies; empty when none is known
    /// to be open.
    pub(super) fn open_on(&self, invoice_ids: &[InvoiceId]) -> Vec<Money> {
        let mut open: BTreeMap<Currency, i64> = BTreeMap::new();
        for (currency, position) in self.open_invoices() {
            if invoice_ids.contains(&position.invoice.id) {
                *open.entry(currency).or_default() += position.free_minor();
            }
        }
        open.into_iter().map(|(currency, minor)| Money::from_minor(minor, currency)).collect()
    }

    /// The gate of work about these invoices: all of them that are open are with lawyers or a court, or, where none of them is known to be
    /// open, all that the customer has open.
    pub(super) fn gate_about(&self, invoice_ids: &[InvoiceId]) -> Option<Gate> {
        let is_meant = |invoice: &&InvoicePosition| invoice_ids.contains(&invoice.invoice.id);
        let open: Vec<&InvoicePosition> = self.open_invoices().map(|(_, invoice)| invoice).collect();
        let meant: Vec<&InvoicePosition> = open.iter().copied().filter(is_meant).collect();
        let concerned = if meant.is_empty() { open } else { meant };
        let is_held = !concerned.is_empty() && concerned.iter().all(|invoice| invoice.free_minor() <= 0);
        is_held.then_some(Gate::LegalHold)
    }
}

/// The account in which most is open; the first by currency when several are equal.
pub(super) fn main_position<'a>(positions: &'a [AccountPosition], rates: &BaseRates) -> Option<&'a AccountPosition> {
    let mut best: Option<(&AccountPosition, f64)> = None;
    for position in positions {
        let open_base = rates.minor_in_base(position.open_minor, position.currency);
        if best.is_none_or(|(_, best_open)| open_base > best_open) {
            best = Some((position, open_base));
        }
    }
    best.map(|(position, _)| position)
}

/// The position of an account at the end of `as_of`.
pub(super) fn position_of(account: &AccountRecord, as_of: CivilDate) -> AccountPosition {
    let history = AccountHistory::fold(account.currency, &account.events, as_of);
    AccountPosition::read(&history, as_of)
}

impl Service {
    /// What is known of a customer at the end of `as_of`, of nobody in particular when there is no id; with the rate of the
    /// amount that is contested, if one is.
    pub(super) async fn customer_context(
        &self,
        tenant: &TenantId,
        customer_id: Option<&CustomerId>,
        as_of: CivilDate,
        contested: Option<Money>,
    ) -> Result<CustomerContext, ServiceError> {
        let mut context = CustomerContext {
            as_of,
            customer: None,
            subject: Customer::unnamed(match customer_id {
                Some(customer_id) => customer_id.clone(),
                None => CustomerId::parse(UNKNOWN_CUSTOMER_ID)?,
            }),
            histories: Vec::new(),
            positions: Vec::new(),
            disputes: Vec::new(),
            open_disputes: Vec::new(),
            opened_dispute_count: 0,
            rates: BaseRates::new(self.strategy.base_currency),
        };
        let Some(customer_id) = customer_id else {
            let currencies = contested.map(Money::currency).into_iter().chain([DISPUTE_CURRENCY]);
            self.add_rates(tenant, &mut context.rates, currencies, as_of).await?;
            return Ok(context);
        };
        let known = self.store.known_customer(tenant, customer_id, PAST_DISPUTES_MAX).await?;
        let KnownCustomer { customer, accounts, open_disputes, closed_disputes, opened_dispute_count } = known;
        if let Some(customer) = &customer {
            context.subject = customer.clone();
        }
        context.customer = customer;
        (context.histories, context.positions) = fold_all(accounts, as_of).await?;
        let is_known = |dispute: &&Dispute| dispute.voided_on.is_none_or(|voided_on| voided_on > as_of);
        let disputes = open_disputes.iter().chain(&closed_disputes).filter(is_known);
        context.disputes = disputes.map(|dispute| DisputeRecord::of(dispute.clone(), None)).collect();
        context.open_disputes = open_disputes;
        context.opened_dispute_count = opened_dispute_count;
        let mut currencies: BTreeSet<Currency> = context.positions.iter().map(|position| position.currency).collect();
        currencies.extend(contested.map(Money::currency));
        currencies.insert(DISPUTE_CURRENCY);
        currencies.extend(context.customer.iter().filter_map(|customer| customer.annual_revenue).map(Money::currency));
        self.add_rates(tenant, &mut context.rates, currencies, as_of).await?;
        Ok(context)
    }
}

async fn fold_all(
    accounts: Vec<AccountRecord>,
    as_of: CivilDate,
) -> Result<(Vec<AccountHistory>, Vec<AccountPosition>), ServiceError> {
    let event_count: usize = accounts.iter().map(|account| account.events.len()).sum();
    let fold = move || {
        let histories: Vec<AccountHistory> =
            accounts.iter().map(|account| AccountHistory::fold(account.currency, &account.events, as_of)).collect();
        let positions = histories.iter().map(|history| AccountPosition::read(history, as_of)).collect();
        (histories, positions)
    };
    if event_count <= EVENTS_FOLDED_INLINE_MAX {
        return Ok(fold());
    }
    super::on_blocking_thread("folding an account", fold).await
}
