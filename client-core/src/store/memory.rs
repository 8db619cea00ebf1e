//! A store in memory, for tests, simulations and short-lived tools.

use std::collections::BTreeMap;

use super::{Batch, CommitFuture, Key, Pairs, Read, Store, StoreError, Value, borrowed, key_range};

/// A store in memory. A clone is a snapshot: put it back to roll back to that moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryStore {
    pairs: BTreeMap<Key, Value>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn range(&self, prefix: &[u8], after: Option<&[u8]>) -> impl DoubleEndedIterator<Item = (&Key, &Value)> + use<'_> {
        key_range(prefix, after).into_iter().flat_map(|range| self.pairs.range::<[u8], _>(borrowed(&range)))
    }
}

/// Takes in pairs as they lie in another store, whose limits they have passed.
impl Extend<(Key, Value)> for MemoryStore {
    fn extend<T: IntoIterator<Item = (Key, Value)>>(&mut self, pairs: T) {
        self.pairs.extend(pairs);
    }
}

impl Read for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        Ok(self.pairs.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        Ok(self.range(prefix, after).take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        Ok(self.range(prefix, None).next_back().map(|(key, value)| (key.clone(), value.clone())))
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.range(prefix, after).take(limit).map(|(key, _)| key.clone()).collect())
    }
}

impl Store for MemoryStore {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        Box::pin(async move {
            batch.check_limits()?;
            for (key, write) in batch {
                match write {
                    Some(value) => self.pairs.insert(key, value),
                    None => self.pairs.remove(&key),
                };
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    #[test]
    fn conforms() {
        conformance::check_store(MemoryStore::new);
    }

    #[test]
    fn conforms_as_a_boxed_store() {
        conformance::check_store(|| Box::new(MemoryStore::new()) as Box<dyn Store>);
    }

    #[test]
    fn a_clone_is_a_snapshot() {
        let mut store = MemoryStore::new();
        let before = store.clone();
        let mut batch = Batch::new();
        batch.put(*b"key", *b"value");
        pollster::block_on(store.commit(batch)).unwrap();
        assert_eq!(store.len(), 1);
        store = before;
        assert!(store.is_empty());
    }
}
