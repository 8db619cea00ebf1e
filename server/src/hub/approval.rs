//! Changes that the hub keeps until the unit's administrator decides. Nothing is thrown away.

use dongbo_core::{
    ChangeHash, DeviceId, FormId, RecordId, UnitId,
    change::SignedChange,
    record::{Row, read_row},
    store::{Overlay, Read, Store},
    sync::Admitted,
};
use serde::{Deserialize, Serialize};

use super::{
    Hub, HubError,
    admission::{self, Stop},
    erasure::REASON_BYTES_MAX,
    layout::{PENDING, all, from_json, hash_key, to_json},
};

/// A change that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The record.
    pub record: RecordId,
    /// The change.
    pub hash: ChangeHash,
    /// The record's unit.
    pub unit: UnitId,
    /// The record's form.
    pub form: FormId,
    /// Who signed.
    pub device: DeviceId,
    /// When the hub first received it.
    pub received_ms: i64,
    /// Whether it waits or was turned down.
    pub state: PendingState,
    /// The signed bytes.
    pub bytes: Vec<u8>,
}

/// Where a pending change stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingState {
    /// Nobody has decided.
    Waiting,
    /// Somebody said no; the author's device keeps it as held.
    TurnedDown {
        /// Why.
        reason: String,
        /// When.
        at_ms: i64,
    },
}

pub(super) fn pending(store: &impl Read, record: RecordId, hash: ChangeHash) -> Result<Option<Pending>, HubError> {
    store.get(&hash_key(PENDING, record, hash))?.map(|bytes| from_json(&bytes)).transpose()
}

pub(super) fn keep(
    store: &mut Overlay<'_, impl Read>,
    signed: &SignedChange,
    unit: &UnitId,
    form: &FormId,
    now_ms: i64,
) -> Result<(), HubError> {
    let (record, hash) = (signed.record(), signed.hash());
    if pending(store, record, hash)?.is_none() {
        let pending = Pending {
            record,
            hash,
            unit: unit.clone(),
            form: form.clone(),
            device: signed.device(),
            received_ms: now_ms,
            state: PendingState::Waiting,
            bytes: signed.bytes().to_vec(),
        };
        store.put(hash_key(PENDING, record, hash), to_json(&pending));
    }
    Ok(())
}

pub(super) fn forget(store: &mut Overlay<'_, impl Read>, record: RecordId, hash: ChangeHash) {
    store.delete(hash_key(PENDING, record, hash));
}

impl<S: Store> Hub<S> {
    /// Changes that wait for a decision, or were turned down.
    pub fn pending(&self) -> Result<Vec<Pending>, HubError> {
        all(&self.store, &[PENDING])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    /// A change that waits for a decision, or was turned down.
    pub fn pending_change(&self, record: RecordId, hash: ChangeHash) -> Result<Option<Pending>, HubError> {
        pending(&self.store, record, hash)
    }

    /// The record as it would read with a pending change, and with those it builds on that are pending too; `None` where
    /// that cannot be read.
    pub fn preview(&self, asked: &Pending) -> Result<Option<Row>, HubError> {
        let mut record = admission::load(&self.store, asked.record)?;
        let mut wanted = vec![asked.hash];
        while let Some(hash) = wanted.last().copied() {
            if record.graph().contains(&hash) {
                wanted.pop();
                continue;
            }
            let Some(pending) = pending(&self.store, asked.record, hash)? else { return Ok(None) };
            let signed = SignedChange::open(&pending.bytes).map_err(|e| HubError::Stored(e.to_string()))?;
            let Ok(change) = signed.read() else { return Ok(None) };
            if let Some(before) = record.graph().missing(&change) {
                wanted.push(before);
            } else if record.apply(change, signed.chunk()).is_err() {
                return Ok(None);
            }
        }
        Ok(read_row(&record, self.rules()?.form(&asked.form)).ok())
    }

    /// Lets a pending change in; everything but the permission is checked again.
    pub async fn approve(&mut self, record: RecordId, hash: ChangeHash, now_ms: i64) -> Result<Admitted, HubError> {
        let pending = self.waiting(record, hash)?;
        let signed = SignedChange::open(&pending.bytes).map_err(|e| HubError::Stored(e.to_string()))?;
        let mut admission = self.admission();
        let admitted = admission.admit_approved(&signed, now_ms).map_err(|stop| match stop {
            Stop::Failed(error) => error,
            Stop::Refused(refusal) => {
                let detail = refusal.detail.unwrap_or_default();
                HubError::Invalid(format!("the change cannot be let in: {} {detail}", refusal.code))
            }
        })?;
        admission.project()?;
        let done = admission.finish();
        self.keep(done).await?;
        Ok(admitted)
    }

    /// Turns a pending change down with a reason, which its author sees; the author's device keeps it.
    pub async fn turn_down(
        &mut self,
        record: RecordId,
        hash: ChangeHash,
        reason: &str,
        now_ms: i64,
    ) -> Result<(), HubError> {
        if reason.len() > REASON_BYTES_MAX {
            return Err(HubError::Invalid(format!(
                "a reason has at most {REASON_BYTES_MAX} bytes; nothing was turned down"
            )));
        }
        let mut pending = self.waiting(record, hash)?;
        pending.state = PendingState::TurnedDown { reason: reason.to_owned(), at_ms: now_ms };
        let mut store = Overlay::new(&self.store);
        store.put(hash_key(PENDING, record, hash), to_json(&pending));
        let batch = store.into_batch();
        self.commit(batch).await
    }

    fn waiting(&self, record: RecordId, hash: ChangeHash) -> Result<Pending, HubError> {
        pending(&self.store, record, hash)?.ok_or_else(|| HubError::NotFound(format!("pending change {hash}")))
    }
}
