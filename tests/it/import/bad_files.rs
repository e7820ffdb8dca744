//! Files and mappings that cannot be used: what is wrong is named, and the exit code tells wrong use from failure.

use std::process::Command;

use super::{INVOICE_HEADER, Workplace};

const GOOD_MAPPING: &str = "kind = 'invoices'\n[columns]\ninvoice_id = 'invoice_id'\ncustomer_id = 'customer_id'\n\
    amount = 'amount'\ncurrency = 'currency'\nissued_on = 'issued_on'\ndue_on = 'due_on'\n";

/// Imports a good row with a mapping; exit code and stderr.
fn refusal(mapping: &str) -> (i32, String) {
    let place = Workplace::new();
    place.write("map.toml", mapping);
    place.write("rows.csv", format!("{INVOICE_HEADER}I-1,C-1,1,EUR,2026-01-05,2026-02-04,\n"));
    let done = place.import(&["invoices", "rows.csv", "--mapping", "map.toml"]);
    let made_nothing = !place.path("data").exists();
    assert!(done.code == 0 || made_nothing, "wrong use made a data folder");
    (done.code, done.stderr)
}

#[test]
fn a_wrong_key_in_the_mapping_is_named_with_what_there_is() {
    assert_eq!(refusal(GOOD_MAPPING).0, 0);
    for (wrong, names) in [
        (format!("delimeter = ';'\n{GOOD_MAPPING}"), ["map.toml", "delimeter", "delimiter"]),
        (GOOD_MAPPING.replace("due_on = ", "due_date = "), ["map.toml", "due_date", "due_on"]),
        (GOOD_MAPPING.replace("'amount'", "'betrag'"), ["rows.csv", "betrag", "amount"]),
        (GOOD_MAPPING.replace("'invoices'", "'bills'"), ["map.toml", "bills", "invoices"]),
        (format!("date_formats = ['DD.MM.YYYY']\n{GOOD_MAPPING}"), ["map.toml", "DD.MM.YYYY", "%d.%m.%Y"]),
        (format!("encoding = 'ebcdic'\n{GOOD_MAPPING}"), ["map.toml", "ebcdic", "utf-8"]),
    ] {
        let (code, stderr) = refusal(&wrong);
        assert_eq!(code, 2, "{stderr}");
        for name in names {
            assert!(stderr.contains(name), "`{name}` is not in: {stderr}");
        }
    }
}

#[test]
fn a_mapping_of_another_kind_is_wrong_use() {
    let place = Workplace::new();
    place.write("map.toml", GOOD_MAPPING);
    place.write("rows.csv", "a\n1\n");
    let done = place.import(&["payments", "rows.csv", "--mapping", "map.toml"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("mapping `map.toml` is for invoices, not for payments"), "{}", done.stderr);
}

#[test]
fn files_that_are_not_there_or_say_no_format_are_wrong_use() {
    let place = Workplace::new();
    let done = place.import(&["invoices", "none.csv"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("`none.csv` cannot be opened"), "{}", done.stderr);
    place.write("rows.xlsx", "PK");
    let done = place.import(&["invoices", "rows.xlsx"]);
    assert!(done.code == 2 && done.stderr.contains("does not end in .csv"), "{}", done.stderr);
    let done = place.import(&["bills", "rows.csv"]);
    assert!(done.code == 2 && done.stderr.contains("one of invoices, customers"), "{}", done.stderr);
}

#[test]
fn columns_without_a_mapping_must_carry_the_names_of_the_fields() {
    let place = Workplace::new();
    place.write("rows.csv", "Rechnung,Kunde\n1,2\n");
    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("no column for `invoice_id`; its columns are Rechnung, Kunde"), "{}", done.stderr);
}

#[test]
fn a_file_in_utf_16_is_named_with_the_encoding_expected() {
    let place = Workplace::new();
    let text: Vec<u8> = INVOICE_HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.write("rows.csv", [b"\xff\xfe".as_slice(), &text].concat());
    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.code, 1);
    let expected = "`rows.csv` is UTF-16 (little-endian) from line 1 on, expected UTF-8";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_named_and_left_alone() {
    use sqlx::Connection as _;
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}I-1,C-1,1,EUR,2026-01-05,2026-02-04,\n"));
    assert_eq!(place.import(&["invoices", "rows.csv"]).code, 0);
    let url = format!("sqlite:{}", place.path("data/recourse.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'of the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.code, 1);
    let expected = "data/recourse.db` has schema version 9999, but this release knows only up to ";
    assert!(done.stderr.contains(expected) && done.stderr.contains("; use the newer release"), "{}", done.stderr);
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM invoice").fetch_one(&mut connection).await.unwrap();
    assert_eq!(count, 1);
}

#[test]
fn an_empty_file_says_what_is_missing() {
    let place = Workplace::new();
    place.write("rows.csv", "\n\n");
    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("expected a first line with column names"), "{}", done.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_rejected_rows_stops_the_import_and_says_what_is_kept() {
    let place = Workplace::new();
    let good = (0..3_000).map(|index| format!("I-{index},C-1,1,EUR,2026-01-05,2026-02-04,\n")).collect::<String>();
    // More rejected rows than a buffer holds, so that they must be written before the end.
    let bad = "I-0,C-1,-1,EUR,2026-01-05,2026-02-04,\n".repeat(200);
    place.write("rows.csv", format!("{INVOICE_HEADER}{good}{bad}"));
    let done = place.import(&["invoices", "rows.csv", "--rejects", "/dev/full"]);
    assert_eq!(done.code, 1);
    let expected = "rejected rows cannot be written; what was good up to line 3001 is stored";
    assert!(done.stderr.contains(expected), "{}", done.stderr);
    assert!(done.stderr.contains("No space left"), "{}", done.stderr);
}

/// A limit on the size of files stops the database as a full disk does, where an unprivileged test can bring it about.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_under_the_database_stops_the_import_and_says_what_is_kept() {
    const ROW_COUNT: usize = 20_000;
    let place = Workplace::new();
    let row = |index: usize| format!("I-{index},C-{},10.00,EUR,2026-01-05,2026-02-04,\n", index % 50);
    place.write("rows.csv", format!("{INVOICE_HEADER}{}", (0..ROW_COUNT).map(row).collect::<String>()));
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_recourse")])
        .args(["import", "invoices", "rows.csv", "--data-dir", "data", "--json"])
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("nothing more can be written to `data/recourse.db`"), "{stderr}");
    let (_, told) = stderr.split_once("what was good up to line ").unwrap_or_else(|| panic!("{stderr}"));
    let line: usize = told.split(' ').next().unwrap().parse().unwrap();
    assert!(line > 1 && line < ROW_COUNT, "{stderr}");
    let kept: usize = place.accounts().await.iter().map(|account| account.events.len()).sum();
    assert_eq!(kept, line - 1, "what the import says is kept is what is there");

    let done = place.import(&["invoices", "rows.csv"]);
    assert_eq!((done.code, &done.json()["rows"]["accepted"]), (0, &ROW_COUNT.into()), "{}", done.stderr);
}
