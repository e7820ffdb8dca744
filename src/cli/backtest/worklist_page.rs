//! The report page of `recourse backtest worklist`.

use super::super::page::{Axis, Chart, Line, Page, Stroke};
use super::worklist_text::{interval_text, notes, summary};
use crate::train::worklist::{WorklistIntervals, WorklistMeasure, WorklistReport};

/// Marks on the axis of days.
const DAY_MARKS: usize = 5;

/// Measures in the order of the columns.
const HEADINGS: [(WorklistMeasure, &str); 6] = [
    (WorklistMeasure::LateCashReachedShare, "late cash reached"),
    (WorklistMeasure::LateCashReachedInTimeShare, "within 30 days past due"),
    (WorklistMeasure::DaysSooner, "days sooner"),
    (WorklistMeasure::UnpaidCash7, "unpaid 7 days after"),
    (WorklistMeasure::UnpaidCash15, "unpaid 15 days after"),
    (WorklistMeasure::UnpaidCash30, "unpaid 30 days after"),
];

/// The page of a replay.
pub fn page_of(report: &WorklistReport) -> Page {
    let mut page = Page::new(&format!("Worklist replay, {} to {}", report.from, report.to));
    page.paragraph(&summary(report));
    page.paragraph(&notes(report));
    if report.late_invoice_count > 0 {
        page.section("Late cash reached, day by day");
        page.chart("late_cash_by_day", &chart_of(report));
    }
    page.section("Rankings");
    let mut headings = vec!["ranking", "contacts", "invoices worked"];
    headings.extend(HEADINGS.map(|(_, heading)| heading));
    let mut rows = Vec::new();
    for policy in &report.policies {
        let mut row = vec![policy.policy.title().to_owned()];
        row.extend([policy.contact_count.to_string(), policy.invoice_count.to_string()]);
        row.extend(cells(&policy.measures));
        rows.push(row);
    }
    page.table("Each ranking, with intervals", &headings, &rows);
    let mut headings = vec!["recourse minus"];
    headings.extend(HEADINGS.map(|(_, heading)| heading));
    let others = report.policies.iter().filter(|policy| !policy.recourse_minus_policy.is_empty());
    let rows: Vec<Vec<String>> = others
        .map(|policy| {
            [policy.policy.title().to_owned()].into_iter().chain(cells(&policy.recourse_minus_policy)).collect()
        })
        .collect();
    page.table("Paired differences on the same resamples", &headings, &rows);
    page
}

fn cells(intervals: &WorklistIntervals) -> Vec<String> {
    let of_measure = |(measure, _): (WorklistMeasure, &str)| {
        intervals.get(&measure).map_or_else(String::new, |interval| interval_text(measure, interval))
    };
    HEADINGS.map(of_measure).to_vec()
}

fn chart_of(report: &WorklistReport) -> Chart {
    let days: Vec<String> = report
        .policies
        .first()
        .map(|policy| policy.by_day.iter().map(|day| day.on.to_string()).collect())
        .unwrap_or_default();
    let last = days.len().saturating_sub(1);
    let mut marks: Vec<usize> = (0..DAY_MARKS).map(|mark| last * mark / (DAY_MARKS - 1)).collect();
    marks.dedup();
    let ticks = marks.into_iter().filter_map(|index| Some((index as f64, days.get(index)?.clone()))).collect();
    let x = Axis { label: "day of the replay (bank days)".to_owned(), range: (0.0, last as f64), ticks };
    let lines = report.policies.iter().map(|policy| Line {
        name: policy.policy.title().to_owned(),
        points: policy
            .by_day
            .iter()
            .enumerate()
            .filter_map(|(index, day)| Some((index as f64, day.late_cash_reached_share?)))
            .collect(),
        stroke: Stroke::Plain,
    });
    Chart {
        title: format!("Late cash reached with {} contacts a day", report.capacity),
        x,
        y: Axis::percent("share of all late cash reached"),
        lines: lines.collect(),
    }
}
