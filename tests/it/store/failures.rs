//! What goes wrong outside: unknown URLs, newer schemas, corrupt files, full disks, killed processes.

use std::sync::Arc;

use recourse::domain::ids::MessageId;
use recourse::domain::time::SystemClock;
use recourse::store::{Change, Store, StoreError, open};
use sqlx::{Connection, SqliteConnection};

use super::fixture::{Fixture, empty_schema};
use super::sample::*;

async fn open_error(url: String) -> StoreError {
    open(&url.into(), 2, Arc::new(SystemClock)).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_schemes_are_named_without_the_password() {
    let error = open_error("mysql://me:secret@host/db".to_owned()).await;
    assert_eq!(
        error.to_string(),
        "database url `mysql://me:***@host/db` starts with neither `sqlite:` nor `postgres:`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused() {
    let fixture = Fixture::in_a_file().await;
    let mut connection = SqliteConnection::connect(fixture.url()).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'of the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    let error = open_error(fixture.url().to_owned()).await;
    assert!(matches!(error, StoreError::NewerSchema { found: 9999, known: 18, .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_file_is_refused_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recourse.db");
    std::fs::write(&path, "this is no database at all".repeat(1_000)).unwrap();
    let error = open_error(format!("sqlite:{}", path.display())).await;
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

/// The database is read as a killed process leaves it: the file and its log are copied while the store is open.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill() {
    let fixture = Fixture::in_a_file().await;
    for index in 0..50 {
        let changes = vec![Change::InsertMessage(message(&format!("M{index}"), "C1", None, start()))];
        fixture.store.commit(&fixture.tenant, changes).await.unwrap();
    }
    let left = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", fixture.path().display());
        std::fs::copy(from, left.path().join(format!("recourse.db{suffix}"))).unwrap();
    }
    let url = format!("sqlite:{}", left.path().join("recourse.db").display());
    let store: Arc<dyn Store> = open(&url.into(), 2, Arc::new(SystemClock)).await.unwrap();
    for index in 0..50 {
        let id = MessageId::parse(&format!("M{index}")).unwrap();
        assert!(store.message(&fixture.tenant, &id).await.unwrap().is_some(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_opened_again_holds_everything() {
    let fixture = Fixture::in_a_file().await;
    fixture.store.commit(&fixture.tenant, vec![Change::PutWorkItem(work_item("W1", 5.0))]).await.unwrap();
    let again = fixture.reopened().await;
    assert_eq!(again.tenants().await.unwrap(), std::slice::from_ref(&fixture.tenant));
    assert_eq!(again.work_item(&fixture.tenant, &work_item("W1", 5.0).id).await.unwrap(), Some(work_item("W1", 5.0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_were_overwritten_are_found() {
    let fixture = Fixture::in_a_file().await;
    for index in 0..50 {
        let changes = vec![Change::InsertMessage(message(&format!("M{index}"), "C1", None, start()))];
        fixture.store.commit(&fixture.tenant, changes).await.unwrap();
    }
    assert_eq!(fixture.store.damage().await.unwrap(), [""; 0]);
    fixture.store.settle().await.unwrap();
    let mut bytes = std::fs::read(fixture.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xab);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recourse.db");
    std::fs::write(&path, bytes).unwrap();
    let url = format!("sqlite:{}", path.display());
    let found = match open(&url.into(), 2, Arc::new(SystemClock)).await {
        Ok(store) => store.damage().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(damage) => assert!(!damage.is_empty()),
        Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}"),
    }
}

/// Goal: processes that start on a new folder at once all come to serve it.
#[test]
fn a_new_file_may_be_opened_by_several_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        open_by_several(&format!("sqlite:{}", folder.path().join("new/recourse.db").display()));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn a_new_schema_may_be_opened_by_several_at_once_in_postgres() {
    open_by_several(&empty_schema(concat!(module_path!(), "::at_once")).await);
}

/// Each opening has a thread, a runtime and connections of its own, as a process has.
fn open_by_several(url: &str) {
    let open_one = |url: String| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async { open(&url.into(), 2, Arc::new(SystemClock)).await.map(drop) })
    };
    let opening: Vec<_> = (0..6)
        .map(|_| {
            let url = url.to_owned();
            std::thread::spawn(move || open_one(url))
        })
        .collect();
    for opened in opening {
        opened.join().unwrap().unwrap();
    }
}
