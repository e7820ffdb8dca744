//! Training the payment model from the tenant's ledger.

use std::collections::HashMap;

use super::Metric;
use super::control::RunControl;
use super::trainers::{Judgement, Trained, TrainingJob, description_digest, passes};
use crate::domain::ids::{ModelId, ModelKind, TenantId};
use crate::domain::time::CivilDate;
use crate::features::portfolio::PeerGroup;
use crate::model::payment::artifact::PaymentArtifactError;
use crate::model::payment::golden::golden_text;
use crate::service::models::payment::PaymentScorer;
use crate::service::{Service, ServiceError, on_blocking_thread};
use crate::store::AccountRecord;
use crate::train::fair::{Contest, JudgedRows, Opponent, contest};
use crate::train::metrics::{BinaryRanking, ClusterInterval};
use crate::train::payment::backtest::{
    Backtest, BacktestError, BacktestSpec, BaselineFigures, HorizonReport, Prediction,
};
use crate::train::payment::fit::FitError;
use crate::train::payment::measure::Measure;
use crate::train::payment::replay::{DecisionPlan, ReplayAccount, outcomes};
use crate::train::payment::run::{LedgerOrigin, judge_later, train_with_card};
use crate::train::payment::spec::{Landmark, LandmarkDay};
use crate::train::payment::train::{LedgerSurvey, known_through, replay_all, whole_plan};

/// Invoices with a known outcome that are needed at least.
const INVOICES_MIN: usize = 200;
/// The figure that decides at the gate.
const DECIDING: &str = "auc_15d";
/// Its horizon.
const DECIDING_DAYS: i32 = 15;

/// Accounts as they are replayed.
pub(in crate::service) fn replayed(accounts: &[AccountRecord]) -> Vec<ReplayAccount<'_>> {
    let mut replayed = Vec::with_capacity(accounts.len());
    for AccountRecord { customer, currency, events } in accounts {
        let peers = PeerGroup::of(customer);
        replayed.push(ReplayAccount { customer_id: &customer.id, peers, currency: *currency, events });
    }
    replayed
}

impl Service {
    /// Training of a payment model on the whole ledger.
    pub(super) async fn payment_job(&self, tenant: &TenantId, seed: u64) -> Result<TrainingJob, ServiceError> {
        let accounts = self.all_accounts(tenant).await?;
        let counting = on_blocking_thread("counting invoices", move || {
            let count = accounts.iter().map(|account| outcomes(&account.events).len()).sum::<usize>();
            (accounts, count)
        });
        let (accounts, invoice_count) = counting.await?;
        let too_few = |message| ServiceError::Precondition { reason: "TOO_FEW_LABELS", message };
        if invoice_count < INVOICES_MIN {
            let message = format!("{invoice_count} invoices for `payment`, but at least {INVOICES_MIN} are needed");
            return Err(too_few(message));
        }
        let today = self.today();
        let known_through = known_through(accounts.iter().map(|account| account.events.as_slice()), today)
            .ok_or_else(|| too_few(format!("no payments up to {today} for `payment`, but some are needed")))?;
        let example_count = u64::try_from(invoice_count).unwrap_or(u64::MAX);
        let champion_id = self.champion_of(tenant, ModelKind::Payment).await?;
        let learned_until = self.learned_until(tenant, champion_id.as_ref()).await?;
        let shipped = PaymentScorer::shipped().map_err(|error| ServiceError::CorruptModel {
            id: ModelId::shipped(ModelKind::Payment).to_string(),
            problem: error.to_string(),
        })?;
        let promoted = match champion_id {
            Some(id) => Some(PaymentScorer::read(&id, &self.model_files(tenant, &id).await?)?),
            None => None,
        };
        let champion = Champion { promoted, shipped, learned_until };
        let days = TrainingDays { today, known_through };
        let train = Box::new(move |control: &RunControl| train_payment(&accounts, seed, days, &champion, control));
        Ok(TrainingJob { example_count, train })
    }

    async fn all_accounts(&self, tenant: &TenantId) -> Result<Vec<AccountRecord>, ServiceError> {
        let mut accounts = Vec::new();
        let mut after = None;
        while let Some(page) = self.next_accounts(tenant, &mut after).await? {
            accounts.extend(page);
        }
        Ok(accounts)
    }
}

/// The model that a challenger is to replace.
struct Champion {
    /// The promoted model; none while the shipped one serves.
    promoted: Option<PaymentScorer>,
    shipped: PaymentScorer,
    /// The last day that it can have learned of; none for a shipped model.
    learned_until: Option<CivilDate>,
}

