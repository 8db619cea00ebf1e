//! One save = one change.

use std::collections::BTreeMap;

use automerge::{
    ActorId, Automerge, ObjType, ROOT, ScalarValue,
    transaction::{CommitOptions, Transactable as _, Transaction},
};
use serde_json::Value;

use super::{
    field::{self, has_container},
    heads::on_heads,
    overwrite::put_winners,
    settle::settle,
};
use crate::{
    Actor, ChangeHash, FieldId, RecordId, RecordOrigin,
    campaign::{Campaign, FieldKind, Form},
    change::{Change, read_chunk},
    outside::Moment,
    record::{DOCUMENT_VERSION, Record, RecordError, read_row},
};

/// Why a save was not made. What was typed stays in the draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// A field the form does not have.
    #[error("the form {form} has no field {field}")]
    UnknownField {
        /// The form.
        form: String,
        /// The field named.
        field: String,
    },
    /// A value that the field cannot hold.
    #[error("{field}: {problem}")]
    Value {
        /// Where, as a path.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Nothing differs from what is there.
    #[error("nothing was changed")]
    NothingChanged,
    /// No conflict at this path.
    #[error("there is no conflict at {0}")]
    NoConflict(String),
    /// No candidate with this number.
    #[error("the conflict at {path} has {candidates} values; number {choice} is not one of them")]
    NoCandidate {
        /// Where.
        path: String,
        /// How many there are.
        candidates: usize,
        /// What was asked for, from 0.
        choice: usize,
    },
    /// The change would not fit the record.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl EditError {
    pub(super) fn value(field: &str, problem: impl Into<String>) -> Self {
        Self::Value { field: field.to_owned(), problem: problem.into() }
    }
}

impl From<automerge::AutomergeError> for EditError {
    fn from(error: automerge::AutomergeError) -> Self {
        Self::Record(RecordError::Library(error.to_string()))
    }
}

/// What a save does beside the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetaEdit {
    /// `Some(Some(reason))` withdraws, `Some(None)` takes the withdrawal back.
    pub withdrawn: Option<Option<String>>,
    /// The copy in another unit.
    pub moved_to: Option<RecordId>,
    /// The record this one replaces.
    pub moved_from: Option<RecordId>,
    /// Marks or unmarks records as the same as this one.
    pub same_as: BTreeMap<RecordId, bool>,
    /// Annuls `write_once` records, or takes that back.
    pub annuls: BTreeMap<RecordId, bool>,
}

/// A change that was made, and the record with it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The uncompressed change chunk, to be signed.
    pub chunk: Vec<u8>,
    /// The same, read.
    pub change: Change,
    /// The record after the change.
    pub record: Record,
}

/// Makes a record's first change: the root, every container of the form, the answers.
pub fn create(
    form: &Form,
    origin: &RecordOrigin,
    answers: &BTreeMap<FieldId, Value>,
    meta: &MetaEdit,
    moment: &mut Moment<'_>,
) -> Result<Written, EditError> {
    let record = Record::empty(RecordId::derive(origin));
    let actor = Actor::first(origin.device);
    write(&record, &record, actor, origin.created_ms.div_euclid(1_000), |tx| {
        tx.put(ROOT, "version", DOCUMENT_VERSION)?;
        tx.put(ROOT, "unit", origin.unit.as_str())?;
        tx.put(ROOT, "form", origin.form.as_str())?;
        tx.put(ROOT, "created", origin.created_ms)?;
        tx.put(ROOT, "salt", ScalarValue::Bytes(origin.salt.to_vec()))?;
        let root_answers = tx.put_object(ROOT, "answers", ObjType::Map)?;
        tx.put_object(ROOT, "meta", ObjType::Map)?;
        for field in &form.fields {
            match &field.kind {
                FieldKind::Paragraph => tx.put_object(&root_answers, field.id.as_str(), ObjType::Text)?,
                kind if has_container(kind) => tx.put_object(&root_answers, field.id.as_str(), ObjType::Map)?,
                _ => continue,
            };
        }
        write_answers(tx, form, answers, moment)?;
        write_meta(tx, meta)
    })
}

