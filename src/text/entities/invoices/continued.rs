//! Completes the numbers of a list that leave out what they have in common with the first, `INV-100, -101 and -102`, and adds the end
//! of a Dutch range, `20331 t/m 20333`.

use crate::text::entities::pieces::{PieceKind, Pieces};
use crate::text::entities::scales::starts_currency;

use super::references::goes_up;
use super::{FoundInvoice, normalised};

/// Digits of a number without its stem.
const DIGITS_MIN: usize = 2;
/// Most by which a number is higher of which only two digits are written.
const TWO_DIGITS_STEP_MAX: u64 = 30;
/// Pieces between two numbers of a list.
const PIECES_BETWEEN_MAX: usize = 3;

/// Adds the numbers without a stem behind each of these, and completes those that were found already. `known_index` tells which open
/// invoice a whole number means, in its normalised form.
pub fn complete_lists(pieces: &Pieces, found: &mut Vec<FoundInvoice>, known_index: impl Fn(&str) -> Option<usize>) {
    let mut index = 0;
    let mut whole = String::new();
    while let Some(one) = found.get(index).copied() {
        index += 1;
        if one.stem.is_none() {
            whole = normalised(pieces, one.first_piece, one.end_piece);
        }
        let Some(next) = continuation(pieces, &one).or_else(|| end_of_dutch_range(pieces, &one)) else { continue };
        let digits = normalised(pieces, next.first_piece, next.end_piece);
        if next.stem.is_some() {
            whole.truncate(whole.len().saturating_sub(digits.len()));
            whole.push_str(&digits);
        } else {
            whole = digits;
        }
        let next = FoundInvoice { known_index: known_index(&whole), ..next };
        let same =
            found.iter_mut().find(|other| other.first_piece < next.end_piece && next.first_piece < other.end_piece);
        match same {
            Some(other) => {
                if next.stem.is_some() {
                    *other = FoundInvoice { known_index: next.known_index.or(other.known_index), ..next };
                }
            }
            None => found.insert(index, next),
        }
    }
}

/// The number without a stem that follows `one`.
fn continuation(pieces: &Pieces, one: &FoundInvoice) -> Option<FoundInvoice> {
    let last = one.end_piece.checked_sub(1)?;
    let before = pieces.digits(last)?;
    let has_stem = last > one.first_piece || one.stem.is_some();
    let dash = (one.end_piece..one.end_piece + PIECES_BETWEEN_MAX)
        .find(|index| matches!(pieces.mark(*index), Some('-' | '–' | '‑')) && !pieces.is_joined(*index))?;
    let is_list = dash > one.end_piece && (one.end_piece..dash).all(|index| is_connector(pieces, index));
    let digits = pieces.digits(dash + 1).filter(|_| pieces.is_joined(dash + 1))?;
    let goes_on = pieces.is_joined(dash + 2)
        && match pieces.get(dash + 2).map(|piece| piece.kind) {
            Some(PieceKind::Letters | PieceKind::Digits) => true,
            Some(PieceKind::Mark(',' | '.')) => pieces.is_joined(dash + 3) && pieces.digits(dash + 3).is_some(),
            Some(PieceKind::Mark(mark)) => matches!(mark, '-' | '/' | '%' | '€' | '$' | '£' | '°'),
            Some(PieceKind::Break) | None => false,
        };
    let cut = before.len().checked_sub(digits.len())?;
    let replaced = before.get(cut..)?;
    let step_max = if digits.len() == DIGITS_MIN { TWO_DIGITS_STEP_MAX } else { u64::MAX };
    let is_near = digits.parse::<u64>().ok()?.saturating_sub(replaced.parse().ok()?) <= step_max;
    let is_next = digits.len() >= DIGITS_MIN && goes_up(replaced, digits) && is_near;
    let is_sum = starts_currency(pieces, dash + 2) || pieces.mark(dash + 2) == Some('%');
    if !(has_stem && is_list && is_next) || goes_on || is_sum {
        return None;
    }
    let (start, end) = (pieces.get(dash + 1)?.start, pieces.get(dash + 1)?.end);
    // The stem ends before the digits that this number replaces; of a completed number it is what was put in front of it.
    let stem = match one.stem {
        Some(stem) if cut == 0 => stem,
        Some(_) => return None,
        None => (one.start, one.end - digits.len()),
    };
    Some(FoundInvoice {
        start,
        end,
        first_piece: dash + 1,
        end_piece: dash + 2,
        known_index: None,
        stem: Some(stem),
        ..*one
    })
}

