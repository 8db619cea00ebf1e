//! The strict reader: whatever bytes it accepts are those it would write, and Automerge reads the same change.

use dongbo_core::change::{read_chunk, seal, write_chunk};

/// Bytes as they are, or, where the first is odd, sealed as the body of a chunk so that its checksum fits.
///
/// # Panics
/// With "finding" if accepted bytes are not what the reader would write.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let chunk = if first % 2 == 1 { seal(rest) } else { rest.to_vec() };
    let Ok(change) = read_chunk(&chunk) else { return };
    assert!(write_chunk(&change) == chunk, "finding: accepted in a form that is not written");
    let loaded = automerge::Change::from_bytes(chunk).expect("finding: Automerge does not read the chunk");
    assert_eq!(loaded.hash().0, change.hash.0, "finding: Automerge gives another hash");
    assert_eq!(loaded.len(), change.ops.len(), "finding: Automerge sees another number of operations");
}
