//! Finds the references of a message: runs of letters, digits and joining marks, the lists that they stand in, and their shapes.

use crate::text::entities::pieces::{PieceKind, Pieces, hash_of, mix};

use super::CANDIDATES_MAX;
use super::announced::is_number_word;

/// Longest prefix in front of a number, such as `FAC` in `FAC A/20118`, in letters.
const PREFIX_LETTERS_MAX: usize = 4;

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

/// Where the number of `Nr.4711`, `Rg-Nr.4711`, `n.º4711` or `nº4711` starts; `first` when no word for `number` stands before it.
fn past_number_word(pieces: &Pieces, first: usize, end: usize) -> usize {
    let Some(figures) = (first..end).find(|index| pieces.digits(*index).is_some()) else { return first };
    let word = |distance: usize| {
        figures.checked_sub(distance).filter(|index| *index >= first).and_then(|index| pieces.letters(index))
    };
    let mark = |distance: usize| figures.checked_sub(distance).and_then(|index| pieces.mark(index));
    let is_cut_off = mark(1) == Some('.') && word(2).is_some_and(is_number_word);
    let is_ordinal = mark(2) == Some('.') && word(1) == Some("o") && word(3) == Some("n");
    let is_capital =
        || figures.checked_sub(1).and_then(|index| pieces.get(index)).is_some_and(|piece| piece.is_capital);
    let is_glued = word(1).is_some_and(|word| word != "n" && is_number_word(word)) && !is_capital();
    if is_cut_off || is_ordinal || is_glued { figures } else { first }
}

/// Adds a reference, or the references that it is made of when slashes set numbers of one shape apart: `27-100/27-109`.
fn push_parts(pieces: &Pieces, first: usize, end: usize, references: &mut Vec<(usize, usize)>) {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    let mut start = first;
    for index in (first..end).filter(|index| pieces.mark(*index) == Some('/')).chain([end]) {
        parts.push((start, index));
        start = index + 1;
    }
    let digit_count = |part: &(usize, usize)| -> usize {
        (part.0..part.1).filter_map(|index| pieces.digits(index)).map(str::len).sum()
    };
    let shape = shapes(pieces, first, parts.first().map_or(end, |part| part.1)).0;
    let are_alike =
        parts.len() > 1 && parts.iter().all(|part| digit_count(part) >= 5 && shapes(pieces, part.0, part.1).0 == shape);
    if are_alike {
        references.append(&mut parts);
    } else {
        references.push((first, end));
    }
}

/// Where a short prefix in front of a reference starts: one to four capitals, or two such joined (`NF-e`, `SO-INV`).
pub fn prefix_start(pieces: &Pieces, first: usize) -> Option<usize> {
    if pieces.is_joined(first) {
        return None;
    }
    let index = first.checked_sub(1)?;
    let is_short = |index: usize| {
        let is_capital = pieces.get(index).is_some_and(|piece| piece.is_capital);
        pieces.letters(index).is_some_and(|word| {
            word.len() <= PREFIX_LETTERS_MAX
                && (is_capital || matches!(word, "inv" | "ft" | "nf" | "fa" | "fac" | "re" | "e" | "fv"))
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
        for text in ["FT.4711", "IN4711", "RNR4711", "N4711", "INV-4711", "S.N4711"] {
            assert_eq!(references(text), [text], "{text}");
        }
    }
}
