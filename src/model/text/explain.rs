//! Which words of a message decided its label.

use super::artifact::TextModel;
use super::calibration::LabelOrder;
use super::lanes::{LaneWork, with_wide_lanes};
use super::predict::TextScratch;
use super::sentences::Sentences;
use super::vector::Entry;
use super::weights::Weights;
use crate::text::tokens::Word;

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
    /// The score is a sum over features once the active hidden units of each sentence are known, so the contributions are exact; what a
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
        let per_word = self.word_contributions(&direction, scratch);
        let words = scratch.vector.found.tokens.words();
        let telling = words.iter().zip(per_word).enumerate();
        let mut places: Vec<(u64, usize, f64)> = telling
            .filter(|(_, (word, contribution))| word.is_alphanumeric && *contribution != 0.0)
            .map(|(index, (word, contribution))| (word.hash, index, contribution))
            .collect();
        places.sort_unstable_by_key(|(hash, index, _)| (*hash, *index));
        let of_one_word = places.chunk_by(|left, right| left.0 == right.0);
        let mut merged: Vec<(usize, f64)> = of_one_word
            .filter_map(|same| Some((same.first()?.1, same.iter().map(|(_, _, contribution)| contribution).sum())))
            .collect();
        merged.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        merged.truncate(count_max);
        let described = merged.into_iter().filter_map(|(index, contribution)| {
            let Word { byte_start, byte_end, .. } = *words.get(index)?;
            let word = text.get(byte_start..byte_end).unwrap_or_default().to_owned();
            Some(WordContribution { word, byte_start, byte_end, contribution })
        });
        described.collect()
    }

    /// What is added up over the outputs: the predicted label less the runner-up, or the threshold nearest to the label.
    fn direction(&self, label_index: usize, scratch: &TextScratch) -> Vec<(usize, f32)> {
        match self.description.calibration.order {
            LabelOrder::Unordered => {
                let others = scratch.outputs.iter().enumerate().filter(|(output, _)| *output != label_index);
                let runner_up = others.max_by(|a, b| a.1.total_cmp(b.1)).map(|(output, _)| (output, -1.0));
                [Some((label_index, 1.0)), runner_up].into_iter().flatten().collect()
            }
            // The words that lifted the message over its last threshold, or kept it under the first.
            LabelOrder::Ordered if label_index == 0 => vec![(0, -1.0)],
            LabelOrder::Ordered => vec![(label_index - 1, 1.0)],
        }
    }

    /// What every word adds in `direction`: a feature through the linear part and, by the sentence that it stands in, through the
    /// hidden layer.
    fn word_contributions(&self, direction: &[(usize, f32)], scratch: &TextScratch) -> Vec<f64> {
        let vector = &scratch.vector;
        let mut words = vec![0.0; vector.found.tokens.words().len()];
        if self.weights.hidden_count == 0 {
            let entries = vector.entries.iter().zip(&vector.counts);
            let per_value = |(entry, count): (&Entry, &f32)| {
                entry.value / count * self.weights.linear.picked(entry.position as usize, direction)
            };
            let per_value: Vec<f32> = entries.map(per_value).collect();
            for (occurrence, at) in vector.places.known(&vector.found) {
                if let (Some(span), Some(per_value)) = (occurrence.words, per_value.get(at)) {
                    add_to_words(span, f64::from(occurrence.value * per_value), &mut words);
                }
            }
            return words;
        }
        let through_hidden = self.through_hidden(direction, scratch);
        let sentences = &vector.sentences;
        let per_value =
            with_wide_lanes(RowPass { weights: &self.weights, sentences, direction, through_hidden: &through_hidden });
        for part in &sentences.parts {
            let per_value = per_value.get(part.row as usize).copied().unwrap_or(0.0);
            add_to_words(part.words, f64::from(part.value * per_value), &mut words);
        }
        words
    }

    /// What an active hidden unit of each sentence passes on in `direction`.
    fn through_hidden(&self, direction: &[(usize, f32)], scratch: &TextScratch) -> Vec<f32> {
        let along = |row: &[f32]| {
            direction.iter().map(|(output, sign)| row.get(*output).copied().unwrap_or(0.0) * sign).sum::<f32>()
        };
        let upper: Vec<f32> = self.weights.top.chunks_exact(self.weights.output_count.max(1)).map(along).collect();
        let sentences = scratch.hidden.chunks_exact(upper.len().max(1)).zip(&scratch.vector.sentences.shares);
        let passed = sentences.flat_map(|(activations, share)| {
            let units = activations.iter().zip(&upper);
            units.map(move |(activation, upper)| if *activation > 0.0 { upper * share } else { 0.0 })
        });
        passed.collect()
    }
}

