//! The option `--encoder` of the commands about text models.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::WrongUse;
use crate::model::encoder::{encoder_mismatch, load_encoder};
use crate::model::text::{ExtraFeatures, ExtraRegistry, KNOWN_EXTRAS, TextModel, TextModelError};

/// Which sentence encoder stands beside the words.
#[derive(Debug, Args)]
pub struct EncoderArgs {
    /// Folder of a sentence encoder (BERT as config.json, tokenizer.json, model.safetensors, 1_Pooling/config.json), whose
    /// embedding joins the words. The model names it by digest and needs it from then on. Only in programs built with
    /// `--features encoder`.
    #[arg(long = "encoder", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl EncoderArgs {
    /// The encoder that was asked for.
    ///
    /// # Errors
    /// When the program has no encoders, or the folder holds none.
    pub fn load(&self) -> anyhow::Result<Option<&'static dyn ExtraFeatures>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        if !folder.is_dir() {
            return Err(WrongUse(format!("`{}` is not a folder", folder.display())).into());
        }
        Ok(Some(load_encoder(folder)?))
    }

    /// The text model in `folder`, with the encoder that it was trained with.
    ///
    /// # Errors
    /// When the model cannot be read, or the encoder is missing or another.
    pub fn load_model(&self, folder: &Path) -> anyhow::Result<TextModel> {
        let Some(encoder) = self.load()? else {
            return TextModel::load(folder, KNOWN_EXTRAS).map_err(|error| explained(error, None));
        };
        let known = [encoder];
        let model = TextModel::load(folder, ExtraRegistry::new(&known));
        let model = model.map_err(|error| explained(error, Some(encoder.name())))?;
        let wanted = model.description().features.extra_features.as_deref();
        encoder_mismatch(wanted, Some(encoder.name())).map_or(Ok(model), |error| Err(error.into()))
    }
}

/// The error, as a mismatch of encoders where it is one.
fn explained(error: TextModelError, given: Option<&str>) -> anyhow::Error {
    let mismatch = match &error {
        TextModelError::ExtraFeatures { name } => encoder_mismatch(Some(name), given),
        TextModelError::Read { .. }
        | TextModelError::Write { .. }
        | TextModelError::Description { .. }
        | TextModelError::FormatVersion { .. }
        | TextModelError::Digest { .. }
        | TextModelError::Content { .. }
        | TextModelError::Tokenizer { .. } => None,
    };
    mismatch.map_or_else(|| error.into(), anyhow::Error::from)
}
