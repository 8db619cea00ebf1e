//! Saving, settling, withdrawing, moving; one record and its history.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dongbo_core::{
    ChangeHash, FieldId, FormId, RecordId, UnitId,
    record::{MetaEdit, Row},
    replica::{DraftId, NotSaved, RecordStatus},
};
use serde_json::Value;

use super::{
    Core, Replica,
    shared::{accepted, at},
};
use crate::{
    Answer, DongboError, Event, HistoryEntry, Kept, Record, Saved,
    record::{self, draft_id, heads},
};

#[uniffi::export]
impl Replica {
    /// Saves a new record and drops the draft it was typed in. Once this returns it is durable on this device. Where it
    /// cannot be saved, the answers are kept as a draft (`draft`, or a new one) before the error says why.
    ///
    /// `annuls`: records of a write-once form that the new one annuls.
    #[uniffi::method(default(draft = None, annuls = []))]
    pub async fn create(
        &self,
        form: String,
        unit: String,
        answers: HashMap<String, Answer>,
        draft: Option<String>,
        annuls: Vec<String>,
    ) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let had = draft.is_some();
        let job = async move |core: &mut Core| {
            let (form, unit, answers) = (form.parse()?, unit.parse()?, record::answers(answers)?);
            let draft = draft.as_deref().map(draft_id).transpose()?;
            let annuls = annuls.iter().map(|id| Ok((id.parse()?, true))).collect::<Result<_, DongboError>>()?;
            let meta = MetaEdit { annuls, ..MetaEdit::default() };
            let typed = typed(form, unit, None, Vec::new(), answers, draft, now_ms);
            save(core, typed, &meta, now_ms).await
        };
        self.saving(job, Fallback::Draft { had }).await
    }

    /// Writes the fields named in `answers`, on the heads the record was shown at, so that a form left open during a
    /// sync overwrites nothing. Empty `heads`: on what is here now. Where it cannot be saved, the answers are kept as a
    /// draft (`draft`, or a new one) before the error says why; only where the record itself is gone (`unknown_record`) is
    /// there nothing to keep them with.
    #[uniffi::method(default(draft = None))]
    pub async fn edit(
        &self,
        record: String,
        heads: Vec<String>,
        answers: HashMap<String, Answer>,
        draft: Option<String>,
    ) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let had = draft.is_some();
        let job = async move |core: &mut Core| {
            let (id, base, answers) = (record.parse()?, self::heads(&heads)?, record::answers(answers)?);
            let draft = draft.as_deref().map(draft_id).transpose()?;
            let (form, unit) = core.place_of(id)?;
            let typed = typed(form, unit, Some(id), base, answers, draft, now_ms);
            save(core, typed, &MetaEdit::default(), now_ms).await
        };
        self.saving(job, Fallback::Draft { had }).await
    }

    /// Settles a conflict by one of its values as they were shown: `heads` are those of the record shown, `choice` counts
    /// its candidates from 0. A value that came since stays in conflict with the chosen one.
    pub async fn resolve(
        &self,
        record: String,
        heads: Vec<String>,
        path: String,
        choice: u32,
    ) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let (id, base) = (record.parse()?, self::heads(&heads)?);
        let job = async move |core: &mut Core| {
            at(now_ms, async |moment| Ok(core.resolve(id, &base, &path, choice as usize, moment).await?)).await
        };
        self.saving(job, Fallback::None).await
    }

    /// Withdraws a record with a reason, or takes that back (`None`). It stays visible and counts no more.
    pub async fn withdraw(&self, record: String, reason: Option<String>) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let id = record.parse()?;
        let job = async move |core: &mut Core| {
            at(now_ms, async |moment| Ok(core.withdraw(id, reason.as_deref(), moment).await?)).await
        };
        self.saving(job, Fallback::None).await
    }

    /// Moves a record to the unit it belongs to: withdraws it and makes a copy there, in one step. Gives the copy.
    pub async fn move_to(&self, record: String, unit: String, reason: String) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let (id, unit) = (record.parse()?, unit.parse()?);
        let job = async move |core: &mut Core| {
            at(now_ms, async |moment| Ok(core.move_to(id, &unit, &reason, moment).await?)).await
        };
        self.saving(job, Fallback::None).await
    }

    /// Says that a record is the same as another, or takes that back: both stay, one counts.
    pub async fn same_as(&self, record: String, other: String, same: bool) -> Result<Saved, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let id = record.parse()?;
        let meta = MetaEdit { same_as: [(other.parse()?, same)].into(), ..MetaEdit::default() };
        let job = async move |core: &mut Core| {
            at(now_ms, async |moment| Ok(core.edit(id, &[], &BTreeMap::new(), &meta, None, moment).await?)).await
        };
        self.saving(job, Fallback::None).await
    }

    /// One record.
    pub async fn record(&self, id: String) -> Result<Record, DongboError> {
        let id: RecordId = id.parse()?;
        self.shared.run(async move |core: &mut Core| one(core, id)).await
    }

    /// A record as it read when a form was opened with these `heads`: what a draft's answers were typed over.
    pub async fn record_at(&self, id: String, heads: Vec<String>) -> Result<Record, DongboError> {
        let (id, heads): (RecordId, _) = (id.parse()?, self::heads(&heads)?);
        self.shared.run(async move |core: &mut Core| Ok(shown(core, core.row_at(id, &heads)?, core.status(id)?))).await
    }

    /// Gives up changes that the hub refused, because their author said so. They are gone then.
    pub async fn give_up(&self, changes: Vec<String>) -> Result<(), DongboError> {
        let changes = heads(&changes)?;
        self.shared.run(async move |core: &mut Core| Ok(core.give_up(&changes).await?)).await
    }

    /// A record as it would read with the changes that the hub refused; `None` where they cannot be read here. A draft
    /// of what is still right names them in `again`: they are settled when it is saved.
    pub async fn held_record(&self, id: String) -> Result<Option<Record>, DongboError> {
        let id: RecordId = id.parse()?;
        let job = async move |core: &mut Core| {
            let row = core.held_row(id)?;
            Ok(row.map(|row| shown(core, row, RecordStatus::NeedsAttention)))
        };
        self.shared.run(job).await
    }

    /// Who changed a record, when, and what.
    pub async fn history(&self, id: String) -> Result<Vec<HistoryEntry>, DongboError> {
        let id: RecordId = id.parse()?;
        let job = async move |core: &mut Core| {
            let entries = core.history(id)?;
            let name = |device| name_of(core, device);
            Ok(entries.into_iter().map(|entry| HistoryEntry::from_core(entry, &name)).collect())
        };
        self.shared.run(job).await
    }
}

