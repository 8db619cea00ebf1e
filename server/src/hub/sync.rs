//! One round of sync for any number of devices: all pushes in one commit, then a page for each.

use std::sync::Arc;

use dongbo_core::{
    DeviceId,
    campaign::Action,
    identity::{Statement, Trust},
    limits::{PAGE_BYTES_MAX, PUSH_CHANGES_MAX},
    policy::{Scope, scope},
    store::{Batch, Store},
    sync::{PROTOCOL_VERSION, SyncRequest, SyncResponse},
};

use super::{
    Hub, HubError,
    admission::{Admission, Pushed},
    cursor::{self, Cursor},
    feed,
    layout::CONFIG,
    ledger::Appender,
    statement,
};

/// Keys after which a commit is made before more is admitted. sled keeps every page that a batch touches, once for each
/// of its keys, until the batch is written: ten thousand keys took 200 MB.
pub(super) const COMMIT_KEYS: usize = 2_000;
/// Changes admitted between two looks at the batch.
pub(super) const CHANGES_BETWEEN_COMMITS: usize = 256;

/// A device's request.
pub struct SyncCall<'a> {
    /// Who, as its session proves.
    pub device: DeviceId,
    /// The body.
    pub body: &'a [u8],
}

/// A request that was read, with what its push brought.
struct Round {
    device: DeviceId,
    request: SyncRequest,
    cursor: Cursor,
    pushed: Pushed,
    statements_held: Vec<[u8; 32]>,
}

impl<S: Store> Hub<S> {
    /// Answers several requests together, with one commit unless they bring a lot. Nothing is acknowledged before it is
    /// durable: if a commit fails, every request of the group fails. What an earlier commit kept is admitted again at
    /// no cost when it is sent again.
    pub async fn sync(&mut self, calls: &[SyncCall<'_>], now_ms: i64) -> Vec<Result<Vec<u8>, HubError>> {
        if let Err(error) = self.settle().await {
            return calls.iter().map(|_| Err(error.clone())).collect();
        }
        let mut rounds = Vec::with_capacity(calls.len());
        for call in calls {
            rounds.push(self.read_request(call, now_ms).await);
        }
        if let Err(error) = self.admit_all(&mut rounds, now_ms).await {
            return calls.iter().map(|_| Err(error.clone())).collect();
        }
        rounds.into_iter().map(|round| self.answer(round?, now_ms)).collect()
    }

    async fn read_request(&mut self, call: &SyncCall<'_>, now_ms: i64) -> Result<Round, HubError> {
        let request = SyncRequest::from_bytes(call.body)?;
        if request.version > PROTOCOL_VERSION {
            return Err(HubError::UnsupportedVersion(request.version));
        }
        if request.changes.len() > PUSH_CHANGES_MAX {
            let found = request.changes.len();
            return Err(HubError::TooMuch { what: "changes in one push", found, limit: PUSH_CHANGES_MAX });
        }
        let cursor = match &request.cursor {
            None => Cursor { epoch: self.config.epoch, ..Cursor::default() },
            Some(sealed) => Cursor::open(&self.config.mac_key, self.trust.root(), sealed)?,
        };
        if cursor.epoch > self.config.epoch || (cursor.epoch == self.config.epoch && cursor.reaches() > self.head) {
            // A valid cursor that is ahead of us: we were restored from an older copy. The number is the time in
            // seconds, so that it is not one that another copy gave to an epoch of its own.
            let seconds = now_ms.div_euclid(1_000).unsigned_abs();
            self.start_epoch(cursor.epoch.max(self.config.epoch).saturating_add(1).max(seconds)).await?;
        }
        if cursor.epoch != self.config.epoch {
            return Err(HubError::EpochChanged(self.config.epoch));
        }
        let pushed = Pushed::default();
        Ok(Round { device: call.device, request, cursor, pushed, statements_held: Vec::new() })
    }

    async fn admit_all(&mut self, rounds: &mut [Result<Round, HubError>], now_ms: i64) -> Result<(), HubError> {
        let mut admission = self.admission();
        for round in rounds.iter_mut().flatten() {
            for bytes in &round.request.statements {
                if take_statement(&mut admission, bytes, now_ms)? {
                    round.statements_held.push(dongbo_core::BlobId::of(bytes).0);
                }
            }
            for changes in round.request.changes.chunks(CHANGES_BETWEEN_COMMITS) {
                if admission.store.batch().len() >= COMMIT_KEYS {
                    let admitted = admission.finish();
                    self.keep(admitted).await?;
                    admission = self.admission();
                }
                let changes: Vec<&[u8]> = changes.iter().map(|bytes| &bytes[..]).collect();
                admission.push(&changes, &mut round.pushed, now_ms)?;
            }
        }
        let trust = admission.trust.clone();
        for round in rounds.iter().flatten() {
            if let Some(scope) = self.scope_of(&trust, round, now_ms) {
                cursor::keep(&mut admission.store, &scope)?;
            }
        }
        let admitted = admission.finish();
        self.keep(admitted).await
    }

    pub(super) fn admission(&self) -> Admission<'_, S> {
        let ledger = Appender { head: self.head, chain: self.chain };
        Admission::new(&self.store, Arc::clone(&self.trust), ledger)
    }

