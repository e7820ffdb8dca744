//! The backtest of the payment model: every figure has an interval, and simple rules stand beside it on the same rows.

use recourse::domain::ids::{HoldId, InvoiceId};
use recourse::domain::invoice::HoldKind;
use recourse::domain::money::Currency;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::train::metrics::CLUSTER_COUNT_MIN;
use recourse::train::payment::backtest::{
    AtIssueBacktest, AtIssueSpec, Backtest, BacktestError, BacktestSpec, HorizonReport, backtest, backtest_at_issue,
};
use recourse::train::payment::customer_rate::{Counted, LateShares};
use recourse::train::payment::measure::Measure;
use recourse::train::payment::replay::outcomes;
use recourse::train::payment::train::known_through;

use super::ledger::{MadeAccount, day, make};

fn run(accounts: &[MadeAccount], decide_at_days: i32) -> Result<Backtest, BacktestError> {
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    backtest(&replays, &spec(decide_at_days))
}

fn spec(decide_at_days: i32) -> BacktestSpec {
    let today = day("2026-06-01");
    BacktestSpec { from: day("2025-09-01"), decide_at_days, horizons_days: vec![7, 15], seed: 1, today }
}

/// Goal: every invoice due from the cut on that is unpaid at the decision has one row for each horizon, late payers rank
/// first, and every figure lies in its interval, which a second run repeats.
#[test]
fn a_backtest_judges_every_decision_after_the_cut() {
    let accounts = make(24, 30, 1);
    let result = run(&accounts, 3).unwrap();
    let report = &result.report;
    assert_eq!(result.predictions.len(), 2 * report.decision_count);
    assert!(result.predictions.iter().all(|row| row.as_of >= day("2025-09-04")));
    assert!(result.predictions.chunks(2).all(|pair| pair[1].probability <= pair[0].probability));
    for horizon in &report.horizons {
        let model = horizon.model.as_ref().unwrap();
        let model_auc = model.auc.unwrap();
        assert!(model_auc > 0.7, "{horizon:?}");
        assert!(model.late_cash_top_20.unwrap() <= horizon.oracle_late_cash_top_20.unwrap() + 1e-12);
        assert_eq!((horizon.baselines.len(), model.intervals.len()), (5, Measure::ALL.len()));
        assert!((2..=24).contains(&horizon.customer_count));
        let auc = model.intervals[&Measure::Auc];
        let (low, high) = (auc.low.unwrap(), auc.high.unwrap());
        assert!(low < model_auc && model_auc < high && auc.value == model.auc, "{auc:?}");
        assert_eq!(model.reliability.iter().map(|bin| bin.count).sum::<usize>(), model.count);
        for rule in &horizon.baselines {
            let difference = rule.model_minus_rule[&Measure::Auc];
            assert_eq!(difference.value, Some(model_auc - rule.auc.unwrap()));
            assert!(difference.low <= difference.high);
            assert_eq!(rule.intervals.contains_key(&Measure::LogLoss), rule.log_loss.is_some(), "{}", rule.name);
        }
        for gain in &horizon.gains {
            assert_eq!(gain.points.last(), Some(&(1.0, 1.0)), "{}", gain.name);
            assert!(gain.points.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        }
    }
    assert_eq!(run(&accounts, 3), Ok(result));
    assert_eq!(run(&[], 3), Err(BacktestError::NoPayments { today: day("2026-06-01") }));
}

/// Goal: the day of issue is judged on invoices issued from the cut on, beside the rates of all and of the customer, and more
/// are late by 0 days than by 30.
#[test]
fn the_day_of_issue_is_judged_beside_the_rates() {
    let accounts = make(24, 30, 1);
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    let from = day("2025-09-01");
    let spec = AtIssueSpec { from, horizons_days: vec![0, 30], seed: 1, today: day("2026-06-01") };
    let AtIssueBacktest { report, predictions } = backtest_at_issue(&replays, &spec).unwrap();
    assert_eq!(predictions.len(), 2 * report.decision_count);
    assert!(predictions.iter().all(|row| row.as_of >= from));
    let issued_count = replays
        .iter()
        .flat_map(|account| outcomes(account.events))
        .filter(|invoice| invoice.outcome.issued_on >= from)
        .count();
    assert_eq!((report.decision_count, report.due_at_once_count), (issued_count, 0));
    let [on_time, very_late] = report.horizons.as_slice() else { panic!("{report:?}") };
    let unpaid_count = |horizon: &HorizonReport| horizon.model.as_ref().unwrap().unpaid_count;
    assert!(unpaid_count(on_time) > unpaid_count(very_late));
    for horizon in &report.horizons {
        assert_eq!(horizon.baselines.iter().map(|rule| rule.name).collect::<Vec<_>>(), ["base_rate", "customer_rate"]);
        assert!(horizon.model.as_ref().unwrap().log_loss < horizon.baselines[0].log_loss.unwrap(), "{horizon:?}");
        assert!(horizon.baselines[1].auc.unwrap() > 0.5, "{horizon:?}");
    }
    let last_on = known_through(replays.iter().map(|account| account.events), spec.today).unwrap();
    let nothing_issued = AtIssueSpec { from: last_on, ..spec };
    assert!(matches!(backtest_at_issue(&replays, &nothing_issued), Err(BacktestError::NoneIssued { .. })));
}

/// Goal: a customer's rate as of a day counts only invoices that had reached the lateness asked for by then.
#[test]
fn a_customer_rate_knows_nothing_of_later_days() {
    let mut accounts = make(4, 30, 1);
    let as_of = day("2025-07-01");
    let share = |accounts: &[MadeAccount], counted| {
        let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
        let shares = LateShares::new(&replays, 5, counted);
        (shares.share(&accounts[0].customer_id, as_of, 0.3), shares.share_of_all(as_of))
    };
    let of_both =
        |accounts: &[MadeAccount]| [Counted::All, Counted::UnpaidAt(3)].map(|counted| share(accounts, counted));
    let before = of_both(&accounts);
    for account in &mut accounts {
        account.events.retain(|event| event.on <= as_of);
    }
    assert_eq!(of_both(&accounts), before);
}

/// Goal: documents dated ahead tell nothing of who pays. An invoice and a payment plan of next year, and a payment dated after the present
/// day, change no figure, though many invoices are open.
#[test]
fn documents_dated_ahead_change_no_figure() {
    let mut accounts = make(24, 30, 1);
    for account in &mut accounts {
        account.events.retain(|event| event.on <= day("2025-11-15"));
    }
    let before = run(&accounts, 3).unwrap();
    assert!(before.report.undecided_count > 0);
    let ahead = [
        (
            "2027-01-01",
            AccountFact::InvoiceIssued {
                invoice_id: InvoiceId::parse("AHEAD").unwrap(),
                amount_minor: 100,
                due_on: day("2027-01-31"),
                business_unit: "U1".into(),
            },
        ),
        (
            "2026-05-01",
            AccountFact::HoldStarted {
                hold_id: HoldId::parse("PLAN").unwrap(),
                invoice_ids: vec![],
                kind: HoldKind::PaymentPlan,
            },
        ),
        ("2026-06-02", AccountFact::UnappliedCash { amount_minor: 100 }),
    ];
    for (on, fact) in ahead {
        accounts[0].events.push(AccountEvent { on: day(on), fact });
    }
    accounts[0].events.sort_by(AccountEvent::fold_order);
    assert_eq!(run(&accounts, 3).unwrap(), before);
}

/// Goal: a horizon that no decision has reached has no figures, instead of those of an empty list; when none has one, that is said.
#[test]
fn a_horizon_that_nothing_has_reached_is_not_judged() {
    let accounts = make(24, 30, 1);
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    let ended_on = known_through(replays.iter().map(|account| account.events), day("2025-10-01")).unwrap();
    // The first decision is taken 3 days past due, so the earliest due date is 15 days before the end.
    let spec = BacktestSpec { from: ended_on.plus_days(-15), horizons_days: vec![7, 30], today: ended_on, ..spec(3) };
    let report = backtest(&replays, &spec).unwrap().report;
    let [known, unknown] = report.horizons.as_slice() else { panic!("{report:?}") };
    assert!(known.model.is_some() && known.baselines.len() == 5);
    assert_eq!((&unknown.model, unknown.oracle_late_cash_top_20, unknown.customer_count), (&None, None, 0));
    assert!(unknown.training_count > 0 && unknown.baselines.is_empty() && unknown.gains.is_empty());
    assert_eq!(report.undecided_count, report.decision_count);
    let error = backtest(&replays, &BacktestSpec { horizons_days: vec![20, 30], ..spec }).unwrap_err();
    assert!(matches!(error, BacktestError::NothingKnown { horizon_days: 20, .. }), "{error}");
}

/// Goal: amounts of two currencies are never added or compared. What does not depend on amounts stays to the last digit; late cash, the
/// gain curves and the order by amount are left out.
#[test]
fn amounts_of_several_currencies_are_not_added() {
    let accounts = make(24, 30, 1);
    let mut replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    let one = backtest(&replays, &spec(3)).unwrap().report;
    assert_eq!(one.currency, Some(Currency::EUR));
    replays.iter_mut().step_by(2).for_each(|account| account.currency = Currency::USD);
    let several = backtest(&replays, &spec(3)).unwrap().report;
    assert_eq!((several.currency, several.decision_count), (None, one.decision_count));
    for (one, several) in one.horizons.iter().zip(&several.horizons) {
        let (with_cash, without) = (one.model.as_ref().unwrap(), several.model.as_ref().unwrap());
        let mut kept = with_cash.clone();
        (kept.late_cash_top_10, kept.late_cash_top_20) = (None, None);
        kept.intervals.retain(|measure, _| !measure.adds_amounts());
        assert_eq!(*without, kept);
        assert_eq!(without.intervals.len(), Measure::ALL.len() - 2);
        assert!(several.oracle_late_cash_top_20.is_none() && several.gains.is_empty());
        let names: Vec<&str> = several.baselines.iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["base_rate", "customer_rate", "customer_and_unit_rate", "oldest_first"]);
        for (rule, before) in several.baselines.iter().zip(&one.baselines) {
            assert_eq!((rule.auc, rule.log_loss, rule.late_cash_top_20), (before.auc, before.log_loss, None));
            assert!(rule.model_minus_rule.keys().all(|measure| !measure.adds_amounts()));
        }
    }
}

