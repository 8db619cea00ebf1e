//! The dated unit tree: who reports to whom, when, and what a unit has become.
//!
//! Official codes are reused and levels come and go (Vietnam dropped its district level on 2025-07-01), so an id is
//! ours and never reused, a code and a level are attributes, and every unit has a half-open validity
//! `[valid_from, valid_to)`. A unit that ends names its successors; a record stays with the unit it was made in, and
//! reach follows successors back to their predecessors ([`UnitTree::reach_own`], [`UnitTree::reach_subtree`]).

mod as_of;
mod check;
mod csv;
mod date;
mod error;
mod reach;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use as_of::UnitsAsOf;
pub use csv::{UnitFile, UnitFileError};
pub use date::{date_of_ms, midnight_ms};
pub use error::UnitError;

use crate::UnitId;

/// An organisation for as long as its name, level and parent stay the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Ours, never reused.
    pub id: UnitId,
    /// The unit above it when it began; `None` at the top. If that unit ends earlier, its successor takes its place.
    pub parent: Option<UnitId>,
    /// The official code, reused over time; no two units in force at the same time share one.
    pub code: String,
    /// The name in Vietnamese.
    pub name: String,
    /// The name in English, if there is one. Not sent in the catalogue.
    pub name_en: Option<String>,
    /// Free text such as `province`, `district`, `commune`, `department`.
    pub level: String,
    /// First instant in force, milliseconds since the Unix epoch; `None`: since before the campaign.
    pub valid_from_ms: Option<i64>,
    /// First instant no longer in force, milliseconds since the Unix epoch; `None`: still in force.
    pub valid_to_ms: Option<i64>,
    /// What it became.
    pub successors: Vec<UnitId>,
}

impl Unit {
    /// What stands for "since before the campaign" where a message needs a number: the Unix epoch.
    pub const SINCE_BEFORE_MS: i64 = 0;

    /// `valid_from` as the catalogue sends it.
    pub fn valid_from_on_wire(&self) -> i64 {
        self.valid_from_ms.unwrap_or(Self::SINCE_BEFORE_MS)
    }

    /// [`Unit::valid_from_ms`] read from the catalogue.
    pub fn valid_from_of_wire(ms: i64) -> Option<i64> {
        (ms != Self::SINCE_BEFORE_MS).then_some(ms)
    }

    /// Whether it is in force at this instant.
    pub fn in_force_at(&self, at_ms: i64) -> bool {
        self.valid_from_ms.is_none_or(|from| from <= at_ms) && !self.ended_by(at_ms)
    }

    fn ended_by(&self, at_ms: i64) -> bool {
        self.valid_to_ms.is_some_and(|to| to <= at_ms)
    }
}

/// Every unit that ever was in the campaign, checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitTree {
    units: BTreeMap<UnitId, Unit>,
    children: BTreeMap<UnitId, BTreeSet<UnitId>>,
    predecessors: BTreeMap<UnitId, BTreeSet<UnitId>>,
}

impl UnitTree {
    /// Builds the tree.
    ///
    /// # Errors
    /// Everything that is wrong with it; see [`UnitError`].
    pub fn new(units: Vec<Unit>) -> Result<Self, Vec<UnitError>> {
        let mut tree = Self::default();
        let mut errors = Vec::new();
        for unit in units {
            if tree.units.contains_key(&unit.id) {
                errors.push(UnitError::DuplicateId { unit: unit.id });
                continue;
            }
            if let Some(parent) = &unit.parent {
                tree.children.entry(parent.clone()).or_default().insert(unit.id.clone());
            }
            for successor in &unit.successors {
                tree.predecessors.entry(successor.clone()).or_default().insert(unit.id.clone());
            }
            tree.units.insert(unit.id.clone(), unit);
        }
        errors.extend(check::errors(&tree.units));
        if errors.is_empty() { Ok(tree) } else { Err(errors) }
    }

    /// The unit with this id, in force or not.
    pub fn get(&self, id: &UnitId) -> Option<&Unit> {
        self.units.get(id)
    }

    /// Every unit, by id.
    pub fn all(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// Every unit as the JSON API gives them: `{"units": […]}`.
    pub fn json(&self) -> serde_json::Value {
        let unit = |unit: &Unit| {
            serde_json::json!({
                "id": unit.id, "parent": unit.parent, "code": unit.code, "name": unit.name, "level": unit.level,
                "valid_from_ms": unit.valid_from_ms, "valid_to_ms": unit.valid_to_ms, "successors": unit.successors,
            })
        };
        serde_json::json!({"units": self.all().map(unit).collect::<Vec<_>>()})
    }

    /// The units above, nearest first, by the parents they were registered under.
    pub fn ancestors(&self, id: &UnitId) -> Vec<&Unit> {
        let parent = |unit: &Unit| unit.parent.as_ref().and_then(|parent| self.get(parent));
        std::iter::successors(self.get(id).and_then(parent), |unit| parent(unit)).collect()
    }

    /// The units registered directly under this one, at any time.
    pub fn children(&self, id: &UnitId) -> impl Iterator<Item = &Unit> {
        self.related(&self.children, id)
    }

    /// The units registered below this one at any depth, at any time, nearest first.
    pub fn descendants(&self, id: &UnitId) -> Vec<&Unit> {
        let mut found: Vec<&Unit> = Vec::new();
        let mut queue: VecDeque<&Unit> = self.children(id).collect();
        while let Some(unit) = queue.pop_front() {
            found.push(unit);
            queue.extend(self.children(&unit.id));
        }
        found
    }

    /// The units that directly became this one, wholly or in part.
    pub fn predecessors(&self, id: &UnitId) -> impl Iterator<Item = &Unit> {
        self.related(&self.predecessors, id)
    }

    fn related<'t>(
        &'t self,
        relation: &'t BTreeMap<UnitId, BTreeSet<UnitId>>,
        id: &UnitId,
    ) -> impl Iterator<Item = &'t Unit> {
        relation.get(id).into_iter().flatten().filter_map(|id| self.get(id))
    }
}

#[cfg(test)]
mod tests;
