//! Admission: the checks of protocol.md section 4, in order; the first failing check gives the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dongbo_core::{
    BlobId, ChangeHash, RecordId,
    campaign::Action,
    change::{Change, SignedChange},
    identity::Trust,
    judged::{Judged, Unverified},
    limits::CHANGE_BYTES_MAX,
    parallel,
    policy::{Asked, Verdict, judge},
    record::{Record, RecordError, read_row},
    rollup::Projection,
    store::{Batch, Overlay, Read},
    sync::{Admitted, Refused},
};

use super::{
    HubError,
    approval::{self, PendingState},
    ledger::{self, Appender},
};

/// Room the envelope may take around a change.
const ENVELOPE_BYTES: usize = 1 << 10;

/// Why a change was not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A code of protocol.md section 4.
    pub code: &'static str,
    /// More about it.
    pub detail: Option<String>,
}

impl Refusal {
    fn new(code: &'static str, detail: impl Into<Option<String>>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Whether the change stays in its device's outbox.
    fn is_open(&self) -> bool {
        matches!(
            self.code,
            "missing_dependency" | "unknown_device" | "unknown_form" | "unknown_unit" | "needs_approval"
        )
    }
}

/// Why one change stopped: refused, or the hub itself failed.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(HubError),
}

impl<E: Into<HubError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn refuse(code: &'static str, detail: impl Into<Option<String>>) -> Stop {
    Stop::Refused(Refusal::new(code, detail))
}

/// Changes being admitted, from any number of pushes, into one commit.
pub(super) struct Admission<'a, S: Read> {
    pub(super) store: Overlay<'a, S>,
    pub(super) trust: Arc<Trust>,
    pub(super) ledger: Appender,
    /// Records that changes were taken into since [`Admission::project`].
    records: BTreeMap<RecordId, Record>,
    touched: BTreeSet<RecordId>,
}

/// What one push brought.
#[derive(Default)]
pub(super) struct Pushed {
    pub(super) admitted: Vec<Admitted>,
    pub(super) refused: Vec<Refused>,
    /// Refused in this push: whether each stays in the outbox.
    open: BTreeMap<(RecordId, ChangeHash), bool>,
}

/// Changes admitted before their rows are made: what bounds the documents in memory at a time.
const CHANGES_AT_ONCE: usize = 128;

impl<'a, S: Read> Admission<'a, S> {
    pub(super) fn new(store: &'a S, trust: Arc<Trust>, ledger: Appender) -> Self {
        Self { store: Overlay::new(store), trust, ledger, records: BTreeMap::new(), touched: BTreeSet::new() }
    }

    /// What is to be committed, and what counts after it.
    pub(super) fn finish(self) -> (Batch, Arc<Trust>, Appender) {
        (self.store.into_batch(), self.trust, self.ledger)
    }

    /// Admits the changes of a push, each in its turn, with rows and roll-ups. A refusal leaves the rest unaffected.
    pub(super) fn push(&mut self, changes: &[&[u8]], pushed: &mut Pushed, now_ms: i64) -> Result<(), HubError> {
        for changes in changes.chunks(CHANGES_AT_ONCE) {
            let opened: Vec<Opened> = changes.iter().map(|bytes| self.open(bytes)).collect::<Result<_, _>>()?;
            let trust = &*self.trust;
            let judged = parallel::map(&opened, |opened| match opened {
                Opened::New(signed) => Some(Judged::of(signed, trust)),
                _ => None,
            });
            for (opened, judged) in opened.into_iter().zip(judged) {
                self.admit(opened, judged, pushed, now_ms)?;
            }
            self.project()?;
        }
        Ok(())
    }

    /// Reads the envelope, and looks up what needs no judgement.
    fn open(&self, bytes: &[u8]) -> Result<Opened, HubError> {
        if bytes.len() > CHANGE_BYTES_MAX + ENVELOPE_BYTES {
            return Ok(Opened::nameless(
                bytes,
                Refusal::new("too_large", format!("a change has at most {CHANGE_BYTES_MAX} bytes")),
            ));
        }
        let signed = match SignedChange::open(bytes) {
            Ok(signed) => signed,
            Err(error) => return Ok(Opened::nameless(bytes, Refusal::new("malformed_envelope", error.to_string()))),
        };
        let (record, hash) = (signed.record(), signed.hash());
        if self.trust.erasure(record).is_some() {
            return Ok(Opened::Refused((record, hash), Refusal::new("erased", None)));
        }
        Ok(match self.held(record, hash)? {
            Some(admitted) => Opened::Held(admitted),
            None => Opened::New(Box::new(signed)),
        })
    }

