//! Trains the models that read messages: intent, contested item, severity and the entity scorers, from one labelled corpus.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::entities::{EntityExample, EntityFit, fit_entity_scorers};
use super::text::{
    NetworkSettings, Repeats, TextExample, TextTrainError, TextTrainSpec, TrainStage, TrainedText, train_text,
};
use crate::domain::dispute::Severity;
use crate::domain::locale::Language;
use crate::domain::message::Intent;
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;
use crate::model::text::{CONCEPT_FEATURES, FeatureSchema, KNOWN_EXTRAS};
use crate::text::entities::EntityScorers;
use crate::text::html::plain_text;
use crate::text::own_text::own_text;

/// Hidden units of the message models: few, so that the shipped files stay small.
const HIDDEN_COUNT: usize = 48;

/// Most disputes among the messages that the intent is learned from, in percent, as in the mailbox of a receivables team. The corpus has
/// more of them, for the sake of the contested items, and a model that sees those expects a dispute in every message.
const DISPUTES_PERCENT_MAX: usize = 70;
/// Letters and marks up to which a message is short. Few of the disputes are, and left out with the others they would leave it to the length
/// to tell a dispute.
const SHORT_CHARS_MAX: usize = 120;

/// A labelled message; a line of the corpus in `training/messages`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LabelledMessage {
    /// Its id.
    pub id: String,
    /// The language that it is written in.
    pub language: Language,
    /// By which way it came.
    pub channel: String,
    /// The text as received.
    pub message: String,
    /// What the sender wants.
    pub intent: Intent,
    /// What is contested, `NONE` unless the intent is a dispute.
    pub contested_item: String,
    /// How serious it is, `NONE` unless the intent is a dispute.
    pub severity: String,
    /// Invoice numbers named, as written.
    pub invoices: Vec<String>,
    /// The amount in dispute, when stated.
    pub contested_amount: Option<LabelledAmount>,
    /// The date on which a payment is promised, when stated.
    pub promised_date: Option<CivilDate>,
}

/// A labelled amount.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct LabelledAmount {
    /// In whole units.
    pub value: Decimal,
    /// Its currency.
    pub currency: Currency,
}

/// Which of the text models of messages is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageModel {
    /// What the sender wants.
    Intent,
    /// What is contested.
    Item,
    /// How serious it is.
    Severity,
}

impl MessageModel {
    /// Every one, in the order in which they are trained.
    pub const ALL: [MessageModel; 3] = [MessageModel::Intent, MessageModel::Item, MessageModel::Severity];

    /// Its name, the folder under `models/`.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageModel::Intent => "intent",
            MessageModel::Item => "item",
            MessageModel::Severity => "severity",
        }
    }

    /// The examples of this model: for the intent every message but the disputes beyond 70 %, of which the short ones are kept; for the
    /// others disputes.
    pub fn examples(self, messages: &[LabelledMessage]) -> Vec<TextExample> {
        let texts: Vec<String> = messages.iter().map(|message| own_text("", &message.message)).collect();
        let is_long_dispute = |message: &LabelledMessage, text: &str| {
            message.intent == Intent::Dispute && text.chars().nth(SHORT_CHARS_MAX).is_some()
        };
        let dispute_count = messages.iter().filter(|message| message.intent == Intent::Dispute).count();
        let others_count = messages.len() - dispute_count;
        let kept_count = dispute_count.min(others_count * DISPUTES_PERCENT_MAX / (100 - DISPUTES_PERCENT_MAX));
        let long_count = messages.iter().zip(&texts).filter(|(message, text)| is_long_dispute(message, text)).count();
        let kept_count = kept_count.saturating_sub(dispute_count - long_count).min(long_count);
        let mut examples = Vec::with_capacity(messages.len());
        let mut seen_count = 0;
        for (message, text) in messages.iter().zip(texts) {
            if self == MessageModel::Intent && is_long_dispute(message, &text) {
                seen_count += 1;
                // Evenly over the corpus: kept where the count of those to keep goes up.
                let is_kept = seen_count * kept_count / long_count > (seen_count - 1) * kept_count / long_count;
                if !is_kept {
                    continue;
                }
            }
            let label = match self {
                MessageModel::Intent => message.intent.as_str(),
                MessageModel::Item if message.intent == Intent::Dispute => message.contested_item.as_str(),
                MessageModel::Severity if message.intent == Intent::Dispute => message.severity.as_str(),
                MessageModel::Item | MessageModel::Severity => continue,
            };
            examples.push(TextExample { text, label: label.to_owned() });
        }
        examples
    }

    /// How it is trained.
    pub fn spec(self, seed: u64) -> TextTrainSpec<'static> {
        let severities = || Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect();
        // Disputes are many: rare features are left out to save space, and two networks learn longer with more left out at random. Of
        // the rarer intents every feature counts.
        let few = NetworkSettings { hidden_count: HIDDEN_COUNT, ..NetworkSettings::default() };
        let (document_count_min, network) = match self {
            MessageModel::Intent => ([3, 9, 12, 6, 3, 2, 5], few),
            MessageModel::Item | MessageModel::Severity => {
                let many = NetworkSettings { member_count: 2, epoch_count: 18, dropout: 0.4, share: 0.7, ..few };
                ([11, 41, 64, 24, 9, 8, 15], many)
            }
        };
        TextTrainSpec {
            kind: self.as_str().to_owned(),
            seed,
            ordered_labels: match self {
                MessageModel::Severity => Some(severities()),
                MessageModel::Intent | MessageModel::Item => None,
            },
            features: FeatureSchema {
                extra_features: Some(CONCEPT_FEATURES.to_owned()),
                characters_min: 3,
                block_weights: [1.0, 1.0, 0.4, 0.5, 1.2, 2.0, 1.6],
                document_count_min,
                ..FeatureSchema::default()
            },
            extras: KNOWN_EXTRAS,
            network: Some(network),
            // The corpus was written message by message, and all but two of its texts differ.
            repeats: Repeats::Apart,
            ..TextTrainSpec::default()
        }
    }
}

