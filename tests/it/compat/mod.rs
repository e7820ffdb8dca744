//! The shipped models: each folder is complete, and says of its golden samples what it said when it was made.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use recourse::features::catalog::FeatureRow;
use recourse::model::dispute::{shipped_priority, shipped_validity};
use recourse::model::entities::{EntityModel, read_entity_model};
use recourse::model::entity_golden::GoldenEntities;
use recourse::model::payment::PaymentModel;
use recourse::model::payment::golden::GoldenForecast;
use recourse::model::text::{ArtifactFiles, KNOWN_EXTRAS, TextModel, TextScratch};
use recourse::train::message_card::{entity_card, message_card};
use recourse::train::messages::MessageModel;
use serde::de::DeserializeOwned;

/// Most by which a golden figure may differ.
const TOLERANCE: f64 = 1e-9;
/// Fewest golden samples of a model.
const SAMPLES_MIN: usize = 8;

fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models").join(kind).join("0001")
}

fn text(kind: &str, file: &str) -> String {
    fs::read_to_string(folder(kind).join(file)).unwrap_or_else(|error| panic!("{kind}/{file}: {error}"))
}

/// The golden samples of a model.
fn golden<T: DeserializeOwned>(kind: &str) -> Vec<T> {
    let samples: Vec<T> = text(kind, "golden.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(samples.len() >= SAMPLES_MIN, "{kind} has {} golden samples", samples.len());
    samples
}

fn assert_same(now: f64, then: f64, what: &str) {
    assert!((now - then).abs() < TOLERANCE, "{what}: {now} instead of {then}");
}

#[test]
fn every_shipped_model_has_a_card_and_golden_samples() {
    let mut kinds = BTreeSet::new();
    for entry in fs::read_dir(folder("item").parent().unwrap().parent().unwrap()).unwrap() {
        kinds.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    let known = ["dispute-priority", "entities", "intent", "item", "payment", "severity", "validity"];
    assert_eq!(kinds, known.map(str::to_owned).into());
    for kind in &kinds {
        assert!(text(kind, "card.md").starts_with("# "), "{kind}");
        assert!(text(kind, "golden.jsonl").lines().count() >= SAMPLES_MIN, "{kind}");
    }
}

/// What is found of a message for one model is used again by the next: the order of the models must change nothing.
#[test]
fn models_of_messages_read_alike_whichever_read_before() {
    let models = MessageModel::ALL.map(|kind| TextModel::load(&folder(kind.as_str()), KNOWN_EXTRAS).unwrap());
    let texts = ["INV-1 was short by 2 boxes, EUR 24.80. Please credit.", "Ist längst bezahlt!", "", "INV-1 was short"];
    let read = |model: &TextModel, text: &str, scratch: &mut TextScratch| {
        let label_index = model.predict(text, scratch).label_index;
        let probabilities = model.predict(text, scratch).probabilities.to_vec();
        (probabilities, model.explain_predicted(text, label_index, 3, scratch))
    };
    let mut shared = TextScratch::default();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 1]] {
        for text in texts {
            for model in order.map(|index| &models[index]) {
                assert_eq!(read(model, text, &mut shared), read(model, text, &mut TextScratch::default()), "{text}");
            }
        }
    }
}

#[test]
fn models_of_messages_score_their_golden_messages_as_before() {
    for kind in MessageModel::ALL {
        let files = ArtifactFiles::read(&folder(kind.as_str())).unwrap();
        let model = TextModel::from_files(&files, KNOWN_EXTRAS).unwrap();
        let mut scratch = TextScratch::default();
        for sample in files.golden_scores().unwrap() {
            let prediction = model.predict(&sample.text, &mut scratch);
            assert_eq!(prediction.label, sample.predicted, "{}", sample.text);
            assert_eq!(prediction.probabilities.len(), sample.probabilities.len());
            for (now, then) in prediction.probabilities.iter().zip(&sample.probabilities) {
                assert_same(*now, *then, kind.as_str());
            }
        }
        assert_eq!(text(kind.as_str(), "card.md"), message_card(kind, model.description()));
    }
}

#[test]
fn the_entity_model_finds_in_its_golden_messages_what_it_found_before() {
    let description = text("entities", "model.json");
    let weights = fs::read(folder("entities").join("weights.bin")).unwrap();
    let scorers = read_entity_model(&description, &weights).unwrap();
    for sample in golden::<GoldenEntities>("entities") {
        let found = GoldenEntities::find(&sample.text, &scorers);
        let pairs = found.invoices.iter().zip(&sample.invoices);
        for (now, then) in pairs {
            assert_eq!(now.label, then.label);
            assert_same(now.probability, then.probability, &now.label);
        }
        assert_eq!(found.invoices.len(), sample.invoices.len(), "{}", sample.text);
        let language = |entities: &GoldenEntities| entities.language.clone().map(|it| (it.label, it.probability));
        match (language(&found), language(&sample)) {
            (Some(now), Some(then)) => {
                assert_eq!(now.0, then.0);
                assert_same(now.1, then.1, "language");
            }
            (now, then) => assert_eq!(now, then),
        }
        assert_eq!((found.contested_amount, found.promised_on), (sample.contested_amount, sample.promised_on));
    }
    let EntityModel { name, example_count, .. } = serde_json::from_str(&description).unwrap();
    assert_eq!(text("entities", "card.md"), entity_card(&name, example_count, 42));
}

#[test]
fn the_payment_model_forecasts_its_golden_invoices_as_before() {
    let weights = fs::read(folder("payment").join("weights.bin")).unwrap();
    let model = PaymentModel::from_files(&text("payment", "model.json"), &weights).unwrap();
    for sample in golden::<GoldenForecast>("payment") {
        let row = FeatureRow::from_values(&sample.features);
        assert_eq!(row.values().as_slice(), sample.features);
        let [found] = model.golden(&[row]).try_into().unwrap();
        assert_eq!(found.unpaid_in_days.len(), sample.unpaid_in_days.len());
        for (days, then) in sample.unpaid_in_days {
            assert_same(found.unpaid_in_days[&days], then, &format!("unpaid in {days} days"));
        }
    }
}

/// Reading a dispute model scores its golden disputes again, and refuses what comes out differently.
#[test]
fn dispute_models_score_their_golden_disputes_as_before() {
    assert!(shipped_priority().unwrap().golden.len() >= SAMPLES_MIN);
    assert!(shipped_validity().unwrap().golden.len() >= SAMPLES_MIN);
}
