//! Logistic regression by `linfa`, over standardised features, taken over as plain numbers.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use super::fit::FitError;
use super::matrix::Matrix;
use crate::model::payment::linear::{Linear, Term};

/// Most steps of the optimiser.
const STEPS_MAX: u64 = 500;
/// Norm of the gradient at which it stops, for each example.
const GRADIENT_TOLERANCE: f64 = 1e-6;
/// Smallest standard deviation of a feature that is used.
const DEVIATION_MIN: f64 = 1e-9;
/// Golden ratio's fractional part: its multiples spread evenly, which draws a share of the rows without chance.
const GOLDEN_STEP: f64 = 0.618_033_988_749_894_9;

/// Fits a logistic regression. A row with a weight below 1 is drawn with that probability, as linfa knows no weights.
///
/// # Errors
/// When the optimiser fails.
pub fn fit(matrix: &Matrix, l2: f64) -> Result<Linear, FitError> {
    let rows: Vec<usize> = (0..matrix.row_count()).filter(|row| is_drawn(*row, matrix.weights[*row])).collect();
    let mut terms: Vec<(usize, Term)> = Vec::new();
    for (column, feature) in matrix.features.iter().enumerate() {
        let (mean, deviation) = moments(&matrix.columns[column], &rows);
        if deviation > DEVIATION_MIN {
            terms.push((column, Term { feature: *feature, mean, deviation, weight: 0.0 }));
        }
    }
    let mut records = Array2::<f64>::zeros((rows.len(), terms.len()));
    for (index, (column, term)) in terms.iter().enumerate() {
        for (row_index, row) in rows.iter().enumerate() {
            let mut single = [0.0_f32; 1];
            single[0] = matrix.columns[*column][*row];
            let at_zero = Term { feature: 0, ..*term };
            records[(row_index, index)] = at_zero.standardised(&single);
        }
    }
    let labels: Array1<bool> = rows.iter().map(|row| matrix.labels[*row]).collect();
    #[expect(clippy::cast_precision_loss, reason = "the number of examples is bounded by the spec")]
    let tolerance = GRADIENT_TOLERANCE * rows.len() as f64;
    let fitted = LogisticRegression::default()
        .alpha(l2)
        .max_iterations(STEPS_MAX)
        .gradient_tolerance(tolerance)
        .fit(&Dataset::new(records, labels))
        .map_err(|error| FitError::Regression { reason: error.to_string() })?;
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let weighted = terms.iter().zip(fitted.params());
    Ok(Linear {
        bias: sign * fitted.intercept(),
        terms: weighted.map(|((_, term), weight)| Term { weight: sign * weight, ..*term }).collect(),
    })
}

fn is_drawn(row: usize, weight: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the number of examples is bounded by the spec")]
    let position = (row as f64 * GOLDEN_STEP).fract();
    position < weight
}

fn moments(column: &[f32], rows: &[usize]) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "the number of examples is bounded by the spec")]
    let count = rows.len().max(1) as f64;
    let mean = rows.iter().map(|row| f64::from(column[*row])).sum::<f64>() / count;
    let variance = rows.iter().map(|row| (f64::from(column[*row]) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
