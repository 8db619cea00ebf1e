//! Rows and roll-ups of a store that an earlier program wrote.

use super::{
    Replica, ReplicaError,
    entry::Loaded,
    layout::{PROJECTED, all},
    save::row,
};
use crate::{
    rollup::Projection,
    store::{Batch, Overlay, Store},
};

/// Records whose rows are put at once when all are made again.
pub(super) const PROJECTED_AT_ONCE: usize = 500;

impl<S: Store> Replica<S> {
    /// Makes rows and roll-ups again from the changes if another program made them ([`Projection::VERSION`]). Ended
    /// half way, it begins again on the next start: the note of who made them is written last.
    pub(super) async fn project_again(&mut self) -> Result<(), ReplicaError> {
        let version = Projection::VERSION.to_be_bytes();
        if self.store.get(PROJECTED)?.as_deref() == Some(&version[..]) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.delete(PROJECTED);
        for prefix in Projection::prefixes() {
            for (key, _) in all(&self.store, &[prefix])? {
                batch.delete(key);
            }
        }
        self.store.commit(batch).await?;
        if let Some(rules) = self.trust.rules().cloned() {
            for records in self.record_ids()?.chunks(PROJECTED_AT_ONCE) {
                let mut rows = Vec::new();
                for record in records {
                    if let Some(loaded) = Loaded::read(&self.store, *record)? {
                        rows.push(row(&rules, &loaded)?);
                    }
                }
                let mut store = Overlay::new(&self.store);
                Projection::put(&mut store, &rules.campaign, &rows)?;
                let batch = store.into_batch();
                self.store.commit(batch).await?;
            }
        }
        let mut batch = Batch::new();
        batch.put(PROJECTED, version);
        Ok(self.store.commit(batch).await?)
    }
}
