//! Trains a text model from labelled messages.

use std::collections::BTreeMap;

use super::linear::{LinearLearner, Problem};
use super::matrix::without_padding;
use super::network::{Network, NetworkSettings};
use super::prepare::{build_rows, build_vocabulary};
use super::repeats::RepeatGroups;
use super::spec::{Repeats, TextExample, TextTrainError, TextTrainSpec, TrainStage};
use super::subwords::train_subwords;
use super::tune::{Tuned, tune};
use crate::model::text::{
    ArtifactFiles, DenseWeights, FORMAT_VERSION, FeatureFinder, LabelOrder, ModelDescription, TextModel,
    TextModelError, TrainingSummary, Vectoriser,
};
use crate::parallel::run_parallel;
use crate::train::metrics::{ClassificationReport, expected_calibration_error, log_loss, quadratic_weighted_kappa};

/// Fewest examples that a model is trained on.
pub const EXAMPLE_COUNT_MIN: usize = 10;
/// Most labels that a model tells apart.
pub const LABEL_COUNT_MAX: usize = 4_096;
/// Bins of the calibration error that is reported.
pub const CALIBRATION_BIN_COUNT: usize = 10;
/// Passes over all messages for the final linear weights.
const FINAL_EPOCH_COUNT: usize = 8;
/// Messages in `golden.jsonl`.
const GOLDEN_COUNT: usize = 8;

/// A trained model with the bytes of its files.
pub struct TrainedText {
    /// The model.
    pub model: TextModel,
    /// Its files, ready to be written.
    pub files: ArtifactFiles<'static>,
    /// Messages that repeat another and were held back together with it.
    pub repeat_count: usize,
}

/// Trains a model on `examples` after `spec`; the same examples, spec and seed give the same files, byte for byte.
///
/// # Errors
/// When there are too few examples, one label or too many, a label that the spec does not have, extra features that are not known, or
/// `on_stage` says to stop.
pub fn train_text(
    examples: &[TextExample],
    skipped_count: usize,
    spec: &TextTrainSpec<'_>,
    on_stage: &dyn Fn(TrainStage) -> Result<(), TextTrainError>,
) -> Result<TrainedText, TextTrainError> {
    let (names, labels) = number_labels(examples, spec)?;
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    on_stage(TrainStage::Features)?;
    let vectoriser = learn_features(&texts, spec)?;
    let is_ordered = spec.ordered_labels.is_some();
    let (rows, sentences) = build_rows(&vectoriser, &texts, spec.network.is_some() && !is_ordered);
    let chosen: Vec<usize> = (0..examples.len()).collect();
    let order = if is_ordered { LabelOrder::Ordered } else { LabelOrder::Unordered };
    let problem = Problem {
        rows: &rows,
        sentences: &sentences,
        labels: &labels,
        chosen: &chosen,
        label_count: names.len(),
        order,
    };
    on_stage(TrainStage::Tuning)?;
    let groups = match spec.repeats {
        Repeats::Together => RepeatGroups::of_texts(texts.iter().copied()),
        Repeats::Apart => RepeatGroups::apart(texts.len()),
    };
    let tuned = tune(problem, &groups, spec);
    on_stage(TrainStage::Fitting)?;
    let dense = fit_all(problem, &tuned, spec);
    on_stage(TrainStage::Finishing)?;
    let training = summarise(&names, problem, &tuned, examples, skipped_count, spec);
    let description = ModelDescription {
        format_version: FORMAT_VERSION,
        kind: spec.kind.clone(),
        labels: names,
        features: spec.features.clone(),
        abstain_below: choose_abstention(&tuned, &labels),
        calibration: tuned.calibration,
        training,
        files: BTreeMap::new(),
    };
    let model = TextModel::new(description, vectoriser, &dense);
    let step = texts.len().div_ceil(GOLDEN_COUNT).max(1);
    let samples: Vec<&str> = texts.iter().copied().step_by(step).chain(["", "☂"]).collect();
    let files = model.files(&samples)?;
    // What is handed out is what a reader of the files will get.
    let model = TextModel::from_files(&files, spec.extras)?;
    Ok(TrainedText { model, files, repeat_count: groups.repeat_count() })
}

