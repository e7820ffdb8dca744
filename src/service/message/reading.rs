//! Reads a message with the models of text: what the sender wants, what is contested, how serious it is, and what is named.

use std::cell::RefCell;
use std::sync::Arc;

use crate::domain::dispute::Severity;
use crate::domain::ids::{InvoiceId, ModelId, ModelKind};
use crate::domain::message::{Classification, DecidingWord, Graded, Intent, MessageReading, PromisedSum};
use crate::domain::money::Currency;
use crate::domain::taxonomy::{ItemCode, Taxonomy};
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::model::entities::{EntityModelError, read_entity_model};
use crate::model::text::{
    ArtifactFiles, KNOWN_EXTRAS, Prediction, TextModel, TextModelError, TextScratch, TrainingSummary,
};
use crate::service::ServiceError;
use crate::service::models::archive::ModelFiles;
use crate::service::models::{IncomingMessage, ReadMessage, ShippedModel};
use crate::service::training::Metric;
use crate::text::entities::invoices::normalise_number;
use crate::text::entities::{Entities, EntityScorers};
use crate::text::html::plain_text;
use crate::text::own_text::own_text_of_plain;
use crate::text::quoting::own_parts;

/// Words that are named for each label.
const DECIDING_WORDS_MAX: usize = 6;

/// Open invoices of a customer that are looked for in a message.
const OPEN_INVOICES_MAX: usize = 2_000;

thread_local! {
    static SCRATCH: RefCell<TextScratch> = RefCell::new(TextScratch::default());
}

/// A text model whose labels were read as `T`.
struct Classifier<T> {
    id: ModelId,
    model: TextModel,
    labels: Vec<T>,
}

/// The models that read messages.
#[derive(Clone)]
pub struct MessageReader {
    intent: Arc<Classifier<Intent>>,
    item: Arc<Classifier<ItemCode>>,
    severity: Arc<Classifier<Severity>>,
    entities: Arc<EntityScorers>,
}

/// Why a reader could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// A text model cannot be read.
    #[error("the model `{id}` cannot be read")]
    Model {
        /// The model.
        id: ModelId,
        /// What is wrong.
        #[source]
        source: TextModelError,
    },
    /// A text model has a label that it must not have.
    #[error("the model `{id}` has an unexpected label")]
    Label {
        /// The model.
        id: ModelId,
        /// What is wrong.
        #[source]
        source: Violation,
    },
    /// The entity scorers cannot be read.
    #[error("the entity model cannot be read")]
    Entities(#[from] EntityModelError),
}

/// What else is known when a message is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadingHints<'a> {
    /// When it was received; without it a date must state its year, and no day is counted from it, as `tomorrow` is.
    pub received_on: Option<CivilDate>,
    /// The sender's open invoices, empty when the sender is unknown.
    pub open_invoices: &'a [InvoiceId],
    /// The customer's currency: meant when an amount names none, and a sign of how dates are written.
    pub currency: Option<Currency>,
}

/// The files of the shipped models.
macro_rules! shipped {
    ($folder:literal, $file:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $folder, "/0001/", $file))
    };
}
macro_rules! shipped_text_model {
    ($folder:literal) => {
        ArtifactFiles {
            description: shipped!($folder, "model.json").as_slice().into(),
            weights: shipped!($folder, "weights.bin").as_slice().into(),
            tokenizer: shipped!($folder, "tokenizer.json").as_slice().into(),
            golden: shipped!($folder, "golden.jsonl").as_slice().into(),
        }
    };
}

/// The figures of a text model on messages that were held back while it was tuned, as its description has them.
pub(in crate::service) fn held_out_metrics(training: &TrainingSummary) -> Vec<Metric> {
    let metrics = training.held_out_metrics.iter().map(|(name, value)| Metric {
        name: format!("held_out_{name}"),
        value: *value,
        low: *value,
        high: *value,
        row_count: training.held_out_count as u64,
        baseline: None,
    });
    metrics.collect()
}

impl<T: Clone> Classifier<T> {
    fn load(
        id: ModelId,
        files: &ArtifactFiles<'_>,
        parse: impl Fn(&str) -> Result<T, Violation>,
    ) -> Result<Arc<Self>, ReaderError> {
        let model = TextModel::from_files(files, KNOWN_EXTRAS)
            .map_err(|source| ReaderError::Model { id: id.clone(), source })?;
        let labels: Result<Vec<T>, Violation> = model.labels().iter().map(|label| parse(label)).collect();
        let labels = labels.map_err(|source| ReaderError::Label { id: id.clone(), source })?;
        Ok(Arc::new(Classifier { id, model, labels }))
    }