/// What becomes of what was typed where it cannot be saved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fallback {
    /// It is kept as a draft, or stays one; `had`: there was one before.
    Draft { had: bool },
    /// There is no draft of it.
    None,
}

impl Replica {
    /// Saves, and tells the listeners before anything else runs: also where the caller does not wait for the answer.
    pub(super) async fn saving(
        &self,
        job: impl AsyncFnOnce(&mut Core) -> Result<dongbo_core::replica::Saved, DongboError> + Send + 'static,
        fallback: Fallback,
    ) -> Result<Saved, DongboError> {
        let events = Arc::clone(&self.shared.events);
        let job = async move |core: &mut Core| {
            if fallback == Fallback::None {
                accepted(core)?;
            }
            let saved = job(core).await.map(Saved::from);
            if let Ok(saved) = &saved {
                events.tell(Event::Saved { records: vec![saved.record.clone()] });
            }
            if fallback == (Fallback::Draft { had: true }) || (saved.is_err() && fallback != Fallback::None) {
                events.tell(Event::Drafts);
            }
            saved
        };
        let saved = self.shared.run_even_if_revoked(job).await;
        saved.map_err(|error| if fallback == Fallback::None { error.of_step() } else { error.of_save() })
    }
}

/// What was typed, as the draft that it becomes if it cannot be saved.
type Typed = dongbo_core::replica::Draft;

fn typed(
    form: FormId,
    unit: UnitId,
    record: Option<RecordId>,
    base_heads: Vec<ChangeHash>,
    changed: BTreeMap<FieldId, Value>,
    draft: Option<DraftId>,
    touched_ms: i64,
) -> Typed {
    let id = draft.unwrap_or_default();
    let typed = Typed { format: 1, id, form, unit, record, base_heads, changed, touched_ms, again: Vec::new() };
    if draft.is_none() { typed.named_by_content() } else { typed }
}

/// Saves what was typed as one change, and drops its draft. On a revoked device it becomes a draft, or stays one: that goes
/// along when its work is handed over.
pub(super) async fn save(
    core: &mut Core,
    typed: Typed,
    meta: &MetaEdit,
    now_ms: i64,
) -> Result<dongbo_core::replica::Saved, DongboError> {
    if let Err(revoked) = accepted(core) {
        core.keep_draft(&typed).await?;
        return Err(revoked.with_kept(Kept::Draft));
    }
    let saved = at(now_ms, async |moment| core.save(&typed, meta, moment).await).await;
    saved.map_err(|NotSaved { error, is_draft }| {
        let error = DongboError::from(error);
        if is_draft { error.with_kept(Kept::Draft) } else { error }
    })
}

/// A record as an app shows it.
fn one(core: &Core, id: RecordId) -> Result<Record, DongboError> {
    let view = core.view(id)?;
    let standing = view.standing.map(record::Standing::from);
    let shown = shown(core, view.row, view.status);
    Ok(Record { changed_since_review: view.changed_since_review, standing, may_edit: view.may_edit, ..shown })
}

fn shown(core: &Core, row: Row, status: RecordStatus) -> Record {
    let rules = core.rules().cloned();
    let form = rules.as_ref().and_then(|rules| rules.campaign.form(&row.form));
    record::from_row(row, status.into(), form, &|device| name_of(core, device))
}

/// The name of the person a device belongs to.
pub(super) fn name_of(core: &Core, device: dongbo_core::DeviceId) -> Option<String> {
    core.trust().member_of(device).map(|member| member.name.clone())
}
