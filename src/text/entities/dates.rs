//! Finds dates as they are written in the seven languages.

use super::pieces::{Pieces, hash_of};
use crate::domain::time::CivilDate;

/// Years that a date of business may have.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// Which of day and month comes first where figures alone do not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 03/04 is the third of April.
    DayFirst,
    /// 03/04 is March the fourth.
    MonthFirst,
}

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

/// Names of months, folded: whole names and abbreviations of the seven languages.
const MONTHS: &[(&str, u32)] = &[
    ("january", 1),
    ("jan", 1),
    ("janvier", 1),
    ("janv", 1),
    ("januar", 1),
    ("janner", 1),
    ("jaenner", 1),
    ("enero", 1),
    ("ene", 1),
    ("gennaio", 1),
    ("genn", 1),
    ("gen", 1),
    ("januari", 1),
    ("janeiro", 1),
    ("february", 2),
    ("feb", 2),
    ("fevrier", 2),
    ("fevr", 2),
    ("fev", 2),
    ("februar", 2),
    ("febrero", 2),
    ("febbraio", 2),
    ("febb", 2),
    ("februari", 2),
    ("fevereiro", 2),
    ("march", 3),
    ("mar", 3),
    ("mars", 3),
    ("marz", 3),
    ("maerz", 3),
    ("mrz", 3),
    ("marzo", 3),
    ("maart", 3),
    ("mrt", 3),
    ("marco", 3),
    ("april", 4),
    ("apr", 4),
    ("avril", 4),
    ("avr", 4),
    ("abril", 4),
    ("abr", 4),
    ("aprile", 4),
    ("may", 5),
    ("mai", 5),
    ("mayo", 5),
    ("maggio", 5),
    ("magg", 5),
    ("mag", 5),
    ("mei", 5),
    ("maio", 5),
    ("june", 6),
    ("jun", 6),
    ("juin", 6),
    ("juni", 6),
    ("junio", 6),
    ("giugno", 6),
    ("giu", 6),
    ("junho", 6),
    ("july", 7),
    ("jul", 7),
    ("juillet", 7),
    ("juil", 7),
    ("juli", 7),
    ("julio", 7),
    ("luglio", 7),
    ("lug", 7),
    ("julho", 7),
    ("august", 8),
    ("aug", 8),
    ("aout", 8),
    ("agosto", 8),
    ("ago", 8),
    ("augustus", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("septembre", 9),
    ("septiembre", 9),
    ("setiembre", 9),
    ("settembre", 9),
    ("sett", 9),
    ("set", 9),
    ("setembro", 9),
    ("october", 10),
    ("oct", 10),
    ("octobre", 10),
    ("oktober", 10),
    ("okt", 10),
    ("octubre", 10),
    ("ottobre", 10),
    ("ott", 10),
    ("outubro", 10),
    ("out", 10),
    ("november", 11),
    ("nov", 11),
    ("novembre", 11),
    ("noviembre", 11),
    ("novembro", 11),
    ("december", 12),
    ("dec", 12),
    ("decembre", 12),
    ("dezember", 12),
    ("dez", 12),
    ("diciembre", 12),
    ("dic", 12),
    ("dicembre", 12),
    ("dezembro", 12),
];

fn month_of(pieces: &Pieces, index: usize) -> Option<u32> {
    let word = pieces.letters(index)?;
    if word.len() < 3 || word.len() > 10 {
        return None;
    }
    MONTHS.iter().find(|(name, _)| *name == word).map(|(_, month)| *month)
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
            .or_else(|| month_then_day(pieces, index));
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

/// 2026-03-12, 12.03.2026, 3/12/26, 12.3.
fn figures_at(pieces: &Pieces, first: usize, order: DateOrder) -> Option<DateMention> {
    let starts_inside = first > 0
        && pieces.is_joined(first)
        && pieces.get(first - 1).is_some_and(|_| {
            pieces.letters(first - 1).is_some()
                || pieces.mark(first - 1).is_some_and(|mark| matches!(mark, '-' | '/' | '.' | ','))
        });
    if starts_inside {
        return None;
    }
    let separator = pieces.mark(first + 1).filter(|mark| matches!(mark, '.' | '/' | '-' | '–'))?;
    let spaced_apart = !pieces.is_joined(first + 1);
    if spaced_apart || (separator != '.' && !pieces.is_joined(first + 2)) {
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
    let has_third = pieces.mark(first + 3) == Some(separator) && pieces.is_joined(first + 3);
    let year = year_at(pieces, first + 4).filter(|_| has_third && (separator == '.' || pieces.is_joined(first + 4)));
    let continues = pieces.is_joined(first + 5) && pieces.mark(first + 5).is_some_and(|mark| matches!(mark, '-' | '/'));
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
    match year {
        Some(year) if !(continues && pieces.digits(first + 6).is_some()) => {
            Some(DateMention { first, end: first + 5, year: Some(year), month, day })
        }
        Some(_) | None => {
            let is_money = is_money_mark(pieces, first.checked_sub(1)) || is_money_mark(pieces, Some(first + 4));
            let is_plain = separator == '.' && has_third && pieces.digits(first + 4).is_none() && !is_money;
            let is_slashed = separator == '/' && !has_third && !pieces.is_joined(first + 3);
            (is_plain || is_slashed).then_some(DateMention {
                first,
                end: if is_plain { first + 4 } else { first + 3 },
                year: None,
                month,
                day,
            })
        }
    }
}

/// Whether the mark at this index makes a number beside it a sum of money, as in `£6.30.` or `9 x 0.70 = 6.30.`
fn is_money_mark(pieces: &Pieces, index: Option<usize>) -> bool {
    index.and_then(|index| pieces.mark(index)).is_some_and(|mark| matches!(mark, '$' | '€' | '£' | '='))
}

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
            (Some(mark), _) => matches!(mark, '.' | '-' | '/' | '°'),
            (None, Some(word)) => {
                matches!(word, "de" | "of" | "st" | "nd" | "rd" | "th" | "er" | "o" | "do" | "den" | "e")
            }
            (None, None) => false,
        };
        skipped += 1;
        if !is_filler || skipped > 2 {
            return None;
        }
        index += 1;
    };
    let (year, end) = year_after(pieces, index + 1);
    Some(DateMention { first, end, year, month, day })
}

