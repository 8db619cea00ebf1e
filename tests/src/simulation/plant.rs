//! Bugs put in on purpose, in the harness and its adapters: each must be caught by its own check.

use dongbo_core::store::{Batch, MemoryStore, Read as _, Store as _};

use super::{
    Check, Finding,
    fleet::Fleet,
    stored::{self, CELL, CHANGE, HELD, LEDGER, OUTBOX},
};
use crate::world::now;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// A replica loses a change that it had received.
    DropChange,
    /// A replica keeps a record whose pair left its scope.
    KeepRecord,
    /// A cell of the hub's roll-ups misses a delta.
    SkipDelta,
    /// A cell of a replica's roll-ups is counted twice.
    CountTwice,
    /// The hub acknowledges a change that it did not keep.
    AcknowledgeEarly,
    /// A device forgets a change that waits to be sent.
    ForgetSave,
    /// A device forgets a change that it held.
    ForgetHeld,
    /// A list leaves a record out.
    LeaveOut,
    /// The hub serves a change out of the reader's scope.
    ServeOutside,
    /// The ledger takes a change in before one that it builds on.
    SwapEntries,
    /// The ledger holds a change twice.
    RepeatEntry,
    /// The hub lets in what nobody may make.
    AdmitForgery,
}

impl Plant {
    /// Every plant.
    pub const ALL: [Self; 12] = [
        Self::DropChange,
        Self::KeepRecord,
        Self::SkipDelta,
        Self::CountTwice,
        Self::AcknowledgeEarly,
        Self::ForgetSave,
        Self::ForgetHeld,
        Self::LeaveOut,
        Self::ServeOutside,
        Self::SwapEntries,
        Self::RepeatEntry,
        Self::AdmitForgery,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropChange => "drop-change",
            Self::KeepRecord => "keep-record",
            Self::SkipDelta => "skip-delta",
            Self::CountTwice => "count-twice",
            Self::AcknowledgeEarly => "acknowledge-early",
            Self::ForgetSave => "forget-save",
            Self::ForgetHeld => "forget-held",
            Self::LeaveOut => "leave-out",
            Self::ServeOutside => "serve-outside",
            Self::SwapEntries => "swap-entries",
            Self::RepeatEntry => "repeat-entry",
            Self::AdmitForgery => "admit-forgery",
        }
    }

    /// The plant of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plant| plant.name() == name)
    }

    /// The check that must catch it.
    pub fn caught_by(self) -> Check {
        match self {
            Self::DropChange | Self::KeepRecord => Check::Documents,
            Self::SkipDelta | Self::CountTwice => Check::Rollups,
            Self::AcknowledgeEarly => Check::Acknowledged,
            Self::ForgetSave | Self::ForgetHeld => Check::Typed,
            Self::LeaveOut => Check::Lists,
            Self::ServeOutside => Check::Served,
            Self::SwapEntries | Self::RepeatEntry => Check::Order,
            Self::AdmitForgery => Check::Refusals,
        }
    }
}

impl Fleet {
    /// Whether this bug is to be put in now; each is put in once.
    pub(super) fn plants(&mut self, plant: Plant) -> bool {
        let now = self.options.plant == Some(plant) && !self.planted;
        self.planted |= now;
        now
    }

    /// Bugs that are edits of a store once everything has settled.
    pub(super) fn plant_at_the_end(&mut self) -> Result<(), Finding> {
        match self.options.plant {
            Some(Plant::DropChange) => self.edit_a_phone(drop_change),
            Some(Plant::KeepRecord) => self.keep_record(),
            Some(Plant::CountTwice) => self.edit_a_phone(cell),
            Some(Plant::ForgetHeld) => self.edit_a_phone(forget_held),
            Some(Plant::SkipDelta) => self.edit_hub(cell),
            Some(Plant::SwapEntries) => self.edit_hub(swap_entries),
            Some(Plant::RepeatEntry) => self.edit_hub(repeat_entry),
            _ => Ok(()),
        }
    }

