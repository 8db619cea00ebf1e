//! Due, overdue, done, late; "trước ngày" is strict; Vietnam's midnight.

use serde_json::json;

use super::{super::*, Ledger, rules};

fn ms(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn obligation(ledger: &Ledger, code: &str, year: i16, unit: &str, now: &str) -> Option<Obligation> {
    let all = deadlines(&rules(), &ledger.evidence(), ms(now), &|_, _| true);
    let view = all.into_iter().find(|view| view.code == code && view.due.year() == year).unwrap();
    view.obligations.into_iter().find(|obligation| obligation.unit.as_str() == unit)
}

fn yearly(ledger: &mut Ledger, unit: &str, year: i16, at: &str) -> crate::RecordId {
    let answers =
        json!({"kind": "yearly", "period_from": format!("{year}-01-01"), "period_to": format!("{year}-12-31")});
    ledger.add(1, "report", unit, at, answers)
}

#[test]
fn before_the_twentieth_ends_when_the_twentieth_begins_in_vietnam() {
    use DeadlineState::*;
    for (at, state) in [
        ("2023-12-19T16:59:59.999Z", Done), // 19/12 23:59:59.999 in Vietnam
        ("2023-12-19T17:00:00Z", Late),     // 20/12 00:00
    ] {
        let mut ledger = Ledger::default();
        yearly(&mut ledger, "d1", 2023, at);
        assert_eq!(obligation(&ledger, "HAN.NAM", 2023, "d1", "2024-01-05T00:00:00Z").unwrap().state, state, "{at}");
    }
    let state = |now| obligation(&Ledger::default(), "HAN.NAM", 2023, "d1", now).unwrap().state;
    assert_eq!((state("2023-12-19T16:59:59Z"), state("2023-12-19T17:00:00Z")), (Due, Overdue));
}

#[test]
fn another_deadline_ends_with_its_day() {
    let registered = |at| {
        let mut ledger = Ledger::default();
        ledger.add(1, "registration", "c1", at, json!({"year": 2023}));
        obligation(&ledger, "HAN.DK", 2023, "c1", "2023-06-01T00:00:00Z").unwrap().state
    };
    assert_eq!(registered("2023-03-31T16:59:59Z"), DeadlineState::Done);
    assert_eq!(registered("2023-03-31T17:00:00Z"), DeadlineState::Late);
}

#[test]
fn a_record_signed_in_time_and_received_late_is_late_and_says_so() {
    let mut ledger = Ledger::default();
    let record = yearly(&mut ledger, "d1", 2023, "2023-12-18T02:00:00Z");
    ledger.get_mut(record).received = Some(Received { sequence: 9, at_ms: ms("2023-12-22T02:00:00Z") });
    let found = obligation(&ledger, "HAN.NAM", 2023, "d1", "2024-01-05T00:00:00Z").unwrap();
    assert_eq!((found.state, found.signed_in_time), (DeadlineState::Late, Some(true)));
    // Still on the phone: nobody has it.
    ledger.get_mut(record).received = None;
    let found = obligation(&ledger, "HAN.NAM", 2023, "d1", "2024-01-05T00:00:00Z").unwrap();
    assert_eq!((found.state, found.record), (DeadlineState::Overdue, Some(record)));
}

#[test]
fn each_year_has_its_own_and_a_late_report_counts_for_the_year_it_is_about() {
    let mut ledger = Ledger::default();
    let record = yearly(&mut ledger, "d1", 2023, "2024-01-10T00:00:00Z");
    let of = |year| obligation(&ledger, "HAN.NAM", year, "d1", "2024-02-01T00:00:00Z").unwrap();
    assert_eq!((of(2023).state, of(2023).record), (DeadlineState::Late, Some(record)));
    assert_eq!((of(2024).state, of(2024).record), (DeadlineState::Due, None));
}

#[test]
fn another_kind_of_report_does_not_fulfil_it() {
    let mut ledger = Ledger::default();
    let answers = json!({"kind": "other", "period_to": "2023-12-31"});
    ledger.add(1, "report", "d1", "2023-12-01T00:00:00Z", answers);
    assert_eq!(
        obligation(&ledger, "HAN.NAM", 2023, "d1", "2024-01-05T00:00:00Z").unwrap().state,
        DeadlineState::Overdue
    );
}

#[test]
fn a_level_that_is_gone_owes_nothing() {
    assert!(obligation(&Ledger::default(), "HAN.NAM", 2024, "d1", "2026-01-05T00:00:00Z").is_some());
    assert_eq!(obligation(&Ledger::default(), "HAN.NAM", 2025, "d1", "2026-01-05T00:00:00Z"), None);
}

#[test]
fn an_event_is_in_the_calendar_and_owed_by_nobody() {
    let all = deadlines(&rules(), &Evidence::default(), 0, &|_, _| true);
    let order: Vec<_> = all.iter().map(|view| (view.code.as_str(), view.due.to_string())).collect();
    let expected = [
        ("HAN.DK", "2023-03-31"),
        ("HAN.NAM", "2023-12-20"),
        ("HAN.NAM", "2024-12-20"),
        ("HAN.NAM", "2025-12-20"),
        ("HAN.KT", "2025-12-31"),
    ];
    assert_eq!(order, expected.map(|(code, due)| (code, due.to_owned())));
    assert!(all[4].obligations.is_empty());
}

#[test]
fn what_lacks_something_is_not_handed_in_and_the_first_that_was_received_counts() {
    let mut ledger = Ledger::default();
    let empty = yearly(&mut ledger, "d1", 2023, "2023-12-01T00:00:00Z");
    ledger.get_mut(empty).row.issues.push(step::issue("required", "Thiếu.".into(), "Missing.".into()));
    let found = |ledger: &Ledger| obligation(ledger, "HAN.NAM", 2023, "d1", "2024-01-05T00:00:00Z").unwrap();
    assert_eq!((found(&ledger).state, found(&ledger).incomplete), (DeadlineState::Overdue, true));
    // Two people file the same report: one typed first, the other arrived first, in time.
    let typed_first = yearly(&mut ledger, "d1", 2023, "2023-12-10T00:00:00Z");
    ledger.get_mut(typed_first).received = Some(Received { sequence: 9, at_ms: ms("2023-12-27T00:00:00Z") });
    let arrived_first = yearly(&mut ledger, "d1", 2023, "2023-12-15T00:00:00Z");
    ledger.get_mut(arrived_first).counts = false;
    assert_eq!((found(&ledger).state, found(&ledger).record), (DeadlineState::Done, Some(arrived_first)));
}
