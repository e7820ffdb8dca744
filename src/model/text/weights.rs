//! The weights of a text model: a linear part and, where it helped, a small hidden layer, both in 8 bits. The linear part sees the
//! message as a whole, the hidden layer sentence by sentence.

use super::lanes::{LaneWork, with_wide_lanes};
use super::sentences::{Reading, Sentences};
use super::vector::{Entry, VectorScratch};

/// Largest magnitude of a quantised weight.
const QUANTISED_MAX: f32 = 127.0;

/// Partial sums that are kept side by side, so that they can be added at once.
const LANE_COUNT: usize = 8;

/// Bytes that come from the memory together.
const CACHE_LINE_BYTES: usize = 64;

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

/// Quantised weights, as they are stored and used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    /// Number of outputs.
    pub output_count: usize,
    /// Number of hidden units; 0 where the model is linear.
    pub hidden_count: usize,
    /// The linear rows.
    pub linear: QuantisedRows,
    /// One value an output.
    pub linear_bias: Vec<f32>,
    /// The rows of the hidden layer.
    pub hidden: QuantisedRows,
    /// One value a hidden unit.
    pub hidden_bias: Vec<f32>,
    /// Hidden unit by output.
    pub top: Vec<f32>,
}

/// Rows of signed bytes, each with its own scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuantisedRows {
    /// Number of values in a row.
    pub width: usize,
    /// The upper half of the `f32` scale of each row.
    pub scales: Vec<u16>,
    /// The rows one after the other.
    pub values: Vec<i8>,
}

impl QuantisedRows {
    /// The closest rows to `rows`, each of `width` values.
    pub fn quantise(rows: &[f32], width: usize) -> Self {
        let mut quantised = QuantisedRows { width, scales: Vec::new(), values: Vec::with_capacity(rows.len()) };
        if width == 0 {
            return quantised;
        }
        for row in rows.chunks_exact(width) {
            let largest = row.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
            // Rounding the scale up keeps the largest weight in range.
            let upper = (largest / QUANTISED_MAX).to_bits().saturating_add(0xFFFF) >> 16;
            let scale = f32::from_bits(upper << 16);
            quantised.scales.push(upper as u16);
            let inverse = if largest > 0.0 && scale > 0.0 { 1.0 / scale } else { 0.0 };
            quantised.values.extend(row.iter().map(|weight| (weight * inverse).round() as i8));
        }
        quantised
    }

    /// Scale and values of row `position`.
    #[inline]
    pub fn row(&self, position: usize) -> Option<(f32, &[i8])> {
        let scale = f32::from_bits(u32::from(*self.scales.get(position)?) << 16);
        let start = position * self.width;
        Some((scale, self.values.get(start..start + self.width)?))
    }

    /// The values of row `position` at the outputs of `direction`, times their signs, added up.
    #[inline(always)]
    pub fn picked(&self, position: usize, direction: &[(usize, f32)]) -> f32 {
        let (scale, row) = self.row(position).unwrap_or((0.0, &[]));
        let value = |output: usize| f32::from(row.get(output).copied().unwrap_or(0));
        scale * direction.iter().map(|(output, sign)| value(*output) * sign).sum::<f32>()
    }

    /// The scalar product of row `position` with `factors`.
    #[inline(always)]
    pub fn dot(&self, position: usize, factors: &[f32]) -> f32 {
        let (scale, row) = self.row(position).unwrap_or((0.0, &[]));
        let (rows, row_rest) = row.as_chunks::<LANE_COUNT>();
        let (lanes, factor_rest) = factors.as_chunks::<LANE_COUNT>();
        let mut sums = [0.0_f32; LANE_COUNT];
        for (row, factors) in rows.iter().zip(lanes) {
            for ((sum, &weight), factor) in sums.iter_mut().zip(row).zip(factors) {
                *sum += f32::from(weight) * factor;
            }
        }
        let rest: f32 = row_rest.iter().zip(factor_rest).map(|(&weight, factor)| f32::from(weight) * factor).sum();
        scale * (sums.iter().sum::<f32>() + rest)
    }

    /// Reads a little of the rows of `entries` in one go: the memory answers many questions at once as fast as one, and afterwards the
    /// rows are near.
    fn bring_near(&self, entries: &[Entry]) {
        let mut seen = 0;
        for entry in entries {
            let position = entry.position as usize;
            let row = position * self.width..(position + 1) * self.width;
            seen ^= self.scales.get(position).map_or(0, |scale| *scale as i8);
            for at in row.clone().step_by(CACHE_LINE_BYTES).chain(row.last()) {
                seen ^= self.values.get(at).copied().unwrap_or(0);
            }
        }
        std::hint::black_box(seen);
    }

    /// Adds the rows of `entries`, times their values, to `sums`.
    #[inline(always)]
    fn add_rows(&self, entries: &[Entry], sums: &mut [f32]) {
        for entry in entries {
            self.add_row(entry.position, entry.value, sums);
        }
    }

    /// Adds row `position`, times `value`, to `sums`.
    #[inline(always)]
    fn add_row(&self, position: u32, value: f32, sums: &mut [f32]) {
        if let Some((scale, row)) = self.row(position as usize) {
            let factor = scale * value;
            for (sum, &weight) in sums.iter_mut().zip(row) {
                *sum += factor * f32::from(weight);
            }
        }
    }
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
        self.weights.linear.add_rows(self.entries, self.outputs);
        if self.weights.hidden_count > 0 {
            self.weights.pass_hidden(self.sentences, self.outputs, self.hidden);
        }
    }
}

impl Weights {
    /// The stored form of `dense`.
    pub fn quantise(dense: &DenseWeights) -> Self {
        Weights {
            output_count: dense.output_count,
            hidden_count: dense.hidden_count,
            linear: QuantisedRows::quantise(&dense.linear, dense.output_count),
            linear_bias: dense.linear_bias.clone(),
            hidden: QuantisedRows::quantise(&dense.hidden, dense.hidden_count),
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
        self.linear.bring_near(&vector.entries);
        if self.hidden_count > 0 {
            self.hidden.bring_near(&vector.entries);
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
            self.hidden.add_row(row.position, row.value, sums);
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
    fn quantised_weights_stay_within_half_a_step() {
        let rows: Vec<f32> = (0..64).map(|i| (i as f32 * 0.7).sin() * 3.0).collect();
        let quantised = QuantisedRows::quantise(&rows, 8);
        for (position, row) in rows.chunks(8).enumerate() {
            let (scale, values) = quantised.row(position).unwrap();
            for (weight, value) in row.iter().zip(values) {
                assert!((weight - scale * f32::from(*value)).abs() <= scale * 0.5001);
            }
        }
        assert_eq!(QuantisedRows::quantise(&[0.0, 0.0], 2).values, [0, 0]);
    }

    #[test]
    fn the_width_of_instructions_changes_no_bit() {
        let wave = |length: usize, step: f32| (0..length).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let (features, output_count, hidden_count) = (300, 17, 96);
        let weights = Weights::quantise(&DenseWeights {
            output_count,
            hidden_count,
            linear: wave(features * output_count, 0.7),
            linear_bias: wave(output_count, 0.3),
            hidden: wave(features * hidden_count, 1.3),
            hidden_bias: wave(hidden_count, 0.9),
            top: wave(hidden_count * output_count, 2.1),
        });
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
