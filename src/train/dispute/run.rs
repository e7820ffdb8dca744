//! Training runs: split by time, fit, measure, fit again on everything, seal the artifact.

use linfa::dataset::{DatasetBase, Records};
use linfa::traits::{Fit, Predict};

use super::cold_start::{ColdStartSpec, cold_start_priority, cold_start_validity};
use super::evaluate::{Drawn, evaluate_priority, evaluate_validity, have_intervals};
use super::examples::{DisputeExample, DisputeHistory};
use super::fit::{fit_priority, fit_validity};
use super::spec::CheckedDisputeSpec;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violations;
use crate::features::dispute::DisputeFeatures;
use crate::model::dispute::{Artifact, DisputeModel, DisputePriorityModel, Figure, ValidityModel};
use crate::train::fair::{Contest, JudgedRows, Opponent, contest};

/// Fewest labels, choices and decided disputes together that a model is adapted to.
pub const EXAMPLES_MIN: usize = 20;
/// Golden scores of an artifact.
const GOLDEN_COUNT: usize = 40;

/// Why a model was not made.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is too little to learn from.
    #[error("{found} examples with a label, choice or outcome, expected at least {EXAMPLES_MIN}")]
    TooFewExamples {
        /// How many there are.
        found: usize,
    },
    /// The specification is wrong.
    #[error(transparent)]
    Spec(#[from] Violations),
    /// linfa refused the data set.
    #[error(transparent)]
    Dataset(#[from] linfa::Error),
}

/// A model with its figures and the text of its card.
#[derive(Debug, Clone)]
pub struct Trained<M> {
    /// The sealed model.
    pub artifact: Artifact<M>,
    /// What the rows behind its figures can tell.
    pub rows: JudgedRows,
    /// Whether its figures have intervals: the rows are of enough customers.
    pub has_interval: bool,
    /// The model that it is compared with.
    pub opponent: Opponent,
    /// Its figures on the rows on which it is compared.
    pub compared_figures: Vec<Figure>,
    /// Those of the model that it is compared with, on the same rows.
    pub rival_figures: Vec<Figure>,
    /// What people should know of it.
    pub card: String,
}

/// The present model, which a trained one is compared with on what is new to both.
pub struct Rival<'a, M> {
    /// The model.
    pub model: &'a M,
    /// The last day that it can have learned of; none where it has seen nothing of this tenant.
    pub learned_until: Option<CivilDate>,
}

/// How a model is judged beside another on later examples.
struct Comparison<'a, M> {
    /// What all later examples with an outcome can tell.
    rows: JudgedRows,
    /// Whether figures on them have intervals.
    has_interval: bool,
    opponent: Opponent,
    /// The other model.
    model: &'a M,
    /// Later examples with an outcome that count for both.
    examples: Vec<&'a DisputeExample>,
}

impl<'a, M> Rival<'a, M> {
    /// The comparison on those of the later examples that have an outcome; `shipped`, which has seen none of them, stands in where the
    /// rival has seen too many.
    fn compared<K: Ord + Copy>(
        &self,
        shipped: &'a M,
        later: &[&'a DisputeExample],
        outcome: impl Fn(&DisputeExample) -> Option<K>,
    ) -> Comparison<'a, M> {
        let known = later.iter().filter_map(|example| Some((*example, (example.opened_on, outcome(example)?))));
        let (examples, outcomes): (Vec<&DisputeExample>, Vec<(CivilDate, K)>) = known.unzip();
        let Contest { opponent, from } = contest(&outcomes, self.learned_until);
        let model = match opponent {
            Opponent::Champion => self.model,
            Opponent::Shipped { .. } => shipped,
        };
        let rows = JudgedRows::of(outcomes.iter().map(|(_, outcome)| *outcome));
        let has_interval = have_intervals(&examples);
        let examples = examples.get(from..).unwrap_or_default().to_vec();
        Comparison { rows, has_interval, opponent, model, examples }
    }
}

/// How a sealed model was measured.
struct Measured {
    figures: Vec<Figure>,
    rows: JudgedRows,
    has_interval: bool,
    opponent: Opponent,
    /// Its own figures on the rows that are compared, and the other's.
    of_both: [Vec<Figure>; 2],
}

