//! `verify` and `rebuild`: the ledger is the truth, everything else can be made again from it.

use std::collections::BTreeSet;

use dongbo_core::{
    RecordId,
    change::SignedChange,
    record::read_row,
    rollup::Projection,
    store::{Batch, MemoryStore, Overlay, Store},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    Hub, HubError, admin, admission,
    layout::{DERIVED, ENTRY, all, sequence_of},
    ledger::{self, Entry, EntryKind, chain},
    statement::read_trust,
};

/// Keys one batch of a rebuild may write.
const REBUILD_KEYS: usize = 20_000;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The ledger entry, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// What was found.
    pub problem: String,
}

/// What `verify` found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Ledger entries walked.
    pub entries: u64,
    /// Changes whose signature, structure and place hold.
    pub changes: u64,
    /// Statements whose chain holds.
    pub statements: u64,
    /// Records rebuilt.
    pub records: u64,
    /// Derived keys (indexes, rows, roll-ups) compared with a rebuild.
    pub derived_keys: u64,
    /// What is not as it must be.
    pub problems: Vec<Problem>,
}

impl<S: Store> Hub<S> {
    /// Walks the ledger: hash chain, digests, signatures, order; then compares indexes, rows and roll-ups with a
    /// rebuild. Changes nothing.
    pub async fn verify(&self) -> Result<AuditReport, HubError> {
        let mut report = AuditReport::default();
        let mut previous = [0; 32];
        let mut seen: BTreeSet<(RecordId, [u8; 32])> = BTreeSet::new();
        for expected in 1..=self.head {
            report.entries += 1;
            match ledger::entry(&self.store, expected) {
                Ok(entry) => self.verify_entry(expected, &entry, &mut previous, &mut seen, &mut report),
                Err(error) => report.note(Some(expected), error.to_string()),
            }
        }
        if let Err(error) = read_trust(&self.store, self.config.root_key) {
            report.note(None, format!("the statements do not hold: {error}"));
        }
        let rebuilt = self.rebuild_into_memory().await?;
        self.compare(&rebuilt, &mut report)?;
        report.records = admin::record_ids(&rebuilt)?.len() as u64;
        Ok(report)
    }

    fn verify_entry(
        &self,
        sequence: u64,
        entry: &Entry,
        previous: &mut [u8; 32],
        seen: &mut BTreeSet<(RecordId, [u8; 32])>,
        report: &mut AuditReport,
    ) {
        let at = Some(sequence);
        if entry.kind != EntryKind::Erased && *entry.digest != Sha256::digest(&entry.bytes[..])[..] {
            report.note(at, "the bytes do not fit their digest");
        }
        *previous = chain(previous, sequence, entry.received_ms, &entry.digest);
        if *entry.chain != previous[..] {
            report.note(at, "the chain does not follow from the entry before");
            *previous = entry.chain.as_slice().try_into().unwrap_or(*previous);
        }
        match entry.kind {
            EntryKind::Statement => report.statements += 1,
            EntryKind::Erased => {}
            EntryKind::Change => match self.verify_change(entry, seen) {
                Ok(()) => report.changes += 1,
                Err(problem) => report.note(at, problem),
            },
        }
    }

    fn verify_change(&self, entry: &Entry, seen: &mut BTreeSet<(RecordId, [u8; 32])>) -> Result<(), String> {
        let signed = SignedChange::open(&entry.bytes).map_err(|e| e.to_string())?;
        if Some(signed.record()) != entry.record || Some(signed.hash()) != entry.hash {
            return Err("the entry names another change than its bytes hold".into());
        }
        let certificate = self.trust.certificate(signed.device()).ok_or("the signer is unknown")?;
        signed.verify(self.trust.root(), &certificate.key).map_err(|e| e.to_string())?;
        let change = signed.read().map_err(|e| e.to_string())?;
        if change.deps.iter().any(|dep| !seen.contains(&(signed.record(), dep.0))) {
            return Err("it comes before a change it builds on".into());
        }
        if !seen.insert((signed.record(), change.hash.0)) {
            return Err("the change stands here a second time".into());
        }
        Ok(())
    }

    fn compare(&self, rebuilt: &MemoryStore, report: &mut AuditReport) -> Result<(), HubError> {
        for prefix in DERIVED.into_iter().chain(Projection::prefixes()) {
            let (live, again) = (all(&self.store, &[prefix])?, all(rebuilt, &[prefix])?);
            report.derived_keys += live.len() as u64;
            if live != again {
                let differ = live.iter().filter(|pair| !again.contains(pair)).count()
                    + again.iter().filter(|pair| !live.contains(pair)).count();
                let kind = char::from(prefix);
                report.note(None, format!("{differ} derived values of kind {kind:?} differ from a rebuild"));
            }
        }
        Ok(())
    }

    /// Makes indexes, rows and roll-ups again from the ledger.
    pub async fn rebuild(&mut self) -> Result<(), HubError> {
        let rebuilt = self.rebuild_into_memory().await?;
        for prefix in DERIVED.into_iter().chain(Projection::prefixes()) {
            let mut batch = Batch::new();
            for (key, _) in all(&self.store, &[prefix])? {
                batch.delete(key);
            }
            for (key, value) in all(&rebuilt, &[prefix])? {
                batch.put(key, value);
                if batch.len() >= REBUILD_KEYS {
                    self.store.commit(std::mem::take(&mut batch)).await?;
                }
            }
            self.store.commit(batch).await?;
        }
        self.reload()?;
        // Nothing but the deed, if it is one: the rest is written in parts above.
        self.commit(Batch::new()).await
    }

    /// Indexes and projections made from nothing but the ledger.
    async fn rebuild_into_memory(&self) -> Result<MemoryStore, HubError> {
        let mut memory = MemoryStore::new();
        let mut overlay = Overlay::new(&memory);
        for (key, value) in all(&self.store, &[ENTRY])? {
            let (entry, sequence) = (Entry::from_bytes(&value)?, sequence_of(&key).unwrap_or(0));
            let signed = match entry.kind {
                EntryKind::Change => SignedChange::open(&entry.bytes).ok(),
                _ => None,
            };
            ledger::index(&mut overlay, sequence, &entry, signed.as_ref());
            overlay.put(key, value);
        }
        let batch = overlay.into_batch();
        memory.commit(batch).await?;
        let Some(rules) = self.trust.rules() else { return Ok(memory) };
        let mut overlay = Overlay::new(&memory);
        for ids in admin::record_ids(&memory)?.chunks(admin::PROJECTED_AT_ONCE) {
            let mut rows = Vec::new();
            for id in ids {
                let Ok(record) = admission::load(&memory, *id) else { continue };
                let Ok(origin) = record.origin() else { continue };
                rows.extend(read_row(&record, rules.form(&origin.origin.form)));
            }
            Projection::put(&mut overlay, &rules.campaign, &rows)?;
        }
        let batch = overlay.into_batch();
        memory.commit(batch).await?;
        Ok(memory)
    }
}

impl AuditReport {
    fn note(&mut self, sequence: Option<u64>, problem: impl Into<String>) {
        self.problems.push(Problem { sequence, problem: problem.into() });
    }

    /// Whether everything is as it must be.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}
