//! The hidden-layer learner: one layer of rectified units under a softmax, with dropout, by AdaGrad.
//!
//! It sees what a linear learner cannot, words that matter together, and errs on other messages; their mean is better than
//! either. Once it is known which units are active the score is again a sum over features, so reasons stay exact.

use super::linear::Problem;
use super::matrix::{add_scaled, dot, padded, weight_row, weight_row_mut};
use super::sampling::SeededRandom;

/// How the network learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkSettings {
    /// Most hidden units of one network; a network for few labels has two a label.
    pub hidden_count: usize,
    /// Networks that are trained from different seeds and added up.
    pub member_count: usize,
    /// Passes over the messages.
    pub epoch_count: usize,
    /// Size of the first steps.
    pub learning_rate: f32,
    /// Share of inputs and hidden units that is left out at random.
    pub dropout: f32,
}

impl NetworkSettings {
    /// The same settings, no wider than `label_count` labels need.
    pub fn for_labels(self, label_count: usize) -> Self {
        NetworkSettings { hidden_count: self.hidden_count.min(padded(label_count * 2)), ..self }
    }
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings { hidden_count: 64, member_count: 1, epoch_count: 12, learning_rate: 0.06, dropout: 0.3 }
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

/// Buffers of one step.
struct Step {
    kept: Vec<(u32, f32)>,
    sums: Vec<f32>,
    masks: Vec<f32>,
    errors: Vec<f32>,
    back: Vec<f32>,
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
            kept: Vec::new(),
            sums: vec![0.0; self.hidden_width],
            masks: vec![0.0; self.hidden_width],
            errors: vec![0.0; self.output_width],
            back: vec![0.0; self.hidden_width],
        };
        for epoch in 0..self.settings.epoch_count {
            self.random.shuffle(&mut order);
            let progress = epoch as f32 / self.settings.epoch_count as f32;
            let rate = self.settings.learning_rate * (1.0 - RATE_DECAY * progress);
            for &example in &order {
                self.forward(example, &mut step);
                self.learn_top(rate, &mut step);
                self.learn_hidden(rate, &step);
            }
        }
    }

    /// Leaves the weighted error of every output in `step.errors`.
    fn forward(&mut self, example: usize, step: &mut Step) {
        let keep = 1.0 - self.settings.dropout;
        step.kept.clear();
        for entry in self.problem.rows.row(example) {
            if self.random.unit() < keep {
                step.kept.push((entry.position, entry.value / keep));
            }
        }
        for mask in &mut step.masks {
            *mask = if self.random.unit() < keep { 1.0 / keep } else { 0.0 };
        }
        step.sums.copy_from_slice(&self.hidden_bias);
        for &(position, value) in &step.kept {
            add_scaled(&mut step.sums, weight_row(&self.hidden, position, self.hidden_width), value);
        }
        step.errors.copy_from_slice(&self.top_bias);
        for ((sum, mask), row) in step.sums.iter().zip(&step.masks).zip(self.top.chunks_exact(self.output_width)) {
            let activation = sum.max(0.0) * mask;
            if activation != 0.0 {
                add_scaled(&mut step.errors, row, activation);
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

    /// Updates the upper weights and leaves the error of every hidden unit in `step.back`.
    fn learn_top(&mut self, rate: f32, step: &mut Step) {
        let output_count = self.problem.output_count() as f32;
        let error_squares: f32 = step.errors.iter().map(|error| error * error).sum();
        let rows = self.top.chunks_exact_mut(self.output_width);
        for (unit, (row, square_sum)) in rows.zip(&mut self.top_squares).enumerate() {
            let (sum, mask) = (step.sums[unit], step.masks[unit]);
            let activation = sum.max(0.0) * mask;
            step.back[unit] = 0.0;
            if activation != 0.0 {
                step.back[unit] = dot(row, &step.errors) * mask;
                *square_sum += error_squares * activation * activation / output_count;
                add_scaled(row, &step.errors, -rate * activation / square_sum.sqrt());
            }
        }
        add_scaled(&mut self.top_bias, &step.errors, -rate * BIAS_RATE);
    }

    fn learn_hidden(&mut self, rate: f32, step: &Step) {
        let back_squares: f32 = step.back.iter().map(|error| error * error).sum::<f32>() / self.hidden_width as f32;
        for &(position, value) in &step.kept {
            if let Some(square_sum) = self.hidden_squares.get_mut(position as usize) {
                *square_sum += back_squares * value * value;
                let factor = -rate * value / square_sum.sqrt();
                add_scaled(weight_row_mut(&mut self.hidden, position, self.hidden_width), &step.back, factor);
            }
        }
        add_scaled(&mut self.hidden_bias, &step.back, -rate * BIAS_RATE);
    }

    /// The score of every output for example `example`, before the softmax.
    pub fn scores(&self, example: usize) -> Vec<f32> {
        let mut sums = self.hidden_bias.clone();
        for entry in self.problem.rows.row(example) {
            add_scaled(&mut sums, weight_row(&self.hidden, entry.position, self.hidden_width), entry.value);
        }
        let mut scores = self.top_bias.clone();
        for (sum, row) in sums.iter().zip(self.top.chunks_exact(self.output_width)) {
            add_scaled(&mut scores, row, sum.max(0.0));
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
