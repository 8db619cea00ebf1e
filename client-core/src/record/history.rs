//! Who changed what, when: the audit trail that the changes are.

use serde::Serialize;

use super::Record;
use crate::{
    ChangeHash, DeviceId,
    change::{Action, Change, Key, ObjectId, OpId},
};

/// One change of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// The change.
    pub change: ChangeHash,
    /// What it builds on.
    pub builds_on: Vec<ChangeHash>,
    /// The signing device.
    pub device: DeviceId,
    /// Signed device time, milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// When a hub received it, by the hub's clock; `None` where it has not, or where only the record itself was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_ms: Option<i64>,
    /// The places written, as paths from the answers (`title`, `authors/{item}/name`, `meta/withdrawn`), each once.
    pub fields: Vec<String>,
}

/// The record's changes, each after those it builds on.
pub fn history(record: &Record) -> Vec<HistoryEntry> {
    let changes = record.graph().changes();
    let mut names = std::collections::HashMap::new();
    changes.iter().map(|change| entry(change, &mut names)).collect()
}

/// Paths of the containers met so far.
type Names = std::collections::HashMap<OpId, Vec<String>>;

fn entry(change: &Change, names: &mut Names) -> HistoryEntry {
    let first = change.deps.is_empty();
    let mut fields = Vec::new();
    for op in &change.ops {
        let mut path = match op.object {
            ObjectId::Root => Vec::new(),
            ObjectId::Made(id) => names.get(&id).cloned().unwrap_or_default(),
        };
        if let Key::Prop(name) = &op.key {
            path.push(name.clone());
        }
        let makes = matches!(op.action, Action::MakeMap | Action::MakeText);
        if makes {
            names.insert(op.id, path.clone());
        }
        let shown: Vec<&str> = path.iter().map(String::as_str).collect();
        let shown = match shown.as_slice() {
            ["answers", rest @ ..] => rest,
            ["meta", _, ..] => &shown,
            _ => &[],
        };
        let shown: Vec<&str> = shown.iter().filter(|segment| **segment != "fields").copied().collect();
        let shown = shown.join("/");
        let is_scaffold = shown.is_empty() || (first && makes);
        if !is_scaffold && !fields.contains(&shown) {
            fields.push(shown);
        }
    }
    HistoryEntry {
        change: change.hash,
        builds_on: change.deps.clone(),
        device: change.actor.device(),
        time_ms: change.time_ms(),
        received_ms: None,
        fields,
    }
}
