//! A change builds on exactly the heads it was written on.
//!
//! Automerge adds the actor's own last change to the dependencies even where the heads build on it already, which the
//! structure rules do not have (no dependency is an ancestor of another).

use automerge::{Automerge, Change};

/// The change with the heads of `base` as its dependencies.
pub(super) fn on_heads(base: &Automerge, change: Change) -> Change {
    let heads = base.get_heads();
    if change.deps().len() == heads.len() {
        return change;
    }
    let mut expanded = change.decode();
    expanded.deps = heads;
    Change::from(expanded)
}
