//! A text model as it lies on disk: `model.json` names the other files by digest, so that a changed byte is noticed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::binary::{read_weights, write_weights};
use super::calibration::Calibration;
use super::error::TextModelError;
use super::extra::ExtraRegistry;
use super::features::FeatureFinder;
use super::merging::Merging;
use super::predict::TextScratch;
use super::schema::FeatureSchema;
use super::sentences::Reading;
use super::subwords::Subwords;
use super::vector::Vectoriser;
use super::vocabulary::{Vocabulary, commonest_first};
use super::weights::{DenseWeights, Weights};

/// The format that this program writes.
pub const FORMAT_VERSION: u32 = 4;
/// The oldest format that it reads: the hidden layer of such a model reads a message as a whole.
pub(super) const FORMAT_VERSION_MIN: u32 = 2;
/// Name of the file that describes the model.
pub const MODEL_FILE: &str = "model.json";
/// Name of the file with vocabulary and weights.
pub const WEIGHTS_FILE: &str = "weights.bin";
/// Name of the file with the subword tokenizer.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
/// Name of the file with scored sample messages.
pub const GOLDEN_FILE: &str = "golden.jsonl";

/// What is known of a text model beside its weights; the content of `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDescription {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// What the model tells apart, such as `item`.
    pub kind: String,
    /// The labels, in the order of the outputs.
    pub labels: Vec<String>,
    /// The features it looks at.
    pub features: FeatureSchema,
    /// Raw scores to probabilities.
    pub calibration: Calibration,
    /// A prediction that is less probable than this abstains.
    pub abstain_below: f64,
    /// Where it comes from.
    pub training: TrainingSummary,
    /// blake3 of every other file, by name.
    pub files: BTreeMap<String, String>,
}

/// Where a text model comes from and how well it did on messages that were held back while it was tuned.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// Seed of everything random.
    pub seed: u64,
    /// Number of messages it was trained on.
    pub example_count: usize,
    /// Number of rows that had no label or no text.
    pub skipped_count: usize,
    /// Number of messages of each label, in the order of the labels.
    pub label_counts: Vec<usize>,
    /// blake3 over all texts and labels in order.
    pub data_digest: String,
    /// Cost of an error that was chosen.
    pub error_cost: f32,
    /// Share of the hidden layer in the score that was chosen; 0 where the model is linear.
    pub network_share: f32,
    /// Number of messages that the metrics were measured on, each scored by a model that had not seen it.
    pub held_out_count: usize,
    /// Metrics by name.
    pub held_out_metrics: BTreeMap<String, f64>,
}

/// A sample message with its probabilities; a line of `golden.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenScore {
    /// The message.
    pub text: String,
    /// The predicted label.
    pub predicted: String,
    /// Probability of every label, in the order of the labels.
    pub probabilities: Vec<f64>,
}

/// The bytes of all files of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtifactFiles<'a> {
    /// `model.json`
    pub description: Cow<'a, [u8]>,
    /// `weights.bin`
    pub weights: Cow<'a, [u8]>,
    /// `tokenizer.json`; empty where the model has none.
    pub tokenizer: Cow<'a, [u8]>,
    /// `golden.jsonl`
    pub golden: Cow<'a, [u8]>,
}

/// A trained text model, ready to score messages.
pub struct TextModel {
    pub(super) description: ModelDescription,
    pub(super) vectoriser: Arc<Vectoriser>,
    pub(super) weights: Arc<Weights>,
    pub(super) merging: Option<Merging>,
}

impl ArtifactFiles<'static> {
    /// Reads the files in `directory`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(directory: &Path) -> Result<Self, TextModelError> {
        let read = |name: &str| {
            let path = directory.join(name);
            std::fs::read(&path).map_err(|source| TextModelError::Read { path, source }).map(Cow::Owned)
        };
        Ok(ArtifactFiles {
            description: read(MODEL_FILE)?,
            weights: read(WEIGHTS_FILE)?,
            tokenizer: read(TOKENIZER_FILE)?,
            golden: read(GOLDEN_FILE)?,
        })
    }
}

impl ArtifactFiles<'_> {
    /// Writes the files to `directory`, the description last, so that an unfinished model is never taken for one.
    ///
    /// # Errors
    /// When the folder or a file cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), TextModelError> {
        let write_error = |path: &Path, source| TextModelError::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(|source| write_error(directory, source))?;
        let files = [
            (WEIGHTS_FILE, &self.weights),
            (TOKENIZER_FILE, &self.tokenizer),
            (GOLDEN_FILE, &self.golden),
            (MODEL_FILE, &self.description),
        ];
        for (name, content) in files {
            let path = directory.join(name);
            std::fs::write(&path, content).map_err(|source| write_error(&path, source))?;
        }
        Ok(())
    }

    /// The scored sample messages.
    ///
    /// # Errors
    /// When a line is no scored message.
    pub fn golden_scores(&self) -> Result<Vec<GoldenScore>, TextModelError> {
        let mut scores = Vec::new();
        for line in self.golden.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            scores.push(
                serde_json::from_slice(line)
                    .map_err(|source| TextModelError::Description { file: GOLDEN_FILE.to_owned(), source })?,
            );
        }
        Ok(scores)
    }
}

impl TextModel {
    /// Joins the parts that training made; digests are filled in by [`TextModel::files`].
    pub fn new(description: ModelDescription, vectoriser: Vectoriser, weights: &DenseWeights) -> Self {
        let Vectoriser { finder, vocabulary } = vectoriser;
        let places = commonest_first(vocabulary.features());
        let vocabulary = Vocabulary::placed(vocabulary.features(), &places, vocabulary.document_count());
        let weights = Weights::quantise(weights, &places);
        TextModel::unmerged(description, Vectoriser { finder, vocabulary }, weights)
    }

