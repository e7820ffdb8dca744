//! Fits the dispute models: the most probable parameters, given what was believed and what is known.

use std::collections::BTreeMap;

use super::design::{Design, Means, SEVERITY_STEPS};
use super::examples::DisputeHistory;
use super::likelihood::{BinaryLink, BinaryTerm, Likelihood, OrdinalTerm};
use super::newton::minimise;
use super::prior::GaussianPrior;
use super::spec::CheckedDisputeSpec;
use crate::domain::dispute::{PriorityLabel, Resolution};
use crate::domain::score::Factor;
use crate::domain::strategy::MonotoneFactors;
use crate::features::dispute::DisputeFeatures;
use crate::model::dispute::{
    AdditiveModel, CURVES, DisputePriorityModel, LearnedCurve, LearnedItems, LearnedSeverity, LossLink, ValidityModel,
    never_falls,
};

/// Scale of the noise in a choice against that of a judgement: a choice compares two judgements.
const CHOICE_NOISE_SCALE: f64 = std::f64::consts::SQRT_2;
/// How often the link of losses to urgency is fitted anew.
const LOSS_ROUNDS: usize = 3;
/// Spread of the link's level and slope around those of the prior.
const LOSS_SPREADS: [f64; 2] = [1.5, 0.4];
/// Raising a matter again, or waiting longer, is never a sign that it is less urgent.
const RISING_URGENCY: [Factor; 2] = [Factor::Age, Factor::Repeats];
/// Having been right before is never a sign of being wrong now.
const RISING_VALIDITY: [Factor; 1] = [Factor::PastValidity];
/// Which head is the cut above which handling is urgent.
const URGENT_HEAD: usize = 1;
/// Which head is the bias of the model of validity.
const VALIDITY_HEAD: usize = 0;

/// Fits the model of urgency to labels, choices and outcomes together.
pub fn fit_priority(
    history: &DisputeHistory,
    prior_model: &DisputePriorityModel,
    spec: &CheckedDisputeSpec,
) -> DisputePriorityModel {
    let Judgements { features, labels, losses } = Judgements::of(history);
    let design = design_for(&features, &prior_model.additive, prior_model.cuts.len());
    let prior = GaussianPrior::from_model(&prior_model.additive, &prior_model.cuts, &design, spec.prior_strength);
    let lower = lower_bounds(&design, spec.monotone, &RISING_URGENCY);
    let rows: Vec<Vec<f64>> = features.iter().map(|features| design.row(features)).collect();
    let choices = history.choices.iter().map(|choice| {
        let (preferred, other) = (design.row(&choice.preferred), design.row(&choice.other));
        preferred.iter().zip(other).map(|(preferred, other)| preferred - other).collect()
    });
    let mut loss = prior_model.loss;
    let mut likelihood = Likelihood {
        rows: &rows,
        ordinal: labels,
        ordinal_weight: spec.label_weight,
        choices: choices.collect(),
        choice_weight: spec.choice_weight,
        choice_scale: CHOICE_NOISE_SCALE,
        binary: losses,
        binary_weight: spec.outcome_weight,
        binary_link: BinaryLink { level: loss.level, slope: loss.slope, head: URGENT_HEAD },
        prior: &prior,
    };
    let mut parameters = prior.mean.clone();
    for _ in 0..LOSS_ROUNDS {
        parameters = minimise(&likelihood, parameters, &lower);
        loss = fit_loss_link(&likelihood, &parameters, prior_model.loss, spec.outcome_weight);
        likelihood.binary_link = BinaryLink { level: loss.level, slope: loss.slope, head: URGENT_HEAD };
    }
    parameters = minimise(&likelihood, parameters, &lower);
    let additive = learned(&design, &parameters, &features, &prior_model.additive, spec.monotone);
    let cuts = [0, 1, 2].map(|head| parameters[head] - additive.items.mean_effect);
    DisputePriorityModel { additive, cuts, loss }
}

/// Fits the model of validity to the disputes that were decided for or against the customer.
pub fn fit_validity(history: &DisputeHistory, prior_model: &ValidityModel, spec: &CheckedDisputeSpec) -> ValidityModel {
    let decided: Vec<(&DisputeFeatures, bool)> = history
        .examples
        .iter()
        .filter_map(|example| Some((&example.features, example.decided?.0.customer_was_right()?)))
        .collect();
    let features: Vec<&DisputeFeatures> = decided.iter().map(|(features, _)| *features).collect();
    let design = design_for(&features, &prior_model.additive, 1);
    // The head is subtracted: it is the bias with its sign turned.
    let prior =
        GaussianPrior::from_model(&prior_model.additive, &[-prior_model.bias_logit], &design, spec.prior_strength);
    let lower = lower_bounds(&design, NOT_MONOTONE, &RISING_VALIDITY);
    let rows: Vec<Vec<f64>> = features.iter().map(|features| design.row(features)).collect();
    let terms = decided.iter().enumerate().map(|(row, (_, is_right))| BinaryTerm { row, is_true: *is_right });
    let likelihood = Likelihood {
        rows: &rows,
        ordinal: Vec::new(),
        ordinal_weight: 0.0,
        choices: Vec::new(),
        choice_weight: 0.0,
        choice_scale: CHOICE_NOISE_SCALE,
        binary: terms.collect(),
        binary_weight: 1.0,
        binary_link: BinaryLink { level: 0.0, slope: 1.0, head: VALIDITY_HEAD },
        prior: &prior,
    };
    let parameters = minimise(&likelihood, prior.mean.clone(), &lower);
    let additive = learned(&design, &parameters, &features, &prior_model.additive, NOT_MONOTONE);
    let bias_logit = additive.items.mean_effect - parameters[VALIDITY_HEAD];
    ValidityModel { additive, bias_logit }
}