    /// Makes what was admitted durable; only then it counts.
    pub(super) async fn keep(&mut self, (batch, trust, ledger): (Batch, Arc<Trust>, Appender)) -> Result<(), HubError> {
        if !batch.is_empty() {
            self.commit(batch).await?;
        }
        self.trust = trust;
        (self.head, self.chain) = (ledger.head, ledger.chain);
        self.list_erasures()
    }

    /// What a device may read now, narrowed to the units it wants. A revoked device reads nothing.
    fn scope_of(&self, trust: &Trust, round: &Round, now_ms: i64) -> Option<Scope> {
        let rules = trust.rules()?;
        let revoked = trust.revocation(round.device).is_some_and(|revocation| revocation.at_ms <= now_ms);
        let readable = match trust.member_of(round.device).filter(|_| !revoked) {
            Some(member) => scope(rules, member, Action::Read, now_ms),
            None => Scope::default(),
        };
        Some(match &round.request.units {
            None => readable,
            Some(wanted) => readable.within(&wanted.iter().flat_map(|unit| rules.units.reach_subtree(unit)).collect()),
        })
    }

    fn answer(&self, round: Round, now_ms: i64) -> Result<Vec<u8>, HubError> {
        let scope = self.scope_of(&self.trust, &round, now_ms).unwrap_or_default();
        let bytes_max = usize::try_from(round.request.bytes_max).unwrap_or(usize::MAX).min(PAGE_BYTES_MAX);
        let read_before = round.request.cursor.is_some().then_some(round.cursor.position);
        let mut cursor = round.cursor.clone();
        let started = cursor.complete.is_some();
        if started {
            cursor.note_own(round.pushed.admitted.iter().map(|admitted| admitted.sequence));
        }
        let mut page = feed::page(&self.store, cursor, &scope, self.head, bytes_max)?;
        if !started {
            page.cursor.note_own(round.pushed.admitted.iter().map(|admitted| admitted.sequence));
        }
        let mut statements = self.news(&round, read_before)?;
        for signer in &page.signers {
            statements.extend(self.trust.certificate_statement(*signer).map(|signed| signed.bytes.clone()));
        }
        let response = SyncResponse {
            version: PROTOCOL_VERSION,
            admitted: round.pushed.admitted,
            refused: round.pushed.refused,
            changes: page.items,
            cursor: page.cursor.seal(&self.config.mac_key, self.trust.root()).into(),
            more: page.more,
            statements: statements.into_iter().map(Into::into).collect(),
            retracted: Vec::new(),
            hub_time_ms: now_ms,
            left_scope: page.left_scope,
            statements_held: round.statements_held.iter().map(|id| id.to_vec().into()).collect(),
            epoch: self.config.epoch,
        };
        Ok(response.to_bytes())
    }

    /// Statements for everyone that this replica has not read, in chain order; catalogue and directory by version.
    fn news(&self, round: &Round, read_before: Option<u64>) -> Result<Vec<Vec<u8>>, HubError> {
        let mut news = Vec::new();
        for (sequence, signed) in statement::statements_after(&self.store, read_before.unwrap_or(0))? {
            let wanted = match &signed.statement {
                Statement::IssuingKey(_)
                | Statement::Revocation(_)
                | Statement::Erasure(_)
                | Statement::RecoveryKey(_) => true,
                // Its member sees it on all their devices.
                Statement::Reset(reset) => {
                    let member = |device| self.trust.certificate(device).map(|certificate| certificate.member);
                    reset.device == round.device || member(reset.device) == member(round.device)
                }
                _ => false,
            };
            if wanted && sequence <= self.head {
                news.push(signed.bytes.clone());
            }
        }
        if self.trust.catalogue_version() > round.request.catalogue {
            news.extend(self.trust.catalogue_statement().map(|signed| signed.bytes.clone()));
        }
        news.extend(self.directory_since(round.request.directory)?);
        Ok(news)
    }

    /// Starts a new epoch: old cursors are answered with it, and replicas compare what they hold.
    pub async fn start_epoch(&mut self, epoch: u64) -> Result<(), HubError> {
        let mut config = self.config.clone();
        config.epoch = epoch;
        let mut batch = Batch::new();
        batch.put(CONFIG, super::layout::to_json(&config));
        self.commit(batch).await?;
        self.config = config;
        tracing::warn!(epoch, "a new epoch began");
        Ok(())
    }
}

/// Believes a statement that a replica offers; whether it is held now.
fn take_statement<S: dongbo_core::store::Read>(
    admission: &mut Admission<'_, S>,
    bytes: &[u8],
    now_ms: i64,
) -> Result<bool, HubError> {
    match statement::append(
        &mut admission.store,
        Arc::make_mut(&mut admission.trust),
        &mut admission.ledger,
        bytes,
        now_ms,
    ) {
        Ok(_) => Ok(true),
        Err(HubError::Statement(error)) => {
            tracing::warn!(%error, "an offered statement is not believed");
            // A superseded or conflicting version need not be offered again.
            Ok(matches!(error, dongbo_core::identity::StatementError::SameVersion { .. }))
        }
        Err(HubError::Malformed(_)) => Ok(false),
        Err(other) => Err(other),
    }
}
