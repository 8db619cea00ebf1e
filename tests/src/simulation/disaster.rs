//! Crashes between two writes, and stores put back to older copies.

use dongbo_core::store::{Fault, StoreError};

use super::{
    Check, Finding,
    check::{check_acknowledged, check_typed},
    fleet::{Backup, Fleet},
};
use crate::world::now;

/// Copies kept of one store.
const COPIES_MAX: usize = 3;

impl Fleet {
    fn fault(&mut self) -> Fault {
        let error = StoreError::DiskFull;
        if self.random.chance(50) { Fault::before_applying(error) } else { Fault::after_applying(error) }
    }

    /// Now and then one of a phone's next commits fails.
    pub(super) fn maybe_fail_phone(&mut self, at: usize) {
        if self.faults && self.random.chance(4) && self.phones[at].plan.is_empty() {
            for _ in 0..self.random.below(3) {
                self.phones[at].plan.push(Fault::none());
            }
            let fault = self.fault();
            self.phones[at].plan.push(fault);
        }
    }

    /// Now and then the hub's next commit fails.
    pub(super) fn maybe_fail_hub(&mut self) {
        if self.faults && self.random.chance(4) && self.hub_plan.is_empty() {
            let fault = self.fault();
            self.hub_plan.push(fault);
        }
    }

    /// A phone's program ends and starts again.
    pub(super) fn end_program(&mut self, at: usize) -> Result<(), Finding> {
        self.trace(|| format!("the app of {} ends and starts again", self.phones[at].name));
        let store = self.phones[at].disk().clone();
        self.put_phone_back(at, store)
    }

    /// The hub's program ends and starts again.
    pub(super) fn end_hub(&mut self) -> Result<(), Finding> {
        self.trace(|| "the hub ends and starts again".to_owned());
        let store = self.hub_disk().clone();
        self.put_hub_back(store)
    }

    /// A phone is backed up.
    pub(super) fn back_up_phone(&mut self, at: usize) -> Result<(), Finding> {
        let phone = &mut self.phones[at];
        let backup = Backup { store: phone.disk().clone(), read_to: phone.read_to };
        phone.backups.push(backup);
        if phone.backups.len() > COPIES_MAX {
            phone.backups.remove(0);
        }
        Ok(())
    }

    /// A phone is put back to an older copy.
    pub(super) fn restore_phone(&mut self, at: usize) -> Result<(), Finding> {
        let copies = self.phones[at].backups.len();
        if copies == 0 {
            return Ok(());
        }
        self.check_promises()?;
        let backup = self.phones[at].backups[self.random.below(copies)].clone();
        self.trace(|| format!("{} is put back to an older copy", self.phones[at].name));
        self.phones[at].read_to = backup.read_to;
        self.put_phone_back(at, backup.store)?;
        self.excuse();
        Ok(())
    }

    /// The hub is backed up.
    pub(super) fn back_up_hub(&mut self) -> Result<(), Finding> {
        self.hub_backups.push(self.hub_disk().clone());
        if self.hub_backups.len() > COPIES_MAX {
            self.hub_backups.remove(0);
        }
        Ok(())
    }

    /// The hub is put back to an older copy: its administrator starts a new epoch, or it notices by a cursor ahead.
    pub(super) fn restore_hub(&mut self) -> Result<(), Finding> {
        // Replicas would heal most planted bugs.
        if self.hub_backups.is_empty() || self.options.plant.is_some() {
            return Ok(());
        }
        self.check_promises()?;
        let copy = self.hub_backups[self.random.below(self.hub_backups.len())].clone();
        let epoch = self.hub().epoch();
        self.put_hub_back(copy)?;
        self.excuse();
        self.late.clear();
        self.unheard = (0..self.phones.len()).collect();
        let (before, epoch, head) = (epoch, self.hub().epoch(), self.hub().head());
        let ahead = (0..self.phones.len()).max_by_key(|at| self.phones[*at].read_to);
        self.trace(|| format!("the hub is put back from epoch {before} to {head} of epoch {epoch}"));
        match ahead.filter(|at| self.phones[*at].read_to > (epoch, head) && self.random.chance(50)) {
            Some(at) => {
                let faults = std::mem::replace(&mut self.faults, false);
                let outcome = self.sync_for_a_while(at);
                self.faults = faults;
                outcome
            }
            None => {
                // As the restore command does: a number that no epoch of another copy can have had.
                let epoch = (self.hub().epoch() + 1).max((self.now_ms / 1_000).unsigned_abs());
                let outcome = now(self.hub_mut().start_epoch(epoch));
                outcome.map_err(|e| Finding::new(Check::Works, e.to_string()))
            }
        }
    }

    /// Before a store is put back, everything promised so far holds.
    fn check_promises(&self) -> Result<(), Finding> {
        let places = self.places();
        check_acknowledged(&self.witness, &places)?;
        check_typed(&self.witness, &places, false)
    }

    fn excuse(&mut self) {
        let places = self.places();
        self.witness.excuse(&places);
    }
}
