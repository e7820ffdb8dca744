//! Training the models that read messages from the tenant's own disputes: their messages, with what a person or another
//! system said of them.

use super::limits::DISPUTES_SCANNED_AT_ONCE;
use super::trainers::{Trained, TrainingJob, passes};
use super::training::Metric;
use super::{Service, ServiceError};
use crate::domain::dispute::Severity;
use crate::domain::ids::{ModelKind, TenantId};
use crate::train::text::{TextExample, TextTrainSpec, train_text};

/// Labelled messages that are needed at least.
const MESSAGES_MIN: usize = 200;
/// The figure that decides at the gate, beside that of always naming the most frequent label.
const DECIDING: &str = "macro_f1";
/// The same figure of always naming the most frequent label.
const MAJORITY: &str = "majority_macro_f1";

impl Service {
    /// Training of a model of messages.
    pub(super) async fn text_job(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        let examples = self.labelled_messages(tenant, kind).await?;
        if examples.len() < MESSAGES_MIN {
            let found = examples.len();
            let message = format!("{found} labelled messages for `{kind}`, but at least {MESSAGES_MIN} are needed");
            return Err(ServiceError::Precondition { reason: "TOO_FEW_LABELS", message });
        }
        let example_count = u64::try_from(examples.len()).unwrap_or(u64::MAX);
        Ok(TrainingJob { example_count, train: Box::new(move || train_messages(&examples, kind, seed)) })
    }

    /// Messages of disputes with their item or severity. Of the intent, history holds disputes only, which teach nothing.
    async fn labelled_messages(&self, tenant: &TenantId, kind: ModelKind) -> Result<Vec<TextExample>, ServiceError> {
        let mut examples = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.dispute_history(tenant, after.as_ref(), DISPUTES_SCANNED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(examples) };
            after = Some(last.id.clone());
            for record in page {
                let label = match kind {
                    ModelKind::Item => record.contested_item.to_string(),
                    ModelKind::Severity => record.severity.to_string(),
                    ModelKind::Intent | ModelKind::DisputePriority | ModelKind::Validity | ModelKind::Payment => {
                        continue;
                    }
                };
                if let Some(text) = record.message {
                    examples.push(TextExample { text, label });
                }
            }
        }
    }
}

fn train_messages(examples: &[TextExample], kind: ModelKind, seed: u64) -> Result<Trained, ServiceError> {
    let severities = || Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect();
    let ordered_labels = (kind == ModelKind::Severity).then(severities);
    let spec = TextTrainSpec { kind: kind.to_string(), seed, ordered_labels, ..TextTrainSpec::default() };
    let trained = train_text(examples, 0, &spec, &|_| {})
        .map_err(|source| ServiceError::Internal { context: "training a model of messages", source: source.into() })?;
    let training = &trained.model.description().training;
    let row_count = u64::try_from(training.held_out_count).unwrap_or(u64::MAX);
    let majority = training.held_out_metrics.get(MAJORITY).map(|value| ("majority".to_owned(), *value));
    let metrics: Vec<Metric> = training
        .held_out_metrics
        .iter()
        .map(|(name, value)| Metric {
            name: name.clone(),
            value: *value,
            low: *value,
            high: *value,
            row_count,
            baseline: majority.clone().filter(|_| name == DECIDING),
        })
        .collect();
    let (passed_gate, gate_message) = passes(&metrics, &[], DECIDING);
    let digest = blake3::hash(&trained.files.description).to_hex().to_string();
    let files = [
        ("model.json", trained.files.description.into_owned()),
        ("weights.bin", trained.files.weights.into_owned()),
        ("tokenizer.json", trained.files.tokenizer.into_owned()),
        ("golden.jsonl", trained.files.golden.into_owned()),
    ];
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    Ok(Trained { files, digest, metrics, passed_gate, gate_message })
}
