//! Bad rows: each is named with its field and what was expected, and the good ones around it are kept.

use serde_json::Value;

use super::{INVOICE_HEADER, Workplace};

/// Imports rows under the usual header; the rejected ones.
fn rejects_of(rows: &[&str]) -> (i32, Value, Vec<Value>) {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}{}\n", rows.join("\n")));
    let done = place.import(&["invoices", "rows.csv"]);
    (done.code, done.json(), place.rejects("rows.csv"))
}

#[test]
fn every_unacceptable_field_is_named_and_the_good_rows_are_kept() {
    let (code, summary, rejects) = rejects_of(&[
        "I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,",
        "I-2,C-1,100.00,EUX,2026-01-05,2026-02-04,",
        "I-3,C-1,-5.00,EUR,2026-01-05,2026-02-04,",
        "I-4,C-1,99999999999999,EUR,2026-01-05,2026-02-04,",
        "I-5,C-1,1.005,EUR,2026-01-05,2026-02-04,",
        "I-6,C-1,1.5,JPY,2026-01-05,2026-02-04,",
        "I-7,C-1,100.00,EUR,2026-02-05,2026-02-04,",
        "I-8,C-1,100.00,EUR,05.01.2026,2026-02-04,",
        ",C-1,\"12,50\",EUR,2026-01-05,2026-02-30,",
        "I-10,C-1,100.00,EUR,2026-01-05,2026-02-04,",
    ]);
    assert_eq!(code, 1);
    assert_eq!(summary["rows"], serde_json::json!({ "read": 10, "accepted": 2, "rejected": 8 }));
    assert_eq!(summary["records"]["inserted"], 2);
    let expected = [
        (3, "currency", "EUX", "an active ISO 4217 code such as EUR"),
        (4, "invoice.amount", "EUR -5.00", "an amount above 0"),
        (5, "amount", "99999999999999", "at most 1000000000000000 minor units of EUR"),
        (6, "amount", "1.005", "at most 2 decimals for EUR"),
        (7, "amount", "1.5", "at most 0 decimals for JPY"),
        (8, "invoice.due_on", "2026-02-04", "a day on or after issued_on 2026-02-05"),
        (9, "issued_on", "05.01.2026", "a day between 1900 and 2199 written as %Y-%m-%d"),
        (10, "invoice_id", "", "a value"),
    ];
    for (reject, (line, field, value, wanted)) in rejects.iter().zip(expected) {
        let problem = &reject["problems"][0];
        assert_eq!(reject["line"], line, "{reject}");
        assert_eq!((&problem["field"], &problem["value"]), (&field.into(), &value.into()), "{reject}");
        assert_eq!(problem["expected"], wanted, "{reject}");
        assert_eq!(reject["reason"], "INVALID_RECORD");
    }
    assert_eq!(rejects.len(), 8);
    assert_eq!(rejects[7]["problems"].as_array().unwrap().len(), 3, "all violations of a row are reported at once");
    assert_eq!(rejects[0]["row"], "I-2,C-1,100.00,EUX,2026-01-05,2026-02-04,");
}

