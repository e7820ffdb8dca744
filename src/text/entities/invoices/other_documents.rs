//! Tells that the words in front of a number call it another document's or thing's than an invoice's: `Kundennummer 4471`, `pakbon 2231`.

use crate::text::entities::pieces::{PieceKind, Pieces};

use super::announced::{ends_ordinal, is_invoice_noun, is_invoice_number_noun, is_number_word};
use super::other_nouns::{Naming, is_abbreviation, is_other_number_noun, is_place, is_supplier, naming_of};
use super::references::{goes_up, shapes};

/// Pieces in front of the number that are looked at.
const PIECES_BEFORE_MAX: usize = 8;
/// Pieces in front of a noun in which the word stands that makes a phrase of it.
const PHRASE_PIECES_MAX: usize = 3;
/// Pieces in front of a noun in which an invoice is named with it.
const PAIR_PIECES_MAX: usize = 6;
/// Letters up to which a word for `number` is cut short where a full stop follows.
const SHORT_LETTERS_MAX: usize = 4;
/// Digits of the ends of a range of pages or positions.
const RANGE_DIGITS_MAX: usize = 3;
/// Digits of a group behind another, as in `LS 88 4012`.
const GROUP_DIGITS_MAX: usize = 5;

/// How surely a number is another document's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is no invoice's.
    Certain,
    /// It is no invoice's where the message names one beside it that is not of its series.
    Beside,
    /// It is an invoice's as well, for an invoice is named with the other document.
    Shared,
}

/// What is claimed of each reference, in their order: by the words in front of it, or with the one before it in a list.
pub fn claims_of(pieces: &Pieces, references: &[(usize, usize)]) -> Vec<Option<Claim>> {
    let mut claims: Vec<Option<Claim>> = Vec::with_capacity(references.len());
    for (index, reference) in references.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|previous| references.get(previous));
        let is_inherited = previous.is_some_and(|previous| goes_on(pieces, *previous, *reference));
        let inherited = claims.last().copied().flatten().filter(|_| is_inherited);
        claims.push(inherited.or_else(|| claim_of(pieces, *reference)));
    }
    claims
}

/// What the words in front of the reference claim.
fn claim_of(pieces: &Pieces, (first, end): (usize, usize)) -> Option<Claim> {
    if matches!(pieces.letters(first), Some("rma" | "ncr")) && pieces.is_joined(first + 1) {
        return Some(Claim::Certain);
    }
    let (noun, between) = noun_before(pieces, first)?;
    if is_short_range(pieces, first, end) && is_place(pieces.folded(noun)) {
        return Some(Claim::Certain);
    }
    let (noun, naming) = named_by(pieces, noun, between)?;
    let says_number = between.says_number || is_other_number_noun(pieces.folded(noun));
    let is_loose = between.is_loose && !says_number;
    if is_loose || ends_sentence(pieces, noun) {
        return None;
    }
    if is_named_with_invoice(pieces, noun) {
        return Some(Claim::Shared);
    }
    let is_bare = end == first + 1 && pieces.digits(first).is_some();
    let is_certain = match naming {
        Naming::Always => true,
        Naming::Plainly => says_number || is_bare && !between.is_apart,
        Naming::Numbered => says_number,
    };
    Some(if is_certain { Claim::Certain } else { Claim::Beside })
}

/// The noun that names another document, and how: the given one, or the one that it is put to, `contrat de maintenance n° 20117`.
fn named_by(pieces: &Pieces, noun: usize, between: Between) -> Option<(usize, Naming)> {
    let word = pieces.folded(noun);
    if is_invoice_noun(word) || is_invoice_number_noun(word) {
        return None;
    }
    if is_other_number_noun(word) {
        return Some((noun, Naming::Always));
    }
    if is_supplier(word) && between.says_reference {
        return None;
    }
    let naming = |noun: usize| naming_of(pieces.folded(noun), |word| stands_before(pieces, noun, word));
    if let Some(naming) = naming(noun) {
        return Some((noun, naming));
    }
    let is_of = noun > 0 && matches!(pieces.letters(noun - 1), Some("de" | "di" | "do" | "da" | "del" | "of"));
    let head = noun.checked_sub(2).filter(|_| is_of && between.says_number)?;
    naming(head).filter(|naming| *naming != Naming::Numbered).map(|naming| (head, naming))
}

