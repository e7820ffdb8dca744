//! Taxonomies of tenants: kept by version, loaded, refused, and read in by the shipped models from the first day.

use std::sync::{Arc, OnceLock};

use recourse::domain::dispute::Severity;
use recourse::domain::ids::{DisputeId, RequestId, TenantId};
use recourse::domain::locale::Language;
use recourse::domain::message::MessageChannel;
use recourse::domain::score::{Factor, Reason};
use recourse::domain::sentence::reason_sentence;
use recourse::domain::strategy::Strategy;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::{LedgerRecord, RecordOutcome};
use recourse::service::dispute::{AmountChange, AssigneeChange, OpenDispute, UpdateDispute};
use recourse::service::message::{ScoreMessage, Submission, SubmitMessage};
use recourse::service::models::archive::ModelArchive;
use recourse::service::models::shipped;
use recourse::service::taxonomy::{Loading, TaxonomyChange};
use recourse::service::view::DisputeView;
use recourse::service::{ActiveModels, DisputeRecord, Service, ServiceError, ServiceParts};
use recourse::store::{Change, StoreError, TaxonomyRecord};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    a_taxonomy_is_kept_under_a_version_of_its_tenant,
    disputes_of_any_status_are_counted_by_item,
    a_dry_run_tells_what_would_change_and_stores_nothing,
    a_tenant_uses_the_codes_that_it_loaded_and_another_the_shipped_ones,
    what_is_loaded_again_changes_nothing,
    codes_of_stored_disputes_cannot_be_left_out,
    another_process_follows_when_it_looks,
    a_message_is_read_and_scored_in_the_codes_of_the_tenant_from_the_first_day,
);

/// A tenant's own codes; what is contested about prices is one of them, and damage is none.
const OWN: &str = "name = 'acme/1'
[[item]]
code = 'PRICE_LIST'
meaning = 'the price is not the one of our list'
covers = ['PRICING', 'DISCOUNT']
edifact_4465 = ['5']
[[item]]
code = 'SHORTAGE'
meaning = 'something is missing'
[[item]]
code = 'OTHER'
meaning = 'anything else'
";

fn code(text: &str) -> ItemCode {
    ItemCode::parse(text).unwrap()
}

fn codes(texts: &[&str]) -> Vec<ItemCode> {
    texts.iter().map(|text| code(text)).collect()
}

fn other_tenant() -> TenantId {
    TenantId::parse("other").unwrap()
}

/// A service with the shipped models, as a process of its own would have it.
async fn service(fixture: &Fixture) -> Arc<Service> {
    static MODELS: OnceLock<ActiveModels> = OnceLock::new();
    let is_in_memory = fixture.url().contains(":memory:");
    let store = if is_in_memory { Arc::clone(&fixture.store) } else { fixture.reopened().await };
    let service = Arc::new(Service::new(ServiceParts {
        store,
        clock: fixture.clock.clone(),
        seed: [3; 32],
        strategy: Strategy::shipped(),
        models: MODELS.get_or_init(|| shipped::active_models().unwrap()).clone(),
        archive: ModelArchive::in_memory(),
    }));
    service.prepare().await.unwrap();
    service
}

async fn load(service: &Service, tenant: &TenantId, text: &str) -> Result<TaxonomyChange, ServiceError> {
    service.load_taxonomy(tenant, text, Loading::Store).await
}

