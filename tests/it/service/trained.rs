//! Every kind of model can be trained from a tenant's own history, is measured beside the champion, and serves once promoted.

use std::path::Path;

use recourse::domain::dispute::{Resolution, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, ModelId, ModelKind, RequestId, WorkItemId};
use recourse::domain::message::Intent;
use recourse::domain::outcome::Outcome;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time_zone::TimeZone;
use recourse::domain::violation::Violation;
use recourse::domain::work_item::CompletionResult;
use recourse::ledger::simulate::{SimulationSpec, simulate};
use recourse::service::account::AccountQuery;
use recourse::service::models::archive::read_model_folder;
use recourse::service::models::shipped;
use recourse::service::training::{ModelView, PromoteModel, StartTrainingRun};
use recourse::service::worklist::CompleteItem;
use recourse::service::{ChampionCause, DisputeRecord, LedgerRecord, ServiceError, TrainingRun, TrainingRunState};
use recourse::store::Change;

use super::bench::{Bench, customer, day, invoice, message};

/// Records handed to the storage at once.
const BATCH_COUNT: usize = 1_000;

/// A service with the shipped models and the history of a small simulated company.
async fn with_history(customer_count: u32, months: u32) -> Bench {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let spec = SimulationSpec::try_new(customer_count, months, 7, day("2026-01-31")).unwrap();
    let company = simulate(&spec, &mut |_| {});
    for records in company.records.chunks(BATCH_COUNT) {
        bench.store.ingest(&bench.tenant, records.to_vec(), &TimeZone::utc()).await.unwrap();
    }
    bench
}

/// Trains the first model of a kind.
pub async fn trained(bench: &Bench, kind: ModelKind) -> (TrainingRun, ModelView) {
    let (run, model) = trained_again(bench, kind, "first").await;
    assert_eq!((model.id.number(), model.is_champion, model.is_shipped), (2, false, false));
    (run, model)
}

async fn trained_again(bench: &Bench, kind: ModelKind, time: &str) -> (TrainingRun, ModelView) {
    let request_id = RequestId::parse(&format!("train-{kind}-{time}")).unwrap();
    let request = StartTrainingRun { request_id, kind, seed: 0 };
    let last = bench.train(request).await;
    assert_eq!(last.state, TrainingRunState::Succeeded, "{}", last.message);
    let models = bench.service.list_models(&bench.tenant, Some(kind)).await.unwrap();
    let model = models.into_iter().find(|model| Some(&model.id) == last.model_id.as_ref()).unwrap();
    let is_compared = ["the champion's", "the shipped model's"].iter().any(|whose| model.gate_message.contains(whose));
    assert!(!model.metrics.is_empty() && is_compared, "{}", model.gate_message);
    (last, model)
}

