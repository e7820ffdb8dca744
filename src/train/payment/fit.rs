//! Fits the heads of the payment model: three learners for each horizon, blended and calibrated on a later window.

use super::calibrate::{Scored, fit_calibration};
use super::matrix::{Matrix, usable};
use super::replay::PaymentExample;
use super::spec::PaymentSpec;
use super::{boosted, forest, linear};
use crate::domain::time::CivilDate;
use crate::model::payment::forecast::{Calibration, Head};

/// Fewest examples of each outcome that a horizon is learned from.
pub const OUTCOMES_MIN: usize = 20;

/// Why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// There is too little to learn from.
    #[error(
        "{unpaid_count} unpaid and {paid_count} paid examples at {horizon_days} days past due, but {needed} of each are needed"
    )]
    TooFewExamples {
        /// The horizon.
        horizon_days: i32,
        /// Unpaid ones.
        unpaid_count: usize,
        /// Paid ones.
        paid_count: usize,
        /// How many of each are needed.
        needed: usize,
    },
    /// Boosting failed.
    #[error("boosted trees could not be fitted: {reason}")]
    Boosting {
        /// What the learner said.
        reason: String,
    },
    /// Logistic regression failed.
    #[error("logistic regression could not be fitted: {reason}")]
    Regression {
        /// What the learner said.
        reason: String,
    },
}

/// Fits one head for each horizon from what was known before `cutoff`.
///
/// # Errors
/// When there is too little to learn from, or a learner fails.
pub fn fit_heads(examples: &[PaymentExample], spec: &PaymentSpec, cutoff: CivilDate) -> Result<Vec<Head>, FitError> {
    spec.horizons_days.iter().map(|horizon_days| fit_head(examples, spec, *horizon_days, cutoff)).collect()
}

fn fit_head(
    examples: &[PaymentExample],
    spec: &PaymentSpec,
    horizon_days: i32,
    cutoff: CivilDate,
) -> Result<Head, FitError> {
    let usable = usable(examples, horizon_days, cutoff);
    let mut head = fit_learners(&Matrix::of(&usable, horizon_days), spec, horizon_days)?;
    head.calibration = cross_calibrate(&usable, spec, horizon_days)?;
    Ok(head)
}

fn fit_learners(matrix: &Matrix, spec: &PaymentSpec, horizon_days: i32) -> Result<Head, FitError> {
    let (unpaid_count, paid_count) = matrix.outcome_counts();
    if unpaid_count.min(paid_count) < OUTCOMES_MIN {
        return Err(FitError::TooFewExamples { horizon_days, unpaid_count, paid_count, needed: OUTCOMES_MIN });
    }
    Ok(Head {
        horizon_days,
        forest: forest::fit(matrix, &spec.forest, spec.seed),
        boosted: boosted::fit(matrix, &spec.boosted, spec.seed)?,
        linear: linear::fit(matrix, spec.linear_l2)?,
        weights: spec.weights,
        calibration: Calibration::IDENTITY,
    })
}

/// Calibrates on examples that the scoring learners have not seen: each of a few blocks of due dates is scored by
/// learners fitted on the other blocks.
fn cross_calibrate(usable: &[&PaymentExample], spec: &PaymentSpec, horizon_days: i32) -> Result<Calibration, FitError> {
    let mut due_dates: Vec<CivilDate> = usable.iter().map(|example| example.outcome.due_on).collect();
    due_dates.sort_unstable();
    let block_of = |due_on: CivilDate| {
        let position = due_dates.partition_point(|other| *other < due_on);
        position * spec.calibration_block_count / due_dates.len().max(1)
    };
    let mut scored: Vec<Scored> = Vec::new();
    for block in 0..spec.calibration_block_count {
        let (held_out, others): (Vec<&PaymentExample>, Vec<&PaymentExample>) =
            usable.iter().partition(|example| block_of(example.outcome.due_on) == block);
        let head = match fit_learners(&Matrix::of(&others, horizon_days), &spec.lighter(), horizon_days) {
            Ok(head) => head,
            Err(FitError::TooFewExamples { .. }) => return Ok(Calibration::IDENTITY),
            Err(error @ (FitError::Boosting { .. } | FitError::Regression { .. })) => return Err(error),
        };
        scored.extend(held_out.iter().map(|example| Scored {
            score: head.raw_score(example.row.values()),
            happened: example.is_unpaid_at(horizon_days),
            weight: example.weight,
        }));
    }
    Ok(fit_calibration(&scored))
}
