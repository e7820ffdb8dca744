//! Finds days that a message names as seen from its day of receipt, such as `tomorrow`, `next Friday` or `Ende März`, and says
//! which days they are.
//!
//! The conventions, each the reading that most senders mean:
//! - A weekday is the first such day after receipt, also with `next` before it, for in most of the seven languages that word
//!   says no more than `coming`. On the day itself a sender says `today`.
//! - A weekday of next week lies in the week that begins with the Monday after receipt.
//! - A weekday with a number of weeks behind it, `Friday fortnight` or `Freitag in zwei Wochen`, comes that many weeks after the first
//!   such day. Which day is the one after the next, writers do not agree on.
//! - A week with a number is that of ISO 8601.
//! - A day of the month without a month is the first such day after receipt.
//! - The end of a month is its last day, its middle the 15th; the end of a week is its Friday, since payments are made on
//!   working days. The beginning of a month and a week without a day name no day that could be held against the sender.
//! - A number of days counts calendar days, unless working days are named: those are Monday to Friday, for holidays are not known.
//!   Of `7 to 10 days` the later one is promised.

use super::dates::DateMention;
use super::pieces::Pieces;
use super::relative_spans::{find_day, find_duration, find_month_part};
use super::relative_words::{ENDS_BEFORE, SINCE_OR_PAST, is_one_of};
use super::short_dates::find_short_date;
use crate::domain::time::CivilDate;

/// Most days that a duration may have; later ones are no promise of a day.
pub const DAYS_MAX: u32 = 366;
/// Days before receipt from which a month without a year is looked for, as for written dates.
const DAYS_BACK: i32 = 60;
/// Months in which a day of the month is looked for; every day from 1 to 31 comes within them.
const MONTHS_AHEAD: u32 = 3;
/// The weekday by which the year of a week is told.
const THURSDAY: u32 = 3;
/// The weekday on which a week of business ends.
pub const FRIDAY: u32 = 4;

/// A day as seen from the day of receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelativeDay {
    /// This many calendar days later.
    Days(u32),
    /// This many days from Monday to Friday later.
    WorkingDays(u32),
    /// This many months later.
    Months(u32),
    /// The first such weekday, 0 for Monday, and this many weeks later.
    Weekday(u32, u32),
    /// The weekday of the week after that of receipt.
    WeekdayOfNextWeek(u32),
    /// The Friday of this week, or of the one this many weeks later.
    EndOfWeek(u32),
    /// A weekday of a week that is named by its number in ISO 8601, of this year or the one that is meant.
    InWeek {
        /// The year, when written.
        year: Option<i32>,
        /// The week, 1 to 53.
        week: u32,
        /// The weekday, 0 for Monday.
        weekday: u32,
    },
    /// One of the same weekdays of a month, of this year or the one that is meant.
    WeekdayOfMonth {
        /// The year, when written.
        year: Option<i32>,
        /// The month, 1 to 12.
        month: u32,
        /// The weekday, 0 for Monday.
        weekday: u32,
        /// Its place among them, 0 for the first.
        place: u32,
    },
    /// The next such day of a month.
    DayOfMonth(u32),
    /// This day of the month after that of receipt.
    DayOfNextMonth(u32),
    /// The last day of the month that is this many later.
    EndOfMonth(u32),
    /// This day of a month, its last when there is none, of this year or the one that is meant.
    InMonth {
        /// The year, when written.
        year: Option<i32>,
        /// The month, 1 to 12.
        month: u32,
        /// The day.
        day: Option<u32>,
    },
}

/// A day that is named as seen from the day of receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelativeMention {
    /// First piece.
    pub first: usize,
    /// One past the last piece.
    pub end: usize,
    /// The day.
    pub day: RelativeDay,
}

impl RelativeMention {
    /// The date, for a message that was received on this day.
    pub fn resolve(&self, received_on: CivilDate) -> Option<CivilDate> {
        let (year, month, day) = received_on.year_month_day();
        match self.day {
            RelativeDay::Days(days) => Some(received_on.plus_days(i32::try_from(days).ok()?)),
            RelativeDay::WorkingDays(days) => Some(after_working_days(received_on, days)),
            RelativeDay::Months(months) => {
                let (year, month) = month_later(year, month, months);
                CivilDate::new(year, month, day).or_else(|| last_of_month(year, month))
            }
            RelativeDay::Weekday(index, weeks) => {
                let days = (index + 7 - received_on.weekday_index() - 1) % 7 + 1 + 7 * weeks;
                Some(received_on.plus_days(i32::try_from(days).ok()?))
            }
            RelativeDay::WeekdayOfNextWeek(index) => weekday_of_week(received_on, index, 1),
            RelativeDay::EndOfWeek(weeks) => {
                let is_weekend = received_on.weekday_index() > FRIDAY;
                weekday_of_week(received_on, FRIDAY, weeks + u32::from(is_weekend))
            }
            RelativeDay::DayOfMonth(wanted) => (0..=MONTHS_AHEAD)
                .filter_map(|months| {
                    let (year, month) = month_later(year, month, months);
                    CivilDate::new(year, month, wanted)
                })
                .find(|date| *date > received_on),
            RelativeDay::DayOfNextMonth(wanted) => {
                let (year, month) = month_later(year, month, 1);
                CivilDate::new(year, month, wanted)
            }
            RelativeDay::EndOfMonth(months) => {
                let (year, month) = month_later(year, month, months);
                last_of_month(year, month)
            }
            RelativeDay::InMonth { year, month, day } => of_year_meant(received_on, year, |year| match day {
                Some(day) => CivilDate::new(year, month, day),
                None => last_of_month(year, month),
            }),
            RelativeDay::InWeek { year, week, weekday } => {
                of_year_meant(received_on, year, |year| weekday_of_numbered_week(year, week, weekday))
            }
            RelativeDay::WeekdayOfMonth { year, month, weekday, place } => {
                of_year_meant(received_on, year, |year| weekday_of_month(year, month, weekday, place))
            }
        }
    }
}

