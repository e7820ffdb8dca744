//! Trainers: for each kind of model, what it learns from, how, and how its artifact is loaded.

use super::Metric;
use super::control::RunControl;
use crate::domain::ids::{ModelId, ModelKind, TenantId};
use crate::domain::time::CivilDate;
use crate::service::models::ActiveModels;
use crate::service::models::archive::ModelFiles;
use crate::service::{Service, ServiceError};
use crate::train::fair::{JudgedRows, Opponent, RARER_ROWS_MIN};

/// The file of an artifact that describes it.
const DESCRIPTION_FILE: &str = "model.json";
/// Later rows that a model is judged on, at least.
const LATER_ROWS_MIN: usize = 20;
/// On fewer later rows the advantage over simple rules must be more than chance.
const FEW_ROWS: usize = 200;

/// A model that was trained, not stored yet.
pub(in crate::service) struct Trained {
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

/// What a model of messages reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    Intent,
    Item,
    Severity,
}

impl From<TextKind> for ModelKind {
    fn from(kind: TextKind) -> Self {
        match kind {
            TextKind::Intent => ModelKind::Intent,
            TextKind::Item => ModelKind::Item,
            TextKind::Severity => ModelKind::Severity,
        }
    }
}

/// What a model of disputes says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DisputeKind {
    Priority,
    Validity,
}

impl From<DisputeKind> for ModelKind {
    fn from(kind: DisputeKind) -> Self {
        match kind {
            DisputeKind::Priority => ModelKind::DisputePriority,
            DisputeKind::Validity => ModelKind::Validity,
        }
    }
}

