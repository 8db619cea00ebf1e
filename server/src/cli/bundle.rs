//! `dongbo import-bundle`: a bundle goes to the hub in parts, so that devices are answered between them.

use std::{fs, path::Path};

use anyhow::Context as _;
use dongbo_core::change::Bundle;
use serde_json::{Value, json};

use crate::admin::AdminCommand;

/// Signed bytes in one part. A part is a bundle of its own, and in hex it fits the admin socket.
const PART_BYTES_MAX: usize = 4 << 20;

/// A file in parts, with the place of each item of a part in the file.
pub(super) struct Parts {
    parts: Vec<(Vec<u8>, Vec<usize>)>,
    unreadable: Vec<Value>,
}

impl Parts {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let bundle = Bundle::read(&bytes).with_context(|| format!("{}; nothing was changed", file.display()))?;
        let statements = bundle.statement_items.iter().zip(bundle.statements.iter().map(|signed| &signed.bytes[..]));
        let changes = bundle.change_items.iter().zip(bundle.changes.iter().map(|signed| signed.bytes()));
        let (mut parts, mut part, mut size) = (Vec::new(), Part::default(), 0);
        for (is_change, (item, bytes)) in
            statements.map(|found| (false, found)).chain(changes.map(|found| (true, found)))
        {
            if size + bytes.len() > PART_BYTES_MAX && size > 0 {
                parts.push(std::mem::take(&mut part).write(&bundle));
                size = 0;
            }
            size += bytes.len();
            part.items.push(*item);
            if is_change { part.changes.push(bytes) } else { part.statements.push(bytes) }
        }
        parts.push(part.write(&bundle));
        let unreadable = bundle.unreadable.iter().map(|unreadable| {
            json!({
                "item": unreadable.item, "record": null, "change": null, "code": "malformed_envelope",
                "detail": unreadable.problem,
            })
        });
        Ok(Self { parts, unreadable: unreadable.collect() })
    }

    /// Sends each part; what all of them brought.
    pub(super) fn send(self, mut ask: impl FnMut(&AdminCommand) -> anyhow::Result<Value>) -> anyhow::Result<Value> {
        let mut counts = [("statements", 0), ("admitted", 0), ("already_here", 0)];
        let mut refused = self.unreadable;
        for (bytes, items) in self.parts {
            let answer = ask(&AdminCommand::ImportBundle { bundle: hex::encode(bytes) })?;
            for (key, count) in &mut counts {
                *count += answer[*key].as_u64().unwrap_or_default();
            }
            for mut found in answer["refused"].as_array().cloned().unwrap_or_default() {
                let at = found["item"].as_u64().and_then(|item| usize::try_from(item).ok()).unwrap_or_default();
                found["item"] = json!(at.checked_sub(1).and_then(|at| items.get(at)));
                refused.push(found);
            }
        }
        refused.sort_by_key(|refused| refused["item"].as_u64());
        let mut answer: serde_json::Map<_, _> =
            counts.into_iter().map(|(key, count)| (key.to_owned(), json!(count))).collect();
        answer.insert("refused".into(), json!(refused));
        Ok(answer.into())
    }
}

#[derive(Default)]
struct Part<'a> {
    items: Vec<usize>,
    statements: Vec<&'a [u8]>,
    changes: Vec<&'a [u8]>,
}

impl Part<'_> {
    fn write(self, bundle: &Bundle) -> (Vec<u8>, Vec<usize>) {
        (Bundle::write(bundle.root, self.statements, self.changes), self.items)
    }
}
