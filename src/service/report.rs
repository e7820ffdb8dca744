//! Reports: ageing, collection metrics and disputes of a period.

use super::{Service, ServiceError, unfinished};
use crate::domain::ids::{CustomerId, TenantId};
use crate::domain::money::{Currency, Money};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::ledger::position::Ageing;

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
    pub async fn ageing_report(&self, _tenant: &TenantId, _query: &AgeingQuery) -> Result<AgeingReport, ServiceError> {
        Err(unfinished())
    }

    /// CEI, DSO, best possible DSO and ADD of a period, by currency.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn collection_metrics(
        &self,
        _tenant: &TenantId,
        _query: &MetricsQuery,
    ) -> Result<Vec<CollectionMetrics>, ServiceError> {
        Err(unfinished())
    }

    /// The disputes raised in a period by contested item, the most frequent first.
    ///
    /// # Errors
    /// When fields cannot be accepted or the storage fails.
    pub async fn dispute_report(
        &self,
        _tenant: &TenantId,
        _from_on: CivilDate,
        _to_on: CivilDate,
    ) -> Result<Vec<DisputeItemReport>, ServiceError> {
        Err(unfinished())
    }
}
