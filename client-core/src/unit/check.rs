//! The checks that units form a tree over time.

use std::collections::{BTreeMap, BTreeSet};

use super::{Unit, UnitError};
use crate::UnitId;

type Units = BTreeMap<UnitId, Unit>;

/// Everything wrong with these units as a whole.
pub(super) fn errors(units: &Units) -> Vec<UnitError> {
    let mut errors: Vec<_> = units.values().flat_map(|unit| own_errors(unit, units)).collect();
    let parents = |unit: &Unit| unit.parent.iter().cloned().collect();
    errors.extend(cyclic(units, parents).map(|unit| UnitError::ParentCycle { unit }));
    errors.extend(cyclic(units, |unit| unit.successors.clone()).map(|unit| UnitError::SuccessorCycle { unit }));
    errors.extend(overlaps(units));
    errors
}

fn own_errors(unit: &Unit, units: &Units) -> Vec<UnitError> {
    let mut errors = Vec::new();
    let id = || unit.id.clone();
    if let Some(parent) = unit.parent.as_ref().filter(|parent| !units.contains_key(*parent)) {
        errors.push(UnitError::UnknownParent { unit: id(), parent: parent.clone() });
    }
    if let (Some(from), Some(to)) = (unit.valid_from_ms, unit.valid_to_ms)
        && to <= from
    {
        errors.push(UnitError::InvertedDates { unit: id() });
    }
    if unit.valid_to_ms.is_none() && !unit.successors.is_empty() {
        errors.push(UnitError::SuccessorsWhileInForce { unit: id() });
    }
    for successor in &unit.successors {
        match units.get(successor) {
            None => errors.push(UnitError::UnknownSuccessor { unit: id(), successor: successor.clone() }),
            Some(next) if unit.valid_to_ms.is_some_and(|end| next.ended_by(end)) => {
                errors.push(UnitError::SuccessorOver { unit: id(), successor: successor.clone() });
            }
            Some(_) => {}
        }
    }
    errors
}

/// One unit of every cycle of this relation: what is left after removing, again and again, whatever leads nowhere.
fn cyclic(units: &Units, next: impl Fn(&Unit) -> Vec<UnitId>) -> impl Iterator<Item = UnitId> {
    let mut leads_to: BTreeMap<UnitId, Vec<UnitId>> = units.values().map(|u| (u.id.clone(), next(u))).collect();
    loop {
        let left: BTreeSet<UnitId> = leads_to.keys().cloned().collect();
        leads_to.retain(|_, next| next.iter().any(|id| left.contains(id)));
        if leads_to.len() == left.len() {
            return leads_to.into_keys();
        }
    }
}

fn overlaps(units: &Units) -> Vec<UnitError> {
    let mut by_code: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
    for unit in units.values() {
        by_code.entry(&unit.code).or_default().push(unit);
    }
    let mut errors = Vec::new();
    for (code, mut sharing) in by_code {
        sharing.sort_by_key(|unit| unit.valid_from_ms);
        for pair in sharing.windows(2) {
            let (other, unit) = (pair[0], pair[1]);
            if unit.valid_from_ms.is_none_or(|from| !other.ended_by(from)) {
                let (unit, other, code) = (unit.id.clone(), other.id.clone(), code.to_owned());
                errors.push(UnitError::CodeOverlap { unit, other, code });
            }
        }
    }
    errors
}
