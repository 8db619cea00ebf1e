//! IndexedDB as the core's store.
//!
//! IndexedDB answers later, the core reads at once: so all pairs are read into memory on opening, and reads are answered
//! from there. A commit is one transaction of the strictest durability a browser has; memory follows once it is
//! complete. The version of the database is the version of this layout: an older app does not open a newer one.

use dongbo_core::store::{Batch, CommitFuture, Key, MemoryStore, Pairs, Read, Store, StoreError, Value};

use crate::database::{Database, Databases};

/// The layout: one object store, the core's keys as binary keys, values as they are.
const FORMAT: u32 = 1;

/// A store in IndexedDB.
pub struct IdbStore {
    database: Database,
    pairs: MemoryStore,
    /// Whether the last commit was given up before its end, so that nobody knows what is stored.
    in_doubt: bool,
}

impl IdbStore {
    /// Opens a store, or makes an empty one. One at a time: the caller sees to that.
    pub async fn open(databases: &Databases, name: &str) -> Result<Self, StoreError> {
        let database = databases.database(name, FORMAT).await?;
        let mut store = Self { database, pairs: MemoryStore::new(), in_doubt: false };
        let mut after: Option<Key> = None;
        loop {
            let page = store.database.page(after.as_deref()).await?;
            let Some((last, _)) = page.last() else { return Ok(store) };
            after = Some(last.clone());
            store.pairs.extend(page);
        }
    }

    /// Whether it must be opened again before it answers.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    fn read(&self) -> Result<&MemoryStore, StoreError> {
        match self.in_doubt {
            true => Err(StoreError::Io { detail: "a commit was given up before its end; open the store again".into() }),
            false => Ok(&self.pairs),
        }
    }
}

impl Read for IdbStore {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        self.read()?.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.read()?.scan(prefix, after, limit)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        self.read()?.last(prefix)
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.read()?.keys(prefix, after, limit)
    }
}

impl Store for IdbStore {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        Box::pin(async move {
            batch.check_limits()?;
            self.read()?;
            if batch.is_empty() {
                return Ok(());
            }
            // Stays so where this future is dropped: the transaction goes on without it.
            self.in_doubt = true;
            let written = self.database.write(&batch).await;
            self.in_doubt = false;
            written?;
            self.pairs.commit(batch).await
        })
    }
}

impl Drop for IdbStore {
    fn drop(&mut self) {
        self.database.end();
    }
}
