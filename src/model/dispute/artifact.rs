//! Dispute models on disk: `model.json`, `golden.jsonl` and `card.md`, checked by digests and golden scores when read.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{DisputeModel, feature_digest};
use crate::domain::money::Currency;
use crate::features::dispute::DisputeFeatures;
use crate::features::model_rates::DISPUTE_CURRENCY;

/// Version of the format written here. Every version ever shipped stays readable.
pub const SCHEMA_VERSION: u32 = 1;

/// Most by which a golden score may differ when it is scored again.
const GOLDEN_TOLERANCE: f64 = 1e-9;

const MODEL_FILE: &str = "model.json";
const GOLDEN_FILE: &str = "golden.jsonl";
const CARD_FILE: &str = "card.md";

/// Why an artifact could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A file could not be read or written.
    #[error("cannot access `{}`", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what its format says.
    #[error("`{file}` is malformed")]
    Malformed {
        /// The file.
        file: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A field holds something else than expected.
    #[error("`{field}` of `{file}` is `{found}`, expected `{expected}`")]
    Unexpected {
        /// The file.
        file: &'static str,
        /// The field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The numbers are no model.
    #[error("the numbers of `{MODEL_FILE}` are no model: {fault}")]
    Fault {
        /// What is wrong.
        fault: String,
    },
    /// A golden score comes out differently.
    #[error("line {line} of `{GOLDEN_FILE}` scores {found}, expected {expected}")]
    Golden {
        /// The line, from 1.
        line: usize,
        /// Log-odds now.
        found: f64,
        /// Log-odds when the model was made.
        expected: f64,
    },
}

/// A measured figure with the rows behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Name, such as `ndcg_20`.
    pub name: String,
    /// The model's figure.
    pub value: f64,
    /// Lower end of the 95 % bootstrap interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Rows behind the figure.
    pub row_count: u64,
    /// The same figure of a simple baseline on the same rows, with its name.
    pub baseline: Option<(String, f64)>,
}

/// A score that must come out the same whenever the model is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenScore {
    /// The features.
    pub features: DisputeFeatures,
    /// The log-odds.
    pub logit: f64,
}

/// A model with everything that is known of how it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "M: DisputeModel", deny_unknown_fields)]
pub struct Artifact<M> {
    /// Version of the format.
    pub schema_version: u32,
    /// What the model predicts, such as `dispute-priority`.
    pub kind: String,
    /// Digest of the feature schema.
    pub feature_digest: String,
    /// The currency of the amounts that it sees; absent in older models, where it is the same: [`DISPUTE_CURRENCY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Digest of the examples that it was made from.
    pub data_digest: String,
    /// Digest of the golden scores.
    pub golden_digest: String,
    /// What it was made with, as JSON.
    pub spec: serde_json::Value,
    /// Labelled examples that it was made from.
    pub example_count: u64,
    /// Figures on later data.
    pub figures: Vec<Figure>,
    /// The numbers.
    pub model: M,
    /// Digest of all of the above.
    pub digest: String,
    /// Scores that must come out the same.
    #[serde(skip)]
    pub golden: Vec<GoldenScore>,
}

impl<M: DisputeModel> Artifact<M> {
    /// Seals a model: computes golden scores and digests.
    pub fn seal(
        model: M,
        spec: serde_json::Value,
        (data_digest, example_count): (String, u64),
        figures: Vec<Figure>,
        golden_features: &[DisputeFeatures],
    ) -> Self {
        let golden: Vec<GoldenScore> = golden_features
            .iter()
            .map(|features| GoldenScore { features: features.clone(), logit: model.score(features).logit() })
            .collect();
        let mut artifact = Artifact {
            schema_version: SCHEMA_VERSION,
            kind: M::KIND.to_string(),
            feature_digest: feature_digest(),
            currency: Some(DISPUTE_CURRENCY),
            data_digest,
            golden_digest: digest_of(golden_text(&golden).as_bytes()),
            spec,
            example_count,
            figures,
            model,
            digest: String::new(),
            golden,
        };
        artifact.digest = artifact.content_digest();
        artifact
    }

