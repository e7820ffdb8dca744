//! Which words of a message decided its label.

use super::artifact::TextModel;
use super::calibration::LabelOrder;
use super::lanes::{LaneWork, with_wide_lanes};
use super::predict::TextScratch;
use super::rows::Layer;
use super::sentences::Sentences;
use super::vector::Entry;
use super::weights::Weights;
use crate::text::tokens::{Word, hash_step};

/// Marks that stand within a figure or reference such as `1,240.50` or `2025/1187`.
const FIGURE_MARKS: &[u8] = b".,'/-:";

/// How much a word of the message spoke for its label and against the runner-up.
#[derive(Debug, Clone, PartialEq)]
pub struct WordContribution {
    /// The word as it stands in the message; a figure is one word, with the marks within it.
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
    /// feature gives goes half to the first and half to the last word it was read from. Of labels that are put together, each score counts
    /// by its share in the sum of their probabilities.
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
        let mut shown = shown_words(text, words.iter().zip(per_word));
        shown.retain(|word| word.is_alphanumeric && word.contribution != 0.0);
        shown.sort_unstable_by_key(|word| (word.hash, word.byte_start));
        let of_one_word = shown.chunk_by(|left, right| left.hash == right.hash);
        let mut merged: Vec<ShownWord> = of_one_word
            .filter_map(|same| {
                let contribution = same.iter().map(|word| word.contribution).sum();
                Some(ShownWord { contribution, ..*same.first()? })
            })
            .collect();
        let weight = |word: &ShownWord| word.contribution.abs();
        merged.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.byte_start.cmp(&b.byte_start)));
        merged.truncate(count_max);
        let described = merged.into_iter().map(|ShownWord { byte_start, byte_end, contribution, .. }| {
            let word = text.get(byte_start..byte_end).unwrap_or_default().to_owned();
            WordContribution { word, byte_start, byte_end, contribution }
        });
        described.collect()
    }

    /// What is added up over the outputs: the predicted label less the runner-up, or the threshold nearest to the label.
    fn direction(&self, label_index: usize, scratch: &TextScratch) -> Vec<(usize, f32)> {
        if let Some(merging) = &self.merging {
            return merging.direction(label_index, &scratch.probabilities, &scratch.sums);
        }
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
                entry.value / count * self.weights.rows.row(entry.position, Layer::Linear).picked(direction)
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

/// The words with their contributions, the parts of each figure put together.
fn shown_words<'w>(text: &str, words: impl Iterator<Item = (&'w Word, f64)>) -> Vec<ShownWord> {
    let mut shown: Vec<ShownWord> = Vec::with_capacity(words.size_hint().0);
    for (word, contribution) in words {
        match shown.last_mut().filter(|last| last.is_continued_by(word, text)) {
            Some(figure) => figure.extend(word, contribution),
            None => shown.push(ShownWord::new(word, contribution)),
        }
    }
    shown
}

/// A word, or the parts of a figure put together, as it is shown.
#[derive(Debug, Clone, Copy)]
struct ShownWord {
    hash: u64,
    byte_start: usize,
    byte_end: usize,
    is_alphanumeric: bool,
    contribution: f64,
}

impl ShownWord {
    fn new(word: &Word, contribution: f64) -> Self {
        let Word { hash, byte_start, byte_end, is_alphanumeric, .. } = *word;
        ShownWord { hash, byte_start, byte_end, is_alphanumeric, contribution }
    }

    /// Whether `word` is the next part of the figure that ends here: digits, or a mark between digits.
    fn is_continued_by(&self, word: &Word, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let is_mark = |at: usize| bytes.get(at).is_some_and(|byte| FIGURE_MARKS.contains(byte));
        let ends_in = |is: &dyn Fn(usize) -> bool| self.byte_end.checked_sub(1).is_some_and(is);
        self.is_alphanumeric
            && self.byte_end == word.byte_start
            && match word.is_alphanumeric {
                true => ends_in(&is_mark) && is_digit(word.byte_start),
                false => ends_in(&is_digit) && is_mark(word.byte_start) && is_digit(word.byte_end),
            }
    }

    fn extend(&mut self, word: &Word, contribution: f64) {
        self.hash = hash_step(self.hash, word.hash);
        self.byte_end = word.byte_end;
        self.contribution += contribution;
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
            let (linear, hidden) = self.weights.rows.both(row.position);
            let start = row.sentence as usize * hidden_count;
            let factors = self.through_hidden.get(start..start + hidden_count).unwrap_or_default();
            let lengthening = lengthenings.get(row.sentence as usize).copied().unwrap_or(0.0);
            let contribution = linear.picked(self.direction) + lengthening * hidden.dot(factors);
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

    use super::super::artifact::{FORMAT_VERSION, FORMAT_VERSION_MIN, ModelDescription, TrainingSummary};
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
            calibration: Calibration {
                order: LabelOrder::Unordered,
                curves: vec![Curve { slope: 1.0, offset: 0.0 }],
                chance: 0.0,
            },
            abstain_below: 0.0,
            training: TrainingSummary::default(),
            files: BTreeMap::new(),
        };
        TextModel::new(description, Vectoriser { finder, vocabulary }, &weights)
    }

    #[test]
    fn contributions_add_up_to_the_lead_over_the_runner_up() {
        let mut leads = Vec::new();
        for (format_version, hidden_count) in [(FORMAT_VERSION, 4), (FORMAT_VERSION_MIN, 4), (FORMAT_VERSION, 0)] {
            let model = model(format_version, hidden_count);
            let mut scratch = TextScratch::default();
            let label = model.predict(MESSAGE, &mut scratch).label_index;
            let lead = f64::from(scratch.outputs[label] - scratch.outputs[1 - label]);
            let words = model.explain_predicted(MESSAGE, label, usize::MAX, &mut scratch);
            let sum: f64 = words.iter().map(|word| word.contribution).sum();
            assert!((sum - lead).abs() < 1e-4, "{sum} {lead}");
            leads.push(lead);

            let renamed = model.merged(|label| label.to_uppercase());
            let prediction = renamed.predict(MESSAGE, &mut scratch);
            assert_eq!((prediction.label_index, prediction.label), (label, ["A", "B"][label]));
            assert_eq!(renamed.explain_predicted(MESSAGE, label, usize::MAX, &mut scratch), words, "one label each");
        }
        assert_ne!(leads[0], leads[1], "a message of three sentences is read otherwise as a whole");
    }

    #[test]
    fn a_figure_is_shown_as_one_word() {
        let text = "price 1,240.50 was\nprice RE-2025/1187, 3.";
        let mut tokens = crate::text::tokens::Tokens::default();
        tokens.read(text);
        let shown = shown_words(text, tokens.words().iter().map(|word| (word, 1.0)));
        let shown: Vec<(&str, f64)> =
            shown.iter().map(|word| (&text[word.byte_start..word.byte_end], word.contribution)).collect();
        assert_eq!(
            shown,
            [
                ("price", 1.0),
                ("1,240.50", 5.0),
                ("was", 1.0),
                ("price", 1.0),
                ("RE", 1.0),
                ("-", 1.0),
                ("2025/1187", 3.0),
                (",", 1.0),
                ("3", 1.0),
                (".", 1.0)
            ]
        );
    }
}
