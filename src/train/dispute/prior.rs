//! What is believed of the parameters before any label is seen: a shipped model and how far companies lie from it.

use super::design::{Design, SEVERITY_STEPS};
use super::newton::Derivatives;
use crate::model::dispute::{AdditiveModel, CURVES};

/// Spread of the heads (cuts or bias) around those of the prior: companies differ widely in how often they call urgent.
const HEAD_SPREAD: f64 = 2.0;
/// Spread of the change of slope from one piece of a curve to the next, as a share of the spread of the slope.
const BEND_SHARE: f64 = 0.6;
/// Least spread of anything, so that labels can always move it.
const SPREAD_MIN: f64 = 0.02;

/// A Gaussian prior with sparse precisions: squares of weighted sums of deviations.
#[derive(Debug, Clone)]
pub struct GaussianPrior {
    /// The parameters believed in.
    pub mean: Vec<f64>,
    /// Each entry costs half the square of the sum of `factor · deviation`.
    terms: Vec<Vec<(usize, f64)>>,
}

impl GaussianPrior {
    /// Independent parameters.
    pub fn independent(mean: &[f64], spreads: &[f64]) -> Self {
        let terms = spreads.iter().enumerate().map(|(index, spread)| vec![(index, 1.0 / spread)]).collect();
        GaussianPrior { mean: mean.to_vec(), terms }
    }

    /// The prior that a model is for the disputes of a design. `heads` are its cuts or bias cut; `strength` above 1 holds
    /// more closely to the model.
    pub fn from_model(model: &AdditiveModel, heads: &[f64], design: &Design, strength: f64) -> Self {
        let scale = strength.sqrt();
        let shift = head_shift(model, design);
        let mut mean: Vec<f64> = heads.iter().map(|head| head + shift).collect();
        let mut terms: Vec<Vec<(usize, f64)>> =
            (0..heads.len()).map(|index| vec![(index, 1.0 / HEAD_SPREAD)]).collect();
        let item_spread = model.items.effect_spread.max(SPREAD_MIN);
        let unknown_spread = item_spread.hypot(spread_between_items(model));
        for (offset, item) in design.items.iter().enumerate() {
            let known = model.items.effect(item, design.stand_ins.get(item));
            mean.push(known.unwrap_or(model.items.mean_effect));
            let spread = if known.is_some() { item_spread } else { unknown_spread };
            terms.push(vec![(design.item_start() + offset, scale / spread)]);
        }
        let rise_spread = model.severity.rise_spread.max(SPREAD_MIN);
        mean.extend(model.severity.rises);
        let widths = vec![1.0; SEVERITY_STEPS];
        add_curve_terms(&mut terms, design.severity_start(), &widths, rise_spread / scale);
        for ((shape, curve), start) in CURVES.iter().zip(&model.curves).zip(design.curve_starts()) {
            mean.extend(&curve.rises);
            let widths: Vec<f64> = shape.widths().collect();
            add_curve_terms(&mut terms, start, &widths, curve.slope_spread.max(SPREAD_MIN) / scale);
        }
        GaussianPrior { mean, terms }
    }

    /// Half the sum of the squares.
    pub fn penalty(&self, parameters: &[f64]) -> f64 {
        self.terms.iter().map(|term| self.sum(term, parameters).powi(2) / 2.0).sum()
    }

    /// Adds the derivatives of the penalty.
    pub fn add_derivatives(&self, parameters: &[f64], derivatives: &mut Derivatives) {
        let parameter_count = parameters.len();
        for term in &self.terms {
            let sum = self.sum(term, parameters);
            for (row, factor) in term {
                derivatives.gradient[*row] += factor * sum;
                for (column, other) in term.iter().filter(|(column, _)| column <= row) {
                    derivatives.hessian[row * parameter_count + column] += factor * other;
                }
            }
        }
    }

    fn sum(&self, term: &[(usize, f64)], parameters: &[f64]) -> f64 {
        term.iter().map(|(index, factor)| factor * (parameters[*index] - self.mean[*index])).sum()
    }
}

/// The slopes of a curve may all move together by about `spread`, and bend a little from piece to piece.
fn add_curve_terms(terms: &mut Vec<Vec<(usize, f64)>>, start: usize, widths: &[f64], spread: f64) {
    #[expect(clippy::cast_precision_loss, reason = "a curve has a few pieces")]
    let together = spread * (widths.len() as f64).sqrt();
    for (piece, width) in widths.iter().enumerate() {
        terms.push(vec![(start + piece, 1.0 / (width * together))]);
        if piece > 0 {
            let bend = 1.0 / (spread * BEND_SHARE);
            terms.push(vec![(start + piece, bend / width), (start + piece - 1, -bend / widths[piece - 1])]);
        }
    }
}

/// By how much the heads move because the design measures from another average case than the model.
fn head_shift(model: &AdditiveModel, design: &Design) -> f64 {
    let mut shift = model.items.mean_effect;
    for step in 0..SEVERITY_STEPS {
        shift -= model.severity.rises[step] * (design.means.severity[step] - model.severity.mean_shares[step]);
    }
    for (curve, means) in model.curves.iter().zip(&design.means.curves) {
        for ((rise, old), new) in curve.rises.iter().zip(&curve.mean_shares).zip(means) {
            shift -= rise * (new - old);
        }
    }
    shift
}

fn spread_between_items(model: &AdditiveModel) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a taxonomy has at most a few hundred items")]
    let count = model.items.effects.len().max(1) as f64;
    let mean = model.items.effects.values().sum::<f64>() / count;
    (model.items.effects.values().map(|effect| (effect - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::design::Means;
    use super::*;
    use crate::domain::dispute::Severity;
    use crate::domain::taxonomy::ItemCode;
    use crate::features::dispute::DisputeFeatures;
    use crate::model::dispute::shipped_priority;

    #[test]
    fn a_new_item_is_believed_to_be_like_the_one_that_stands_in_for_it() {
        let model = shipped_priority().unwrap().model.additive;
        let [own, strange, pricing] = ["PRICE_LIST", "PALLETS", "PRICING"].map(|code| ItemCode::parse(code).unwrap());
        let features = |contested_item: &ItemCode, stand_in: Option<&ItemCode>| DisputeFeatures {
            contested_item: contested_item.clone(),
            stand_in: stand_in.cloned(),
            severity: Severity::Minor,
            stake_base: None,
            open_balance_base: None,
            annual_revenue_base: None,
            credit_standing: None,
            age_days: 0,
            raised_count: 1,
            past_decided_count: 0,
            past_valid_count: 0,
        };
        let disputes = [features(&own, Some(&pricing)), features(&strange, None)];
        let means = Means {
            severity: model.severity.mean_shares,
            curves: model.curves.iter().map(|curve| curve.mean_shares.clone()).collect(),
        };
        let design = Design::new(0, &disputes.each_ref(), model.items.effects.keys(), &means);
        let prior = GaussianPrior::from_model(&model, &[], &design, 1.0);
        let believed = |code: &ItemCode| {
            let offset = design.items.iter().position(|item| item == code).unwrap();
            prior.mean[design.item_start() + offset]
        };
        assert_eq!(believed(&own), model.items.effects[&pricing]);
        assert_eq!(believed(&strange), model.items.mean_effect);
        assert_ne!(model.items.effects[&pricing], model.items.mean_effect);
    }
}
