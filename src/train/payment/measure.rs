//! How good a ranking of overdue invoices is: its probabilities, and the late cash that it would have reached.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::train::metrics::{BinaryMeasures, BinaryRanking, SHARE_RANGE};

/// Shares of the decisions ranked first whose late cash is compared.
const TOP_SHARES: [f64; 2] = [0.1, 0.2];

/// One judged probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The probability given, or the key that a rule ranks by.
    pub probability: f64,
    /// Whether it happened.
    pub happened: bool,
    /// What was at stake, in units.
    pub amount: f64,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Area under the ROC curve, ties counted half; there is none when only one outcome occurred.
    Auc,
    /// Area under the steps of precision over recall; there is none when nothing was unpaid.
    AveragePrecision,
    /// Mean of the squared errors.
    Brier,
    /// Mean logarithmic loss.
    LogLoss,
    /// Expected calibration error in ten groups of equal size; equal probabilities share their outcomes.
    Ece,
    /// Share of the late cash in the 10 % of decisions ranked first; there is none when nothing was unpaid.
    #[serde(rename = "late_cash_top_10")]
    LateCashTop10,
    /// The same for 20 %.
    #[serde(rename = "late_cash_top_20")]
    LateCashTop20,
}

impl Measure {
    /// Every measure in the order of reports.
    pub const ALL: [Measure; 7] = [
        Measure::Auc,
        Measure::AveragePrecision,
        Measure::Brier,
        Measure::LogLoss,
        Measure::Ece,
        Measure::LateCashTop10,
        Measure::LateCashTop20,
    ];

    /// Whether it needs probabilities; the others need an order only.
    pub fn needs_probabilities(self) -> bool {
        match self {
            Measure::Brier | Measure::LogLoss | Measure::Ece => true,
            Measure::Auc | Measure::AveragePrecision | Measure::LateCashTop10 | Measure::LateCashTop20 => false,
        }
    }

    /// The values that it can have.
    pub fn range(self) -> RangeInclusive<f64> {
        match self {
            Measure::LogLoss => 0.0..=f64::INFINITY,
            Measure::Auc
            | Measure::AveragePrecision
            | Measure::Brier
            | Measure::Ece
            | Measure::LateCashTop10
            | Measure::LateCashTop20 => SHARE_RANGE,
        }
    }

    /// Whether it adds amounts, which must then be in one currency.
    pub fn adds_amounts(self) -> bool {
        match self {
            Measure::LateCashTop10 | Measure::LateCashTop20 => true,
            Measure::Auc | Measure::AveragePrecision | Measure::Brier | Measure::LogLoss | Measure::Ece => false,
        }
    }
}

/// All measures of one ranking.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured([f64; Measure::ALL.len()]);

impl Measured {
    /// The value of a measure.
    pub fn get(&self, measure: Measure) -> f64 {
        self.0[measure as usize]
    }
}

/// Judged rows, sorted once for all measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    judged: Vec<Judged>,
    outcomes: BinaryRanking,
    /// Rows in the order in which they would be worked.
    by_cash: Vec<usize>,
}

impl Ranking {
    /// Rows that are worked by probability × amount; ties keep their order.
    pub fn of_probabilities(judged: Vec<Judged>) -> Self {
        Ranking::new(judged, |item| item.probability * item.amount)
    }

    /// Rows that are worked by their key alone; ties keep their order.
    pub fn of_order(judged: Vec<Judged>) -> Self {
        Ranking::new(judged, |item| item.probability)
    }

    fn new(judged: Vec<Judged>, key: impl Fn(&Judged) -> f64) -> Self {
        let mut by_cash: Vec<usize> = (0..judged.len()).collect();
        by_cash.sort_by(|a, b| key(&judged[*b]).total_cmp(&key(&judged[*a])));
        let outcomes = BinaryRanking::new(judged.iter().map(|item| (item.probability, item.happened)).collect());
        Ranking { judged, outcomes, by_cash }
    }

    /// The rows judged.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// All measures with every row counted once. What does not exist is no number.
    pub fn measure_all(&self) -> Measured {
        self.measure(&vec![1; self.judged.len()])
    }

    /// All measures with each row counted so often, as in a resample. What does not exist there is no number, so that it is not counted.
    pub fn measure(&self, row_counts: &[u32]) -> Measured {
        let late_cash = |share| self.late_cash_among(row_counts, share).unwrap_or(f64::NAN);
        Self::measured(self.outcomes.measure(row_counts), TOP_SHARES.map(late_cash))
    }

    fn measured(measures: BinaryMeasures, [top_10, top_20]: [f64; 2]) -> Measured {
        let mut measured = Measured::default();
        let mut set = |measure: Measure, value: f64| measured.0[measure as usize] = value;
        let BinaryMeasures { auc, average_precision, brier, log_loss, calibration_error } = measures;
        set(Measure::Auc, auc);
        set(Measure::AveragePrecision, average_precision);
        set(Measure::Brier, brier);
        set(Measure::LogLoss, log_loss);
        set(Measure::Ece, calibration_error);
        set(Measure::LateCashTop10, top_10);
        set(Measure::LateCashTop20, top_20);
        measured
    }

    /// Share of the late cash in the first `share` of the decisions; 0 when there is no late cash.
    pub fn late_cash(&self, row_counts: &[u32], share: f64) -> f64 {
        self.late_cash_among(row_counts, share).unwrap_or(0.0)
    }

    fn late_cash_among(&self, row_counts: &[u32], share: f64) -> Option<f64> {
        let count: u32 = row_counts.iter().sum();
        let mut left_count = (f64::from(count) * share).ceil() as u32;
        let (mut reached, mut whole) = (0.0, 0.0);
        for index in &self.by_cash {
            let (item, count) = (&self.judged[*index], row_counts[*index]);
            let taken_count = count.min(left_count);
            left_count -= taken_count;
            if item.happened {
                reached += f64::from(taken_count) * item.amount;
                whole += f64::from(count) * item.amount;
            }
        }
        (whole > 0.0).then(|| reached / whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(probability: f64, happened: bool, amount: f64) -> Judged {
        Judged { probability, happened, amount }
    }

    #[test]
    fn late_cash_counts_money_and_not_invoices() {
        let judged = [item(0.9, true, 90.0), item(0.8, false, 50.0), item(0.1, true, 10.0), item(0.1, false, 1.0)];
        assert!((Ranking::of_probabilities(judged.to_vec()).late_cash(&[1; 4], 0.25) - 0.9).abs() < 1e-12);
    }

    /// Goal: a resample is measured as if its rows had been written down as often as they were drawn.
    #[test]
    fn counting_a_row_twice_is_the_same_as_writing_it_twice() {
        let rows: Vec<Judged> = (0..97)
            .map(|index| {
                let score = f64::from(index * 37 % 23) / 23.0;
                item(score, index * 13 % 7 < 3, f64::from(1 + index * 11 % 31))
            })
            .collect();
        let counts: Vec<u32> = (0..97).map(|index| index * 5 % 4).collect();
        let ranking = Ranking::of_probabilities(rows.clone());
        let written: Vec<Judged> = ranking
            .by_cash
            .iter()
            .flat_map(|index| std::iter::repeat_n(rows[*index], counts[*index] as usize))
            .collect();
        let (counted, written) = (ranking.measure(&counts), Ranking::of_probabilities(written).measure_all());
        for measure in Measure::ALL {
            assert!((counted.get(measure) - written.get(measure)).abs() < 1e-9, "{measure:?}");
        }
    }
}
