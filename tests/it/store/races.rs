//! Several replicas at once: one dispute for one complaint, one work item for one subject.

use std::sync::Arc;

use recourse::domain::customer::{Customer, CustomerField, CustomerPart};
use recourse::domain::dispute::{Resolution, Severity};
use recourse::domain::ids::{CustomerId, ModelKind, RequestId, TrainingRunId, UserId};
use recourse::domain::message::MessageChannel;
use recourse::domain::strategy::Strategy;
use recourse::domain::time_zone::TimeZone;
use recourse::domain::work_item::{WorkItem, WorkItemKind, WorkItemState};
use recourse::ledger::record::LedgerRecord;
use recourse::service::dispute::{AssigneeChange, ResolveDispute, UpdateDispute};
use recourse::service::message::{ScoreMessage, SubmitMessage};
use recourse::service::models::archive::ModelArchive;
use recourse::service::page::PageRequest;
use recourse::service::{Service, ServiceParts, WorkItemFilter};
use recourse::store::{Change, StoreError, TrainingRun, TrainingRunState};

use super::fixture::Fixture;
use super::sample::*;
use crate::service::bench::no_change;
use crate::service::models::by_rules;

/// Replicas, and complaints that each of them takes in.
const REPLICA_COUNT: usize = 3;
const COMPLAINTS_EACH: usize = 4;
/// Changes of one dispute at the same time: more than a write has attempts.
const UPDATE_COUNT: usize = 20;

scenarios!(
    replicas_that_take_in_complaints_at_once_open_one_dispute,
    a_dispute_is_opened_only_on_the_count_that_was_read,
    changes_of_one_dispute_that_name_no_version_all_come_through,
    a_subject_has_one_item_that_is_not_completed,
    replicas_that_refresh_at_once_list_an_account_once,
    a_customer_is_not_replaced_by_one_of_whom_only_the_id_is_known,
    of_a_kind_one_training_run_begins,
    parts_of_a_customer_told_at_once_are_all_kept,
    ledgers_with_customers_in_common_are_taken_in_at_once,
);

/// A service of its own over the database, as another process would have it.
pub async fn replica(fixture: &Fixture, seed: u8) -> Arc<Service> {
    let is_in_memory = fixture.url().contains(":memory:");
    let store = if is_in_memory { Arc::clone(&fixture.store) } else { fixture.reopened().await };
    Arc::new(Service::new(ServiceParts {
        store,
        clock: fixture.clock.clone(),
        seed: [seed; 32],
        strategy: Strategy::shipped(),
        models: by_rules(),
        archive: ModelArchive::in_memory(),
    }))
}

async fn replicas(fixture: &Fixture) -> Vec<Arc<Service>> {
    let mut replicas = Vec::new();
    for seed in 0..REPLICA_COUNT {
        replicas.push(replica(fixture, u8::try_from(seed).unwrap()).await);
    }
    replicas
}

pub async fn with_invoices(fixture: &Fixture) {
    let mut records = vec![LedgerRecord::Customer(customer("C1"))];
    records.extend(["R-1", "R-2"].map(|id| LedgerRecord::Invoice(invoice(id, "C1", 100_000))));
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
}

pub fn complaint(request_id: &str) -> SubmitMessage {
    SubmitMessage {
        request_id: RequestId::parse(request_id).unwrap(),
        message_id: None,
        message: ScoreMessage {
            body: "the price on R-1 is wrong".to_owned(),
            subject: String::new(),
            customer_id: Some(CustomerId::parse("C1").unwrap()),
            received_at: None,
            channel: MessageChannel::Email,
        },
        queue: None,
        validate_only: false,
    }
}

