//! The terminal tables of `recourse backtest payment`.

use super::super::reliability::bin_text;
use super::super::table::{Table, counted};
use super::few_customers_note;
use crate::train::metrics::ClusterInterval;
use crate::train::payment::backtest::{AtIssueReport, BacktestReport};
use crate::train::payment::judge::{Figures, HorizonReport, Intervals};
use crate::train::payment::measure::Measure;

/// Columns with their headings; `--json` has every measure.
const COLUMNS: [(Measure, &str); 4] = [
    (Measure::Auc, "AUC"),
    (Measure::LogLoss, "log loss"),
    (Measure::Ece, "ECE"),
    (Measure::LateCashTop20, "late cash, top 20 %"),
];

/// What is said of a horizon that no decision had reached by the last payment.
pub const NOT_KNOWN_YET: &str = "not known yet, for no decision was so old when the last payment came";

/// What the replay came to, as text.
pub fn report_text(report: &BacktestReport) -> String {
    let undecided = match report.undecided_count {
        0 => String::new(),
        count => format!("; the outcome of {count} is not known yet at the last horizon"),
    };
    let mut text = format!("{} from {}{undecided}\n", counted(report.decision_count, "decision"), report.from);
    for horizon in &report.horizons {
        let (days, customer_count) = (horizon.horizon_days, horizon.customer_count);
        let Some(model) = &horizon.model else {
            text += &format!("\nUnpaid {days} days past due: {NOT_KNOWN_YET}\n");
            continue;
        };
        let (decisions, customers) = (counted(model.count, "decision"), counted(customer_count, "customer"));
        let (unpaid_count, table) = (model.unpaid_count, horizon_table(horizon, model));
        text += &format!("\nUnpaid {days} days past due: {unpaid_count} of {decisions}, {customers}\n{table}\n");
        text.extend(few_customers_note(customer_count).map(|note| format!("{note}\n")));
    }
    text += &reliability_table(&report.horizons);
    if let Some(at_issue) = &report.at_issue {
        text += &at_issue_text(at_issue, &report.from);
    }
    text += &interval_note(report.resample_count);
    text
}

fn reliability_table(horizons: &[HorizonReport]) -> String {
    let known: Vec<(i32, &Figures)> =
        horizons.iter().filter_map(|horizon| Some((horizon.horizon_days, horizon.model.as_ref()?))).collect();
    let days: Vec<String> = known.iter().map(|(days, _)| format!("{days} days")).collect();
    let headings: Vec<&str> = ["tenth"].into_iter().chain(days.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    let bin_count = known.iter().map(|(_, figures)| figures.reliability.len()).max().unwrap_or(0);
    for index in 0..bin_count {
        let cells = known.iter().map(|(_, figures)| figures.reliability.get(index).map_or_else(String::new, bin_text));
        table.row([(index + 1).to_string()].into_iter().chain(cells).collect());
    }
    format!("\nReliability: mean probability given → share unpaid (decisions), the lowest tenth first\n{table}\n")
}

fn at_issue_text(at_issue: &AtIssueReport, from: &str) -> String {
    let mut table = Table::new(&["more than", "rows (late)", "rule", "AUC", "log loss", "recourse minus: log loss"]);
    for horizon in &at_issue.horizons {
        let days = format!("{} days late", horizon.horizon_days);
        let Some(model) = &horizon.model else {
            table.row(vec![
                days,
                "not known yet".to_owned(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]);
            continue;
        };
        let counts = format!("{} ({})", model.count, model.unpaid_count);
        let shown = |intervals: &Intervals, measure| intervals.get(&measure).map_or_else(String::new, with_interval);
        let mut row = |name: String, intervals: &Intervals, difference: String| {
            let (auc, log_loss) = (shown(intervals, Measure::Auc), shown(intervals, Measure::LogLoss));
            table.row(vec![days.clone(), counts.clone(), name, auc, log_loss, difference]);
        };
        row("recourse".to_owned(), &model.intervals, String::new());
        for rule in &horizon.baselines {
            let difference = shown(&rule.model_minus_rule, Measure::LogLoss);
            row(rule.name.replace('_', " "), &rule.intervals, difference);
        }
    }
    let due_at_once = match at_issue.due_at_once_count {
        0 => String::new(),
        count => format!("; {count} due at once are left out"),
    };
    let few_customers = at_issue.horizons.iter().find_map(|horizon| few_customers_note(horizon.customer_count));
    format!(
        "\nOn the day of issue: {} issued from {from} on{due_at_once}; {} not known yet at the last lateness\n{table}\n{}",
        counted(at_issue.decision_count, "invoice"),
        at_issue.undecided_count,
        few_customers.map_or_else(String::new, |note| format!("{note}\n"))
    )
}

/// What the brackets are.
pub fn interval_note(resample_count: usize) -> String {
    format!(
        "\n[low, high]: the middle 95 % of {resample_count} bootstrap resamples of customers, each with all of its rows,\n\
         widened by the bias of resampling where that counts.\n\
         `recourse minus` compares on the same resamples: an interval on one side of 0 is a clear difference; above 0 is\n\
         better, but for log loss and ECE below 0. --json has average precision, Brier and the top 10 % as well."
    )
}

fn horizon_table(horizon: &HorizonReport, model: &Figures) -> String {
    let headings: Vec<&str> = ["rule"].into_iter().chain(COLUMNS.map(|(_, heading)| heading)).collect();
    let mut table = Table::new(&headings);
    let mut row = |name: String, intervals: &Intervals| {
        let cells = COLUMNS.map(|(measure, _)| intervals.get(&measure).map_or_else(String::new, with_interval));
        table.row([name].into_iter().chain(cells).collect());
    };
    row("recourse".to_owned(), &model.intervals);
    for rule in &horizon.baselines {
        row(rule.name.replace('_', " "), &rule.intervals);
    }
    for rule in &horizon.baselines {
        row(format!("recourse minus {}", rule.name.replace('_', " ")), &rule.model_minus_rule);
    }
    if let Some(share) = horizon.oracle_late_cash_top_20 {
        let empty = String::new;
        table.row(vec!["with hindsight".to_owned(), empty(), empty(), empty(), format!("{share:.3}")]);
    }
    table.to_string()
}

/// `0.854 [0.83, 0.87]`; a dash for what there is not.
pub fn with_interval(interval: &ClusterInterval) -> String {
    let ClusterInterval { value, low, high } = *interval;
    match (value, low.zip(high)) {
        (Some(value), Some((low, high))) => format!("{value:.3} [{low:.2}, {high:.2}]"),
        (Some(value), None) => format!("{value:.3} [-]"),
        (None, _) => "-".to_owned(),
    }
}
