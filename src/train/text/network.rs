//! The hidden-layer learner: one layer of rectified units under a softmax, with dropout, by AdaGrad.
//!
//! It reads a message sentence by sentence, and its upper layer the mean of what the units say of each. It sees what a linear
//! learner cannot, words that matter together, and errs on other messages; their mean is better than either. Once it is known
//! which units are active the score is again a sum over features, so reasons stay exact.

use super::linear::Problem;
use super::matrix::{add_scaled, dot, padded, weight_row, weight_row_mut};
use super::sampling::SeededRandom;
use crate::model::text::Entry;

/// How the network learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkSettings {
    /// Most hidden units of one network; a network for few labels has three a label.
    pub hidden_count: usize,
    /// Networks that are trained from different seeds and added up.
    pub member_count: usize,
    /// Passes over the messages.
    pub epoch_count: usize,
    /// Size of the first steps.
    pub learning_rate: f32,
    /// Share of inputs and hidden units that is left out at random.
    pub dropout: f32,
    /// Share of the networks in the score where they are used; a share tuned on few messages would follow their noise.
    pub share: f32,
}

impl NetworkSettings {
    /// The same settings, no wider than `label_count` labels need.
    pub fn for_labels(self, label_count: usize) -> Self {
        NetworkSettings { hidden_count: self.hidden_count.min(padded(label_count * 3)), ..self }
    }
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            hidden_count: 64,
            member_count: 1,
            epoch_count: 12,
            learning_rate: 0.05,
            dropout: 0.3,
            share: 0.5,
        }
    }
}

/// Squared gradients start here, which bounds the first step.
const SQUARE_SUM_START: f32 = 1e-3;
/// Share of the learning rate that biases use.
const BIAS_RATE: f32 = 0.1;
/// Every hidden unit starts a little active. Its features start at zero, so a feature that taught nothing says nothing; the
/// random upper weights are what makes units differ.
const START_BIAS: f32 = 0.1;
/// Share of the learning rate that is gone after the last pass.
const RATE_DECAY: f32 = 0.9;

/// The learner's state; rows are padded to whole lanes.
pub struct Network<'a> {
    problem: Problem<'a>,
    settings: NetworkSettings,
    hidden_width: usize,
    output_width: usize,
    /// Feature by hidden unit.
    pub hidden: Vec<f32>,
    /// One value a hidden unit.
    pub hidden_bias: Vec<f32>,
    /// Hidden unit by output.
    pub top: Vec<f32>,
    /// One value an output.
    pub top_bias: Vec<f32>,
    hidden_squares: Vec<f32>,
    top_squares: Vec<f32>,
    label_weights: Vec<f32>,
    random: SeededRandom,
}

/// Buffers of one step; those of sentences lie one after the other.
#[derive(Default)]
struct Step {
    /// Features that were not left out.
    kept: Vec<Entry>,
    /// Where those of each sentence end.
    ends: Vec<usize>,
    shares: Vec<f32>,
    /// What reaches the units, by sentence.
    sums: Vec<f32>,
    masks: Vec<f32>,
    /// What the upper layer sees of each unit.
    activations: Vec<f32>,
    errors: Vec<f32>,
    /// The error of each unit.
    back: Vec<f32>,
    /// The same in one sentence.
    sentence_back: Vec<f32>,
}

impl Step {
    /// The kept features, the share and the sums of every sentence.
    fn sentences(&self) -> impl Iterator<Item = (&[Entry], f32, &[f32])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let kept = starts.zip(&self.ends).map(|(start, end)| self.kept.get(*start..*end).unwrap_or_default());
        let sums = self.sums.chunks_exact(self.masks.len());
        kept.zip(&self.shares).zip(sums).map(|((kept, share), sums)| (kept, *share, sums))
    }
}

impl<'a> Network<'a> {
    /// A network with random weights.
    pub fn new(problem: Problem<'a>, settings: NetworkSettings, seed: u64) -> Self {
        let hidden_width = padded(settings.hidden_count);
        let output_width = padded(problem.output_count());
        let mut random = SeededRandom::new(seed, 3);
        let hidden = vec![0.0; problem.rows.column_count() * hidden_width];
        let spread = 1.0 / (settings.hidden_count.max(1) as f32).sqrt();
        let top = (0..hidden_width * output_width).map(|_| (random.unit() * 2.0 - 1.0) * spread).collect();
        let counts = problem.label_counts();
        let even_share = problem.chosen.len() as f32 / counts.len().max(1) as f32;
        Network {
            hidden,
            top,
            hidden_bias: vec![START_BIAS; hidden_width],
            top_bias: vec![0.0; output_width],
            hidden_squares: vec![SQUARE_SUM_START; problem.rows.column_count()],
            top_squares: vec![SQUARE_SUM_START; hidden_width],
            label_weights: counts.iter().map(|&count| even_share / count.max(1) as f32).collect(),
            random,
            problem,
            settings,
            hidden_width,
            output_width,
        }
    }

