//! A store on one of the databases, with a clock that the test moves.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use recourse::domain::ids::TenantId;
use recourse::domain::time::{Clock, Instant, SharedClock};
use recourse::store::{Store, open};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// 2026-03-15T08:00:00Z.
pub const START_US: i64 = 1_773_561_600_000_000;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance_seconds(&self, seconds: i64) -> Instant {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        self.now()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_unix_us(self.0.load(Ordering::SeqCst))
    }
}

/// A store to try.
pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub clock: Arc<TestClock>,
    pub tenant: TenantId,
    /// The folder of the file, removed with the fixture.
    _folder: Option<TempDir>,
    url: String,
}

impl Fixture {
    pub async fn in_memory() -> Self {
        Fixture::open("sqlite::memory:".to_owned(), None).await
    }

    pub async fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("made/recourse.db").display());
        Fixture::open(url, Some(folder)).await
    }

    /// A file of a release that knew the migrations up to `version`, with the rows that these statements enter.
    pub async fn in_a_file_of_release(version: i64, rows: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recourse.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        release(&sqlx::migrate!("src/store/migrations/sqlite"), version).run(&mut connection).await.unwrap();
        connection.execute(rows).await.unwrap();
        connection.close().await.unwrap();
        Fixture::open(format!("sqlite:{}", path.display()), Some(folder)).await
    }

    /// The same in a schema.
    pub async fn in_postgres_of_release(test: &str, version: i64, rows: &'static str) -> Self {
        let url = empty_schema(test).await;
        let mut connection = PgConnection::connect(&url).await.unwrap();
        release(&sqlx::migrate!("src/store/migrations/postgres"), version).run(&mut connection).await.unwrap();
        connection.execute(rows).await.unwrap();
        connection.close().await.unwrap();
        Fixture::open(url, None).await
    }

    /// A schema of its own for each test, emptied before it.
    pub async fn in_postgres(test: &str) -> Self {
        Fixture::open(empty_schema(test).await, None).await
    }

    async fn open(url: String, folder: Option<TempDir>) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(START_US)));
        let shared: SharedClock = clock.clone();
        let store = open(&url.clone().into(), 4, shared).await.unwrap();
        Fixture { store, clock, tenant: TenantId::default_tenant(), _folder: folder, url }
    }

    /// The same database opened again.
    pub async fn reopened(&self) -> Arc<dyn Store> {
        open(&self.url.clone().into(), 4, self.clock.clone()).await.unwrap()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn path(&self) -> PathBuf {
        self.url.strip_prefix("sqlite:").unwrap().into()
    }
}

/// The migrations that a release knew.
fn release(migrator: &Migrator, version: i64) -> Migrator {
    Migrator::with_migrations(migrator.iter().filter(|migration| migration.version <= version).cloned().collect())
}

/// The URL of an empty schema.
pub async fn empty_schema(test: &str) -> String {
    let url = std::env::var("RECOURSE_TEST_POSTGRES_URL").unwrap();
    let schema = test.replace("::", "_");
    let schema = format!("t_{}", blake3::hash(schema.as_bytes()).to_hex().split_at(16).0);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for sql in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}
