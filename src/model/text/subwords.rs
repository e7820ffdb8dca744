//! The subword tokenizer of a text model: byte-pair merges learned from its training messages.

use std::ops::Range;
use std::str::FromStr;

use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::{Model, Tokenizer};

use super::error::TextModelError;

/// Longest word that is split into subwords, in characters.
const WORD_CHARS_MAX: usize = 64;

/// Words whose subwords are kept for the next time they come, at least; twice as many at most.
const KNOWN_WORDS_MIN: usize = 16_384;

/// Characters and subwords that are kept for so many words, at least; twice as many at most.
const KNOWN_CONTENTS_MIN: usize = KNOWN_WORDS_MIN * 24;

/// Places of the table of known words that are looked at; a word that has none among them is split each time.
const PROBES_MAX: usize = 64;

/// Marks the beginning of a word.
pub const WORD_START: char = '\u{2581}';

/// The subwords of words that came before; of one tokenizer only.
///
/// When as many have come as are kept, the words before them are forgotten but for those that come again.
#[derive(Debug, Default)]
pub struct KnownWords {
    recent: WordTable,
    earlier: WordTable,
    /// A word with its mark, as it is split.
    marked: String,
    ids: Vec<u32>,
}

/// Words with their subwords, found by hash.
#[derive(Debug, Default)]
struct WordTable {
    places: Vec<KnownWord>,
    count: usize,
    /// The characters of each word, and behind them its subwords.
    contents: Vec<u32>,
}

/// Where a word stands among the contents.
#[derive(Debug, Clone, Copy, Default)]
struct KnownWord {
    hash: u64,
    start: u32,
    char_count: u16,
    /// One more than the number of subwords; 0 where no word stands.
    id_count: u16,
}

impl WordTable {
    /// Places of the table, so many that words seldom meet.
    const PLACE_COUNT: usize = KNOWN_WORDS_MIN * 2;

    /// The place where the word stands or is to stand, unless too many words stand in its way.
    fn place_of(&self, hash: u64, word: &[char]) -> Option<usize> {
        let first = (hash ^ (hash >> 32)) as usize;
        let mut places = (0..PROBES_MAX).map(|step| first.wrapping_add(step) % Self::PLACE_COUNT);
        places
            .find(|at| self.places.get(*at).is_some_and(|known| known.id_count == 0 || self.is_word(known, hash, word)))
    }

    fn is_word(&self, known: &KnownWord, hash: u64, word: &[char]) -> bool {
        let start = known.start as usize;
        let stored = self.contents.get(start..start + usize::from(known.char_count)).unwrap_or_default();
        known.hash == hash && stored.iter().copied().eq(word.iter().map(|char| u32::from(*char)))
    }

    /// Where the subwords of the word stand among the contents.
    fn find(&self, hash: u64, word: &[char]) -> Option<Range<usize>> {
        let known = self.places.get(self.place_of(hash, word)?)?;
        let id_count = usize::from(known.id_count.checked_sub(1)?);
        let start = known.start as usize + usize::from(known.char_count);
        Some(start..start + id_count)
    }

    fn add(&mut self, hash: u64, word: &[char], ids: &[u32]) {
        if self.places.is_empty() {
            self.places.resize(Self::PLACE_COUNT, KnownWord::default());
        }
        let start = self.contents.len() as u32;
        let place = self.place_of(hash, word).and_then(|at| self.places.get_mut(at));
        let (Some(place), Ok(char_count), Ok(id_count)) =
            (place, u16::try_from(word.len()), u16::try_from(ids.len() + 1))
        else {
            return;
        };
        *place = KnownWord { hash, start, char_count, id_count };
        self.contents.extend(word.iter().map(|char| u32::from(*char)));
        self.contents.extend_from_slice(ids);
        self.count += 1;
    }

    fn clear(&mut self) {
        self.places.fill(KnownWord::default());
        self.contents.clear();
        self.count = 0;
    }
}

impl KnownWords {
    /// The subwords of `word`, which `split` finds where the word did not come lately.
    fn ids(&mut self, hash: u64, word: &[char], split: impl FnOnce(&str, &mut Vec<u32>)) -> &[u32] {
        if let Some(found) = self.recent.find(hash, word) {
            return self.recent.contents.get(found).unwrap_or_default();
        }
        self.ids.clear();
        if let Some(found) = self.earlier.find(hash, word) {
            self.ids.extend_from_slice(self.earlier.contents.get(found).unwrap_or_default());
        } else {
            self.marked.clear();
            self.marked.push(WORD_START);
            self.marked.extend(word);
            split(&self.marked, &mut self.ids);
        }
        if self.recent.count >= KNOWN_WORDS_MIN || self.recent.contents.len() >= KNOWN_CONTENTS_MIN {
            std::mem::swap(&mut self.recent, &mut self.earlier);
            self.recent.clear();
        }
        self.recent.add(hash, word, &self.ids);
        &self.ids
    }
}

/// Splits words into the subwords of a trained tokenizer.
pub struct Subwords {
    bpe: BPE,
    json: String,
}

impl Subwords {
    /// Reads a `tokenizer.json`.
    pub fn parse(json: &str) -> Result<Self, TextModelError> {
        let tokenizer =
            Tokenizer::from_str(json).map_err(|error| TextModelError::Tokenizer { reason: error.to_string() })?;
        match tokenizer.get_model() {
            ModelWrapper::BPE(bpe) => Ok(Subwords { bpe: bpe.clone(), json: json.to_owned() }),
            ModelWrapper::WordPiece(_) | ModelWrapper::WordLevel(_) | ModelWrapper::Unigram(_) => {
                Err(TextModelError::Tokenizer { reason: "expected a byte-pair encoding".to_owned() })
            }
        }
    }

    /// The `tokenizer.json` it was read from.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The id of every subword of the folded `word`, whose hash is `hash`. A word that cannot be split has none; its characters still
    /// count.
    pub fn split<'k>(&self, word: &[char], hash: u64, known: &'k mut KnownWords) -> &'k [u32] {
        if word.len() > WORD_CHARS_MAX {
            return &[];
        }
        known.ids(hash, word, |marked, ids| {
            ids.extend(self.bpe.tokenize(marked).unwrap_or_default().iter().map(|token| token.id));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_split_once_while_it_keeps_coming() {
        let mut known = KnownWords::default();
        let mut splits = 0;
        let mut ids_of = |number: usize, splits: &mut usize| {
            let word: Vec<char> = number.to_string().chars().collect();
            // Few hashes for many words: they must be told apart by their characters.
            let hash = (number as u64 % 9_000).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let ids = known.ids(hash, &word, |marked, ids| {
                *splits += 1;
                assert_eq!(marked.strip_prefix(WORD_START), Some(number.to_string().as_str()));
                ids.extend([number as u32, 7].iter().take(1 + number % 2));
            });
            assert_eq!(ids, [number as u32, 7].get(..1 + number % 2).unwrap());
        };
        for number in 0..3 * KNOWN_WORDS_MIN {
            ids_of(number, &mut splits);
            ids_of(3, &mut splits);
        }
        assert_eq!(splits, 3 * KNOWN_WORDS_MIN);
        ids_of(2 * KNOWN_WORDS_MIN + 1, &mut splits);
        assert_eq!(splits, 3 * KNOWN_WORDS_MIN, "the latest words are kept");
        ids_of(1, &mut splits);
        assert_eq!(splits, 3 * KNOWN_WORDS_MIN + 1, "the earliest are forgotten");
    }
}
