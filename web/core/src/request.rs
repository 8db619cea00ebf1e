//! What a page asks: the calls of `web/src/core/types.ts`.

use std::collections::BTreeMap;

use dongbo_core::{
    ChangeHash, FieldId, FormId, RecordId, UnitId,
    replica::{List, Notice},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Draft;

pub(crate) type Answers = BTreeMap<FieldId, Value>;

/// A call with its arguments, `{"call": …, "with": {…}}`.
#[derive(Debug, Deserialize)]
#[serde(tag = "call", content = "with", rename_all = "snake_case")]
pub(crate) enum Call {
    People {},
    Enrol {
        invitation: String,
        name: String,
        /// What administrators read of this device, to tell it from the person's others.
        device: String,
        pin: Option<String>,
    },
    Unlock {
        person: String,
        pin: Option<String>,
    },
    Lock {},
    ChangePin {
        person: String,
        pin: Option<String>,
        new_pin: Option<String>,
    },
    ResetRequest {
        person: String,
    },
    FinishReset {
        person: String,
        answer: String,
        new_pin: Option<String>,
    },
    Remove {
        person: String,
    },
    ReadInvitation {
        invitation: String,
    },
    Me {},
    Join {},
    Campaign {},
    Units {},
    Creatable {},
    Check {
        form: FormId,
        answers: Answers,
    },
    Prefill {
        form: FormId,
        unit: UnitId,
    },
    Create(Create),
    Edit(Edit),
    Resolve {
        record: RecordId,
        heads: Vec<ChangeHash>,
        path: String,
        choice: usize,
    },
    Withdraw {
        record: RecordId,
        reason: Option<String>,
    },
    MoveTo {
        record: RecordId,
        unit: UnitId,
        reason: String,
    },
    SameAs {
        record: RecordId,
        other: RecordId,
        same: bool,
    },
    Query(List),
    Record {
        record: RecordId,
    },
    RecordAt {
        record: RecordId,
        heads: Vec<ChangeHash>,
    },
    HeldRecord {
        record: RecordId,
    },
    GiveUp {
        changes: Vec<ChangeHash>,
    },
    History {
        record: RecordId,
    },
    Drafts {},
    KeepDraft {
        draft: Draft,
    },
    DropDraft {
        draft: String,
    },
    Attention {},
    Notices {},
    Seen {
        notice: Notice,
    },
    Summary {},
    Deadlines {},
    Targets {
        from: Date,
        to: Date,
        on: Option<Date>,
    },
    Rollup {
        measure: Option<String>,
    },
    WantedUnits {},
    WantUnits {
        units: Option<Vec<UnitId>>,
    },
    Sync {
        deadline_ms: u64,
        pull_bytes_max: Option<u64>,
    },
    Token {
        /// Another one than was given before: the hub takes that no more.
        #[serde(default)]
        fresh: bool,
    },
    ExportBundle {},
    ExportForAdministrator {},
    /// The bytes come beside it.
    ImportBundle {},
    Wipe {},
}

/// A new record.
#[derive(Debug, Deserialize)]
pub(crate) struct Create {
    pub(crate) form: FormId,
    pub(crate) unit: UnitId,
    pub(crate) answers: Answers,
    pub(crate) draft: Option<String>,
    #[serde(default)]
    pub(crate) annuls: Vec<RecordId>,
}

/// Fields of a record that were touched.
#[derive(Debug, Deserialize)]
pub(crate) struct Edit {
    pub(crate) record: RecordId,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) answers: Answers,
    pub(crate) draft: Option<String>,
}
