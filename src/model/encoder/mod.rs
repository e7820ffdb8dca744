//! Sentence encoders beside the words of a message: a folder with a BERT model, whose embedding becomes the extra features of a
//! text model. The model names the encoder by the digest of its files and cannot be read without it.

#[cfg(feature = "encoder")]
mod bert;

use std::path::{Path, PathBuf};

use crate::model::text::ExtraFeatures;

/// How the name of an encoder begins, where a text model names its extra features.
const NAME_START: &str = "encoder:";
/// Why an encoder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The program has no encoders.
    #[error("this program was built without encoders; build it with `--features encoder`")]
    NotBuilt,
    /// A file cannot be read.
    #[error("cannot read encoder file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("encoder file `{file}` cannot be used: {reason}")]
    Content {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A model was trained with an encoder, and none was given.
    #[error("the model was trained with the encoder `{expected}`; give its folder with --encoder")]
    Missing {
        /// Digest of the encoder.
        expected: String,
    },
    /// A model was trained with another encoder, or with none.
    #[error("the encoder has digest `{found}`, but the model was trained with {expected}")]
    Other {
        /// Digest of the encoder given.
        found: String,
        /// The encoder of the model.
        expected: String,
    },
}

/// The encoder in `folder` as extra features. It stays in memory until the program ends.
///
/// # Errors
/// When a file cannot be used.
#[cfg(feature = "encoder")]
pub fn load_encoder(folder: &Path) -> Result<&'static dyn ExtraFeatures, EncoderError> {
    Ok(Box::leak(Box::new(bert::BertEncoder::load(folder)?)))
}

/// Encoders are not part of this program.
///
/// # Errors
/// Always.
#[cfg(not(feature = "encoder"))]
pub fn load_encoder(_folder: &Path) -> Result<&'static dyn ExtraFeatures, EncoderError> {
    Err(EncoderError::NotBuilt)
}

/// Why a model whose extra features are `wanted` cannot be used with the encoder `given`; none when it can.
pub fn encoder_mismatch(wanted: Option<&str>, given: Option<&str>) -> Option<EncoderError> {
    let digest = |name: &str| name.strip_prefix(NAME_START).map(str::to_owned);
    match (wanted.and_then(digest), given.and_then(digest)) {
        (Some(expected), None) => Some(EncoderError::Missing { expected }),
        (Some(expected), Some(found)) if found != expected => {
            Some(EncoderError::Other { found, expected: format!("`{expected}`") })
        }
        (None, Some(found)) => Some(EncoderError::Other { found, expected: "none".to_owned() }),
        (Some(_), Some(_)) | (None, None) => None,
    }
}
