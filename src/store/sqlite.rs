//! SQLite: one task writes and groups what waits, several connections read.

mod connections;
mod writer;

#[path = "queries/mod.rs"]
mod queries;

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{mpsc, oneshot};

use crate::domain::ids::TenantId;
use crate::domain::time::{Instant, SharedClock};
use crate::domain::work_item::WorkItem;
use crate::ledger::record::RecordOutcome;

use super::error::is_busy;
use super::ingest::Intake;
use super::open::KnownTenants;
use super::schema::{SchemaVersions, compare, migration_error};
use super::sql::ledger as changeable;
use super::sql::worklist as claimable;
use super::write::Prepared;
use super::{ClaimRequest, StoreError};
use connections::{Connections, Lent};
use writer::{Job, QUEUE_JOBS_MAX};

type Db = Sqlite;
type Backend = SqliteStore;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// Longest wait for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between two attempts to open a file that another process switches over.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Longest wait for readers elsewhere when the write-ahead log is emptied.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(1);
/// Page cache of a connection, in KiB; SQLite reads a negative number as KiB.
const CACHE_KIB: &str = "-65536";
/// Pages of the write-ahead log after which they are moved into the database file.
const CHECKPOINT_PAGES: &str = "4000";
/// Looks at every page, and ends after so many problems; it answers `ok` when there are none.
const QUICK_CHECK: &str = "PRAGMA quick_check(5)";
/// The text that means a database in memory.
const MEMORY: &str = ":memory:";

/// The storage in an SQLite file or in memory.
pub struct SqliteStore {
    readers: Connections,
    jobs: mpsc::Sender<Job>,
    clock: SharedClock,
    tenants: KnownTenants,
    /// The file, for errors.
    file: String,
}

/// Opens the file at `path`, which may begin with `//`, or `:memory:`.
pub async fn open(path: &str, connections_max: u32, clock: SharedClock) -> Result<SqliteStore, StoreError> {
    let url = format!("sqlite:{path}");
    let (writer, readers) = if path == MEMORY {
        let connection = memory_connection(&url).await?;
        (connection.clone(), connection)
    } else {
        file_connections(Path::new(path.strip_prefix("//").unwrap_or(path)), connections_max, &url).await?
    };
    Ok(SqliteStore::start(writer, readers, clock, path.strip_prefix("//").unwrap_or(path)))
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE_KIB)
        .pragma("temp_store", "memory")
}

/// The single connection of a database in memory, which reads and writes by turns and never closes.
async fn memory_connection(url: &str) -> Result<Connections, StoreError> {
    let connection =
        Connections::open(&options().in_memory(true), 1).await.map_err(|source| cannot_open(url, source))?;
    migrate(&connection, url).await?;
    Ok(connection)
}

/// The writing connection and the reading ones. With `synchronous = FULL` a commit that was answered survives a crash of
/// the process and of the machine.
async fn file_connections(
    path: &Path,
    connections_max: u32,
    url: &str,
) -> Result<(Connections, Connections), StoreError> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(|error| cannot_open(url, sqlx::Error::Io(error)))?;
    }
    let writing = options()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    let writer = open_writer(&writing).await.map_err(|source| cannot_open(url, source))?;
    migrate(&writer, url).await?;
    let reading = options().filename(path).pragma("query_only", "on");
    let count = usize::try_from(connections_max.max(1)).unwrap_or(1);
    let readers = Connections::open(&reading, count).await.map_err(|source| cannot_open(url, source))?;
    Ok((writer, readers))
}

/// Brings the tables up to this release. Processes that open a new file at once take turns: the driver has no lock for
/// migrations of SQLite. A file that is up to date is only looked at, so that opening it waits for no writer.
async fn migrate(connections: &Connections, url: &str) -> Result<(), StoreError> {
    let failed = |error| migration_error(error, &MIGRATIONS, url);
    let mut connection = connections.lend().await.map_err(|source| cannot_open(url, source))?;
    if is_migrated(&mut connection).await {
        return MIGRATIONS.run(&mut *connection).await.map_err(failed);
    }
    let mut turn = connection.begin_with("BEGIN IMMEDIATE").await.map_err(|source| cannot_open(url, source))?;
    MIGRATIONS.run(&mut *turn).await.map_err(failed)?;
    turn.commit().await.map_err(|source| cannot_open(url, source))
}

/// The schema of the file at `path`, which is only read. A database in memory is made by whoever opens it.
pub async fn schema_versions(path: &str) -> Result<SchemaVersions, StoreError> {
    let url = format!("sqlite:{path}");
    if path == MEMORY {
        return Ok(SchemaVersions::current(&MIGRATIONS));
    }
    let reading = options().filename(path.strip_prefix("//").unwrap_or(path)).pragma("query_only", "on");
    let mut connection = reading.connect().await.map_err(|source| cannot_open(&url, source))?;
    let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_master WHERE name = $1")
        .bind(MIGRATIONS.table_name.as_ref())
        .fetch_optional(&mut connection)
        .await
        .map_err(|source| cannot_open(&url, source))?;
    let applied = match known {
        Some(_) => connection.list_applied_migrations(&MIGRATIONS.table_name).await,
        None => Ok(Vec::new()),
    };
    let applied = applied.map_err(|error| migration_error(error, &MIGRATIONS, &url))?;
    connection.close().await.map_err(|source| cannot_open(&url, source))?;
    compare(&applied, &MIGRATIONS, &url)
}

/// Whether every migration of this release was applied; what cannot be read may be a new file.
async fn is_migrated(connection: &mut SqliteConnection) -> bool {
    let Ok(applied) = connection.list_applied_migrations(&MIGRATIONS.table_name).await else { return false };
    MIGRATIONS.iter().all(|migration| applied.iter().any(|known| known.version == migration.version))
}

