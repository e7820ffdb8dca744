//! Finds telephone numbers, whose groups of digits look like references.

use std::ops::Range;

use crate::text::entities::pieces::{PieceKind, Pieces};

use super::announced::is_number_word;

/// Digits of a telephone number.
const DIGITS_MAX: usize = 15;
/// Fewest digits of one that begins with a zero or a plus behind a word for it.
const MARKED_DIGITS_MIN: usize = 6;
/// Fewest digits of any other.
const DIGITS_MIN: usize = 8;
/// Pieces in front of a telephone number that are looked at.
const PIECES_BEFORE_MAX: usize = 10;

/// Nouns that announce one, folded.
const NOUNS: &str = "tel telf tlf telefon telefono telefone telefoon telephone phone fon fax mobil mobile mob handy cell \
    cel cellulare cellphone gsm whatsapp movil mobiel telemovel portable hotline rufnummer telefonnummer handynummer telefoonnummer ph";
/// Words that stand between asking for a call and the number.
const PREPOSITIONS: &str = "on at under unter au al op para o via no ao";
/// Stems of what asks for a call.
const CALLS: &str = "call ring text reach phone ruf anruf zuruckruf erreich appel rappel joign joindre llam contact chiam \
    richiam bel bellen bereik lig ligu telefon telephon";

/// A run of groups of digits that may be a telephone number.
struct Run {
    pieces: Range<usize>,
    digit_count: usize,
    group_count: usize,
    /// Whether it begins with a plus or a zero.
    is_marked: bool,
}

/// The telephone numbers, by pieces.
pub fn phone_numbers(pieces: &Pieces) -> Vec<Range<usize>> {
    let mut numbers: Vec<Range<usize>> = Vec::new();
    let mut index = 0;
    while index < pieces.len() {
        let Some(run) = run_at(pieces, index) else {
            index += 1;
            continue;
        };
        let is_international = pieces.mark(index) == Some('+') && run.digit_count > DIGITS_MIN;
        let is_next = numbers.last().is_some_and(|last| is_alternative(pieces, last.end, index)) && run.is_marked;
        index = run.pieces.end;
        if is_international || is_next && run.digit_count >= DIGITS_MIN || is_announced(pieces, &run) {
            numbers.push(run.pieces);
        }
    }
    numbers
}

/// The run that begins at this piece, which no digits precede.
fn run_at(pieces: &Pieces, first: usize) -> Option<Run> {
    let start = if matches!(pieces.mark(first), Some('+' | '(')) { first + 1 } else { first };
    let digits = pieces.digits(start)?;
    let is_within = pieces.is_joined(first) && first > 0 && pieces.letters(first - 1).is_some();
    if is_within || start > first && !pieces.is_joined(start) {
        return None;
    }
    let is_marked = digits.starts_with('0') || pieces.mark(first) == Some('+');
    let (mut digit_count, mut group_count) = (digits.len(), 1);
    let mut end = start + 1;
    loop {
        let marks = (end..end + 3).take_while(|index| is_inner_mark(pieces, *index)).count();
        let Some(digits) = pieces.digits(end + marks).filter(|_| marks < 3) else { break };
        digit_count += digits.len();
        group_count += 1;
        end += marks + 1;
    }
    let is_glued = pieces.is_joined(end) && pieces.letters(end).is_some();
    (digit_count <= DIGITS_MAX && !is_glued).then_some(Run { pieces: first..end, digit_count, group_count, is_marked })
}

fn is_inner_mark(pieces: &Pieces, index: usize) -> bool {
    matches!(pieces.mark(index), Some(')' | '-' | '–' | '/' | '.'))
}

/// Whether the words in front of the run call it a telephone number, and it is long enough for one.
fn is_announced(pieces: &Pieces, run: &Run) -> bool {
    let first = run.pieces.start;
    let begins_in_year = pieces.digits(first).is_some_and(|digits| digits.len() == 4 && digits.starts_with("20"))
        && pieces.is_joined(first + 1);
    let is_long = run.is_marked && run.digit_count >= MARKED_DIGITS_MIN
        || run.digit_count >= DIGITS_MIN && run.group_count > 1 && !begins_in_year;
    is_long && (has_noun(pieces, first) || has_call(pieces, first))
}

