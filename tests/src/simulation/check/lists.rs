//! What a list shows is what the rows in the store say, at any moment of a replica's life.

use dongbo_core::replica::ReplicaError;

use super::Check;
use crate::{
    lists::{any_list, check_page},
    simulation::{Finding, Plant, fleet::Fleet},
    world::Seeded,
};

/// Lists asked for at the end, by everybody.
const LISTS: usize = 12;

impl Fleet {
    /// Somebody looks at a list. By a randomness of its own: to look changes nothing of what happens.
    pub(crate) fn look_at_a_list(&self, at: usize) -> Result<(), Finding> {
        let mut random = Seeded(((self.step as u64) << 16) | at as u64);
        if random.chance(50) { self.check_list(at, &mut random) } else { Ok(()) }
    }

    /// Everybody looks at several.
    pub(crate) fn check_lists(&self) -> Result<(), Finding> {
        (0..self.phones.len()).try_for_each(|at| {
            let mut random = Seeded(at as u64);
            (0..LISTS).try_for_each(|_| self.check_list(at, &mut random))
        })
    }

    fn check_list(&self, at: usize, random: &mut Seeded) -> Result<(), Finding> {
        let phone = &self.phones[at];
        let replica = phone.replica();
        let works = |e: ReplicaError| Finding::new(Check::Works, format!("a list of {}: {e}", phone.name));
        if random.chance(30) {
            // An app that has a moment to spare.
            replica.read_ahead(random.below(6)).map_err(works)?;
        }
        let list = any_list(replica, random).map_err(works)?;
        let mut page = replica.list(&list).map_err(works)?;
        if self.options.plant == Some(Plant::LeaveOut) && !page.records.is_empty() {
            page.records.remove(0);
        }
        let finding = |detail| Finding::new(Check::Lists, format!("{}: {detail}", phone.name));
        check_page(replica, &list, &page).map_err(finding)
    }
}
