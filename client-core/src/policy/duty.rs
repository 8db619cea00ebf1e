//! Duties: what a member does for other members, how far each goes, and which roles it may give.
//!
//! Nobody gives more than they have: a role that would read, write or administer beyond the giver is not theirs to give.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rulebook, Scope, followed, scope, scope::units};
use crate::{
    RoleId, UnitId,
    campaign::{Action, Duty, Reach, Role},
    identity::{Member, Membership},
    limits::LATE_AFTER_MEMBERSHIP_MS,
};

/// What a member administers at a time.
#[derive(Debug, Clone)]
pub struct Duties<'r> {
    rules: &'r Rulebook,
    at_ms: i64,
    reached: BTreeMap<Duty, BTreeSet<UnitId>>,
    /// What the member itself may do to records.
    own: [(Action, Scope); 3],
    /// Every unit in which the member invites nobody.
    uninvited: Vec<UnitId>,
}

impl<'r> Duties<'r> {
    /// The duties of the memberships in force at a time.
    pub fn of(rules: &'r Rulebook, member: &Member, at_ms: i64) -> Self {
        let mut reached: BTreeMap<Duty, BTreeSet<UnitId>> = BTreeMap::new();
        for membership in member.memberships.iter().filter(|membership| membership.holds_at(at_ms)) {
            let Some(role) = rules.campaign.role(&membership.role) else { continue };
            for duty in Duty::ALL {
                let units = units(rules, membership, role.administers(duty), at_ms);
                if !units.is_empty() {
                    reached.entry(duty).or_default().extend(units);
                }
            }
        }
        let own =
            [Action::Read, Action::Create, Action::Edit].map(|action| (action, scope(rules, member, action, at_ms)));
        let mut duties = Self { rules, at_ms, reached, own, uninvited: Vec::new() };
        let uninvited = rules.units.all().filter(|unit| !duties.reaches(Duty::Invitations, &unit.id));
        duties.uninvited = uninvited.map(|unit| unit.id.clone()).collect();
        duties
    }

    /// Whether the member carries this duty anywhere.
    pub fn carries(&self, duty: Duty) -> bool {
        self.reached.contains_key(&duty)
    }

    /// Whether the member carries any duty.
    pub fn carries_any(&self) -> bool {
        !self.reached.is_empty()
    }

    /// Whether the member carries this duty for a unit.
    pub fn reaches(&self, duty: Duty, unit: &UnitId) -> bool {
        self.reached.get(&duty).is_some_and(|units| units.contains(unit))
    }

    /// Whether the member carries this duty for every unit of the campaign.
    pub fn reaches_all(&self, duty: Duty) -> bool {
        self.rules.units.all().all(|unit| self.reaches(duty, &unit.id))
    }

    /// The units in force for which the member carries this duty.
    pub fn units(&self, duty: Duty) -> Vec<UnitId> {
        let in_force = |unit: &&UnitId| self.rules.units.get(unit).is_some_and(|unit| unit.in_force_at(self.at_ms));
        self.reached.get(&duty).into_iter().flatten().filter(in_force).cloned().collect()
    }

    /// The roles that the member may give, in the campaign's order, and the units in force where it may.
    pub fn grants(&self) -> Vec<(RoleId, Vec<UnitId>)> {
        let invited = self.units(Duty::Invitations);
        let mut grants = Vec::new();
        for role in self.rules.campaign.roles() {
            let units: Vec<UnitId> = invited.iter().filter(|unit| self.may_grant(&role.id, unit)).cloned().collect();
            if !units.is_empty() {
                grants.push((role.id.clone(), units));
            }
        }
        grants
    }

    /// Whether the member may give this role in this unit.
    pub fn may_grant(&self, role: &RoleId, unit: &UnitId) -> bool {
        let Some(role) = self.rules.campaign.role(role) else { return false };
        let granted = Membership { unit: unit.clone(), role: role.id.clone(), from_ms: self.at_ms, to_ms: None };
        self.reaches(Duty::Invitations, unit)
            && self.reaches(Duty::Invitations, followed(self.rules, &granted, self.at_ms))
            && self.has_duties_of(role, &granted)
            && self.has_rights_of(role, &granted)
    }

    /// Whether the member may give or end roles of another: all that the other has now is the member's to give.
    pub fn may_change(&self, other: &Member) -> bool {
        self.holds_for_each(other, 0, |held| self.may_grant(&held.role, &held.unit))
    }

    /// Whether the member may invite another once more. A new device has all rights of its person, and what it dates into a
    /// membership that ended not long ago is still admitted by itself: such a membership counts as well.
    pub fn may_invite(&self, other: &Member) -> bool {
        self.holds_for_each(other, LATE_AFTER_MEMBERSHIP_MS, |held| self.may_grant(&held.role, &held.unit))
    }

    /// Whether the member carries a duty for another person: wherever that person is now, and for all that the person
    /// carries the same duty for, so that nobody is acted upon by who administers less.
    pub fn reaches_member(&self, duty: Duty, other: &Member) -> bool {
        self.holds_for_each(other, 0, |held| {
            let role = self.rules.campaign.role(&held.role);
            self.reaches(duty, followed(self.rules, held, self.at_ms))
                && role.is_none_or(|role| self.has_duty_of(duty, role, held))
        })
    }

    /// Whether this holds for each membership that has not ended longer ago than `late_ms`; of who has none any more,
    /// for one that there was.
    fn holds_for_each(&self, other: &Member, late_ms: i64, holds: impl Fn(&Membership) -> bool) -> bool {
        let counts = |held: &&Membership| held.to_ms.is_none_or(|to| self.at_ms < to.saturating_add(late_ms));
        match other.memberships.iter().any(|held| counts(&held)) {
            true => other.memberships.iter().filter(counts).all(holds),
            false => other.memberships.iter().any(holds),
        }
    }

    fn has_duties_of(&self, role: &Role, granted: &Membership) -> bool {
        Duty::ALL.into_iter().all(|duty| self.has_duty_of(duty, role, granted))
    }

    fn has_duty_of(&self, duty: Duty, role: &Role, granted: &Membership) -> bool {
        units(self.rules, granted, role.administers(duty), self.at_ms).iter().all(|unit| self.reaches(duty, unit))
    }

    /// Whether all that the role may do there lies where the member invites, or is what the member may do itself.
    fn has_rights_of(&self, role: &Role, granted: &Membership) -> bool {
        let mut beyond: BTreeMap<Reach, Vec<UnitId>> = BTreeMap::new();
        for (action, own) in &self.own {
            for form in self.rules.campaign.forms() {
                let reach = role.reach(&form.id, *action);
                let beyond = beyond.entry(reach).or_insert_with(|| self.beyond_invited(granted, reach));
                if beyond.iter().any(|unit| !own.contains(unit, &form.id)) {
                    return false;
                }
            }
        }
        true
    }

    fn beyond_invited(&self, granted: &Membership, reach: Reach) -> Vec<UnitId> {
        match reach {
            Reach::Campaign => self.uninvited.clone(),
            reach => {
                let reached = units(self.rules, granted, reach, self.at_ms).into_iter();
                reached.filter(|unit| !self.reaches(Duty::Invitations, unit)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
