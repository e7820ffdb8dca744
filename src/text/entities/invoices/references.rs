//! Finds the references of a message: runs of letters, digits and joining marks, the lists that they stand in, and their shapes.

use crate::text::entities::pieces::{PieceKind, Pieces, hash_of, mix};

use super::CANDIDATES_MAX;
use super::announced::{is_full_invoice_noun, is_number_word};

/// Longest prefix in front of a number, such as `FAC` in `FAC A/20118`, in letters.
const PREFIX_LETTERS_MAX: usize = 4;

/// Digits from which two numbers beside a slash are numbers of their own, even without letters.
const LONG_DIGITS_MIN: usize = 5;
/// Digits of numbers in a list with slashes that has letters or more than two of them.
const COUNTED_DIGITS_MIN: usize = 3;
/// Digits of the ends of a range.
const RANGE_DIGITS_MIN: usize = 4;
/// Most by which the next number of a list or the end of a range is higher.
const STEP_MAX: u64 = 200;

/// Runs of letters, digits and joining marks that have a digit.
pub fn find_references(pieces: &Pieces) -> Vec<(usize, usize)> {
    let mut references = Vec::new();
    let mut first = 0;
    while first < pieces.len() && references.len() < CANDIDATES_MAX {
        let is_word = |index: usize| pieces.letters(index).is_some() || pieces.digits(index).is_some();
        if !is_word(first) {
            first += 1;
            continue;
        }
        let mut end = first + 1;
        loop {
            if is_word(end) && pieces.is_joined(end) {
                end += 1;
            } else if pieces.mark(end).is_some_and(is_joiner)
                && pieces.is_joined(end)
                && is_word(end + 1)
                && pieces.is_joined(end + 1)
            {
                end += 2;
            } else {
                break;
            }
        }
        if (first..end).any(|index| pieces.digits(index).is_some()) {
            push_parts(pieces, past_number_word(pieces, first, end), end, &mut references);
        }
        first = end;
    }
    references
}

/// Where the number of `Nr.4711`, `Rg-Nr.4711`, `n.º4711`, `nº4711` or `rechnung4711` starts; `first` when no
/// word for `number` or `invoice` stands before it.
fn past_number_word(pieces: &Pieces, first: usize, end: usize) -> usize {
    let Some(figures) = (first..end).find(|index| pieces.digits(*index).is_some()) else { return first };
    let word = |distance: usize| {
        figures.checked_sub(distance).filter(|index| *index >= first).and_then(|index| pieces.letters(index))
    };
    let mark = |distance: usize| figures.checked_sub(distance).and_then(|index| pieces.mark(index));
    let is_cut_off = |index: &usize| {
        pieces.mark(index + 1) == Some('.')
            && pieces.letters(*index).is_some_and(|word| is_number_word(word) && (word != "n" || index + 2 == figures))
    };
    if let Some(index) = (first..figures).rev().find(is_cut_off) {
        return index + 2;
    }
    let is_ordinal = mark(2) == Some('.') && word(1) == Some("o") && word(3) == Some("n");
    let is_capital =
        || figures.checked_sub(1).and_then(|index| pieces.get(index)).is_some_and(|piece| piece.is_capital);
    let is_glued = word(1).is_some_and(|word| word != "n" && is_number_word(word)) && !is_capital();
    let is_noun_glued = word(1).is_some_and(is_full_invoice_noun);
    if is_ordinal || is_glued || is_noun_glued { figures } else { first }
}

/// Adds a reference, or the references that it is made of: numbers of one shape that slashes set apart, `27-100/27-109`, or the ends
/// of a range, `4711-4714`.
fn push_parts(pieces: &Pieces, first: usize, end: usize, references: &mut Vec<(usize, usize)>) {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    let mut start = first;
    for index in (first..end).filter(|index| pieces.mark(*index) == Some('/')).chain([end]) {
        parts.push((start, index));
        start = index + 1;
    }
    if parts.len() > 1 && (are_alike(pieces, &parts) || are_counted_up(pieces, &parts)) {
        references.append(&mut parts);
    } else if let Some(dash) = middle_of_range(pieces, first, end) {
        references.extend([(first, dash), (dash + 1, end)]);
    } else {
        references.push((first, end));
    }
}

/// Whether the parts have one shape, and so many digits or the same letters that each can only be a number of its own.
fn are_alike(pieces: &Pieces, parts: &[(usize, usize)]) -> bool {
    let digit_count = |part: (usize, usize)| -> usize {
        (part.0..part.1).filter_map(|index| pieces.digits(index)).map(str::len).sum()
    };
    let Some((&head, rest)) = parts.split_first() else { return false };
    let is_long = digit_count(head) >= LONG_DIGITS_MIN;
    let has_letters = (head.0..head.1).any(|index| pieces.letters(index).is_some());
    let is_clear = is_long || has_letters && digit_count(head) >= COUNTED_DIGITS_MIN;
    let (shape, _) = shapes(pieces, head.0, head.1);
    is_clear
        && rest.iter().all(|part| {
            shapes(pieces, part.0, part.1).0 == shape && (is_long || have_same_letters(pieces, head, *part))
        })
}

