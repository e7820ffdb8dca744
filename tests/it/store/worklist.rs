//! The worklist: order, filters, frozen snapshots, claims.

use std::collections::BTreeSet;

use recourse::domain::ids::{DisputeId, QueueId, UserId, WorkItemId};
use recourse::domain::money::Currency;
use recourse::domain::time::{Clock, Instant};
use recourse::domain::work_item::{CompletionResult, Tier, WorkItem, WorkItemKind, WorkItemState};
use recourse::store::{
    AccountKey, Change, ClaimRequest, ItemChange, PageCursor, SNAPSHOT_KEPT_SECONDS, ScoreSubject, WorkItemFilter,
};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    pages_over_a_snapshot_stay_exact_while_items_change,
    filters_narrow_the_list,
    a_snoozed_item_returns_by_itself,
    fifty_claimers_get_fifty_items,
    claims_pass_over_what_may_not_be_worked_on,
    a_lease_that_ran_out_is_given_again,
    the_item_of_a_subject_is_the_one_not_completed,
    ranks_of_the_past_are_forgotten_after_an_hour,
    the_latest_item_of_a_subject_is_found_completed_or_not,
    items_whose_lease_or_snooze_ended_are_found,
    items_are_found_in_the_order_of_their_last_change,
);

async fn put(fixture: &Fixture, items: &[WorkItem]) {
    let changes = items.iter().cloned().map(Change::PutWorkItem).collect();
    fixture.store.commit(&fixture.tenant, changes).await.unwrap();
}

async fn page(fixture: &Fixture, snapshot: Instant, after: Option<&WorkItem>, limit: usize) -> Vec<WorkItem> {
    let cursor = after.map(|item| PageCursor { key: item.priority, id: item.id.to_string() });
    let filter = WorkItemFilter::default();
    fixture.store.work_items(&fixture.tenant, &filter, snapshot, cursor.as_ref(), limit).await.unwrap()
}

async fn all_pages(fixture: &Fixture, snapshot: Instant, limit: usize) -> Vec<(String, f64)> {
    let mut items: Vec<WorkItem> = Vec::new();
    loop {
        let next = page(fixture, snapshot, items.last(), limit).await;
        if next.is_empty() {
            return items.into_iter().map(|item| (item.id.to_string(), item.priority)).collect();
        }
        items.extend(next);
    }
}

fn claim(fixture: &Fixture, user: &str, filter: WorkItemFilter) -> ClaimRequest {
    let now = fixture.clock.now();
    ClaimRequest {
        filter,
        user_id: UserId::parse(user).unwrap(),
        token: format!("token of {user}"),
        now,
        expires_at: now.plus_seconds(600),
    }
}

async fn claimed_by(fixture: &Fixture, user: &str) -> Option<String> {
    let claim = claim(fixture, user, WorkItemFilter::default());
    let item = fixture.store.claim_work_item(&fixture.tenant, &claim).await.unwrap();
    item.map(|item| item.id.to_string())
}

async fn pages_over_a_snapshot_stay_exact_while_items_change(fixture: &Fixture) {
    let items: Vec<_> = (0..40).map(|index| work_item(&format!("W{index:02}"), f64::from(index % 7) * 10.0)).collect();
    put(fixture, &items).await;
    let snapshot = fixture.clock.now();
    let expected = all_pages(fixture, snapshot, 100).await;
    assert_eq!(expected.len(), 40);
    assert!(expected.is_sorted_by(|left, right| left.1 > right.1 || (left.1 == right.1 && left.0 < right.0)));

    let first = page(fixture, snapshot, None, 10).await;
    fixture.clock.advance_seconds(1);
    let mut changed: Vec<_> = items.iter().cloned().map(|item| WorkItem { version: 2, ..item }).collect();
    for (index, item) in changed.iter_mut().enumerate() {
        match index % 4 {
            0 => item.priority = 99.0,
            1 => {
                item.state = WorkItemState::Completed;
                item.completed = Some((fixture.clock.now(), CompletionResult::Settled));
            }
            2 => item.snoozed_until = Some(fixture.clock.now().plus_seconds(60)),
            _ => item.summary = "changed, but not in rank".to_owned(),
        }
    }
    put(fixture, &changed).await;
    put(fixture, &[work_item("NEW", 100.0)]).await;

    let mut pages: Vec<_> = first;
    loop {
        let next = page(fixture, snapshot, pages.last(), 7).await;
        if next.is_empty() {
            break;
        }
        pages.extend(next);
    }
    let found: Vec<_> = pages.iter().map(|item| (item.id.to_string(), item.priority)).collect();
    assert_eq!(found, expected);

    let now = all_pages(fixture, fixture.clock.now(), 6).await;
    assert_eq!(now.len(), 1 + 20);
    assert_eq!(now[0], ("NEW".to_owned(), 100.0));
    assert_eq!(now.iter().filter(|(_, priority)| *priority == 99.0).count(), 10);
}

