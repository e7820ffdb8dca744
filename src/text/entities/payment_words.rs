//! Tells by its words alone whether a sentence speaks of a payment still to come.

use super::pieces::{PieceKind, Pieces};
use super::relative_words::is_one_of;

/// Pieces of the sentence that are looked at on each side.
const PIECES_MAX: usize = 20;

/// How words of paying begin.
const PAYING: &str = "pay paid remit transfer settl zahl bezahl uberweis uberwies begleich angewies anweis regl vire virement mandat \
    pag abon liquid bonific sald betal betaal overma overge voldo cheque check wire acert deposit";
/// Words that begin so but do not speak of paying.
const NOT_PAYING: &str = "page pages pagina paginas pagine abono abonos payable zahlungsziel checked reglement";
/// Words by which what the sentence says is over, is not so, or is wanted of someone else.
const NOT_TO_COME: &str = "was were had did have has havent habe haben hat hatte hatten wurde wurden war waren avons ai avez avait \
    avions ont ete etait etaient hemos he ha han fue fueron habia abbiamo ho hanno era erano stato stata hebben heb heeft hadden \
    had werd temos tinha tenho foi foram paguei received kam kamen came delivered geliefert already bereits \
    schon deja ya gia al reeds not never no nicht nie kein keine ne pas non nao niet geen nunca until till bis hasta ate tot fino \
    if wenn falls si se als sobald unless otherwise sonst sinon you ihr";

/// Whether the sentence around the pieces `first..end` speaks of a payment, and of nothing that is over or denied.
pub fn promises_payment(pieces: &Pieces, first: usize, end: usize) -> bool {
    let ends_sentence = |index: usize| {
        pieces.get(index).is_none_or(|piece| match piece.kind {
            PieceKind::Break => true,
            PieceKind::Mark('.' | ';' | '!' | '?' | ':') => !pieces.is_joined(index + 1),
            PieceKind::Letters | PieceKind::Digits | PieceKind::Mark(_) => false,
        })
    };
    let before = (first.saturating_sub(PIECES_MAX)..first).rev().take_while(|index| !ends_sentence(*index));
    let after = (end..end + PIECES_MAX).take_while(|index| !ends_sentence(*index));
    let mut pays = false;
    for index in before.chain(after) {
        if is_one_of(pieces, index, NOT_TO_COME) {
            return false;
        }
        pays |= is_payment_word(pieces, index);
    }
    pays
}

/// Whether the word at this index speaks of paying.
pub fn is_payment_word(pieces: &Pieces, index: usize) -> bool {
    pieces.letters(index).is_some_and(|word| PAYING.split_ascii_whitespace().any(|stem| word.starts_with(stem)))
        && !is_one_of(pieces, index, NOT_PAYING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_promises_a_payment_when_it_speaks_of_one_to_come() {
        let promises = |text: &str| {
            let pieces = Pieces::read_whole(text);
            let day = (0..pieces.len()).find(|index| is_one_of(&pieces, *index, "friday freitag vendredi")).unwrap();
            promises_payment(&pieces, day, day + 1)
        };
        for text in [
            "It came broken. The rest will be paid Friday.",
            "Den Rest überweisen wir am Freitag",
            "Le reste est viré vendredi, bonne journée",
        ] {
            assert!(promises(text), "{text}");
        }
        for text in [
            "We were promised a credit on Friday and had paid.",
            "He is back on Friday. The rest will be paid.",
            "Am Freitag wird nicht bezahlt",
            "La réunion est vendredi",
            "The page arrives Friday",
        ] {
            assert!(!promises(text), "{text}");
        }
    }
}
