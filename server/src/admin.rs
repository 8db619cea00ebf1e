//! What administrators ask of a hub: one set of commands, run by one function, whether the hub is being served (over
//! the admin socket) or not (on the store itself).

mod plan;
mod socket;

use dongbo_core::{
    AuthorityId, ChangeHash, DeviceId, FormId, MemberId, RecordId, RoleId, UnitId,
    identity::RevocationReason,
    outside::Moment,
    rollup::RowQuery,
    store::Store,
    sync::Invitation,
    unit::{UnitTree, date_of_ms},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    hub::{AccessQuery, Hub, HubError, MemberChange, Publication, RollupQuery},
    outside::{SystemEntropy, now_ms},
};

pub use plan::PlanCommand;
pub use socket::{ask, listen, socket_path};

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum AdminCommand {
    /// Invite a member, or a new one with a role.
    Invite {
        /// An existing member.
        member: Option<MemberId>,
        /// A new member's name, unit and role.
        new: Option<(String, UnitId, RoleId)>,
    },
    /// All members.
    Members,
    /// A role in a unit from now on.
    Grant {
        /// Who.
        member: MemberId,
        /// Where.
        unit: UnitId,
        /// What.
        role: RoleId,
    },
    /// A role in a unit ends now.
    End {
        /// Who.
        member: MemberId,
        /// Where.
        unit: UnitId,
        /// What.
        role: RoleId,
    },
    /// All devices.
    Devices,
    /// A device is no longer good.
    Revoke {
        /// Which.
        device: DeviceId,
        /// Lost or stolen, rather than left.
        lost: bool,
        /// Whether it must wipe itself.
        wipe: bool,
    },
    /// Changes that wait for a decision.
    Approvals,
    /// Let one in.
    Approve {
        /// The record.
        record: RecordId,
        /// The change.
        change: ChangeHash,
    },
    /// Turn one down.
    TurnDown {
        /// The record.
        record: RecordId,
        /// The change.
        change: ChangeHash,
        /// Why.
        reason: String,
    },
    /// Units, those in force at a time or all.
    Units {
        /// Milliseconds since the Unix epoch.
        at_ms: Option<i64>,
    },
    /// Records.
    Records {
        /// Only this form.
        form: Option<FormId>,
        /// Only this unit.
        unit: Option<UnitId>,
        /// Only records after this one.
        after: Option<RecordId>,
        /// At most so many.
        limit: usize,
    },
    /// One record with its history.
    History {
        /// The record.
        record: RecordId,
    },
    /// Admit a bundle that was carried here by hand.
    ImportBundle {
        /// The bundle, in hex.
        bundle: String,
    },
    /// Roll-ups.
    Rollup {
        /// Only this measure.
        measure: Option<String>,
        /// This unit and everything below it.
        unit: Option<UnitId>,
        /// First month.
        from: Option<String>,
        /// Last month.
        to: Option<String>,
        /// By the units in force on this date, each with everything below it.
        as_of: Option<jiff::civil::Date>,
    },
    /// What the campaign asks for, held against what was recorded.
    Plan(PlanCommand),
    /// Walk the ledger and compare everything with a rebuild.
    Verify,
    /// Make indexes, rows and roll-ups again.
    Rebuild,
    /// The store was put back from a copy: start a new epoch.
    Restored,
    /// Erase a record's content everywhere, by a signed statement.
    Erase {
        /// The record.
        record: RecordId,
        /// Why, without personal data.
        reason: String,
    },
    /// Every erasure with how far it has come.
    Erasures,
    /// The campaign and its edition.
    Campaign,
    /// Publish a new edition of the campaign.
    Publish {
        /// The campaign as JSON.
        campaign: String,
        /// Its units and their successors as CSV; none: as they are.
        units: Option<(String, String)>,
        /// Why records may be left without their form or unit.
        force: Option<String>,
        /// Only say what it would change.
        check_only: bool,
    },
    /// The issuing keys.
    Keys,
    /// Sign with another issuing key from now on.
    RenewKey {
        /// Its seed.
        seed: IssuingSeed,
        /// The root's statement about it, in hex.
        statement: String,
    },
    /// Name the campaign's recovery key.
    NameRecoveryKey {
        /// The root's statement about it, in hex.
        statement: String,
    },
    /// Publish the reset of a forgotten PIN.
    Reset {
        /// The campaign's root, as the request names it.
        root: AuthorityId,
        /// The device.
        device: DeviceId,
        /// Its data key, sealed to its one-time key, in hex.
        sealed: String,
    },
    /// Who read personal fields through the JSON API.
    AccessLog {
        /// What is asked.
        #[serde(flatten)]
        query: AccessQuery,
        /// At most so many entries.
        limit: usize,
    },
    /// All that is held on one person: a member, or whoever a text names.
    Person {
        /// A member's id or a text.
        who: String,
    },
    /// Records whose personal fields are kept longer than the campaign says.
    PersonalDataDue,
}

/// The seed of an issuing key on its way to the hub; it is printed nowhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct IssuingSeed(pub [u8; 32]);

impl std::fmt::Debug for IssuingSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuingSeed")
    }
}

