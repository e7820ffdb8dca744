//! The two invoice sets with their ready mappings. They may not be passed on, so these tests run only where they are.

use std::path::PathBuf;

use super::Workplace;

fn data(path: &str) -> String {
    let folder = std::env::var_os("RECOURSE_TEST_DATA").unwrap();
    PathBuf::from(folder).join(path).to_str().unwrap().to_owned()
}

fn mapping(name: &str) -> String {
    format!("{}/training/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
#[ignore = "needs RECOURSE_TEST_DATA"]
async fn real_data_of_the_distributor_is_imported_whole_and_once() {
    let place = Workplace::new();
    let file = data("receivables_b2b/invoices_until_2019-09-30.csv");
    let map = mapping("receivables_b2b");
    let done = place.import(&["invoices", &file, "--mapping", &map]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let kinds = &done.json()["records_by_kind"];
    assert_eq!((&kinds["invoice"]["inserted"], &kinds["payment"]["inserted"]), (&26_275.into(), &24_629.into()));
    let accounts = place.accounts().await;
    assert_eq!(accounts.len(), 927);
    assert_eq!(accounts.iter().map(|account| account.events.len()).sum::<usize>(), 26_275 + 24_629);
    let again = place.import(&["invoices", &file, "--mapping", &map]);
    assert_eq!(again.json()["records"]["unchanged"], 26_275 + 24_629);
    assert_eq!(place.accounts().await, accounts);
}

#[tokio::test]
#[ignore = "needs RECOURSE_TEST_DATA"]
async fn real_data_with_disputes_is_imported_whole() {
    let place = Workplace::new();
    let file = data("receivables_ibm/invoices.csv");
    let done = place.import(&["invoices", &file, "--mapping", &mapping("receivables_ibm")]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let kinds = &done.json()["records_by_kind"];
    let inserted = |kind: &str| kinds[kind]["inserted"].as_u64().unwrap();
    assert_eq!((inserted("invoice"), inserted("payment"), inserted("dispute")), (2_466, 2_466, 561));
    assert_eq!(place.accounts().await.len(), 100);
}