/// Trains one of the text models.
///
/// # Errors
/// When the corpus does not suffice.
pub fn train_message_model(
    model: MessageModel,
    messages: &[LabelledMessage],
    seed: u64,
    on_stage: &dyn Fn(TrainStage) -> Result<(), TextTrainError>,
) -> Result<TrainedText, TextTrainError> {
    train_text(&model.examples(messages), 0, &model.spec(seed), on_stage)
}

/// Trains the entity scorers.
pub fn train_entity_model(messages: &[LabelledMessage], other_texts: &[&str], seed: u64) -> EntityScorers {
    let examples: Vec<EntityExample> = messages.iter().map(entity_example).collect();
    fit_entity_scorers(&examples, other_texts, &EntityFit { seed, ..EntityFit::default() })
}

fn entity_example(message: &LabelledMessage) -> EntityExample {
    EntityExample {
        language: message.language,
        text: plain_text(&message.message).into_owned(),
        invoices: message.invoices.clone(),
        is_dispute: message.intent == Intent::Dispute,
        is_promise: message.intent == Intent::PromiseToPay,
        contested: message.contested_amount.map(|amount| (amount.value, amount.currency)),
        promised_on: message.promised_date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "of which the clerk of the customer has written rather more than anybody would care to read, \
        as if a mailbox of a receivables team were the place for it";

    #[test]
    fn the_intent_is_learned_from_no_more_disputes_than_a_mailbox_has() {
        let message = |index: usize| LabelledMessage {
            id: format!("m-{index}"),
            language: Language::En,
            channel: "email".to_owned(),
            message: if index % 100 == 1 { format!("text {index}") } else { format!("a long text {index} {LONG}") },
            intent: if index.is_multiple_of(10) { Intent::Query } else { Intent::Dispute },
            contested_item: "PRICING".to_owned(),
            severity: "MINOR".to_owned(),
            invoices: Vec::new(),
            contested_amount: None,
            promised_date: None,
        };
        let messages: Vec<LabelledMessage> = (0..1_000).map(message).collect();
        let examples = MessageModel::Intent.examples(&messages);
        let dispute_count = examples.iter().filter(|example| example.label == "DISPUTE").count();
        assert_eq!((examples.len(), dispute_count), (333, 233));
        assert!(examples.iter().take(40).any(|example| example.label == "DISPUTE"));
        assert_eq!(examples.iter().filter(|example| !example.text.contains(LONG)).count(), 10, "short ones are kept");
        assert_eq!(MessageModel::Item.examples(&messages).len(), 900);
        assert!(MessageModel::Intent.examples(&messages[..1]).len() == 1);
    }
}
