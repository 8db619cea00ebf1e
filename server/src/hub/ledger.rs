//! The ledger: the append-only, totally ordered log of admitted changes and statements. It is the truth; everything
//! else can be made again from it.

use dongbo_core::{
    ChangeHash, DeviceId, FormId, RecordId, UnitId,
    change::SignedChange,
    plan::Received,
    store::{Overlay, Read},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use sha2::{Digest as _, Sha256};

use super::{
    HubError,
    layout::{
        ENTRY, FEED, HASH, LATEST, PairDigest, RECORD, SIGNER, STATEMENT, hash_key, pair_digest, record_prefix,
        sequence_key, sequence_of, sequence_value, to_json,
    },
};

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// A signed change.
    #[n(0)]
    Change,
    /// An authority statement.
    #[n(1)]
    Statement,
    /// A change whose content was erased: its place and hash stay, its bytes are gone.
    #[n(2)]
    Erased,
}

/// One entry of the ledger. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// Layout version, 1.
    #[n(0)]
    pub version: u8,
    /// Change or statement.
    #[n(1)]
    pub kind: EntryKind,
    /// When the hub received it, milliseconds since the Unix epoch.
    #[n(2)]
    pub received_ms: i64,
    /// The signed bytes, as received.
    #[n(3)]
    pub bytes: ByteVec,
    /// SHA-256 of the bytes.
    #[n(4)]
    pub digest: ByteVec,
    /// SHA-256(the previous entry's chain ‖ sequence ‖ received ‖ digest): a gap or an altered entry shows.
    #[n(5)]
    pub chain: ByteVec,
    /// For a change: the record.
    #[n(6)]
    pub record: Option<RecordId>,
    /// For a change: its hash.
    #[n(7)]
    pub hash: Option<ChangeHash>,
    /// For a change: the record's unit.
    #[n(8)]
    pub unit: Option<UnitId>,
    /// For a change: the record's form.
    #[n(9)]
    pub form: Option<FormId>,
    /// For an erased change, whose bytes no longer say so: the device that signed it.
    #[n(10)]
    pub device: Option<DeviceId>,
}

impl Entry {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match minicbor::to_vec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("writing CBOR into memory failed: {error}"),
        }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, HubError> {
        minicbor::decode(bytes).map_err(|e| HubError::Stored(format!("a ledger entry ({e})")))
    }
}

/// The chain after an entry.
pub(super) fn chain(previous: &[u8; 32], sequence: u64, received_ms: i64, digest: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(received_ms.to_be_bytes());
    hash.update(digest);
    hash.finalize().into()
}

/// The highest sequence and the chain there.
pub(super) fn head(store: &impl Read) -> Result<(u64, [u8; 32]), HubError> {
    let Some((key, value)) = store.last(&[ENTRY])? else { return Ok((0, [0; 32])) };
    let entry = Entry::from_bytes(&value)?;
    let chain = entry.chain.as_slice().try_into().map_err(|_| HubError::Stored("a ledger chain".into()))?;
    Ok((sequence_of(&key).unwrap_or(0), chain))
}

/// The entry at a sequence.
pub(super) fn entry(store: &impl Read, sequence: u64) -> Result<Entry, HubError> {
    let bytes = store.get(&sequence_key(ENTRY, sequence))?;
    Entry::from_bytes(&bytes.ok_or_else(|| HubError::Stored(format!("ledger entry {sequence} is missing")))?)
}

/// The sequence of a change, if it is in the ledger.
pub(super) fn find(store: &impl Read, record: RecordId, hash: ChangeHash) -> Result<Option<u64>, HubError> {
    store.get(&hash_key(HASH, record, hash))?.map(|value| sequence_value(&value)).transpose()
}

/// When the first and the latest change of a record were received.
pub(super) fn received(store: &impl Read, record: RecordId) -> Result<[Option<Received>; 2], HubError> {
    let prefix = record_prefix(RECORD, record);
    let first = store.keys(&prefix, None, 1)?.into_iter().next();
    let last = store.last(&prefix)?.map(|(key, _)| key);
    let of = |key: Option<Vec<u8>>| -> Result<Option<Received>, HubError> {
        let Some(sequence) = key.and_then(|key| sequence_of(&key)) else { return Ok(None) };
        Ok(Some(Received { sequence, at_ms: entry(store, sequence)?.received_ms }))
    };
    Ok([of(first)?, of(last)?])
}

