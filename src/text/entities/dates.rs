//! Finds dates as they are written in the seven languages.

use super::date_order::DateOrder;
use super::months::{is_english_month, month_of};
use super::pieces::{PieceKind, Pieces, hash_of};
use crate::domain::time::CivilDate;

/// Years that a date of business may have.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// A date as it stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateMention {
    /// First piece.
    pub first: usize,
    /// One past the last piece.
    pub end: usize,
    /// The year, when written.
    pub year: Option<i32>,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day of the month, 1 to 31.
    pub day: u32,
}

impl DateMention {
    /// The date, when it has a year or `near` gives one: then the one nearest after two months before `near`.
    pub fn resolve(&self, near: Option<CivilDate>) -> Option<CivilDate> {
        if let Some(year) = self.year {
            return CivilDate::new(year, self.month, self.day);
        }
        let near = near?;
        let earliest = near.plus_days(-60);
        let (year, _, _) = near.year_month_day();
        (year - 1..=year + 1)
            .filter_map(|year| CivilDate::new(year, self.month, self.day))
            .find(|date| *date >= earliest)
    }
}

/// Words for the first of a month, which stand before its name, alone or with `de` between.
const FIRST_DAYS: [u64; 6] = [
    hash_of("premier"),
    hash_of("primero"),
    hash_of("primo"),
    hash_of("primeiro"),
    hash_of("ersten"),
    hash_of("erster"),
];

/// Whether a mark may stand between the figures of a date.
fn is_date_mark(mark: char) -> bool {
    matches!(mark, '.' | '/') || is_dash(mark)
}

fn is_dash(mark: char) -> bool {
    matches!(mark, '-' | '–' | '\u{2010}' | '\u{2011}')
}

fn number(pieces: &Pieces, index: usize, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    pieces.digits(index).filter(|digits| lengths.contains(&digits.len())).and_then(|digits| digits.parse().ok())
}

fn year_at(pieces: &Pieces, index: usize) -> Option<i32> {
    let digits = pieces.digits(index)?;
    let year: i32 = match digits.len() {
        4 => digits.parse().ok()?,
        2 => 2000 + digits.parse::<i32>().ok()?,
        _ => return None,
    };
    YEARS.contains(&year).then_some(year)
}

/// Every date in reading order.
pub fn find_dates(pieces: &Pieces, order: DateOrder) -> Vec<DateMention> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < pieces.len() {
        let date = figures_at(pieces, index, order)
            .or_else(|| day_then_month(pieces, index))
            .or_else(|| first_then_month(pieces, index))
            .or_else(|| month_then_day(pieces, index, order));
        match date.filter(|date| CivilDate::new(date.year.unwrap_or(2024), date.month, date.day).is_some()) {
            Some(date) => {
                index = date.end;
                found.push(date);
            }
            None => index += 1,
        }
    }
    found
}

