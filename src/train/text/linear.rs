//! The linear learner: support vector machines with squared hinge loss, all outputs at once, by dual coordinate descent.
//!
//! Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM" (2008). Every output is its own problem; a
//! message updates all of them together, so each of its features is fetched once. Outputs never mix, so the result
//! does not depend on how the work is cut.

use super::matrix::{SparseRows, add_scaled, padded, weight_row, weight_row_mut};
use super::sampling::SeededRandom;
use super::sentences::SentenceRows;
use crate::model::text::{Entry, LabelOrder};

/// A step smaller than this leaves the weights alone.
const STEP_MIN: f32 = 1e-7;

/// What is to be learned from a set of messages.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    /// The messages.
    pub rows: &'a SparseRows,
    /// Their sentences, for the hidden layer; empty where there is none.
    pub sentences: &'a SentenceRows,
    /// The label of each.
    pub labels: &'a [usize],
    /// Which of them to learn from.
    pub chosen: &'a [usize],
    /// Number of labels.
    pub label_count: usize,
    /// How the labels relate.
    pub order: LabelOrder,
}

impl Problem<'_> {
    /// Number of outputs.
    pub fn output_count(&self) -> usize {
        self.order.output_count(self.label_count)
    }

    /// The label of example `index`.
    pub fn label(&self, index: usize) -> usize {
        self.labels.get(index).copied().unwrap_or(0)
    }

    /// Number of chosen examples of each label.
    pub fn label_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.label_count];
        for &example in self.chosen {
            if let Some(count) = counts.get_mut(self.label(example)) {
                *count += 1;
            }
        }
        counts
    }
}

/// The learner's state; costs can be raised step by step, each fit going on from the last.
pub struct LinearLearner<'a> {
    problem: Problem<'a>,
    width: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
    duals: Vec<f32>,
    square_norms: Vec<f32>,
    /// Label by output: +1 or -1; 0 in the padding.
    signs: Vec<f32>,
    random: SeededRandom,
}

impl<'a> LinearLearner<'a> {
    /// A learner that knows nothing yet.
    pub fn new(problem: Problem<'a>, seed: u64) -> Self {
        let width = padded(problem.output_count());
        let mut signs = vec![0.0; problem.label_count * width];
        for (label, row) in signs.chunks_exact_mut(width.max(1)).enumerate() {
            for (output, sign) in row.iter_mut().take(problem.output_count()).enumerate() {
                *sign = if problem.order.is_positive(label, output) { 1.0 } else { -1.0 };
            }
        }
        let square_norm = |&example: &usize| {
            // The constant input of the bias counts as one.
            1.0 + problem.rows.row(example).iter().map(|entry| entry.value * entry.value).sum::<f32>()
        };
        LinearLearner {
            width,
            weights: vec![0.0; problem.rows.column_count() * width],
            bias: vec![0.0; width],
            duals: vec![0.0; problem.chosen.len() * width],
            square_norms: problem.chosen.iter().map(square_norm).collect(),
            signs,
            random: SeededRandom::new(seed, 2),
            problem,
        }
    }

    /// Goes on learning for `epoch_count` passes; an error costs `error_cost`, on the positive side of an output as much more as
    /// it is rarer than an even share.
    pub fn fit(&mut self, error_cost: f32, epoch_count: usize) {
        let softness = self.softness(error_cost);
        let mut order: Vec<usize> = (0..self.problem.chosen.len()).collect();
        let mut scores = vec![0.0; self.width];
        let mut steps = vec![0.0; self.width];
        for _ in 0..epoch_count {
            self.random.shuffle(&mut order);
            for &at in &order {
                self.learn(at, &softness, &mut scores, &mut steps);
            }
        }
    }

    /// Label by output: half the inverse of the cost of an error.
    fn softness(&self, error_cost: f32) -> Vec<f32> {
        let counts = self.problem.label_counts();
        let total: usize = counts.iter().sum();
        let mut softness = vec![0.5 / error_cost; self.signs.len()];
        for output in 0..self.problem.output_count() {
            let is_positive = |label: usize| self.problem.order.is_positive(label, output);
            let positives: usize =
                (0..counts.len()).filter(|&label| is_positive(label)).map(|label| counts[label]).sum();
            let even_share = match self.problem.order {
                LabelOrder::Unordered => total as f32 / counts.len() as f32,
                LabelOrder::Ordered => total as f32 / 2.0,
            };
            let cost = error_cost * even_share / positives.max(1) as f32;
            for label in (0..counts.len()).filter(|&label| is_positive(label)) {
                softness[label * self.width + output] = 0.5 / cost;
            }
        }
        softness
    }

    #[inline]
    fn learn(&mut self, at: usize, softness: &[f32], scores: &mut [f32], steps: &mut [f32]) {
        let Some(&example) = self.problem.chosen.get(at) else { return };
        let row = self.problem.rows.row(example);
        let label = self.problem.label(example) as u32;
        score_row(&self.weights, &self.bias, row, self.width, scores);
        let square_norm = self.square_norms.get(at).copied().unwrap_or(1.0);
        let signs = weight_row(&self.signs, label, self.width);
        let softness = weight_row(softness, label, self.width);
        let duals = weight_row_mut(&mut self.duals, at as u32, self.width);
        let mut largest = 0.0_f32;
        for ((((step, dual), score), sign), soft) in steps.iter_mut().zip(duals).zip(&*scores).zip(signs).zip(softness)
        {
            let gradient = sign * score - 1.0 + *dual * soft;
            let next = (*dual - gradient / (square_norm + soft)).max(0.0);
            *step = (next - *dual) * sign;
            largest = largest.max(step.abs());
            *dual = next;
        }
        if largest < STEP_MIN {
            return;
        }
        for entry in row {
            add_scaled(weight_row_mut(&mut self.weights, entry.position, self.width), steps, entry.value);
        }
        add_scaled(&mut self.bias, steps, 1.0);
    }

    /// The score of every output for example `example`.
    pub fn scores(&self, example: usize) -> Vec<f32> {
        let mut scores = vec![0.0; self.width];
        score_row(&self.weights, &self.bias, self.problem.rows.row(example), self.width, &mut scores);
        scores.truncate(self.problem.output_count());
        scores
    }

    /// Weights and bias, padded to whole lanes.
    pub fn into_weights(self) -> (Vec<f32>, Vec<f32>) {
        (self.weights, self.bias)
    }
}

fn score_row(weights: &[f32], bias: &[f32], row: &[Entry], width: usize, scores: &mut [f32]) {
    scores.copy_from_slice(bias);
    for entry in row {
        add_scaled(scores, weight_row(weights, entry.position, width), entry.value);
    }
}
