//! What every feature adds to the outputs and to the hidden units, in 8 bits, both side by side in the memory.

use super::vector::Entry;

/// Largest magnitude of a quantised weight.
const QUANTISED_MAX: f32 = 127.0;
/// Partial sums that are kept side by side, so that they can be added at once.
const LANE_COUNT: usize = 8;
/// Bytes that come from the memory together.
const CACHE_LINE_BYTES: usize = 64;
/// Bytes of the two scales before the values of a row.
const SCALE_BYTES: usize = 4;

/// The part of the model that a row of weights belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// What a feature adds to the outputs.
    Linear,
    /// What it adds to the hidden units.
    Hidden,
}

/// Weights that share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScaledRow<'a> {
    /// What a value of 1 stands for.
    pub scale: f32,
    /// The weights in steps of the scale.
    pub values: &'a [i8],
}

/// The rows of all features.
///
/// Reading a message waits for the memory more than it reckons, so both rows of a feature and their scales lie together, and a row
/// begins at a cache line where it fills one.
#[derive(Debug)]
pub struct FeatureRows {
    bytes: Vec<i8>,
    /// Where the first row begins.
    start: usize,
    /// Bytes from one row to the next.
    stride: usize,
    output_count: usize,
    hidden_count: usize,
}

impl FeatureRows {
    /// Rows of zeros for `feature_count` features.
    pub fn new(feature_count: usize, output_count: usize, hidden_count: usize) -> Self {
        let length = SCALE_BYTES + output_count + hidden_count;
        let stride = if length <= CACHE_LINE_BYTES { length } else { length.next_multiple_of(CACHE_LINE_BYTES) };
        let mut bytes = vec![0; feature_count * stride + CACHE_LINE_BYTES];
        let start = bytes.as_ptr().align_offset(CACHE_LINE_BYTES).min(CACHE_LINE_BYTES);
        bytes.truncate(start + feature_count * stride);
        FeatureRows { bytes, start, stride, output_count, hidden_count }
    }

    /// The linear row and the hidden row of the feature at `position`; empty where there is no such feature.
    #[inline(always)]
    pub fn both(&self, position: u32) -> (ScaledRow<'_>, ScaledRow<'_>) {
        let start = self.start + position as usize * self.stride;
        let row = self.bytes.get(start..start + SCALE_BYTES + self.output_count + self.hidden_count);
        let Some((&[linear_low, linear_high, hidden_low, hidden_high], values)) =
            row.and_then(|row| row.split_first_chunk::<SCALE_BYTES>())
        else {
            return Default::default();
        };
        let (linear, hidden) = values.split_at(self.output_count.min(values.len()));
        let scale =
            |low: i8, high: i8| f32::from_bits(u32::from_le_bytes([0, 0, low.cast_unsigned(), high.cast_unsigned()]));
        (
            ScaledRow { scale: scale(linear_low, linear_high), values: linear },
            ScaledRow { scale: scale(hidden_low, hidden_high), values: hidden },
        )
    }

    /// One of the rows of the feature at `position`.
    #[inline(always)]
    pub fn row(&self, position: u32, layer: Layer) -> ScaledRow<'_> {
        let (linear, hidden) = self.both(position);
        match layer {
            Layer::Linear => linear,
            Layer::Hidden => hidden,
        }
    }

    /// Puts the closest values to `weights` in place of a row.
    pub fn quantise(&mut self, position: u32, layer: Layer, weights: &[f32]) {
        let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        // Rounding the scale up keeps the largest weight in range.
        let upper = (largest / QUANTISED_MAX).to_bits().saturating_add(0xFFFF) >> 16;
        let scale = f32::from_bits(upper << 16);
        let inverse = if largest > 0.0 && scale > 0.0 { 1.0 / scale } else { 0.0 };
        self.set(position, layer, upper as u16, weights.iter().map(|weight| (weight * inverse).round() as i8));
    }

    /// Puts `values` in place of a row whose scale is the upper half of an `f32`.
    pub fn set(&mut self, position: u32, layer: Layer, upper_scale: u16, values: impl Iterator<Item = i8>) {
        let start = self.start + position as usize * self.stride;
        let (scale_at, values_at, count) = match layer {
            Layer::Linear => (0, SCALE_BYTES, self.output_count),
            Layer::Hidden => (SCALE_BYTES / 2, SCALE_BYTES + self.output_count, self.hidden_count),
        };
        let places = self.bytes.get_mut(start + scale_at..).into_iter().flatten();
        for (place, byte) in places.zip(upper_scale.to_le_bytes()) {
            *place = byte.cast_signed();
        }
        let places = self.bytes.get_mut(start + values_at..).into_iter().flatten();
        for (place, value) in places.zip(values.take(count)) {
            *place = value;
        }
    }

    /// Reads a little of the rows of `entries` in one go: the memory answers many questions at once as fast as one, and afterwards the
    /// rows are near.
    pub fn bring_near(&self, entries: &[Entry]) {
        let mut seen = 0;
        let last = SCALE_BYTES + self.output_count + self.hidden_count - 1;
        for entry in entries {
            let start = self.start + entry.position as usize * self.stride;
            for at in (0..last).step_by(CACHE_LINE_BYTES).chain([last]) {
                seen ^= self.bytes.get(start + at).copied().unwrap_or(0);
            }
        }
        std::hint::black_box(seen);
    }
}

