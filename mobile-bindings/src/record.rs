//! Records, drafts and where they stand, as an app shows them.

use std::collections::HashMap;

use dongbo_core::{record as core, replica};

use crate::{
    Answer,
    answer::{self, Answers},
};

/// Where a record stands. The facades have the labels for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum RecordStatus {
    /// The hub has all of it, for good.
    Received,
    /// A hub below the root has all of it.
    AtTheDistrict,
    /// The hub was restored: what it holds is being compared.
    BeingCheckedAgain,
    /// Something of it is only on this device.
    OnThisDevice,
    /// Something of it was refused or waits for a decision: [`Replica::attention`](crate::Replica::attention) says why.
    NeedsAttention,
}

/// A record as its reader sees it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Its form.
    pub form: String,
    /// The unit it belongs to for ever.
    pub unit: String,
    /// What names it in lists, if its form says so and it is answered.
    pub title: Option<String>,
    /// Answers by field; an unanswered field is absent.
    pub answers: HashMap<String, Answer>,
    /// Values that fit no field of the form: kept, shown, never counted.
    pub other: HashMap<String, String>,
    /// Fields that people set differently while apart.
    pub conflicts: Vec<Conflict>,
    /// What is not right yet.
    pub issues: Vec<Issue>,
    /// Where it stands.
    pub status: RecordStatus,
    /// The heads it was read at: give them to [`Replica::edit`](crate::Replica::edit).
    pub heads: Vec<String>,
    /// When it was made, by its maker's clock, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Who made it, if the directory knows.
    pub created_by: Option<String>,
    /// When it was last changed, by that device's clock.
    pub edited_ms: i64,
    /// Who changed it last, if the directory knows.
    pub edited_by: Option<String>,
    /// Why it was withdrawn, if it was.
    pub withdrawn: Option<String>,
    /// The copy in another unit that replaces it.
    pub moved_to: Option<String>,
    /// The record in another unit that it replaces.
    pub moved_from: Option<String>,
    /// Records marked as the same as this one: one of them counts.
    pub same_as: Vec<String>,
    /// Records that this one annuls.
    pub annuls: Vec<String>,
    /// For a record that judges another: whether that one has changed since.
    pub changed_since_review: Option<bool>,
    /// Whether it counts in figures, or why it does not; none in lists, and while the campaign is not here.
    pub standing: Option<Standing>,
    /// Whether this member has, or had, a role that may edit it; the hub judges. False in lists.
    pub may_edit: bool,
}

/// Whether a record counts in figures. Whatever it is, the record is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Standing {
    /// It counts.
    Counted,
    /// It was withdrawn.
    Withdrawn,
    /// Another record annuls it.
    Annulled {
        /// The lowest record that does.
        by: String,
    },
    /// It is dated after the campaign's last day.
    AfterClose,
    /// It is one with another, which counts.
    SameAs {
        /// The one that counts.
        counted: String,
    },
    /// It does not count, for a reason that this version of the library does not know.
    Other,
}

/// A field that people set differently while apart.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Conflict {
    /// Where: `title`, `authors/{item}/name`.
    pub path: String,
    /// Every value, the shown one first.
    pub candidates: Vec<Candidate>,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Candidate {
    /// The value.
    pub value: Answer,
    /// Who set it, if the directory knows.
    pub person: Option<String>,
    /// The device that set it.
    pub device: String,
    /// When, by that device's clock.
    pub time_ms: i64,
}

/// Something about a record that is not right yet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Issue {
    /// Stable: `required`, `constraint`, `min`, ...
    pub code: String,
    /// The field, as a path; empty: the whole record.
    pub field: String,
    /// What to tell a Vietnamese reader.
    pub text_vi: String,
    /// The same in English.
    pub text_en: String,
}

/// One change of a record.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// The change.
    pub change: String,
    /// What it builds on.
    pub builds_on: Vec<String>,
    /// Who made it, if the directory knows.
    pub person: Option<String>,
    /// The device that made it.
    pub device: String,
    /// When, by that device's clock.
    pub time_ms: i64,
    /// When a hub received it, by the hub's clock; not yet: `None`.
    pub received_ms: Option<i64>,
    /// The places written.
    pub fields: Vec<String>,
}

/// What is being typed: on this device only, encrypted, never synchronised; becomes one change on save.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Draft {
    /// Its id: a UUID.
    pub id: String,
    /// The form being filled.
    pub form: String,
    /// The unit it is for.
    pub unit: String,
    /// The record being edited; none: a new one.
    pub record: Option<String>,
    /// The heads the form was opened with.
    pub heads: Vec<String>,
    /// Fields touched so far.
    pub answers: HashMap<String, Answer>,
    /// When it was last kept, by this device's clock.
    pub touched_ms: i64,
    /// Changes that the hub refused and that this writes again: they are settled when it is saved.
    #[uniffi(default = [])]
    pub again: Vec<String>,
}

/// A save that is durable on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Saved {
    /// The record.
    pub record: String,
    /// The change that was made.
    pub change: String,
}