/// Nothing says that a graver or larger dispute is more often right.
const NOT_MONOTONE: MonotoneFactors =
    MonotoneFactors { severity: false, stake: false, open_balance: false, customer_value: false };

fn design_for(features: &[&DisputeFeatures], prior: &AdditiveModel, head_count: usize) -> Design {
    let fallback = Means {
        severity: prior.severity.mean_shares,
        curves: prior.curves.iter().map(|curve| curve.mean_shares.clone()).collect(),
    };
    Design::new(head_count, features, prior.items.effects.keys(), &fallback)
}

/// What labels and decisions say of the urgency of disputes.
struct Judgements<'a> {
    /// The disputes as they stood when they were judged, one row each; two where the label and the decision are about different days.
    features: Vec<&'a DisputeFeatures>,
    labels: Vec<OrdinalTerm>,
    /// A dispute that was given up, against one that was decided.
    losses: Vec<BinaryTerm>,
}

impl<'a> Judgements<'a> {
    fn of(history: &'a DisputeHistory) -> Self {
        let (mut features, mut labels, mut losses) = (Vec::new(), Vec::new(), Vec::new());
        for example in &history.examples {
            features.push(example.graded_features());
            if let Some(label) = example.label {
                labels.push(ordinal_term(features.len() - 1, label));
            }
            if let Some((resolution, _)) = example.decided {
                if example.graded_features() != &example.features {
                    features.push(&example.features);
                }
                losses.push(BinaryTerm { row: features.len() - 1, is_true: resolution == Resolution::WriteOff });
            }
        }
        Judgements { features, labels, losses }
    }
}

fn ordinal_term(row: usize, label: PriorityLabel) -> OrdinalTerm {
    let (cut_above, cut_below) = match label {
        PriorityLabel::P1 => (None, Some(0)),
        PriorityLabel::P2 => (Some(0), Some(1)),
        PriorityLabel::P3 => (Some(1), Some(2)),
        PriorityLabel::P4 => (Some(2), None),
    };
    OrdinalTerm { row, cut_above, cut_below }
}

/// Level and slope of the losses over urgency as it is fitted so far.
fn fit_loss_link(likelihood: &Likelihood<'_>, parameters: &[f64], prior: LossLink, weight: f64) -> LossLink {
    if likelihood.binary.is_empty() || weight == 0.0 {
        return prior;
    }
    let rows: Vec<Vec<f64>> = likelihood
        .binary
        .iter()
        .map(|term| {
            let eta: f64 = likelihood.rows[term.row].iter().zip(parameters).map(|(x, parameter)| x * parameter).sum();
            vec![0.0, eta - parameters[URGENT_HEAD]]
        })
        .collect();
    let link_prior = GaussianPrior::independent(&[-prior.level, prior.slope], &LOSS_SPREADS);
    let terms = likelihood.binary.iter().enumerate().map(|(row, term)| BinaryTerm { row, is_true: term.is_true });
    let link = Likelihood {
        rows: &rows,
        ordinal: Vec::new(),
        ordinal_weight: 0.0,
        choices: Vec::new(),
        choice_weight: 0.0,
        choice_scale: CHOICE_NOISE_SCALE,
        binary: terms.collect(),
        binary_weight: weight,
        binary_link: BinaryLink { level: 0.0, slope: 1.0, head: 0 },
        prior: &link_prior,
    };
    let fitted = minimise(&link, link_prior.mean.clone(), &[f64::NEG_INFINITY, 0.0]);
    LossLink { level: -fitted[0], slope: fitted[1] }
}

fn lower_bounds(design: &Design, monotone: MonotoneFactors, rising: &[Factor]) -> Vec<f64> {
    let mut lower = vec![f64::NEG_INFINITY; design.parameter_count()];
    if monotone.severity {
        lower[design.severity_start()..design.severity_start() + SEVERITY_STEPS].fill(0.0);
    }
    for (shape, start) in CURVES.iter().zip(design.curve_starts()) {
        if never_falls(monotone, shape.factor) || rising.contains(&shape.factor) {
            lower[start..start + shape.piece_count()].fill(0.0);
        }
    }
    lower
}

/// Takes the parameters over into a model that measures from the average case of these disputes.
fn learned(
    design: &Design,
    parameters: &[f64],
    features: &[&DisputeFeatures],
    prior: &AdditiveModel,
    monotone: MonotoneFactors,
) -> AdditiveModel {
    let effects: BTreeMap<_, _> =
        design.items.iter().cloned().zip(parameters[design.item_start()..].iter().copied()).collect();
    let effect_of = |features: &&DisputeFeatures| effects.get(&features.contested_item).copied().unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 disputes")]
    let mean_effect = if features.is_empty() {
        prior.items.mean_effect
    } else {
        features.iter().map(effect_of).sum::<f64>() / features.len() as f64
    };
    let severity_start = design.severity_start();
    let curves = CURVES.iter().zip(design.curve_starts()).zip(&design.means.curves).zip(&prior.curves);
    let curves = curves.map(|(((shape, start), mean_shares), prior_curve)| LearnedCurve {
        name: shape.name.to_owned(),
        rises: parameters[start..start + shape.piece_count()].to_vec(),
        mean_shares: mean_shares.clone(),
        slope_spread: prior_curve.slope_spread,
    });
    AdditiveModel {
        items: LearnedItems { effects, mean_effect, effect_spread: prior.items.effect_spread },
        severity: LearnedSeverity {
            rises: [0, 1, 2].map(|step| parameters[severity_start + step]),
            mean_shares: design.means.severity,
            rise_spread: prior.severity.rise_spread,
        },
        curves: curves.collect(),
        monotone,
    }
}
