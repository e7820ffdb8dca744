//! `recourse score messages`: order, fields, and what becomes of bad lines.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn score(input: &Path, output: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["score", "messages", "--json", "--input"])
        .arg(input)
        .arg("--output")
        .arg(output)
        .output()
        .unwrap()
}

#[test]
fn good_lines_are_scored_in_order_and_bad_ones_named() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("m.jsonl"), folder.path().join("p.jsonl"));
    let lines = [
        r#"{"id": "a", "message": "Please send a copy of invoice INV-7."}"#,
        "{broken",
        r#"{"id": "b", "message": "   "}"#,
        r#"{"id": "c", "message": "Die Ware zu Rechnung 4471 ist nie angekommen, wir zahlen die 318,00 € nicht."}"#,
    ];
    fs::write(&input, lines.join("\n")).unwrap();
    let ran = score(&input, &output);
    assert_eq!(ran.status.code(), Some(1));
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert!(errors.contains("line 2") && errors.contains("line 3"), "{errors}");
    let summary: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((summary["message_count"].as_u64(), summary["bad_line_count"].as_u64()), (Some(2), Some(2)));
    let rows: Vec<serde_json::Value> =
        fs::read_to_string(&output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(rows[0]["contested_item"], "NONE");
    assert_eq!(rows[1]["contested_item"], "NOT_DELIVERED");
    assert_eq!(rows[1]["contested_amount"], serde_json::json!({"value": "318.00", "currency": "EUR"}));
}

/// Goal: who counts labels knows which of them the service would not rely on.
#[test]
fn a_label_that_the_model_is_not_sure_of_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("m.jsonl"), folder.path().join("p.jsonl"));
    let sure = r#"{"message": "The price on INV-7 is wrong, we agreed on 12.40 EUR a box and you billed 12.90."}"#;
    fs::write(&input, format!("{sure}\n{}\n", r#"{"message": "please correct"}"#)).unwrap();
    assert!(score(&input, &output).status.success());
    let rows = fs::read_to_string(&output).unwrap();
    let abstained = rows.lines().map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        ["intent_abstained", "contested_item_abstained", "severity_abstained"]
            .map(|field| row[field].as_bool().unwrap())
    });
    let abstained: Vec<[bool; 3]> = abstained.collect();
    assert_eq!(abstained[0], [false; 3]);
    assert!(abstained[1].contains(&true), "{abstained:?}");
}

#[test]
fn many_lines_come_back_in_order_with_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("m.jsonl"), folder.path().join("p.jsonl"));
    let line = |index: usize| match index {
        // Blank lines count when a bad one is named.
        150 => "\n\n{broken".to_owned(),
        _ => format!(r#"{{"id": {index}, "message": "Please send a copy of invoice INV-{index}."}}"#),
    };
    fs::write(&input, (0..200).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let ran = score(&input, &output);
    assert_eq!(ran.status.code(), Some(1));
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert!(errors.contains("line 153: not a JSON object"), "{errors}");
    let rows = fs::read_to_string(&output).unwrap();
    let ids = rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()["id"].as_u64().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), (0..200).filter(|index| *index != 150).collect::<Vec<_>>());
}

#[test]
fn a_missing_input_is_a_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let ran = score(&folder.path().join("missing.jsonl"), &folder.path().join("p.jsonl"));
    assert_eq!(ran.status.code(), Some(2));
}
