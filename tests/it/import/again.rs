//! Importing again: nothing changes twice, later exports add what is new, and an interrupted import is completed.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use super::{INVOICE_HEADER, Workplace};

const ROWS: &str = "I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,2026-02-10\nI-2,C-2,50.00,EUR,2026-01-06,2026-02-05,\n";

#[tokio::test]
async fn importing_a_file_again_changes_nothing() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}{ROWS}"));
    assert_eq!(place.import(&["invoices", "rows.csv"]).code, 0);
    let before = place.accounts().await;
    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.code, 0);
    assert_eq!(done.json()["records"], json!({ "inserted": 0, "updated": 0, "unchanged": 3, "rejected": 0 }));
    assert_eq!(place.accounts().await, before);
}

#[tokio::test]
async fn a_later_export_adds_the_payments_made_since() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}{}", ROWS.replace("2026-02-10", "")));
    place.import(&["invoices", "rows.csv"]);
    place.write("rows.csv", format!("{INVOICE_HEADER}{ROWS}"));
    let done = place.import(&["invoices", "rows.csv"]);
    let kinds = &done.json()["records_by_kind"];
    assert_eq!(kinds["invoice"], json!({ "inserted": 0, "updated": 0, "unchanged": 2, "rejected": 0 }));
    assert_eq!(kinds["payment"], json!({ "inserted": 1, "updated": 0, "unchanged": 0, "rejected": 0 }));
    let accounts = place.accounts().await;
    assert_eq!(accounts[0].events.len(), 2);
    assert_eq!(accounts[0].events[1].on.to_string(), "2026-02-10");
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_writes_nothing() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}{ROWS}I-3,C-1,0,EUR,2026-01-05,2026-02-04,\n"));
    let done = place.import(&["invoices", "rows.csv", "--dry-run"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.json()["rows"], json!({ "read": 3, "accepted": 2, "rejected": 1 }));
    assert!(done.stderr.contains("line 4: `invoice.amount"), "{}", done.stderr);
    assert!(!place.path("data").exists(), "the dry run made a data folder");

    place.import(&["invoices", "rows.csv"]);
    let before = place.accounts().await;
    place.write("later.csv", format!("{INVOICE_HEADER}{ROWS}I-4,C-4,1,EUR,2026-01-05,2026-02-04,\n"));
    let done = place.import(&["invoices", "later.csv", "--dry-run"]);
    let found = &done.json()["records"];
    assert_eq!((done.code, &found["inserted"], &found["unchanged"]), (0, &1.into(), &3.into()), "{}", done.stderr);
    assert_eq!(place.accounts().await, before);
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_import_says_how_far_it_got_and_is_completed_by_another() {
    const ROW_COUNT: u64 = 30_000;
    let place = Workplace::new();
    let mut text = INVOICE_HEADER.to_owned();
    for index in 0..ROW_COUNT {
        let _ = writeln!(text, "I-{index},C-{},10.00,EUR,2026-01-05,2026-02-04,2026-02-10", index % 700);
    }
    place.write("rows.csv", text);
    let mut running =
        place.command(&["invoices", "rows.csv"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    // The first line of progress comes after the first rows, with most of the file ahead.
    let progress = lines.next().unwrap().unwrap();
    assert!(progress.starts_with("import: "), "{progress}");
    Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(running.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(rest.last().unwrap().contains("interrupted; "), "{rest:?}");

    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.json()["rows"]["accepted"], ROW_COUNT);
    let counts = &done.json()["records_by_kind"]["invoice"];
    let known = counts["inserted"].as_u64().unwrap() + counts["unchanged"].as_u64().unwrap();
    assert_eq!((done.code, known), (0, ROW_COUNT), "{}", done.stderr);
    let events = place.accounts().await.iter().map(|account| account.events.len()).sum::<usize>();
    assert_eq!(u64::try_from(events).unwrap(), 2 * ROW_COUNT);
}

#[tokio::test]
async fn a_dispute_that_was_decided_since_is_taken_over_and_an_older_file_changes_nothing() {
    let place = Workplace::new();
    let invoices = format!("{INVOICE_HEADER}I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,\n");
    place.write("rows.csv", invoices);
    assert_eq!(place.import(&["invoices", "rows.csv"]).code, 0);
    let header = "dispute_id,customer_id,invoice_ids,opened_on,contested_item,severity,resolution,resolved_on\n";
    place.write("open.csv", format!("{header}D-1,C-1,I-1,2026-02-01,PRICING,MINOR,,\n"));
    place.write("decided.csv", format!("{header}D-1,C-1,I-1,2026-02-01,PRICING,MAJOR,VALID_CREDIT,2026-02-09\n"));
    place.write("other.csv", format!("{header}D-1,C-1,I-1,2026-02-02,PRICING,MAJOR,VALID_CREDIT,2026-02-09\n"));
    for (file, expected) in [("open.csv", "inserted"), ("decided.csv", "updated"), ("open.csv", "unchanged")] {
        let done = place.import(&["disputes", file]);
        assert_eq!((done.code, &done.json()["records"][expected]), (0, &1.into()), "{file}: {}", done.stderr);
    }
    let decided_on: Vec<_> = place.accounts().await[0].events.iter().map(|event| event.on.to_string()).collect();
    assert_eq!(decided_on, ["2026-01-05", "2026-02-01", "2026-02-09"]);

    let done = place.import(&["disputes", "other.csv"]);
    assert_eq!(done.code, 1);
    let said = "dispute `D-1` is known with opened_on `2026-02-01`, which a later record cannot change to `2026-02-02`";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert_eq!(place.rejects("other.csv")[0]["reason"], "CONTENT_CONFLICT");
}

#[tokio::test]
async fn a_later_export_clears_disputed_invoices_and_an_older_one_is_told_apart() {
    let place = Workplace::new();
    let header = "invoice_id,customer_id,amount,currency,issued_on,due_on,cleared_on,disputed\n";
    let row = |id: &str, cleared_on: &str, disputed: &str| {
        format!("{id},C-1,100.00,EUR,2026-01-05,2026-02-04,{cleared_on},{disputed}\n")
    };
    let earlier = [row("I-1", "", "yes"), row("I-2", "", "no"), row("I-3", "2026-02-01", "no")].concat();
    let later = [row("I-1", "2026-02-20", "yes"), row("I-2", "", "yes"), row("I-3", "2026-02-01", "no")].concat();
    place.write("earlier.csv", format!("{header}{earlier}"));
    place.write("later.csv", format!("{header}{later}"));
    assert_eq!(place.import(&["invoices", "earlier.csv"]).code, 0);
    let done = place.import(&["invoices", "later.csv"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let kinds = &done.json()["records_by_kind"];
    assert_eq!(kinds["dispute"], json!({ "inserted": 1, "updated": 1, "unchanged": 0, "rejected": 0 }));
    assert_eq!(kinds["payment"], json!({ "inserted": 1, "updated": 0, "unchanged": 1, "rejected": 0 }));
    assert_eq!(kinds["invoice"], json!({ "inserted": 0, "updated": 0, "unchanged": 3, "rejected": 0 }));
    let after = place.accounts().await;
    // Three invoices, two payments, two disputes opened and one of them over.
    assert_eq!(after[0].events.len(), 8);
    let done = place.import(&["invoices", "earlier.csv"]);
    assert_eq!((done.code, &done.json()["records"]["unchanged"]), (1, &5.into()), "{}", done.stderr);
    let rejects = place.rejects("earlier.csv");
    assert_eq!(
        (rejects.len(), &rejects[0]["external_id"], &rejects[0]["reason"]),
        (1, &"I-1/cleared".into(), &"CLEARED_BEFORE".into())
    );
    assert_eq!(place.accounts().await, after);
}

/// Goal: the first imports into a new folder may start at once, as cron jobs do.
#[tokio::test]
async fn imports_that_start_at_once_in_a_new_folder_all_succeed() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}{ROWS}"));
    let running: Vec<_> = (0..6)
        .map(|_| {
            let mut command = place.command(&["invoices", "rows.csv"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for started in running {
        let output = started.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(place.accounts().await.len(), 2);
}
