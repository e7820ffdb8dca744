//! The files of a payment model: `model.json` with everything but the trees, and `weights.bin` with the trees.
//!
//! `weights.bin` holds, for each stage and each of its heads, the trees of the forest and the boosted trees: a count of
//! trees, then for each tree a count of nodes and the nodes, all little endian. `model.json` carries its digest.

use serde::{Deserialize, Serialize};

use super::PaymentModel;
use super::tree::{Node, Tree};
use crate::features::catalog;

/// Version of the format that is written.
const FORMAT_VERSION: u32 = 1;
/// Bytes of one node: feature, threshold, left child, value.
const NODE_BYTES: usize = 14;
/// Most nodes that a file may hold.
const NODES_MAX: usize = 50_000_000;

/// Why a payment model could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentArtifactError {
    /// `model.json` is not what it should be.
    #[error("model.json cannot be read: {reason}")]
    Json {
        /// What is wrong.
        reason: String,
    },
    /// The format is of another release.
    #[error("model.json has format {found}, expected {FORMAT_VERSION}")]
    Format {
        /// The version found.
        found: u32,
    },
    /// `weights.bin` is not the file that `model.json` was written with.
    #[error("weights.bin has digest {found}, expected {expected}")]
    Digest {
        /// The digest found.
        found: String,
        /// The digest expected.
        expected: String,
    },
    /// The trees cannot be read.
    #[error("weights.bin is damaged at byte {offset}")]
    Damaged {
        /// Where.
        offset: usize,
    },
    /// A head would give no numbers, or never end.
    #[error(
        "the head of {horizon_days} days past due does not hold together: numbers that are not finite, a slope or a deviation that is not \
         above 0, a weight below 0, or trees whose nodes do not follow each other"
    )]
    Unsound {
        /// The horizon of the head.
        horizon_days: i32,
    },
    /// The model was trained with other features.
    #[error("the model was trained with feature catalog {found}, but this release has {expected}")]
    Features {
        /// Digest of the model's catalog.
        found: String,
        /// Digest of this release's catalog.
        expected: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Document {
    format_version: u32,
    weights_digest: String,
    model: PaymentModel,
}

/// The files of a payment model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFiles {
    /// `model.json`.
    pub json: String,
    /// `weights.bin`.
    pub weights: Vec<u8>,
}

impl PaymentModel {
    /// Writes the model; the same model gives the same bytes.
    ///
    /// # Errors
    /// When a number of the model is not finite.
    pub fn to_files(&self) -> Result<PaymentFiles, PaymentArtifactError> {
        let mut weights = Vec::new();
        for head in self.stages.iter().flat_map(|stage| &stage.heads) {
            write_trees(&head.forest.trees, &mut weights);
            write_trees(&head.boosted.trees, &mut weights);
        }
        let weights_digest = blake3::hash(&weights).to_hex().to_string();
        let document = Document { format_version: FORMAT_VERSION, weights_digest, model: self.without_trees() };
        let mut json = serde_json::to_string_pretty(&document)
            .map_err(|error| PaymentArtifactError::Json { reason: error.to_string() })?;
        json.push('\n');
        Ok(PaymentFiles { json, weights })
    }

    /// Reads a model and checks that it is whole and fits this release.
    ///
    /// # Errors
    /// When a file is damaged, of another format, or of other features.
    pub fn from_files(json: &str, weights: &[u8]) -> Result<Self, PaymentArtifactError> {
        let document: Document =
            serde_json::from_str(json).map_err(|error| PaymentArtifactError::Json { reason: error.to_string() })?;
        if document.format_version != FORMAT_VERSION {
            return Err(PaymentArtifactError::Format { found: document.format_version });
        }
        let found = blake3::hash(weights).to_hex().to_string();
        if found != document.weights_digest {
            return Err(PaymentArtifactError::Digest { found, expected: document.weights_digest });
        }
        let mut model = document.model;
        let expected = catalog::digest();
        if model.feature_digest != expected {
            return Err(PaymentArtifactError::Features { found: model.feature_digest, expected });
        }
        let mut reader = Reader { bytes: weights, offset: 0 };
        for head in model.stages.iter_mut().flat_map(|stage| &mut stage.heads) {
            head.forest.trees = reader.trees()?;
            head.boosted.trees = reader.trees()?;
            if !head.is_sound() {
                return Err(PaymentArtifactError::Unsound { horizon_days: head.horizon_days });
            }
        }
        if reader.offset == weights.len() { Ok(model) } else { Err(reader.damaged()) }
    }

    fn without_trees(&self) -> PaymentModel {
        let mut model = self.clone();
        for head in model.stages.iter_mut().flat_map(|stage| &mut stage.heads) {
            head.forest.trees.clear();
            head.boosted.trees.clear();
        }
        model
    }
}

fn write_count(count: usize, bytes: &mut Vec<u8>) {
    bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_trees(trees: &[Tree], bytes: &mut Vec<u8>) {
    write_count(trees.len(), bytes);
    for tree in trees {
        write_count(tree.nodes.len(), bytes);
        for node in &tree.nodes {
            bytes.extend(node.feature.to_le_bytes());
            bytes.extend(node.threshold.to_le_bytes());
            bytes.extend(node.left.to_le_bytes());
            bytes.extend(node.value.to_le_bytes());
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn damaged(&self) -> PaymentArtifactError {
        PaymentArtifactError::Damaged { offset: self.offset }
    }

    fn take<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], PaymentArtifactError> {
        let slice = self.bytes.get(self.offset..self.offset + COUNT).ok_or_else(|| self.damaged())?;
        let taken = slice.try_into().map_err(|_| self.damaged())?;
        self.offset += COUNT;
        Ok(taken)
    }

    /// A count of things of which each takes at least `bytes_each`, so that a damaged count asks for no memory.
    fn count(&mut self, bytes_each: usize) -> Result<usize, PaymentArtifactError> {
        let count = u32::from_le_bytes(self.take()?) as usize;
        let left = self.bytes.len() - self.offset;
        if count > NODES_MAX || count * bytes_each > left { Err(self.damaged()) } else { Ok(count) }
    }

    fn trees(&mut self) -> Result<Vec<Tree>, PaymentArtifactError> {
        let tree_count = self.count(4)?;
        let mut trees = Vec::with_capacity(tree_count);
        for _ in 0..tree_count {
            let node_count = self.count(NODE_BYTES)?;
            let mut nodes = Vec::with_capacity(node_count);
            for _ in 0..node_count {
                nodes.push(Node {
                    feature: u16::from_le_bytes(self.take()?),
                    threshold: f32::from_le_bytes(self.take()?),
                    left: u32::from_le_bytes(self.take()?),
                    value: f32::from_le_bytes(self.take()?),
                });
            }
            trees.push(Tree { nodes });
        }
        Ok(trees)
    }
}
