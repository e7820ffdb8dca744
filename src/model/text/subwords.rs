//! The subword tokenizer of a text model: byte-pair merges learned from its training messages.

use std::str::FromStr;

use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::{Model, Tokenizer};

use super::error::TextModelError;

/// Longest word that is split into subwords, in characters.
const WORD_CHARS_MAX: usize = 64;

/// Marks the beginning of a word.
pub const WORD_START: char = '\u{2581}';

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

    /// Calls `emit` with the id of every subword of the folded `word`; `buffer` is scratch space.
    pub fn split(&self, word: &[char], buffer: &mut String, mut emit: impl FnMut(u32)) {
        if word.len() > WORD_CHARS_MAX {
            return;
        }
        buffer.clear();
        buffer.push(WORD_START);
        buffer.extend(word);
        // A word that cannot be split has no subwords; its characters still count.
        for token in self.bpe.tokenize(buffer).unwrap_or_default() {
            emit(token.id);
        }
    }
}
