//! Tells the dates that a message only names from those on which something may be paid: the date of the note itself, the due date
//! of an invoice, and the date of a document.

use super::payment_words::is_payment_word;
use super::pieces::{PieceKind, Pieces};
use super::relative_words::is_one_of;
use crate::domain::time::CivilDate;

/// Pieces before the date of a note at the head of the text.
const HEAD_PIECES_MAX: usize = 3;
/// Pieces between a word for `due` and its date.
const FILLERS_MAX: usize = 4;
/// Pieces behind a due date in which something may say that payment is made on it.
const BACK_REFERENCE_PIECES_MAX: usize = 24;
/// Pieces of a document's number between its name and its date.
const DOCUMENT_PIECES_MAX: usize = 8;

/// Words for being due, before the date.
const DUE: &str = "due fallig faellig falligkeit falligkeitsdatum falligkeitstermin echeance echue exigible vence vencen vencia \
    venceu vencimiento vencida vencimento scade scadono scadeva scaduta scadenza vervalt vervallen verviel vervaldatum vervaldag";
/// Words between those and the date.
const BETWEEN: &str = "date dated day on by the was is am zum bis seit erst il el le au du del em a op per pas since datum fecha data \
    de es est ist war e era only until";
/// Words that make what is due a payment, or the due day one on which is paid.
const PAYS: &str =
    "payment paid pay zahlung zahlen bezahlt bezahlen betaling betalen paiement pago pagamento zum falls con";
/// Words behind a due date that take it up as the day of payment: `we will pay then`.
const BACK: &str = "then that dann diesem cette esa ese quella quel die nessa nesse";
/// Words for a document, before its date.
const DOCUMENTS: &str = "invoice invoices inv bill rechnung rechnungen re rg lieferschein lieferung auftrag auftragsbestatigung \
    bestellung schreiben brief mail angebot gutschrift mahnung kontoauszug facture factures fact devis commande bon avoir relance \
    livraison factura facturas fra pedido albaran abono fattura fatture ft ordine bolla ddt nota preventivo factuur facturen \
    bestelling pakbon offerte creditnota aanmaning fatura faturas encomenda guia letter order statement reminder";
/// Words between a document, or its number, and its date.
const OF: &str = "vom of du del van de da do dd";
/// Words for `number`, between the two.
const NUMBER: &str = "no nr n number nummer numero";

/// Whether the written date at `first..end` is only named.
pub fn is_only_named(
    pieces: &Pieces,
    first: usize,
    end: usize,
    date: CivilDate,
    received_on: Option<CivilDate>,
) -> bool {
    is_date_of_note(pieces, first, date, received_on)
        || is_due_date(pieces, first, end)
        || is_date_of_document(pieces, first)
}

/// Whether the date stands at the head of the text and is that of receipt or an earlier one: a note begins with its day.
fn is_date_of_note(pieces: &Pieces, first: usize, date: CivilDate, received_on: Option<CivilDate>) -> bool {
    let is_head = first <= HEAD_PIECES_MAX
        && (0..first).all(|index| {
            pieces.get(index).is_some_and(|piece| piece.kind != PieceKind::Break) && !is_payment_word(pieces, index)
        });
    is_head && received_on.is_some_and(|received_on| date <= received_on)
}

/// Whether the date stands directly behind a word for `due`, and nothing says that payment is made on it.
fn is_due_date(pieces: &Pieces, first: usize, end: usize) -> bool {
    let mut index = first;
    for _ in 0..=FILLERS_MAX {
        let Some(before) = index.checked_sub(1) else { return false };
        index = before;
        if is_one_of(pieces, index, DUE) {
            let pays = (index.saturating_sub(2)..index).any(|at| is_one_of(pieces, at, PAYS));
            return !pays && !is_taken_up(pieces, end);
        }
        let is_mark = pieces.mark(index).is_some_and(|mark| matches!(mark, ':' | '(' | '.'));
        if !(is_mark || is_one_of(pieces, index, BETWEEN)) {
            return false;
        }
    }
    false
}

/// Whether what follows says that payment is made on the date just named.
fn is_taken_up(pieces: &Pieces, end: usize) -> bool {
    (end..end + BACK_REFERENCE_PIECES_MAX).any(|index| {
        is_one_of(pieces, index, "then dann alors entonces allora dan entao")
            || is_one_of(pieces, index, BACK)
                && is_one_of(pieces, index + 1, "date day tag datum termin jour fecha dia data giorno dag")
            || is_one_of(pieces, index, "on in") && is_one_of(pieces, index + 1, "time")
    })
}

/// Whether the date is that of a document: its name, perhaps its number, and a word for `of` stand before.
fn is_date_of_document(pieces: &Pieces, first: usize) -> bool {
    let Some(of) = first.checked_sub(1) else { return false };
    if is_one_of(pieces, of, "dated datee gedateerd datiert fechada datata datada") {
        return true;
    }
    if !is_one_of(pieces, of, OF) {
        return false;
    }
    for index in (of.saturating_sub(DOCUMENT_PIECES_MAX)..of).rev() {
        if is_one_of(pieces, index, DOCUMENTS) {
            return true;
        }
        let ends_sentence = matches!(pieces.mark(index), Some('.' | ',' | ';' | '!' | '?'))
            && !pieces.is_joined(index + 1)
            && !is_one_of(pieces, index.saturating_sub(1), NUMBER);
        let is_of_number = pieces.digits(index).is_some()
            || pieces.mark(index).is_some() && !ends_sentence
            || pieces.get(index).is_some_and(|piece| piece.is_capital)
            || is_one_of(pieces, index, NUMBER);
        if !is_of_number {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;
