//! Replays the past of the payment model: trained on what was known before a day, judged on what came after.

use serde::Serialize;

use super::customer_rate::{Counted, LateShares};
use super::fit::{FitError, fit_heads};
use super::judge::{Amounts, HorizonRows, RESAMPLE_COUNT, Rule, RuleKind, judge_horizon};
use super::matrix::usable;
use super::measure::Judged;
use super::replay::{DecisionPlan, PaymentExample, ReplayAccount};
use super::spec::{Landmark, LandmarkDay, PaymentSpec};
use super::train::{LedgerSurvey, fit_known_heads, known_through, replay_all, whole_plan};
use crate::domain::ids::InvoiceId;
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::features::catalog::Feature;
use crate::features::cohort::CHECKPOINTS_DAYS;
use crate::model::odds::probability_of_logit;
use crate::model::payment::forecast::Heads;

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
    /// The present day: documents dated later are not believed to tell who has paid.
    pub today: CivilDate,
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
    /// Day of the last payment up to the present day: outcomes are known up to it.
    pub known_through: String,
    /// Currency of all amounts; absent when there are several, and then nothing that adds or compares amounts is judged.
    pub currency: Option<Currency>,
    /// Decisions taken.
    pub decision_count: usize,
    /// Decisions whose outcome at the last horizon is not known yet; they are in the predictions, but not judged there.
    pub undecided_count: usize,
    /// Bootstrap resamples of customers behind every interval.
    pub resample_count: usize,
    /// One entry for each horizon.
    pub horizons: Vec<HorizonReport>,
    /// The same question on the day of issue, when it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_issue: Option<AtIssueReport>,
}

/// What to judge on the day of issue.
#[derive(Debug, Clone, PartialEq)]
pub struct AtIssueSpec {
    /// First day of issue that is judged; training ends on the day before.
    pub from: CivilDate,
    /// More than how many days late, ascending.
    pub horizons_days: Vec<i32>,
    /// Decides every draw.
    pub seed: u64,
    /// The present day, as for [`BacktestSpec`].
    pub today: CivilDate,
}

/// How well it was known on the day of issue that an invoice would be paid late.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtIssueReport {
    /// Invoices judged.
    pub decision_count: usize,
    /// Invoices whose outcome at the last horizon is not known yet; they are not judged there.
    pub undecided_count: usize,
    /// Invoices left out because they were due on the day of issue or before.
    pub due_at_once_count: usize,
    /// One entry for each lateness; `unpaid_count` counts the invoices paid later than that.
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

/// What was judged on the day of issue, with the probabilities behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct AtIssueBacktest {
    /// The figures.
    pub report: AtIssueReport,
    /// Every probability, by invoice, then by lateness.
    pub predictions: Vec<Prediction>,
}

/// Why a backtest could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// There are no invoices.
    #[error("the ledger holds no invoices")]
    NoInvoices,
    /// There are no payments yet.
    #[error("the ledger holds no payments up to {today}, so nobody's habits are known")]
    NoPayments {
        /// The present day.
        today: CivilDate,
    },
    /// Nothing is judged.
    #[error("no invoice due on or after {from} was unpaid {decide_at_days} days past due")]
    NoDecisions {
        /// First due date.
        from: CivilDate,
        /// Days past due.
        decide_at_days: i32,
    },
    /// The first day of a decision lies beyond the last payment.
    #[error(
        "the last payment in the ledger came on {known_through}, so nothing is known of decisions from {first_decision_on} on; \
         expected an earlier first day than {from}"
    )]
    BeyondLedger {
        /// First due date, or first day of issue.
        from: CivilDate,
        /// The earliest day on which a decision could be taken.
        first_decision_on: CivilDate,
        /// Day of the last payment.
        known_through: CivilDate,
    },
    /// No invoice is judged on the day of issue.
    #[error("no invoice was issued on or after {from}")]
    NoneIssued {
        /// First day of issue.
        from: CivilDate,
    },
    /// No outcome is known yet.
    #[error(
        "the last payment in the ledger came on {known_through}, when none of the {decision_count} decisions was \
         {horizon_days} days past due, so no outcome is known yet"
    )]
    NothingKnown {
        /// Day of the last payment.
        known_through: CivilDate,
        /// Decisions taken.
        decision_count: usize,
        /// The first horizon.
        horizon_days: i32,
    },
    /// The model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Runs a backtest over the accounts of a ledger: a model for exactly this decision and these horizons.
