//! A change in the store, and a record loaded from its changes.

use std::collections::BTreeSet;

use super::{
    ReplicaError,
    layout::{CHANGE, SPENT, all, change_key, record_key},
};
use crate::{
    Actor, ChangeHash, RecordId,
    change::SignedChange,
    record::{Record, RecordError},
    store::{Overlay, Read},
};

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Only on this device.
    Pending,
    /// Admitted by a hub.
    Received { sequence: u64, received_ms: i64, is_final: bool },
}

/// A change as it is stored: a header of 18 bytes, then the signed bytes. The header is the
/// version (1), the state (0 pending, 1 received, 2 received and final), sequence and time received (8 bytes each, big
/// endian; 0 while pending).
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) state: State,
    pub(super) signed: SignedChange,
}

impl Entry {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (flag, sequence, received_ms) = match self.state {
            State::Pending => (0, 0, 0),
            State::Received { sequence, received_ms, is_final } => (1 + u8::from(is_final), sequence, received_ms),
        };
        let mut bytes = vec![1, flag];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(received_ms.to_be_bytes());
        bytes.extend(self.signed.bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, ReplicaError> {
        let bad = || ReplicaError::Stored("a change's header".into());
        let (header, signed) = bytes.split_at_checked(18).ok_or_else(bad)?;
        let number = |at: usize| <[u8; 8]>::try_from(&header[at..at + 8]).map(u64::from_be_bytes).map_err(|_| bad());
        let state = match (header[0], header[1]) {
            (1, 0) => State::Pending,
            (1, flag @ 1..=2) => {
                State::Received { sequence: number(2)?, received_ms: number(10)? as i64, is_final: flag == 2 }
            }
            _ => return Err(bad()),
        };
        Ok(Self { state, signed: SignedChange::open(signed)? })
    }

    pub(super) fn hash(&self) -> ChangeHash {
        self.signed.hash()
    }
}

/// The stored changes of a record, in causal order, without making a document of them.
pub(super) fn entries(store: &impl Read, id: RecordId) -> Result<Vec<Entry>, ReplicaError> {
    all(store, &record_key(CHANGE, id))?.iter().map(|(_, bytes)| Entry::from_bytes(bytes)).collect()
}

/// What a change builds on, near and far.
pub(super) fn ancestry(entries: &[Entry], hash: ChangeHash) -> Result<BTreeSet<ChangeHash>, ReplicaError> {
    let mut ancestry = BTreeSet::new();
    let mut todo = vec![hash];
    // Each stands after those it builds on.
    for entry in entries.iter().rev() {
        if todo.contains(&entry.hash()) {
            let deps = entry.signed.read().map_err(RecordError::from)?.deps;
            ancestry.extend(deps.iter().copied());
            todo.extend(deps);
        }
    }
    Ok(ancestry)
}

/// A record with its stored changes, in causal order.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) record: Record,
    pub(super) entries: Vec<Entry>,
}

impl Loaded {
    pub(super) fn empty(id: RecordId) -> Self {
        Self { record: Record::empty(id), entries: Vec::new() }
    }

    pub(super) fn read(store: &impl Read, id: RecordId) -> Result<Option<Self>, ReplicaError> {
        let entries = entries(store, id)?;
        if entries.is_empty() {
            return Ok(None);
        }
        let record = Record::replay(id, entries.iter().map(|entry| entry.signed.chunk()))?;
        Ok(Some(Self { record, entries }))
    }

    /// Writes entry number `at`.
    pub(super) fn write(&self, store: &mut Overlay<'_, impl Read>, at: usize) {
        store.put(change_key(self.record.id(), at), self.entries[at].to_bytes());
    }

    /// Takes out a change and everything that builds on it, rebuilding the record from the rest.
    pub(super) fn take_out(
        &mut self,
        store: &mut Overlay<'_, impl Read>,
        hash: ChangeHash,
    ) -> Result<Vec<Entry>, ReplicaError> {
        let graph = self.record.graph();
        let (out, kept): (Vec<Entry>, Vec<Entry>) =
            self.entries.drain(..).partition(|entry| graph.precedes(&hash, &entry.hash()));
        let id = self.record.id();
        for at in 0..out.len() + kept.len() {
            store.delete(change_key(id, at));
        }
        self.record = Record::replay(id, kept.iter().map(|entry| entry.signed.chunk()))?;
        self.entries = kept;
        for at in 0..self.entries.len() {
            self.write(store, at);
        }
        Ok(out)
    }
}

/// Whether an actor must not be used again in a record.
pub(super) fn is_spent(store: &impl Read, record: RecordId, actor: Actor) -> Result<bool, ReplicaError> {
    Ok(store.get(&super::layout::spent_key(record, actor))?.is_some())
}

/// Every actor that is spent in a record.
pub(super) fn spent(store: &impl Read, record: RecordId) -> Result<Vec<Actor>, ReplicaError> {
    let prefix = record_key(SPENT, record);
    let pairs = all(store, &prefix)?;
    Ok(pairs.iter().filter_map(|(key, _)| Actor::from_bytes(&key[prefix.len()..])).collect())
}
