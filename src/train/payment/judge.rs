//! Judges the probabilities of one horizon beside simple rules on the same rows, each figure with its interval.
//!
//! Intervals are the middle 95 % of [`RESAMPLE_COUNT`] bootstrap resamples of customers with all of their rows, widened by the bias
//! of resampling where that counts, as that of a calibration error does. All rules are
//! measured on the same resamples, so that the difference of two of them has an interval of its own, which is narrower than
//! the two intervals side by side suggest. Fewer than about thirty customers make every such interval too narrow, and fewer than
//! ten have none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::measure::{Judged, Measure, Measured, Ranking};
use crate::domain::ids::CustomerId;
use crate::train::metrics::{
    ANY_RANGE, CALIBRATION_GROUPS, ClusterInterval, ClusterResamples, ReliabilityBin, reliability_by_count,
};

/// Bootstrap resamples behind every interval.
pub const RESAMPLE_COUNT: usize = 200;
/// Steps of a gain curve.
const GAIN_STEPS: u32 = 50;

/// Intervals by measure.
pub type Intervals = BTreeMap<Measure, ClusterInterval>;

/// Figures of one horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Decisions judged.
    pub count: usize,
    /// How many of them were unpaid.
    pub unpaid_count: usize,
    /// Area under the ROC curve; absent when only one outcome occurred.
    pub auc: Option<f64>,
    /// Area under the steps of precision over recall; absent when nothing was unpaid.
    pub average_precision: Option<f64>,
    /// Mean of the squared errors.
    pub brier: f64,
    /// Mean logarithmic loss.
    pub log_loss: f64,
    /// Expected calibration error in ten groups of equal size.
    pub ece: f64,
    /// Share of the late cash in the 10 % of decisions ranked first by probability × amount; absent when amounts are in several
    /// currencies, and when nothing was unpaid.
    pub late_cash_top_10: Option<f64>,
    /// The same for 20 %.
    pub late_cash_top_20: Option<f64>,
    /// Each figure with the middle 95 % of the resampled ones, of which there are none with few customers.
    pub intervals: Intervals,
    /// What came true of each tenth of the probabilities.
    pub reliability: Vec<ReliabilityBin>,
}

/// A simple rule on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineFigures {
    /// Which rule.
    pub name: &'static str,
    /// Area under the ROC curve of its order; absent when only one outcome occurred.
    pub auc: Option<f64>,
    /// Area under the steps of precision over recall; absent when nothing was unpaid.
    pub average_precision: Option<f64>,
    /// Mean of the squared errors, for rules that give probabilities.
    pub brier: Option<f64>,
    /// Mean logarithmic loss, for rules that give probabilities.
    pub log_loss: Option<f64>,
    /// Expected calibration error, for rules that give probabilities.
    pub ece: Option<f64>,
    /// Share of the late cash in the 10 % ranked first by it; absent when amounts are in several currencies, and when nothing was
    /// unpaid.
    pub late_cash_top_10: Option<f64>,
    /// The same for 20 %.
    pub late_cash_top_20: Option<f64>,
    /// Each figure with the middle 95 % of the resampled ones, of which there are none with few customers.
    pub intervals: Intervals,
    /// The model's figure less the rule's, on the same resamples.
    pub model_minus_rule: Intervals,
}

/// What one horizon came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonReport {
    /// Days past due.
    pub horizon_days: i32,
    /// Examples that the head was trained on, all landmarks together.
    pub training_count: usize,
    /// Customers behind the rows judged, of whom the resamples are drawn.
    pub customer_count: usize,
    /// The model's figures; absent as long as no outcome is known.
    pub model: Option<Figures>,
    /// Late cash that a ranking with hindsight would have had in its first 20 %; absent with the figures, when amounts are in several
    /// currencies, and when nothing was unpaid.
    pub oracle_late_cash_top_20: Option<f64>,
    /// Simple rules on the same rows; none as long as no outcome is known.
    pub baselines: Vec<BaselineFigures>,
    /// Share of the late cash reached by each rule after each step of its order, for plots; none when there is no such cash, or
    /// amounts are in several currencies.
    #[serde(skip)]
    pub gains: Vec<Gain>,
}

/// A rule's gain curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// Which rule.
    pub name: &'static str,
    /// Share of the decisions worked, and share of the late cash among them.
    pub points: Vec<(f64, f64)>,
}

/// What a rule goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// Probabilities; decisions are worked by probability × amount.
    Probability,
    /// An order and nothing else.
    Order,
}

/// A rule with what it says of each row.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it goes by.
    pub kind: RuleKind,
    /// Its probability or key for each row.
    pub judged: Vec<Judged>,
}

/// Whether the amounts of all rows may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// They are in one currency.
    OneCurrency,
    /// They are in several, so nothing that adds them is measured.
    SeveralCurrencies,
}

