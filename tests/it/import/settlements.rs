//! Reversals and applications in files.

use recourse::domain::time::CivilDate;
use recourse::ledger::history::AccountHistory;
use serde_json::json;

use super::{INVOICE_HEADER, Workplace};

/// I-1 is paid in full by P-1, of which 60.00 are left; I-2 is open.
fn with_payment() -> Workplace {
    let place = Workplace::new();
    place.write(
        "invoices.csv",
        format!(
            "{INVOICE_HEADER}I-1,C-1,100.00,EUR,2026-01-01,2026-01-31,\nI-2,C-1,50.00,EUR,2026-01-02,2026-02-01,\n"
        ),
    );
    place.write(
        "payments.csv",
        "payment_id,customer_id,amount,currency,received_on,invoice_id,allocated_amount\nP-1,C-1,160.00,EUR,2026-02-03,I-1,100.00\n",
    );
    assert_eq!(place.import(&["invoices", "invoices.csv"]).code, 0);
    assert_eq!(place.import(&["payments", "payments.csv"]).code, 0);
    place
}

async fn open_minor_on(place: &Workplace, on: &str) -> Vec<i64> {
    let account = place.accounts().await.remove(0);
    let history = AccountHistory::fold(account.currency, &account.events, CivilDate::parse("on", on).unwrap());
    history.open_invoices().map(|invoice| invoice.open_minor).collect()
}

#[tokio::test]
async fn a_file_applies_what_was_left_and_another_takes_it_back() {
    let place = with_payment();
    place.write(
        "applied.csv",
        "Buchung;Zahlung;Tag;Rechnung;Betrag\nA-1;P-1;04.02.2026;I-2;20,00\nA-2;P-1;05.02.2026;I-2;30,00\nA-3;P-1;06.02.2026;I-2;10,01\n",
    );
    place.write(
        "applied.toml",
        r#"kind = "applications"
delimiter = ";"
decimal = ","
date_formats = ["%d.%m.%Y"]
[columns]
application_id = "Buchung"
payment_id = "Zahlung"
applied_on = "Tag"
invoice_id = "Rechnung"
amount = "Betrag"
[constants]
currency = "EUR"
"#,
    );
    let done = place.import(&["applications", "applied.csv", "--mapping", "applied.toml"]);
    assert_eq!(
        done.json()["records_by_kind"]["application"],
        json!({ "inserted": 2, "updated": 0, "unchanged": 0, "rejected": 1 })
    );
    let rejects = place.rejects("applied.csv");
    assert_eq!(rejects[0]["reason"], "INVALID_RECORD");
    assert!(rejects[0]["message"].as_str().unwrap().contains("at most EUR 10.00"), "{rejects:?}");
    assert_eq!(open_minor_on(&place, "2026-02-04").await, [3_000]);
    assert_eq!(open_minor_on(&place, "2026-02-05").await, [0; 0]);

    place.write("bounced.csv", "reversal_id,payment_id,reversed_on\nR-1,P-1,2026-02-09\n");
    assert_eq!(place.import(&["reversals", "bounced.csv"]).code, 0);
    let again = place.import(&["reversals", "bounced.csv"]);
    assert_eq!(again.json()["records"], json!({ "inserted": 0, "updated": 0, "unchanged": 1, "rejected": 0 }));
    assert_eq!(open_minor_on(&place, "2026-02-08").await, [0; 0]);
    assert_eq!(open_minor_on(&place, "2026-02-09").await, [10_000, 5_000]);
}

