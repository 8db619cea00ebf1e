//! Reading every value once, to find damage before it matters.

use super::{Key, Read, StoreError};
use crate::limits::DAMAGED_KEYS_LISTED_MAX;

/// What a walk over a store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Values that are as they were written.
    pub values: u64,
    /// Bytes of those values.
    pub value_bytes: u64,
    /// Values that are not.
    pub damaged: u64,
    /// Keys of the first damaged values.
    pub damaged_keys: Vec<Key>,
}

/// Reads every value of a store and lists those that are damaged. An error means that the walk itself could not go on.
pub fn verify(store: &(impl Read + ?Sized)) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    let mut after: Option<Key> = None;
    loop {
        let keys = store.keys(&[], after.as_deref(), PAGE_KEYS)?;
        for key in &keys {
            match store.get(key) {
                Ok(value) => {
                    report.values += 1;
                    report.value_bytes += value.map_or(0, |value| value.len() as u64);
                }
                Err(StoreError::Corrupt { .. }) => report.add_damaged(key.clone()),
                Err(other) => return Err(other),
            }
        }
        if keys.len() < PAGE_KEYS {
            return Ok(report);
        }
        after = keys.into_iter().next_back();
    }
}

impl VerifyReport {
    fn add_damaged(&mut self, key: Key) {
        self.damaged += 1;
        if self.damaged_keys.len() < DAMAGED_KEYS_LISTED_MAX {
            self.damaged_keys.push(key);
        }
    }
}

const PAGE_KEYS: usize = 1_000;
