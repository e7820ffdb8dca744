//! Priority: the expected value of acting now, and the exact contribution of every factor to it.
//!
//! `value = P × stake × effect − cost`, `rank_key = value ÷ minutes`, `priority = 100 · rank_key ÷ (rank_key + half_point)`
//! plus a bounded bonus for waiting. Contributions are Shapley values (Shapley 1953) over the factors: for every factor, the
//! mean over all orders of what the priority gains when the factor moves from its reference to its actual value. The
//! reference of a driver of the probability is the model's average case; the reference stake is the one that, lost for
//! certain, has priority 50. Values are rounded to 1/1024 so that they add up to the priority without any error.

use std::collections::BTreeMap;

use super::odds::probability_of_logit;
use crate::domain::score::{Factor, PRIORITY_PARTS, Reason};
use crate::domain::strategy::Strategy;
use crate::domain::work_item::{Tier, WorkItemKind};

/// Most factors that can drive a probability; all subsets of them are visited.
pub const DRIVERS_MAX: usize = 12;

/// An amount at stake with the probability that it is lost or delayed unless acted on.
#[derive(Debug, Clone, PartialEq)]
pub struct StakeAtRisk {
    /// The amount in units of the strategy's base currency, from 0.
    pub stake_base: f64,
    /// Log-odds of the average case of the model.
    pub bias_logit: f64,
    /// What moves this case away from it, in log-odds; the sum with the bias is the calibrated log-odds.
    pub drivers: Vec<(Factor, f64)>,
}

impl StakeAtRisk {
    /// The calibrated probability in [0, 1].
    pub fn probability(&self) -> f64 {
        probability_of_logit(self.bias_logit + self.drivers.iter().map(|(_, logit)| logit).sum::<f64>())
    }
}

/// Everything that a priority depends on besides the strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityInput {
    /// What kind of work.
    pub kind: WorkItemKind,
    /// What is at stake: one entry for a dispute, one for each invoice of an account.
    pub at_risk: Vec<StakeAtRisk>,
    /// Full days on the list.
    pub waiting_days: u32,
    /// What to say of each factor: a code, an amount, a number of days.
    pub values: BTreeMap<Factor, String>,
}

/// A priority without its reasons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// Probability weighted by stake, in [0, 1].
    pub probability: f64,
    /// Stake in units of the base currency.
    pub stake_base: f64,
    /// Expected value of acting, in units of the base currency.
    pub value_base: f64,
    /// Value for each minute of work.
    pub rank_key: f64,
    /// 0 to 100, a multiple of 1/1024.
    pub priority: f64,
    /// By the strategy's cut-offs.
    pub tier: Tier,
}

fn round_to_parts(points: f64) -> f64 {
    (points * PRIORITY_PARTS).round() / PRIORITY_PARTS
}

/// The policy's numbers for one kind of item.
struct Terms {
    effect: f64,
    cost: f64,
    minutes: f64,
    half_point: f64,
}

impl Terms {
    fn of(kind: WorkItemKind, strategy: &Strategy) -> Self {
        Terms {
            effect: strategy.effect,
            cost: strategy.cost_of(kind),
            minutes: strategy.minutes_for(kind),
            half_point: strategy.half_point,
        }
    }

    fn rank_key(&self, cash_at_risk: f64) -> f64 {
        (cash_at_risk * self.effect - self.cost) / self.minutes
    }

    fn points(&self, cash_at_risk: f64) -> f64 {
        let rank_key = self.rank_key(cash_at_risk).max(0.0);
        100.0 * rank_key / (rank_key + self.half_point)
    }

    /// The stake that, lost for certain, has priority 50.
    fn reference_stake(&self) -> f64 {
        (self.half_point * self.minutes + self.cost) / self.effect
    }
}

fn waiting_points(waiting_days: u32, points: f64, strategy: &Strategy) -> f64 {
    let bonus = (f64::from(waiting_days) * strategy.waiting.points_per_day).min(strategy.waiting.points_max);
    round_to_parts(bonus.min(100.0 - points))
}

/// The stake that, lost for certain, has priority 50: it stands for one that nobody knows. In units of the base currency.
pub fn reference_stake(kind: WorkItemKind, strategy: &Strategy) -> f64 {
    Terms::of(kind, strategy).reference_stake()
}

/// Ranks an item.
pub fn rank(input: &PriorityInput, strategy: &Strategy) -> Rank {
    let terms = Terms::of(input.kind, strategy);
    let stake_base: f64 = input.at_risk.iter().map(|at_risk| at_risk.stake_base).sum();
    let cash_at_risk: f64 = input.at_risk.iter().map(|at_risk| at_risk.stake_base * at_risk.probability()).sum();
    let points = round_to_parts(terms.points(cash_at_risk));
    let priority = points + waiting_points(input.waiting_days, points, strategy);
    let probability = if stake_base > 0.0 {
        cash_at_risk / stake_base
    } else {
        input.at_risk.first().map_or(0.0, StakeAtRisk::probability)
    };
    Rank {
        probability,
        stake_base,
        value_base: cash_at_risk * terms.effect - terms.cost,
        rank_key: terms.rank_key(cash_at_risk),
        priority,
        tier: strategy.tier(priority),
    }
}

