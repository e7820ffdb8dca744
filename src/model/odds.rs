//! Log-odds and the probabilities that they stand for.

/// The probability that log-odds stand for: 1 ÷ (1 + exp(−logit)).
#[inline]
pub fn probability_of_logit(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// What log-odds cost where they came true: ln(1 + exp(−logit)), without overflow.
#[inline]
pub fn log_loss_of_logit(logit: f64) -> f64 {
    if logit > 0.0 { (-logit).exp().ln_1p() } else { logit.exp().ln_1p() - logit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_that_of_the_probability() {
        for logit in [-30.0, -1.5, 0.0, 0.7, 20.0] {
            assert!(
                (log_loss_of_logit(logit) + probability_of_logit(logit).ln()).abs() < 1e-9 * (1.0 + f64::abs(logit))
            );
        }
        assert_eq!(probability_of_logit(0.0), 0.5);
        assert!(log_loss_of_logit(-1e4).is_finite());
    }
}
