//! Time zones: on which civil day an instant falls where the business is.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{self, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::time::{CivilDate, Instant};
use super::violation::Violation;

/// A zone of the IANA time zone database, which comes with the program; written as its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone {
    name: String,
    rules: tz::TimeZone,
}

impl Default for TimeZone {
    fn default() -> Self {
        TimeZone::utc()
    }
}

impl TimeZone {
    /// Universal time, in which days begin for those who name no zone.
    pub fn utc() -> Self {
        TimeZone { name: "UTC".to_owned(), rules: tz::TimeZone::UTC }
    }

    /// Reads a name such as `America/Los_Angeles`; capitals are as in the database, however they were written.
    ///
    /// # Errors
    /// A violation naming `field`.
    pub fn parse(field: &str, name: &str) -> Result<Self, Violation> {
        let rules = TimeZoneDatabase::bundled().get(name).ok();
        let known = rules.and_then(|rules| Some((rules.iana_name()?.to_owned(), rules)));
        let expected = "the name of a time zone, such as America/Los_Angeles, Asia/Tokyo or UTC";
        known.map(|(name, rules)| TimeZone { name, rules }).ok_or_else(|| Violation::new(field, name, expected))
    }

    /// The name in the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is `UTC`.
    pub fn is_utc(&self) -> bool {
        self.name == "UTC"
    }

    /// The civil day at an instant, kept within the accepted range.
    pub fn day_of(&self, instant: Instant) -> CivilDate {
        match Timestamp::from_microsecond(instant.unix_us()) {
            Ok(timestamp) => instant.plus_seconds(self.rules.to_offset(timestamp).seconds().into()).utc_date(),
            // The day is beyond the accepted range in every zone.
            Err(_) => instant.utc_date(),
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Violation;

    fn try_from(name: String) -> Result<Self, Violation> {
        TimeZone::parse("time_zone", &name)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> String {
        zone.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days<const COUNT: usize>(name: &str, instants: [&str; COUNT]) -> [String; COUNT] {
        let zone = TimeZone::parse("time_zone", name).unwrap();
        instants.map(|text| zone.day_of(Instant::parse("at", text).unwrap()).to_string())
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone_in_winter_and_in_summer() {
        // Clocks go forward on 8 March 2026, and back on 1 November.
        let winter = ["2026-03-08T07:59:59Z", "2026-03-08T08:00:00Z"];
        assert_eq!(days("America/Los_Angeles", winter), ["2026-03-07", "2026-03-08"]);
        let summer = ["2026-03-09T06:59:59Z", "2026-03-09T07:00:00Z"];
        assert_eq!(days("America/Los_Angeles", summer), ["2026-03-08", "2026-03-09"]);
        let back = ["2026-11-01T06:59:59Z", "2026-11-01T07:00:00Z", "2026-11-02T07:59:59Z", "2026-11-02T08:00:00Z"];
        assert_eq!(days("America/Los_Angeles", back), ["2026-10-31", "2026-11-01", "2026-11-01", "2026-11-02"]);
        assert_eq!(days("Asia/Tokyo", ["2026-03-16T14:59:59Z", "2026-03-16T15:00:00Z"]), ["2026-03-16", "2026-03-17"]);
        assert_eq!(days("UTC", ["2026-03-16T23:59:59Z", "2026-03-17T00:00:00Z"]), ["2026-03-16", "2026-03-17"]);
    }

    #[test]
    fn a_day_without_a_midnight_begins_with_its_first_instant() {
        let spring = ["2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z"];
        assert_eq!(days("America/Sao_Paulo", spring), ["2018-11-03", "2018-11-04"]);
        // Midnight came twice: the hour before it was lived again.
        let autumn = ["2018-02-18T01:59:59Z", "2018-02-18T02:59:59Z", "2018-02-18T03:00:00Z"];
        assert_eq!(days("America/Sao_Paulo", autumn), ["2018-02-17", "2018-02-17", "2018-02-18"]);
        assert_eq!(days("Asia/Beirut", ["2024-03-30T21:59:59Z", "2024-03-30T22:00:00Z"]), ["2024-03-30", "2024-03-31"]);
        // Apia left out 30 December 2011.
        assert_eq!(
            days("Pacific/Apia", ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"]),
            ["2011-12-29", "2011-12-31"]
        );
    }

    #[test]
    fn days_long_ago_and_beyond_all_bounds_are_days_too() {
        assert_eq!(
            days("America/New_York", ["1969-12-31T23:00:00Z", "1960-01-01T04:59:59Z"]),
            ["1969-12-31", "1959-12-31"]
        );
        let zone = TimeZone::parse("time_zone", "America/Los_Angeles").unwrap();
        assert_eq!(zone.day_of(Instant::from_unix_us(i64::MIN)), CivilDate::MIN);
        assert_eq!(zone.day_of(Instant::from_unix_us(i64::MAX)), CivilDate::MAX);
    }

    #[test]
    fn a_zone_is_written_as_its_name_and_an_unknown_one_is_refused() {
        let zone = TimeZone::parse("time_zone", "america/los_angeles").unwrap();
        assert_eq!((zone.name(), zone.to_string().as_str()), ("America/Los_Angeles", "America/Los_Angeles"));
        let json = serde_json::to_string(&zone).unwrap();
        assert_eq!(json, r#""America/Los_Angeles""#);
        assert_eq!(serde_json::from_str::<TimeZone>(&json).unwrap(), zone);
        assert_eq!(TimeZone::parse("time_zone", "UTC").unwrap(), TimeZone::utc());
        for wrong in
            ["", "PST8PDT,M3.2.0,M11.1.0", "Etc/Unknown", "America/Los Angeles", "Mars/Olympus", "+09:00", "../UTC"]
        {
            let violation = TimeZone::parse("strategy.time_zone", wrong).unwrap_err();
            assert_eq!((violation.field.as_str(), violation.value.as_str()), ("strategy.time_zone", wrong));
            assert!(serde_json::from_value::<TimeZone>(wrong.into()).is_err());
        }
    }
}
