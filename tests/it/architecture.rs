//! The house rules that can be read off the sources: who may import whom, which crate lives where, how long a file may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines.
const FILE_LINES_MAX: usize = 500;

/// What each part may import from its own crate, besides itself.
const IMPORTS: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("telemetry", &["config"]),
    ("parallel", &[]),
    ("domain", &[]),
    ("ledger", &["domain"]),
    ("text", &["domain"]),
    ("features", &["domain", "ledger", "text"]),
    ("model", &["domain", "ledger", "text", "features"]),
    ("train", &["domain", "ledger", "text", "features", "model", "parallel"]),
    ("store", &["domain", "ledger"]),
    ("service", &["domain", "ledger", "text", "features", "model", "train", "store"]),
    ("rpc", &["config", "domain", "service"]),
    (
        "cli",
        &[
            "config",
            "telemetry",
            "parallel",
            "domain",
            "ledger",
            "text",
            "features",
            "model",
            "train",
            "store",
            "service",
            "rpc",
        ],
    ),
];

/// Crates that only some parts may name.
const RESTRICTED: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("tonic", &["rpc"]),
    ("tonic_health", &["rpc"]),
    ("tonic_reflection", &["rpc"]),
    ("tonic_types", &["rpc"]),
    ("prost", &["rpc"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli"]),
    ("csv", &["ledger", "cli", "train"]),
    ("parquet", &["ledger"]),
    ("forust_ml", &["train"]),
    ("linfa_logistic", &["train"]),
    ("candle_core", &["model"]),
    ("candle_nn", &["model"]),
    ("candle_transformers", &["model"]),
    ("tokenizers", &["text", "model", "train"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    files.sort();
    files
}

/// The part of the house that a file belongs to: its first folder, or its own name.
fn part_of(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Lines of code, without comments and without what follows `#[cfg(test)] mod tests`.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("mod tests {"))
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

/// The parts named by `crate::part` anywhere in a line, also within braces.
fn parts_named(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .filter(|(start, _)| !line[..*start].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
        .flat_map(|(start, found)| {
            let rest = &line[start + found.len()..];
            match rest.strip_prefix('{') {
                Some(list) => names_in(list),
                None => vec![name_at(rest)],
            }
        })
        .collect()
}

fn name_at(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The first names of the paths in a list, up to its closing brace.
fn names_in(list: &str) -> Vec<String> {
    let mut names = vec![name_at(list)];
    let mut depth = 0;
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name_at(&list[at + 1..])),
            _ => {}
        }
    }
    names
}

#[test]
fn parts_are_found_wherever_a_line_names_them() {
    assert_eq!(parts_named("use crate::rpc::pb;"), ["rpc"]);
    assert_eq!(parts_named("use crate::{rpc, telemetry};"), ["rpc", "telemetry"]);
    assert_eq!(parts_named("use crate::{domain::{ids, money}, store};"), ["domain", "store"]);
    assert_eq!(parts_named("fn f(a: crate::model::A) -> crate::text::B {"), ["model", "text"]);
    assert_eq!(parts_named("use mycrate::rpc;"), [""; 0]);
}

#[test]
fn imports_follow_the_map_of_the_house() {
    let allowed: BTreeMap<_, _> = IMPORTS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let part = part_of(&path);
        if part == "lib" || part == "main" {
            continue;
        }
        let allowed = allowed.get(part.as_str()).unwrap_or_else(|| panic!("`{part}` is not on the map"));
        for line in code_lines(&text) {
            for named in parts_named(line) {
                if named != part
                    && IMPORTS.iter().any(|(known, _)| *known == named)
                    && !allowed.contains(&named.as_str())
                {
                    wrong.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the map:\n{}", wrong.join("\n"));
}

#[test]
fn restricted_crates_stay_in_their_part() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let part = part_of(&path);
        for line in code_lines(&text) {
            for (name, parts) in RESTRICTED {
                let names_it = line.match_indices(&format!("{name}::")).any(|(start, _)| {
                    !line[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
                });
                if names_it && !parts.contains(&part.as_str()) {
                    wrong.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "crates outside their part:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not open with what it is for", path.display()));
        }
        let line_count = text.lines().count();
        if line_count > FILE_LINES_MAX {
            wrong.push(format!("{} has {line_count} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_unfinished_is_left_in_the_sources() {
    let marks = ["todo!", "unimplemented!", "FIXME", "dbg!("];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for mark in marks {
            if text.contains(mark) {
                wrong.push(format!("{} holds `{mark}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
