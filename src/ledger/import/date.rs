//! Dates as exports write them, by the formats that a mapping lists.

use jiff::fmt::strtime;

use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;

/// One way to write a date, in the notation of `strftime`; digits need not be padded when they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(String);

impl DateFormat {
    /// `YYYY-MM-DD`.
    pub fn iso() -> Self {
        DateFormat("%Y-%m-%d".to_owned())
    }

    /// Checks a format: what it writes of a day must be read back as that day.
    ///
    /// # Errors
    /// A violation of `date_formats`.
    pub fn parse(format: &str) -> Result<Self, Violation> {
        let wrong = || Violation::new("date_formats", format, "a format with year, month and day such as %d.%m.%Y");
        let probe = jiff::civil::Date::constant(2013, 4, 25);
        let format = DateFormat(format.to_owned());
        let written = strtime::format(&format.0, probe.at(0, 0, 0, 0)).map_err(|_| wrong())?;
        match format.read(&written) {
            Some(date) if date.year_month_day() == (2013, 4, 25) => Ok(format),
            Some(_) | None => Err(wrong()),
        }
    }

    /// The day written, when it is written in this format and lies within the accepted years.
    pub fn read(&self, text: &str) -> Option<CivilDate> {
        let date = strtime::parse(&self.0, text).ok()?.to_date().ok()?;
        CivilDate::new(date.year().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into())
    }

    /// The format as written in the mapping.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, text: &str) -> Option<String> {
        DateFormat::parse(format).unwrap().read(text).map(|date| date.to_string())
    }

    #[test]
    fn days_are_read_padded_or_not() {
        assert_eq!(read("%m/%d/%Y", "1/2/2013").unwrap(), "2013-01-02");
        assert_eq!(read("%m/%d/%Y", "01/02/2013").unwrap(), "2013-01-02");
        assert_eq!(read("%d.%m.%Y", "31.12.2025").unwrap(), "2025-12-31");
        assert_eq!(read("%Y%m%d", "20251231").unwrap(), "2025-12-31");
        assert_eq!(read("%d.%m.%y", "31.12.25").unwrap(), "2025-12-31");
        assert_eq!(read("%d %b %Y", "3 Feb 2025").unwrap(), "2025-02-03");
        assert_eq!(read("%Y-%m-%d %H:%M:%S", "2025-02-03 10:20:30").unwrap(), "2025-02-03");
    }

    #[test]
    fn days_that_are_none_are_refused() {
        for text in ["13/1/2013", "2/30/2013", "1/2/13", "1/2/2013 10:00", "", "soon", "1/2/1013"] {
            assert_eq!(read("%m/%d/%Y", text), None, "{text} was accepted");
        }
    }

    #[test]
    fn a_format_without_a_whole_date_is_refused() {
        for format in ["%Y-%m", "%q", "DD.MM.YYYY", "", "%d %d %Y"] {
            assert!(DateFormat::parse(format).is_err(), "{format} was accepted");
        }
    }
}
