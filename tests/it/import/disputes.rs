//! Disputes in files that do not have every column: what a file does not tell stays as it is stored.

use std::sync::Arc;

use recourse::domain::dispute::{Dispute, PriorityLabel, Severity};
use recourse::domain::ids::{DisputeId, TenantId};
use recourse::domain::time::SystemClock;
use recourse::store;
use serde_json::{Value, json};

use super::{INVOICE_HEADER, Workplace};

const WHOLE: &str = "dispute_id,customer_id,invoice_ids,opened_on,contested_item,severity,contested_amount,currency,resolution,resolved_on\n\
    D-1,C-1,I-1,2026-01-10,QUALITY,MAJOR,40.00,EUR,INVALID_REBILL,2026-01-20\n";

async fn stored(place: &Workplace) -> Dispute {
    let url = format!("sqlite:{}", place.path("data/recourse.db").display()).into();
    let store = store::open(&url, 1, Arc::new(SystemClock)).await.unwrap();
    let id = DisputeId::parse("D-1").unwrap();
    store.dispute(&TenantId::default_tenant(), &id).await.unwrap().unwrap()
}

fn counts(place: &Workplace, args: &[&str]) -> Value {
    let done = place.import(args);
    assert_eq!(done.code, 0, "{args:?}: {}", done.stderr);
    done.json()["records"].clone()
}

fn with_dispute() -> Workplace {
    let place = Workplace::new();
    place.write("invoices.csv", format!("{INVOICE_HEADER}I-1,C-1,100.00,EUR,2026-01-01,2026-01-31,\n"));
    counts(&place, &["invoices", "invoices.csv"]);
    place.write("whole.csv", WHOLE);
    assert_eq!(counts(&place, &["disputes", "whole.csv"])["inserted"], 1);
    place
}

fn outcome(updated: u32, unchanged: u32) -> Value {
    json!({ "inserted": 0, "updated": updated, "unchanged": unchanged, "rejected": 0 })
}

#[tokio::test]
async fn labels_in_a_file_of_their_own_change_nothing_else() {
    let place = with_dispute();
    let before = stored(&place).await;
    place.write(
        "labels.csv",
        "dispute_id,customer_id,invoice_ids,opened_on,priority_label\nD-1,C-1,I-1,2026-01-10,P2\n",
    );
    assert_eq!(counts(&place, &["disputes", "labels.csv", "--dry-run"]), outcome(1, 0));
    assert_eq!(counts(&place, &["disputes", "labels.csv"]), outcome(1, 0));
    let after = stored(&place).await;
    assert_eq!((after.priority_label, after.severity), (Some(PriorityLabel::P2), Severity::Major));
    let (updated_at, version) = (after.updated_at, after.version);
    assert_eq!(after, Dispute { priority_label: Some(PriorityLabel::P2), updated_at, version, ..before });
    assert_eq!(counts(&place, &["disputes", "labels.csv"]), outcome(0, 1));
    assert_eq!(counts(&place, &["disputes", "whole.csv"]), outcome(0, 1));
}

#[tokio::test]
async fn a_key_that_a_jsonl_row_does_not_have_keeps_what_is_stored() {
    let place = with_dispute();
    let row = json!({ "dispute_id": "D-1", "customer_id": "C-1", "invoice_ids": ["I-1"], "opened_on": "2026-01-10" });
    place.write("rows.jsonl", format!("{row}\n"));
    assert_eq!(counts(&place, &["disputes", "rows.jsonl"]), outcome(0, 1));
    let mut severer = row.clone();
    severer["severity"] = "CRITICAL".into();
    place.write("rows.jsonl", format!("{severer}\n"));
    assert_eq!(counts(&place, &["disputes", "rows.jsonl"]), outcome(1, 0));
    let after = stored(&place).await;
    assert_eq!((after.contested_item.as_str(), after.severity), ("QUALITY", Severity::Critical));
    assert_eq!(after.contested_amount.unwrap().to_string(), "EUR 40.00");
}

#[tokio::test]
async fn a_new_dispute_that_does_not_say_gets_what_is_usual() {
    let place = Workplace::new();
    place.write("invoices.csv", format!("{INVOICE_HEADER}I-1,C-1,100.00,EUR,2026-01-01,2026-01-31,\n"));
    counts(&place, &["invoices", "invoices.csv"]);
    place.write("few.csv", "dispute_id,customer_id,invoice_ids,opened_on\nD-1,C-1,I-1,2026-01-10\n");
    assert_eq!(counts(&place, &["disputes", "few.csv"])["inserted"], 1);
    let new = stored(&place).await;
    assert_eq!((new.contested_item.as_str(), new.severity), ("OTHER", Severity::Moderate));
    assert_eq!(new.contested_amount, None);
}
