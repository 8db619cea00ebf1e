//! What must hold of every change that the strict reader and the structure rules let through: Automerge applies it,
//! reads it as the operations say, saves, loads, and gives back the very bytes.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue, TextEncoding, Value};
use dongbo_core::{
    Actor, ChangeHash,
    change::{Change, OpId, Scalar},
};

use super::model::{Model, Read, Reading};

/// A document, what it must read as, and the chunks it was made from.
#[derive(Debug, Clone)]
pub struct Trial {
    doc: Automerge,
    model: Model,
    chunks: BTreeMap<ChangeHash, Vec<u8>>,
}

impl Default for Trial {
    fn default() -> Self {
        Self { doc: empty(), model: Model::default(), chunks: BTreeMap::new() }
    }
}

impl Trial {
    /// Applies a change that the rules let through and checks everything.
    ///
    /// # Panics
    /// If Automerge does anything but what it must: a finding.
    pub fn take(&mut self, change: &Change, chunk: &[u8], heads: &[ChangeHash]) {
        let loaded = automerge::Change::from_bytes(chunk.to_vec()).expect("finding: Automerge does not read the chunk");
        assert_eq!(loaded.hash().0, change.hash.0, "finding: Automerge gives another hash");
        self.doc.apply_changes([loaded]).expect("finding: Automerge does not apply the change");
        self.model.apply(change);
        self.chunks.insert(change.hash, chunk.to_vec());
        self.check(&self.doc, heads, "applied");
        let kept = self.doc.get_change_by_hash(&automerge::ChangeHash(change.hash.0));
        assert!(kept.is_some_and(|kept| kept.raw_bytes() == chunk), "finding: applied, the change has other bytes");
        let saved = self.doc.save();
        let reloaded = reload(&saved, heads, self.chunks.values());
        self.check(&reloaded, heads, "saved and loaded");
        assert!(reloaded.save() == saved, "finding: loaded and saved again, the document has other bytes");
    }

    fn check(&self, doc: &Automerge, heads: &[ChangeHash], state: &str) {
        assert!(
            read(doc) == self.model.read(),
            "finding: {state}, the document reads otherwise than its operations say"
        );
        assert_eq!(heads_of(doc), heads, "finding: {state}, the heads are others");
    }
}

/// Loads a saved document, which must have these heads and changes.
///
/// # Panics
/// If it has not: a finding.
pub fn reload<'a>(saved: &[u8], heads: &[ChangeHash], chunks: impl IntoIterator<Item = &'a Vec<u8>>) -> Automerge {
    let mut reloaded = empty();
    reloaded.load_incremental(saved).expect("finding: the saved document cannot be loaded");
    assert_eq!(heads_of(&reloaded), heads, "finding: saved and loaded, the heads are others");
    let changes = reloaded.get_changes(&[]);
    let kept: BTreeSet<&[u8]> = changes.iter().map(automerge::Change::raw_bytes).collect();
    let chunks: BTreeSet<&[u8]> = chunks.into_iter().map(Vec::as_slice).collect();
    assert!(kept == chunks && changes.len() == chunks.len(), "finding: saved and loaded, the changes are others");
    reloaded
}

fn heads_of(doc: &Automerge) -> Vec<ChangeHash> {
    doc.get_heads().iter().map(|hash| ChangeHash(hash.0)).collect()
}

fn empty() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
}

/// Everything in a document.
///
/// # Panics
/// If it cannot be read: a finding.
pub fn read(doc: &Automerge) -> Reading {
    read_map(doc, &ROOT)
}

fn read_map(doc: &Automerge, object: &ObjId) -> Reading {
    let place = |key: &str| {
        let values = doc.get_all(object, key).expect("finding: a key cannot be read");
        let mut place: Vec<(OpId, Read)> =
            values.into_iter().map(|(value, id)| (op_id(&id), node(doc, value, &id))).collect();
        place.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        place
    };
    doc.keys(object).map(|key| (key.clone(), place(&key))).collect()
}

fn node(doc: &Automerge, value: Value<'_>, id: &ObjId) -> Read {
    match value {
        Value::Object(ObjType::Map) => Read::Map(read_map(doc, id)),
        Value::Object(ObjType::Text) => Read::Text(doc.text(id).expect("finding: a text cannot be read")),
        Value::Object(other) => panic!("finding: a {other} in a record"),
        Value::Scalar(scalar) => Read::Scalar(match scalar.as_ref() {
            ScalarValue::Null => Scalar::Null,
            ScalarValue::Str(text) => Scalar::Text(text.to_string()),
            ScalarValue::Int(value) => Scalar::Int(*value),
            ScalarValue::Boolean(value) => Scalar::Bool(*value),
            ScalarValue::Timestamp(value) => Scalar::Timestamp(*value),
            ScalarValue::Bytes(bytes) => Scalar::Bytes(bytes.clone()),
            other => panic!("finding: the value {other:?} in a record"),
        }),
    }
}

fn op_id(id: &ObjId) -> OpId {
    match id {
        ObjId::Id(counter, actor, _) => {
            let actor = Actor::from_bytes(actor.to_bytes()).expect("finding: an actor of another form");
            OpId { counter: *counter, actor }
        }
        ObjId::Root => panic!("finding: a value without a name"),
    }
}
