//! Cells by the units in force on a date: what was counted for a unit that has since merged is shown where it went.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Cell, CellKey};
use crate::{UnitId, unit::UnitTree};

/// Cells by the units in force on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOfCells {
    /// The cells, by key, each key once.
    pub cells: Vec<Cell>,
    /// Units that stand in the cells under their own name though they are not in force on the date: they were split,
    /// ended without a successor, have not begun, or are unknown.
    pub unmapped: BTreeSet<UnitId>,
}

/// Gives each cell to what its unit is on the date, if that is exactly one unit. What was split cannot be divided
/// after the fact, so it stays whole, flagged. No total of a measure is changed by it.
pub fn as_of(units: &UnitTree, cells: impl IntoIterator<Item = Cell>, date: Date) -> AsOfCells {
    let mut became: BTreeMap<UnitId, UnitId> = BTreeMap::new();
    let mut unmapped = BTreeSet::new();
    let mut sums = Sums::default();
    for Cell { key, value } in cells {
        let unit =
            became.entry(key.unit.clone()).or_insert_with(|| match units.successors_as_of(&key.unit, date)[..] {
                [one] => one.id.clone(),
                _ => {
                    unmapped.insert(key.unit.clone());
                    key.unit.clone()
                }
            });
        sums.add(CellKey { unit: unit.clone(), ..key }, value);
    }
    AsOfCells { cells: sums.into_cells(), unmapped }
}

/// Adds each cell to every unit above its own on the date, so that a unit's number includes everything below it.
///
/// A unit that is not in force on the date counts under what is in force above it: the nearest of the units it was
/// registered under, or what became of that one (after a split, the first, as in [`crate::unit::UnitsAsOf::parent`]).
pub fn summed_up(units: &UnitTree, cells: impl IntoIterator<Item = Cell>, date: Date) -> Vec<Cell> {
    let view = units.as_of(date);
    let above = |unit: &UnitId| -> Vec<UnitId> {
        let mut found: Vec<UnitId> = Vec::new();
        if view.get(unit).is_none() {
            let ancestors = units.ancestors(unit);
            let mut now = ancestors.iter().filter_map(|above| units.successors_as_of(&above.id, date).first().copied());
            found.extend(now.find(|above| above.id != *unit).map(|above| above.id.clone()));
        }
        let ancestors = view.ancestors(found.first().unwrap_or(unit));
        found.extend(ancestors.into_iter().map(|above| above.id.clone()));
        found
    };
    let mut all_above: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
    let mut sums = Sums::default();
    for Cell { key, value } in cells {
        for unit in all_above.entry(key.unit.clone()).or_insert_with(|| above(&key.unit)) {
            sums.add(CellKey { unit: unit.clone(), ..key.clone() }, value);
        }
        sums.add(key, value);
    }
    sums.into_cells()
}

/// Sums by key; what adds up to nothing is no cell.
#[derive(Default)]
struct Sums(BTreeMap<CellKey, Decimal>);

impl Sums {
    fn add(&mut self, key: CellKey, value: Decimal) {
        *self.0.entry(key).or_default() += value;
    }

    fn into_cells(self) -> Vec<Cell> {
        let sums = self.0.into_iter().filter(|(_, value)| !value.is_zero());
        sums.map(|(key, value)| Cell { key, value: value.normalize() }).collect()
    }
}
