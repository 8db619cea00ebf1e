//! Taking in what a hub answers: statements, scope, then changes, in one batch with the cursor.
//!
//! One bad record never blocks the others: a change that cannot be verified or applied is quarantined with its
//! reason, and the page goes on.

mod bundle;
mod feed;
mod journal;
mod reach;
mod verdicts;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

pub use bundle::{ImportReport, RefusedItem};
use reach::pair_key;
use serde::Serialize;

use super::{
    Replica, ReplicaError,
    entry::{Entry, Loaded, State},
    joining,
    layout::{CURSOR, EPOCH, FULL, FULL_DIRECTORY, LAST_SYNC, OFFER, QUARANTINE, RECHECKING, all, from_json, to_json},
    outbox,
    projecting::PROJECTED_AT_ONCE,
    room::leave_out,
    save::row,
};
use crate::{
    ChangeHash, RecordId,
    identity::{SignedStatement, StatementError, Trust},
    parallel,
    rollup::Projection,
    store::{Batch, Overlay, Read, Store},
    sync::{PROTOCOL_VERSION, Problem, SyncResponse},
};

/// What one answer brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Changes the hub holds durably now.
    pub admitted: usize,
    /// Changes moved to *held*.
    pub held: usize,
    /// Changes left undecided: they stay in the outbox with their reason.
    pub undecided: usize,
    /// Changes that arrived.
    pub received: usize,
    /// Changes that arrived and could not be applied.
    pub quarantined: usize,
    /// Records that left the scope and were dropped.
    pub dropped: usize,
    /// Statements that arrived.
    pub statements: usize,
    /// Whether another request has something to do.
    pub more: bool,
    /// Whether the hub has records for which there is no room here ([`Replica::take_at_most`]): its page was not taken in
    /// whole.
    pub full: bool,
}

/// A page being taken in: nothing is durable before all of it is.
struct Intake<'a, S: Store> {
    store: Overlay<'a, S>,
    trust: Trust,
    loaded: BTreeMap<RecordId, Loaded>,
    touched: BTreeSet<RecordId>,
    undecided: BTreeSet<ChangeHash>,
    /// Whether there is anything in quarantine that might be tried again.
    any_quarantined: bool,
    progress: Progress,
    now_ms: i64,
    device: crate::DeviceId,
}

impl<S: Store> Replica<S> {
    /// Takes the answer to a sync request.
    pub async fn receive_sync(&mut self, body: &[u8]) -> Result<Progress, ReplicaError> {
        self.take_in(SyncResponse::from_bytes(body)?).await
    }

    /// Takes an answer that was read already, so that [`Replica::request_ahead`] could look at it.
    pub async fn take_in(&mut self, mut response: SyncResponse) -> Result<Progress, ReplicaError> {
        if response.version > PROTOCOL_VERSION {
            return Err(ReplicaError::UnsupportedVersion(response.version));
        }
        let beyond_room = self.beyond_room(&response.changes)?;
        let full = !beyond_room.is_empty();
        if full {
            leave_out(&mut response.changes, &beyond_room);
        }
        if !response.changes.is_empty() {
            self.journal(response.changes.iter().map(|item| &item.change[..])).await?;
        }
        let mut intake = self.intake(response.hub_time_ms)?;
        // A replica without a cursor is not told of a new epoch: it sees that the number is another one.
        let epoch: Option<u64> = self.store.get(EPOCH)?.map(|bytes| from_json(&bytes)).transpose()?;
        if epoch.is_some_and(|epoch| epoch != response.epoch) && !self.rechecking()? {
            stage_everything_again(&mut intake.store)?;
        }
        intake.take(&response)?;
        let Intake { mut store, trust, undecided, mut progress, .. } = intake;
        // A page that was not taken in whole is asked for again.
        if full {
            store.put(FULL, Vec::new());
        } else {
            store.put(CURSOR, response.cursor.to_vec());
            store.delete(FULL);
        }
        store.put(EPOCH, to_json(&response.epoch));
        store.put(LAST_SYNC, to_json(&response.hub_time_ms));
        journal::close(&mut store, response.more);
        if !response.more && !full {
            store.delete(RECHECKING);
        }
        let batch = store.into_batch();
        self.keep(batch, trust).await?;
        self.undecided = undecided;
        progress.full = full;
        // Where something was dropped, there may be room now.
        let pulls_on = if full { !self.has_no_room() && progress.dropped > 0 } else { response.more };
        progress.more = pulls_on || self.has_more_to_send()?;
        Ok(progress)
    }

