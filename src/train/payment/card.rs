//! The card of a payment model: what it is for, what it was made from, how well it does, what it cannot do.

use super::backtest::BacktestReport;
use super::judge::{BaselineFigures, HorizonReport};
use super::measure::Measure;
use super::run::{DECIDE_AT_DAYS, EARLIER_SHARE_PERCENT, KNOWN_AT_DAYS, LedgerOrigin};
use crate::domain::time::CivilDate;
use crate::features::catalog::FEATURE_COUNT;
use crate::model::payment::PaymentModel;
use crate::train::metrics::ClusterInterval;

/// The card as Markdown; `judged` are the figures of an earlier model on later invoices, where there was enough to judge.
pub fn card_of(
    model: &PaymentModel,
    (account_count, invoice_count): (usize, usize),
    (seed, known_through): (u64, CivilDate),
    origin: LedgerOrigin,
    judged: Option<&BacktestReport>,
) -> String {
    let mut horizons_days: Vec<i32> =
        model.stages.iter().flat_map(|stage| &stage.heads).map(|head| head.horizon_days).collect();
    horizons_days.sort_unstable();
    horizons_days.dedup();
    let horizons = horizons_days.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let (made_from, limit) = match origin {
        LedgerOrigin::Simulated => (
            "The simulated company of `training/payment.toml`",
            "A model of simulated customers gives a sensible order until it is trained on a ledger of your own.",
        ),
        LedgerOrigin::Own => ("A ledger", "It knows the customers and habits of this ledger, and no others."),
    };
    let mut card = format!(
        "# Payment\n\nP(an open invoice is still unpaid) {horizons} days past due, and so on every day between, for invoices \
         before and after their due date.\n\nEach horizon has a blend of randomised trees, boosted trees and logistic \
         regression over {FEATURE_COUNT} features of the invoice, its account and its\npeers, calibrated on invoices that the \
         learners had not seen. The number of contacts is no feature.\n\n## Data\n{made_from}: {account_count} accounts, \
         {invoice_count} invoices, as known on {known_through}; seed {seed}.\n\n## Figures\n",
    );
    match judged {
        Some(report) => add_figures(&mut card, report),
        None => card.push_str("There are too few later invoices to judge it.\n"),
    }
    card.push_str(&format!(
        "\n## Limits\n{limit}\nIt says how such invoices went before, nothing about why; it is not meant to decide about a \
         customer.\n"
    ));
    card
}

