//! What is fuzzed: each target is a function of bytes that panics on a finding. `docs/fuzzing.md` says how they are run.

pub mod afterwards;
pub mod bundle;
pub mod campaign;
pub mod change_body;
pub mod chunk;
pub mod cursor;
pub mod differential;
pub mod envelope;
pub mod generate;
pub mod history;
pub mod hub;
pub mod input;
pub mod invitation;
pub mod message;
pub mod model;
pub mod samples;
pub mod small_hub;
pub mod statement;
pub mod trial;
pub mod values;

/// A target's name, as the folder of its corpus and its program have it, and what runs one input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("bundle", bundle::run),
    ("campaign", campaign::run),
    ("change_body", change_body::run),
    ("chunk", chunk::run),
    ("cursor", cursor::run),
    ("differential", differential::run),
    ("envelope", envelope::run),
    ("hub", hub::run),
    ("invitation", invitation::run),
    ("message", message::run),
    ("statement", statement::run),
];