/// The labels by name and the number of each example's label.
fn number_labels(
    examples: &[TextExample],
    spec: &TextTrainSpec<'_>,
) -> Result<(Vec<String>, Vec<usize>), TextTrainError> {
    if examples.len() < EXAMPLE_COUNT_MIN {
        return Err(TextTrainError::TooFewExamples { found: examples.len(), expected: EXAMPLE_COUNT_MIN });
    }
    let mut present: Vec<&str> = examples.iter().map(|example| example.label.as_str()).collect();
    present.sort_unstable();
    present.dedup();
    if let [label] = present.as_slice() {
        return Err(TextTrainError::OneLabel { label: (*label).to_owned() });
    }
    if present.len() > LABEL_COUNT_MAX {
        return Err(TextTrainError::TooManyLabels { found: present.len(), expected: LABEL_COUNT_MAX });
    }
    let names: Vec<String> = match &spec.ordered_labels {
        Some(ordered) => ordered.clone(),
        None => present.into_iter().map(str::to_owned).collect(),
    };
    let numbers: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
    let mut labels = Vec::with_capacity(examples.len());
    for (index, example) in examples.iter().enumerate() {
        let number = numbers.get(example.label.as_str()).copied();
        labels.push(number.ok_or_else(|| TextTrainError::UnknownLabel {
            index,
            label: example.label.clone(),
            expected: names.clone(),
        })?);
    }
    Ok((names, labels))
}

fn learn_features(texts: &[&str], spec: &TextTrainSpec<'_>) -> Result<Vectoriser, TextTrainError> {
    let subwords = train_subwords(texts, spec.features.subword_count_max)?;
    let extra = match &spec.features.extra_features {
        Some(name) => {
            let found = spec.extras.by_name(name);
            Some(found.ok_or_else(|| TextModelError::ExtraFeatures { name: name.clone() })?)
        }
        None => None,
    };
    let finder = FeatureFinder::new(spec.features.clone(), subwords, extra);
    let vocabulary = build_vocabulary(&finder, texts);
    Ok(Vectoriser { finder, vocabulary })
}

/// What one learner leaves behind, without padding.
enum Part {
    Linear { weights: Vec<f32>, bias: Vec<f32> },
    Network { hidden: Vec<f32>, hidden_bias: Vec<f32>, top: Vec<f32>, top_bias: Vec<f32> },
}

/// The weights learned from all examples under the tuned settings.
fn fit_all(problem: Problem<'_>, tuned: &Tuned, spec: &TextTrainSpec<'_>) -> DenseWeights {
    let settings =
        spec.network.filter(|_| tuned.network_share > 0.0).map(|network| network.for_labels(problem.label_count));
    let member_count = settings.map_or(0, |settings| settings.member_count);
    let parts = run_parallel(1 + member_count, |index| match settings {
        Some(settings) if index > 0 => fit_network(problem, settings, spec.seed.wrapping_add(index as u64)),
        _ => fit_linear(problem, tuned.error_cost, spec.seed),
    });
    let output_count = problem.output_count();
    let mut dense = DenseWeights { output_count, linear_bias: vec![0.0; output_count], ..DenseWeights::default() };
    let network_factor = tuned.network_factor / member_count.max(1) as f32;
    let mut hidden_layers = Vec::with_capacity(member_count);
    for part in parts {
        match part {
            Part::Linear { weights, bias } => {
                dense.linear = scaled(weights, tuned.linear_factor);
                add(&mut dense.linear_bias, &bias, tuned.linear_factor);
            }
            Part::Network { hidden, hidden_bias, top, top_bias } => {
                dense.hidden_count += hidden_bias.len();
                dense.hidden_bias.extend(&hidden_bias);
                dense.top.extend(scaled(top, network_factor));
                add(&mut dense.linear_bias, &top_bias, network_factor);
                hidden_layers.push((hidden, hidden_bias.len()));
            }
        }
    }
    dense.hidden = join_rows(&hidden_layers, problem.rows.column_count());
    dense
}

fn fit_linear(problem: Problem<'_>, error_cost: f32, seed: u64) -> Part {
    let mut learner = LinearLearner::new(problem, seed);
    learner.fit(error_cost, FINAL_EPOCH_COUNT);
    let (weights, bias) = learner.into_weights();
    Part::Linear { weights: without_padding(&weights, problem.output_count()), bias }
}

