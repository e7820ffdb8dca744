//! `weights.bin`: vocabulary and weights, little endian, keys as differences in as few bytes as they need.

use super::artifact::WEIGHTS_FILE;
use super::error::TextModelError;
use super::rows::{FeatureRows, Layer};
use super::schema::Block;
use super::vocabulary::{Feature, Vocabulary, commonest_first};
use super::weights::Weights;

/// First bytes of the file.
const MAGIC: &[u8; 8] = b"RCTEXT02";

/// Largest counts that a file may claim, so that a corrupt one cannot ask for all memory.
const FEATURE_COUNT_MAX: usize = 1 << 28;
const WIDTH_MAX: usize = 1 << 16;

/// The bytes of `vocabulary` and `weights`.
pub(super) fn write_weights(vocabulary: &Vocabulary, weights: &Weights) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    write_varint(&mut bytes, vocabulary.document_count());
    write_varint(&mut bytes, weights.output_count as u32);
    write_varint(&mut bytes, weights.hidden_count as u32);
    let mut stored: Vec<(Feature, u32)> = vocabulary.features().iter().copied().zip(0..).collect();
    stored.sort_unstable();
    for block in Block::ALL {
        let of_block = || stored.iter().map(|(feature, _)| feature).filter(|feature| feature.block == block);
        write_varint(&mut bytes, of_block().count() as u32);
        let mut previous = 0;
        for feature in of_block() {
            write_varint(&mut bytes, feature.key.wrapping_sub(previous));
            write_varint(&mut bytes, feature.document_count);
            previous = feature.key;
        }
    }
    for layer in layers_of(weights.output_count, weights.hidden_count).map(|(layer, _)| layer) {
        let rows = || stored.iter().map(|(_, position)| weights.rows.row(*position, layer));
        bytes.extend(rows().flat_map(|row| row.upper_scale().to_le_bytes()));
        bytes.extend(rows().flat_map(|row| row.values).map(|value| value.cast_unsigned()));
    }
    for values in [&weights.linear_bias, &weights.hidden_bias, &weights.top] {
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

/// The vocabulary and weights in `bytes`.
pub(super) fn read_weights(bytes: &[u8]) -> Result<(Vocabulary, Weights), TextModelError> {
    let mut reader = Reader { rest: bytes };
    if reader.take(MAGIC.len(), "the marker of a weights file")? != MAGIC {
        return Err(corrupt("the marker of a weights file"));
    }
    let document_count = reader.varint()?;
    let output_count = reader.count(WIDTH_MAX, "number of outputs")?;
    if output_count == 0 {
        return Err(corrupt("at least one output"));
    }
    let hidden_count = reader.count(WIDTH_MAX, "number of hidden units")?;
    let features = reader.features()?;
    let places = commonest_first(&features);
    let vocabulary = Vocabulary::placed(&features, &places, document_count);
    if vocabulary.features().len() != features.len() {
        return Err(corrupt("every feature once"));
    }
    let rows = reader.rows(&places, output_count, hidden_count)?;
    let weights = Weights {
        output_count,
        hidden_count,
        rows,
        linear_bias: reader.floats(output_count)?,
        hidden_bias: reader.floats(hidden_count)?,
        top: reader.floats(hidden_count * output_count)?,
    };
    if reader.rest.is_empty() { Ok((vocabulary, weights)) } else { Err(corrupt("nothing after the weights")) }
}

/// The layers in stored order, each with the length of its rows. A linear model has no hidden rows.
fn layers_of(output_count: usize, hidden_count: usize) -> impl Iterator<Item = (Layer, usize)> {
    [(Layer::Linear, output_count), (Layer::Hidden, hidden_count)].into_iter().filter(|(_, width)| *width > 0)
}

fn corrupt(expected: &str) -> TextModelError {
    TextModelError::Content { file: WEIGHTS_FILE.to_owned(), expected: expected.to_owned() }
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push((value as u8 & 0x7F) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads the file from front to back.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8], TextModelError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| corrupt(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u32, TextModelError> {
        let mut value = 0_u32;
        for shift in (0..35).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or_else(|| corrupt("a number"))?;
            self.rest = rest;
            value |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(corrupt("a number of at most five bytes"))
    }

    fn count(&mut self, largest: usize, what: &str) -> Result<usize, TextModelError> {
        let count = self.varint()? as usize;
        if count <= largest { Ok(count) } else { Err(corrupt(&format!("{what} of at most {largest}"))) }
    }

    fn features(&mut self) -> Result<Vec<Feature>, TextModelError> {
        let mut features = Vec::new();
        for block in Block::ALL {
            let mut key = 0_u32;
            for _ in 0..self.count(FEATURE_COUNT_MAX, "number of features")? {
                key = key.wrapping_add(self.varint()?);
                features.push(Feature { block, key, document_count: self.varint()? });
            }
        }
        Ok(features)
    }

    /// The rows of the features that go to `places`: scales, then values, of one layer after the other.
    fn rows(&mut self, places: &[u32], outputs: usize, hidden: usize) -> Result<FeatureRows, TextModelError> {
        let mut layers = Vec::new();
        for (layer, width) in layers_of(outputs, hidden) {
            let scales = self.take(places.len() * 2, "a scale for every row")?;
            let is_number = |scale: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*scale)) << 16).is_finite();
            if !scales.as_chunks::<2>().0.iter().all(is_number) {
                return Err(corrupt("finite scales"));
            }
            let values = self.take(places.len() * width, "every row of weights")?;
            layers.push((layer, width, scales, values));
        }
        let mut rows = FeatureRows::new(places.len(), outputs, hidden);
        for (layer, width, scales, values) in layers {
            let stored = scales.as_chunks::<2>().0.iter().zip(values.chunks_exact(width));
            for (place, (scale, values)) in places.iter().zip(stored) {
                rows.set(*place, layer, u16::from_le_bytes(*scale), values.iter().map(|value| value.cast_signed()));
            }
        }
        Ok(rows)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, TextModelError> {
        let bytes = self.take(count * 4, "every bias and top weight")?;
        let floats: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
        if floats.iter().all(|number| number.is_finite()) { Ok(floats) } else { Err(corrupt("finite numbers")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::DenseWeights;
    use super::*;

    fn sample() -> (Vocabulary, Weights) {
        let feature = |block, key| Feature { block, key, document_count: 1 + key % 300 };
        let keys = [5, 900, 70_000, u32::MAX];
        let mut features: Vec<Feature> = keys.iter().map(|&key| feature(Block::Words, key)).collect();
        features.extend(keys.iter().map(|&key| feature(Block::Extra, key / 2)));
        let dense = DenseWeights {
            output_count: 3,
            hidden_count: 2,
            linear: (0..24).map(|i| i as f32 - 11.0).collect(),
            linear_bias: vec![0.5; 3],
            hidden: (0..16).map(|i| i as f32 * 0.1).collect(),
            hidden_bias: vec![-0.5; 2],
            top: vec![1.5; 6],
        };
        features.sort_unstable();
        let places = commonest_first(&features);
        (Vocabulary::placed(&features, &places, 400), Weights::quantise(&dense, &places))
    }

    #[test]
    fn what_is_written_is_read() {
        let (vocabulary, weights) = sample();
        let bytes = write_weights(&vocabulary, &weights);
        let (vocabulary_read, weights_read) = read_weights(&bytes).unwrap();
        assert_eq!(vocabulary_read.features(), vocabulary.features());
        for position in 0..vocabulary.features().len() as u32 {
            assert_eq!(weights_read.rows.both(position), weights.rows.both(position));
        }
        assert_eq!(write_weights(&vocabulary_read, &weights_read), bytes);
    }

    #[test]
    fn a_model_without_outputs_is_refused() {
        let dense = DenseWeights { hidden_count: 2, hidden_bias: vec![0.0; 2], ..DenseWeights::default() };
        let bytes = write_weights(&Vocabulary::new(Vec::new(), 0), &Weights::quantise(&dense, &[]));
        assert!(read_weights(&bytes).is_err());
    }

    #[test]
    fn weights_that_are_no_numbers_are_refused() {
        let (vocabulary, weights) = sample();
        let bytes = write_weights(&vocabulary, &weights);
        let refused_at = |number: &[u8], spoilt: &[u8]| {
            let at = bytes.windows(number.len()).rposition(|window| window == number).unwrap();
            let spoilt = [&bytes[..at], spoilt, &bytes[at + number.len()..]].concat();
            matches!(read_weights(&spoilt), Err(TextModelError::Content { .. }))
        };
        assert!(refused_at(&(-0.5_f32).to_le_bytes(), &f32::NAN.to_le_bytes()), "a bias");
        assert!(refused_at(&1.5_f32.to_le_bytes(), &f32::INFINITY.to_le_bytes()), "a top weight");
        let scale = weights.rows.both(0).0.upper_scale();
        assert!(refused_at(&scale.to_le_bytes(), &0x7F80_u16.to_le_bytes()), "a scale");
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let (vocabulary, weights) = sample();
        let bytes = write_weights(&vocabulary, &weights);
        for end in 0..bytes.len() {
            assert!(read_weights(&bytes[..end]).is_err());
        }
    }
}
