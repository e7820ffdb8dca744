//! The commands that only look at what is there: where the data folder may stand, and what they say of an empty one.

use crate::program::recourse;

const READING: [&[&str]; 4] = [
    &["worklist"],
    &["report", "ageing"],
    &["models", "list"],
    &["score", "replay", "01a2014d-a66c-72c1-9ed2-7f980e3f221e"],
];

#[test]
fn a_folder_without_a_database_is_named_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for command in READING {
        let done = recourse(folder.path(), &[command, &["--data-dir", "elsewhere"]].concat());
        assert_eq!(done.status.code(), Some(2), "{command:?}");
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(said.contains("`elsewhere` holds no database"), "{command:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_data_folder_may_stand_before_or_behind_what_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let before = recourse(folder.path(), &["report", "--data-dir", "data", "ageing"]);
    let behind = recourse(folder.path(), &["report", "ageing", "--data-dir", "data"]);
    assert!(String::from_utf8_lossy(&before.stdout).contains("120.50"));
    assert_eq!(before, behind);
}

/// Goal: a slip in a tenant's name is not taken for a tenant with nothing to do.
#[test]
fn a_tenant_of_whom_nothing_is_stored_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let import = ["import", "invoices", "ledger.csv", "--data-dir", "data", "--tenant", "acme"];
    assert!(recourse(folder.path(), &import).status.success());
    for command in [&["worklist"][..], &["worklist"], READING[3]] {
        let done = recourse(folder.path(), &[command, &["--data-dir", "data", "--tenant", "acne"]].concat());
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("--tenant `acne`; known are: `acme`"), "{said}");
    }
    let own = recourse(folder.path(), &["worklist", "--data-dir", "data", "--tenant", "acme"]);
    assert!(String::from_utf8_lossy(&own.stdout).contains("120.50"));
}

/// Options that would do nothing beside others are refused.
#[test]
fn an_option_that_would_do_nothing_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["serve", "--tenant", "acme"][..],
        &["train", "validity", "--base-currency", "USD", "--out", "m"],
        &["train", "payment", "--simulated", "--tenant", "acme", "--out", "m"],
        &["train", "payment", "--simulated", "--database-url", "sqlite:x.db", "--out", "m"],
    ] {
        let done = recourse(folder.path(), command);
        assert_eq!(done.status.code(), Some(2), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Goal: what cannot be accepted is named as the user wrote it, once, and is wrong use.
#[test]
fn an_option_that_cannot_be_is_named_once_and_as_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,USD,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let period = ["--from", "2026-02-01", "--to", "2026-01-01"];
    let to = "error: `to` is `2026-01-01`, expected a day from 2026-02-01 and at most 3660 days after it\n";
    for (command, options, said) in [
        (["report", "ageing"], &["--customers", "0"][..], "error: `customers` is `0`, expected 1 to 1000\n"),
        (["report", "metrics"], &period, to),
        (["report", "disputes"], &period, to),
        (
            ["backtest", "worklist"],
            &["--from", "2026-01-01", "--to", "2026-02-01", "--currency", "EUR"],
            "error: `currency` is `EUR`, expected one of the ledger's accounts: USD\n",
        ),
    ] {
        let done = recourse(folder.path(), &[&command, options, &["--data-dir", "data"]].concat());
        assert_eq!((done.status.code(), String::from_utf8(done.stderr).unwrap().as_str()), (Some(2), said));
    }
}

#[test]
fn one_of_a_thing_is_named_in_the_singular() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report = recourse(folder.path(), &["report", "ageing", "--data-dir", "data", "--as-of", "2026-03-01"]);
    let said = String::from_utf8(report.stdout).unwrap();
    assert!(said.starts_with("Ageing as of 2026-03-01: 1 customer, 1 open invoice, amounts in EUR"), "{said}");
}

#[test]
fn settings_that_cannot_be_are_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("slip.toml"), "data_dirr = \"x\"\n").unwrap();
    std::fs::write(folder.path().join("word.toml"), "[log]\nformat = \"loud\"\n").unwrap();
    for (file, said) in [("nope.toml", "does not exist"), ("slip.toml", "`data_dirr`"), ("word.toml", "loud")] {
        for command in [&["config", "show"][..], &["worklist", "--data-dir", "data"]] {
            let done = recourse(folder.path(), &[command, &["--config", file]].concat());
            let stderr = String::from_utf8(done.stderr).unwrap();
            assert_eq!(done.status.code(), Some(2), "{file}: {stderr}");
            assert!(stderr.contains(said), "{file}: {stderr}");
        }
    }
}

#[test]
fn the_template_of_the_settings_comes_as_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let done = recourse(folder.path(), &["config", "template", "--json"]);
    let template: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(template["data_dir"], "recourse-data");
    assert_eq!(template["server"]["listen"], "127.0.0.1:50051");
    assert_eq!(template["database"]["url"], serde_json::Value::Null);
    let shown = recourse(folder.path(), &["config", "show", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&template), keys(&shown));
}
