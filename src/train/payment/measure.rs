//! How good probabilities are: discrimination, log loss, calibration, and the late cash they would have reached.

use serde::Serialize;

/// Smallest probability that log loss is taken of.
const PROBABILITY_MIN: f64 = 1e-6;
/// Groups of equal size that calibration is judged in.
const CALIBRATION_GROUPS: usize = 10;

/// One judged probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The probability given.
    pub probability: f64,
    /// Whether it happened.
    pub happened: bool,
    /// What was at stake, in units.
    pub amount: f64,
}

/// Figures of one horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Decisions judged.
    pub count: usize,
    /// How many of them were unpaid.
    pub unpaid_count: usize,
    /// Area under the ROC curve; 0.5 when only one outcome occurred.
    pub auc: f64,
    /// Mean of the squared errors.
    pub brier: f64,
    /// Mean logarithmic loss.
    pub log_loss: f64,
    /// Expected calibration error in ten groups of equal size.
    pub ece: f64,
    /// Share of the late cash in the 10 % of decisions ranked first by probability × amount.
    pub late_cash_top_10: f64,
    /// The same for 20 %.
    pub late_cash_top_20: f64,
}

/// All figures.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub fn figures(judged: &[Judged]) -> Figures {
    let count = judged.len().max(1) as f64;
    let squared: f64 = judged.iter().map(|item| (item.probability - label(item)).powi(2)).sum();
    Figures {
        count: judged.len(),
        unpaid_count: judged.iter().filter(|item| item.happened).count(),
        auc: auc(judged),
        brier: squared / count,
        log_loss: judged.iter().map(loss).sum::<f64>() / count,
        ece: ece(judged),
        late_cash_top_10: late_cash(judged, 0.1, |item| item.probability * item.amount),
        late_cash_top_20: late_cash(judged, 0.2, |item| item.probability * item.amount),
    }
}

fn label(item: &Judged) -> f64 {
    if item.happened { 1.0 } else { 0.0 }
}

fn loss(item: &Judged) -> f64 {
    let probability = item.probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
    if item.happened { -probability.ln() } else { -(1.0 - probability).ln() }
}

/// Area under the ROC curve, ties counted half.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub fn auc(judged: &[Judged]) -> f64 {
    let mut sorted: Vec<&Judged> = judged.iter().collect();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let (mut rank_sum, mut happened_count) = (0.0, 0_usize);
    let mut start = 0;
    while start < sorted.len() {
        let tied = sorted[start..].iter().take_while(|item| item.probability == sorted[start].probability).count();
        let mean_rank = start as f64 + (tied as f64 + 1.0) / 2.0;
        let happened = sorted[start..start + tied].iter().filter(|item| item.happened).count();
        rank_sum += mean_rank * happened as f64;
        happened_count += happened;
        start += tied;
    }
    let (happened, other) = (happened_count as f64, (sorted.len() - happened_count) as f64);
    if happened == 0.0 || other == 0.0 {
        return 0.5;
    }
    (rank_sum - happened * (happened + 1.0) / 2.0) / (happened * other)
}

/// Expected calibration error: the mean distance between probability and frequency in groups of equal size.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub fn ece(judged: &[Judged]) -> f64 {
    let mut sorted: Vec<&Judged> = judged.iter().collect();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let mut error = 0.0;
    for group in 0..CALIBRATION_GROUPS {
        let start = sorted.len() * group / CALIBRATION_GROUPS;
        let end = sorted.len() * (group + 1) / CALIBRATION_GROUPS;
        error += sorted[start..end].iter().map(|item| item.probability - label(item)).sum::<f64>().abs();
    }
    error / judged.len().max(1) as f64
}

/// Share of the late cash in the first `share` of the decisions, ranked by `key`; ties keep their order.
pub fn late_cash(judged: &[Judged], share: f64, key: impl Fn(&Judged) -> f64) -> f64 {
    let mut sorted: Vec<&Judged> = judged.iter().collect();
    sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let taken_count = (sorted.len() as f64 * share).ceil() as usize;
    let late = |items: &[&Judged]| items.iter().filter(|item| item.happened).map(|item| item.amount).sum::<f64>();
    let whole = late(&sorted);
    if whole > 0.0 { late(&sorted[..taken_count.min(sorted.len())]) / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(probability: f64, happened: bool, amount: f64) -> Judged {
        Judged { probability, happened, amount }
    }

    #[test]
    fn auc_counts_ties_half_and_needs_both_outcomes() {
        let judged = [item(0.1, false, 1.0), item(0.5, true, 1.0), item(0.5, false, 1.0), item(0.9, true, 1.0)];
        assert!((auc(&judged) - 0.875).abs() < 1e-12);
        assert!((auc(&judged[..1]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn late_cash_counts_money_and_not_invoices() {
        let judged = [item(0.9, true, 90.0), item(0.8, false, 50.0), item(0.1, true, 10.0), item(0.1, false, 1.0)];
        assert!((late_cash(&judged, 0.25, |item| item.probability * item.amount) - 0.9).abs() < 1e-12);
    }
}
