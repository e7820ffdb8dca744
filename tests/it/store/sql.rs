//! Every SQL text is understood by both databases.

use recourse::store::sql;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqlSafeStr, SqliteConnection};

use super::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_prepares_every_statement() {
    let fixture = Fixture::in_a_file().await;
    let url = format!("sqlite:{}", fixture.path().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (name, text) in sql::ALL.iter().flat_map(|list| list.iter()) {
        if let Err(error) = (&mut connection).prepare(text.into_sql_str()).await {
            panic!("{name}: {error}\n{text}");
        }
    }
}

/// Statements that read a whole table on purpose.
const WHOLE_TABLE: [&str; 1] = ["TENANTS"];

/// A plan is a list of loops, the outermost first: a list of ids must be the outer one, and a table must be searched
/// by an index, or else the time grows with the table.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_searches_tables_by_their_indexes() {
    let fixture = Fixture::in_a_file().await;
    let mut connection = SqliteConnection::connect(fixture.url()).await.unwrap();
    let mut slow = Vec::new();
    for (name, text) in sql::ALL.iter().flat_map(|list| list.iter()) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        let rows = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let loops: Vec<_> =
            steps.iter().filter(|step| step.starts_with("SCAN") || step.starts_with("SEARCH")).collect();
        let scans_table = loops.iter().any(|step| step.starts_with("SCAN") && !step.contains("json_each"));
        let is_joined = !steps.iter().any(|step| step.starts_with("LIST SUBQUERY"));
        let list_is_inner =
            is_joined && loops.iter().skip(1).any(|step| step.contains("json_each")) && !loops[0].contains("json_each");
        let sorts = steps.iter().any(|step| step.contains("USE TEMP B-TREE")) && name.starts_with("WORK_ITEMS");
        if (scans_table && !WHOLE_TABLE.contains(name)) || list_is_inner || sorts {
            slow.push(format!("{name}: {steps:#?}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn postgres_prepares_every_statement() {
    let fixture = Fixture::in_postgres(module_path!()).await;
    let mut connection = PgConnection::connect(fixture.url()).await.unwrap();
    let shared = sql::ALL.iter().flat_map(|list| list.iter());
    for (name, text) in shared.chain(sql::worklist::locking::ALL) {
        if let Err(error) = (&mut connection).prepare(text.into_sql_str()).await {
            panic!("{name}: {error}\n{text}");
        }
    }
}
