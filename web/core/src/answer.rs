//! What a page is answered where the core's own types do not say it as `web/src/core/types.ts` does.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    ChangeHash, DeviceId, FieldId, FormId, MemberId, RecordId, RoleId, UnitId,
    record::{HistoryEntry, Row},
    replica::{self, DraftId, Listed, Page, RecordView},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    problem::{Problem, Text},
    session::Core,
};

/// Somebody on the list of people.
#[derive(Debug, Serialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) campaign: String,
    pub(crate) origin: String,
    pub(crate) needs_pin: bool,
    pub(crate) wait_ms: u64,
    pub(crate) state: PersonState,
}

/// How a person's store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PersonState {
    Ready,
    Wiped,
    Unreadable,
}

/// Whose store is open.
#[derive(Debug, Serialize)]
pub(crate) struct Me {
    person: String,
    name: String,
    campaign: String,
    device: DeviceId,
    joined: bool,
    member: Option<Member>,
    revoked: Option<Revoked>,
}

#[derive(Debug, Serialize)]
struct Member {
    id: MemberId,
    name: String,
    units: BTreeSet<UnitId>,
    roles: BTreeSet<RoleId>,
}

#[derive(Debug, Serialize)]
struct Revoked {
    reason: &'static str,
    at_ms: i64,
}

impl Me {
    /// `name`: what this browser calls them.
    pub(crate) fn of(core: &Core, person: &str, name: &str, now_ms: i64) -> Result<Self, Problem> {
        let member = core.member().map(|member| {
            let held = || member.memberships.iter().filter(|membership| membership.holds_at(now_ms));
            Member {
                id: member.id,
                name: member.name.clone(),
                units: held().map(|membership| membership.unit.clone()).collect(),
                roles: held().map(|membership| membership.role.clone()).collect(),
            }
        });
        let revoked = core.revoked()?;
        Ok(Self {
            person: person.into(),
            name: name.into(),
            campaign: core.campaign().to_string(),
            device: core.device(),
            joined: core.joined(),
            member,
            revoked: revoked.map(|revoked| Revoked { reason: revoked.reason.word(), at_ms: revoked.at_ms }),
        })
    }
}

/// A form that may be filled, and for which units.
#[derive(Debug, Serialize)]
pub(crate) struct Creatable {
    pub(crate) form: FormId,
    pub(crate) units: Vec<UnitId>,
}

/// What an invitation says of itself.
#[derive(Debug, Serialize)]
pub(crate) struct Invited {
    pub(crate) campaign: String,
    pub(crate) origin: String,
}

/// An answer with the names of the people whose devices it speaks of.
#[derive(Debug, Serialize)]
pub(crate) struct WithPeople<T> {
    #[serde(flatten)]
    answer: T,
    people: BTreeMap<DeviceId, String>,
}

impl<T> WithPeople<T> {
    fn of(core: &Core, answer: T, devices: BTreeSet<DeviceId>) -> Self {
        let name = |device| Some((device, core.trust().member_of(device)?.name.clone()));
        Self { answer, people: devices.into_iter().filter_map(name).collect() }
    }
}

impl WithPeople<Page> {
    pub(crate) fn page(core: &Core, page: Page) -> Self {
        let devices = page.records.iter().flat_map(|Listed { row, .. }| devices(row)).collect();
        Self::of(core, page, devices)
    }
}

impl WithPeople<RecordView> {
    pub(crate) fn record(core: &Core, view: RecordView) -> Self {
        let devices = devices(&view.row).collect();
        Self::of(core, view, devices)
    }
}

/// Who changed a record, when, and what.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    entries: Vec<HistoryEntry>,
}

impl WithPeople<History> {
    pub(crate) fn history(core: &Core, entries: Vec<HistoryEntry>) -> Self {
        let devices = entries.iter().map(|entry| entry.device).collect();
        Self::of(core, History { entries }, devices)
    }
}

fn devices(row: &Row) -> impl Iterator<Item = DeviceId> {
    let candidates = row.conflicts.iter().flat_map(|conflict| &conflict.candidates);
    [row.creator, row.edited_by].into_iter().chain(candidates.map(|candidate| candidate.device))
}

/// A save.
#[derive(Debug, Serialize)]
pub(crate) struct Saved {
    record: RecordId,
    change: ChangeHash,
}

impl From<replica::Saved> for Saved {
    fn from(saved: replica::Saved) -> Self {
        Self { record: saved.record, change: saved.change }
    }
}

/// What needs its author's attention, in words.
#[derive(Debug, Serialize)]
pub(crate) struct Attention {
    #[serde(flatten)]
    what: replica::Attention,
    text: Text,
}

impl From<replica::Attention> for Attention {
    fn from(what: replica::Attention) -> Self {
        Self { text: Text::of(&what.code, &what.code), what }
    }
}

/// What is being typed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    id: String,
    form: FormId,
    unit: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    heads: Vec<ChangeHash>,
    answers: BTreeMap<FieldId, Value>,
    touched_ms: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    again: Vec<ChangeHash>,
}

impl Draft {
    /// As the core keeps it, touched now.
    pub(crate) fn into_core(self, now_ms: i64) -> Result<replica::Draft, Problem> {
        Ok(replica::Draft {
            format: 1,
            id: draft_id(&self.id)?,
            form: self.form,
            unit: self.unit,
            record: self.record,
            base_heads: self.heads,
            changed: self.answers,
            touched_ms: now_ms,
            again: self.again,
        })
    }
}

impl From<replica::Draft> for Draft {
    fn from(draft: replica::Draft) -> Self {
        Self {
            id: Uuid::from_bytes(draft.id).to_string(),
            form: draft.form,
            unit: draft.unit,
            record: draft.record,
            heads: draft.base_heads,
            answers: draft.changed,
            touched_ms: draft.touched_ms,
            again: draft.again,
        }
    }
}

/// A draft's id from its text.
pub(crate) fn draft_id(text: &str) -> Result<DraftId, Problem> {
    let id = Uuid::parse_str(text).map_err(|error| Problem::of_code_with("invalid_id", error.to_string()))?;
    Ok(id.into_bytes())
}
