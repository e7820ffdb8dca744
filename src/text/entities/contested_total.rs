//! Takes the total of several invoices for the contested amount, where each is named with its sum and the message states the total.

use rust_decimal::Decimal;

use super::amounts::AmountMention;
use super::invoices::FoundInvoice;
use super::pieces::{PieceKind, Pieces};

/// Most pieces between an invoice number and its sum: a bracket, a colon, a preposition.
const BETWEEN_PIECES_MAX: usize = 3;
/// Invoices that have a total.
const INVOICES_MIN: usize = 2;

/// The stated total of the invoices where `chosen` is the sum of only one of them: every invoice has its sum behind it, and a further
/// amount is all of those together. A sum that is named twice is meant for itself.
pub fn total_instead_of<'a>(
    chosen: &AmountMention,
    pieces: &Pieces,
    amounts: &'a [AmountMention],
    invoices: &[FoundInvoice],
) -> Option<&'a AmountMention> {
    if invoices.len() < INVOICES_MIN || amounts.iter().filter(|amount| amount.value() == chosen.value()).count() > 1 {
        return None;
    }
    let sums: Option<Vec<&AmountMention>> = invoices.iter().map(|found| sum_of(found, pieces, amounts)).collect();
    let sums = sums?;
    if !sums.iter().any(|sum| sum.value() == chosen.value()) {
        return None;
    }
    let total: Decimal = sums.iter().map(|sum| sum.value()).sum();
    let is_further = |amount: &AmountMention| sums.iter().all(|sum| sum.first != amount.first);
    amounts.iter().find(|amount| amount.looks_like_money() && amount.value() == total && is_further(amount))
}

/// The sum directly behind an invoice number.
fn sum_of<'a>(found: &FoundInvoice, pieces: &Pieces, amounts: &'a [AmountMention]) -> Option<&'a AmountMention> {
    let next = amounts.iter().find(|amount| amount.first >= found.end_piece)?;
    let is_near = next.first - found.end_piece <= BETWEEN_PIECES_MAX;
    let is_open = (found.end_piece..next.first).all(|index| {
        pieces.get(index).is_some_and(|piece| match piece.kind {
            PieceKind::Letters => !piece.is_capital,
            PieceKind::Mark(mark) => matches!(mark, '(' | ':' | ',' | '-' | '–' | '='),
            PieceKind::Digits | PieceKind::Break => false,
        })
    });
    (is_near && is_open && next.looks_like_money()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::*;

    /// What is taken instead of the first sum, with the numbers that begin with `RE-` found as invoices.
    fn instead_of_first(text: &str) -> Option<String> {
        let pieces = Pieces::read_whole(text);
        let amounts = find_amounts(&pieces, &[]);
        let mut invoices = Vec::new();
        for (start, _) in text.match_indices("RE-") {
            let end = start + "RE-1188".len();
            let first_piece = pieces.iter().position(|piece| piece.start == start).unwrap();
            let end_piece = pieces.iter().position(|piece| piece.end == end).unwrap() + 1;
            invoices.push(FoundInvoice {
                start,
                end,
                first_piece,
                end_piece,
                probability: 0.9,
                known_index: None,
                stem: None,
            });
        }
        let total = total_instead_of(&amounts[0], &pieces, &amounts, &invoices)?;
        Some(total.value().to_string())
    }

    #[test]
    fn the_stated_total_of_the_invoices_is_taken_instead_of_one_of_their_sums() {
        for text in [
            "Wir lehnen RE-1188 (26.000,00 €) und RE-1190 (15.600,00 €) ab, in Summe 41.600,00 €",
            "Nous refusons RE-1188 de 26 000,00 € et RE-1190 de 15 600,00 €, au total 41 600,00 €",
        ] {
            assert_eq!(instead_of_first(text).as_deref(), Some("41600.00"), "{text}");
        }
        for text in [
            "RE-1188 (26.000,00 €) und RE-1190 (15.600,00 €), offen 41.500,00 €",
            "RE-1188 (26.000,00 €) und RE-1190, in Summe 41.600,00 €",
            "RE-1188 (26.000,00 €) und RE-1190 (15.600,00 €), in Summe 41.600,00 €; strittig sind 26.000,00 €",
            "RE-1188 (26.000,00 €), in Summe 26.000,00 €",
        ] {
            assert_eq!(instead_of_first(text), None, "{text}");
        }
    }
}