    /// A change that is in the ledger already.
    fn held(&self, record: RecordId, hash: ChangeHash) -> Result<Option<Admitted>, HubError> {
        let Some(sequence) = ledger::find(&self.store, record, hash)? else { return Ok(None) };
        let received_ms = ledger::entry(&self.store, sequence)?.received_ms;
        Ok(Some(Admitted { record, hash, sequence, received_ms, is_final: true }))
    }

    /// Admits one change, or notes its refusal.
    fn admit(
        &mut self,
        opened: Opened,
        judged: Option<Judged>,
        pushed: &mut Pushed,
        now_ms: i64,
    ) -> Result<(), HubError> {
        let (name, outcome) = match opened {
            Opened::Held(admitted) => ((admitted.record, admitted.hash), Ok(admitted)),
            Opened::Refused(name, refusal) => (name, Err(Stop::Refused(refusal))),
            Opened::New(signed) => {
                let judged = judged.unwrap_or_else(|| Judged::of(&signed, &self.trust));
                ((signed.record(), signed.hash()), self.admit_new(&signed, judged, pushed, now_ms))
            }
        };
        match outcome {
            Ok(admitted) => pushed.admitted.push(admitted),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Refused(refusal)) => {
                pushed.open.insert(name, refusal.is_open());
                let code = refusal.code.to_owned();
                pushed.refused.push(Refused { record: name.0, hash: name.1, code, detail: refusal.detail });
            }
        }
        Ok(())
    }

    fn admit_new(
        &mut self,
        signed: &SignedChange,
        judged: Judged,
        pushed: &Pushed,
        now_ms: i64,
    ) -> Result<Admitted, Stop> {
        // The same change twice in one push.
        if let Some(admitted) = self.held(signed.record(), signed.hash())? {
            return Ok(admitted);
        }
        let change = judged.change.map_err(unverified)?;
        let next = self.place(signed, &change, judged.alone, pushed)?;
        self.permit(signed, &change, &next, now_ms)?;
        Ok(self.append(signed, next, now_ms)?)
    }

    /// Appends a change that an approver let in: everything but the permission is checked again.
    pub(super) fn admit_approved(&mut self, signed: &SignedChange, now_ms: i64) -> Result<Admitted, Stop> {
        let judged = Judged::of(signed, &self.trust);
        let change = judged.change.map_err(unverified)?;
        let next = self.place(signed, &change, judged.alone, &Pushed::default())?;
        Ok(self.append(signed, next, now_ms)?)
    }

    /// Record id, dependencies, structure, equivocation, trial: the record as it is with the change.
    fn place(
        &mut self,
        signed: &SignedChange,
        change: &Change,
        alone: Option<Result<Record, RecordError>>,
        pushed: &Pushed,
    ) -> Result<Record, Stop> {
        let id = signed.record();
        let mut record = self.record(id)?;
        if change.deps.is_empty() {
            record.check_id(change).map_err(|e| refuse("record_mismatch", e.to_string()))?;
        }
        if let Some(missing) = record.graph().missing(change) {
            let refused = change.deps.iter().find_map(|dep| Some((dep, *pushed.open.get(&(id, *dep))?)));
            return Err(match refused {
                // What it builds on waits in the outbox, so this waits with it.
                Some((dep, true)) => refuse("missing_dependency", dep.to_string()),
                Some((dep, false)) => refuse("depends", dep.to_string()),
                None => refuse("missing_dependency", missing.to_string()),
            });
        }
        let placed = match alone.filter(|_| record.graph().changes().is_empty()) {
            Some(placed) => placed,
            None => record.apply(change.clone(), signed.chunk()).map(|()| record),
        };
        placed.map_err(|error| match error {
            RecordError::Equivocation(other) => refuse(error.code(), other.to_string()),
            other => refuse(other.code(), other.to_string()),
        })
    }

    /// Form, unit, role.
    fn permit(&mut self, signed: &SignedChange, change: &Change, next: &Record, now_ms: i64) -> Result<(), Stop> {
        let origin = next.origin().map_err(|error| HubError::Record { record: next.id(), error })?.origin;
        let Some(rules) = self.trust.rules().cloned() else {
            return Err(refuse("unknown_form", origin.form.to_string()));
        };
        let Some(form) = rules.campaign.form(&origin.form) else {
            return Err(refuse("unknown_form", origin.form.to_string()));
        };
        if rules.units.get(&origin.unit).is_none() {
            return Err(refuse("unknown_unit", origin.unit.to_string()));
        }
        let action = if change.deps.is_empty() { Action::Create } else { Action::Edit };
        if form.write_once && action == Action::Edit {
            return Err(refuse("forbidden", "write_once: annul it by a new record".to_owned()));
        }
        let device = signed.device();
        let Some(member) = self.trust.member_of(device) else {
            return Err(refuse("forbidden", "the device's member is not in the directory".to_owned()));
        };
        let asked =
            Asked { action, unit: &origin.unit, form: &origin.form, signed_ms: change.time_ms(), received_ms: now_ms };
        match judge(&rules, member, self.trust.revocation(device), asked) {
            Verdict::Allowed => Ok(()),
            Verdict::Forbidden => Err(refuse("forbidden", format!("no role allows this in {}", origin.unit))),
            Verdict::NeedsApproval => self.wait_for_approval(signed, &origin.unit, &origin.form, now_ms),
        }
    }

    fn wait_for_approval(
        &mut self,
        signed: &SignedChange,
        unit: &dongbo_core::UnitId,
        form: &dongbo_core::FormId,
        now_ms: i64,
    ) -> Result<(), Stop> {
        let pending = approval::pending(&self.store, signed.record(), signed.hash())?;
        if let Some(reason) = pending.and_then(|pending| match pending.state {
            PendingState::TurnedDown { reason, .. } => Some(reason),
            PendingState::Waiting => None,
        }) {
            return Err(refuse("turned_down", reason));
        }
        approval::keep(&mut self.store, signed, unit, form, now_ms)?;
        Err(refuse("needs_approval", None))
    }

    fn append(&mut self, signed: &SignedChange, next: Record, now_ms: i64) -> Result<Admitted, HubError> {
        let (record, hash) = (signed.record(), signed.hash());
        let origin = next.origin().map_err(|error| HubError::Record { record, error })?.origin;
        let sequence = self.ledger.change(&mut self.store, signed, &origin.unit, &origin.form, now_ms);
        self.records.insert(record, next);
        self.touched.insert(record);
        approval::forget(&mut self.store, record, hash);
        Ok(Admitted { record, hash, sequence, received_ms: now_ms, is_final: true })
    }

    fn record(&self, id: RecordId) -> Result<Record, HubError> {
        match self.records.get(&id) {
            Some(record) => Ok(record.clone()),
            None => load(&self.store, id),
        }
    }

    /// Rows and roll-ups of every record touched. A row that cannot be made never blocks the others.
    pub(super) fn project(&mut self) -> Result<(), HubError> {
        let touched = std::mem::take(&mut self.touched);
        let mut records = std::mem::take(&mut self.records);
        records.retain(|id, _| touched.contains(id));
        let Some(rules) = self.trust.rules().cloned() else { return Ok(()) };
        let rows = parallel::consume(records.into_values().collect(), |record: Record| {
            let row = record.origin().and_then(|origin| read_row(&record, rules.form(&origin.origin.form)));
            row.inspect_err(|error| tracing::error!(record = %record.id(), %error, "a row cannot be made"))
        });
        Ok(Projection::put(&mut self.store, &rules.campaign, rows.iter().flatten())?)
    }
}

/// A change whose envelope was read.
enum Opened {
    /// In the ledger already: admitted again at no cost.
    Held(Admitted),
    /// Refused as it stands.
    Refused((RecordId, ChangeHash), Refusal),
    /// To be judged.
    New(Box<SignedChange>),
}

impl Opened {
    /// Bytes without an envelope have no record; they are named by the SHA-256 of what was sent.
    fn nameless(bytes: &[u8], refusal: Refusal) -> Self {
        Self::Refused((RecordId([0; 16]), ChangeHash(BlobId::of(bytes).0)), refusal)
    }
}

fn unverified(reason: Unverified) -> Stop {
    let detail = match &reason {
        Unverified::UnknownDevice(device) => device.to_string(),
        other => other.to_string(),
    };
    refuse(reason.code(), detail)
}

/// Loads a record from the ledger; empty if it has no changes there.
pub(super) fn load(store: &impl Read, id: RecordId) -> Result<Record, HubError> {
    let changes = ledger::changes_of(store, id)?;
    if changes.is_empty() {
        return Ok(Record::empty(id));
    }
    let chunks = changes.iter().map(|(_, _, signed)| signed.chunk());
    Record::replay(id, chunks).map_err(|error| HubError::Record { record: id, error })
}
