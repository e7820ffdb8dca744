//! Training the models that read messages from the tenant's own: the messages of disputes, with what a person or another
//! system said of them, and those of which a person said what the sender wanted.

use std::collections::BTreeMap;

use super::Metric;
use super::control::RunControl;
use super::trainers::{Judgement, TextKind, Trained, TrainingJob, description_digest, passes};
use crate::domain::dispute::{Dispute, DisputeStatus, Severity};
use crate::domain::ids::{MessageId, ModelKind, TenantId};
use crate::domain::message::Intent;
use crate::domain::outcome::Outcome;
use crate::domain::taxonomy::Taxonomy;
use crate::domain::time::CivilDate;
use crate::model::text::TextModel;
use crate::service::message::reading::MessageReader;
use crate::service::{Service, ServiceError};
use crate::store::{FirstMessage, PastDispute};
use crate::text::own_text::own_text;
use crate::train::fair::{self, JudgedRows, Opponent};
use crate::train::metrics::ClusterInterval;
use crate::train::text::{
    CardText, KnownTexts, RepeatGroups, TextEvaluation, TextExample, TextTrainError, TextTrainSpec, TrainStage,
    evaluate_text, text_card, train_text,
};

/// Labelled messages that are needed at least.
const MESSAGES_MIN: usize = 200;
/// Share of the messages, the earliest ones, that the judged model is trained on.
const EARLIER_SHARE_PERCENT: usize = 80;
/// Outcomes that are looked through for what people said of messages.
const OUTCOMES_MAX: usize = 1_000_000;
/// The figure that decides at the gate.
const DECIDING: &str = "macro_f1";

/// A labelled message with its day; the id settles the order of those of one day.
pub(super) type DatedExample = (CivilDate, String, TextExample);

/// What people said that the senders of messages wanted, the last word on each.
type StatedIntents = BTreeMap<MessageId, Intent>;

impl Service {
    /// Training of a model of messages.
    pub(super) async fn text_job(
        &self,
        tenant: &TenantId,
        text_kind: TextKind,
        seed: u64,
    ) -> Result<TrainingJob, ServiceError> {
        let kind = ModelKind::from(text_kind);
        let mut dated = match text_kind {
            TextKind::Intent => self.labelled_intents(tenant).await?,
            TextKind::Item | TextKind::Severity => {
                let stated = self.stated_intents(tenant).await?;
                self.labelled_disputes(tenant, text_kind, &stated).await?
            }
        };
        if dated.len() < MESSAGES_MIN {
            let found = dated.len();
            let source = match text_kind {
                TextKind::Intent => "; people give them with `intent` when they complete a work item",
                TextKind::Item | TextKind::Severity => "",
            };
            let message =
                format!("{found} labelled messages for `{kind}`, but at least {MESSAGES_MIN} are needed{source}");
            return Err(ServiceError::Precondition { reason: "TOO_FEW_LABELS", message });
        }
        dated.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let champion_id = self.champion_of(tenant, kind).await?;
        let learned_until = self.learned_until(tenant, champion_id.as_ref()).await?;
        // Each is judged as it serves.
        let taxonomy = self.taxonomy_of(tenant).codes;
        let serving = |model: TextModel| match text_kind {
            TextKind::Item => model.merged(|label| taxonomy.code_for(label).into()),
            TextKind::Intent | TextKind::Severity => model,
        };
        let shipped = serving(MessageReader::shipped_text_model(kind)?);
        let champion = match champion_id {
            Some(id) => Some(serving(MessageReader::read_text_model(&id, &self.model_files(tenant, &id).await?)?)),
            None => None,
        };
        let example_count = u64::try_from(dated.len()).unwrap_or(u64::MAX);
        let (days, examples) = dated.into_iter().map(|(day, _, example)| (day, example)).unzip();
        let contest = Contest { days, examples, learned_until, champion, shipped };
        let train = Box::new(move |control: &RunControl| train_messages(&contest, kind, seed, control));
        Ok(TrainingJob { example_count, train })
    }

