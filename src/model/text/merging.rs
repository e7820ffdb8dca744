//! Labels put together under other names: what a model says of several of them counts as one.

use std::sync::Arc;

use super::artifact::TextModel;
use super::calibration::LabelOrder;

/// Which labels of a model count as which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merging {
    /// The names, each once.
    pub labels: Vec<String>,
    /// For each label of the model, the position of the name that it counts as.
    merged_index: Vec<usize>,
}

impl TextModel {
    /// The same model with each label counting as what `name_of` calls it. The probability of a name is the sum of those of its labels, and
    /// the label, whether the model abstains, and the deciding words are those of the sums. Where no label changes its name, and of labels
    /// in rising order, the model stays as it is. The weights are shared, and the files of the model are still those of its own labels.
    #[must_use]
    pub fn merged(&self, name_of: impl Fn(&str) -> String) -> Self {
        let own = &self.description.labels;
        let names: Vec<String> = own.iter().map(|label| name_of(label)).collect();
        let is_same = names == *own || self.description.calibration.order == LabelOrder::Ordered;
        TextModel {
            description: self.description.clone(),
            vectoriser: Arc::clone(&self.vectoriser),
            weights: Arc::clone(&self.weights),
            merging: (!is_same).then(|| Merging::new(names)),
        }
    }
}

impl Merging {
    fn new(names: Vec<String>) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let mut merged_index = Vec::with_capacity(names.len());
        for name in names {
            let index = labels.iter().position(|label| *label == name).unwrap_or(labels.len());
            merged_index.push(index);
            if index == labels.len() {
                labels.push(name);
            }
        }
        Merging { labels, merged_index }
    }

    /// Leaves the sum of the probabilities of each name in `sums` and returns the position of the largest.
    pub fn add_up(&self, probabilities: &[f64], sums: &mut Vec<f64>) -> usize {
        sums.clear();
        sums.resize(self.labels.len(), 0.0);
        for (index, probability) in self.merged_index.iter().zip(probabilities) {
            if let Some(sum) = sums.get_mut(*index) {
                *sum += probability;
            }
        }
        largest_but(None, sums).unwrap_or(0)
    }

    /// What is added up over the outputs to explain a name: the scores of its labels, each as far as it has a share in the sum, less those of
    /// the runner-up's. That is the direction in which the logarithm of the ratio of both sums rises, and with one label each the
    /// difference of their scores.
    pub fn direction(&self, name_index: usize, probabilities: &[f64], sums: &[f64]) -> Vec<(usize, f32)> {
        let runner_up = largest_but(Some(name_index), sums);
        let mut direction = Vec::new();
        for (output, (index, probability)) in self.merged_index.iter().zip(probabilities).enumerate() {
            let sign = match (*index == name_index, Some(*index) == runner_up) {
                (true, _) => 1.0,
                (false, true) => -1.0,
                (false, false) => continue,
            };
            let sum = sums.get(*index).copied().unwrap_or(0.0);
            #[expect(clippy::cast_possible_truncation, reason = "a share is in [0, 1]")]
            let share = (probability / sum) as f32;
            if share.is_finite() {
                direction.push((output, sign * share));
            }
        }
        direction
    }
}

/// The position of the largest value besides one, the first of equal ones.
fn largest_but(left_out: Option<usize>, values: &[f64]) -> Option<usize> {
    let others = values.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
    others.rev().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merging(names: &[&str]) -> Merging {
        Merging::new(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_largest_sum_wins_even_over_the_likeliest_label() {
        let merging = merging(&["A", "B", "B", "C"]);
        assert_eq!(merging.labels, ["A", "B", "C"]);
        let mut sums = vec![9.0];
        assert_eq!(merging.add_up(&[0.4, 0.25, 0.25, 0.1], &mut sums), 1);
        assert_eq!(sums, [0.4, 0.5, 0.1]);
    }

    #[test]
    fn a_name_is_explained_by_its_labels_as_far_as_they_share_in_it() {
        let merging = merging(&["A", "B", "B", "C"]);
        let probabilities = [0.25, 0.125, 0.375, 0.25];
        let mut sums = Vec::new();
        let predicted = merging.add_up(&probabilities, &mut sums);
        assert_eq!(merging.direction(predicted, &probabilities, &sums), [(0, -1.0), (1, 0.25), (2, 0.75)]);
        assert_eq!(merging.direction(0, &probabilities, &sums), [(0, 1.0), (1, -0.25), (2, -0.75)]);
    }

    #[test]
    fn a_probability_of_nothing_has_no_share() {
        let merging = merging(&["A", "B"]);
        assert_eq!(merging.direction(0, &[1.0, 0.0], &[1.0, 0.0]), [(0, 1.0)]);
    }
}
