//! Whether a member may give a command over HTTP. Every command decides here; what only the shell may do says so.

use dongbo_core::{
    DeviceId, MemberId,
    campaign::{Duty, Reach},
    store::Store,
};

use super::{AdminCommand, asker::Administrator};
use crate::hub::{Hub, HubError};

const AT_THE_SHELL: &str = "this is done only at the shell of the machine that runs the hub";
const IN_THE_API: &str = "over HTTP this has a page of its own, which keeps to what you may read (docs/api.md)";
const NOT_YOURS_TO_GIVE: &str = "you may give a role only where you invite people, and only if nothing it may do goes \
                                 beyond what you have yourself";
const NOT_YOURS_TO_CHANGE: &str =
    "this person has, or lately had, a role that is not yours to give; ask an administrator who may give it";
const OWN_DUTIES: &str = "you cannot end a role of your own that administers; another administrator does that";
const OWN_DEVICE: &str = "this is the device you ask with; revoke it from another one";
const OUTSIDE: &str = "this lies outside the units that you administer";

/// An error unless the member may give this command.
pub(super) fn check<S: Store>(hub: &Hub<S>, asker: &Administrator<'_>, command: &AdminCommand) -> Result<(), HubError> {
    let duties = &asker.duties;
    match command {
        AdminCommand::Invite { member: Some(member), .. } => {
            carries(asker, Duty::Invitations)?;
            let other = member_of(hub, *member)?;
            only_if(duties.may_invite(other), NOT_YOURS_TO_CHANGE)
        }
        AdminCommand::Invite { member: None, new } => {
            carries(asker, Duty::Invitations)?;
            only_if(new.as_ref().is_none_or(|(_, unit, role)| duties.may_grant(role, unit)), NOT_YOURS_TO_GIVE)
        }
        AdminCommand::Grant { member, unit, role } => {
            carries(asker, Duty::Invitations)?;
            only_if(duties.may_change(member_of(hub, *member)?), NOT_YOURS_TO_CHANGE)?;
            only_if(duties.may_grant(role, unit), NOT_YOURS_TO_GIVE)
        }
        AdminCommand::End { member, role, .. } => {
            carries(asker, Duty::Invitations)?;
            only_if(duties.may_change(member_of(hub, *member)?), NOT_YOURS_TO_CHANGE)?;
            let role = hub.rules()?.campaign.role(role);
            let administers =
                role.is_some_and(|role| Duty::ALL.iter().any(|duty| role.administers(*duty) != Reach::None));
            only_if(*member != asker.member.id || !administers, OWN_DUTIES)
        }
        AdminCommand::Revoke { device, .. } => {
            only_if(*device != asker.device, OWN_DEVICE)?;
            for_device(hub, asker, Duty::Devices, *device)
        }
        AdminCommand::Reset { device, .. } => for_device(hub, asker, Duty::Resets, *device),
        AdminCommand::Approve { record, change } | AdminCommand::TurnDown { record, change, .. } => {
            carries(asker, Duty::Approvals)?;
            let pending = hub.pending_change(*record, *change)?;
            only_if(pending.is_none_or(|pending| duties.reaches(Duty::Approvals, &pending.unit)), OUTSIDE)
        }
        AdminCommand::Erase { record, .. } => {
            carries(asker, Duty::Erasure)?;
            let unit = hub.unit_of(*record)?;
            only_if(unit.is_none_or(|unit| duties.reaches(Duty::Erasure, &unit)), OUTSIDE)
        }
        AdminCommand::Members => carries(asker, Duty::Invitations),
        AdminCommand::Devices => carries(asker, Duty::Devices),
        AdminCommand::Approvals => carries(asker, Duty::Approvals),
        AdminCommand::Erasures | AdminCommand::AccessLog { .. } | AdminCommand::PersonalDataDue => {
            carries(asker, Duty::Erasure)
        }
        AdminCommand::Deeds { .. } => only_if(duties.carries_any(), "you administer nothing in this campaign"),
        AdminCommand::Units { .. }
        | AdminCommand::Records { .. }
        | AdminCommand::History { .. }
        | AdminCommand::Rollup { .. }
        | AdminCommand::Plan(_)
        | AdminCommand::Campaign => only_if(false, IN_THE_API),
        AdminCommand::ImportBundle { .. }
        | AdminCommand::Verify
        | AdminCommand::Rebuild
        | AdminCommand::Restored
        | AdminCommand::Publish { .. }
        | AdminCommand::Keys
        | AdminCommand::RenewKey { .. }
        | AdminCommand::NameRecoveryKey { .. }
        | AdminCommand::Person { .. } => only_if(false, AT_THE_SHELL),
    }
}

fn only_if(allowed: bool, otherwise: &str) -> Result<(), HubError> {
    if allowed { Ok(()) } else { Err(HubError::Forbidden(otherwise.into())) }
}

fn carries(asker: &Administrator<'_>, duty: Duty) -> Result<(), HubError> {
    let word = duty.word();
    only_if(asker.duties.carries(duty), &format!("none of your roles has the duty {word:?}"))
}

fn member_of<S: Store>(hub: &Hub<S>, member: MemberId) -> Result<&dongbo_core::identity::Member, HubError> {
    hub.trust().member(member).ok_or_else(|| HubError::NotFound(format!("member {member}")))
}

fn for_device<S: Store>(hub: &Hub<S>, asker: &Administrator<'_>, duty: Duty, device: DeviceId) -> Result<(), HubError> {
    carries(asker, duty)?;
    let other = hub.trust().member_of(device);
    let other = other.ok_or_else(|| HubError::NotFound(format!("device {device}")))?;
    only_if(asker.duties.reaches_member(duty, other), OUTSIDE)
}