/// Ranks an item and says why: the points of the reasons add up to the priority exactly.
pub fn rank_with_reasons(input: &PriorityInput, strategy: &Strategy) -> (Rank, Vec<Reason>) {
    let rank = rank(input, strategy);
    let terms = Terms::of(input.kind, strategy);
    let factors = driving_factors(input);
    let points_of_subset = points_of_subsets(input, &terms, &factors);
    let waiting = waiting_points(input.waiting_days, round_to_parts(terms.points(cash_of(input))), strategy);
    let shares = shapley(&points_of_subset, factors.len() + 1);
    let mut reasons = vec![(Factor::Base, round_to_parts(points_of_subset[0]))];
    for (index, factor) in factors.iter().copied().chain([Factor::Stake]).enumerate() {
        let points = round_to_parts(shares[index]);
        // What is contested is at stake and drives the probability as well: both shares are one reason.
        match reasons.iter_mut().find(|(known, _)| *known == factor) {
            Some((_, known_points)) => *known_points += points,
            None => reasons.push((factor, points)),
        }
    }
    reasons.push((Factor::Waiting, waiting));
    give_remainder_to_largest(&mut reasons, rank.priority);
    reasons.retain(|(factor, points)| *points != 0.0 || *factor == Factor::Base);
    reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    let reasons = reasons
        .into_iter()
        .map(|(factor, points)| Reason {
            factor,
            points,
            value: input.values.get(&factor).cloned().unwrap_or_default(),
        })
        .collect();
    (rank, reasons)
}

fn cash_of(input: &PriorityInput) -> f64 {
    input.at_risk.iter().map(|at_risk| at_risk.stake_base * at_risk.probability()).sum()
}

/// The factors that drive any of the probabilities, in the order of [`Factor`].
fn driving_factors(input: &PriorityInput) -> Vec<Factor> {
    let mut factors: Vec<Factor> =
        input.at_risk.iter().flat_map(|at_risk| at_risk.drivers.iter().map(|(factor, _)| *factor)).collect();
    factors.sort_unstable();
    factors.dedup();
    debug_assert!(factors.len() <= DRIVERS_MAX, "every subset of the drivers is visited");
    factors.truncate(DRIVERS_MAX);
    factors
}

/// The priority for every subset of factors at their actual values, the others at their references.
/// Bit `i` of the index stands for `factors[i]`, the bit after them for the stake.
fn points_of_subsets(input: &PriorityInput, terms: &Terms, factors: &[Factor]) -> Vec<f64> {
    let driver_subset_count = 1_usize << factors.len();
    let mut probability = vec![0.0; driver_subset_count];
    let mut cash = vec![0.0; driver_subset_count];
    let stake: f64 = input.at_risk.iter().map(|at_risk| at_risk.stake_base).sum();
    let mut logits = vec![0.0; factors.len()];
    for at_risk in &input.at_risk {
        logits.fill(0.0);
        for (factor, logit) in &at_risk.drivers {
            if let Ok(index) = factors.binary_search(factor) {
                logits[index] += logit;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "an account has far fewer than 2^53 invoices")]
        let share = if stake > 0.0 { at_risk.stake_base / stake } else { 1.0 / input.at_risk.len() as f64 };
        let mut logit_of_subset = vec![at_risk.bias_logit; driver_subset_count];
        for subset in 1..driver_subset_count {
            let lowest = subset.trailing_zeros() as usize;
            logit_of_subset[subset] = logit_of_subset[subset & (subset - 1)] + logits[lowest];
        }
        for (subset, logit) in logit_of_subset.iter().enumerate() {
            let chance = probability_of_logit(*logit);
            probability[subset] += share * chance;
            cash[subset] += at_risk.stake_base * chance;
        }
    }
    let reference_stake = terms.reference_stake();
    let at_reference = probability.iter().map(|chance| terms.points(chance * reference_stake));
    let at_actual = cash.iter().map(|cash| terms.points(*cash));
    at_reference.chain(at_actual).collect()
}

