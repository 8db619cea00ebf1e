//! Scope: a set of (unit, form).

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::Rulebook;
use crate::{
    FormId, UnitId,
    campaign::{Action, Reach},
    identity::{Member, Membership},
};

/// A set of (unit, form).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(BTreeMap<UnitId, BTreeSet<FormId>>);

impl Scope {
    /// Whether a record of this unit and form is inside.
    pub fn contains(&self, unit: &UnitId, form: &FormId) -> bool {
        self.0.get(unit).is_some_and(|forms| forms.contains(form))
    }

    /// Adds a pair.
    pub fn insert(&mut self, unit: UnitId, form: FormId) {
        self.0.entry(unit).or_default().insert(form);
    }

    /// The pairs, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&UnitId, &FormId)> {
        self.0.iter().flat_map(|(unit, forms)| forms.iter().map(move |form| (unit, form)))
    }

    /// The units with at least one form.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.0.keys()
    }

    /// The forms of a unit.
    pub fn forms(&self, unit: &UnitId) -> Option<&BTreeSet<FormId>> {
        self.0.get(unit)
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Whether nothing is inside.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs here that are not in `other`.
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (unit, form) in self.pairs().filter(|(unit, form)| !other.contains(unit, form)) {
            rest.insert(unit.clone(), form.clone());
        }
        rest
    }

    /// The pairs of both.
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (unit, form) in other.pairs() {
            all.insert(unit.clone(), form.clone());
        }
        all
    }

    /// The pairs whose unit is one of these.
    pub fn within(&self, units: &BTreeSet<UnitId>) -> Self {
        let pairs = self.0.iter().filter(|(unit, _)| units.contains(*unit));
        Self(pairs.map(|(unit, forms)| (unit.clone(), forms.clone())).collect())
    }

    /// SHA-256 over the pairs, by which a cursor remembers the scope it was made for.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (unit, form) in self.pairs() {
            hash.update(unit.as_str());
            hash.update([0]);
            hash.update(form.as_str());
            hash.update([0]);
        }
        hash.finalize().into()
    }
}

/// What a member may do at a time.
pub fn scope(rules: &Rulebook, member: &Member, action: Action, at_ms: i64) -> Scope {
    let mut scope = Scope::default();
    for membership in member.memberships.iter().filter(|m| m.holds_at(at_ms)) {
        let Some(role) = rules.campaign.role(&membership.role) else { continue };
        let mut reached: BTreeMap<Reach, BTreeSet<UnitId>> = BTreeMap::new();
        for form in rules.campaign.forms() {
            let reach = role.reach(&form.id, action);
            let units = reached.entry(reach).or_insert_with(|| units(rules, membership, reach, at_ms));
            for unit in units.iter() {
                scope.insert(unit.clone(), form.id.clone());
            }
        }
    }
    scope
}

/// The units a membership reaches at a time. Successors reach over their predecessors.
pub(super) fn units(rules: &Rulebook, membership: &Membership, reach: Reach, at_ms: i64) -> BTreeSet<UnitId> {
    let unit = followed(rules, membership, at_ms);
    match reach {
        Reach::None => BTreeSet::new(),
        Reach::Own => rules.units.reach_own(unit),
        Reach::Subtree => rules.units.reach_subtree(unit),
        Reach::Campaign => rules.units.all().map(|unit| unit.id.clone()).collect(),
    }
}

/// Where a membership holds by then: it follows its unit when that became exactly one other. Of a unit that was divided, or that
/// ended without a successor, nobody can say where its people went: an administrator does.
pub fn followed<'r>(rules: &'r Rulebook, membership: &'r Membership, at_ms: i64) -> &'r UnitId {
    match rules.units.successors_at(&membership.unit, at_ms).as_slice() {
        [only] => &only.id,
        _ => &membership.unit,
    }
}

/// Whether a membership reaches a unit at a time.
pub(super) fn reaches(rules: &Rulebook, membership: &Membership, reach: Reach, unit: &UnitId, at_ms: i64) -> bool {
    match reach {
        Reach::Campaign => rules.units.get(unit).is_some(),
        reach => units(rules, membership, reach, at_ms).contains(unit),
    }
}
