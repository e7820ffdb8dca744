//! Chooses settings on messages that are held back, and calibrates on the same.

use super::linear::{LinearLearner, Problem};
use super::network::Network;
use super::repeats::RepeatGroups;
use super::sampling::stratified_folds;
use super::spec::TextTrainSpec;
use crate::model::text::{Calibration, Curve, LabelOrder};
use crate::parallel::run_parallel;
use crate::train::metrics::{macro_f1, paired_win_share, quadratic_weighted_kappa};
use crate::train::text::curves::{SlopeTargets, fit_ordered, fit_ordered_curves, fit_softmax, fit_softmax_slope};

/// Parts that the examples are cut into; each is held back once.
const FOLD_COUNT: usize = 5;
/// Above this many weight updates a pass only one part is held back: it is large enough by then.
const UPDATES_FOR_ALL_FOLDS_MAX: usize = 100_000_000;
/// Passes over the messages for each cost, going on from the cost before.
const TUNING_EPOCH_COUNT: usize = 4;
/// Share of resamples on which the network must help to be used.
const NETWORK_WIN_SHARE_MIN: f64 = 0.75;
/// Number of resamples behind that.
const NETWORK_RESAMPLE_COUNT: usize = 200;

/// What was chosen.
pub struct Tuned {
    /// The cost of an error.
    pub error_cost: f32,
    /// Factor of the linear scores.
    pub linear_factor: f32,
    /// Factor of the network's scores; 0 where it is not used.
    pub network_factor: f32,
    /// Share of the network in the score.
    pub network_share: f32,
    /// Joined raw scores to probabilities.
    pub calibration: Calibration,
    /// The examples that were held back.
    pub held_out: Vec<usize>,
    /// Their probabilities, one row each, by models that had not seen them.
    pub probabilities: Vec<Vec<f64>>,
    /// Their predicted labels.
    pub predicted: Vec<usize>,
}

/// Scores of held-out examples, one row each.
type Scores = Vec<Vec<f32>>;

struct HeldOut {
    examples: Vec<usize>,
    labels: Vec<usize>,
    /// For every cost.
    linear: Vec<Scores>,
    /// Empty where no network is tried.
    network: Scores,
}

/// Chooses settings for `problem`, whose `chosen` are all examples; those of one group are held back together.
pub fn tune(problem: Problem<'_>, groups: &RepeatGroups, spec: &TextTrainSpec<'_>) -> Tuned {
    let held_out = score_held_out(problem, groups, spec);
    let label_count = problem.label_count;
    let measure = |predicted: &[usize], labels: &[usize]| match problem.order {
        LabelOrder::Unordered => macro_f1(label_count, labels, predicted),
        LabelOrder::Ordered => quadratic_weighted_kappa(label_count, labels, predicted),
    };
    let mut best = (f64::NEG_INFINITY, 0);
    for (index, scores) in held_out.linear.iter().enumerate() {
        let calibration = calibrate_without_chance(problem.order, scores, &held_out.labels);
        let figure = measure(&predict_all(&calibration, scores).1, &held_out.labels);
        if figure > best.0 {
            best = (figure, index);
        }
    }
    let linear = held_out.linear.get(best.1).cloned().unwrap_or_default();
    let error_cost = spec.error_costs.get(best.1).copied().unwrap_or(1.0);
    let (mut linear_factor, mut network_factor, mut network_share) = (1.0, 0.0, 0.0);
    let mut joined = linear.clone();
    if !held_out.network.is_empty() {
        let linear_slope = fit_softmax_slope(&linear, &held_out.labels, SlopeTargets::AsSeen) as f32;
        let network_slope = fit_softmax_slope(&held_out.network, &held_out.labels, SlopeTargets::AsSeen) as f32;
        let share = spec.network.map_or(0.0, |network| network.share);
        let (linear_part, network_part) = ((1.0 - share) * linear_slope, share * network_slope);
        let both = blend(&linear, linear_part, &held_out.network, network_part);
        if network_helps(problem, &held_out.labels, &linear, &both, spec.seed) {
            (linear_factor, network_factor, network_share) = (linear_part, network_part, share);
            joined = both;
        }
    }
    let calibration = calibrate(problem.order, &joined, &held_out.labels);
    let (probabilities, predicted) = predict_all(&calibration, &joined);
    let held_out = held_out.examples;
    Tuned { error_cost, linear_factor, network_factor, network_share, calibration, held_out, probabilities, predicted }
}

