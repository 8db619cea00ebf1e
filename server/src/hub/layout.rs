//! How a hub lies in its store.
//!
//! | first byte | rest of the key | value |
//! |---|---|---|
//! | `m` | a name | configuration |
//! | `e` | sequence | a ledger entry ([`super::Entry`]): the truth |
//! | `h` | record, hash | sequence |
//! | `c` | record, sequence | nothing: the record's changes in order |
//! | `f` | pair digest, sequence | nothing: the feed of a (unit, form) |
//! | `l` | pair digest | the pair, its last sequence and time |
//! | `v` | device, pair digest | the first sequence of that device in that pair |
//! | `b` | sequence | nothing: statements, in order |
//! | `g` | scope digest | the pairs of a scope that a cursor names |
//! | `k` | device | when and how it joined |
//! | `i` | digest of the code | an invitation |
//! | `p` | record, hash | a change that waits for approval, or was turned down |
//! | `x` | record | when its content was erased here, and when the store had been written anew |
//! | `a` | number | who read personal fields of which records ([`super::Access`]) |
//! | `w` | number | what an administrator did ([`super::Deed`]) |
//! | `y` | catalogue version | an edition published although it orphaned records ([`super::Forced`]) |
//! | `r` `t` `u` `n` | | rows, roll-up cells, what makes records one, who annuls whom ([`dongbo_core::rollup::Projection`]) |
//!
//! `e`, `m`, `k`, `i`, `p`, `g`, `x`, `a`, `w`, `y` are kept; the others are made again from `e` by [`super::Hub::rebuild`].

use dongbo_core::{
    CampaignId, ChangeHash, FormId, RecordId, UnitId,
    rollup::Projection,
    store::{Pairs, Read, StoreError},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::HubError;

/// Version of this layout.
pub const HUB_FORMAT: u32 = 1;

pub(super) const CONFIG: &[u8] = b"mconfig";
/// What rows and roll-ups were made by ([`projected_by`]); absent while they are being made again.
pub(super) const PROJECTED: &[u8] = b"mprojected";
pub(super) const ENTRY: u8 = b'e';
pub(super) const HASH: u8 = b'h';
pub(super) const RECORD: u8 = b'c';
pub(super) const FEED: u8 = b'f';
pub(super) const LATEST: u8 = b'l';
pub(super) const SIGNER: u8 = b'v';
pub(super) const STATEMENT: u8 = b'b';
pub(super) const SCOPE: u8 = b'g';
pub(super) const DEVICE: u8 = b'k';
pub(super) const INVITE: u8 = b'i';
pub(super) const PENDING: u8 = b'p';
pub(super) const ERASED: u8 = b'x';
pub(super) const ACCESS: u8 = b'a';
pub(super) const DEED: u8 = b'w';
pub(super) const FORCED: u8 = b'y';

/// Prefixes that [`super::Hub::rebuild`] makes again from the ledger.
pub(super) const DERIVED: [u8; 6] = [HASH, RECORD, FEED, LATEST, SIGNER, STATEMENT];

/// What a hub is.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Config {
    pub(super) format: u32,
    pub(super) campaign: CampaignId,
    pub(super) origin: String,
    pub(super) epoch: u64,
    pub(super) root_key: [u8; 32],
    pub(super) issuing_seed: [u8; 32],
    /// Key of cursors, tokens and nonces.
    pub(super) mac_key: [u8; 32],
}

impl Config {
    pub(super) fn read(store: &impl Read) -> Result<Option<Self>, HubError> {
        let Some(bytes) = store.get(CONFIG)? else { return Ok(None) };
        let value: serde_json::Value = from_json(&bytes)?;
        let found = value.get("format").and_then(serde_json::Value::as_u64).unwrap_or(0) as u32;
        if found > HUB_FORMAT {
            return Err(StoreError::NewerFormat { found, supported: HUB_FORMAT }.into());
        }
        Ok(Some(from_json(&bytes)?))
    }
}

/// The catalogue version, then [`Projection::VERSION`]: another of either, and rows and roll-ups are made again.
pub(super) fn projected_by(catalogue_version: u64) -> Vec<u8> {
    [&catalogue_version.to_be_bytes()[..], &Projection::VERSION.to_be_bytes()].concat()
}

pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    match serde_json::to_vec(value) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("plain data failed to become JSON: {error}"),
    }
}

pub(super) fn from_json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, HubError> {
    serde_json::from_slice(bytes).map_err(|e| HubError::Stored(e.to_string()))
}

pub(super) fn sequence_key(kind: u8, sequence: u64) -> Vec<u8> {
    [&[kind], &sequence.to_be_bytes()[..]].concat()
}

pub(super) fn hash_key(kind: u8, record: RecordId, hash: ChangeHash) -> Vec<u8> {
    [&[kind], &record.0[..], &hash.0].concat()
}

pub(super) fn record_prefix(kind: u8, record: RecordId) -> Vec<u8> {
    [&[kind], &record.0[..]].concat()
}

/// A (unit, form) in keys.
pub(super) type PairDigest = [u8; 16];

pub(super) fn pair_digest(unit: &UnitId, form: &FormId) -> PairDigest {
    let digest = Sha256::digest([unit.as_str().as_bytes(), &[0], form.as_str().as_bytes()].concat());
    std::array::from_fn(|i| digest[i])
}

/// The sequence at the end of a key.
pub(super) fn sequence_of(key: &[u8]) -> Option<u64> {
    let at = key.len().checked_sub(8)?;
    key[at..].try_into().ok().map(u64::from_be_bytes)
}

/// A sequence as a value.
pub(super) fn sequence_value(value: &[u8]) -> Result<u64, HubError> {
    value.try_into().map(u64::from_be_bytes).map_err(|_| HubError::Stored("a sequence".into()))
}

/// Every pair with a prefix.
pub(super) fn all(store: &impl Read, prefix: &[u8]) -> Result<Pairs, StoreError> {
    store.scan(prefix, None, usize::MAX)
}
