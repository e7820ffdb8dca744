//! The figures of `recourse backtest worklist` in words: the table of the terminal, and the sentences that the page shares with it.

use super::super::table::{Table, counted, number};
use super::few_customers_note;
use crate::train::metrics::ClusterInterval;
use crate::train::worklist::{WorklistIntervals, WorklistMeasure, WorklistReport};

/// Columns with their headings.
const COLUMNS: [(WorklistMeasure, &str); 4] = [
    (WorklistMeasure::LateCashReachedShare, "late cash reached"),
    (WorklistMeasure::LateCashReachedInTimeShare, "within 30 days"),
    (WorklistMeasure::DaysSooner, "days sooner"),
    (WorklistMeasure::UnpaidCash30, "unpaid 30 d later"),
];

/// What the terminal shows of a replay.
pub fn text_of(report: &WorklistReport) -> String {
    let mut headings = vec!["ranking", "contacts", "invoices"];
    headings.extend(COLUMNS.map(|(_, heading)| heading));
    let mut table = Table::new(&headings);
    for policy in &report.policies {
        let counts = [policy.contact_count.to_string(), policy.invoice_count.to_string()];
        table
            .row([policy.policy.title().to_owned()].into_iter().chain(counts).chain(cells(&policy.measures)).collect());
    }
    for policy in report.policies.iter().filter(|policy| !policy.recourse_minus_policy.is_empty()) {
        let names = [format!("minus {}", policy.policy.title()), String::new(), String::new()];
        table.row(names.into_iter().chain(cells(&policy.recourse_minus_policy)).collect());
    }
    format!("{}\n{table}\n{}", summary(report), notes(report))
}

fn cells(intervals: &WorklistIntervals) -> Vec<String> {
    let of_measure = |(measure, _): (WorklistMeasure, &str)| {
        intervals.get(&measure).map_or_else(String::new, |interval| interval_text(measure, interval))
    };
    COLUMNS.map(of_measure).to_vec()
}

/// A figure with its interval in the unit of its measure; a dash for what there is not.
pub fn interval_text(measure: WorklistMeasure, interval: &ClusterInterval) -> String {
    let ClusterInterval { value, low, high } = *interval;
    let shown = |figure: f64, decimals: usize| match measure {
        WorklistMeasure::LateCashReachedShare | WorklistMeasure::LateCashReachedInTimeShare => {
            format!("{figure:.decimals$}")
        }
        WorklistMeasure::DaysSooner => format!("{figure:.1}"),
        WorklistMeasure::UnpaidCash7 | WorklistMeasure::UnpaidCash15 | WorklistMeasure::UnpaidCash30 => {
            format!("{}k", number(figure / 1_000.0, 0))
        }
    };
    match (value, low.zip(high)) {
        (Some(value), Some((low, high))) => format!("{} [{}, {}]", shown(value, 3), shown(low, 2), shown(high, 2)),
        (Some(value), None) => format!("{} [-]", shown(value, 3)),
        (None, _) => "-".to_owned(),
    }
}

/// What was replayed.
pub fn summary(report: &WorklistReport) -> String {
    let undecided = match report.undecided_count {
        0 => String::new(),
        count => format!("; what became of {count} is not known yet"),
    };
    let late_cash = match report.late_invoice_count {
        0 => "No invoice listed was unpaid 30 days past due: there was no late cash to reach.".to_owned(),
        count => {
            format!("Late cash: {} {} on {}.", report.currency, number(report.late_cash, 0), counted(count, "invoice"))
        }
    };
    let few_customers = few_customers_note(report.customer_count);
    format!(
        "{} from {} to {}, {} a day, {} of {} listed (mean {} a day){undecided}. {late_cash}{}",
        counted(report.day_count, "bank day"),
        report.from,
        report.to,
        counted(report.capacity, "contact"),
        counted(report.invoice_count, "invoice"),
        counted(report.customer_count, "customer"),
        number(report.listed_count_mean, 0),
        few_customers.map_or_else(String::new, |note| format!(" {note}"))
    )
}

/// What the figures mean.
pub fn notes(report: &WorklistReport) -> String {
    format!(
        "Late cash was still unpaid 30 days past due; reached means worked at least once. Days sooner: mean days from the first \
         work to the payment over all late cash, by amount; 0 where not reached. An invoice once worked is not worked again for {} \
         days. [low, high]: the middle 95 % of {} bootstrap resamples of customers; minus: ours less that ranking on the same ones. \
         Invoices are paid here when they were paid: no effect of a contact is claimed.",
        report.repeat_after_days, report.resample_count
    )
}
