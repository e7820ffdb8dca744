//! Trains the subword tokenizer on the training messages.

use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::tokenizer::Trainer;
use tokenizers::{ModelWrapper, Tokenizer};

use crate::model::text::{Subwords, TextModelError, WORD_START};
use crate::text::tokens::Tokens;

/// Fewest times that two subwords must meet to be merged.
const MERGE_COUNT_MIN: u64 = 3;

/// A tokenizer of at most `subword_count_max` subwords for `texts`; none where that is 0.
///
/// It is trained without a continuation prefix: the library then numbers the alphabet in sorted order, so that equal
/// counts are settled the same way each time.
pub fn train_subwords(texts: &[&str], subword_count_max: usize) -> Result<Option<Subwords>, TextModelError> {
    if subword_count_max == 0 {
        return Ok(None);
    }
    let library_error = |error: tokenizers::Error| TextModelError::Tokenizer { reason: error.to_string() };
    let mut trainer =
        BpeTrainer::builder().vocab_size(subword_count_max).min_frequency(MERGE_COUNT_MIN).show_progress(false).build();
    let mut tokens = Tokens::default();
    let marked = texts.iter().map(|text| {
        tokens.read(text);
        let mut words = String::with_capacity(text.len() * 2);
        for word in tokens.words().iter().filter(|word| word.is_alphanumeric) {
            words.push(' ');
            words.push(WORD_START);
            words.extend(tokens.chars_of(word));
        }
        words
    });
    let split = |words: &str| Ok(words.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect());
    trainer.feed(marked, split).map_err(library_error)?;
    let mut model = BPE::default();
    trainer.train(&mut model).map_err(library_error)?;
    let json = Tokenizer::new(ModelWrapper::BPE(model)).to_string(false).map_err(library_error)?;
    Subwords::parse(&json).map(Some)
}
