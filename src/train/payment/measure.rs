//! How good probabilities are: discrimination, log loss, calibration, and the late cash they would have reached.
//!
//! Every measure is taken with a count for each row, so that a bootstrap resample is the same rows with other counts: the
//! rows are sorted once, however often they are measured.

use serde::Serialize;

/// Smallest probability that log loss is taken of.
const PROBABILITY_MIN: f64 = 1e-6;
/// Groups of equal size that calibration is judged in.
pub const CALIBRATION_GROUPS: usize = 10;
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
    /// Area under the ROC curve, ties counted half; 0.5 when only one outcome occurred.
    Auc,
    /// Area under the steps of precision over recall; 0 when nothing was unpaid.
    AveragePrecision,
    /// Mean of the squared errors.
    Brier,
    /// Mean logarithmic loss.
    LogLoss,
    /// Expected calibration error in ten groups of equal size; equal probabilities share their outcomes.
    Ece,
    /// Share of the late cash in the 10 % of decisions ranked first.
    LateCashTop10,
    /// The same for 20 %.
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
    /// Rows with the lowest probability first.
    ascending: Vec<usize>,
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
        let mut ascending: Vec<usize> = (0..judged.len()).collect();
        let mut by_cash = ascending.clone();
        ascending.sort_by(|a, b| judged[*a].probability.total_cmp(&judged[*b].probability));
        by_cash.sort_by(|a, b| key(&judged[*b]).total_cmp(&key(&judged[*a])));
        Ranking { judged, ascending, by_cash }
    }

    /// The rows judged.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// All measures with every row counted once.
    pub fn measure_all(&self) -> Measured {
        self.measure(&vec![1; self.judged.len()])
    }

    /// All measures with each row counted so often.
    pub fn measure(&self, row_counts: &[u32]) -> Measured {
        let mut measured = Measured::default();
        let mut set = |measure: Measure, value: f64| measured.0[measure as usize] = value;
        let blocks = self.blocks(row_counts);
        let (auc, average_precision) = discrimination(&blocks);
        set(Measure::Auc, auc);
        set(Measure::AveragePrecision, average_precision);
        set(Measure::Ece, ece(&blocks));
        let (mut squared, mut loss_sum, mut count) = (0.0, 0.0, 0.0);
        for block in &blocks {
            squared += block.squared_error();
            loss_sum += block.loss();
            count += block.count;
        }
        set(Measure::Brier, squared / f64::max(count, 1.0));
        set(Measure::LogLoss, loss_sum / f64::max(count, 1.0));
        set(Measure::LateCashTop10, self.late_cash(row_counts, TOP_SHARES[0]));
        set(Measure::LateCashTop20, self.late_cash(row_counts, TOP_SHARES[1]));
        measured
    }

    /// Rows of one probability together, the lowest first.
    fn blocks(&self, row_counts: &[u32]) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::with_capacity(self.ascending.len());
        for index in &self.ascending {
            let (item, count) = (&self.judged[*index], f64::from(row_counts[*index]));
            let happened = if item.happened { count } else { 0.0 };
            match blocks.last_mut() {
                Some(block) if block.probability == item.probability => {
                    block.count += count;
                    block.happened += happened;
                }
                Some(_) | None => blocks.push(Block { probability: item.probability, count, happened }),
            }
        }
        blocks.retain(|block| block.count > 0.0);
        blocks
    }

    /// Share of the late cash in the first `share` of the decisions.
    pub fn late_cash(&self, row_counts: &[u32], share: f64) -> f64 {
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
        if whole > 0.0 { reached / whole } else { 0.0 }
    }
}

/// Rows of one probability.
struct Block {
    probability: f64,
    count: f64,
    happened: f64,
}

impl Block {
    fn squared_error(&self) -> f64 {
        let (happened, other) = (self.happened, self.count - self.happened);
        happened * (1.0 - self.probability).powi(2) + other * self.probability.powi(2)
    }

    fn loss(&self) -> f64 {
        let probability = self.probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
        -self.happened * probability.ln() - (self.count - self.happened) * (1.0 - probability).ln()
    }
}

/// Area under the ROC curve and average precision.
fn discrimination(blocks: &[Block]) -> (f64, f64) {
    let count: f64 = blocks.iter().map(|block| block.count).sum();
    let happened: f64 = blocks.iter().map(|block| block.happened).sum();
    let other = count - happened;
    if happened == 0.0 || other == 0.0 {
        return (0.5, if happened > 0.0 { 1.0 } else { 0.0 });
    }
    let (mut pair_sum, mut precision_sum) = (0.0, 0.0);
    let (mut count_below, mut happened_below) = (0.0, 0.0);
    for block in blocks {
        let other_below = count_below - happened_below;
        pair_sum += block.happened * (other_below + (block.count - block.happened) / 2.0);
        // Precision among this block and those above it, for the share of what happened that lies in this block.
        precision_sum += block.happened * (happened - happened_below) / (count - count_below);
        count_below += block.count;
        happened_below += block.happened;
    }
    (pair_sum / (happened * other), precision_sum / happened)
}

/// Mean distance between probability and frequency in groups of equal size.
fn ece(blocks: &[Block]) -> f64 {
    let count: f64 = blocks.iter().map(|block| block.count).sum();
    let bound = |group: usize| (count * group as f64 / CALIBRATION_GROUPS as f64).floor();
    let (mut group, mut position, mut gap, mut error) = (0, 0.0, 0.0_f64, 0.0);
    for block in blocks {
        let gap_each = block.probability - block.happened / block.count;
        let mut left = block.count;
        while left > 0.0 {
            while group + 1 < CALIBRATION_GROUPS && position >= bound(group + 1) {
                error += gap.abs();
                (gap, group) = (0.0, group + 1);
            }
            let room = if group + 1 < CALIBRATION_GROUPS { bound(group + 1) - position } else { left };
            let taken = left.min(room);
            gap += taken * gap_each;
            position += taken;
            left -= taken;
        }
    }
    (error + gap.abs()) / count.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(probability: f64, happened: bool, amount: f64) -> Judged {
        Judged { probability, happened, amount }
    }

    fn measure(judged: &[Judged], measure: Measure) -> f64 {
        Ranking::of_probabilities(judged.to_vec()).measure_all().get(measure)
    }

    #[test]
    fn auc_counts_ties_half_and_needs_both_outcomes() {
        let judged = [item(0.1, false, 1.0), item(0.5, true, 1.0), item(0.5, false, 1.0), item(0.9, true, 1.0)];
        assert!((measure(&judged, Measure::Auc) - 0.875).abs() < 1e-12);
        assert!((measure(&judged[..1], Measure::Auc) - 0.5).abs() < 1e-12);
        // At 0.9 one of one, at 0.5 two of three: (1 + 2/3) / 2.
        assert!((measure(&judged, Measure::AveragePrecision) - 5.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn late_cash_counts_money_and_not_invoices() {
        let judged = [item(0.9, true, 90.0), item(0.8, false, 50.0), item(0.1, true, 10.0), item(0.1, false, 1.0)];
        assert!((Ranking::of_probabilities(judged.to_vec()).late_cash(&[1; 4], 0.25) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn one_probability_for_all_is_as_wrong_as_it_is_far_from_the_rate() {
        let judged: Vec<Judged> = (0..40).map(|index| item(0.5, index < 30, 1.0)).collect();
        assert!((measure(&judged, Measure::Ece) - 0.25).abs() < 1e-12);
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
