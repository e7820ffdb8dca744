//! Models that answer by plain rules, so that tests know what to expect.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use recourse::domain::dispute::Severity;
use recourse::domain::ids::{ModelId, ModelKind};
use recourse::domain::locale::Language;
use recourse::domain::message::{Classification, DecidingWord, Graded, Intent, MessageReading, PromisedSum};
use recourse::domain::score::Factor;
use recourse::domain::strategy::HORIZONS_DAYS;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::CivilDate;
use recourse::features::portfolio::Portfolio;
use recourse::service::message::reading::MessageReader;
use recourse::service::models::dispute::DisputeModels;
use recourse::service::models::{
    ActiveModels, DisputeFacts, Explained, IncomingMessage, InvoiceRisk, PaymentFeatures, ReadMessage, ScoreDispute,
    ScorePayment, ShippedModel,
};
use recourse::store::AccountRecord;

/// The word on which the reader panics, as a model with a fault would.
pub const PANIC_WORD: &str = "kaboom";

/// All three models.
pub fn by_rules() -> ActiveModels {
    let shipped = [ModelKind::Payment, ModelKind::DisputePriority].map(|kind| ShippedModel {
        id: ModelId::new(kind, 1),
        digest: format!("rule-{kind}"),
        metrics: Vec::new(),
    });
    ActiveModels::new(
        Arc::new(RuleReader),
        Arc::new(RulePayment(ModelId::new(ModelKind::Payment, 1))),
        Arc::new(RuleDispute(ModelId::new(ModelKind::DisputePriority, 1))),
        shipped.to_vec(),
    )
}

/// The same with the shipped models of disputes.
pub fn with_shipped_disputes() -> ActiveModels {
    ActiveModels { dispute: Arc::new(DisputeModels::shipped().unwrap()), ..by_rules() }
}

/// The same with the shipped models that read messages, which are loaded once.
pub fn with_shipped_reader() -> ActiveModels {
    static READER: OnceLock<Arc<MessageReader>> = OnceLock::new();
    let reader = READER.get_or_init(|| Arc::new(MessageReader::shipped().unwrap()));
    ActiveModels { reader: reader.clone(), ..by_rules() }
}

struct RuleReader;

fn certain<T: Clone>(kind: ModelKind, label: T, word: &str) -> Classification<T> {
    Classification {
        labels: vec![Graded { label, probability: 1.0 }],
        abstained: false,
        known_word_share: 1.0,
        words: vec![DecidingWord { text: word.to_owned(), weight: 1.0 }],
        model_id: ModelId::new(kind, 1),
    }
}

impl ReadMessage for RuleReader {
    fn read(&self, message: &IncomingMessage<'_>) -> MessageReading {
        assert!(!message.body.contains(PANIC_WORD), "the reader was asked to panic");
        let rules = [
            ("price", Intent::Dispute),
            ("damaged", Intent::Dispute),
            ("will pay", Intent::PromiseToPay),
            ("have paid", Intent::RemittanceAdvice),
            ("instalments", Intent::PaymentPlanRequest),
            ("copy", Intent::Query),
        ];
        let (word, intent) =
            rules.into_iter().find(|(word, _)| message.body.contains(word)).unwrap_or(("", Intent::Other));
        let is_dispute = intent == Intent::Dispute;
        let item = ItemCode::parse(if word == "damaged" { "DAMAGED" } else { "PRICING" }).unwrap();
        let severity = if message.body.contains("lawyer") { Severity::Critical } else { Severity::Moderate };
        let named: Vec<_> = message.open_invoices.iter().filter(|id| message.body.contains(id.as_str())).collect();
        let words = message.body.split([' ', ',']);
        let unknown = words.filter(|word| word.starts_with("N-") && !named.iter().any(|id| id.as_str() == *word));
        let unknown: Vec<String> = unknown.map(ToOwned::to_owned).collect();
        MessageReading {
            language: Some(Graded { label: Language::En, probability: 1.0 }),
            intent: certain(ModelKind::Intent, intent, word),
            contested_item: is_dispute.then(|| certain(ModelKind::Item, item, word)),
            severity: is_dispute.then(|| certain(ModelKind::Severity, severity, word)),
            invoices: named.iter().map(ToString::to_string).chain(unknown).collect(),
            matched_invoice_ids: named.into_iter().cloned().collect(),
            contested_amount: None,
            promised_on: None,
            promised_sum: PromisedSum::NotStated,
        }
    }
}

struct RulePayment(ModelId);

impl ScorePayment for RulePayment {
    fn model_id(&self) -> &ModelId {
        &self.0
    }

    fn feature_digest(&self) -> &str {
        "rule-payment"
    }

    fn features(&self, account: &AccountRecord, _portfolio: &Portfolio, as_of: CivilDate) -> PaymentFeatures {
        use recourse::ledger::history::AccountHistory;
        let history = AccountHistory::fold(account.currency, &account.events, as_of);
        #[expect(clippy::cast_precision_loss, reason = "days of a test are few")]
        let rows = history
            .open_invoices()
            .map(|invoice| (invoice.id.clone(), vec![as_of.days_since(invoice.due_on) as f32]))
            .collect();
        PaymentFeatures { rows, values: BTreeMap::from([(Factor::Age, "late".to_owned())]) }
    }

    fn risk(&self, row: &[f32], _horizon_days: u32) -> InvoiceRisk {
        let late = f64::from(row[0].clamp(0.0, 90.0)) / 90.0;
        let mut unpaid = [0.0; HORIZONS_DAYS.len()];
        for (index, probability) in unpaid.iter_mut().enumerate() {
            *probability = (0.9 - 0.1 * f64::from(u32::try_from(index).unwrap())) * (0.5 + late / 2.0);
        }
        InvoiceRisk { unpaid, explained: Explained { bias_logit: 0.0, drivers: vec![(Factor::Age, late)] } }
    }
}

struct RuleDispute(ModelId);

impl ScoreDispute for RuleDispute {
    fn model_id(&self) -> &ModelId {
        &self.0
    }

    fn feature_digest(&self) -> &str {
        "rule-dispute"
    }

    fn urgency(&self, facts: &DisputeFacts) -> Explained {
        let drivers = vec![
            (Factor::Severity, f64::from(facts.severity.rank())),
            (Factor::Repeats, f64::from(facts.raised_count - 1)),
        ];
        Explained { bias_logit: -1.0, drivers }
    }

    fn validity(&self, _facts: &DisputeFacts) -> Option<f64> {
        Some(0.5)
    }
}
