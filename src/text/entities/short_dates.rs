//! Finds days without a year that only a word in front makes dates: `on the 20th`, `am 20.`, `el día 20`, `zum 20.3`, `op 20-03`.

use super::currencies::{is_currency_mark, is_currency_word};
use super::pieces::{PieceKind, Pieces};
use super::relative_dates::{RelativeDay, RelativeMention};
use super::relative_words::{DAY, MONTH, NEXT, PAST_BEHIND, is_one_of};

/// Words in front of a day and month in figures.
const BEFORE_DAY_AND_MONTH: &str =
    "am zum bis vom den le du au el il al dal op em dia giorno on by per entro del until till voor tot ate";
/// Words behind a number that make it a measure, a share or a time of day.
const MEASURES: &str = "kg g t to mm cm m km l ml h hrs hr std uhr hours heures horas ore uur stk stuck pcs pieces percent prozent \
    procent por per cento ciento pour pct x mal times am pm stock tag werktag rate mio tsd k";

/// The day of a month, or a day and month in figures, at this index.
pub fn find_short_date(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    pieces.digits(first).filter(|digits| digits.len() <= 2)?;
    if first > 0
        && pieces.is_joined(first)
        && pieces.mark(first - 1) != Some('\'')
        && pieces.mark(first - 1) != Some('’')
    {
        return None;
    }
    day_and_month(pieces, first).or_else(|| day_of_month(pieces, first))
}

fn number(pieces: &Pieces, index: usize, max: u32) -> Option<u32> {
    let digits = pieces.digits(index).filter(|digits| digits.len() <= 2)?;
    digits.parse().ok().filter(|value| (1..=max).contains(value))
}

fn is_before(pieces: &Pieces, index: usize, words: &str) -> bool {
    index.checked_sub(1).is_some_and(|before| is_one_of(pieces, before, words))
}

/// Whether what follows makes the figures a sum of money, a measure, a time or a part of something longer.
fn continues(pieces: &Pieces, end: usize) -> bool {
    let Some(piece) = pieces.get(end) else { return false };
    match piece.kind {
        PieceKind::Break => false,
        PieceKind::Digits => true,
        PieceKind::Letters => {
            !piece.is_spaced || is_currency_word(pieces.folded(end)) || is_one_of(pieces, end, MEASURES)
        }
        PieceKind::Mark('%' | '°' | '"' | '/' | '‰' | '²') => true,
        PieceKind::Mark(mark) => {
            is_currency_mark(mark)
                || pieces.is_joined(end) && pieces.digits(end + 1).is_some() && pieces.is_joined(end + 1)
        }
    }
}

/// `zum 20.3`, `op 20-03`.
fn day_and_month(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    let separator = pieces.mark(first + 1).filter(|mark| matches!(mark, '.' | '-'))?;
    let is_whole = pieces.is_joined(first + 1) && pieces.is_joined(first + 2);
    let is_dated = is_before(pieces, first, BEFORE_DAY_AND_MONTH) || separator == '-' && is_before(pieces, first, "a");
    let (day, month) = (number(pieces, first, 31)?, number(pieces, first + 2, 12)?);
    let end = first + 3;
    let has_share = is_one_of(pieces, end, "per") && is_one_of(pieces, end + 1, "cent cento");
    let is_more = if is_one_of(pieces, end, "per por") { has_share } else { continues(pieces, end) };
    let is_date = is_whole && is_dated && !is_more;
    is_date.then_some(RelativeMention { first, end, day: RelativeDay::InMonth { year: None, month, day: Some(day) } })
}

/// `the 20th`, `am 20.`, `le 20`, `il 1°`, `dia 20`, `de 20e`.
fn day_of_month(pieces: &Pieces, first: usize) -> Option<RelativeMention> {
    let day = number(pieces, first, 31)?;
    let next = first + 1;
    let is_suffixed = |endings: &str| pieces.is_joined(next) && is_one_of(pieces, next, endings);
    let is_dotted = pieces.mark(next) == Some('.')
        && pieces.is_joined(next)
        && !(pieces.digits(next + 1).is_some() && pieces.is_joined(next + 1));
    let is_ordinal = is_suffixed("st nd rd th") && is_before(pieces, first, "the on by before until till")
        || is_suffixed("e ste de") && is_before(pieces, first, "de");
    let is_german = is_dotted && is_before(pieces, first, "am zum bis den");
    let is_romance = is_before(pieces, first, "dia giorno le el il al");
    let is_romance_first = is_romance && day == 1 && (is_suffixed("er o") || pieces.mark(next) == Some('°'));
    if !(is_ordinal || is_german || is_romance) {
        return None;
    }
    let end = if is_ordinal || is_german || is_romance_first { next + 1 } else { next };
    let is_other = if is_german {
        is_one_of(pieces, end, MEASURES)
    } else {
        continues(pieces, end) || pieces.mark(end) == Some('-') || is_ordinal && !ends_noun(pieces, end)
    };
    if is_other || is_one_of(pieces, end, DAY) {
        return None;
    }
    of_which_month(pieces, first, end, day)
}

/// Whether the ordinal in front stands for a day and not for one of several things, as in `the 2nd delivery`.
fn ends_noun(pieces: &Pieces, end: usize) -> bool {
    pieces.letters(end).is_none()
        || is_one_of(
            pieces,
            end,
            "of this next and or at with by via we will so as if when in for is to if for per van deze en of met via \
             wordt zal betaald betalen krijgt bij per om latest",
        )
}

/// The day of this, the next or the coming month, as the words behind say; none of a month that is over.
fn of_which_month(pieces: &Pieces, first: usize, end: usize, day: u32) -> Option<RelativeMention> {
    let mut index = end;
    let mut is_next = false;
    while index < end + 4
        && is_one_of(
            pieces,
            index,
            "of the this des dieses diesen de du ce d del di questo este van deze do deste da a last letzten vorigen \
             vergangenen vorige afgelopen",
        )
    {
        if is_one_of(pieces, index, "last letzten vorigen vergangenen vorige afgelopen")
            && is_one_of(pieces, index + 1, MONTH)
        {
            return None;
        }
        index += 1;
    }
    if is_one_of(pieces, index, NEXT) {
        is_next = true;
        index += 1;
    }
    if !is_one_of(pieces, index, MONTH) {
        return Some(RelativeMention { first, end, day: RelativeDay::DayOfMonth(day) });
    }
    if is_one_of(pieces, index + 1, PAST_BEHIND) {
        return None;
    }
    let has_next = is_one_of(pieces, index + 1, NEXT);
    let end = index + 1 + usize::from(has_next);
    let day = if is_next || has_next { RelativeDay::DayOfNextMonth(day) } else { RelativeDay::DayOfMonth(day) };
    Some(RelativeMention { first, end, day })
}
