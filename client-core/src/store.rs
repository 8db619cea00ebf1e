//! Where a replica and a hub keep what they know: an ordered key-value store.
//!
//! Reads are synchronous; [`Store::commit`] is asynchronous, atomic and the only durable step, so that sled and
//! IndexedDB both fit. Backends: [`MemoryStore`] and, with the feature `sled`, `SledStore`; [`FaultyStore`] makes any
//! of them late or failing for tests; [`Overlay`] reads through a batch that is not committed yet.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod encrypted;
pub mod faulty;
mod key;
mod memory;
mod overlay;
#[cfg(all(feature = "sled", not(target_arch = "wasm32")))]
pub mod sled_store;
pub mod transfer;
mod verify;

use std::{future::Future, ops::Bound, pin::Pin};

#[cfg(all(feature = "sled", not(target_arch = "wasm32")))]
pub use self::sled_store::{SledOptions, SledStore};
pub use self::{
    encrypted::{ENCRYPTED_FORMAT, EncryptedStore},
    faulty::{Fault, FaultPlan, FaultyStore},
    key::DataKey,
    memory::MemoryStore,
    overlay::Overlay,
    verify::{VerifyReport, verify},
};
use crate::limits::{BATCH_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_ADDED_MAX, VALUE_BYTES_MAX};

/// A key: ids and numbers only, never text a person typed (values may be encrypted, keys are not).
pub type Key = Vec<u8>;
/// A stored value.
pub type Value = Vec<u8>;

/// A store that could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process or another handle holds the store.
    #[error("the store at {path} is already open; close the other program and try again. Nothing was changed.")]
    AlreadyOpen {
        /// Where the store lies.
        path: String,
    },
    /// A value does not match its checksum, or the file cannot be read as a store.
    #[error(
        "the store is damaged: {detail}. Nothing was thrown away; export what is readable, then start a new store."
    )]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The disk is full. Nothing of the batch was kept.
    #[error("the disk is full; free some space and try again. What was saved before is safe; this step was not saved.")]
    DiskFull,
    /// The store was made by a newer version of the program.
    #[error(
        "the store has format {found}, this program reads up to {supported}; update the program. Nothing was changed."
    )]
    NewerFormat {
        /// Format found.
        found: u32,
        /// Highest format understood.
        supported: u32,
    },
    /// The store holds values that are not encrypted, where encrypted ones are expected.
    #[error(
        "the store is not encrypted; open it without a key, or export it and import it into a new store. Nothing was \
         changed."
    )]
    NotEncrypted,
    /// The store is encrypted with another data key.
    #[error("the store does not open with this key; use the key it was made with. Nothing was changed.")]
    WrongKey,
    /// Reading or writing failed for another reason.
    #[error("the store could not be read or written: {detail}. What was saved before is safe; this step may not be.")]
    Io {
        /// The system's words.
        detail: String,
    },
    /// A key or value over the store's limits.
    #[error("{what} of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

/// Writes that become durable together or not at all. The last write to a key counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    writes: std::collections::BTreeMap<Key, Option<Value>>,
    /// Whether [`VALUE_BYTES_ADDED_MAX`] bytes of each value count towards no limit.
    is_wrapped: bool,
    is_urgent: bool,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch that may use the room a store keeps back on a disk that is nearly full: for what would be lost
    /// otherwise, as a draft is.
    pub fn urgent() -> Self {
        Self { is_urgent: true, ..Self::default() }
    }

    /// Whether it may use the room that is kept back.
    pub fn is_urgent(&self) -> bool {
        self.is_urgent
    }

    /// An empty batch for values as a wrapping store made them, or as they lie in one.
    pub(crate) fn wrapped() -> Self {
        Self { is_wrapped: true, ..Self::default() }
    }

    /// An empty batch to wrap what `batch` writes.
    pub(crate) fn wrapping(batch: &Self) -> Self {
        Self { is_urgent: batch.is_urgent, ..Self::wrapped() }
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.writes.insert(key.into(), Some(value.into()));
    }

    /// Removes `key`.
    pub fn delete(&mut self, key: impl Into<Key>) {
        self.writes.insert(key.into(), None);
    }

    /// What this batch does to `key`: `None` nothing, `Some(None)` removes it, `Some(Some(value))` sets it.
    pub fn get(&self, key: &[u8]) -> Option<Option<&Value>> {
        self.writes.get(key).map(Option::as_ref)
    }

    /// The writes by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Option<&Value>)> {
        self.writes.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// The writes to keys in a range, by key.
    pub fn range(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = (&Key, Option<&Value>)> {
        self.writes.range::<[u8], _>((from, to)).map(|(key, value)| (key, value.as_ref()))
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Number of keys written.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Bytes of all keys and values written.
    pub fn bytes(&self) -> u64 {
        self.iter().map(|(key, value)| (key.len() + value.map_or(0, Vec::len)) as u64).sum()
    }

    /// Refuses what is over the limits. Every backend calls it first, so that a batch one of them takes, all take.
    pub fn check_limits(&self) -> Result<(), StoreError> {
        let check = |what, bytes, limit| match bytes > limit {
            true => Err(StoreError::TooLarge { what, bytes, limit }),
            false => Ok(()),
        };
        let added_bytes = if self.is_wrapped { VALUE_BYTES_ADDED_MAX } else { 0 };
        let mut batch_bytes = 0;
        for (key, value) in self.iter() {
            let value_bytes = value.map_or(0, Vec::len).saturating_sub(added_bytes);
            check("a key", key.len(), KEY_BYTES_MAX)?;
            check("a value", value_bytes, VALUE_BYTES_MAX)?;
            batch_bytes += key.len() + value_bytes;
        }
        check("a batch", batch_bytes, BATCH_BYTES_MAX)
    }
}

impl IntoIterator for Batch {
    type Item = (Key, Option<Value>);
    type IntoIter = std::collections::btree_map::IntoIter<Key, Option<Value>>;

    fn into_iter(self) -> Self::IntoIter {
        self.writes.into_iter()
    }
}

/// The outcome of a commit, some time later. Not `Send`: browsers have one thread.
pub type CommitFuture<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;

/// Key-value pairs of a scan, in order.
pub type Pairs = Vec<(Key, Value)>;

/// Reads of an ordered key-value store.
pub trait Read {
    /// The value at `key`, verified.
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError>;

    /// Up to `limit` pairs whose keys start with `prefix`, in ascending order, from the first key after `after`
    /// (a whole key; `None`: from the first).
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError>;

    /// The pair with the greatest key that starts with `prefix`.
    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError>;

    /// The keys that [`scan`](Read::scan) would return. Backends that can do so leave the values unread, so that
    /// damaged ones do not stand in the way of naming and skipping them.
    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.scan(prefix, after, limit)?.into_iter().map(|(key, _)| key).collect())
    }
}

