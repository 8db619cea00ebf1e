//! What people do with their phones, online or not.

use dongbo_core::{
    UnitId,
    record::{EditError, MetaEdit, Row},
    replica::{ReplicaError, Saved},
    store::{Batch, Store as _},
};

use super::{
    Check, Finding, Plant,
    fleet::{Fleet, UNITS},
    stored as layout, text,
    witness::Save,
};
use crate::world::{answers, id, now};

impl Fleet {
    /// Somebody works for a moment.
    pub(super) fn work(&mut self, at: usize) -> Result<(), Finding> {
        self.maybe_fail_phone(at);
        let row = self.some_row(at)?;
        match (self.random.below(20), row) {
            (0..6, _) | (_, None) => self.create(at),
            (6..12, Some(row)) => self.edit(at, &row),
            (12..14, Some(row)) => {
                self.phones[at].open_form = Some((row.record, row.heads));
                Ok(())
            }
            (14..16, Some(row)) => self.settle_conflict(at, &row),
            (16, Some(row)) => self.withdraw(at, &row),
            (17, Some(row)) => self.move_away(at, &row),
            (_, Some(row)) => self.review(at, &row),
        }
    }

    fn some_row(&mut self, at: usize) -> Result<Option<Row>, Finding> {
        let replica = self.phones[at].replica();
        let works = |e: ReplicaError| Finding::new(Check::Works, format!("a record cannot be viewed: {e}"));
        let ids = replica.record_ids().map_err(works)?;
        if ids.is_empty() {
            return Ok(None);
        }
        let record = ids[self.random.below(ids.len())];
        let view = self.phones[at].replica().view(record).map_err(works)?;
        // What was typed is normalised; nobody can read a text that is not.
        Ok(Some(view.row))
    }

    fn create(&mut self, at: usize) -> Result<(), Finding> {
        // Volunteers have one form; now and then somebody tries another than the role has.
        let mut form = text::FORMS[self.random.below(text::FORMS.len())];
        if self.phones[at].volunteer && self.random.chance(90) {
            form = "outreach";
        }
        let fields = answers(text::new_record(form, &mut self.random));
        let unit = match self.random.below(8) {
            0 => id(UNITS[self.random.below(UNITS.len())]),
            _ => self.phones[at].unit.clone(),
        };
        let now_ms = self.now_ms;
        let saved = self.phones[at].act(now_ms, |replica, moment| {
            now(replica.create(&id(form), &unit, &fields, &MetaEdit::default(), None, moment))
        });
        self.saved(at, &format!("creates {form} in {unit}"), saved).map(|_| ())
    }

    fn edit(&mut self, at: usize, row: &Row) -> Result<(), Finding> {
        let shown = serde_json::to_value(&row.answers).unwrap_or_default();
        let fields = answers(text::edit(row.form.as_str(), &shown, &mut self.random));
        let open = self.phones[at].open_form.take().filter(|_| self.random.chance(70));
        // A form that was left open is of another record; its edit must fit that one's form.
        let (record, heads) = match open.filter(|(record, _)| *record == row.record) {
            Some((record, heads)) => (record, heads),
            None => (row.record, Vec::new()),
        };
        let now_ms = self.now_ms;
        let saved = self.phones[at].act(now_ms, |replica, moment| {
            now(replica.edit(record, &heads, &fields, &MetaEdit::default(), None, moment))
        });
        let stale = if heads.is_empty() { "" } else { " on the heads it was opened with" };
        self.saved(at, &format!("edits {} {record}{stale}", row.form), saved)?;
        if self.random.chance(30) && !heads.is_empty() {
            // The form stays open after a save.
            self.phones[at].open_form = Some((record, heads));
        }
        Ok(())
    }

    fn settle_conflict(&mut self, at: usize, row: &Row) -> Result<(), Finding> {
        if row.conflicts.is_empty() {
            return self.edit(at, row);
        }
        let conflict = &row.conflicts[self.random.below(row.conflicts.len())];
        let choice = self.random.below(conflict.candidates.len());
        let now_ms = self.now_ms;
        let saved = self.phones[at].act(now_ms, |replica, moment| {
            now(replica.resolve(row.record, &row.heads, &conflict.path, choice, moment))
        });
        self.saved(at, &format!("settles {} of {}", conflict.path, row.record), saved).map(|_| ())
    }

    fn withdraw(&mut self, at: usize, row: &Row) -> Result<(), Finding> {
        let reason = if row.withdrawn.is_some() { None } else { Some("Nhập nhầm đơn vị") };
        let now_ms = self.now_ms;
        let saved = self.phones[at].act(now_ms, |replica, moment| now(replica.withdraw(row.record, reason, moment)));
        self.saved(at, &format!("withdraws {}", row.record), saved).map(|_| ())
    }