/// Promotes a model; one that the gate refused is refused until the override is set.
pub async fn promoted(bench: &Bench, model: &ModelView) -> ModelId {
    let mut promotion = PromoteModel { model_id: model.id.clone(), expected_champion_id: None, override_gate: false };
    let first = bench.service.promote_model(&bench.tenant, promotion.clone()).await;
    if !model.passed_gate {
        let ServiceError::Precondition { reason, message } = first.unwrap_err() else { panic!("not the gate") };
        assert_eq!(reason, "GATE_NOT_PASSED");
        assert!(message.contains(&model.gate_message), "{message}");
        promotion.override_gate = true;
        bench.service.promote_model(&bench.tenant, promotion).await.unwrap();
    }
    let now = bench.service.model(&bench.tenant, &model.id).await.unwrap();
    assert!(now.is_champion);
    now.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_model_is_judged_beside_champion_and_rules_and_forecasts_once_promoted() {
    let bench = with_history(10, 12).await;
    let (_, model) = trained(&bench, ModelKind::Payment).await;
    let deciding = model.metrics.iter().find(|metric| metric.name == "auc_15d").unwrap();
    assert!(deciding.row_count > 0 && deciding.baseline.is_some(), "{deciding:?}");
    let id = promoted(&bench, &model).await;
    let account = bench.store.scan_accounts(&bench.tenant, None, 1).await.unwrap().remove(0);
    let query = AccountQuery { customer_id: account.customer.id, currency: Some(account.currency), as_of: None };
    let score = bench.service.score_account(&bench.tenant, &query).await.unwrap();
    assert!(score.priority.score.model_ids.contains(&id), "{:?}", score.priority.score.model_ids);
}

/// Goal: an override of the gate is on record as long as the model serves by it, also when it comes back by a rollback.
#[tokio::test]
async fn overrides_and_rollbacks_stay_on_record() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/payment/0001");
    for _ in 0..2 {
        let files = read_model_folder(&folder).unwrap();
        let model = bench.service.add_model(&bench.tenant, ModelKind::Payment, files).await.unwrap();
        let promotion = PromoteModel { model_id: model.id, expected_champion_id: None, override_gate: true };
        bench.service.promote_model(&bench.tenant, promotion).await.unwrap();
        bench.clock.pass_seconds(60);
    }
    let back = bench.service.rollback_model(&bench.tenant, ModelKind::Payment, None).await.unwrap();
    let told: Vec<_> = back
        .promotions
        .iter()
        .map(|change| (change.cause, change.gate_overridden, change.replaced_id.as_ref().map(ModelId::number)))
        .collect();
    assert_eq!(told, [(ChampionCause::Rollback, true, Some(3)), (ChampionCause::Promotion, true, Some(1))]);
    assert!(back.promotions[0].promoted_at > back.promotions[1].promoted_at);
    let champions = bench.store.champions(&bench.tenant).await.unwrap();
    assert!(champions[0].gate_overridden, "{champions:?}");
    let promotion = PromoteModel {
        model_id: ModelId::shipped(ModelKind::Payment),
        expected_champion_id: None,
        override_gate: false,
    };
    bench.service.promote_model(&bench.tenant, promotion).await.unwrap();
    let models = bench.service.list_models(&bench.tenant, Some(ModelKind::Payment)).await.unwrap();
    let counts: Vec<_> = models.iter().map(|model| (model.id.number(), model.promotions.len())).collect();
    assert_eq!(counts, [(3, 1), (2, 2), (1, 1)]);
    assert!(!models[2].promotions[0].gate_overridden);
}

/// Goal: whoever finds that the last promotions were wrong gets back to the model before all of them.
#[tokio::test]
async fn each_rollback_goes_one_champion_further_back() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/payment/0001");
    for _ in 0..3 {
        let files = read_model_folder(&folder).unwrap();
        let model = bench.service.add_model(&bench.tenant, ModelKind::Payment, files).await.unwrap();
        let promotion = PromoteModel { model_id: model.id, expected_champion_id: None, override_gate: true };
        bench.service.promote_model(&bench.tenant, promotion).await.unwrap();
        bench.clock.pass_seconds(60);
    }
    let roll_back = |expected: Option<u16>| {
        let expected = expected.map(|number| ModelId::new(ModelKind::Payment, number));
        let (service, tenant) = (&bench.service, &bench.tenant);
        async move { service.rollback_model(tenant, ModelKind::Payment, expected.as_ref()).await }
    };
    assert_eq!(roll_back(Some(4)).await.unwrap().id.number(), 3);
    let repeated = roll_back(Some(4)).await.unwrap_err();
    assert!(matches!(repeated, ServiceError::Stale { resource: "champion", .. }), "{repeated:?}");
    bench.clock.pass_seconds(60);
    assert_eq!(roll_back(Some(3)).await.unwrap().id.number(), 2);
    bench.clock.pass_seconds(60);
    assert_eq!(roll_back(None).await.unwrap().id.number(), 1, "the shipped one served before all of them");
    bench.clock.pass_seconds(60);
    let further = roll_back(None).await.unwrap_err();
    assert_eq!(further.reason(), "NO_PREVIOUS_CHAMPION");
    let models = bench.service.list_models(&bench.tenant, Some(ModelKind::Payment)).await.unwrap();
    assert!(models.last().unwrap().is_champion);
}

