//! JSONL files that a command writes: whole or not at all, and never over what it reads.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::output::WrongUse;

/// Refuses to write to a file that is read.
///
/// # Errors
/// Wrong use, when both names mean one file.
pub fn refuse_same(output: &Path, option: &str, input: &Path) -> Result<(), WrongUse> {
    match (output.canonicalize(), input.canonicalize()) {
        (Ok(written), Ok(read)) if written == read => {
            Err(WrongUse(format!("{option} `{}` is the file that is read; name another one", output.display())))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON object a line; the file appears only when all of it is written. What is no file, such as a pipe, is written to
/// as it goes, and a link stays one.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, rows: impl IntoIterator<Item = Value>) -> anyhow::Result<()> {
    let cannot = || format!("`{}` cannot be written", path.display());
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.exists() && !target.is_file() {
        return write_rows(File::options().write(true).open(path).with_context(cannot)?, rows).with_context(cannot);
    }
    let path = target.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = folder.join(format!(
        ".{}.{}",
        path.file_name().and_then(|name| name.to_str()).unwrap_or("rows"),
        std::process::id()
    ));
    write_rows(File::create(&unfinished).with_context(cannot)?, rows).with_context(cannot)?;
    std::fs::rename(&unfinished, path).with_context(cannot)
}

fn write_rows(file: File, rows: impl IntoIterator<Item = Value>) -> std::io::Result<()> {
    let mut writer = BufWriter::new(file);
    for row in rows {
        serde_json::to_writer(&mut writer, &row)?;
        writer.write_all(b"\n")?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_not_written_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("rows.jsonl"), folder.path().join("link"));
        std::fs::write(&file, "{}\n").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(refuse_same(&link, "--output", &file).is_err());
        assert!(refuse_same(&folder.path().join("new"), "--output", &file).is_ok());
        write(&link, [Value::from(1), Value::from(2)]).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "1\n2\n");
    }
}