/// Makes a change that writes only what `changed` and `meta` name, on the heads the form was opened with.
///
/// Values are as in [`crate::record::Row::answers`], and for what merges as a set: choices take an array of ticked
/// codes (the difference to what was shown is written) or `{code: bool}`; a counter takes `{"add": n}` or
/// `{"set": n}`; a group list takes an array of items, of which those with a known `id` are edited, those without
/// are added, those with `"removed": true` are removed and those not named stay; `null` clears.
pub fn edit(
    record: &Record,
    form: &Form,
    base_heads: &[ChangeHash],
    actor: Actor,
    changed: &BTreeMap<FieldId, Value>,
    meta: &MetaEdit,
    moment: &mut Moment<'_>,
) -> Result<Written, EditError> {
    let base = record.at(base_heads)?;
    let time_s = moment.now_ms.div_euclid(1_000);
    write(record, &base, actor, time_s, |tx| {
        write_answers(tx, form, changed, moment)?;
        write_meta(tx, meta)
    })
}

/// Settles the conflict at a path of the row, as it read on these heads, by the candidate with this number, 0 being the
/// one shown. The rules are those the row was read by.
pub fn resolve(
    record: &Record,
    rules: Option<(&Campaign, &Form)>,
    base_heads: &[ChangeHash],
    actor: Actor,
    path: &str,
    choice: usize,
    moment: &Moment<'_>,
) -> Result<Written, EditError> {
    let base = record.at(base_heads)?;
    let row = read_row(&base, rules)?;
    let conflict = row.conflicts.iter().find(|conflict| conflict.path == path);
    let candidates = &conflict.ok_or_else(|| EditError::NoConflict(path.to_owned()))?.candidates;
    let no_candidate = || EditError::NoCandidate { path: path.to_owned(), candidates: candidates.len(), choice };
    let candidate = candidates.get(choice).ok_or_else(no_candidate)?;
    let form = rules.map(|(_, form)| form);
    write(record, &base, actor, moment.now_ms.div_euclid(1_000), |tx| settle(tx, base.graph(), form, path, candidate))
}

/// Runs a transaction on a fork at `base` and merges its change into `record`.
fn write(
    record: &Record,
    base: &Record,
    actor: Actor,
    time_s: i64,
    fill: impl FnOnce(&mut Transaction<'_>) -> Result<(), EditError>,
) -> Result<Written, EditError> {
    let mut fork: Automerge = base.doc().clone();
    fork.set_actor(ActorId::from(actor.to_bytes()));
    let mut tx = fork.transaction();
    if let Err(error) = fill(&mut tx) {
        tx.rollback();
        return Err(error);
    }
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time_s));
    let made = hash.and_then(|_| fork.get_last_local_change()).filter(|change| !change.is_empty());
    let made = made.ok_or(EditError::NothingChanged)?;
    let made = on_heads(base.doc(), put_winners(base.doc(), made));
    let chunk = made.raw_bytes().to_vec();
    let change = read_chunk(&chunk).map_err(RecordError::from)?;
    let mut record = record.clone();
    record.apply(change.clone(), &chunk)?;
    Ok(Written { chunk, change, record })
}

fn write_answers(
    tx: &mut Transaction<'_>,
    form: &Form,
    changed: &BTreeMap<FieldId, Value>,
    moment: &mut Moment<'_>,
) -> Result<(), EditError> {
    let answers = field::root_maps(tx, "answers")?;
    for (id, value) in changed {
        let field = form
            .field(id)
            .ok_or_else(|| EditError::UnknownField { form: form.id.to_string(), field: id.to_string() })?;
        field::write(tx, &answers, field, value, id.as_str(), moment)?;
    }
    Ok(())
}

fn write_meta(tx: &mut Transaction<'_>, edit: &MetaEdit) -> Result<(), EditError> {
    let maps = field::root_maps(tx, "meta")?;
    if let Some(withdrawn) = &edit.withdrawn {
        let reason = withdrawn.as_deref().map(|text| field::text("meta/withdrawn", text)).transpose()?;
        field::put(tx, &maps, "withdrawn", reason.unwrap_or(ScalarValue::Null))?;
    }
    for (key, record) in [("moved_to", edit.moved_to), ("moved_from", edit.moved_from)] {
        if let Some(record) = record {
            field::put(tx, &maps, key, record.to_string().into())?;
        }
    }
    for (key, marks) in [("same_as", &edit.same_as), ("annuls", &edit.annuls)] {
        if marks.is_empty() {
            continue;
        }
        let inner = field::maps(tx, &maps, key)?;
        for (record, marked) in marks {
            field::put(tx, &inner, &record.to_string(), ScalarValue::Boolean(*marked))?;
        }
    }
    Ok(())
}
