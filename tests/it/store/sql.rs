//! Every SQL text is understood by both databases.

use recourse::store::sql;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};

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
