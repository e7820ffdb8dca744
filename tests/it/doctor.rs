//! `recourse doctor`: a database that is damaged or was emptied is not called healthy.

use std::fmt::Write as _;
use std::path::Path;

use crate::program::recourse;

fn with_ledger() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\n".to_owned();
    for index in 0..400 {
        let _ = writeln!(csv, "I-{index},C-{index},120.50,EUR,2026-01-05,2026-02-04");
    }
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    folder
}

/// What is said of the database; the port may be in use on the machine, so the rest is not looked at.
fn said_of_database(folder: &Path) -> String {
    let done = recourse(folder, &["doctor", "--data-dir", "data"]);
    let said = String::from_utf8(done.stdout).unwrap();
    let at = said.find("database and models").unwrap_or_else(|| panic!("{said}"));
    let from = said[..at].rfind('\n').map_or(0, |end| end + 1);
    let until = said.find(" port").unwrap_or(said.len());
    assert!(!said[from..].starts_with("wrong") || done.status.code() == Some(1));
    said[from..until].to_owned()
}

#[test]
fn a_sound_database_is_in_order() {
    assert!(said_of_database(with_ledger().path()).starts_with("ok     database and models"));
}

#[test]
fn overwritten_pages_are_found_and_the_advice_is_a_backup() {
    let folder = with_ledger();
    let file = folder.path().join("data/recourse.db");
    let whole = std::fs::read(&file).unwrap();
    // The last pages hold rows; the first one is what makes the file a database.
    for from in [whole.len() * 3 / 4, 0] {
        let mut bytes = whole.clone();
        bytes[from..].fill(0xab);
        std::fs::write(&file, bytes).unwrap();
        let said = said_of_database(folder.path());
        assert!(said.starts_with("wrong  database and models"), "{from}: {said}");
        assert!(said.contains("damaged") && said.contains("restore it from a backup"), "{from}: {said}");
        assert!(!said.contains("can be written"), "{from}: {said}");
    }
}

#[test]
fn an_emptied_database_beside_other_data_is_told_and_stays_empty() {
    let folder = with_ledger();
    let file = folder.path().join("data/recourse.db");
    std::fs::create_dir_all(folder.path().join("data/models")).unwrap();
    std::fs::write(&file, "").unwrap();
    for _ in 0..2 {
        let said = said_of_database(folder.path());
        assert!(said.starts_with("warn   database and models"), "{said}");
        assert!(said.contains("0 bytes") && said.contains("backup"), "{said}");
    }
    assert_eq!(file.metadata().unwrap().len(), 0);
}

#[test]
fn currencies_that_count_by_rough_rates_are_told() {
    let folder = with_ledger();
    assert!(said_of_database(folder.path()).contains("ok     exchange rates"));
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nV-1,C-1,52000000,VND,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("dong.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "dong.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = said_of_database(folder.path());
    assert!(said.contains("warn   exchange rates: no rate into EUR is stored for VND (tenant `default`)"), "{said}");
    assert!(said.contains("recourse import fx_rates"), "{said}");
}