impl Measured {
    /// Figures beside which no other model stands, with intervals.
    fn alone(figures: Vec<Figure>) -> Self {
        let (rows, opponent) = (JudgedRows::default(), Opponent::Champion);
        Measured { figures, rows, has_interval: true, opponent, of_both: [Vec::new(), Vec::new()] }
    }
}

/// Adapts the model of urgency `prior`, which has not seen the tenant's labels, to the tenant's history.
///
/// # Errors
/// [`TrainError::TooFewExamples`].
pub fn train_priority(
    history: &DisputeHistory,
    prior: &DisputePriorityModel,
    rival: &Rival<'_, DisputePriorityModel>,
    spec: &CheckedDisputeSpec,
) -> Result<Trained<DisputePriorityModel>, TrainError> {
    let decided_count = history.examples.iter().filter(|example| example.decided.is_some()).count();
    let found = history.label_count() + history.choices.len() + decided_count;
    require(found)?;
    let (past, later) = split(history, spec.holdout_share);
    let measured = fit_priority(&past, prior, spec);
    let evaluate = |model: &DisputePriorityModel, examples: &[&DisputeExample]| {
        evaluate_priority(model, examples, Drawn::Customers, spec.seed)
    };
    let figures = evaluate(&measured, &later);
    let Comparison { rows, has_interval, opponent, model, examples } =
        rival.compared(prior, &later, |example| example.label);
    let of_both = [&measured, model].map(|model| evaluate(model, &examples));
    let measured = Measured { figures, rows, has_interval, opponent, of_both };
    let model = Fit::<_, _, TrainError>::fit(&PriorityLearner { prior, spec }, &dataset(history))?;
    Ok(sealed(model, history, history.label_count(), serde_json::to_value(&**spec), measured))
}

/// Adapts the model of validity as [`train_priority`] does.
///
/// # Errors
/// [`TrainError::TooFewExamples`].
pub fn train_validity(
    history: &DisputeHistory,
    prior: &ValidityModel,
    rival: &Rival<'_, ValidityModel>,
    spec: &CheckedDisputeSpec,
) -> Result<Trained<ValidityModel>, TrainError> {
    let found = right_or_wrong_count(history);
    require(found)?;
    let (past, later) = split(history, spec.holdout_share);
    let measured = fit_validity(&past, prior, spec);
    let evaluate = |model: &ValidityModel, examples: &[&DisputeExample]| {
        evaluate_validity(model, examples, Drawn::Customers, spec.seed)
    };
    let figures = evaluate(&measured, &later);
    let was_right = |example: &DisputeExample| example.decided?.0.customer_was_right();
    let Comparison { rows, has_interval, opponent, model, examples } = rival.compared(prior, &later, was_right);
    let of_both = [&measured, model].map(|model| evaluate(model, &examples));
    let measured = Measured { figures, rows, has_interval, opponent, of_both };
    let model = fit_validity(history, prior, spec);
    Ok(sealed(model, history, found, serde_json::to_value(&**spec), measured))
}

/// Makes the shipped model of urgency. Its figures are those on the last company, which it did not see when measured.
///
/// # Errors
/// Every number of the specification out of range.
pub fn ship_priority(
    spec: &ColdStartSpec,
    on_progress: &mut dyn FnMut(f64),
) -> Result<Trained<DisputePriorityModel>, TrainError> {
    let mut companies = spec.simulate(on_progress)?;
    let model = cold_start_priority(&companies);
    let pooled = DisputeHistory::pool(&companies.histories);
    let left_out = companies.histories.pop().unwrap_or_default();
    let measured = cold_start_priority(&companies);
    let left_out: Vec<&DisputeExample> = left_out.examples.iter().collect();
    let figures = evaluate_priority(&measured, &left_out, Drawn::Disputes, spec.fit.seed);
    Ok(sealed(model, &pooled, pooled.label_count(), serde_json::to_value(spec), Measured::alone(figures)))
}