/// Which records to list.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Query {
    /// Only this form.
    #[uniffi(default = None)]
    pub form: Option<String>,
    /// Only this unit.
    #[uniffi(default = None)]
    pub unit: Option<String>,
    /// Only records in whose texts every word stands, with or without Vietnamese marks.
    #[uniffi(default = None)]
    pub search: Option<String>,
    /// Only some.
    pub only: Only,
    /// In which order.
    pub order: Order,
    /// So many are passed over.
    #[uniffi(default = 0)]
    pub offset: u32,
    /// At most so many are given, up to 1,000.
    #[uniffi(default = 50)]
    pub limit: u32,
}

/// Which records a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Only {
    /// All.
    All,
    /// Those with something not yet sent.
    Unsent,
    /// Those with something refused or undecided.
    NeedsAttention,
    /// Those with a conflict.
    Conflicts,
    /// Those with an issue.
    Issues,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Order {
    /// The newest first, by creation.
    Newest,
    /// The oldest first, by creation.
    Oldest,
    /// The last changed first.
    LastEdited,
    /// By title, in the order of a Vietnamese dictionary.
    Title,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RecordPage {
    /// The records of this page.
    pub records: Vec<Record>,
    /// How many match in all.
    pub total: u32,
}

/// A change that needs its author's attention. It is kept here; nothing is thrown away.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Attention {
    /// The record.
    pub record: String,
    /// The change.
    pub change: String,
    /// A stable code.
    pub code: String,
    /// What happened and what to do, in Vietnamese.
    pub text_vi: String,
    /// The same in English.
    pub text_en: String,
    /// More about it, for a developer.
    pub detail: Option<String>,
    /// Whether it is sent again by itself; otherwise its answers are to be written again or given up.
    pub sent_again: bool,
}

/// What a replica holds, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Summary {
    /// Records.
    pub records: u32,
    /// Changes not yet acknowledged by the hub.
    pub unsent: u32,
    /// Of these, those the hub left undecided.
    pub undecided: u32,
    /// Changes the hub refused, kept here.
    pub held: u32,
    /// Changes that arrived and could not be applied, kept here.
    pub quarantined: u32,
    /// Drafts.
    pub drafts: u32,
    /// Whether the hub was restored and a comparison is under way.
    pub rechecking: bool,
    /// Whether the hub has records in scope for which there is no room here: choose fewer units
    /// ([`want_units`](crate::Replica::want_units)).
    pub full: bool,
    /// When the hub was last heard from, by the hub's clock; none: never.
    pub last_sync_ms: Option<i64>,
}

/// The name of the person a device belongs to.
pub(crate) type NameOf<'a> = &'a dyn Fn(dongbo_core::DeviceId) -> Option<String>;

/// A row as an app shows it.
pub(crate) fn from_row(
    row: core::Row,
    status: RecordStatus,
    form: Option<&dongbo_core::campaign::Form>,
    name_of: NameOf<'_>,
) -> Record {
    let fields = form.map_or(&[][..], |form| &form.fields);
    let title = form.and_then(|form| title(&row, form));
    let conflicts = row.conflicts.into_iter().map(|conflict| from_conflict(conflict, fields, name_of)).collect();
    Record {
        id: row.record.to_string(),
        form: row.form.to_string(),
        unit: row.unit.to_string(),
        title,
        answers: answer::from_core(row.answers, fields),
        other: row.other.into_iter().map(|(path, value)| (path, shown(value))).collect(),
        conflicts,
        issues: row.issues.into_iter().map(Issue::from).collect(),
        status,
        heads: row.heads.iter().map(ToString::to_string).collect(),
        created_ms: row.created_ms,
        created_by: name_of(row.creator),
        edited_ms: row.edited_ms,
        edited_by: name_of(row.edited_by),
        withdrawn: row.withdrawn,
        moved_to: row.moved_to.as_ref().map(ToString::to_string),
        moved_from: row.moved_from.as_ref().map(ToString::to_string),
        same_as: row.same_as.iter().map(ToString::to_string).collect(),
        annuls: row.annuls.iter().map(ToString::to_string).collect(),
        changed_since_review: None,
        standing: None,
        may_edit: false,
    }
}

/// What names a record in lists.
pub(crate) fn title(row: &core::Row, form: &dongbo_core::campaign::Form) -> Option<String> {
    row.answers.get(form.title_field.as_ref()?)?.as_str().map(str::to_owned)
}

fn from_conflict(conflict: core::Conflict, fields: &[dongbo_core::campaign::Field], name_of: NameOf<'_>) -> Conflict {
    let kind = fields.iter().find(|field| field.id.as_str() == conflict.path).map(|field| &field.kind);
    let candidate = |candidate: core::Candidate| Candidate {
        value: answer::from_value(candidate.value, kind),
        person: name_of(candidate.device),
        device: candidate.device.to_string(),
        time_ms: candidate.time_ms,
    };
    Conflict { candidates: conflict.candidates.into_iter().map(candidate).collect(), path: conflict.path }
}

