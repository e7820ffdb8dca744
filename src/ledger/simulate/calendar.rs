//! Days on which businesses pay: workdays, fixed weekdays and month ends.

use crate::domain::time::CivilDate;

/// Weekday index of Saturday.
const SATURDAY: u32 = 5;

/// The first day of the month that is `months` after that of `on`.
pub fn month_start(on: CivilDate, months: i32) -> CivilDate {
    let (year, month, _) = on.year_month_day();
    let months_since_zero = year * 12 + i32::try_from(month).unwrap_or(1) - 1 + months;
    let month = u32::try_from(months_since_zero.rem_euclid(12)).unwrap_or(0) + 1;
    CivilDate::new(months_since_zero.div_euclid(12), month, 1).unwrap_or(on)
}

/// The last day of the month of `on`.
pub fn month_end(on: CivilDate) -> CivilDate {
    month_start(on, 1).plus_days(-1)
}

/// Month of the year, 1 to 12.
pub fn month_of(on: CivilDate) -> u32 {
    on.year_month_day().1
}

/// `on`, or the Monday after it when it falls on a weekend.
pub fn workday_from(on: CivilDate) -> CivilDate {
    match on.weekday_index() {
        SATURDAY => on.plus_days(2),
        weekday if weekday > SATURDAY => on.plus_days(1),
        _ => on,
    }
}

/// The first day from `on` that has this weekday (0 is Monday).
pub fn weekday_from(on: CivilDate, weekday_index: u32) -> CivilDate {
    let ahead = (weekday_index + 7 - on.weekday_index()) % 7;
    on.plus_days(i32::try_from(ahead).unwrap_or(0))
}

/// The last workday of the month, this month's or, when it has passed, the next one's.
pub fn month_end_run_from(on: CivilDate) -> CivilDate {
    let run = last_workday(month_end(on));
    if run >= on { run } else { last_workday(month_end(month_start(on, 1))) }
}

fn last_workday(on: CivilDate) -> CivilDate {
    match on.weekday_index() {
        SATURDAY => on.plus_days(-1),
        weekday if weekday > SATURDAY => on.plus_days(-2),
        _ => on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        assert_eq!(month_end(day("2024-02-10")), day("2024-02-29"));
        assert_eq!(month_start(day("2025-12-31"), 1), day("2026-01-01"));
        assert_eq!(month_start(day("2025-01-31"), -1), day("2024-12-01"));
    }

    #[test]
    fn runs_fall_on_workdays_and_not_before_the_day_asked_for() {
        for offset in 0..800 {
            let on = day("2024-01-01").plus_days(offset);
            for run in [workday_from(on), month_end_run_from(on)] {
                assert!(run >= on && run.weekday_index() < SATURDAY, "{on} {run}");
            }
            assert_eq!(weekday_from(on, 3).weekday_index(), 3);
        }
    }
}
