//! Forgetting what nothing needs any more: what is still referred to stays, whoever is at it.

use recourse::domain::ids::{DisputeId, RequestId, ScoreId};
use recourse::domain::time::Instant;
use recourse::domain::work_item::{CompletionResult, WorkItem, WorkItemState};
use recourse::service::limits::FORGOTTEN_AT_ONCE;
use recourse::service::message::Submission;
use recourse::service::retention::Retention;
use recourse::store::{Change, RequestRecord, ScoreSubject};

use super::fixture::Fixture;
use super::races::{complaint, replica, with_invoices};
use super::sample::*;

const DAY_SECONDS: i64 = 86_400;
const RETENTION: Retention = Retention { request_days: 90, score_days: 400 };

scenarios!(
    old_answers_are_forgotten_and_young_ones_are_not,
    superseded_scores_are_forgotten_unless_something_refers_to_them,
    a_request_that_was_forgotten_is_a_new_one,
);

fn days_ago(days: i64) -> Instant {
    start().plus_seconds(-days * DAY_SECONDS)
}

fn dispute_subject(id: &str) -> ScoreSubject {
    ScoreSubject::Dispute(DisputeId::parse(id).unwrap())
}

/// Goal: more than go at once, forgotten by two replicas at once, while one of the keys is used anew.
async fn old_answers_are_forgotten_and_young_ones_are_not(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let answered = |id: String, at| RequestRecord { answered_at: at, ..request(&id) };
    let old_count = 2 * FORGOTTEN_AT_ONCE + 10;
    let old = (0..old_count).map(|index| answered(format!("old-{index}"), days_ago(91)));
    let young = [answered("young".to_owned(), days_ago(89)), answered("now".to_owned(), start())];
    let all = old.chain(young).map(Change::InsertRequest).collect();
    store.commit(tenant, all).await.unwrap();
    let is_known = async |id: &str| store.request(tenant, &RequestId::parse(id).unwrap()).await.unwrap().is_some();

    let [first, second] = [replica(fixture, 1).await, replica(fixture, 2).await];
    let for_good = Retention { request_days: 0, score_days: 0 };
    first.forget_old(for_good).await.unwrap();
    assert!(is_known("old-0").await, "0 days is for good");

    let (one, other) = tokio::join!(first.forget_old(RETENTION), second.forget_old(RETENTION));
    one.unwrap();
    other.unwrap();
    for id in ["old-0", "old-199", "old-200", "old-409"] {
        assert!(!is_known(id).await, "{id}");
    }
    assert!(is_known("young").await && is_known("now").await);
    // A key that was used anew after another replica has read it as old stays.
    store.commit(tenant, vec![Change::InsertRequest(answered("old-0".to_owned(), start()))]).await.unwrap();
    let request_ids = vec![RequestId::parse("old-0").unwrap()];
    store.commit(tenant, vec![Change::ForgetRequests { request_ids, answered_before: days_ago(90) }]).await.unwrap();
    assert!(is_known("old-0").await);
}

