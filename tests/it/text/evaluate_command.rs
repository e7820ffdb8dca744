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
    let interval = &figures["macro_f1_interval"];
    assert!(interval["value"].is_f64() && interval["low"].is_null() && interval["high"].is_null(), "{interval}");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("only 4 different texts: too few for an interval"), "{said}");
}

/// Goal: a template that was sent often with other numbers is told, and is one proof.
#[test]
fn texts_that_repeat_each_other_are_told_and_drawn_together() {
    let folder = tempfile::tempdir().unwrap();
    let row =
        |number: usize| format!("{{\"message\": \"Please send a copy of invoice {number}.\", \"label\": \"QUERY\"}}\n");
    fs::write(folder.path().join("same.jsonl"), (0..40).map(row).collect::<String>()).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["evaluate", "text", "--json", "--examples", "same.jsonl", "--model"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/models/intent/0001"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let figures: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(figures["repeated_text_count"], 39);
    assert!(figures["macro_f1_interval"]["low"].is_null(), "{figures}");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("or with other numbers): 39; they are drawn together"), "{said}");
}

/// Goal: a macro-F1 that hangs on labels with few rows says so beside its interval, in words and in JSON.
#[test]
fn labels_with_few_rows_are_told_beside_the_interval() {
    let folder = tempfile::tempdir().unwrap();
    let words =
        ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "larch"];
    let row =
        |word: &&str| format!("{{\"message\": \"Please send a copy for the {word} site.\", \"label\": \"QUERY\"}}\n");
    fs::write(folder.path().join("few.jsonl"), words.iter().map(row).collect::<String>()).unwrap();
    let evaluate = |more: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_recourse"))
            .args(["evaluate", "text", "--examples", "few.jsonl", "--model"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/models/intent/0001"))
            .args(more)
            .current_dir(folder.path())
            .output()
            .unwrap();
        (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let note = "with fewer than 20 different texts: the interval of the macro-F1 is too narrow";
    let (text, _) = evaluate(&["--report", "report"]);
    assert!(text.contains(note), "{text}");
    assert!(fs::read_to_string(folder.path().join("report/index.html")).unwrap().contains(note));
    let (json, said) = evaluate(&["--json"]);
    let figures: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(figures["rare_label_count"].as_u64(), Some(figures["labels"].as_array().unwrap().len() as u64));
    assert!(figures["macro_f1_interval"]["low"].is_f64() && said.contains(note), "{said}");
    assert!(figures["trained_on_row_count"].is_null(), "nothing tells what a shipped model learned from");
}

/// Goal: rows that the model was trained on, also with other numbers, are counted: figures on them are those of a memory.
#[test]
fn rows_that_were_trained_on_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(train_ordered(folder, "LOW,MID,HIGH").status.success());
    let trained_on = fs::read_to_string(folder.join("train.jsonl")).unwrap();
    let new = "{\"message\": \"This one is new to everybody.\", \"label\": \"LOW\"}\n";
    fs::write(folder.join("both.jsonl"), format!("\u{feff}{trained_on}{new}")).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["evaluate", "text", "--json", "--examples", "both.jsonl", "--model", "model"])
        .current_dir(folder)
        .output()
        .unwrap();
    let figures: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let count = trained_on.lines().count();
    assert_eq!(figures["trained_on_row_count"].as_u64(), Some(count as u64));
    assert_eq!((figures["count"].as_u64(), figures["bad_row_count"].as_u64()), (Some(count as u64 + 1), Some(0)));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains(&format!("was trained on {count} of {} rows", count + 1)), "{said}");
}

/// A small model of ordered labels, trained by the program, and what was said while training.
fn train_ordered(folder: &std::path::Path, ordered: &str) -> Output {
    let words = [("LOW", "slightly"), ("MID", "seriously"), ("HIGH", "unbearably")];
    let goods = ["bolts", "boards", "bricks", "cables", "chairs", "doors", "lamps", "pipes", "pumps", "tiles"];
    let row = |index: usize| {
        let (label, word) = words[index % words.len()];
        let of = goods[index / words.len()];
        format!("{{\"message\": \"this is {word} wrong, lot {index} of {of}\", \"label\": \"{label}\"}}\n")
    };
    let mut rows: String = (0..30).map(row).collect();
    rows.push_str(&row(3).replace("this", "Re: This"));
    fs::write(folder.join("train.jsonl"), rows).unwrap();
    Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["train", "text", "--examples", "train.jsonl", "--out", "model", "--ordered", ordered])
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Goal: the order is taken as it is meant or refused, and an evaluation says how well it is met, without the rows that have no place in it.
#[test]
fn ordered_labels_are_checked_and_their_agreement_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (ordered, told) in [("LOW,MID,LOW,HIGH", "names `LOW` twice"), ("LOW,,HIGH", "empty label")] {
        let refused = train_ordered(folder, ordered);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && said.contains(told), "{said}");
    }
    let done = train_ordered(folder, "LOW, MID, HIGH, EXTREME");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{said}");
    assert!(
        said.contains("no example is labelled EXTREME")
            && said.contains("texts that repeat another (resent, answered or forwarded, or with other numbers): 1;"),
        "{said}"
    );
    let card = fs::read_to_string(folder.join("model/card.md")).unwrap();
    assert!(card.contains("| messages that repeat another, held out with it | 1 |"), "{card}");
    let long = format!("this is slightly wrong {}", "and so on ".repeat(2_500));
    let rows = [("this is slightly wrong", "LOW"), ("this is unbearably wrong", "HIGH"), (&long, "low")];
    let row = |(text, label): &(&str, &str)| format!("{{\"message\": \"{text}\", \"label\": \"{label}\"}}\n");
    fs::write(folder.join("ordered.jsonl"), rows.iter().map(row).collect::<String>()).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_recourse"))
        .args(["evaluate", "text", "--examples", "ordered.jsonl", "--model", "model", "--report", "report"])
        .current_dir(folder)
        .output()
        .unwrap();
    let (text, said) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    let kappa = "quadratic weighted kappa 1.000 on 2 rows, without the 1 whose label the model does not know";
    assert!(text.contains(kappa), "{text}");
    assert!(fs::read_to_string(folder.join("report/index.html")).unwrap().contains(kappa));
    assert!(said.contains("`low` (1 row; the model knows `LOW`)"), "{said}");
    assert!(said.contains("texts longer than 20000 bytes: 1;"), "{said}");
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
