//! PostgreSQL only: rows that another session has locked.

use std::time::Duration;

use recourse::domain::ids::UserId;
use recourse::domain::time::Clock as _;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::LedgerRecord;
use recourse::store::{Change, ClaimRequest, StoreError, WorkItemFilter};
use sqlx::{Connection, Executor, PgConnection};

use super::fixture::Fixture;
use super::sample::*;

/// A session that holds the rows which `statement` writes until it is told otherwise.
async fn holding(fixture: &Fixture, statement: &'static str) -> PgConnection {
    let mut session = PgConnection::connect(fixture.url()).await.unwrap();
    for statement in ["BEGIN", statement] {
        session.execute(statement).await.unwrap();
    }
    session
}

/// Goal: the one item that is free is handed out although it is just scored again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn postgres_waits_for_an_item_that_is_being_written() {
    let fixture = Fixture::in_postgres(concat!(module_path!(), "::claims")).await;
    let item = Change::PutWorkItem(work_item("W1", 50.0));
    fixture.store.commit(&fixture.tenant, vec![item]).await.unwrap();
    let mut session = holding(&fixture, "UPDATE work_item SET summary = 'scored again' WHERE id = 'W1'").await;
    let writing = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        session.execute("COMMIT").await.unwrap();
    });
    let now = fixture.clock.now();
    let claim = ClaimRequest {
        filter: WorkItemFilter::default(),
        user_id: UserId::parse("ann").unwrap(),
        token: "token".to_owned(),
        now,
        expires_at: now.plus_seconds(600),
    };
    let claimed = fixture.store.claim_work_item(&fixture.tenant, &claim).await.unwrap();
    assert_eq!(claimed.map(|item| item.summary), Some("scored again".to_owned()));
    writing.await.unwrap();
}

/// Goal: a session that never lets go of a row does not keep writers, and in the end all connections, waiting.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn postgres_fails_the_writers_of_a_row_that_stays_locked_in_time() {
    let fixture = Fixture::in_postgres(concat!(module_path!(), "::writers")).await;
    let ingest = async |id: &str| {
        let records = vec![LedgerRecord::Customer(customer(id))];
        fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await
    };
    ingest("C1").await.unwrap();
    let session = holding(&fixture, "UPDATE ledger_change SET change_count = change_count").await;
    let waited = tokio::time::timeout(Duration::from_secs(60), ingest("C2")).await.expect("it is given up");
    assert!(matches!(waited, Err(StoreError::Unavailable { .. })), "{waited:?}");
    drop(session);
    ingest("C2").await.unwrap();
}
