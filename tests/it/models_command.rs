//! `recourse models`: a model that was trained elsewhere is taken in and serves once somebody says so.

use std::path::{Path, PathBuf};

use crate::program::recourse;

fn shipped(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(id)
}

/// A data folder `data` with one invoice.
fn with_ledger() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let csv = "invoice_id,customer_id,amount,currency,issued_on,due_on\nI-1,C-1,120.50,EUR,2026-01-05,2026-02-04\n";
    std::fs::write(folder.path().join("ledger.csv"), csv).unwrap();
    let done = recourse(folder.path(), &["import", "invoices", "ledger.csv", "--data-dir", "data"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    folder
}

/// Exit code, stdout and stderr of a command on the folder's data.
fn run(folder: &Path, command: &[&str]) -> (Option<i32>, String, String) {
    let done = recourse(folder, &[command, &["--data-dir", "data"]].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn a_model_trained_elsewhere_is_taken_in_and_serves_once_the_gate_is_overridden() {
    let folder = with_ledger();
    let model = shipped("payment/0001");
    let (code, said, error) = run(folder.path(), &["models", "add", "payment", model.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("payment/0002") && said.contains("was not compared with the champion"), "{said}");

    let (code, _, error) = run(folder.path(), &["models", "promote", "payment/0002"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("model `payment/0002` did not pass the gate: trained elsewhere"), "{error}");
    let (code, said, error) = run(folder.path(), &["models", "promote", "payment/0002", "--override-gate", "--json"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("\"is_champion\": true"), "{said}");

    let (code, said, error) = run(folder.path(), &["worklist", "--json"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("payment/0002") && !said.contains("payment/0001"), "{said}");
}

/// Goal: the figures that a model brings are shown, under names that say whose they are.
#[test]
fn a_model_that_is_taken_in_shows_the_figures_that_it_brings() {
    let folder = with_ledger();
    for (kind, figure) in [("intent", "held_out_macro_f1"), ("validity", "brier")] {
        let model = shipped(&format!("{kind}/0001"));
        let (code, _, error) = run(folder.path(), &["models", "add", kind, model.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{error}");
        let (_, said, _) = run(folder.path(), &["models", "list", "--kind", kind, "--json"]);
        let listed: serde_json::Value = serde_json::from_str(&said).unwrap();
        let models = listed["models"].as_array().unwrap();
        assert_eq!(models[0]["id"], format!("{kind}/0002"));
        assert_eq!(models[0]["metrics"], models[1]["metrics"], "it is the shipped model under another number");
        let metrics = models[0]["metrics"].as_array().unwrap();
        assert!(metrics.iter().any(|metric| metric["name"] == figure && metric["row_count"].as_u64() > Some(100)));
        assert!(models[0]["gate_message"].as_str().unwrap().ends_with("figures are its own"));
    }
}

#[test]
fn what_is_no_model_of_the_kind_is_refused_and_leaves_nothing() {
    let folder = with_ledger();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let [intent, severity, priority, payment, entities] =
        ["intent", "severity", "dispute-priority", "payment", "entities"].map(|kind| shipped(&format!("{kind}/0001")));
    let severity_as_text = folder.path().join("text");
    std::fs::create_dir(&severity_as_text).unwrap();
    for file in ["model.json", "weights.bin", "tokenizer.json", "golden.jsonl"] {
        std::fs::copy(severity.join(file), severity_as_text.join(file)).unwrap();
    }
    let description = std::fs::read_to_string(severity.join("model.json")).unwrap();
    let description = description.replace("\"kind\": \"severity\"", "\"kind\": \"text\"");
    std::fs::write(severity_as_text.join("model.json"), description).unwrap();
    let refused = [
        ("item", severity_as_text.as_path(), 1, "`item` cannot be used: its label `MINOR` is no item of the taxonomy"),
        ("intent", severity_as_text.as_path(), 1, "model `intent` cannot be used: a label is not of this kind"),
        ("severity", intent.as_path(), 1, "it is a model of kind `intent`, expected `severity` or `text`"),
        ("payment", severity.as_path(), 1, "it is a model of kind `severity`, expected `payment`"),
        ("validity", priority.as_path(), 1, "it is a model of kind `dispute-priority`, expected `validity`"),
        ("intent", priority.as_path(), 1, "it is a model of kind `dispute-priority`, expected `intent` or `text`"),
        ("intent", payment.as_path(), 1, "it is a model of kind `payment`, expected `intent` or `text`"),
        ("item", entities.as_path(), 1, "it is a model of kind `entities`, expected `item` or `text`"),
        ("payment", Path::new("empty"), 2, "`empty` holds no model"),
        ("payment", Path::new("missing"), 2, "`missing` holds no model"),
    ];
    for (kind, model, expected_code, expected) in refused {
        let (code, _, error) = run(folder.path(), &["models", "add", kind, model.to_str().unwrap()]);
        assert_eq!(code, Some(expected_code), "{kind}: {error}");
        assert!(error.contains(expected), "{kind}: {error}");
    }
    let (_, said, _) = run(folder.path(), &["models", "list"]);
    assert!(!said.contains("/0002"), "{said}");
}
