//! Collection metrics and dispute figures: the formulas, over what was read from the ledger.

use std::collections::BTreeMap;

use super::{CeiSales, CollectionMetrics, DisputeItemReport};
use crate::domain::dispute::{Dispute, DisputeStatus};
use crate::domain::money::{Currency, Money};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::ledger::event::AccountFact;
use crate::ledger::history::AccountHistory;
use crate::ledger::position::AccountPosition;
use crate::store::AccountRecord;

/// Days of an average month.
const DAYS_PER_MONTH: f64 = 365.25 / 12.0;

/// What the metrics of a period are made from, in minor units of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Receivables {
    /// Open before the first day (BR).
    pub beginning_minor: i64,
    /// Invoiced in the period (S).
    pub sales_minor: i64,
    /// Open at the end (ETR).
    pub ending_minor: i64,
    /// Open at the end and not past due (ECR).
    pub ending_current_minor: i64,
}

/// What an account adds to the metrics of a period.
pub(super) fn receivables_of(account: &AccountRecord, from_on: CivilDate, to_on: CivilDate) -> Receivables {
    let before_on = from_on.plus_days(-1);
    let mut history = AccountHistory::new(account.currency);
    let mut receivables = Receivables::default();
    let mut events = account.events.iter().peekable();
    while let Some(event) = events.next_if(|event| event.on <= before_on) {
        history.apply(event);
    }
    receivables.beginning_minor = history.open_invoices().map(|invoice| invoice.open_minor).sum();
    while let Some(event) = events.next_if(|event| event.on <= to_on) {
        if let AccountFact::InvoiceIssued { invoice_id: _, amount_minor, due_on: _, business_unit: _ } = &event.fact {
            receivables.sales_minor += amount_minor;
        }
        history.apply(event);
    }
    let position = AccountPosition::read(&history, to_on);
    receivables.ending_minor = position.open_minor;
    receivables.ending_current_minor = position.ageing.current_minor;
    receivables
}

impl Receivables {
    /// Adds another account of the same currency.
    pub(in crate::service) fn add(&mut self, other: &Receivables) {
        self.beginning_minor += other.beginning_minor;
        self.sales_minor += other.sales_minor;
        self.ending_minor += other.ending_minor;
        self.ending_current_minor += other.ending_current_minor;
    }

