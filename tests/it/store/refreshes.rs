//! Whole refreshes: of several replicas one has the turn, and another takes over when it is lost.

use std::sync::Arc;

use recourse::domain::ids::TenantId;
use recourse::domain::time::Instant;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::LedgerRecord;
use recourse::service::Service;
use recourse::service::limits::REFRESH_LEASE_SECONDS;
use recourse::service::refresh::turn::RefreshTurn;
use recourse::store::{Change, FinishedRefresh, RefreshLease, StoreError};
use sqlx::{Connection, SqliteConnection};

use super::fixture::Fixture;
use super::races::replica;
use super::sample::*;

/// Seconds between two refreshes.
const PERIOD_SECONDS: i64 = 3_600;
/// Accounts of a ledger whose refresh takes longer than a look at its state.
const ACCOUNT_COUNT: usize = 200;

scenarios!(
    a_turn_is_given_to_one_until_it_runs_out_or_is_given_back,
    a_turn_is_given_by_what_was_read_only,
    replicas_that_are_ready_at_once_refresh_once,
    a_refresh_whose_replica_is_lost_is_done_by_another,
    a_process_that_begins_refreshes_once_more,
);

fn lease(holder: &str, expires_at: Instant) -> RefreshLease {
    RefreshLease { holder: holder.to_owned(), expires_at }
}

fn claim(holder: &str, now: Instant, seconds: i64, last_began_at: Option<Instant>) -> Vec<Change> {
    vec![Change::ClaimRefresh { lease: lease(holder, now.plus_seconds(seconds)), now, last_began_at }]
}

fn assert_stale(result: Result<(), StoreError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "worklist_refresh", .. }), "{error:?}");
}

async fn a_turn_is_given_to_one_until_it_runs_out_or_is_given_back(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let held_by = async || {
        let lease = store.refresh_state(tenant).await.unwrap().lease;
        lease.map(|lease| (lease.holder, lease.expires_at))
    };
    assert_eq!(held_by().await, None);
    let at = |seconds| start().plus_seconds(seconds);
    let (first, second) = tokio::join!(
        store.commit(tenant, claim("A", start(), 20, None)),
        store.commit(tenant, claim("B", start(), 20, None))
    );
    let (holder, other) = if first.is_ok() { ("A", "B") } else { ("B", "A") };
    assert_stale(if first.is_ok() { second } else { first });
    assert_eq!(held_by().await, Some((holder.to_owned(), at(20))));

    assert_stale(store.commit(tenant, claim(other, at(19), 20, None)).await);
    assert_stale(store.commit(tenant, vec![Change::RenewRefresh(lease(other, at(99)))]).await);
    store.commit(tenant, vec![Change::RenewRefresh(lease(holder, at(30)))]).await.unwrap();
    assert_stale(store.commit(tenant, claim(other, at(29), 20, None)).await);
    // A turn that ran out is renewed as long as nobody has taken it.
    store.commit(tenant, vec![Change::RenewRefresh(lease(holder, at(50)))]).await.unwrap();
    store.commit(tenant, claim(other, at(50), 20, None)).await.unwrap();
    assert_stale(store.commit(tenant, vec![Change::RenewRefresh(lease(holder, at(99)))]).await);

    // What has passed to another is not given back by who had it before.
    store.commit(tenant, vec![Change::ReleaseRefresh { holder: holder.to_owned() }]).await.unwrap();
    assert_eq!(held_by().await, Some((other.to_owned(), at(70))));
    store.commit(tenant, vec![Change::ReleaseRefresh { holder: other.to_owned() }]).await.unwrap();
    assert_eq!(held_by().await, None);
    store.commit(tenant, claim(holder, at(51), 20, None)).await.unwrap();
    // Another tenant has turns of its own.
    let north = TenantId::parse("north").unwrap();
    store.commit(&north, claim(other, at(51), 20, None)).await.unwrap();
}

/// Goal: who has read the state before another finished a refresh does not do it once more.
async fn a_turn_is_given_by_what_was_read_only(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let at = |seconds| start().plus_seconds(seconds);
    let finished = |began_at, basis: &str| {
        let finished = Some(FinishedRefresh { began_at, basis: basis.to_owned() });
        vec![Change::NoteRefresh { change_count: 0, finished }]
    };
    let last = async || store.refresh_state(tenant).await.unwrap().last.map(|last| (last.began_at, last.basis));
    store.commit(tenant, finished(at(10), "first")).await.unwrap();
    assert_stale(store.commit(tenant, claim("A", at(20), 20, None)).await);
    store.commit(tenant, claim("A", at(20), 20, Some(at(10)))).await.unwrap();
    store.commit(tenant, finished(at(20), "second")).await.unwrap();
    store.commit(tenant, finished(at(15), "slower")).await.unwrap();
    assert_eq!(last().await, Some((at(20), "second".to_owned())));
    // One that failed in part is none.
    store.commit(tenant, vec![Change::NoteRefresh { change_count: 0, finished: None }]).await.unwrap();
    assert_eq!(last().await, Some((at(20), "second".to_owned())));
}

async fn with_accounts(fixture: &Fixture, count: usize) {
    let mut records = Vec::new();
    for index in 0..count {
        records.push(LedgerRecord::Customer(customer(&format!("C{index}"))));
        records.push(LedgerRecord::Invoice(invoice(&format!("R-{index}"), &format!("C{index}"), 100_000)));
    }
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
}

async fn is_behind(fixture: &Fixture) -> bool {
    fixture.store.refresh_state(&fixture.tenant).await.unwrap().is_behind
}

async fn turn(service: &Service, fixture: &Fixture) -> RefreshTurn {
    service.refresh_in_turn(&fixture.tenant, service.refreshed_since(PERIOD_SECONDS)).await.unwrap()
}

