//! How values lie in sled's one tree. Every stored value is at most 4 KiB and begins with its checksum, the first 8
//! bytes of the SHA-256 of its key's length, its key and the rest.
//!
//! Keys are escaped so that no stored key has a byte `ff`: sled 0.34 cannot read backwards over pages whose keys have
//! runs of it (it guesses a page's left neighbour by appending `ff ff ff ff` to a smaller key, and loops).
//!
//! | key | after the checksum |
//! |---|---|
//! | `00 "format"`, `00 "commits"` | a number, 8 bytes, big endian |
//! | `01 key` | the head: `00 value`, or `01` total length (4 bytes), checksum of the whole value (8 bytes) |
//! | `02` key length (2 bytes) `key` chunk number (4 bytes) | a chunk of the value |

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::failure::from_sled;
use crate::{
    limits::{VALUE_BYTES_ADDED_MAX, VALUE_BYTES_MAX},
    store::{Key, StoreError, Value},
};

/// The most bytes one sled value has: beyond some size sled writes pages to files that it does not sync.
pub(super) const STORED_BYTES_MAX: usize = 4 << 10;
pub(super) const FORMAT_KEY: &[u8] = b"\0format";
pub(super) const COMMITS_KEY: &[u8] = b"\0commits";

const CHECKSUM_BYTES: usize = 8;
const INLINE: u8 = 0;
const CHUNKED: u8 = 1;
const INLINE_BYTES_MAX: usize = STORED_BYTES_MAX - CHECKSUM_BYTES - 1;
const CHUNK_BYTES: usize = STORED_BYTES_MAX - CHECKSUM_BYTES;

pub(super) fn head_key(key: &[u8]) -> Key {
    escaped(vec![1], key)
}

pub(super) fn user_key(head_key: &[u8]) -> Key {
    let mut key = Vec::with_capacity(head_key.len());
    let mut bytes = head_key.iter().skip(1);
    while let Some(byte) = bytes.next() {
        // The byte after `fe` is 0 or 1.
        key.push(if *byte == 0xfe { 0xfe | bytes.next().copied().unwrap_or(0) } else { *byte });
    }
    key
}

/// Keeps the order of keys and which is a prefix of which.
fn escaped(mut escaped: Key, key: &[u8]) -> Key {
    for byte in key {
        match byte {
            0xfe => escaped.extend([0xfe, 0]),
            0xff => escaped.extend([0xfe, 1]),
            byte => escaped.push(*byte),
        }
    }
    escaped
}

fn chunk_prefix(key: &[u8]) -> Key {
    escaped(chunks_of_length(key.len()), key)
}

/// Where the chunks of keys of one length begin.
fn chunks_of_length(key_bytes: usize) -> Key {
    // The length keeps apart the chunks of keys that begin alike; it is far below 2^15, so that it has no `ff` first.
    let [high, low] = (key_bytes as u16).to_be_bytes();
    escaped(vec![2, high], &[low])
}

fn chunk_key(key: &[u8], number: usize) -> Key {
    [&chunk_prefix(key)[..], &(number as u32).to_be_bytes()].concat()
}

/// Finds the chunks of one key after the other, keys ascending. Hardly any value has chunks, so that one look at where
/// the next ones lie serves many keys.
pub(super) struct Chunks<'a> {
    db: &'a sled::Db,
    /// By length of key: the first chunk behind the last key looked for; none if there is none of that length.
    behind: BTreeMap<usize, Option<sled::IVec>>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(db: &'a sled::Db) -> Self {
        Self { db, behind: BTreeMap::new() }
    }

    fn of(&mut self, key: &[u8]) -> Result<Vec<sled::IVec>, StoreError> {
        let prefix = chunk_prefix(key);
        let is_behind = |first: &sled::IVec| **first > *prefix && !first.starts_with(&prefix);
        if self.behind.get(&key.len()).is_some_and(|first| first.as_ref().is_none_or(is_behind)) {
            return Ok(Vec::new());
        }
        let (mut found, mut behind) = (Vec::new(), None);
        for chunk in self.db.range(prefix.clone()..chunks_of_length(key.len() + 1)).keys() {
            let chunk = chunk.map_err(from_sled)?;
            if !chunk.starts_with(&prefix) {
                behind = Some(chunk);
                break;
            }
            found.push(chunk);
        }
        self.behind.insert(key.len(), behind);
        Ok(found)
    }
}

