//! `recourse demo` in a folder that is in use: its own company stays, and nobody else's data is touched.

use std::path::Path;
use std::process::Output;

use crate::program::recourse;

fn demo(folder: &Path, options: &[&str]) -> Output {
    let always = ["demo", "--exit", "--listen", "127.0.0.1:0", "--data-dir", "data"];
    recourse(folder, &[&always, options].concat())
}

fn ageing(folder: &Path) -> Vec<u8> {
    let done = recourse(folder, &["report", "ageing", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

#[test]
fn a_ledger_is_not_mixed_with_the_sample_company() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,OWN,120.50,EUR,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let before = ageing(folder.path());
    let done = demo(folder.path(), &["--customers", "3"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains("`data` holds data that this command did not put there: name a new folder"), "{said}");
    assert_eq!(ageing(folder.path()), before);
}

#[test]
fn a_second_run_finds_its_company_and_another_company_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = demo(folder.path(), &["--customers", "3"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let kept = std::fs::read_to_string(folder.path().join("data/demo.json")).unwrap();
    assert!(kept.contains("\"customers\":3,\"seed\":7,\"as_of\":\""), "{kept}");
    let before = ageing(folder.path());
    let again = demo(folder.path(), &["--customers", "3"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(ageing(folder.path()), before);
    for options in [&["--customers", "5"][..], &["--customers", "3", "--seed", "8"], &[]] {
        let done = demo(folder.path(), options);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("`--customers 3 --seed 7`"), "{said}");
    }
    assert_eq!(ageing(folder.path()), before);
}
