//! The weights of a text model: a linear part and, where it helped, a small hidden layer, both in 8 bits. The linear part sees the
//! message as a whole, the hidden layer sentence by sentence.

use super::lanes::{LaneWork, with_wide_lanes};
use super::rows::{FeatureRows, Layer};
use super::sentences::{Reading, Sentences};
use super::vector::{Entry, VectorScratch};

/// Unquantised weights, as training leaves them. Rows lie one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DenseWeights {
    /// Number of outputs.
    pub output_count: usize,
    /// Number of hidden units; 0 where the model is linear.
    pub hidden_count: usize,
    /// Feature by output.
    pub linear: Vec<f32>,
    /// One value an output.
    pub linear_bias: Vec<f32>,
    /// Feature by hidden unit.
    pub hidden: Vec<f32>,
    /// One value a hidden unit.
    pub hidden_bias: Vec<f32>,
    /// Hidden unit by output.
    pub top: Vec<f32>,
}

/// Quantised weights, as they are used.
#[derive(Debug)]
pub struct Weights {
    /// Number of outputs.
    pub output_count: usize,
    /// Number of hidden units.
    pub hidden_count: usize,
    /// What every feature adds.
    pub rows: FeatureRows,
    /// One value an output.
    pub linear_bias: Vec<f32>,
    /// One value a hidden unit.
    pub hidden_bias: Vec<f32>,
    /// Hidden unit by output.
    pub top: Vec<f32>,
}

/// The sums of one message.
struct ScorePass<'a> {
    weights: &'a Weights,
    entries: &'a [Entry],
    sentences: &'a Sentences,
    outputs: &'a mut [f32],
    hidden: &'a mut Vec<f32>,
}

impl LaneWork for ScorePass<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for entry in self.entries {
            self.weights.rows.row(entry.position, Layer::Linear).add_to(entry.value, self.outputs);
        }
        if self.weights.hidden_count > 0 {
            self.weights.pass_hidden(self.sentences, self.outputs, self.hidden);
        }
    }
}

impl Weights {
    /// The closest weights to `dense`, whose features go to these `places`.
    pub fn quantise(dense: &DenseWeights, places: &[u32]) -> Self {
        let DenseWeights { output_count, hidden_count, .. } = *dense;
        let mut rows = FeatureRows::new(places.len(), output_count, hidden_count);
        for (place, weights) in places.iter().zip(dense.linear.chunks_exact(output_count.max(1))) {
            rows.quantise(*place, Layer::Linear, weights);
        }
        for (place, weights) in places.iter().zip(dense.hidden.chunks_exact(hidden_count.max(1))) {
            rows.quantise(*place, Layer::Hidden, weights);
        }
        Weights {
            output_count,
            hidden_count,
            rows,
            linear_bias: dense.linear_bias.clone(),
            hidden_bias: dense.hidden_bias.clone(),
            top: dense.top.clone(),
        }
    }

    /// Leaves the raw score of every output for the message in `vector` in `outputs`, and the activations in `hidden`: those of
    /// one sentence after the other.
    pub fn score(&self, vector: &mut VectorScratch, reading: Reading, outputs: &mut Vec<f32>, hidden: &mut Vec<f32>) {
        outputs.clear();
        outputs.extend_from_slice(&self.linear_bias);
        hidden.clear();
        self.rows.bring_near(&vector.entries);
        if self.hidden_count > 0 {
            vector.split_sentences(reading);
        }
        let VectorScratch { entries, sentences, .. } = vector;
        with_wide_lanes(ScorePass { weights: self, entries, sentences, outputs, hidden });
    }

    /// Adds what the hidden layer says of every sentence to `outputs`.
    #[inline(always)]
    fn pass_hidden(&self, sentences: &Sentences, outputs: &mut [f32], hidden: &mut Vec<f32>) {
        let Sentences { rows, shares, .. } = sentences;
        for _ in shares {
            hidden.extend_from_slice(&self.hidden_bias);
        }
        for row in rows {
            let start = row.sentence as usize * self.hidden_count;
            let Some(sums) = hidden.get_mut(start..start + self.hidden_count) else { continue };
            self.rows.row(row.position, Layer::Hidden).add_to(row.value, sums);
        }
        for (activations, share) in hidden.chunks_exact_mut(self.hidden_count).zip(shares) {
            for (activation, row) in activations.iter_mut().zip(self.top.chunks_exact(self.output_count)) {
                *activation = activation.max(0.0);
                let factor = *activation * share;
                for (output, weight) in outputs.iter_mut().zip(row) {
                    *output += factor * weight;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sentences::SentenceRow;
    use super::*;

    #[test]
    fn the_width_of_instructions_changes_no_bit() {
        let wave = |length: usize, step: f32| (0..length).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let (features, output_count, hidden_count) = (300, 17, 96);
        let dense = DenseWeights {
            output_count,
            hidden_count,
            linear: wave(features * output_count, 0.7),
            linear_bias: wave(output_count, 0.3),
            hidden: wave(features * hidden_count, 1.3),
            hidden_bias: wave(hidden_count, 0.9),
            top: wave(hidden_count * output_count, 2.1),
        };
        let weights = Weights::quantise(&dense, &(0..features as u32).collect::<Vec<u32>>());
        let entries: Vec<Entry> =
            (0..features as u32).map(|position| Entry { position, value: 0.01 + position as f32 * 0.003 }).collect();
        let mut sentences = Sentences::default();
        let row =
            |entry: &Entry| SentenceRow { sentence: entry.position % 3, position: entry.position, value: entry.value };
        sentences.rows.extend(entries.iter().map(row));
        sentences.shares.extend([0.5, 0.3, 0.2]);
        let (mut plain, mut wide) = (weights.linear_bias.clone(), weights.linear_bias.clone());
        let (mut plain_hidden, mut wide_hidden) = (Vec::new(), Vec::new());
        let pass = |outputs, hidden| ScorePass {
            weights: &weights,
            entries: &entries,
            sentences: &sentences,
            outputs,
            hidden,
        };
        pass(&mut plain, &mut plain_hidden).call();
        with_wide_lanes(pass(&mut wide, &mut wide_hidden));
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>();
        assert_eq!(bits(&plain), bits(&wide));
        assert_eq!(bits(&plain_hidden), bits(&wide_hidden));
        assert!(plain != weights.linear_bias);
    }
}
