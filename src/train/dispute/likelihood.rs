//! One penalised likelihood for ordinal labels, choices between two disputes, and yes-or-no outcomes.

use super::newton::{Derivatives, Objective};
use super::prior::GaussianPrior;
use crate::model::odds::{log_loss_of_logit, probability_of_logit};

/// Probabilities are kept from 0 by this much.
const PROBABILITY_MIN: f64 = 1e-12;

/// A judgement of one dispute: between which cuts it lies. `None` stands for no cut on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrdinalTerm {
    /// Index of the row.
    pub row: usize,
    /// Head that is the cut above.
    pub cut_above: Option<usize>,
    /// Head that is the cut below.
    pub cut_below: Option<usize>,
}

/// A yes-or-no fact with log-odds `level + slope · (η − head)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryTerm {
    /// Index of the row.
    pub row: usize,
    /// Whether it came true.
    pub is_true: bool,
}

/// How the yes-or-no facts follow from the parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryLink {
    /// Log-odds where the parts are at the head.
    pub level: f64,
    /// How strongly they follow.
    pub slope: f64,
    /// Which head.
    pub head: usize,
}

/// Everything that is known, with what was believed before.
pub struct Likelihood<'a> {
    /// Rows of the disputes.
    pub rows: &'a [Vec<f64>],
    /// Judgements.
    pub ordinal: Vec<OrdinalTerm>,
    /// Weight of a judgement.
    pub ordinal_weight: f64,
    /// Rows of the chosen less rows of the other, for each choice.
    pub choices: Vec<Vec<f64>>,
    /// Weight of a choice.
    pub choice_weight: f64,
    /// Scale of the noise of a choice against that of a judgement.
    pub choice_scale: f64,
    /// Yes-or-no facts.
    pub binary: Vec<BinaryTerm>,
    /// Weight of a fact.
    pub binary_weight: f64,
    /// How the facts follow.
    pub binary_link: BinaryLink,
    /// What was believed before.
    pub prior: &'a GaussianPrior,
}

fn dot(x: &[f64], parameters: &[f64]) -> f64 {
    x.iter().zip(parameters).map(|(x, parameter)| x * parameter).sum()
}

impl Likelihood<'_> {
    /// Probabilities of lying below the cut above and below the cut below.
    fn below(term: &OrdinalTerm, eta: f64, parameters: &[f64]) -> (f64, f64) {
        let above = term.cut_above.map_or(1.0, |cut| probability_of_logit(parameters[cut] - eta));
        let below = term.cut_below.map_or(0.0, |cut| probability_of_logit(parameters[cut] - eta));
        (above, below)
    }

    fn binary_logit(&self, row: &[f64], parameters: &[f64]) -> f64 {
        let BinaryLink { level, slope, head } = self.binary_link;
        level + slope * (dot(row, parameters) - parameters[head])
    }

    fn add_ordinal(&self, term: &OrdinalTerm, parameters: &[f64], derivatives: &mut Derivatives) {
        let row = &self.rows[term.row];
        let (above, below) = Self::below(term, dot(row, parameters), parameters);
        let probability = (above - below).max(PROBABILITY_MIN);
        // Densities f = F(1 − F) and their slopes f(1 − 2F) at both cuts.
        let (density_above, density_below) = (above * (1.0 - above), below * (1.0 - below));
        let (bend_above, bend_below) = (density_above * (1.0 - 2.0 * above), density_below * (1.0 - 2.0 * below));
        let weight = self.ordinal_weight;
        let slope_eta = -(density_above - density_below) / probability;
        let slope_above = density_above / probability;
        let slope_below = -density_below / probability;
        let second = |bend: f64, first: f64, other: f64| -weight * (bend / probability - first * other);
        let second_eta = second(bend_above - bend_below, slope_eta, slope_eta);
        derivatives.add_linear(row, -weight * slope_eta, second_eta);
        if let Some(cut) = term.cut_above {
            derivatives.add_single(cut, -weight * slope_above, second(bend_above, slope_above, slope_above));
            derivatives.add_cross(cut, row, second(-bend_above, slope_above, slope_eta));
        }
        if let Some(cut) = term.cut_below {
            derivatives.add_single(cut, -weight * slope_below, second(-bend_below, slope_below, slope_below));
            derivatives.add_cross(cut, row, second(bend_below, slope_below, slope_eta));
        }
        if let (Some(cut), Some(other)) = (term.cut_above, term.cut_below) {
            let (high, low) = (cut.max(other), cut.min(other));
            let between = second(0.0, slope_above, slope_below);
            derivatives.hessian[high * parameters.len() + low] += between;
        }
    }
}

