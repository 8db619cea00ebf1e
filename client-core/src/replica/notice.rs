//! What the person at this device must see: what was done to their store or records by somebody else's hand.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Replica, ReplicaError,
    layout::{ERASED_HERE, SEEN, all, from_json, to_json},
    outbox,
};
use crate::{
    DeviceId, RecordId,
    identity::{Erasure, Revocation},
    store::{Batch, Store},
};

/// Something that happened to a person's store or records by somebody else's hand. Shown until the person has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// An administrator reset the PIN of a device of this person's; every device of theirs says so.
    PinReset {
        /// The device.
        device: DeviceId,
        /// Whether it is this one.
        here: bool,
        /// When, by the campaign's clock, milliseconds since the Unix epoch.
        at_ms: i64,
    },
    /// This device is revoked: unsent work may be exported, then the store is to be wiped.
    Leaving {
        /// From when.
        at_ms: i64,
        /// Changes that the hub does not have.
        unsent: usize,
        /// Drafts.
        drafts: usize,
        /// Whether the campaign wants the store wiped.
        wipe: bool,
    },
    /// A record was erased by the campaign, with its reason.
    Erased {
        /// The record.
        record: RecordId,
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
}

impl Notice {
    /// What [`Replica::note_seen`] remembers it by.
    pub fn key(&self) -> String {
        match self {
            Self::PinReset { device, at_ms, .. } => format!("pin-reset {device} {at_ms}"),
            Self::Leaving { at_ms, .. } => format!("leaving {at_ms}"),
            Self::Erased { record, .. } => format!("erased {record}"),
        }
    }
}

impl<S: Store> Replica<S> {
    /// What the person must see and has not.
    pub fn notices(&self) -> Result<Vec<Notice>, ReplicaError> {
        let mut notices = Vec::new();
        if let Some(revocation) = self.revoked()? {
            let summary = self.summary()?;
            let unsent = summary.outbox + summary.held;
            let (at_ms, wipe) = (revocation.at_ms, revocation.wipe);
            notices.push(Notice::Leaving { at_ms, unsent, drafts: summary.drafts, wipe });
        }
        let owner = |device| self.trust.certificate(device).map(|certificate| certificate.member);
        let resets = self.trust.resets().filter(|reset| owner(reset.device) == owner(self.device()));
        notices.extend(resets.map(|reset| Notice::PinReset {
            device: reset.device,
            here: reset.device == self.device(),
            at_ms: reset.issued_ms,
        }));
        for erasure in self.erasures_here()? {
            let (record, at_ms, reason) = (erasure.record, erasure.at_ms, erasure.reason.clone());
            notices.push(Notice::Erased { record, at_ms, reason });
        }
        let seen = self.seen()?;
        // That a device is to end is said until it has.
        notices.retain(|notice| matches!(notice, Notice::Leaving { .. }) || !seen.contains(&notice.key()));
        Ok(notices)
    }

    /// The revocation of this device, if it is in force by the hub's clock when it was last heard from.
    pub fn revoked(&self) -> Result<Option<&Revocation>, ReplicaError> {
        let Some(revocation) = self.trust.revocation(self.device()) else { return Ok(None) };
        let heard_ms = self.last_heard_ms()?;
        Ok(heard_ms.is_some_and(|heard_ms| revocation.at_ms <= heard_ms).then_some(revocation))
    }

    /// Erasures of records that were on this device.
    pub fn erasures_here(&self) -> Result<Vec<&Erasure>, ReplicaError> {
        let mut erasures = Vec::new();
        for (key, _) in all(&self.store, &[ERASED_HERE])? {
            erasures.extend(self.trust.erasure(RecordId::try_from(&key[1..])?));
        }
        Ok(erasures)
    }

    /// What the person has seen, by the words of [`Replica::note_seen`].
    pub fn seen(&self) -> Result<BTreeSet<String>, ReplicaError> {
        Ok(self.store.get(SEEN)?.map(|bytes| from_json(&bytes)).transpose()?.unwrap_or_default())
    }

    /// Notes that the person has seen something.
    pub async fn note_seen(&mut self, what: &str) -> Result<(), ReplicaError> {
        let mut seen = self.seen()?;
        if !seen.insert(what.to_owned()) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(SEEN, to_json(&seen));
        Ok(self.store.commit(batch).await?)
    }

    /// Records of which the hub does not have everything.
    pub fn records_in_outbox(&self) -> Result<BTreeSet<RecordId>, ReplicaError> {
        outbox::items(&self.store).map(|item| Ok(item?.record)).collect()
    }
}
