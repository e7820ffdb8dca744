//! Decision trees as plain numbers, whose scores take apart into one contribution for each feature exactly.

use serde::{Deserialize, Serialize};

/// One node. A leaf has no children; both kinds carry the value that a row standing there would score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Index of the feature that decides.
    pub feature: u16,
    /// Rows whose feature is below go left.
    pub threshold: f32,
    /// Index of the left child, 0 at a leaf; the right one follows it.
    pub left: u32,
    /// The value of the rows here: a probability in a forest, a step of the log-odds in boosted trees.
    pub value: f32,
}

/// A tree; its root comes first.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The nodes, children after their parents.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The value at the root, which every row has in common.
    pub fn root_value(&self) -> f64 {
        self.nodes.first().map_or(0.0, |node| f64::from(node.value))
    }

    fn child_index(&self, node: &Node, row: &[f32]) -> Option<usize> {
        if node.left == 0 {
            return None;
        }
        let value = row.get(usize::from(node.feature)).copied().unwrap_or(0.0);
        Some(node.left as usize + usize::from(value >= node.threshold))
    }

    /// The value of the leaf that a row falls into.
    pub fn score(&self, row: &[f32]) -> f64 {
        let mut node = match self.nodes.first() {
            Some(node) => node,
            None => return 0.0,
        };
        while let Some(child) = self.child_index(node, row).and_then(|index| self.nodes.get(index)) {
            node = child;
        }
        f64::from(node.value)
    }

    /// Adds, times `weight`, what each split on a row's way moved its value by to that split's feature.
    pub fn contribute(&self, row: &[f32], weight: f64, contributions: &mut [f64]) {
        let Some(mut node) = self.nodes.first() else { return };
        while let Some(child) = self.child_index(node, row).and_then(|index| self.nodes.get(index)) {
            if let Some(contribution) = contributions.get_mut(usize::from(node.feature)) {
                *contribution += weight * (f64::from(child.value) - f64::from(node.value));
            }
            node = child;
        }
    }
}

/// Whether every node's children are there and follow it, so that scoring ends, and every value is a number.
fn trees_are_sound(trees: &[Tree]) -> bool {
    let tree_is_sound = |tree: &Tree| {
        let count = tree.nodes.len();
        let node_is_sound = |(index, node): (usize, &Node)| {
            let left = node.left as usize;
            node.value.is_finite() && !node.threshold.is_nan() && (left == 0 || (left > index && left + 1 < count))
        };
        count > 0 && tree.nodes.iter().enumerate().all(node_is_sound)
    };
    trees.iter().all(tree_is_sound)
}

/// Boosted trees: values in log-odds that add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    /// The trees; in an artifact they are in the file of weights.
    #[serde(skip)]
    pub trees: Vec<Tree>,
    /// What every tree's value is multiplied by.
    pub weight: f64,
    /// What every row has in common besides the trees, in log-odds.
    pub bias: f64,
}

impl Boosted {
    /// The score of a row in log-odds.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.bias + self.weight * self.trees.iter().map(|tree| tree.score(row)).sum::<f64>()
    }

    /// Adds what each feature contributes to the score, times `weight`, and returns the rest, which all rows share.
    pub fn contribute(&self, row: &[f32], weight: f64, contributions: &mut [f64]) -> f64 {
        let mut bias = self.bias;
        for tree in &self.trees {
            bias += self.weight * tree.root_value();
            tree.contribute(row, weight * self.weight, contributions);
        }
        weight * bias
    }

    /// Whether scoring ends and gives numbers.
    pub fn is_sound(&self) -> bool {
        self.weight.is_finite() && self.bias.is_finite() && trees_are_sound(&self.trees)
    }
}

/// A forest: trees whose values are probabilities, which are averaged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// The trees; in an artifact they are in the file of weights.
    #[serde(skip)]
    pub trees: Vec<Tree>,
}

/// Smallest mean probability of a forest, and smallest distance from 1, before log-odds are taken.
const FOREST_PROBABILITY_MIN: f64 = 0.002;

impl Forest {
    fn mean(&self, value: impl Fn(&Tree) -> f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred trees")]
        let count = self.trees.len().max(1) as f64;
        self.trees.iter().map(value).sum::<f64>() / count
    }

    /// The score of a row: the log-odds of the mean probability.
    pub fn score(&self, row: &[f32]) -> f64 {
        log_odds(clamped(self.mean(|tree| tree.score(row))))
    }

    /// Adds what each feature contributes to the score, times `weight`, and returns the rest, which all rows share.
    ///
    /// Splits move the mean probability away from the one at the roots by amounts that add up. The line through both
    /// points on the log-odds curve turns each amount into log-odds, and the amounts then add up to the score.
    pub fn contribute(&self, row: &[f32], weight: f64, contributions: &mut [f64]) -> f64 {
        let root = clamped(self.mean(Tree::root_value));
        let mean = self.mean(|tree| tree.score(row));
        let moved = mean - self.mean(Tree::root_value);
        let slope = if moved.abs() > f64::EPSILON { (log_odds(clamped(mean)) - log_odds(root)) / moved } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "a few hundred trees")]
        let tree_weight = weight * slope / self.trees.len().max(1) as f64;
        for tree in &self.trees {
            tree.contribute(row, tree_weight, contributions);
        }
        weight * log_odds(root)
    }

    /// Whether scoring ends and gives numbers.
    pub fn is_sound(&self) -> bool {
        trees_are_sound(&self.trees)
    }
}

fn clamped(probability: f64) -> f64 {
    probability.clamp(FOREST_PROBABILITY_MIN, 1.0 - FOREST_PROBABILITY_MIN)
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_and_the_common_part_add_up_to_the_score() {
        let leaf = |value| Node { feature: 0, threshold: 0.0, left: 0, value };
        let nodes = vec![
            Node { feature: 1, threshold: 0.5, left: 1, value: 0.1 },
            Node { feature: 0, threshold: 2.0, left: 3, value: -0.4 },
            leaf(0.9),
            leaf(-0.8),
            leaf(0.2),
        ];
        let trees = vec![Tree { nodes: nodes.clone() }, Tree { nodes }];
        let boosted = Boosted { trees: trees.clone(), weight: 0.5, bias: -1.0 };
        let forest = Forest { trees };
        assert!(boosted.is_sound() && forest.is_sound());
        for row in [[0.0, 0.0], [3.0, 0.0], [0.0, 1.0]] {
            let mut contributions = [0.0; 2];
            let common = boosted.contribute(&row, 1.0, &mut contributions);
            assert!((common + contributions.iter().sum::<f64>() - boosted.score(&row)).abs() < 1e-9);
            let mut contributions = [0.0; 2];
            let common = forest.contribute(&row, 0.5, &mut contributions);
            assert!((common + contributions.iter().sum::<f64>() - 0.5 * forest.score(&row)).abs() < 1e-9);
        }
    }
}
