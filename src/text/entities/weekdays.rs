//! Tells which day is meant by a weekday with what stands beside it: a week that is counted, numbered or to come, or a place among
//! such days of a month; and by the end of a numbered week.

use super::dates::year_after;
use super::months::month_of;
use super::pieces::Pieces;
use super::relative_dates::{FRIDAY, RelativeDay};
use super::relative_spans::find_duration;
use super::relative_words::{DAY, END, NEXT, PAST_BEHIND, WEEK, is_one_of, next_week_end, weekday_at};

/// Words for a week in front of its number.
const NUMBERED_WEEK: &str = "kw kalenderwoche cw wk week woche semaine sem semana settimana sett";
/// The same, as far as the number may stand in front of them: `28. KW`.
const WEEK_BEHIND_NUMBER: &str = "kw kalenderwoche woche";
/// Words between a weekday, or an end, and its week.
const OF_WEEK: &str = "of the in der dieser de la l da della van dans en em na nella di do";
/// Words for the last day by which something happens.
const DEADLINE: &str = "by bis spatestens spaetestens latest until till fin hasta ate entro tot uiterlijk voor";
/// Words between such a word and the week.
const OF_DEADLINE: &str = "in der the la a o de zur zum than van";
/// Words before a weekday that say its place among others, `first` to `fourth` and `last`.
const PLACES: [&str; 5] = [
    "first ersten erste erster premier primer primero primo eerste primeira",
    "second zweiten zweite zweiter deuxieme segundo secondo tweede segunda",
    "third dritten dritte dritter troisieme tercer tercero terzo derde terceira",
    "fourth vierten vierte vierter quatrieme cuarto quarto vierde quarta",
    "last laatste",
];
/// Words between a weekday and its month.
const OF_MONTH: &str = "of in im des de du di do da van en d";
/// The place in that list that only the month tells.
const LAST_PLACE: u32 = 4;
/// Most weeks of a year.
const WEEKS_MAX: u32 = 53;
/// Words between the number of a week and the weekday in it.
const BEFORE_WEEKDAY: &str = "on am op le el il na no";

/// `Friday`, `Friday week`, `Friday of next week`, `Freitag in zwei Wochen`, `vrijdag week 28`, `the second Tuesday of July`. None where
/// what stands beside the weekday makes it another day than can be told.
pub fn weekday(pieces: &Pieces, first: usize) -> Option<(RelativeDay, usize)> {
    let (index, end) = weekday_at(pieces, first)?;
    if is_one_of(pieces, end, PAST_BEHIND) || is_after_next(pieces, first, end) {
        return None;
    }
    if let Some(from) = numbered_week_behind(pieces, end) {
        let (year, week, end) = numbered_week(pieces, from)?;
        return Some((RelativeDay::InWeek { year, week, weekday: index }, end));
    }
    if let Some(place) = place_before(pieces, first) {
        return weekday_of_month(pieces, end, index, place?);
    }
    if let Some((weeks, end)) = weeks_behind(pieces, end) {
        return Some((RelativeDay::Weekday(index, weeks), end));
    }
    // With the article alone, French and Italian mean every such day.
    let is_of_every_week = before(pieces, first, "le il di") && !is_one_of(pieces, end, NEXT);
    if is_of_every_week {
        return None;
    }
    if let Some(end) = next_week_end(pieces, end) {
        return Some((RelativeDay::WeekdayOfNextWeek(index), end));
    }
    let end = if is_one_of(pieces, end, NEXT) { end + 1 } else { end };
    Some((RelativeDay::Weekday(index, 0), end))
}

/// `next week Friday`, `KW 28, Freitag`.
pub fn weekday_behind_week(pieces: &Pieces, first: usize) -> Option<(RelativeDay, usize)> {
    let is_start = is_one_of(pieces, first, NEXT) || is_one_of(pieces, first, WEEK);
    let numbered = numbered_week(pieces, first);
    let behind_next = || next_week_end(pieces, first).filter(|_| is_start);
    let mut index = numbered.map(|(_, _, end)| end).or_else(behind_next)?;
    for _ in 0..2 {
        if pieces.mark(index) == Some(',') || is_one_of(pieces, index, BEFORE_WEEKDAY) {
            index += 1;
        }
    }
    let (weekday, end) = weekday_at(pieces, index)?;
    let day = match numbered {
        Some((year, week, _)) => RelativeDay::InWeek { year, week, weekday },
        None => RelativeDay::WeekdayOfNextWeek(weekday),
    };
    Some((day, end))
}

/// `end of week 27`, `Ende KW 27`, `fin semaine 27`, and the week alone behind a word for a last day, `bis KW 27`.
pub fn end_of_numbered_week(pieces: &Pieces, first: usize) -> Option<(RelativeDay, usize)> {
    let from = if is_one_of(pieces, first, END) {
        (first + 1..first + 4).find(|index| !is_one_of(pieces, *index, OF_WEEK))?
    } else {
        let deadline = (first.saturating_sub(3)..first).rev().find(|index| !is_one_of(pieces, *index, OF_DEADLINE))?;
        Some(first).filter(|_| is_one_of(pieces, deadline, DEADLINE))?
    };
    let (year, week, end) = numbered_week(pieces, from)?;
    Some((RelativeDay::InWeek { year, week, weekday: FRIDAY }, end))
}

fn before(pieces: &Pieces, index: usize, words: &str) -> bool {
    index.checked_sub(1).is_some_and(|before| is_one_of(pieces, before, words))
}

