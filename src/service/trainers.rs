//! Trainers: for each kind of model, what it learns from, how, and how its artifact is loaded.

use super::archive::ModelFiles;
use super::models::ActiveModels;
use super::training::Metric;
use super::{Service, ServiceError};
use crate::domain::ids::{ModelId, ModelKind, TenantId};

/// A model that was trained, not stored yet.
pub(super) struct Trained {
    /// Its artifact.
    pub files: ModelFiles,
    /// Digest of the artifact.
    pub digest: String,
    /// Its figures on later data.
    pub metrics: Vec<Metric>,
    /// Whether it passed the gate.
    pub passed_gate: bool,
    /// Why it did or did not.
    pub gate_message: String,
}

/// Training that can be started: the data is at hand and suffices.
pub(super) struct TrainingJob {
    /// Labelled examples.
    pub example_count: u64,
    /// Does the work; it takes long and belongs on a blocking thread.
    pub train: Box<dyn FnOnce() -> Result<Trained, ServiceError> + Send>,
}

/// The models with one of another number in its place.
pub(super) fn with_model(models: ActiveModels, id: &ModelId, files: &ModelFiles) -> Result<ActiveModels, ServiceError> {
    let mut models = models;
    match id.kind() {
        ModelKind::Intent | ModelKind::Item | ModelKind::Severity => {
            models.reader = models.reader.replaced(id, files)?
        }
        ModelKind::DisputePriority | ModelKind::Validity => models.dispute = models.dispute.replaced(id, files)?,
        ModelKind::Payment => models.payment = models.payment.replaced(id, files)?,
    }
    Ok(models)
}

/// The gate: the deciding figure must be at least the champion's on the same rows, and above the best simple baseline.
pub(super) fn passes(metrics: &[Metric], champion: &[Metric], deciding: &str) -> (bool, String) {
    let named = |metrics: &[Metric]| metrics.iter().find(|metric| metric.name == deciding).cloned();
    let Some(challenger) = named(metrics) else {
        return (false, format!("`{deciding}` could not be measured: no later examples have a label"));
    };
    let rows = challenger.row_count;
    let value = challenger.value;
    if let Some(champion) = named(champion).filter(|champion| champion.value > value) {
        return (false, format!("{deciding} is {value:.3} on {rows} rows, the champion's {:.3}", champion.value));
    }
    if let Some((name, baseline)) = challenger.baseline.filter(|(_, baseline)| *baseline >= value) {
        return (false, format!("{deciding} is {value:.3} on {rows} rows, that of {name} {baseline:.3}"));
    }
    (true, format!("{deciding} is {value:.3} on {rows} later rows, at least the champion's and above simple rules"))
}

impl Service {
    /// What a run of this kind would train on.
    pub(super) async fn training_job(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        match kind {
            ModelKind::DisputePriority | ModelKind::Validity => self.dispute_job(tenant, kind, seed).await,
            ModelKind::Payment => self.payment_job(tenant, seed).await,
            ModelKind::Intent | ModelKind::Item | ModelKind::Severity => self.text_job(tenant, kind, seed).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ndcg(value: f64, baseline: f64) -> Vec<Metric> {
        let baseline = Some(("largest_first".to_owned(), baseline));
        vec![Metric { name: "ndcg_20".to_owned(), value, low: value, high: value, row_count: 50, baseline }]
    }

    #[test]
    fn the_gate_asks_for_more_than_the_champion_and_simple_rules() {
        assert!(passes(&ndcg(0.9, 0.6), &ndcg(0.8, 0.6), "ndcg_20").0);
        assert!(!passes(&ndcg(0.7, 0.6), &ndcg(0.8, 0.6), "ndcg_20").0);
        assert!(!passes(&ndcg(0.5, 0.6), &ndcg(0.4, 0.6), "ndcg_20").0);
        assert!(!passes(&[], &[], "ndcg_20").0);
    }
}