/// 2026-03-12, 12.03.2026, 3/12/26, 12 / 03 / 2026, 12.3.
fn figures_at(pieces: &Pieces, first: usize, order: DateOrder) -> Option<DateMention> {
    let starts_inside = first > 0
        && pieces.is_joined(first)
        && (pieces.letters(first - 1).is_some()
            || pieces.mark(first - 1).is_some_and(|mark| mark == ',' || is_date_mark(mark)));
    if starts_inside {
        return None;
    }
    let separator = pieces.mark(first + 1).filter(|mark| is_date_mark(*mark))?;
    if !pieces.is_joined(first + 1) {
        let has_long_year = pieces.digits(first + 4).is_some_and(|year| year.len() == 4);
        if separator == '.' || !has_long_year || pieces.is_joined(first + 2) {
            return None;
        }
    } else if separator != '.' && !pieces.is_joined(first + 2) {
        return None;
    }
    if let (Some(year), Some(month)) = (
        year_at(pieces, first).filter(|_| pieces.digits(first).is_some_and(|digits| digits.len() == 4)),
        number(pieces, first + 2, 1..=2).filter(|month| (1..=12).contains(month)),
    ) {
        let day = number(pieces, first + 4, 1..=2).filter(|_| pieces.mark(first + 3) == Some(separator))?;
        return Some(DateMention { first, end: first + 5, year: Some(year), month, day });
    }
    let (left, right) = (number(pieces, first, 1..=2)?, number(pieces, first + 2, 1..=2)?);
    let is_spaced = !pieces.is_joined(first + 1);
    let has_third = pieces.mark(first + 3) == Some(separator) && (is_spaced || pieces.is_joined(first + 3));
    let is_year_joined = separator == '.' || is_spaced || pieces.is_joined(first + 4);
    // The apostrophe of `12-3-'26`.
    let is_cut = matches!(pieces.mark(first + 4), Some('\'' | '’'))
        && pieces.digits(first + 5).is_some_and(|year| year.len() == 2);
    let end = if is_cut { first + 6 } else { first + 5 };
    let year = year_at(pieces, end - 1).filter(|_| has_third && is_year_joined);
    let (day, month) = match (left, right) {
        (1..=31, 13..=31) => (right, left),
        (13..=31, 1..=12) => (left, right),
        (1..=12, 1..=12) if order == DateOrder::MonthFirst && separator != '.' => (right, left),
        (1..=12, 1..=12) => (left, right),
        _ => return None,
    };
    if month > 12 {
        return None;
    }
    let continues = pieces.is_joined(end) && pieces.mark(end).is_some_and(|mark| mark == '/' || is_dash(mark));
    match year {
        Some(year) if !(continues && pieces.digits(end + 1).is_some()) => {
            Some(DateMention { first, end, year: Some(year), month, day })
        }
        Some(_) | None => {
            let end = end_without_year(pieces, first, separator, has_third)?;
            Some(DateMention { first, end, year: None, month, day })
        }
    }
}

/// The end of `12.03.` or `12/03` when these are a date: no sum, no part of something longer, not `24/7` nor `2/10, net 30`.
fn end_without_year(pieces: &Pieces, first: usize, separator: char, has_third: bool) -> Option<usize> {
    if separator == '.' {
        let is_money = is_money_mark(pieces, first.checked_sub(1)) || is_money_mark(pieces, Some(first + 4));
        return (has_third && pieces.digits(first + 4).is_none() && !is_money).then_some(first + 4);
    }
    let is_always = pieces.digits(first) == Some("24") && pieces.digits(first + 2) == Some("7");
    let end = first + 3;
    let next = if pieces.mark(end) == Some(',') { end + 1 } else { end };
    let is_discount = matches!(pieces.letters(next), Some("net" | "netto"));
    (separator == '/' && !has_third && !is_always && !is_discount && !continues_behind(pieces, end)).then_some(end)
}

/// Whether what is joined at `end` makes the figures before it a part of something longer.
fn continues_behind(pieces: &Pieces, end: usize) -> bool {
    let Some(piece) = pieces.get(end).filter(|piece| !piece.is_spaced) else { return false };
    match piece.kind {
        PieceKind::Letters | PieceKind::Digits => true,
        PieceKind::Mark('/' | '_' | '%' | '#' | '"' | '”' | '″') => true,
        PieceKind::Mark(mark) if is_dash(mark) => true,
        PieceKind::Mark(_) => pieces.is_joined(end + 1) && pieces.digits(end + 1).is_some(),
        PieceKind::Break => false,
    }
}

/// Whether the mark at this index makes a number beside it a sum of money, as in `£6.30.` or `9 x 0.70 = 6.30.`
fn is_money_mark(pieces: &Pieces, index: Option<usize>) -> bool {
    index.and_then(|index| pieces.mark(index)).is_some_and(|mark| matches!(mark, '$' | '€' | '£' | '='))
}

/// Marks and words between a day and its month, as in `1.º de abril`.
const FILLERS_MAX: usize = 3;