/// Whether three parts or more end in numbers of one length that go up, each part after the first nothing but its number:
/// `RE-101/102/103`.
fn are_counted_up(pieces: &Pieces, parts: &[(usize, usize)]) -> bool {
    let number = |part: &(usize, usize)| pieces.digits(part.1 - 1);
    parts.len() > 2
        && parts.iter().skip(1).all(|part| part.1 == part.0 + 1)
        && parts.windows(2).all(|pair| match (pair.first().and_then(number), pair.last().and_then(number)) {
            (Some(left), Some(right)) => left.len() >= COUNTED_DIGITS_MIN && goes_up(left, right),
            (Some(_) | None, _) => false,
        })
}

/// The dash between the ends of a range, `4711-4714` or `INV-20931–INV-20933`; a year and a number, `2025-2031`, are none.
fn middle_of_range(pieces: &Pieces, first: usize, end: usize) -> Option<usize> {
    let middle = first + (end - first) / 2;
    pieces.mark(middle).filter(|mark| matches!(mark, '-' | '–' | '‑'))?;
    let (left, right) = ((first, middle), (middle + 1, end));
    let (low, high) = (pieces.digits(middle - 1)?, pieces.digits(end - 1)?);
    let is_year = middle == first + 1 && low.len() == 4 && matches!(low.get(..2), Some("19" | "20"));
    let is_range = low.len() >= RANGE_DIGITS_MIN
        && !is_year
        && goes_up(low, high)
        && shapes(pieces, left.0, left.1).0 == shapes(pieces, right.0, right.1).0
        && have_same_letters(pieces, left, right);
    is_range.then_some(middle)
}

/// Whether the second of two numbers of one length is a little higher.
pub fn goes_up(low: &str, high: &str) -> bool {
    match (low.parse::<u64>(), high.parse::<u64>()) {
        (Ok(from), Ok(to)) => low.len() == high.len() && from < to && to - from <= STEP_MAX,
        (Ok(_) | Err(_), _) => false,
    }
}

/// Whether two spans of one shape have the same letters at the same places.
fn have_same_letters(pieces: &Pieces, left: (usize, usize), right: (usize, usize)) -> bool {
    (left.0..left.1).zip(right.0..right.1).all(|(one, other)| pieces.letters(one) == pieces.letters(other))
}

/// Where a short prefix in front of a reference starts: one to four capitals, or two such joined (`NF-e`, `SO-INV`). The `re` of
/// `re 88213` and the `inv` of `inv 88213` are none, since in small letters they are words and no part of the number.
pub fn prefix_start(pieces: &Pieces, first: usize) -> Option<usize> {
    if pieces.is_joined(first) {
        return None;
    }
    let index = first.checked_sub(1)?;
    let is_short = |index: usize| {
        let is_capital = pieces.get(index).is_some_and(|piece| piece.is_capital);
        pieces.letters(index).is_some_and(|word| {
            word.len() <= PREFIX_LETTERS_MAX && (is_capital || matches!(word, "ft" | "nf" | "fa" | "fac" | "e" | "fv"))
        })
    };
    if !is_short(index) {
        return None;
    }
    let is_joined_to_another = pieces.is_joined(index)
        && index >= 2
        && pieces.mark(index - 1).is_some_and(|mark| matches!(mark, '-' | '/'))
        && pieces.is_joined(index - 1)
        && is_short(index - 2);
    let is_second_word = !is_joined_to_another
        && pieces.folded(index).len() == 1
        && index >= 1
        && is_short(index - 1)
        && !pieces.is_joined(index);
    if is_joined_to_another {
        Some(index - 2)
    } else if is_second_word && matches!(pieces.folded(index - 1), "ft" | "fac" | "fs" | "fr" | "nf" | "fa") {
        Some(index - 1)
    } else if pieces.is_joined(index) {
        None
    } else {
        Some(index)
    }
}

/// For each reference the first one of the list that it stands in.
pub fn list_heads(pieces: &Pieces, references: &[(usize, usize)]) -> Vec<usize> {
    let mut heads: Vec<usize> = Vec::with_capacity(references.len());
    for (index, (first, _)) in references.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|previous| references.get(previous));
        let is_connected = previous.is_some_and(|(_, previous_end)| {
            *previous_end < *first
                && first - previous_end <= 3
                && (*previous_end..*first).all(|between| is_connector(pieces, between))
        });
        let head = if is_connected { heads.last().copied().unwrap_or(index) } else { index };
        heads.push(head);
    }
    heads
}