    /// The messages that disputes began with, as far as they teach what `kind` says.
    pub(super) async fn labelled_disputes(
        &self,
        tenant: &TenantId,
        kind: TextKind,
        stated: &StatedIntents,
    ) -> Result<Vec<DatedExample>, ServiceError> {
        let taxonomy = self.taxonomy_of(tenant).codes;
        let mut examples = Vec::new();
        let mut after = None;
        while let Some(page) = self.next_past_disputes(tenant, &mut after).await? {
            examples.extend(page.into_iter().filter_map(|past| example_of(past, kind, &taxonomy, stated)));
        }
        Ok(examples)
    }

    /// Messages of which a person said what the sender wanted, and as many messages of other disputes, so that the most frequent intent
    /// is there and does not crowd out the others.
    pub(super) async fn labelled_intents(&self, tenant: &TenantId) -> Result<Vec<DatedExample>, ServiceError> {
        let stated = self.stated_intents(tenant).await?;
        let mut examples = Vec::with_capacity(stated.len());
        for (message_id, intent) in &stated {
            if let Some(message) = self.store.message(tenant, message_id).await? {
                let text = own_text(&message.subject, &message.body);
                let example = TextExample { text, label: intent.to_string() };
                examples.push((self.day_of(message.received_at), message_id.to_string(), example));
            }
        }
        let disputes = self.labelled_disputes(tenant, TextKind::Intent, &stated).await?;
        let added_count = examples.len();
        examples.extend(drawn_by_id(disputes, added_count));
        Ok(examples)
    }

    pub(super) async fn stated_intents(&self, tenant: &TenantId) -> Result<StatedIntents, ServiceError> {
        let mut stated = BTreeMap::new();
        for (outcome, _) in self.store.outcomes(tenant, OUTCOMES_MAX).await? {
            if let Outcome::IntentStated { message_id, intent } = outcome {
                stated.insert(message_id, intent);
            }
        }
        Ok(stated)
    }
}

/// The message that a dispute began with and what it is by the word of people or of another system; none where the dispute was entered
/// in error, where a person said that the sender contested nothing, and where the label is not known. Its intent is no news where a
/// person stated it.
fn example_of(
    PastDispute { dispute, message }: PastDispute,
    kind: TextKind,
    taxonomy: &Taxonomy,
    stated: &StatedIntents,
) -> Option<DatedExample> {
    let message = message?;
    let stated = message.id.as_ref().and_then(|id| stated.get(id));
    if dispute.status == DisputeStatus::Voided || stated.is_some_and(|intent| *intent != Intent::Dispute) {
        return None;
    }
    let label = match kind {
        TextKind::Intent if stated.is_some() => return None,
        TextKind::Intent => Intent::Dispute.to_string(),
        // Further messages change no item, only people do.
        TextKind::Item => taxonomy.item(&dispute.contested_item).map(|_| dispute.contested_item.to_string())?,
        TextKind::Severity => severity_of(&message, &dispute)?.to_string(),
    };
    let text = own_text(&message.subject, &message.body);
    Some((dispute.opened_on, dispute.id.to_string(), TextExample { text, label }))
}

/// How serious the message that a dispute began with is. Further messages only ever raise the severity of their dispute, so that of one
/// that was raised again it is known where the dispute never had another than the one that was read in this message.
fn severity_of(message: &FirstMessage, dispute: &Dispute) -> Option<Severity> {
    let was_raised_again = dispute.raised_again.count() > 0;
    let is_as_read = message.read_severity == Some(dispute.severity)
        && dispute.past_details.iter().all(|past| past.details.severity == dispute.severity);
    (!was_raised_again || is_as_read).then_some(dispute.severity)
}

fn failed(kind: ModelKind, error: TextTrainError) -> ServiceError {
    match error {
        TextTrainError::OneLabel { label } => {
            let message = format!(
                "all messages for `{kind}` are labelled `{label}`, or all of the earliest {EARLIER_SHARE_PERCENT} % of them, but at least \
                 two labels are needed there"
            );
            ServiceError::Precondition { reason: "TOO_FEW_LABELS", message }
        }
        error @ (TextTrainError::TooFewExamples { .. }
        | TextTrainError::UnknownLabel { .. }
        | TextTrainError::TooManyLabels { .. }
        | TextTrainError::Stopped
        | TextTrainError::Model(_)
        | TextTrainError::Framework(_)) => {
            ServiceError::Internal { context: "training a model of messages", source: error.into() }
        }
    }
}

