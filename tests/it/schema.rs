//! Databases of another release: commands that only look leave them as they are and say what to do.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::program::recourse;

/// The version of the earlier release, and that of this one.
const EARLIER: i64 = 15;
const PRESENT: i64 = 18;

const CSV: &str = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";

/// The migrations that the earlier release knew.
fn earlier(migrator: &Migrator) -> Migrator {
    Migrator::with_migrations(migrator.iter().filter(|migration| migration.version <= EARLIER).cloned().collect())
}

async fn sqlite(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join("old.db")).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn sqlite_version(folder: &Path) -> i64 {
    let mut connection = sqlite(folder).await;
    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap()
}

async fn old_sqlite_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = sqlite(folder.path()).await;
    earlier(&sqlx::migrate!("src/store/migrations/sqlite")).run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    folder
}

/// What a command says on both streams, and its exit code.
fn said(folder: &Path, url: &str, args: &[&str]) -> (String, i32) {
    std::fs::write(folder.join("ledger.csv"), CSV).unwrap();
    let done = recourse(folder, &[args, &["--database-url", url]].concat());
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (said, done.status.code().unwrap())
}

/// Runs every command that only looks; whether it could is of no matter here.
fn look(folder: &Path, url: &str) {
    let needs =
        format!("has schema version {EARLIER}, but this release needs {PRESENT}; `recourse migrate` brings it up");
    for args in
        [&["report", "ageing"][..], &["worklist"], &["models", "list"], &["config", "taxonomy", "--tenant", "default"]]
    {
        let (said, code) = said(folder, url, args);
        assert!(code == 1 && said.contains(&needs), "{args:?}: {said}");
    }
    let (doctor, _) = said(folder, url, &["doctor"]);
    assert!(doctor.contains("warn   database and models") && doctor.contains(&needs), "{doctor}");
    assert!(doctor.contains("make a backup") && doctor.contains(" port"), "{doctor}");
    let (dry_run, code) = said(folder, url, &["import", "invoices", "ledger.csv", "--dry-run"]);
    assert!(code == 0 && (dry_run.contains(&needs) == url.starts_with("postgres")), "{dry_run}");
    let (versions, code) = said(folder, url, &["migrate", "--dry-run"]);
    let expected =
        format!("the database has schema version {EARLIER}, this release needs {PRESENT}; nothing was changed");
    assert!(code == 0 && versions.contains(&expected), "{versions}");
}

fn bring_up(folder: &Path, url: &str) {
    let (migrated, code) = said(folder, url, &["migrate"]);
    let expected = format!("the database had schema version {EARLIER} and has {PRESENT} now");
    assert!(code == 0 && migrated.contains(&expected), "{migrated}");
    let (again, code) = said(folder, url, &["migrate", "--json"]);
    assert!(code == 0 && again.contains(&format!("\"found_version\": {PRESENT}")), "{again}");
    assert_eq!(said(folder, url, &["report", "ageing"]).1, 0);
}

#[tokio::test]
async fn looking_at_an_older_sqlite_file_leaves_it_as_it_is() {
    let folder = old_sqlite_file().await;
    look(folder.path(), "sqlite:old.db");
    assert_eq!(sqlite_version(folder.path()).await, EARLIER);
    bring_up(folder.path(), "sqlite:old.db");
    assert_eq!(sqlite_version(folder.path()).await, PRESENT);
}

#[tokio::test]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn looking_at_an_older_database_leaves_it_as_it_is_in_postgres() {
    let server_url = std::env::var("RECOURSE_TEST_POSTGRES_URL").unwrap();
    let schema = "recourse_older_schema";
    let mut connection = PgConnection::connect(&server_url).await.unwrap();
    let prepared = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    connection.execute(AssertSqlSafe(prepared)).await.unwrap();
    let url = format!("{server_url}?options=-csearch_path%3D{schema}");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    earlier(&sqlx::migrate!("src/store/migrations/postgres")).run(&mut connection).await.unwrap();
    let mut version = async || -> i64 {
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap()
    };

    let folder = tempfile::tempdir().unwrap();
    look(folder.path(), &url);
    assert_eq!(version().await, EARLIER);
    bring_up(folder.path(), &url);
    assert_eq!(version().await, PRESENT);
}

/// Goal: what another build made is named for what it is, with advice that helps, by every command.
#[tokio::test]
async fn a_schema_of_another_build_is_told_with_what_differs() {
    for (change, difference, advice) in [
        (
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 14",
            "migration 14 was applied to it, but this release has another text for it",
            "use that build, or restore a backup",
        ),
        (
            "UPDATE _sqlx_migrations SET version = -3 WHERE version = 3",
            "migration -3 was applied to it, but this release has no such migration",
            "use that build, or restore a backup",
        ),
        (
            "UPDATE _sqlx_migrations SET version = 99 WHERE version = 15",
            "use the newer release",
            "Use the newer release",
        ),
    ] {
        let folder = old_sqlite_file().await;
        sqlite(folder.path()).await.execute(change).await.unwrap();
        let (doctor, code) = said(folder.path(), "sqlite:old.db", &["doctor"]);
        assert!(code == 1 && doctor.contains("wrong  database and models"), "{doctor}");
        assert!(doctor.contains(difference) && doctor.contains(advice), "{doctor}");
        assert!(!doctor.contains("can be written") && doctor.contains("nothing was changed"), "{doctor}");
        for args in [&["migrate"][..], &["report", "ageing"], &["import", "invoices", "ledger.csv"]] {
            let (said, code) = said(folder.path(), "sqlite:old.db", args);
            assert!(code == 1 && said.contains(difference), "{args:?}: {said}");
        }
    }
}
