//! CSV: a malformed row costs that row only, whatever its quotes do. (The csv crate cannot be used for this: it reads on to the
//! next quote of the file, and takes two rows for one where it finds it.)

use std::collections::VecDeque;
use std::path::Path;

use super::super::cell::Cell;
use super::super::encoding::{self, Encoding};
use super::super::error::ImportError;
use super::super::mapping::Mapping;
use super::SourceRow;
use super::lines::{LINE_BYTES_MAX, Line, LineReader};
use crate::domain::violation::Violation;

/// Most lines that one row may span, as quoted messages do.
const ROW_LINES_MAX: usize = 1_000;

/// Reads a CSV file.
pub struct CsvSource {
    lines: LineReader,
    /// Lines that were read ahead in search of a closing quote and are rows of their own.
    given_back: VecDeque<Line>,
    splitter: Splitter,
    encoding: Encoding,
    columns: Vec<String>,
    selected: Vec<usize>,
}

impl CsvSource {
    /// Opens a file and reads its header.
    pub fn open(file: &Path, mapping: &Mapping) -> Result<Self, ImportError> {
        let is_tsv = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
        let delimiter = mapping.delimiter.unwrap_or(if is_tsv { b'\t' } else { b',' });
        let mut source = CsvSource {
            lines: LineReader::open(file)?,
            given_back: VecDeque::new(),
            splitter: Splitter::new(delimiter),
            encoding: mapping.encoding,
            columns: Vec::new(),
            selected: Vec::new(),
        };
        source.columns = source.read_header()?;
        Ok(source)
    }

    fn read_header(&mut self) -> Result<Vec<String>, ImportError> {
        let file = self.lines.file().to_owned();
        let expected = self.encoding.as_str();
        let Some(mut first) = self.take_row_start()? else { return Err(ImportError::NoHeader { file }) };
        if let Some(found) = encoding::foreign_encoding(&first.bytes) {
            return Err(ImportError::ForeignEncoding { file, found, expected });
        }
        first.bytes = encoding::without_mark(&first.bytes).to_vec();
        let line = first.number;
        let (_, cells) = self.assemble(first)?;
        let cells = cells.map_err(|violation| {
            let source = Violation { field: "header".to_owned(), ..violation };
            ImportError::MalformedHeader { file: file.clone(), line, source }
        })?;
        let columns: Option<Vec<String>> = cells.iter().map(|cell| self.encoding.decode(cell)).collect();
        let columns = columns.ok_or_else(|| ImportError::HeaderEncoding { file: file.clone(), line, expected })?;
        if matches!(columns.as_slice(), [only] if only.is_empty()) {
            return Err(ImportError::NoHeader { file });
        }
        Ok(columns.iter().map(|column| column.trim().to_owned()).collect())
    }