#[tokio::test]
async fn a_model_promoted_by_another_replica_serves_here_after_a_look_or_the_same_promotion() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    bench
        .ingest(vec![customer("C-1", "Nordlicht GmbH"), invoice("C-1", "R-1", "2026-01-05", "2026-02-04", 1_000)])
        .await;
    let used = async || {
        let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
        let score = bench.service.score_account(&bench.tenant, &query).await.unwrap().priority.score;
        score.model_ids.into_iter().map(|id| id.number()).collect::<Vec<_>>()
    };
    let elsewhere = bench.replica(shipped::active_models().unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/payment/0001");
    for number in [2, 3] {
        let files = read_model_folder(&folder).unwrap();
        let model = elsewhere.add_model(&bench.tenant, ModelKind::Payment, files).await.unwrap();
        assert_eq!((model.id.number(), model.passed_gate), (number, false));
        let promotion = PromoteModel { model_id: model.id, expected_champion_id: None, override_gate: true };
        elsewhere.promote_model(&bench.tenant, promotion.clone()).await.unwrap();
        assert_eq!(used().await, [number - 1], "nobody has told this replica");
        match number {
            2 => bench.service.reload_models().await.unwrap(),
            _ => drop(bench.service.promote_model(&bench.tenant, promotion).await.unwrap()),
        }
        assert_eq!(used().await, [number]);
    }
}

/// A message that the shipped model of intents reads as a dispute.
pub const DISPUTE: &str = "We dispute this invoice: the price charged is higher than agreed and we will not pay it.";

/// Disputes in words of their own, and later ones that were sent again.
const DISPUTE_COUNT: usize = 210;
const RESENT_COUNT: usize = 10;

const OPENINGS: [&str; 7] = [
    "Invoice {}:",
    "About invoice {},",
    "We do not accept invoice {}:",
    "Please look at invoice {},",
    "We dispute invoice {}:",
    "Concerning your bill {},",
    "Good morning, on invoice {}",
];
const OF_PRICE: [&str; 10] = [
    "the price charged is higher than agreed",
    "the unit price is not the one in our contract",
    "you billed the old list price",
    "the price per ton is above your offer",
    "the price per box was raised without notice",
    "our quotation says a lower price",
    "you forgot the price that was agreed",
    "each piece is priced too high",
    "the price is not that of our agreement",
    "we were quoted a cheaper price",
];
const OF_DAMAGE: [&str; 10] = [
    "the pallets arrived broken and we refuse everything",
    "the boxes were crushed when they came",
    "half of the glass was broken on arrival",
    "the goods were soaked and damaged",
    "the machine came with a broken housing",
    "all cartons were torn and the content damaged",
    "the drums arrived damaged and leaking",
    "the tiles were broken in transport",
    "the cabinets came with broken doors",
    "the bags had burst and the powder was wet",
];
const OF_DELIVERY: [&str; 10] = [
    "nothing of this order was ever delivered",
    "the goods were never delivered",
    "we still wait for the delivery",
    "the lorry never came and delivered nothing",
    "the parcel was lost and never delivered",
    "no delivery was ever made to our site",
    "our warehouse has never received anything",
    "the shipment was never delivered to us",
    "the carrier never delivered the order",
    "not one pallet was ever delivered",
];

