//! Cuts the sender's own parts of a message into runs of letters, runs of digits and single marks, with their offsets.

use std::ops::Range;

use crate::text::fold::fold_char;

/// Most pieces that are looked at; entities beyond are not found.
pub const PIECES_MAX: usize = 20_000;

/// What a piece is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Letters.
    Letters,
    /// ASCII digits.
    Digits,
    /// One character that is neither.
    Mark(char),
    /// The end of a line.
    Break,
}

/// A run of letters or digits, a mark, or a line's end.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// What it is made of.
    pub kind: PieceKind,
    /// First byte in the message.
    pub start: usize,
    /// One past the last byte in the message.
    pub end: usize,
    /// Whether white space or the start of the text stands before it.
    pub is_spaced: bool,
    /// Whether a tab or two blanks and more stand before it, as between the cells of a table.
    pub is_apart: bool,
    /// Whether it begins with a capital and has no small letter.
    pub is_capital: bool,
    /// Hash of the folded text.
    pub hash: u64,
    folded_start: u32,
    folded_end: u32,
}

/// The pieces of a message.
#[derive(Debug, Default)]
pub struct Pieces {
    list: Vec<Piece>,
    folded: String,
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hash of a text that is already folded.
pub const fn hash_of(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = FNV_OFFSET;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(FNV_PRIME);
        index += 1;
    }
    hash
}

/// Hash of what `state` stood for followed by `value`.
#[inline]
pub const fn mix(state: u64, value: u64) -> u64 {
    (state.rotate_left(7) ^ value).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

impl Pieces {
    /// Cuts these parts of `text`.
    pub fn read(text: &str, parts: &[Range<usize>]) -> Self {
        let mut pieces = Pieces { list: Vec::with_capacity(text.len() / 4), folded: String::with_capacity(text.len()) };
        for part in parts {
            if pieces.list.len() >= PIECES_MAX {
                break;
            }
            if let Some(own) = text.get(part.clone()) {
                pieces.read_part(own, part.start);
                pieces.push(PieceKind::Break, part.end, part.end, true);
            }
        }
        pieces
    }

    /// Cuts a text as a whole.
    pub fn read_whole(text: &str) -> Self {
        Pieces::read(text, std::slice::from_ref(&(0..text.len())))
    }

    fn read_part(&mut self, own: &str, offset: usize) {
        let mut chars = own.char_indices().peekable();
        let mut is_spaced = true;
        let mut blank_count = 0;
        while let Some((at, written)) = chars.next() {
            let start = offset + at;
            let c = half_width(written);
            if c == '\n' {
                self.push(PieceKind::Break, start, start + 1, true);
                (is_spaced, blank_count) = (true, 0);
                continue;
            }
            if c.is_whitespace() || c.is_control() || c == '\u{200b}' || c == '\u{feff}' {
                is_spaced = true;
                blank_count += if c == '\t' { 2 } else { 1 };
                continue;
            }
            if self.list.len() >= PIECES_MAX {
                return;
            }
            let kind = kind_of(c);
            let is_apart = blank_count > 1;
            let mut end = start + written.len_utf8();
            let folded_start = self.folded.len();
            let mut is_capital = c.is_uppercase();
            fold_char(c, |c| self.folded.push(c));
            if matches!(kind, PieceKind::Letters | PieceKind::Digits) {
                while let Some(&(next_at, next_written)) = chars.peek() {
                    let next = half_width(next_written);
                    if kind_of(next) != kind {
                        break;
                    }
                    fold_char(next, |c| self.folded.push(c));
                    is_capital &= !next.is_lowercase();
                    end = offset + next_at + next_written.len_utf8();
                    chars.next();
                }
            }
            self.finish(
                Piece { kind, start, end, is_spaced, is_apart, is_capital, hash: 0, folded_start: 0, folded_end: 0 },
                folded_start,
            );
            (is_spaced, blank_count) = (false, 0);
        }
    }

    fn push(&mut self, kind: PieceKind, start: usize, end: usize, is_spaced: bool) {
        let folded_start = self.folded.len();
        self.folded.push('\n');
        let is_apart = false;
        let piece =
            Piece { kind, start, end, is_spaced, is_apart, is_capital: false, hash: 0, folded_start: 0, folded_end: 0 };
        self.finish(piece, folded_start);
    }

    fn finish(&mut self, piece: Piece, folded_start: usize) {
        let hash = hash_of(self.folded.get(folded_start..).unwrap_or_default());
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (folded_start, folded_end) = (position(folded_start), position(self.folded.len()));
        self.list.push(Piece { hash, folded_start, folded_end, ..piece });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The piece at this index.
    pub fn get(&self, index: usize) -> Option<&Piece> {
        self.list.get(index)
    }

    /// Every piece.
    pub fn iter(&self) -> std::slice::Iter<'_, Piece> {
        self.list.iter()
    }

    /// The folded text of the piece at this index, empty beyond the end.
    pub fn folded(&self, index: usize) -> &str {
        self.list
            .get(index)
            .and_then(|piece| self.folded.get(piece.folded_start as usize..piece.folded_end as usize))
            .unwrap_or_default()
    }

    /// The mark at this index, if it is one.
    pub fn mark(&self, index: usize) -> Option<char> {
        match self.list.get(index)?.kind {
            PieceKind::Mark(c) => Some(c),
            PieceKind::Letters | PieceKind::Digits | PieceKind::Break => None,
        }
    }

    /// The digits at this index, if they are some.
    pub fn digits(&self, index: usize) -> Option<&str> {
        match self.list.get(index)?.kind {
            PieceKind::Digits => Some(self.folded(index)),
            PieceKind::Letters | PieceKind::Mark(_) | PieceKind::Break => None,
        }
    }

    /// The folded letters at this index, if they are some.
    pub fn letters(&self, index: usize) -> Option<&str> {
        match self.list.get(index)?.kind {
            PieceKind::Letters => Some(self.folded(index)),
            PieceKind::Digits | PieceKind::Mark(_) | PieceKind::Break => None,
        }
    }

    /// Whether the piece at this index follows the one before it without white space.
    pub fn is_joined(&self, index: usize) -> bool {
        self.list.get(index).is_some_and(|piece| !piece.is_spaced)
    }
}

/// The common form of a letter, figure or sign that is written in the width of a Chinese character.
#[inline]
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '￡' => '£',
        '￥' => '¥',
        '￦' => '₩',
        _ => c,
    }
}

fn kind_of(c: char) -> PieceKind {
    if c.is_ascii_digit() {
        PieceKind::Digits
    } else if c.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&c) {
        PieceKind::Letters
    } else {
        PieceKind::Mark(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_place_in_the_message() {
        let text = "Réf. FT 2025/118\n> INV-9";
        let pieces = Pieces::read(text, std::slice::from_ref(&(0..18)));
        let parts: Vec<&str> = pieces.iter().map(|piece| &text[piece.start..piece.end]).collect();
        assert_eq!(parts, ["Réf", ".", "FT", "2025", "/", "118", "\n", ""]);
        assert_eq!(pieces.folded(0), "ref");
        assert!(pieces.is_joined(1) && !pieces.is_joined(2));
    }

    #[test]
    fn full_width_figures_and_signs_are_read_as_common_ones() {
        let text = "￥１２０ Ｎ４７";
        let pieces = Pieces::read_whole(text);
        assert_eq!((pieces.mark(0), pieces.digits(1), pieces.letters(2)), (Some('¥'), Some("120"), Some("n")));
        assert_eq!(pieces.get(1).map(|piece| &text[piece.start..piece.end]), Some("１２０"));
    }
}
