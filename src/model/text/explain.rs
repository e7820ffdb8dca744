//! Which words of a message decided its label.

use std::collections::HashMap;

use super::artifact::TextModel;
use super::calibration::LabelOrder;
use super::predict::TextScratch;

/// How much a word of the message spoke for its label and against the runner-up.
#[derive(Debug, Clone, PartialEq)]
pub struct WordContribution {
    /// The word as it stands in the message.
    pub word: String,
    /// First byte of its first occurrence.
    pub byte_start: usize,
    /// One past the last byte of its first occurrence.
    pub byte_end: usize,
    /// Difference that it makes to the raw score; positive speaks for the predicted label.
    pub contribution: f64,
}

impl TextModel {
    /// The `count_max` words that weighed most in the prediction for `text`, heaviest first.
    ///
    /// The score is a sum over features once the active hidden units are known, so the contributions are exact; what a
    /// feature gives is shared evenly by the words it was read from.
    pub fn explain(&self, text: &str, count_max: usize, scratch: &mut TextScratch) -> Vec<WordContribution> {
        let label_index = self.predict(text, scratch).label_index;
        self.explain_predicted(text, label_index, count_max, scratch)
    }

    /// The same for a message that was predicted last with this scratch, so that it is not scored again.
    pub fn explain_predicted(
        &self,
        text: &str,
        label_index: usize,
        count_max: usize,
        scratch: &mut TextScratch,
    ) -> Vec<WordContribution> {
        let direction = self.direction(label_index, scratch);
        let per_position = self.feature_contributions(&direction, scratch);
        let per_word = self.share_among_words(text, &per_position, scratch);
        let mut merged: Vec<WordContribution> = Vec::new();
        let mut place_of: HashMap<u64, usize> = HashMap::new();
        for (word, contribution) in scratch.vector.finder.tokens.words().iter().zip(per_word) {
            let surface = text.get(word.byte_start..word.byte_end).unwrap_or_default();
            if !word.is_alphanumeric || contribution == 0.0 {
                continue;
            }
            let place = *place_of.entry(word.hash).or_insert(merged.len());
            match merged.get_mut(place) {
                Some(known) => known.contribution += contribution,
                None => merged.push(WordContribution {
                    word: surface.to_owned(),
                    byte_start: word.byte_start,
                    byte_end: word.byte_end,
                    contribution,
                }),
            }
        }
        merged.sort_by(|a, b| {
            b.contribution.abs().total_cmp(&a.contribution.abs()).then(a.byte_start.cmp(&b.byte_start))
        });
        merged.truncate(count_max);
        merged
    }

    /// What is added up over the outputs: the predicted label less the runner-up, or the threshold nearest to the label.
    fn direction(&self, label_index: usize, scratch: &TextScratch) -> Vec<f32> {
        let mut direction = vec![0.0; self.weights.output_count];
        match self.description.calibration.order {
            LabelOrder::Unordered => {
                let others = scratch.outputs.iter().enumerate().filter(|(output, _)| *output != label_index);
                let runner_up = others.max_by(|a, b| a.1.total_cmp(b.1)).map(|(output, _)| output);
                for (output, sign) in [(Some(label_index), 1.0), (runner_up, -1.0)] {
                    if let Some(value) = output.and_then(|output| direction.get_mut(output)) {
                        *value = sign;
                    }
                }
            }
            LabelOrder::Ordered => {
                // The words that lifted the message over its last threshold, or kept it under the first.
                let (output, sign) = if label_index == 0 { (0, -1.0) } else { (label_index - 1, 1.0) };
                if let Some(value) = direction.get_mut(output) {
                    *value = sign;
                }
            }
        }
        direction
    }

    fn feature_contributions(&self, direction: &[f32], scratch: &TextScratch) -> Vec<(u32, f64)> {
        let dot = |row: &[f32]| row.iter().zip(direction).map(|(weight, sign)| weight * sign).sum::<f32>();
        let through_hidden: Vec<f32> = self
            .weights
            .top
            .chunks_exact(self.weights.output_count.max(1))
            .zip(&scratch.hidden)
            .map(|(row, activation)| if *activation > 0.0 { dot(row) } else { 0.0 })
            .collect();
        let weigh = |rows: &super::weights::QuantisedRows, position: u32, factors: &[f32]| {
            let (scale, row) = rows.row(position as usize).unwrap_or((0.0, &[]));
            scale * row.iter().zip(factors).map(|(&weight, factor)| f32::from(weight) * factor).sum::<f32>()
        };
        let mut contributions: Vec<(u32, f64)> = Vec::with_capacity(scratch.vector.entries.len());
        for entry in &scratch.vector.entries {
            let linear = weigh(&self.weights.linear, entry.position, direction);
            let hidden = weigh(&self.weights.hidden, entry.position, &through_hidden);
            contributions.push((entry.position, f64::from(entry.value * (linear + hidden))));
        }
        contributions.sort_unstable_by_key(|(position, _)| *position);
        contributions
    }

    fn share_among_words(&self, text: &str, per_position: &[(u32, f64)], scratch: &mut TextScratch) -> Vec<f64> {
        let find = |position: u32| per_position.binary_search_by_key(&position, |(known, _)| *known).ok();
        let mut uses = vec![0.0_f64; per_position.len()];
        let mut occurrences: Vec<(usize, usize, usize)> = Vec::new();
        let vocabulary = &self.vectoriser.vocabulary;
        self.vectoriser.finder.find(text, &mut scratch.vector.finder, |occurrence| {
            let index = vocabulary.position(occurrence.key).and_then(find);
            if let (Some(index), Some((first, last))) = (index, occurrence.words) {
                occurrences.push((index, first, last));
                if let Some(count) = uses.get_mut(index) {
                    *count += 1.0;
                }
            }
        });
        let mut shares = vec![0.0; scratch.vector.finder.tokens.words().len()];
        for (index, first, last) in occurrences {
            let contribution = per_position.get(index).map_or(0.0, |(_, contribution)| *contribution);
            let per_use = contribution / uses.get(index).copied().unwrap_or(1.0);
            let ends = if first == last { [(first, 1.0), (last, 0.0)] } else { [(first, 0.5), (last, 0.5)] };
            for (word, part) in ends {
                if let Some(share) = shares.get_mut(word) {
                    *share += per_use * part;
                }
            }
        }
        shares
    }
}
