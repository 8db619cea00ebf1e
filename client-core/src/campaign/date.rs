//! Dates: text exactly as `2025-07-01`.

use jiff::civil::Date;

/// The date, if the text is one.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| date.to_string() == text)
}