/// Goal: the customer's rate answers the question asked, on any day: of the invoices still unpaid then. Every fourth customer pays up to
/// 60 days late, so of its invoices unpaid 20 days past due most are unpaid at 25, while few of all are: a rate of all would be far off.
#[test]
fn the_customer_rate_is_that_of_invoices_unpaid_on_the_day_of_the_decision() {
    let accounts = make(24, 30, 1);
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    let (as_of, customer_id) = (day("2026-01-31"), &accounts[0].customer_id);
    let (mut unpaid, mut asked) = (0.0, 0.0);
    for invoice in outcomes(&accounts[0].events) {
        let on = |days| invoice.outcome.is_unpaid_on(invoice.outcome.due_on.plus_days(days));
        if on(20) {
            asked += 1.0;
            unpaid += if on(25) { 1.0 } else { 0.0 };
        }
    }
    let share = LateShares::new(&replays, 25, Counted::UnpaidAt(20)).share(customer_id, as_of, 0.5);
    assert!(asked > 0.0 && (share - (unpaid + 2.5) / (asked + 5.0)).abs() < 1e-12, "{share}");
    for decide_at_days in [-5, 10] {
        let horizons_days = vec![12, 40];
        let spec = BacktestSpec { horizons_days, ..spec(decide_at_days) };
        for horizon in backtest(&replays, &spec).unwrap().report.horizons {
            let [base_rate, customer_rate] = &horizon.baselines[..2] else { panic!("{horizon:?}") };
            let losses = (customer_rate.log_loss.unwrap(), base_rate.log_loss.unwrap());
            assert!(losses.0 < losses.1, "{decide_at_days}, {}: {losses:?}", horizon.horizon_days);
        }
    }
}