/// So many of the examples, drawn by the digests of their ids: ids mostly rise with time, or name a customer or a system, so that the
/// first ones would all be of one kind.
fn drawn_by_id(mut examples: Vec<DatedExample>, count: usize) -> Vec<DatedExample> {
    examples.sort_by_cached_key(|(_, id, _)| *blake3::hash(id.as_bytes()).as_bytes());
    examples.truncate(count);
    examples
}

/// What a challenger learns from, and whom it challenges.
struct Contest {
    /// The day of each message, ascending.
    days: Vec<CivilDate>,
    /// Every labelled message, by day.
    examples: Vec<TextExample>,
    /// The last day of which the champion can have learned, where it was trained here.
    learned_until: Option<CivilDate>,
    /// The promoted model; none while the shipped one serves.
    champion: Option<TextModel>,
    shipped: TextModel,
}

/// What a challenger that learned from the earlier messages is judged on.
struct LaterMessages {
    /// The later messages, without those that repeat an earlier one: of them the answer was seen. Those that repeat each other stand
    /// together, at the place of the first.
    examples: Vec<TextExample>,
    /// What they can tell: those that repeat each other count as one.
    rows: JudgedRows,
    /// Whom it is compared with, and from which of them on.
    contest: fair::Contest,
    /// Later messages that repeat an earlier one.
    repeat_count: usize,
}

impl LaterMessages {
    /// Those of `later`, each with its day, that repeat none of `earlier`.
    fn new(
        earlier: &[TextExample],
        later: &[TextExample],
        days: &[CivilDate],
        learned_until: Option<CivilDate>,
    ) -> Self {
        let known = KnownTexts::new(earlier.iter().map(|example| example.text.as_str()));
        let fresh: Vec<(&TextExample, CivilDate)> =
            later.iter().zip(days.iter().copied()).filter(|(example, _)| !known.holds(&example.text)).collect();
        let groups = RepeatGroups::of_texts(fresh.iter().map(|(example, _)| example.text.as_str())).members();
        let firsts = groups.iter().filter_map(|group| fresh.get(*group.first()?));
        let labels: Vec<(CivilDate, &str)> = firsts.map(|(example, day)| (*day, example.label.as_str())).collect();
        let rows = JudgedRows::of(labels.iter().map(|(_, label)| *label));
        let fair::Contest { opponent, from: first_group } = fair::contest(&labels, learned_until);
        let contest = fair::Contest { opponent, from: groups.iter().take(first_group).map(Vec::len).sum() };
        let together = groups.iter().flatten().filter_map(|index| fresh.get(*index));
        let examples: Vec<TextExample> = together.map(|(example, _)| (*example).clone()).collect();
        LaterMessages { rows, contest, repeat_count: later.len() - examples.len(), examples }
    }
}

