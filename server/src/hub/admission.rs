//! Admission: the checks of protocol.md section 4, in order; the first failing check gives the code.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    BlobId, ChangeHash, RecordId,
    campaign::Action,
    change::{Change, ReadError, SignedChange},
    identity::Trust,
    limits::CHANGE_BYTES_MAX,
    policy::{Asked, Verdict, judge},
    record::{Record, RecordError, read_row},
    rollup::Projection,
    store::{Overlay, Read},
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
    pub(super) trust: Trust,
    pub(super) ledger: Appender,
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

impl<'a, S: Read> Admission<'a, S> {
    pub(super) fn new(store: &'a S, trust: Trust, ledger: Appender) -> Self {
        Self { store: Overlay::new(store), trust, ledger, records: BTreeMap::new(), touched: BTreeSet::new() }
    }

    /// Admits one change, or notes its refusal; the rest of the push is unaffected.
    pub(super) fn push(&mut self, bytes: &[u8], pushed: &mut Pushed, now_ms: i64) -> Result<(), HubError> {
        // Bytes without an envelope have no record; they are named by the SHA-256 of what was sent.
        let nameless = (RecordId([0; 16]), ChangeHash(BlobId::of(bytes).0));
        let opened = if bytes.len() > CHANGE_BYTES_MAX + ENVELOPE_BYTES {
            Err(refuse("too_large", format!("a change has at most {CHANGE_BYTES_MAX} bytes")))
        } else {
            SignedChange::open(bytes).map_err(|e| refuse("malformed_envelope", e.to_string()))
        };
        let (name, outcome) = match opened {
            Ok(signed) => {
                let name = (signed.record(), signed.hash());
                (name, self.admit(signed, pushed, now_ms))
            }
            Err(stop) => (nameless, Err(stop)),
        };
        let (record, hash) = name;
        match outcome {
            Ok(admitted) => pushed.admitted.push(admitted),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Refused(refusal)) => {
                pushed.open.insert(name, refusal.is_open());
                let code = refusal.code.to_owned();
                pushed.refused.push(Refused { record, hash, code, detail: refusal.detail });
            }
        }
        Ok(())
    }

    fn admit(&mut self, signed: SignedChange, pushed: &Pushed, now_ms: i64) -> Result<Admitted, Stop> {
        let (record, hash) = (signed.record(), signed.hash());
        if self.trust.erasure(record).is_some() {
            return Err(refuse("erased", None));
        }
        if let Some(sequence) = ledger::find(&self.store, record, hash)? {
            let received_ms = ledger::entry(&self.store, sequence)?.received_ms;
            return Ok(Admitted { record, hash, sequence, received_ms, is_final: true });
        }
        let change = self.verify(&signed)?;
        let next = self.place(&signed, &change, pushed)?;
        self.permit(&signed, &change, &next, now_ms)?;
        Ok(self.append(&signed, next, now_ms)?)
    }

    /// Appends a change that an approver let in: everything but the permission is checked again.
    pub(super) fn admit_approved(&mut self, signed: &SignedChange, now_ms: i64) -> Result<Admitted, Stop> {
        let change = self.verify(signed)?;
        let next = self.place(signed, &change, &Pushed::default())?;
        Ok(self.append(signed, next, now_ms)?)
    }

    /// Signer, signature, strict reader, actor.
    fn verify(&self, signed: &SignedChange) -> Result<Change, Stop> {
        let device = signed.device();
        let certificate = self.trust.certificate(device).ok_or_else(|| refuse("unknown_device", device.to_string()))?;
        signed.verify(self.trust.root(), &certificate.key).map_err(|e| refuse("bad_signature", e.to_string()))?;
        let change = signed.read().map_err(|error| match error {
            ReadError::OwnActor => refuse("actor_mismatch", error.to_string()),
            ReadError::TooLarge => refuse("too_large", error.to_string()),
            other => refuse("malformed_change", other.to_string()),
        })?;
        if change.actor.device() != device {
            return Err(refuse("actor_mismatch", format!("the actor {} does not end in the signer", change.actor)));
        }
        Ok(change)
    }

    /// Record id, dependencies, structure, trial, equivocation: the record as it is with the change.
    fn place(&mut self, signed: &SignedChange, change: &Change, pushed: &Pushed) -> Result<Record, Stop> {
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
        // Automerge itself refuses two changes with one actor and seq, so this is looked at before the trial.
        if record.check(change).is_ok()
            && let Some(other) = record.graph().equivocation(change)
        {
            return Err(refuse("equivocation", other.to_string()));
        }
        record.apply(change.clone(), signed.chunk()).map_err(|error| match error {
            RecordError::Mismatch => refuse("record_mismatch", error.to_string()),
            other => refuse("invalid_change", other.to_string()),
        })?;
        Ok(record)
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
            return Err(refuse("forbidden", format!("turned down: {reason}")));
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
        let Some(rules) = self.trust.rules().cloned() else { return Ok(()) };
        for id in std::mem::take(&mut self.touched) {
            let record = self.record(id)?;
            let origin = record.origin().map_err(|error| HubError::Record { record: id, error })?.origin;
            match read_row(&record, rules.form(&origin.form)) {
                Ok(row) => Projection::put(&mut self.store, &rules.campaign, &row)?,
                Err(error) => tracing::error!(record = %id, %error, "a row cannot be made"),
            }
        }
        Ok(())
    }
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
