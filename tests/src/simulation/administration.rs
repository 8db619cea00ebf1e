//! What administrators do: roles, revocations, approvals, new people.

use dongbo_core::{identity::RevocationReason, outside::Moment};
use dongbo_server::hub::{HubError, MemberChange, PendingState};

use super::{
    Check, Finding,
    fleet::{Fleet, UNITS},
};
use crate::world::{id, now};

/// Roles that are given and taken.
const ROLES: [&str; 3] = ["commune_officer", "volunteer", "district_aggregator"];

impl Fleet {
    /// An administrator does something. After a restore nobody changes members before every device was heard from:
    /// the directory has one author and one version at a time.
    pub(super) fn administer(&mut self) -> Result<(), Finding> {
        self.maybe_fail_hub();
        let at = self.random.below(self.phones.len());
        let settled = self.unheard.is_empty();
        match self.random.below(10) {
            0..3 => self.decide(),
            3..6 if settled && !self.phones[at].hostile => self.grant(at),
            6..9 if settled => self.end(at),
            9 if settled && self.random.chance(40) => self.revoke(at),
            _ => Ok(()),
        }
    }

    /// The hub may fail to store it; anything else is a defect.
    fn administered(&mut self, what: String, outcome: Result<(), HubError>) -> Result<(), Finding> {
        self.trace(|| format!("the administrator {what}: {outcome:?}"));
        match outcome {
            Ok(()) => Ok(()),
            Err(HubError::Store(_)) if self.random.chance(50) => self.end_hub(),
            // What waits may build on what still waits, and a role may have ended meanwhile.
            Err(HubError::Store(_) | HubError::Invalid(_) | HubError::NotFound(_)) => Ok(()),
            Err(error) => Err(Finding::new(Check::Works, format!("the administrator {what}: {error}"))),
        }
    }

    fn grant(&mut self, at: usize) -> Result<(), Finding> {
        let (unit, role) = (UNITS[self.random.below(UNITS.len())], ROLES[self.random.below(ROLES.len())]);
        let change = MemberChange::Grant { unit: id(unit), role: id(role) };
        let outcome = self.change_member(at, change);
        self.administered(format!("makes {} {role} of {unit}", self.phones[at].name), outcome)
    }

    fn end(&mut self, at: usize) -> Result<(), Finding> {
        let member = self.phones[at].member;
        let open: Vec<_> = self.hub().trust().member(member).map_or(Vec::new(), |member| {
            member.memberships.iter().filter(|m| m.to_ms.is_none()).map(|m| (m.unit.clone(), m.role.clone())).collect()
        });
        if open.is_empty() {
            return Ok(());
        }
        let (unit, role) = open[self.random.below(open.len())].clone();
        let at_ms = self.now_ms;
        let what = format!("ends {} as {role} of {unit}", self.phones[at].name);
        let outcome = self.change_member(at, MemberChange::End { unit, role, at_ms });
        self.administered(what, outcome)
    }

    fn change_member(&mut self, at: usize, change: MemberChange) -> Result<(), HubError> {
        let (member, now_ms) = (self.phones[at].member, self.now_ms);
        let mut random = self.random.clone();
        let outcome = now(self.hub_mut().change_member(Some(member), &[change], &mut Moment::new(now_ms, &mut random)));
        self.random = random;
        outcome.map(|_| ())
    }

    fn revoke(&mut self, at: usize) -> Result<(), Finding> {
        let reason = if self.random.chance(50) { RevocationReason::Left } else { RevocationReason::Lost };
        let (device, now_ms) = (self.phones[at].device, self.now_ms);
        let outcome = now(self.hub_mut().revoke_device(device, reason, false, now_ms));
        self.administered(format!("revokes {} ({reason:?})", self.phones[at].name), outcome)
    }

    fn decide(&mut self) -> Result<(), Finding> {
        let pending = self.hub().pending().map_err(|e| Finding::new(Check::Works, e.to_string()))?;
        let waiting: Vec<_> = pending.into_iter().filter(|p| p.state == PendingState::Waiting).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let chosen = waiting[self.random.below(waiting.len())].clone();
        let now_ms = self.now_ms;
        if self.random.chance(60) {
            let outcome = now(self.hub_mut().approve(chosen.record, chosen.hash, now_ms)).map(|_| ());
            return self.administered(format!("lets {} in", chosen.hash), outcome);
        }
        let outcome = now(self.hub_mut().turn_down(chosen.record, chosen.hash, "Chưa đủ căn cứ", now_ms));
        self.administered(format!("turns {} down", chosen.hash), outcome)
    }
}
