//! Reliability: of what was given a probability, how much came true, bin by bin.

use serde::Serialize;

/// One bin of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Predictions in it.
    pub count: usize,
    /// Mean probability given.
    pub mean_predicted: f64,
    /// Share that came true.
    pub observed: f64,
}

impl ReliabilityBin {
    fn of(points: &[(f64, bool)]) -> Option<Self> {
        let count = points.len();
        let predicted: f64 = points.iter().map(|(probability, _)| probability).sum();
        let happened_count = points.iter().filter(|(_, happened)| *happened).count();
        let bin = || ReliabilityBin {
            count,
            mean_predicted: predicted / count as f64,
            observed: happened_count as f64 / count as f64,
        };
        (count > 0).then(bin)
    }
}

/// Bins of equal size, the lowest probabilities first; empty ones are left out.
pub fn reliability_by_count(points: &[(f64, bool)], bin_count: usize) -> Vec<ReliabilityBin> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bounds = |bin: usize| sorted.len() * bin / bin_count.max(1);
    (0..bin_count).filter_map(|bin| ReliabilityBin::of(&sorted[bounds(bin)..bounds(bin + 1)])).collect()
}

/// Bins of equal width over [0, 1], ascending; empty ones are left out.
pub fn reliability_by_width(points: &[(f64, bool)], bin_count: usize) -> Vec<ReliabilityBin> {
    let mut bins: Vec<Vec<(f64, bool)>> = vec![Vec::new(); bin_count.max(1)];
    for point in points {
        let at = (point.0 * bin_count as f64) as usize;
        bins[at.min(bin_count.max(1) - 1)].push(*point);
    }
    bins.iter().filter_map(|bin| ReliabilityBin::of(bin)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_count_what_came_true() {
        let points = [(0.1, false), (0.2, false), (0.3, true), (0.9, true), (1.0, true)];
        let halves = reliability_by_width(&points, 2);
        assert_eq!(halves.iter().map(|bin| bin.count).collect::<Vec<_>>(), [3, 2]);
        assert!((halves[0].mean_predicted - 0.2).abs() < 1e-12 && (halves[0].observed - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(halves[1].observed, 1.0);
        let pairs = reliability_by_count(&points, 2);
        assert_eq!(pairs.iter().map(|bin| bin.count).collect::<Vec<_>>(), [2, 3]);
        assert!(reliability_by_count(&[], 10).is_empty() && reliability_by_width(&[], 10).is_empty());
    }
}