/// March 13, 2026; Mar. 3rd.
fn month_then_day(pieces: &Pieces, first: usize) -> Option<DateMention> {
    let mut index = first + 1;
    if pieces.mark(index) == Some('.') && pieces.is_joined(index) {
        index += 1;
    }
    let day = number(pieces, index, 1..=2).filter(|day| (1..=31).contains(day))?;
    let month = month_of(pieces, first)?;
    index += 1;
    if pieces.is_joined(index) && matches!(pieces.letters(index), Some("st" | "nd" | "rd" | "th")) {
        index += 1;
    }
    let (year, end) = year_after(pieces, index);
    Some(DateMention { first, end, year, month, day })
}

/// The year after a month or day, and the end of the date.
fn year_after(pieces: &Pieces, from: usize) -> (Option<i32>, usize) {
    let mut index = from;
    for _ in 0..2 {
        let is_filler = pieces.mark(index).is_some_and(|mark| matches!(mark, ',' | '.' | '-' | '/' | '’' | '\''))
            || matches!(pieces.letters(index), Some("de" | "del" | "of" | "do"));
        if is_filler {
            index += 1;
        }
    }
    let is_long = pieces.digits(index).is_some_and(|digits| digits.len() == 4);
    let is_short = pieces.is_joined(index)
        && pieces.digits(index).is_some_and(|digits| digits.len() == 2)
        && pieces.mark(index - 1).is_some_and(|mark| matches!(mark, '-' | '/' | '’' | '\''));
    match year_at(pieces, index).filter(|_| is_long || is_short) {
        Some(year) => (Some(year), index + 1),
        None => (None, from),
    }
}

/// Whether the message's words and signs are those of a country that writes the month first.
pub fn date_order(pieces: &Pieces) -> DateOrder {
    const ENGLISH: [u64; 6] =
        [hash_of("the"), hash_of("and"), hash_of("is"), hash_of("was"), hash_of("please"), hash_of("your")];
    const ELSEWHERE: [u64; 9] = [
        hash_of("gst"),
        hash_of("abn"),
        hash_of("hst"),
        hash_of("vat"),
        hash_of("aud"),
        hash_of("nzd"),
        hash_of("bacs"),
        hash_of("cheque"),
        hash_of("eur"),
    ];
    const AMERICAN: [u64; 8] = [
        hash_of("usd"),
        hash_of("ach"),
        hash_of("inc"),
        hash_of("llc"),
        hash_of("check"),
        hash_of("corp"),
        hash_of("attn"),
        hash_of("freight"),
    ];
    let (mut is_english, mut american_count, mut elsewhere_count) = (false, 0, 0);
    for (index, piece) in pieces.iter().enumerate() {
        is_english |= ENGLISH.contains(&piece.hash);
        american_count += usize::from(AMERICAN.contains(&piece.hash) || pieces.mark(index) == Some('$'));
        let is_elsewhere = ELSEWHERE.contains(&piece.hash) || matches!(pieces.mark(index), Some('£' | '€'));
        elsewhere_count += usize::from(is_elsewhere);
    }
    if is_english && american_count > 0 && elsewhere_count == 0 { DateOrder::MonthFirst } else { DateOrder::DayFirst }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(text: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let near = CivilDate::new(2026, 3, 1);
        let order = date_order(&pieces);
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
        ] {
            assert_eq!(dates(text), ["2026-03-12"], "{text}");
        }
    }

    #[test]
    fn invoice_numbers_are_no_dates() {
        for text in ["2025/1187", "F25/0091", "RE-12-03-2026-7", "P/119/24", "31.02.2026"] {
            assert_eq!(dates(text), Vec::<String>::new(), "{text}");
        }
    }
}
