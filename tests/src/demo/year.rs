//! The movement in fast forward: from registration to the yearly report, the round of 2023, the end of the district level and
//! the round of 2025, with real replicas and a real hub on one clock that is turned forward.
//!
//! [`run`] tells what happens and gives what came of it, for a test to hold against the plan.

mod awards;
mod people;
mod reports;
mod units;

use std::collections::BTreeMap;

use dongbo_core::{
    plan::{Amendment, DeadlineState, DeadlineView, IndicatorView, RoundView},
    store::MemoryStore,
};

use self::people::People;
use crate::world::World;

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The calendar on 5 January 2024.
    pub calendar: Vec<DeadlineView>,
    /// Targets of 2023.
    pub targets: Vec<IndicatorView>,
    /// The round of 2023.
    pub interim: RoundView,
    /// The round of 2025.
    pub last: RoundView,
    /// What arrived after the district had frozen its report of 2023.
    pub amendments: Vec<Amendment>,
    /// The frozen figures before and after it arrived.
    pub frozen: [Vec<dongbo_core::plan::ReportFigure>; 2],
    /// The sum of each measure over all units, as of the last day of each age of the unit tree.
    pub totals: Vec<(&'static str, BTreeMap<String, rust_decimal::Decimal>)>,
    /// Rows that are dated after the movement closed.
    pub after_close: usize,
}

/// A time in Vietnam.
pub(crate) fn at(date: &str, time: &str) -> i64 {
    let instant = format!("{date}T{time}+07:00").parse::<jiff::Timestamp>();
    instant.map_or_else(|error| unreachable!("{date} {time}: {error}"), jiff::Timestamp::as_millisecond)
}

/// Runs the years, telling each thing in a line.
pub fn run(say: &mut dyn FnMut(&str)) -> anyhow::Result<Outcome> {
    let mut world = World::new(MemoryStore::new(), 244);
    let mut people = People::join(&mut world)?;

    say("1. Quý I/2023: đăng ký thi đua, kế hoạch phát động  /  registration, launch plans");
    people.register(&mut world)?;
    say("2. Năm 2023: hoạt động, tập huấn, số liệu chỉ tiêu  /  a year's work");
    people.work(&mut world)?;
    say("3. Quý IV/2023: xét khen thưởng sơ kết  /  the interim round");
    let interim = awards::interim(&mut world, &mut people, say)?;
    say("4. Tháng 12/2023: báo cáo năm chốt từ dữ liệu đã hợp nhất  /  yearly reports, frozen");
    let report = reports::freeze(&mut world, &mut people, say)?;
    let (frozen, amendments) = reports::amend(&mut world, &mut people, report, say)?;
    let calendar = reports::calendar(&mut world, say)?;
    let targets = reports::targets(&mut world, say)?;
    say("5. 2025: sáp nhập xã, bỏ cấp huyện  /  communes merge, the district level ends");
    let totals = units::change(&mut world, &mut people, say)?;
    say("6. Quý IV/2025: xét khen thưởng tổng kết  /  the final round");
    let last = awards::last(&mut world, &mut people, say)?;
    say("7. Sau 31/12/2025: phong trào kết thúc  /  after the close");
    let after_close = people.after_close(&mut world, say)?;
    Ok(Outcome { calendar, targets, interim, last, amendments, frozen, totals, after_close })
}

/// How many obligations stand where, for a line of text.
pub(crate) fn standing(deadline: &DeadlineView) -> String {
    let count = |state| deadline.count(state);
    format!(
        "{} đúng hạn, {} muộn, {} quá hạn, {} chưa đến hạn",
        count(DeadlineState::Done),
        count(DeadlineState::Late),
        count(DeadlineState::Overdue),
        count(DeadlineState::Due)
    )
}