fn fit_network(problem: Problem<'_>, settings: NetworkSettings, seed: u64) -> Part {
    let mut network = Network::new(problem, settings, seed);
    network.fit();
    let Network { hidden, mut hidden_bias, top, top_bias, .. } = network;
    hidden_bias.truncate(settings.hidden_count);
    let mut top = without_padding(&top, problem.output_count());
    top.truncate(settings.hidden_count * problem.output_count());
    Part::Network { hidden: without_padding(&hidden, settings.hidden_count), hidden_bias, top, top_bias }
}

/// Puts the rows of all `layers`, each with its width, side by side.
fn join_rows(layers: &[(Vec<f32>, usize)], row_count: usize) -> Vec<f32> {
    let width: usize = layers.iter().map(|(_, width)| width).sum();
    let mut joined = Vec::with_capacity(row_count * width);
    for row in 0..row_count {
        for (layer, width) in layers {
            joined.extend_from_slice(layer.get(row * width..(row + 1) * width).unwrap_or_default());
        }
    }
    joined
}

fn scaled(mut values: Vec<f32>, factor: f32) -> Vec<f32> {
    for value in &mut values {
        *value *= factor;
    }
    values
}

fn add(sums: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * factor;
    }
}

/// The probability under which predictions, taken together, are more often wrong than right.
fn choose_abstention(tuned: &Tuned, labels: &[usize]) -> f64 {
    let mut graded: Vec<(f64, bool)> = Vec::with_capacity(tuned.held_out.len());
    for ((example, probabilities), predicted) in tuned.held_out.iter().zip(&tuned.probabilities).zip(&tuned.predicted) {
        graded.push((probabilities.get(*predicted).copied().unwrap_or(0.0), labels.get(*example) == Some(predicted)));
    }
    graded.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut balance, mut lowest, mut threshold) = (0_i64, 0_i64, 0.0);
    for (index, (_, is_right)) in graded.iter().enumerate() {
        balance += if *is_right { 1 } else { -1 };
        if balance < lowest {
            lowest = balance;
            threshold = graded.get(index + 1).map_or(1.0, |(probability, _)| *probability);
        }
    }
    threshold
}

fn summarise(
    names: &[String],
    problem: Problem<'_>,
    tuned: &Tuned,
    examples: &[TextExample],
    skipped_count: usize,
    spec: &TextTrainSpec<'_>,
) -> TrainingSummary {
    let actual: Vec<usize> = tuned.held_out.iter().map(|&example| problem.label(example)).collect();
    let report = ClassificationReport::new(names, &actual, &tuned.predicted);
    let rows = || tuned.probabilities.iter();
    let of = |row: &Vec<f64>, label: &usize| row.get(*label).copied().unwrap_or(0.0);
    let of_truth: Vec<f64> = rows().zip(&actual).map(|(row, label)| of(row, label)).collect();
    let of_predicted: Vec<f64> = rows().zip(&tuned.predicted).map(|(row, label)| of(row, label)).collect();
    let is_right: Vec<bool> = actual.iter().zip(&tuned.predicted).map(|(a, b)| a == b).collect();
    let mut metrics = BTreeMap::from([
        ("accuracy", report.accuracy),
        ("macro_f1", report.macro_f1),
        ("majority_macro_f1", report.majority_macro_f1),
        ("log_loss", log_loss(&of_truth)),
        ("calibration_error", expected_calibration_error(&of_predicted, &is_right, CALIBRATION_BIN_COUNT)),
    ]);
    if problem.order == LabelOrder::Ordered {
        metrics.insert("quadratic_weighted_kappa", quadratic_weighted_kappa(names.len(), &actual, &tuned.predicted));
    }
    let mut digest = blake3::Hasher::new();
    for example in examples {
        for part in [&example.text, &example.label] {
            digest.update(&(part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
    }
    TrainingSummary {
        seed: spec.seed,
        example_count: examples.len(),
        skipped_count,
        label_counts: problem.label_counts(),
        data_digest: digest.finalize().to_hex().to_string(),
        error_cost: tuned.error_cost,
        network_share: tuned.network_share,
        held_out_count: tuned.held_out.len(),
        held_out_metrics: metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}