    /// Learns for the set number of passes.
    pub fn fit(&mut self) {
        let mut order = self.problem.chosen.to_vec();
        let mut step = Step {
            masks: vec![0.0; self.hidden_width],
            activations: vec![0.0; self.hidden_width],
            errors: vec![0.0; self.output_width],
            back: vec![0.0; self.hidden_width],
            sentence_back: vec![0.0; self.hidden_width],
            ..Step::default()
        };
        for epoch in 0..self.settings.epoch_count {
            self.random.shuffle(&mut order);
            let progress = epoch as f32 / self.settings.epoch_count as f32;
            let rate = self.settings.learning_rate * (1.0 - RATE_DECAY * progress);
            for &example in &order {
                self.forward(example, &mut step);
                self.learn_top(rate, &mut step);
                self.learn_hidden(rate, &mut step);
            }
        }
    }

    /// Leaves the weighted error of every output in `step.errors`.
    fn forward(&mut self, example: usize, step: &mut Step) {
        let keep = 1.0 - self.settings.dropout;
        self.keep_features(example, keep, step);
        for mask in &mut step.masks {
            *mask = if self.random.unit() < keep { 1.0 / keep } else { 0.0 };
        }
        step.activations.fill(0.0);
        step.sums.clear();
        let mut start = 0;
        for (end, share) in step.ends.iter().zip(&step.shares) {
            let at = step.sums.len();
            step.sums.extend_from_slice(&self.hidden_bias);
            let sums = step.sums.get_mut(at..).unwrap_or_default();
            for entry in step.kept.get(start..*end).unwrap_or_default() {
                add_scaled(sums, weight_row(&self.hidden, entry.position, self.hidden_width), entry.value);
            }
            start = *end;
            for ((activation, sum), mask) in step.activations.iter_mut().zip(sums).zip(&step.masks) {
                *activation += share * sum.max(0.0) * mask;
            }
        }
        step.errors.copy_from_slice(&self.top_bias);
        for (activation, row) in step.activations.iter().zip(self.top.chunks_exact(self.output_width)) {
            if *activation != 0.0 {
                add_scaled(&mut step.errors, row, *activation);
            }
        }
        let output_count = self.problem.output_count();
        let (outputs, padding) = step.errors.split_at_mut(output_count);
        padding.fill(0.0);
        softmax(outputs);
        let label = self.problem.label(example);
        if let Some(error) = outputs.get_mut(label) {
            *error -= 1.0;
        }
        let weight = self.label_weights.get(label).copied().unwrap_or(1.0);
        for error in outputs {
            *error *= weight;
        }
    }

    /// Leaves the features of example `example` that are not left out at random in `step`.
    fn keep_features(&mut self, example: usize, keep: f32, step: &mut Step) {
        step.kept.clear();
        step.ends.clear();
        step.shares.clear();
        for (share, row) in self.problem.sentences.of_message(example) {
            for entry in row {
                if self.random.unit() < keep {
                    step.kept.push(Entry { position: entry.position, value: entry.value / keep });
                }
            }
            step.ends.push(step.kept.len());
            step.shares.push(share);
        }
    }

    /// Updates the upper weights and leaves the error of every hidden unit in `step.back`.
    fn learn_top(&mut self, rate: f32, step: &mut Step) {
        let output_count = self.problem.output_count() as f32;
        let error_squares: f32 = step.errors.iter().map(|error| error * error).sum();
        let rows = self.top.chunks_exact_mut(self.output_width);
        for (unit, (row, square_sum)) in rows.zip(&mut self.top_squares).enumerate() {
            let activation = step.activations[unit];
            step.back[unit] = 0.0;
            if activation != 0.0 {
                step.back[unit] = dot(row, &step.errors) * step.masks[unit];
                *square_sum += error_squares * activation * activation / output_count;
                add_scaled(row, &step.errors, -rate * activation / square_sum.sqrt());
            }
        }
        add_scaled(&mut self.top_bias, &step.errors, -rate * BIAS_RATE);
    }

    fn learn_hidden(&mut self, rate: f32, step: &mut Step) {
        let mut sentence_back = std::mem::take(&mut step.sentence_back);
        for (kept, share, sums) in step.sentences() {
            for ((error, back), sum) in sentence_back.iter_mut().zip(&step.back).zip(sums) {
                *error = if *sum > 0.0 { share * back } else { 0.0 };
            }
            let squares = sentence_back.iter().map(|error| error * error).sum::<f32>() / self.hidden_width as f32;
            for &Entry { position, value } in kept {
                if let Some(square_sum) = self.hidden_squares.get_mut(position as usize) {
                    *square_sum += squares * value * value;
                    let factor = -rate * value / square_sum.sqrt();
                    add_scaled(weight_row_mut(&mut self.hidden, position, self.hidden_width), &sentence_back, factor);
                }
            }
            add_scaled(&mut self.hidden_bias, &sentence_back, -rate * BIAS_RATE);
        }
        step.sentence_back = sentence_back;
    }

    /// The score of every output for example `example`, before the softmax.
    pub fn scores(&self, example: usize) -> Vec<f32> {
        let mut scores = self.top_bias.clone();
        let mut sums = self.hidden_bias.clone();
        for (share, row) in self.problem.sentences.of_message(example) {
            sums.copy_from_slice(&self.hidden_bias);
            for entry in row {
                add_scaled(&mut sums, weight_row(&self.hidden, entry.position, self.hidden_width), entry.value);
            }
            for (sum, row) in sums.iter().zip(self.top.chunks_exact(self.output_width)) {
                add_scaled(&mut scores, row, share * sum.max(0.0));
            }
        }
        scores.truncate(self.problem.output_count());
        scores
    }
}

fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}