/// 12 March 2026, 12. März 2026, 18 de marzo de 2026, 5-Mar-26, 1er avril, 3rd of May.
fn day_then_month(pieces: &Pieces, first: usize) -> Option<DateMention> {
    let day = number(pieces, first, 1..=2).filter(|day| (1..=31).contains(day))?;
    let mut index = first + 1;
    let mut skipped = 0;
    let month = loop {
        if let Some(month) = month_of(pieces, index) {
            break month;
        }
        let is_filler = match (pieces.mark(index), pieces.letters(index)) {
            (Some('.' | '°'), _) => true,
            (Some(mark), _) => (mark == '/' || is_dash(mark)) && pieces.is_joined(index),
            (None, Some(word)) => {
                matches!(word, "de" | "of" | "st" | "nd" | "rd" | "th" | "er" | "ᵉʳ" | "o" | "do" | "den" | "e")
            }
            (None, None) => false,
        };
        skipped += 1;
        if !is_filler || skipped > FILLERS_MAX {
            return None;
        }
        index += 1;
    };
    let (year, end) = year_after(pieces, index + 1);
    Some(DateMention { first, end, year, month, day })
}

/// Premier avril, primero de abril de 2026, ersten April.
fn first_then_month(pieces: &Pieces, first: usize) -> Option<DateMention> {
    if !pieces.get(first).is_some_and(|piece| FIRST_DAYS.contains(&piece.hash)) {
        return None;
    }
    let index = if pieces.letters(first + 1) == Some("de") { first + 2 } else { first + 1 };
    let month = month_of(pieces, index)?;
    let (year, end) = year_after(pieces, index + 1);
    Some(DateMention { first, end, year, month, day: 1 })
}

/// March 13, 2026; Mar. 3rd; Mar-12-2026; and in other languages than English only with the year: marzo 13 de 2026. The day is none
/// when it begins a date of its own, as in `el mar. 3 de junio`.
fn month_then_day(pieces: &Pieces, first: usize, order: DateOrder) -> Option<DateMention> {
    let mut index = first + 1;
    let mark = pieces.mark(index).filter(|_| pieces.is_joined(index));
    let is_dashed = mark.is_some_and(|mark| mark == '/' || is_dash(mark)) && pieces.is_joined(index + 1);
    if is_dashed || mark == Some('.') {
        index += 1;
    }
    let day = number(pieces, index, 1..=2).filter(|day| (1..=31).contains(day))?;
    let month = month_of(pieces, first)?;
    let word = pieces.folded(first);
    let is_date_of_its_own = day_then_month(pieces, index).is_some()
        || figures_at(pieces, index, order).is_some_and(|date| date.year.is_some() || word.len() == 3);
    if is_date_of_its_own {
        return None;
    }
    index += 1;
    if pieces.is_joined(index) && matches!(pieces.letters(index), Some("st" | "nd" | "rd" | "th")) {
        index += 1;
    }
    let (year, end) = year_after(pieces, index);
    let is_plain = is_english_month(word) && !is_dashed;
    let is_whole =
        year.is_some() && (is_english_month(word) || word.len() > 3) && !(is_dashed && pieces.is_joined(first));
    (is_plain || is_whole).then_some(DateMention { first, end, year, month, day })
}

/// The year after a month or day, and the end of the date.
pub fn year_after(pieces: &Pieces, from: usize) -> (Option<i32>, usize) {
    let mut index = from;
    for _ in 0..2 {
        let is_filler =
            pieces.mark(index).is_some_and(|mark| matches!(mark, ',' | '.' | '/' | '’' | '\'') || is_dash(mark))
                || matches!(pieces.letters(index), Some("de" | "del" | "of" | "do"));
        if is_filler {
            index += 1;
        }
    }
    let is_long = pieces.digits(index).is_some_and(|digits| digits.len() == 4);
    let is_short = pieces.is_joined(index)
        && pieces.digits(index).is_some_and(|digits| digits.len() == 2)
        && pieces.mark(index - 1).is_some_and(|mark| matches!(mark, '/' | '’' | '\'') || is_dash(mark));
    let is_last = index == from && ends_in_short_year(pieces, index);
    match year_at(pieces, index).filter(|_| is_long || is_short || is_last) {
        Some(year) => (Some(year), index + 1),
        None => (None, from),
    }
}

