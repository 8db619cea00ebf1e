//! The log of deeds: which commands of administrators changed something, who gave them, when and about what. It holds no
//! secrets: no invitation's code, no key, nothing sealed.
//!
//! A deed lies in the same commit as the first thing it changed, so that neither is there without the other.

use std::collections::BTreeSet;

use dongbo_core::{
    DeviceId, MemberId, UnitId,
    store::{Batch, Read, Store},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Hub, HubError,
    layout::{DEED, from_json, sequence_key, sequence_of, to_json},
};

/// Deeds kept; the oldest leave first.
pub const DEEDS_MAX: u64 = 200_000;

/// A command that changed something. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Layout version, 1.
    pub format: u32,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who; none: somebody at the hub's own shell.
    pub member: Option<MemberId>,
    /// By which device.
    pub device: Option<DeviceId>,
    /// The command.
    pub command: String,
    /// The command's own fields, without secrets.
    pub about: Value,
    /// The units it was about; none: the campaign as a whole.
    pub units: BTreeSet<UnitId>,
}

/// Adds a deed to what is about to be committed.
pub(super) fn put(store: &impl Read, batch: &mut Batch, deed: &Deed) -> Result<(), HubError> {
    let next = last(store)? + 1;
    batch.put(sequence_key(DEED, next), to_json(deed));
    if next > DEEDS_MAX {
        batch.delete(sequence_key(DEED, next - DEEDS_MAX));
    }
    Ok(())
}

fn last(store: &impl Read) -> Result<u64, HubError> {
    Ok(store.last(&[DEED])?.and_then(|(key, _)| sequence_of(&key)).unwrap_or(0))
}

impl<S: Store> Hub<S> {
    /// Does what is asked; the deed is written with the first thing that it commits. What commits nothing changed nothing,
    /// and is no deed.
    pub fn doing<T>(
        &mut self,
        deed: Option<Deed>,
        work: impl FnOnce(&mut Self) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        self.deed = deed;
        let done = work(self);
        self.deed = None;
        done
    }

    /// The deeds that `is_asked`, newest first, at most `limit`.
    pub fn deeds(&self, limit: usize, is_asked: impl Fn(&Deed) -> bool) -> Result<Vec<Deed>, HubError> {
        let mut found = Vec::new();
        for sequence in (1..=last(&self.store)?).rev() {
            // Below the first that is still kept there is none.
            let Some(bytes) = self.store.get(&sequence_key(DEED, sequence))? else { break };
            let deed: Deed = from_json(&bytes)?;
            if found.len() == limit {
                break;
            }
            if is_asked(&deed) {
                found.push(deed);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SAMPLE: &str = r#"{"format":1,"at_ms":1795824000000,"member":"01010101-0101-0101-0101-010101010101","device":"02020202020202020202020202020202","command":"grant","about":{"role":"commune_officer","unit":"26572"},"units":["26572"]}"#;
    const AT_THE_SHELL: &str =
        r#"{"format":1,"at_ms":1795824000000,"member":null,"device":null,"command":"rebuild","about":{},"units":[]}"#;

    #[test]
    fn golden_samples() {
        let by_member = Deed {
            format: 1,
            at_ms: 1_795_824_000_000,
            member: Some(MemberId([1; 16])),
            device: Some(DeviceId([2; 16])),
            command: "grant".into(),
            about: json!({"unit": "26572", "role": "commune_officer"}),
            units: BTreeSet::from(["26572".parse().unwrap()]),
        };
        let at_the_shell = Deed {
            member: None,
            device: None,
            command: "rebuild".into(),
            about: json!({}),
            units: BTreeSet::new(),
            ..by_member.clone()
        };
        for (sample, deed) in [(SAMPLE, by_member), (AT_THE_SHELL, at_the_shell)] {
            assert_eq!(from_json::<Deed>(sample.as_bytes()).unwrap(), deed);
            assert_eq!(String::from_utf8(to_json(&deed)).unwrap(), sample);
        }
    }
}
