//! How a replica lies in its store. Keys hold ids and numbers only.
//!
//! | first byte | rest of the key | value |
//! |---|---|---|
//! | `m` | a name | identity, cursor, epoch, journal, erased (JSON or bytes) |
//! | `s` | number | an accepted statement, in order |
//! | `S` | SHA-256 | a statement still to be offered to the hub |
//! | `c` | record, number | a change with its state, in causal order within the record |
//! | `o` | number | an outbox entry: record, hash, and why it waits |
//! | `O` | record, hash | the key of its outbox entry |
//! | `x` | record, hash | a held change with its reason |
//! | `q` | record, hash | a quarantined change of the feed with its reason |
//! | `a` | record, actor | an actor that is spent in that record |
//! | `d` | UUID | a draft |
//! | `e` | record | that a record which was here was erased (empty) |
//! | `l` | unit 0 form | a pair that left the scope while something of ours there was unsent |
//! | `z` | record | how often the program ended while a change of this record was applied, in one byte |
//! | `r` `t` `u` `n` | | rows, roll-up cells, what makes records one, who annuls whom ([`crate::rollup::Projection`]) |

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::ReplicaError;
use crate::{
    Actor, AuthorityId, CampaignId, ChangeHash, RecordId,
    store::{Pairs, Read, StoreError},
};

/// Version of this layout.
pub const REPLICA_FORMAT: u32 = 1;

pub(super) const IDENTITY: &[u8] = b"midentity";
pub(super) const CURSOR: &[u8] = b"mcursor";
pub(super) const EPOCH: &[u8] = b"mepoch";
pub(super) const RECHECKING: &[u8] = b"mrechecking";
pub(super) const JOURNAL: &[u8] = b"mjournal";
pub(super) const FULL_DIRECTORY: &[u8] = b"mfull-directory";
pub(super) const WANTED: &[u8] = b"mwanted";
/// The first record erased since the store was written anew: its content may still lie in old pages.
pub(super) const ERASED: &[u8] = b"merased";
pub(super) const LAST_SYNC: &[u8] = b"mlast-sync";
/// That the hub has records in scope for which there was no room here (empty).
pub(super) const FULL: &[u8] = b"mfull";
/// What the person has seen of that they must see.
pub(super) const SEEN: &[u8] = b"mseen";
/// The [`crate::rollup::Projection::VERSION`] by which rows and roll-ups were made, 4 bytes big endian; absent in stores
/// of earlier programs, and while they are being made again.
pub(super) const PROJECTED: &[u8] = b"mprojected";

pub(super) const STATEMENT: u8 = b's';
pub(super) const OFFER: u8 = b'S';
pub(super) const CHANGE: u8 = b'c';
pub(super) const OUTBOX: u8 = b'o';
pub(super) const OUTBOX_AT: u8 = b'O';
pub(super) const HELD: u8 = b'x';
pub(super) const QUARANTINE: u8 = b'q';
pub(super) const SPENT: u8 = b'a';
pub(super) const DRAFT: u8 = b'd';
pub(super) const LEFT_SCOPE: u8 = b'l';
pub(super) const SUSPECT: u8 = b'z';
pub(super) const ERASED_HERE: u8 = b'e';

/// Who this device is and which hub it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) format: u32,
    #[serde(with = "hex_bytes")]
    pub(super) seed: Zeroizing<[u8; 32]>,
    pub(super) origin: String,
    pub(super) campaign: CampaignId,
    pub(super) root: AuthorityId,
    pub(super) invite: String,
    pub(super) name: String,
    /// Known once joined.
    #[serde(default, with = "optional_hex_bytes", skip_serializing_if = "Option::is_none")]
    pub(super) root_key: Option<[u8; 32]>,
}

impl Identity {
    pub(super) fn read(store: &impl Read) -> Result<Option<Self>, ReplicaError> {
        let Some(bytes) = store.get(IDENTITY)?.map(Zeroizing::new) else { return Ok(None) };
        let mut stored: serde_json::Value = from_json(&bytes)?;
        let found = stored.get("format").and_then(serde_json::Value::as_u64).unwrap_or(0) as u32;
        if let Some(serde_json::Value::String(seed)) = stored.get_mut("seed") {
            seed.zeroize();
        }
        if found > REPLICA_FORMAT {
            return Err(ReplicaError::NewerFormat { found, supported: REPLICA_FORMAT });
        }
        Ok(Some(from_json(&bytes)?))
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    match serde_json::to_vec(value) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("plain data failed to become JSON: {error}"),
    }
}

pub(super) fn from_json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, ReplicaError> {
    serde_json::from_slice(bytes).map_err(|e| ReplicaError::Stored(e.to_string()))
}

pub(super) fn number_key(kind: u8, number: u64) -> Vec<u8> {
    [&[kind], &number.to_be_bytes()[..]].concat()
}

pub(super) fn record_key(kind: u8, record: RecordId) -> Vec<u8> {
    [&[kind], &record.0[..]].concat()
}

/// Kind, record, number.
pub(super) const CHANGE_KEY_BYTES: usize = 1 + 16 + 4;

pub(super) fn change_key(record: RecordId, at: usize) -> Vec<u8> {
    [&[CHANGE], &record.0[..], &(at as u32).to_be_bytes()].concat()
}

pub(super) fn hash_key(kind: u8, record: RecordId, hash: ChangeHash) -> Vec<u8> {
    [&[kind], &record.0[..], &hash.0].concat()
}

pub(super) fn spent_key(record: RecordId, actor: Actor) -> Vec<u8> {
    [&[SPENT], &record.0[..], &actor.to_bytes()].concat()
}

/// The number after the highest one in use.
pub(super) fn next_number(store: &impl Read, kind: u8) -> Result<u64, StoreError> {
    let last = store.last(&[kind])?;
    let number = last.and_then(|(key, _)| key[1..].try_into().ok().map(u64::from_be_bytes));
    Ok(number.map_or(0, |number| number + 1))
}

/// Every pair with a prefix.
pub(super) fn all(store: &impl Read, prefix: &[u8]) -> Result<Pairs, StoreError> {
    store.scan(prefix, None, usize::MAX)
}

/// Accepted statements, in order.
pub(super) fn statements(store: &impl Read) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(all(store, &[STATEMENT])?.into_iter().map(|(_, bytes)| bytes).collect())
}

/// Bytes of which some are secret: the text that they pass through is wiped.
mod hex_bytes {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(hex::encode(bytes)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: From<[u8; 32]>>(d: D) -> Result<T, D::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        let text = Zeroizing::new(String::deserialize(d)?);
        hex::decode_to_slice(text.as_bytes(), bytes.as_mut_slice()).map_err(D::Error::custom)?;
        Ok(T::from(*bytes))
    }
}

mod optional_hex_bytes {
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Option<[u8; 32]>, s: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::hex_bytes::serialize(bytes, s),
            None => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<[u8; 32]>, D::Error> {
        super::hex_bytes::deserialize(d).map(Some)
    }
}
