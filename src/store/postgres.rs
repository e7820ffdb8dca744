//! PostgreSQL: many processes may write; rows are locked for the length of a transaction.

#[path = "queries/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "the same queries are compiled for each database")]
mod queries;

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};

use crate::domain::ids::TenantId;
use crate::domain::time::{Instant, SharedClock};
use crate::domain::work_item::WorkItem;
use crate::ledger::record::RecordOutcome;

use super::ingest::Intake;
use super::open::{KnownTenants, without_password};
use super::purge::PurgeTimer;
use super::schema::{SchemaVersions, compare, migration_error};
use super::sql::ledger::locking as changeable;
use super::sql::worklist::locking as claimable;
use super::write::Prepared;
use super::{ClaimRequest, StoreError};
use queries::write;

type Db = Postgres;
type Backend = PostgresStore;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// How long a statement waits for a row that somebody else writes, works, and leaves its transaction waiting for the next one: what
/// stays locked, by a process that froze or a forgotten session, may not take the connections of everybody.
const TIME_BOUNDS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '10min'; \
    SET idle_in_transaction_session_timeout = '60s'";

/// How often a transaction is tried that another one has crossed.
const ATTEMPTS_MAX: u32 = 6;
/// Pause before it is tried again, longer each time.
const PAUSE: Duration = Duration::from_millis(20);
/// Codes of transactions that another one has crossed: serialization failure and deadlock.
const CROSSED: [&str; 2] = ["40001", "40P01"];

/// The storage in a PostgreSQL database.
pub struct PostgresStore {
    pool: PgPool,
    clock: SharedClock,
    tenants: KnownTenants,
    purge: Mutex<PurgeTimer>,
}

/// Opens the database at `url`; `?options=-c search_path=NAME` chooses the schema.
pub async fn open(url: &str, connections_max: u32, clock: SharedClock) -> Result<PostgresStore, StoreError> {
    let cannot_open = |source| StoreError::CannotOpen { url: without_password(url), source };
    let options = PgConnectOptions::from_str(url).map_err(cannot_open)?;
    // Migrations take as long as they take.
    let mut migrating = PgConnection::connect_with(&options).await.map_err(cannot_open)?;
    MIGRATIONS.run(&mut migrating).await.map_err(|error| migration_error(error, &MIGRATIONS, url))?;
    migrating.close().await.map_err(cannot_open)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections_max.max(1))
        .after_connect(|connection, _| {
            Box::pin(async { sqlx::raw_sql(TIME_BOUNDS).execute(connection).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(cannot_open)?;
    let (tenants, purge) = (KnownTenants::default(), Mutex::default());
    Ok(PostgresStore { pool, clock, tenants, purge })
}

/// The schema of the database at `url`, which is only read.
pub async fn schema_versions(url: &str) -> Result<SchemaVersions, StoreError> {
    let cannot_open = |source| StoreError::CannotOpen { url: without_password(url), source };
    let options = PgConnectOptions::from_str(url).map_err(cannot_open)?;
    let mut connection = PgConnection::connect_with(&options).await.map_err(cannot_open)?;
    let is_known: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(MIGRATIONS.table_name.as_ref())
        .fetch_one(&mut connection)
        .await
        .map_err(cannot_open)?;
    let applied = match is_known {
        true => connection.list_applied_migrations(&MIGRATIONS.table_name).await,
        false => Ok(Vec::new()),
    };
    let applied = applied.map_err(|error| migration_error(error, &MIGRATIONS, url))?;
    connection.close().await.map_err(cannot_open)?;
    compare(&applied, &MIGRATIONS, url)
}

fn was_crossed(error: &StoreError) -> bool {
    let StoreError::Database { source: sqlx::Error::Database(database) } = error else { return false };
    database.code().is_some_and(|code| CROSSED.contains(&code.as_ref()))
}

/// The error of a transaction that was crossed once too often: nothing is wrong with it, so it may be tried again later.
fn given_up(error: StoreError) -> StoreError {
    let is_crossed = was_crossed(&error);
    if is_crossed && let StoreError::Database { source } = error { StoreError::Unavailable { source } } else { error }
}

impl PostgresStore {
    /// A connection to read with.
    async fn reader(&self) -> Result<PoolConnection<Db>, StoreError> {
        self.pool.acquire().await.map_err(StoreError::from_driver)
    }

    /// Every connection writes.
    fn check_writer(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The database server keeps its own files.
    async fn settle_file(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The database server looks after its own files.
    async fn damage_of_file(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A transaction whose reads all see one state.
    async fn snapshot(reader: &mut PgConnection) -> Result<Transaction<'_, Db>, StoreError> {
        reader.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(StoreError::from_driver)
    }

    async fn begin(&self) -> Result<Transaction<'static, Db>, StoreError> {
        self.pool.begin().await.map_err(StoreError::from_driver)
    }

    async fn write(&self, mut prepared: Prepared) -> Result<(), StoreError> {
        self.tenants.complete(&mut prepared);
        let mut attempt = 1;
        loop {
            match self.write_once(&prepared).await {
                Err(error) if was_crossed(&error) && attempt < ATTEMPTS_MAX => {
                    tokio::time::sleep(PAUSE * attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(given_up(error)),
                Ok(()) => break,
            }
        }
        self.tenants.note(&prepared.tenant);
        self.purge(&prepared.tenant, prepared.now).await;
        Ok(())
    }

    /// Writes all rows of a table together, and one by one when that is refused, so that the error names the row.
    async fn write_once(&self, prepared: &Prepared) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        if let Err(error) = write::apply_together(&mut transaction, &[prepared]).await {
            if !error.is_conflict() {
                return Err(error);
            }
            transaction.rollback().await.map_err(StoreError::from_driver)?;
            transaction = self.begin().await?;
            write::apply_singly(&mut transaction, prepared).await?;
        }
        transaction.commit().await.map_err(StoreError::from_driver)
    }

    /// Takes in records. When another process stored one of them meanwhile, they are decided on again.
    async fn take_in(&self, intake: Intake) -> Result<Vec<RecordOutcome>, StoreError> {
        let mut attempt = 1;
        loop {
            let result = self.take_in_once(&intake).await;
            let is_raced = match &result {
                Err(error) => was_crossed(error) || error.is_conflict(),
                Ok(_) => false,
            };
            if !is_raced || attempt >= ATTEMPTS_MAX {
                return result.map_err(given_up);
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }

    async fn take_in_once(&self, intake: &Intake) -> Result<Vec<RecordOutcome>, StoreError> {
        let mut transaction = self.begin().await?;
        let outcomes = write::take_in(&mut transaction, intake).await?;
        transaction.commit().await.map_err(StoreError::from_driver)?;
        Ok(outcomes)
    }

    async fn claim(&self, tenant: &TenantId, claim: &ClaimRequest) -> Result<Option<WorkItem>, StoreError> {
        let mut transaction = self.begin().await?;
        let item = write::claim(&mut transaction, tenant, claim).await?;
        transaction.commit().await.map_err(StoreError::from_driver)?;
        Ok(item)
    }

    async fn purge(&self, tenant: &TenantId, now: Instant) {
        let due = self.purge.lock().unwrap_or_else(PoisonError::into_inner).due(tenant, now);
        let Some((tenant, before)) = due else { return };
        let purged = match self.pool.acquire().await {
            Ok(mut connection) => write::purge_ranks(&mut connection, &tenant, before).await,
            Err(source) => Err(StoreError::from_driver(source)),
        };
        if let Err(error) = purged {
            tracing::warn!(error = %error, "old ranks of the worklist could not be removed");
        }
    }
}
