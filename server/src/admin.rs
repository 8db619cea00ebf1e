//! What administrators ask of a hub: one set of commands, run by one function, whether the hub is being served (over
//! the admin socket) or not (on the store itself), or a member asks over HTTP, within its duties.

mod allowed;
mod asker;
mod command;
mod deed;
mod lists;
mod plan;
mod socket;

use std::sync::Arc;

use dongbo_core::{
    AuthorityId, DeviceId, MemberId, RecordId, RoleId, UnitId,
    campaign::Duty,
    identity::{Member, RevocationReason},
    outside::Moment,
    policy::{Duties, Rulebook},
    rollup::RowQuery,
    store::Store,
    sync::Invitation,
    unit::UnitTree,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    hub::{Hub, HubError, MemberChange, Publication, RollupQuery},
    outside::{SystemEntropy, now_ms},
};
use asker::{Administrator, Asker};

pub use command::{AdminCommand, IssuingSeed};
pub use plan::PlanCommand;
pub use socket::{ask, bind, listen, socket_path};

/// Does what the hub's own shell asks; the answer has stable keys (docs/cli.md).
pub fn execute<S: Store>(hub: &mut Hub<S>, command: AdminCommand) -> Result<Value, HubError> {
    perform(hub, command, &Asker::Shell, now_ms())
}

/// Does what a device's member asks, if the member's duties allow it; lists hold what those duties reach.
pub fn execute_for<S: Store>(hub: &mut Hub<S>, device: DeviceId, command: AdminCommand) -> Result<Value, HubError> {
    let now_ms = now_ms();
    let (rules, member) = asking(hub, device, now_ms)?;
    let Some(member) = member else { return Err(HubError::Forbidden("this device was revoked".into())) };
    let duties = Duties::of(&rules, &member, now_ms);
    let readable = hub.read_scope(&member, now_ms)?;
    let administrator = Box::new(Administrator { member: &member, device, duties, readable });
    allowed::check(hub, &administrator, &command)?;
    perform(hub, command, &Asker::Member(administrator), now_ms)
}

/// What a device's member may administer now: the units in force for each duty, and the roles that it may give.
pub fn duties_for<S: Store>(hub: &Hub<S>, device: DeviceId) -> Result<Value, HubError> {
    let now_ms = now_ms();
    let (rules, Some(member)) = asking(hub, device, now_ms)? else { return Ok(json!({"duties": {}, "grants": []})) };
    let duties = Duties::of(&rules, &member, now_ms);
    let carried = Duty::ALL.into_iter().filter(|duty| duties.carries(*duty));
    let carried: Map<String, Value> = carried.map(|duty| (duty.word().into(), json!(duties.units(duty)))).collect();
    let grants = duties.grants().into_iter().map(|(role, units)| json!({"role": role, "units": units}));
    Ok(json!({"duties": carried, "grants": grants.collect::<Vec<_>>()}))
}

/// The rules, and who asks with a device that is not revoked.
fn asking<S: Store>(hub: &Hub<S>, device: DeviceId, now_ms: i64) -> Result<(Arc<Rulebook>, Option<Member>), HubError> {
    Ok((Arc::clone(hub.rules()?), hub.member_asking(device, now_ms).cloned()))
}

fn perform<S: Store>(
    hub: &mut Hub<S>,
    command: AdminCommand,
    asker: &Asker<'_>,
    now_ms: i64,
) -> Result<Value, HubError> {
    let deed = deed::of(hub, &command, asker, now_ms)?;
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms, &mut entropy);
    hub.doing(deed, |hub| act(hub, command, asker, &mut moment))
}

