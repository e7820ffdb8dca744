//! A linear scorer over hashed features: small, exact to reproduce, and quick.

use super::pieces::mix;

/// Features fall into two to this power of buckets.
pub const BUCKET_BITS: u32 = 17;

/// Buckets of a scorer.
pub const BUCKETS: usize = 1 << BUCKET_BITS;

/// The features of one candidate, as buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    buckets: Vec<u32>,
}

impl Features {
    /// None.
    pub fn new() -> Self {
        Features { buckets: Vec::with_capacity(96) }
    }

    /// Adds the feature `kind` with this value.
    #[inline]
    pub fn add(&mut self, kind: u64, value: u64) {
        let mixed = mix(mix(0x51_7c_c1_b7, kind), value);
        let bucket = (mixed ^ (mixed >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BUCKET_BITS);
        self.buckets.push(u32::try_from(bucket).unwrap_or_default());
    }

    /// Adds the feature `kind` with a pair of values.
    #[inline]
    pub fn add_pair(&mut self, kind: u64, left: u64, right: u64) {
        self.add(kind, mix(left, right));
    }

    /// The buckets.
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }
}

/// Weights of the buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearScorer {
    weights: Vec<f32>,
}

/// Why stored weights could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScorerError {
    /// The bytes end too early or have some too many.
    #[error("weights have {found} bytes, which is not a whole number of entries")]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// A bucket does not exist.
    #[error("bucket {bucket} is beyond the last")]
    Bucket {
        /// The bucket named.
        bucket: u32,
    },
}

/// Bytes of one stored weight: bucket and value.
const ENTRY_BYTES: usize = 8;

impl LinearScorer {
    /// A scorer with these weights, one for each bucket.
    pub fn from_weights(mut weights: Vec<f32>) -> Self {
        weights.resize(BUCKETS, 0.0);
        LinearScorer { weights }
    }

    /// The sum of the weights of these features.
    #[inline]
    pub fn score(&self, features: &Features) -> f32 {
        features.buckets.iter().map(|bucket| self.weights.get(*bucket as usize).copied().unwrap_or_default()).sum()
    }

    /// The weights other than zero, as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (bucket, weight) in (0_u32..).zip(&self.weights) {
            if *weight != 0.0 {
                bytes.extend_from_slice(&bucket.to_le_bytes());
                bytes.extend_from_slice(&weight.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads what [`LinearScorer::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are not whole entries or name a bucket that does not exist.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ScorerError> {
        let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(ScorerError::Length { found: bytes.len() });
        }
        let mut weights = vec![0.0; BUCKETS];
        for [a, b, c, d, e, f, g, h] in entries {
            let bucket = u32::from_le_bytes([*a, *b, *c, *d]);
            let weight = weights.get_mut(bucket as usize).ok_or(ScorerError::Bucket { bucket })?;
            *weight = f32::from_le_bytes([*e, *f, *g, *h]);
        }
        Ok(LinearScorer { weights })
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
        let mut weights = vec![0.0; BUCKETS];
        weights[7] = 1.5;
        weights[BUCKETS - 1] = -0.25;
        let scorer = LinearScorer::from_weights(weights);
        assert_eq!(LinearScorer::from_bytes(&scorer.to_bytes()).unwrap(), scorer);
        assert!(LinearScorer::from_bytes(&[1, 2, 3]).is_err());
        assert!(LinearScorer::from_bytes(&[255; 8]).is_err());
    }
}
