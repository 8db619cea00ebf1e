//! What was promised to whom: saves that succeeded, acknowledgements that were given.

use std::collections::{BTreeMap, BTreeSet};

use super::stored::Key;

/// A save that succeeded.
#[derive(Debug, Clone)]
pub(super) struct Save {
    pub(super) phone: usize,
    pub(super) key: Key,
    /// Its own device was put back to a copy without it, but another place still had it.
    pub(super) adrift: bool,
    /// No place had it any more after a store was put back to an older copy.
    pub(super) excused: bool,
}

/// An acknowledgement by the hub.
#[derive(Debug, Clone, Default)]
pub(super) struct Acknowledgement {
    /// The hub lost it with an older copy, but a device still had it: it must come back, or be seen to wait.
    pub(super) unsettled: bool,
    /// The hub lost it with an older copy and nobody else had it.
    pub(super) excused: bool,
}

/// The harness's memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness {
    pub(super) saves: Vec<Save>,
    pub(super) acknowledged: BTreeMap<Key, Acknowledgement>,
}

/// Where changes are, everywhere.
pub(super) struct Places {
    pub(super) ledger: BTreeSet<Key>,
    pub(super) pending: BTreeSet<Key>,
    /// By phone: in its records.
    pub(super) records: Vec<BTreeSet<Key>>,
    /// By phone: in its outbox.
    pub(super) outbox: Vec<BTreeSet<Key>>,
    /// By phone: held.
    pub(super) held: Vec<BTreeSet<Key>>,
}

impl Places {
    /// Whether a phone has it in any form.
    pub(super) fn on(&self, phone: usize, key: &Key) -> bool {
        self.records[phone].contains(key) || self.outbox[phone].contains(key) || self.held[phone].contains(key)
    }

    /// Whether some phone has it in any form.
    pub(super) fn on_any(&self, key: &Key) -> bool {
        (0..self.records.len()).any(|phone| self.on(phone, key))
    }

    /// Whether some phone shows it as waiting or held.
    pub(super) fn waits_anywhere(&self, key: &Key) -> bool {
        self.outbox.iter().chain(&self.held).any(|keys| keys.contains(key))
    }

    /// Whether the hub has it.
    pub(super) fn at_hub(&self, key: &Key) -> bool {
        self.ledger.contains(key) || self.pending.contains(key)
    }
}

impl Witness {
    /// After a store was put back: what nobody has any more cannot be asked for.
    pub(super) fn excuse(&mut self, places: &Places) {
        for save in self.saves.iter_mut().filter(|save| !save.excused) {
            let own = places.on(save.phone, &save.key);
            save.excused = !places.at_hub(&save.key) && !places.on_any(&save.key);
            save.adrift |= !own && !save.excused;
        }
        for (key, acknowledgement) in &mut self.acknowledged {
            if !acknowledgement.excused && !places.ledger.contains(key) {
                acknowledgement.excused = !places.on_any(key) && !places.pending.contains(key);
                acknowledgement.unsettled |= !acknowledgement.excused;
            }
        }
    }
}