async fn filters_narrow_the_list(fixture: &Fixture) {
    let mut mine = work_item("MINE", 5.0);
    mine.assignee = Some(UserId::parse("ann").unwrap());
    let mut queued = work_item("QUEUED", 6.0);
    queued.queue = Some(QueueId::parse("north").unwrap());
    let mut high = work_item("HIGH", 95.0);
    high.tier = Tier::High;
    let mut query = work_item("QUERY", 7.0);
    query.kind = WorkItemKind::Query;
    query.currency = None;
    put(fixture, &[mine, queued, high, query]).await;
    let ids = async |filter: WorkItemFilter| -> Vec<String> {
        let items = fixture.store.work_items(&fixture.tenant, &filter, fixture.clock.now(), None, 10).await.unwrap();
        items.into_iter().map(|item| item.id.to_string()).collect()
    };
    let all = WorkItemFilter::default();
    assert_eq!(ids(all.clone()).await, ["HIGH", "QUERY", "QUEUED", "MINE"]);
    assert_eq!(ids(WorkItemFilter { tier: Some(Tier::High), ..all.clone() }).await, ["HIGH"]);
    assert_eq!(ids(WorkItemFilter { kind: Some(WorkItemKind::Query), ..all.clone() }).await, ["QUERY"]);
    assert_eq!(ids(WorkItemFilter { assignee: UserId::parse("ann").ok(), ..all.clone() }).await, ["MINE"]);
    assert_eq!(ids(WorkItemFilter { queue: QueueId::parse("north").ok(), ..all.clone() }).await, ["QUEUED"]);
    let euros = WorkItemFilter { currency: Some(Currency::EUR), ..all.clone() };
    assert_eq!(ids(euros).await, ["HIGH", "QUEUED", "MINE"]);
    let claim = claim(fixture, "bob", WorkItemFilter { queue: QueueId::parse("north").ok(), ..all });
    let claimed = fixture.store.claim_work_item(&fixture.tenant, &claim).await.unwrap().unwrap();
    assert_eq!(claimed.id.as_str(), "QUEUED");
}

async fn a_snoozed_item_returns_by_itself(fixture: &Fixture) {
    put(fixture, &[work_item("W1", 5.0)]).await;
    let until = fixture.clock.now().plus_seconds(100);
    let snoozed =
        WorkItem { state: WorkItemState::Snoozed, snoozed_until: Some(until), version: 2, ..work_item("W1", 5.0) };
    put(fixture, &[snoozed]).await;
    assert!(page(fixture, fixture.clock.now(), None, 10).await.is_empty());
    assert_eq!(claimed_by(fixture, "ann").await, None);
    fixture.clock.advance_seconds(100);
    assert_eq!(page(fixture, fixture.clock.now(), None, 10).await.len(), 1);
    let claim = claim(fixture, "ann", WorkItemFilter::default());
    let claimed = fixture.store.claim_work_item(&fixture.tenant, &claim).await.unwrap().unwrap();
    assert_eq!((claimed.state, claimed.snoozed_until, claimed.version), (WorkItemState::Open, None, 3));
    assert_eq!(claimed.lease.as_ref().unwrap().token, "token of ann");
    assert_eq!(fixture.store.work_item(&fixture.tenant, &claimed.id).await.unwrap(), Some(claimed));
}

async fn fifty_claimers_get_fifty_items(fixture: &Fixture) {
    let items: Vec<_> = (0..60).map(|index| work_item(&format!("W{index}"), f64::from(index))).collect();
    put(fixture, &items).await;
    let mut claimers = Vec::new();
    for index in 0..50 {
        let (store, tenant) = (fixture.store.clone(), fixture.tenant.clone());
        let claim = claim(fixture, &format!("user {index}"), WorkItemFilter::default());
        claimers.push(tokio::spawn(async move { store.claim_work_item(&tenant, &claim).await.unwrap().unwrap() }));
    }
    let mut claimed = BTreeSet::new();
    for claimer in claimers {
        let item = claimer.await.unwrap();
        assert!(claimed.insert(item.id.to_string()), "{} was given twice", item.id);
    }
    let best: BTreeSet<_> = (10..60).map(|index| format!("W{index}")).collect();
    assert_eq!(claimed, best, "the highest ranking items are given first");
}

