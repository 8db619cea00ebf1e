//! Reading a store as it will be once a batch is committed.

use std::{collections::BTreeMap, ops::Bound};

use super::{Batch, Key, Pairs, Read, StoreError, Value, borrowed, key_range};

/// A store with a pending batch on top: reads see the batch, nothing is written until the batch is committed.
#[derive(Debug)]
pub struct Overlay<'a, S: Read + ?Sized> {
    store: &'a S,
    pending: Batch,
}

impl<'a, S: Read + ?Sized> Overlay<'a, S> {
    /// `store` as it is.
    pub fn new(store: &'a S) -> Self {
        Self::with_batch(store, Batch::new())
    }

    /// `store` as it will be once `pending` is committed.
    pub fn with_batch(store: &'a S, pending: Batch) -> Self {
        Self { store, pending }
    }

    /// Sets `key` to `value` in the pending batch.
    pub fn put(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.pending.put(key, value);
    }

    /// Removes `key` in the pending batch.
    pub fn delete(&mut self, key: impl Into<Key>) {
        self.pending.delete(key);
    }

    /// The pending batch so far.
    pub fn batch(&self) -> &Batch {
        &self.pending
    }

    /// The pending batch, to be committed.
    pub fn into_batch(self) -> Batch {
        self.pending
    }

    /// Scans page by page, each page of the store together with the pending writes up to its last key, so that pairs
    /// hidden by pending deletes are made up for by the next page.
    fn merged<T>(
        &self,
        (prefix, after, limit): (&[u8], Option<&[u8]>, usize),
        page: impl Fn(Option<&[u8]>, usize) -> Result<Vec<(Key, T)>, StoreError>,
        pending: impl Fn(&Value) -> T,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let mut found = Vec::new();
        let mut cursor = after.map(<[u8]>::to_vec);
        while found.len() < limit {
            let wanted = limit - found.len();
            let Some((from, end)) = key_range(prefix, cursor.as_deref()) else { break };
            let pairs = page(cursor.as_deref(), wanted)?;
            let horizon = if pairs.len() < wanted { None } else { pairs.last().map(|(key, _)| key.clone()) };
            let range = (from, horizon.clone().map_or(end, Bound::Included));
            let (from, to) = borrowed(&range);

            let mut window: BTreeMap<Key, T> = pairs.into_iter().collect();
            for (key, write) in self.pending.range(from, to) {
                match write {
                    Some(value) => window.insert(key.clone(), pending(value)),
                    None => window.remove(key),
                };
            }
            found.extend(window.into_iter().take(wanted));
            match horizon {
                Some(horizon) => cursor = Some(horizon),
                None => break,
            }
        }
        Ok(found)
    }
}

impl<S: Read + ?Sized> Read for Overlay<'_, S> {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        match self.pending.get(key) {
            Some(write) => Ok(write.cloned()),
            None => self.store.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.merged((prefix, after, limit), |after, limit| self.store.scan(prefix, after, limit), Value::clone)
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        let page = |after: Option<&[u8]>, limit| {
            Ok(self.store.keys(prefix, after, limit)?.into_iter().map(|key| (key, ())).collect())
        };
        Ok(self.merged((prefix, after, limit), page, |_| ())?.into_iter().map(|(key, ())| key).collect())
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        let below = self.store.last(prefix)?;
        let Some((key, _)) = &below else { return Ok(self.last_pending_put(prefix)) };
        if self.pending.get(key) != Some(None) {
            let pending = self.last_pending_put(prefix).filter(|(pending, _)| pending >= key);
            return Ok(pending.or(below));
        }
        // The store's last pair is about to go, and a store does not read backwards: walk the keys up to the end.
        let mut last: Option<Key> = None;
        loop {
            let keys = self.keys(prefix, last.as_deref(), LAST_PAGE_KEYS)?;
            let ended = keys.len() < LAST_PAGE_KEYS;
            last = keys.into_iter().next_back().or(last);
            if ended {
                break;
            }
        }
        let Some(key) = last else { return Ok(None) };
        Ok(self.get(&key)?.map(|value| (key, value)))
    }
}

impl<S: Read + ?Sized> Overlay<'_, S> {
    fn last_pending_put(&self, prefix: &[u8]) -> Option<(Key, Value)> {
        let range = key_range(prefix, None)?;
        let (from, to) = borrowed(&range);
        let mut writes = self.pending.range(from, to).rev();
        writes.find_map(|(key, write)| Some((key.clone(), write?.clone())))
    }
}

/// Keys read at a time on the way to the last.
const LAST_PAGE_KEYS: usize = 1_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::{MemoryStore, Store};

    /// Short keys over three bytes, so that keys meet, prefix one another and reach 0xff.
    fn key() -> impl Strategy<Value = Key> {
        proptest::collection::vec(prop_oneof![Just(0), Just(b'a'), Just(0xff)], 0..4)
    }

    fn batch() -> impl Strategy<Value = Batch> {
        let write = (key(), proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3)));
        proptest::collection::vec(write, 0..40).prop_map(|writes| {
            let mut batch = Batch::new();
            for (key, write) in writes {
                match write {
                    Some(value) => batch.put(key, value),
                    None => batch.delete(key),
                }
            }
            batch
        })
    }

    proptest! {
        #[test]
        fn reads_as_if_the_batch_were_applied(
            stored in batch(), pending in batch(), prefix in key(), after in proptest::option::of(key()), limit in 0..50_usize,
        ) {
            let mut store = MemoryStore::new();
            pollster::block_on(store.commit(stored)).unwrap();
            let mut applied = store.clone();
            pollster::block_on(applied.commit(pending.clone())).unwrap();

            let overlay = Overlay::with_batch(&store, pending.clone());
            let after = after.as_deref();
            prop_assert_eq!(overlay.get(&prefix), applied.get(&prefix));
            prop_assert_eq!(overlay.scan(&prefix, after, limit), applied.scan(&prefix, after, limit));
            prop_assert_eq!(overlay.keys(&prefix, after, limit), applied.keys(&prefix, after, limit));
            prop_assert_eq!(overlay.last(&prefix), applied.last(&prefix));
            prop_assert_eq!(overlay.into_batch(), pending);
        }
    }

    #[test]
    fn many_hidden_pairs_do_not_end_a_scan_early() {
        let mut store = MemoryStore::new();
        let mut batch = Batch::new();
        for number in 0..2_500_u16 {
            batch.put(number.to_be_bytes(), *b"stored");
        }
        pollster::block_on(store.commit(batch)).unwrap();

        let mut overlay = Overlay::new(&store);
        for number in 10..2_499_u16 {
            overlay.delete(number.to_be_bytes());
        }
        let after = 8_u16.to_be_bytes();
        let keys = overlay.keys(b"", Some(&after), 2).unwrap();
        assert_eq!(keys, [9_u16.to_be_bytes(), 2_499_u16.to_be_bytes()]);

        overlay.delete(2_499_u16.to_be_bytes());
        assert_eq!(overlay.last(b"").unwrap().unwrap().0, 9_u16.to_be_bytes());
    }
}
