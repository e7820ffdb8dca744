//! The backtest of the payment model: every figure has an interval, and simple rules stand beside it on the same rows.

use recourse::train::payment::backtest::{Backtest, BacktestError, BacktestSpec, backtest};
use recourse::train::payment::measure::Measure;

use super::ledger::{MadeAccount, day, make};

fn run(accounts: &[MadeAccount], decide_at_days: i32) -> Result<Backtest, BacktestError> {
    let spec = BacktestSpec { from: day("2025-09-01"), decide_at_days, horizons_days: vec![7, 15], seed: 1 };
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    backtest(&replays, &spec)
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
        let model = &horizon.model;
        assert!(model.auc > 0.7, "{horizon:?}");
        assert!(model.late_cash_top_20 <= horizon.oracle_late_cash_top_20 + 1e-12);
        assert_eq!((horizon.baselines.len(), model.intervals.len()), (4, Measure::ALL.len()));
        assert!((2..=24).contains(&horizon.customer_count));
        let auc = model.intervals[&Measure::Auc];
        assert!(auc.low < auc.value && auc.value < auc.high && auc.value == model.auc, "{auc:?}");
        assert_eq!(model.reliability.iter().map(|bin| bin.count).sum::<usize>(), model.count);
        for rule in &horizon.baselines {
            let difference = rule.model_minus_rule[&Measure::Auc];
            assert_eq!(difference.value, model.auc - rule.auc);
            assert!(difference.low <= difference.high);
            assert_eq!(rule.intervals.contains_key(&Measure::LogLoss), rule.log_loss.is_some(), "{}", rule.name);
        }
        for gain in &horizon.gains {
            assert_eq!(gain.points.last(), Some(&(1.0, 1.0)), "{}", gain.name);
            assert!(gain.points.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        }
    }
    assert_eq!(run(&accounts, 3), Ok(result));
    assert_eq!(run(&[], 3), Err(BacktestError::EmptyLedger));
}
