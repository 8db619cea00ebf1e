//! The tree as it stood at an instant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;

use super::{Unit, UnitTree, midnight_ms};
use crate::UnitId;

/// The units in force at an instant, each under the unit that was in force above it.
#[derive(Debug)]
pub struct UnitsAsOf<'t> {
    tree: &'t UnitTree,
    at_ms: i64,
    children: BTreeMap<&'t UnitId, Vec<&'t Unit>>,
}

impl UnitTree {
    /// The tree as it stood at 00:00 on this date in Vietnam.
    pub fn as_of(&self, date: Date) -> UnitsAsOf<'_> {
        self.as_of_ms(midnight_ms(date))
    }

    /// The tree as it stood at this instant, milliseconds since the Unix epoch.
    pub fn as_of_ms(&self, at_ms: i64) -> UnitsAsOf<'_> {
        let mut view = UnitsAsOf { tree: self, at_ms, children: BTreeMap::new() };
        let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for unit in view.units() {
            if let Some(parent) = view.parent(&unit.id) {
                children.entry(&parent.id).or_default().push(unit);
            }
        }
        view.children = children;
        view
    }

    /// What this unit is on this date: itself while in force, else whatever its successors have become by then.
    ///
    /// Empty if it is unknown, not yet in force, or ended without a successor.
    pub fn successors_as_of(&self, id: &UnitId, date: Date) -> Vec<&Unit> {
        self.successors_at(id, midnight_ms(date))
    }

    /// As [`UnitTree::successors_as_of`], at an instant: milliseconds since the Unix epoch.
    pub fn successors_at(&self, id: &UnitId, at_ms: i64) -> Vec<&Unit> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut queue: VecDeque<&Unit> = self.get(id).into_iter().collect();
        while let Some(unit) = queue.pop_front() {
            if !seen.insert(&unit.id) {
                continue;
            }
            if unit.in_force_at(at_ms) {
                found.push(unit);
            } else if unit.ended_by(at_ms) {
                queue.extend(unit.successors.iter().filter_map(|next| self.get(next)));
            }
        }
        found
    }
}

impl<'t> UnitsAsOf<'t> {
    /// The units in force, by id.
    pub fn units(&self) -> impl Iterator<Item = &'t Unit> + use<'t> {
        let at_ms = self.at_ms;
        self.tree.all().filter(move |unit| unit.in_force_at(at_ms))
    }

    /// The unit, if it was in force.
    pub fn get(&self, id: &UnitId) -> Option<&'t Unit> {
        self.tree.get(id).filter(|unit| unit.in_force_at(self.at_ms))
    }

    /// The unit that had this official code then: codes are reused, so that without a date a code names nothing.
    pub fn with_code(&self, code: &str) -> Option<&'t Unit> {
        self.units().find(|unit| unit.code == code)
    }

    /// The unit above: the registered parent or what it had become by then. After a split, the first successor.
    pub fn parent(&self, id: &UnitId) -> Option<&'t Unit> {
        let parent = self.get(id)?.parent.as_ref()?;
        self.tree.successors_at(parent, self.at_ms).first().copied()
    }

    /// The units above, nearest first.
    pub fn ancestors(&self, id: &UnitId) -> Vec<&'t Unit> {
        let mut found: Vec<&Unit> = Vec::new();
        let mut next = self.parent(id);
        // A parent's successor may in bad data lie below; stop rather than turn in a circle.
        while let Some(unit) = next.filter(|unit| unit.id != *id && found.iter().all(|known| known.id != unit.id)) {
            found.push(unit);
            next = self.parent(&unit.id);
        }
        found
    }

    /// The units directly below.
    pub fn children(&self, id: &UnitId) -> &[&'t Unit] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// The units below at any depth, nearest first.
    pub fn descendants(&self, id: &UnitId) -> Vec<&'t Unit> {
        let mut seen = BTreeSet::from([id]);
        let mut found: Vec<&Unit> = Vec::new();
        let mut queue: VecDeque<&Unit> = self.children(id).iter().copied().collect();
        while let Some(unit) = queue.pop_front() {
            if seen.insert(&unit.id) {
                found.push(unit);
                queue.extend(self.children(&unit.id));
            }
        }
        found
    }
}
