//! What names a document or an article: `INV-10432`, `4400118`.

use super::{Figure, FigureKind, byte_end, byte_start};
use crate::text::entities::dates::DateMention;
use crate::text::entities::pieces::{PieceKind, Pieces};

/// References that are looked at.
const REFERENCES_MAX: usize = 6;
/// Fewest digits of a reference with capital letters.
const DIGITS_BESIDE_LETTERS_MIN: usize = 2;
/// Fewest digits of one without.
const DIGITS_ALONE_MIN: usize = 4;

/// The first runs of joined pieces that look like references and are neither dates nor sums of money.
pub(super) fn find_references(pieces: &Pieces, dates: &[DateMention], money: &[Figure]) -> Vec<Figure> {
    let mut references = Vec::new();
    let mut first = 0;
    while first < pieces.len() && references.len() < REFERENCES_MAX {
        let end = end_of_run(pieces, first);
        let reference = Figure {
            kind: FigureKind::Reference,
            value: 0,
            start: byte_start(pieces, first),
            end: byte_end(pieces, end),
        };
        let is_date = dates.iter().any(|date| date.first < end && first < date.end);
        let is_money = money.iter().any(|sum| sum.start < reference.end && reference.start < sum.end);
        if !is_date && !is_money && looks_like_reference(pieces, first..end) {
            references.push(reference);
        }
        first = end;
    }
    references
}

/// One past the pieces that are joined to this one.
fn end_of_run(pieces: &Pieces, first: usize) -> usize {
    let is_joined =
        |index: usize| pieces.is_joined(index) && pieces.get(index).is_some_and(|piece| piece.kind != PieceKind::Break);
    let mut end = first + 1;
    while is_joined(end) {
        end += 1;
    }
    end
}

fn looks_like_reference(pieces: &Pieces, mut run: std::ops::Range<usize>) -> bool {
    let digit_count: usize = run.clone().filter_map(|index| pieces.digits(index)).map(str::len).sum();
    let is_capital =
        |index: usize| pieces.get(index).is_some_and(|piece| piece.kind == PieceKind::Letters && piece.is_capital);
    digit_count >= DIGITS_ALONE_MIN || (digit_count >= DIGITS_BESIDE_LETTERS_MIN && run.any(is_capital))
}
