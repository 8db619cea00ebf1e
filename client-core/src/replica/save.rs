//! Saving: policy says yes, one change is made and signed, one batch makes everything durable.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Replica, ReplicaError,
    draft::{self, DraftId},
    entry::{Entry, Loaded, State, is_spent},
    outbox,
};
use crate::{
    Actor, ChangeHash, FieldId, FormId, RecordId, RecordOrigin, UnitId,
    campaign::{Action, Form},
    change::SignedChange,
    limits::REPLICA_RECORDS_MAX,
    outside::Moment,
    policy::{Asked, Rulebook, Verdict, judge},
    record::{MetaEdit, Row, Written, create, edit, read_row, resolve, whole_lists},
    rollup::Projection,
    store::{Overlay, Read, Store},
};

/// A save that is durable on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The record.
    pub record: RecordId,
    /// The change that was made.
    pub change: ChangeHash,
}

impl<S: Store> Replica<S> {
    /// Creates a record and drops the draft it was typed in. Saved means durable.
    pub async fn create(
        &mut self,
        form: &FormId,
        unit: &UnitId,
        answers: &BTreeMap<FieldId, Value>,
        meta: &MetaEdit,
        draft: Option<DraftId>,
        moment: &mut Moment<'_>,
    ) -> Result<Saved, ReplicaError> {
        let written = self.write_new(form, unit, answers, meta, moment)?;
        let mut store = Overlay::new(&self.store);
        let saved = self.stage(&mut store, Loaded::empty(written.record.id()), written)?;
        self.finish(store.into_batch(), draft, 1).await?;
        Ok(saved)
    }

    /// Edits a record on the heads the form was opened with (empty: the present ones), writing only `changed`. `draft` is
    /// the form it was typed in, and is dropped: of the lists in `changed` all was typed ([`whole_lists`]).
    pub async fn edit(
        &mut self,
        record: RecordId,
        base_heads: &[ChangeHash],
        changed: &BTreeMap<FieldId, Value>,
        meta: &MetaEdit,
        draft: Option<DraftId>,
        moment: &mut Moment<'_>,
    ) -> Result<Saved, ReplicaError> {
        let loaded = self.load(record)?;
        let (loaded, written) = self.write_edit(loaded, base_heads, changed, draft.is_some(), meta, moment)?;
        let mut store = Overlay::new(&self.store);
        let saved = self.stage(&mut store, loaded, written)?;
        self.finish(store.into_batch(), draft, 0).await?;
        Ok(saved)
    }

    /// Settles a conflict by one of its values as the record read at these heads (empty: the present ones), 0 being the
    /// one shown. A value that came since stays in conflict with the chosen one.
    pub async fn resolve(
        &mut self,
        record: RecordId,
        base_heads: &[ChangeHash],
        path: &str,
        choice: usize,
        moment: &mut Moment<'_>,
    ) -> Result<Saved, ReplicaError> {
        let loaded = self.load(record)?;
        let rules = self.editable(&loaded, moment.now_ms)?;
        let form = loaded.record.origin()?.origin.form;
        let heads = known_heads(&loaded, base_heads);
        let actor = self.actor(&loaded, &heads, moment)?;
        let written = resolve(&loaded.record, rules.form(&form), &heads, actor, path, choice, moment)?;
        let mut store = Overlay::new(&self.store);
        let saved = self.stage(&mut store, loaded, written)?;
        self.finish(store.into_batch(), None, 0).await?;
        Ok(saved)
    }

    /// Withdraws a record with a reason, or takes that back (`None`). It stays visible and counts no more.
    pub async fn withdraw(
        &mut self,
        record: RecordId,
        reason: Option<&str>,
        moment: &mut Moment<'_>,
    ) -> Result<Saved, ReplicaError> {
        let meta = MetaEdit { withdrawn: Some(reason.map(str::to_owned)), ..MetaEdit::default() };
        self.edit(record, &[], &BTreeMap::new(), &meta, None, moment).await
    }

