//! Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): thresholds are drawn, not searched, and many trees averaged.
//!
//! Trees vote with probabilities; each node's is drawn towards its parent's.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::matrix::Matrix;
use super::spec::ForestSpec;
use crate::model::payment::tree::{Forest, Node, Tree};
use crate::parallel::run_parallel;

/// Deepest tree; deeper splits would rest on a handful of rows.
const DEPTH_MAX: usize = 40;

/// Grows a forest. Each tree has a random stream of its own, so the number of threads changes nothing.
pub fn fit(matrix: &Matrix, spec: &ForestSpec, seed: u64) -> Forest {
    Forest { trees: run_parallel(spec.tree_count, |index| Grower::new(matrix, spec, seed, index).grow()) }
}

/// Rows of a node that is still to be split.
struct Pending {
    node_index: usize,
    start: usize,
    end: usize,
    depth: usize,
    rate: f64,
}

/// A split with its gain.
struct Split {
    column: usize,
    threshold: f32,
    gain: f64,
}

struct Grower<'a> {
    matrix: &'a Matrix,
    spec: &'a ForestSpec,
    random: ChaCha8Rng,
    rows: Vec<u32>,
    columns: Vec<usize>,
    nodes: Vec<Node>,
}

/// Weighted sums of a set of rows.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    unpaid: f64,
    count: usize,
}

impl<'a> Grower<'a> {
    fn new(matrix: &'a Matrix, spec: &'a ForestSpec, seed: u64, tree_index: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(tree_index as u64 + 1);
        #[expect(clippy::cast_possible_truncation, reason = "the number of examples is bounded by the spec")]
        let mut rows: Vec<u32> = (0..matrix.row_count() as u32).collect();
        if rows.len() > spec.tree_example_count_max {
            rows.partial_shuffle(&mut random, spec.tree_example_count_max);
            rows.truncate(spec.tree_example_count_max);
            rows.sort_unstable();
        }
        Grower { matrix, spec, random, rows, columns: (0..matrix.columns.len()).collect(), nodes: Vec::new() }
    }

    fn grow(mut self) -> Tree {
        let root_rate = self.matrix.base_rate();
        self.nodes.push(leaf(root_rate));
        let mut pending = vec![Pending { node_index: 0, start: 0, end: self.rows.len(), depth: 0, rate: root_rate }];
        while let Some(node) = pending.pop() {
            let Some(split) = self.best_split(&node) else { continue };
            let middle = self.partition(&node, &split);
            let left_index = self.nodes.len();
            for (start, end) in [(node.start, middle), (middle, node.end)] {
                let sums = self.sums(start, end);
                let rate = (sums.unpaid + self.spec.smoothing * node.rate) / (sums.weight + self.spec.smoothing);
                let node_index = self.nodes.len();
                self.nodes.push(leaf(rate));
                pending.push(Pending { node_index, start, end, depth: node.depth + 1, rate });
            }
            let parent = &mut self.nodes[node.node_index];
            parent.feature = self.matrix.features[split.column];
            parent.threshold = split.threshold;
            #[expect(clippy::cast_possible_truncation, reason = "a tree has fewer nodes than twice the examples")]
            let left = left_index as u32;
            parent.left = left;
        }
        Tree { nodes: self.nodes }
    }

    fn sums(&self, start: usize, end: usize) -> Sums {
        let mut sums = Sums::default();
        for row in &self.rows[start..end] {
            let row = *row as usize;
            sums.weight += self.matrix.weights[row];
            sums.count += 1;
            if self.matrix.labels[row] {
                sums.unpaid += self.matrix.weights[row];
            }
        }
        sums
    }

    fn best_split(&mut self, node: &Pending) -> Option<Split> {
        let whole = self.sums(node.start, node.end);
        let is_pure = whole.unpaid <= 0.0 || whole.unpaid >= whole.weight;
        if is_pure || node.depth >= DEPTH_MAX || whole.count < 2 * self.spec.leaf_count_min {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few dozen columns")]
        let wanted = ((self.columns.len() as f64 * self.spec.feature_share).ceil()).max(1.0);
        let mut columns = std::mem::take(&mut self.columns);
        columns.shuffle(&mut self.random);
        let mut best: Option<Split> = None;
        let mut tried = 0.0;
        for column in &columns {
            if tried >= wanted {
                break;
            }
            let Some(threshold) = self.draw_threshold(*column, node) else { continue };
            tried += 1.0;
            let split = self.judge(*column, threshold, node, &whole);
            if let Some(split) = split.filter(|split| best.as_ref().is_none_or(|best| split.gain > best.gain)) {
                best = Some(split);
            }
        }
        self.columns = columns;
        best
    }

    /// A threshold between the smallest and the largest value of a column in a node; nothing when they are the same.
    fn draw_threshold(&mut self, column: usize, node: &Pending) -> Option<f32> {
        let values = &self.matrix.columns[column];
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for row in &self.rows[node.start..node.end] {
            let value = values[*row as usize];
            low = low.min(value);
            high = high.max(value);
        }
        if low >= high {
            return None;
        }
        let threshold = low + (high - low) * self.random.r#gen::<f32>();
        Some(if threshold <= low { high } else { threshold })
    }

    fn judge(&self, column: usize, threshold: f32, node: &Pending, whole: &Sums) -> Option<Split> {
        let values = &self.matrix.columns[column];
        let mut left = Sums::default();
        for row in &self.rows[node.start..node.end] {
            let row = *row as usize;
            if values[row] < threshold {
                left.count += 1;
                left.weight += self.matrix.weights[row];
                if self.matrix.labels[row] {
                    left.unpaid += self.matrix.weights[row];
                }
            }
        }
        let right_count = whole.count - left.count;
        if left.count < self.spec.leaf_count_min || right_count < self.spec.leaf_count_min {
            return None;
        }
        let (right_weight, right_unpaid) = (whole.weight - left.weight, whole.unpaid - left.unpaid);
        if left.weight <= 0.0 || right_weight <= 0.0 {
            return None;
        }
        let gain = left.unpaid * left.unpaid / left.weight + right_unpaid * right_unpaid / right_weight;
        Some(Split { column, threshold, gain })
    }

    fn partition(&mut self, node: &Pending, split: &Split) -> usize {
        let values = &self.matrix.columns[split.column];
        let rows = &mut self.rows[node.start..node.end];
        let (left, right): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| values[**row as usize] < split.threshold);
        rows[..left.len()].copy_from_slice(&left);
        rows[left.len()..].copy_from_slice(&right);
        node.start + left.len()
    }
}

fn leaf(rate: f64) -> Node {
    #[expect(clippy::cast_possible_truncation, reason = "a probability needs single precision only")]
    let value = rate as f32;
    Node { feature: 0, threshold: 0.0, left: 0, value }
}