#[test]
fn malformed_rows_in_the_middle_cost_themselves_only() {
    let (code, summary, rejects) = rejects_of(&[
        "I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,",
        "I-2,\"C-1,100.00,EUR,2026-01-05,2026-02-04,",
        "I-3,C-1,100.00",
        "I-4,C-1,100.00,EUR,2026-01-05,2026-02-04,,surplus",
        "\"I-5\",\"C-1\",100.00,EUR,2026-01-05,2026-02-04,",
    ]);
    assert_eq!((code, &summary["records"]["inserted"]), (1, &2.into()));
    let lines: Vec<_> = rejects.iter().map(|reject| reject["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5]);
}

#[test]
fn an_id_that_is_known_with_other_content_is_refused() {
    let (code, summary, rejects) = rejects_of(&[
        "I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,",
        "I-1,C-1,200.00,EUR,2026-01-05,2026-02-04,",
        "I-1,C-1,100.00,EUR,2026-01-05,2026-02-04,",
    ]);
    assert_eq!((code, rejects.len()), (1, 1));
    assert_eq!((&rejects[0]["line"], &rejects[0]["reason"]), (&3.into(), &"CONTENT_CONFLICT".into()));
    assert_eq!((&rejects[0]["record_kind"], &rejects[0]["external_id"]), (&"invoice".into(), &"I-1".into()));
    assert_eq!((&summary["records"]["inserted"], &summary["records"]["unchanged"]), (&1.into(), &1.into()));
}

#[test]
fn a_payment_may_precede_its_invoice_but_not_do_without_it() {
    let place = Workplace::new();
    place.write(
        "ledger.jsonl",
        r#"{"record":"payment","id":"P-1","customer_id":"C-1","amount":{"minor":5000,"currency":"EUR"},"received_on":"2026-02-01","allocations":[{"invoice_id":"I-1","amount":{"minor":5000,"currency":"EUR"}}]}
{"record":"payment","id":"P-2","customer_id":"C-1","amount":{"minor":100,"currency":"EUR"},"received_on":"2026-02-01","allocations":[{"invoice_id":"I-9","amount":{"minor":100,"currency":"EUR"}}]}
{"record":"payment","id":"P-3","customer_id":"C-1","amount":{"minor":100,"currency":"USD"},"received_on":"2026-02-01","allocations":[{"invoice_id":"I-1","amount":{"minor":100,"currency":"USD"}}]}
{"record":"invoice","id":"I-1","customer_id":"C-1","amount":{"minor":10000,"currency":"EUR"},"issued_on":"2026-01-05","due_on":"2026-02-04","business_unit":""}
{"record":"invoice","id":"I-2","customer_id":"C-1","amount":{"minor":10000
"#,
    );
    let done = place.import(&["records", "ledger.jsonl"]);
    let mut rejects = place.rejects("ledger.jsonl");
    rejects.sort_by_key(|reject| reject["line"].as_u64());
    let found: Vec<_> = rejects.iter().map(|reject| (reject["line"].as_u64().unwrap(), &reject["reason"])).collect();
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert_eq!(
        found,
        [(2, &"UNKNOWN_INVOICE".into()), (3, &"CURRENCY_MISMATCH".into()), (5, &"INVALID_RECORD".into())]
    );
    assert!(rejects[0]["message"].as_str().unwrap().contains("names invoice `I-9`, which is not known"));
    assert_eq!(done.json()["records_by_kind"]["payment"]["inserted"], 1);
}

#[test]
fn text_in_another_encoding_is_refused_row_by_row_until_the_mapping_names_it() {
    let place = Workplace::new();
    place.write("rows.csv", b"customer_id,name\nC-1,M\xfcller \x80\nC-2,Smith\n");
    let done = place.import(&["customers", "rows.csv"]);
    let rejects = place.rejects("rows.csv");
    assert_eq!((done.code, rejects.len(), &rejects[0]["line"]), (1, 1, &2.into()));
    let message = rejects[0]["message"].as_str().unwrap();
    assert!(message.contains("`name`") && message.contains("expected UTF-8 text"), "{message}");
    assert_eq!(done.json()["records"]["inserted"], 1);

    let mapping = "kind = 'customers'\nencoding = 'latin-1'\n[columns]\ncustomer_id = 'customer_id'\nname = 'name'\n";
    place.write("map.toml", mapping);
    let done = place.import(&["customers", "rows.csv", "--mapping", "map.toml"]);
    assert_eq!((done.code, &done.json()["records"]["inserted"]), (0, &1.into()), "{}", done.stderr);
    assert!(place.rejects("rows.csv").is_empty(), "the file of the earlier run is gone");
}

#[test]
fn the_column_of_the_file_stands_beside_the_field() {
    let place = Workplace::new();
    place.write("map.toml", "kind = 'customers'\n[columns]\ncustomer_id = 'Debitor'\ncountry = 'Land'\n");
    place.write("rows.csv", "Debitor,Land\nC-1,Schweiz\n");
    let done = place.import(&["customers", "rows.csv", "--mapping", "map.toml"]);
    assert!(
        done.stderr.contains("line 2: `country (column Land)` is `Schweiz`, expected an ISO 3166-1"),
        "{}",
        done.stderr
    );
    assert_eq!(place.rejects("rows.csv")[0]["problems"][0]["column"], "Land");
}

#[test]
fn rejected_rows_go_to_the_file_that_is_named() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}I-1,C-1,x,EUR,2026-01-05,2026-02-04,\n"));
    let done = place.import(&["invoices", "rows.csv", "--rejects", "bad.csv"]);
    let text = std::fs::read_to_string(place.path("bad.csv")).unwrap();
    assert_eq!((done.code, text.lines().next().unwrap()), (1, "line,reason,message,row"));
    assert!(text.contains("\n2,INVALID_RECORD,\"`amount` is `x`, expected a number such as 1240.50\""), "{text}");
}

/// Goal: no file is lost to a slip in `--rejects`. Only what an earlier import wrote there is replaced.
#[test]
fn rejected_rows_are_never_written_over_anything_else() {
    let place = Workplace::new();
    place.write("rows.csv", format!("{INVOICE_HEADER}I-1,C-1,x,EUR,2026-01-05,2026-02-04,\n"));
    let import = |rejects: &str| place.import(&["invoices", "rows.csv", "--rejects", rejects]);
    for database in ["data/recourse.db", "./data/recourse.db-wal"] {
        let done = import(database);
        assert_eq!((done.code, place.path("data").exists()), (2, false), "{}", done.stderr);
        assert!(done.stderr.contains("expected another file than the database"), "{}", done.stderr);
    }
    let notes = "{\"line\": 1, \"reason\": \"mine\"}\n";
    for (name, content) in [("notes.jsonl", notes), ("notes.csv", "line,reason\n1,mine\n"), ("blank.csv", "\nline,a\n")]
    {
        place.write(name, content);
        let done = import(name);
        let expected = "expected a new file, or one with the rejected rows of an earlier import";
        assert!(done.code == 2 && done.stderr.contains(expected), "{}", done.stderr);
        assert_eq!(std::fs::read_to_string(place.path(name)).unwrap(), content);
    }
    place.write("empty.jsonl", "");
    for name in ["bad.csv", "bad.jsonl", "empty.jsonl"] {
        assert_eq!(import(name).code, 1);
        let written = std::fs::read_to_string(place.path(name)).unwrap();
        assert!(written.contains("INVALID_RECORD"), "{written}");
        assert_eq!(import(name).code, 1, "an earlier file of rejected rows is replaced");
        assert_eq!(std::fs::read_to_string(place.path(name)).unwrap(), written);
    }
    let done = import("data/recourse.db");
    assert!(done.code == 2 && place.path("data/recourse.db").exists(), "{}", done.stderr);
}

/// Goal: one slip is one problem, for the words of a decision and for its day.
#[test]
fn a_decision_that_cannot_be_read_is_told_once() {
    let place = Workplace::new();
    let header = "dispute_id,customer_id,invoice_ids,opened_on,resolution,resolved_on\n";
    for (decision, told) in [("SOLVED,2026-02-09", "resolution"), ("VALID_CREDIT,soon", "resolved_on")] {
        place.write("rows.csv", format!("{header}D-1,C-1,I-1,2026-02-01,{decision}\n"));
        assert_eq!(place.import(&["disputes", "rows.csv"]).code, 1);
        let rejected = place.rejects("rows.csv");
        let problems = rejected[0]["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0]["field"], told);
    }
    // What is not there at all is still asked for.
    place.write("rows.csv", format!("{header}D-1,C-1,I-1,2026-02-01,VALID_CREDIT,\n"));
    place.import(&["disputes", "rows.csv"]);
    assert_eq!(place.rejects("rows.csv")[0]["problems"][0]["expected"], "the day of resolution VALID_CREDIT");
}
