//! Fits a linear scorer to questions whose candidates are right or wrong.

use std::collections::HashMap;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::EntityFit;
use crate::text::entities::scorer::{Features, LinearScorer, probability_of};
use crate::text::table::HashTable;

/// Questions in which a feature must occur to be learned; what occurs less often cannot be told from chance.
const QUESTIONS_MIN: u32 = 3;
/// Smallest weight that is kept.
const WEIGHT_MIN: f32 = 3e-2;

/// Candidates of which those marked are right: each judged alone, or one chosen among all.
pub struct Question {
    /// The features of each candidate, and whether it is right.
    pub candidates: Vec<(Features, bool)>,
}

/// How the candidates of a question relate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Any number of them may be right.
    Independent,
    /// One is chosen.
    Exclusive,
}

/// A question whose features are named by their position in the vocabulary.
struct IndexedQuestion {
    candidates: Vec<(Vec<u32>, bool)>,
}

/// Adaptive gradient descent over the questions, each pass in another order; the weights are the mean of the later passes.
pub fn fit_scorer(questions: &[&Question], relation: Relation, fit: &EntityFit) -> LinearScorer {
    let keys = vocabulary(questions);
    let questions = index(questions, &keys);
    let mut weights = vec![0.0_f32; keys.len()];
    let mut squares = vec![1e-6_f32; keys.len()];
    let mut sums = vec![0.0_f32; keys.len()];
    let mut order: Vec<usize> = (0..questions.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(fit.seed);
    for epoch in 0..fit.epochs {
        order.shuffle(&mut random);
        for question in order.iter().filter_map(|index| questions.get(*index)) {
            for (slope, (features, _)) in slopes(question, relation, &weights).into_iter().zip(&question.candidates) {
                if slope.abs() < 1e-4 {
                    continue;
                }
                for position in features {
                    let position = *position as usize;
                    if let (Some(weight), Some(square)) = (weights.get_mut(position), squares.get_mut(position)) {
                        let gradient = slope + fit.decay * *weight;
                        *square += gradient * gradient;
                        *weight -= fit.rate * gradient / square.sqrt();
                    }
                }
            }
        }
        if epoch >= fit.epochs / 3 {
            for (sum, weight) in sums.iter_mut().zip(&weights) {
                *sum += weight;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of epochs")]
    let averaged_epochs = (fit.epochs - fit.epochs / 3) as f32;
    let means = keys.into_iter().zip(sums).map(|(key, sum)| (key, sum / averaged_epochs));
    LinearScorer::from_weights(means.filter(|(_, weight)| weight.abs() >= WEIGHT_MIN).collect())
}

/// The keys of the features that are learned, in ascending order.
fn vocabulary(questions: &[&Question]) -> Vec<u32> {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for question in questions {
        let mut keys: Vec<u32> =
            question.candidates.iter().flat_map(|(features, _)| features.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut keys: Vec<u32> =
        counts.into_iter().filter(|(_, count)| *count >= QUESTIONS_MIN).map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys
}

fn index(questions: &[&Question], keys: &[u32]) -> Vec<IndexedQuestion> {
    let positions = HashTable::new(keys.iter().map(|key| u64::from(*key)).zip(0..));
    let known = |features: &Features| features.keys().iter().filter_map(|key| positions.get(u64::from(*key))).collect();
    let indexed = questions.iter().map(|question| IndexedQuestion {
        candidates: question.candidates.iter().map(|(features, is_right)| (known(features), *is_right)).collect(),
    });
    indexed.collect()
}

/// The derivative of the loss by each candidate's score.
fn slopes(question: &IndexedQuestion, relation: Relation, weights: &[f32]) -> Vec<f32> {
    let score = |features: &[u32]| -> f32 {
        features.iter().map(|position| weights.get(*position as usize).copied().unwrap_or_default()).sum()
    };
    let scores: Vec<f32> = question.candidates.iter().map(|(features, _)| score(features)).collect();
    match relation {
        Relation::Independent => scores
            .iter()
            .zip(&question.candidates)
            .map(|(score, (_, is_right))| probability_of(*score) - f32::from(u8::from(*is_right)))
            .collect(),
        Relation::Exclusive => {
            let top = scores.iter().copied().fold(f32::MIN, f32::max);
            let parts: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
            let total: f32 = parts.iter().sum();
            let right: f32 = parts
                .iter()
                .zip(&question.candidates)
                .filter(|(_, (_, is_right))| *is_right)
                .map(|(part, _)| part)
                .sum();
            parts
                .iter()
                .zip(&question.candidates)
                .map(|(part, (_, is_right))| {
                    let target = if *is_right && right > 0.0 { part / right } else { 0.0 };
                    part / total - target
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(values: &[u64]) -> Features {
        let mut features = Features::new();
        for value in values {
            features.add(1, *value);
        }
        features
    }

    #[test]
    fn what_makes_a_candidate_right_is_learned_and_what_is_rare_is_not() {
        let question = |rare: u64| Question {
            candidates: vec![(features(&[1, 2]), false), (features(&[1, 3, rare]), true), (features(&[1, 4]), false)],
        };
        let mut questions: Vec<Question> = (0..20).map(|_| question(5)).collect();
        questions.extend((0..QUESTIONS_MIN - 1).map(|_| question(6)));
        for relation in [Relation::Exclusive, Relation::Independent] {
            let scorer = fit_scorer(&questions.iter().collect::<Vec<_>>(), relation, &EntityFit::default());
            let score = |values: &[u64]| scorer.score(&features(values));
            assert!(score(&[1, 3]) > score(&[1, 2]) + 1.0 && score(&[1, 3]) > score(&[1, 4]) + 1.0);
            assert!(score(&[5]) > 0.0);
            assert_eq!(score(&[6]), 0.0);
        }
    }
}