fn add_figures(card: &mut String, report: &BacktestReport) {
    let (from, resample_count) = (&report.from, report.resample_count);
    let later_percent = 100 - EARLIER_SHARE_PERCENT;
    let several_currencies = match report.currency {
        Some(_) => "",
        None => " The invoices\nare in several currencies, so no cash is added up.",
    };
    card.push_str(&format!(
        "Decisions {DECIDE_AT_DAYS} days past due about invoices due from {from} on, by a model of the same kind that learned what was known \
         before. They are the\nlatest {later_percent} % of the invoices that were {KNOWN_AT_DAYS} days past due by the last payment, and later \
         ones. 95 % intervals are from {resample_count} resamples of\ncustomers. Late cash is the share of it in the 20 % ranked first. The \
         customer rate is the customer's share of invoices unpaid at the\nhorizon among those unpaid on the day of the decision; beside it \
         the same drawn towards the rate of its selling unit.{several_currencies}\n\n\
         | unpaid after | rows (unpaid) | AUC | log loss | ECE | late cash | customer rate: AUC, log loss, late cash | with its unit's rate \
         | largest first: late cash |\n|---|---|---|---|---|---|---|---|---|\n"
    ));
    for horizon in &report.horizons {
        let HorizonReport { horizon_days, model, .. } = horizon;
        let Some(model) = model else {
            card.push_str(&format!("| {horizon_days} days | not known yet | – | – | – | – | – | – | – |\n"));
            continue;
        };
        let figure = |measure: Measure| {
            let found = model.intervals.get(&measure).copied();
            let Some(ClusterInterval { value: Some(value), low, high }) = found else { return "–".to_owned() };
            match low.zip(high) {
                Some((low, high)) => format!("{value:.3} [{low:.3}, {high:.3}]"),
                None => format!("{value:.3} [–]"),
            }
        };
        let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share:.3}"));
        let rule = |name: &str| horizon.baselines.iter().find(|rule| rule.name == name);
        let rate = |rule: &BaselineFigures| {
            let log_loss = rule.log_loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.3}"));
            format!("{}, {log_loss}, {}", share(rule.auc), share(rule.late_cash_top_20))
        };
        card.push_str(&format!(
            "| {horizon_days} days | {} ({}) | {} | {} | {:.3} | {} | {} | {} | {} |\n",
            model.count,
            model.unpaid_count,
            figure(Measure::Auc),
            figure(Measure::LogLoss),
            model.ece,
            figure(Measure::LateCashTop20),
            rule("customer_rate").map_or_else(|| "–".to_owned(), rate),
            rule("customer_and_unit_rate").map_or_else(|| "–".to_owned(), rate),
            share(rule("largest_first").and_then(|rule| rule.late_cash_top_20)),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use crate::train::payment::judge::Figures;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_not_known_and_what_cannot_be_added_is_said() {
        let unknown = HorizonReport {
            horizon_days: 30,
            training_count: 400,
            customer_count: 0,
            model: None,
            oracle_late_cash_top_20: None,
            baselines: Vec::new(),
            gains: Vec::new(),
        };
        let report = BacktestReport {
            from: "2026-01-01".to_owned(),
            known_through: "2026-01-20".to_owned(),
            currency: None,
            decision_count: 12,
            undecided_count: 12,
            resample_count: 200,
            horizons: vec![unknown],
            at_issue: None,
        };
        let mut card = String::new();
        add_figures(&mut card, &report);
        assert!(card.contains("in several currencies, so no cash is added up"), "{card}");
        assert!(card.contains("| 30 days | not known yet | – |"), "{card}");
    }

    /// Goal: a cell holds the figures of the rule that its column names.
    #[test]
    fn each_column_shows_the_rule_that_it_names() {
        let rule = |name, auc| BaselineFigures {
            name,
            auc: Some(auc),
            average_precision: Some(0.5),
            brier: None,
            log_loss: Some(auc / 2.0),
            ece: None,
            late_cash_top_10: None,
            late_cash_top_20: Some(auc / 4.0),
            intervals: BTreeMap::new(),
            model_minus_rule: BTreeMap::new(),
        };
        let model = Figures {
            count: 400,
            unpaid_count: 100,
            auc: Some(0.9),
            average_precision: Some(0.9),
            brier: 0.1,
            log_loss: 0.3,
            ece: 0.02,
            late_cash_top_10: None,
            late_cash_top_20: Some(0.7),
            intervals: BTreeMap::new(),
            reliability: Vec::new(),
        };
        let horizon = HorizonReport {
            horizon_days: 15,
            training_count: 400,
            customer_count: 40,
            model: Some(model),
            oracle_late_cash_top_20: Some(0.9),
            baselines: vec![
                rule("customer_rate", 0.8),
                rule("customer_and_unit_rate", 0.6),
                rule("largest_first", 0.4),
            ],
            gains: Vec::new(),
        };
        let report = BacktestReport {
            from: "2026-01-01".to_owned(),
            known_through: "2026-01-20".to_owned(),
            currency: Some(Currency::EUR),
            decision_count: 400,
            undecided_count: 0,
            resample_count: 200,
            horizons: vec![horizon],
            at_issue: None,
        };
        let mut card = String::new();
        add_figures(&mut card, &report);
        let row_of = |start: &str| -> Vec<&str> {
            card.lines()
                .find(|line| line.starts_with(start))
                .unwrap()
                .split(" | ")
                .map(|cell| cell.trim_matches(['|', ' ']))
                .collect()
        };
        let shown: Vec<(&str, &str)> = row_of("| unpaid after").into_iter().zip(row_of("| 15 days")).skip(6).collect();
        let expected = [
            ("customer rate: AUC, log loss, late cash", "0.800, 0.400, 0.200"),
            ("with its unit's rate", "0.600, 0.300, 0.150"),
            ("largest first: late cash", "0.100"),
        ];
        assert_eq!(shown, expected, "{card}");
    }
}
