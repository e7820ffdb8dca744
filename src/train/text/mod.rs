//! The text learner: from labelled messages in any language to a calibrated text model.

mod card;
mod curves;
mod encoded;
mod evaluate;
mod examples;
mod fit;
mod framework;
mod linear;
mod matrix;
mod network;
mod prepare;
mod repeats;
mod sampling;
mod seen;
mod sentences;
mod spec;
mod subwords;
mod tune;

#[cfg(test)]
mod tests;

pub use card::{CardText, text_card};
pub use encoded::train_text_with_encoder;
pub use evaluate::{LABEL_ROWS_ENOUGH, TextEvaluation, TextPrediction, UnknownLabel, evaluate_text};
pub use examples::{ExampleRow, ExampleRows, read_examples};
pub use fit::{CALIBRATION_BIN_COUNT, EXAMPLE_COUNT_MIN, LABEL_COUNT_MAX, TrainedText, train_text};
pub use network::NetworkSettings;
pub use repeats::{KnownTexts, RepeatGroups};
pub use sampling::SeededRandom;
pub use seen::{SEEN_FILE, SeenTexts};
pub use spec::{Repeats, TextExample, TextTrainError, TextTrainSpec, TrainStage};
