//! What a command leaves behind: its result on stdout, a failure with all its causes on stderr, an exit code.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

/// Bytes of a file among which its mark stands.
const BEGINNING_BYTES: u64 = 1_024;
/// Exit code of wrong use, as clap has it.
const WRONG_USE: u8 = 2;

/// Wrong use that is found only while a command runs, such as a mapping file with an unknown key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

impl WrongUse {
    /// An error as wrong use, which says all its causes in one line.
    pub fn with_causes(error: anyhow::Error) -> Self {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        WrongUse(causes.join(": "))
    }
}

/// Refuses a folder in which one of these files stands already, unless they are to be replaced, and one that is no folder; to be asked
/// before long work.
///
/// # Errors
/// Wrong use.
pub fn refuse_to_replace(folder: &Path, files: &[&str], force: bool) -> Result<(), WrongUse> {
    if folder.exists() && !folder.is_dir() {
        return Err(WrongUse(format!("`{}` is no folder", folder.display())));
    }
    let standing = files.iter().map(|name| folder.join(name)).find(|path| path.exists());
    match standing.filter(|_| !force) {
        Some(path) => Err(WrongUse(format!("`{}` exists already; --force replaces it", path.display()))),
        None => Ok(()),
    }
}

/// Refuses to write over a file that begins with nothing like what would be written, so that it is somebody's own; to be asked before
/// long work. `mark` stands among the first bytes of what would be written.
///
/// # Errors
/// Wrong use.
pub fn refuse_foreign(path: &Path, mark: &str) -> Result<(), WrongUse> {
    if !path.is_file() {
        return Ok(());
    }
    let mut beginning = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut beginning));
    let is_ours = beginning.is_empty() || beginning.windows(mark.len()).any(|bytes| bytes == mark.as_bytes());
    match read {
        Ok(_) if is_ours => Ok(()),
        Ok(_) => Err(WrongUse(format!("`{}` holds something else already; name another one", path.display()))),
        Err(error) => Err(WrongUse(format!("`{}` cannot be read: {error}", path.display()))),
    }
}

/// Prints a failure with its causes and turns the result into an exit code.
pub fn finish(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    eprintln!("error: {}", causes.join(": "));
    if error.is::<WrongUse>() { ExitCode::from(WRONG_USE) } else { ExitCode::FAILURE }
}

/// A reader such as `head` that went away is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints one JSON object on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, value)?;
    writeln!(stdout)?;
    Ok(())
}

/// Prints text on stdout, ending the line.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_text(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", text.trim_end())?;
    Ok(())
}

/// A count with its noun, which takes an `s` unless there is one.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(0, "customer"), "0 customers");
        assert_eq!(counted(1, "customer"), "1 customer");
        assert_eq!(counted(2, "open invoice"), "2 open invoices");
    }
}