/// Shapley values of `player_count` players from the worth of every subset.
fn shapley(worth: &[f64], player_count: usize) -> Vec<f64> {
    // weight[s] = s! (n − s − 1)! / n!, the share of orders in which exactly a given set of s players came before.
    let mut weight = vec![0.0; player_count];
    for (size, weight) in weight.iter_mut().enumerate() {
        let mut binomial = 1.0;
        for step in 0..size {
            #[expect(clippy::cast_precision_loss, reason = "there are at most 13 players")]
            let factor = (player_count - 1 - step) as f64 / (step + 1) as f64;
            binomial *= factor;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are at most 13 players")]
        let players = player_count as f64;
        *weight = 1.0 / (players * binomial);
    }
    // Adding a player to a subset weighs by the size of the subset.
    let mut weight_of: Vec<f64> = Vec::with_capacity(worth.len());
    let mut sizes: Vec<usize> = Vec::with_capacity(worth.len());
    for subset in 0..worth.len() {
        let size = if subset == 0 { 0 } else { sizes[subset & (subset - 1)] + 1 };
        sizes.push(size);
        weight_of.push(weight.get(size).copied().unwrap_or(0.0));
    }
    let mut shares = vec![0.0; player_count];
    for (player, share) in shares.iter_mut().enumerate() {
        let bit = 1_usize << player;
        // Subsets come in blocks: first those without the player, then the same with them.
        for (worth, weight_of) in worth.chunks_exact(2 * bit).zip(weight_of.chunks_exact(2 * bit)) {
            let (without, with) = worth.split_at(bit);
            for ((without, with), weight) in without.iter().zip(with).zip(weight_of) {
                *share += weight * (with - without);
            }
        }
    }
    shares
}

/// Rounding leaves a few 1/1024 points; the largest contribution takes them.
fn give_remainder_to_largest(reasons: &mut [(Factor, f64)], priority: f64) {
    let sum: f64 = reasons.iter().map(|(_, points)| points).sum();
    let remainder = priority - sum;
    if let Some(largest) = reasons
        .iter_mut()
        .filter(|(factor, _)| *factor != Factor::Waiting)
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then_with(|| b.0.cmp(&a.0)))
    {
        largest.1 += remainder;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn input(stakes: &[(f64, f64, [f64; 3])], waiting_days: u32) -> PriorityInput {
        let at_risk = stakes
            .iter()
            .map(|(stake_base, bias_logit, [severity, balance, credit])| StakeAtRisk {
                stake_base: *stake_base,
                bias_logit: *bias_logit,
                drivers: vec![
                    (Factor::Severity, *severity),
                    (Factor::OpenBalance, *balance),
                    (Factor::CreditScore, *credit),
                ],
            })
            .collect();
        PriorityInput { kind: WorkItemKind::Dispute, at_risk, waiting_days, values: BTreeMap::new() }
    }

    proptest! {
        #[test]
        fn reasons_add_up_to_the_priority_exactly(
            stakes in prop::collection::vec((0.0..1e6, -4.0..4.0, prop::array::uniform3(-3.0..3.0)), 1..6),
            waiting_days in 0_u32..100,
        ) {
            let (rank, reasons) = rank_with_reasons(&input(&stakes, waiting_days), &Strategy::shipped());
            let sum: f64 = reasons.iter().map(|reason| reason.points).sum();
            prop_assert_eq!(sum, rank.priority);
            let backwards: f64 = reasons.iter().rev().map(|reason| reason.points).sum();
            prop_assert_eq!(backwards, rank.priority);
            prop_assert!((0.0..=100.0).contains(&rank.priority));
        }

        #[test]
        fn a_larger_stake_never_ranks_lower(stake in 0.0..1e6, more in 0.0..1e6, logit in -4.0..4.0) {
            let strategy = Strategy::shipped();
            let low = rank(&input(&[(stake, logit, [0.0; 3])], 0), &strategy);
            let high = rank(&input(&[(stake + more, logit, [0.0; 3])], 0), &strategy);
            prop_assert!(high.priority >= low.priority);
        }
    }

    #[test]
    fn the_reference_stake_lost_for_certain_has_priority_50() {
        let strategy = Strategy::shipped();
        let terms = Terms::of(WorkItemKind::Dispute, &strategy);
        assert!((terms.points(terms.reference_stake()) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn waiting_is_bounded_by_the_strategy() {
        let strategy = Strategy::shipped();
        let fresh = rank(&input(&[(100.0, 0.0, [0.0; 3])], 0), &strategy);
        let old = rank(&input(&[(100.0, 0.0, [0.0; 3])], 10_000), &strategy);
        assert_eq!(old.priority - fresh.priority, strategy.waiting.points_max);
    }

    #[test]
    fn a_factor_without_influence_is_not_named() {
        let (_, reasons) = rank_with_reasons(&input(&[(100.0, 0.0, [1.0, 0.0, 0.0])], 0), &Strategy::shipped());
        assert!(reasons.iter().all(|reason| reason.factor != Factor::OpenBalance));
        assert!(reasons.iter().any(|reason| reason.factor == Factor::Severity && reason.points > 0.0));
    }
}
