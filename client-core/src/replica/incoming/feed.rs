//! Changes that arrive: verified, applied, or quarantined with their reason.

use std::collections::BTreeSet;

use super::{
    Intake,
    journal::{CRASHES_MAX, crashes},
};
use crate::{
    ChangeHash, RecordId,
    change::SignedChange,
    judged::{Judged, Unverified},
    parallel,
    record::RecordError,
    replica::{
        ReplicaError,
        entry::{Entry, State, spent},
        held::Quarantined,
        layout::{HELD, QUARANTINE, SUSPECT, all, change_key, from_json, hash_key, record_key, spent_key, to_json},
    },
    store::{Read, Store},
    sync::FeedItem,
};

/// Why a change that arrived is not applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unapplied {
    /// It may be what ends the program.
    #[error("the program ended while a change of this record was applied")]
    Crashed,
    /// This device could not look.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// It proves nothing.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// What it builds on is not here.
    #[error("it builds on {0}, which is not here")]
    Missing(ChangeHash),
    /// The record does not take it.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A change of a page, as far as it is known before it is judged.
enum Arrived {
    /// Of a record that is not here yet: it can be judged beside others.
    New(SignedChange),
    /// Of a record that is here, or at which the program ended.
    Known(SignedChange),
    /// Without an envelope there is no record to quarantine it under; the bytes are kept under their hash.
    Nameless(String),
}

