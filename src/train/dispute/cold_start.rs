//! The models for a tenant without history: learned from simulated companies whose truths differ, they know what holds for
//! all of them, and how far one company may lie from the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::examples::{DisputeChoice, DisputeHistory};
use super::fit::{fit_priority, fit_validity};
use super::spec::{CheckedDisputeSpec, DisputeSpec};
use crate::domain::money::Currency;
use crate::domain::strategy::MonotoneFactors;
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation, Violations};
use crate::ledger::accounts::LedgerBook;
use crate::ledger::simulate::{SimulationSpec, simulate};
use crate::model::dispute::{
    AdditiveModel, CURVES, CurveShape, DisputePriorityModel, LearnedCurve, LearnedItems, LearnedSeverity, LossLink,
    ValidityModel,
};

/// Spread of an item or a severity step in a model that knows nothing.
const FLAT_SPREAD: f64 = 1.0;
/// Spread of the whole rise of a curve from its first knot to its last in a model that knows nothing.
const FLAT_RISE_SPREAD: f64 = 4.0;
/// Most companies of a cold start.
const COMPANIES_MAX: u32 = 200;

/// Which companies are simulated, and how the models are fitted to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColdStartSpec {
    /// Seed of the first company; the others follow. Tests use other seeds.
    pub first_seed: u64,
    /// How many companies.
    pub company_count: u32,
    /// Customers of each.
    pub customer_count: u32,
    /// Months of each.
    pub month_count: u32,
    /// Last day of each.
    pub as_of: CivilDate,
    /// How the models are fitted.
    pub fit: DisputeSpec,
}

/// Examples of several simulated companies.
#[derive(Debug, Clone)]
pub struct Companies {
    /// One history for each.
    pub histories: Vec<DisputeHistory>,
    /// How the models are fitted.
    pub fit: CheckedDisputeSpec,
}

/// The specification of the shipped models.
const SHIPPED_SPEC: &str = include_str!("../../../training/dispute.toml");

impl ColdStartSpec {
    /// The specification that the shipped models are made with.
    #[expect(clippy::expect_used, reason = "the shipped specification is read by a test")]
    pub fn shipped() -> Self {
        ColdStartSpec::parse(SHIPPED_SPEC).expect("the shipped specification is valid")
    }

    /// Reads a specification.
    ///
    /// # Errors
    /// Unreadable TOML, or every number out of range.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        let spec: ColdStartSpec = toml::from_str(text)
            .map_err(|error| Violation::new("spec", error.message(), "TOML like training/dispute.toml"))?;
        let mut gather = Gather::default();
        if !(2..=COMPANIES_MAX).contains(&spec.company_count) {
            gather.push(Violation::new("company_count", spec.company_count, format!("2 to {COMPANIES_MAX}")));
        }
        gather.finish()?;
        Ok(spec)
    }

    /// Simulates the companies. `on_progress` hears the share that is done.
    ///
    /// # Errors
    /// Every number out of range.
    pub fn simulate(&self, on_progress: &mut dyn FnMut(f64)) -> Result<Companies, Violations> {
        let fit = self.fit.clone().check()?;
        let mut histories = Vec::new();
        for index in 0..self.company_count {
            let seed = self.first_seed + u64::from(index);
            let spec = SimulationSpec::try_new(self.customer_count, self.month_count, seed, self.as_of)?;
            histories.push(simulated_history(&spec));
            on_progress(f64::from(index + 1) / f64::from(self.company_count));
        }
        Ok(Companies { histories, fit })
    }
}

/// The examples of a simulated company, as they are known at the end of its history.
pub fn simulated_history(spec: &SimulationSpec) -> DisputeHistory {
    let company = simulate(spec, &mut |_| {});
    let choices: Vec<DisputeChoice> = company
        .choices
        .iter()
        .map(|choice| DisputeChoice {
            preferred_id: choice.preferred_id.clone(),
            other_id: choice.other_id.clone(),
            chosen_on: choice.chosen_on,
        })
        .collect();
    DisputeHistory::from_book(&LedgerBook::read(&company.records), &choices, Currency::EUR)
}

/// The model of urgency for a tenant without history.
pub fn cold_start_priority(companies: &Companies) -> DisputePriorityModel {
    let pooled = DisputeHistory::pool(&companies.histories);
    let flat = flat_priority(companies.fit.monotone);
    let mut shared = fit_priority(&pooled, &flat, &companies.fit);
    let loose = DisputePriorityModel { additive: with_flat_spreads(&shared.additive), ..shared.clone() };
    let own: Vec<AdditiveModel> =
        companies.histories.iter().map(|history| fit_priority(history, &loose, &companies.fit).additive).collect();
    set_spreads(&mut shared.additive, &own);
    shared
}

