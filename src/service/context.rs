//! What is known of a customer on a day: who they are, where their accounts stand, and how past disputes ended.

use std::collections::BTreeSet;

use super::fx::BaseRates;
use super::{Service, ServiceError};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::ledger::history::AccountHistory;
use crate::ledger::position::{AccountPosition, InvoicePosition};
use crate::store::{AccountRecord, DisputeFilter};

/// Latest disputes of a customer that are looked at for how past ones ended.
const PAST_DISPUTES_MAX: usize = 200;
/// Events that are folded at once without leaving the asynchronous thread.
const EVENTS_FOLDED_INLINE_MAX: usize = 2_000;

/// How a customer's earlier disputes ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PastDisputes {
    /// Those in which it was decided who was right.
    pub decided_count: u32,
    /// Of these, those in which the customer was.
    pub valid_count: u32,
}

/// What is known of a customer on a day.
#[derive(Debug, Clone)]
pub(super) struct CustomerContext {
    /// The day.
    pub as_of: CivilDate,
    /// The customer, when the ledger knows them.
    pub customer: Option<Customer>,
    /// Their accounts by currency.
    pub positions: Vec<AccountPosition>,
    /// Their earlier disputes.
    pub past: PastDisputes,
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

    /// What is open on all accounts, in units of the base currency.
    pub(super) fn open_base(&self) -> f64 {
        self.positions.iter().map(|position| self.rates.minor_in_base(position.open_minor, position.currency)).sum()
    }

    /// What is open on these invoices when all are of one currency; absent when none is known to be open.
    pub(super) fn open_on(&self, invoice_ids: &[InvoiceId]) -> Option<Money> {
        let mut open: Option<Money> = None;
        for (currency, invoice) in self.open_invoices() {
            if invoice_ids.contains(&invoice.invoice.id) {
                let more = Money::from_minor(invoice.invoice.open_minor, currency);
                open = match open {
                    None => Some(more),
                    Some(before) => Some(before.checked_add(more).unwrap_or(before)),
                };
            }
        }
        open
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
    /// What is known of a customer at the end of `as_of`; of nobody in particular when there is no id.
    pub(super) async fn customer_context(
        &self,
        tenant: &TenantId,
        customer_id: Option<&CustomerId>,
        as_of: CivilDate,
    ) -> Result<CustomerContext, ServiceError> {
        let mut context = CustomerContext {
            as_of,
            customer: None,
            positions: Vec::new(),
            past: PastDisputes::default(),
            rates: BaseRates::new(self.strategy.base_currency),
        };
        let Some(customer_id) = customer_id else { return Ok(context) };
        context.customer = self.store.customer(tenant, customer_id).await?;
        let accounts = self.store.accounts_of(tenant, customer_id).await?;
        context.positions = positions_of(accounts, as_of).await?;
        context.past = self.past_disputes(tenant, customer_id, as_of).await?;
        let mut currencies: BTreeSet<Currency> = context.positions.iter().map(|position| position.currency).collect();
        currencies.extend(context.customer.iter().filter_map(|customer| customer.annual_revenue).map(Money::currency));
        self.add_rates(tenant, &mut context.rates, currencies, as_of).await?;
        Ok(context)
    }

    async fn past_disputes(
        &self,
        tenant: &TenantId,
        customer_id: &CustomerId,
        as_of: CivilDate,
    ) -> Result<PastDisputes, ServiceError> {
        let filter = DisputeFilter { customer_id: Some(customer_id.clone()), ..DisputeFilter::default() };
        let mut past = PastDisputes::default();
        for dispute in self.store.disputes(tenant, &filter, None, PAST_DISPUTES_MAX).await? {
            let is_known = dispute.resolved_on.is_some_and(|resolved_on| resolved_on <= as_of);
            let verdict = dispute.resolution.filter(|_| is_known).and_then(|decided| decided.customer_was_right());
            if let Some(customer_was_right) = verdict {
                past.decided_count += 1;
                past.valid_count += u32::from(customer_was_right);
            }
        }
        Ok(past)
    }
}

async fn positions_of(accounts: Vec<AccountRecord>, as_of: CivilDate) -> Result<Vec<AccountPosition>, ServiceError> {
    let event_count: usize = accounts.iter().map(|account| account.events.len()).sum();
    let read = move || accounts.iter().map(|account| position_of(account, as_of)).collect();
    if event_count <= EVENTS_FOLDED_INLINE_MAX {
        return Ok(read());
    }
    super::on_blocking_thread("folding an account", read).await
}
