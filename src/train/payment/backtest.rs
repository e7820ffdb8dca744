//! Replays the past of the payment model: trained on what was known before a day, judged on what came after.

use serde::Serialize;

use super::fit::{FitError, fit_heads};
use super::judge::{HorizonRows, RESAMPLE_COUNT, Rule, RuleKind, judge_horizon};
use super::matrix::usable;
use super::measure::Judged;
use super::replay::{DRAWN_ALL, DecisionPlan, PaymentExample, ReplayAccount};
use super::spec::{Landmark, PaymentSpec};
use super::train::{LedgerSurvey, known_through, replay_all, whole_plan};
use crate::domain::ids::InvoiceId;
use crate::domain::time::CivilDate;
use crate::features::catalog::Feature;
use crate::model::payment::forecast::{Head, forecast, sigmoid};

pub use super::judge::{BaselineFigures, HorizonReport};

/// What to replay.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestSpec {
    /// First due date that is judged; training ends on the day before.
    pub from: CivilDate,
    /// Days past due on which the decision is taken.
    pub decide_at_days: i32,
    /// Days past due at which it is asked whether the invoice is still unpaid, ascending and after the decision.
    pub horizons_days: Vec<i32>,
    /// Decides every draw.
    pub seed: u64,
}

/// One probability given.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The day of the decision.
    pub as_of: CivilDate,
    /// Days past due at which it may be unpaid.
    pub horizon_days: i32,
    /// The probability that it is.
    pub probability: f64,
    /// Whether it was, as far as the ledger tells.
    pub is_unpaid: bool,
    /// Whether the ledger reaches to the horizon, so that the outcome is known.
    pub is_known: bool,
    /// Gross amount in units of its currency.
    pub amount: f64,
}

/// What the replay came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestReport {
    /// First due date judged.
    pub from: String,
    /// Last day of the ledger.
    pub known_through: String,
    /// Decisions taken.
    pub decision_count: usize,
    /// Decisions whose outcome at the last horizon is not known yet; they are in the predictions, but not judged there.
    pub undecided_count: usize,
    /// Bootstrap resamples of customers behind every interval.
    pub resample_count: usize,
    /// One entry for each horizon.
    pub horizons: Vec<HorizonReport>,
}

/// A report with the probabilities behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The figures.
    pub report: BacktestReport,
    /// Every probability, by decision, then by horizon.
    pub predictions: Vec<Prediction>,
}

/// Why a backtest could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// The ledger is empty.
    #[error("the ledger holds no events")]
    EmptyLedger,
    /// Nothing is judged.
    #[error("no invoice due on or after {from} was unpaid {decide_at_days} days past due")]
    NoDecisions {
        /// First due date.
        from: CivilDate,
        /// Days past due.
        decide_at_days: i32,
    },
    /// The model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Runs a backtest over the accounts of a ledger.
