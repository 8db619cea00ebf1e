//! What the log of deeds tells of a command.

use std::collections::BTreeSet;

use dongbo_core::{MemberId, UnitId, store::Store};
use serde_json::{Map, Value};

use super::{AdminCommand, asker::Asker};
use crate::hub::{Deed, Hub, HubError};

/// The deed that a command is, before it is done; `None` for one that changes nothing.
pub(super) fn of<S: Store>(
    hub: &Hub<S>,
    command: &AdminCommand,
    asker: &Asker<'_>,
    now_ms: i64,
) -> Result<Option<Deed>, HubError> {
    let Some(fields) = fields_told(command) else { return Ok(None) };
    let mut given = match serde_json::to_value(command) {
        Ok(Value::Object(given)) => given,
        _ => return Err(HubError::Stored("a command that is no JSON object".into())),
    };
    let name = given.remove("command").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    let about: Map<String, Value> = given.into_iter().filter(|(field, _)| fields.contains(&field.as_str())).collect();
    let member = match asker {
        Asker::Shell => None,
        Asker::Member(administrator) => Some(administrator.member.id),
    };
    let units = units_of(hub, command)?;
    let (device, about) = (asker.device(), about.into());
    Ok(Some(Deed { format: 1, at_ms: now_ms, member, device, command: name, about, units }))
}

/// The fields of a command that a deed tells; `None` for one that changes nothing. Never a key, never what is sealed,
/// never what would be too long; nor why a change was turned down, which may speak of what it says and goes with it when
/// its record is erased.
fn fields_told(command: &AdminCommand) -> Option<&'static [&'static str]> {
    Some(match command {
        AdminCommand::Invite { .. } => &["member", "new"],
        AdminCommand::Grant { .. } | AdminCommand::End { .. } => &["member", "unit", "role"],
        AdminCommand::Revoke { .. } => &["device", "lost", "wipe"],
        AdminCommand::Reset { .. } => &["device"],
        AdminCommand::Approve { .. } | AdminCommand::TurnDown { .. } => &["record", "change"],
        AdminCommand::Erase { .. } => &["record", "reason"],
        AdminCommand::Publish { check_only: false, .. } => &["force"],
        AdminCommand::ImportBundle { .. }
        | AdminCommand::Rebuild
        | AdminCommand::Restored
        | AdminCommand::RenewKey { .. }
        | AdminCommand::NameRecoveryKey { .. } => &[],
        AdminCommand::Publish { check_only: true, .. }
        | AdminCommand::Members
        | AdminCommand::Devices
        | AdminCommand::Approvals
        | AdminCommand::Units { .. }
        | AdminCommand::Records { .. }
        | AdminCommand::History { .. }
        | AdminCommand::Rollup { .. }
        | AdminCommand::Plan(_)
        | AdminCommand::Verify
        | AdminCommand::Erasures
        | AdminCommand::Campaign
        | AdminCommand::Keys
        | AdminCommand::AccessLog { .. }
        | AdminCommand::Person { .. }
        | AdminCommand::PersonalDataDue
        | AdminCommand::Deeds { .. } => return None,
    })
}

/// The units that a command is about; none: the campaign as a whole.
fn units_of<S: Store>(hub: &Hub<S>, command: &AdminCommand) -> Result<BTreeSet<UnitId>, HubError> {
    let of_member = |member: MemberId| {
        let member = hub.trust().member(member).into_iter();
        member.flat_map(|member| &member.memberships).map(|held| held.unit.clone()).collect()
    };
    Ok(match command {
        AdminCommand::Invite { member: Some(member), .. } => of_member(*member),
        AdminCommand::Invite { new: Some((_, unit, _)), .. }
        | AdminCommand::Grant { unit, .. }
        | AdminCommand::End { unit, .. } => BTreeSet::from([unit.clone()]),
        AdminCommand::Revoke { device, .. } | AdminCommand::Reset { device, .. } => {
            hub.trust().member_of(*device).map(|member| of_member(member.id)).unwrap_or_default()
        }
        AdminCommand::Approve { record, .. }
        | AdminCommand::TurnDown { record, .. }
        | AdminCommand::Erase { record, .. } => hub.unit_of(*record)?.into_iter().collect(),
        _ => BTreeSet::new(),
    })
}
