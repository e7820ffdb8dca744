//! What can be wrong with a stored text model.

use std::path::PathBuf;

/// Why a text model could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TextModelError {
    /// A file of the model could not be read.
    #[error("cannot read model file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of the model could not be written.
    #[error("cannot write model file `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// `model.json` is not a description of a text model.
    #[error("model file `{file}` is not a text model description")]
    Description {
        /// The file.
        file: String,
        /// Where the JSON is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The model was written in a format that this program does not know.
    #[error("model file `{file}` has format version {found}; this release reads up to {expected}")]
    FormatVersion {
        /// The file.
        file: String,
        /// The version it names.
        found: u32,
        /// The newest version this program reads.
        expected: u32,
    },
    /// A file is not the one that the model was stored with.
    #[error("model file `{file}` has digest `{found}`, expected `{expected}`")]
    Digest {
        /// The file.
        file: String,
        /// blake3 of its content.
        found: String,
        /// blake3 that `model.json` names.
        expected: String,
    },
    /// A file ends early or contradicts the description.
    #[error("model file `{file}` is corrupt: expected {expected}")]
    Content {
        /// The file.
        file: String,
        /// What should have been there.
        expected: String,
    },
    /// The model was trained with extra features that this program does not have.
    #[error("model needs the extra features `{name}`, which are not registered")]
    ExtraFeatures {
        /// Their name.
        name: String,
    },
    /// The subword tokenizer cannot be used.
    #[error("subword tokenizer cannot be used: {reason}")]
    Tokenizer {
        /// What the tokenizer library said.
        reason: String,
    },
}
