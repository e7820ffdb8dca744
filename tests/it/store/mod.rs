//! The conformance suite of the storage: one async function for each scenario, run on SQLite in memory, on an SQLite
//! file and on PostgreSQL. The last needs `RECOURSE_TEST_POSTGRES_URL` and shows as ignored otherwise.

mod fixture;
mod sample;

/// Makes tests of scenarios, one for each database.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::store::fixture::Fixture;

            #[tokio::test(flavor = "multi_thread")]
            async fn in_memory() {
                super::$name(&Fixture::in_memory().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_a_file() {
                super::$name(&Fixture::in_a_file().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
            async fn in_postgres() {
                super::$name(&Fixture::in_postgres(concat!(module_path!())).await).await;
            }
        }
    )+};
}

mod accounts;
mod commits;
mod dispute_past;
mod failures;
mod ingest;
mod lists;
mod locks;
mod races;
mod refreshes;
mod retention;
mod revisions;
mod settlements;
mod sql;
mod taxonomies;
mod worklist;
