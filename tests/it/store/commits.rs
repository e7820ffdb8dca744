//! Commits: all or nothing, by version, durable.

use recourse::domain::dispute::{DisputeStatus, PriorityLabel};
use recourse::domain::ids::{MessageId, ModelId, ModelKind, RequestId, ScoreId, TrainingRunId, WorkItemId};
use recourse::domain::money::Currency;
use recourse::domain::outcome::Outcome;
use recourse::store::{
    AccountKey, Champion, ChampionCause, ChampionChange, Change, ModelRecord, ScoreSubject, StoreError, TrainingRun,
    TrainingRunState,
};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    what_is_committed_is_read_back,
    a_stale_change_leaves_nothing_of_its_list,
    one_refused_commit_does_not_hurt_its_neighbours,
    a_repeated_request_is_told_apart,
    an_item_may_change_twice_in_one_list,
    a_champion_changes_only_from_the_expected_one,
    every_change_of_champions_is_kept,
    training_runs_are_replaced,
    outcomes_come_in_the_order_in_which_they_became_known,
    tenants_do_not_see_each_other,
);

async fn what_is_committed_is_read_back(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let dispute = dispute("D1", "C1", &["A", "B"]);
    let message = message("M1", "C1", Some("D1"), start());
    let item = work_item("W1", 12.3);
    let account = ScoreSubject::Account(AccountKey { customer_id: customer_id("C/1"), currency: Currency::EUR });
    let of_dispute = score("S1", ScoreSubject::Dispute(dispute.id.clone()), 71.25, start());
    let of_account = score("S2", account.clone(), 3.0, start());
    let newer = score("S3", account.clone(), 4.0, start().plus_seconds(1));
    let changes = vec![
        Change::InsertMessage(message.clone()),
        Change::PutDispute(dispute.clone()),
        Change::PutWorkItem(item.clone()),
        Change::InsertScore(of_dispute.clone()),
        Change::InsertScore(newer.clone()),
        Change::InsertScore(of_account.clone()),
        Change::InsertRequest(request("R1")),
    ];
    store.commit(tenant, changes).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(store.message(tenant, &message.id).await.unwrap(), Some(message));
    assert_eq!(store.dispute(tenant, &dispute.id).await.unwrap(), Some(dispute.clone()));
    assert_eq!(store.work_item(tenant, &item.id).await.unwrap(), Some(item));
    assert_eq!(store.score(tenant, &ScoreId::parse("S2").unwrap()).await.unwrap(), Some(of_account));
    assert_eq!(store.latest_score(tenant, &account).await.unwrap(), Some(newer));
    assert_eq!(store.latest_score(tenant, &of_dispute.subject).await.unwrap(), Some(of_dispute.clone()));
    assert_eq!(store.request(tenant, &RequestId::parse("R1").unwrap()).await.unwrap(), Some(request("R1")));
    assert_eq!(store.request(tenant, &RequestId::parse("R2").unwrap()).await.unwrap(), None);
}

async fn a_stale_change_leaves_nothing_of_its_list(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let mut item = work_item("W1", 50.0);
    store.commit(tenant, vec![Change::PutWorkItem(item.clone())]).await.unwrap();
    item.version = 3;
    let list = |last: Change| vec![Change::InsertMessage(message("M1", "C1", None, start())), last];
    let error = store.commit(tenant, list(Change::PutWorkItem(item.clone()))).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "work_item", ref id } if id == "W1"), "{error:?}");
    item.version = 1;
    let error = store.commit(tenant, list(Change::PutWorkItem(item))).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "work_item", ref id } if id == "W1"), "{error:?}");
    assert_eq!(store.message(tenant, &MessageId::parse("M1").unwrap()).await.unwrap(), None);
}

/// Many callers commit at once, every third of them against a stale version.
async fn one_refused_commit_does_not_hurt_its_neighbours(fixture: &Fixture) {
    let mut callers = Vec::new();
    for index in 0..60 {
        let (store, tenant) = (fixture.store.clone(), fixture.tenant.clone());
        callers.push(tokio::spawn(async move {
            let mut item = work_item(&format!("W{index}"), 1.0);
            item.version = if index % 3 == 0 { 7 } else { 1 };
            let changes = vec![
                Change::InsertMessage(message(&format!("M{index}"), "C1", None, start())),
                Change::PutWorkItem(item),
            ];
            (index, store.commit(&tenant, changes).await)
        }));
    }
    for caller in callers {
        let (index, result) = caller.await.unwrap();
        assert_eq!(result.is_ok(), index % 3 != 0, "{index}: {result:?}");
        let message = fixture.store.message(&fixture.tenant, &MessageId::parse(&format!("M{index}")).unwrap()).await;
        assert_eq!(message.unwrap().is_some(), index % 3 != 0, "{index}");
    }
}

