//! The messages that no model has learned from: they stay apart from the corpus, and the shipped models read them as well as is claimed.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::recourse;

/// The messages of a folder under `training`, each as its words alone.
fn texts_of(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training").join(folder);
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let content = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in content.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let words = row["message"].as_str().unwrap().split(|letter: char| !letter.is_alphabetic());
            let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
            texts.push(words.join(" "));
        }
    }
    texts
}

#[test]
fn no_message_held_out_is_in_the_corpus_or_there_twice() {
    let corpus: HashSet<String> = texts_of("messages").into_iter().collect();
    let held_out = texts_of("heldout");
    assert!(held_out.len() >= 500);
    assert!(held_out.iter().all(|text| !corpus.contains(text)));
    assert_eq!(held_out.iter().collect::<HashSet<_>>().len(), held_out.len());
}

#[test]
fn misreadings_are_not_written_among_the_labelled_messages() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    let row = r#"{"id": "a", "language": "en", "message": "Hello", "intent": "OTHER", "contested_item": "NONE", "severity": "NONE",
        "invoices": [], "contested_amount": null, "promised_date": null}"#
        .replace('\n', "");
    fs::write(corpus.join("en.jsonl"), format!("{row}\n")).unwrap();
    for name in ["corpus/en.jsonl", "corpus/other.jsonl"] {
        let asked = ["evaluate", "messages", "--corpus", "corpus", "--misread", name];
        let done = recourse(folder.path(), &asked);
        assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(fs::read_to_string(corpus.join("en.jsonl")).unwrap(), format!("{row}\n"));
    assert!(!corpus.join("other.jsonl").exists());
}

/// Goal: whoever changes how messages are read, or trains the models again, sees what it does to messages that nobody has learned from.
#[test]
fn the_shipped_models_read_what_they_never_saw() {
    let folder = tempfile::tempdir().unwrap();
    let held_out = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/heldout").display().to_string();
    let done =
        recourse(folder.path(), &["evaluate", "messages", "--corpus", &held_out, "--misread", "m.jsonl", "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let figure = |reading: &str, measure: &str| {
        let figures = told["figures"].as_array().unwrap();
        let found = figures.iter().find(|row| row["reading"] == reading && row["measure"] == measure).unwrap();
        found["interval"]["value"].as_f64().unwrap()
    };
    for (reading, measure, least) in [
        ("intent", "macro-F1", 0.92),
        ("contested item", "macro-F1", 0.88),
        ("severity", "quadratic weighted kappa", 0.80),
        ("invoice numbers", "F1", 0.97),
        ("contested amount", "right", 0.92),
        ("promised date", "right", 0.97),
    ] {
        let found = figure(reading, measure);
        assert!(found >= least, "{reading}: {measure} {found}, expected at least {least}");
    }
    for (language, counts) in told["by_language"].as_object().unwrap() {
        let count = |name: &str| counts[name].as_f64().unwrap();
        assert!(count("item") >= 0.80 * count("dispute_count"), "{language}: {counts}");
    }
    let misread = std::fs::read_to_string(folder.path().join("m.jsonl")).unwrap();
    let wrong_count = misread.lines().filter(|line| line.contains("\"contested_amount\"")).count();
    let wrong_share = wrong_count as f64 / texts_of("heldout").len() as f64;
    assert!((wrong_share - (1.0 - figure("contested amount", "right"))).abs() < 1e-9, "{wrong_count}");
}