/// The model of validity for a tenant without history.
pub fn cold_start_validity(companies: &Companies) -> ValidityModel {
    let pooled = DisputeHistory::pool(&companies.histories);
    let flat = ValidityModel { additive: flat_additive(companies.fit.monotone), bias_logit: 0.0 };
    let mut shared = fit_validity(&pooled, &flat, &companies.fit);
    let loose = ValidityModel { additive: with_flat_spreads(&shared.additive), ..shared.clone() };
    let own: Vec<AdditiveModel> =
        companies.histories.iter().map(|history| fit_validity(history, &loose, &companies.fit).additive).collect();
    set_spreads(&mut shared.additive, &own);
    shared
}

fn flat_priority(monotone: MonotoneFactors) -> DisputePriorityModel {
    DisputePriorityModel {
        additive: flat_additive(monotone),
        cuts: [2.0, 0.5, -1.0],
        loss: LossLink { level: -2.5, slope: 0.3 },
    }
}

fn flat_additive(monotone: MonotoneFactors) -> AdditiveModel {
    let curves = CURVES.iter().map(|shape| LearnedCurve {
        name: shape.name.to_owned(),
        rises: vec![0.0; shape.piece_count()],
        mean_shares: vec![0.5; shape.piece_count()],
        slope_spread: flat_slope_spread(shape),
    });
    AdditiveModel {
        items: LearnedItems { effects: BTreeMap::new(), mean_effect: 0.0, effect_spread: FLAT_SPREAD },
        severity: LearnedSeverity { rises: [0.0; 3], mean_shares: [0.5; 3], rise_spread: FLAT_SPREAD },
        curves: curves.collect(),
        monotone,
    }
}

fn with_flat_spreads(model: &AdditiveModel) -> AdditiveModel {
    let mut loose = model.clone();
    loose.items.effect_spread = FLAT_SPREAD;
    loose.severity.rise_spread = FLAT_SPREAD;
    for (shape, curve) in CURVES.iter().zip(&mut loose.curves) {
        curve.slope_spread = flat_slope_spread(shape);
    }
    loose
}

fn flat_slope_spread(shape: &CurveShape) -> f64 {
    FLAT_RISE_SPREAD / shape.widths().sum::<f64>()
}

/// Measures how far the companies lie from what they share.
fn set_spreads(shared: &mut AdditiveModel, own: &[AdditiveModel]) {
    let item_gaps = own.iter().flat_map(|model| {
        let centre = |model: &AdditiveModel, effect: f64| effect - model.items.mean_effect;
        let gaps = shared.items.effects.iter().filter_map(move |(code, effect)| {
            let own_effect = model.items.effects.get(code)?;
            Some((code, centre(model, *own_effect), *effect))
        });
        gaps.map(|(_, own_effect, effect)| own_effect - (effect - shared.items.mean_effect)).collect::<Vec<f64>>()
    });
    let item_spread = root_mean_square(item_gaps);
    let severity_gaps = own.iter().flat_map(|model| {
        (0..3).map(|step| model.severity.rises[step] - shared.severity.rises[step]).collect::<Vec<f64>>()
    });
    let severity_spread = root_mean_square(severity_gaps);
    for (index, (shape, curve)) in CURVES.iter().zip(&mut shared.curves).enumerate() {
        let widths: Vec<f64> = shape.widths().collect();
        let slope = |rises: &[f64]| mean_slope(rises, &widths);
        let shared_slope = slope(&curve.rises);
        curve.slope_spread = root_mean_square(own.iter().map(|model| slope(&model.curves[index].rises) - shared_slope));
    }
    shared.items.effect_spread = item_spread;
    shared.severity.rise_spread = severity_spread;
}

/// Mean slope of the inner pieces, or of all where there are only a few: few disputes lie at the ends.
fn mean_slope(rises: &[f64], widths: &[f64]) -> f64 {
    let inner = if rises.len() > 4 { 1..rises.len() - 1 } else { 0..rises.len() };
    let (rise, width) = inner.fold((0.0, 0.0), |(rise, width), piece| (rise + rises[piece], width + widths[piece]));
    rise / width
}

fn root_mean_square(gaps: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for gap in gaps {
        sum += gap * gap;
        count += 1.0;
    }
    if count > 0.0 { (sum / count).sqrt() } else { FLAT_SPREAD }
}
