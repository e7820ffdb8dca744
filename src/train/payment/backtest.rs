//! Replays the past of the payment model: trained on what was known before a day, judged on what came after.

use serde::Serialize;

use super::fit::{FitError, fit_heads};
use super::matrix::usable;
use super::measure::{Figures, Judged, auc, figures, late_cash};
use super::replay::{DRAWN_ALL, DecisionPlan, PaymentExample, ReplayAccount};
use super::spec::{Landmark, PaymentSpec};
use super::train::{LedgerSurvey, known_through, replay_all, whole_plan};
use crate::domain::ids::InvoiceId;
use crate::domain::time::CivilDate;
use crate::features::catalog::Feature;
use crate::model::payment::forecast::{Head, forecast, sigmoid};

/// Share of the decisions ranked first whose late cash is compared.
const TOP_SHARE: f64 = 0.2;

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

/// A simple rule on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineFigures {
    /// Which rule.
    pub name: &'static str,
    /// Area under the ROC curve of its order.
    pub auc: f64,
    /// Mean logarithmic loss, for rules that give probabilities.
    pub log_loss: Option<f64>,
    /// Share of the late cash in the 20 % ranked first by it.
    pub late_cash_top_20: f64,
}

/// What one horizon came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonReport {
    /// Days past due.
    pub horizon_days: i32,
    /// Examples that the head was trained on, all landmarks together.
    pub training_count: usize,
    /// The model's figures.
    pub model: Figures,
    /// Late cash that a ranking with hindsight would have had in its first 20 %.
    pub oracle_late_cash_top_20: f64,
    /// Simple rules on the same rows.
    pub baselines: Vec<BaselineFigures>,
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
        report_horizon(head, &rows, &examples, spec)
    });
    let report = BacktestReport {
        from: spec.from.to_string(),
        known_through: last_on.to_string(),
        decision_count: decisions.len(),
        undecided_count: predictions.iter().skip(heads.len() - 1).step_by(heads.len()).filter(|p| !p.is_known).count(),
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

fn report_horizon(
    head: &Head,
    rows: &[JudgedRow<'_>],
    examples: &[PaymentExample],
    spec: &BacktestSpec,
) -> HorizonReport {
    let horizon_days = head.horizon_days;
    let known = usable(examples, horizon_days, spec.from);
    let model = judge(rows, |_, prediction| prediction.probability);
    HorizonReport {
        horizon_days,
        training_count: known.len(),
        oracle_late_cash_top_20: late_cash(&model, TOP_SHARE, |item| if item.happened { item.amount } else { 0.0 }),
        baselines: baselines(rows, base_rate(&known, spec.decide_at_days, horizon_days), horizon_days),
        model: figures(&model),
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

fn judge(rows: &[JudgedRow<'_>], probability: impl Fn(&PaymentExample, &Prediction) -> f64) -> Vec<Judged> {
    let judged = |(example, prediction): &JudgedRow<'_>| Judged {
        probability: probability(example, prediction),
        happened: prediction.is_unpaid,
        amount: prediction.amount,
    };
    rows.iter().map(judged).collect()
}

/// Simple rules on the same rows: those that give probabilities rank by probability × amount, the others by their order.
fn baselines(rows: &[JudgedRow<'_>], base_rate: f64, horizon_days: i32) -> Vec<BaselineFigures> {
    let customer_rate = customer_rate_feature(horizon_days);
    let by_cash = |item: &Judged| item.probability * item.amount;
    let of_probability = |name, judged: Vec<Judged>| BaselineFigures {
        name,
        auc: auc(&judged),
        log_loss: Some(figures(&judged).log_loss),
        late_cash_top_20: late_cash(&judged, TOP_SHARE, by_cash),
    };
    let of_order = |name, judged: Vec<Judged>| BaselineFigures {
        name,
        auc: auc(&judged),
        log_loss: None,
        late_cash_top_20: late_cash(&judged, TOP_SHARE, |item| item.probability),
    };
    vec![
        of_probability("base_rate", judge(rows, |_, _| base_rate)),
        of_probability("customer_rate", judge(rows, |example, _| sigmoid(f64::from(example.row.get(customer_rate))))),
        of_order("oldest_first", judge(rows, |example, _| -f64::from(example.outcome.due_on.unix_days()))),
        of_order("largest_first", judge(rows, |_, prediction| prediction.amount)),
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
