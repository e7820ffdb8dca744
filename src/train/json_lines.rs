//! The one reader of files with a JSON object a line, for training, measuring and scoring.

use std::io::BufRead;

use crate::ledger::import::encoding::without_mark;

/// Reads lines that are not blank, without the byte order mark before the first.
#[derive(Debug)]
pub struct JsonLines<R> {
    input: R,
    line_count: usize,
    byte_count: u64,
}

impl<R: BufRead> JsonLines<R> {
    /// A reader of `input`, which stands at its beginning.
    pub fn new(input: R) -> Self {
        JsonLines { input, line_count: 0, byte_count: 0 }
    }

    /// Bytes read so far.
    pub fn byte_count(&self) -> u64 {
        self.byte_count
    }

    /// The next line that is not blank, with its number from 1.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next_line(&mut self) -> std::io::Result<Option<(usize, Vec<u8>)>> {
        loop {
            let mut line = Vec::new();
            let read_count = self.input.read_until(b'\n', &mut line)?;
            if read_count == 0 {
                return Ok(None);
            }
            self.line_count += 1;
            self.byte_count += read_count as u64;
            if self.line_count == 1 {
                line = without_mark(&line).to_vec();
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some((self.line_count, line)));
            }
        }
    }

    /// The next `line_count_max` lines that are not blank, with their numbers; fewer at the end.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next_block(&mut self, line_count_max: usize) -> std::io::Result<Vec<(usize, Vec<u8>)>> {
        let mut block = Vec::new();
        while block.len() < line_count_max {
            let Some(line) = self.next_line()? else { break };
            block.push(line);
        }
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_a_byte_order_mark_is_none_of_them() {
        let mut lines = JsonLines::new(&b"\xef\xbb\xbf{\"a\":1}\r\n\n  \n{\"a\":2}"[..]);
        assert_eq!(lines.next_block(1).unwrap(), [(1, b"{\"a\":1}\r\n".to_vec())]);
        assert_eq!(lines.next_block(9).unwrap(), [(4, b"{\"a\":2}".to_vec())]);
        assert_eq!((lines.next_line().unwrap(), lines.byte_count()), (None, 23));
    }
}
