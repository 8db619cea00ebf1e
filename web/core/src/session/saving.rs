//! Saving, settling, withdrawing, moving; drafts.

use std::collections::BTreeMap;

use dongbo_core::{
    ChangeHash, RecordId, UnitId,
    limits::DRAFT_BYTES_MAX,
    outside::Moment,
    record::MetaEdit,
    replica::{self, ReplicaError},
};

use super::{Core, Session};
use crate::{
    answer::{Draft, Saved, draft_id},
    outside::{now, now_ms},
    problem::Problem,
    request::{Create, Edit},
};

impl Session {
    /// Saves a new record. Where it cannot be saved, the answers are kept as a draft before the error says why.
    pub(crate) async fn create(&self, new: Create) -> Result<Saved, Problem> {
        let meta = MetaEdit { annuls: new.annuls.into_iter().map(|id| (id, true)).collect(), ..MetaEdit::default() };
        let typed = replica::Draft {
            format: 1,
            id: [0; 16],
            form: new.form,
            unit: new.unit,
            record: None,
            base_heads: Vec::new(),
            changed: new.answers,
            touched_ms: now_ms(),
            again: Vec::new(),
        };
        let typed = named(typed, new.draft.as_deref())?;
        self.save(async |_: &mut Core| Ok(typed), &meta).await
    }

    /// Writes the fields that were touched, on the heads the record was shown at.
    pub(crate) async fn edit(&self, edit: Edit) -> Result<Saved, Problem> {
        let typed = async |core: &mut Core| {
            let (form, unit) = core.place_of(edit.record)?;
            let typed = replica::Draft {
                format: 1,
                id: [0; 16],
                form,
                unit,
                record: Some(edit.record),
                base_heads: edit.heads,
                changed: edit.answers,
                touched_ms: now_ms(),
                again: Vec::new(),
            };
            named(typed, edit.draft.as_deref())
        };
        self.save(typed, &MetaEdit::default()).await
    }

    async fn save(
        &self,
        typed: impl AsyncFnOnce(&mut Core) -> Result<replica::Draft, Problem>,
        meta: &MetaEdit,
    ) -> Result<Saved, Problem> {
        let job = async |core: &mut Core| {
            let typed = typed(core).await?;
            let saved = now(async |moment: &mut Moment<'_>| core.save(&typed, meta, moment).await).await;
            Ok(saved?.into())
        };
        self.run(job).await.map_err(Problem::of_save)
    }

    pub(crate) async fn resolve(
        &self,
        record: RecordId,
        heads: &[ChangeHash],
        path: &str,
        choice: usize,
    ) -> Result<Saved, Problem> {
        self.step(async |core: &mut Core, moment: &mut Moment<'_>| {
            core.resolve(record, heads, path, choice, moment).await
        })
        .await
    }

    /// Gives up what the hub refused.
    pub(crate) async fn give_up(&self, changes: &[ChangeHash]) -> Result<(), Problem> {
        self.run(async |core: &mut Core| Ok(core.give_up(changes).await?)).await.map_err(Problem::of_step)
    }

    pub(crate) async fn withdraw(&self, record: RecordId, reason: Option<&str>) -> Result<Saved, Problem> {
        self.step(async |core: &mut Core, moment: &mut Moment<'_>| core.withdraw(record, reason, moment).await).await
    }

    /// Gives the copy in the other unit.
    pub(crate) async fn move_to(&self, record: RecordId, unit: &UnitId, reason: &str) -> Result<Saved, Problem> {
        self.step(async |core: &mut Core, moment: &mut Moment<'_>| core.move_to(record, unit, reason, moment).await)
            .await
    }

    pub(crate) async fn same_as(&self, record: RecordId, other: RecordId, same: bool) -> Result<Saved, Problem> {
        let meta = MetaEdit { same_as: [(other, same)].into(), ..MetaEdit::default() };
        self.step(async |core: &mut Core, moment: &mut Moment<'_>| {
            core.edit(record, &[], &BTreeMap::new(), &meta, None, moment).await
        })
        .await
    }

    /// A save of which there is no draft.
    async fn step(
        &self,
        step: impl AsyncFnOnce(&mut Core, &mut Moment<'_>) -> Result<replica::Saved, ReplicaError>,
    ) -> Result<Saved, Problem> {
        let job = async |core: &mut Core| {
            let saved = now(async |moment: &mut Moment<'_>| step(core, moment).await).await;
            Ok(Saved::from(saved?))
        };
        self.run(job).await.map_err(Problem::of_step)
    }

    /// Keeps a draft, replacing the one with the same id.
    pub(crate) async fn keep_draft(&self, draft: Draft) -> Result<(), Problem> {
        let draft = draft.into_core(now_ms())?;
        let bytes: usize = draft.changed.values().map(|value| value.to_string().len()).sum();
        if bytes > DRAFT_BYTES_MAX {
            let detail = format!("a draft of {bytes} bytes; at most {DRAFT_BYTES_MAX} are kept");
            return Err(Problem::of_code_with("draft_too_large", detail));
        }
        // Also of a revoked device: what is being typed then can still be exported.
        let kept = self.run_even_if_revoked(async |core: &mut Core| Ok(core.keep_draft(&draft).await?)).await;
        kept.map_err(Problem::of_save)
    }

    /// Drops a draft because its author said so.
    pub(crate) async fn drop_draft(&self, draft: &str) -> Result<(), Problem> {
        let id = draft_id(draft)?;
        self.run(async |core: &mut Core| Ok(core.drop_draft(id).await?)).await
    }
}

/// What was typed under its draft's id; where it has none, under one of its own.
fn named(typed: replica::Draft, draft: Option<&str>) -> Result<replica::Draft, Problem> {
    match draft {
        Some(id) => Ok(replica::Draft { id: draft_id(id)?, ..typed }),
        None => Ok(typed.named_by_content()),
    }
}
