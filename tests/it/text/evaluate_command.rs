//! `recourse evaluate text`: reliability on the terminal and a report folder.

use std::fs;
use std::process::{Command, Output};

fn evaluate(folder: &std::path::Path, more: &[&str]) -> Output {
    let lines = [
        r#"{"message": "Please send a copy of invoice INV-7.", "label": "QUERY"}"#,
        r#"{"message": "The goods never arrived, we will not pay invoice 4471.", "label": "DISPUTE"}"#,
        r#"{"message": "We will pay invoice 88 on Friday.", "label": "PROMISE_TO_PAY"}"#,
        r#"{"message": "Thank you and a nice weekend.", "label": "DISPUTE"}"#,
    ];
    fs::write(folder.join("later.jsonl"), lines.join("\n")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["evaluate", "text", "--examples", "later.jsonl", "--model"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/models/intent/0001"))
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn an_evaluation_shows_how_sure_the_model_was_and_writes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let done = evaluate(folder.path(), &["--report", "report"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("Reliability of the predicted label") && text.contains("mean probability given"), "{text}");
    let html = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
    for name in ["reliability.svg", "gain.svg"] {
        let svg = fs::read_to_string(folder.path().join("report").join(name)).unwrap();
        assert!(html.contains(svg.as_str()), "{name} is in the page");
    }
    let done = evaluate(folder.path(), &["--json"]);
    let figures: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let bins = figures["reliability"].as_array().unwrap();
    assert_eq!(bins.iter().map(|bin| bin["count"].as_u64().unwrap()).sum::<u64>(), 4);
}

/// Goal: a table is told to be none of examples at once, in place of a complaint about each of its lines.
#[test]
fn files_that_are_no_jsonl_are_refused_by_their_kind() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, told) in [
        ("rows.csv", &b"message,label\nhello,A\nbye,B\n"[..], "is CSV"),
        ("rows.parquet", b"PAR1\x15\x04\x15", "is Parquet"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let refused = Command::new(env!("CARGO_BIN_EXE_recourse"))
            .args(["train", "text", "--out", "model", "--examples", name])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(told) && said.contains("JSONL") && said.lines().count() == 1, "{said}");
    }
}
