//! The golden samples in `tests/golden`: made here from fixed keys, times and randomness, compared and read back by
//! `tests/golden.rs`. What each file shows is in `tests/golden/README.md`.

mod record;
mod sealed;
mod stores;
mod wire;

use serde_json::{Map, Value};

pub use record::{campaign, golden_form};
pub use stores::{pairs, units};
pub use wire::{BUNDLE_KINDS, keys, root};

/// One committed file.
pub struct Sample {
    /// Its name below `tests/golden`.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Every sample.
pub fn samples() -> anyhow::Result<Vec<Sample>> {
    let history = record::history()?;
    let mut samples = vec![
        json("keys.json", wire::keys_json()),
        json("record-ids.json", wire::record_ids()),
        json("statements.json", wire::statements()),
        json("changes.json", history.changes_json()),
        json("record.json", history.record_json()?),
        Sample { name: "record.automerge", bytes: history.record.save() },
        json("messages.json", wire::messages(&history)),
        json("invitation.json", wire::invitation()),
        json("bundle.json", wire::bundle(&history)),
        json("encrypted-value.json", sealed::encrypted_value()?),
        json("sealed.json", sealed::sealed()?),
        json("vault.json", sealed::vault()?),
        json("sealed-bundle.json", sealed::sealed_bundle(&wire::bundle(&history))?),
    ];
    samples.extend(stores::samples()?);
    Ok(samples)
}

/// A sample as JSON with sorted keys, whatever features the JSON library was built with.
fn json(name: &'static str, value: Value) -> Sample {
    let mut bytes = match serde_json::to_vec_pretty(&sorted(value)) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("plain data failed to become JSON: {error}"),
    };
    bytes.push(b'\n');
    Sample { name, bytes }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(pairs.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
