//! The administrator's commands: over the admin socket if the hub is being served, else on its store.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use dongbo_core::{
    ChangeHash, DeviceId, FormId, MemberId, RecordId, RoleId, UnitId, store::SledOptions, unit::midnight_ms,
};
use serde_json::Value;

use super::{
    HubArgs,
    bundle::Parts,
    plan::PlanCli,
    publish::{PublishArgs, renewal},
    recovery::{self, ResetArgs},
    say,
};
use crate::{
    admin::{self, AdminCommand},
    home::{self, Home},
    hub::AccessQuery,
};

#[derive(Debug, Subcommand)]
pub(super) enum AdminCli {
    /// Invite a member: an existing one, or a new one with a role in a unit.
    Invite {
        #[command(flatten)]
        hub: HubArgs,
        /// An existing member.
        #[arg(long, conflicts_with_all = ["name", "unit", "role"], required_unless_present = "name")]
        member: Option<MemberId>,
        /// A new member's name.
        #[arg(long, requires = "unit", requires = "role")]
        name: Option<String>,
        /// The new member's unit.
        #[arg(long)]
        unit: Option<UnitId>,
        /// The new member's role.
        #[arg(long)]
        role: Option<RoleId>,
    },
    /// Members and their roles.
    Members {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: Option<MemberAction>,
    },
    /// Devices that joined.
    Devices {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: Option<DeviceAction>,
    },
    /// Changes that wait for a decision.
    Approvals {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: Option<ApprovalAction>,
    },
    /// Units with their dates.
    Units {
        #[command(flatten)]
        hub: HubArgs,
        /// Only those in force on this date, such as 2025-03-01.
        #[arg(long, value_name = "DATE")]
        as_of: Option<jiff::civil::Date>,
    },
    /// Records.
    Records {
        #[command(flatten)]
        hub: HubArgs,
        /// Only this form.
        #[arg(long)]
        form: Option<FormId>,
        /// Only this unit.
        #[arg(long)]
        unit: Option<UnitId>,
        /// Only records after this one.
        #[arg(long)]
        after: Option<RecordId>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// One record with its history and conflicts.
    History {
        #[command(flatten)]
        hub: HubArgs,
        /// The record.
        record: RecordId,
    },
    /// Roll-ups by unit, month and dimension.
    Rollup {
        #[command(flatten)]
        hub: HubArgs,
        /// Only this measure.
        #[arg(long)]
        measure: Option<String>,
        /// This unit and everything below it.
        #[arg(long)]
        unit: Option<UnitId>,
        /// First month, such as 2023-01.
        #[arg(long)]
        from: Option<String>,
        /// Last month.
        #[arg(long)]
        to: Option<String>,
        /// By the units in force on this date, each with everything below it.
        #[arg(long, value_name = "DATE")]
        as_of: Option<jiff::civil::Date>,
    },
    /// Admit a bundle that was carried here by hand: each change is judged as if a device had sent it.
    ImportBundle {
        #[command(flatten)]
        hub: HubArgs,
        /// The file, as `dongbo device export-bundle` writes it.
        file: PathBuf,
    },
    /// What the campaign asks for: targets, deadlines, award rounds, period reports.
    Plan {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        ask: PlanCli,
    },
    /// Walk the ledger: hashes, signatures, order; compare indexes, rows and roll-ups with a rebuild.
    Verify {
        #[command(flatten)]
        hub: HubArgs,
    },
    /// Make indexes, rows and roll-ups again from the ledger.
    Rebuild {
        #[command(flatten)]
        hub: HubArgs,
    },
    /// Erase a record's content everywhere: here, in the ledger, on every device that synchronises.
    Erase {
        #[command(flatten)]
        hub: HubArgs,
        /// The record.
        record: RecordId,
        /// Why. It is signed, sent to every device and kept for ever: no personal data.
        #[arg(long)]
        reason: String,
    },
    /// Erasures, and whether the store has been written anew since.
    Erasures {
        #[command(flatten)]
        hub: HubArgs,
    },
    /// The campaign and its edition.
    Campaign {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: Option<CampaignAction>,
    },
    /// Issuing keys, which sign members, devices and forms.
    Keys {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: Option<KeyAction>,
    },
    /// Answer somebody who forgot their PIN. Make sure that it is them: the answer opens all they typed on that device.
    Reset {
        #[command(flatten)]
        hub: HubArgs,
        #[command(flatten)]
        reset: ResetArgs,
    },
    /// Who read personal fields of which records through the JSON API.
    AccessLog {
        #[command(flatten)]
        hub: HubArgs,
        /// Only reads of this record.
        #[arg(long)]
        record: Option<RecordId>,
        /// Only reads by this member.
        #[arg(long)]
        member: Option<MemberId>,
        /// At most so many, the oldest first.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// What administrators did, here and over HTTP, the newest first.
    Deeds {
        #[command(flatten)]
        hub: HubArgs,
        /// At most so many.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// All that is held on one person, as JSON: a member by id, or whoever a text names in personal fields.
    Person {
        #[command(flatten)]
        hub: HubArgs,
        /// A member's id or a text; accents do not matter.
        who: String,
        /// Into a new file, readable by its owner only, instead of the output stream.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Personal data and how long it is kept.
    PersonalData {
        #[command(flatten)]
        hub: HubArgs,
        #[command(subcommand)]
        action: PersonalDataAction,
    },
    /// Say that the store was put back from a copy: devices compare what they hold and send what is missing.
    Restored {
        #[command(flatten)]
        hub: HubArgs,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum CampaignAction {
    /// Publish a new edition: checked, signed, sent to every device; rows and roll-ups are made again.
    Publish(PublishArgs),
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum KeyAction {
    /// Sign with a new key for three years from now, vouched for by the root key.
    Renew {
        /// The root key; `root.key` beside the store if not given. It is read here only.
        #[arg(long, value_name = "FILE")]
        root_key: Option<PathBuf>,
    },
    /// Make a recovery key, or another one, vouched for by the root key. Devices leave their data keys with it.
    Recovery {
        /// The root key; `root.key` beside the store if not given. It is read here only.
        #[arg(long, value_name = "FILE")]
        root_key: Option<PathBuf>,
        /// Where the new key is written; `recovery.key` beside the store if not given.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum PersonalDataAction {
    /// Records past the campaign's `extensions.personal_data.retention_days`, for an administrator to erase.
    Due,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum MemberAction {
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
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum DeviceAction {
    /// A device is no longer good.
    Revoke {
        /// Which.
        device: DeviceId,
        /// Why.
        #[arg(long)]
        reason: Reason,
        /// The device must wipe itself.
        #[arg(long)]
        wipe: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Reason {
    /// Its owner left or replaced it: what was signed before counts.
    Left,
    /// Lost or stolen: whatever was not yet admitted needs approval.
    Lost,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum ApprovalAction {
    /// Let a change in.
    Approve {
        /// The record.
        record: RecordId,
        /// The change.
        change: ChangeHash,
    },
    /// Turn a change down; its author sees why and keeps it.
    TurnDown {
        /// The record.
        record: RecordId,
        /// The change.
        change: ChangeHash,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

impl AdminCli {
    fn into_command(self) -> anyhow::Result<(HubArgs, AdminCommand)> {
        Ok(match self {
            Self::Campaign { hub, action: None } => (hub, AdminCommand::Campaign),
            Self::Campaign { hub, action: Some(CampaignAction::Publish(args)) } => (hub, args.read()?),
            Self::Keys { hub, action: None } => (hub, AdminCommand::Keys),
            Self::Keys { hub, action: Some(KeyAction::Renew { root_key }) } => {
                let home = home::find(&hub.data.data, hub.campaign.as_ref())?;
                let command = renewal(&root_key.unwrap_or_else(|| home.root_key()))?;
                (hub, command)
            }
            Self::Keys { hub, action: Some(KeyAction::Recovery { root_key, out }) } => {
                let home = home::find(&hub.data.data, hub.campaign.as_ref())?;
                let out = out.unwrap_or_else(|| home.recovery_key());
                let command = recovery::renewal(&root_key.unwrap_or_else(|| home.root_key()), &out)?;
                (hub, command)
            }
            Self::Reset { hub, reset } => {
                let home = home::find(&hub.data.data, hub.campaign.as_ref())?;
                let command = reset.into_command(&home.recovery_key())?;
                (hub, command)
            }
            Self::Invite { hub, member, name, unit, role } => {
                let new = name.zip(unit).zip(role).map(|((name, unit), role)| (name, unit, role));
                (hub, AdminCommand::Invite { member, new })
            }
            Self::Members { hub, action } => (
                hub,
                match action {
                    None => AdminCommand::Members,
                    Some(MemberAction::Grant { member, unit, role }) => AdminCommand::Grant { member, unit, role },
                    Some(MemberAction::End { member, unit, role }) => AdminCommand::End { member, unit, role },
                },
            ),
            Self::Devices { hub, action } => (
                hub,
                match action {
                    None => AdminCommand::Devices,
                    Some(DeviceAction::Revoke { device, reason, wipe }) => {
                        AdminCommand::Revoke { device, lost: reason == Reason::Lost, wipe }
                    }
                },
            ),
            Self::Approvals { hub, action } => (
                hub,
                match action {
                    None => AdminCommand::Approvals,
                    Some(ApprovalAction::Approve { record, change }) => AdminCommand::Approve { record, change },
                    Some(ApprovalAction::TurnDown { record, change, reason }) => {
                        AdminCommand::TurnDown { record, change, reason }
                    }
                },
            ),
            Self::Units { hub, as_of } => (hub, AdminCommand::Units { at_ms: as_of.map(midnight_ms) }),
            Self::Records { hub, form, unit, after, limit } => {
                (hub, AdminCommand::Records { form, unit, after, limit })
            }
            Self::History { hub, record } => (hub, AdminCommand::History { record }),
            Self::Rollup { hub, measure, unit, from, to, as_of } => {
                (hub, AdminCommand::Rollup { measure, unit, from, to, as_of })
            }
            Self::Plan { hub, ask } => (hub, AdminCommand::Plan(ask.into_command())),
            // Its parts are made where it is sent.
            Self::ImportBundle { hub, .. } => (hub, AdminCommand::ImportBundle { bundle: String::new() }),
            Self::Verify { hub } => (hub, AdminCommand::Verify),
            Self::Rebuild { hub } => (hub, AdminCommand::Rebuild),
            Self::Restored { hub } => (hub, AdminCommand::Restored),
            Self::Erase { hub, record, reason } => (hub, AdminCommand::Erase { record, reason }),
            Self::Erasures { hub } => (hub, AdminCommand::Erasures),
            Self::AccessLog { hub, record, member, limit } => {
                (hub, AdminCommand::AccessLog { query: AccessQuery { record, member }, limit })
            }
            Self::Deeds { hub, limit } => (hub, AdminCommand::Deeds { limit }),
            Self::Person { hub, who, .. } => (hub, AdminCommand::Person { who }),
            Self::PersonalData { hub, action: PersonalDataAction::Due } => (hub, AdminCommand::PersonalDataDue),
        })
    }
}

pub(super) fn run(cli: AdminCli) -> anyhow::Result<()> {
    let out = if let AdminCli::Person { out, .. } = &cli { out.clone() } else { None };
    let parts = if let AdminCli::ImportBundle { file, .. } = &cli { Some(Parts::read(file)?) } else { None };
    let (args, command) = cli.into_command()?;
    let home = home::find(&args.data.data, args.campaign.as_ref())?;
    let ask = |command: &AdminCommand| match admin::ask(home.directory(), command)? {
        Some(answer) => Ok(answer),
        None => on_store(&home, &args, command.clone()),
    };
    let answer = match parts {
        Some(parts) => parts.send(ask)?,
        None => ask(&command)?,
    };
    let json = args.data.json;
    match &command {
        AdminCommand::Invite { .. } if !json && answer["link"].is_string() => {
            let text = |key: &str| answer[key].as_str().unwrap_or_default();
            say::invitation(text("name"), text("link"))?;
        }
        AdminCommand::Reset { .. } if !json => {
            let text = |key: &str| answer[key].as_str().unwrap_or_default();
            say::reset(text("name"), text("device"), text("answer"));
        }
        AdminCommand::Erase { .. } if !json => say::erased(&answer),
        AdminCommand::ImportBundle { .. } if !json => say::imported(&answer),
        // Always JSON: it is for the person asked about, or for a program.
        AdminCommand::Person { .. } => match out {
            Some(file) => {
                write_new(&file, &answer).with_context(|| format!("{} cannot be written", file.display()))?;
                say::line(&format!("Đã ghi / written: {}", file.display()));
            }
            None => say::value(&answer, true),
        },
        _ => say::value(&answer, json),
    }
    let problems = answer["problems"].as_array().map_or(0, Vec::len);
    anyhow::ensure!(
        problems == 0,
        "{problems} problems were found; the ledger is the truth, `dongbo rebuild` makes the rest again"
    );
    Ok(())
}

fn write_new(path: &PathBuf, answer: &Value) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", serde_json::to_string_pretty(answer)?)?;
    Ok(file.sync_all()?)
}

fn on_store(home: &Home, args: &HubArgs, command: AdminCommand) -> anyhow::Result<Value> {
    let mut hub = home.open(SledOptions::default())?;
    if let Some(wanted) = &args.campaign {
        anyhow::ensure!(
            hub.campaign() == wanted,
            "there is no campaign {wanted} here; there is {}. Nothing was changed.",
            hub.campaign()
        );
    }
    let answer = admin::execute(&mut hub, command.clone())?;
    let AdminCommand::Erase { .. } = command else { return Ok(answer) };
    // Nobody else has the store open: the erasure can be finished at once, and says so.
    let mut hub = home.finish_erasures(hub)?;
    let mut finished = admin::execute(&mut hub, command)?;
    finished["related"] = answer["related"].clone();
    Ok(finished)
}