/// The days that a run goes by.
#[derive(Clone, Copy)]
struct TrainingDays {
    /// The present day.
    today: CivilDate,
    /// Up to when the ledger tells who has paid.
    known_through: CivilDate,
}

fn train_payment(
    accounts: &[AccountRecord],
    seed: u64,
    days: TrainingDays,
    champion: &Champion,
    control: &RunControl,
) -> Result<Trained, ServiceError> {
    let context = "training a payment model";
    let accounts = replayed(accounts);
    control.begin(0.05, "learning from the earlier invoices and judging the later ones")?;
    let (spec, Backtest { report, predictions }) = judge_later(&accounts, seed, days.today).map_err(not_judged)?;
    let metrics: Vec<Metric> = report.horizons.iter().flat_map(horizon_metrics).collect();
    control.begin(0.5, "comparing with the champion on the same invoices")?;
    let Comparison { rows, opponent, compared, of_opponent } = compare(&accounts, &spec, &predictions, champion);
    let deciding = report.horizons.iter().find(|horizon| horizon.horizon_days == DECIDING_DAYS);
    let interval = deciding.and_then(|horizon| horizon.model.as_ref()?.intervals.get(&Measure::Auc));
    let has_interval = interval.is_some_and(|interval| interval.low.is_some());
    let judgement =
        Judgement { metrics: &metrics, rows, has_interval, opponent, compared: &compared, of_opponent: &of_opponent };
    let (passed_gate, gate_message) = passes(&judgement, DECIDING);
    control.begin(0.6, "learning from all invoices")?;
    let trained = train_with_card(&accounts, seed, days.known_through, LedgerOrigin::Own, Some(&report))
        .map_err(|error| not_judged(BacktestError::Fit(error)))?;
    let failed = |source: PaymentArtifactError| ServiceError::Internal { context, source: source.into() };
    let files = trained.model.to_files().map_err(failed)?;
    let golden = golden_text(&trained.golden).map_err(failed)?;
    let digest = description_digest(files.json.as_bytes());
    let files = [
        ("model.json", files.json.into_bytes()),
        ("weights.bin", files.weights),
        ("golden.jsonl", golden.into_bytes()),
        ("card.md", trained.card.into_bytes()),
    ];
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    Ok(Trained { files, digest, metrics, passed_gate, gate_message })
}

/// Too little history is the caller's to mend, so the run says what is missing.
fn not_judged(error: BacktestError) -> ServiceError {
    match error {
        BacktestError::NoInvoices
        | BacktestError::NoPayments { .. }
        | BacktestError::NoDecisions { .. }
        | BacktestError::BeyondLedger { .. }
        | BacktestError::NoneIssued { .. }
        | BacktestError::NothingKnown { .. }
        | BacktestError::Fit(FitError::TooFewExamples { .. }) => {
            ServiceError::Precondition { reason: "TOO_FEW_LABELS", message: error.to_string() }
        }
        BacktestError::Fit(FitError::Boosting { .. } | FitError::Regression { .. }) => {
            ServiceError::Internal { context: "judging a payment model", source: error.into() }
        }
    }
}

/// How a challenger compares with another model, at every horizon.
struct Comparison {
    /// What the rows of the deciding horizon can tell.
    rows: JudgedRows,
    /// The other model there.
    opponent: Opponent,
    /// The challenger's figures.
    compared: Vec<Metric>,
    /// The other's on the same rows.
    of_opponent: Vec<Metric>,
}

