//! What is left to do after an erasure: old pages of the store may still hold the content.

use super::{Replica, ReplicaError, layout::ERASED};
use crate::store::{Batch, Store};

impl<S: Store> Replica<S> {
    /// Whether something was erased since the store was last written anew: until then its files may still hold it.
    pub fn must_be_rewritten(&self) -> Result<bool, ReplicaError> {
        Ok(self.store.get(ERASED)?.is_some())
    }
}

/// What is to be put into the new files when a replica's store is written anew.
pub fn rewritten() -> Batch {
    let mut batch = Batch::new();
    batch.delete(ERASED);
    batch
}