/// The signed changes of a record with their sequences, in order.
pub(super) fn changes_of(store: &impl Read, record: RecordId) -> Result<Vec<(u64, Entry, SignedChange)>, HubError> {
    let keys = store.keys(&record_prefix(RECORD, record), None, usize::MAX)?;
    let mut changes = Vec::with_capacity(keys.len());
    for sequence in keys.iter().filter_map(|key| sequence_of(key)) {
        let entry = entry(store, sequence)?;
        if entry.kind == EntryKind::Change {
            let signed = SignedChange::open(&entry.bytes).map_err(|e| HubError::Stored(e.to_string()))?;
            changes.push((sequence, entry, signed));
        }
    }
    Ok(changes)
}

/// Appends to the pending end of the ledger.
pub(super) struct Appender {
    pub(super) head: u64,
    pub(super) chain: [u8; 32],
}

impl Appender {
    pub(super) fn statement(&mut self, store: &mut Overlay<'_, impl Read>, bytes: &[u8], received_ms: i64) -> u64 {
        let entry = self.next(EntryKind::Statement, bytes, received_ms);
        store.put(sequence_key(ENTRY, self.head), entry.to_bytes());
        index(store, self.head, &entry, None);
        self.head
    }

    pub(super) fn change(
        &mut self,
        store: &mut Overlay<'_, impl Read>,
        signed: &SignedChange,
        unit: &UnitId,
        form: &FormId,
        received_ms: i64,
    ) -> u64 {
        let mut entry = self.next(EntryKind::Change, signed.bytes(), received_ms);
        entry.record = Some(signed.record());
        entry.hash = Some(signed.hash());
        entry.unit = Some(unit.clone());
        entry.form = Some(form.clone());
        store.put(sequence_key(ENTRY, self.head), entry.to_bytes());
        index(store, self.head, &entry, Some(signed));
        self.head
    }

    fn next(&mut self, kind: EntryKind, bytes: &[u8], received_ms: i64) -> Entry {
        self.head += 1;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        self.chain = chain(&self.chain, self.head, received_ms, &digest);
        Entry {
            version: 1,
            kind,
            received_ms,
            bytes: bytes.to_vec().into(),
            digest: digest.to_vec().into(),
            chain: self.chain.to_vec().into(),
            record: None,
            hash: None,
            unit: None,
            form: None,
            device: None,
        }
    }
}

/// The last admitted change of a (unit, form).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Latest {
    pub(super) unit: UnitId,
    pub(super) form: FormId,
    pub(super) sequence: u64,
    pub(super) received_ms: i64,
}

/// Writes the indexes of an entry: the same on appending and on rebuilding.
pub(super) fn index(store: &mut Overlay<'_, impl Read>, sequence: u64, entry: &Entry, signed: Option<&SignedChange>) {
    let at = sequence.to_be_bytes();
    let (Some(record), Some(hash), Some(unit), Some(form)) = (entry.record, entry.hash, &entry.unit, &entry.form)
    else {
        store.put(sequence_key(STATEMENT, sequence), Vec::new());
        return;
    };
    let pair = pair_digest(unit, form);
    store.put(hash_key(HASH, record, hash), at);
    // An erased record is no record any more: nothing of it can be loaded.
    if entry.kind != EntryKind::Erased {
        store.put([&record_prefix(RECORD, record)[..], &at].concat(), Vec::new());
    }
    store.put([&feed_prefix(&pair)[..], &at].concat(), Vec::new());
    let latest = Latest { unit: unit.clone(), form: form.clone(), sequence, received_ms: entry.received_ms };
    store.put([&[LATEST], &pair[..]].concat(), to_json(&latest));
    if let Some(device) = signed.map(SignedChange::device).or(entry.device) {
        let key = [&[SIGNER], &device.0[..], &pair].concat();
        if !matches!(store.get(&key), Ok(Some(_))) {
            store.put(key, at);
        }
    }
}

pub(super) fn feed_prefix(pair: &PairDigest) -> Vec<u8> {
    [&[FEED], &pair[..]].concat()
}