    /// The metrics of a period of `day_count` days.
    pub(in crate::service) fn metrics(
        &self,
        currency: Currency,
        day_count: u32,
        cei_sales: CeiSales,
    ) -> CollectionMetrics {
        let money = |minor| Money::from_minor(minor, currency);
        let dso_days = self.days_of_sales(self.ending_minor, day_count);
        let best_possible_dso_days = self.days_of_sales(self.ending_current_minor, day_count);
        CollectionMetrics {
            beginning_receivables: money(self.beginning_minor),
            sales: money(self.sales_minor),
            ending_receivables: money(self.ending_minor),
            ending_current_receivables: money(self.ending_current_minor),
            day_count,
            cei: self.cei(day_count, cei_sales),
            dso_days,
            best_possible_dso_days,
            average_days_delinquent: dso_days.zip(best_possible_dso_days).map(|(dso, best)| dso - best),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio of amounts needs no exact cents")]
    fn cei(&self, day_count: u32, cei_sales: CeiSales) -> Option<f64> {
        let sales = match cei_sales {
            CeiSales::Whole => self.sales_minor as f64,
            CeiSales::Monthly => self.sales_minor as f64 / (f64::from(day_count) / DAYS_PER_MONTH).round().max(1.0),
        };
        let claimed = self.beginning_minor as f64 + sales;
        let divisor = claimed - self.ending_current_minor as f64;
        (divisor != 0.0).then(|| 100.0 * (claimed - self.ending_minor as f64) / divisor)
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio of amounts needs no exact cents")]
    fn days_of_sales(&self, minor: i64, day_count: u32) -> Option<f64> {
        (self.sales_minor > 0).then(|| minor as f64 / self.sales_minor as f64 * f64::from(day_count))
    }
}

/// Disputes by contested item, the most frequent first. Those entered in error are left out.
pub(super) fn dispute_items(disputes: &[Dispute]) -> Vec<DisputeItemReport> {
    let mut by_item: BTreeMap<&ItemCode, (DisputeItemReport, Vec<i32>)> = BTreeMap::new();
    for dispute in disputes.iter().filter(|dispute| dispute.status != DisputeStatus::Voided) {
        let (report, cycle_days) = by_item.entry(&dispute.contested_item).or_insert_with(|| {
            let report = DisputeItemReport {
                contested_item: dispute.contested_item.clone(),
                raised_count: 0,
                open_count: 0,
                valid_count: 0,
                cycle_days_median: None,
                cycle_days_p90: None,
            };
            (report, Vec::new())
        });
        report.raised_count += 1;
        report.open_count += u64::from(dispute.status.is_open());
        let was_right = dispute.resolution.and_then(|resolution| resolution.customer_was_right());
        report.valid_count += u64::from(was_right == Some(true));
        cycle_days.extend(dispute.resolved_on.map(|resolved_on| resolved_on.days_since(dispute.opened_on)));
    }
    let finished = by_item.into_values().map(|(mut report, mut cycle_days)| {
        cycle_days.sort_unstable();
        report.cycle_days_median = quantile(&cycle_days, 0.5);
        report.cycle_days_p90 = quantile(&cycle_days, 0.9);
        report
    });
    let mut reports: Vec<DisputeItemReport> = finished.collect();
    reports.sort_by(|a, b| b.raised_count.cmp(&a.raised_count).then_with(|| a.contested_item.cmp(&b.contested_item)));
    reports
}

/// A quantile of ascending values, on a straight line between the two nearest.
fn quantile(ascending: &[i32], share: f64) -> Option<f64> {
    let last_index = ascending.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 disputes")]
    let place = last_index as f64 * share;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place is within the slice")]
    let below_index = place.floor() as usize;
    let below = f64::from(*ascending.get(below_index)?);
    let above = ascending.get(below_index + 1).map_or(below, |above| f64::from(*above));
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published example: BR 6200, S 10890 over three months, ETR 6340, ECR 3590.
    fn published() -> Receivables {
        Receivables { beginning_minor: 6_200, sales_minor: 10_890, ending_minor: 6_340, ending_current_minor: 3_590 }
    }

    #[test]
    fn cei_gives_the_published_figures_in_both_variants() {
        let whole = published().metrics(Currency::USD, 91, CeiSales::Whole).cei.unwrap();
        let monthly = published().metrics(Currency::USD, 91, CeiSales::Monthly).cei.unwrap();
        assert!((whole - 79.6).abs() < 0.05, "{whole}");
        assert!((monthly - 55.9).abs() < 0.05, "{monthly}");
    }

    #[test]
    fn dso_splits_into_best_possible_and_delinquent_days() {
        let metrics = published().metrics(Currency::USD, 90, CeiSales::Whole);
        let dso = metrics.dso_days.unwrap();
        assert!((dso - 6_340.0 / 10_890.0 * 90.0).abs() < 1e-9);
        let sum = metrics.best_possible_dso_days.unwrap() + metrics.average_days_delinquent.unwrap();
        assert!((dso - sum).abs() < 1e-9);
    }

    #[test]
    fn metrics_without_a_divisor_are_absent() {
        let nothing = Receivables::default().metrics(Currency::USD, 30, CeiSales::Whole);
        assert_eq!((nothing.cei, nothing.dso_days, nothing.average_days_delinquent), (None, None, None));
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[4], 0.9), Some(4.0));
        assert_eq!(quantile(&[1, 3], 0.5), Some(2.0));
        assert_eq!(quantile(&[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9), Some(90.0));
    }
}
