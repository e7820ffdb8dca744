//! How good probabilities of what happens or does not are: discrimination, losses and calibration.
//!
//! Every measure is taken with a count for each row, so that a bootstrap resample is the same rows with other counts: the
//! rows are sorted once, however often they are measured.

/// Smallest probability that log loss is taken of.
const PROBABILITY_MIN: f64 = 1e-6;
/// Groups of equal size that calibration is judged in.
pub const CALIBRATION_GROUPS: usize = 10;

/// How good the probabilities of some rows are. In a resample a figure that does not exist is no number, so that it is not counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryMeasures {
    /// Area under the ROC curve, ties counted half; 0.5 when only one outcome occurred.
    pub auc: f64,
    /// Area under the steps of precision over recall; 0 when nothing happened.
    pub average_precision: f64,
    /// Mean of the squared errors.
    pub brier: f64,
    /// Mean logarithmic loss.
    pub log_loss: f64,
    /// Expected calibration error in [`CALIBRATION_GROUPS`] groups of equal size; equal probabilities share their outcomes.
    pub calibration_error: f64,
}

/// Probabilities with what happened, sorted once for all measures.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryRanking {
    points: Vec<(f64, bool)>,
    /// Rows with the lowest probability first.
    ascending: Vec<usize>,
}

impl BinaryRanking {
    /// Sorts `points` of probability and whether it happened.
    pub fn new(points: Vec<(f64, bool)>) -> Self {
        let mut ascending: Vec<usize> = (0..points.len()).collect();
        ascending.sort_by(|a, b| points[*a].0.total_cmp(&points[*b].0));
        BinaryRanking { points, ascending }
    }

    /// The measures with every row counted once. What does not exist has the value that tells nothing.
    pub fn measure_all(&self) -> BinaryMeasures {
        let measured = self.measure(&vec![1; self.points.len()]);
        let or = |figure: f64, nothing: f64| if figure.is_nan() { nothing } else { figure };
        let (auc, average_precision) = (or(measured.auc, 0.5), or(measured.average_precision, 0.0));
        BinaryMeasures { auc, average_precision, ..measured }
    }

    /// The measures with each row counted so often, as in a resample; `row_counts` has one count a row. Without both outcomes there is no
    /// AUC, and when nothing happened no average precision: they are no number then.
    pub fn measure(&self, row_counts: &[u32]) -> BinaryMeasures {
        let blocks = self.blocks(row_counts);
        let (auc, average_precision) = discrimination(&blocks);
        let (mut squared, mut loss_sum, mut count) = (0.0, 0.0, 0.0);
        for block in &blocks {
            squared += block.squared_error();
            loss_sum += block.loss();
            count += block.count;
        }
        let count = f64::max(count, 1.0);
        let calibration_error = calibration_error_of(&blocks);
        BinaryMeasures { auc, average_precision, brier: squared / count, log_loss: loss_sum / count, calibration_error }
    }

    /// Rows of one probability together, the lowest first.
    fn blocks(&self, row_counts: &[u32]) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::with_capacity(self.ascending.len());
        for index in &self.ascending {
            let ((probability, happened), count) = (self.points[*index], f64::from(row_counts[*index]));
            let happened = if happened { count } else { 0.0 };
            match blocks.last_mut() {
                Some(block) if block.probability == probability => {
                    block.count += count;
                    block.happened += happened;
                }
                Some(_) | None => blocks.push(Block { probability, count, happened }),
            }
        }
        blocks.retain(|block| block.count > 0.0);
        blocks
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

/// Area under the ROC curve and average precision; no number where they do not exist.
fn discrimination(blocks: &[Block]) -> (f64, f64) {
    let count: f64 = blocks.iter().map(|block| block.count).sum();
    let happened: f64 = blocks.iter().map(|block| block.happened).sum();
    let other = count - happened;
    if happened == 0.0 || other == 0.0 {
        return (f64::NAN, if happened > 0.0 { 1.0 } else { f64::NAN });
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

/// Mean distance between probability and frequency in groups of equal size; equal probabilities share their outcomes.
fn calibration_error_of(blocks: &[Block]) -> f64 {
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

    fn measure(points: &[(f64, bool)]) -> BinaryMeasures {
        BinaryRanking::new(points.to_vec()).measure_all()
    }

    #[test]
    fn auc_counts_ties_half_and_needs_both_outcomes() {
        let points = [(0.1, false), (0.5, true), (0.5, false), (0.9, true)];
        assert!((measure(&points).auc - 0.875).abs() < 1e-12);
        assert!((measure(&points[..1]).auc - 0.5).abs() < 1e-12);
        let resample = BinaryRanking::new(points.to_vec()).measure(&[2, 0, 1, 0]);
        assert!(resample.auc.is_nan() && resample.average_precision.is_nan() && resample.log_loss.is_finite());
        // At 0.9 one of one, at 0.5 two of three: (1 + 2/3) / 2.
        assert!((measure(&points).average_precision - 5.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn one_probability_for_all_is_as_wrong_as_it_is_far_from_the_rate() {
        let points: Vec<(f64, bool)> = (0..40).map(|index| (0.5, index < 30)).collect();
        let measured = measure(&points);
        assert!((measured.calibration_error - 0.25).abs() < 1e-12);
        assert!((measured.brier - 0.25).abs() < 1e-12 && (measured.log_loss - std::f64::consts::LN_2).abs() < 1e-12);
        let knows: Vec<(f64, bool)> = (0..1_000).map(|index| (0.25, index % 4 == 0)).collect();
        assert!(measure(&knows).calibration_error < 1e-9);
    }

    #[test]
    fn nothing_measured_is_no_number_gone_wrong() {
        let empty = measure(&[]);
        assert_eq!((empty.auc, empty.brier, empty.log_loss, empty.calibration_error), (0.5, 0.0, 0.0, 0.0));
    }
}