    fn intake(&self, now_ms: i64) -> Result<Intake<'_, S>, ReplicaError> {
        Ok(Intake {
            store: Overlay::new(&*self.store),
            trust: self.trust.clone(),
            loaded: BTreeMap::new(),
            touched: BTreeSet::new(),
            undecided: self.undecided.clone(),
            any_quarantined: !self.store.keys(&[QUARANTINE], None, 1)?.is_empty(),
            progress: Progress::default(),
            now_ms,
            device: self.key.device(),
        })
    }

    /// Makes durable what was taken in; only then it counts.
    async fn keep(&mut self, batch: Batch, trust: Trust) -> Result<(), ReplicaError> {
        let (gained, lost) = records_moved(&self.store, &batch)?;
        if let Err(error) = self.store.commit(batch).await {
            // It is not known what was kept: what is believed is read again, so that it fits the cursor.
            self.trust = super::read_trust(&self.store, &self.identity)?;
            return Err(error.into());
        }
        self.trust = trust;
        self.records = (self.records + gained).saturating_sub(lost);
        Ok(())
    }

    /// Takes a problem with the request as a whole. After `epoch_changed` everything is compared again, from a null
    /// cursor; what was received is shown as being checked.
    pub async fn receive_problem(&mut self, problem: &Problem) -> Result<(), ReplicaError> {
        let mut store = Overlay::new(&self.store);
        match problem.code.as_str() {
            "epoch_changed" => {
                store.delete(CURSOR);
                store.put(RECHECKING, Vec::new());
                stage_everything_again(&mut store)?;
            }
            "invalid_cursor" => store.delete(CURSOR),
            _ => return Ok(()),
        }
        let batch = store.into_batch();
        Ok(self.store.commit(batch).await?)
    }
}

