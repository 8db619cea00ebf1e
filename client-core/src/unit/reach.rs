//! How far a unit reaches: one rule for reading, writing and administering.

use std::collections::BTreeSet;

use super::{Unit, UnitTree};
use crate::UnitId;

impl UnitTree {
    /// The unit and every unit that became it, directly or through others: whoever takes over sees the old records.
    ///
    /// Empty for a unit that is not in the tree.
    pub fn reach_own(&self, id: &UnitId) -> BTreeSet<UnitId> {
        self.closure(id, |unit| self.predecessors(&unit.id).collect())
    }

    /// The smallest set that holds the unit and, with any unit, its children and its predecessors.
    ///
    /// Empty for a unit that is not in the tree.
    pub fn reach_subtree(&self, id: &UnitId) -> BTreeSet<UnitId> {
        self.closure(id, |unit| self.children(&unit.id).chain(self.predecessors(&unit.id)).collect())
    }

    fn closure<'t>(&'t self, id: &UnitId, next: impl Fn(&Unit) -> Vec<&'t Unit>) -> BTreeSet<UnitId> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&Unit> = self.get(id).into_iter().collect();
        while let Some(unit) = waiting.pop() {
            if reached.insert(unit.id.clone()) {
                waiting.extend(next(unit));
            }
        }
        reached
    }
}
