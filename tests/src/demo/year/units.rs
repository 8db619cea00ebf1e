//! The unit tree changes three times; every total stays.

use std::collections::BTreeMap;

use dongbo_core::UnitId;
use dongbo_server::hub::RollupQuery;
use jiff::civil::Date;
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
    say(&format!(
        "   bản ghi của {} đến sau khi sáp nhập: vẫn thuộc {}  /  late, kept with its unit",
        row.unit, row.unit
    ));

    let ages = ["2024-12-31", "2025-02-28", "2025-06-30", "2025-07-01"];
    let mut by_age = Vec::new();
    for day in ages {
        let date = day.parse()?;
        let sums = totals(world, date)?;
        say(&format!(
            "   {day}: {} hoạt động, {} lượt người tham gia",
            sum(&sums, "activities"),
            sum(&sums, "activity_participants")
        ));
        by_age.push((day, sums));
    }
    world.now_ms = at("2025-07-02", "08:00");
    Ok(by_age)
}

/// Each measure over the whole tree as it stood: what the units at the top have, with everything below them, and what no unit in force
/// took over.
fn totals(world: &World, date: Date) -> anyhow::Result<BTreeMap<String, Decimal>> {
    let query = RollupQuery { as_of: Some(date), ..RollupQuery::default() };
    let answer = world.hub.rollup(&world.hub.whole_scope()?, &query, world.now_ms)?;
    let units = world.hub.rules()?.units.as_of(date);
    let is_top = |unit: &UnitId| units.parent(unit).is_none();
    let mut sums = BTreeMap::new();
    for cell in answer.cells.iter().filter(|cell| cell.key.dimension.is_empty() && is_top(&cell.key.unit)) {
        if !answer.unmapped.contains(&cell.key.unit) {
            *sums.entry(cell.key.measure.clone()).or_default() += cell.value;
        }
    }
    Ok(sums)
}

fn sum(sums: &BTreeMap<String, Decimal>, measure: &str) -> Decimal {
    sums.get(measure).copied().unwrap_or_default()
}
