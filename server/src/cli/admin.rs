//! The administrator's commands: over the admin socket if the hub is being served, else on its store.

use clap::{Subcommand, ValueEnum};
use dongbo_core::{
    ChangeHash, DeviceId, FormId, MemberId, RecordId, RoleId, UnitId,
    store::{SledOptions, SledStore},
    unit::midnight_ms,
};
use serde_json::Value;

use super::{HubArgs, init::STORE, plan::PlanCli, say};
use crate::{
    admin::{self, AdminCommand},
    hub::Hub,
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
    /// Say that the store was put back from a copy: devices compare what they hold and send what is missing.
    Restored {
        #[command(flatten)]
        hub: HubArgs,
    },
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
    fn into_command(self) -> (HubArgs, AdminCommand) {
        match self {
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
            Self::Verify { hub } => (hub, AdminCommand::Verify),
            Self::Rebuild { hub } => (hub, AdminCommand::Rebuild),
            Self::Restored { hub } => (hub, AdminCommand::Restored),
        }
    }
}

pub(super) fn run(cli: AdminCli) -> anyhow::Result<()> {
    let (args, command) = cli.into_command();
    let answer = match admin::ask(&args.data, &command)? {
        Some(answer) => answer,
        None => on_store(&args, command.clone())?,
    };
    match (&command, answer["link"].as_str()) {
        (AdminCommand::Invite { .. }, Some(link)) if !args.json => {
            say::invitation(answer["name"].as_str().unwrap_or_default(), link)?;
        }
        _ => say::value(&answer, args.json),
    }
    let problems = answer["problems"].as_array().map_or(0, Vec::len);
    anyhow::ensure!(
        problems == 0,
        "{problems} problems were found; the ledger is the truth, `dongbo rebuild` makes the rest again"
    );
    Ok(())
}

fn on_store(args: &HubArgs, command: AdminCommand) -> anyhow::Result<Value> {
    let path = args.data.join(STORE);
    anyhow::ensure!(path.exists(), "there is no hub in {}; run `dongbo init` first", args.data.display());
    let mut hub = Hub::open(SledStore::open(&path, SledOptions::default())?)?;
    pollster::block_on(hub.settle())?;
    Ok(admin::execute(&mut hub, command)?)
}