///
/// # Errors
/// When there is nothing to learn from or to judge.
pub fn backtest(accounts: &[ReplayAccount<'_>], spec: &BacktestSpec) -> Result<Backtest, BacktestError> {
    let last_on = known_through(accounts.iter().map(|account| account.events)).ok_or(BacktestError::EmptyLedger)?;
    let training = PaymentSpec::decide_at(spec.decide_at_days, &spec.horizons_days, spec.seed);
    let train_until = spec.from.plus_days(-1);
    let mut survey = LedgerSurvey::new(whole_plan(&training.landmarks, train_until), last_on);
    accounts.iter().for_each(|account| survey.observe(account));
    let (portfolio, training_plan) = survey.finish(training.example_count_max);
    let examples = replay_all(accounts, &portfolio, &training_plan);
    let heads = fit_heads(&examples, &training, spec.from)?;
    let landmark = Landmark { past_due_days: spec.decide_at_days, weight: 1.0 };
    let judged_plan = DecisionPlan {
        landmarks: vec![landmark],
        due_from: spec.from,
        as_of_until: last_on,
        drawn_of_65536: DRAWN_ALL,
    };
    let decisions = replay_all(accounts, &portfolio, &judged_plan);
    if decisions.is_empty() {
        return Err(BacktestError::NoDecisions { from: spec.from, decide_at_days: spec.decide_at_days });
    }
    let predictions = predict(&heads, &decisions, last_on);
    let horizons = heads.iter().enumerate().map(|(index, head)| {
        let of_horizon = predictions.iter().skip(index).step_by(heads.len());
        let rows: Vec<(&PaymentExample, &Prediction)> =
            decisions.iter().zip(of_horizon).filter(|(_, prediction)| prediction.is_known).collect();
        judge_horizon(horizon_rows(head, &rows, &examples, spec), spec.seed)
    });
    let report = BacktestReport {
        from: spec.from.to_string(),
        known_through: last_on.to_string(),
        decision_count: decisions.len(),
        undecided_count: predictions.iter().skip(heads.len() - 1).step_by(heads.len()).filter(|p| !p.is_known).count(),
        resample_count: RESAMPLE_COUNT,
        horizons: horizons.collect(),
    };
    Ok(Backtest { report, predictions })
}

fn predict(heads: &[Head], decisions: &[PaymentExample], last_on: CivilDate) -> Vec<Prediction> {
    let mut predictions = Vec::with_capacity(decisions.len() * heads.len());
    for decision in decisions {
        let curve = forecast(heads, &decision.row, decision.past_due_days);
        for point in &curve.points {
            predictions.push(Prediction {
                invoice_id: decision.invoice_id.clone(),
                as_of: decision.as_of,
                horizon_days: point.past_due_days,
                probability: point.unpaid_probability,
                is_unpaid: decision.is_unpaid_at(point.past_due_days),
                is_known: decision.outcome.due_on.plus_days(point.past_due_days) <= last_on,
                amount: decision.amount,
            });
        }
    }
    predictions
}

/// A decision with the probability given.
type JudgedRow<'a> = (&'a PaymentExample, &'a Prediction);

fn horizon_rows(head: &Head, rows: &[JudgedRow<'_>], examples: &[PaymentExample], spec: &BacktestSpec) -> HorizonRows {
    let horizon_days = head.horizon_days;
    let known = usable(examples, horizon_days, spec.from);
    HorizonRows {
        horizon_days,
        training_count: known.len(),
        customers: rows.iter().map(|(example, _)| example.customer_id.clone()).collect(),
        model: rule("recourse", RuleKind::Probability, rows, |_, prediction| prediction.probability),
        rules: simple_rules(rows, base_rate(&known, spec.decide_at_days, horizon_days), horizon_days),
    }
}

/// The share of the training decisions that was unpaid at the horizon.
fn base_rate(known: &[&PaymentExample], decide_at_days: i32, horizon_days: i32) -> f64 {
    let (mut unpaid_count, mut count) = (0.0, 0.0);
    for example in known.iter().filter(|example| example.past_due_days == decide_at_days) {
        count += 1.0;
        if example.is_unpaid_at(horizon_days) {
            unpaid_count += 1.0;
        }
    }
    if count > 0.0 { unpaid_count / count } else { 0.5 }
}

fn rule(
    name: &'static str,
    kind: RuleKind,
    rows: &[JudgedRow<'_>],
    key: impl Fn(&PaymentExample, &Prediction) -> f64,
) -> Rule {
    let judged = |(example, prediction): &JudgedRow<'_>| Judged {
        probability: key(example, prediction),
        happened: prediction.is_unpaid,
        amount: prediction.amount,
    };
    Rule { name, kind, judged: rows.iter().map(judged).collect() }
}

/// Simple rules on the same rows: those that give probabilities rank by probability × amount, the others by their order.
fn simple_rules(rows: &[JudgedRow<'_>], base_rate: f64, horizon_days: i32) -> Vec<Rule> {
    let customer_rate = customer_rate_feature(horizon_days);
    vec![
        rule("base_rate", RuleKind::Probability, rows, |_, _| base_rate),
        rule("customer_rate", RuleKind::Probability, rows, |example, _| {
            sigmoid(f64::from(example.row.get(customer_rate)))
        }),
        rule("oldest_first", RuleKind::Order, rows, |example, _| -f64::from(example.outcome.due_on.unix_days())),
        rule("largest_first", RuleKind::Order, rows, |_, prediction| prediction.amount),
    ]
}

/// The feature that is the customer's own rate at about this horizon.
fn customer_rate_feature(horizon_days: i32) -> Feature {
    match horizon_days {
        ..=10 => Feature::Risk7,
        11..=22 => Feature::Risk15,
        23.. => Feature::Risk30,
    }
}
