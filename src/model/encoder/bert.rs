//! A sentence encoder of the BERT kind, computed by candle: one message at a time, so that what it says of a message does not
//! depend on the messages beside it. Processors may still differ in the last digits.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use super::{EncoderError, NAME_START};
use crate::model::text::{Block, ExtraFeature, ExtraFeatures, hash_of_name};

/// The files that decide what an encoder says. The last one may be missing.
const FILES: [&str; 5] =
    ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json", "sentence_bert_config.json"];

/// Most tokens of a message that are read where the encoder does not say.
const TOKENS_MAX: usize = 256;
/// Most of a message that is cut into tokens; far more than the tokens that are read.
const TEXT_BYTES_MAX: usize = 1 << 14;
/// Embeddings that are kept, so that training computes each once.
const KEPT_COUNT_MAX: usize = 50_000;

/// How the embeddings of the tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    First,
}

#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_cls_token: bool,
}

#[derive(Deserialize)]
struct LengthConfig {
    max_seq_length: usize,
}

/// An encoder, ready to embed messages.
pub(super) struct BertEncoder {
    name: &'static str,
    tokenizer: Tokenizer,
    model: BertModel,
    pooling: Pooling,
    /// By digest of the message.
    kept: Mutex<HashMap<[u8; 32], Arc<[f32]>>>,
}

impl BertEncoder {
    /// The encoder in `folder`.
    pub(super) fn load(folder: &Path) -> Result<Self, EncoderError> {
        let files = EncoderFiles::read(folder)?;
        let name = format!("{NAME_START}{}", files.digest());
        let EncoderFiles([config, tokenizer, weights, pooling, length]) = files;
        let config: Config = serde_json::from_slice(&config).map_err(unusable(FILES[0]))?;
        let mut tokenizer = Tokenizer::from_bytes(&tokenizer).map_err(unusable(FILES[1]))?;
        let pooling: PoolingConfig = serde_json::from_slice(&pooling).map_err(unusable(FILES[3]))?;
        let pooling = match (pooling.pooling_mode_mean_tokens, pooling.pooling_mode_cls_token) {
            (true, false) => Pooling::Mean,
            (false, true) => Pooling::First,
            (true, true) | (false, false) => {
                return Err(unusable(FILES[3])(
                    "expected pooling by the mean or by the first token, and by one of them",
                ));
            }
        };
        let asked = match length.as_slice() {
            [] => TOKENS_MAX,
            length => serde_json::from_slice::<LengthConfig>(length).map_err(unusable(FILES[4]))?.max_seq_length,
        };
        let max_length = asked.min(config.max_position_embeddings);
        let truncation = TruncationParams { max_length, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(unusable(FILES[1]))?;
        tokenizer.with_padding(None);
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu);
        let model = BertModel::load(weights.map_err(unusable(FILES[2]))?, &config).map_err(unusable(FILES[2]))?;
        let encoder = BertEncoder { name: name.leak(), tokenizer, model, pooling, kept: Mutex::default() };
        // What does not fit together shows here, and not in the middle of a message.
        encoder.compute("☂").map_err(unusable(FILES[2]))?;
        Ok(encoder)
    }

    fn embed(&self, text: &str) -> Arc<[f32]> {
        let key = *blake3::hash(text.as_bytes()).as_bytes();
        let kept = || self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = kept().get(&key) {
            return Arc::clone(known);
        }
        let embedding = self.compute(text).unwrap_or_else(|error| {
            tracing::error!(
                encoder = self.name,
                "a text could not be embedded and is read by its words alone: {error}"
            );
            Vec::new()
        });
        let embedding: Arc<[f32]> = embedding.into();
        let mut kept = kept();
        if kept.len() < KEPT_COUNT_MAX {
            kept.insert(key, Arc::clone(&embedding));
        }
        embedding
    }

    /// The embedding of a message, of length 1.
    fn compute(&self, text: &str) -> tokenizers::Result<Vec<f32>> {
        let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text);
        let encoding = self.tokenizer.encode(text, true)?;
        let ids = Tensor::new(encoding.get_ids(), &Device::Cpu)?.unsqueeze(0)?;
        let tokens = self.model.forward(&ids, &ids.zeros_like()?, None)?.squeeze(0)?;
        let mut embedding: Vec<f32> = match self.pooling {
            Pooling::Mean => tokens.mean(0)?,
            Pooling::First => tokens.get(0)?,
        }
        .to_vec1()?;
        let norm = embedding.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        for value in &mut embedding {
            *value /= norm;
        }
        Ok(embedding)
    }
}

/// The files of an encoder.
struct EncoderFiles([Vec<u8>; FILES.len()]);

impl EncoderFiles {
    fn read(folder: &Path) -> Result<Self, EncoderError> {
        let mut files: [Vec<u8>; FILES.len()] = Default::default();
        for (index, (content, name)) in files.iter_mut().zip(FILES).enumerate() {
            let path = folder.join(name);
            match std::fs::read(&path) {
                Ok(read) => *content = read,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && index + 1 == FILES.len() => {}
                Err(source) => return Err(EncoderError::Read { path, source }),
            }
        }
        Ok(EncoderFiles(files))
    }

    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (name, content) in FILES.iter().zip(&self.0) {
            hasher.update(name.as_bytes()).update(&(content.len() as u64).to_le_bytes()).update(content);
        }
        hasher.finalize().to_hex().to_string()
    }
}

impl ExtraFeatures for BertEncoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn reads_any_words(&self) -> bool {
        true
    }

    /// Two features a dimension, one for each sign, since features are positive.
    fn find(&self, text: &str, emit: &mut dyn FnMut(ExtraFeature)) {
        for (dimension, value) in self.embed(text).iter().enumerate() {
            let sign = if *value < 0.0 { '-' } else { '+' };
            let hash = hash_of_name(&format!("{dimension}{sign}"));
            emit(ExtraFeature { block: Block::Extra, hash, value: value.abs(), span: None });
        }
    }
}

fn unusable<E: ToString>(file: &'static str) -> impl FnOnce(E) -> EncoderError {
    move |error| EncoderError::Content { file, reason: error.to_string() }
}
