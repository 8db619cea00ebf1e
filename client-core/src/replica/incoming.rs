//! Taking in what a hub answers: statements, scope, then changes, in one batch with the cursor.
//!
//! One bad record never blocks the others: a change that cannot be verified or applied is quarantined with its
//! reason, and the page goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    Replica, ReplicaError,
    entry::{Entry, Loaded, State, spent},
    held::{self, Quarantined},
    joining,
    layout::{
        CURSOR, EPOCH, FULL_DIRECTORY, HELD, JOURNAL, LAST_SYNC, LEFT_SCOPE, OFFER, OUTBOX, QUARANTINE, RECHECKING,
        SUSPECT, WANTED, all, change_key, from_json, hash_key, record_key, spent_key, to_json,
    },
    save::project,
    status::{OutboxItem, Waiting, outbox},
};
use crate::{
    ChangeHash, RecordId,
    campaign::Action,
    change::SignedChange,
    identity::{SignedStatement, StatementError, Trust},
    policy::{Rulebook, Scope, scope},
    rollup::Projection,
    store::{Batch, Overlay, Read, Store},
    sync::{FeedItem, PROTOCOL_VERSION, Pair, Problem, Refused, SyncResponse},
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
}

/// Codes after which a change stays in the outbox: what it lacks is sent with it next time, or someone decides.
const STAYS: [&str; 5] = ["missing_dependency", "unknown_device", "unknown_form", "unknown_unit", "needs_approval"];

/// A record at which the program ended so many times in a row is not applied any more. Once or twice it may have been
/// the battery.
const CRASHES_MAX: u8 = 3;

/// How often the program ended while a change of this record was applied.
fn crashes(store: &impl Read, record: RecordId) -> Result<u8, ReplicaError> {
    Ok(store.get(&record_key(SUSPECT, record))?.map_or(0, |count| count.first().copied().unwrap_or(CRASHES_MAX)))
}

/// What was being applied, so that a start after a crash can quarantine it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Journal {
    /// A page.
    Page,
    /// One record.
    Record(RecordId),
}

/// A page being taken in: nothing is durable before all of it is.
struct Intake<'a, S: Store> {
    store: Overlay<'a, S>,
    trust: Trust,
    loaded: BTreeMap<RecordId, Loaded>,
    touched: BTreeSet<RecordId>,
    undecided: BTreeSet<ChangeHash>,
    progress: Progress,
    now_ms: i64,
    /// Present in careful mode: the record that may be applied; others wait for their own journal entry.
    device: crate::DeviceId,
}

impl<S: Store> Replica<S> {
    /// After a crash while a page was applied: find or quarantine what crashed.
    pub(super) async fn recover(&mut self) -> Result<(), ReplicaError> {
        let Some(bytes) = self.store.get(JOURNAL)? else { return Ok(()) };
        let mut batch = Batch::new();
        if let Journal::Record(record) = from_json(&bytes)? {
            let crashes = crashes(&self.store, record)?;
            batch.put(record_key(SUSPECT, record), vec![crashes.saturating_add(1)]);
        }
        batch.delete(JOURNAL);
        self.store.commit(batch).await?;
        self.careful = true;
        Ok(())
    }

    /// Takes the answer to a sync request.
    pub async fn receive_sync(&mut self, body: &[u8]) -> Result<Progress, ReplicaError> {
        let response = SyncResponse::from_bytes(body)?;
        if response.version > PROTOCOL_VERSION {
            return Err(ReplicaError::UnsupportedVersion(response.version));
        }
        if !response.changes.is_empty() {
            self.journal(&response.changes).await?;
        }
        let mut intake = Intake {
            store: Overlay::new(&self.store),
            trust: self.trust.clone(),
            loaded: BTreeMap::new(),
            touched: BTreeSet::new(),
            undecided: self.undecided.clone(),
            progress: Progress::default(),
            now_ms: response.hub_time_ms,
            device: self.key.device(),
        };
        // A replica without a cursor is not told of a new epoch: it sees that the number is another one.
        let epoch: Option<u64> = self.store.get(EPOCH)?.map(|bytes| from_json(&bytes)).transpose()?;
        if epoch.is_some_and(|epoch| epoch != response.epoch) && !self.rechecking()? {
            stage_everything_again(&mut intake.store)?;
        }
        intake.take(&response)?;
        let Intake { mut store, trust, undecided, mut progress, .. } = intake;
        store.put(CURSOR, response.cursor.to_vec());
        store.put(EPOCH, to_json(&response.epoch));
        store.put(LAST_SYNC, to_json(&response.hub_time_ms));
        store.delete(JOURNAL);
        if !response.more {
            store.delete(RECHECKING);
        }
        let batch = store.into_batch();
        if let Err(error) = self.store.commit(batch).await {
            // It is not known what was kept: what is believed is read again, so that it fits the cursor.
            self.trust = super::read_trust(&self.store, &self.identity)?;
            return Err(error.into());
        }
        self.trust = trust;
        self.undecided = undecided;
        progress.more = response.more || self.has_more_to_send()?;
        Ok(progress)
    }

