//! The lines of a message, each with its place in it.

use std::ops::Range;

/// The lines of a text.
pub struct Lines<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
}

impl<'t> Lines<'t> {
    /// Cuts a text at its line feeds, or, when it has none, at its carriage returns.
    pub fn of(text: &'t str) -> Self {
        let line_break = if text.contains('\n') { '\n' } else { '\r' };
        let mut start = 0;
        let ranges = text.split_inclusive(line_break).map(|line| {
            let range = start..start + line.len();
            start = range.end;
            range
        });
        Lines { text, ranges: ranges.collect() }
    }

    /// The bytes of a line with its line break.
    pub fn range(&self, index: usize) -> Option<Range<usize>> {
        self.ranges.get(index).cloned()
    }

    /// A line without the white space around it.
    pub fn get(&self, index: usize) -> Option<&'t str> {
        self.ranges.get(index).and_then(|range| self.text.get(range.clone())).map(str::trim)
    }

    /// The first line from here on that is not blank.
    pub fn next_filled(&self, index: usize) -> Option<&'t str> {
        (index..self.ranges.len()).filter_map(|next| self.get(next)).find(|line| !line.is_empty())
    }

    /// Whether this line or the next bears the mark of quoted mail.
    pub fn is_marked_near(&self, index: usize) -> bool {
        (index..index + 2).filter_map(|next| self.get(next)).any(is_marked)
    }

    /// Takes one mark off every line from here on, up to a line that has text and no mark.
    pub fn unmark(&mut self, index: usize) {
        for range in self.ranges.iter_mut().skip(index) {
            let line = self.text.get(range.clone()).unwrap_or_default();
            let content = line.trim_start();
            if content.is_empty() {
                continue;
            }
            let Some(rest) = content.strip_prefix('>').or_else(|| content.strip_prefix("&gt;")) else { break };
            range.start += line.len() - rest.len();
        }
    }
}

/// Whether a line bears the mark of quoted mail; one that bears bars within is a row of a table.
pub fn is_marked(line: &str) -> bool {
    line.starts_with('>') || line.starts_with("&gt;") || line.strip_prefix("| ").is_some_and(|rest| !rest.contains('|'))
}