    fn move_away(&mut self, at: usize, row: &Row) -> Result<(), Finding> {
        let unit: UnitId = id(UNITS[self.random.below(UNITS.len())]);
        let now_ms = self.now_ms;
        let saved = self.phones[at]
            .act(now_ms, |replica, moment| now(replica.move_to(row.record, &unit, "Thuộc đơn vị khác", moment)));
        let copy = self.saved(at, &format!("moves {} to {unit}", row.record), saved)?;
        if copy.is_some() {
            // The original's change is part of the same save.
            let view = self.phones[at].replica().view(row.record);
            let heads = view.map_err(|e| Finding::new(Check::Works, e.to_string()))?.row.heads;
            for change in heads.into_iter().filter(|head| !row.heads.contains(head)) {
                self.note(at, Saved { record: row.record, change });
            }
        }
        Ok(())
    }

    fn review(&mut self, at: usize, row: &Row) -> Result<(), Finding> {
        if row.form.as_str() == "review" {
            return Ok(());
        }
        let fields = answers(text::review(row.form.as_str(), &row.record.to_string(), &mut self.random));
        let (now_ms, unit) = (self.now_ms, row.unit.clone());
        let annuls = if self.random.chance(10) { [(row.record, true)].into() } else { Default::default() };
        let meta = MetaEdit { annuls, ..MetaEdit::default() };
        let saved = self.phones[at]
            .act(now_ms, |replica, moment| now(replica.create(&id("review"), &unit, &fields, &meta, None, moment)));
        self.saved(at, &format!("reviews {}", row.record), saved).map(|_| ())
    }

    /// Takes a save's outcome: it is remembered, or its refusal is one that a person can be told.
    fn saved(&mut self, at: usize, what: &str, outcome: Result<Saved, ReplicaError>) -> Result<Option<Saved>, Finding> {
        let name = self.phones[at].name.clone();
        match outcome {
            Ok(saved) => {
                self.trace(|| format!("{name} {what}: {} {}", saved.record, saved.change));
                self.note(at, saved.clone());
                if self.step > self.options.steps / 2 && self.plants(Plant::ForgetSave) {
                    self.forget_save(at, &saved)?;
                }
                Ok(Some(saved))
            }
            Err(ReplicaError::Store(error)) => {
                self.trace(|| format!("{name} {what}: {error}"));
                if self.random.chance(60) {
                    self.end_program(at)?;
                }
                Ok(None)
            }
            Err(
                error @ (ReplicaError::NotAllowed { .. }
                | ReplicaError::WriteOnce(_)
                | ReplicaError::NotReady
                | ReplicaError::Edit(
                    EditError::NothingChanged | EditError::NoConflict(_) | EditError::NoCandidate { .. },
                )),
            ) => {
                self.trace(|| format!("{name} {what}: {error}"));
                Ok(None)
            }
            Err(error) => Err(Finding::new(Check::Works, format!("{name} {what}: {error}"))),
        }
    }

    fn note(&mut self, phone: usize, saved: Saved) {
        let key = (saved.record, saved.change);
        self.witness.saves.push(Save { phone, key, adrift: false, excused: false });
    }

    /// The planted bug: a device loses what was saved.
    fn forget_save(&mut self, at: usize, saved: &Saved) -> Result<(), Finding> {
        let mut store = self.phones[at].disk().clone();
        let mut batch = Batch::new();
        let prefix = [&[layout::CHANGE], &saved.record.0[..]].concat();
        batch.delete(layout::all(&store, &prefix).pop().map(|(key, _)| key).unwrap_or_default());
        batch.delete(layout::all(&store, &[layout::OUTBOX]).pop().map(|(key, _)| key).unwrap_or_default());
        now(store.commit(batch)).map_err(|e| Finding::new(Check::Works, e.to_string()))?;
        self.put_phone_back(at, store)
    }

    /// A member looks at other units.
    pub(super) fn want_other_units(&mut self, at: usize) -> Result<(), Finding> {
        let units = match self.random.below(3) {
            0 => None,
            1 => Some(vec![id(UNITS[self.random.below(UNITS.len())])]),
            _ => Some(vec![self.phones[at].unit.clone(), id(UNITS[self.random.below(UNITS.len())])]),
        };
        self.trace(|| format!("{} wants {units:?}", self.phones[at].name));
        let outcome = now(self.phones[at].replica_mut().want_units(units.as_deref()));
        stored(outcome)
    }

    /// A member reads everything again.
    pub(super) fn forget_cursor(&mut self, at: usize) -> Result<(), Finding> {
        self.trace(|| format!("{} forgets its cursor", self.phones[at].name));
        let outcome = now(self.phones[at].replica_mut().forget_cursor());
        stored(outcome)
    }
}

/// A store may fail; nothing else may.
fn stored(outcome: Result<(), ReplicaError>) -> Result<(), Finding> {
    match outcome {
        Ok(()) | Err(ReplicaError::Store(_)) => Ok(()),
        Err(error) => Err(Finding::new(Check::Works, error.to_string())),
    }
}