/// Whether the reference is two small numbers of which the second is higher: `2-3`.
fn is_short_range(pieces: &Pieces, first: usize, end: usize) -> bool {
    let number = |index: usize| {
        let digits = pieces.digits(index).filter(|digits| digits.len() <= RANGE_DIGITS_MAX);
        digits.and_then(|digits| digits.parse::<u32>().ok())
    };
    let is_dashed = end == first + 3 && matches!(pieces.mark(first + 1), Some('-' | '–' | '‑'));
    is_dashed && matches!((number(first), number(first + 2)), (Some(low), Some(high)) if low < high)
}

/// What stands between a noun and its number.
#[derive(Debug, Clone, Copy, Default)]
struct Between {
    /// A word for `number` or `reference`.
    says_number: bool,
    /// A word for `reference`.
    says_reference: bool,
    /// A colon or a dash.
    is_apart: bool,
    /// A bracket or a verb.
    is_loose: bool,
}

/// The nearest word in front of a number in its line that is no word for `number`; none behind other marks and figures.
fn noun_before(pieces: &Pieces, first: usize) -> Option<(usize, Between)> {
    let mut between = Between::default();
    for index in (first.saturating_sub(PIECES_BEFORE_MAX)..first).rev() {
        match pieces.get(index)?.kind {
            PieceKind::Mark('#' | '№') => between.says_number = true,
            PieceKind::Mark(':') => between.is_apart = true,
            PieceKind::Mark('-') => between.is_apart |= !pieces.is_joined(index),
            PieceKind::Mark('(') => between.is_loose = true,
            PieceKind::Mark('.' | '°') => {}
            PieceKind::Letters => {
                let word = pieces.folded(index);
                let is_number = is_number_word(word) && !is_other_number_noun(word) && !is_invoice_number_noun(word);
                let is_reference = is_reference_word(word);
                if is_number || is_reference || ends_ordinal(pieces, index) {
                    if word.len() > SHORT_LETTERS_MAX && pieces.mark(index + 1) == Some('.') {
                        return None;
                    }
                    between.says_number = true;
                    between.says_reference |= is_reference;
                } else if matches!(word, "is" | "ist" | "lautet" | "est" | "es") {
                    between.is_loose = true;
                } else {
                    return Some((index, between));
                }
            }
            PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break => return None,
        }
    }
    None
}

/// Whether this folded word stands for `number` behind the name of what is numbered, as in `mandate ref. MX-1`.
fn is_reference_word(word: &str) -> bool {
    matches!(word, "ref" | "reference" | "referenz" | "referencia" | "riferimento" | "rif" | "kenmerk" | "code" | "id")
}

/// Whether the folded word stands shortly in front of the noun, in its line.
fn stands_before(pieces: &Pieces, noun: usize, word: &str) -> bool {
    let before = (noun.saturating_sub(PHRASE_PIECES_MAX)..noun).rev();
    let mut words = before.map_while(|index| pieces.letters(index));
    words.any(|before| before == word)
}

/// Whether a full stop behind the noun ends a sentence.
fn ends_sentence(pieces: &Pieces, noun: usize) -> bool {
    let stop = noun + 1;
    pieces.mark(stop) == Some('.') && pieces.mark(stop + 1) != Some('-') && !is_abbreviation(pieces.folded(noun))
}

/// Whether an invoice is named with the noun, as in `invoice and delivery note 7711`.
fn is_named_with_invoice(pieces: &Pieces, noun: usize) -> bool {
    let start = noun.saturating_sub(PAIR_PIECES_MAX);
    let is_end = |index: &usize| {
        pieces.letters(*index).is_none() && !matches!(pieces.mark(*index), Some('&' | '+' | '/' | '.' | '-' | '°'))
    };
    let start = (start..noun).rev().find(is_end).map_or(start, |end| end + 1);
    let is_and = |index: &usize| {
        matches!(pieces.mark(*index), Some('&' | '+' | '/'))
            || matches!(pieces.letters(*index), Some("and" | "or" | "und" | "oder" | "et" | "ou" | "y" | "e" | "ed"))
            || matches!(pieces.letters(*index), Some("o" | "en" | "of" | "sowie"))
    };
    let Some(and) = (start..noun).rev().find(is_and) else { return false };
    let mut words = (start..and).rev().filter_map(|index| pieces.letters(index));
    words.find(|word| !is_number_word(word)).is_some_and(|word| is_invoice_noun(word) || is_invoice_number_noun(word))
}

