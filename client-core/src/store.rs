//! Where a replica and a hub keep what they know: an ordered key-value store.
//!
//! Reads are synchronous; [`Store::commit`] is asynchronous, atomic and the only durable step, so that sled and
//! IndexedDB both fit.

use std::{future::Future, ops::Bound, pin::Pin};

/// A key: ids and numbers only, never text a person typed (values are encrypted later, keys are not).
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
        "the store is damaged: {detail}. The file was kept as it is; export what is readable, then start a new store."
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
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
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
}

/// The outcome of a commit, some time later. Not `Send`: browsers have one thread.
pub type CommitFuture<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;

/// Key-value pairs of a scan, in order.
pub type Pairs = Vec<(Key, Value)>;

/// An ordered key-value store.
pub trait Store {
    /// The value at `key`, verified.
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError>;

    /// Up to `limit` pairs whose keys start with `prefix`, in ascending order, from the first key after `after`
    /// (a whole key; `None`: from the first).
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError>;

    /// The pair with the greatest key that starts with `prefix`.
    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError>;

    /// Makes the batch durable, whole or not at all. When this resolves to `Ok`, a power cut does not undo it. When
    /// it resolves to `Err`, the batch was not applied, or it is not known whether it was: read again to see.
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_>;
}

/// The first key after every key that starts with `prefix`; `None` if there is no such key.
pub fn prefix_end(prefix: &[u8]) -> Option<Key> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end)
}