async fn open(service: &Service, tenant: &TenantId, item: &str) -> Result<DisputeView, ServiceError> {
    let request = OpenDispute {
        request_id: RequestId::parse(&format!("open-{item}")).unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![invoice_id("R-1")],
        contested_item: code(item),
        severity: Severity::Major,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    Ok(service.open_dispute(tenant, request).await?.dispute)
}

/// Gives both tenants the same customer and invoice.
async fn with_invoice(fixture: &Fixture) {
    for tenant in [&fixture.tenant, &other_tenant()] {
        let records =
            vec![LedgerRecord::Customer(customer("C1")), LedgerRecord::Invoice(invoice("R-1", "C1", 100_000))];
        fixture.store.ingest(tenant, records, &TimeZone::utc()).await.unwrap();
    }
}

/// A dispute of another system.
fn record(id: &str, item: &str) -> LedgerRecord {
    LedgerRecord::Dispute(DisputeRecord {
        id: DisputeId::parse(id).unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![invoice_id("R-1")],
        contested_item: code(item),
        severity: Severity::Minor,
        contested_amount: None,
        opened_on: day("2026-03-02"),
        decided: None,
        credited_amount: None,
        raised_again: recourse::domain::dispute_past::RaisedAgain::default(),
        past_details: recourse::domain::dispute_details::PastDetails::default(),
        past_decisions: recourse::domain::dispute_past::PastDecisions::default(),
        priority_label: None,
        message: None,
    })
}

/// What is wrong with the one field that a use case refuses.
fn refusal<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> String {
    let ServiceError::Invalid(violations) = answer.unwrap_err() else { panic!("another refusal") };
    violations.to_string()
}

fn precondition<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> (&'static str, String) {
    let ServiceError::Precondition { reason, message } = answer.unwrap_err() else { panic!("another refusal") };
    (reason, message)
}

async fn a_taxonomy_is_kept_under_a_version_of_its_tenant(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let record = |version: i64| TaxonomyRecord {
        version,
        name: format!("acme/{version}"),
        digest: format!("digest of {version}"),
        text: format!("name = 'acme/{version}' # é"),
        loaded_at: start().plus_seconds(version),
    };
    assert_eq!(store.taxonomy(tenant).await.unwrap(), None);
    for version in [1, 2, 10] {
        store.commit(tenant, vec![Change::InsertTaxonomy(record(version))]).await.unwrap();
        assert_eq!(store.taxonomy(tenant).await.unwrap(), Some(record(version)));
    }
    let other = TaxonomyRecord { name: "another".to_owned(), ..record(2) };
    let refused = store.commit(tenant, vec![Change::InsertTaxonomy(other)]).await.unwrap_err();
    assert!(matches!(&refused, StoreError::StaleVersion { table: "taxonomy", id } if id == "2"), "{refused:?}");
    assert_eq!(store.taxonomy(tenant).await.unwrap(), Some(record(10)));
    assert_eq!(store.taxonomy(&other_tenant()).await.unwrap(), None);
    assert_eq!(store.tenants().await.unwrap(), std::slice::from_ref(tenant));
}

async fn disputes_of_any_status_are_counted_by_item(fixture: &Fixture) {
    use recourse::domain::dispute::{Dispute, DisputeStatus};
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let of = |id: &str, item: &str, status| {
        Change::PutDispute(Dispute { contested_item: code(item), status, ..dispute(id, "C1", &["I"]) })
    };
    let changes = vec![
        of("D1", "QUALITY", DisputeStatus::New),
        of("D2", "PRICING", DisputeStatus::Closed),
        of("D3", "PRICING", DisputeStatus::Voided),
    ];
    store.commit(tenant, changes).await.unwrap();
    store.commit(&other_tenant(), vec![of("D1", "DAMAGED", DisputeStatus::New)]).await.unwrap();
    let counts = store.dispute_counts_by_item(tenant).await.unwrap();
    assert_eq!(counts, [(code("PRICING"), 2), (code("QUALITY"), 1)]);
}

async fn a_dry_run_tells_what_would_change_and_stores_nothing(fixture: &Fixture) {
    let (service, tenant) = (service(fixture).await, &fixture.tenant);
    let change = service.load_taxonomy(tenant, OWN, Loading::DryRun).await.unwrap();
    assert_eq!((change.name.as_str(), change.name_before.as_str(), change.version), ("acme/1", "recourse/1", 1));
    assert_eq!(change.added, codes(&["PRICE_LIST"]));
    assert_eq!((change.removed.len(), change.removed.contains(&code("DAMAGED"))), (14, true));
    assert_eq!((service.taxonomy_of(tenant).version, fixture.store.taxonomy(tenant).await.unwrap()), (0, None));
    let without_other = OWN.replace("'OTHER'", "'REST'");
    let refused = refusal(service.load_taxonomy(tenant, &without_other, Loading::DryRun).await);
    assert!(refused.contains("expected also the code `OTHER`"), "{refused}");
}

async fn a_tenant_uses_the_codes_that_it_loaded_and_another_the_shipped_ones(fixture: &Fixture) {
    with_invoice(fixture).await;
    let (service, tenant) = (service(fixture).await, &fixture.tenant);
    assert_eq!(load(&service, tenant, OWN).await.unwrap().version, 1);
    assert_eq!(fixture.store.taxonomy(tenant).await.unwrap().unwrap().text, OWN);

    let view = open(&service, tenant, "PRICE_LIST").await.unwrap();
    assert_eq!(view.item.unwrap().edifact_4465, ["5"]);
    let no_code = "`contested_item` is `DAMAGED`, expected a code of the taxonomy `acme/1`";
    assert_eq!(refusal(open(&service, tenant, "DAMAGED").await), no_code);
    let change = UpdateDispute {
        dispute_id: view.dispute.id,
        version: None,
        status: None,
        contested_item: Some(code("DAMAGED")),
        severity: None,
        invoice_ids: None,
        contested_amount: AmountChange::Keep,
        assignee: AssigneeChange::Keep,
        priority_label: None,
        before_dispute_id: None,
        validate_only: false,
    };
    assert_eq!(refusal(service.update_dispute(tenant, change).await), no_code);

    open(&service, &other_tenant(), "DAMAGED").await.unwrap();
    let refused = refusal(open(&service, &other_tenant(), "PRICE_LIST").await);
    assert_eq!(refused, "`contested_item` is `PRICE_LIST`, expected a code of the taxonomy `recourse/1`");

    for (tenant, accepted, refused) in [(tenant, "PRICE_LIST", "DAMAGED"), (&other_tenant(), "DAMAGED", "PRICE_LIST")] {
        let mut session = service.ingest(tenant.clone());
        let settled = session.push(record("X-1", refused)).await.unwrap();
        let RecordOutcome::Rejected(rejection) = &settled[0].outcome else { panic!("{settled:?}") };
        assert!(rejection.to_string().contains(&format!("is `{refused}`")), "{rejection}");
        session.push(record("X-2", accepted)).await.unwrap();
        assert_eq!(session.finish().await.unwrap().counts.inserted_count, 1);
    }
}

async fn what_is_loaded_again_changes_nothing(fixture: &Fixture) {
    let (service, tenant) = (service(fixture).await, &fixture.tenant);
    assert!(!load(&service, tenant, OWN).await.unwrap().is_in_use);
    let again = load(&service, tenant, OWN).await.unwrap();
    assert_eq!((again.is_in_use, again.version, again.added.len(), again.removed.len()), (true, 1, 0, 0));
    let commented = load(&service, tenant, &format!("{OWN}# other bytes\n")).await.unwrap();
    assert_eq!((commented.is_in_use, commented.version), (false, 2));
    assert_eq!(load(&service, tenant, OWN).await.unwrap().version, 3, "the one before may come back");
    assert_eq!(service.taxonomy_of(tenant).version, 3);
}

async fn codes_of_stored_disputes_cannot_be_left_out(fixture: &Fixture) {
    with_invoice(fixture).await;
    let (service, tenant) = (service(fixture).await, &fixture.tenant);
    let mut session = service.ingest(tenant.clone());
    for (id, item) in [("X-1", "DAMAGED"), ("X-2", "DAMAGED"), ("X-3", "LATE_DELIVERY"), ("X-4", "SHORTAGE")] {
        session.push(record(id, item)).await.unwrap();
    }
    session.finish().await.unwrap();
    let expected = "the taxonomy `acme/1` lacks codes of stored disputes: `DAMAGED` of 2, `LATE_DELIVERY` of 1; \
                    keep them until no dispute has them";
    for loading in [Loading::DryRun, Loading::Store] {
        let refused = precondition(service.load_taxonomy(tenant, OWN, loading).await);
        assert_eq!(refused, ("TAXONOMY_CODE_IN_USE", expected.to_owned()));
    }
    assert_eq!(fixture.store.taxonomy(tenant).await.unwrap(), None);
    load(&service, &other_tenant(), OWN).await.unwrap();
    let kept = "[[item]]\ncode = 'DAMAGED'\nmeaning = ''\n[[item]]\ncode = 'LATE_DELIVERY'\nmeaning = ''\n";
    load(&service, tenant, &format!("{OWN}{kept}")).await.unwrap();
}

async fn another_process_follows_when_it_looks(fixture: &Fixture) {
    with_invoice(fixture).await;
    let (here, elsewhere, tenant) = (service(fixture).await, service(fixture).await, &fixture.tenant);
    load(&elsewhere, tenant, OWN).await.unwrap();
    assert_eq!(here.taxonomy_of(tenant).version, 0, "nobody has told this process");
    here.reload_models().await.unwrap();
    assert_eq!((here.taxonomy_of(tenant).version, here.taxonomy_of(&other_tenant()).version), (1, 0));
    open(&here, tenant, "PRICE_LIST").await.unwrap();
    assert_eq!(service(fixture).await.taxonomy_of(tenant).codes.name, "acme/1", "one that starts later knows it");
}

/// A message that contests a price, taken in for good.
async fn submitted(service: &Service, tenant: &TenantId) -> Submission {
    let submission = SubmitMessage {
        request_id: RequestId::parse("message").unwrap(),
        message_id: None,
        message: ScoreMessage {
            body: "We dispute invoice R-1: the price charged is higher than agreed and we will not pay it.".to_owned(),
            subject: String::new(),
            customer_id: Some(customer_id("C1")),
            received_at: None,
            channel: MessageChannel::Email,
        },
        queue: None,
        validate_only: false,
    };
    service.submit_message(tenant, submission).await.unwrap()
}

async fn a_message_is_read_and_scored_in_the_codes_of_the_tenant_from_the_first_day(fixture: &Fixture) {
    with_invoice(fixture).await;
    let (service, tenant) = (service(fixture).await, &fixture.tenant);
    load(&service, tenant, OWN).await.unwrap();
    let (own, shipped) = (submitted(&service, tenant).await, submitted(&service, &other_tenant()).await);

    let (own_item, shipped_item) = (own.reading.contested_item.unwrap(), shipped.reading.contested_item.unwrap());
    let probability_of = |code: &str| {
        let found = shipped_item.labels.iter().find(|graded| graded.label.as_str() == code);
        found.unwrap().probability
    };
    let found: Vec<&str> = own_item.labels.iter().map(|graded| graded.label.as_str()).collect();
    assert_eq!((found[0], found.len()), ("PRICE_LIST", 3), "{found:?}");
    for graded in &own_item.labels {
        let expected = match graded.label.as_str() {
            "PRICE_LIST" => probability_of("PRICING") + probability_of("DISCOUNT"),
            "SHORTAGE" => probability_of("SHORTAGE"),
            _ => 1.0 - ["PRICING", "DISCOUNT", "SHORTAGE"].map(probability_of).iter().sum::<f64>(),
        };
        assert!((graded.probability - expected).abs() < 1e-9, "{graded:?} {expected}");
    }
    assert_eq!(own_item.model_id, shipped_item.model_id);
    assert!(own_item.words.iter().any(|word| word.text == "price" && word.weight > 0.0), "{:?}", own_item.words);

    let (own, shipped) = (own.dispute.unwrap(), shipped.dispute.unwrap());
    assert_eq!(
        (own.dispute.contested_item.as_str(), shipped.dispute.contested_item.as_str()),
        ("PRICE_LIST", "PRICING")
    );
    assert_eq!(own.validity_probability, shipped.validity_probability);
    let (own, shipped) = (own.priority.unwrap().score, shipped.priority.unwrap().score);
    assert_eq!(own.priority.to_bits(), shipped.priority.to_bits(), "it is scored as the first code that it covers");
    let reason = |reasons: &[Reason]| {
        let found = reasons.iter().find(|reason| reason.factor == Factor::ContestedItem);
        found.unwrap().clone()
    };
    let (own, shipped) = (reason(&own.reasons), reason(&shipped.reasons));
    assert_eq!(own.points.to_bits(), shipped.points.to_bits());
    assert_ne!(own.points, 0.0);
    let sentence = reason_sentence(&own, Language::En);
    assert!(sentence.starts_with("The reason given is “the price is not the one of our list”, which "), "{sentence}");
}
