//! Puts together the numbers of invoices that are written with blanks: `118 204` and `2026 / 118`.

use crate::text::entities::cues::{Cue, Cues};
use crate::text::entities::pieces::{PieceKind, Pieces};
use crate::text::entities::scales::starts_currency;

use super::announced::is_announced;
use super::{FoundInvoice, normalised};

/// Digits of every group behind the first.
const GROUP_DIGITS: usize = 3;
/// Groups behind the first.
const GROUPS_MAX: usize = 2;
/// Most digits of a number that is counted within a year.
const COUNT_DIGITS_MAX: usize = 6;
/// Pieces in front of a number in which its noun stands.
const PIECES_BEFORE_MAX: usize = 8;

/// One past the last group of an announced number in groups, `Rechnung Nr. 118 204`; none where only one number is announced as one
/// piece, where several are, and where the groups behind are a sum or a count.
pub fn announced_group_end(pieces: &Pieces, cues: &Cues, first: usize) -> Option<usize> {
    pieces.digits(first).filter(|digits| digits.len() <= GROUP_DIGITS)?;
    let is_group = |index: usize| {
        pieces.digits(index).is_some_and(|digits| digits.len() == GROUP_DIGITS) && !pieces.is_joined(index)
    };
    let group_count = (first + 1..=first + 1 + GROUPS_MAX).take_while(|index| is_group(*index)).count();
    let end = first + 1 + group_count;
    let goes_on = pieces.is_joined(end)
        && match pieces.get(end).map(|piece| piece.kind) {
            Some(PieceKind::Letters | PieceKind::Digits) => true,
            Some(PieceKind::Mark(',' | '.')) => pieces.digits(end + 1).is_some() && pieces.is_joined(end + 1),
            Some(PieceKind::Mark(mark)) => matches!(mark, '-' | '/' | '%'),
            Some(PieceKind::Break) | None => false,
        };
    let is_counted = starts_currency(pieces, end)
        || pieces.mark(end) == Some('%')
        || pieces.digits(end).is_some()
        || matches!(cues.right(pieces, end), Some((Cue::Unit, 1)));
    let is_whole = (1..=GROUPS_MAX).contains(&group_count) && !goes_on && !is_counted;
    (is_whole && is_announced(pieces, first) && !names_several(pieces, first)).then_some(end)
}

/// Whether a word in front of the number in its line stands for several invoices or numbers.
fn names_several(pieces: &Pieces, first: usize) -> bool {
    let before = (first.saturating_sub(PIECES_BEFORE_MAX)..first).rev();
    let mut words = before
        .take_while(|index| pieces.get(*index).is_some_and(|piece| piece.kind != PieceKind::Break))
        .filter_map(|index| pieces.letters(index));
    words.any(|word| {
        matches!(word, "invoices" | "bills" | "rechnungen" | "factures" | "facturas" | "fras" | "fatture" | "faturas")
            || matches!(word, "facturen" | "notas" | "nos" | "nums" | "numeros" | "numeri" | "numbers" | "nummern")
            || matches!(word, "rechnungsnummern" | "factuurnummers" | "nummers" | "numbers")
    })
}

/// Joins a year and the number counted within it, `2026 / 118` or `118 / 2026`, where both were found. `known_index` tells which open
/// invoice the whole means, in its normalised form.
pub fn join_years(pieces: &Pieces, found: &mut Vec<FoundInvoice>, known_index: impl Fn(&str) -> Option<usize>) {
    let mut index = 0;
    while let (Some(one), Some(next)) = (found.get(index).copied(), found.get(index + 1).copied()) {
        if is_within_year(pieces, &one, &next) {
            let whole = normalised(pieces, one.first_piece, next.end_piece);
            let joined = FoundInvoice {
                end: next.end,
                end_piece: next.end_piece,
                probability: one.probability.max(next.probability),
                known_index: known_index(&whole),
                ..one
            };
            found.splice(index..index + 2, [joined]);
        }
        index += 1;
    }
}

/// Whether two bare numbers beside a slash are a year and a number within it.
fn is_within_year(pieces: &Pieces, one: &FoundInvoice, next: &FoundInvoice) -> bool {
    let is_bare = |found: &FoundInvoice| found.end_piece == found.first_piece + 1;
    let is_year = |digits: &str| digits.len() == 4 && digits.starts_with("20");
    let (Some(left), Some(right)) = (pieces.digits(one.first_piece), pieces.digits(next.first_piece)) else {
        return false;
    };
    let is_beside = pieces.mark(one.end_piece) == Some('/') && next.first_piece == one.end_piece + 1;
    let is_count = |digits: &str| !is_year(digits) && digits.len() <= COUNT_DIGITS_MAX;
    is_bare(one) && is_bare(next) && is_beside && (is_year(left) && is_count(right) || is_count(left) && is_year(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(text: &str) -> Option<&str> {
        let pieces = Pieces::read_whole(text);
        let first = (0..pieces.len()).find(|index| pieces.digits(*index).is_some()).unwrap();
        let end = announced_group_end(&pieces, &Cues::read(&pieces), first)?;
        Some(&text[pieces.get(first).unwrap().start..pieces.get(end - 1).unwrap().end])
    }

    #[test]
    fn the_groups_of_an_announced_number_are_one() {
        for text in [
            "Auf Rechnung Nr. 118 204 ist",
            "invoice no. 118 204.",
            "la factura n.º 118 204 el porte",
            "facture n° 118 204",
        ] {
            assert_eq!(grouped(text), Some("118 204"), "{text}");
        }
        assert_eq!(grouped("fattura n. 1 118 204"), Some("1 118 204"));
    }

    #[test]
    fn sums_counts_and_several_numbers_are_none() {
        for text in [
            "Rechnungen Nr. 118 204 und 331",
            "invoice no. 118 204.50 off",
            "Rechnung Nr. 118 204 €",
            "factuur nr. 118 204 stuks",
            "invoice 118 204",
            "Lieferschein Nr. 118 204",
            "invoice no. 118 12 boxes",
            "invoice no. 118204 331",
        ] {
            assert_eq!(grouped(text), None, "{text}");
        }
    }

    fn joined(text: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let figures = (0..pieces.len()).filter(|index| pieces.digits(*index).is_some());
        let mut found: Vec<FoundInvoice> = figures
            .map(|index| {
                let piece = pieces.get(index).unwrap();
                let (start, end) = (piece.start, piece.end);
                FoundInvoice {
                    start,
                    end,
                    first_piece: index,
                    end_piece: index + 1,
                    probability: 0.9,
                    known_index: None,
                    stem: None,
                }
            })
            .collect();
        join_years(&pieces, &mut found, |number| (number == "2026118").then_some(7));
        assert!(found.iter().all(|one| (one.number(text) == "2026 / 118") == (one.known_index == Some(7))));
        found.iter().map(|one| one.number(text)).collect()
    }

    #[test]
    fn a_year_and_its_number_are_joined() {
        assert_eq!(joined("factuur 2026 / 118 en 331"), ["2026 / 118", "331"]);
        assert_eq!(joined("fattura 118 / 2026"), ["118 / 2026"]);
        for text in ["118204 / 118205", "2025 / 2026", "2026, 118"] {
            assert_eq!(joined(text).len(), 2, "{text}");
        }
    }
}