async fn claims_pass_over_what_may_not_be_worked_on(fixture: &Fixture) {
    let mut gated = work_item("GATED", 90.0);
    gated.gate = Some("legal hold".to_owned());
    let mut others = work_item("BOBS", 80.0);
    others.assignee = UserId::parse("bob").ok();
    let free = work_item("FREE", 10.0);
    put(fixture, &[gated.clone(), others, free]).await;
    assert_eq!(claimed_by(fixture, "ann").await.as_deref(), Some("FREE"));
    assert_eq!(claimed_by(fixture, "ann").await, None);
    assert_eq!(claimed_by(fixture, "bob").await.as_deref(), Some("BOBS"));
    put(fixture, &[WorkItem { gate: None, version: 2, ..gated }]).await;
    assert_eq!(claimed_by(fixture, "ann").await.as_deref(), Some("GATED"));
}

async fn a_lease_that_ran_out_is_given_again(fixture: &Fixture) {
    put(fixture, &[work_item("W1", 5.0)]).await;
    assert_eq!(claimed_by(fixture, "ann").await.as_deref(), Some("W1"));
    fixture.clock.advance_seconds(599);
    assert_eq!(claimed_by(fixture, "bob").await, None);
    fixture.clock.advance_seconds(1);
    assert_eq!(claimed_by(fixture, "bob").await.as_deref(), Some("W1"));
    let held = fixture.store.work_item(&fixture.tenant, &WorkItemId::parse("W1").unwrap()).await.unwrap().unwrap();
    assert_eq!(held.lease.unwrap().holder.as_str(), "bob");
}

async fn the_item_of_a_subject_is_the_one_not_completed(fixture: &Fixture) {
    let mut decide = work_item("W2", 5.0);
    decide.kind = WorkItemKind::Dispute;
    decide.dispute_id = DisputeId::parse("D1").ok();
    let mut done = work_item("W0", 5.0);
    done.state = WorkItemState::Completed;
    let mut open = work_item("W1", 5.0);
    (done.customer_id, open.customer_id) = (Some(customer_id("C1")), Some(customer_id("C1")));
    put(fixture, &[open, decide, done]).await;
    let of = async |subject: ScoreSubject| {
        let item = fixture.store.work_item_of(&fixture.tenant, &subject).await.unwrap();
        item.map(|item| item.id.to_string())
    };
    let account = |currency| ScoreSubject::Account(AccountKey { customer_id: customer_id("C1"), currency });
    assert_eq!(of(account(Currency::EUR)).await.as_deref(), Some("W1"));
    assert_eq!(of(account(Currency::USD)).await, None);
    assert_eq!(of(ScoreSubject::Dispute(DisputeId::parse("D1").unwrap())).await.as_deref(), Some("W2"));
    assert_eq!(of(ScoreSubject::WorkItem(WorkItemId::parse("W1").unwrap())).await.as_deref(), Some("W1"));
    assert_eq!(of(ScoreSubject::WorkItem(WorkItemId::parse("W0").unwrap())).await, None);
}

async fn ranks_of_the_past_are_forgotten_after_an_hour(fixture: &Fixture) {
    put(fixture, &[work_item("W1", 5.0)]).await;
    let snapshot = fixture.clock.now();
    fixture.clock.advance_seconds(10);
    put(fixture, &[WorkItem { version: 2, ..work_item("W1", 6.0) }]).await;
    fixture.clock.advance_seconds(SNAPSHOT_KEPT_SECONDS - 1);
    put(fixture, &[work_item("W2", 1.0)]).await;
    assert_eq!(all_pages(fixture, snapshot, 5).await, [("W1".to_owned(), 5.0)]);
    fixture.clock.advance_seconds(SNAPSHOT_KEPT_SECONDS);
    put(fixture, &[work_item("W3", 1.0)]).await;
    put(fixture, &[work_item("W4", 1.0)]).await;
    assert!(all_pages(fixture, snapshot, 5).await.is_empty());
    assert_eq!(all_pages(fixture, fixture.clock.now(), 5).await.len(), 4);
}

