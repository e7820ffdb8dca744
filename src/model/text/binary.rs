//! `weights.bin`: vocabulary and weights, little endian, keys as differences in as few bytes as they need.

use super::artifact::WEIGHTS_FILE;
use super::error::TextModelError;
use super::schema::Block;
use super::vocabulary::{Feature, Vocabulary};
use super::weights::{QuantisedRows, Weights};

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
    for block in Block::ALL {
        let of_block = || vocabulary.features().iter().filter(|feature| feature.block == block);
        write_varint(&mut bytes, of_block().count() as u32);
        let mut previous = 0;
        for feature in of_block() {
            write_varint(&mut bytes, feature.key.wrapping_sub(previous));
            write_varint(&mut bytes, feature.document_count);
            previous = feature.key;
        }
    }
    for rows in [&weights.linear, &weights.hidden] {
        bytes.extend(rows.scales.iter().flat_map(|scale| scale.to_le_bytes()));
        bytes.extend(rows.values.iter().map(|value| value.cast_unsigned()));
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
    let hidden_count = reader.count(WIDTH_MAX, "number of hidden units")?;
    let features = reader.features()?;
    let feature_count = features.len();
    let vocabulary = Vocabulary::new(features, document_count);
    if vocabulary.features().len() != feature_count {
        return Err(corrupt("every feature once"));
    }
    let linear = reader.rows(feature_count, output_count)?;
    let hidden = reader.rows(if hidden_count == 0 { 0 } else { feature_count }, hidden_count)?;
    let weights = Weights {
        output_count,
        hidden_count,
        linear,
        hidden,
        linear_bias: reader.floats(output_count)?,
        hidden_bias: reader.floats(hidden_count)?,
        top: reader.floats(hidden_count * output_count)?,
    };
    if reader.rest.is_empty() { Ok((vocabulary, weights)) } else { Err(corrupt("nothing after the weights")) }
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

    fn rows(&mut self, count: usize, width: usize) -> Result<QuantisedRows, TextModelError> {
        let scales = self.take(count * 2, "a scale for every row")?;
        let scales = scales.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let values = self.take(count * width, "every row of weights")?;
        Ok(QuantisedRows { width, scales, values: values.iter().map(|value| value.cast_signed()).collect() })
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, TextModelError> {
        let bytes = self.take(count * 4, "every bias and top weight")?;
        Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
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
        (Vocabulary::new(features, 400), Weights::quantise(&dense))
    }

    #[test]
    fn what_is_written_is_read() {
        let (vocabulary, weights) = sample();
        let bytes = write_weights(&vocabulary, &weights);
        let (vocabulary_read, weights_read) = read_weights(&bytes).unwrap();
        assert_eq!(vocabulary_read.features(), vocabulary.features());
        assert_eq!(weights_read, weights);
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