async fn replicas_that_take_in_complaints_at_once_open_one_dispute(fixture: &Fixture) {
    with_invoices(fixture).await;
    let mut submitting = Vec::new();
    for (index, service) in replicas(fixture).await.into_iter().enumerate() {
        for ticket in 0..COMPLAINTS_EACH {
            let (service, tenant) = (Arc::clone(&service), fixture.tenant.clone());
            // The first ticket of each replica is one and the same, the others are tickets of their own.
            let request_id = if ticket == 0 { "same".to_owned() } else { format!("ticket-{index}-{ticket}") };
            submitting.push(tokio::spawn(async move { service.submit_message(&tenant, complaint(&request_id)).await }));
        }
    }
    let mut opened_count = 0;
    for submission in submitting {
        let submission = submission.await.unwrap().unwrap();
        opened_count += usize::from(!submission.joined_existing_dispute);
    }
    let disputes = fixture.store.scan_disputes(&fixture.tenant, None, 100).await.unwrap();
    assert_eq!(disputes.len(), 1, "{disputes:?}");
    let distinct_count = REPLICA_COUNT * (COMPLAINTS_EACH - 1) + 1;
    assert_eq!(usize::try_from(disputes[0].raised_count()).unwrap(), distinct_count);
    assert!(opened_count >= 1, "somebody opened it");
    let service = replica(fixture, 99).await;
    let page = PageRequest::parse(0, "").unwrap();
    let listed = service.list_work_items(&fixture.tenant, &WorkItemFilter::default(), &page).await.unwrap();
    assert_eq!(listed.items.len(), 1, "{listed:?}");
}

/// Goal: whoever overwrites whatever is there is never told that somebody was faster, and neither is who complains meanwhile.
async fn changes_of_one_dispute_that_name_no_version_all_come_through(fixture: &Fixture) {
    with_invoices(fixture).await;
    let service = replica(fixture, 1).await;
    let opened = service.submit_message(&fixture.tenant, complaint("first")).await.unwrap();
    let dispute_id = opened.dispute.unwrap().dispute.id;
    let mut changing = tokio::task::JoinSet::new();
    for index in 0..UPDATE_COUNT {
        let (service, tenant, dispute_id) = (Arc::clone(&service), fixture.tenant.clone(), dispute_id.clone());
        changing.spawn(async move {
            let assignee = AssigneeChange::Assign(UserId::parse(&format!("user-{index}")).unwrap());
            let change = UpdateDispute { assignee, ..no_change(&dispute_id) };
            service.update_dispute(&tenant, change).await.map(|_| ())
        });
    }
    for ticket in 0..COMPLAINTS_EACH {
        let (service, tenant) = (Arc::clone(&service), fixture.tenant.clone());
        let complaint = complaint(&format!("ticket-{ticket}"));
        changing.spawn(async move { service.submit_message(&tenant, complaint).await.map(|_| ()) });
    }
    while let Some(changed) = changing.join_next().await {
        changed.unwrap().unwrap();
    }
    let stored = fixture.store.dispute(&fixture.tenant, &dispute_id).await.unwrap().unwrap();
    let change_count = UPDATE_COUNT + COMPLAINTS_EACH;
    assert_eq!(usize::try_from(stored.version).unwrap(), 1 + change_count);

    // A decision comes through beside further changes as well.
    let mut ending = tokio::task::JoinSet::new();
    for index in 0..UPDATE_COUNT {
        let (service, tenant, dispute_id) = (Arc::clone(&service), fixture.tenant.clone(), dispute_id.clone());
        ending.spawn(async move {
            if index + 1 < UPDATE_COUNT {
                let change = UpdateDispute { severity: Some(Severity::Major), ..no_change(&dispute_id) };
                return service.update_dispute(&tenant, change).await.map(|_| ());
            }
            let decision = ResolveDispute {
                dispute_id,
                version: None,
                resolution: Resolution::InvalidRebill,
                credited_amount: None,
                resolved_on: None,
            };
            service.resolve_dispute(&tenant, decision).await.map(|_| ())
        });
    }
    while let Some(changed) = ending.join_next().await {
        changed.unwrap().unwrap();
    }
    let stored = fixture.store.dispute(&fixture.tenant, &dispute_id).await.unwrap().unwrap();
    assert_eq!(
        (usize::try_from(stored.version).unwrap(), stored.status.is_open()),
        (1 + change_count + UPDATE_COUNT, false)
    );
}