/// Does what is asked; the answer has stable keys (docs/cli.md).
pub fn execute<S: Store>(hub: &mut Hub<S>, command: AdminCommand) -> Result<Value, HubError> {
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    match command {
        AdminCommand::Invite { member, new } => invite(hub, member, new, &mut moment),
        AdminCommand::Members => members(hub),
        AdminCommand::Grant { member, unit, role } => {
            change(hub, member, MemberChange::Grant { unit, role }, &mut moment)
        }
        AdminCommand::End { member, unit, role } => {
            let at_ms = moment.now_ms;
            change(hub, member, MemberChange::End { unit, role, at_ms }, &mut moment)
        }
        AdminCommand::Devices => devices(hub),
        AdminCommand::Revoke { device, lost, wipe } => {
            let reason = if lost { RevocationReason::Lost } else { RevocationReason::Left };
            pollster::block_on(hub.revoke_device(device, reason, wipe, moment.now_ms))?;
            Ok(json!({"device": device, "revoked": reason.word(), "wipe": wipe}))
        }
        AdminCommand::Approvals => {
            let pending = hub.pending()?.into_iter().map(|pending| {
                let name = hub.trust().member_of(pending.device).map(|member| member.name.clone());
                json!({
                    "record": pending.record, "change": pending.hash, "unit": pending.unit, "form": pending.form,
                    "device": pending.device, "name": name, "received_ms": pending.received_ms, "state": pending.state,
                })
            });
            Ok(json!({"approvals": pending.collect::<Vec<_>>()}))
        }
        AdminCommand::Approve { record, change } => {
            let admitted = pollster::block_on(hub.approve(record, change, moment.now_ms))?;
            Ok(json!({"record": record, "change": change, "sequence": admitted.sequence}))
        }
        AdminCommand::TurnDown { record, change, reason } => {
            pollster::block_on(hub.turn_down(record, change, &reason, moment.now_ms))?;
            Ok(json!({"record": record, "change": change, "turned_down": reason}))
        }
        AdminCommand::Units { at_ms } => units(hub, at_ms),
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
        AdminCommand::Erase { record, reason } => {
            // Copies in other units and duplicates hold the same answers; they are named, not erased.
            let row = hub.rows(&hub.whole_scope()?, &RowQuery { limit: usize::MAX, ..RowQuery::default() })?;
            let related = row.into_iter().filter(|row| {
                row.record != record
                    && (row.moved_from == Some(record) || row.moved_to == Some(record) || row.same_as.contains(&record))
            });
            let related: Vec<RecordId> = related.map(|row| row.record).collect();
            let mut answer = to_value(&pollster::block_on(hub.erase(record, &reason, moment.now_ms))?)?;
            answer["related"] = json!(related);
            Ok(answer)
        }
        AdminCommand::Erasures => Ok(json!({"erasures": hub.erasures()?})),
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
        AdminCommand::AccessLog { query, limit } => {
            let name = |member| hub.trust().member(member).map(|member| member.name.clone());
            let entries = hub.accesses(&query, limit)?.into_iter().map(|entry| {
                json!({
                    "at_ms": entry.at_ms, "member": entry.member, "name": name(entry.member), "device": entry.device,
                    "read": entry.read.iter().map(|(record, fields)| json!({"record": record, "fields": fields}))
                        .collect::<Vec<_>>(),
                })
            });
            Ok(json!({"accesses": entries.collect::<Vec<_>>()}))
        }
        AdminCommand::Person { who } => match who.trim().parse::<MemberId>() {
            Ok(member) => hub.member_export(member),
            Err(_) => hub.text_export(&who),
        },
        AdminCommand::PersonalDataDue => {
            Ok(json!({"retention_days": hub.retention_days()?, "due": hub.personal_data_due(moment.now_ms)?}))
        }
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
        (Some(member), _) => member,
        (None, Some((name, unit, role))) => {
            let changes = [MemberChange::Add { name }, MemberChange::Grant { unit, role }];
            pollster::block_on(hub.change_member(None, &changes, moment))?
        }
        (None, None) => return Err(HubError::Invalid("name a member, or a new one's name, unit and role".into())),
    };
    let invitation: Invitation = pollster::block_on(hub.invite(member, moment))?;
    let name = hub.trust().member(member).map(|member| member.name.clone());
    let expires_ms = moment.now_ms + dongbo_core::limits::INVITE_VALID_MS;
    Ok(json!({"member": member, "name": name, "link": invitation.link(), "expires_ms": expires_ms}))
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

fn members<S: Store>(hub: &Hub<S>) -> Result<Value, HubError> {
    let members = hub.trust().members().map(|member| {
        let memberships = member
            .memberships
            .iter()
            .map(|m| json!({"unit": m.unit, "role": m.role, "from_ms": m.from_ms, "to_ms": m.to_ms}));
        json!({"member": member.id, "name": member.name, "memberships": memberships.collect::<Vec<_>>()})
    });
    Ok(json!({"members": members.collect::<Vec<_>>()}))
}

fn devices<S: Store>(hub: &Hub<S>) -> Result<Value, HubError> {
    let devices = hub.all_devices()?.into_iter().map(|info| {
        let revoked = hub.trust().revocation(info.device).map(|revocation| revocation.reason.word());
        let person = hub.trust().member(info.member).map(|member| member.name.clone());
        json!({
            "device": info.device, "member": info.member, "person": person, "name": info.name,
            "joined_ms": info.joined_ms, "revoked": revoked,
        })
    });
    Ok(json!({"devices": devices.collect::<Vec<_>>()}))
}

fn units<S: Store>(hub: &Hub<S>, at_ms: Option<i64>) -> Result<Value, HubError> {
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
