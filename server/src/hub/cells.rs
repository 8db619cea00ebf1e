//! Roll-up cells in memory: what roll-ups are answered from.

use std::{collections::BTreeMap, ops::Bound};

use dongbo_core::{
    UnitId,
    rollup::{Cell, CellKey, Projection},
    store::{Read, StoreError},
};

/// Every cell, by measure, unit, month. Read from the store when first asked for, then moved by every commit.
pub(super) struct Cells(BTreeMap<CellKey, rust_decimal::Decimal>);

/// How a commit moves cells.
pub(super) type Moves = Vec<(CellKey, Option<rust_decimal::Decimal>)>;

impl Cells {
    pub(super) fn read(store: &impl Read) -> Result<Self, StoreError> {
        Ok(Self(Projection::cells(store, None)?.into_iter().map(|cell| (cell.key, cell.value)).collect()))
    }

    /// After the commit of a batch that moves cells so.
    pub(super) fn apply(&mut self, moves: Moves) {
        for (key, value) in moves {
            match value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
    }

    /// The cells of one measure in one unit, by month.
    pub(super) fn of(&self, measure: &str, unit: &UnitId) -> impl Iterator<Item = Cell> {
        let (measure, unit) = (measure.to_owned(), unit.clone());
        let empty = String::new;
        let first =
            CellKey { measure: measure.clone(), unit: unit.clone(), month: empty(), dimension: empty(), code: empty() };
        let cells = self.0.range((Bound::Included(first), Bound::Unbounded));
        cells
            .take_while(move |(key, _)| key.measure == measure && key.unit == unit)
            .map(|(key, value)| Cell { key: key.clone(), value: *value })
    }
}
