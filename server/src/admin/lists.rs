//! Lists, narrowed to what the asker's duties reach.

use dongbo_core::{
    MemberId,
    campaign::Duty,
    identity::{Member, Membership},
    record::Row,
    store::Store,
    unit::date_of_ms,
};
use serde_json::{Value, json};

use super::asker::Asker;
use crate::hub::{AccessQuery, Hub, HubError};

/// The most entries of a log that one answer over HTTP holds.
const LOG_ENTRIES_MAX: usize = 1_000;

pub(super) fn members<S: Store>(hub: &Hub<S>, asker: &Asker<'_>) -> Value {
    let told = |held: &&Membership| asker.reaches(Duty::Invitations, &held.unit);
    let members = hub.trust().members().filter(|member| is_told(asker, Duty::Invitations, member)).map(|member| {
        let memberships = member.memberships.iter().filter(told);
        let memberships = memberships
            .map(|m| json!({"unit": m.unit, "role": m.role, "from_ms": m.from_ms, "to_ms": m.to_ms}))
            .collect::<Vec<_>>();
        json!({"member": member.id, "name": member.name, "memberships": memberships})
    });
    json!({"members": members.collect::<Vec<_>>()})
}

pub(super) fn devices<S: Store>(hub: &Hub<S>, asker: &Asker<'_>) -> Result<Value, HubError> {
    let mut devices = Vec::new();
    for info in hub.all_devices()? {
        let person = hub.trust().member(info.member);
        let is_shown = match asker {
            Asker::Shell => true,
            Asker::Member(_) => person.is_some_and(|person| is_told(asker, Duty::Devices, person)),
        };
        if is_shown {
            let revoked = hub.trust().revocation(info.device).map(|revocation| revocation.reason.word());
            devices.push(json!({
                "device": info.device, "member": info.member, "person": person.map(|person| &person.name),
                "name": info.name, "joined_ms": info.joined_ms, "revoked": revoked,
            }));
        }
    }
    Ok(json!({"devices": devices}))
}

/// Whether somebody stands, or stood, in a unit that a duty reaches. The shell is told of those who stand nowhere too.
fn is_told(asker: &Asker<'_>, duty: Duty, member: &Member) -> bool {
    matches!(asker, Asker::Shell) || member.memberships.iter().any(|held| asker.reaches(duty, &held.unit))
}

/// Changes that wait, each with its record as it would read; a member sees that only of records it may read, and it is
/// noted who was given personal fields.
pub(super) fn approvals<S: Store>(hub: &mut Hub<S>, asker: &Asker<'_>, now_ms: i64) -> Result<Value, HubError> {
    let mut approvals = Vec::new();
    let mut previews: Vec<Row> = Vec::new();
    for pending in hub.pending()? {
        if !asker.reaches(Duty::Approvals, &pending.unit) {
            continue;
        }
        let is_readable = match asker {
            Asker::Shell => true,
            Asker::Member(administrator) => administrator.readable.contains(&pending.unit, &pending.form),
        };
        let preview = if is_readable { hub.preview(&pending)? } else { None };
        let name = hub.trust().member_of(pending.device).map(|member| member.name.clone());
        approvals.push(json!({
            "record": pending.record, "change": pending.hash, "unit": pending.unit, "form": pending.form,
            "device": pending.device, "name": name, "received_ms": pending.received_ms, "state": pending.state,
            "preview": preview,
        }));
        previews.extend(preview);
    }
    if let Some(device) = asker.device() {
        pollster::block_on(hub.note_access(device, &previews, now_ms))?;
    }
    Ok(json!({"approvals": approvals}))
}

pub(super) fn erasures<S: Store>(hub: &Hub<S>, asker: &Asker<'_>) -> Result<Value, HubError> {
    let mut erasures = Vec::new();
    for info in hub.erasures()? {
        if asker.reaches_record(Duty::Erasure, hub, info.record)? {
            erasures.push(info);
        }
    }
    Ok(json!({"erasures": erasures}))
}

pub(super) fn personal_data_due<S: Store>(hub: &Hub<S>, asker: &Asker<'_>, now_ms: i64) -> Result<Value, HubError> {
    let mut due = hub.personal_data_due(now_ms)?;
    due.retain(|due| asker.reaches(Duty::Erasure, &due.unit));
    Ok(json!({"retention_days": hub.retention_days()?, "due": due}))
}

pub(super) fn accesses<S: Store>(
    hub: &Hub<S>,
    asker: &Asker<'_>,
    query: &AccessQuery,
    limit: usize,
) -> Result<Value, HubError> {
    let is_told = |record| asker.reaches_record(Duty::Erasure, hub, record);
    let entries = hub.accesses_told(query, limited(asker, limit), is_told)?.into_iter().map(|entry| {
        json!({
            "at_ms": entry.at_ms, "member": entry.member, "name": name(hub, entry.member), "device": entry.device,
            "read": entry.read.iter().map(|(record, fields)| json!({"record": record, "fields": fields}))
                .collect::<Vec<_>>(),
        })
    });
    Ok(json!({"accesses": entries.collect::<Vec<_>>()}))
}

pub(super) fn deeds<S: Store>(hub: &Hub<S>, asker: &Asker<'_>, limit: usize) -> Result<Value, HubError> {
    let deeds = hub.deeds(limited(asker, limit), |deed| asker.is_told(deed))?.into_iter().map(|deed| {
        json!({
            "at_ms": deed.at_ms, "member": deed.member, "name": deed.member.and_then(|member| name(hub, member)),
            "device": deed.device, "command": deed.command, "about": deed.about,
        })
    });
    Ok(json!({"deeds": deeds.collect::<Vec<_>>()}))
}

pub(super) fn units<S: Store>(hub: &Hub<S>, at_ms: Option<i64>) -> Result<Value, HubError> {
    let rules = hub.rules()?;
    let in_force = rules.units.all().filter(|unit| at_ms.is_none_or(|at_ms| unit.in_force_at(at_ms)));
    let units = in_force.map(|unit| {
        let date = |ms: Option<i64>| ms.and_then(date_of_ms).map(|date| date.to_string());
        json!({
            "id": unit.id, "parent": unit.parent, "code": unit.code, "name": unit.name, "level": unit.level,
            "valid_from": date(unit.valid_from_ms), "valid_to": date(unit.valid_to_ms), "successors": unit.successors,
        })
    });
    Ok(json!({"units": units.collect::<Vec<_>>()}))
}

fn name<S: Store>(hub: &Hub<S>, member: MemberId) -> Option<String> {
    hub.trust().member(member).map(|member| member.name.clone())
}

fn limited(asker: &Asker<'_>, limit: usize) -> usize {
    match asker {
        Asker::Shell => limit,
        Asker::Member(_) => limit.min(LOG_ENTRIES_MAX),
    }
}