async fn a_dispute_is_opened_only_on_the_count_that_was_read(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let opening = |dispute_id: &str, opened_count| {
        let customer_id = customer_id("C1");
        vec![Change::PutDispute(dispute(dispute_id, "C1", &["A"])), Change::CountOpening { customer_id, opened_count }]
    };
    let known = async || store.known_customer(tenant, &customer_id("C1"), 10).await.unwrap();
    assert_eq!(known().await.opened_dispute_count, 0);
    let mut opening_at_once = Vec::new();
    for index in 0..8 {
        let (store, tenant) = (Arc::clone(store), tenant.clone());
        let changes = opening(&format!("D{index}"), 1);
        opening_at_once.push(tokio::spawn(async move { store.commit(&tenant, changes).await }));
    }
    let mut done_count = 0;
    for opened in opening_at_once {
        match opened.await.unwrap() {
            Ok(()) => done_count += 1,
            Err(error) => {
                assert!(matches!(error, StoreError::StaleVersion { table: "dispute_opening", .. }), "{error:?}");
            }
        }
    }
    assert_eq!(done_count, 1);
    assert_eq!(known().await.opened_dispute_count, 1);
    store.commit(tenant, opening("D9", 2)).await.unwrap();
    assert!(store.commit(tenant, opening("D10", 2)).await.is_err());
    assert_eq!(known().await.open_disputes.len(), 2, "a refused opening left a dispute");
}

async fn a_subject_has_one_item_that_is_not_completed(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let of_dispute = |id: &str| WorkItem {
        kind: WorkItemKind::Dispute,
        dispute_id: Some(dispute("D1", "C1", &[]).id),
        ..work_item(id, 5.0)
    };
    let of_account = |id: &str| WorkItem { customer_id: Some(customer_id("C1")), ..work_item(id, 5.0) };
    let put = |item: WorkItem| store.commit(tenant, vec![Change::PutWorkItem(item)]);
    for item in [of_dispute("W1"), of_account("W2")] {
        put(item).await.unwrap();
    }
    for second in [of_dispute("W3"), of_account("W4")] {
        let error = put(second).await.unwrap_err();
        assert!(matches!(error, StoreError::StaleVersion { table: "work_item", .. }), "{error:?}");
    }
    for (first, second) in [(of_dispute("W1"), of_dispute("W5")), (of_account("W2"), of_account("W6"))] {
        put(WorkItem { state: WorkItemState::Completed, version: 2, ..first }).await.unwrap();
        put(second).await.unwrap();
    }
    // Items of other kinds about the same customer stand beside each other.
    for id in ["W7", "W8"] {
        put(WorkItem { kind: WorkItemKind::Query, ..of_account(id) }).await.unwrap();
    }
}

async fn replicas_that_refresh_at_once_list_an_account_once(fixture: &Fixture) {
    with_invoices(fixture).await;
    let mut refreshing = Vec::new();
    for service in replicas(fixture).await {
        let tenant = fixture.tenant.clone();
        refreshing.push(tokio::spawn(async move { service.refresh_worklist(&tenant).await }));
    }
    for refreshed in refreshing {
        refreshed.await.unwrap().unwrap();
    }
    let now = fixture.clock.advance_seconds(1);
    let items = fixture.store.work_items(&fixture.tenant, &WorkItemFilter::default(), now, None, 100).await.unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
}

async fn a_customer_is_not_replaced_by_one_of_whom_only_the_id_is_known(fixture: &Fixture) {
    let other = replica(fixture, 1).await;
    for round in 0..20 {
        let ids: Vec<String> = (0..50).map(|index| format!("C{round}-{index}")).collect();
        let customers = ids.iter().map(|id| LedgerRecord::Customer(customer(id))).collect();
        let mut session = other.ingest(fixture.tenant.clone());
        let invoices = async {
            for (index, id) in ids.iter().enumerate() {
                session.push(LedgerRecord::Invoice(invoice(&format!("R{round}-{index}"), id, 100))).await.unwrap();
            }
            session.settle_rest().await.unwrap();
        };
        let utc = TimeZone::utc();
        let (_, known) = tokio::join!(invoices, fixture.store.ingest(&fixture.tenant, customers, &utc));
        known.unwrap();
        for id in &ids {
            let stored = fixture.store.customer(&fixture.tenant, &customer_id(id)).await.unwrap();
            assert_eq!(stored, Some(customer(id)), "round {round}");
        }
    }
}

