//! Tells in which of the seven languages a message is written, from its words and their letters.

use crate::domain::locale::Language;
use crate::domain::message::Graded;

use super::entities::pieces::{PieceKind, Pieces, hash_of, mix};

/// Features fall into two to this power of buckets.
const BUCKET_BITS: u32 = 13;
/// Buckets of a profile.
pub const BUCKETS: usize = 1 << BUCKET_BITS;
/// Classes: the seven languages, in the order of [`Language::ALL`], and any other.
pub const CLASSES: usize = 8;
/// Words that are looked at.
const WORDS_MAX: usize = 120;
/// Letters of one word that are looked at.
const LETTERS_MAX: usize = 16;
/// The letters before this one are Latin.
const LATIN_END: char = '\u{250}';
/// Probability from which a language is named.
const PROBABILITY_MIN: f64 = 0.5;

/// Weights of every class for every bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct LanguageProfile {
    weights: Vec<[f32; CLASSES]>,
}

/// Why a stored profile could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language profile has {found} bytes instead of {expected}")]
pub struct ProfileLength {
    /// Bytes found.
    pub found: usize,
    /// Bytes expected.
    pub expected: usize,
}

/// Bytes of a stored profile: a scale for each class and a signed byte for each weight.
const PROFILE_BYTES: usize = CLASSES * 4 + BUCKETS * CLASSES;

impl LanguageProfile {
    /// A profile with these weights, rounded to what is stored.
    pub fn from_weights(mut weights: Vec<[f32; CLASSES]>) -> Self {
        weights.resize(BUCKETS, [0.0; CLASSES]);
        let exact = LanguageProfile { weights };
        LanguageProfile::from_bytes(&exact.to_bytes()).unwrap_or(exact)
    }

    /// The profile as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PROFILE_BYTES);
        let scales: [f32; CLASSES] = std::array::from_fn(|class| {
            self.weights.iter().filter_map(|row| row.get(class)).fold(1e-6_f32, |top, weight| top.max(weight.abs()))
                / 127.0
        });
        for scale in scales {
            bytes.extend_from_slice(&scale.to_le_bytes());
        }
        for row in &self.weights {
            for (weight, scale) in row.iter().zip(scales) {
                #[expect(clippy::cast_possible_truncation, reason = "the quotient lies within -127 and 127")]
                let step = (weight / scale).round() as i8;
                bytes.extend_from_slice(&step.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads what [`LanguageProfile::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the length is not that of a profile.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProfileLength> {
        if bytes.len() != PROFILE_BYTES {
            return Err(ProfileLength { found: bytes.len(), expected: PROFILE_BYTES });
        }
        let (head, body) = bytes.split_at(CLASSES * 4);
        let mut scales = [0.0_f32; CLASSES];
        for (scale, bytes) in scales.iter_mut().zip(head.as_chunks::<4>().0) {
            *scale = f32::from_le_bytes(*bytes);
        }
        let rows = body.as_chunks::<CLASSES>().0.iter();
        let weights = rows.map(|row| {
            std::array::from_fn(|class| {
                let step = row.get(class).copied().map_or(0, |byte| i8::from_le_bytes([byte]));
                f32::from(step) * scales.get(class).copied().unwrap_or_default()
            })
        });
        Ok(LanguageProfile { weights: weights.collect() })
    }

    /// The probability of each class.
    pub fn probabilities(&self, buckets: &[u32]) -> [f64; CLASSES] {
        let mut scores = [0.0_f32; CLASSES];
        for bucket in buckets {
            if let Some(row) = self.weights.get(*bucket as usize) {
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score += weight;
                }
            }
        }
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let parts = scores.map(|score| f64::from(score - top).exp());
        let total: f64 = parts.iter().sum();
        parts.map(|part| part / total)
    }

    /// The language of these pieces with its probability; none when none of the seven fits.
    pub fn detect(&self, pieces: &Pieces) -> Option<Graded<Language>> {
        if !is_mostly_latin(pieces) {
            return None;
        }
        let buckets = language_buckets(pieces);
        let probabilities = self.probabilities(&buckets);
        let best = Language::ALL.into_iter().zip(probabilities).max_by(|left, right| left.1.total_cmp(&right.1));
        best.filter(|(_, probability)| *probability >= PROBABILITY_MIN)
            .map(|(label, probability)| Graded { label, probability })
    }
}

/// Whether there are words, and more of them in Latin letters than in others.
fn is_mostly_latin(pieces: &Pieces) -> bool {
    let words = (0..pieces.len()).filter_map(|index| pieces.letters(index)).take(WORDS_MAX);
    let (mut latin_count, mut other_count) = (0, 0);
    for word in words {
        if word.starts_with(|c: char| c < LATIN_END) {
            latin_count += 1;
        } else {
            other_count += 1;
        }
    }
    latin_count > other_count
}

/// The features of a text: its words, and the two to three letters at every place of them.
pub fn language_buckets(pieces: &Pieces) -> Vec<u32> {
    let mut buckets = Vec::with_capacity(512);
    let mut add = |kind: u64, value: u64| {
        let mixed = mix(mix(0x2545_F491, kind), value);
        let bucket = (mixed ^ (mixed >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BUCKET_BITS);
        buckets.push(u32::try_from(bucket).unwrap_or_default());
    };
    let words = pieces.iter().enumerate().filter(|(_, piece)| piece.kind == PieceKind::Letters);
    for (index, piece) in words.take(WORDS_MAX) {
        let word = pieces.folded(index);
        add(1, piece.hash);
        add(1, piece.hash.rotate_left(17));
        let (mut before, mut last) = (hash_of(" "), hash_of("\n"));
        for c in word.chars().take(LETTERS_MAX).chain([' ']) {
            let letter = u64::from(u32::from(c));
            add(2, mix(last, letter));
            add(3, mix(mix(before, last), letter));
            before = last;
            last = letter;
        }
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_being_stored() {
        let mut weights = vec![[0.0; CLASSES]; BUCKETS];
        weights[5] = [0.5, -1.0, 2.0, 0.0, 0.25, 1.0, -2.0, 0.125];
        let profile = LanguageProfile::from_weights(weights);
        assert_eq!(LanguageProfile::from_bytes(&profile.to_bytes()).unwrap(), profile);
        assert!(LanguageProfile::from_bytes(&[0; 9]).is_err());
    }
}