/// Whether a noun for a telephone number stands before the run; the `TEL` of `TEL-0093856` is a part of the number.
fn has_noun(pieces: &Pieces, first: usize) -> bool {
    if pieces.is_joined(first) && first.checked_sub(1).is_some_and(|before| is_inner_mark(pieces, before)) {
        return false;
    }
    for index in (first.saturating_sub(PIECES_BEFORE_MAX)..first).rev() {
        match pieces.get(index).map(|piece| piece.kind) {
            Some(PieceKind::Letters) => {
                let word = pieces.folded(index);
                if is_listed(NOUNS, word) {
                    return true;
                }
                if !is_number_word(word) && !matches!(word, "is" | "de" | "est" | "es" | "e" | "lautet") {
                    return false;
                }
            }
            Some(PieceKind::Mark('.' | ':' | '-' | '°' | '/')) => {}
            Some(PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break) | None => return false,
        }
    }
    false
}

/// Whether the sender asks for a call, `ring me on 020 …` or `call 020 …`.
fn has_call(pieces: &Pieces, first: usize) -> bool {
    let Some(before) = first.checked_sub(1) else { return false };
    if pieces.letters(before).is_some_and(is_call) {
        return true;
    }
    if !pieces.letters(before).is_some_and(|word| is_listed(PREPOSITIONS, word)) {
        return false;
    }
    let in_front = (before.saturating_sub(PIECES_BEFORE_MAX)..before).rev();
    let mut words = in_front
        .take_while(|index| pieces.letters(*index).is_some() || matches!(pieces.mark(*index), Some('-' | '\'' | '’')))
        .filter_map(|index| pieces.letters(index));
    words.any(is_call)
}

fn is_call(word: &str) -> bool {
    CALLS.split_ascii_whitespace().any(|stem| if stem.len() > 3 { word.starts_with(stem) } else { word == stem })
}

/// Whether `first` follows another telephone number in one breath.
fn is_alternative(pieces: &Pieces, end: usize, first: usize) -> bool {
    first - end == 1
        && (matches!(
            pieces.letters(end),
            Some("or" | "oder" | "ou" | "o" | "of" | "and" | "und" | "et" | "y" | "e" | "en")
        ) || matches!(pieces.mark(end), Some(',' | ';')))
}

fn is_listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let pieces = Pieces::read_whole(text);
        let byte = |index: usize| pieces.get(index).unwrap();
        let numbers = phone_numbers(&pieces).into_iter();
        numbers.map(|number| &text[byte(number.start).start..byte(number.end - 1).end]).collect()
    }

    #[test]
    fn telephone_numbers_are_found() {
        for (text, expected) in [
            ("Please ring me on 020 7946 0311 about it", vec!["020 7946 0311"]),
            ("Tel. 040 334455, wegen der Mahnung", vec!["040 334455"]),
            ("unter +49 151 23456789 oder 0171 5551234.", vec!["+49 151 23456789", "0171 5551234"]),
            ("Merci de me rappeler au 06 12 34 56 78 au sujet", vec!["06 12 34 56 78"]),
            ("Llámeme al 612 345 678 por", vec!["612 345 678"]),
            ("Richiamatemi al 347 1234567 per", vec!["347 1234567"]),
            ("Bel me terug op 06 12345678 over", vec!["06 12345678"]),
            ("WhatsApp (11) 98765-4321.", vec!["(11) 98765-4321"]),
            ("please text 07700 900123 when", vec!["07700 900123"]),
            ("Mijn mobiel is 06-55443322, bel", vec!["06-55443322"]),
            ("Tel.: 0221 / 55 88 12-0", vec!["0221 / 55 88 12-0"]),
            ("Ligue-me para o 912 345 678 sobre", vec!["912 345 678"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "Tel. 2026-04412 ist doppelt",
            "on the phone: 1190-22",
            "call me about 0900 551 207",
            "we called on 118204",
            "facture 06 12 34 56 78",
            "118204 + 118205",
            "Sur TEL-0093856 et MOB/25/118 (6.336,00)",
            "a lista da TEL 26/128 (1.212,00 €)",
            "Mit Tel vom 118204 90 22 11",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