/// The figures of the challenger, whose predictions are given, and of the champion on the same rows of each horizon.
fn compare(
    accounts: &[ReplayAccount<'_>],
    spec: &BacktestSpec,
    predictions: &[Prediction],
    champion: &Champion,
) -> Comparison {
    let mut comparison = Comparison {
        rows: JudgedRows::default(),
        opponent: Opponent::Champion,
        compared: Vec::new(),
        of_opponent: Vec::new(),
    };
    let Some(last_on) = known_through(accounts.iter().map(|account| account.events), spec.today) else {
        return comparison;
    };
    let landmark = Landmark { day: LandmarkDay::PastDue(spec.decide_at_days), weight: 1.0 };
    let plan = whole_plan(&[landmark], last_on);
    let plan = DecisionPlan { due_from: spec.from, ..plan };
    let mut survey = LedgerSurvey::new(plan.clone(), last_on);
    accounts.iter().for_each(|account| survey.observe(account));
    let (portfolio, _) = survey.finish(usize::MAX);
    let mut forecasts = HashMap::new();
    for decision in replay_all(accounts, &portfolio, &plan) {
        let of_shipped = champion.shipped.model().forecast(&decision.row);
        let of_promoted = champion.promoted.as_ref().map(|promoted| promoted.model().forecast(&decision.row));
        forecasts.insert((decision.invoice_id, decision.as_of), (of_shipped, of_promoted));
    }
    for horizon_days in &spec.horizons_days {
        let known = predictions.iter().filter(|row| row.horizon_days == *horizon_days && row.is_known);
        let mut rows: Vec<_> =
            known.filter_map(|row| Some((row, forecasts.get(&(row.invoice_id.clone(), row.as_of))?))).collect();
        rows.sort_by_key(|(row, _)| row.as_of);
        let outcomes: Vec<(CivilDate, bool)> = rows.iter().map(|(row, _)| (row.as_of, row.is_unpaid)).collect();
        let Contest { opponent, from } = contest(&outcomes, champion.learned_until);
        if *horizon_days == DECIDING_DAYS {
            comparison.opponent = opponent;
            comparison.rows = JudgedRows::of(outcomes.iter().map(|(_, is_unpaid)| *is_unpaid));
        }
        let rows = rows.get(from..).unwrap_or_default();
        let own = rows.iter().map(|(row, _)| (row.probability, row.is_unpaid));
        let theirs = rows.iter().map(|(row, (of_shipped, of_promoted))| {
            let forecast = match opponent {
                Opponent::Champion => of_promoted.as_ref().unwrap_or(of_shipped),
                Opponent::Shipped { .. } => of_shipped,
            };
            (forecast.unpaid_probability(*horizon_days), row.is_unpaid)
        });
        comparison.compared.push(auc_metric(*horizon_days, own));
        comparison.of_opponent.push(auc_metric(*horizon_days, theirs));
    }
    comparison
}

fn auc_metric(horizon_days: i32, points: impl ExactSizeIterator<Item = (f64, bool)>) -> Metric {
    let row_count = u64::try_from(points.len()).unwrap_or(u64::MAX);
    let value = BinaryRanking::new(points.collect()).measure_all().auc;
    Metric { name: format!("auc_{horizon_days}d"), value, low: value, high: value, row_count, baseline: None }
}

/// The figures of a horizon, each beside the best simple rule; none as long as no outcome is known.
fn horizon_metrics(report: &HorizonReport) -> Vec<Metric> {
    let Some(model) = &report.model else { return Vec::new() };
    let days = report.horizon_days;
    let row_count = u64::try_from(model.count).unwrap_or(u64::MAX);
    let highest = |figure: fn(&BaselineFigures) -> Option<f64>| {
        let named = report.baselines.iter().filter_map(|rule| Some((rule.name.to_owned(), figure(rule)?)));
        named.reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    let metric = |name: String, measure: Measure, baseline: Option<(String, f64)>| {
        let ClusterInterval { value, low, high } = model.intervals.get(&measure).copied()?;
        let value = value?;
        let (low, high) = (low.unwrap_or(value), high.unwrap_or(value));
        Some(Metric { name, value, low, high, row_count, baseline })
    };
    let losses = report.baselines.iter().filter_map(|rule| Some((rule.name.to_owned(), rule.log_loss?)));
    let least_loss = losses.reduce(|best, next| if next.1 < best.1 { next } else { best });
    let metrics = [
        metric(format!("auc_{days}d"), Measure::Auc, highest(|rule| rule.auc)),
        metric(format!("log_loss_{days}d"), Measure::LogLoss, least_loss),
        metric(format!("late_cash_top_20_{days}d"), Measure::LateCashTop20, highest(|rule| rule.late_cash_top_20)),
        metric(format!("ece_{days}d"), Measure::Ece, None),
    ];
    metrics.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a horizon without known outcomes is no metric, so that the gate cannot be passed on nothing, and a run that has
    /// nothing to judge says what is missing instead of failing as something unforeseen.
    #[test]
    fn nothing_is_measured_and_nothing_hidden_before_outcomes_are_known() {
        let unknown = HorizonReport {
            horizon_days: 15,
            training_count: 400,
            customer_count: 0,
            model: None,
            oracle_late_cash_top_20: None,
            baselines: Vec::new(),
            gains: Vec::new(),
        };
        assert!(horizon_metrics(&unknown).is_empty());
        let known_through = CivilDate::MIN;
        let told = not_judged(BacktestError::NothingKnown { known_through, decision_count: 12, horizon_days: 7 });
        let ServiceError::Precondition { reason, message } = told else { panic!("{told:?}") };
        assert_eq!(reason, "TOO_FEW_LABELS");
        assert!(message.contains("none of the 12 decisions was 7 days past due"), "{message}");
    }
}
