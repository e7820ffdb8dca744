//! A store on one of the databases, with a clock that the test moves.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use recourse::domain::ids::TenantId;
use recourse::domain::time::{Clock, Instant, SharedClock};
use recourse::store::{Store, open};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
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

    /// A schema of its own for each test, emptied before it.
    pub async fn in_postgres(test: &str) -> Self {
        let url = std::env::var("RECOURSE_TEST_POSTGRES_URL").unwrap();
        let schema = test.replace("::", "_");
        let schema = format!("t_{}", blake3::hash(schema.as_bytes()).to_hex().split_at(16).0);
        let mut connection = PgConnection::connect(&url).await.unwrap();
        for sql in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        Fixture::open(format!("{url}{separator}options=-csearch_path%3D{schema}"), None).await
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
