//! The training matrix: feature columns, labels and weights of the examples of one horizon.

use super::replay::PaymentExample;
use crate::domain::time::CivilDate;
use crate::features::catalog::{Feature, NEAR_HORIZON_DAYS, Reach};

/// Examples of one horizon by column. Only the features that reach the horizon are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Index of each column's feature in the catalog.
    pub features: Vec<u16>,
    /// Values by column, then by row.
    pub columns: Vec<Vec<f32>>,
    /// Whether each row's invoice was unpaid at the horizon.
    pub labels: Vec<bool>,
    /// Weight of each row.
    pub weights: Vec<f64>,
}

impl Matrix {
    /// The examples whose outcome at `horizon_days` was known before `cutoff`, and that stand before the horizon.
    pub fn build(examples: &[PaymentExample], horizon_days: i32, cutoff: CivilDate) -> Self {
        Matrix::of(&usable(examples, horizon_days, cutoff), horizon_days)
    }

    /// The matrix of these examples.
    pub fn of(usable: &[&PaymentExample], horizon_days: i32) -> Self {
        let features = features_reaching(horizon_days);
        let column = |feature: &u16| usable.iter().map(|example| example.row.values()[usize::from(*feature)]).collect();
        Matrix {
            columns: features.iter().map(column).collect(),
            features,
            labels: usable.iter().map(|example| example.is_unpaid_at(horizon_days)).collect(),
            weights: usable.iter().map(|example| example.weight).collect(),
        }
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.labels.len()
    }

    /// Weighted share of rows that were unpaid.
    pub fn base_rate(&self) -> f64 {
        let weight_sum: f64 = self.weights.iter().sum();
        let unpaid_sum: f64 = self.labels.iter().zip(&self.weights).filter(|(label, _)| **label).map(|(_, w)| w).sum();
        unpaid_sum / weight_sum.max(f64::MIN_POSITIVE)
    }

    /// Rows with each outcome: unpaid, then paid.
    pub fn outcome_counts(&self) -> (usize, usize) {
        let unpaid_count = self.labels.iter().filter(|label| **label).count();
        (unpaid_count, self.labels.len() - unpaid_count)
    }
}

/// The examples whose outcome at `horizon_days` was known before `cutoff`, and that stand before the horizon.
pub fn usable(examples: &[PaymentExample], horizon_days: i32, cutoff: CivilDate) -> Vec<&PaymentExample> {
    examples
        .iter()
        .filter(|example| example.past_due_days < horizon_days)
        .filter(|example| example.outcome.due_on.plus_days(horizon_days) < cutoff)
        .collect()
}

/// Indexes of the features that are of use for a horizon.
pub fn features_reaching(horizon_days: i32) -> Vec<u16> {
    let reaches = |feature: &&Feature| match feature.reach() {
        Reach::Any => true,
        Reach::Near => horizon_days <= NEAR_HORIZON_DAYS,
    };
    Feature::ALL.iter().filter(reaches).map(|feature| *feature as u16).collect()
}
