//! The models that come with Recourse, put together from the artifacts in `models/`, which the program carries in itself.

use std::sync::Arc;

use super::dispute::DisputeModels;
use super::payment::PaymentScorer;
use super::{ActiveModels, ShippedModel};
use crate::domain::ids::{ModelId, ModelKind};
use crate::model::dispute::{Figure, shipped_priority, shipped_validity};
use crate::service::message::reading::MessageReader;
use crate::service::training::Metric;

/// Why a shipped model cannot be used: the program itself is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the shipped {what} cannot be read")]
pub struct ShippedModelError {
    what: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

fn damaged<E>(what: &'static str) -> impl FnOnce(E) -> ShippedModelError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| ShippedModelError { what, source: Box::new(source) }
}

/// The shipped models, ready to serve.
///
/// # Errors
/// When an artifact is damaged.
pub fn active_models() -> Result<ActiveModels, ShippedModelError> {
    let reader = MessageReader::shipped().map_err(damaged("models that read messages"))?;
    let payment = PaymentScorer::shipped().map_err(damaged("payment model"))?;
    let dispute = DisputeModels::shipped().map_err(damaged("dispute models"))?;
    let priority = shipped_priority().map_err(damaged("dispute models"))?;
    let validity = shipped_validity().map_err(damaged("dispute models"))?;
    let mut shipped = reader.described();
    shipped.push(model(ModelKind::DisputePriority, priority.digest, &priority.figures));
    shipped.push(model(ModelKind::Validity, validity.digest, &validity.figures));
    shipped.push(model(ModelKind::Payment, PaymentScorer::shipped_digest(), &[]));
    Ok(ActiveModels::new(Arc::new(reader), Arc::new(payment), Arc::new(dispute), shipped))
}

fn model(kind: ModelKind, digest: String, figures: &[Figure]) -> ShippedModel {
    ShippedModel { id: ModelId::shipped(kind), digest, metrics: figures.iter().cloned().map(Metric::from).collect() }
}
