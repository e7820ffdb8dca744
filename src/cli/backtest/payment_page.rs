//! The report page of `recourse backtest payment`.

use super::super::page::Page;
use super::super::reliability::{bin_rows, gain_chart, reliability_chart};
use super::super::table::counted;
use super::few_customers_note;
use super::payment_text::{NOT_KNOWN_YET, with_interval};
use crate::train::payment::backtest::{AtIssueReport, BacktestReport};
use crate::train::payment::judge::{HorizonReport, Intervals};
use crate::train::payment::measure::Measure;

/// Measures in the order of the columns.
const HEADINGS: [(Measure, &str); 7] = [
    (Measure::Auc, "AUC"),
    (Measure::AveragePrecision, "average precision"),
    (Measure::Brier, "Brier"),
    (Measure::LogLoss, "log loss"),
    (Measure::Ece, "ECE"),
    (Measure::LateCashTop10, "late cash, top 10 %"),
    (Measure::LateCashTop20, "late cash, top 20 %"),
];

/// The page of a backtest.
pub fn page_of(report: &BacktestReport) -> Page {
    let mut page = Page::new(&format!("Payment backtest from {}", report.from));
    page.paragraph(&format!(
        "{} on invoices due from {} on, by a model trained on what was known before that day; the last payment \
         in the ledger came on {}. The outcome of {} is not known yet at the last horizon.",
        counted(report.decision_count, "decision"),
        report.from,
        report.known_through,
        report.undecided_count
    ));
    page.paragraph(&format!(
        "Brackets are the middle 95 % of {} bootstrap resamples of customers, each with all of its rows. Differences are \
         taken on the same resamples: an interval on one side of 0 is a clear difference.",
        report.resample_count
    ));
    for horizon in &report.horizons {
        page.section(&format!("Unpaid {} days past due", horizon.horizon_days));
        add_horizon(&mut page, horizon, &format!("{}d", horizon.horizon_days));
    }
    if let Some(at_issue) = &report.at_issue {
        add_at_issue(&mut page, at_issue);
    }
    page
}

fn add_horizon(page: &mut Page, horizon: &HorizonReport, file_suffix: &str) {
    let Some(model) = &horizon.model else {
        let sentence = format!("What became of these invoices is {NOT_KNOWN_YET}.");
        return page.paragraph(&sentence);
    };
    page.paragraph(&format!(
        "{} of {}, {}; learned from {} examples.",
        model.unpaid_count,
        counted(model.count, "decision"),
        counted(horizon.customer_count, "customer"),
        horizon.training_count
    ));
    if let Some(note) = few_customers_note(horizon.customer_count) {
        page.paragraph(&note);
    }
    let headings: Vec<&str> = ["rule"].into_iter().chain(HEADINGS.map(|(_, heading)| heading)).collect();
    let mut rows = vec![cells("recourse".to_owned(), &model.intervals)];
    rows.extend(horizon.baselines.iter().map(|rule| cells(rule.name.replace('_', " "), &rule.intervals)));
    page.table("Figures with intervals", &headings, &rows);
    let of_rule = |rule: &crate::train::payment::judge::BaselineFigures| {
        cells(format!("minus {}", rule.name.replace('_', " ")), &rule.model_minus_rule)
    };
    let rows: Vec<Vec<String>> = horizon.baselines.iter().map(of_rule).collect();
    page.table("Recourse minus each rule", &headings, &rows);
    let reliability = &model.reliability;
    let headings = ["tenth", "decisions", "mean probability given", "share unpaid"];
    page.table("Reliability", &headings, &bin_rows(reliability));
    let chart = reliability_chart("Reliability", "probability given", "share unpaid", reliability);
    page.chart(&format!("reliability_{file_suffix}"), &chart);
    if horizon.gains.is_empty() {
        return;
    }
    let gains = horizon.gains.iter().map(|gain| (gain.name.replace('_', " "), gain.points.clone())).collect();
    let chart = gain_chart("Gain", "decisions worked first", "late cash reached", gains);
    page.chart(&format!("gain_{file_suffix}"), &chart);
}

fn add_at_issue(page: &mut Page, at_issue: &AtIssueReport) {
    page.section("On the day of issue");
    page.paragraph(&format!(
        "{} issued from the first day judged on; {} were due at once and are left out.",
        counted(at_issue.decision_count, "invoice"),
        at_issue.due_at_once_count
    ));
    for horizon in &at_issue.horizons {
        page.section(&format!("Paid more than {} days late", horizon.horizon_days));
        add_horizon(page, horizon, &format!("at_issue_{}d", horizon.horizon_days));
    }
}

fn cells(name: String, intervals: &Intervals) -> Vec<String> {
    let of_measure = |(measure, _)| intervals.get(&measure).map_or_else(String::new, with_interval);
    [name].into_iter().chain(HEADINGS.map(of_measure)).collect()
}
