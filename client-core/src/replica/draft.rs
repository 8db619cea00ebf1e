//! What is being typed: durable, never synchronised; becomes one change on save.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Replica, ReplicaError,
    layout::{DRAFT, all, from_json, to_json},
};
use crate::{
    ChangeHash, FieldId, FormId, RecordId, UnitId,
    store::{Batch, Read as _, Store},
};

/// A draft's UUID, given by the app.
pub type DraftId = [u8; 16];

/// What a person has typed and not yet saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Layout version, 1.
    pub format: u32,
    /// The draft's id.
    pub id: DraftId,
    /// The form being filled.
    pub form: FormId,
    /// The unit it is for.
    pub unit: UnitId,
    /// The record being edited; none: a new one.
    pub record: Option<RecordId>,
    /// The heads the form was opened with.
    pub base_heads: Vec<ChangeHash>,
    /// Fields touched so far.
    pub changed: BTreeMap<FieldId, Value>,
    /// When it was last touched, by the device's clock.
    pub touched_ms: i64,
    /// Changes that the hub refused and that this writes again: they leave *held* with the save.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<ChangeHash>,
}

impl<S: Store> Replica<S> {
    /// Keeps a draft, replacing the one with the same id. It survives a kill once this returns.
    pub async fn keep_draft(&mut self, draft: &Draft) -> Result<(), ReplicaError> {
        let mut batch = Batch::urgent();
        batch.put(key(draft.id), to_json(draft));
        Ok(self.store.commit(batch).await?)
    }

    /// The refused changes that a draft writes again, as it was last kept.
    pub(super) fn again(&self, id: DraftId) -> Result<Vec<ChangeHash>, ReplicaError> {
        let kept: Option<Draft> = self.store.get(&key(id))?.map(|bytes| from_json(&bytes)).transpose()?;
        Ok(kept.map(|draft| draft.again).unwrap_or_default())
    }

    /// All drafts.
    pub fn drafts(&self) -> Result<Vec<Draft>, ReplicaError> {
        all(&self.store, &[DRAFT])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    /// Drops a draft because its author said so.
    pub async fn drop_draft(&mut self, id: DraftId) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        batch.delete(key(id));
        Ok(self.store.commit(batch).await?)
    }
}

pub(super) fn key(id: DraftId) -> Vec<u8> {
    [&[DRAFT], &id[..]].concat()
}