    /// Reads the texts of `model.json` and `golden.jsonl` and checks them against one another.
    ///
    /// # Errors
    /// What is wrong, with the file and what was expected.
    pub fn parse(model_text: &str, golden_text: &str) -> Result<Self, ArtifactError> {
        let malformed = |file| move |source| ArtifactError::Malformed { file, source };
        let mut artifact: Self = serde_json::from_str(model_text).map_err(malformed(MODEL_FILE))?;
        for line in golden_text.lines() {
            artifact.golden.push(serde_json::from_str(line).map_err(malformed(GOLDEN_FILE))?);
        }
        let checks = [
            ("schema_version", artifact.schema_version.to_string(), SCHEMA_VERSION.to_string()),
            ("kind", artifact.kind.clone(), M::KIND.to_string()),
            ("feature_digest", artifact.feature_digest.clone(), feature_digest()),
            ("currency", artifact.currency.unwrap_or(DISPUTE_CURRENCY).to_string(), DISPUTE_CURRENCY.to_string()),
            ("digest", artifact.digest.clone(), artifact.content_digest()),
            ("golden_digest", artifact.golden_digest.clone(), digest_of(golden_text.as_bytes())),
        ];
        for (field, found, expected) in checks {
            if found != expected {
                return Err(ArtifactError::Unexpected { file: MODEL_FILE, field, found, expected });
            }
        }
        if let Some(fault) = artifact.model.fault() {
            return Err(ArtifactError::Fault { fault });
        }
        for (index, golden) in artifact.golden.iter().enumerate() {
            let found = artifact.model.score(&golden.features).logit();
            if (found - golden.logit).abs() > GOLDEN_TOLERANCE {
                return Err(ArtifactError::Golden { line: index + 1, found, expected: golden.logit });
            }
        }
        Ok(artifact)
    }

    /// Writes a folder, which is made when it is missing.
    ///
    /// # Errors
    /// The file that cannot be written.
    pub fn write_folder(&self, folder: &Path, card: &str) -> Result<(), ArtifactError> {
        let failed = |path: PathBuf| move |source| ArtifactError::File { path, source };
        fs::create_dir_all(folder).map_err(failed(folder.to_owned()))?;
        let (model_text, golden_text) = self.texts();
        for (name, text) in [(MODEL_FILE, model_text.as_str()), (GOLDEN_FILE, &golden_text), (CARD_FILE, card)] {
            let path = folder.join(name);
            fs::write(&path, text).map_err(failed(path.clone()))?;
        }
        Ok(())
    }

    /// The texts of `model.json` and `golden.jsonl`, for stores that keep models as blobs.
    #[expect(clippy::expect_used, reason = "the model is made of strings, numbers and maps with text keys")]
    pub fn texts(&self) -> (String, String) {
        let mut model_text = serde_json::to_string_pretty(self).expect("plain values become JSON");
        model_text.push('\n');
        (model_text, golden_text(&self.golden))
    }

    fn content_digest(&self) -> String {
        let unsealed = Artifact { digest: String::new(), golden: Vec::new(), ..self.clone() };
        digest_of(unsealed.texts().0.as_bytes())
    }
}

#[expect(clippy::expect_used, reason = "golden scores are made of strings and numbers")]
fn golden_text(golden: &[GoldenScore]) -> String {
    let mut text = String::new();
    for score in golden {
        text.push_str(&serde_json::to_string(score).expect("plain values become JSON"));
        text.push('\n');
    }
    text
}

fn digest_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dispute::shipped_priority;

    #[test]
    fn an_artifact_without_currency_is_in_that_of_the_models_and_another_is_refused() {
        let shipped = shipped_priority().unwrap();
        assert_eq!(shipped.currency, Some(DISPUTE_CURRENCY));
        let read_with = |currency: Option<Currency>| {
            let mut artifact = Artifact { currency, ..shipped.clone() };
            artifact.digest = artifact.content_digest();
            let (model_text, golden_text) = artifact.texts();
            assert_eq!(model_text.contains("\"currency\""), currency.is_some());
            Artifact::parse(&model_text, &golden_text).map(|read| read == artifact).map_err(|error| error.to_string())
        };
        assert_eq!(read_with(None), Ok(true));
        let yen = Currency::parse("JPY").ok();
        assert_eq!(read_with(yen), Err("`currency` of `model.json` is `JPY`, expected `EUR`".to_owned()));
    }
}
