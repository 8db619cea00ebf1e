//! Where each record stands, said truthfully.

use serde::Serialize;

use super::{
    Replica, ReplicaError,
    entry::{self, Entry, State},
    layout::{EPOCH, HELD, LAST_SYNC, QUARANTINE, RECHECKING, all, from_json, record_key},
    outbox,
};
use crate::{RecordId, store::Store};

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// Admitted by the root hub.
    Received,
    /// Admitted by a hub below the root.
    AtTheDistrict,
    /// The hub was restored: what it holds is being compared.
    BeingCheckedAgain,
    /// Something of it is only on this device.
    OnThisDevice,
    /// Something of it was refused, or waits for a decision.
    NeedsAttention,
}

/// What a replica holds, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Records.
    pub records: usize,
    /// Changes not yet acknowledged by the hub.
    pub outbox: usize,
    /// Of these, those the hub left undecided.
    pub waiting: usize,
    /// Changes the hub refused, kept here.
    pub held: usize,
    /// Changes of the feed that could not be applied, kept here.
    pub quarantined: usize,
    /// Drafts.
    pub drafts: usize,
    /// The hub's epoch when last heard from.
    pub epoch: u64,
    /// Whether the hub was restored and a full comparison is under way.
    pub rechecking: bool,
    /// Whether the hub has records in scope for which there is no room here ([`Replica::take_at_most`]).
    pub full: bool,
    /// When the hub was last heard from, by the hub's clock.
    pub last_sync_ms: Option<i64>,
}

impl<S: Store> Replica<S> {
    /// Where a record stands.
    pub fn status(&self, record: RecordId) -> Result<RecordStatus, ReplicaError> {
        let entries = entry::entries(&self.store, record)?;
        if entries.is_empty() {
            return Err(ReplicaError::UnknownRecord(record));
        }
        let held = !all(&self.store, &record_key(HELD, record))?.is_empty();
        let waiting = outbox::items_of(&self.store, record)?.iter().any(|item| item.waiting.is_some());
        if held || waiting {
            return Ok(RecordStatus::NeedsAttention);
        }
        Ok(status_of(&entries, self.rechecking()?))
    }

    /// What this replica holds.
    pub fn summary(&self) -> Result<Summary, ReplicaError> {
        let outbox = outbox::items(&self.store).collect::<Result<Vec<_>, _>>()?;
        Ok(Summary {
            records: self.records,
            waiting: outbox.iter().filter(|item| item.waiting.is_some()).count(),
            outbox: outbox.len(),
            held: all(&self.store, &[HELD])?.len(),
            quarantined: all(&self.store, &[QUARANTINE])?.len(),
            drafts: self.drafts()?.len(),
            epoch: self.store.get(EPOCH)?.map(|bytes| from_json(&bytes)).transpose()?.unwrap_or(0),
            rechecking: self.rechecking()?,
            full: self.is_full()?,
            last_sync_ms: self.last_heard_ms()?,
        })
    }

    /// When the hub was last heard from, by its own clock.
    pub(super) fn last_heard_ms(&self) -> Result<Option<i64>, ReplicaError> {
        self.store.get(LAST_SYNC)?.map(|bytes| from_json(&bytes)).transpose()
    }

    pub(super) fn rechecking(&self) -> Result<bool, ReplicaError> {
        Ok(self.store.get(RECHECKING)?.is_some())
    }
}

fn status_of(entries: &[Entry], rechecking: bool) -> RecordStatus {
    let states = entries.iter().map(|entry| match entry.state {
        State::Pending => RecordStatus::OnThisDevice,
        State::Received { .. } if rechecking => RecordStatus::BeingCheckedAgain,
        State::Received { is_final: true, .. } => RecordStatus::Received,
        State::Received { is_final: false, .. } => RecordStatus::AtTheDistrict,
    });
    states.max().unwrap_or(RecordStatus::OnThisDevice)
}