struct MeasuredRule {
    name: &'static str,
    kind: RuleKind,
    amounts: Amounts,
    ranking: Ranking,
    value: Measured,
    resampled: Vec<Measured>,
    customer_count: usize,
}

impl MeasuredRule {
    fn new(rule: Rule, amounts: Amounts, customer_count: usize) -> Self {
        let Rule { name, kind, judged } = rule;
        let ranking = match kind {
            RuleKind::Probability => Ranking::of_probabilities(judged),
            RuleKind::Order => Ranking::of_order(judged),
        };
        let value = ranking.measure_all();
        MeasuredRule { name, kind, amounts, ranking, value, resampled: Vec::new(), customer_count }
    }

    fn is_measured(&self, measure: Measure) -> bool {
        let has_probabilities = self.kind == RuleKind::Probability || !measure.needs_probabilities();
        has_probabilities && (self.amounts == Amounts::OneCurrency || !measure.adds_amounts())
    }

    fn measures(&self) -> impl Iterator<Item = Measure> {
        Measure::ALL.into_iter().filter(|measure| self.is_measured(*measure))
    }

    fn measured(&self, measure: Measure) -> Option<f64> {
        Some(self.value.get(measure)).filter(|value| self.is_measured(measure) && value.is_finite())
    }

    fn intervals(&self) -> Intervals {
        let of_measure = |measure| {
            let resampled = self.resampled.iter().map(|sample| sample.get(measure));
            (measure, ClusterInterval::new(self.value.get(measure), resampled, self.customer_count, measure.range()))
        };
        self.measures().map(of_measure).collect()
    }

    fn intervals_below(&self, model: &MeasuredRule) -> Intervals {
        let of_measure = |measure| {
            let pairs = model.resampled.iter().zip(&self.resampled);
            let differences = pairs.map(|(of_model, own)| of_model.get(measure) - own.get(measure));
            let difference = model.value.get(measure) - self.value.get(measure);
            (measure, ClusterInterval::new(difference, differences, self.customer_count, ANY_RANGE))
        };
        self.measures().map(of_measure).collect()
    }

    fn gain(&self) -> Gain {
        let row_counts = vec![1; self.ranking.judged().len()];
        let point = |step| {
            let share = f64::from(step) / f64::from(GAIN_STEPS);
            (share, self.ranking.late_cash(&row_counts, share))
        };
        Gain { name: self.name, points: (0..=GAIN_STEPS).map(point).collect() }
    }

    fn figures(&self) -> Figures {
        let get = |measure| self.value.get(measure);
        let judged = self.ranking.judged();
        let points: Vec<(f64, bool)> = judged.iter().map(|item| (item.probability, item.happened)).collect();
        Figures {
            count: judged.len(),
            unpaid_count: judged.iter().filter(|item| item.happened).count(),
            auc: self.measured(Measure::Auc),
            average_precision: self.measured(Measure::AveragePrecision),
            brier: get(Measure::Brier),
            log_loss: get(Measure::LogLoss),
            ece: get(Measure::Ece),
            late_cash_top_10: self.measured(Measure::LateCashTop10),
            late_cash_top_20: self.measured(Measure::LateCashTop20),
            intervals: self.intervals(),
            reliability: reliability_by_count(&points, CALIBRATION_GROUPS),
        }
    }

    fn baseline(&self, model: &MeasuredRule) -> BaselineFigures {
        BaselineFigures {
            name: self.name,
            auc: self.measured(Measure::Auc),
            average_precision: self.measured(Measure::AveragePrecision),
            brier: self.measured(Measure::Brier),
            log_loss: self.measured(Measure::LogLoss),
            ece: self.measured(Measure::Ece),
            late_cash_top_10: self.measured(Measure::LateCashTop10),
            late_cash_top_20: self.measured(Measure::LateCashTop20),
            intervals: self.intervals(),
            model_minus_rule: self.intervals_below(model),
        }
    }
}

/// What one horizon is judged on.
pub struct HorizonRows {
    /// Days past due.
    pub horizon_days: i32,
    /// Examples that the head was trained on.
    pub training_count: usize,
    /// Whether the amounts of the rows may be added.
    pub amounts: Amounts,
    /// The customer of each row.
    pub customers: Vec<CustomerId>,
    /// What the model says.
    pub model: Rule,
    /// What the simple rules say.
    pub rules: Vec<Rule>,
}