async fn superseded_scores_are_forgotten_unless_something_refers_to_them(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let subject = || dispute_subject("D1");
    let mut changes = vec![
        Change::PutDispute(dispute("D1", "C1", &["R-1"])),
        Change::InsertScore(score("s1", subject(), 1.0, days_ago(900))),
        Change::InsertScore(score("s2", subject(), 2.0, days_ago(800))),
        Change::InsertScore(score("s3", subject(), 3.0, days_ago(700))),
        Change::InsertScore(score("s4", subject(), 4.0, days_ago(500))),
        Change::InsertScore(score("t1", dispute_subject("D2"), 4.0, days_ago(900))),
        Change::InsertScore(score("u1", dispute_subject("D3"), 4.0, days_ago(399))),
        Change::InsertScore(score("u2", dispute_subject("D3"), 4.0, days_ago(1))),
    ];
    // Further subjects with a score of their own each, so that there is more to look at than is looked at in one go.
    for index in 0..FORGOTTEN_AT_ONCE {
        let of = |number: &str| format!("r{index:05}-{number}");
        let subject = || dispute_subject(&format!("R{index}"));
        changes.push(Change::InsertScore(score(&of("1"), subject(), 1.0, days_ago(1_000))));
        changes.push(Change::InsertScore(score(&of("2"), subject(), 1.0, days_ago(900))));
    }
    store.commit(tenant, changes).await.unwrap();
    let item = WorkItem { score_id: Some(ScoreId::parse("s2").unwrap()), ..work_item("W1", 5.0) };
    let completed = WorkItem {
        state: WorkItemState::Completed,
        completed: Some((days_ago(790), CompletionResult::Settled)),
        version: 2,
        ..item.clone()
    };
    for item in [item, completed] {
        store.commit(tenant, vec![Change::PutWorkItem(item)]).await.unwrap();
    }

    let [first, second] = [replica(fixture, 1).await, replica(fixture, 2).await];
    let (one, other) = tokio::join!(first.forget_old(RETENTION), second.forget_old(RETENTION));
    one.unwrap();
    other.unwrap();
    first.forget_old(RETENTION).await.unwrap();
    let mut kept = Vec::new();
    for id in ["s1", "s2", "s3", "s4", "t1", "u1", "u2", "r00000-1", "r00000-2", "r00199-1", "r00199-2"] {
        if store.score(tenant, &ScoreId::parse(id).unwrap()).await.unwrap().is_some() {
            kept.push(id);
        }
    }
    // s2: a completed item refers to it. s4, t1 and u2: the latest of their subjects. u1: young enough.
    assert_eq!(kept, ["s2", "s4", "t1", "u1", "u2", "r00000-2", "r00199-2"]);
    assert_eq!(store.latest_score(tenant, &subject()).await.unwrap().unwrap().score.priority, 4.0);

    // Whatever is asked for, the latest stays, and so does what an item refers to.
    let score_ids = ["s2", "s4", "t1"].map(|id| ScoreId::parse(id).unwrap()).to_vec();
    let scored_before = start();
    store.commit(tenant, vec![Change::ForgetScores { score_ids: score_ids.clone(), scored_before }]).await.unwrap();
    assert_eq!(store.scores(tenant, &score_ids).await.unwrap().len(), 3);
}

/// Goal: as long as its key is remembered, a request is answered as before; afterwards what it made is still there, and its scores replay.
async fn a_request_that_was_forgotten_is_a_new_one(fixture: &Fixture) {
    with_invoices(fixture).await;
    let service = replica(fixture, 1).await;
    let submit = async || service.submit_message(&fixture.tenant, complaint("T-1")).await.unwrap();
    let id_of = |submission: &Submission| submission.message_id.clone();
    let first = submit().await;
    fixture.clock.advance_seconds(90 * DAY_SECONDS);
    service.forget_old(RETENTION).await.unwrap();
    assert_eq!(id_of(&submit().await), id_of(&first));
    fixture.clock.advance_seconds(1);
    service.forget_old(RETENTION).await.unwrap();
    let again = submit().await;
    assert_ne!(id_of(&again), id_of(&first));
    assert!(again.joined_existing_dispute, "the complaint itself is not forgotten");

    fixture.clock.advance_seconds(401 * DAY_SECONDS);
    let dispute_id = again.dispute.unwrap().dispute.id;
    let page_of_scores = async || fixture.store.scan_scores(&fixture.tenant, None, 100).await.unwrap();
    let before = page_of_scores().await.len();
    service.forget_old(RETENTION).await.unwrap();
    let kept = page_of_scores().await;
    assert!(kept.len() < before, "the score before the customer wrote again is superseded");
    for (id, _) in kept {
        assert!(service.replay_score(&fixture.tenant, &id).await.unwrap().is_identical);
    }
    let shown = service.dispute(&fixture.tenant, &dispute_id).await.unwrap();
    assert!(shown.priority.is_some());
}
