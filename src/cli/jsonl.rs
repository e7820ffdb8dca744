//! JSONL files that a command writes: whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// Writes one JSON object a line; the file appears only when all of it is written.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, rows: impl IntoIterator<Item = Value>) -> anyhow::Result<()> {
    let cannot = || format!("`{}` cannot be written", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = folder.join(format!(
        ".{}.{}",
        path.file_name().and_then(|name| name.to_str()).unwrap_or("rows"),
        std::process::id()
    ));
    let mut writer = BufWriter::new(File::create(&unfinished).with_context(cannot)?);
    for row in rows {
        serde_json::to_writer(&mut writer, &row).with_context(cannot)?;
        writer.write_all(b"\n").with_context(cannot)?;
    }
    writer.flush().with_context(cannot)?;
    std::fs::rename(&unfinished, path).with_context(cannot)
}
