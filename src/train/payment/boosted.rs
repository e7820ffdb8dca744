//! Boosted trees by `forust`, taken over as plain numbers.

use forust_ml::data::Matrix as ForustMatrix;
use forust_ml::gradientbooster::{GradientBooster, GrowPolicy};
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;

use super::fit::FitError;
use super::matrix::Matrix;
use super::spec::BoostedSpec;
use crate::model::payment::tree::{Boosted, Node, Tree};

/// Histogram bins for each feature.
const BIN_COUNT: u16 = 64;
/// Deepest tree.
const DEPTH_MAX: usize = 4;

/// Fits boosters with different seeds and averages them.
///
/// # Errors
/// When a booster refuses the data.
pub fn fit(matrix: &Matrix, spec: &BoostedSpec, seed: u64) -> Result<Boosted, FitError> {
    let values: Vec<f64> = matrix.columns.iter().flatten().map(|value| f64::from(*value)).collect();
    let labels: Vec<f64> = matrix.labels.iter().map(|label| if *label { 1.0 } else { 0.0 }).collect();
    let base_rate = matrix.base_rate();
    let bias = (base_rate / (1.0 - base_rate)).ln();
    let mut trees = Vec::with_capacity(spec.booster_count * spec.tree_count);
    for booster_index in 0..spec.booster_count {
        let mut booster = booster(spec, bias, seed.wrapping_add(booster_index as u64));
        let data = ForustMatrix::new(&values, matrix.row_count(), matrix.columns.len());
        booster
            .fit(&data, &labels, &matrix.weights, None)
            .map_err(|error| FitError::Boosting { reason: error.to_string() })?;
        trees.extend(booster.trees.iter().map(|tree| plain(tree, &matrix.features)));
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of boosters")]
    let weight = 1.0 / spec.booster_count.max(1) as f64;
    Ok(Boosted { trees, weight, bias })
}

fn booster(spec: &BoostedSpec, base_score: f64, seed: u64) -> GradientBooster {
    let mut booster = GradientBooster::default();
    booster.objective_type = ObjectiveType::LogLoss;
    booster.iterations = spec.tree_count;
    booster.learning_rate = spec.learning_rate;
    booster.max_depth = DEPTH_MAX;
    booster.max_leaves = spec.leaf_count_max;
    booster.l2 = spec.l2;
    booster.min_leaf_weight = spec.leaf_weight_min;
    booster.base_score = base_score;
    booster.initialize_base_score = false;
    booster.nbins = BIN_COUNT;
    booster.parallel = false;
    booster.allow_missing_splits = false;
    booster.sample_method = SampleMethod::Random;
    booster.subsample = spec.example_share;
    booster.colsample_bytree = spec.feature_share;
    booster.grow_policy = GrowPolicy::LossGuide;
    booster.seed = seed;
    booster
}

/// A tree of forust with its children beside each other. Its values are steps from 0, and each step is the whole leaf.
fn plain(tree: &forust_ml::tree::Tree, features: &[u16]) -> Tree {
    let mut nodes = vec![Node { feature: 0, threshold: 0.0, left: 0, value: 0.0 }];
    let mut pending = vec![(0_usize, 0_usize)];
    while let Some((source_index, index)) = pending.pop() {
        let Some(source) = tree.nodes.get(source_index) else { continue };
        nodes[index].value = source.weight_value;
        if source.is_leaf {
            continue;
        }
        let left = nodes.len();
        nodes.extend([Node { feature: 0, threshold: 0.0, left: 0, value: 0.0 }; 2]);
        pending.push((source.left_child, left));
        pending.push((source.right_child, left + 1));
        #[expect(clippy::cast_possible_truncation, reason = "thresholds separate values of single precision")]
        let threshold = round_up(source.split_value) as f32;
        let feature = features.get(source.split_feature).copied().unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "boosted trees are small")]
        let left_index = left as u32;
        nodes[index] = Node { feature, threshold, left: left_index, value: source.weight_value };
    }
    Tree { nodes }
}

/// The smallest value of single precision that is not below: rows of single precision go the same way.
fn round_up(value: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
    let rounded = value as f32;
    if f64::from(rounded) < value { f64::from(rounded.next_up()) } else { f64::from(rounded) }
}