    fn described(&self) -> ShippedModel {
        let metrics = held_out_metrics(&self.model.description().training);
        let files = self.model.description().files.values().map(String::as_str).collect::<String>();
        let digest = blake3::hash(files.as_bytes()).to_hex().to_string();
        ShippedModel { id: self.id.clone(), digest, metrics }
    }

    fn classify(&self, text: &str, scratch: &mut TextScratch) -> Classification<T> {
        let prediction = self.model.predict(text, scratch);
        let Prediction { label_index, abstains: abstained, known_word_share, .. } = prediction;
        let mut labels: Vec<(usize, Graded<T>)> = self
            .labels
            .iter()
            .cloned()
            .zip(prediction.probabilities)
            .map(|(label, probability)| Graded { label, probability: *probability })
            .enumerate()
            .collect();
        labels.sort_by(|(left_index, left), (right_index, right)| {
            let is_left_top = *left_index == label_index;
            let is_right_top = *right_index == label_index;
            is_right_top.cmp(&is_left_top).then(right.probability.total_cmp(&left.probability))
        });
        let explained = self.model.explain_predicted(text, label_index, DECIDING_WORDS_MAX, scratch);
        let words = explained.into_iter().map(|word| DecidingWord { text: word.word, weight: word.contribution });
        Classification {
            labels: labels.into_iter().map(|(_, graded)| graded).collect(),
            abstained,
            known_word_share,
            words: words.collect(),
            model_id: self.id.clone(),
        }
    }
}

impl Classifier<ItemCode> {
    /// The same model in the codes of a taxonomy; `None` where it speaks in them already.
    fn in_codes_of(&self, taxonomy: &Taxonomy) -> Option<Self> {
        if self.labels.iter().all(|label| taxonomy.item(label).is_some()) {
            return None;
        }
        let model = self.model.merged(|label| taxonomy.code_for(label).into());
        let labels = model.labels().iter().map(|label| taxonomy.code_for(label)).collect();
        Some(Classifier { id: self.id.clone(), model, labels })
    }
}

impl MessageReader {
    /// The reader that is made of the shipped models.
    ///
    /// # Errors
    /// When a shipped model is damaged.
    pub fn shipped() -> Result<Self, ReaderError> {
        let description = String::from_utf8_lossy(shipped!("entities", "model.json"));
        Ok(MessageReader {
            intent: Classifier::load(
                ModelId::shipped(ModelKind::Intent),
                &shipped_text_model!("intent"),
                Intent::parse,
            )?,
            item: Classifier::load(ModelId::shipped(ModelKind::Item), &shipped_text_model!("item"), ItemCode::parse)?,
            severity: Classifier::load(
                ModelId::shipped(ModelKind::Severity),
                &shipped_text_model!("severity"),
                Severity::parse,
            )?,
            entities: Arc::new(read_entity_model(&description, shipped!("entities", "weights.bin"))?),
        })
    }

    /// The shipped text model of a kind.
    ///
    /// # Errors
    /// When it is damaged, or the kind reads no text.
    pub(in crate::service) fn shipped_text_model(kind: ModelKind) -> Result<TextModel, ServiceError> {
        let id = ModelId::shipped(kind);
        let files = match kind {
            ModelKind::Intent => shipped_text_model!("intent"),
            ModelKind::Item => shipped_text_model!("item"),
            ModelKind::Severity => shipped_text_model!("severity"),
            ModelKind::DisputePriority | ModelKind::Validity | ModelKind::Payment => {
                let problem = "it is no model of messages".to_owned();
                return Err(ServiceError::CorruptModel { id: id.to_string(), problem });
            }
        };
        text_model(&id, &files)
    }

    /// The text model in these files.
    ///
    /// # Errors
    /// When they are damaged.
    pub(in crate::service) fn read_text_model(id: &ModelId, files: &ModelFiles) -> Result<TextModel, ServiceError> {
        text_model(id, &artifact_files(files))
    }

    /// The classifiers with their digests and their figures on messages that were held back while they were tuned.
    pub fn described(&self) -> Vec<ShippedModel> {
        vec![self.intent.described(), self.item.described(), self.severity.described()]
    }

    /// What a message says.
    pub fn read_with(&self, subject: &str, body: &str, hints: &ReadingHints<'_>) -> MessageReading {
        SCRATCH.with_borrow_mut(|scratch| self.read_in(subject, body, hints, scratch))
    }