    fn edit_a_phone(&mut self, edit: impl Fn(&MemoryStore) -> Option<Batch>) -> Result<(), Finding> {
        for at in 0..self.phones.len() {
            let mut store = self.phones[at].disk().clone();
            if let Some(batch) = edit(&store) {
                commit(&mut store, batch);
                return self.put_phone_back(at, store);
            }
        }
        Ok(())
    }

    fn edit_hub(&mut self, edit: impl Fn(&MemoryStore) -> Option<Batch>) -> Result<(), Finding> {
        let mut store = self.hub_disk().clone();
        if let Some(batch) = edit(&store) {
            commit(&mut store, batch);
            self.put_hub_back(store)?;
        }
        Ok(())
    }

    /// Copies every change of one phone's record into a phone that does not have it.
    fn keep_record(&mut self) -> Result<(), Finding> {
        for from in 0..self.phones.len() {
            let changes = stored::all(self.phones[from].disk(), &[CHANGE]);
            let Some((first, _)) = changes.first() else { continue };
            let record = first[..17].to_vec();
            for to in 0..self.phones.len() {
                let mut store = self.phones[to].disk().clone();
                if stored::all(&store, &record).is_empty() {
                    let mut batch = Batch::new();
                    for (key, value) in changes.iter().filter(|(key, _)| key.starts_with(&record)) {
                        batch.put(key.clone(), value.clone());
                    }
                    commit(&mut store, batch);
                    return self.put_phone_back(to, store);
                }
            }
        }
        Ok(())
    }
}

fn commit(store: &mut MemoryStore, batch: Batch) {
    if let Err(error) = now(store.commit(batch)) {
        unreachable!("a store in memory takes a small batch: {error}");
    }
}

/// Deletes a record's last change of a phone whose outbox is empty.
fn drop_change(store: &MemoryStore) -> Option<Batch> {
    let settled = stored::all(store, &[OUTBOX]).is_empty();
    let (key, _) = stored::all(store, &[CHANGE]).pop().filter(|_| settled)?;
    let mut batch = Batch::new();
    batch.delete(key);
    Some(batch)
}

fn forget_held(store: &MemoryStore) -> Option<Batch> {
    let mut batch = Batch::new();
    for (key, _) in stored::all(store, &[HELD]) {
        batch.delete(key);
    }
    (!batch.is_empty()).then_some(batch)
}

/// Adds 1 to a cell.
fn cell(store: &MemoryStore) -> Option<Batch> {
    let (key, value) = stored::all(store, &[CELL]).into_iter().next()?;
    let mut cell: dongbo_core::rollup::Cell = serde_json::from_slice(&value).ok()?;
    cell.value += cell.value;
    let mut batch = Batch::new();
    batch.put(key, serde_json::to_vec(&cell).ok()?);
    Some(batch)
}

/// Exchanges a record's first two entries.
fn swap_entries(store: &MemoryStore) -> Option<Batch> {
    let ledger = stored::ledger(store);
    let (at, first) = ledger.iter().find(|(_, entry)| {
        entry.record.is_some() && ledger.iter().filter(|(_, other)| other.record == entry.record).count() > 1
    })?;
    let (other_at, _) = ledger.iter().filter(|(_, entry)| entry.record == first.record).nth(1)?;
    let (key, other_key) = (stored::ledger_key(*at), stored::ledger_key(*other_at));
    let (value, other) = (store.get(&key).ok()??, store.get(&other_key).ok()??);
    let mut batch = Batch::new();
    batch.put(key, other);
    batch.put(other_key, value);
    Some(batch)
}

/// Appends the last change again.
fn repeat_entry(store: &MemoryStore) -> Option<Batch> {
    let ledger = stored::ledger(store);
    let (at, _) = ledger.iter().rev().find(|(_, entry)| entry.record.is_some())?;
    let (last, _) = store.last(&[LEDGER]).ok()??;
    let head = u64::from_be_bytes(last[1..].try_into().ok()?);
    let value = store.get(&stored::ledger_key(*at)).ok()??;
    let mut batch = Batch::new();
    batch.put(stored::ledger_key(head + 1), value);
    Some(batch)
}
