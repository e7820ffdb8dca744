//! The subword tokenizer of a text model: byte-pair merges learned from its training messages.

use std::collections::HashMap;
use std::str::FromStr;

use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::{Model, Tokenizer};

use super::error::TextModelError;

/// Longest word that is split into subwords, in characters.
const WORD_CHARS_MAX: usize = 64;

/// Words whose subwords are kept for the next time they come; beyond, all are forgotten.
const KNOWN_WORDS_MAX: usize = 8_192;

/// Marks the beginning of a word.
pub const WORD_START: char = '\u{2581}';

/// The subwords of words that came before; of one tokenizer only.
#[derive(Debug, Default)]
pub struct KnownWords {
    ids: HashMap<Box<[char]>, Box<[u32]>>,
    buffer: String,
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

    /// Calls `emit` with the id of every subword of the folded `word`.
    pub fn split(&self, word: &[char], known: &mut KnownWords, mut emit: impl FnMut(u32)) {
        if word.len() > WORD_CHARS_MAX {
            return;
        }
        if let Some(ids) = known.ids.get(word) {
            ids.iter().for_each(|id| emit(*id));
            return;
        }
        let buffer = &mut known.buffer;
        buffer.clear();
        buffer.push(WORD_START);
        buffer.extend(word);
        // A word that cannot be split has no subwords; its characters still count.
        let ids: Box<[u32]> = self.bpe.tokenize(buffer).unwrap_or_default().iter().map(|token| token.id).collect();
        ids.iter().for_each(|id| emit(*id));
        if known.ids.len() >= KNOWN_WORDS_MAX {
            known.ids.clear();
        }
        known.ids.insert(word.into(), ids);
    }
}
