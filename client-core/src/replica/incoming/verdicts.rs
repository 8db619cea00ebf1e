//! What the hub says of the changes that were sent: admitted, left undecided, refused.

use super::Intake;
use crate::{
    ChangeHash, RecordId,
    identity::SignedStatement,
    replica::{
        ReplicaError,
        entry::{self, Entry, State},
        held,
        layout::{self, CHANGE, OFFER, all, change_key},
        outbox::{self, Waiting},
    },
    store::Store,
    sync::Refused,
};

/// Codes after which a change stays in the outbox: what it lacks is sent with it next time, or someone decides.
const STAYS: [&str; 5] = ["missing_dependency", "unknown_device", "unknown_form", "unknown_unit", "needs_approval"];

impl<S: Store> Intake<'_, S> {
    pub(super) fn admitted(&mut self, record: RecordId, hash: ChangeHash, state: State) -> Result<(), ReplicaError> {
        if let Some(loaded) = self.loaded.get_mut(&record) {
            if let Some(at) = loaded.entries.iter().position(|entry| entry.hash() == hash) {
                loaded.entries[at].state = state;
                loaded.write(&mut self.store, at);
            }
        } else {
            // Only the state changes: no document is needed for that.
            let entries = entry::entries(&self.store, record)?;
            if let Some((at, entry)) = entries.into_iter().enumerate().find(|(_, entry)| entry.hash() == hash) {
                self.store.put(change_key(record, at), Entry { state, ..entry }.to_bytes());
            }
        }
        outbox::remove(&mut self.store, record, hash)
    }

    pub(super) fn refused(&mut self, refused: &Refused) -> Result<(), ReplicaError> {
        let named = self.named(refused)?;
        let refused = &named;
        if !STAYS.contains(&refused.code.as_str()) {
            return self.refuse(refused.record, refused.hash, &refused.code, refused.detail.as_deref());
        }
        self.undecided.insert(refused.hash);
        self.progress.undecided += 1;
        let waiting = Waiting { code: refused.code.clone(), detail: refused.detail.clone() };
        outbox::wait(&mut self.store, refused.record, refused.hash, waiting)?;
        if refused.code == "unknown_device" {
            self.offer_certificate(refused)?;
        }
        Ok(())
    }

    /// Bytes in which the hub found no envelope are named by their SHA-256; here it is known which change they were.
    pub(super) fn named(&self, refused: &Refused) -> Result<Refused, ReplicaError> {
        if refused.record != RecordId([0; 16]) {
            return Ok(refused.clone());
        }
        for (_, bytes) in all(&self.store, &[CHANGE])? {
            let signed = Entry::from_bytes(&bytes)?.signed;
            if crate::BlobId::of(signed.bytes()).0 == refused.hash.0 {
                return Ok(Refused { record: signed.record(), hash: signed.hash(), ..refused.clone() });
            }
        }
        Ok(refused.clone())
    }

    /// The hub does not know a signer: its certificate and the issuing keys go along next time.
    pub(super) fn offer_certificate(&mut self, refused: &Refused) -> Result<(), ReplicaError> {
        let loaded = self.loaded(refused.record)?;
        let entry = loaded.entries.iter().find(|entry| entry.hash() == refused.hash);
        let Some(device) = entry.map(|entry| entry.signed.device()) else { return Ok(()) };
        for bytes in layout::statements(&self.store)? {
            let signed = SignedStatement::open(&bytes)?;
            let needed = match &signed.statement {
                crate::identity::Statement::IssuingKey(_) => true,
                crate::identity::Statement::Certificate(certificate) => certificate.device() == device,
                _ => false,
            };
            if needed {
                self.store.put([&[OFFER], &signed.id[..]].concat(), bytes);
            }
        }
        Ok(())
    }

    /// Refused for good: the change and its descendants move to *held*; others' changes that came from the hub are
    /// dropped with their branch.
    pub(super) fn refuse(
        &mut self,
        record: RecordId,
        hash: ChangeHash,
        code: &str,
        detail: Option<&str>,
    ) -> Result<(), ReplicaError> {
        let now_ms = self.now_ms;
        self.loaded(record)?;
        let Some(mut loaded) = self.loaded.remove(&record) else { return Ok(()) };
        if !loaded.record.graph().contains(&hash) {
            self.loaded.insert(record, loaded);
            return outbox::remove(&mut self.store, record, hash);
        }
        let moved = held::hold(&mut self.store, &mut loaded, hash, code, detail, now_ms)?;
        self.progress.held += moved.len();
        for hash in moved {
            outbox::remove(&mut self.store, record, hash)?;
        }
        self.loaded.insert(record, loaded);
        self.touched.insert(record);
        // What the refused change stood in the way of (its own device's change with the same number) may apply now.
        self.retry_quarantined(record)
    }
}
