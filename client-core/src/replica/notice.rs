//! What the person at this device must see: what was done to their store or records by somebody else's hand.

use std::collections::BTreeSet;

use super::{
    Replica, ReplicaError,
    layout::{ERASED_HERE, LAST_SYNC, SEEN, all, from_json, to_json},
    outbox,
};
use crate::{
    RecordId,
    identity::{Erasure, Revocation},
    store::{Batch, Store},
};

impl<S: Store> Replica<S> {
    /// The revocation of this device, if it is in force by the hub's clock when it was last heard from.
    pub fn revoked(&self) -> Result<Option<&Revocation>, ReplicaError> {
        let Some(revocation) = self.trust.revocation(self.device()) else { return Ok(None) };
        let heard_ms: Option<i64> = self.store.get(LAST_SYNC)?.map(|bytes| from_json(&bytes)).transpose()?;
        Ok(heard_ms.is_some_and(|heard_ms| revocation.at_ms <= heard_ms).then_some(revocation))
    }

    /// Erasures of records that were on this device.
    pub fn erasures_here(&self) -> Result<Vec<&Erasure>, ReplicaError> {
        let mut erasures = Vec::new();
        for (key, _) in all(&self.store, &[ERASED_HERE])? {
            erasures.extend(self.trust.erasure(RecordId::try_from(&key[1..])?));
        }
        Ok(erasures)
    }

    /// What the person has seen, by the words of [`Replica::note_seen`].
    pub fn seen(&self) -> Result<BTreeSet<String>, ReplicaError> {
        Ok(self.store.get(SEEN)?.map(|bytes| from_json(&bytes)).transpose()?.unwrap_or_default())
    }

    /// Notes that the person has seen something.
    pub async fn note_seen(&mut self, what: &str) -> Result<(), ReplicaError> {
        let mut seen = self.seen()?;
        if !seen.insert(what.to_owned()) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(SEEN, to_json(&seen));
        Ok(self.store.commit(batch).await?)
    }

    /// Records of which the hub does not have everything.
    pub fn records_in_outbox(&self) -> Result<BTreeSet<RecordId>, ReplicaError> {
        outbox::items(&self.store).map(|item| Ok(item?.record)).collect()
    }
}
