//! Instants as protobuf timestamps and days as `YYYY-MM-DD`.

use prost_types::Timestamp;

use crate::domain::time::{CivilDate, Instant};
use crate::domain::violation::Violation;

use super::fields::Fields;

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICROSECOND: i32 = 1_000;

/// Writes an instant.
pub fn instant_to_pb(instant: Instant) -> Timestamp {
    let seconds = instant.unix_us().div_euclid(MICROSECONDS_PER_SECOND);
    #[expect(clippy::expect_used, reason = "a remainder of less than a second is less than 10^9 nanoseconds")]
    let microseconds =
        i32::try_from(instant.unix_us().rem_euclid(MICROSECONDS_PER_SECOND)).expect("less than a second fits");
    Timestamp { seconds, nanos: microseconds * NANOS_PER_MICROSECOND }
}

/// Reads an instant between 1900 and 2199; what is finer than a microsecond is cut off.
///
/// # Errors
/// A violation of the unnamed field.
pub fn instant_from_pb(timestamp: Timestamp) -> Result<Instant, Violation> {
    let Timestamp { seconds, nanos } = timestamp;
    let wrong =
        || Violation::new("", format_args!("{seconds} s {nanos} ns"), "an instant between 1900-01-01 and 2199-12-31");
    if !(0..1_000_000_000).contains(&nanos) {
        return Err(wrong());
    }
    let first = CivilDate::MIN.start().unix_us();
    let last = CivilDate::MAX.start().unix_us();
    seconds
        .checked_mul(MICROSECONDS_PER_SECOND)
        .and_then(|microseconds| microseconds.checked_add(i64::from(nanos / NANOS_PER_MICROSECOND)))
        .filter(|microseconds| (first..=last).contains(microseconds))
        .map(Instant::from_unix_us)
        .ok_or_else(wrong)
}

/// Writes a day, empty when there is none.
pub fn optional_date_to_pb(date: Option<CivilDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

impl Fields {
    /// Reads an instant that may be absent.
    pub fn optional_instant(&mut self, field: &str, timestamp: Option<Timestamp>) -> Option<Option<Instant>> {
        match timestamp {
            Some(timestamp) => self.take(field, instant_from_pb(timestamp)).map(Some),
            None => Some(None),
        }
    }

    /// Reads an instant that must be given.
    pub fn required_instant(&mut self, field: &str, timestamp: Option<Timestamp>) -> Option<Instant> {
        let instant = self.optional_instant(field, timestamp)?;
        if instant.is_none() {
            self.refuse(field, "", "an instant, because the field is required");
        }
        instant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_out_of_range_are_refused() {
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000), (7_258_118_400, 0)] {
            assert!(instant_from_pb(Timestamp { seconds, nanos }).is_err(), "{seconds} {nanos} was accepted");
        }
    }

    proptest! {
        #[test]
        fn instants_survive_the_wire(
            microseconds in CivilDate::MIN.start().unix_us()..=CivilDate::MAX.start().unix_us(),
        ) {
            let instant = Instant::from_unix_us(microseconds);
            prop_assert_eq!(instant_from_pb(instant_to_pb(instant)).unwrap(), instant);
        }
    }
}