async fn a_repeated_request_is_told_apart(fixture: &Fixture) {
    let list = || vec![Change::InsertMessage(message("M1", "C1", None, start())), Change::InsertRequest(request("R1"))];
    fixture.store.commit(&fixture.tenant, list()).await.unwrap();
    let error = fixture.store.commit(&fixture.tenant, list()).await.unwrap_err();
    assert!(matches!(error, StoreError::RequestKnown(ref id) if id.as_str() == "R1"), "{error:?}");
}

async fn an_item_may_change_twice_in_one_list(fixture: &Fixture) {
    let (first, mut second) = (work_item("W1", 1.0), work_item("W1", 2.0));
    second.version = 2;
    let list = vec![Change::PutWorkItem(first), Change::PutWorkItem(second.clone())];
    fixture.store.commit(&fixture.tenant, list).await.unwrap();
    let stored = fixture.store.work_item(&fixture.tenant, &WorkItemId::parse("W1").unwrap()).await.unwrap();
    assert_eq!(stored, Some(second));
}

async fn a_champion_changes_only_from_the_expected_one(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let id = |number| ModelId::new(ModelKind::Payment, number);
    let champion = |number, previous_id| Champion {
        kind: ModelKind::Payment,
        model_id: id(number),
        previous_id,
        promoted_at: start(),
        gate_overridden: number == 2,
    };
    let put = |champion, expected| {
        let cause = ChampionCause::Promotion;
        vec![Change::PutChampion { champion, expected, cause }]
    };
    store.commit(tenant, put(champion(1, None), None)).await.unwrap();
    let error = store.commit(tenant, put(champion(2, None), None)).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "champion", .. }), "{error:?}");
    let error = store.commit(tenant, put(champion(2, None), Some(id(9)))).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "champion", .. }), "{error:?}");
    store.commit(tenant, put(champion(2, Some(id(1))), Some(id(1)))).await.unwrap();
    assert_eq!(store.champions(tenant).await.unwrap(), [champion(2, Some(id(1)))]);
    let model = ModelRecord {
        id: id(2),
        digest: "abc".to_owned(),
        created_at: start(),
        details: "{}".to_owned(),
        passed_gate: true,
    };
    store.commit(tenant, vec![Change::InsertModel(model.clone())]).await.unwrap();
    let error = store.commit(tenant, vec![Change::InsertModel(model.clone())]).await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { table: "model", .. }), "{error:?}");
    assert_eq!(store.model(tenant, &id(2)).await.unwrap(), Some(model.clone()));
    assert_eq!(store.models(tenant, None).await.unwrap(), [model]);
    assert!(store.models(tenant, Some(ModelKind::Item)).await.unwrap().is_empty());
}

/// Changes of one instant and of one list keep their order, and one that is refused leaves nothing.
async fn every_change_of_champions_is_kept(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let put = |kind, from: Option<u16>, to: u16, cause| {
        let (expected, previous_id) = (from.map(|from| ModelId::new(kind, from)), Some(ModelId::new(kind, 1)));
        let model_id = ModelId::new(kind, to);
        let champion = Champion { kind, model_id, previous_id, promoted_at: start(), gate_overridden: to == 2 };
        Change::PutChampion { champion, expected, cause }
    };
    let (payment, item) = (ModelKind::Payment, ModelKind::Item);
    let list = vec![
        put(payment, None, 2, ChampionCause::Promotion),
        put(item, None, 4, ChampionCause::Promotion),
        put(payment, Some(2), 3, ChampionCause::Promotion),
    ];
    store.commit(tenant, list).await.unwrap();
    store.commit(tenant, vec![put(payment, Some(9), 7, ChampionCause::Promotion)]).await.unwrap_err();
    store.commit(tenant, vec![put(payment, Some(3), 2, ChampionCause::Rollback)]).await.unwrap();
    let change = |replaced: u16, to: u16, cause| ChampionChange {
        model_id: ModelId::new(payment, to),
        replaced_id: Some(ModelId::new(payment, replaced)),
        cause,
        promoted_at: start(),
        gate_overridden: to == 2,
    };
    let expected = [
        change(3, 2, ChampionCause::Rollback),
        change(2, 3, ChampionCause::Promotion),
        change(1, 2, ChampionCause::Promotion),
    ];
    assert_eq!(store.champion_history(tenant, Some(payment), 10).await.unwrap(), expected);
    assert_eq!(store.champion_history(tenant, Some(payment), 2).await.unwrap(), expected[..2]);
    assert_eq!(store.champion_history(tenant, None, 10).await.unwrap().len(), 4);
}

