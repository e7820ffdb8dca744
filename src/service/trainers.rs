//! Trainers: for each kind of model, what it learns from, how, and how its artifact is loaded.

use super::archive::ModelFiles;
use super::models::ActiveModels;
use super::training::Metric;
use super::training_control::RunControl;
use super::{Service, ServiceError};
use crate::domain::ids::{ModelId, ModelKind, TenantId};
use crate::domain::time::CivilDate;

/// The file of an artifact that describes it.
const DESCRIPTION_FILE: &str = "model.json";

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
    pub train: Work,
}

/// The work of a training run; it tells its stages and stops between them when it is asked to.
pub(super) type Work = Box<dyn FnOnce(&RunControl) -> Result<Trained, ServiceError> + Send>;

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

/// The digest of a model's description, which names the digests of its other files.
pub(super) fn description_digest(description: &[u8]) -> String {
    blake3::hash(description).to_hex().to_string()
}

/// The digest that the files of a trained model have; `None` when there is none to read. A dispute model carries its own, which its
/// reader checks.
pub(super) fn digest_of_files(kind: ModelKind, files: &ModelFiles) -> Option<String> {
    let description = files.get(DESCRIPTION_FILE)?;
    match kind {
        ModelKind::DisputePriority | ModelKind::Validity => {
            let artifact: serde_json::Value = serde_json::from_slice(description).ok()?;
            Some(artifact.get("digest")?.as_str()?.to_owned())
        }
        ModelKind::Intent | ModelKind::Item | ModelKind::Severity | ModelKind::Payment => {
            Some(description_digest(description))
        }
    }
}

/// The figures of a challenger and its champion.
pub(super) struct Judgement<'a> {
    /// The challenger's on all later rows, beside simple rules.
    pub metrics: &'a [Metric],
    /// The challenger's on the rows on which the champion is judged too.
    pub compared: &'a [Metric],
    /// The champion's.
    pub champion: &'a [Metric],
}

/// The gate: the deciding figure must be above that of the best simple rule, and at least the champion's on the same rows.
pub(super) fn passes(judgement: &Judgement<'_>, deciding: &str) -> (bool, String) {
    let named = |metrics: &[Metric]| metrics.iter().find(|metric| metric.name == deciding).cloned();
    let Some(Metric { value, row_count, baseline, .. }) = named(judgement.metrics) else {
        return (false, format!("`{deciding}` could not be measured: no later examples have a label"));
    };
    let mut message = format!("{deciding} is {value:.3} on {row_count} later rows");
    if let Some((name, of_rule)) = &baseline {
        message.push_str(&format!(", that of {name} {of_rule:.3}"));
    }
    let Some((compared, champion)) = named(judgement.compared).zip(named(judgement.champion)) else {
        message.push_str("; it could not be compared with the champion");
        return (false, message);
    };
    if compared.row_count < row_count {
        message.push_str(&format!("; on the {} on which both are compared {:.3}", compared.row_count, compared.value));
    }
    message.push_str(&format!(", the champion's {:.3}", champion.value));
    let holds_up = compared.value >= champion.value;
    let beats_rules = baseline.is_none_or(|(_, of_rule)| value > of_rule);
    (holds_up && beats_rules, message)
}

impl Service {
    /// The last day of which a champion that was trained here can have learned.
    pub(super) async fn learned_until(
        &self,
        tenant: &TenantId,
        champion: Option<&ModelId>,
    ) -> Result<Option<CivilDate>, ServiceError> {
        let Some(id) = champion else { return Ok(None) };
        Ok(self.store.model(tenant, id).await?.map(|model| model.created_at.civil_date()))
    }

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

    fn ndcg(value: f64, row_count: u64) -> Vec<Metric> {
        let baseline = Some(("largest_first".to_owned(), 0.6));
        vec![Metric { name: "ndcg_20".to_owned(), value, low: value, high: value, row_count, baseline }]
    }

    #[test]
    fn the_gate_asks_for_more_than_the_champion_and_simple_rules() {
        let gate = |of_all: &[Metric], compared: &[Metric], champion: &[Metric]| {
            passes(&Judgement { metrics: of_all, compared, champion }, "ndcg_20")
        };
        let on_50 = |value: f64| ndcg(value, 50);
        assert!(gate(&on_50(0.9), &on_50(0.9), &on_50(0.8)).0);
        let (passed, message) = gate(&on_50(0.7), &on_50(0.7), &on_50(0.8));
        assert!(!passed);
        assert_eq!(message, "ndcg_20 is 0.700 on 50 later rows, that of largest_first 0.600, the champion's 0.800");
        assert!(!gate(&on_50(0.5), &on_50(0.5), &on_50(0.4)).0, "a simple rule does better");
        let (passed, message) = gate(&ndcg(0.7, 80), &on_50(0.9), &on_50(0.8));
        assert!(passed, "it is compared on the rows that are new to both");
        let expected = "ndcg_20 is 0.700 on 80 later rows, that of largest_first 0.600; \
                        on the 50 on which both are compared 0.900, the champion's 0.800";
        assert_eq!(message, expected);
        let (passed, message) = gate(&on_50(0.7), &[], &on_50(0.4));
        assert!(!passed && message.ends_with("; it could not be compared with the champion"), "{message}");
        assert!(!gate(&[], &[], &[]).0);
    }
}
