//! The unit tree changes three times; every total stays.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{at, people::People};
use crate::world::World;

/// The sums of each measure on the last day of each age of the tree.
pub(super) fn change(
    world: &mut World,
    people: &mut People,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<Vec<(&'static str, BTreeMap<String, Decimal>)>> {
    // Typed in Phước Hiệp in December 2024, sent when the ward is no more.
    let typed = at("2024-12-30", "16:00");
    world.now_ms = typed;
    people.phuoc_hiep.sync(world)?;
    let late = people.phuoc_hiep.create("outreach", super::people::outreach("2024-12-30"), typed)?;
    world.now_ms = at("2025-01-10", "08:00");
    people.phuoc_hiep.sync(world)?;
    let row = world.hub.record(&world.hub.whole_scope()?, late.record)?.row;
    say(&format!("   bản ghi của {} đến sau khi sáp nhập: vẫn thuộc {}  /  late, kept with its unit", row.unit, row.unit));

    let ages = ["2024-12-31", "2025-02-28", "2025-06-30", "2025-07-01"];
    let mut totals = Vec::new();
    for day in ages {
        let date = day.parse()?;
        let sums = world.hub.totals_as_of(&world.hub.whole_scope()?, date)?;
        say(&format!("   {day}: {} hoạt động, {} lượt người tham gia", sum(&sums, "activities"), sum(&sums, "activity_participants")));
        totals.push((day, sums));
    }
    world.now_ms = at("2025-07-02", "08:00");
    Ok(totals)
}

fn sum(sums: &BTreeMap<String, Decimal>, measure: &str) -> Decimal {
    sums.get(measure).copied().unwrap_or_default()
}
