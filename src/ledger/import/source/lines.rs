//! Lines of a file, numbered and bounded.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::super::error::ImportError;

/// Longest line that is read, in bytes; the rest of a longer one is passed over.
pub(super) const LINE_BYTES_MAX: usize = 4 << 20;

const BUFFER_BYTES: usize = 1 << 16;

/// A line without its end.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, counted from 1.
    pub number: u64,
    /// Its bytes, at most [`LINE_BYTES_MAX`].
    pub bytes: Vec<u8>,
    /// Whether it was longer.
    pub is_cut: bool,
}

/// Reads a file line by line.
pub(super) struct LineReader {
    file: PathBuf,
    reader: BufReader<File>,
    line_count: u64,
    bytes_read: u64,
}

impl LineReader {
    /// Opens a file.
    pub fn open(file: &Path) -> Result<Self, ImportError> {
        let opened = File::open(file).map_err(|source| ImportError::Open { file: file.to_owned(), source })?;
        Ok(LineReader {
            file: file.to_owned(),
            reader: BufReader::with_capacity(BUFFER_BYTES, opened),
            line_count: 0,
            bytes_read: 0,
        })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line.
    pub fn next_line(&mut self) -> Result<Option<Line>, ImportError> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let read = (&mut self.reader).take(limit).read_until(b'\n', &mut bytes);
        let mut read_bytes = read.map_err(|source| self.failed(source))?;
        if read_bytes == 0 {
            return Ok(None);
        }
        self.line_count += 1;
        let is_cut = read_bytes == LINE_BYTES_MAX && bytes.last() != Some(&b'\n');
        if is_cut {
            read_bytes += self.skip_rest_of_line()?;
        }
        self.bytes_read += u64::try_from(read_bytes).unwrap_or(0);
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        Ok(Some(Line { number: self.line_count, bytes, is_cut }))
    }

    fn skip_rest_of_line(&mut self) -> Result<usize, ImportError> {
        let skipped = self.reader.skip_until(b'\n');
        skipped.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> ImportError {
        ImportError::Read { file: self.file.clone(), line: self.line_count, source }
    }
}
