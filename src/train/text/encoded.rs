//! Trains a text model whose extra features are the embedding of a sentence encoder, and finds how much they should count.

use super::fit::{TrainedText, train_text};
use super::spec::{TextExample, TextTrainError, TextTrainSpec, TrainStage};
use crate::model::text::{Block, ExtraFeatures, ExtraRegistry};

/// Weights of the embedding that are tried, beside 1 for the words.
const ENCODER_WEIGHTS: [f32; 3] = [0.5, 1.0, 2.0];

/// Trains a model with the embedding of `encoder` at each of a few weights; that which does best on held-out examples stays.
///
/// # Errors
/// As [`train_text`].
pub fn train_text_with_encoder(
    examples: &[TextExample],
    skipped_count: usize,
    spec: &TextTrainSpec<'_>,
    encoder: &'static dyn ExtraFeatures,
    on_stage: &dyn Fn(TrainStage) -> Result<(), TextTrainError>,
) -> Result<TrainedText, TextTrainError> {
    let known = [encoder];
    let mut best: Option<(f64, TrainedText)> = None;
    for weight in ENCODER_WEIGHTS {
        let mut features = spec.features.clone();
        features.extra_features = Some(encoder.name().to_owned());
        features.block_weights[Block::Extra as usize] = weight;
        let weighted = TextTrainSpec { features, extras: ExtraRegistry::new(&known), ..spec.clone() };
        let trained = train_text(examples, skipped_count, &weighted, on_stage)?;
        let metrics = &trained.model.description().training.held_out_metrics;
        let figure = metrics.get("quadratic_weighted_kappa").or_else(|| metrics.get("macro_f1"));
        let figure = figure.copied().unwrap_or(f64::NEG_INFINITY);
        if best.as_ref().is_none_or(|(highest, _)| figure > *highest) {
            best = Some((figure, trained));
        }
    }
    match best {
        Some((_, trained)) => Ok(trained),
        None => train_text(examples, skipped_count, spec, on_stage),
    }
}
