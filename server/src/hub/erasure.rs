//! Erasures: what an erasure statement does at the hub, whether an administrator has it signed here, a device brings it,
//! or the list beside the store holds it.
//!
//! The content is gone from every answer at once. It is gone from the disk when the store has been written anew, because
//! sled keeps old pages; until then the erasure is *noted* and not done.

use std::{io, sync::Arc};

use dongbo_core::{
    RecordId,
    change::SignedChange,
    identity::{Erasure, SignedStatement, Statement, Trust},
    rollup::Projection,
    store::{Batch, Overlay, Read, Store, StoreError},
};
use serde::{Deserialize, Serialize};

use super::{
    Hub, HubError,
    layout::{ERASED, PENDING, RECORD, from_json, record_prefix, sequence_key, sequence_of, to_json},
    ledger::{self, EntryKind},
    statement,
};

/// The longest reason, in bytes. It is signed, sent to every device and kept for ever: no personal data belongs in it.
pub const REASON_BYTES_MAX: usize = 1 << 10;

/// Where the erasures are kept beside the store, so that a store put back from an older copy forgets none of them.
pub trait ErasureList {
    /// Adds those statements that are not in it yet, issuing keys before what they signed. Durable once this returns.
    fn keep(&mut self, statements: &[Arc<SignedStatement>]) -> io::Result<()>;
}

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// Gone from every answer; old pages of the store may still hold it.
    Noted,
    /// Done: the store has been written anew since.
    Rewritten,
}

/// An erasure and how far it has come here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasureInfo {
    /// The record.
    pub record: RecordId,
    /// When it was decided, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// Whether it is done.
    pub state: ErasureState,
    /// When the content was removed here, milliseconds since the Unix epoch.
    pub noted_ms: i64,
    /// When the store had been written anew, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewritten_ms: Option<i64>,
}

/// What the store keeps of an erasure. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    format: u32,
    noted_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewritten_ms: Option<i64>,
}

/// Removes a record's content from the store and notes that the store must be written anew. Its entries in the ledger
/// keep their places, hashes and signers, so that the chain still holds.
pub(super) fn erase(
    store: &mut Overlay<'_, impl Read>,
    trust: &Trust,
    record: RecordId,
    now_ms: i64,
) -> Result<(), HubError> {
    if let Some(rules) = trust.rules() {
        Projection::remove(store, &rules.campaign, record)?;
    }
    for key in store.keys(&record_prefix(RECORD, record), None, usize::MAX)? {
        let sequence = sequence_of(&key).unwrap_or(0);
        let mut entry = ledger::entry(store, sequence)?;
        if entry.kind == EntryKind::Change {
            entry.device = SignedChange::open(&entry.bytes).ok().map(|signed| signed.device());
            entry.kind = EntryKind::Erased;
            entry.bytes = Vec::new().into();
            store.put(sequence_key(super::layout::ENTRY, sequence), entry.to_bytes());
        }
        store.delete(key);
    }
    for key in store.keys(&record_prefix(PENDING, record), None, usize::MAX)? {
        store.delete(key);
    }
    store.put(record_prefix(ERASED, record), to_json(&Noted { format: 1, noted_ms: now_ms, rewritten_ms: None }));
    Ok(())
}