    /// Moves a record to another unit: withdraws it with `moved_to` and makes a copy with `moved_from`, in one batch.
    pub async fn move_to(
        &mut self,
        record: RecordId,
        unit: &UnitId,
        reason: &str,
        moment: &mut Moment<'_>,
    ) -> Result<Saved, ReplicaError> {
        let row = self.view(record)?.row;
        let from = MetaEdit { moved_from: Some(record), ..MetaEdit::default() };
        let copy = self.write_new(&row.form, unit, &row.answers, &from, moment)?;
        let to = MetaEdit {
            withdrawn: Some(Some(reason.to_owned())),
            moved_to: Some(copy.record.id()),
            ..MetaEdit::default()
        };
        let (loaded, original) = self.write_edit(self.load(record)?, &[], &BTreeMap::new(), false, &to, moment)?;
        let mut store = Overlay::new(&self.store);
        let saved = self.stage(&mut store, Loaded::empty(copy.record.id()), copy)?;
        self.stage(&mut store, loaded, original)?;
        self.finish(store.into_batch(), None, 1).await?;
        Ok(saved)
    }

    fn write_new(
        &self,
        form: &FormId,
        unit: &UnitId,
        answers: &BTreeMap<FieldId, Value>,
        meta: &MetaEdit,
        moment: &mut Moment<'_>,
    ) -> Result<Written, ReplicaError> {
        let (rules, _) = self.ready()?;
        let schema = rules.campaign.form(form).ok_or_else(|| ReplicaError::UnknownForm(form.clone()))?;
        if rules.units.get(unit).is_none() {
            return Err(ReplicaError::UnknownUnit(unit.clone()));
        }
        self.allowed(&rules, Action::Create, unit, form, moment.now_ms)?;
        if self.records >= REPLICA_RECORDS_MAX {
            return Err(ReplicaError::Full(REPLICA_RECORDS_MAX));
        }
        let mut answers = answers.clone();
        self.pin(schema, &mut answers)?;
        let origin = RecordOrigin {
            device: self.device(),
            unit: unit.clone(),
            form: form.clone(),
            // 48 bits carry it in the id; a clock outside them is evidence all the same, but cannot be an id.
            created_ms: moment.now_ms.clamp(0, (1 << 48) - 1),
            salt: moment.random(),
        };
        Ok(create(schema, &origin, &answers, meta, moment)?)
    }

    /// A record that judges another pins the heads at which it does.
    fn pin(&self, form: &Form, answers: &mut BTreeMap<FieldId, Value>) -> Result<(), ReplicaError> {
        let (Some(pins), Some(subject)) = (form.pinned_heads_field(), form.subject(answers)) else { return Ok(()) };
        if !answers.contains_key(pins)
            && let Some(loaded) = Loaded::read(&self.store, subject)?
        {
            let heads: Vec<String> = loaded.record.heads().iter().map(ChangeHash::to_string).collect();
            answers.insert(pins.clone(), heads.join(" ").into());
        }
        Ok(())
    }

    /// `all_typed`: of the lists in `changed` all was typed.
    fn write_edit(
        &self,
        loaded: Loaded,
        base_heads: &[ChangeHash],
        changed: &BTreeMap<FieldId, Value>,
        all_typed: bool,
        meta: &MetaEdit,
        moment: &mut Moment<'_>,
    ) -> Result<(Loaded, Written), ReplicaError> {
        let rules = self.editable(&loaded, moment.now_ms)?;
        let origin = loaded.record.origin()?.origin;
        let form = rules.campaign.form(&origin.form).ok_or(ReplicaError::UnknownForm(origin.form))?;
        let heads = known_heads(&loaded, base_heads);
        let mut changed = changed.clone();
        if all_typed && changed.values().any(Value::is_array) {
            let base = read_row(&loaded.record.at(&heads)?, Some((&rules.campaign, form)))?;
            whole_lists(form, &base.answers, &mut changed);
        }
        let actor = self.actor(&loaded, &heads, moment)?;
        let written = edit(&loaded.record, form, &heads, actor, &changed, meta, moment)?;
        Ok((loaded, written))
    }

    pub(super) fn editable(&self, loaded: &Loaded, now_ms: i64) -> Result<std::sync::Arc<Rulebook>, ReplicaError> {
        let (rules, _) = self.ready()?;
        let origin = loaded.record.origin()?.origin;
        let form = rules.campaign.form(&origin.form).ok_or_else(|| ReplicaError::UnknownForm(origin.form.clone()))?;
        if form.write_once {
            return Err(ReplicaError::WriteOnce(origin.form));
        }
        self.allowed(&rules, Action::Edit, &origin.unit, &origin.form, now_ms)?;
        Ok(rules)
    }