/// Disputes of another system with their messages, items (of the price, damage and delivery) and severities; the last ones repeat the first.
pub fn labelled_disputes([price, damage, delivery]: [&str; 3]) -> Vec<LedgerRecord> {
    let kinds = [
        (price, Severity::Minor, OF_PRICE),
        (damage, Severity::Major, OF_DAMAGE),
        (delivery, Severity::Moderate, OF_DELIVERY),
    ];
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "R-1", "2024-01-05", "2024-02-04", 1_000));
    for index in 0..DISPUTE_COUNT + RESENT_COUNT {
        let (marks, told) = if index < DISPUTE_COUNT { ("", index) } else { ("RE: ", index - DISPUTE_COUNT) };
        let (item, severity, reasons) = kinds[told % kinds.len()];
        let round = told / kinds.len();
        let (opening, reason) = (OPENINGS[round / reasons.len()], reasons[round % reasons.len()]);
        let opening = opening.replace("{}", &told.to_string());
        records.push(LedgerRecord::Dispute(DisputeRecord {
            id: DisputeId::parse(&format!("D-{index:03}")).unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse("R-1").unwrap()],
            contested_item: ItemCode::parse(item).unwrap(),
            severity,
            contested_amount: None,
            opened_on: day("2024-03-01").plus_days(i32::try_from(index).unwrap()),
            decided: Some((Resolution::ValidCredit, day("2025-06-01"))),
            credited_amount: None,
            raised_again: RaisedAgain::default(),
            past_decisions: PastDecisions::default(),
            past_details: PastDetails::default(),
            priority_label: None,
            message: Some(format!("{marks}{opening} {reason}.")),
        }));
    }
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn models_of_item_and_severity_are_judged_on_later_messages_and_read_once_promoted() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    bench.ingest(labelled_disputes(["PRICING", "DAMAGED", "NOT_DELIVERED"])).await;
    for kind in [ModelKind::Item, ModelKind::Severity] {
        let (run, model) = trained(&bench, kind).await;
        let deciding = model.metrics.iter().find(|metric| metric.name == "macro_f1").unwrap();
        let later_count = run.example_count - run.example_count * 80 / 100;
        assert_eq!(deciding.row_count, later_count - RESENT_COUNT as u64, "a repeat of an earlier message is no proof");
        assert!(model.gate_message.contains("repeat earlier ones: 10"), "{}", model.gate_message);
        let (rule, of_rule) = deciding.baseline.clone().unwrap();
        assert!(rule == "guessing" && (of_rule - 1.0 / 3.0).abs() < 1e-12, "{rule} {of_rule}");
        assert!(model.gate_message.contains("macro_f1"), "{}", model.gate_message);
        let id = promoted(&bench, &model).await;
        let reading = bench.service.score_message(&bench.tenant, message(DISPUTE)).await;
        let reading = reading.unwrap().reading;
        let used = match kind {
            ModelKind::Item => reading.contested_item.unwrap().model_id,
            _ => reading.severity.unwrap().model_id,
        };
        assert_eq!(used, id);
    }
}

