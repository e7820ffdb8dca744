//! Reports: ageing, collection metrics and disputes of a period.

use crate::domain::time::CivilDate;
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;
use crate::service::limits::{REPORT_CUSTOMERS_MAX, REPORT_DAYS_MAX};
use crate::service::report::{
    AgeingQuery, AgeingReport, CeiSales, CollectionMetrics, CurrencyAgeing, CustomerAgeing, DisputeItemReport,
    MetricsQuery,
};

use super::account::{ageing_to_pb, count_to_pb};
use super::fields::Fields;
use super::money::money_to_pb;

/// Reads which ageing is asked for.
///
/// # Errors
/// Every violation.
pub fn ageing_from_pb(request: pb::GetAgeingReportRequest) -> Result<AgeingQuery, Violations> {
    let pb::GetAgeingReportRequest { as_of, currency_code, customer_limit } = request;
    let mut fields = Fields::of("");
    let as_of = fields.optional_date("as_of", &as_of);
    let currency = fields.optional_currency("currency_code", &currency_code);
    let customer_limit = fields.take("customer_limit", customer_limit_from_pb(customer_limit));
    fields.finish(|| Some(AgeingQuery { as_of: as_of?, currency: currency?, customer_limit: customer_limit? }))
}

fn customer_limit_from_pb(limit: i32) -> Result<Option<usize>, Violation> {
    match usize::try_from(limit) {
        Ok(0) => Ok(None),
        Ok(limit) if limit <= REPORT_CUSTOMERS_MAX => Ok(Some(limit)),
        Ok(_) | Err(_) => Err(Violation::new("", limit, format!("0 to {REPORT_CUSTOMERS_MAX}"))),
    }
}

/// Reads which metrics are asked for.
///
/// # Errors
/// Every violation.
pub fn metrics_from_pb(request: pb::GetCollectionMetricsRequest) -> Result<MetricsQuery, Violations> {
    let pb::GetCollectionMetricsRequest { from_on, to_on, currency_code, monthly_sales_variant } = request;
    let mut fields = Fields::of("");
    let period = read_period(&mut fields, &from_on, &to_on);
    let currency = fields.optional_currency("currency_code", &currency_code);
    let cei_sales = if monthly_sales_variant { CeiSales::Monthly } else { CeiSales::Whole };
    fields.finish(|| {
        let (from_on, to_on) = period?;
        Some(MetricsQuery { from_on, to_on, currency: currency?, cei_sales })
    })
}

/// Reads the period of a report on disputes.
///
/// # Errors
/// Every violation.
pub fn dispute_period_from_pb(request: pb::GetDisputeReportRequest) -> Result<(CivilDate, CivilDate), Violations> {
    let pb::GetDisputeReportRequest { from_on, to_on } = request;
    let mut fields = Fields::of("");
    let period = read_period(&mut fields, &from_on, &to_on);
    fields.finish(|| period)
}

fn read_period(fields: &mut Fields, from_on: &str, to_on: &str) -> Option<(CivilDate, CivilDate)> {
    let from_on = fields.required_date("from_on", from_on);
    let to_on = fields.required_date("to_on", to_on);
    let (from_on, to_on) = from_on.zip(to_on)?;
    if !(0..=REPORT_DAYS_MAX).contains(&to_on.days_since(from_on)) {
        fields.refuse("to_on", to_on, format!("{from_on} to {REPORT_DAYS_MAX} days later"));
    }
    Some((from_on, to_on))
}

/// Writes an ageing.
pub fn ageing_report_to_pb(report: AgeingReport) -> pb::GetAgeingReportResponse {
    let AgeingReport { as_of, currencies } = report;
    let currencies = currencies.into_iter().map(currency_ageing_to_pb).collect();
    pb::GetAgeingReportResponse { as_of: as_of.to_string(), currencies }
}

fn currency_ageing_to_pb(report: CurrencyAgeing) -> pb::CurrencyAgeing {
    let CurrencyAgeing { currency, total, customer_count, invoice_count, customers } = report;
    let customer_to_pb = |CustomerAgeing { customer_id, customer_name, ageing }| pb::CustomerAgeing {
        customer_id: String::from(customer_id),
        customer_name,
        ageing: Some(ageing_to_pb(ageing, currency)),
    };
    pb::CurrencyAgeing {
        currency_code: currency.to_string(),
        total: Some(ageing_to_pb(total, currency)),
        customer_count: count_to_pb(customer_count),
        invoice_count: count_to_pb(invoice_count),
        customers: customers.into_iter().map(customer_to_pb).collect(),
    }
}

/// Writes the metrics of a currency.
pub fn metrics_to_pb(metrics: CollectionMetrics) -> pb::CollectionMetrics {
    let CollectionMetrics {
        beginning_receivables,
        sales,
        ending_receivables,
        ending_current_receivables,
        day_count,
        cei,
        dso_days,
        best_possible_dso_days,
        average_days_delinquent,
    } = metrics;
    pb::CollectionMetrics {
        currency_code: beginning_receivables.currency().to_string(),
        beginning_receivables: Some(money_to_pb(beginning_receivables)),
        sales: Some(money_to_pb(sales)),
        ending_receivables: Some(money_to_pb(ending_receivables)),
        ending_current_receivables: Some(money_to_pb(ending_current_receivables)),
        day_count: count_to_pb(day_count),
        cei,
        dso_days,
        best_possible_dso_days,
        average_days_delinquent,
    }
}

/// Writes the disputes about an item.
pub fn dispute_item_to_pb(report: DisputeItemReport) -> pb::DisputeItemReport {
    let DisputeItemReport { contested_item, raised_count, open_count, valid_count, cycle_days_median, cycle_days_p90 } =
        report;
    pb::DisputeItemReport {
        contested_item: contested_item.into(),
        raised_count: count_to_pb(raised_count),
        open_count: count_to_pb(open_count),
        valid_count: count_to_pb(valid_count),
        cycle_days_median,
        cycle_days_p90,
    }
}
