//! Changes that cannot go where they were meant to: refused by the hub, or unreadable in the feed. Kept, listed,
//! exportable; nothing typed is thrown away.

use serde::{Deserialize, Serialize};

use super::{
    Replica, ReplicaError,
    entry::Loaded,
    layout::{HELD, QUARANTINE, all, from_json, hash_key, spent_key, to_json},
};
use crate::{
    ChangeHash, RecordId,
    change::SignedChange,
    record::{Record, Row, read_row},
    store::{Batch, Overlay, Read, Store},
};

/// A change of this device that the hub refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The record.
    pub record: RecordId,
    /// The change.
    pub hash: ChangeHash,
    /// A code of protocol.md section 4.
    pub code: String,
    /// More about it.
    pub detail: Option<String>,
    /// When it was refused, by the hub's clock.
    pub refused_ms: i64,
    /// The signed bytes, for export.
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
}

/// A change of the feed that could not be applied here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The record.
    pub record: RecordId,
    /// The change.
    pub hash: ChangeHash,
    /// Why.
    pub reason: String,
    /// Its place in the ledger.
    pub sequence: u64,
    /// When the hub received it.
    pub received_ms: i64,
    /// Whether the root hub has decided.
    pub is_final: bool,
    /// The signed bytes, for export and for trying again.
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
}

impl<S: Store> Replica<S> {
    /// Changes of this device that the hub refused.
    pub fn held(&self) -> Result<Vec<Held>, ReplicaError> {
        all(&self.store, &[HELD])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    /// Gives up refused changes because their author said so.
    pub async fn give_up(&mut self, changes: &[ChangeHash]) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        self.let_go(&mut batch, changes)?;
        Ok(self.store.commit(batch).await?)
    }

    /// Takes refused changes out of *held*.
    pub(super) fn let_go(&self, batch: &mut Batch, changes: &[ChangeHash]) -> Result<(), ReplicaError> {
        for Held { record, hash, .. } in self.held()? {
            if changes.contains(&hash) {
                batch.delete(hash_key(HELD, record, hash));
            }
        }
        Ok(())
    }

    /// Changes of the feed that could not be applied here.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, ReplicaError> {
        all(&self.store, &[QUARANTINE])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    /// The record as it would read with its held changes, so that held answers stay visible and can be typed again;
    /// `None` where a held change cannot even be read here.
    pub fn held_row(&self, record: RecordId) -> Result<Option<Row>, ReplicaError> {
        let mut copy = match Loaded::read(&self.store, record)? {
            Some(loaded) => loaded.record,
            None => Record::empty(record),
        };
        let held: Vec<Held> = self.held()?.into_iter().filter(|held| held.record == record).collect();
        let mut waiting = held.len();
        while waiting > 0 {
            for held in &held {
                let signed = SignedChange::open(&held.bytes)?;
                if let Ok(change) = signed.read() {
                    let _ = copy.apply(change, signed.chunk());
                }
            }
            let missing = held.iter().filter(|held| !copy.graph().contains(&held.hash)).count();
            if missing == waiting {
                return Ok(None);
            }
            waiting = missing;
        }
        let origin = copy.origin()?.origin;
        Ok(Some(read_row(&copy, self.rules().and_then(|rules| rules.form(&origin.form)))?))
    }
}

/// Moves a refused change and all that builds on it to *held*, spending their actors in that record.
pub(super) fn hold(
    store: &mut Overlay<'_, impl Read>,
    loaded: &mut Loaded,
    hash: ChangeHash,
    code: &str,
    detail: Option<&str>,
    refused_ms: i64,
) -> Result<Vec<ChangeHash>, ReplicaError> {
    let record = loaded.record.id();
    let out = loaded.take_out(store, hash)?;
    let mut hashes = Vec::new();
    for entry in out {
        let (code, detail) = if entry.hash() == hash {
            (code.to_owned(), detail.map(str::to_owned))
        } else {
            ("depends".to_owned(), Some(hash.to_string()))
        };
        if let Ok(change) = entry.signed.read() {
            store.put(spent_key(record, change.actor), Vec::new());
        }
        let held = Held { record, hash: entry.hash(), code, detail, refused_ms, bytes: entry.signed.bytes().to_vec() };
        store.put(hash_key(HELD, record, held.hash), to_json(&held));
        hashes.push(held.hash);
    }
    Ok(hashes)
}