    /// Reads the model in `directory` and checks every digest.
    ///
    /// # Errors
    /// As [`TextModel::from_files`], or when a file cannot be read.
    pub fn load(directory: &Path, extras: ExtraRegistry<'_>) -> Result<Self, TextModelError> {
        Self::from_files(&ArtifactFiles::read(directory)?, extras)
    }

    /// Reads a model from the bytes of its files and checks every digest.
    ///
    /// # Errors
    /// When a file is not the one that the description names, was written by another release, does not fit the others, or names extra
    /// features that are not among `extras`.
    pub fn from_files(files: &ArtifactFiles<'_>, extras: ExtraRegistry<'_>) -> Result<Self, TextModelError> {
        let description = read_description(&files.description)?;
        let is_sound = description.features.is_sound() && description.calibration.is_sound();
        if !is_sound || !description.abstain_below.is_finite() {
            let expected = "features, calibration and a threshold that any message can be read with".to_owned();
            return Err(TextModelError::Content { file: MODEL_FILE.to_owned(), expected });
        }
        for (name, content) in
            [(WEIGHTS_FILE, &files.weights), (TOKENIZER_FILE, &files.tokenizer), (GOLDEN_FILE, &files.golden)]
        {
            check_digest(&description, name, content)?;
        }
        let (vocabulary, weights) = read_weights(&files.weights)?;
        let output_count = description.calibration.order.output_count(description.labels.len());
        if weights.output_count != output_count {
            let expected = format!("{output_count} outputs for {} labels", description.labels.len());
            return Err(TextModelError::Content { file: WEIGHTS_FILE.to_owned(), expected });
        }
        let subwords = match std::str::from_utf8(&files.tokenizer) {
            Ok("") => None,
            Ok(json) => Some(Subwords::parse(json)?),
            Err(error) => return Err(TextModelError::Tokenizer { reason: error.to_string() }),
        };
        let extra = match &description.features.extra_features {
            Some(name) => {
                let found = extras.by_name(name);
                Some(found.ok_or_else(|| TextModelError::ExtraFeatures { name: name.clone() })?)
            }
            None => None,
        };
        let finder = FeatureFinder::new(description.features.clone(), subwords, extra);
        Ok(TextModel::unmerged(description, Vectoriser { finder, vocabulary }, weights))
    }

    /// The bytes of all files, with `samples` scored for `golden.jsonl`.
    ///
    /// # Errors
    /// When a part cannot be written as JSON.
    pub fn files(&self, samples: &[&str]) -> Result<ArtifactFiles<'static>, TextModelError> {
        let json_error = |file: &str| {
            let file = file.to_owned();
            move |source| TextModelError::Description { file, source }
        };
        let mut scratch = TextScratch::default();
        let mut golden = Vec::new();
        for text in samples {
            let prediction = self.predict(text, &mut scratch);
            let score = GoldenScore {
                text: (*text).to_owned(),
                predicted: prediction.label.to_owned(),
                probabilities: prediction.probabilities.to_vec(),
            };
            serde_json::to_writer(&mut golden, &score).map_err(json_error(GOLDEN_FILE))?;
            golden.push(b'\n');
        }
        let weights = write_weights(&self.vectoriser.vocabulary, &self.weights);
        let tokenizer = self.vectoriser.finder.subwords().map(|subwords| subwords.json().as_bytes().to_vec());
        let tokenizer = tokenizer.unwrap_or_default();
        let mut description = self.description.clone();
        description.files = [(WEIGHTS_FILE, &weights), (TOKENIZER_FILE, &tokenizer), (GOLDEN_FILE, &golden)]
            .map(|(name, content)| (name.to_owned(), digest_of(content)))
            .into();
        let mut json = serde_json::to_vec_pretty(&description).map_err(json_error(MODEL_FILE))?;
        json.push(b'\n');
        Ok(ArtifactFiles {
            description: Cow::Owned(json),
            weights: Cow::Owned(weights),
            tokenizer: Cow::Owned(tokenizer),
            golden: Cow::Owned(golden),
        })
    }

    fn unmerged(description: ModelDescription, vectoriser: Vectoriser, weights: Weights) -> Self {
        TextModel { description, vectoriser: Arc::new(vectoriser), weights: Arc::new(weights), merging: None }
    }

    /// How the hidden layer reads a message.
    pub(super) fn reading(&self) -> Reading {
        if self.description.format_version > FORMAT_VERSION_MIN { Reading::BySentence } else { Reading::Whole }
    }

    /// What is known of the model beside its weights.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// The labels, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        self.merging.as_ref().map_or(&self.description.labels, |merging| &merging.labels)
    }
}

fn read_description(json: &[u8]) -> Result<ModelDescription, TextModelError> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let file = || MODEL_FILE.to_owned();
    let json_error = |source| TextModelError::Description { file: file(), source };
    let version: Version = serde_json::from_slice(json).map_err(json_error)?;
    if !(FORMAT_VERSION_MIN..=FORMAT_VERSION).contains(&version.format_version) {
        let found = version.format_version;
        return Err(TextModelError::FormatVersion { file: file(), found, expected: FORMAT_VERSION });
    }
    serde_json::from_slice(json).map_err(json_error)
}

fn check_digest(description: &ModelDescription, name: &str, content: &[u8]) -> Result<(), TextModelError> {
    let expected = description.files.get(name).cloned().unwrap_or_default();
    let found = digest_of(content);
    if found == expected { Ok(()) } else { Err(TextModelError::Digest { file: name.to_owned(), found, expected }) }
}

fn digest_of(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}
