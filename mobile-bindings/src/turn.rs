//! Whose vault is being worked on: two at once would undo each other's counting.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The people whose vault is being worked on.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<BTreeSet<String>>>);

/// That somebody's vault is being worked on, until it is dropped.
pub(crate) struct Turn {
    person: String,
    turns: Turns,
}

impl Turns {
    /// Somebody's turn; `None` while another has it. Nobody waits: whoever holds it may be asking for a fingerprint.
    pub(crate) fn take(&self, person: &str) -> Option<Turn> {
        let person = person.to_owned();
        self.set().insert(person.clone()).then(|| Turn { person, turns: self.clone() })
    }

    fn set(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.set().remove(&self.person);
    }
}
