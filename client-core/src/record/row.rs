//! A record materialised for reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ChangeHash, DeviceId, FieldId, FormId, RecordId, UnitId};

/// A record materialised for reading: answers, conflicts, issues, author, times.
///
/// Answers are JSON: text, date, choice, reference, decimal and geopoint are strings; integer and counter are numbers;
/// datetime is a number of milliseconds since the Unix epoch; many choices is an array of ticked codes in order; group
/// list and attachments are arrays of objects with `id`. An unanswered field is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The record.
    pub record: RecordId,
    /// The unit it belongs to for ever.
    pub unit: UnitId,
    /// The form it fills.
    pub form: FormId,
    /// Creation time by the creator's clock, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// The device that created it.
    pub creator: DeviceId,
    /// The device of the latest change in causal order, and its signed time in seconds.
    pub edited_by: DeviceId,
    /// Signed time of that change, milliseconds since the Unix epoch.
    pub edited_ms: i64,
    /// The heads this row was read at.
    pub heads: Vec<ChangeHash>,
    /// Number of changes.
    pub changes: usize,
    /// Answers by field.
    pub answers: BTreeMap<FieldId, serde_json::Value>,
    /// Values set while apart, by field path (`title`, `authors/{item}/name`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// Values of a wrong type or of fields the form does not know: kept, shown, never counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, serde_json::Value>,
    /// What is not right yet. Never blocks a save or a sync; gates the next step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// Why the record was withdrawn, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// The copy in another unit that replaces this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<RecordId>,
    /// The record in another unit that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<RecordId>,
    /// Records marked as the same as this one: one of them counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<RecordId>,
    /// Records that this one annuls: those of the same form and unit count no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annuls: Vec<RecordId>,
}

impl Row {
    /// Whether the row by itself counts in roll-ups: it is not withdrawn and not dated after the campaign's last day.
    /// What it is linked to may say otherwise ([`crate::rollup::standings`]).
    pub fn counts(&self) -> bool {
        self.withdrawn.is_none() && self.issues.iter().all(|issue| issue.code != Issue::AFTER_CLOSE)
    }
}

/// A field whose value differs between people who were apart. The row shows the winner; the others are listed here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// Where: `title`, `authors/{item}/name`, `meta/withdrawn`.
    pub path: String,
    /// Every value, the shown one first.
    pub candidates: Vec<Candidate>,
}

/// One of several concurrent values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The value, as in [`Row::answers`].
    pub value: serde_json::Value,
    /// The device that set it.
    pub device: DeviceId,
    /// Its signed time, milliseconds since the Unix epoch. Evidence, never used to decide who wins.
    pub time_ms: i64,
    /// The change that set it.
    pub change: ChangeHash,
}

/// Something about a row that is not right yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Stable code: `required`, `constraint`, `type`, `pattern`, `min`, `max`, `unknown_choice`, ...
    pub code: String,
    /// The field, or empty for the whole record.
    pub field: String,
    /// What to tell a Vietnamese reader.
    pub message_vi: String,
    /// The same in English.
    pub message_en: String,
}

impl Issue {
    /// The code of a record dated after the campaign's last day: kept and shown, counted nowhere.
    pub const AFTER_CLOSE: &str = "after_close";
}