impl Objective for Likelihood<'_> {
    fn value(&self, parameters: &[f64]) -> f64 {
        let mut value = self.prior.penalty(parameters);
        for term in &self.ordinal {
            let (above, below) = Self::below(term, dot(&self.rows[term.row], parameters), parameters);
            if above <= below {
                return f64::INFINITY;
            }
            value -= self.ordinal_weight * (above - below).max(PROBABILITY_MIN).ln();
        }
        for choice in &self.choices {
            value += self.choice_weight * log_loss_of_logit(dot(choice, parameters) / self.choice_scale);
        }
        for term in &self.binary {
            let logit = self.binary_logit(&self.rows[term.row], parameters);
            value += self.binary_weight * log_loss_of_logit(if term.is_true { logit } else { -logit });
        }
        value
    }

    fn derivatives(&self, parameters: &[f64]) -> Derivatives {
        let mut derivatives = Derivatives::zero(parameters.len());
        self.prior.add_derivatives(parameters, &mut derivatives);
        for term in &self.ordinal {
            self.add_ordinal(term, parameters, &mut derivatives);
        }
        for choice in &self.choices {
            let chance = probability_of_logit(dot(choice, parameters) / self.choice_scale);
            let first = -self.choice_weight * (1.0 - chance) / self.choice_scale;
            let second = self.choice_weight * chance * (1.0 - chance) / self.choice_scale.powi(2);
            derivatives.add_linear(choice, first, second);
        }
        let BinaryLink { slope, head, .. } = self.binary_link;
        for term in &self.binary {
            let mut row = self.rows[term.row].clone();
            let chance = probability_of_logit(self.binary_logit(&row, parameters));
            row[head] = -1.0;
            let label = f64::from(u8::from(term.is_true));
            let first = self.binary_weight * slope * (chance - label);
            derivatives.add_linear(&row, first, self.binary_weight * slope * slope * chance * (1.0 - chance));
        }
        derivatives
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likelihood<'a>(rows: &'a [Vec<f64>], prior: &'a GaussianPrior) -> Likelihood<'a> {
        Likelihood {
            rows,
            ordinal: vec![
                OrdinalTerm { row: 0, cut_above: None, cut_below: Some(0) },
                OrdinalTerm { row: 1, cut_above: Some(0), cut_below: Some(1) },
                OrdinalTerm { row: 2, cut_above: Some(1), cut_below: None },
            ],
            ordinal_weight: 1.0,
            choices: vec![vec![0.0, 0.0, 0.5, -1.0]],
            choice_weight: 0.7,
            choice_scale: 1.4,
            binary: vec![BinaryTerm { row: 0, is_true: true }, BinaryTerm { row: 2, is_true: false }],
            binary_weight: 0.5,
            binary_link: BinaryLink { level: -1.0, slope: 0.6, head: 1 },
            prior,
        }
    }

    #[test]
    fn derivatives_are_those_of_the_value() {
        let rows = vec![vec![0.0, 0.0, 1.0, 0.3], vec![0.0, 0.0, -0.4, 0.8], vec![0.0, 0.0, 0.2, -0.9]];
        let prior = GaussianPrior::independent(&[0.5, -0.5, 0.1, 0.0], &[1.0, 1.0, 0.7, 0.9]);
        let likelihood = likelihood(&rows, &prior);
        let at = [0.9, -0.7, 0.4, -0.2];
        let derivatives = likelihood.derivatives(&at);
        let step = 1e-5;
        for index in 0..at.len() {
            let moved = |by: f64| {
                let mut moved = at;
                moved[index] += by;
                moved
            };
            let slope = (likelihood.value(&moved(step)) - likelihood.value(&moved(-step))) / (2.0 * step);
            assert!((slope - derivatives.gradient[index]).abs() < 1e-6, "{index}");
            let (up, down) = (likelihood.derivatives(&moved(step)), likelihood.derivatives(&moved(-step)));
            for row in index..at.len() {
                let bend = (up.gradient[row] - down.gradient[row]) / (2.0 * step);
                let found = derivatives.hessian[row * at.len() + index];
                assert!((bend - found).abs() < 1e-5, "{row} {index} {bend} {found}");
            }
        }
    }
}
