//! The numbers that a fit sees of a dispute, and which parameter each of them belongs to.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::taxonomy::ItemCode;
use crate::features::dispute::DisputeFeatures;
use crate::model::dispute::{CURVES, LearnedSeverity};

/// Steps from one severity to the next.
pub const SEVERITY_STEPS: usize = 3;

/// Which parameter stands where: first the heads (cuts or bias), then items, severities and the pieces of the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Parameters before the parts.
    pub head_count: usize,
    /// The contested items in ascending order.
    pub items: Vec<ItemCode>,
    /// The codes that stand in for items that a prior does not know.
    pub stand_ins: BTreeMap<ItemCode, ItemCode>,
    /// The average case.
    pub means: Means,
}

/// Mean shares of the severities and pieces over the disputes at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    /// Of the severities.
    pub severity: [f64; SEVERITY_STEPS],
    /// Of the pieces of each curve, over the disputes where the number is known.
    pub curves: Vec<Vec<f64>>,
}

impl Means {
    /// The means over these disputes; `fallback` where nothing is known.
    pub fn over(features: &[&DisputeFeatures], fallback: &Means) -> Self {
        let mut means = fallback.clone();
        if features.is_empty() {
            return means;
        }
        let severities: Vec<[f64; SEVERITY_STEPS]> =
            features.iter().map(|features| LearnedSeverity::shares(features.severity)).collect();
        for (step, mean) in means.severity.iter_mut().enumerate() {
            *mean = mean_of(severities.iter().map(|shares| shares[step]));
        }
        for (shape, curve) in CURVES.iter().zip(&mut means.curves) {
            let rows: Vec<Vec<f64>> = features
                .iter()
                .filter_map(|features| shape.position(features))
                .map(|position| shape.shares(position).collect())
                .collect();
            for (piece, mean) in curve.iter_mut().enumerate().filter(|_| !rows.is_empty()) {
                *mean = mean_of(rows.iter().map(|shares| shares[piece]));
            }
        }
        means
    }
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 disputes")]
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

impl Design {
    /// A design for these disputes and the items that a prior knows.
    pub fn new<'a>(
        head_count: usize,
        features: &[&DisputeFeatures],
        known_items: impl IntoIterator<Item = &'a ItemCode>,
        fallback: &Means,
    ) -> Self {
        let mut items: BTreeSet<ItemCode> = known_items.into_iter().cloned().collect();
        items.extend(features.iter().map(|features| features.contested_item.clone()));
        let stand_ins = features.iter().filter_map(|features| {
            let stand_in = features.stand_in.clone()?;
            Some((features.contested_item.clone(), stand_in))
        });
        Design {
            head_count,
            items: items.into_iter().collect(),
            stand_ins: stand_ins.collect(),
            means: Means::over(features, fallback),
        }
    }

    /// Index of the first item.
    pub fn item_start(&self) -> usize {
        self.head_count
    }

    /// Index of the first severity step.
    pub fn severity_start(&self) -> usize {
        self.head_count + self.items.len()
    }

    /// Index of the first piece of each curve, and behind the last one.
    pub fn curve_starts(&self) -> Vec<usize> {
        let mut starts = vec![self.severity_start() + SEVERITY_STEPS];
        for shape in CURVES {
            starts.push(starts.last().copied().unwrap_or(0) + shape.piece_count());
        }
        starts
    }

    /// Number of parameters.
    pub fn parameter_count(&self) -> usize {
        self.severity_start() + SEVERITY_STEPS + CURVES.iter().map(|shape| shape.piece_count()).sum::<usize>()
    }

    /// The row of a dispute: zero at the heads, one at its item, the rest measured from the average case. A number that is
    /// not known is the average.
    pub fn row(&self, features: &DisputeFeatures) -> Vec<f64> {
        let mut row = vec![0.0; self.item_start()];
        row.extend(self.items.iter().map(|item| if *item == features.contested_item { 1.0 } else { 0.0 }));
        let severity = LearnedSeverity::shares(features.severity);
        row.extend(severity.iter().zip(&self.means.severity).map(|(share, mean)| share - mean));
        for (shape, means) in CURVES.iter().zip(&self.means.curves) {
            match shape.position(features) {
                Some(position) => row.extend(shape.shares(position).zip(means).map(|(share, mean)| share - mean)),
                None => row.extend(means.iter().map(|_| 0.0)),
            }
        }
        row
    }
}