/// The second number of `20331 t/m 20333`, which is as long as the first and a little higher.
fn end_of_dutch_range(pieces: &Pieces, one: &FoundInvoice) -> Option<FoundInvoice> {
    let word = one.end_piece;
    let is_through = pieces.letters(word) == Some("t")
        && pieces.mark(word + 1) == Some('/')
        && pieces.letters(word + 2) == Some("m")
        && pieces.is_joined(word + 2);
    let (first_piece, length) = (word + 3, one.end_piece - one.first_piece);
    let is_same = |offset: usize| pieces.folded(first_piece + offset) == pieces.folded(one.first_piece + offset);
    let end_piece = first_piece + length;
    let (low, high) = (pieces.digits(one.end_piece - 1)?, pieces.digits(end_piece - 1)?);
    let is_range = is_through && (0..length - 1).all(is_same) && goes_up(low, high) && !pieces.is_joined(first_piece);
    let is_over = !pieces.is_joined(end_piece) || !matches!(pieces.mark(end_piece), None | Some('-' | '/' | '_'));
    let (start, end) = (pieces.get(first_piece)?.start, pieces.get(end_piece - 1)?.end);
    let found = FoundInvoice { start, end, first_piece, end_piece, known_index: None, stem: None, ..*one };
    (is_range && is_over).then_some(found)
}

fn is_connector(pieces: &Pieces, index: usize) -> bool {
    match pieces.get(index).map(|piece| piece.kind) {
        Some(PieceKind::Mark(mark)) => matches!(mark, ',' | ';' | '&' | '+' | '/'),
        Some(PieceKind::Letters) => {
            matches!(pieces.folded(index), "and" | "und" | "et" | "y" | "e" | "en" | "sowie" | "or")
        }
        Some(PieceKind::Digits | PieceKind::Break) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(text: &str, first: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let start = text.find(first).unwrap();
        let end = start + first.len();
        let piece = |at: usize| pieces.iter().position(|piece| piece.start == at);
        let first_piece = piece(start).unwrap();
        let end_piece = pieces.iter().position(|piece| piece.end == end).unwrap() + 1;
        let one = FoundInvoice { start, end, first_piece, end_piece, probability: 0.9, known_index: None, stem: None };
        let mut found = vec![one];
        complete_lists(&pieces, &mut found, |number| (number == "inv101").then_some(7));
        assert!(found.iter().all(|found| (found.number(text) == "INV-101") == (found.known_index == Some(7))));
        found.iter().map(|found| found.number(text)).collect()
    }

    #[test]
    fn numbers_without_their_stem_are_completed() {
        assert_eq!(completed("Invoices INV-100, -101 and -102.", "INV-100"), ["INV-100", "INV-101", "INV-102"]);
        assert_eq!(completed("RE-4711, -4712 und -4713", "RE-4711"), ["RE-4711", "RE-4712", "RE-4713"]);
        assert_eq!(completed("2026-4711, -12, -13", "2026-4711"), ["2026-4711", "2026-4712", "2026-4713"]);
        assert_eq!(completed("HB-2026-33, -37 & -41", "HB-2026-33"), ["HB-2026-33", "HB-2026-37", "HB-2026-41"]);
    }

    #[test]
    fn the_end_of_a_dutch_range_is_added() {
        assert_eq!(completed("facturen 20331 t/m 20333.", "20331"), ["20331", "20333"]);
        assert_eq!(completed("VF26-101 t/m VF26-104", "VF26-101"), ["VF26-101", "VF26-104"]);
        for text in ["4711 t/m 12", "4711 t/m 9000", "4711 t/m 4713-A", "4711 t/m 4709"] {
            assert_eq!(completed(text, "4711"), ["4711"], "{text}");
        }
    }

    #[test]
    fn sums_dates_and_other_references_continue_no_list() {
        for text in [
            "INV-100 -101.50",
            "INV-100, -101,50 EUR",
            "INV-100, -120% off",
            "INV-100, -10 EUR",
            "INV-100, -10 %",
            "INV-100, -99",
            "INV-100 -101",
            "INV-100, -101-7",
            "INV-100\n- 101",
            "INV-100, -101€",
        ] {
            assert_eq!(completed(text, "INV-100"), ["INV-100"], "{text}");
        }
        assert_eq!(completed("4711, -4712", "4711"), ["4711"]);
    }
}