/// Judges one horizon, unless no row of it is known yet; `seed` is that of the resamples.
pub fn judge_horizon(rows: HorizonRows, seed: u64) -> HorizonReport {
    let HorizonRows { horizon_days, training_count, amounts, customers, model, rules } = rows;
    if customers.is_empty() {
        return HorizonReport {
            horizon_days,
            training_count,
            customer_count: 0,
            model: None,
            oracle_late_cash_top_20: None,
            baselines: Vec::new(),
            gains: Vec::new(),
        };
    }
    let hindsight = |item: &Judged| Judged { probability: if item.happened { item.amount } else { 0.0 }, ..*item };
    let hindsight =
        Rule { name: "with_hindsight", kind: RuleKind::Order, judged: model.judged.iter().map(hindsight).collect() };
    let resamples = ClusterResamples::new(&customers, RESAMPLE_COUNT, seed);
    let customer_count = resamples.cluster_count();
    let hindsight = MeasuredRule::new(hindsight, amounts, customer_count);
    let rules = std::iter::once(model).chain(rules);
    let mut measured: Vec<MeasuredRule> = rules.map(|rule| MeasuredRule::new(rule, amounts, customer_count)).collect();
    for row_counts in resamples.row_counts() {
        for rule in &mut measured {
            let sample = rule.ranking.measure(&row_counts);
            rule.resampled.push(sample);
        }
    }
    let (model, rules) = (&measured[0], &measured[1..]);
    let gains = match hindsight.measured(Measure::LateCashTop20) {
        Some(_) => measured.iter().chain([&hindsight]).map(MeasuredRule::gain).collect(),
        None => Vec::new(),
    };
    HorizonReport {
        horizon_days,
        training_count,
        customer_count,
        model: Some(model.figures()),
        oracle_late_cash_top_20: hindsight.measured(Measure::LateCashTop20),
        baselines: rules.iter().map(|rule| rule.baseline(model)).collect(),
        gains,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &'static str, rows: &[Judged]) -> Rule {
        Rule { name, kind: RuleKind::Probability, judged: rows.to_vec() }
    }

    /// Two invoices of each of 12 customers; those of the first are the only late ones, and ranked first.
    fn one_late_payer() -> HorizonReport {
        let customer = |row: u32| CustomerId::parse(&format!("C-{}", row / 2)).unwrap();
        let rows: Vec<Judged> = (0..24)
            .map(|row| Judged { probability: if row < 2 { 0.9 } else { 0.1 }, happened: row < 2, amount: 100.0 })
            .collect();
        let rows = HorizonRows {
            horizon_days: 15,
            training_count: 100,
            amounts: Amounts::OneCurrency,
            customers: (0..24).map(customer).collect(),
            model: rule("recourse", &rows),
            rules: vec![rule("twin", &rows)],
        };
        judge_horizon(rows, 1)
    }

    /// Goal: a third of the resamples lacks the only late payer. There is no AUC and no late cash in them, so they do not count.
    #[test]
    fn resamples_without_the_figure_do_not_count() {
        let report = one_late_payer();
        let model = report.model.unwrap();
        for measure in [Measure::Auc, Measure::LateCashTop10, Measure::LateCashTop20] {
            let interval = model.intervals[&measure];
            assert!(interval.low.unwrap() > 0.3, "{measure:?} {interval:?}");
            let difference = report.baselines[0].model_minus_rule[&measure];
            assert_eq!((difference.low, difference.high), (Some(0.0), Some(0.0)), "{measure:?}");
        }
        assert!(model.intervals[&Measure::Auc].low.unwrap() > 0.9);
    }

    /// Goal: where no invoice is unpaid there is nothing to rank first and no late cash to find: no figure stands in for that.
    #[test]
    fn what_nothing_unpaid_can_tell_is_absent() {
        let rows: Vec<Judged> =
            (0..24).map(|row| Judged { probability: f64::from(row) / 40.0, happened: false, amount: 100.0 }).collect();
        let customer = |row: u32| CustomerId::parse(&format!("C-{}", row / 2)).unwrap();
        let report = judge_horizon(
            HorizonRows {
                horizon_days: 30,
                training_count: 100,
                amounts: Amounts::OneCurrency,
                customers: (0..24).map(customer).collect(),
                model: rule("recourse", &rows),
                rules: vec![rule("twin", &rows)],
            },
            1,
        );
        let model = report.model.as_ref().unwrap();
        assert_eq!((model.auc, model.average_precision, model.late_cash_top_20), (None, None, None));
        assert!(model.intervals[&Measure::Auc].value.is_none() && model.log_loss > 0.0);
        assert_eq!((report.baselines[0].auc, report.oracle_late_cash_top_20), (None, None));
        let json = serde_json::to_value(&report).unwrap();
        assert!(json["model"]["auc"].is_null() && json["model"]["late_cash_top_20"].is_null(), "{json}");
    }

    #[test]
    fn a_figure_and_its_interval_have_one_name() {
        let report = serde_json::to_value(one_late_payer()).unwrap();
        for (figures, intervals) in
            [("/model", "intervals"), ("/baselines/0", "intervals"), ("/baselines/0", "model_minus_rule")]
        {
            let figures = report.pointer(figures).unwrap();
            let names = figures[intervals].as_object().unwrap().keys();
            let missing: Vec<&String> = names.filter(|name| figures.get(name.as_str()).is_none()).collect();
            assert!(missing.is_empty(), "{intervals}: {missing:?}");
        }
    }
}
