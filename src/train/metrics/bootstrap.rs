//! How sure a measured figure is: it is measured again on examples drawn with replacement, from a seed.

use serde::Serialize;

use crate::train::text::SeededRandom;

/// Shares of the resampled figures below the two ends of an interval of 95 %.
const INTERVAL_SHARES: (f64, f64) = (0.025, 0.975);

/// A figure with the middle 95 % of what resampling gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The figure on the examples as they are.
    pub value: f64,
    /// 2.5 % of the resampled figures are lower.
    pub low: f64,
    /// 2.5 % of the resampled figures are higher.
    pub high: f64,
}

/// The interval of `measure`, which gets the positions of the examples to measure on.
pub fn bootstrap_interval(
    example_count: usize,
    resample_count: usize,
    seed: u64,
    measure: impl Fn(&[usize]) -> f64,
) -> Interval {
    let all: Vec<usize> = (0..example_count).collect();
    let value = measure(&all);
    let mut random = SeededRandom::new(seed, 4);
    let resampled = (0..resample_count).map(|_| measure(&resample(example_count, &mut random)));
    percentile_interval(value, resampled.collect())
}

/// A figure with the middle 95 % of the resampled ones.
pub fn percentile_interval(value: f64, mut resampled: Vec<f64>) -> Interval {
    resampled.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = (share * resampled.len().saturating_sub(1) as f64).round() as usize;
        resampled.get(at).copied().unwrap_or(value)
    };
    Interval { value, low: quantile(INTERVAL_SHARES.0), high: quantile(INTERVAL_SHARES.1) }
}

/// The share of resamples on which `measure_new` is above `measure_old`, both measured on the same examples.
pub fn paired_win_share(
    example_count: usize,
    resample_count: usize,
    seed: u64,
    measure_new: impl Fn(&[usize]) -> f64,
    measure_old: impl Fn(&[usize]) -> f64,
) -> f64 {
    let mut random = SeededRandom::new(seed, 5);
    let mut wins = 0_usize;
    for _ in 0..resample_count {
        let chosen = resample(example_count, &mut random);
        wins += usize::from(measure_new(&chosen) > measure_old(&chosen));
    }
    wins as f64 / resample_count.max(1) as f64
}

fn resample(example_count: usize, random: &mut SeededRandom) -> Vec<usize> {
    (0..example_count).map(|_| random.below(example_count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_share_is_as_wide_as_theory_says() {
        let share = |chosen: &[usize]| chosen.iter().filter(|&&i| i % 2 == 0).count() as f64 / chosen.len() as f64;
        let interval = bootstrap_interval(400, 1_000, 1, share);
        assert_eq!(interval.value, 0.5);
        // Two standard errors of a share of one half over 400 examples are 0.05.
        assert!((interval.high - interval.low - 0.098).abs() < 0.01);
        assert_eq!(interval, bootstrap_interval(400, 1_000, 1, share));
    }

    #[test]
    fn what_is_always_better_always_wins() {
        assert_eq!(paired_win_share(10, 50, 1, |_| 1.0, |_| 0.5), 1.0);
        assert_eq!(paired_win_share(10, 50, 1, |_| 0.5, |_| 0.5), 0.0);
    }
}
