//! Models of items beside a tenant's own codes: trained on them, and refused where they do not fit.

use std::path::Path;

use recourse::domain::ids::{ModelId, ModelKind, TenantId};
use recourse::service::ServiceError;
use recourse::service::models::archive::read_model_folder;
use recourse::service::models::shipped;
use recourse::service::taxonomy::Loading;
use recourse::service::training::PromoteModel;

use super::bench::{Bench, message};
use super::trained::{DISPUTE, labelled_disputes, promoted, trained};

/// Codes of the tenant's own: two stand for shipped ones, and one is named like one.
const OWN: &str = "name = 'acme/1'
[[item]]
code = 'PRICE_LIST'
meaning = 'the price is not the one of our list'
covers = ['PRICING', 'DISCOUNT']
[[item]]
code = 'DAMAGED'
meaning = 'it came broken'
[[item]]
code = 'NEVER_CAME'
meaning = 'it never came'
[[item]]
code = 'OTHER'
meaning = 'anything else'
";

/// What is contested in the message, by the item model that says so.
async fn read(bench: &Bench, tenant: &TenantId) -> (String, ModelId) {
    let reading = bench.service.score_message(tenant, message(DISPUTE)).await.unwrap().reading;
    let item = reading.contested_item.unwrap();
    (item.top().unwrap().label.to_string(), item.model_id)
}

fn promotion(number: u16) -> PromoteModel {
    let model_id = ModelId::new(ModelKind::Item, number);
    PromoteModel { model_id, expected_champion_id: None, override_gate: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_trained_on_disputes_in_own_codes_is_judged_fairly_and_reads_them_once_promoted() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    bench.service.load_taxonomy(&bench.tenant, OWN, Loading::Store).await.unwrap();
    assert_eq!(read(&bench, &bench.tenant).await, ("PRICE_LIST".to_owned(), ModelId::shipped(ModelKind::Item)));

    bench.ingest(labelled_disputes(["PRICE_LIST", "DAMAGED", "NEVER_CAME"])).await;
    let (_, model) = trained(&bench, ModelKind::Item).await;
    // The shipped model names two of the three in the tenant's codes; for NEVER_CAME it has no word but OTHER.
    let (_, of_champion) = model.gate_message.split_once("the champion's ").unwrap();
    let of_champion: f64 = of_champion.split(';').next().unwrap().parse().unwrap();
    assert!((0.4..0.8).contains(&of_champion), "{}", model.gate_message);
    assert!(model.passed_gate, "{}", model.gate_message);

    let id = promoted(&bench, &model).await;
    assert_eq!(read(&bench, &bench.tenant).await, ("PRICE_LIST".to_owned(), id.clone()));
    let came = "We dispute this invoice: nothing of this order was ever delivered.";
    let reading = bench.service.score_message(&bench.tenant, message(came)).await.unwrap().reading;
    let item = reading.contested_item.unwrap();
    let mut labels: Vec<&str> = item.labels.iter().map(|graded| graded.label.as_str()).collect();
    assert_eq!(labels[0], "NEVER_CAME", "no shipped code stands for it, so that it was learned");
    labels.sort_unstable();
    assert_eq!(labels, ["DAMAGED", "NEVER_CAME", "PRICE_LIST"], "its labels are used as they are");

    let other = TenantId::parse("other").unwrap();
    assert_eq!(read(&bench, &other).await, ("PRICING".to_owned(), ModelId::shipped(ModelKind::Item)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_model_in_other_codes_neither_serves_nor_is_left_behind_by_a_load() {
    let bench = Bench::serving(shipped::active_models().unwrap()).await;
    let (service, tenant) = (&bench.service, &bench.tenant);
    let files = || read_model_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/item/0001")).unwrap();
    service.add_model(tenant, ModelKind::Item, files()).await.unwrap();
    service.promote_model(tenant, promotion(2)).await.unwrap();

    let ServiceError::Precondition { reason, message } =
        service.load_taxonomy(tenant, OWN, Loading::Store).await.unwrap_err()
    else {
        panic!("another refusal")
    };
    assert_eq!(reason, "TAXONOMY_CODE_IN_USE");
    assert!(message.contains("`item/0002` reads") && message.contains("`SHORTAGE`"), "{message}");
    assert!(!message.contains("`PRICING`") && !message.contains("`OTHER`"), "what is covered is not named: {message}");

    service.rollback_model(tenant, ModelKind::Item, None).await.unwrap();
    service.load_taxonomy(tenant, OWN, Loading::Store).await.unwrap();
    let ServiceError::Precondition { reason, message } = service.promote_model(tenant, promotion(2)).await.unwrap_err()
    else {
        panic!("another refusal")
    };
    assert_eq!(reason, "LABEL_NOT_IN_TAXONOMY");
    assert!(message.contains("is no item of the taxonomy `acme/1`"), "{message}");
    let refused = service.add_model(tenant, ModelKind::Item, files()).await.unwrap_err();
    assert!(refused.to_string().contains("is no item of the taxonomy `acme/1`"), "{refused}");
    assert_eq!(read(&bench, tenant).await, ("PRICE_LIST".to_owned(), ModelId::shipped(ModelKind::Item)));
}