/// Opens the writing connection. Whoever is first switches a new file to the write-ahead log; SQLite refuses the others at
/// once instead of letting them wait, so they try again.
async fn open_writer(writing: &SqliteConnectOptions) -> Result<Connections, sqlx::Error> {
    let began_at = std::time::Instant::now();
    loop {
        match Connections::open(writing, 1).await {
            Err(error) if is_busy(&error) && began_at.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

fn cannot_open(url: &str, source: sqlx::Error) -> StoreError {
    StoreError::of_opening(url.to_owned(), source)
}

impl SqliteStore {
    /// Starts the task that writes through the one connection of `writer`; it ends with the store.
    fn start(writer: Connections, readers: Connections, clock: SharedClock, file: &str) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE_JOBS_MAX);
        tokio::spawn(writer::run(writer, queue));
        SqliteStore { readers, jobs, clock, tenants: KnownTenants::default(), file: file.to_owned() }
    }

    /// A connection to read with.
    async fn reader(&self) -> Result<Lent, StoreError> {
        self.readers.lend().await.map_err(StoreError::from_driver)
    }

    /// Refuses when the task that writes has ended, as after a panic: everything can be read then, and nothing written.
    fn check_writer(&self) -> Result<(), StoreError> {
        if self.jobs.is_closed() { Err(StoreError::from_driver(sqlx::Error::PoolClosed)) } else { Ok(()) }
    }

    /// Empties the write-ahead log; a reader elsewhere leaves a part of it to the next time.
    async fn settle_file(&self) -> Result<(), StoreError> {
        if self.file == MEMORY {
            return Ok(());
        }
        let mut connection = options()
            .filename(&self.file)
            .busy_timeout(SETTLE_TIMEOUT)
            .connect()
            .await
            .map_err(StoreError::from_driver)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        sqlx::query(checkpoint).execute(&mut connection).await.map_err(StoreError::from_driver)?;
        connection.close().await.map_err(StoreError::from_driver)
    }

    /// What SQLite finds wrong with the file.
    async fn damage_of_file(&self) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader().await?;
        let found: Vec<String> = sqlx::query_scalar(QUICK_CHECK)
            .fetch_all(&mut *reader)
            .await
            .map_err(|source| StoreError::from_driver(source).at(&self.file))?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A transaction whose reads all see one state.
    async fn snapshot(reader: &mut SqliteConnection) -> Result<Transaction<'_, Db>, StoreError> {
        reader.begin().await.map_err(StoreError::from_driver)
    }

    async fn write(&self, mut prepared: Prepared) -> Result<(), StoreError> {
        self.tenants.complete(&mut prepared);
        let tenant = prepared.tenant.clone();
        self.ask(|reply| Job::Write { prepared, reply }).await?;
        self.tenants.note(&tenant);
        Ok(())
    }

    async fn take_in(&self, intake: Intake) -> Result<Vec<RecordOutcome>, StoreError> {
        self.ask(|reply| Job::TakeIn { intake, reply }).await
    }

    async fn claim(&self, tenant: &TenantId, claim: &ClaimRequest) -> Result<Option<WorkItem>, StoreError> {
        let (tenant, claim) = (tenant.clone(), claim.clone());
        self.ask(|reply| Job::Claim { tenant, claim, reply }).await
    }

    /// Hands a job to the writer and awaits its answer, which comes after the commit.
    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::from_driver(sqlx::Error::PoolClosed);
        self.jobs.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(|error| error.at(&self.file))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::customer::Customer;
    use crate::domain::ids::CustomerId;
    use crate::domain::time::FixedClock;
    use crate::domain::time_zone::TimeZone;
    use crate::ledger::record::LedgerRecord;
    use crate::store::Store;

    /// Goal: a store whose writer has ended says so, although everything can be read.
    #[tokio::test]
    async fn a_store_without_its_writer_does_not_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recourse.db");
        let (writer, readers) = file_connections(&path, 2, "sqlite:test").await.unwrap();
        let mut store = SqliteStore::start(writer, readers, Arc::new(FixedClock(Instant::from_unix_us(0))), "r.db");
        store.ping().await.unwrap();
        store.jobs = mpsc::channel(1).0;
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable { .. })));
        assert!(store.tenants().await.is_ok());
    }

    /// A limit on the pages of the file is to SQLite what a full disk is.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_refuses_writes_and_keeps_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recourse.db");
        let (writer, readers) = file_connections(&path, 2, "sqlite:test").await.unwrap();
        let page_count: i64 =
            sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *writer.lend().await.unwrap()).await.unwrap();
        let limit = format!("PRAGMA max_page_count = {}", page_count + 40);
        sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&mut *writer.lend().await.unwrap()).await.unwrap();
        let store = SqliteStore::start(writer, readers, Arc::new(FixedClock(Instant::from_unix_us(0))), "r.db");

        let tenant = TenantId::default_tenant();
        let customer = |index: i32| {
            let id = CustomerId::parse(&format!("C{index}")).unwrap();
            Customer { name: "N".repeat(2_000), ..Customer::unnamed(id) }
        };
        let mut stored_count = 0;
        let error = loop {
            let records = vec![LedgerRecord::Customer(customer(stored_count))];
            match store.ingest(&tenant, records, &TimeZone::utc()).await {
                Ok(_) => stored_count += 1,
                Err(error) => break error,
            }
            assert!(stored_count < 1_000, "the limit does not hold");
        };
        assert_eq!(error.to_string(), "nothing more can be written to `r.db`: the disk is full");
        assert!(stored_count > 0);
        for index in 0..stored_count {
            let stored = store.customer(&tenant, &customer(index).id).await.unwrap();
            assert_eq!(stored, Some(customer(index)));
        }
    }
}