/// How many of these replicas, each of which goes on until nothing is due, refresh the worklist.
async fn refresh_count(replicas: &[Arc<Service>], fixture: &Fixture) -> usize {
    let until_nothing_is_due = async |service: &Service| {
        let mut done_count = 0;
        loop {
            match turn(service, fixture).await {
                RefreshTurn::Done(_) => done_count += 1,
                RefreshTurn::Elsewhere { .. } => tokio::task::yield_now().await,
                RefreshTurn::NotDue { .. } => return done_count,
            }
        }
    };
    let [first, second, third] = replicas else { panic!("three replicas") };
    let counts = tokio::join!(until_nothing_is_due(first), until_nothing_is_due(second), until_nothing_is_due(third));
    counts.0 + counts.1 + counts.2
}

async fn replicas_that_are_ready_at_once_refresh_once(fixture: &Fixture) {
    with_accounts(fixture, 20).await;
    let replicas = [replica(fixture, 1).await, replica(fixture, 2).await, replica(fixture, 3).await];
    assert_eq!(refresh_count(&replicas, fixture).await, 1);
    assert!(!is_behind(fixture).await);
    assert_eq!(refresh_count(&replicas, fixture).await, 0, "nothing is newer");

    fixture.clock.advance_seconds(60);
    with_accounts(fixture, 21).await;
    assert_eq!(refresh_count(&replicas, fixture).await, 1, "records came");
    fixture.clock.advance_seconds(PERIOD_SECONDS - 1);
    assert_eq!(refresh_count(&replicas, fixture).await, 0);
    fixture.clock.advance_seconds(2);
    assert_eq!(refresh_count(&replicas, fixture).await, 1, "the period is over");
    let items = fixture.store.refresh_state(&fixture.tenant).await.unwrap();
    assert_eq!(items.lease, None, "the turn is given back");
}

async fn a_refresh_whose_replica_is_lost_is_done_by_another(fixture: &Fixture) {
    with_accounts(fixture, ACCOUNT_COUNT).await;
    let [lost, other] = [replica(fixture, 1).await, replica(fixture, 2).await];
    let state = async || fixture.store.refresh_state(&fixture.tenant).await.unwrap();
    let has_begun = async {
        while state().await.lease.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = has_begun => {}
        done = turn(&lost, fixture) => panic!("it was done before it was cut off: {done:?}"),
    }
    assert!(state().await.last.is_none() && is_behind(fixture).await, "a refresh that is cut off counts for nothing");

    let until = start().plus_seconds(REFRESH_LEASE_SECONDS);
    assert_eq!(turn(&other, fixture).await, RefreshTurn::Elsewhere { until });
    fixture.clock.advance_seconds(REFRESH_LEASE_SECONDS - 1);
    assert_eq!(turn(&other, fixture).await, RefreshTurn::Elsewhere { until });
    fixture.clock.advance_seconds(1);
    let RefreshTurn::Done(summary) = turn(&other, fixture).await else { panic!("nobody did it") };
    assert_eq!(usize::try_from(summary.account_count).unwrap(), ACCOUNT_COUNT);
    assert!(!is_behind(fixture).await);
    assert!(matches!(turn(&lost, fixture).await, RefreshTurn::NotDue { .. }));
}

async fn a_process_that_begins_refreshes_once_more(fixture: &Fixture) {
    with_accounts(fixture, 2).await;
    let before = replica(fixture, 1).await;
    assert!(matches!(turn(&before, fixture).await, RefreshTurn::Done(_)));
    fixture.clock.advance_seconds(60);
    let begun = replica(fixture, 2).await;
    assert!(matches!(turn(&before, fixture).await, RefreshTurn::NotDue { .. }));
    assert!(matches!(turn(&begun, fixture).await, RefreshTurn::Done(_)), "the last one knew nothing of what was lost");
    assert!(matches!(turn(&begun, fixture).await, RefreshTurn::NotDue { .. }));

    // A server that is stopped gives its turn back, so that nobody waits.
    let claimed = claim("other", fixture.clock.advance_seconds(0), 20, Some(start().plus_seconds(60)));
    fixture.store.commit(&fixture.tenant, claimed).await.unwrap();
    begun.release_refreshes().await.unwrap();
    let state = fixture.store.refresh_state(&fixture.tenant).await.unwrap();
    assert_eq!(state.lease.map(|lease| lease.holder).as_deref(), Some("other"), "it is another's");
}

/// Goal: accounts that could not be scored are tried again by the next round, and the turn is given back meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_fails_in_part_is_due_as_before() {
    let fixture = Fixture::in_a_file().await;
    with_accounts(&fixture, 3).await;
    let service = replica(&fixture, 1).await;
    assert!(matches!(turn(&service, &fixture).await, RefreshTurn::Done(_)));
    let mut connection = SqliteConnection::connect(fixture.url()).await.unwrap();
    let damage = "UPDATE score SET document = 'none' WHERE subject = 'account/EUR/C1'";
    sqlx::query(damage).execute(&mut connection).await.unwrap();
    fixture.clock.advance_seconds(PERIOD_SECONDS + 1);
    let again = async || service.refresh_in_turn(&fixture.tenant, service.refreshed_since(PERIOD_SECONDS)).await;
    for _ in 0..2 {
        assert!(again().await.is_err());
        assert_eq!(fixture.store.refresh_state(&fixture.tenant).await.unwrap().lease, None);
    }
    let repair = "DELETE FROM score WHERE document = 'none'";
    sqlx::query(repair).execute(&mut connection).await.unwrap();
    assert!(matches!(again().await, Ok(RefreshTurn::Done(_))));
}