/// Whether the two digits after a month, as in `12 Mar 26`, are a year rather than a number of things: near today, and nothing that
/// could be counted follows.
fn ends_in_short_year(pieces: &Pieces, index: usize) -> bool {
    let is_near = number(pieces, index, 2..=2).is_some_and(|year| (20..40).contains(&year));
    let next = pieces.get(index + 1).map(|piece| piece.kind);
    let is_last = matches!(next, None | Some(PieceKind::Break | PieceKind::Mark('.' | ',' | ';' | ')' | '!' | '?')));
    is_near && is_last && !continues_behind(pieces, index + 1)
}

#[cfg(test)]
mod tests {
    use super::super::date_order::date_order;
    use super::*;

    fn dates(text: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let near = CivilDate::new(2026, 3, 1);
        let order = date_order(&pieces, None, None);
        find_dates(&pieces, order).iter().filter_map(|date| date.resolve(near)).map(|date| date.to_string()).collect()
    }

    #[test]
    fn dates_of_every_language_are_read() {
        for text in [
            "am 12.03.2026",
            "12. März 2026",
            "le 12 mars 2026",
            "12 de marzo de 2026",
            "12 marzo 2026",
            "12 maart 2026",
            "12 de março de 2026",
            "March 12, 2026",
            "12th of March 2026",
            "12/03/2026",
            "2026-03-12",
            "12-Mar-26",
            "12.3.26",
            "zum 12.03. fällig",
            "the payment of $30 is on 03/12/2026",
            "12 March",
            "12 Mar 26",
            "by 12 Mar 26, at the latest",
            "Mar-12-2026",
            "12-3-'26",
            "marzo 12 de 2026",
            "12 / 03 / 2026",
            "12\u{2011}03\u{2011}2026",
        ] {
            assert_eq!(dates(text), ["2026-03-12"], "{text}");
        }
        for (text, expected) in [
            ("1ᵉʳ avril 2026", "2026-04-01"),
            ("1º de abril de 2026", "2026-04-01"),
            ("1.º de abril de 2026", "2026-04-01"),
            ("premier avril 2026", "2026-04-01"),
            ("primero de abril de 2026", "2026-04-01"),
            ("primo aprile 2026", "2026-04-01"),
            ("primeiro de abril de 2026", "2026-04-01"),
            ("am ersten April 2026", "2026-04-01"),
            ("12 juill. 2026", "2026-07-12"),
            ("12. Feber 2026", "2026-02-12"),
        ] {
            assert_eq!(dates(text), [expected], "{text}");
        }
    }

    #[test]
    fn a_word_before_a_date_is_no_month() {
        for (text, expected) in [
            ("goes out 15 June 2026", "2026-06-15"),
            ("goes out 03/12/2026", "2026-12-03"),
            ("we set 15 June 2026 as the day", "2026-06-15"),
            ("el mar. 3 jun 2026", "2026-06-03"),
            ("el mar. 3 de junio de 2026", "2026-06-03"),
            ("mar 3 giu 2026", "2026-06-03"),
            ("mar. 3 juin 2026", "2026-06-03"),
            ("le mar. 3/6/2026", "2026-06-03"),
        ] {
            assert_eq!(dates(text), [expected], "{text}");
        }
        for text in ["goes out 15 times", "im Mai 20 Stück", "in maart 3 dozen", "on 12 March 26 boxes"] {
            assert!(dates(text).iter().all(|date| date.ends_with("-03-12")), "{text}");
        }
        assert_eq!(dates("March 12 - April 3"), ["2026-03-12", "2026-04-03"]);
    }

    #[test]
    fn a_date_without_a_year_may_end_a_clause() {
        for text in ["by 12/03.", "by 12/03, thanks", "(12/03)", "12/03: paid", "12/03\n"] {
            assert_eq!(dates(text), ["2026-03-12"], "{text}");
        }
        for text in ["12/03-7", "12/03/7", "12/03a", "12/3,5 kg", "24/7.", "12/03_1", "3/4\" pipe", "2/10, net 30"] {
            assert_eq!(dates(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn invoice_numbers_are_no_dates() {
        for text in ["2025/1187", "F25/0091", "RE-12-03-2026-7", "P/119/24", "31.02.2026"] {
            assert_eq!(dates(text), Vec::<String>::new(), "{text}");
        }
    }
}
