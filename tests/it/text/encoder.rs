//! Text models with a sentence encoder: only in programs built with `--features encoder`; the encoder itself is fetched by `tests/run`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// How customers of two companies write: the later rows share no word with the earlier ones, only their sense.
const EARLIER: [(&str, &str); 12] = [
    ("the parcel never arrived", "LOST"),
    ("we did not receive the shipment", "LOST"),
    ("goods were not delivered", "LOST"),
    ("still waiting for the delivery", "LOST"),
    ("the package is missing", "LOST"),
    ("nothing was delivered to us", "LOST"),
    ("the price is too high", "PRICE"),
    ("you charged more than agreed", "PRICE"),
    ("the amount differs from the quote", "PRICE"),
    ("we were overcharged", "PRICE"),
    ("wrong unit price on the bill", "PRICE"),
    ("the rate is not what we negotiated", "PRICE"),
];
const LATER: [(&str, &str); 6] = [
    ("no consignment has reached our warehouse", "LOST"),
    ("carrier lost everything en route", "LOST"),
    ("where are those boxes? none came", "LOST"),
    ("costs exceed your offer", "PRICE"),
    ("this item should be cheaper", "PRICE"),
    ("invoiced at an expensive tariff", "PRICE"),
];

fn recourse(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recourse")).args(args).current_dir(folder).output().unwrap()
}

fn write(folder: &Path, name: &str, rows: &[(&str, &str)], times: usize) {
    let mut lines = String::new();
    for (text, label) in (0..times).flat_map(|_| rows) {
        writeln!(lines, "{}", serde_json::json!({ "message": text, "label": label })).unwrap();
    }
    fs::write(folder.join(name), lines).unwrap();
}

fn sample_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "earlier.jsonl", &EARLIER, 2);
    write(folder.path(), "later.jsonl", &LATER, 1);
    folder
}

const TRAIN: [&str; 6] = ["train", "text", "--examples", "earlier.jsonl", "--out", "model"];
#[cfg(feature = "encoder")]
const EVALUATE: [&str; 7] = ["evaluate", "text", "--examples", "later.jsonl", "--model", "model", "--json"];

#[cfg(not(feature = "encoder"))]
#[test]
fn a_program_without_encoders_says_so() {
    let folder = sample_folder();
    let done = recourse(folder.path(), &[&TRAIN[..], &["--encoder", "."]].concat());
    assert_eq!(done.status.code(), Some(1));
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(told.contains("built without encoders") && told.contains("--features encoder"), "{told}");
    assert!(!folder.path().join("model").exists());
}

/// Goal: a model trained with an encoder understands words that it never saw, says the same each time, and cannot be used without
/// that encoder.
#[cfg(feature = "encoder")]
#[test]
#[ignore = "encoder: RECOURSE_TEST_ENCODER names the folder of a sentence encoder"]
fn encoder_joins_the_words_and_is_needed_from_then_on() {
    let encoder = std::env::var("RECOURSE_TEST_ENCODER").unwrap();
    let folder = sample_folder();
    let folder = folder.path();
    let with_encoder = ["--encoder", encoder.as_str()];
    let told = |done: &Output| String::from_utf8_lossy(&done.stderr).into_owned();
    for _ in 0..2 {
        let before = fs::read(folder.join("model/weights.bin")).ok();
        let done = recourse(folder, &[&TRAIN[..], &with_encoder, &["--force"]].concat());
        assert!(done.status.success(), "{}", told(&done));
        let after = fs::read(folder.join("model/weights.bin")).unwrap();
        assert!(before.is_none_or(|before| before == after), "the same bytes");
    }
    let done = recourse(folder, &[&EVALUATE[..], &with_encoder].concat());
    assert!(done.status.success(), "{}", told(&done));
    let figures: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(figures["macro_f1"].as_f64().unwrap() > 0.8, "{figures}");

    let missing = recourse(folder, &EVALUATE);
    assert!(told(&missing).contains("give its folder with --encoder"), "{}", told(&missing));
    let other = folder.join("other/1_Pooling");
    fs::create_dir_all(&other).unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"] {
        fs::copy(Path::new(&encoder).join(name), folder.join("other").join(name)).unwrap();
    }
    let refused = recourse(folder, &[&EVALUATE[..], &["--encoder", "other"]].concat());
    assert!(told(&refused).contains("but the model was trained with"), "{}", told(&refused));
    let broken = recourse(folder, &[&EVALUATE[..], &["--encoder", "model"]].concat());
    assert!(told(&broken).contains("config.json"), "{}", told(&broken));
}