impl<S: Store> Hub<S> {
    /// Signs the erasure of a record and removes its content here. Repeating it changes nothing.
    pub async fn erase(&mut self, record: RecordId, reason: &str, now_ms: i64) -> Result<ErasureInfo, HubError> {
        if self.trust.erasure(record).is_none() {
            let reason = reason.trim();
            if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
                return Err(HubError::Invalid(format!(
                    "an erasure needs a reason of at most {REASON_BYTES_MAX} bytes, without personal data; nothing was erased"
                )));
            }
            let held = |kind| Ok::<_, StoreError>(!self.store.keys(&record_prefix(kind, record), None, 1)?.is_empty());
            if !held(RECORD)? && !held(PENDING)? {
                return Err(HubError::NotFound(format!("record {record} here; nothing was erased")));
            }
            let erasure = Erasure { record, at_ms: now_ms, reason: reason.to_owned() };
            self.issue(&[Statement::Erasure(erasure)], now_ms).await?;
        }
        self.list_erasures()?;
        let erased = self.erasures()?.into_iter().find(|info| info.record == record);
        erased.ok_or_else(|| HubError::Stored(format!("the erasure of {record}")))
    }

    /// Every erasure with how far it has come here, by time.
    pub fn erasures(&self) -> Result<Vec<ErasureInfo>, HubError> {
        let mut infos = Vec::with_capacity(self.trust.erasures().len());
        for erasure in self.trust.erasures() {
            let noted = self.noted(erasure.record)?;
            let rewritten_ms = noted.as_ref().and_then(|noted| noted.rewritten_ms);
            infos.push(ErasureInfo {
                record: erasure.record,
                at_ms: erasure.at_ms,
                reason: erasure.reason.clone(),
                state: if rewritten_ms.is_some() { ErasureState::Rewritten } else { ErasureState::Noted },
                noted_ms: noted.map_or(erasure.at_ms, |noted| noted.noted_ms),
                rewritten_ms,
            });
        }
        infos.sort_by_key(|info| info.at_ms);
        Ok(infos)
    }

    fn noted(&self, record: RecordId) -> Result<Option<Noted>, HubError> {
        self.store.get(&record_prefix(ERASED, record))?.map(|bytes| from_json(&bytes)).transpose()
    }

    /// Believes the statements of the list beside the store, and removes what an erasure names and the store still
    /// holds: a store put back from an older copy, or one of a program that only noted erasures. To be called before
    /// anything is served.
    pub async fn enforce_erasures(&mut self, listed: &[Vec<u8>], now_ms: i64) -> Result<(), HubError> {
        let mut admission = self.admission();
        for bytes in listed {
            let trust = Arc::make_mut(&mut admission.trust);
            statement::append(&mut admission.store, trust, &mut admission.ledger, bytes, now_ms)?;
        }
        for erasure in Arc::clone(&admission.trust).erasures() {
            if admission.store.get(&record_prefix(ERASED, erasure.record))?.is_none() {
                erase(&mut admission.store, &admission.trust, erasure.record, now_ms)?;
            }
        }
        let done = admission.finish();
        self.keep(done).await
    }

    /// What is to be put into the new files when the store is written anew; `None`: no erasure waits for that.
    pub fn rewriting(&self, now_ms: i64) -> Result<Option<Batch>, HubError> {
        let mut batch = Batch::new();
        for erasure in self.trust.erasures() {
            if let Some(noted) = self.noted(erasure.record)?.filter(|noted| noted.rewritten_ms.is_none()) {
                let done = Noted { rewritten_ms: Some(now_ms), ..noted };
                batch.put(record_prefix(ERASED, erasure.record), to_json(&done));
            }
        }
        Ok(Some(batch).filter(|batch| !batch.is_empty()))
    }

    /// Keeps erasures, those so far and those to come, in a list beside the store as well.
    pub fn keep_erasures_in(&mut self, list: Box<dyn ErasureList>) -> Result<(), HubError> {
        (self.erasure_list, self.erasures_listed) = (Some(list), None);
        self.list_erasures()
    }

    /// Adds erasures to the list beside the store. What fails is tried again with the next statement, and on opening.
    pub(super) fn list_erasures(&mut self) -> Result<(), HubError> {
        let count = self.trust.erasures().len();
        let Some(list) = self.erasure_list.as_mut().filter(|_| self.erasures_listed != Some(count)) else {
            return Ok(());
        };
        let mut statements = statement::statements(&self.store)?;
        statements.retain(|(_, signed)| matches!(signed.statement, Statement::IssuingKey(_) | Statement::Erasure(_)));
        let statements: Vec<_> = statements.into_iter().map(|(_, signed)| signed).collect();
        list.keep(&statements).map_err(|error| StoreError::Io {
            detail: format!("the list of erasures beside the store cannot be written: {error}"),
        })?;
        self.erasures_listed = Some(count);
        Ok(())
    }
}
