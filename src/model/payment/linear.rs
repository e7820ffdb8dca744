//! A linear score over standardised features, each held within a few standard deviations.

use serde::{Deserialize, Serialize};

/// Standard deviations from the mean beyond which a feature counts no further: a straight line must not run away.
const DEVIATIONS_MAX: f64 = 3.5;

/// One term of the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Index of the feature.
    pub feature: u16,
    /// Mean of the feature in training.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub deviation: f64,
    /// Log-odds for each standard deviation.
    pub weight: f64,
}

impl Term {
    /// The feature in standard deviations from its mean.
    pub fn standardised(&self, row: &[f32]) -> f64 {
        let value = row.get(usize::from(self.feature)).copied().unwrap_or(0.0);
        ((f64::from(value) - self.mean) / self.deviation).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX)
    }
}

/// A linear score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// Log-odds of a row whose features are all at their means.
    pub bias: f64,
    /// One term for each feature used.
    pub terms: Vec<Term>,
}

impl Linear {
    /// Whether every row has a score that is a number.
    pub fn is_sound(&self) -> bool {
        let is_sound = |term: &Term| {
            let Term { feature: _, mean, deviation, weight } = term;
            [mean, deviation, weight].into_iter().all(|number| number.is_finite()) && *deviation > 0.0
        };
        self.bias.is_finite() && self.terms.iter().all(is_sound)
    }

    /// The score of a row in log-odds.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.bias + self.terms.iter().map(|term| term.weight * term.standardised(row)).sum::<f64>()
    }

    /// Adds what each feature contributes to the score, times `weight`, and returns the rest, which all rows share.
    pub fn contribute(&self, row: &[f32], weight: f64, contributions: &mut [f64]) -> f64 {
        for term in &self.terms {
            if let Some(contribution) = contributions.get_mut(usize::from(term.feature)) {
                *contribution += weight * term.weight * term.standardised(row);
            }
        }
        weight * self.bias
    }
}
