//! Text models: the label of a message in any language, calibrated, with the words that decided.

mod artifact;
mod binary;
mod calibration;
mod concepts;
mod distinct;
mod error;
mod explain;
mod extra;
mod features;
mod figures;
mod ideas;
mod lanes;
mod merging;
mod predict;
mod rows;
mod schema;
mod sentences;
mod subwords;
mod vector;
mod vocabulary;
mod weights;

pub use artifact::{
    ArtifactFiles, FORMAT_VERSION, GOLDEN_FILE, GoldenScore, MODEL_FILE, ModelDescription, TOKENIZER_FILE, TextModel,
    TrainingSummary, WEIGHTS_FILE,
};
pub use calibration::{Calibration, Curve, LabelOrder};
pub use concepts::{CONCEPT_FEATURES, KNOWN_EXTRAS};
pub use error::TextModelError;
pub use explain::WordContribution;
pub use extra::{ExtraFeature, ExtraFeatures, ExtraRegistry, hash_of_name};
pub use features::{FeatureFinder, FoundFeatures, Occurrence};
pub use predict::{KNOWN_WORD_SHARE_MIN, Prediction, TextScratch};
pub use schema::{BLOCK_COUNT, Block, FeatureSchema};
pub use sentences::{Reading, RowPart, SentenceRow, Sentences};
pub use subwords::{Subwords, WORD_START};
pub use vector::{Entry, VectorScratch, Vectoriser};
pub use vocabulary::{Feature, Vocabulary};
pub use weights::DenseWeights;