fn act<S: Store>(
    hub: &mut Hub<S>,
    command: AdminCommand,
    asker: &Asker<'_>,
    moment: &mut Moment<'_>,
) -> Result<Value, HubError> {
    match command {
        AdminCommand::Invite { member, new } => invite(hub, member, new, moment),
        AdminCommand::Members => Ok(lists::members(hub, asker)),
        AdminCommand::Grant { member, unit, role } => change(hub, member, MemberChange::Grant { unit, role }, moment),
        AdminCommand::End { member, unit, role } => {
            let at_ms = moment.now_ms;
            change(hub, member, MemberChange::End { unit, role, at_ms }, moment)
        }
        AdminCommand::Devices => lists::devices(hub, asker),
        AdminCommand::Revoke { device, lost, wipe } => {
            let reason = if lost { RevocationReason::Lost } else { RevocationReason::Left };
            pollster::block_on(hub.revoke_device(device, reason, wipe, moment.now_ms))?;
            Ok(json!({"device": device, "revoked": reason.word(), "wipe": wipe}))
        }
        AdminCommand::Approvals => lists::approvals(hub, asker, moment.now_ms),
        AdminCommand::Approve { record, change } => {
            let admitted = pollster::block_on(hub.approve(record, change, moment.now_ms))?;
            Ok(json!({"record": record, "change": change, "sequence": admitted.sequence}))
        }
        AdminCommand::TurnDown { record, change, reason } => {
            pollster::block_on(hub.turn_down(record, change, &reason, moment.now_ms))?;
            Ok(json!({"record": record, "change": change, "turned_down": reason}))
        }
        AdminCommand::Units { at_ms } => lists::units(hub, at_ms),
        AdminCommand::Records { form, unit, after, limit } => {
            let rows = hub.rows(&hub.whole_scope()?, &RowQuery { form, unit, after, limit })?;
            Ok(json!({"records": rows}))
        }
        AdminCommand::History { record } => to_value(&hub.record(&hub.whole_scope()?, record)?),
        AdminCommand::ImportBundle { bundle } => {
            let bytes = hex::decode(bundle).map_err(|e| HubError::Malformed(e.to_string()))?;
            to_value(&pollster::block_on(hub.import_bundle(&bytes, moment.now_ms))?)
        }
        AdminCommand::Rollup { measure, unit, from, to, as_of } => {
            let query = RollupQuery { measure, unit, from_month: from, to_month: to, as_of };
            to_value(&hub.rollup(&hub.whole_scope()?, &query, moment.now_ms)?)
        }
        AdminCommand::Plan(command) => plan::execute(hub, command, moment.now_ms),
        AdminCommand::Verify => to_value(&pollster::block_on(hub.verify())?),
        AdminCommand::Rebuild => {
            pollster::block_on(hub.rebuild())?;
            Ok(json!({"rebuilt": hub.record_ids()?.len(), "head": hub.head()}))
        }
        AdminCommand::Restored => {
            // Above every epoch begun before, even one that began after the copy was made and was lost with the rest.
            let seconds = u64::try_from(moment.now_ms / 1_000).unwrap_or_default();
            pollster::block_on(hub.start_epoch(seconds.max(hub.epoch() + 1)))?;
            Ok(json!({"epoch": hub.epoch(), "head": hub.head()}))
        }
        AdminCommand::Erase { record, reason } => erase(hub, asker, record, &reason, moment.now_ms),
        AdminCommand::Erasures => lists::erasures(hub, asker),
        AdminCommand::Campaign => Ok(json!({
            "campaign": hub.campaign(), "name": hub.rules()?.campaign.name().vi, "edition": hub.rules()?.campaign.version(),
            "catalogue": hub.trust().catalogue_version(), "forced": hub.forced_editions()?,
        })),
        AdminCommand::Publish { campaign, units, force, check_only } => {
            let units = units.map(|(units, successors)| UnitTree::from_csv(&units, &successors)).transpose();
            let units = units.map_err(|errors| {
                HubError::Invalid(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            })?;
            let asked = Publication { campaign: &campaign, units: units.as_ref(), force: force.as_deref(), check_only };
            to_value(&pollster::block_on(hub.publish_edition(&asked, moment.now_ms))?)
        }
        AdminCommand::Keys => {
            Ok(json!({"keys": hub.issuing_keys(), "recovery_key": hub.trust().recovery_key().map(hex::encode)}))
        }
        AdminCommand::RenewKey { seed: IssuingSeed(seed), statement } => {
            let bytes = hex::decode(statement).map_err(|e| HubError::Malformed(e.to_string()))?;
            pollster::block_on(hub.renew_issuing_key(seed, &bytes, moment.now_ms))?;
            Ok(json!({"keys": hub.issuing_keys()}))
        }
        AdminCommand::NameRecoveryKey { statement } => {
            let bytes = hex::decode(statement).map_err(|e| HubError::Malformed(e.to_string()))?;
            pollster::block_on(hub.name_recovery_key(&bytes, moment.now_ms))?;
            Ok(json!({"recovery_key": hub.trust().recovery_key().map(hex::encode)}))
        }
        AdminCommand::Reset { root, device, sealed } => reset(hub, root, device, &sealed, moment.now_ms),
        AdminCommand::AccessLog { query, limit } => lists::accesses(hub, asker, &query, limit),
        AdminCommand::Person { who } => match who.trim().parse::<MemberId>() {
            Ok(member) => hub.member_export(member),
            Err(_) => hub.text_export(&who),
        },
        AdminCommand::PersonalDataDue => lists::personal_data_due(hub, asker, moment.now_ms),
        AdminCommand::Deeds { limit } => lists::deeds(hub, asker, limit),
    }
}

fn to_value(value: &impl Serialize) -> Result<Value, HubError> {
    serde_json::to_value(value).map_err(|e| HubError::Stored(e.to_string()))
}

fn invite<S: Store>(
    hub: &mut Hub<S>,
    member: Option<MemberId>,
    new: Option<(String, UnitId, RoleId)>,
    moment: &mut Moment<'_>,
) -> Result<Value, HubError> {
    let member = match (member, new) {
        (Some(member), None) => member,
        (None, Some((name, unit, role))) => {
            let changes = [MemberChange::Add { name }, MemberChange::Grant { unit, role }];
            pollster::block_on(hub.change_member(None, &changes, moment))?
        }
        _ => return Err(HubError::Invalid("name either a member, or a new one's name, unit and role".into())),
    };
    let invitation: Invitation = pollster::block_on(hub.invite(member, moment))?;
    let name = hub.trust().member(member).map(|member| member.name.clone());
    let expires_ms = moment.now_ms + dongbo_core::limits::INVITE_VALID_MS;
    Ok(json!({"member": member, "name": name, "link": invitation.link(), "expires_ms": expires_ms}))
}

/// Copies in other units and duplicates hold the same answers; those the asker reaches are named, not erased.
fn erase<S: Store>(
    hub: &mut Hub<S>,
    asker: &Asker<'_>,
    record: RecordId,
    reason: &str,
    now_ms: i64,
) -> Result<Value, HubError> {
    let rows = hub.rows(&hub.whole_scope()?, &RowQuery { limit: usize::MAX, ..RowQuery::default() })?;
    let is_related = |row: &&dongbo_core::record::Row| {
        row.record != record
            && (row.moved_from == Some(record) || row.moved_to == Some(record) || row.same_as.contains(&record))
            && asker.reaches(Duty::Erasure, &row.unit)
    };
    let related: Vec<RecordId> = rows.iter().filter(is_related).map(|row| row.record).collect();
    let mut answer = to_value(&pollster::block_on(hub.erase(record, reason, now_ms))?)?;
    answer["related"] = json!(related);
    Ok(answer)
}

fn reset<S: Store>(
    hub: &mut Hub<S>,
    root: AuthorityId,
    device: DeviceId,
    sealed: &str,
    now_ms: i64,
) -> Result<Value, HubError> {
    let sealed = hex::decode(sealed).map_err(|e| HubError::Malformed(e.to_string()))?;
    let answer = pollster::block_on(hub.reset_device(root, device, sealed, now_ms))?;
    let person = hub.trust().member_of(device);
    Ok(json!({
        "device": device, "member": person.map(|member| member.id), "name": person.map(|member| member.name.clone()),
        "answer": answer.link(),
    }))
}

fn change<S: Store>(
    hub: &mut Hub<S>,
    member: MemberId,
    change: MemberChange,
    moment: &mut Moment<'_>,
) -> Result<Value, HubError> {
    pollster::block_on(hub.change_member(Some(member), &[change], moment))?;
    Ok(json!({"member": member, "directory": hub.trust().directory_version()}))
}
