//! What this device holds as a file, carried by hand to a colleague's phone or to the hub.
//!
//! A bundle proves itself to a stranger who knows the campaign's root key: it holds the issuing keys, the certificate of
//! every signer and what revokes either, then changes in causal order. It holds neither directory nor catalogue:
//! nothing is verified by them, the hub gives everyone the newest, and a file that may be left lying about should not
//! list everyone's names.

use std::collections::BTreeSet;

use super::{
    Replica, ReplicaError,
    entry::{self, Entry},
    held::Held,
    layout::{self, HELD, all, from_json, record_key, to_json},
    outbox,
};
use crate::{
    BlobId, DeviceId, RecordId,
    change::{Bundle, BundleError, SignedChange},
    identity::{SignedStatement, Statement},
    limits::{BUNDLE_BYTES_MAX, BUNDLE_ITEMS_MAX},
    store::Store,
};

/// Which work a bundle carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// Every record here, without what is *held*.
    All,
    /// One record, without what is *held* of it.
    Record(RecordId),
    /// What would be lost with this device: every record with something unsent, and all that is *held*. Such a record goes
    /// along whole, so that it can be verified and read where none of it is.
    Unsent,
}

impl<S: Store> Replica<S> {
    /// Writes a bundle. Nothing on this device changes by it: what is unsent stays unsent.
    pub fn export_bundle(&self, which: Carried) -> Result<Vec<u8>, ReplicaError> {
        let mut changes = Vec::new();
        match which {
            Carried::All => {
                for record in self.record_ids()? {
                    changes.extend(self.carried(record)?);
                }
            }
            Carried::Record(record) => changes = self.carried(record)?,
            Carried::Unsent => {
                for record in self.unsent_records()? {
                    let mut of_record = self.carried(record)?;
                    self.add_held(record, &mut of_record)?;
                    changes.extend(of_record);
                }
            }
        }
        let signers: BTreeSet<DeviceId> = changes.iter().map(SignedChange::device).collect();
        let statements = self.proofs(&signers)?;
        if changes.len() + statements.len() > BUNDLE_ITEMS_MAX {
            return Err(BundleError::TooLarge.into());
        }
        let statements = statements.iter().map(|signed| &signed.bytes[..]);
        let bundle = Bundle::write(self.root(), statements, changes.iter().map(SignedChange::bytes));
        if bundle.len() > BUNDLE_BYTES_MAX { Err(BundleError::TooLarge.into()) } else { Ok(bundle) }
    }

    /// All that would be lost with this device, for the campaign's administrators: [`Carried::Unsent`], then each draft as an
    /// item of the kind `draft` (the draft as JSON).
    pub fn export_for_administrator(&self) -> Result<Vec<u8>, ReplicaError> {
        let mut bundle = self.export_bundle(Carried::Unsent)?;
        for draft in self.drafts()? {
            Bundle::add(&mut bundle, "draft", &to_json(&draft));
        }
        if bundle.len() > BUNDLE_BYTES_MAX { Err(BundleError::TooLarge.into()) } else { Ok(bundle) }
    }

    /// Notes that what [`Replica::export_for_administrator`] gave lies whole where it was to be written.
    pub async fn note_handed_over(&mut self, bundle: &[u8]) -> Result<(), ReplicaError> {
        self.note_seen(&handed_over(bundle)).await
    }

    /// Whether all that would be lost with this device was handed over: what was typed, sent or learnt since makes another
    /// bundle, which was not.
    pub fn is_handed_over(&self) -> Result<bool, ReplicaError> {
        Ok(self.seen()?.contains(&handed_over(&self.export_for_administrator()?)))
    }

    /// The changes of a record, in causal order.
    fn carried(&self, record: RecordId) -> Result<Vec<SignedChange>, ReplicaError> {
        Ok(entry::entries(&self.store, record)?.into_iter().map(|Entry { signed, .. }| signed).collect())
    }

    fn unsent_records(&self) -> Result<BTreeSet<RecordId>, ReplicaError> {
        let unsent = outbox::items(&self.store).map(|item| Ok(item?.record));
        let mut records = unsent.collect::<Result<BTreeSet<RecordId>, ReplicaError>>()?;
        records.extend(self.held()?.into_iter().map(|held| held.record));
        Ok(records)
    }

    /// Adds what is held of a record, each change after those it builds on. One that builds on something that is nowhere
    /// comes last.
    fn add_held(&self, record: RecordId, changes: &mut Vec<SignedChange>) -> Result<(), ReplicaError> {
        let mut waiting = Vec::new();
        for (_, bytes) in all(&self.store, &record_key(HELD, record))? {
            let held: Held = from_json(&bytes)?;
            waiting.push(SignedChange::open(&held.bytes)?);
        }
        let mut there: BTreeSet<_> = changes.iter().map(SignedChange::hash).collect();
        while !waiting.is_empty() {
            let fits = |signed: &SignedChange| {
                signed.read().is_ok_and(|change| change.deps.iter().all(|dep| there.contains(dep)))
            };
            let at = waiting.iter().position(fits).unwrap_or(0);
            let next = waiting.remove(at);
            there.insert(next.hash());
            changes.push(next);
        }
        Ok(())
    }

    /// The statements by which a stranger verifies what these devices signed, in chain order.
    fn proofs(&self, signers: &BTreeSet<DeviceId>) -> Result<Vec<SignedStatement>, ReplicaError> {
        let issuing: BTreeSet<[u8; 16]> = self.trust.issuing_keys().map(|(id, _)| id.0).collect();
        let mut proofs = Vec::new();
        for bytes in layout::statements(&self.store)? {
            let signed = SignedStatement::open(&bytes)?;
            let needed = match &signed.statement {
                Statement::IssuingKey(_) => true,
                Statement::Certificate(certificate) => signers.contains(&certificate.device()),
                Statement::Revocation(revocation) => {
                    issuing.contains(&revocation.subject) || signers.contains(&DeviceId(revocation.subject))
                }
                _ => false,
            };
            if needed {
                proofs.push(signed);
            }
        }
        Ok(proofs)
    }
}

/// What remembers that a bundle was handed over: its digest.
fn handed_over(bundle: &[u8]) -> String {
    format!("handed-over {}", BlobId::of(bundle))
}