/// Whether a reference goes on with the one before: the next number of a list, or the next group of digits.
fn goes_on(pieces: &Pieces, previous: (usize, usize), (first, end): (usize, usize)) -> bool {
    let (Some(low), Some(high)) = (pieces.digits(previous.1 - 1), pieces.digits(end - 1)) else { return false };
    if previous.1 == first {
        return end == first + 1 && high.len() <= GROUP_DIGITS_MAX;
    }
    let is_connector = |index: usize| match pieces.get(index).map(|piece| piece.kind) {
        Some(PieceKind::Mark(mark)) => matches!(mark, ',' | ';' | '&' | '+' | '/'),
        Some(PieceKind::Letters) => {
            matches!(pieces.folded(index), "and" | "und" | "et" | "y" | "e" | "ed" | "en" | "sowie" | "or")
        }
        Some(PieceKind::Digits | PieceKind::Break) | None => false,
    };
    (previous.1..first).all(is_connector)
        && goes_up(low, high)
        && shapes(pieces, previous.0, previous.1) == shapes(pieces, first, end)
}

#[cfg(test)]
mod tests {
    use super::super::references::find_references;
    use super::*;

    fn claims(text: &str) -> Vec<Option<Claim>> {
        let pieces = Pieces::read_whole(text);
        claims_of(&pieces, &find_references(&pieces))
    }

    #[test]
    fn numbers_behind_the_names_of_other_documents_are_claimed() {
        for text in [
            "our PO 45001",
            "Our account no. 4471",
            "mandate ref. MX-99812",
            "returned on RMA-1187",
            "Kd.-Nr. 774120",
            "Kundennummer: 4471",
            "Das SEPA-Mandat MX-99812",
            "laut Rahmenvertrag 20117",
            "bon de livraison 2210",
            "bon de livraison n° BL-2210",
            "n° client 4471",
            "le mandat SEPA MX-99812",
            "el pedido 8812",
            "N.º de cliente 4471",
            "albarán n.º 2231",
            "DDT 554",
            "DDT n. 554",
            "il mandato SDD MX-99812",
            "pakbon 2231",
            "klantnr. 8813",
            "guia de remessa 2231",
            "a autorização de débito MX-99812",
            "Rechnung zu Auftrag 88120",
            "Debiteurnr. 30114",
            "contrat de maintenance n° 20117",
            "vendor 20344",
            "pagine 2-3",
            "Positionen 3-4",
        ] {
            assert_eq!(claims(text), [Some(Claim::Certain)], "{text}");
        }
    }

    #[test]
    fn numbers_of_unsure_names_are_claimed_beside_an_invoice() {
        for text in [
            "DN 774120",
            "LS 774120",
            "Customer: 88200",
            "commande LD-2615",
            "Ticket 88213",
            "Kd. 4471",
            "mi mandate V-11",
        ] {
            assert_eq!(claims(text), [Some(Claim::Beside)], "{text}");
        }
    }

    #[test]
    fn numbers_of_invoices_and_of_no_name_are_not_claimed() {
        for text in [
            "invoice 60022",
            "the order. 60022 is wrong",
            "the project (60022)",
            "mão de obra da fatura número 14408",
            "there's 98-110",
            "the case number. 26-80441",
            "vendor ref 36022",
            "pages 26-118-3",
            "delivery note\n7711",
            "please note 60022",
            "LS-774120",
            "Belegnummer 60022",
            "our order, 60022",
        ] {
            assert_eq!(claims(text), [None], "{text}");
        }
        assert_eq!(claims("LS 774120, RE 118204"), [Some(Claim::Beside), None]);
        assert_eq!(claims("Lieferschein 2231, 118204"), [Some(Claim::Certain), None]);
    }

    #[test]
    fn numbers_of_an_invoice_and_another_document_are_shared() {
        for text in [
            "invoices and delivery notes 7711",
            "Rechnung und Lieferschein Nr. 7711",
            "Factura y albarán 7711",
            "Fatura / guia 7711",
        ] {
            assert_eq!(claims(text), [Some(Claim::Shared)], "{text}");
        }
    }

    #[test]
    fn lists_and_groups_go_on() {
        let certain = Some(Claim::Certain);
        assert_eq!(claims("Lieferscheine 8812, 8813 und 8815"), [certain; 3]);
        assert_eq!(claims("bon de livraison 88 4012"), [certain; 2]);
        assert_eq!(claims("pedidos 88120/88130, factura 88140"), [certain, certain, None]);
    }
}