/// Whether it is the day after the next such day, or one of the week after the next: which of several that is, writers do not agree on.
fn is_after_next(pieces: &Pieces, first: usize, end: usize) -> bool {
    let is_word = |index: usize| {
        pieces.letters(index).is_some_and(|word| {
            word == "overvolgende"
                || ["ubernachst", "uebernachst", "uebernaechst"].iter().any(|stem| word.starts_with(stem))
        })
    };
    let is_before =
        (first.saturating_sub(3)..first).rev().take_while(|index| pieces.letters(*index).is_some()).any(is_word);
    let behind = (end..end + 5).take_while(|index| pieces.letters(*index).is_some());
    is_before || behind.clone().any(|index| is_word(index) || is_after_next_week(pieces, index))
}

/// `after next`, as far as it is said of a day or a week: not in `after next delivery`.
fn is_after_next_week(pieces: &Pieces, index: usize) -> bool {
    let is_end =
        pieces.letters(index + 2).is_none_or(|word| matches!(word, "at" | "by" | "in" | "via" | "with" | "and"));
    pieces.letters(index) == Some("after") && pieces.letters(index + 1) == Some("next") && is_end
}

/// Where a numbered week starts behind a weekday, when one does: `in KW 28`, `, week 28`, `(KW 28)`.
fn numbered_week_behind(pieces: &Pieces, end: usize) -> Option<usize> {
    let opened = if matches!(pieces.mark(end), Some(',' | '(')) { end + 1 } else { end };
    let from = (opened..opened + 4).find(|index| !is_one_of(pieces, *index, OF_WEEK))?;
    let is_numbered = is_one_of(pieces, from, NUMBERED_WEEK) && number_behind(pieces, from).is_some();
    (is_numbered || numbered_week(pieces, from).is_some()).then_some(from)
}

/// Where the number stands behind a word for a week.
fn number_behind(pieces: &Pieces, word: usize) -> Option<usize> {
    let mut index = word + 1;
    for _ in 0..2 {
        let is_between = matches!(pieces.mark(index), Some('.' | '°' | '#'))
            || is_one_of(pieces, index, "nr no n number nummer numero");
        index += usize::from(is_between);
    }
    pieces.digits(index).map(|_| index)
}

/// The year, when written, the number and the end of a week that is named by its number: `KW 28`, `KW28/2026`, `28. KW`.
fn numbered_week(pieces: &Pieces, first: usize) -> Option<(Option<i32>, u32, usize)> {
    let week_of = |index: usize| {
        let digits = pieces.digits(index).filter(|digits| digits.len() <= 2)?;
        digits.parse::<u32>().ok().filter(|week| (1..=WEEKS_MAX).contains(week))
    };
    let (week, end) = if is_one_of(pieces, first, NUMBERED_WEEK) {
        let number = number_behind(pieces, first)?;
        (week_of(number)?, number + 1)
    } else {
        let is_ordinal = pieces.mark(first + 1) == Some('.') && is_one_of(pieces, first + 2, WEEK_BEHIND_NUMBER);
        (week_of(first).filter(|_| is_ordinal)?, first + 3)
    };
    let (year, end) = year_after(pieces, end);
    let goes_on = pieces.is_joined(end)
        && (pieces.letters(end).is_some()
            || pieces.digits(end).is_some()
            || pieces.mark(end).is_some() && pieces.is_joined(end + 1) && pieces.digits(end + 1).is_some());
    (!goes_on).then_some((year, week, end))
}

/// The place of a weekday among those of its month that a word in front says; none within for a place that is no day that can be told.
fn place_before(pieces: &Pieces, first: usize) -> Option<Option<u32>> {
    let place = PLACES.iter().position(|words| before(pieces, first, words))?;
    Some(u32::try_from(place).ok().filter(|place| *place < LAST_PLACE))
}

/// The day at this place, 0 for the first, among the same weekdays of the month that is named behind.
fn weekday_of_month(pieces: &Pieces, end: usize, weekday: u32, place: u32) -> Option<(RelativeDay, usize)> {
    let mut index = end;
    while index < end + 3
        && (is_one_of(pieces, index, OF_MONTH)
            || matches!(pieces.mark(index), Some('\'' | '’')) && pieces.is_joined(index))
    {
        index += 1;
    }
    let month = month_of(pieces, index).filter(|_| index > end)?;
    let (year, end) = year_after(pieces, index + 1);
    Some((RelativeDay::WeekdayOfMonth { year, month, weekday, place }, end))
}

/// How many weeks later than the first such day it is, and the end of the words that say so: `week`, `fortnight`, `en huit`,
/// `in 14 Tagen`.
fn weeks_behind(pieces: &Pieces, end: usize) -> Option<(u32, usize)> {
    match pieces.letters(end)? {
        "week" => return Some((1, end + 1)),
        "fortnight" => return Some((2, end + 1)),
        "en" if !is_one_of(pieces, end + 2, DAY) => match pieces.letters(end + 1) {
            Some("huit") => return Some((1, end + 2)),
            Some("quinze") => return Some((2, end + 2)),
            Some(_) | None => {}
        },
        _ => {}
    }
    if !is_one_of(pieces, end, "in en dans tra fra over em dentro daqui") {
        return None;
    }
    let duration = find_duration(pieces, end)?;
    let RelativeDay::Days(days) = duration.day else { return None };
    match days {
        // Romance languages and German count both ends of one week and of two.
        8 => Some((1, duration.end)),
        15 => Some((2, duration.end)),
        _ => (days % 7 == 0).then_some((days / 7, duration.end)),
    }
}
