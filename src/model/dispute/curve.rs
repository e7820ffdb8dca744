//! Piecewise linear curves over one number of a dispute, and which numbers there are.

use serde::{Deserialize, Serialize};

use crate::domain::score::Factor;
use crate::features::dispute::DisputeFeatures;

/// A factor that is a number, with the places between which its curve is straight. Outside them it is level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveShape {
    /// The factor.
    pub factor: Factor,
    /// Name of the number, as stored with models; never used again for another number.
    pub name: &'static str,
    /// The knots, ascending.
    pub knots: &'static [f64],
}

/// The curves of the dispute models, in the order of their parameters.
pub const CURVES: [CurveShape; 7] = [
    CurveShape {
        factor: Factor::CustomerValue,
        name: "customer_annual_revenue_base_log",
        knots: &[8.0, 10.0, 11.0, 12.0, 13.0, 14.5, 17.0],
    },
    CurveShape {
        factor: Factor::OpenBalance,
        name: "account_open_balance_base_log",
        knots: &[5.0, 8.0, 9.0, 10.0, 11.0, 12.5, 16.0],
    },
    CurveShape {
        factor: Factor::CreditScore,
        name: "customer_credit_standing",
        knots: &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
    },
    CurveShape {
        factor: Factor::Stake,
        name: "dispute_contested_base_log",
        knots: &[2.0, 5.0, 6.5, 8.0, 9.5, 11.0, 15.0],
    },
    CurveShape { factor: Factor::Age, name: "dispute_age_days", knots: &[0.0, 7.0, 15.0, 30.0, 60.0, 90.0] },
    CurveShape { factor: Factor::Repeats, name: "dispute_raised_count", knots: &[1.0, 2.0, 3.0, 4.0] },
    CurveShape { factor: Factor::PastValidity, name: "customer_past_valid_share", knots: &[0.1, 0.3, 0.5, 0.7, 0.9] },
];

impl CurveShape {
    /// The number of a dispute on this curve's axis; none when it is not known.
    pub fn position(&self, features: &DisputeFeatures) -> Option<f64> {
        let log = |units: Option<f64>| units.map(|units| (1.0 + units.max(0.0)).ln());
        let position = match self.factor {
            Factor::CustomerValue => log(features.annual_revenue_base),
            Factor::OpenBalance => log(features.open_balance_base),
            Factor::CreditScore => features.credit_standing,
            Factor::Stake => log(features.stake_base),
            Factor::Age => Some(f64::from(features.age_days)),
            Factor::Repeats => Some(f64::from(features.raised_count)),
            // One case each way stands for the customers in general.
            Factor::PastValidity => {
                Some((f64::from(features.past_valid_count) + 1.0) / (f64::from(features.past_decided_count) + 2.0))
            }
            Factor::Base
            | Factor::ContestedItem
            | Factor::Severity
            | Factor::PaymentHabit
            | Factor::RecentPayments
            | Factor::InvoiceTraits
            | Factor::Portfolio
            | Factor::Waiting
            | Factor::Effort => None,
        };
        position.filter(|position| position.is_finite())
    }

    /// How far a number has come along each straight piece: 0 before it, 1 beyond it.
    pub fn shares(&self, position: f64) -> impl Iterator<Item = f64> {
        self.knots.windows(2).map(move |piece| ((position - piece[0]) / (piece[1] - piece[0])).clamp(0.0, 1.0))
    }

    /// Number of straight pieces.
    pub fn piece_count(&self) -> usize {
        self.knots.len() - 1
    }

    /// Width of each piece.
    pub fn widths(&self) -> impl Iterator<Item = f64> {
        self.knots.windows(2).map(|piece| piece[1] - piece[0])
    }
}

/// What a model has learned of one curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedCurve {
    /// Name of the number.
    pub name: String,
    /// By how much the log-odds rise along each piece.
    pub rises: Vec<f64>,
    /// Mean share of each piece over the disputes that the model was made from: the average case.
    pub mean_shares: Vec<f64>,
    /// Spread of the slope between companies, for a model that is to be adapted to one.
    pub slope_spread: f64,
}

impl LearnedCurve {
    /// What the number adds to the log-odds of the average case; nothing when it is not known.
    pub fn contribution(&self, shape: &CurveShape, features: &DisputeFeatures) -> f64 {
        let Some(position) = shape.position(features) else { return 0.0 };
        let pieces = shape.shares(position).zip(&self.rises).zip(&self.mean_shares);
        pieces.map(|((share, rise), mean_share)| rise * (share - mean_share)).sum()
    }
}

/// Names the numbers, their knots and the severities: models with equal digests see the same features.
pub fn feature_digest() -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"contested_item;severity");
    for shape in CURVES {
        hasher.update(format!(";{}:{:?}", shape.name, shape.knots).as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_rise_piece_by_piece() {
        let shape = CURVES.iter().find(|shape| shape.factor == Factor::Age).unwrap();
        assert_eq!(shape.shares(11.0).collect::<Vec<_>>(), [1.0, 0.5, 0.0, 0.0, 0.0]);
        assert!(shape.shares(-5.0).all(|share| share == 0.0));
        assert!(shape.shares(1e9).all(|share| share == 1.0));
    }

    #[test]
    fn knots_ascend() {
        for shape in CURVES {
            assert!(shape.widths().all(|width| width > 0.0), "{}", shape.name);
        }
    }
}