///
/// # Errors
/// When there is nothing to learn from or to judge.
pub fn backtest(accounts: &[ReplayAccount<'_>], spec: &BacktestSpec) -> Result<Backtest, BacktestError> {
    let training = PaymentSpec::decide_at(spec.decide_at_days, &spec.horizons_days, spec.seed);
    backtest_past_due(accounts, spec, training, Learner::ForTheDay)
}

/// The same for the model that serves, which is one for every day past due: what [`train`](super::train::train) would have stored on the
/// day before `spec.from`. Horizons that it has no head for are not judged.
///
/// # Errors
/// When there is nothing to learn from or to judge.
pub fn backtest_serving(accounts: &[ReplayAccount<'_>], spec: &BacktestSpec) -> Result<Backtest, BacktestError> {
    backtest_past_due(accounts, spec, PaymentSpec::overdue(spec.seed), Learner::ForEveryDay)
}

fn backtest_past_due(
    accounts: &[ReplayAccount<'_>],
    spec: &BacktestSpec,
    training: PaymentSpec,
    learner: Learner,
) -> Result<Backtest, BacktestError> {
    let day = LandmarkDay::PastDue(spec.decide_at_days);
    let horizons_days = spec.horizons_days.clone();
    let question = Question { from: spec.from, day, horizons_days, training, learner, today: spec.today };
    let Answers { decision_count, currency, last_on, horizons, predictions, due_at_once_count: _ } =
        answer(accounts, &question)?;
    if decision_count == 0 {
        return Err(BacktestError::NoDecisions { from: spec.from, decide_at_days: spec.decide_at_days });
    }
    let report = BacktestReport {
        from: spec.from.to_string(),
        known_through: last_on.to_string(),
        currency,
        decision_count,
        undecided_count: undecided_count(&predictions, horizons.len()),
        resample_count: RESAMPLE_COUNT,
        horizons,
        at_issue: None,
    };
    Ok(Backtest { report, predictions })
}

/// Judges the same learner on the day of issue: trained on invoices whose outcome was known before `spec.from`, judged on
/// invoices issued from that day on. Nothing is known of such an invoice but its terms and its account's past.
///
/// # Errors
/// When there is nothing to learn from or to judge.
pub fn backtest_at_issue(accounts: &[ReplayAccount<'_>], spec: &AtIssueSpec) -> Result<AtIssueBacktest, BacktestError> {
    let training = PaymentSpec::decide_at_issue(&spec.horizons_days, spec.seed);
    let (day, horizons_days) = (LandmarkDay::Issue, spec.horizons_days.clone());
    let learner = Learner::ForTheDay;
    let question = Question { from: spec.from, day, horizons_days, training, learner, today: spec.today };
    let Answers { decision_count, currency: _, last_on: _, horizons, predictions, due_at_once_count } =
        answer(accounts, &question)?;
    if decision_count == 0 {
        return Err(BacktestError::NoneIssued { from: spec.from });
    }
    let undecided_count = undecided_count(&predictions, horizons.len());
    let report = AtIssueReport { decision_count, undecided_count, due_at_once_count, horizons };
    Ok(AtIssueBacktest { report, predictions })
}

/// What is asked of the past.
struct Question {
    from: CivilDate,
    day: LandmarkDay,
    /// What is judged, ascending.
    horizons_days: Vec<i32>,
    training: PaymentSpec,
    learner: Learner,
    today: CivilDate,
}

/// Which kind of model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Learner {
    /// One for exactly the day of the decision, with a head for every horizon that is judged.
    ForTheDay,
    /// One for every day, as it serves, with the heads that there is enough to learn for.
    ForEveryDay,
}

/// What the past answers.
struct Answers {
    decision_count: usize,
    /// Currency of all decisions, when there is one only.
    currency: Option<Currency>,
    /// Invoices that were due on the day of the decision already, so that the first horizon asks for nothing.
    due_at_once_count: usize,
    last_on: CivilDate,
    horizons: Vec<HorizonReport>,
    predictions: Vec<Prediction>,
}

fn answer(accounts: &[ReplayAccount<'_>], question: &Question) -> Result<Answers, BacktestError> {
    let Question { from, day, horizons_days, training, learner, today } = question;
    let last_on = known_through(accounts.iter().map(|account| account.events), *today);
    let last_on = last_on.ok_or(BacktestError::NoPayments { today: *today })?;
    let first_decision_on = match day {
        LandmarkDay::Issue => *from,
        LandmarkDay::PastDue(days) => from.plus_days(*days),
    };
    if first_decision_on > last_on {
        return Err(BacktestError::BeyondLedger { from: *from, first_decision_on, known_through: last_on });
    }
    let mut survey = LedgerSurvey::new(whole_plan(&training.landmarks, from.plus_days(-1)), last_on);
    accounts.iter().for_each(|account| survey.observe(account));
    let (portfolio, training_plan) = survey.finish(training.example_count_max);
    let examples = replay_all(accounts, &portfolio, &training_plan);
    let (heads, example_days) = match learner {
        Learner::ForTheDay => (fit_heads(&examples, training, *from)?, Vec::new()),
        Learner::ForEveryDay => (fit_known_heads(&examples, training, *from)?, training.example_days()),
    };
    let is_learned = |days: &i32| heads.iter().any(|head| head.horizon_days == *days);
    let horizons_days: Vec<i32> = horizons_days.iter().copied().filter(is_learned).collect();
    let whole = whole_plan(&[Landmark { day: *day, weight: 1.0 }], last_on);
    let judged_plan = match day {
        LandmarkDay::Issue => DecisionPlan { issued_from: *from, ..whole },
        LandmarkDay::PastDue(_) => DecisionPlan { due_from: *from, ..whole },
    };
    let mut decisions = replay_all(accounts, &portfolio, &judged_plan);
    let drawn_count = decisions.len();
    let first_horizon_days = horizons_days.first().copied().unwrap_or(i32::MAX);
    decisions.retain(|decision| decision.past_due_days < first_horizon_days);
    let currency = only_currency(&decisions);
    let amounts = if currency.is_some() { Amounts::OneCurrency } else { Amounts::SeveralCurrencies };
    let heads = Heads { list: &heads, example_days: &example_days };
    let predictions = predict(heads, *learner, &horizons_days, &decisions, last_on);
    let mut horizons = Vec::new();
    for (index, horizon_days) in horizons_days.iter().copied().enumerate() {
        let of_horizon = predictions.iter().skip(index).step_by(horizons_days.len());
        let rows: Vec<(&PaymentExample, &Prediction)> =
            decisions.iter().zip(of_horizon).filter(|(_, prediction)| prediction.is_known).collect();
        let known = usable(&examples, horizon_days, *from);
        let base_rate = base_rate(&known, *day, horizon_days);
        let rules = match day {
            LandmarkDay::Issue => {
                let late_shares = LateShares::new(accounts, horizon_days, Counted::All);
                rules_at_issue(&rows, base_rate, &late_shares)
            }
            LandmarkDay::PastDue(days) => {
                let late_shares = LateShares::new(accounts, horizon_days, Counted::UnpaidAt(*days));
                let with_unit = rate_with_unit(*days, horizon_days);
                simple_rules(&rows, base_rate, (&late_shares, with_unit), amounts)
            }
        };
        let rows = HorizonRows {
            horizon_days,
            training_count: known.len(),
            amounts,
            customers: rows.iter().map(|(example, _)| example.customer_id.clone()).collect(),
            model: rule("recourse", RuleKind::Probability, &rows, |_, prediction| prediction.probability),
            rules,
        };
        horizons.push(judge_horizon(rows, training.seed));
    }
    if !decisions.is_empty() && horizons.iter().all(|horizon| horizon.model.is_none()) {
        let (decision_count, horizon_days) = (decisions.len(), first_horizon_days);
        return Err(BacktestError::NothingKnown { known_through: last_on, decision_count, horizon_days });
    }
    let due_at_once_count = drawn_count - decisions.len();
    Ok(Answers { decision_count: decisions.len(), currency, due_at_once_count, last_on, horizons, predictions })
}

/// The currency of all decisions, when there is one only.
fn only_currency(decisions: &[PaymentExample]) -> Option<Currency> {
    let first = decisions.first()?.currency;
    decisions.iter().all(|decision| decision.currency == first).then_some(first)
}

/// Decisions whose outcome at the last horizon is not known yet.
fn undecided_count(predictions: &[Prediction], horizon_count: usize) -> usize {
    let at_last = predictions.iter().skip(horizon_count.saturating_sub(1)).step_by(horizon_count.max(1));
    at_last.filter(|prediction| !prediction.is_known).count()
}

/// One probability for each decision and horizon, in that order. That of a model for every day is what it says when it serves, to the bit.
fn predict(
    heads: Heads<'_>,
    learner: Learner,
    horizons_days: &[i32],
    decisions: &[PaymentExample],
    last_on: CivilDate,
) -> Vec<Prediction> {
    let mut predictions = Vec::with_capacity(decisions.len() * horizons_days.len());
    for decision in decisions {
        let curve = heads.forecast(&decision.row, decision.past_due_days);
        for horizon_days in horizons_days.iter().copied() {
            let point = curve.points.iter().find(|point| point.past_due_days == horizon_days);
            let probability = match (learner, point) {
                (Learner::ForTheDay, Some(point)) => point.unpaid_probability,
                (Learner::ForTheDay, None) | (Learner::ForEveryDay, _) => curve.unpaid_probability(horizon_days),
            };
            predictions.push(Prediction {
                invoice_id: decision.invoice_id.clone(),
                as_of: decision.as_of,
                horizon_days,
                probability,
                is_unpaid: decision.is_unpaid_at(horizon_days),
                is_known: decision.outcome.due_on.plus_days(horizon_days) <= last_on,
                amount: decision.amount,
            });
        }
    }
    predictions
}

/// A decision with the probability given.
type JudgedRow<'a> = (&'a PaymentExample, &'a Prediction);

/// The share of the training decisions that was unpaid at the horizon.
fn base_rate(known: &[&PaymentExample], day: LandmarkDay, horizon_days: i32) -> f64 {
    let (mut unpaid_count, mut count) = (0.0, 0.0);
    for example in known.iter().filter(|example| example.day == day) {
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

/// Simple rules on the same rows: those that give probabilities rank by probability × amount, the others by their order. Amounts of
/// several currencies have no order.
///
/// The customer's rate is its share of invoices still unpaid at the horizon among those unpaid on the day of the decision, as known by then.
/// Where a feature holds that rate drawn towards the selling unit's, it is a rule of its own: neither is always the harder one to beat.
fn simple_rules(
    rows: &[JudgedRow<'_>],
    base_rate: f64,
    (late_shares, with_unit): (&LateShares, Option<Feature>),
    amounts: Amounts,
) -> Vec<Rule> {
    let mut rules = vec![
        rule("base_rate", RuleKind::Probability, rows, |_, _| base_rate),
        rule("customer_rate", RuleKind::Probability, rows, |example, _| {
            late_shares.share(&example.customer_id, example.as_of, base_rate)
        }),
    ];
    rules.extend(with_unit.map(|feature| {
        rule("customer_and_unit_rate", RuleKind::Probability, rows, |example, _| {
            probability_of_logit(f64::from(example.row.get(feature)))
        })
    }));
    let due_day = |example: &PaymentExample| f64::from(example.outcome.due_on.unix_days());
    rules.push(rule("oldest_first", RuleKind::Order, rows, |example, _| -due_day(example)));
    if amounts == Amounts::OneCurrency {
        rules.push(rule("largest_first", RuleKind::Order, rows, |_, prediction| prediction.amount));
    }
    rules
}

/// Simple rules on the day of issue: the rate of all, and the customer's own as far as it was known.
fn rules_at_issue(rows: &[JudgedRow<'_>], base_rate: f64, late_shares: &LateShares) -> Vec<Rule> {
    vec![
        rule("base_rate", RuleKind::Probability, rows, |_, _| base_rate),
        rule("customer_rate", RuleKind::Probability, rows, |example, _| {
            late_shares.share(&example.customer_id, example.as_of, base_rate)
        }),
    ]
}

/// The feature that holds the customer's rate for this question, drawn towards that of its selling unit; the catalog has some only.
fn rate_with_unit(decide_at_days: i32, horizon_days: i32) -> Option<Feature> {
    let feature = match horizon_days {
        7 => Some(Feature::Risk7),
        15 => Some(Feature::Risk15),
        30 => Some(Feature::Risk30),
        _ => None,
    };
    feature.filter(|_| decide_at_days == CHECKPOINTS_DAYS[0])
}