    fn read_in(
        &self,
        subject: &str,
        body: &str,
        hints: &ReadingHints<'_>,
        scratch: &mut TextScratch,
    ) -> MessageReading {
        let plain = plain_text(body);
        let text = own_text_of_plain(subject, &plain);
        let intent = self.intent.classify(&text, scratch);
        let wants = intent.top().map_or(Intent::Other, |graded| graded.label);
        let is_dispute = wants == Intent::Dispute;
        let contested_item = is_dispute.then(|| self.item.classify(&text, scratch));
        let severity = is_dispute.then(|| self.severity.classify(&text, scratch));

        let open = hints.open_invoices.get(..hints.open_invoices.len().min(OPEN_INVOICES_MAX)).unwrap_or_default();
        let known: Vec<String> = open.iter().map(|id| normalise_number(id.as_str())).collect();
        let (searched, parts) = if subject.trim().is_empty() {
            (plain.as_ref(), own_parts(&plain))
        } else {
            (text.as_str(), std::iter::once(0..text.len()).collect())
        };
        let entities = Entities::find(searched, &parts, &self.entities, &known, hints.currency);
        let mut invoices: Vec<String> = Vec::new();
        let mut matched_invoice_ids: Vec<InvoiceId> = Vec::new();
        for found in entities.invoices() {
            let number = found.number(searched);
            if !invoices.contains(&number) {
                invoices.push(number);
            }
            if let Some(id) = found.known_index.and_then(|index| open.get(index))
                && !matched_invoice_ids.contains(id)
            {
                matched_invoice_ids.push(id.clone());
            }
        }
        let contested_amount =
            if is_dispute { entities.contested_amount(&self.entities, hints.currency) } else { None };
        let is_promise = wants == Intent::PromiseToPay;
        let promised_on = match wants {
            Intent::PromiseToPay | Intent::Dispute => {
                entities.promised_on(&self.entities, is_promise, hints.received_on)
            }
            Intent::RemittanceAdvice | Intent::PaymentPlanRequest | Intent::Query | Intent::Other => None,
        };
        let promised_sum = match is_promise {
            true => entities.promised_sum(&self.entities, hints.currency),
            false => PromisedSum::NotStated,
        };
        MessageReading {
            language: entities.language().cloned(),
            intent,
            contested_item,
            severity,
            invoices,
            matched_invoice_ids,
            contested_amount,
            promised_on,
            promised_sum,
        }
    }
}

fn artifact_files(files: &ModelFiles) -> ArtifactFiles<'_> {
    let file = |name: &str| files.get(name).map(Vec::as_slice).unwrap_or_default();
    ArtifactFiles {
        description: file("model.json").into(),
        weights: file("weights.bin").into(),
        tokenizer: file("tokenizer.json").into(),
        golden: file("golden.jsonl").into(),
    }
}

fn text_model(id: &ModelId, files: &ArtifactFiles<'_>) -> Result<TextModel, ServiceError> {
    TextModel::from_files(files, KNOWN_EXTRAS)
        .map_err(|error| ServiceError::CorruptModel { id: id.to_string(), problem: error.to_string() })
}

impl ReadMessage for MessageReader {
    fn read(&self, message: &IncomingMessage<'_>) -> MessageReading {
        let IncomingMessage { subject, body, received_on, open_invoices, currency } = *message;
        let hints = ReadingHints { received_on: Some(received_on), open_invoices, currency };
        self.read_with(subject, body, &hints)
    }

    fn in_codes_of(&self, taxonomy: &Taxonomy) -> Option<Arc<dyn ReadMessage>> {
        let item = Arc::new(self.item.in_codes_of(taxonomy)?);
        Some(Arc::new(MessageReader { item, ..self.clone() }))
    }

    fn replaced(&self, id: &ModelId, files: &ModelFiles) -> Result<Arc<dyn ReadMessage>, ServiceError> {
        let corrupt = |problem: String| ServiceError::CorruptModel { id: id.to_string(), problem };
        let artifact = artifact_files(files);
        let unreadable = |error: ReaderError| {
            corrupt(match error {
                ReaderError::Model { source, .. } => source.to_string(),
                ReaderError::Label { source, .. } => format!("a label is not of this kind: {source}"),
                ReaderError::Entities(source) => source.to_string(),
            })
        };
        let mut reader = self.clone();
        match id.kind() {
            ModelKind::Intent => {
                reader.intent = Classifier::load(id.clone(), &artifact, Intent::parse).map_err(unreadable)?;
            }
            ModelKind::Item => {
                reader.item = Classifier::load(id.clone(), &artifact, ItemCode::parse).map_err(unreadable)?;
            }
            ModelKind::Severity => {
                reader.severity = Classifier::load(id.clone(), &artifact, Severity::parse).map_err(unreadable)?;
            }
            ModelKind::DisputePriority | ModelKind::Validity | ModelKind::Payment => {
                return Err(corrupt("it is no model of messages".to_owned()));
            }
        }
        Ok(Arc::new(reader))
    }
}
