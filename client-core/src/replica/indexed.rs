//! A replica's store, and the index of its lists beside it: whatever is committed, the index is told.

use std::{
    cell::{Ref, RefCell},
    ops::Deref,
    sync::Arc,
};

use super::{ReplicaError, index::Index};
use crate::{
    policy::Rulebook,
    rollup::Projection,
    store::{Batch, CommitFuture, Key, Pairs, Read, Store, StoreError, Value},
};

/// A store whose every commit passes by the index.
pub(super) struct Indexed<S> {
    store: S,
    index: RefCell<Index>,
}

impl<S> Indexed<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store, index: RefCell::default() }
    }

    pub(super) fn into_inner(self) -> S {
        self.store
    }
}

/// Reads go to the store itself; writes cannot.
impl<S> Deref for Indexed<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: Read> Indexed<S> {
    /// The index as the store is now.
    pub(super) fn index(&self, rules: Option<&Arc<Rulebook>>) -> Result<Ref<'_, Index>, ReplicaError> {
        self.read_ahead(rules, usize::MAX)?;
        Ok(self.index.borrow())
    }

    /// Reads so many rows into the index; whether all are read now.
    pub(super) fn read_ahead(&self, rules: Option<&Arc<Rulebook>>, rows: usize) -> Result<bool, ReplicaError> {
        self.index.borrow_mut().read(&self.store, rules, rows)
    }
}

impl<S: Read> Read for Indexed<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        self.store.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.store.scan(prefix, after, limit)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        self.store.last(prefix)
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.store.keys(prefix, after, limit)
    }
}

impl<S: Store> Store for Indexed<S> {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        Box::pin(async move {
            // Where the commit fails or is given up, nobody knows what is stored: then the index is made anew.
            let mut index = std::mem::take(self.index.get_mut());
            index.note(Projection::written_rows(&batch));
            self.store.commit(batch).await?;
            *self.index.get_mut() = index;
            Ok(())
        })
    }
}
