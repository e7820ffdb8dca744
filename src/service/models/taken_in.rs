//! What a model that was trained elsewhere tells of itself before it is taken in: its kind, its labels and its figures.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ActiveModels;
use super::archive::ModelFiles;
use crate::domain::ids::{ModelId, ModelKind};
use crate::model::dispute::Figure;
use crate::model::text::MODEL_FILE;
use crate::service::ServiceError;
use crate::service::message::reading::{MessageReader, held_out_metrics};
use crate::service::training::Metric;
use crate::service::training::trainers::with_model;

/// The kind that `recourse train text` gives its models; their labels tell what they are good for.
const KIND_OF_ANY_TEXT: &str = "text";

/// What of a model that can be used counts beside its files.
pub(super) struct TakenIn {
    /// The labels of a model of items; none of another.
    pub item_labels: Vec<String>,
    /// The figures that it brings. A payment model has none but those on its card.
    pub metrics: Vec<Metric>,
}

impl TakenIn {
    /// Reads a model whole, to see whether it can be used under `id`.
    ///
    /// # Errors
    /// When it is of another kind, or damaged.
    pub(in crate::service) fn read(
        models: ActiveModels,
        id: &ModelId,
        files: &ModelFiles,
    ) -> Result<Self, ServiceError> {
        check_kind(id, files)?;
        with_model(models, id, files)?;
        match id.kind() {
            ModelKind::Intent | ModelKind::Item | ModelKind::Severity => {
                let model = MessageReader::read_text_model(id, files)?;
                let is_of_items = id.kind() == ModelKind::Item;
                Ok(TakenIn {
                    item_labels: if is_of_items { model.labels().to_vec() } else { Vec::new() },
                    metrics: held_out_metrics(&model.description().training),
                })
            }
            ModelKind::DisputePriority | ModelKind::Validity => {
                let Described { figures, .. } = Described::of(files).unwrap_or_default();
                Ok(TakenIn { item_labels: Vec::new(), metrics: figures.into_iter().map(Metric::from).collect() })
            }
            ModelKind::Payment => Ok(TakenIn { item_labels: Vec::new(), metrics: Vec::new() }),
        }
    }
}

/// What `model.json` of any kind may say of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described {
    kind: Option<String>,
    /// Named by the scorers of entities alone, such as `entities/0001`.
    name: Option<String>,
    /// Named by payment models, which name no kind.
    weights_digest: Option<IgnoredAny>,
    figures: Vec<Figure>,
}

impl Described {
    fn of(files: &ModelFiles) -> Option<Self> {
        serde_json::from_slice(files.get(MODEL_FILE)?).ok()
    }

    /// The kind that the description tells; `None` where it tells none.
    fn kind(self) -> Option<String> {
        let Described { kind, name, weights_digest, figures: _ } = self;
        let of_name = || name.and_then(|name| name.split_once('/').map(|(kind, _)| kind.to_owned()));
        kind.or_else(of_name).or_else(|| weights_digest.map(|_| ModelKind::Payment.as_str().to_owned()))
    }
}

/// Refuses a model that says of itself to be of another kind. What tells nothing is left to its reader.
fn check_kind(id: &ModelId, files: &ModelFiles) -> Result<(), ServiceError> {
    let Some(found) = Described::of(files).and_then(Described::kind) else { return Ok(()) };
    let kind = id.kind();
    let expected = match kind {
        ModelKind::Intent | ModelKind::Item | ModelKind::Severity if found == KIND_OF_ANY_TEXT => return Ok(()),
        ModelKind::Intent | ModelKind::Item | ModelKind::Severity => format!("`{kind}` or `{KIND_OF_ANY_TEXT}`"),
        ModelKind::DisputePriority | ModelKind::Validity | ModelKind::Payment => format!("`{kind}`"),
    };
    if found == kind.as_str() {
        return Ok(());
    }
    let problem = format!("it is a model of kind `{found}`, expected {expected}");
    Err(ServiceError::CorruptModel { id: id.to_string(), problem })
}