fn train_messages(
    contest: &Contest,
    kind: ModelKind,
    seed: u64,
    control: &RunControl,
) -> Result<Trained, ServiceError> {
    let Contest { days, examples, learned_until, champion, shipped } = contest;
    let severities = || Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect();
    let ordered_labels = (kind == ModelKind::Severity).then(severities);
    let spec = TextTrainSpec { kind: kind.to_string(), seed, ordered_labels, ..TextTrainSpec::default() };
    let later_from = examples.len() * EARLIER_SHARE_PERCENT / 100;
    let (earlier, later) = examples.split_at(later_from);
    let later_days = days.get(later_from..).unwrap_or_default();
    let LaterMessages { examples: later, rows, contest: fair::Contest { opponent, from }, repeat_count } =
        LaterMessages::new(earlier, later, later_days, *learned_until);
    let compared = later.get(from..).unwrap_or_default();
    let other = match opponent {
        Opponent::Champion => champion.as_ref().unwrap_or(shipped),
        Opponent::Shipped { .. } => shipped,
    };
    control.begin(0.0, "learning from the earlier messages")?;
    let measured =
        train_text(earlier, 0, &spec, &|stage| tell(control, 0.0, stage)).map_err(|error| failed(kind, error))?;
    control.begin(0.45, "comparing with the champion on the later messages")?;
    let (evaluation, _) = evaluate_text(&measured.model, &later, seed);
    let (on_compared, _) = evaluate_text(&measured.model, compared, seed);
    let (of_other, _) = evaluate_text(other, compared, seed);
    let metrics = metrics_of(&evaluation);
    let [on_compared, of_opponent] = [on_compared, of_other].map(|evaluation| metrics_of(&evaluation));
    let judgement = Judgement {
        metrics: &metrics,
        rows,
        has_interval: evaluation.macro_f1_interval.low.is_some(),
        opponent,
        compared: &on_compared,
        of_opponent: &of_opponent,
    };
    let (passed_gate, mut gate_message) = passes(&judgement, DECIDING);
    if repeat_count > 0 {
        gate_message.push_str(&format!("; left out are later messages that repeat earlier ones: {repeat_count}"));
    }
    if evaluation.repeated_text_count > 0 {
        let (repeated_count, count) = (evaluation.repeated_text_count, rows.count);
        gate_message.push_str(&format!("; {repeated_count} of them repeat another, so they count as {count}"));
    }
    control.begin(0.5, "learning from all messages")?;
    let trained =
        train_text(examples, 0, &spec, &|stage| tell(control, 0.5, stage)).map_err(|error| failed(kind, error))?;
    control.begin(0.95, "storing the model")?;
    let digest = description_digest(&trained.files.description);
    let card = CardText {
        title: kind.as_str(),
        purpose: "Tells from its words what a message says, learned from this tenant's own messages.",
        origin: &format!("Trained by a training run of the service, seed {seed}."),
        limits: "Folds are drawn at random, so later mail can be harder.",
        repeat_count: trained.repeat_count,
    };
    let card = text_card(trained.model.description(), &card);
    let files = [
        ("model.json", trained.files.description.into_owned()),
        ("weights.bin", trained.files.weights.into_owned()),
        ("tokenizer.json", trained.files.tokenizer.into_owned()),
        ("golden.jsonl", trained.files.golden.into_owned()),
        ("card.md", card.into_bytes()),
    ];
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    Ok(Trained { files, digest, metrics, passed_gate, gate_message })
}

/// Tells the steps of one fit, which takes a bit less than half of a run, and stops it when the run was cancelled.
fn tell(control: &RunControl, begun_share: f64, stage: TrainStage) -> Result<(), TextTrainError> {
    let (share, name) = match stage {
        TrainStage::Features => (0.0, "learning words and subwords"),
        TrainStage::Tuning => (0.1, "choosing settings on messages held back"),
        TrainStage::Fitting => (0.3, "fitting the weights"),
        TrainStage::Finishing => (0.4, "shrinking and calibrating"),
    };
    control.begin(begun_share + share, name).map_err(|_| TextTrainError::Stopped)
}

