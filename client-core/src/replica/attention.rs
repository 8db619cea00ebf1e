//! What needs its author's attention, with the reason: refused, undecided, unreadable.

use serde::Serialize;

use super::{Replica, ReplicaError};
use crate::{ChangeHash, RecordId, store::Store};

/// A change that needs its author's attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attention {
    /// The record.
    pub record: RecordId,
    /// The change.
    pub change: ChangeHash,
    /// Why, as a stable code ([`crate::wording::of`]).
    pub code: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether it is sent or tried again by itself; otherwise its answers are to be written again or given up.
    pub sent_again: bool,
    /// When it was refused, by the hub's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_ms: Option<i64>,
}

impl<S: Store> Replica<S> {
    /// Changes that need their author's attention.
    pub fn attention(&self) -> Result<Vec<Attention>, ReplicaError> {
        let held = self.held()?.into_iter().map(|held| Attention {
            record: held.record,
            change: held.hash,
            code: held.code,
            detail: held.detail,
            sent_again: false,
            refused_ms: Some(held.refused_ms),
        });
        let waiting = self.waiting()?.into_iter().map(|(record, change, waiting)| Attention {
            record,
            change,
            code: waiting.code,
            detail: waiting.detail,
            sent_again: true,
            refused_ms: None,
        });
        let unreadable = self.quarantined()?.into_iter().map(|bad| Attention {
            record: bad.record,
            change: bad.hash,
            code: "unreadable_record".into(),
            detail: Some(bad.reason),
            sent_again: true,
            refused_ms: None,
        });
        Ok(held.chain(waiting).chain(unreadable).collect())
    }
}
