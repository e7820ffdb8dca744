//! Finds what the sender wrote themselves: earlier mail quoted below, and disclaimers, are cut; offsets stay those of the message.

mod attributions;
mod disclaimers;
mod headers;
mod lines;
mod notices;
mod own_words;
mod separators;
#[cfg(test)]
mod tests;

use std::ops::Range;

use attributions::attribution_lines;
use disclaimers::disclaimer_lines;
use headers::{HeaderLine, begins_header_block, header_line, is_notes_head, is_thread_head, marked_header_lines};
use lines::{Lines, is_marked};
use own_words::OwnWords;
pub use separators::names_forward;
use separators::{Separator, separator};

/// The parts of `text` that its sender wrote or passed on, in order; never empty for a text that is not.
pub fn own_parts(text: &str) -> Vec<Range<usize>> {
    let mut reader =
        Reader { lines: Lines::of(text), words: OwnWords::default(), parts: Vec::new(), has_letters: false };
    reader.read();
    if reader.has_letters { reader.parts } else { std::iter::once(0..text.len()).collect() }
}

/// How mail that is not the sender's begins.
enum Opening {
    /// Mail that is answered, below this many lines.
    Reply(usize),
    /// Mail that is answered, below headers of its own.
    Headers,
    /// Mail that the sender passes on.
    Forward,
    /// The thread so far.
    Thread,
}

/// What is found as the lines are read one after the other.
struct Reader<'t> {
    lines: Lines<'t>,
    /// What the sender wrote above this line; of mail that is passed on, what its sender wrote.
    words: OwnWords,
    parts: Vec<Range<usize>>,
    has_letters: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut index = 0;
        while let Some(line) = self.lines.get(index) {
            if let Some(length) = marked_header_lines(&self.lines, index) {
                if self.words.are_message() {
                    break;
                }
                index += length;
            } else if is_marked(line) {
                index += 1;
            } else if let Some(opening) = self.opening(line, index) {
                match self.beyond(&opening, index) {
                    Some(beyond) => index = beyond,
                    None => break,
                }
            } else {
                index += self.keep(line, index);
            }
        }
    }

    /// Keeps the line, or passes by a disclaimer that begins with it; returns how many lines that were.
    fn keep(&mut self, line: &str, index: usize) -> usize {
        if self.words.are_message() {
            let disclaimer_length = disclaimer_lines(&self.lines, index);
            if disclaimer_length > 0 {
                return disclaimer_length;
            }
        }
        self.words.add(line);
        self.push(index);
        1
    }

    fn push(&mut self, index: usize) {
        let Some(line) = self.lines.range(index) else { return };
        self.has_letters |= self.lines.get(index).is_some_and(|line| line.contains(char::is_alphanumeric));
        match self.parts.last_mut() {
            Some(last) if last.end == line.start => last.end = line.end,
            Some(_) | None => self.parts.push(line),
        }
    }

    /// What begins at this line.
    fn opening(&self, line: &str, index: usize) -> Option<Opening> {
        match separator(line) {
            Some(Separator::Forward) => return Some(Opening::Forward),
            Some(Separator::Reply) => return Some(Opening::Reply(1)),
            Some(Separator::AnswerAbove) => return Some(Opening::Thread),
            None => {}
        }
        if begins_header_block(&self.lines, index) {
            return Some(Opening::Headers);
        }
        if is_notes_head(line) {
            return Some(Opening::Reply(1));
        }
        if self.words.are_message() && is_thread_head(&self.lines, index) {
            return Some(Opening::Reply(2));
        }
        attribution_lines(&self.lines, index).map(Opening::Reply)
    }

    /// The line at which to read on; none when nothing below is the sender's.
    fn beyond(&mut self, opening: &Opening, index: usize) -> Option<usize> {
        let below = match *opening {
            Opening::Reply(length) => index + length,
            Opening::Headers | Opening::Forward | Opening::Thread => index + 1,
        };
        match opening {
            Opening::Thread => return (!self.words.are_any()).then_some(below),
            Opening::Forward if !self.words.outweigh_forward() => {
                self.words = OwnWords::default();
                self.lines.unmark(below);
                return Some(self.pass_headers(below));
            }
            Opening::Headers | Opening::Reply(_) | Opening::Forward => {}
        }
        if self.lines.is_marked_near(below) {
            return Some(below);
        }
        match opening {
            Opening::Headers if self.words.are_introduction() || !self.words.are_message() => {
                Some(self.pass_headers(index))
            }
            Opening::Reply(_) if !self.words.are_message() => Some(below),
            Opening::Headers | Opening::Reply(_) | Opening::Forward | Opening::Thread => None,
        }
    }

    /// Passes by the headers that stand here, with blank lines among them, and keeps the subject; returns the line below.
    fn pass_headers(&mut self, start: usize) -> usize {
        let mut index = start;
        let mut below = start;
        while let Some(line) = self.lines.get(index) {
            match header_line(line) {
                Some(HeaderLine::Envelope) => below = index + 1,
                Some(HeaderLine::Subject) => {
                    self.words.add_subject(line);
                    self.push(index);
                    below = index + 1;
                }
                None if line.is_empty() => {}
                None => break,
            }
            index += 1;
        }
        below
    }
}
