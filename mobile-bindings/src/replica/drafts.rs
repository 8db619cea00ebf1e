//! What is being typed: kept on every pause of the typing hand, so that a kill loses nothing.

use std::sync::Arc;

use super::{
    Core, Replica,
    records::{Fallback, save},
};
use crate::{DongboError, Draft, Event, Saved, record::draft_id};

/// What one draft may hold, in bytes of its answers as JSON. What is larger stays on the screen.
const DRAFT_BYTES_MAX: usize = 8 << 20;

#[uniffi::export]
impl Replica {
    /// A draft of a new record, with what the campaign says it begins with. It is not kept before
    /// [`keep_draft`](Self::keep_draft).
    pub async fn new_draft(&self, form: String, unit: String) -> Result<Draft, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let (form, unit) = (form.parse()?, unit.parse()?);
        let job = async move |core: &mut Core| {
            let changed = core.prefill(&form, &unit)?;
            let draft = dongbo_core::replica::Draft {
                format: 1,
                id: random_id(),
                form,
                unit,
                record: None,
                base_heads: Vec::new(),
                changed,
                touched_ms: now_ms,
                again: Vec::new(),
            };
            Ok(shown(core, draft))
        };
        self.shared.run(job).await
    }

    /// A draft that edits a record on the heads it has now. Its `answers` hold what is touched from here on; what the
    /// record says is in [`record`](Self::record).
    pub async fn edit_draft(&self, record: String) -> Result<Draft, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let id = record.parse()?;
        let job = async move |core: &mut Core| {
            let row = core.view(id)?.row;
            let draft = dongbo_core::replica::Draft {
                format: 1,
                id: random_id(),
                form: row.form,
                unit: row.unit,
                record: Some(id),
                base_heads: row.heads,
                changed: std::collections::BTreeMap::new(),
                touched_ms: now_ms,
                again: Vec::new(),
            };
            Ok(shown(core, draft))
        };
        self.shared.run(job).await
    }

    /// Keeps a draft, replacing the one with the same id. Once this returns it survives a kill. Never synchronised. Up
    /// to 8 MiB; a paste larger than that is refused with `draft_too_large` and what was kept before stays.
    pub async fn keep_draft(&self, draft: Draft) -> Result<(), DongboError> {
        let draft = draft.into_core(self.shared.clock.now_ms()).map_err(DongboError::of_save)?;
        let bytes: usize = draft.changed.values().map(|value| value.to_string().len()).sum();
        if bytes > DRAFT_BYTES_MAX {
            let detail = format!("a draft of {bytes} bytes; at most {DRAFT_BYTES_MAX} are kept");
            return Err(DongboError::of_code_with("draft_too_large", detail));
        }
        let events = Arc::clone(&self.shared.events);
        let keep = async move |core: &mut Core| {
            core.keep_draft(&draft).await?;
            events.tell(Event::Drafts);
            Ok(())
        };
        self.shared.run_even_if_revoked(keep).await.map_err(DongboError::of_save)
    }

    /// All drafts, the last touched first. Works on a revoked device too: they are the person's own.
    pub async fn drafts(&self) -> Result<Vec<Draft>, DongboError> {
        let job = async |core: &mut Core| {
            let mut drafts = core.drafts()?;
            drafts.sort_by_key(|draft| std::cmp::Reverse(draft.touched_ms));
            Ok(drafts.into_iter().map(|draft| shown(core, draft)).collect())
        };
        self.shared.run_even_if_revoked(job).await
    }

    /// Saves a kept draft as one change and drops it, in one step.
    pub async fn save_draft(&self, id: String) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        // In one step: what is kept meanwhile is saved too, and a second tap finds nothing to save again.
        let job = async move |core: &mut Core| {
            let id = draft_id(&id)?;
            let Some(draft) = core.drafts()?.into_iter().find(|draft| draft.id == id) else {
                return Err(DongboError::of_code_with("unknown_record", "there is no draft with this id"));
            };
            save(core, draft, &dongbo_core::record::MetaEdit::default(), now_ms).await
        };
        self.saving(job, Fallback::Draft { had: true }).await
    }

    /// Drops a draft because its author said so.
    pub async fn drop_draft(&self, id: String) -> Result<(), DongboError> {
        let id = draft_id(&id)?;
        self.shared.run_even_if_revoked(async move |core: &mut Core| Ok(core.drop_draft(id).await?)).await?;
        self.shared.events.tell(Event::Drafts);
        Ok(())
    }
}

fn shown(core: &Core, draft: dongbo_core::replica::Draft) -> Draft {
    let form = core.rules().and_then(|rules| rules.campaign.form(&draft.form));
    Draft::from_core(draft, form.map_or(&[][..], |form| &form.fields))
}

fn random_id() -> dongbo_core::replica::DraftId {
    let mut bytes = [0; 16];
    super::shared::entropy()(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().into_bytes()
}
