//! Saving what was typed so that no failure loses it.

use super::{Draft, Replica, ReplicaError, Saved};
use crate::{
    BlobId, FormId, RecordId, UnitId,
    outside::Moment,
    record::{EditError, MetaEdit},
    store::Store,
};

/// Why what was typed was not saved, and whether it is in a draft now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSaved {
    /// Why it was not saved; where not even the draft could be kept, why not.
    pub error: ReplicaError,
    /// Whether the draft is kept, durably.
    pub is_draft: bool,
}

impl From<ReplicaError> for NotSaved {
    fn from(error: ReplicaError) -> Self {
        Self { error, is_draft: false }
    }
}

impl Draft {
    /// The same with an id made of what was typed, for what has no draft yet: who tries the same again makes no second
    /// one.
    pub fn named_by_content(self) -> Self {
        let nameless = Self { id: [0; 16], touched_ms: 0, ..self };
        let digest = BlobId::of(&super::layout::to_json(&nameless)).0;
        Self { id: std::array::from_fn(|at| digest[at]), touched_ms: self.touched_ms, ..nameless }
    }
}

impl<S: Store> Replica<S> {
    /// Saves what was typed as one change and drops its draft; what was typed of a list is all of it ([`crate::record::whole_lists`]). What cannot be saved is kept as a draft before this
    /// returns, so that what the error says of it is so.
    pub async fn save(&mut self, typed: &Draft, meta: &MetaEdit, moment: &mut Moment<'_>) -> Result<Saved, NotSaved> {
        let Draft { form, unit, changed, base_heads, .. } = typed;
        let saved = match typed.record {
            Some(record) => self.edit(record, base_heads, changed, meta, Some(typed.id), moment).await,
            None => self.create(form, unit, changed, meta, Some(typed.id), moment).await,
        };
        match saved {
            Ok(saved) => Ok(saved),
            // There is nothing in it that could be lost.
            Err(error @ ReplicaError::Edit(EditError::NothingChanged)) => Err(error.into()),
            Err(error) => {
                let again = self.again(typed.id).map_err(NotSaved::from)?;
                self.keep_draft(&Draft { again, ..typed.clone() }).await?;
                Err(NotSaved { error, is_draft: true })
            }
        }
    }

    /// Form and unit of a record that is here, or of which something refused is.
    pub fn place_of(&self, record: RecordId) -> Result<(FormId, UnitId), ReplicaError> {
        let row = match self.view(record) {
            Ok(view) => view.row,
            Err(error) => self.held_row(record).ok().flatten().ok_or(error)?,
        };
        Ok((row.form, row.unit))
    }
}
