//! Records that must go: their pair left the scope, or they were erased.

use std::collections::BTreeSet;

use super::Intake;
use crate::{
    RecordId,
    campaign::Action,
    policy::{Rulebook, Scope, scope},
    replica::{
        Draft, ReplicaError,
        layout::{
            CHANGE, DRAFT, ERASED, ERASED_HERE, FULL_DIRECTORY, HELD, LEFT_SCOPE, QUARANTINE, WANTED, all, from_json,
            record_key, to_json,
        },
        outbox,
    },
    rollup::{Projection, RowQuery},
    store::{Read, Store},
    sync::Pair,
};

impl<S: Store> Intake<'_, S> {
    /// Drops records of pairs that left the scope, once nothing of ours there is unsent or held.
    ///
    /// A cursor tells what left the scope it was made for. What never was in it (written by a member whose role had
    /// ended), or was in that of a cursor since dropped, shows by the roles as they stand: with `look` every record here is held against them.
    pub(super) fn drop_left_scope(&mut self, look: bool) -> Result<(), ReplicaError> {
        let Some(rules) = self.trust.rules().cloned() else { return Ok(()) };
        // With half a directory nobody knows what may be read.
        if self.store.get(FULL_DIRECTORY)?.is_some() {
            return Ok(());
        }
        let readable = self.readable(&rules);
        let wanted: Option<Vec<crate::UnitId>> = self.store.get(WANTED)?.map(|bytes| from_json(&bytes)).transpose()?;
        let in_scope = match wanted {
            None => readable.clone(),
            Some(units) => readable.within(&units.iter().flat_map(|unit| rules.units.reach_subtree(unit)).collect()),
        };
        let mut gone: BTreeSet<(crate::UnitId, Option<crate::FormId>)> = BTreeSet::new();
        for (key, bytes) in all(&self.store, &[LEFT_SCOPE])? {
            let (unit, form): (crate::UnitId, Option<crate::FormId>) = from_json(&bytes)?;
            if form.as_ref().is_some_and(|form| in_scope.contains(&unit, form)) {
                // It came back before what was unsent there had gone.
                self.store.delete(key);
            } else {
                gone.insert((unit, form));
            }
        }
        if look {
            let unreadable = Projection::scope(&self.store)?.without(&readable);
            gone.extend(unreadable.pairs().map(|(unit, form)| (unit.clone(), Some(form.clone()))));
        }
        if gone.is_empty() {
            return Ok(());
        }
        let unsent = outbox::items(&self.store).map(|item| Ok(item?.record));
        let unsent = unsent.collect::<Result<BTreeSet<RecordId>, ReplicaError>>()?;
        for (unit, form) in gone {
            let pair = Pair { unit: unit.clone(), form: form.clone() };
            let query = RowQuery { unit: Some(unit), form, limit: usize::MAX, ..Default::default() };
            let mut kept = false;
            for row in Projection::rows(&self.store, &query, |_| true)? {
                if unsent.contains(&row.record) || !all(&self.store, &record_key(HELD, row.record))?.is_empty() {
                    kept = true;
                    continue;
                }
                self.remove_record(row.record)?;
                self.progress.dropped += 1;
            }
            if !kept {
                self.store.delete(pair_key(&pair));
            }
        }
        Ok(())
    }

    /// What this device's member may read now. A revoked device reads nothing.
    pub(super) fn readable(&self, rules: &Rulebook) -> Scope {
        let revoked = self.trust.revocation(self.device).is_some_and(|revocation| revocation.at_ms <= self.now_ms);
        match self.trust.member_of(self.device).filter(|_| !revoked) {
            Some(member) => scope(rules, member, Action::Read, self.now_ms),
            None => Scope::default(),
        }
    }

    pub(super) fn remove_record(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        if let Some(rules) = self.trust.rules().cloned() {
            Projection::remove(&mut self.store, &rules.campaign, record)?;
        }
        for (key, _) in all(&self.store, &record_key(CHANGE, record))? {
            self.store.delete(key);
        }
        self.loaded.remove(&record);
        self.touched.remove(&record);
        Ok(())
    }

    /// A verified erasure removes a record's content, drafts of it included; the author sees why by the erasure kept in
    /// the trust. The store is to be written anew, because old pages still hold it.
    pub(super) fn erase(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        if !self.loaded(record)?.entries.is_empty() || !all(&self.store, &record_key(HELD, record))?.is_empty() {
            self.store.put(record_key(ERASED_HERE, record), Vec::new());
        }
        self.remove_record(record)?;
        for kind in [HELD, QUARANTINE] {
            for (key, _) in all(&self.store, &record_key(kind, record))? {
                self.store.delete(key);
            }
        }
        let items = outbox::items(&self.store).collect::<Result<Vec<_>, _>>()?;
        for item in items.into_iter().filter(|item| item.record == record) {
            outbox::remove(&mut self.store, record, item.hash)?;
        }
        for (key, bytes) in all(&self.store, &[DRAFT])? {
            let draft: Draft = from_json(&bytes)?;
            if draft.record == Some(record) {
                self.store.delete(key);
                self.store.put(record_key(ERASED_HERE, record), Vec::new());
            }
        }
        // Also where nothing of it is left: it may have been here before it left the scope.
        self.store.put(ERASED, to_json(&record));
        Ok(())
    }
}

pub(super) fn pair_key(pair: &Pair) -> Vec<u8> {
    let form = pair.form.as_ref().map_or("", |form| form.as_str());
    [&[LEFT_SCOPE], pair.unit.as_str().as_bytes(), &[0], form.as_bytes()].concat()
}
