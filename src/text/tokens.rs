//! Splits a message into words for the text learner, in buffers that are used again for the next message.

use super::normalise::fold;

/// Longest part of a message that the learner reads, in bytes; the rest of a longer message changes nothing.
pub const LEARNED_BYTES_MAX: usize = 20_000;

/// Starting value of every hash.
pub const HASH_SEED: u64 = 0x9E37_79B9_7F4A_7C15;

const HASH_FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// The words of one message, in reading order.
#[derive(Debug, Default)]
pub struct Tokens {
    words: Vec<Word>,
    chars: Vec<char>,
}

/// A run of letters and digits; punctuation and symbols stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// First byte in the message.
    pub byte_start: usize,
    /// One past the last byte in the message.
    pub byte_end: usize,
    /// Hash of the folded characters.
    pub hash: u64,
    /// Whether it is made of letters and digits (else it is one punctuation mark or symbol).
    pub is_alphanumeric: bool,
    char_start: usize,
    char_end: usize,
}

impl Tokens {
    /// Replaces the words by those of `text`.
    pub fn read(&mut self, text: &str) {
        self.words.clear();
        self.chars.clear();
        let text = text.get(..text.floor_char_boundary(LEARNED_BYTES_MAX)).unwrap_or_default();
        let (words, chars) = (&mut self.words, &mut self.chars);
        let mut open: Option<Word> = None;
        fold(text, |c, byte| {
            let is_alphanumeric = c.is_alphanumeric();
            if let Some(word) = open.as_mut().filter(|word| word.is_alphanumeric && is_alphanumeric) {
                chars.push(c);
                word.hash = hash_step(word.hash, u64::from(c));
                word.char_end += 1;
                return;
            }
            if let Some(word) = open.take() {
                words.push(Word { byte_end: byte, ..word });
            }
            if c.is_whitespace() || c.is_control() {
                return;
            }
            let char_start = chars.len();
            chars.push(c);
            let hash = hash_step(HASH_SEED, u64::from(c));
            open = Some(Word {
                byte_start: byte,
                byte_end: byte,
                hash,
                is_alphanumeric,
                char_start,
                char_end: char_start + 1,
            });
        });
        if let Some(word) = open {
            words.push(Word { byte_end: text.len(), ..word });
        }
    }

    /// The words in reading order.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The folded characters of `word`.
    pub fn chars_of(&self, word: &Word) -> &[char] {
        self.chars.get(word.char_start..word.char_end).unwrap_or_default()
    }
}

/// Hash of what `state` stands for, followed by `value`.
#[inline]
pub fn hash_step(state: u64, value: u64) -> u64 {
    (state.rotate_left(5) ^ value).wrapping_mul(HASH_FACTOR)
}

/// A well mixed feature key.
#[inline]
pub fn feature_key(state: u64) -> u32 {
    let mixed = (state ^ (state >> 32)).wrapping_mul(HASH_FACTOR);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(text: &str) -> Vec<(String, String)> {
        let mut tokens = Tokens::default();
        tokens.read(text);
        let folded = |word: &Word| tokens.chars_of(word).iter().collect::<String>();
        tokens.words().iter().map(|word| (text[word.byte_start..word.byte_end].to_owned(), folded(word))).collect()
    }

    #[test]
    fn words_keep_their_place_and_lose_case_accents_and_digits() {
        let expected = [("Größe", "grosse"), ("12", "00"), (",", ","), ("reçu", "recu"), ("!", "!")];
        let found = words_of("Größe 12, reçu!");
        assert_eq!(found, expected.map(|(word, folded)| (word.to_owned(), folded.to_owned())));
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "   ", "\u{0}\u{feff}", "😀😀👩‍👩‍👧", "½ ﬁ ㍿", "e\u{301}\u{301}", "漢字かな交じり文"]
        {
            for (word, _) in words_of(text) {
                assert!(text.contains(&word));
            }
        }
    }

    #[test]
    fn a_huge_message_is_read_up_to_the_limit() {
        let mut tokens = Tokens::default();
        tokens.read(&"é ".repeat(5_000_000));
        assert!(tokens.words().len() <= LEARNED_BYTES_MAX);
    }
}