    /// Takes a problem with the request as a whole. After `epoch_changed` everything is compared again, from a null
    /// cursor; what was received is shown as being checked.
    pub async fn receive_problem(&mut self, problem: &Problem) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        match problem.code.as_str() {
            "epoch_changed" => {
                batch.delete(CURSOR);
                batch.put(RECHECKING, Vec::new());
                let mut store = Overlay::with_batch(&self.store, batch);
                stage_everything_again(&mut store)?;
                batch = store.into_batch();
            }
            "invalid_cursor" => batch.delete(CURSOR),
            _ => return Ok(()),
        }
        Ok(self.store.commit(batch).await?)
    }

    /// Notes what is about to be applied. After a crash every record of a page gets a note of its own, so that the
    /// next start knows which one it was.
    async fn journal(&mut self, changes: &[FeedItem]) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        batch.put(JOURNAL, to_json(&Journal::Page));
        self.store.commit(batch).await?;
        if !self.careful {
            return Ok(());
        }
        let opened = changes.iter().filter_map(|item| SignedChange::open(&item.change).ok());
        let mut by_record: BTreeMap<RecordId, Vec<SignedChange>> = BTreeMap::new();
        for signed in opened {
            by_record.entry(signed.record()).or_default().push(signed);
        }
        for (record, changes) in by_record {
            if crashes(&self.store, record)? >= CRASHES_MAX {
                continue;
            }
            let mut batch = Batch::new();
            batch.put(JOURNAL, to_json(&Journal::Record(record)));
            self.store.commit(batch).await?;
            let mut trial = Loaded::read(&self.store, record)?.map_or_else(|| Loaded::empty(record), |l| l).record;
            for signed in changes {
                if let Ok(change) = signed.read() {
                    let _ = trial.apply(change, signed.chunk());
                }
            }
        }
        self.careful = false;
        Ok(())
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
        for item in &response.changes {
            self.change(item)?;
        }
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
        for record in std::mem::take(&mut self.touched) {
            self.project(record)?;
        }
        self.drop_left_scope(response.more)
    }

    fn statement(&mut self, bytes: &[u8]) -> Result<(), ReplicaError> {
        match joining::accept(&mut self.store, &mut self.trust, bytes) {
            Ok(true) => self.progress.statements += 1,
            Ok(false) => {}
            Err(ReplicaError::Statement(StatementError::OtherBase { .. })) => {
                self.store.put(FULL_DIRECTORY, Vec::new());
                return Ok(());
            }
            // The first is kept; a statement that is not believed must not stop the work of others.
            Err(ReplicaError::Statement(_) | ReplicaError::Envelope(_)) => return Ok(()),
            Err(other) => return Err(other),
        }
        if self.store.get(FULL_DIRECTORY)?.is_some()
            && let Ok(signed) = SignedStatement::open(bytes)
            && matches!(signed.statement, crate::identity::Statement::Directory(_))
        {
            self.store.delete(FULL_DIRECTORY);
        }
        if let Ok(signed) = SignedStatement::open(bytes)
            && let crate::identity::Statement::Erasure(erasure) = &signed.statement
        {
            self.erase(erasure.record)?;
        }
        Ok(())
    }

    /// A verified erasure removes a record's content; the author sees why by the erasure kept in the trust.
    fn erase(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        self.remove_record(record)?;
        for kind in [HELD, QUARANTINE] {
            for (key, _) in all(&self.store, &record_key(kind, record))? {
                self.store.delete(key);
            }
        }
        for (key, item) in outbox(&self.store)? {
            if item.record == record {
                self.store.delete(key);
            }
        }
        Ok(())
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

    /// One change of the feed.
    fn change(&mut self, item: &FeedItem) -> Result<(), ReplicaError> {
        let state = State::Received { sequence: item.sequence, received_ms: item.received_ms, is_final: item.is_final };
        let signed = match SignedChange::open(&item.change) {
            Ok(signed) => signed,
            // Without an envelope there is no record to quarantine it under; the bytes are kept under their hash.
            Err(error) => {
                let hash = ChangeHash(crate::BlobId::of(&item.change).0);
                return self.quarantine(RecordId([0; 16]), hash, error.to_string(), item);
            }
        };
        let (record, hash) = (signed.record(), signed.hash());
        if self.loaded(record)?.entries.iter().any(|entry| entry.hash() == hash) {
            return self.admitted(record, hash, state);
        }
        if self.trust.erasure(record).is_some() {
            return Ok(());
        }
        match self.apply(signed, state) {
            Ok(()) => {
                self.progress.received += 1;
                self.store.delete(hash_key(QUARANTINE, record, hash));
                self.after_applied(record, hash)?;
                self.retry_quarantined(record)
            }
            Err(reason) => self.quarantine(record, hash, reason, item),
        }
    }

    /// Verifies and applies; the text says why not.
    fn apply(&mut self, signed: SignedChange, state: State) -> Result<(), String> {
        let record = signed.record();
        let says = |error: &dyn std::fmt::Display| error.to_string();
        let crashes = crashes(&self.store, record).map_err(|e| says(&e))?;
        if crashes >= CRASHES_MAX {
            return Err("the program ended while a change of this record was applied".into());
        }
        let root = self.trust.root();
        let device = signed.device();
        let certificate = self.trust.certificate(device).ok_or_else(|| format!("the device {device} is unknown"))?;
        signed.verify(root, &certificate.key.clone()).map_err(|e| says(&e))?;
        let change = signed.read().map_err(|e| says(&e))?;
        if change.actor.device() != device {
            return Err("the actor does not belong to the signing device".into());
        }
        let loaded = self.loaded(record).map_err(|e| says(&e))?;
        if let Some(missing) = loaded.record.graph().missing(&change) {
            return Err(format!("it builds on {missing}, which is not here"));
        }
        loaded.record.apply(change, signed.chunk()).map_err(|e| says(&e))?;
        loaded.entries.push(Entry { state, signed });
        let at = loaded.entries.len() - 1;
        let bytes = loaded.entries[at].to_bytes();
        self.store.put(change_key(record, at), bytes);
        self.touched.insert(record);
        if crashes > 0 {
            self.store.delete(record_key(SUSPECT, record));
        }
        Ok(())
    }

    fn after_applied(&mut self, record: RecordId, hash: ChangeHash) -> Result<(), ReplicaError> {
        let key = hash_key(HELD, record, hash);
        let was_held = self.store.get(&key)?.is_some();
        self.store.delete(key);
        let device = self.device;
        let loaded = self.loaded(record)?;
        let own = loaded.record.graph().change(&hash).filter(|change| change.actor.device() == device);
        if own.is_none() || was_held {
            return Ok(());
        }
        // Our own change that this store lacked: it was restored from an older copy. Whatever our actors did in this
        // record since is unknown, so none of them is used again here.
        let actors: BTreeSet<_> = loaded.record.graph().changes().iter().map(|change| change.actor).collect();
        let known = spent(&self.store, record)?;
        for actor in actors.into_iter().filter(|actor| actor.device() == device && !known.contains(actor)) {
            self.store.put(spent_key(record, actor), Vec::new());
        }
        Ok(())
    }

    fn quarantine(
        &mut self,
        record: RecordId,
        hash: ChangeHash,
        reason: String,
        item: &FeedItem,
    ) -> Result<(), ReplicaError> {
        let quarantined = Quarantined {
            record,
            hash,
            reason,
            sequence: item.sequence,
            received_ms: item.received_ms,
            is_final: item.is_final,
            bytes: item.change.to_vec(),
        };
        self.store.put(hash_key(QUARANTINE, record, hash), to_json(&quarantined));
        self.progress.quarantined += 1;
        Ok(())
    }

    /// What was quarantined because something was missing may apply now.
    fn retry_quarantined(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        loop {
            let mut applied = false;
            for (key, bytes) in all(&self.store, &record_key(QUARANTINE, record))? {
                let waiting: Quarantined = from_json(&bytes)?;
                let state = State::Received {
                    sequence: waiting.sequence,
                    received_ms: waiting.received_ms,
                    is_final: waiting.is_final,
                };
                let Ok(signed) = SignedChange::open(&waiting.bytes) else { continue };
                if self.apply(signed, state).is_ok() {
                    self.store.delete(key);
                    self.after_applied(record, waiting.hash)?;
                    applied = true;
                }
            }
            if !applied {
                return Ok(());
            }
        }
    }

    fn admitted(&mut self, record: RecordId, hash: ChangeHash, state: State) -> Result<(), ReplicaError> {
        let loaded = self.loaded(record)?;
        if let Some(at) = loaded.entries.iter().position(|entry| entry.hash() == hash) {
            loaded.entries[at].state = state;
            let bytes = loaded.entries[at].to_bytes();
            self.store.put(change_key(record, at), bytes);
        }
        self.leave_outbox(record, hash)
    }

    fn leave_outbox(&mut self, record: RecordId, hash: ChangeHash) -> Result<(), ReplicaError> {
        for (key, item) in outbox(&self.store)? {
            if item.record == record && item.hash == hash {
                self.store.delete(key);
            }
        }
        Ok(())
    }

    fn refused(&mut self, refused: &Refused) -> Result<(), ReplicaError> {
        if !STAYS.contains(&refused.code.as_str()) {
            return self.refuse(refused.record, refused.hash, &refused.code, refused.detail.as_deref());
        }
        self.undecided.insert(refused.hash);
        self.progress.undecided += 1;
        let waiting = Some(Waiting { code: refused.code.clone(), detail: refused.detail.clone() });
        for (key, item) in outbox(&self.store)? {
            if item.record == refused.record && item.hash == refused.hash {
                self.store.put(key, to_json(&OutboxItem { waiting: waiting.clone(), ..item }));
            }
        }
        if refused.code == "unknown_device" {
            self.offer_certificate(refused)?;
        }
        Ok(())
    }

    /// The hub does not know a signer: its certificate and the issuing keys go along next time.
    fn offer_certificate(&mut self, refused: &Refused) -> Result<(), ReplicaError> {
        let loaded = self.loaded(refused.record)?;
        let entry = loaded.entries.iter().find(|entry| entry.hash() == refused.hash);
        let Some(device) = entry.map(|entry| entry.signed.device()) else { return Ok(()) };
        for bytes in super::layout::statements(&self.store)? {
            let signed = SignedStatement::open(&bytes)?;
            let needed = match &signed.statement {
                crate::identity::Statement::IssuingKey(_) => true,
                crate::identity::Statement::Certificate(certificate) => certificate.device() == device,
                _ => false,
            };
            if needed {
                self.store.put([&[OFFER], &signed.id[..]].concat(), bytes);
            }
        }
        Ok(())
    }

    /// Refused for good: the change and its descendants move to *held*; others' changes that came from the hub are
    /// dropped with their branch.
    fn refuse(
        &mut self,
        record: RecordId,
        hash: ChangeHash,
        code: &str,
        detail: Option<&str>,
    ) -> Result<(), ReplicaError> {
        let now_ms = self.now_ms;
        self.loaded(record)?;
        let Some(mut loaded) = self.loaded.remove(&record) else { return Ok(()) };
        if !loaded.record.graph().contains(&hash) {
            self.loaded.insert(record, loaded);
            return self.leave_outbox(record, hash);
        }
        let moved = held::hold(&mut self.store, &mut loaded, hash, code, detail, now_ms)?;
        self.progress.held += moved.len();
        for hash in moved {
            self.leave_outbox(record, hash)?;
        }
        self.loaded.insert(record, loaded);
        self.touched.insert(record);
        // What the refused change stood in the way of (its own device's change with the same number) may apply now.
        self.retry_quarantined(record)
    }

    fn project(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        let Some(rules) = self.trust.rules().cloned() else { return Ok(()) };
        self.loaded(record)?;
        let Some(loaded) = self.loaded.get(&record) else { return Ok(()) };
        if loaded.entries.is_empty() {
            return Ok(Projection::remove(&mut self.store, &rules.campaign, record)?);
        }
        project(&mut self.store, &rules, loaded)
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
        for record in records {
            if let Some(loaded) = Loaded::read(&self.store, record)? {
                project(&mut self.store, &rules, &loaded)?;
            }
        }
        Ok(())
    }

    /// Drops records of pairs that left the scope, once nothing of ours there is unsent or held.
    ///
    /// A cursor tells what left the scope it was made for. What never was in it (written by a member whose role had
    /// ended), or was in that of a cursor since dropped, shows by the roles as they stand.
    fn drop_left_scope(&mut self, more: bool) -> Result<(), ReplicaError> {
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
        if !more {
            let query = crate::rollup::RowQuery { limit: usize::MAX, ..Default::default() };
            let rows = Projection::rows(&self.store, &query, |row| !readable.contains(&row.unit, &row.form))?;
            gone.extend(rows.into_iter().map(|row| (row.unit, Some(row.form))));
        }
        if gone.is_empty() {
            return Ok(());
        }
        let unsent: BTreeSet<RecordId> = outbox(&self.store)?.into_iter().map(|(_, item)| item.record).collect();
        for (unit, form) in gone {
            let pair = Pair { unit: unit.clone(), form: form.clone() };
            let query = crate::rollup::RowQuery { unit: Some(unit), form, limit: usize::MAX, ..Default::default() };
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
    fn readable(&self, rules: &Rulebook) -> Scope {
        let revoked = self.trust.revocation(self.device).is_some_and(|revocation| revocation.at_ms <= self.now_ms);
        match self.trust.member_of(self.device).filter(|_| !revoked) {
            Some(member) => scope(rules, member, Action::Read, self.now_ms),
            None => Scope::default(),
        }
    }

    fn remove_record(&mut self, record: RecordId) -> Result<(), ReplicaError> {
        if let Some(rules) = self.trust.rules().cloned() {
            Projection::remove(&mut self.store, &rules.campaign, record)?;
        }
        for (key, _) in all(&self.store, &record_key(super::layout::CHANGE, record))? {
            self.store.delete(key);
        }
        self.loaded.remove(&record);
        self.touched.remove(&record);
        Ok(())
    }
}

fn pair_key(pair: &Pair) -> Vec<u8> {
    let form = pair.form.as_ref().map_or("", |form| form.as_str());
    [&[LEFT_SCOPE], pair.unit.as_str().as_bytes(), &[0], form.as_bytes()].concat()
}

/// Offers the hub all that this replica holds: statements, then every change, own and others'. What the hub has
/// already is admitted again at no cost.
fn stage_everything_again(store: &mut Overlay<'_, impl Read>) -> Result<(), ReplicaError> {
    for bytes in super::layout::statements(store)? {
        let id = SignedStatement::open(&bytes)?.id;
        store.put([&[OFFER], &id[..]].concat(), bytes);
    }
    let queued: BTreeSet<ChangeHash> = outbox(store)?.into_iter().map(|(_, item)| item.hash).collect();
    let mut number = super::layout::next_number(store, OUTBOX)?;
    for (_, bytes) in all(store, &[super::layout::CHANGE])? {
        let signed = Entry::from_bytes(&bytes)?.signed;
        let (record, hash) = (signed.record(), signed.hash());
        if !queued.contains(&hash) {
            store.put(super::layout::number_key(OUTBOX, number), to_json(&OutboxItem { record, hash, waiting: None }));
            number += 1;
        }
    }
    Ok(())
}
