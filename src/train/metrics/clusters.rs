//! Resampling of rows that belong together: the invoices of one customer rise and fall together, so whole customers are
//! drawn with replacement. Drawing single rows would take a hundred invoices of one customer for a hundred proofs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::bootstrap::percentile_interval;
use crate::train::text::SeededRandom;

/// Keeps these draws apart from others of the same seed.
const STREAM: u64 = 8;
/// Fewest clusters from which a figure gets an interval. Resamples of fewer tell next to nothing: of one cluster every resample is the
/// same rows, and an interval of no width would pass for certainty.
pub const CLUSTER_COUNT_MIN: usize = 10;
/// Below so many clusters intervals are too narrow, which must be said beside them.
pub const CLUSTER_COUNT_ENOUGH: usize = 30;

/// A figure with the middle 95 % of what resampling whole clusters gives, widened by the bias of resampling where that counts
/// (see [`percentile_interval`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClusterInterval {
    /// The figure on the rows as they are; absent where there is none, as of a share of nothing.
    pub value: Option<f64>,
    /// 2.5 % of the resampled figures are lower, never above `value`; absent with the figure, with fewer than [`CLUSTER_COUNT_MIN`] clusters,
    /// and where no resample has the figure.
    pub low: Option<f64>,
    /// 2.5 % of the resampled figures are higher; absent where `low` is.
    pub high: Option<f64>,
}

impl ClusterInterval {
    /// The interval of `value`, which has its place in `range`, from its resampled figures over so many clusters. A figure that is no
    /// number does not exist, and resamples without the figure do not count.
    pub fn new(
        value: f64,
        resampled: impl IntoIterator<Item = f64>,
        cluster_count: usize,
        range: RangeInclusive<f64>,
    ) -> Self {
        if !value.is_finite() {
            return ClusterInterval { value: None, low: None, high: None };
        }
        if cluster_count < CLUSTER_COUNT_MIN {
            return ClusterInterval { value: Some(value), low: None, high: None };
        }
        let resampled: Vec<f64> = resampled.into_iter().filter(|figure| figure.is_finite()).collect();
        if resampled.is_empty() {
            return ClusterInterval { value: Some(value), low: None, high: None };
        }
        let interval = percentile_interval(value, resampled, range);
        ClusterInterval { value: Some(value), low: Some(interval.low), high: Some(interval.high) }
    }
}

/// How often each cluster was drawn, for each resample.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterResamples {
    cluster_of_row: Vec<usize>,
    draws: Vec<Vec<u32>>,
}

impl ClusterResamples {
    /// Draws as many clusters as there are, `resample_count` times. `keys` name the cluster of each row; equal keys and seed
    /// give equal draws, whatever the order of the rows.
    pub fn new<K: Ord + Clone>(keys: &[K], resample_count: usize, seed: u64) -> Self {
        let mut index_of: BTreeMap<&K, usize> = keys.iter().map(|key| (key, 0)).collect();
        for (index, place) in index_of.values_mut().enumerate() {
            *place = index;
        }
        let cluster_count = index_of.len();
        let mut random = SeededRandom::new(seed, STREAM);
        let mut draws = vec![vec![0_u32; cluster_count]; resample_count];
        for draw in &mut draws {
            for _ in 0..cluster_count {
                draw[random.below(cluster_count)] += 1;
            }
        }
        ClusterResamples { cluster_of_row: keys.iter().map(|key| index_of[key]).collect(), draws }
    }

    /// Number of clusters.
    pub fn cluster_count(&self) -> usize {
        self.draws.first().map_or(0, Vec::len)
    }

    /// How often each row is there, one vector for each resample.
    pub fn row_counts(&self) -> impl Iterator<Item = Vec<u32>> {
        self.draws.iter().map(|draw| self.cluster_of_row.iter().map(|cluster| draw[*cluster]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metrics::SHARE_RANGE;

    /// Goal: rows of one cluster are one piece of evidence. Ten equal rows a cluster leave the width that clusters give.
    #[test]
    fn clusters_give_the_width_and_not_their_rows() {
        let width = |rows_each: usize| {
            let keys: Vec<usize> = (0..200 * rows_each).map(|row| row / rows_each).collect();
            let resamples = ClusterResamples::new(&keys, 1_000, 1);
            let share = |counts: Vec<u32>| {
                let (mut even, mut all) = (0, 0);
                for (key, count) in keys.iter().zip(counts) {
                    all += count;
                    even += if key % 2 == 0 { count } else { 0 };
                }
                f64::from(even) / f64::from(all)
            };
            let interval = percentile_interval(0.5, resamples.row_counts().map(share).collect(), SHARE_RANGE);
            assert_eq!(resamples.cluster_count(), 200);
            interval.high - interval.low
        };
        // Two standard errors of a share of one half over 200 clusters are 0.07 to either side.
        assert!((width(1) - 0.139).abs() < 0.02, "{}", width(1));
        assert_eq!(width(1), width(10));
    }

    #[test]
    fn few_clusters_and_figures_that_do_not_exist_have_no_interval() {
        let samples = [0.2, f64::NAN, 0.4];
        let few = ClusterInterval::new(0.3, samples, CLUSTER_COUNT_MIN - 1, SHARE_RANGE);
        assert_eq!(few, ClusterInterval { value: Some(0.3), low: None, high: None });
        let enough = ClusterInterval::new(0.3, samples, CLUSTER_COUNT_MIN, SHARE_RANGE);
        assert_eq!(enough, ClusterInterval { value: Some(0.3), low: Some(0.2), high: Some(0.4) });
        let never = ClusterInterval::new(0.5, [f64::NAN; 3], 100, SHARE_RANGE);
        assert_eq!(never, ClusterInterval { value: Some(0.5), low: None, high: None });
        let nothing = ClusterInterval::new(f64::NAN, samples, 100, SHARE_RANGE);
        assert_eq!(nothing, ClusterInterval { value: None, low: None, high: None });
    }
}
