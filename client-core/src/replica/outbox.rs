//! The outbox: changes that the hub has not yet acknowledged, in the order they were made.

use serde::{Deserialize, Serialize};

use super::{
    ReplicaError,
    layout::{OUTBOX, OUTBOX_AT, all, from_json, hash_key, next_number, number_key, record_key, to_json},
};
use crate::{
    ChangeHash, RecordId,
    store::{Key, Overlay, Read, Value},
};

/// A change that waits to be sent, and why the hub has not taken it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OutboxItem {
    pub(super) record: RecordId,
    pub(super) hash: ChangeHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<Waiting>,
}

/// Why a change that was sent is still in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// A code of protocol.md section 4.
    pub code: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Items read from the store at a time.
const PAGE: usize = 256;

/// Every item, in order, read as they are asked for.
pub(super) fn items(store: &impl Read) -> impl Iterator<Item = Result<OutboxItem, ReplicaError>> {
    let mut after: Option<Key> = None;
    let mut page: std::vec::IntoIter<(Key, Value)> = Vec::new().into_iter();
    std::iter::from_fn(move || {
        if page.as_slice().is_empty() {
            match store.scan(&[OUTBOX], after.as_deref(), PAGE) {
                Ok(pairs) => page = pairs.into_iter(),
                Err(error) => return Some(Err(error.into())),
            }
        }
        let (key, bytes) = page.next()?;
        after = Some(key);
        Some(from_json(&bytes))
    })
}

/// The items of one record.
pub(super) fn items_of(store: &impl Read, record: RecordId) -> Result<Vec<OutboxItem>, ReplicaError> {
    let mut items = Vec::new();
    for (_, key) in all(store, &record_key(OUTBOX_AT, record))? {
        if let Some(bytes) = store.get(&key)? {
            items.push(from_json(&bytes)?);
        }
    }
    Ok(items)
}

/// Whether a change is in the outbox.
pub(super) fn contains(store: &impl Read, record: RecordId, hash: ChangeHash) -> Result<bool, ReplicaError> {
    Ok(store.get(&hash_key(OUTBOX_AT, record, hash))?.is_some())
}

/// Adds a change at the end, unless it is there.
pub(super) fn add(store: &mut Overlay<'_, impl Read>, record: RecordId, hash: ChangeHash) -> Result<(), ReplicaError> {
    let at = hash_key(OUTBOX_AT, record, hash);
    if store.get(&at)?.is_none() {
        let key = number_key(OUTBOX, next_number(store, OUTBOX)?);
        store.put(at, key.clone());
        store.put(key, to_json(&OutboxItem { record, hash, waiting: None }));
    }
    Ok(())
}

/// Takes a change out, if it is there.
pub(super) fn remove(
    store: &mut Overlay<'_, impl Read>,
    record: RecordId,
    hash: ChangeHash,
) -> Result<(), ReplicaError> {
    let at = hash_key(OUTBOX_AT, record, hash);
    if let Some(key) = store.get(&at)? {
        store.delete(key);
        store.delete(at);
    }
    Ok(())
}

/// Notes why a change still waits, if it is there.
pub(super) fn wait(
    store: &mut Overlay<'_, impl Read>,
    record: RecordId,
    hash: ChangeHash,
    waiting: Waiting,
) -> Result<(), ReplicaError> {
    if let Some(key) = store.get(&hash_key(OUTBOX_AT, record, hash))? {
        store.put(key, to_json(&OutboxItem { record, hash, waiting: Some(waiting) }));
    }
    Ok(())
}