fn shown(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

impl From<core::Issue> for Issue {
    fn from(issue: core::Issue) -> Self {
        Self { code: issue.code, field: issue.field, text_vi: issue.message_vi, text_en: issue.message_en }
    }
}

impl HistoryEntry {
    pub(crate) fn from_core(entry: core::HistoryEntry, name_of: NameOf<'_>) -> Self {
        Self {
            change: entry.change.to_string(),
            builds_on: entry.builds_on.iter().map(ToString::to_string).collect(),
            person: name_of(entry.device),
            device: entry.device.to_string(),
            time_ms: entry.time_ms,
            received_ms: entry.received_ms,
            fields: entry.fields,
        }
    }
}

impl From<replica::RecordStatus> for RecordStatus {
    fn from(status: replica::RecordStatus) -> Self {
        match status {
            replica::RecordStatus::Received => Self::Received,
            replica::RecordStatus::AtTheDistrict => Self::AtTheDistrict,
            replica::RecordStatus::BeingCheckedAgain => Self::BeingCheckedAgain,
            replica::RecordStatus::OnThisDevice => Self::OnThisDevice,
            replica::RecordStatus::NeedsAttention => Self::NeedsAttention,
        }
    }
}

impl From<dongbo_core::rollup::Standing> for Standing {
    fn from(standing: dongbo_core::rollup::Standing) -> Self {
        use dongbo_core::rollup::Standing as Core;
        match standing {
            Core::Counted => Self::Counted,
            Core::Withdrawn => Self::Withdrawn,
            Core::Annulled { by } => Self::Annulled { by: by.to_string() },
            Core::AfterClose => Self::AfterClose,
            Core::SameAs { counted } => Self::SameAs { counted: counted.to_string() },
            _ => Self::Other,
        }
    }
}

impl From<replica::Summary> for Summary {
    fn from(summary: replica::Summary) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            records: number(summary.records),
            unsent: number(summary.outbox),
            undecided: number(summary.waiting),
            held: number(summary.held),
            quarantined: number(summary.quarantined),
            drafts: number(summary.drafts),
            rechecking: summary.rechecking,
            full: summary.full,
            last_sync_ms: summary.last_sync_ms,
        }
    }
}

impl From<replica::Saved> for Saved {
    fn from(saved: replica::Saved) -> Self {
        Self { record: saved.record.to_string(), change: saved.change.to_string() }
    }
}

impl Draft {
    pub(crate) fn from_core(draft: replica::Draft, fields: &[dongbo_core::campaign::Field]) -> Self {
        Self {
            id: uuid::Uuid::from_bytes(draft.id).to_string(),
            form: draft.form.to_string(),
            unit: draft.unit.to_string(),
            record: draft.record.as_ref().map(ToString::to_string),
            heads: draft.base_heads.iter().map(ToString::to_string).collect(),
            answers: answer::from_core(draft.changed, fields),
            touched_ms: draft.touched_ms,
            again: draft.again.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn into_core(self, now_ms: i64) -> Result<replica::Draft, crate::DongboError> {
        Ok(replica::Draft {
            format: 1,
            id: draft_id(&self.id)?,
            form: self.form.parse()?,
            unit: self.unit.parse()?,
            record: self.record.map(|record| record.parse()).transpose()?,
            base_heads: heads(&self.heads)?,
            changed: answer::to_core(self.answers)?,
            touched_ms: now_ms,
            again: heads(&self.again)?,
        })
    }
}

/// A draft's id from its text.
pub(crate) fn draft_id(text: &str) -> Result<replica::DraftId, crate::DongboError> {
    let id = uuid::Uuid::parse_str(text);
    id.map(uuid::Uuid::into_bytes).map_err(|error| crate::DongboError::of_code_with("invalid_id", error.to_string()))
}

impl Query {
    pub(crate) fn into_core(self) -> Result<replica::List, crate::DongboError> {
        Ok(replica::List {
            form: self.form.map(|form| form.parse()).transpose()?,
            unit: self.unit.map(|unit| unit.parse()).transpose()?,
            search: self.search,
            only: match self.only {
                Only::All => replica::Only::All,
                Only::Unsent => replica::Only::Unsent,
                Only::NeedsAttention => replica::Only::NeedsAttention,
                Only::Conflicts => replica::Only::Conflicts,
                Only::Issues => replica::Only::Issues,
            },
            order: match self.order {
                Order::Newest => replica::Order::Newest,
                Order::Oldest => replica::Order::Oldest,
                Order::LastEdited => replica::Order::LastEdited,
                Order::Title => replica::Order::Title,
            },
            offset: self.offset as usize,
            limit: self.limit as usize,
        })
    }
}

/// Heads from their texts.
pub(crate) fn heads(texts: &[String]) -> Result<Vec<dongbo_core::ChangeHash>, crate::DongboError> {
    Ok(texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?)
}

/// Answers an app gave.
pub(crate) fn answers(
    given: Answers,
) -> Result<std::collections::BTreeMap<dongbo_core::FieldId, serde_json::Value>, crate::DongboError> {
    Ok(answer::to_core(given)?)
}