#[test]
fn a_row_names_one_document() {
    let place = with_payment();
    let rows = "reversal_id,payment_id,credit_note_id,reversed_on\nR-1,,,2026-02-09\nR-2,P-1,N-1,2026-02-09\nR-3,,N-1,2026-02-09\n";
    place.write("rows.csv", rows);
    let done = place.import(&["reversals", "rows.csv"]);
    assert_eq!((done.code, &done.json()["rows"]["rejected"]), (1, &3.into()));
    let rejects = place.rejects("rows.csv");
    let reasons: Vec<_> = rejects.iter().map(|reject| reject["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["INVALID_RECORD", "INVALID_RECORD", "UNKNOWN_DOCUMENT"]);
    assert_eq!(rejects[0]["problems"][0]["field"], "payment_id");
}

#[tokio::test]
async fn records_as_json_name_their_document_by_its_field() {
    let place = with_payment();
    let rows = [
        json!({ "record": "application", "id": "A-1", "payment_id": "P-1", "applied_on": "2026-02-04",
            "allocations": [{ "invoice_id": "I-2", "amount": { "minor": 5_000, "currency": "EUR" } }] }),
        json!({ "record": "reversal", "id": "R-1", "payment_id": "P-1", "reversed_on": "2026-02-09" }),
        json!({ "record": "reversal", "id": "R-2", "reversed_on": "2026-02-09" }),
    ];
    place.write("rows.jsonl", rows.map(|row| row.to_string()).join("\n"));
    let done = place.import(&["records", "rows.jsonl"]);
    assert_eq!(done.json()["rows"], json!({ "read": 3, "accepted": 2, "rejected": 1 }), "{}", done.stderr);
    assert_eq!(open_minor_on(&place, "2026-02-08").await, [0; 0]);
    assert_eq!(open_minor_on(&place, "2026-02-09").await, [10_000, 5_000]);
}

/// Goal: an accounting export tells on which day an invoice was cleared, whatever had settled part of it before.
#[tokio::test]
async fn an_invoice_cleared_after_a_credit_note_leaves_nothing_over() {
    let place = Workplace::new();
    let export = |cleared_on: &str| {
        let rows = format!("I-1,C-1,100.00,EUR,2026-01-01,2026-01-31,{cleared_on}\n");
        format!("{INVOICE_HEADER}{rows}I-2,C-1,50.00,EUR,2026-01-02,2026-02-01,\n")
    };
    place.write("before.csv", export(""));
    place.write("after.csv", export("2026-02-10"));
    place.write(
        "notes.csv",
        "credit_note_id,customer_id,amount,currency,issued_on,invoice_id\nCN-1,C-1,30.00,EUR,2026-02-03,I-1\n",
    );
    for asked in [["invoices", "before.csv"], ["credit-notes", "notes.csv"], ["invoices", "after.csv"]] {
        assert_eq!(place.import(&asked).code, 0, "{asked:?}");
    }
    assert_eq!(open_minor_on(&place, "2026-02-09").await, [7_000, 5_000]);
    assert_eq!(open_minor_on(&place, "2026-02-10").await, [5_000]);
    let account = place.accounts().await.remove(0);
    let day = CivilDate::parse("on", "2026-02-10").unwrap();
    let history = AccountHistory::fold(account.currency, &account.events, day);
    assert_eq!((history.unapplied_minor(), history.last_payment_on()), (0, Some(day)));
}

/// Goal: a bank that takes a direct debit back leaves no invoice that is open in the books and paid here, and the next clearing is taken.
#[tokio::test]
async fn a_clearing_that_was_taken_back_is_told_and_another_one_taken() {
    let place = Workplace::new();
    let export = |cleared_on: &str| {
        place.write("export.csv", format!("{INVOICE_HEADER}I-1,C-1,100.00,EUR,2026-01-01,2026-01-31,{cleared_on}\n"));
        let done = place.import(&["invoices", "export.csv"]);
        let reason = (done.code != 0).then(|| place.rejects("export.csv")[0]["reason"].as_str().unwrap().to_owned());
        (reason, done.json()["records_by_kind"]["payment"]["inserted"].as_u64())
    };
    let bounce = |id: &str, payment_id: &str, on: &str| {
        place.write("bounced.csv", format!("reversal_id,payment_id,reversed_on\n{id},{payment_id},{on}\n"));
        assert_eq!(place.import(&["reversals", "bounced.csv"]).code, 0);
    };
    assert_eq!(export(""), (None, None), "an open invoice is no payment");
    assert_eq!(export("2026-02-10"), (None, Some(1)));
    assert_eq!(export(""), (Some("CLEARED_BEFORE".to_owned()), Some(0)));
    bounce("R-1", "I-1/cleared", "2026-02-12");
    assert_eq!(export(""), (None, None));
    assert_eq!(export("2026-02-10"), (None, Some(0)), "an export from before the bounce");
    assert_eq!(export("2026-02-11"), (Some("CONTENT_CONFLICT".to_owned()), Some(0)), "a day before the bounce");
    assert_eq!(open_minor_on(&place, "2026-02-19").await, [10_000]);
    assert_eq!(export("2026-02-20"), (None, Some(1)));
    assert_eq!(export("2026-02-20"), (None, Some(0)));
    assert_eq!(export("2026-02-21"), (Some("CONTENT_CONFLICT".to_owned()), Some(0)));
    assert_eq!(export(""), (Some("CLEARED_BEFORE".to_owned()), Some(0)));
    bounce("R-2", "I-1/cleared/2026-02-20", "2026-02-22");
    assert_eq!(export("2026-02-22"), (Some("CONTENT_CONFLICT".to_owned()), Some(0)), "the day of the bounce");
    assert_eq!(export("2026-02-23"), (None, Some(1)));
    for (on, open_minor) in
        [("2026-02-10", 0), ("2026-02-12", 10_000), ("2026-02-20", 0), ("2026-02-22", 10_000), ("2026-02-23", 0)]
    {
        assert_eq!(open_minor_on(&place, on).await.iter().sum::<i64>(), open_minor, "{on}");
    }
}