impl ScaledRow<'_> {
    /// The upper half of the scale; the lower half is always zero.
    pub fn upper_scale(&self) -> u16 {
        (self.scale.to_bits() >> 16) as u16
    }

    /// The values at the outputs of `direction`, times their signs, added up.
    #[inline(always)]
    pub fn picked(&self, direction: &[(usize, f32)]) -> f32 {
        let value = |output: usize| f32::from(self.values.get(output).copied().unwrap_or(0));
        self.scale * direction.iter().map(|(output, sign)| value(*output) * sign).sum::<f32>()
    }

    /// The scalar product with `factors`.
    #[inline(always)]
    pub fn dot(&self, factors: &[f32]) -> f32 {
        let (rows, row_rest) = self.values.as_chunks::<LANE_COUNT>();
        let (lanes, factor_rest) = factors.as_chunks::<LANE_COUNT>();
        let mut sums = [0.0_f32; LANE_COUNT];
        for (row, factors) in rows.iter().zip(lanes) {
            for ((sum, &weight), factor) in sums.iter_mut().zip(row).zip(factors) {
                *sum += f32::from(weight) * factor;
            }
        }
        let rest: f32 = row_rest.iter().zip(factor_rest).map(|(&weight, factor)| f32::from(weight) * factor).sum();
        self.scale * (sums.iter().sum::<f32>() + rest)
    }

    /// Adds the row, times `value`, to `sums`.
    #[inline(always)]
    pub fn add_to(&self, value: f32, sums: &mut [f32]) {
        let factor = self.scale * value;
        for (sum, &weight) in sums.iter_mut().zip(self.values) {
            *sum += factor * f32::from(weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantised_weights_stay_within_half_a_step() {
        for hidden_count in [0, 5, 96] {
            let weights: Vec<f32> = (0..64).map(|i| (i as f32 * 0.7).sin() * 3.0).collect();
            let hidden: Vec<f32> = (0..8 * hidden_count).map(|i| (i as f32 * 1.1).cos()).collect();
            let mut rows = FeatureRows::new(8, 8, hidden_count);
            for position in 0..8 {
                let of = |all: &[f32], width: usize| all[position * width..(position + 1) * width].to_vec();
                rows.quantise(position as u32, Layer::Hidden, &of(&hidden, hidden_count));
                rows.quantise(position as u32, Layer::Linear, &of(&weights, 8));
            }
            for position in 0..8 {
                let (linear, through_hidden) = rows.both(position as u32);
                for (row, all) in [(linear, &weights), (through_hidden, &hidden)] {
                    let width = row.values.len();
                    for (weight, value) in all[position * width..].iter().zip(row.values) {
                        assert!((weight - row.scale * f32::from(*value)).abs() <= row.scale * 0.5001);
                    }
                }
                assert_eq!((linear.values.len(), through_hidden.values.len()), (8, hidden_count));
            }
            assert_eq!(rows.both(8), Default::default());
            assert_eq!(rows.both(1_000_000), Default::default());
        }
    }

    #[test]
    fn weights_of_zero_stay_zero() {
        let mut rows = FeatureRows::new(1, 2, 0);
        rows.quantise(0, Layer::Linear, &[1.0, -1.0]);
        rows.quantise(0, Layer::Linear, &[0.0, 0.0]);
        assert_eq!(rows.row(0, Layer::Linear), ScaledRow { scale: 0.0, values: &[0, 0] });
    }
}
