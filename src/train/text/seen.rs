//! Which texts a model was trained on, kept beside it as short digests: figures on those are figures of a memory.

use std::collections::BTreeSet;

use super::repeats::TextDigest;

/// Name of the file beside a model.
pub const SEEN_FILE: &str = "texts.bin";

/// Bytes of a digest that are kept: enough that two of a million texts hardly ever share one.
const DIGEST_BYTES: usize = 8;

/// The texts that a model was trained on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTexts(BTreeSet<[u8; DIGEST_BYTES]>);

impl SeenTexts {
    /// Takes in texts; those that repeat each other, as [`KnownTexts`](super::KnownTexts) has it, are one.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        SeenTexts(texts.into_iter().map(short_digest).collect())
    }

    /// The content of [`SEEN_FILE`]: the `data_digest` of the model's description, and 8 bytes a text.
    pub fn to_bytes(&self, data_digest: &str) -> Vec<u8> {
        let mut bytes = data_digest.as_bytes().to_vec();
        bytes.extend(self.0.iter().flatten());
        bytes
    }

    /// Reads the content of [`SEEN_FILE`]; `None` where it belongs to a model with another `data_digest`, or is damaged.
    pub fn read(bytes: &[u8], data_digest: &str) -> Option<Self> {
        let digests = bytes.strip_prefix(data_digest.as_bytes())?;
        let (digests, rest) = digests.as_chunks::<DIGEST_BYTES>();
        rest.is_empty().then(|| SeenTexts(digests.iter().copied().collect()))
    }

    /// How many of `texts` the model was trained on, or on ones that they repeat.
    pub fn count_among<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> usize {
        texts.into_iter().filter(|text| self.0.contains(&short_digest(text))).count()
    }
}

fn short_digest(text: &str) -> [u8; DIGEST_BYTES] {
    let mut short = [0; DIGEST_BYTES];
    for (byte, whole) in short.iter_mut().zip(TextDigest::new(text).as_bytes()) {
        *byte = *whole;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_texts_are_known_again_beside_their_model_alone() {
        let seen = SeenTexts::new(["The price of invoice 7 is wrong.", "Two boxes are missing."]);
        let bytes = seen.to_bytes("abc");
        assert_eq!(bytes.len(), 3 + 2 * DIGEST_BYTES);
        let read = SeenTexts::read(&bytes, "abc").unwrap();
        assert_eq!(read, seen);
        assert_eq!(read.count_among(["Re: the price of invoice 8 is wrong", "Three boxes", ""]), 1);
        assert_eq!(SeenTexts::read(&bytes, "abd"), None);
        assert_eq!(SeenTexts::read(&bytes[..bytes.len() - 1], "abc"), None);
    }
}
