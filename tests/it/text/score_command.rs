//! `recourse score messages` and `recourse score text`: order, fields, and what becomes of bad lines.

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

/// Goal: texts without labels are scored by a model of one's own, with every probability and whether the label can be relied on.
#[test]
fn texts_without_labels_are_scored_by_a_model_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = [("PRICE", "the price is too high"), ("MISSING", "two boxes are missing"), ("PAID", "this was paid")];
    let words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty"];
    let mut rows = String::new();
    for (label, text) in kinds {
        for word in words {
            rows.push_str(&format!("{{\"body\": \"{text}, see {word}\", \"label\": \"{label}\"}}\n"));
        }
    }
    fs::write(folder.path().join("train.jsonl"), rows).unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_recourse")).args(args).current_dir(folder.path()).output().unwrap()
    };
    let done = run(&["train", "text", "--examples", "train.jsonl", "--text-field", "body", "--out", "model"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    // A byte order mark is no part of the first row.
    let new = "\u{feff}{\"id\": 7, \"body\": \"boxes are missing\"}\n{\"id\": 8}\n{\"body\": \"\"}\n";
    fs::write(folder.path().join("new.jsonl"), new).unwrap();
    let asked = ["score", "text", "--model", "model", "--input", "new.jsonl", "--output", "p.jsonl"];
    let done = run(&[&asked[..], &["--text-field", "body", "--json"]].concat());
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(1) && said.contains("line 2: has no text in `body`"), "{said}");
    let rows: Vec<serde_json::Value> = fs::read_to_string(folder.path().join("p.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((rows.len(), &rows[0]["id"], &rows[0]["label"]), (2, &7.into(), &"MISSING".into()));
    for row in &rows {
        let probabilities = row["probabilities"].as_object().unwrap();
        assert_eq!(probabilities.keys().collect::<Vec<_>>(), ["MISSING", "PAID", "PRICE"]);
        let sum: f64 = probabilities.values().map(|probability| probability.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9 && row["abstains"].is_boolean(), "{row}");
        assert_eq!(row["probability"], probabilities[row["label"].as_str().unwrap()]);
    }
    assert!(rows[1]["id"].is_null(), "it has none");
}
