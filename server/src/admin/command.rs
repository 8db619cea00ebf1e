//! The commands, as they come over the admin socket and over HTTP.

use dongbo_core::{AuthorityId, ChangeHash, DeviceId, FormId, MemberId, RecordId, RoleId, UnitId};
use serde::{Deserialize, Serialize};

use super::PlanCommand;
use crate::hub::AccessQuery;

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
    /// What administrators did, newest first.
    Deeds {
        /// At most so many.
        limit: usize,
    },
}

/// The seed of an issuing key on its way to the hub; it is printed nowhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct IssuingSeed(pub [u8; 32]);

impl std::fmt::Debug for IssuingSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuingSeed")
    }
}