/// An ordered key-value store.
pub trait Store: Read {
    /// Makes the batch durable, whole or not at all. When this resolves to `Ok`, a power cut does not undo it. When
    /// it resolves to `Err`, the batch was not applied, or it is not known whether it was: read again to see. A
    /// future dropped before it resolves leaves the same doubt.
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_>;
}

macro_rules! forward_read {
    ($($holder:ty),*) => {$(
        impl<S: Read + ?Sized> Read for $holder {
            fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
                (**self).get(key)
            }

            fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
                (**self).scan(prefix, after, limit)
            }

            fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
                (**self).last(prefix)
            }

            fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
                (**self).keys(prefix, after, limit)
            }
        }
    )*};
}

forward_read!(Box<S>, &S, &mut S);

impl<S: Store + ?Sized> Store for Box<S> {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        (**self).commit(batch)
    }
}

impl<S: Store + ?Sized> Store for &mut S {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        (**self).commit(batch)
    }
}

/// The first key after every key that starts with `prefix`; `None` if there is no such key.
pub fn prefix_end(prefix: &[u8]) -> Option<Key> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end)
}

/// The keys a scan covers; `None` if it can cover none.
fn key_range(prefix: &[u8], after: Option<&[u8]>) -> Option<(Bound<Key>, Bound<Key>)> {
    let end = prefix_end(prefix).map_or(Bound::Unbounded, Bound::Excluded);
    match after {
        Some(after) if after.starts_with(prefix) => Some((Bound::Excluded(after.to_vec()), end)),
        Some(after) if after > prefix => None,
        _ => Some((Bound::Included(prefix.to_vec()), end)),
    }
}

/// A range as the standard maps take it.
fn borrowed((from, to): &(Bound<Key>, Bound<Key>)) -> (Bound<&[u8]>, Bound<&[u8]>) {
    (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix() {
        let check = |prefix: &[u8], expect: Option<&[u8]>| assert_eq!(prefix_end(prefix).as_deref(), expect);
        check(b"", None);
        check(b"a", Some(b"b"));
        check(b"a\xff", Some(b"b"));
        check(b"a\xffb", Some(b"a\xffc"));
        check(b"\xff\xff", None);
    }

    #[test]
    fn limits_are_told_apart() {
        let check = |key: usize, value: usize, expect: Option<&str>| {
            let mut batch = Batch::new();
            batch.put(vec![1; key], vec![2; value]);
            let found = match batch.check_limits() {
                Err(StoreError::TooLarge { what, .. }) => Some(what),
                _ => None,
            };
            assert_eq!(found, expect);
        };
        check(KEY_BYTES_MAX, VALUE_BYTES_MAX, None);
        check(KEY_BYTES_MAX + 1, 0, Some("a key"));
        check(0, VALUE_BYTES_MAX + 1, Some("a value"));

        let mut batch = Batch::new();
        for number in 0..=(BATCH_BYTES_MAX / VALUE_BYTES_MAX) {
            batch.put(vec![number as u8], vec![0; VALUE_BYTES_MAX]);
        }
        assert!(matches!(batch.check_limits(), Err(StoreError::TooLarge { what: "a batch", .. })));
    }
}
