//! How sure a measured figure is: it is measured again on examples drawn with replacement, from a seed.
//!
//! The interval is the middle 95 % of the resampled figures (the percentile interval). Some figures are another thing on a resample,
//! where examples stand twice and others are missing: a macro-F1 over many labels is lower there, a calibration error higher. Where
//! the mean of the resampled figures is off the figure by more than a quarter of their standard deviation, the end that this bias has
//! drawn towards the figure or past it is moved back by the bias; a smaller one may be ignored (Efron and Tibshirani 1993, "An
//! Introduction to the Bootstrap", 10.3). The other end stays: a figure that can rise no further, such as a perfect ranking, is lower
//! on a resample too, and must not look the surer for it.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::train::text::SeededRandom;

/// Shares of the resampled figures below the two ends of an interval of 95 %.
const INTERVAL_SHARES: (f64, f64) = (0.025, 0.975);

/// A bias of the resampled figures that is ignored, in standard deviations of them.
const BIAS_IGNORED: f64 = 0.25;

/// The values of a figure that is a share.
pub const SHARE_RANGE: RangeInclusive<f64> = 0.0..=1.0;
/// The values of a figure that has no bounds.
pub const ANY_RANGE: RangeInclusive<f64> = f64::NEG_INFINITY..=f64::INFINITY;

/// A figure with the middle 95 % of what resampling gives, widened by the bias of resampling where that counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The figure on the examples as they are.
    pub value: f64,
    /// 2.5 % of the resampled figures are lower; never above `value`.
    pub low: f64,
    /// 2.5 % of the resampled figures are higher; never below `value`.
    pub high: f64,
}

/// The interval of `measure`, which gets the positions of the examples to measure on and gives figures within `range`.
pub fn bootstrap_interval(
    example_count: usize,
    resample_count: usize,
    seed: u64,
    range: RangeInclusive<f64>,
    measure: impl Fn(&[usize]) -> f64,
) -> Interval {
    let all: Vec<usize> = (0..example_count).collect();
    let value = measure(&all);
    let mut random = SeededRandom::new(seed, 4);
    let resampled = (0..resample_count).map(|_| measure(&resample(example_count, &mut random)));
    percentile_interval(value, resampled.collect(), range)
}

/// The figures of `measure` on resamples of whole groups; `groups` holds the positions of the examples of each. Groups of one example each
/// are drawn as [`bootstrap_interval`] draws examples.
pub fn resampled_groups(
    groups: &[Vec<usize>],
    resample_count: usize,
    seed: u64,
    measure: impl Fn(&[usize]) -> f64,
) -> Vec<f64> {
    let mut random = SeededRandom::new(seed, 4);
    let mut resampled = Vec::with_capacity(resample_count);
    for _ in 0..resample_count {
        let drawn = resample(groups.len(), &mut random);
        let chosen: Vec<usize> = drawn.into_iter().flat_map(|group| groups[group].iter().copied()).collect();
        resampled.push(measure(&chosen));
    }
    resampled
}

/// A figure, which has its place in `range`, with the middle 95 % of the resampled ones, widened by their bias where that counts.
pub fn percentile_interval(value: f64, mut resampled: Vec<f64>, range: RangeInclusive<f64>) -> Interval {
    resampled.sort_by(f64::total_cmp);
    let bias = bias_that_counts(value, &resampled);
    let quantile = |share: f64| {
        let at = (share * resampled.len().saturating_sub(1) as f64).round() as usize;
        resampled.get(at).copied().unwrap_or(value)
    };
    let low = (quantile(INTERVAL_SHARES.0) - bias.max(0.0)).max(*range.start());
    let high = (quantile(INTERVAL_SHARES.1) - bias.min(0.0)).min(*range.end());
    Interval { value, low: low.min(value), high: high.max(value) }
}

/// By how much the mean of the resampled figures is above `value`; 0 where that may be ignored.
fn bias_that_counts(value: f64, resampled: &[f64]) -> f64 {
    let count = resampled.len().max(1) as f64;
    let mean = resampled.iter().sum::<f64>() / count;
    let variance = resampled.iter().map(|figure| (figure - mean) * (figure - mean)).sum::<f64>() / count;
    let bias = mean - value;
    if resampled.is_empty() || bias.abs() <= BIAS_IGNORED * variance.sqrt() { 0.0 } else { bias }
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
        let interval = bootstrap_interval(400, 1_000, 1, SHARE_RANGE, share);
        assert_eq!(interval.value, 0.5);
        // Two standard errors of a share of one half over 400 examples are 0.05.
        assert!((interval.high - interval.low - 0.098).abs() < 0.01);
        assert_eq!(interval, bootstrap_interval(400, 1_000, 1, SHARE_RANGE, share));
    }

    /// Goal: a figure that is lower or higher on every resample than on the examples still lies in its interval, and the interval stays
    /// within the values that there are.
    #[test]
    fn an_interval_holds_its_figure_though_resampling_is_biased() {
        // The share of different examples among those drawn is 1 at first and about 0.63 on a resample.
        let different = |chosen: &[usize]| {
            let mut chosen = chosen.to_vec();
            let drawn_count = chosen.len();
            chosen.sort_unstable();
            chosen.dedup();
            chosen.len() as f64 / drawn_count as f64
        };
        let Interval { value, low, high } = bootstrap_interval(600, 500, 1, SHARE_RANGE, different);
        assert!(value == 1.0 && high == 1.0 && low > 0.5 && low < 0.63, "{low} {high}");
        let lower = (0..=100).map(|step| 0.35 + f64::from(step) * 6e-4);
        let widened = percentile_interval(0.418, lower.clone().collect(), SHARE_RANGE);
        let (percentile_low, percentile_high) = (0.3518, 0.4088);
        assert!((widened.low - percentile_low).abs() < 1e-9 && widened.high > 0.418, "{widened:?}");
        assert!((widened.high - (percentile_high + 0.418 - 0.38)).abs() < 1e-9, "{widened:?}");
        let higher = percentile_interval(0.3, lower.collect(), 0.29..=1.0);
        assert!(higher.low == 0.29 && (higher.high - percentile_high).abs() < 1e-9, "{higher:?}");
        let skewed: Vec<f64> = (0..100).map(|step| if step < 90 { 1.0 } else { 11.0 }).collect();
        let unbiased = percentile_interval(2.0, skewed, ANY_RANGE);
        assert_eq!((unbiased.low, unbiased.high), (1.0, 11.0), "a skewed figure without bias keeps its interval");
        assert_eq!(percentile_interval(0.4, Vec::new(), SHARE_RANGE), Interval { value: 0.4, low: 0.4, high: 0.4 });
    }

    #[test]
    fn what_is_always_better_always_wins() {
        assert_eq!(paired_win_share(10, 50, 1, |_| 1.0, |_| 0.5), 1.0);
        assert_eq!(paired_win_share(10, 50, 1, |_| 0.5, |_| 0.5), 0.0);
    }
}