/// Goal: a handful of customers gives figures and no intervals, which would be too narrow to mean anything; one customer's would have no width.
#[test]
fn few_customers_have_no_intervals() {
    let accounts = make(8, 30, 1);
    let report = run(&accounts, 3).unwrap().report;
    for horizon in report.horizons {
        let model = horizon.model.unwrap();
        assert!(horizon.customer_count < CLUSTER_COUNT_MIN);
        for interval in model.intervals.values().chain(horizon.baselines[0].model_minus_rule.values()) {
            assert!(interval.value.is_some() && interval.low.is_none() && interval.high.is_none(), "{interval:?}");
        }
    }
}

/// Goal: a first day beyond the last payment is told as such, and not as if every invoice had been paid.
#[test]
fn a_first_day_beyond_the_last_payment_names_that_payment() {
    let accounts = make(24, 30, 1);
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    let last_on = known_through(replays.iter().map(|account| account.events), day("2026-06-01")).unwrap();
    let error = backtest(&replays, &BacktestSpec { from: last_on.plus_days(-2), ..spec(3) }).unwrap_err();
    let expected = (last_on.plus_days(-2), last_on.plus_days(1), last_on);
    let BacktestError::BeyondLedger { from, first_decision_on, known_through } = error else { panic!("{error}") };
    assert_eq!((from, first_decision_on, known_through), expected);
    assert!(error.to_string().contains(&last_on.to_string()), "{error}");
    let at_issue =
        AtIssueSpec { from: last_on.plus_days(1), horizons_days: vec![0], seed: 1, today: day("2026-06-01") };
    assert!(matches!(backtest_at_issue(&replays, &at_issue), Err(BacktestError::BeyondLedger { .. })));
}