async fn the_latest_item_of_a_subject_is_found_completed_or_not(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let key = AccountKey { customer_id: customer_id("C1"), currency: Currency::EUR };
    let mut of_account = WorkItem { kind: WorkItemKind::OverdueAccount, ..work_item("W1", 5.0) };
    of_account.customer_id = Some(key.customer_id.clone());
    of_account.currency = Some(key.currency);
    let dispute_id = DisputeId::parse("D1").unwrap();
    let mut of_dispute = WorkItem { kind: WorkItemKind::Dispute, ..work_item("W2", 5.0) };
    of_dispute.dispute_id = Some(dispute_id.clone());
    for (subject, first, later) in
        [(ScoreSubject::Account(key), of_account, "W3"), (ScoreSubject::Dispute(dispute_id), of_dispute, "W4")]
    {
        assert_eq!(store.latest_item_of(tenant, &subject).await.unwrap(), None);
        let completed = Some((fixture.clock.now(), CompletionResult::Settled));
        let completed = WorkItem { state: WorkItemState::Completed, completed, ..first };
        put(fixture, std::slice::from_ref(&completed)).await;
        assert_eq!(store.latest_item_of(tenant, &subject).await.unwrap().as_ref(), Some(&completed));
        let open = WorkItem { state: WorkItemState::Open, completed: None, ..completed };
        let open = WorkItem { id: WorkItemId::parse(later).unwrap(), ..open };
        put(fixture, std::slice::from_ref(&open)).await;
        assert_eq!(store.latest_item_of(tenant, &subject).await.unwrap(), Some(open));
    }
}

async fn items_whose_lease_or_snooze_ended_are_found(fixture: &Fixture) {
    let now = fixture.clock.now();
    let snoozed =
        WorkItem { state: WorkItemState::Snoozed, snoozed_until: Some(now.plus_seconds(600)), ..work_item("W1", 9.0) };
    put(fixture, &[snoozed, work_item("W2", 5.0), work_item("W3", 4.0)]).await;
    assert_eq!(claimed_by(fixture, "ann").await.as_deref(), Some("W2"));
    let back = async |after: i64, until: i64, limit| {
        let (after, until) = (now.plus_seconds(after), now.plus_seconds(until));
        let items = fixture.store.work_items_back(&fixture.tenant, after, until, limit).await.unwrap();
        items.into_iter().map(|item| item.id.to_string()).collect::<BTreeSet<_>>()
    };
    assert!(back(0, 599, 10).await.is_empty());
    assert_eq!(back(599, 600, 10).await, BTreeSet::from(["W1".to_owned(), "W2".to_owned()]));
    assert_eq!(back(599, 600, 1).await.len(), 1);
    assert!(back(600, 700, 10).await.is_empty());
}

/// Goal: a new item, a changed one and one that was claimed are each found by the instant of the change, and page after page.
async fn items_are_found_in_the_order_of_their_last_change(fixture: &Fixture) {
    let began = fixture.clock.now();
    let changed = async |from: Instant, after: Option<&str>, limit| {
        let after = after.map(|id| WorkItemId::parse(id).unwrap());
        let found = fixture.store.work_items_changed(&fixture.tenant, from, after.as_ref(), limit).await.unwrap();
        let seconds = |at: Instant| (at.unix_us() - began.unix_us()) / 1_000_000;
        let row = |change: ItemChange| (seconds(change.changed_at), change.work_item_id.to_string(), change.version);
        found.into_iter().map(row).collect::<Vec<_>>()
    };
    let row = |seconds, id: &str, version| (seconds, id.to_owned(), version);
    put(fixture, &[work_item("W1", 9.0), work_item("W2", 5.0), work_item("W3", 4.0)]).await;
    fixture.clock.advance_seconds(10);
    put(fixture, &[WorkItem { version: 2, ..work_item("W2", 5.0) }]).await;
    fixture.clock.advance_seconds(10);
    assert_eq!(claimed_by(fixture, "ann").await.as_deref(), Some("W1"));
    let all = [row(0, "W3", 1), row(10, "W2", 2), row(20, "W1", 2)];
    assert_eq!(changed(began, None, 10).await, all);
    assert_eq!(changed(began, None, 2).await, all[..2]);
    assert_eq!(changed(began.plus_seconds(10), Some("W2"), 2).await, all[2..]);
    assert_eq!(changed(began.plus_seconds(10), None, 10).await, all[1..]);
    assert!(changed(began.plus_seconds(21), None, 10).await.is_empty());
}
