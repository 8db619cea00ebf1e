//! Room for records: of a page that brings more than fit, what does not fit is left with the hub, and that is said.

use std::collections::BTreeSet;

use super::{
    Replica, ReplicaError,
    layout::{FULL, change_key},
};
use crate::{RecordId, change::SignedChange, store::Store, sync::FeedItem};

impl<S: Store> Replica<S> {
    /// Whether the hub had more than there was room for when it was last asked.
    pub(super) fn is_full(&self) -> Result<bool, ReplicaError> {
        Ok(self.store.get(FULL)?.is_some())
    }

    /// Whether there is room for no further record.
    pub(super) fn has_no_room(&self) -> bool {
        self.records >= self.records_max
    }

    /// The new records of a page for which there is no room, the first of them having been given what there is.
    pub(super) fn beyond_room(&self, changes: &[FeedItem]) -> Result<BTreeSet<RecordId>, ReplicaError> {
        let room = self.records_max.saturating_sub(self.records);
        let (mut fitting, mut beyond) = (BTreeSet::new(), BTreeSet::new());
        // Most pages need no closer look.
        if changes.len() <= room {
            return Ok(beyond);
        }
        for item in changes {
            // What cannot be read makes no record.
            let Ok(signed) = SignedChange::open(&item.change) else { continue };
            let record = signed.record();
            let is_new = self.trust.erasure(record).is_none() && self.store.get(&change_key(record, 0))?.is_none();
            if is_new && !fitting.contains(&record) {
                if fitting.len() < room {
                    fitting.insert(record)
                } else {
                    beyond.insert(record)
                };
            }
        }
        Ok(beyond)
    }
}

/// Leaves of a page what is of none of these records.
pub(super) fn leave_out(changes: &mut Vec<FeedItem>, records: &BTreeSet<RecordId>) {
    changes.retain(|item| SignedChange::open(&item.change).map_or(true, |signed| !records.contains(&signed.record())));
}