    /// Asks the policy, as the hub will. What only needs approval may be saved: it is kept and decided there.
    fn allowed(
        &self,
        rules: &Rulebook,
        action: Action,
        unit: &UnitId,
        form: &FormId,
        now_ms: i64,
    ) -> Result<(), ReplicaError> {
        let (_, member) = self.ready()?;
        // The clock of a phone may be wrong by years: a role that was ever held may try, the hub judges.
        let ever = member.memberships.iter().any(|m| {
            [now_ms.max(m.from_ms), i64::MAX].into_iter().any(|at_ms| {
                let asked = Asked { action, unit, form, signed_ms: at_ms, received_ms: at_ms };
                judge(rules, member, None, asked) != Verdict::Forbidden
            })
        });
        if ever {
            return Ok(());
        }
        let action = if action == Action::Create { "create" } else { "edit" };
        Err(ReplicaError::NotAllowed { action, form: form.clone(), unit: unit.clone() })
    }

    /// An actor that may write on these heads: ours, not spent, all its changes among their ancestors.
    fn actor(&self, loaded: &Loaded, heads: &[ChangeHash], moment: &mut Moment<'_>) -> Result<Actor, ReplicaError> {
        let graph = loaded.record.graph();
        let own = graph.changes().iter().map(|change| change.actor).filter(|actor| actor.device() == self.device());
        for actor in std::iter::once(Actor::first(self.device())).chain(own) {
            if graph.actor_may_write(actor, heads) && !is_spent(&self.store, loaded.record.id(), actor)? {
                return Ok(actor);
            }
        }
        Ok(Actor::further(self.device(), moment.random()))
    }

    /// Puts a written change into the pending batch: change, outbox entry, row, roll-ups.
    fn stage(
        &self,
        store: &mut Overlay<'_, impl Read>,
        mut loaded: Loaded,
        written: Written,
    ) -> Result<Saved, ReplicaError> {
        let record = written.record.id();
        let signed = SignedChange::sign(self.root(), &self.key, record, &written.chunk);
        loaded.record = written.record;
        loaded.entries.push(Entry { state: State::Pending, signed: SignedChange::open(&signed)? });
        loaded.write(store, loaded.entries.len() - 1);
        let change = written.change.hash;
        outbox::add(store, record, change)?;
        self.project(store, &loaded)?;
        Ok(Saved { record, change })
    }

    /// Sets the row of a record, with the roll-ups.
    pub(super) fn project(&self, store: &mut Overlay<'_, impl Read>, loaded: &Loaded) -> Result<(), ReplicaError> {
        let Some(rules) = self.trust.rules() else { return Ok(()) };
        Ok(Projection::put(store, &rules.campaign, [&row(rules, loaded)?])?)
    }

    async fn finish(
        &mut self,
        mut batch: crate::store::Batch,
        draft: Option<DraftId>,
        new_records: usize,
    ) -> Result<(), ReplicaError> {
        if let Some(id) = draft {
            self.let_go(&mut batch, &self.again(id)?)?;
            batch.delete(draft::key(id));
        }
        self.store.commit(batch).await?;
        self.records += new_records;
        Ok(())
    }

    pub(super) fn load(&self, record: RecordId) -> Result<Loaded, ReplicaError> {
        Loaded::read(&self.store, record)?.ok_or(ReplicaError::UnknownRecord(record))
    }
}

/// Of the heads that a form was opened with, those that are still here; without any, the present ones.
pub(super) fn known_heads(loaded: &Loaded, base_heads: &[ChangeHash]) -> Vec<ChangeHash> {
    let graph = loaded.record.graph();
    let known: Vec<ChangeHash> = base_heads.iter().filter(|hash| graph.contains(hash)).copied().collect();
    if known.is_empty() { loaded.record.heads() } else { known }
}

/// The row of a record by the rules given.
pub(super) fn row(rules: &Rulebook, loaded: &Loaded) -> Result<Row, ReplicaError> {
    let origin = loaded.record.origin()?.origin;
    Ok(read_row(&loaded.record, rules.form(&origin.form))?)
}
