//! Whether probabilities mean what they say.

/// Smallest probability that log loss believes in.
const PROBABILITY_MIN: f64 = 1e-15;

/// Mean of `-ln p` over the probabilities that were given to what came true; 0 where there is none.
pub fn log_loss(probabilities_of_truth: &[f64]) -> f64 {
    if probabilities_of_truth.is_empty() {
        return 0.0;
    }
    let sum: f64 = probabilities_of_truth.iter().map(|p| -p.max(PROBABILITY_MIN).ln()).sum();
    sum / probabilities_of_truth.len() as f64
}

/// Mean gap between the probability of the predicted label and how often it is right, over `bin_count` equal bins of
/// probability, weighted by the examples in each.
pub fn expected_calibration_error(probabilities: &[f64], is_right: &[bool], bin_count: usize) -> f64 {
    let mut bins = vec![(0.0_f64, 0.0_f64); bin_count.max(1)];
    for (&probability, &right) in probabilities.iter().zip(is_right) {
        let at = ((probability * bin_count as f64) as usize).min(bins.len() - 1);
        if let Some((probability_sum, right_sum)) = bins.get_mut(at) {
            *probability_sum += probability;
            *right_sum += f64::from(u8::from(right));
        }
    }
    let gaps: f64 = bins.iter().map(|(probability_sum, right_sum)| (probability_sum - right_sum).abs()).sum();
    gaps / probabilities.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_loss_of_a_coin_is_ln_two() {
        assert!((log_loss(&[0.5, 0.5]) - std::f64::consts::LN_2).abs() < 1e-12);
        assert!(log_loss(&[0.0]).is_finite());
    }

    #[test]
    fn the_calibration_error_is_the_weighted_gap() {
        // Bin 0.9: two of four right, gap 0.4; bin 0.6: one of one right, gap 0.4.
        let probabilities = [0.9, 0.9, 0.9, 0.9, 0.6];
        let right = [true, true, false, false, true];
        assert!((expected_calibration_error(&probabilities, &right, 10) - 0.4).abs() < 1e-12);
        assert_eq!(expected_calibration_error(&[1.0], &[true], 10), 0.0);
    }
}
