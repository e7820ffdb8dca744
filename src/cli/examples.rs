//! The labelled examples that a text model is trained or measured on, as the command line takes them.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Display, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::output::WrongUse;
use crate::ledger::import::encoding::without_mark;
use crate::text::tokens::LEARNED_BYTES_MAX;
use crate::train::text::{ExampleRows, read_examples};

/// Where the examples are, and which fields of them count.
#[derive(Debug, Args)]
pub struct ExampleArgs {
    /// Examples, one JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    pub examples: PathBuf,
    /// Field that holds the text.
    #[arg(long, value_name = "FIELD", default_value = "message")]
    pub text_field: String,
    /// Field that holds the label; rows without one are skipped and counted.
    #[arg(long, value_name = "FIELD", default_value = "label")]
    pub label_field: String,
}

impl ExampleArgs {
    /// Reads the examples; faulty lines are described on stderr.
    ///
    /// # Errors
    /// Wrong use, when the file is none of examples, and when it cannot be read.
    pub fn read(&self) -> anyhow::Result<ExampleRows> {
        let path = self.examples.display();
        let file =
            File::open(&self.examples).map_err(|error| WrongUse(format!("`{path}` cannot be opened: {error}")))?;
        let cannot = || format!("`{path}` cannot be read");
        let mut lines = BufReader::new(file);
        let kind = FileKind::of(lines.fill_buf().with_context(cannot)?);
        if let FileKind::Parquet = kind {
            return Err(kind.refused(&path).into());
        }
        let found = read_examples(lines, &self.text_field, &self.label_field).with_context(cannot)?;
        if found.rows.is_empty() && found.unlabelled_count == 0 && found.faulty_count > 0 && kind != FileKind::Jsonl {
            return Err(kind.refused(&path).into());
        }
        for problem in &found.problems {
            eprintln!("{path}: {problem}");
        }
        if found.rows.is_empty() && found.faulty_count > 0 {
            let fields = format!("text in `{}` and labels in `{}`", self.text_field, self.label_field);
            return Err(WrongUse(format!("no row of `{path}` has {fields}; see --text-field and --label-field")).into());
        }
        if found.rows.is_empty() && found.unlabelled_count > 0 {
            let problem = format!("no row of `{path}` has a label in `{}`; see --label-field", self.label_field);
            return Err(WrongUse(problem).into());
        }
        Ok(found)
    }
}

/// Tells on stderr what of the texts counts less than their number suggests.
pub fn tell_of_texts(found: &ExampleRows, repeat_count: usize) {
    if repeat_count > 0 {
        eprintln!(
            "texts that repeat another (resent, answered or forwarded, or with other numbers): {repeat_count}; each is held back \
             together with the others, so that none is judged by a model that has seen it"
        );
    }
    let truncated_count = truncated_count(found);
    if truncated_count > 0 {
        eprintln!(
            "texts longer than {LEARNED_BYTES_MAX} bytes: {truncated_count}; what stands behind those is not read"
        );
    }
}

/// Rows with more text than is read.
pub fn truncated_count(found: &ExampleRows) -> usize {
    found.rows.iter().filter(|row| row.example.text.len() > LEARNED_BYTES_MAX).count()
}

/// What a file of examples looks like from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileKind {
    /// Objects line by line, or nothing at all.
    Jsonl,
    /// One JSON array.
    Array,
    Parquet,
    /// Lines of text, such as CSV.
    Other,
}

impl FileKind {
    fn of(head: &[u8]) -> Self {
        if head.starts_with(b"PAR1") {
            return FileKind::Parquet;
        }
        match without_mark(head).trim_ascii_start().first() {
            None | Some(b'{') => FileKind::Jsonl,
            Some(b'[') => FileKind::Array,
            Some(_) => FileKind::Other,
        }
    }

    fn refused(self, path: &Display<'_>) -> WrongUse {
        let found = match self {
            FileKind::Jsonl => "unreadable",
            FileKind::Array => "one JSON array",
            FileKind::Parquet => "Parquet",
            FileKind::Other => "CSV or other text",
        };
        WrongUse(format!(
            "`{path}` is {found}; examples are read as JSONL, one object a line, such as \
             {{\"message\": \"two boxes are missing\", \"label\": \"QUANTITY\"}}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_is_no_jsonl() {
        for (head, kind) in [
            (&b"PAR1\x15\x04"[..], FileKind::Parquet),
            (b"message,label\nhello,A\n", FileKind::Other),
            (b" [{\"message\"", FileKind::Array),
            (b"\n{\"message\"", FileKind::Jsonl),
            (b"\xef\xbb\xbf{\"message\"", FileKind::Jsonl),
            (b"", FileKind::Jsonl),
        ] {
            assert_eq!(FileKind::of(head), kind);
        }
    }
}
