//! Pinned heads: a record that judges another says which state of it was judged.
//!
//! By convention a form with a text field [`PINNED_HEADS`] judges the record its first answered reference field points
//! at, and the text holds that record's heads at the time: hex, separated by spaces.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{FieldKind, Form};
use crate::{ChangeHash, FieldId, RecordId};

/// The text field that pins heads.
pub const PINNED_HEADS: &str = "subject_heads";

impl Form {
    /// The field that pins heads, if the form judges other records.
    pub fn pinned_heads_field(&self) -> Option<&FieldId> {
        let text = |kind: &FieldKind| matches!(kind, FieldKind::Text);
        self.fields.iter().find(|field| field.id.as_str() == PINNED_HEADS && text(&field.kind)).map(|field| &field.id)
    }

    /// The record that these answers judge.
    pub fn subject(&self, answers: &BTreeMap<FieldId, Value>) -> Option<RecordId> {
        self.pinned_heads_field()?;
        let references = self.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        references.filter_map(|field| answers.get(&field.id)?.as_str()?.parse().ok()).next()
    }

    /// The record that these answers judge, and the heads at which it was judged.
    pub fn pinned(&self, answers: &BTreeMap<FieldId, Value>) -> Option<(RecordId, Vec<ChangeHash>)> {
        let heads = answers.get(self.pinned_heads_field()?)?.as_str()?;
        let heads = heads.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        Some((self.subject(answers)?, heads))
    }
}
