//! Reports: ageing, collection metrics and disputes of a period.

mod metrics;

use std::collections::BTreeMap;

use super::context::position_of;
use super::limits::{REPORT_CUSTOMERS_DEFAULT, REPORT_CUSTOMERS_MAX, REPORT_DAYS_MAX};
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::ids::{CustomerId, TenantId};
use crate::domain::money::{Currency, Money};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation};
use crate::ledger::ageing::Ageing;
use crate::ledger::position::AccountPosition;
use crate::store::{AccountKey, AccountRecord};
use metrics::{Receivables, dispute_items, receivables_of};

/// Asks for an ageing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeingQuery {
    /// The day looked at; absent means today.
    pub as_of: Option<CivilDate>,
    /// Only this currency.
    pub currency: Option<Currency>,
    /// Most customers listed for a currency; absent means the default.
    pub customer_limit: Option<usize>,
}

/// An ageing.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeingReport {
    /// The day looked at.
    pub as_of: CivilDate,
    /// One for each currency, by code.
    pub currencies: Vec<CurrencyAgeing>,
}

/// The ageing of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyAgeing {
    /// The currency.
    pub currency: Currency,
    /// All customers together.
    pub total: Ageing,
    /// Customers with something open.
    pub customer_count: u64,
    /// Open invoices.
    pub invoice_count: u64,
    /// The customers with the largest overdue amounts.
    pub customers: Vec<CustomerAgeing>,
}

/// The ageing of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerAgeing {
    /// The customer.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// Their ageing.
    pub ageing: Ageing,
}

/// Asks for the metrics of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsQuery {
    /// First day.
    pub from_on: CivilDate,
    /// Last day.
    pub to_on: CivilDate,
    /// Only this currency.
    pub currency: Option<Currency>,
    /// How sales enter the CEI.
    pub cei_sales: CeiSales,
}

/// How the sales of the period enter the collection effectiveness index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CeiSales {
    /// In full: the usual formula.
    Whole,
    /// Divided by the months of the period, as a published variant does.
    Monthly,
}

/// The metrics of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionMetrics {
    /// Receivables at the start of the period (BR).
    pub beginning_receivables: Money,
    /// Credit sales of the period (S).
    pub sales: Money,
    /// Receivables at the end of the period (ETR).
    pub ending_receivables: Money,
    /// Receivables at the end that are not past due (ECR).
    pub ending_current_receivables: Money,
    /// Days of the period (D).
    pub day_count: u32,
    /// Collection effectiveness index; absent when its divisor is 0.
    pub cei: Option<f64>,
    /// Days sales outstanding; absent without sales.
    pub dso_days: Option<f64>,
    /// Best possible DSO; absent without sales.
    pub best_possible_dso_days: Option<f64>,
    /// Average days delinquent; absent without sales.
    pub average_days_delinquent: Option<f64>,
}

/// The disputes about one item.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeItemReport {
    /// The item.
    pub contested_item: ItemCode,
    /// Disputes raised.
    pub raised_count: u64,
    /// Of these, still open.
    pub open_count: u64,
    /// Of the decided ones, those in which the customer was right in full or part.
    pub valid_count: u64,
    /// Median days from raised to decided; absent when none was decided.
    pub cycle_days_median: Option<f64>,
    /// 90th percentile of those days.
    pub cycle_days_p90: Option<f64>,
}

