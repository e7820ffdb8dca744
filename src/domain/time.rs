//! Instants and civil dates: two types, because a due date has no time zone and a receipt has no doubt.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::violation::Violation;

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instant(i64);

impl Instant {
    /// The instant this many microseconds after 1970-01-01T00:00:00Z.
    pub fn from_unix_us(microseconds: i64) -> Self {
        Instant(microseconds)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn unix_us(self) -> i64 {
        self.0
    }

    /// The instant this many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Instant(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The civil day in UTC, kept within the accepted range. The day of the business is told by its
    /// [`TimeZone`](super::time_zone::TimeZone).
    pub fn utc_date(self) -> CivilDate {
        let days = self.0.div_euclid(MICROSECONDS_PER_DAY);
        let (first, last) = (CivilDate::MIN.0.into(), CivilDate::MAX.0.into());
        CivilDate(i32::try_from(days.clamp(first, last)).unwrap_or(CivilDate::MAX.0))
    }

    /// Reads RFC 3339, such as `2026-03-15T08:00:00Z`.
    ///
    /// # Errors
    /// A violation naming `field`.
    pub fn parse(field: &str, text: &str) -> Result<Self, Violation> {
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Instant(timestamp.as_microsecond()))
            .map_err(|_| Violation::new(field, text, "an RFC 3339 instant such as 2026-03-15T08:00:00Z"))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{} µs", self.0),
        }
    }
}

/// A day of the Gregorian calendar, without a time or zone; counted in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CivilDate(i32);

impl CivilDate {
    /// 1900-01-01, the first day accepted.
    pub const MIN: CivilDate = CivilDate(-25_567);
    /// 2199-12-31, the last day accepted.
    pub const MAX: CivilDate = CivilDate(84_005);

    /// The day of a year, month (1 to 12) and day of month, if there is one between 1900 and 2199.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let year = i16::try_from(year).ok()?;
        let month = i8::try_from(month).ok()?;
        let day = i8::try_from(day).ok()?;
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        Self::from_jiff(date)
    }

    fn from_jiff(date: jiff::civil::Date) -> Option<Self> {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        let days = CivilDate(epoch.until(date).ok()?.get_days());
        (CivilDate::MIN <= days && days <= CivilDate::MAX).then_some(days)
    }

    fn jiff(self) -> jiff::civil::Date {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch.saturating_add(jiff::Span::new().days(self.0))
    }

    /// The day this many days after 1970-01-01, kept within the accepted range.
    pub fn from_unix_days(days: i32) -> Self {
        CivilDate(days.clamp(CivilDate::MIN.0, CivilDate::MAX.0))
    }

    /// Days since 1970-01-01.
    pub fn unix_days(self) -> i32 {
        self.0
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// A violation naming `field`.
    pub fn parse(field: &str, text: &str) -> Result<Self, Violation> {
        let wrong = || Violation::new(field, text, "a date as YYYY-MM-DD between 1900-01-01 and 2199-12-31");
        if text.len() != 10 {
            return Err(wrong());
        }
        text.parse::<jiff::civil::Date>().ok().and_then(Self::from_jiff).ok_or_else(wrong)
    }

    /// The day this many days later (earlier when negative), kept within the accepted range.
    pub fn plus_days(self, days: i32) -> Self {
        CivilDate(self.0.saturating_add(days).clamp(CivilDate::MIN.0, CivilDate::MAX.0))
    }

    /// Days from `earlier` to this day; negative when this day is the earlier one.
    pub fn days_since(self, earlier: CivilDate) -> i32 {
        self.0 - earlier.0
    }

    /// Year, month (1 to 12) and day of month.
    pub fn year_month_day(self) -> (i32, u32, u32) {
        let date = self.jiff();
        (date.year().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into())
    }

    /// Day of the week, 0 for Monday to 6 for Sunday.
    pub fn weekday_index(self) -> u32 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7).unsigned_abs()
    }

    /// Midnight at the start of the day in UTC.
    pub fn start(self) -> Instant {
        Instant(i64::from(self.0) * MICROSECONDS_PER_DAY)
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.jiff().fmt(f)
    }
}

impl TryFrom<String> for CivilDate {
    type Error = Violation;
    fn try_from(text: String) -> Result<Self, Violation> {
        CivilDate::parse("date", &text)
    }
}

impl From<CivilDate> for String {
    fn from(date: CivilDate) -> String {
        date.to_string()
    }
}

/// Tells the time to code that needs it; tests hand in a fixed one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// A clock that is shared between threads.
pub type SharedClock = Arc<dyn Clock>;

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that stands still at one instant.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Instant);

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_print_as_they_parse_and_know_their_weekday() {
        for text in ["1900-01-01", "1970-01-01", "2024-02-29", "2199-12-31"] {
            assert_eq!(CivilDate::parse("on", text).unwrap().to_string(), text);
        }
        assert_eq!(CivilDate::parse("on", "2026-03-15").unwrap().weekday_index(), 6);
        assert_eq!(CivilDate::MIN.to_string(), "1900-01-01");
        assert_eq!(CivilDate::MAX.to_string(), "2199-12-31");
        for text in ["2023-02-29", "2026-3-15", "15.03.2026", "1899-12-31", ""] {
            assert!(CivilDate::parse("on", text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn instants_before_the_epoch_fall_on_the_day_before() {
        assert_eq!(Instant::from_unix_us(-1).utc_date().to_string(), "1969-12-31");
        assert_eq!(Instant::from_unix_us(0).utc_date().start(), Instant::from_unix_us(0));
    }
}