    /// The columns of the header.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// Chooses the columns that rows hold.
    pub fn select(&mut self, columns: &[String]) {
        let index_of = |column: &String| self.columns.iter().position(|known| known == column);
        self.selected = columns.iter().filter_map(index_of).collect();
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, ImportError> {
        let Some(first) = self.take_row_start()? else { return Ok(None) };
        let line = first.number;
        let (raw, cells) = self.assemble(first)?;
        let cells = cells.and_then(|cells| self.decode(&cells));
        Ok(Some(SourceRow { line, raw: self.encoding.decode_lossy(&raw), cells }))
    }

    fn decode(&self, cells: &[Vec<u8>]) -> Result<Vec<Cell>, Violation> {
        let mut selected = Vec::with_capacity(self.selected.len());
        for index in &self.selected {
            let Some(bytes) = cells.get(*index) else { continue };
            let Some(text) = self.encoding.decode(bytes) else {
                let expected = format!(
                    "{} text (see `encoding` in the mapping; Excel often writes windows-1252)",
                    self.encoding.as_str()
                );
                return Err(Violation::new(&self.columns[*index], String::from_utf8_lossy(bytes), expected));
            };
            selected.push(if text.is_empty() { Cell::Empty } else { Cell::Text(text) });
        }
        Ok(selected)
    }

    /// Splits the row that starts with a line, reading on while a quote is open. When no fitting row comes of it, only the
    /// first line is lost and the others are given back.
    #[expect(clippy::type_complexity, reason = "the bytes of a row and its cells have no name elsewhere")]
    fn assemble(&mut self, first: Line) -> Result<(Vec<u8>, Result<Vec<Vec<u8>>, Violation>), ImportError> {
        let excerpt = |line: &Line| String::from_utf8_lossy(&line.bytes).into_owned();
        if first.is_cut {
            let violation = Violation::new("row", excerpt(&first), format!("at most {LINE_BYTES_MAX} bytes in a row"));
            return Ok((first.bytes, Err(violation)));
        }
        let mut raw = first.bytes.clone();
        let mut taken = vec![first];
        self.splitter.start();
        let violation = loop {
            let newest = &taken[taken.len() - 1];
            match self.splitter.feed(&newest.bytes) {
                Fed::Complete => {
                    let cells = self.splitter.take_cells();
                    if self.columns.is_empty() || cells.len() == self.columns.len() {
                        return Ok((raw, Ok(cells)));
                    }
                    let found = format!("{} cells: {}", cells.len(), excerpt(&taken[0]));
                    break Violation::new("row", found, format!("{} cells, as in the header", self.columns.len()));
                }
                Fed::Malformed => {
                    break Violation::new("row", excerpt(&taken[0]), "quotes around whole cells, doubled within");
                }
                Fed::QuoteOpen => {}
            }
            let is_too_long = taken.len() >= ROW_LINES_MAX || raw.len() > LINE_BYTES_MAX;
            match if is_too_long { None } else { self.take_line()? } {
                Some(next) => {
                    raw.push(b'\n');
                    raw.extend_from_slice(&next.bytes);
                    taken.push(next);
                }
                None => break Violation::new("row", excerpt(&taken[0]), "a closing quote"),
            }
        };
        let first_bytes = taken[0].bytes.clone();
        for line in taken.drain(1..).rev() {
            self.given_back.push_front(line);
        }
        Ok((first_bytes, Err(violation)))
    }

    fn take_line(&mut self) -> Result<Option<Line>, ImportError> {
        match self.given_back.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    /// The next line that is not blank.
    fn take_row_start(&mut self) -> Result<Option<Line>, ImportError> {
        while let Some(line) = self.take_line()? {
            if !line.bytes.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

/// How far a row is with the lines fed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fed {
    /// The row ended with the line.
    Complete,
    /// A quote is open, so the row goes on.
    QuoteOpen,
    /// Text follows a closing quote, which no delimiter separates from it.
    Malformed,
}

/// Splits one row into cells, fed line by line.
struct Splitter {
    delimiter: u8,
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    is_quote_open: bool,
}

impl Splitter {
    fn new(delimiter: u8) -> Self {
        Splitter { delimiter, cells: Vec::new(), cell: Vec::new(), is_quote_open: false }
    }

    fn start(&mut self) {
        self.cells.clear();
        self.cell.clear();
        self.is_quote_open = false;
    }

    /// Takes in a line without its end.
    fn feed(&mut self, line: &[u8]) -> Fed {
        let mut rest = line;
        if self.is_quote_open {
            self.cell.push(b'\n');
        }
        loop {
            if !self.is_quote_open && rest.first() == Some(&b'"') {
                self.is_quote_open = true;
                rest = &rest[1..];
            }
            if self.is_quote_open {
                match self.take_quoted(rest) {
                    Some(after) => rest = after,
                    None => return Fed::QuoteOpen,
                }
                self.is_quote_open = false;
                if !rest.is_empty() && rest[0] != self.delimiter {
                    return Fed::Malformed;
                }
            }
            let end = rest.iter().position(|byte| *byte == self.delimiter).unwrap_or(rest.len());
            self.cell.extend_from_slice(&rest[..end]);
            self.cells.push(std::mem::take(&mut self.cell));
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Fed::Complete,
            }
        }
    }

    /// Appends quoted text up to its closing quote; what follows it, or `None` when it does not close on this line.
    fn take_quoted<'a>(&mut self, mut rest: &'a [u8]) -> Option<&'a [u8]> {
        loop {
            let Some(quote) = rest.iter().position(|byte| *byte == b'"') else {
                self.cell.extend_from_slice(rest);
                return None;
            };
            self.cell.extend_from_slice(&rest[..quote]);
            rest = &rest[quote + 1..];
            if rest.first() != Some(&b'"') {
                return Some(rest);
            }
            self.cell.push(b'"');
            rest = &rest[1..];
        }
    }

    fn take_cells(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::import::kind::ImportKind;

    fn rows(text: &[u8]) -> Vec<(u64, Result<Vec<Cell>, String>)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, text).unwrap();
        let mut source = CsvSource::open(&file, &Mapping::by_name(ImportKind::Customers)).unwrap();
        let columns = source.columns().to_vec();
        source.select(&columns);
        let mut rows = Vec::new();
        while let Some(row) = source.next_row().unwrap() {
            rows.push((row.line, row.cells.map_err(|violation| violation.to_string())));
        }
        rows
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn quoted_cells_may_span_lines_and_hold_delimiters() {
        let found = rows(b"\xef\xbb\xbfa,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n\r\n2,\r\n");
        assert_eq!(found[0], (2, Ok(vec![text("1"), text("x, \"y\"\nz")])));
        assert_eq!(found[1], (5, Ok(vec![text("2"), Cell::Empty])));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_quote_that_never_closes_costs_its_own_row_only() {
        let found = rows(b"a,b\n1,2\n3,\"4\n5,6\n7,8\n");
        let lines: Vec<_> = found.iter().map(|(line, cells)| (*line, cells.is_ok())).collect();
        assert_eq!(lines, [(2, true), (3, false), (4, true), (5, true)]);
        assert!(found[1].1.as_ref().unwrap_err().contains("a closing quote"));
    }

    #[test]
    fn a_quote_that_closes_in_a_later_row_costs_its_own_row_only() {
        let found = rows(b"a,b\n1,\"2\n3,\"4\"\n5,6\n");
        let lines: Vec<_> = found.iter().map(|(line, cells)| (*line, cells.is_ok())).collect();
        assert_eq!(lines, [(2, false), (3, true), (4, true)]);
    }

    #[test]
    fn a_header_that_cannot_be_taken_apart_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        for (text, line, expected) in [
            ("\n\"id\" ,name\n1,a\n", 2, "expected quotes around whole cells, doubled within"),
            ("id,\"name\n1,a\n", 1, "expected a closing quote"),
        ] {
            std::fs::write(&file, text).unwrap();
            match CsvSource::open(&file, &Mapping::by_name(ImportKind::Customers)).map(|_| ()) {
                Err(ImportError::MalformedHeader { file: _, line: found, source }) => {
                    assert_eq!(found, line);
                    assert!(source.to_string().starts_with("`header` is"), "{source}");
                    assert!(source.to_string().ends_with(expected), "{source}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_row_with_other_cells_than_the_header_says_so() {
        let found = rows(b"a,b\n1,2,3\n4\n5,6");
        assert!(found[0].1.as_ref().unwrap_err().contains("expected 2 cells, as in the header"), "{found:?}");
        assert!(found[1].1.is_err() && found[2].1.is_ok());
    }

    #[test]
    fn bytes_of_another_encoding_cost_their_row_only() {
        let found = rows(b"a,b\n1,M\xfcller\n2,x\n");
        assert!(found[0].1.as_ref().unwrap_err().contains("expected UTF-8 text"), "{found:?}");
        assert!(found[1].1.is_ok());
    }
}