async fn of_a_kind_one_training_run_begins(fixture: &Fixture) {
    let run = |id: &str| TrainingRun {
        id: TrainingRunId::parse(id).unwrap(),
        kind: ModelKind::Item,
        state: TrainingRunState::Running,
        progress: 0.0,
        message: String::new(),
        started_at: start(),
        ended_at: None,
        model_id: None,
        example_count: 100,
        lease_expires_at: Some(start().plus_seconds(60)),
    };
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let begin = async |id: &str| store.commit(tenant, vec![Change::StartTrainingRun(run(id))]).await;
    let (first, second) = tokio::join!(begin("T1"), begin("T2"));
    let begun_count = [&first, &second].into_iter().filter(|begun| begun.is_ok()).count();
    assert_eq!(begun_count, 1, "{first:?} {second:?}");
    let (begun, refused) = if first.is_ok() { ("T1", second) } else { ("T2", first) };
    let error = refused.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "training_run", .. }), "{error:?}");
    let ended = TrainingRun { state: TrainingRunState::Failed, ..run(begun) };
    store.commit(tenant, vec![Change::PutTrainingRun(ended)]).await.unwrap();
    begin("T3").await.unwrap();
}

/// A part of customer C9 that tells one field, another value in each round.
fn part(field: CustomerField, round: i64) -> LedgerRecord {
    let mut customer = Customer::unnamed(customer_id("C9"));
    match field {
        CustomerField::Name => customer.name = format!("N{round}"),
        CustomerField::Segment => customer.segment = format!("S{round}"),
        CustomerField::CreditLimit => customer.credit_limit = Some(euros(round + 1)),
        CustomerField::Country
        | CustomerField::Language
        | CustomerField::AnnualRevenue
        | CustomerField::CreditScore => {}
    }
    let untold = CustomerField::ALL.into_iter().filter(|other| *other != field).collect();
    LedgerRecord::CustomerPart(CustomerPart { customer, untold })
}

/// Goal: what one process tells of a customer is not undone by another that tells another field, be the customer new or known.
async fn parts_of_a_customer_told_at_once_are_all_kept(fixture: &Fixture) {
    let is_in_memory = fixture.url().contains(":memory:");
    for round in 0..8 {
        let mut telling = Vec::new();
        for field in [CustomerField::Name, CustomerField::Segment, CustomerField::CreditLimit] {
            let store = if is_in_memory { Arc::clone(&fixture.store) } else { fixture.reopened().await };
            let (tenant, record) = (fixture.tenant.clone(), part(field, round));
            telling.push(tokio::spawn(
                async move { store.ingest(&tenant, vec![record], &TimeZone::utc()).await.unwrap() },
            ));
        }
        for told in telling {
            told.await.unwrap();
        }
        let stored = fixture.store.customer(&fixture.tenant, &customer_id("C9")).await.unwrap().unwrap();
        assert_eq!((stored.name, stored.segment), (format!("N{round}"), format!("S{round}")));
        assert_eq!(stored.credit_limit, Some(euros(round + 1)));
    }
}

/// Goal: streams that bring the same customers in other orders all end well.
async fn ledgers_with_customers_in_common_are_taken_in_at_once(fixture: &Fixture) {
    let is_in_memory = fixture.url().contains(":memory:");
    let mut streams = Vec::new();
    for stream in 0..6 {
        let store = if is_in_memory { Arc::clone(&fixture.store) } else { fixture.reopened().await };
        let tenant = fixture.tenant.clone();
        streams.push(tokio::spawn(async move {
            for round in 0..4 {
                let named = |index: usize| {
                    let mut customer = customer(&format!("C{}", (index * (2 * stream + 3) + 7 * stream) % 97));
                    customer.segment = format!("{stream}-{round}");
                    LedgerRecord::Customer(customer)
                };
                store.ingest(&tenant, (0..97).map(named).collect(), &TimeZone::utc()).await.unwrap();
            }
        }));
    }
    for stream in streams {
        stream.await.unwrap();
    }
}
