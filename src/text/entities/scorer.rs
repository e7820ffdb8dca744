//! A linear scorer over hashed features: small, exact to reproduce, and quick.

use super::pieces::mix;
use crate::text::table::HashTable;

/// The features of one candidate, as keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    keys: Vec<u32>,
}

impl Features {
    /// None.
    pub fn new() -> Self {
        Features { keys: Vec::with_capacity(160) }
    }

    /// Adds the feature `kind` with this value.
    #[inline]
    pub fn add(&mut self, kind: u64, value: u64) {
        let mixed = mix(mix(0x51_7c_c1_b7, kind), value);
        self.keys.push(((mixed ^ (mixed >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32);
    }

    /// Adds the feature `kind` with a pair of values.
    #[inline]
    pub fn add_pair(&mut self, kind: u64, left: u64, right: u64) {
        self.add(kind, mix(left, right));
    }

    /// The keys.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }
}

/// The weights of the features that count; every other feature weighs nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearScorer {
    /// By ascending key.
    weights: Vec<(u32, f32)>,
    table: HashTable<f32>,
}

/// Why stored weights could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("weights have {found} bytes, which is not a whole number of entries")]
pub struct ScorerError {
    /// Bytes found.
    pub found: usize,
}

/// Bytes of one stored weight: key and value.
const ENTRY_BYTES: usize = 8;

impl LinearScorer {
    /// A scorer with these weights by key, each key once.
    pub fn from_weights(mut weights: Vec<(u32, f32)>) -> Self {
        weights.sort_unstable_by_key(|(key, _)| *key);
        let table = HashTable::new(weights.iter().map(|(key, weight)| (u64::from(*key), *weight)));
        LinearScorer { weights, table }
    }

    /// The sum of the weights of these features.
    pub fn score(&self, features: &Features) -> f32 {
        features.keys.iter().filter_map(|key| self.table.get(u64::from(*key))).sum()
    }

    /// The weights, as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.weights.iter().flat_map(|(key, weight)| [key.to_le_bytes(), weight.to_le_bytes()]).flatten().collect()
    }

    /// Reads what [`LinearScorer::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are not whole entries.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ScorerError> {
        let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(ScorerError { found: bytes.len() });
        }
        let weight = |[a, b, c, d, e, f, g, h]: &[u8; ENTRY_BYTES]| {
            (u32::from_le_bytes([*a, *b, *c, *d]), f32::from_le_bytes([*e, *f, *g, *h]))
        };
        Ok(LinearScorer::from_weights(entries.iter().map(weight).collect()))
    }
}

/// The probability that belongs to a score.
pub fn probability_of(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_survive_being_stored() {
        let scorer = LinearScorer::from_weights(vec![(7, 1.5), (u32::MAX, -0.25), (0, 0.5)]);
        let read = LinearScorer::from_bytes(&scorer.to_bytes()).unwrap();
        assert_eq!(read, scorer);
        assert_eq!(read.score(&Features { keys: vec![7, 7, u32::MAX, 0, 99] }), 1.5 + 1.5 - 0.25 + 0.5);
        assert_eq!(LinearScorer::from_bytes(&[1, 2, 3]), Err(ScorerError { found: 3 }));
    }
}
