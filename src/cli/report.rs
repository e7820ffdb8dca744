//! `recourse report`: ageing, collection metrics and disputes, as tables or JSON.

use clap::{Args, Subcommand};
use serde_json::json;

use super::open::{DataArgs, block_on};
use super::output::{WrongUse, counted};
use super::table::{Table, money, number};
use super::{GlobalArgs, output, parse_currency, parse_date};
use crate::domain::ids::TenantId;
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::domain::violation::Violations;
use crate::service::report::{
    AgeingQuery, AgeingReport, CeiSales, CollectionMetrics, CurrencyAgeing, DisputeItemReport, MetricsQuery,
};
use crate::service::{Ageing, Service, ServiceError};

/// Reports for the manager of accounts receivable.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, Subcommand)]
enum Report {
    /// Open amounts by days past due: current, 1-30, 31-60, 61-90 and over 90.
    Ageing {
        /// Day looked at, YYYY-MM-DD; nothing that became known later is seen. Default: today in the strategy's time zone.
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        as_of: Option<CivilDate>,
        /// Only this currency, an ISO 4217 code.
        #[arg(long, value_name = "CODE", value_parser = parse_currency)]
        currency: Option<Currency>,
        /// Most customers listed for each currency.
        #[arg(long, value_name = "COUNT", default_value_t = 10)]
        customers: usize,
    },
    /// Collection effectiveness (CEI), days sales outstanding (DSO), best possible DSO and average days delinquent.
    Metrics {
        /// First day of the period, YYYY-MM-DD.
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        from: CivilDate,
        /// Last day of the period, YYYY-MM-DD.
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        to: CivilDate,
        /// Only this currency, an ISO 4217 code.
        #[arg(long, value_name = "CODE", value_parser = parse_currency)]
        currency: Option<Currency>,
        /// Divide the sales by the months of the period in the CEI, as a published variant does.
        #[arg(long)]
        monthly_sales: bool,
    },
    /// Disputes of a period by contested item.
    Disputes {
        /// First day, YYYY-MM-DD.
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        from: CivilDate,
        /// Last day, YYYY-MM-DD.
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        to: CivilDate,
    },
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened or read.
pub fn run(args: &ReportArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    block_on(async {
        let (service, _) = args.data.open_present(global).await?;
        let tenant = args.data.known_tenant(&service).await?;
        match &args.report {
            Report::Ageing { as_of, currency, customers } => {
                let query = AgeingQuery { as_of: *as_of, currency: *currency, customer_limit: Some(*customers) };
                ageing(&service, tenant, &query, global.json).await
            }
            Report::Metrics { from, to, currency, monthly_sales } => {
                let cei_sales = if *monthly_sales { CeiSales::Monthly } else { CeiSales::Whole };
                let query = MetricsQuery { from_on: *from, to_on: *to, currency: *currency, cei_sales };
                metrics(&service, tenant, &query, global.json).await
            }
            Report::Disputes { from, to } => {
                let items = service.dispute_report(tenant, *from, *to).await.map_err(in_options)?;
                disputes(&items, global.json)
            }
        }
    })
}

/// Fields of the queries that have other names as options.
const OPTION_OF_FIELD: [(&str, &str); 3] = [("customer_limit", "customers"), ("from_on", "from"), ("to_on", "to")];

/// What could not be accepted, by the names of the options.
fn in_options(error: ServiceError) -> anyhow::Error {
    let ServiceError::Invalid(Violations(mut violations)) = error else { return error.into() };
    for violation in &mut violations {
        if let Some((_, option)) = OPTION_OF_FIELD.iter().find(|(field, _)| *field == violation.field) {
            violation.field = (*option).to_owned();
        }
    }
    WrongUse(Violations(violations).to_string()).into()
}

fn ageing_json(ageing: &Ageing, currency: Currency) -> serde_json::Value {
    let amount = |minor: i64| Money::from_minor(minor, currency).decimal().to_string();
    json!({
        "current": amount(ageing.current_minor),
        "days_1_30": amount(ageing.days_1_30_minor),
        "days_31_60": amount(ageing.days_31_60_minor),
        "days_61_90": amount(ageing.days_61_90_minor),
        "days_over_90": amount(ageing.days_over_90_minor),
        "total": amount(ageing.total_minor()),
    })
}

async fn ageing(service: &Service, tenant: &TenantId, query: &AgeingQuery, as_json: bool) -> anyhow::Result<()> {
    let report = service.ageing_report(tenant, query).await.map_err(in_options)?;
    if as_json {
        return output::print_json(&report_json(&report));
    }
    for currency in &report.currencies {
        let heading = format!(
            "Ageing as of {}: {}, {}, amounts in {}",
            report.as_of,
            counted(currency.customer_count, "customer"),
            counted(currency.invoice_count, "open invoice"),
            currency.currency
        );
        output::print_text(&heading)?;
        output::print_text(&ageing_table(currency).to_string())?;
        let shown_count = u64::try_from(currency.customers.len())?;
        if shown_count < currency.customer_count {
            let (shown, are) = (counted(shown_count, "customer"), if shown_count == 1 { "is" } else { "are" });
            output::print_text(&format!("The {shown} with most overdue {are} shown; --customers shows more."))?;
        }
    }
    if report.currencies.is_empty() {
        output::print_text(&format!("Nothing is open as of {}.", report.as_of))?;
    }
    Ok(())
}

fn report_json(report: &AgeingReport) -> serde_json::Value {
    let currencies: Vec<_> = report
        .currencies
        .iter()
        .map(|currency| {
            let customers: Vec<_> = currency
                .customers
                .iter()
                .map(|customer| {
                    json!({
                        "customer_id": customer.customer_id,
                        "customer_name": customer.customer_name,
                        "ageing": ageing_json(&customer.ageing, currency.currency),
                    })
                })
                .collect();
            json!({
                "currency": currency.currency,
                "customer_count": currency.customer_count,
                "invoice_count": currency.invoice_count,
                "total": ageing_json(&currency.total, currency.currency),
                "customers": customers,
            })
        })
        .collect();
    json!({ "as_of": report.as_of, "currencies": currencies })
}

fn ageing_table(currency: &CurrencyAgeing) -> Table {
    let mut table = Table::new(&["customer", "current", "1-30", "31-60", "61-90", "over 90", "total"]);
    let cells = |name: &str, ageing: &Ageing| {
        let minors = [
            ageing.current_minor,
            ageing.days_1_30_minor,
            ageing.days_31_60_minor,
            ageing.days_61_90_minor,
            ageing.days_over_90_minor,
            ageing.total_minor(),
        ];
        let amounts = minors.map(|minor| money(Money::from_minor(minor, currency.currency)));
        [vec![name.to_owned()], amounts.to_vec()].concat()
    };
    for customer in &currency.customers {
        table.row(cells(&customer.customer_name, &customer.ageing));
    }
    table.row(cells("all customers", &currency.total));
    table
}

async fn metrics(service: &Service, tenant: &TenantId, query: &MetricsQuery, as_json: bool) -> anyhow::Result<()> {
    let metrics = service.collection_metrics(tenant, query).await.map_err(in_options)?;
    if as_json {
        let currencies: Vec<_> = metrics.iter().map(metrics_json).collect();
        return output::print_json(&json!({ "from": query.from_on, "to": query.to_on, "currencies": currencies }));
    }
    let mut table =
        Table::new(&["currency", "opening", "sales", "closing", "not due", "CEI %", "DSO", "best DSO", "delinquent"]);
    let days = |value: Option<f64>| value.map_or("-".to_owned(), |value| number(value, 1));
    for row in &metrics {
        table.row(vec![
            row.sales.currency().to_string(),
            money(row.beginning_receivables),
            money(row.sales),
            money(row.ending_receivables),
            money(row.ending_current_receivables),
            days(row.cei),
            days(row.dso_days),
            days(row.best_possible_dso_days),
            days(row.average_days_delinquent),
        ]);
    }
    output::print_text(&format!("Collection from {} to {} (DSO and delinquency in days)", query.from_on, query.to_on))?;
    output::print_text(&table.to_string())
}

fn metrics_json(row: &CollectionMetrics) -> serde_json::Value {
    json!({
        "currency": row.sales.currency(),
        "beginning_receivables": row.beginning_receivables.decimal().to_string(),
        "sales": row.sales.decimal().to_string(),
        "ending_receivables": row.ending_receivables.decimal().to_string(),
        "ending_current_receivables": row.ending_current_receivables.decimal().to_string(),
        "day_count": row.day_count,
        "cei": row.cei,
        "dso_days": row.dso_days,
        "best_possible_dso_days": row.best_possible_dso_days,
        "average_days_delinquent": row.average_days_delinquent,
    })
}

fn disputes(items: &[DisputeItemReport], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let rows: Vec<_> = items
            .iter()
            .map(|item| {
                json!({
                    "contested_item": item.contested_item,
                    "raised_count": item.raised_count,
                    "open_count": item.open_count,
                    "valid_count": item.valid_count,
                    "cycle_days_median": item.cycle_days_median,
                    "cycle_days_p90": item.cycle_days_p90,
                })
            })
            .collect();
        return output::print_json(&json!({ "items": rows }));
    }
    let mut table = Table::new(&["contested item", "raised", "open", "customer right", "median days", "p90 days"]);
    let days = |value: Option<f64>| value.map_or("-".to_owned(), |value| number(value, 1));
    for item in items {
        table.row(vec![
            item.contested_item.to_string(),
            item.raised_count.to_string(),
            item.open_count.to_string(),
            item.valid_count.to_string(),
            days(item.cycle_days_median),
            days(item.cycle_days_p90),
        ]);
    }
    output::print_text(&table.to_string())
}
