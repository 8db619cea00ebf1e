//! A date of the unit tree is 00:00 in Vietnam. The country has kept +07:00 since 1975, so no time zone table is needed.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz,
};

const VIETNAM: tz::Offset = tz::offset(7);

/// The instant this date begins in Vietnam, milliseconds since the Unix epoch.
///
/// Dates at the very ends of the calendar are clamped to the earliest or latest instant there is.
pub fn midnight_ms(date: Date) -> i64 {
    let clamped = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    VIETNAM.to_timestamp(date.to_datetime(Time::midnight())).unwrap_or(clamped).as_millisecond()
}

/// The date in Vietnam at this instant; `None` outside the calendar (years -9999 to 9999).
pub fn date_of_ms(ms: i64) -> Option<Date> {
    Some(VIETNAM.to_datetime(Timestamp::from_millisecond(ms).ok()?).date())
}