/// The models with one of another number in its place.
pub(in crate::service) fn with_model(
    models: ActiveModels,
    id: &ModelId,
    files: &ModelFiles,
) -> Result<ActiveModels, ServiceError> {
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
pub(in crate::service) fn digest_of_files(kind: ModelKind, files: &ModelFiles) -> Option<String> {
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

/// The figures of a challenger and of the model that it is compared with.
pub(super) struct Judgement<'a> {
    /// The challenger's on all later rows, beside simple rules.
    pub metrics: &'a [Metric],
    /// What those rows can tell.
    pub rows: JudgedRows,
    /// Whether the deciding figure has an interval of its own.
    pub has_interval: bool,
    /// The model that it is compared with.
    pub opponent: Opponent,
    /// The challenger's on the rows on which the other is judged too.
    pub compared: &'a [Metric],
    /// The other's.
    pub of_opponent: &'a [Metric],
}

/// The gate: there are enough later rows, the deciding figure has an interval, it is above that of the best simple rule, on few rows by more
/// than chance, and it is at least that of the champion on rows that are new to both. Where too few are new to the champion, the shipped model stands in.
pub(super) fn passes(judgement: &Judgement<'_>, deciding: &str) -> (bool, String) {
    let Judgement { metrics, rows, has_interval, opponent, compared, of_opponent } = judgement;
    let named = |metrics: &[Metric]| metrics.iter().find(|metric| metric.name == deciding).cloned();
    let Some(Metric { value, low, row_count, baseline, .. }) = named(metrics) else {
        return (false, format!("`{deciding}` could not be measured: no later examples have a label"));
    };
    let mut message = format!("{deciding} is {value:.3} on {row_count} later rows");
    if let Some((name, of_rule)) = &baseline {
        message.push_str(&format!(", that of {name} {of_rule:.3}"));
    }
    let is_at_least_the_other = match named(compared).zip(named(of_opponent)) {
        Some((compared, other)) => {
            message.push_str(&comparison(*opponent, row_count, &compared, &other));
            compared.value >= other.value
        }
        None => {
            message.push_str("; it could not be compared with the champion");
            false
        }
    };
    let is_enough = rows.count >= LATER_ROWS_MIN && rows.rarer_count >= RARER_ROWS_MIN;
    if !is_enough {
        message.push_str(&format!(
            "; that is too little to tell: at least {LATER_ROWS_MIN} later rows are needed, and {RARER_ROWS_MIN} without the most \
             frequent outcome, of which there are {}",
            rows.rarer_count
        ));
    }
    if !has_interval && is_enough {
        message.push_str(
            "; it has no 95 % interval, for they are of too few different customers or texts, so it may be chance",
        );
    }
    let is_above_the_rules = baseline.is_none_or(|(name, of_rule)| {
        if value <= of_rule || rows.count >= FEW_ROWS {
            return value > of_rule;
        }
        let is_clear = low > of_rule;
        if !is_clear && *has_interval && is_enough {
            message.push_str(&format!(
                "; on fewer than {FEW_ROWS} rows that may be chance: its 95 % interval, which must lie above that of {name}, begins at \
                 {low:.3}"
            ));
        }
        is_clear
    });
    (is_enough && *has_interval && is_above_the_rules && is_at_least_the_other, message)
}

/// Which comparison was made, on how many rows, and how it came out.
fn comparison(opponent: Opponent, row_count: u64, compared: &Metric, other: &Metric) -> String {
    match opponent {
        Opponent::Champion if compared.row_count < row_count => format!(
            "; on the {} of them that are new to the champion {:.3}, the champion's {:.3}",
            compared.row_count, compared.value, other.value
        ),
        Opponent::Champion => format!(", the champion's {:.3}", other.value),
        Opponent::Shipped { fresh_count } => format!(
            ", the shipped model's {:.3}; with the champion it cannot be compared, which has learned from all of them but {fresh_count}",
            other.value
        ),
    }
}

impl Service {
    /// The last day of which a champion that was trained here can have learned.
    pub(super) async fn learned_until(
        &self,
        tenant: &TenantId,
        champion: Option<&ModelId>,
    ) -> Result<Option<CivilDate>, ServiceError> {
        let Some(id) = champion else { return Ok(None) };
        Ok(self.store.model(tenant, id).await?.map(|model| self.day_of(model.created_at)))
    }

    /// What a run of this kind would train on.
    pub(super) async fn training_job(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        match kind {
            ModelKind::DisputePriority => self.dispute_job(tenant, DisputeKind::Priority, seed).await,
            ModelKind::Validity => self.dispute_job(tenant, DisputeKind::Validity, seed).await,
            ModelKind::Payment => self.payment_job(tenant, seed).await,
            ModelKind::Intent => self.text_job(tenant, TextKind::Intent, seed).await,
            ModelKind::Item => self.text_job(tenant, TextKind::Item, seed).await,
            ModelKind::Severity => self.text_job(tenant, TextKind::Severity, seed).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ndcg(value: f64, row_count: u64) -> Vec<Metric> {
        let baseline = Some(("largest_first".to_owned(), 0.6));
        let (low, high) = (value - 0.08, value + 0.08);
        vec![Metric { name: "ndcg_20".to_owned(), value, low, high, row_count, baseline }]
    }

    fn gate_between(opponent: Opponent, of_all: &[Metric], compared: &[Metric], other: &[Metric]) -> (bool, String) {
        let count = of_all.first().map_or(0, |metric| usize::try_from(metric.row_count).unwrap());
        let rows = JudgedRows { count, rarer_count: count / 2 };
        let judgement = Judgement { metrics: of_all, rows, has_interval: true, opponent, compared, of_opponent: other };
        passes(&judgement, "ndcg_20")
    }

    #[test]
    fn the_gate_asks_for_more_than_the_champion_and_simple_rules() {
        let gate = |of_all: &[Metric], compared: &[Metric], other: &[Metric]| {
            gate_between(Opponent::Champion, of_all, compared, other)
        };
        let on_50 = |value: f64| ndcg(value, 50);
        assert!(gate(&on_50(0.9), &on_50(0.9), &on_50(0.8)).0);
        assert!(gate(&on_50(0.9), &on_50(0.9), &on_50(0.9)).0, "a twin is not worse");
        let (passed, message) = gate(&on_50(0.7), &on_50(0.7), &on_50(0.8));
        assert!(!passed);
        assert_eq!(message, "ndcg_20 is 0.700 on 50 later rows, that of largest_first 0.600, the champion's 0.800");
        assert!(!gate(&on_50(0.5), &on_50(0.5), &on_50(0.4)).0, "a simple rule does better");
        let (passed, message) = gate(&ndcg(0.7, 80), &on_50(0.9), &on_50(0.8));
        assert!(passed, "it is compared on the rows that are new to both");
        let expected = "ndcg_20 is 0.700 on 80 later rows, that of largest_first 0.600; \
                        on the 50 of them that are new to the champion 0.900, the champion's 0.800";
        assert_eq!(message, expected);
        let (passed, message) = gate(&on_50(0.7), &[], &on_50(0.4));
        assert!(!passed && message.ends_with("; it could not be compared with the champion"), "{message}");
        assert!(!gate(&[], &[], &[]).0);
    }

    /// Goal: next to nothing passes nobody, a tie with the champion included, and on few rows luck does not look like an advantage.
    #[test]
    fn few_rows_prove_little() {
        let gate = |figure: &[Metric]| gate_between(Opponent::Champion, figure, figure, figure);
        let (passed, message) = gate(&ndcg(1.0, 5));
        assert!(!passed);
        let expected = "ndcg_20 is 1.000 on 5 later rows, that of largest_first 0.600, the champion's 1.000; that is too little to \
                        tell: at least 20 later rows are needed, and 5 without the most frequent outcome, of which there are 2";
        assert_eq!(message, expected);
        assert!(gate(&ndcg(0.7, 20)).0);
        let (passed, message) = gate(&ndcg(0.65, 199));
        assert!(!passed);
        let expected = "; on fewer than 200 rows that may be chance: its 95 % interval, which must lie above that of largest_first, \
                        begins at 0.570";
        assert!(message.ends_with(expected), "{message}");
        assert!(gate(&ndcg(0.65, 200)).0);
        let one_sided = JudgedRows { count: 100, rarer_count: 4 };
        let figure = ndcg(0.9, 100);
        let judged = |rows: JudgedRows, has_interval: bool| {
            let opponent = Opponent::Champion;
            let judgement =
                Judgement { metrics: &figure, rows, has_interval, opponent, compared: &figure, of_opponent: &figure };
            passes(&judgement, "ndcg_20")
        };
        assert!(!judged(one_sided, true).0);
        let enough = JudgedRows { count: 100, rarer_count: 40 };
        assert!(judged(enough, true).0);
        assert!(!judged(enough, false).0, "without an interval nothing tells it from chance");
        let many = JudgedRows { count: 400, rarer_count: 160 };
        assert!(judged(many, true).0);
        let (passed, message) = judged(many, false);
        assert!(!passed, "many rows of a few customers are no more proof than those customers");
        assert!(message.ends_with("of too few different customers or texts, so it may be chance"), "{message}");
    }

    /// Goal: where the champion has learned from what there is to compare on, the message says which comparison was made instead.
    #[test]
    fn the_shipped_model_stands_in_for_a_champion_that_has_seen_the_rows() {
        let (figure, other) = (ndcg(0.9, 60), ndcg(0.7, 60));
        let (passed, message) = gate_between(Opponent::Shipped { fresh_count: 12 }, &figure, &figure, &other);
        assert!(passed);
        let expected = "ndcg_20 is 0.900 on 60 later rows, that of largest_first 0.600, the shipped model's 0.700; with the champion it \
                        cannot be compared, which has learned from all of them but 12";
        assert_eq!(message, expected);
        assert!(!gate_between(Opponent::Shipped { fresh_count: 12 }, &other, &other, &figure).0);
    }
}
