//! Reading what lies in the stores of replicas and hub, by their documented layouts and apart from the code under test.

use std::collections::BTreeSet;

use dongbo_core::{
    ChangeHash, RecordId,
    change::SignedChange,
    store::{MemoryStore, Read as _},
};
use dongbo_server::hub::Entry;
use serde_json::Value;

/// A change: meaningful only together with its record.
pub(super) type Key = (RecordId, ChangeHash);

/// Replica: changes.
pub(super) const CHANGE: u8 = b'c';
/// Replica: outbox.
pub(super) const OUTBOX: u8 = b'o';
/// Replica: held changes.
pub(super) const HELD: u8 = b'x';
/// Hub: ledger entries.
pub(super) const LEDGER: u8 = b'e';
/// Hub: changes that wait for approval or were turned down.
pub(super) const PENDING: u8 = b'p';
/// Both: roll-up cells.
pub(super) const CELL: u8 = b't';

/// Bytes before the signed change in a replica's change entry.
const CHANGE_HEADER: usize = 18;

/// Every pair with a prefix.
pub(super) fn all(store: &MemoryStore, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    match store.scan(prefix, None, usize::MAX) {
        Ok(pairs) => pairs,
        Err(error) => unreachable!("a store in memory can be read: {error}"),
    }
}

pub(super) fn ledger_key(sequence: u64) -> Vec<u8> {
    [&[LEDGER], &sequence.to_be_bytes()[..]].concat()
}

/// The ledger, in order.
pub(super) fn ledger(hub: &MemoryStore) -> Vec<(u64, Entry)> {
    let entries = all(hub, &[LEDGER]).into_iter().filter_map(|(key, value)| {
        let sequence = u64::from_be_bytes(key[1..].try_into().ok()?);
        Some((sequence, minicbor::decode(&value).ok()?))
    });
    entries.collect()
}

/// The changes in the ledger.
pub(super) fn in_ledger(hub: &MemoryStore) -> BTreeSet<Key> {
    ledger(hub).iter().filter_map(|(_, entry)| Some((entry.record?, entry.hash?))).collect()
}

/// A key of the form kind, record, hash.
fn named(key: &[u8]) -> Option<Key> {
    Some((RecordId::try_from(key.get(1..17)?).ok()?, ChangeHash::try_from(key.get(17..)?).ok()?))
}

/// The changes that the hub keeps for a decision, or that were turned down.
pub(super) fn in_pending(hub: &MemoryStore) -> BTreeSet<Key> {
    all(hub, &[PENDING]).iter().filter_map(|(key, _)| named(key)).collect()
}

/// The changes a replica has of its records, in order of their keys.
pub(super) fn changes(phone: &MemoryStore) -> Vec<SignedChange> {
    let entries = all(phone, &[CHANGE]);
    entries.iter().filter_map(|(_, value)| SignedChange::open(value.get(CHANGE_HEADER..)?).ok()).collect()
}

/// The same by name.
pub(super) fn in_records(phone: &MemoryStore) -> BTreeSet<Key> {
    changes(phone).iter().map(|signed| (signed.record(), signed.hash())).collect()
}

/// The changes a replica still means to send.
pub(super) fn in_outbox(phone: &MemoryStore) -> BTreeSet<Key> {
    let items = all(phone, &[OUTBOX]);
    let read = |bytes: &[u8]| -> Option<Key> {
        let item: Value = serde_json::from_slice(bytes).ok()?;
        Some((item["record"].as_str()?.parse().ok()?, item["hash"].as_str()?.parse().ok()?))
    };
    items.iter().filter_map(|(_, value)| read(value)).collect()
}

/// The changes a replica holds because they were refused.
pub(super) fn in_held(phone: &MemoryStore) -> BTreeSet<Key> {
    all(phone, &[HELD]).iter().filter_map(|(key, _)| named(key)).collect()
}
