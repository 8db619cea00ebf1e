//! Deadlines as iCalendar (RFC 5545), for the calendar on a phone or in an office.

use dongbo_core::{
    campaign::Campaign,
    plan::{DeadlineState, DeadlineView},
};
use icalendar::{Calendar, Component as _, Event};

/// The calendar: an all-day event on each due date. Where the plan says "before", the event lies on the last day that is in time.
pub(super) fn calendar(campaign: &Campaign, deadlines: &[DeadlineView], now_ms: i64) -> String {
    let mut calendar = Calendar::new().name(&campaign.name().vi).done();
    for deadline in deadlines {
        calendar.push(event(campaign, deadline, now_ms));
    }
    calendar.to_string()
}

fn event(campaign: &Campaign, deadline: &DeadlineView, now_ms: i64) -> Event {
    let zone = campaign.time_zone().clone();
    let last_instant = jiff::Timestamp::from_millisecond(deadline.too_late_from_ms - 1).unwrap_or_default();
    let last_day = jiff::ZonedDateTime::new(last_instant, zone).date();
    let stamp = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let count = |state| deadline.count(state);
    let standing = format!(
        "{} đã nộp, {} nộp muộn, {} chưa nộp / handed in, late, missing",
        count(DeadlineState::Done),
        count(DeadlineState::Late),
        count(DeadlineState::Due) + count(DeadlineState::Overdue),
    );
    let description = match deadline.obligations.is_empty() {
        true => deadline.label_en.clone(),
        false => format!("{}\n{standing}", deadline.label_en),
    };
    Event::new()
        .uid(&format!("{}-{}@{}", deadline.code, deadline.due, campaign.id()))
        .summary(&deadline.label_vi)
        .description(&description)
        .add_property("DTSTAMP", stamp.strftime("%Y%m%dT%H%M%SZ").to_string())
        .append_property(
            icalendar::Property::new("DTSTART", last_day.strftime("%Y%m%d").to_string())
                .add_parameter("VALUE", "DATE")
                .done(),
        )
        .done()
}