/// The figures on later messages, each beside that of always naming the most frequent label; the macro-F1 beside that of naming labels
/// as often as they occur where that is higher: chance alone then comes to the share of each label in its F1, and so to one over their
/// number.
fn metrics_of(evaluation: &TextEvaluation) -> Vec<Metric> {
    let report = &evaluation.classification;
    if report.count == 0 {
        return Vec::new();
    }
    let row_count = u64::try_from(report.count).unwrap_or(u64::MAX);
    let majority = |value| Some(("majority".to_owned(), value));
    let metric = |name: &str, value: f64, baseline| Metric {
        name: name.to_owned(),
        value,
        low: value,
        high: value,
        row_count,
        baseline,
    };
    let ClusterInterval { value: _, low, high } = evaluation.macro_f1_interval;
    let label_count = report.labels.iter().filter(|label| label.count > 0).count();
    let guessing = 1.0 / label_count.max(1) as f64;
    let rule = match guessing > report.majority_macro_f1 {
        true => Some(("guessing".to_owned(), guessing)),
        false => majority(report.majority_macro_f1),
    };
    let deciding = metric(DECIDING, report.macro_f1, rule);
    vec![
        Metric { low: low.unwrap_or(report.macro_f1), high: high.unwrap_or(report.macro_f1), ..deciding },
        metric("accuracy", report.accuracy, majority(report.majority_accuracy)),
        metric("log_loss", evaluation.log_loss, None),
        metric("calibration_error", evaluation.calibration_error, None),
        metric("abstained_share", evaluation.abstained_share, None),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what is drawn comes from all ids and not from the first ones, however the disputes were read.
    #[test]
    fn disputes_are_drawn_from_all_ids() {
        let example = |index: i32| {
            let example = TextExample { text: format!("text {index}"), label: "DISPUTE".to_owned() };
            (CivilDate::from_unix_days(20_000 + index), format!("D-{index:04}"), example)
        };
        let ids = |examples: Vec<DatedExample>| examples.into_iter().map(|(_, id, _)| id).collect::<Vec<_>>();
        let drawn = ids(drawn_by_id((0..1_000).map(example).collect(), 100));
        let early_count = drawn.iter().filter(|id| id.as_str() < "D-0500").count();
        assert!(drawn.len() == 100 && (30..70).contains(&early_count), "{early_count}");
        assert_eq!(drawn, ids(drawn_by_id((0..1_000).rev().map(example).collect(), 100)));
        assert_eq!(drawn_by_id((0..3).map(example).collect(), 100).len(), 3);
    }

    /// Goal: a later message that was sent before, answers such a one, or only names other numbers is no proof; one in other words is.
    #[test]
    fn later_messages_that_repeat_earlier_ones_are_left_out() {
        let example = |text: &str| TextExample { text: text.to_owned(), label: "PRICING".to_owned() };
        let earlier = [example("Invoice 1 is too high."), example("Invoice 2 costs too much.")];
        let later = [
            example("RE: invoice 1 is too high"),
            example("Invoice 3 is much too dear."),
            example("Fwd: Invoice 4711 costs too much."),
        ];
        let days: Vec<CivilDate> = (0..3).map(CivilDate::from_unix_days).collect();
        let judged = LaterMessages::new(&earlier, &later, &days, None);
        assert_eq!((judged.examples.as_slice(), judged.repeat_count, judged.contest.from), (&later[1..2], 2, 0));
        assert_eq!(judged.rows, JudgedRows { count: 1, rarer_count: 0 });
    }

    /// Goal: two sentences that were sent forty times each with other numbers are two proofs: no interval, and nothing passes.
    #[test]
    fn later_messages_that_repeat_each_other_are_one_proof() {
        let sentences = [("Invoice {} is too high.", "PRICING"), ("We miss {} boxes.", "SHORTAGE")];
        let later: Vec<TextExample> = (0..80)
            .map(|row| {
                let (text, label) = sentences[row % 2];
                TextExample { text: text.replace("{}", &(4_711 + row * 37).to_string()), label: label.to_owned() }
            })
            .collect();
        let days: Vec<CivilDate> = (0..80).map(CivilDate::from_unix_days).collect();
        let until = Some(CivilDate::from_unix_days(0));
        let judged = LaterMessages::new(&[], &later, &days, until);
        assert_eq!(judged.rows, JudgedRows { count: 2, rarer_count: 1 });
        assert_eq!((judged.examples.len(), judged.contest.from), (80, 0));
        assert_eq!(judged.contest.opponent, Opponent::Shipped { fresh_count: 1 });
        let model = MessageReader::shipped_text_model(ModelKind::Item).unwrap();
        let (evaluation, _) = evaluate_text(&model, &judged.examples, 1);
        assert_eq!(evaluation.repeated_text_count, 78);
        let interval = evaluation.macro_f1_interval;
        assert_eq!((interval.low, interval.high), (None, None));
        let figure = |value: f64| {
            let baseline = Some(("guessing".to_owned(), 0.5));
            vec![Metric { name: DECIDING.to_owned(), value, low: value, high: value, row_count: 80, baseline }]
        };
        let (metrics, other) = (figure(1.0), figure(0.4));
        let judgement = Judgement {
            metrics: &metrics,
            rows: judged.rows,
            has_interval: interval.low.is_some(),
            opponent: judged.contest.opponent,
            compared: &metrics,
            of_opponent: &other,
        };
        assert!(!passes(&judgement, DECIDING).0);
    }
}