/// Goal: whoever has labelled everything alike is told so.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_one_label_names_it_and_what_is_needed() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let mut records = labelled_disputes(["PRICING", "DAMAGED", "NOT_DELIVERED"]);
    for record in &mut records {
        if let LedgerRecord::Dispute(dispute) = record {
            dispute.severity = Severity::Minor;
        }
    }
    bench.ingest(records).await;
    let request_id = RequestId::parse("one-label").unwrap();
    let last = bench.train(StartTrainingRun { request_id, kind: ModelKind::Severity, seed: 0 }).await;
    assert_eq!(last.state, TrainingRunState::Failed);
    assert!(last.message.contains("are labelled `MINOR`") && last.message.contains("two labels"), "{}", last.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validity_model_is_judged_and_changes_the_probability_once_promoted() {
    let bench = with_history(60, 18).await;
    let (_, model) = trained(&bench, ModelKind::Validity).await;
    assert!(model.gate_message.contains("auc"), "{}", model.gate_message);
    let open = bench.store.scan_disputes(&bench.tenant, None, 500).await.unwrap();
    let open = open.into_iter().find(|dispute| dispute.status.is_open()).unwrap();
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let before = bench.service.dispute(&bench.tenant, &open.id).await.unwrap().validity_probability.unwrap();
    promoted(&bench, &model).await;
    let after = bench.service.dispute(&bench.tenant, &open.id).await.unwrap().validity_probability.unwrap();
    assert!((0.0..=1.0).contains(&after) && before.to_bits() != after.to_bits(), "{before} {after}");
}

const GOODS: [&str; 20] = [
    "screws", "bricks", "cables", "pipes", "tiles", "lamps", "chairs", "desks", "doors", "ropes", "pumps", "valves",
    "filters", "gloves", "paints", "boards", "hinges", "wheels", "motors", "belts",
];
const TOWNS: [&str; 5] = ["Bremen", "Lyon", "Turin", "Porto", "Ghent"];

/// Messages of a kind that nobody reads as anything else, each in words of its own, with what a person said of it.
async fn state_intents(bench: &Bench, count: usize) {
    let texts = [
        (Intent::Dispute, "We contest the invoice, the price charged is wrong, order of"),
        (Intent::PromiseToPay, "We will pay the open amount at the end of the month, order of"),
        (Intent::RemittanceAdvice, "We have transferred the payment today by wire, order of"),
        (Intent::Query, "Please send us a copy of the statement, order of"),
    ];
    for index in 0..count {
        let (intent, text) = texts[index % texts.len()];
        let round = index / texts.len();
        let (goods, town) = (GOODS[round % GOODS.len()], TOWNS[round / GOODS.len()]);
        let submitted = bench.submit(&format!("T-{index}"), &format!("{text} {goods} for {town}")).await.unwrap();
        let message_id = submitted.message_id;
        let outcome = Outcome::IntentStated { message_id, intent };
        let known_at = bench.service.now();
        bench.store.commit(&bench.tenant, vec![Change::InsertOutcome { outcome, known_at }]).await.unwrap();
        bench.clock.pass_seconds(60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_intent_learns_from_what_people_said_and_reads_once_promoted() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    state_intents(&bench, 199).await;
    let request_id = RequestId::parse("too-early").unwrap();
    let request = StartTrainingRun { request_id, kind: ModelKind::Intent, seed: 0 };
    let last = bench.train(request).await;
    assert_eq!(last.state, TrainingRunState::Failed);
    assert!(last.message.contains("199 labelled messages for `intent`"), "{}", last.message);
    state_intents(&bench, 280).await;
    let (run, model) = trained(&bench, ModelKind::Intent).await;
    assert!(run.example_count >= 280, "{}", run.example_count);
    let id = promoted(&bench, &model).await;
    let reading = bench.service.score_message(&bench.tenant, message("Please send us a copy")).await.unwrap().reading;
    assert_eq!(reading.intent.model_id, id);

    // The next one is compared with it on what it has not learned from.
    bench.clock.pass_seconds(86_400);
    state_intents(&bench, 340).await;
    let (_, second) = trained_again(&bench, ModelKind::Intent, "second").await;
    assert_eq!(second.id.number(), 3);
    let on_fresh = "; on the 60 of them that are new to the champion ";
    assert!(second.gate_message.contains(on_fresh), "{}", second.gate_message);
}

#[tokio::test]
async fn what_a_person_says_of_a_message_is_kept_with_the_completion() {
    let bench = Bench::with_ledger().await;
    let submitted = bench.submit("T-1", "please send a copy of R-1").await.unwrap();
    let claimed = bench.claim("ann").await.unwrap();
    let completion = |work_item_id: WorkItemId, lease_token: String| CompleteItem {
        work_item_id,
        lease_token,
        result: CompletionResult::Settled,
        note: String::new(),
        intent: Some(Intent::RemittanceAdvice),
    };
    let done = completion(claimed.item.item.id.clone(), claimed.lease_token);
    let first = bench.service.complete_work_item(&bench.tenant, done.clone()).await.unwrap();
    bench.clock.pass_seconds(60);
    let other = CompleteItem { note: "a second thought".to_owned(), intent: Some(Intent::Dispute), ..done };
    let again = bench.service.complete_work_item(&bench.tenant, other).await.unwrap();
    assert_eq!(again.item, first.item);
    let outcomes = bench.store.outcomes(&bench.tenant, 10).await.unwrap();
    let stated = Outcome::IntentStated { message_id: submitted.message_id, intent: Intent::RemittanceAdvice };
    assert!(outcomes.iter().any(|(outcome, _)| *outcome == stated), "{outcomes:?}");
    assert_eq!(outcomes.len(), 2, "a repeat with other words stores nothing: {outcomes:?}");

    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let account = bench.claim("ann").await.unwrap();
    let of_account = completion(account.item.item.id.clone(), account.lease_token);
    let refused = bench.service.complete_work_item(&bench.tenant, of_account).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    let Violation { field, value, .. } = &violations.0[0];
    assert_eq!((field.as_str(), value.as_str()), ("intent", "REMITTANCE_ADVICE"));
}
