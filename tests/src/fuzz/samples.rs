//! The committed samples as something to begin from.

use std::sync::OnceLock;

use serde_json::Value;

/// The sample record's chunks, each after those it builds on.
pub fn chunks() -> &'static [Vec<u8>] {
    static CHUNKS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    CHUNKS.get_or_init(|| listed(include_str!("../../golden/changes.json"), "changes", "chunk"))
}

/// The sample record's changes in their envelopes, in the same order.
pub fn signed_changes() -> &'static [Vec<u8>] {
    static SIGNED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SIGNED.get_or_init(|| listed(include_str!("../../golden/changes.json"), "changes", "bytes"))
}

/// One signed statement of every kind, in chain order.
pub fn statements() -> &'static [Vec<u8>] {
    static STATEMENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    STATEMENTS.get_or_init(|| listed(include_str!("../../golden/statements.json"), "statements", "bytes"))
}

/// The hexadecimal content of one key of every item.
fn listed(sample: &str, list: &str, key: &str) -> Vec<Vec<u8>> {
    let sample: Value = serde_json::from_str(sample).expect("a committed sample is JSON");
    let items = sample[list].as_array().expect("a committed sample is a list");
    items.iter().map(|item| hex::decode(item[key].as_str().unwrap_or_default()).expect("hexadecimal")).collect()
}