async fn training_runs_are_replaced(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let mut run = TrainingRun {
        id: TrainingRunId::parse("T1").unwrap(),
        kind: ModelKind::Item,
        state: TrainingRunState::Running,
        progress: 0.1 + 0.2,
        message: "reads messages".to_owned(),
        started_at: start(),
        ended_at: None,
        model_id: None,
        example_count: 10_000,
        lease_expires_at: Some(start().plus_seconds(60)),
    };
    store.commit(tenant, vec![Change::PutTrainingRun(run.clone())]).await.unwrap();
    run.state = TrainingRunState::Succeeded;
    run.model_id = Some(ModelId::new(ModelKind::Item, 2));
    run.lease_expires_at = None;
    store.commit(tenant, vec![Change::PutTrainingRun(run.clone())]).await.unwrap();
    assert_eq!(store.training_run(tenant, &run.id).await.unwrap(), Some(run.clone()));
    assert_eq!(store.training_runs(tenant, Some(ModelKind::Item), 10).await.unwrap(), std::slice::from_ref(&run));
    // One that has ended stays as it is, whoever comes late.
    let late = TrainingRun { state: TrainingRunState::Cancelled, ..run.clone() };
    let error = store.commit(tenant, vec![Change::PutTrainingRun(late)]).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "training_run", .. }), "{error:?}");
    assert_eq!(store.training_run(tenant, &run.id).await.unwrap(), Some(run));
}

async fn outcomes_come_in_the_order_in_which_they_became_known(fixture: &Fixture) {
    let outcome = |id: &str| Outcome::DisputeGraded { dispute_id: dispute(id, "C1", &[]).id, label: PriorityLabel::P2 };
    let insert =
        |id: &str, seconds| Change::InsertOutcome { outcome: outcome(id), known_at: start().plus_seconds(seconds) };
    let changes = vec![insert("B", 5), insert("A", 9), insert("C", 1), insert("C", 1)];
    fixture.store.commit(&fixture.tenant, changes).await.unwrap();
    let outcomes = fixture.store.outcomes(&fixture.tenant, 10).await.unwrap();
    let outcomes: Vec<_> = outcomes.into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(outcomes, [outcome("C"), outcome("B"), outcome("A")]);
    let at_once = fixture.store.outcomes_known_at(&fixture.tenant, start().plus_seconds(5)).await.unwrap();
    assert_eq!(at_once, [outcome("B")]);
    assert_eq!(fixture.store.outcomes_known_at(&fixture.tenant, start().plus_seconds(6)).await.unwrap(), []);
}

async fn tenants_do_not_see_each_other(fixture: &Fixture) {
    let other = recourse::domain::ids::TenantId::parse("other").unwrap();
    let item = work_item("W1", 1.0);
    let mut dispute = dispute("D1", "C1", &["A"]);
    dispute.status = DisputeStatus::Triaged;
    for tenant in [&fixture.tenant, &other] {
        let changes = vec![Change::PutWorkItem(item.clone()), Change::PutDispute(dispute.clone())];
        fixture.store.commit(tenant, changes).await.unwrap();
    }
    let third = recourse::domain::ids::TenantId::parse("third").unwrap();
    assert_eq!(fixture.store.dispute(&third, &dispute.id).await.unwrap(), None);
    assert_eq!(fixture.store.work_item(&third, &item.id).await.unwrap(), None);
    assert_eq!(fixture.store.tenants().await.unwrap(), [fixture.tenant.clone(), other]);
}
