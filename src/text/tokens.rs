//! Splits a message into words for the text learner, in buffers that are used again for the next message.

use super::normalise::fold;

/// Longest part of a message that the learner reads, in bytes; the rest of a longer message changes nothing.
pub const LEARNED_BYTES_MAX: usize = 20_000;

/// The part of a message that the learner reads.
pub fn learned_part(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LEARNED_BYTES_MAX)).unwrap_or_default()
}

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
    /// Sentence that it stands in, counted from 0.
    pub sentence: u32,
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
        let text = learned_part(text);
        let (words, chars) = (&mut self.words, &mut self.chars);
        let mut open: Option<Word> = None;
        let mut sentences = SentenceCounter::default();
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
                return sentences.pass_space(c);
            }
            let sentence = sentences.at_word(c, || text.get(byte..).is_some_and(starts_lower_case));
            let char_start = chars.len();
            chars.push(c);
            let hash = hash_step(HASH_SEED, u64::from(c));
            open = Some(Word {
                byte_start: byte,
                byte_end: byte,
                hash,
                sentence,
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

/// Counts the sentences while a message is read. One ends at a mark that ends sentences with space behind it, and at the end of a
/// line, unless the next line goes on in lower case, as in mail that was wrapped.
#[derive(Debug, Default)]
struct SentenceCounter {
    count: u32,
    has_words: bool,
    /// Whether the last word was a mark that ends sentences.
    after_mark: bool,
    is_over: bool,
    line_is_over: bool,
}

impl SentenceCounter {
    fn pass_space(&mut self, c: char) {
        self.is_over |= self.after_mark;
        self.line_is_over |= c == '\n';
    }

    /// The sentence of the word that begins with `c`.
    fn at_word(&mut self, c: char, is_lower_case: impl Fn() -> bool) -> u32 {
        if self.has_words && (self.is_over || self.line_is_over && !is_lower_case()) {
            self.count += 1;
        }
        self.after_mark = matches!(c, '.' | '!' | '?' | ';' | ':');
        (self.has_words, self.is_over, self.line_is_over) = (true, false, false);
        self.count
    }
}

fn starts_lower_case(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_lowercase)
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
    fn sentences_end_at_marks_and_lines() {
        let sentences_of = |text: &str| {
            let mut tokens = Tokens::default();
            tokens.read(text);
            tokens.words().iter().filter(|word| word.is_alphanumeric).map(|word| word.sentence).collect::<Vec<_>>()
        };
        assert_eq!(sentences_of("\n\nPaid 1.240,50. Why again?\nRegards"), [0, 0, 0, 0, 1, 1, 2]);
        assert_eq!(sentences_of("a line that was\nwrapped; the rest"), [0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(sentences_of(""), Vec::<u32>::new());
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
