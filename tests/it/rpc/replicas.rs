//! Two servers on one database: one refreshes the worklist, and the other takes over when it is killed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, InvoiceId, TenantId};
use recourse::domain::invoice::Invoice;
use recourse::domain::money::{Currency, Money};
use recourse::domain::time::{CivilDate, SystemClock};
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::LedgerRecord;
use recourse::service::limits::REFRESH_LEASE_SECONDS;
use recourse::store::{self, RefreshState, Store};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::harness::PATIENCE;
use super::process::Process;

/// Accounts, so many that a refresh takes some seconds.
const ACCOUNT_COUNT: usize = 1_500;
/// What a server logs when it has refreshed a worklist.
const REFRESHED: &str = "a worklist was refreshed";

async fn ingest(store: &dyn Store, tenant: &TenantId) {
    let (issued_on, due_on) = (CivilDate::new(2020, 1, 10).unwrap(), CivilDate::new(2020, 2, 9).unwrap());
    let mut records = Vec::new();
    for index in 0..ACCOUNT_COUNT {
        let customer_id = CustomerId::parse(&format!("C-{index}")).unwrap();
        records.push(LedgerRecord::Customer(Customer::unnamed(customer_id.clone())));
        records.push(LedgerRecord::Invoice(Invoice {
            id: InvoiceId::parse(&format!("R-{index}")).unwrap(),
            customer_id,
            amount: Money::from_minor(100_000, Currency::EUR),
            issued_on,
            due_on,
            business_unit: String::new(),
        }));
    }
    store.ingest(tenant, records, &TimeZone::utc()).await.unwrap();
}

/// The state of the refresh as soon as it is as wanted.
async fn state_when(store: &dyn Store, tenant: &TenantId, is_wanted: impl Fn(&RefreshState) -> bool) -> RefreshState {
    let given_up_at = Instant::now() + PATIENCE;
    loop {
        let state = store.refresh_state(tenant).await.unwrap();
        if is_wanted(&state) {
            return state;
        }
        assert!(Instant::now() < given_up_at, "{state:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn refresh_count(process: &Process) -> usize {
    process.log().lines().filter(|line| line.contains(REFRESHED)).count()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "RECOURSE_TEST_POSTGRES_URL is not set"]
async fn one_of_two_servers_refreshes_and_the_other_takes_over_in_postgres() {
    let server_url = std::env::var("RECOURSE_TEST_POSTGRES_URL").unwrap();
    let schema = "recourse_rpc_replicas";
    let mut connection = PgConnection::connect(&server_url).await.unwrap();
    let prepared = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    connection.execute(sqlx::AssertSqlSafe(prepared)).await.unwrap();
    let url = format!("{server_url}?options=-csearch_path%3D{schema}");

    let servers = [Process::start(&url), Process::start(&url)];
    let (store, tenant) =
        (store::open(&url.into(), 2, Arc::new(SystemClock)).await.unwrap(), TenantId::default_tenant());
    ingest(store.as_ref(), &tenant).await;
    let begun = state_when(store.as_ref(), &tenant, |state| state.lease.is_some()).await;
    assert_eq!((&begun.last, begun.is_behind), (&None, true));
    let holder = begun.lease.unwrap().holder;
    let [first, second] = servers;
    let (mut holding, waiting) = if first.replica_id() == holder { (first, second) } else { (second, first) };
    assert_eq!(holding.replica_id(), holder);
    holding.kill();
    let killed_at = Instant::now();
    let left = store.refresh_state(&tenant).await.unwrap();
    assert_eq!(left.lease.map(|lease| lease.holder), Some(holder.clone()), "it was killed midway");

    let taken = state_when(store.as_ref(), &tenant, |state| {
        state.lease.as_ref().is_some_and(|lease| lease.holder != holder) || state.last.is_some()
    });
    taken.await;
    let waited = killed_at.elapsed();
    assert!(waited < Duration::from_secs(REFRESH_LEASE_SECONDS.unsigned_abs() + 5), "{waited:?}");
    let done = state_when(store.as_ref(), &tenant, |state| state.last.is_some() && state.lease.is_none()).await;
    assert!(!done.is_behind);
    let given_up_at = Instant::now() + PATIENCE;
    while refresh_count(&waiting) == 0 {
        assert!(Instant::now() < given_up_at, "{}", waiting.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((refresh_count(&holding), refresh_count(&waiting)), (0, 1), "{}\n{}", holding.log(), waiting.log());
    assert!(waiting.log().contains(&format!("\"accounts\":{ACCOUNT_COUNT}")), "{}", waiting.log());
}