/// What one of each row of the sentences adds in a direction, before its sentence is lengthened.
struct RowPass<'a> {
    weights: &'a Weights,
    sentences: &'a Sentences,
    direction: &'a [(usize, f32)],
    through_hidden: &'a [f32],
}

impl LaneWork for RowPass<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn call(self) -> Vec<f32> {
        let Sentences { rows, lengthenings, .. } = self.sentences;
        let hidden_count = self.weights.hidden_count;
        let mut contributions = Vec::with_capacity(rows.len());
        for row in rows {
            let (position, start) = (row.position as usize, row.sentence as usize * hidden_count);
            let factors = self.through_hidden.get(start..start + hidden_count).unwrap_or_default();
            let lengthening = lengthenings.get(row.sentence as usize).copied().unwrap_or(0.0);
            let contribution = self.weights.linear.picked(position, self.direction)
                + lengthening * self.weights.hidden.dot(position, factors);
            contributions.push(contribution);
        }
        contributions
    }
}

/// Gives half of a contribution to the first and half to the last word it was read from.
fn add_to_words((first, last): (u32, u32), contribution: f64, words: &mut [f64]) {
    for word in [first, last] {
        if let Some(sum) = words.get_mut(word as usize) {
            *sum += contribution * 0.5;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::artifact::{FORMAT_VERSION, ModelDescription, TrainingSummary};
    use super::super::calibration::{Calibration, Curve};
    use super::super::features::{FeatureFinder, FoundFeatures};
    use super::super::schema::FeatureSchema;
    use super::super::vector::Vectoriser;
    use super::super::vocabulary::{Feature, Vocabulary};
    use super::super::weights::DenseWeights;
    use super::*;

    const MESSAGE: &str = "The price is wrong\nThe goods are fine\nThe price was agreed";

    /// A model of two labels that knows every feature of the message, without biases.
    fn model(format_version: u32, hidden_count: usize) -> TextModel {
        let finder = FeatureFinder::new(FeatureSchema::default(), None, None);
        let mut found = FoundFeatures::default();
        finder.find(MESSAGE, &mut found);
        let known = found.occurrences();
        let known = known.map(|found| Feature { block: found.block, key: found.key, document_count: 1 });
        let vocabulary = Vocabulary::new(known.collect(), 3);
        let count = vocabulary.features().len();
        let wave =
            |length: usize, step: f32| (0..length).map(|index| (index as f32 * step).sin()).collect::<Vec<f32>>();
        let weights = DenseWeights {
            output_count: 2,
            hidden_count,
            linear: wave(count * 2, 0.7),
            linear_bias: vec![0.0; 2],
            hidden: wave(count * hidden_count, 1.3),
            hidden_bias: vec![0.0; hidden_count],
            top: wave(hidden_count * 2, 2.1),
        };
        let description = ModelDescription {
            format_version,
            kind: "test".to_owned(),
            labels: ["a", "b"].map(str::to_owned).to_vec(),
            features: FeatureSchema::default(),
            calibration: Calibration { order: LabelOrder::Unordered, curves: vec![Curve { slope: 1.0, offset: 0.0 }] },
            abstain_below: 0.0,
            training: TrainingSummary::default(),
            files: BTreeMap::new(),
        };
        TextModel::new(description, Vectoriser { finder, vocabulary }, Weights::quantise(&weights))
    }

    #[test]
    fn contributions_add_up_to_the_lead_over_the_runner_up() {
        let mut leads = Vec::new();
        for (format_version, hidden_count) in [(FORMAT_VERSION, 4), (FORMAT_VERSION - 1, 4), (FORMAT_VERSION, 0)] {
            let model = model(format_version, hidden_count);
            let mut scratch = TextScratch::default();
            let label = model.predict(MESSAGE, &mut scratch).label_index;
            let lead = f64::from(scratch.outputs[label] - scratch.outputs[1 - label]);
            let words = model.explain_predicted(MESSAGE, label, usize::MAX, &mut scratch);
            let sum: f64 = words.iter().map(|word| word.contribution).sum();
            assert!((sum - lead).abs() < 1e-4, "{sum} {lead}");
            leads.push(lead);
        }
        assert_ne!(leads[0], leads[1], "a message of three sentences is read otherwise as a whole");
    }
}
