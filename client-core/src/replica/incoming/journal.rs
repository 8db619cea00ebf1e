//! What is being applied is noted before it is, so that a start after a crash sets the crashing record aside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    RecordId,
    change::SignedChange,
    replica::{
        Replica, ReplicaError,
        entry::Loaded,
        layout::{JOURNAL, SUSPECT, from_json, record_key, to_json},
    },
    store::{Batch, Overlay, Read, Store},
};

/// Closes the note of a page with what the page brought. While more pages follow, it is left open for the next: that
/// saves a commit a page, and ends in one careful page if the program is ended between two.
pub(super) fn close(store: &mut Overlay<'_, impl Read>, more: bool) {
    match more {
        true => store.put(JOURNAL, to_json(&Journal::Page)),
        false => store.delete(JOURNAL),
    }
}

/// A record at which the program ended so many times in a row is not applied any more. Once or twice it may have been
/// the battery.
pub(super) const CRASHES_MAX: u8 = 3;

/// How often the program ended while a change of this record was applied.
pub(super) fn crashes(store: &impl Read, record: RecordId) -> Result<u8, ReplicaError> {
    Ok(store.get(&record_key(SUSPECT, record))?.map_or(0, |count| count.first().copied().unwrap_or(CRASHES_MAX)))
}

/// What was being applied, so that a start after a crash can quarantine it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Journal {
    /// A page.
    Page,
    /// One record.
    Record(RecordId),
}

impl<S: Store> Replica<S> {
    /// After a crash while a page was applied: find or quarantine what crashed.
    pub(in crate::replica) async fn recover(&mut self) -> Result<(), ReplicaError> {
        let Some(bytes) = self.store.get(JOURNAL)? else { return Ok(()) };
        let mut batch = Batch::new();
        if let Journal::Record(record) = from_json(&bytes)? {
            let crashes = crashes(&self.store, record)?;
            batch.put(record_key(SUSPECT, record), vec![crashes.saturating_add(1)]);
        }
        batch.delete(JOURNAL);
        self.store.commit(batch).await?;
        self.careful = true;
        Ok(())
    }

    /// Notes what is about to be applied. After a crash every record of a page gets a note of its own, so that the
    /// next start knows which one it was.
    pub(super) async fn journal(&mut self, changes: impl Iterator<Item = &[u8]>) -> Result<(), ReplicaError> {
        if self.store.get(JOURNAL)?.is_none() {
            let mut batch = Batch::new();
            batch.put(JOURNAL, to_json(&Journal::Page));
            self.store.commit(batch).await?;
        }
        if !self.careful {
            return Ok(());
        }
        let opened = changes.filter_map(|bytes| SignedChange::open(bytes).ok());
        let mut by_record: BTreeMap<RecordId, Vec<SignedChange>> = BTreeMap::new();
        for signed in opened {
            by_record.entry(signed.record()).or_default().push(signed);
        }
        for (record, changes) in by_record {
            if crashes(&self.store, record)? >= CRASHES_MAX {
                continue;
            }
            let mut batch = Batch::new();
            batch.put(JOURNAL, to_json(&Journal::Record(record)));
            self.store.commit(batch).await?;
            let mut trial = Loaded::read(&self.store, record)?.unwrap_or_else(|| Loaded::empty(record)).record;
            for signed in changes {
                if let Ok(change) = signed.read() {
                    let _ = trial.apply(change, signed.chunk());
                }
            }
        }
        self.careful = false;
        Ok(())
    }
}