/// Every such day in reading order that is neither past nor part of a written date.
pub fn find_relative_dates(pieces: &Pieces, written: &[DateMention]) -> Vec<RelativeMention> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < pieces.len() {
        let mention = find_day(pieces, index)
            .or_else(|| find_duration(pieces, index))
            .or_else(|| find_month_part(pieces, index))
            .or_else(|| find_short_date(pieces, index));
        match mention {
            Some(mention) => {
                index = mention.end.max(index + 1);
                if !is_past(pieces, &mention) && !belongs_to_date(pieces, &mention, written) {
                    found.push(mention);
                }
            }
            None => index += 1,
        }
    }
    found
}

/// Whether the words before it make it a day from which something has lasted, or one that is over.
fn is_past(pieces: &Pieces, mention: &RelativeMention) -> bool {
    let mut index = mention.first;
    for _ in 0..2 {
        let Some(before) = index.checked_sub(1) else { return false };
        if is_one_of(pieces, before, SINCE_OR_PAST) {
            return true;
        }
        if mention.day == RelativeDay::Days(0) && is_one_of(pieces, before, ENDS_BEFORE) {
            return true;
        }
        if !is_one_of(pieces, before, "the den dem der le la el il de l") {
            return false;
        }
        index = before;
    }
    false
}

/// Whether the day is part of a written date or only says which weekday that is, as in `Friday, 13 March` and `13.03. (Freitag)`.
fn belongs_to_date(pieces: &Pieces, mention: &RelativeMention, written: &[DateMention]) -> bool {
    let is_weekday = matches!(mention.day, RelativeDay::Weekday(..) | RelativeDay::InWeek { .. });
    written.iter().any(|date| {
        let overlaps = date.first < mention.end && mention.first < date.end;
        let is_near = |from: usize, to: usize| {
            from <= to
                && to - from <= 3
                && (from..to).all(|index| {
                    pieces.mark(index).is_some_and(|mark| matches!(mark, ',' | '(' | '.' | '/'))
                        || is_one_of(pieces, index, "the den dem der le el il de dia giorno on am op feira a")
                })
        };
        overlaps || is_weekday && (is_near(mention.end, date.first) || is_near(date.end, mention.first))
    })
}

/// The date in the year that is written, or in the first one in which it is not long past.
fn of_year_meant(
    received_on: CivilDate,
    written: Option<i32>,
    of_year: impl Fn(i32) -> Option<CivilDate>,
) -> Option<CivilDate> {
    let earliest = received_on.plus_days(-DAYS_BACK);
    let (year, _, _) = received_on.year_month_day();
    match written {
        Some(year) => of_year(year),
        None => (year - 1..=year + 1).filter_map(of_year).find(|date| *date >= earliest),
    }
}

/// A weekday of a week as ISO 8601 numbers them: the first is the one with 4 January.
fn weekday_of_numbered_week(year: i32, week: u32, weekday: u32) -> Option<CivilDate> {
    let of_week = |weekday: u32| weekday_of_week(CivilDate::new(year, 1, 4)?, weekday, week.checked_sub(1)?);
    // The week belongs to the year of its Thursday, so that not every year has a week 53.
    let (year_of_week, _, _) = of_week(THURSDAY)?.year_month_day();
    of_week(weekday).filter(|_| year_of_week == year)
}

/// The weekday at this place, 0 for the first, among the same weekdays of a month.
fn weekday_of_month(year: i32, month: u32, weekday: u32, place: u32) -> Option<CivilDate> {
    let first = CivilDate::new(year, month, 1)?;
    CivilDate::new(year, month, 1 + (weekday + 7 - first.weekday_index()) % 7 + 7 * place)
}

fn month_later(year: i32, month: u32, months: u32) -> (i32, u32) {
    let count = month - 1 + months;
    (year + i32::try_from(count / 12).unwrap_or(0), count % 12 + 1)
}

fn last_of_month(year: i32, month: u32) -> Option<CivilDate> {
    (28..=31).rev().find_map(|day| CivilDate::new(year, month, day))
}

fn weekday_of_week(day: CivilDate, index: u32, weeks: u32) -> Option<CivilDate> {
    let days = i32::try_from(index + 7 * weeks).ok()? - i32::try_from(day.weekday_index()).ok()?;
    Some(day.plus_days(days))
}

fn after_working_days(from: CivilDate, days: u32) -> CivilDate {
    let mut day = from;
    let mut left = days.min(DAYS_MAX);
    while left > 0 {
        day = day.plus_days(1);
        left -= u32::from(day.weekday_index() <= FRIDAY);
    }
    day
}

#[cfg(test)]
mod tests;