impl Service {
    /// Open amounts by days past due, in all and by customer.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn ageing_report(&self, tenant: &TenantId, query: &AgeingQuery) -> Result<AgeingReport, ServiceError> {
        let AgeingQuery { as_of, currency, customer_limit } = query;
        let as_of = as_of.unwrap_or_else(|| self.today());
        let limit = customer_limit.unwrap_or(REPORT_CUSTOMERS_DEFAULT);
        if limit == 0 || limit > REPORT_CUSTOMERS_MAX {
            return Err(Violation::new("customer_limit", limit, format!("1 to {REPORT_CUSTOMERS_MAX}")).into());
        }
        let mut by_currency: BTreeMap<Currency, CurrencyAgeing> = BTreeMap::new();
        let mut after = None;
        while let Some(mut accounts) = self.next_accounts(tenant, &mut after).await? {
            accounts.retain(|account| currency.is_none_or(|currency| currency == account.currency));
            let fold = move || {
                let with_position = |account: AccountRecord| {
                    let position = position_of(&account, as_of);
                    (account.customer.id, account.customer.name, position)
                };
                accounts.into_iter().map(with_position).collect::<Vec<_>>()
            };
            for (customer_id, customer_name, position) in on_blocking_thread("folding accounts", fold).await? {
                add_to_ageing(&mut by_currency, customer_id, customer_name, &position, limit);
            }
        }
        let mut currencies: Vec<CurrencyAgeing> = by_currency.into_values().collect();
        for currency in &mut currencies {
            keep_most_overdue(&mut currency.customers, limit);
        }
        Ok(AgeingReport { as_of, currencies })
    }

    /// CEI, DSO, best possible DSO and ADD of a period, by currency.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn collection_metrics(
        &self,
        tenant: &TenantId,
        query: &MetricsQuery,
    ) -> Result<Vec<CollectionMetrics>, ServiceError> {
        let MetricsQuery { from_on, to_on, currency, cei_sales } = *query;
        check_period(from_on, to_on)?;
        let mut by_currency: BTreeMap<Currency, Receivables> = BTreeMap::new();
        let mut after: Option<AccountKey> = None;
        while let Some(mut accounts) = self.next_accounts(tenant, &mut after).await? {
            accounts.retain(|account| currency.is_none_or(|currency| currency == account.currency));
            let fold = move || {
                let of_account = |account: AccountRecord| (account.currency, receivables_of(&account, from_on, to_on));
                accounts.into_iter().map(of_account).collect::<Vec<_>>()
            };
            for (currency, receivables) in on_blocking_thread("folding accounts", fold).await? {
                by_currency.entry(currency).or_default().add(&receivables);
            }
        }
        let day_count = u32::try_from(to_on.days_since(from_on) + 1).unwrap_or(1);
        let metrics =
            |(currency, receivables): (Currency, Receivables)| receivables.metrics(currency, day_count, cei_sales);
        Ok(by_currency.into_iter().map(metrics).collect())
    }

    /// The disputes raised in a period by contested item, the most frequent first.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn dispute_report(
        &self,
        tenant: &TenantId,
        from_on: CivilDate,
        to_on: CivilDate,
    ) -> Result<Vec<DisputeItemReport>, ServiceError> {
        check_period(from_on, to_on)?;
        let mut raised = Vec::new();
        let mut after = None;
        while let Some(page) = self.next_disputes(tenant, &mut after).await? {
            raised
                .extend(page.into_iter().filter(|dispute| from_on <= dispute.opened_on && dispute.opened_on <= to_on));
        }
        Ok(dispute_items(&raised))
    }
}

fn check_period(from_on: CivilDate, to_on: CivilDate) -> Result<(), ServiceError> {
    let mut gather = Gather::default();
    let days = to_on.days_since(from_on);
    if !(0..=REPORT_DAYS_MAX).contains(&days) {
        let expected = format!("a day from {from_on} and at most {REPORT_DAYS_MAX} days after it");
        gather.push(Violation::new("to_on", to_on, expected));
    }
    gather.finish()?;
    Ok(())
}

fn add_to_ageing(
    by_currency: &mut BTreeMap<Currency, CurrencyAgeing>,
    customer_id: CustomerId,
    customer_name: String,
    position: &AccountPosition,
    limit: usize,
) {
    if position.invoices.is_empty() {
        return;
    }
    let entry = by_currency.entry(position.currency).or_insert_with(|| CurrencyAgeing {
        currency: position.currency,
        total: Ageing::default(),
        customer_count: 0,
        invoice_count: 0,
        customers: Vec::new(),
    });
    entry.total.merge(&position.ageing);
    entry.customer_count += 1;
    entry.invoice_count += u64::try_from(position.invoices.len()).unwrap_or(u64::MAX);
    entry.customers.push(CustomerAgeing { customer_id, customer_name, ageing: position.ageing });
    if entry.customers.len() > limit * 2 {
        keep_most_overdue(&mut entry.customers, limit);
    }
}

fn keep_most_overdue(customers: &mut Vec<CustomerAgeing>, limit: usize) {
    customers.sort_by(|a, b| {
        let by_overdue = b.ageing.overdue_minor().cmp(&a.ageing.overdue_minor());
        by_overdue.then_with(|| a.customer_id.cmp(&b.customer_id))
    });
    customers.truncate(limit);
}
