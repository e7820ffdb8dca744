//! Tells that the words in front of a number say outright that it is an invoice's: `Rechnung Nr. 118204`, `n° de facture 118204`.

use crate::text::entities::pieces::{PieceKind, Pieces};

/// Pieces in front of the number that are looked at.
const PIECES_BEFORE_MAX: usize = 8;

/// Whether this folded word stands for `number`, alone or at the end of a compound such as `RgNr`.
pub fn is_number_word(word: &str) -> bool {
    matches!(
        word,
        "n" | "no"
            | "nos"
            | "nr"
            | "nro"
            | "nbr"
            | "num"
            | "nums"
            | "numero"
            | "numeros"
            | "numeri"
            | "number"
            | "numbers"
            | "nummer"
            | "nummern"
            | "nummers"
    ) || word.len() > 2 && word.ends_with("nr")
}

/// Whether this folded word is an invoice, as a whole word, and nothing else.
pub fn is_invoice_noun(word: &str) -> bool {
    matches!(
        word,
        "invoice"
            | "invoices"
            | "inv"
            | "bill"
            | "rechnung"
            | "rechnungs"
            | "rechnungen"
            | "rechn"
            | "rg"
            | "re"
            | "facture"
            | "factures"
            | "fact"
            | "factura"
            | "facturas"
            | "fra"
            | "fras"
            | "fattura"
            | "fatture"
            | "fatt"
            | "fatura"
            | "faturas"
            | "factuur"
            | "facturen"
            | "faktura"
            | "fiscal"
            | "fiscais"
            | "nf"
            | "nfe"
    )
}

/// Whether this folded word is an invoice, written out: glued to a number it is no part of it.
pub fn is_full_invoice_noun(word: &str) -> bool {
    matches!(word, "invoice" | "rechnung" | "facture" | "factura" | "fattura" | "fatura" | "factuur" | "faktura")
}

/// Whether this folded word is one that stands before the numbers of invoices or credit notes, as `FT` in `FT 12/3`.
pub fn is_document_prefix(word: &str) -> bool {
    matches!(
        word,
        "ft" | "fpa" | "fpr" | "fac" | "fat" | "fct" | "fe" | "fa" | "fs" | "fr" | "fc" | "fv" | "fp" | "f" | "rf"
    ) || matches!(
        word,
        "r" | "v" | "n" | "re" | "rg" | "rn" | "inv" | "si" | "nf" | "nfe" | "nfs" | "nc" | "nd" | "cn" | "cr"
    )
}

/// Whether this folded word is an invoice number, in one word.
pub fn is_invoice_number_noun(word: &str) -> bool {
    matches!(
        word,
        "rechnungsnummer"
            | "rechnungsnummern"
            | "rechnungsnr"
            | "rechnungnr"
            | "rechnr"
            | "rgnr"
            | "renr"
            | "factuurnummer"
            | "factuurnummers"
            | "factuurnr"
    )
}

/// Whether the pieces in front of the number at `first` name an invoice and say `number`, in one line, or are glued to it.
pub fn is_announced(pieces: &Pieces, first: usize) -> bool {
    let mut says_number = pieces.is_joined(first)
        && first.checked_sub(1).and_then(|index| pieces.letters(index)).is_some_and(is_full_invoice_noun);
    for index in (first.saturating_sub(PIECES_BEFORE_MAX)..first).rev() {
        match pieces.get(index).map(|piece| piece.kind) {
            Some(PieceKind::Mark('#' | '№')) => says_number = true,
            Some(PieceKind::Mark(':')) if !says_number => {}
            Some(PieceKind::Mark('.' | '-' | '°')) => {}
            Some(PieceKind::Letters) => {
                let word = pieces.folded(index);
                if is_invoice_number_noun(word) {
                    return true;
                }
                if is_invoice_noun(word) {
                    return !is_of_another_kind(pieces, index) && (says_number || says_number_of(pieces, index));
                }
                let is_number = is_number_word(word) || ends_ordinal(pieces, index);
                let is_between = says_number && matches!(word, "n" | "mit" | "der" | "met" | "with" | "the");
                if !is_number && !is_between {
                    return false;
                }
                says_number = true;
            }
            Some(PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break) | None => return false,
        }
    }
    false
}

/// Whether this is the raised `o` of `n.º`.
pub fn ends_ordinal(pieces: &Pieces, index: usize) -> bool {
    pieces.letters(index) == Some("o")
        && index.checked_sub(2).is_some_and(|at| pieces.mark(at + 1) == Some('.') && pieces.letters(at) == Some("n"))
}

/// Whether the word before an invoice noun makes it something else than an invoice to be paid.
fn is_of_another_kind(pieces: &Pieces, noun: usize) -> bool {
    let before = noun.checked_sub(1).and_then(|index| pieces.letters(index));
    match pieces.folded(noun) {
        "fiscal" | "fiscais" => !matches!(before, Some("nota" | "notas")),
        _ => matches!(before, Some("credit" | "proforma" | "forma")),
    }
}

/// Whether `number of` stands before the noun, as in `n° de facture` and `numero fattura`.
fn says_number_of(pieces: &Pieces, noun: usize) -> bool {
    let mut index = noun;
    for _ in 0..4 {
        let Some(before) = index.checked_sub(1) else { return false };
        index = before;
        match pieces.letters(index) {
            Some("de" | "da" | "di" | "della" | "do" | "la" | "of" | "the" | "van") => {}
            Some(word) => return is_number_word(word) || ends_ordinal(pieces, index),
            None if matches!(pieces.mark(index), Some('.' | '°')) => {}
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announces(text: &str) -> bool {
        let pieces = Pieces::read_whole(text);
        (0..pieces.len())
            .find(|index| pieces.digits(*index).is_some())
            .is_some_and(|first| is_announced(&pieces, first))
    }

    #[test]
    fn an_invoice_noun_with_a_number_word_announces_its_number() {
        for text in [
            "Ihre Rechnung Nr. 118204 vom 12.03.2025",
            "die Rechnungs-Nr. 118204",
            "zu Rg.-Nr.: 118204",
            "Rechnungsnummer 118204",
            "Rechnung mit der Nummer 118204",
            "la facture n° 118204",
            "la facture numéro 118204",
            "N° de facture : 118204",
            "invoice number 118204",
            "Invoice No. 118204",
            "invoice # 118204",
            "la factura número 118204",
            "fra. nº 118204",
            "fattura n. 118204",
            "numero della fattura 118204",
            "factuur nr. 118204",
            "factuur met nummer 118204",
            "a fatura n.º 118204",
            "nota fiscal nº 118204",
            "rechnung118204",
        ] {
            assert!(announces(text), "{text}");
        }
    }

    #[test]
    fn other_documents_and_bare_nouns_announce_none() {
        for text in [
            "credit note no. 118204",
            "your credit invoice no. 118204",
            "Gutschrift Nr. 118204",
            "order number 118204 on the invoice",
            "facture de la commande n° 118204",
            "customer number 118204",
            "Lieferschein Nr. 118204",
            "no facturan n° 118204",
            "Re: No. 118204",
            "Rechnung 2025",
            "Rechnung, Nr. 118204",
            "direção fiscal nº 118204",
            "invoice\nno. 118204",
        ] {
            assert!(!announces(text), "{text}");
        }
    }
}