impl<S: Store> Intake<'_, S> {
    /// The changes of a page, each in its turn.
    pub(super) fn changes(&mut self, items: &[FeedItem]) -> Result<(), ReplicaError> {
        let arrived = items.iter().map(|item| self.open(item)).collect::<Result<Vec<_>, ReplicaError>>()?;
        let trust = &self.trust;
        let judged = parallel::map(&arrived, |arrived| match arrived {
            Arrived::New(signed) => Some(Judged::of(signed, trust)),
            _ => None,
        });
        for (item, (arrived, judged)) in items.iter().zip(arrived.into_iter().zip(judged)) {
            match arrived {
                Arrived::New(signed) | Arrived::Known(signed) => self.change(item, signed, judged)?,
                Arrived::Nameless(reason) => {
                    let hash = ChangeHash(crate::BlobId::of(&item.change).0);
                    self.quarantine(RecordId([0; 16]), hash, reason, item)?;
                }
            }
        }
        Ok(())
    }

    fn open(&self, item: &FeedItem) -> Result<Arrived, ReplicaError> {
        let signed = match SignedChange::open(&item.change) {
            Ok(signed) => signed,
            Err(error) => return Ok(Arrived::Nameless(error.to_string())),
        };
        let record = signed.record();
        let is_new = self.store.get(&change_key(record, 0))?.is_none() && crashes(&self.store, record)? == 0;
        Ok(if is_new { Arrived::New(signed) } else { Arrived::Known(signed) })
    }

    fn change(&mut self, item: &FeedItem, signed: SignedChange, judged: Option<Judged>) -> Result<(), ReplicaError> {
        let state = State::Received { sequence: item.sequence, received_ms: item.received_ms, is_final: item.is_final };
        let (record, hash) = (signed.record(), signed.hash());
        if self.loaded(record)?.entries.iter().any(|entry| entry.hash() == hash) {
            return self.admitted(record, hash, state);
        }
        if self.trust.erasure(record).is_some() {
            return Ok(());
        }
        match self.apply(signed, judged, state) {
            Ok(()) => {
                self.progress.received += 1;
                self.after_applied(record, hash)?;
                if !self.any_quarantined {
                    return Ok(());
                }
                self.store.delete(hash_key(QUARANTINE, record, hash));
                self.retry_quarantined(record)
            }
            Err(reason) => self.quarantine(record, hash, reason.to_string(), item),
        }
    }

    /// Verifies and applies.
    pub(super) fn apply(
        &mut self,
        signed: SignedChange,
        judged: Option<Judged>,
        state: State,
    ) -> Result<(), Unapplied> {
        let record = signed.record();
        let crashes = crashes(&self.store, record)?;
        if crashes >= CRASHES_MAX {
            return Err(Unapplied::Crashed);
        }
        let judged = judged.unwrap_or_else(|| Judged::of(&signed, &self.trust));
        let change = judged.change?;
        let loaded = self.loaded(record)?;
        if let Some(missing) = loaded.record.graph().missing(&change) {
            return Err(Unapplied::Missing(missing));
        }
        match judged.alone.filter(|_| loaded.entries.is_empty()) {
            Some(alone) => loaded.record = alone?,
            None => loaded.record.apply(change, signed.chunk())?,
        }
        loaded.entries.push(Entry { state, signed });
        let at = loaded.entries.len() - 1;
        let bytes = loaded.entries[at].to_bytes();
        self.store.put(change_key(record, at), bytes);
        self.touched.insert(record);
        if crashes > 0 {
            self.store.delete(record_key(SUSPECT, record));
        }
        Ok(())
    }

    pub(super) fn after_applied(&mut self, record: RecordId, hash: ChangeHash) -> Result<(), ReplicaError> {
        let key = hash_key(HELD, record, hash);
        let was_held = self.store.get(&key)?.is_some();
        if was_held {
            self.store.delete(key);
        }
        let device = self.device;
        let loaded = self.loaded(record)?;
        let own = loaded.record.graph().change(&hash).filter(|change| change.actor.device() == device);
        if own.is_none() || was_held {
            return Ok(());
        }
        // Our own change that this store lacked: it was restored from an older copy. Whatever our actors did in this
        // record since is unknown, so none of them is used again here.
        let actors: BTreeSet<_> = loaded.record.graph().changes().iter().map(|change| change.actor).collect();
        let known = spent(&self.store, record)?;
        for actor in actors.into_iter().filter(|actor| actor.device() == device && !known.contains(actor)) {
            self.store.put(spent_key(record, actor), Vec::new());
        }
        Ok(())
    }

    pub(super) fn quarantine(
        &mut self,
        record: RecordId,
        hash: ChangeHash,
        reason: String,
        item: &FeedItem,
    ) -> Result<(), ReplicaError> {
        self.progress.quarantined += 1;
        self.any_quarantined = true;
        let key = hash_key(QUARANTINE, record, hash);
        // The name does not cover the signature, nor a chunk's magic: other bytes under the same name must not push out
        // the genuine change, which waits to be tried again.
        let kept: Option<Quarantined> = self.store.get(&key)?.map(|bytes| from_json(&bytes)).transpose()?;
        if kept.is_some_and(|kept| self.is_genuine(&kept.bytes)) {
            return Ok(());
        }
        let quarantined = Quarantined {
            record,
            hash,
            reason,
            sequence: item.sequence,
            received_ms: item.received_ms,
            is_final: item.is_final,
            bytes: item.change.to_vec(),
        };
        self.store.put(key, to_json(&quarantined));
        Ok(())
    }

    /// Whether this is a readable change that a known device signed. No other bytes of its name are.
    fn is_genuine(&self, bytes: &[u8]) -> bool {
        let Ok(signed) = SignedChange::open(bytes) else { return false };
        let certificate = self.trust.certificate(signed.device());
        let verifies = |key| signed.verify(self.trust.root(), key).is_ok();
        certificate.is_some_and(|certificate| verifies(&certificate.key)) && signed.read().is_ok()
    }

    /// What was quarantined because something was missing may apply now.
    pub(super) fn retry_quarantined(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        loop {
            let mut applied = false;
            for (key, bytes) in all(&self.store, &record_key(QUARANTINE, record))? {
                let waiting: Quarantined = from_json(&bytes)?;
                let state = State::Received {
                    sequence: waiting.sequence,
                    received_ms: waiting.received_ms,
                    is_final: waiting.is_final,
                };
                let Ok(signed) = SignedChange::open(&waiting.bytes) else { continue };
                if self.apply(signed, None, state).is_ok() {
                    self.store.delete(key);
                    self.after_applied(record, waiting.hash)?;
                    applied = true;
                }
            }
            if !applied {
                return Ok(());
            }
        }
    }
}