fn is_connector(pieces: &Pieces, index: usize) -> bool {
    match pieces.mark(index) {
        Some(mark) => matches!(mark, ',' | ';' | '&' | '+' | '/' | '-' | '–' | '•' | '*' | '(' | ')'),
        None => match pieces.letters(index) {
            Some(word) => matches!(
                word,
                "and"
                    | "und"
                    | "et"
                    | "y"
                    | "e"
                    | "en"
                    | "ed"
                    | "u"
                    | "sowie"
                    | "plus"
                    | "or"
                    | "oder"
                    | "ou"
                    | "o"
                    | "of"
                    | "to"
                    | "bis"
                    | "a"
                    | "al"
                    | "as"
                    | "well"
                    | "inv"
                    | "ft"
                    | "nf"
                    | "re"
                    | "n"
                    | "nr"
                    | "la"
                    | "les"
                    | "the"
                    | "die"
                    | "das"
                    | "der"
            ),
            None => pieces.digits(index).is_none(),
        },
    }
}

/// The exact shape of a span (each digit and letter counted) and the coarse one (runs only).
pub fn shapes(pieces: &Pieces, first: usize, end: usize) -> (u64, u64) {
    let (mut shape, mut coarse) = (hash_of("shape"), hash_of("coarse"));
    for index in first..end {
        let Some(piece) = pieces.get(index) else { break };
        let spaced = u64::from(piece.is_spaced && index > first);
        let length = (piece.end - piece.start) as u64;
        let (exact, rough) = match piece.kind {
            PieceKind::Letters => (1000 + length, 1),
            PieceKind::Digits => (2000 + length, 2),
            PieceKind::Mark(mark) => (3000 + mark as u64, 3000 + mark as u64),
            PieceKind::Break => (9, 9),
        };
        shape = mix(mix(shape, exact), spaced);
        coarse = mix(mix(coarse, rough), spaced);
    }
    (shape, coarse)
}

/// Whether a mark joins the parts of a reference.
pub fn is_joiner(mark: char) -> bool {
    matches!(mark, '-' | '/' | '.' | '_' | '–' | '‑' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(text: &str) -> Vec<&str> {
        let pieces = Pieces::read_whole(text);
        let byte = |index: usize| pieces.get(index).unwrap();
        find_references(&pieces).into_iter().map(|(first, end)| &text[byte(first).start..byte(end - 1).end]).collect()
    }

    #[test]
    fn a_word_for_number_is_no_part_of_it() {
        for text in ["Nr.4711", "no.4711", "n.4711", "Rg-Nr.4711", "RgNr.4711", "n.º4711", "nº4711", "Nº4711", "Nr4711"]
        {
            assert_eq!(references(text), ["4711"], "{text}");
        }
        assert_eq!(references("Rg-Nr.RE-4711"), ["RE-4711"]);
        for text in ["rechnung4711", "Facture4711", "FACTURA4711", "factuur4711", "Invoice4711", "fattura4711"] {
            assert_eq!(references(text), ["4711"], "{text}");
        }
        for text in
            ["N.A-4711", "FT.4711", "IN4711", "RNR4711", "N4711", "INV-4711", "S.N4711", "INV4711", "Re4711", "ft4711"]
        {
            assert_eq!(references(text), [text], "{text}");
        }
    }

    #[test]
    fn lists_with_slashes_and_ranges_are_taken_apart() {
        for (text, expected) in [
            ("27-100/27-109", vec!["27-100", "27-109"]),
            ("20931/20932", vec!["20931", "20932"]),
            ("4711/4712/4713", vec!["4711", "4712", "4713"]),
            ("INV-101/INV-102", vec!["INV-101", "INV-102"]),
            ("SI101/SI102", vec!["SI101", "SI102"]),
            ("RE-101/102/103", vec!["RE-101", "102", "103"]),
            ("4711-4714", vec!["4711", "4714"]),
            ("4711–4714", vec!["4711", "4714"]),
            ("INV-20931–INV-20933", vec!["INV-20931", "INV-20933"]),
            ("INV-20931-INV-20933", vec!["INV-20931", "INV-20933"]),
        ] {
            assert_eq!(references(text), expected, "{text}");
        }
        let whole = [
            "2025/1187",
            "4711/12",
            "FV/2025/00381",
            "A-2025/1187/0001",
            "2025-2031",
            "4714-4711",
            "1187-4471",
            "12-14",
        ];
        for text in whole {
            assert_eq!(references(text), [text], "{text}");
        }
    }

    #[test]
    fn a_short_word_in_front_can_belong_to_a_number() {
        let starts_at = |text: &str| {
            let pieces = Pieces::read_whole(text);
            let number = (0..pieces.len()).find(|index| pieces.digits(*index).is_some()).unwrap();
            prefix_start(&pieces, number).map(|index| pieces.get(index).unwrap().start)
        };
        for text in ["RE 88213", "INV 88213", "FT 2025/118", "nf 20931", "PO 7781"] {
            assert_eq!(starts_at(text), Some(0), "{text}");
        }
        for text in ["re 88213", "inv 88213", "Inv 88213", "for 88213", "Rechnung 88213"] {
            assert_eq!(starts_at(text), None, "{text}");
        }
    }
}
