//! What an app offers under "new".

use super::{Rulebook, followed, scope};
use crate::{FormId, UnitId, campaign::Action, identity::Member};

/// The forms of which a member may make records at a time, in the campaign's order, and for which units: those the member
/// works in first, then the others by id. Only units in force are offered; for what became of a unit, records may also
/// be made under its earlier names.
pub fn creatable(rules: &Rulebook, member: &Member, at_ms: i64) -> Vec<(FormId, Vec<UnitId>)> {
    let reached = scope(rules, member, Action::Create, at_ms);
    let held = member.memberships.iter().filter(|membership| membership.holds_at(at_ms));
    let own: Vec<&UnitId> = held.map(|membership| followed(rules, membership, at_ms)).collect();
    let mut offered = Vec::new();
    for form in rules.campaign.forms() {
        let in_force = |unit: &&UnitId| {
            reached.contains(unit, &form.id) && rules.units.get(unit).is_some_and(|unit| unit.in_force_at(at_ms))
        };
        let mut units: Vec<UnitId> = reached.units().filter(in_force).cloned().collect();
        units.sort_by_key(|unit| !own.contains(&unit));
        if !units.is_empty() {
            offered.push((form.id.clone(), units));
        }
    }
    offered
}