impl<S: Store> Intake<'_, S> {
    fn take(&mut self, response: &SyncResponse) -> Result<(), ReplicaError> {
        let before = self.trust.catalogue_version();
        for bytes in &response.statements {
            self.statement(bytes)?;
        }
        for held in &response.statements_held {
            self.store.delete([&[OFFER], &held[..]].concat());
        }
        if self.trust.catalogue_version() != before {
            self.project_everything()?;
        }
        for retracted in &response.retracted {
            self.refuse(retracted.record, retracted.hash, &retracted.code, None)?;
        }
        for pair in &response.left_scope {
            self.store.put(pair_key(pair), to_json(&(pair.unit.clone(), pair.form.clone())));
        }
        self.changes(&response.changes)?;
        for admitted in &response.admitted {
            let state = State::Received {
                sequence: admitted.sequence,
                received_ms: admitted.received_ms,
                is_final: admitted.is_final,
            };
            self.admitted(admitted.record, admitted.hash, state)?;
            self.progress.admitted += 1;
        }
        for refused in &response.refused {
            self.refused(refused)?;
        }
        self.project_touched()?;
        let anything_new = self.progress != Progress::default() || !response.left_scope.is_empty();
        self.drop_left_scope(anything_new && !response.more)
    }

    fn statement(&mut self, bytes: &[u8]) -> Result<(), ReplicaError> {
        match self.believe(bytes) {
            // The first is kept; a statement that is not believed must not stop the work of others.
            Ok(_) | Err(ReplicaError::Statement(_) | ReplicaError::Envelope(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Believes a statement and does what it says; whether it was new.
    fn believe(&mut self, bytes: &[u8]) -> Result<bool, ReplicaError> {
        let is_new = match joining::accept(&mut self.store, &mut self.trust, bytes) {
            Ok(is_new) => is_new,
            Err(ReplicaError::Statement(StatementError::OtherBase { .. })) => {
                self.store.put(FULL_DIRECTORY, Vec::new());
                return Ok(false);
            }
            Err(other) => return Err(other),
        };
        self.progress.statements += usize::from(is_new);
        if self.store.get(FULL_DIRECTORY)?.is_some()
            && let Ok(signed) = SignedStatement::open(bytes)
            && matches!(signed.statement, crate::identity::Statement::Directory(_))
        {
            self.store.delete(FULL_DIRECTORY);
        }
        if is_new
            && let Ok(signed) = SignedStatement::open(bytes)
            && let crate::identity::Statement::Erasure(erasure) = &signed.statement
        {
            self.erase(erasure.record)?;
        }
        Ok(is_new)
    }

    fn loaded(&mut self, record: RecordId) -> Result<&mut Loaded, ReplicaError> {
        use std::collections::btree_map::Entry as Slot;
        match self.loaded.entry(record) {
            Slot::Occupied(slot) => Ok(slot.into_mut()),
            Slot::Vacant(slot) => {
                let loaded = Loaded::read(&self.store, record)?.unwrap_or_else(|| Loaded::empty(record));
                Ok(slot.insert(loaded))
            }
        }
    }

    /// Rows and roll-ups of every record that changed.
    fn project_touched(&mut self) -> Result<(), ReplicaError> {
        let Some(rules) = self.trust.rules().cloned() else { return Ok(()) };
        let touched = std::mem::take(&mut self.touched);
        for record in &touched {
            if self.loaded(*record)?.entries.is_empty() {
                Projection::remove(&mut self.store, &rules.campaign, *record)?;
            }
        }
        let mut loaded = std::mem::take(&mut self.loaded);
        loaded.retain(|record, loaded| touched.contains(record) && !loaded.entries.is_empty());
        let rows = parallel::consume(loaded.into_values().collect(), |loaded| row(&rules, &loaded));
        let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Projection::put(&mut self.store, &rules.campaign, &rows)?)
    }

    /// A new catalogue: rows and roll-ups are made again from the changes.
    fn project_everything(&mut self) -> Result<(), ReplicaError> {
        let Some(rules) = self.trust.rules().map(Arc::clone) else { return Ok(()) };
        for prefix in Projection::prefixes() {
            for (key, _) in all(&self.store, &[prefix])? {
                self.store.delete(key);
            }
        }
        let mut records: Vec<RecordId> = Vec::new();
        for (key, _) in all(&self.store, &[super::layout::CHANGE])? {
            let id = RecordId::try_from(&key[1..17])?;
            if records.last() != Some(&id) {
                records.push(id);
            }
        }
        for records in records.chunks(PROJECTED_AT_ONCE) {
            let mut rows = Vec::new();
            for record in records {
                if let Some(loaded) = Loaded::read(&self.store, *record)? {
                    rows.push(row(&rules, &loaded)?);
                }
            }
            Projection::put(&mut self.store, &rules.campaign, &rows)?;
        }
        Ok(())
    }
}

/// How many records a batch adds to a store, and how many it takes out: each has a change number 0.
fn records_moved(store: &impl Read, batch: &Batch) -> Result<(usize, usize), ReplicaError> {
    let (mut gained, mut lost) = (0, 0);
    let after = [super::layout::CHANGE + 1];
    for (key, write) in batch.range(Bound::Included(&[super::layout::CHANGE]), Bound::Excluded(&after)) {
        if key.ends_with(&[0; 4]) && key.len() == super::layout::CHANGE_KEY_BYTES {
            match (store.get(key)?.is_some(), write.is_some()) {
                (false, true) => gained += 1,
                (true, false) => lost += 1,
                _ => {}
            }
        }
    }
    Ok((gained, lost))
}

/// Offers the hub all that this replica holds: statements, then every change, own and others'. What the hub has
/// already is admitted again at no cost.
fn stage_everything_again(store: &mut Overlay<'_, impl Read>) -> Result<(), ReplicaError> {
    for bytes in super::layout::statements(store)? {
        let id = SignedStatement::open(&bytes)?.id;
        store.put([&[OFFER], &id[..]].concat(), bytes);
    }
    for (_, bytes) in all(store, &[super::layout::CHANGE])? {
        let signed = Entry::from_bytes(&bytes)?.signed;
        outbox::add(store, signed.record(), signed.hash())?;
    }
    Ok(())
}
