//! What Automerge alone makes of the same bytes: why the reader and the structure rules stand before it. A line that
//! no longer holds after an update of Automerge says that it has become stricter, and is moved.
//!
//! What makes it allocate without bounds (deflate and run-length bombs, documents, bundles) is never given to it: that
//! ends the process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};
use dongbo_core::change::SignedChange;

use super::scene;

/// Taken in, saved and loaded again, as if nothing were wrong.
const TAKEN_IN: [&str; 23] = [
    "a forged checksum",
    "a compressed change",
    "a message",
    "bytes after the columns",
    "a dependency twice",
    "dependencies out of order",
    "a list",
    "a gap before the first operation",
    "a dependency on an ancestor",
    "an orphan dependency",
    "the root overwritten",
    "the root's map hidden by a value",
    "a new root map over everyone's answers",
    "the root's map deleted",
    "a container deleted",
    "a container under a value",
    "a container replaced",
    "an answer deleted",
    "a put beside what is visible",
    "one place twice",
    "a text one byte too long",
    "two characters at once",
    "a character overwritten",
];

/// Taken in; what is saved afterwards, everyone's answers with it, cannot be loaded.
const SPOILS: [&str; 11] = [
    "its own actor among the others",
    "a mark",
    "a run split in two",
    "a literal run of equal values",
    "a single value as a run",
    "a column of nothing but nulls",
    "operations that were taken",
    "a first change without a root",
    "a key in a text",
    "a deletion of nothing",
    "a deletion with a value",
];

/// It panics.
const PANICS: [&str; 16] = [
    "a foreign actor",
    "an actor of 15 bytes",
    "thousands of actors",
    "an actor listed twice",
    "actors out of order",
    "an actor that is not listed",
    "an actor listed that nothing names",
    "a first operation near 2^32",
    "a jump in the sequence",
    "a map that is not there",
    "an answer as a map",
    "a put over another's value",
    "a put over a foreign value",
    "a character in a map",
    "a character after nothing",
    "a character as a text",
];

fn outcome(document: &[u8], chunk: &[u8]) -> &'static str {
    let work = || -> Result<bool, automerge::AutomergeError> {
        let mut doc = Automerge::load(document)?;
        let change = Change::from_bytes(chunk.to_vec());
        let Ok(change) = change else { return Ok(false) };
        doc.apply_changes([change])?;
        Ok(Automerge::load(&doc.save()).is_ok())
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(true)) => "taken in",
        Ok(Ok(false)) => "spoils",
        Ok(Err(_)) => "refused",
        Err(_) => "panics",
    }
}

#[test]
fn what_automerge_alone_makes_of_them() {
    let (_, _, victim, cases) = scene();
    let document = victim.second.record.save();
    let expected = TAKEN_IN.map(|name| (name, "taken in")).into_iter();
    let expected = expected.chain(SPOILS.map(|name| (name, "spoils"))).chain(PANICS.map(|name| (name, "panics")));
    let mut changed = Vec::new();
    for (name, expected) in expected {
        let case = cases.iter().find(|case| case.name == name);
        let signed = SignedChange::open(&case.unwrap_or_else(|| panic!("no case {name}")).bytes).unwrap();
        let found = outcome(&document, signed.chunk());
        if found != expected {
            changed.push(format!("{name}: {found}, not {expected}"));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
