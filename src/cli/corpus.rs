//! Reads labelled messages: a folder with one JSONL file for each language.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::output::WrongUse;
use crate::train::json_lines::JsonLines;
use crate::train::messages::LabelledMessage;

/// Every message of the corpus, in the order of file names and lines, and the digest of the files.
pub fn read_corpus(folder: &Path) -> anyhow::Result<(Vec<LabelledMessage>, String)> {
    let cannot = |error: &dyn std::fmt::Display| WrongUse(format!("`{}` cannot be read: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let path = entry.map_err(|error| cannot(&error))?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut messages = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for path in &paths {
        let text = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        hasher.update(text.as_bytes());
        let mut lines = JsonLines::new(text.as_bytes());
        while let Some((number, line)) = lines.next_line()? {
            let place = || format!("{}: line {number} is no labelled message", path.display());
            messages.push(serde_json::from_slice(&line).with_context(place)?);
        }
    }
    anyhow::ensure!(!messages.is_empty(), "`{}` has no labelled messages", folder.display());
    Ok((messages, hasher.finalize().to_hex().to_string()))
}
