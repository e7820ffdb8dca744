//! Makes plain text of a message that is written in HTML; any other message stays as it is.

mod characters;
mod tags;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use characters::character_at;
use tags::{COMMENT, Effect, Tag, tag_at};

use super::quoting::names_forward;

/// Bytes within quoted mail in which it says that it is mail passed on.
const FORWARD_BYTES_MAX: usize = 600;

/// The text of a message: lines for paragraphs and rows, tabs between cells, `> ` before what is quoted, and characters for their
/// names. A text that neither has tags of HTML nor named characters is not changed.
pub fn plain_text(text: &str) -> Cow<'_, str> {
    let has_tags = text.match_indices('<').any(|(at, _)| tag_at(text, at).is_some_and(|tag| tag.shows_html()));
    let has_characters = || text.match_indices('&').any(|(at, _)| character_at(text, at).is_some());
    if !has_tags && !has_characters() {
        return Cow::Borrowed(text);
    }
    let mut writer = Writer { plain: String::with_capacity(text.len()), ..Writer::default() };
    writer.read(text, has_tags);
    Cow::Owned(writer.plain)
}

/// An element that is quoted, while it is open.
struct Quotation {
    name: String,
    /// How many elements of this name are open, with itself.
    depth: usize,
}

/// The plain text as far as it is written.
#[derive(Default)]
struct Writer {
    plain: String,
    quotation: Option<Quotation>,
    /// Whether a tag ended the last line; line breaks that follow in the source are then no lines.
    is_broken_by_tag: bool,
    /// Elements without an end, of those that are dropped as a whole.
    endless: Vec<String>,
}

impl Writer {
    fn read(&mut self, text: &str, has_tags: bool) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let plain_length =
                rest.find(|c| c == '&' || has_tags && matches!(c, '<' | '\n' | '\r')).unwrap_or(rest.len());
            if plain_length > 0 {
                self.write(rest.get(..plain_length).unwrap_or_default());
                at += plain_length;
                continue;
            }
            if let Some((character, length)) = character_at(text, at) {
                self.write(character.encode_utf8(&mut [0; 4]));
                at += length;
            } else if let Some(tag) = tag_at(text, at).filter(|tag| has_tags && tag.is_html()) {
                at = self.pass(text, &tag);
            } else {
                let c = rest.chars().next().unwrap_or_default();
                if matches!(c, '\n' | '\r') {
                    self.break_source_line(c)
                } else {
                    self.write(rest.get(..1).unwrap_or_default())
                }
                at += 1;
            }
        }
    }

    fn write(&mut self, text: &str) {
        let is_line_start = self.plain.is_empty() || self.plain.ends_with('\n');
        if is_line_start && text.trim().is_empty() && self.is_broken_by_tag {
            return;
        }
        if is_line_start && self.quotation.is_some() {
            self.plain.push_str("> ");
        }
        self.plain.push_str(text);
        self.is_broken_by_tag = false;
    }

    /// Ends the line where the source does.
    fn break_source_line(&mut self, line_break: char) {
        if !self.is_broken_by_tag {
            self.plain.push(line_break);
        }
    }

    /// Ends the line, if it has begun.
    fn break_line(&mut self) {
        if !self.plain.is_empty() && !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
        self.is_broken_by_tag = true;
    }

    /// Leaves one line blank.
    fn leave_line(&mut self) {
        self.break_line();
        if !self.plain.is_empty() && !self.plain.ends_with("\n\n") {
            self.plain.push('\n');
        }
    }

    /// Does what a tag says and returns where to read on.
    fn pass(&mut self, text: &str, tag: &Tag<'_>) -> usize {
        match tag.effect() {
            Effect::Nothing => {}
            Effect::Line if self.is_broken_by_tag => self.leave_line(),
            Effect::Line | Effect::Block => self.break_line(),
            Effect::Paragraph if tag.is_end => self.leave_line(),
            Effect::Paragraph => self.break_line(),
            Effect::Cell if tag.is_end => self.plain.push('\t'),
            Effect::Cell => {}
            Effect::Dropped if tag.is_end => {}
            Effect::Dropped => return self.end_of_dropped(text, tag),
        }
        self.follow_quotation(text, tag);
        tag.end
    }

    /// One past the end of an element that is dropped as a whole; without an end, only its tag is.
    fn end_of_dropped(&mut self, text: &str, tag: &Tag<'_>) -> usize {
        if self.endless.contains(&tag.name) {
            return tag.end;
        }
        if tag.name == COMMENT {
            if let Some(length) = text.get(tag.end..).and_then(|rest| rest.find("-->")) {
                return tag.end + length + "-->".len();
            }
        } else if let Some(end) = end_of_element(text, tag) {
            return end;
        }
        self.endless.push(tag.name.clone());
        tag.end
    }

    /// Opens or closes what is quoted.
    fn follow_quotation(&mut self, text: &str, tag: &Tag<'_>) {
        let Some(quotation) = &mut self.quotation else {
            if tag.opens_quotation() && !is_forward(text, tag.end) {
                self.break_line();
                self.quotation = Some(Quotation { name: tag.name.clone(), depth: 1 });
            }
            return;
        };
        if quotation.name != tag.name || tag.is_empty {
            return;
        }
        if tag.is_end {
            quotation.depth -= 1
        } else {
            quotation.depth += 1
        }
        if quotation.depth == 0 {
            self.break_line();
            self.quotation = None;
        }
    }
}

/// One past the end of the element that this tag begins.
fn end_of_element(text: &str, tag: &Tag<'_>) -> Option<usize> {
    let mut at = tag.end;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("</")) {
        at += found;
        if let Some(end) = tag_at(text, at).filter(|end| end.is_end && end.name == tag.name) {
            return Some(end.end);
        }
        at += "</".len();
    }
    None
}

/// Whether what begins here soon says that it is mail passed on.
fn is_forward(text: &str, start: usize) -> bool {
    let end = (start + FORWARD_BYTES_MAX).min(text.len());
    let end = (start..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(start);
    let mut writer = Writer::default();
    writer.read(text.get(start..end).unwrap_or_default(), false);
    names_forward(&writer.plain)
}
