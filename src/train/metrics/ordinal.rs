//! Agreement on ordered labels.

/// Cohen's kappa with quadratic weights: 1 is full agreement, 0 is what chance gives. 1 where all labels are one and the same.
pub fn quadratic_weighted_kappa(label_count: usize, actual: &[usize], predicted: &[usize]) -> f64 {
    let mut actual_counts = vec![0.0_f64; label_count];
    let mut predicted_counts = vec![0.0_f64; label_count];
    let mut observed = 0.0;
    for (&actual, &predicted) in actual.iter().zip(predicted) {
        observed += (actual as f64 - predicted as f64).powi(2);
        for (counts, label) in [(&mut actual_counts, actual), (&mut predicted_counts, predicted)] {
            if let Some(count) = counts.get_mut(label) {
                *count += 1.0;
            }
        }
    }
    let mut expected = 0.0;
    for (row, actual_count) in actual_counts.iter().enumerate() {
        for (column, predicted_count) in predicted_counts.iter().enumerate() {
            expected += (row as f64 - column as f64).powi(2) * actual_count * predicted_count;
        }
    }
    expected /= actual.len().max(1) as f64;
    if expected == 0.0 { 1.0 } else { 1.0 - observed / expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_agrees_with_figures_worked_out_by_hand() {
        assert_eq!(quadratic_weighted_kappa(3, &[0, 1, 2], &[0, 1, 2]), 1.0);
        assert_eq!(quadratic_weighted_kappa(3, &[0, 1, 2], &[2, 1, 0]), -1.0);
        // scikit-learn: cohen_kappa_score([0,0,1,2,2,3],[0,1,1,2,3,3],weights="quadratic") = 0.86956521...
        let kappa = quadratic_weighted_kappa(4, &[0, 0, 1, 2, 2, 3], &[0, 1, 1, 2, 3, 3]);
        assert!((kappa - 0.869_565_217_4).abs() < 1e-9);
    }
}