/// Whether the network makes the joined predictions better than the linear ones alone: clearly by their figure, or, where that
/// hardly moves, clearly by their probabilities.
fn network_helps(problem: Problem<'_>, labels: &[usize], alone: &Scores, joined: &Scores, seed: u64) -> bool {
    let predict = |scores: &Scores| predict_all(&calibrate_without_chance(problem.order, scores, labels), scores);
    let (alone, joined) = (predict(alone), predict(joined));
    let pick = |from: &[usize], chosen: &[usize]| chosen.iter().map(|&at| from[at]).collect::<Vec<usize>>();
    let figure = |predicted: &[usize], chosen: &[usize]| {
        macro_f1(problem.label_count, &pick(labels, chosen), &pick(predicted, chosen))
    };
    let log_probability = |probabilities: &[Vec<f64>], chosen: &[usize]| -> f64 {
        chosen.iter().map(|&at| probabilities[at][labels[at]].max(f64::MIN_POSITIVE).ln()).sum()
    };
    let win_share = |ours: &dyn Fn(&[usize]) -> f64, theirs: &dyn Fn(&[usize]) -> f64| {
        paired_win_share(labels.len(), NETWORK_RESAMPLE_COUNT, seed, ours, theirs)
    };
    let by_figure = win_share(&|chosen| figure(&joined.1, chosen), &|chosen| figure(&alone.1, chosen));
    let by_probability =
        || win_share(&|chosen| log_probability(&joined.0, chosen), &|chosen| log_probability(&alone.0, chosen));
    by_figure >= NETWORK_WIN_SHARE_MIN
        || by_figure > 1.0 - NETWORK_WIN_SHARE_MIN && by_probability() >= NETWORK_WIN_SHARE_MIN
}

/// Scores every held-out example by learners that have not seen it.
fn score_held_out(problem: Problem<'_>, groups: &RepeatGroups, spec: &TextTrainSpec<'_>) -> HeldOut {
    let folds = stratified_folds(problem.labels, groups, FOLD_COUNT, spec.seed);
    let updates = problem.rows.entry_count() * problem.output_count();
    let held_back_count = if updates > UPDATES_FOR_ALL_FOLDS_MAX { 1 } else { FOLD_COUNT };
    let network = spec
        .network
        .filter(|_| problem.order == LabelOrder::Unordered)
        .map(|network| network.for_labels(problem.label_count));
    let works_a_fold = if network.is_some() { 2 } else { 1 };
    let scored = run_parallel(held_back_count * works_a_fold, |index| {
        let fold = index / works_a_fold;
        let (held, kept): (Vec<usize>, Vec<usize>) =
            problem.chosen.iter().partition(|&&example| folds.get(example) == Some(&fold));
        let problem = Problem { chosen: &kept, ..problem };
        match network {
            Some(settings) if index % works_a_fold == 1 => {
                let mut network = Network::new(problem, settings, spec.seed);
                network.fit();
                vec![held.iter().map(|&example| network.scores(example)).collect::<Scores>()]
            }
            _ => {
                let mut learner = LinearLearner::new(problem, spec.seed);
                let score_at = |&cost: &f32| {
                    learner.fit(cost, TUNING_EPOCH_COUNT);
                    held.iter().map(|&example| learner.scores(example)).collect::<Scores>()
                };
                spec.error_costs.iter().map(score_at).collect()
            }
        }
    });
    let mut examples: Vec<usize> = Vec::new();
    for fold in 0..held_back_count {
        examples.extend(problem.chosen.iter().filter(|&&example| folds.get(example) == Some(&fold)));
    }
    let labels = examples.iter().map(|&example| problem.label(example)).collect();
    let mut held_out =
        HeldOut { examples, labels, linear: vec![Vec::new(); spec.error_costs.len()], network: Vec::new() };
    for (index, scores) in scored.into_iter().enumerate() {
        if works_a_fold == 2 && index % 2 == 1 {
            held_out.network.extend(scores.into_iter().flatten());
        } else {
            for (all, scores) in held_out.linear.iter_mut().zip(scores) {
                all.extend(scores);
            }
        }
    }
    held_out
}

fn blend(left: &Scores, left_factor: f32, right: &Scores, right_factor: f32) -> Scores {
    let blend_row = |(left, right): (&Vec<f32>, &Vec<f32>)| {
        left.iter().zip(right).map(|(a, b)| a * left_factor + b * right_factor).collect()
    };
    left.iter().zip(right).map(blend_row).collect()
}

/// Curves that make probabilities of scores, and the share of messages of which the scores say nothing.
fn calibrate(order: LabelOrder, scores: &Scores, labels: &[usize]) -> Calibration {
    match order {
        LabelOrder::Unordered => fit_softmax(scores, labels),
        LabelOrder::Ordered => fit_ordered(scores, labels),
    }
}

/// Curves alone, by which settings are compared: chance would change no predicted label.
fn calibrate_without_chance(order: LabelOrder, scores: &Scores, labels: &[usize]) -> Calibration {
    let curves = match order {
        LabelOrder::Unordered => {
            vec![Curve { slope: fit_softmax_slope(scores, labels, SlopeTargets::AsSeen), offset: 0.0 }]
        }
        LabelOrder::Ordered => fit_ordered_curves(scores, labels),
    };
    Calibration { order, curves, chance: 0.0 }
}

fn predict_all(calibration: &Calibration, scores: &Scores) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut all = Vec::with_capacity(scores.len());
    let mut predicted = Vec::with_capacity(scores.len());
    for row in scores {
        let mut probabilities = Vec::new();
        predicted.push(calibration.apply(row, &mut probabilities));
        all.push(probabilities);
    }
    (all, predicted)
}