/// Adds the writes that set or remove the value at `key`, chunks of an older value included.
pub(super) fn write(
    chunks: &mut Chunks<'_>,
    writes: &mut sled::Batch,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    // Looked for among the chunks, not in the old head, so that a damaged head leaves nothing behind.
    for stale in chunks.of(key)? {
        writes.remove(stale);
    }
    let head_key = head_key(key);
    match value {
        None => writes.remove(head_key),
        Some(value) if value.len() <= INLINE_BYTES_MAX => {
            let head = sealed(&head_key, &[&[INLINE], value].concat());
            writes.insert(head_key, head);
        }
        Some(value) => {
            for (number, chunk) in value.chunks(CHUNK_BYTES).enumerate() {
                let chunk_key = chunk_key(key, number);
                let chunk = sealed(&chunk_key, chunk);
                writes.insert(chunk_key, chunk);
            }
            let whole = checksum(key, value);
            let head = sealed(&head_key, &[&[CHUNKED], &(value.len() as u32).to_be_bytes()[..], &whole].concat());
            writes.insert(head_key, head);
        }
    }
    Ok(())
}

/// The value at `key`, whose head was found; verified.
pub(super) fn read(db: &sled::Db, key: &[u8], head: &[u8]) -> Result<Value, StoreError> {
    match unsealed(&head_key(key), head)? {
        [INLINE, value @ ..] => Ok(value.to_vec()),
        [CHUNKED, a, b, c, d, whole @ ..] => {
            let value_bytes = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            if value_bytes > VALUE_BYTES_MAX + VALUE_BYTES_ADDED_MAX {
                return Err(damaged(key));
            }
            let mut value = Vec::with_capacity(value_bytes);
            for number in 0..value_bytes.div_ceil(CHUNK_BYTES) {
                let chunk_key = chunk_key(key, number);
                let chunk = db.get(&chunk_key).map_err(from_sled)?.ok_or_else(|| damaged(key))?;
                value.extend_from_slice(unsealed(&chunk_key, &chunk)?);
            }
            match value.len() == value_bytes && checksum(key, &value) == whole {
                true => Ok(value),
                false => Err(damaged(key)),
            }
        }
        _ => Err(damaged(key)),
    }
}

/// A number as it is stored.
pub(super) fn number(key: &[u8], number: u64) -> Value {
    sealed(key, &number.to_be_bytes())
}

pub(super) fn read_number(key: &[u8], stored: &[u8]) -> Result<u64, StoreError> {
    let number = unsealed(key, stored)?;
    number.try_into().map(u64::from_be_bytes).map_err(|_| damaged(key))
}

fn sealed(key: &[u8], body: &[u8]) -> Value {
    [&checksum(key, body)[..], body].concat()
}

fn unsealed<'a>(key: &[u8], stored: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match stored.split_at_checked(CHECKSUM_BYTES) {
        Some((found, body)) if found == checksum(key, body) => Ok(body),
        _ => Err(damaged(key)),
    }
}

/// Covers the key too, so that a whole value at the wrong place is noticed.
fn checksum(key: &[u8], body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash =
        Sha256::new_with_prefix((key.len() as u32).to_be_bytes()).chain_update(key).chain_update(body).finalize();
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&hash[..CHECKSUM_BYTES]);
    checksum
}

fn damaged(key: &[u8]) -> StoreError {
    StoreError::Corrupt { detail: format!("the value at key {} does not match its checksum", hex::encode(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_sample_of_a_sealed_value() {
        assert_eq!(hex::encode(sealed(b"\x01key", b"\x00value")), GOLDEN);
        assert_eq!(unsealed(b"\x01key", &hex::decode(GOLDEN).unwrap()), Ok(&b"\x00value"[..]));
        assert_eq!(unsealed(b"\x01kez", &hex::decode(GOLDEN).unwrap()), Err(damaged(b"\x01kez")));
    }

    #[test]
    fn escaping_keeps_order_and_prefixes() {
        let keys: [&[u8]; 9] =
            [b"", b"\0", b"\xfd\xff", b"\xfe", b"\xfe\0", b"\xfe\xff", b"\xff", b"\xff\0", b"\xff\xff"];
        for one in keys {
            assert_eq!(user_key(&head_key(one)), one);
            assert!(!head_key(one).contains(&0xff));
            for other in keys {
                assert_eq!(head_key(one).cmp(&head_key(other)), one.cmp(other));
                assert_eq!(head_key(one).starts_with(&head_key(other)), one.starts_with(other));
            }
        }
    }

    const GOLDEN: &str = "7cd4f4ed67d95fb20076616c7565";
}
