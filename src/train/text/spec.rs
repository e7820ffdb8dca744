//! What to train, and why it may fail.

use crate::model::text::{ExtraRegistry, FeatureSchema, TextModelError};

use super::network::NetworkSettings;

/// A message with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextExample {
    /// The message.
    pub text: String,
    /// What it is.
    pub label: String,
}

/// What becomes of messages that repeat another when some are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// They are held back together: no message is judged by a learner that has seen it.
    Together,
    /// Each is drawn by itself, for examples that are known not to repeat each other.
    Apart,
}

/// How a text model is trained. The defaults are meant to be good for any language and any set of labels.
#[derive(Clone)]
pub struct TextTrainSpec<'a> {
    /// What the model tells apart, such as `item`; a name for people.
    pub kind: String,
    /// Seed of everything random.
    pub seed: u64,
    /// The labels in rising order, where they are ordered; sorted names otherwise.
    pub ordered_labels: Option<Vec<String>>,
    /// The features to look at.
    pub features: FeatureSchema,
    /// The extra features that `features` may name.
    pub extras: ExtraRegistry<'a>,
    /// Costs of an error to choose from, rising.
    pub error_costs: Vec<f32>,
    /// The hidden layer to try beside the linear model; `None` for a linear model.
    pub network: Option<NetworkSettings>,
    /// What becomes of messages that repeat another.
    pub repeats: Repeats,
}

impl Default for TextTrainSpec<'_> {
    fn default() -> Self {
        TextTrainSpec {
            kind: "text".to_owned(),
            seed: 1,
            ordered_labels: None,
            features: FeatureSchema::default(),
            extras: ExtraRegistry::default(),
            error_costs: vec![0.05, 0.15, 0.5, 1.5],
            network: Some(NetworkSettings::default()),
            repeats: Repeats::Together,
        }
    }
}

/// A step of training, for a progress bar; whoever is told of it may stop the training there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainStage {
    /// Learning the subword tokenizer and the vocabulary.
    Features,
    /// Choosing settings on messages held back.
    Tuning,
    /// Learning from all messages.
    Fitting,
    /// Shrinking, calibrating and describing the model.
    Finishing,
}

/// Why a text model could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TextTrainError {
    /// There is nothing to learn from.
    #[error("found {found} labelled examples, expected at least {expected}")]
    TooFewExamples {
        /// Number of examples.
        found: usize,
        /// Fewest that are accepted.
        expected: usize,
    },
    /// All examples have the same label.
    #[error("all examples are labelled `{label}`, expected at least two labels")]
    OneLabel {
        /// The label.
        label: String,
    },
    /// An example has a label outside the ordered ones.
    #[error("example {index} is labelled `{label}`, expected one of: {}", expected.join(", "))]
    UnknownLabel {
        /// Position of the example, from 0.
        index: usize,
        /// Its label.
        label: String,
        /// The ordered labels.
        expected: Vec<String>,
    },
    /// The examples have more labels than a text model may tell apart.
    #[error("found {found} labels, expected at most {expected}")]
    TooManyLabels {
        /// Number of labels.
        found: usize,
        /// Most that are accepted.
        expected: usize,
    },
    /// The caller stopped the training at one of its stages.
    #[error("the training was stopped before its end")]
    Stopped,
    /// The model could not be put together.
    #[error(transparent)]
    Model(#[from] TextModelError),
    /// The learning framework refused.
    #[error(transparent)]
    Framework(#[from] linfa::Error),
}