/// Makes the shipped model of validity, as [`ship_priority`] does.
///
/// # Errors
/// Every number of the specification out of range.
pub fn ship_validity(
    spec: &ColdStartSpec,
    on_progress: &mut dyn FnMut(f64),
) -> Result<Trained<ValidityModel>, TrainError> {
    let mut companies = spec.simulate(on_progress)?;
    let model = cold_start_validity(&companies);
    let pooled = DisputeHistory::pool(&companies.histories);
    let left_out = companies.histories.pop().unwrap_or_default();
    let measured = cold_start_validity(&companies);
    let left_out: Vec<&DisputeExample> = left_out.examples.iter().collect();
    let figures = evaluate_validity(&measured, &left_out, Drawn::Disputes, spec.fit.seed);
    let found = right_or_wrong_count(&pooled);
    Ok(sealed(model, &pooled, found, serde_json::to_value(spec), Measured::alone(figures)))
}

fn require(found: usize) -> Result<(), TrainError> {
    if found < EXAMPLES_MIN { Err(TrainError::TooFewExamples { found }) } else { Ok(()) }
}

fn right_or_wrong_count(history: &DisputeHistory) -> usize {
    let decided = history.examples.iter().filter_map(|example| example.decided?.0.customer_was_right());
    decided.count()
}

/// What was known on the day before the latest examples began, and those examples with all that became known of them.
fn split(history: &DisputeHistory, holdout_share: f64) -> (DisputeHistory, Vec<&DisputeExample>) {
    let days: Vec<CivilDate> = history.examples.iter().map(|example| example.opened_on).collect();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count is a count"
    )]
    let first_later = (days.len() as f64 * (1.0 - holdout_share)) as usize;
    let Some(cut_on) = days.get(first_later) else { return (history.clone(), Vec::new()) };
    let later = history.examples.iter().filter(|example| example.opened_on >= *cut_on).collect();
    (history.known_by(cut_on.plus_days(-1)), later)
}

fn sealed<M: DisputeModel>(
    model: M,
    history: &DisputeHistory,
    example_count: usize,
    spec: Result<serde_json::Value, serde_json::Error>,
    measured: Measured,
) -> Trained<M> {
    let Measured { figures, rows, has_interval, opponent, of_both: [compared_figures, rival_figures] } = measured;
    let step = (history.examples.len() / GOLDEN_COUNT).max(1);
    let golden: Vec<DisputeFeatures> =
        history.examples.iter().step_by(step).take(GOLDEN_COUNT).map(|example| example.features.clone()).collect();
    let data = (history.digest(), example_count as u64);
    let card = super::card::card_of::<M>(history, example_count, &figures, has_interval);
    let artifact = Artifact::seal(model, spec.unwrap_or_default(), data, figures, &golden);
    Trained { artifact, rows, has_interval, opponent, compared_figures, rival_figures, card }
}

/// Learns urgency from a [`DisputeHistory`], as a linfa estimator.
pub struct PriorityLearner<'a> {
    /// The model that is adapted.
    pub prior: &'a DisputePriorityModel,
    /// How.
    pub spec: &'a CheckedDisputeSpec,
}

impl Records for DisputeHistory {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.examples.len()
    }

    fn nfeatures(&self) -> usize {
        crate::model::dispute::CURVES.len() + 2
    }
}

/// A history carries its own targets.
fn dataset(history: &DisputeHistory) -> DatasetBase<DisputeHistory, ()> {
    DatasetBase::new(history.clone(), ())
}

impl Fit<DisputeHistory, (), TrainError> for PriorityLearner<'_> {
    type Object = DisputePriorityModel;

    fn fit(&self, dataset: &DatasetBase<DisputeHistory, ()>) -> Result<Self::Object, TrainError> {
        Ok(fit_priority(dataset.records(), self.prior, self.spec))
    }
}

impl Predict<&DisputeHistory, Vec<f64>> for DisputePriorityModel {
    /// P(needs urgent handling) of every example.
    fn predict(&self, history: &DisputeHistory) -> Vec<f64> {
        history.examples.iter().map(|example| self.urgency(&example.features).probability()).collect()
    }
}
