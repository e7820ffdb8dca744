//! Tells the references whose letters read as a currency, and the tax numbers, from the amounts that a letter is about: `FR20418` is no
//! sum in francs.

use super::amounts::AmountMention;
use super::cues::{Cue, Cues};
use super::currencies::is_sum;
use super::invoices::FoundInvoice;
use super::pieces::Pieces;

/// Digits of a French VAT number behind its `FR`: a key of two and the nine of the company.
const FRENCH_VAT_DIGITS: usize = 11;
/// Digits from which a number behind a word for tax is a tax number.
const TAX_DIGITS_MIN: usize = 9;

/// Whether an amount is an invoice number that begins with letters for a currency, or a tax number, and not written as a sum.
pub fn is_signed_reference(pieces: &Pieces, amount: &AmountMention, invoices: &[FoundInvoice]) -> bool {
    let number = &amount.number;
    let digit_count: usize = (number.first..number.end).filter_map(|index| pieces.digits(index)).map(str::len).sum();
    let before = number.first.checked_sub(1).filter(|before| *before >= amount.first);
    let sign = before.and_then(|index| pieces.letters(index));
    if sign == Some("fr") && digit_count == FRENCH_VAT_DIGITS && number.decimal_count == 0 {
        return true;
    }
    if is_sum(number) || number.has_multiplier {
        return false;
    }
    let is_begun_by_sign = sign.is_some() && pieces.is_joined(number.first);
    let is_in_invoice =
        || invoices.iter().any(|found| found.first_piece <= amount.first && number.end <= found.end_piece);
    let is_behind_tax = || {
        let cues = Cues::read(pieces);
        matches!(cues.left(pieces, amount.first), Some((Cue::Tax, _)))
    };
    is_begun_by_sign && is_in_invoice() || digit_count >= TAX_DIGITS_MIN && is_behind_tax()
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::*;

    /// The values of the amounts of a text that are no references; the number that begins with `invoice` is found as an invoice.
    fn sums(text: &str, invoice: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let start = text.find(invoice).unwrap();
        let end = start + invoice.len();
        let first_piece = pieces.iter().position(|piece| piece.start == start).unwrap();
        let end_piece = pieces.iter().position(|piece| piece.end == end).unwrap() + 1;
        let found =
            [FoundInvoice { start, end, first_piece, end_piece, probability: 0.9, known_index: None, stem: None }];
        let amounts = find_amounts(&pieces, &[]);
        let sums = amounts.iter().filter(|amount| !is_signed_reference(&pieces, amount, &found));
        sums.map(|amount| amount.value().to_string()).collect()
    }

    #[test]
    fn references_with_the_letters_of_a_currency_are_no_sums() {
        for (text, invoice) in
            [("la facture FR20418 est en double", "FR20418"), ("Rechnung R20418 ist doppelt", "R20418")]
        {
            assert_eq!(sums(text, invoice), [""; 0], "{text}");
        }
        assert_eq!(sums("TVA FR40303265045, facture 118204", "118204"), ["118204"]);
        assert_eq!(sums("facture 118204. TVA FR 40 303 265 045", "118204"), ["118204"]);
        assert_eq!(sums("USt-IdNr. 812345678, Rechnung 118204", "118204"), ["118204"]);
    }

    #[test]
    fn sums_with_the_letters_of_a_currency_stay() {
        assert_eq!(sums("invoice 118204 is R1340 too high", "118204"), ["118204", "1340"]);
        assert_eq!(sums("R1,340.00 on the invoice 118204", "118204"), ["1340.00", "118204"]);
        assert_eq!(sums("VAT 1,234,567.00 on 118204", "118204"), ["1234567.00", "118204"]);
        assert_eq!(sums("Fr. 1200 auf 118204", "118204"), ["1200", "118204"]);
    }
}
