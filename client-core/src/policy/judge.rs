//! One function that answers "may this member do this to this record".

use super::{Rulebook, scope::reaches};
use crate::{
    FormId, UnitId,
    campaign::Action,
    identity::{Member, Membership, Revocation, RevocationReason},
    limits::LATE_AFTER_MEMBERSHIP_MS,
};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Creating or editing.
    pub action: Action,
    /// The record's unit.
    pub unit: &'a UnitId,
    /// The record's form.
    pub form: &'a FormId,
    /// Signed device time, milliseconds since the Unix epoch. Counts only where a membership has ended.
    pub signed_ms: i64,
    /// When the asker received it; on the phone, now.
    pub received_ms: i64,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// Not by itself: the unit's administrator decides. Nothing is thrown away.
    NeedsApproval,
    /// No role of this member, now or earlier, allows it.
    Forbidden,
}

/// May this member do this to a record of this unit and form (protocol.md section 4, "Time")?
pub fn judge(rules: &Rulebook, member: &Member, revocation: Option<&Revocation>, asked: Asked<'_>) -> Verdict {
    let granting: Vec<&Membership> = member.memberships.iter().filter(|m| grants(rules, m, asked)).collect();
    let by_role = if granting.iter().any(|m| m.holds_at(asked.received_ms) || in_time(m, asked)) {
        Verdict::Allowed
    } else if granting.iter().any(|m| m.to_ms.is_some_and(|to| to <= asked.received_ms)) {
        Verdict::NeedsApproval
    } else {
        Verdict::Forbidden
    };
    match (by_role, revocation.filter(|r| r.at_ms <= asked.received_ms)) {
        (Verdict::Allowed, Some(revocation)) => after_revocation(revocation, asked),
        (verdict, _) => verdict,
    }
}

fn grants(rules: &Rulebook, membership: &Membership, asked: Asked<'_>) -> bool {
    let Some(role) = rules.campaign.role(&membership.role) else { return false };
    reaches(rules, membership, role.reach(asked.form, asked.action), asked.unit, asked.received_ms)
}

/// Whether a membership, while it is held, lets its member create records of this form for this unit at a time.
pub fn may_create(rules: &Rulebook, membership: &Membership, unit: &UnitId, form: &FormId, at_ms: i64) -> bool {
    grants(rules, membership, Asked { action: Action::Create, unit, form, signed_ms: at_ms, received_ms: at_ms })
}

/// Signed inside a membership that has ended, and received soon enough after its end.
fn in_time(membership: &Membership, asked: Asked<'_>) -> bool {
    membership.holds_at(asked.signed_ms)
        && membership.to_ms.is_some_and(|to| {
            to <= asked.received_ms && asked.received_ms <= to.saturating_add(LATE_AFTER_MEMBERSHIP_MS)
        })
}

fn after_revocation(revocation: &Revocation, asked: Asked<'_>) -> Verdict {
    let late = asked.received_ms > revocation.at_ms.saturating_add(LATE_AFTER_MEMBERSHIP_MS);
    match revocation.reason {
        RevocationReason::Left if asked.signed_ms < revocation.at_ms && !late => Verdict::Allowed,
        _ => Verdict::NeedsApproval,
    }
}
