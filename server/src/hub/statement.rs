//! Authority statements at the hub: reading them on opening, issuing new ones.

use std::sync::Arc;

use dongbo_core::{
    identity::{Accepted, Directory, SignedStatement, Statement, Trust},
    store::{Overlay, Read, Store},
};

use super::{
    Hub, HubError, erasure,
    layout::{STATEMENT, sequence_key, sequence_of},
    ledger::{self, Appender},
};

/// Believes every statement of the ledger, in order.
pub(super) fn read_trust(store: &impl Read, root_key: [u8; 32]) -> Result<Trust, HubError> {
    let mut trust = Trust::new(root_key);
    for (_, signed) in statements(store)? {
        // A catalogue or directory that a later one supersedes is no error.
        trust.accept(&signed)?;
    }
    Ok(trust)
}

/// Every statement of the ledger with its sequence.
pub(super) fn statements(store: &impl Read) -> Result<Vec<(u64, Arc<SignedStatement>)>, HubError> {
    statements_after(store, 0)
}

/// The statements after a sequence.
pub(super) fn statements_after(store: &impl Read, after: u64) -> Result<Vec<(u64, Arc<SignedStatement>)>, HubError> {
    let mut found = Vec::new();
    for key in store.keys(&[STATEMENT], Some(&sequence_key(STATEMENT, after)), usize::MAX)? {
        let sequence = sequence_of(&key).unwrap_or(0);
        let entry = ledger::entry(store, sequence)?;
        let signed = SignedStatement::open(&entry.bytes).map_err(|e| HubError::Stored(e.to_string()))?;
        found.push((sequence, Arc::new(signed)));
    }
    Ok(found)
}

/// Believes a statement and appends it; whether it was new. An erasure takes effect with it.
pub(super) fn append(
    store: &mut Overlay<'_, impl Read>,
    trust: &mut Trust,
    ledger: &mut Appender,
    bytes: &[u8],
    received_ms: i64,
) -> Result<bool, HubError> {
    let signed = SignedStatement::open(bytes).map_err(|e| HubError::Malformed(e.to_string()))?;
    let signed = Arc::new(signed);
    if trust.accept(&signed)? == Accepted::Nothing {
        return Ok(false);
    }
    ledger.statement(store, bytes, received_ms);
    if let Statement::Erasure(erased) = &signed.statement {
        erasure::erase(store, trust, erased.record, received_ms)?;
    }
    Ok(true)
}

impl<S: Store> Hub<S> {
    /// Signs statements with the issuing key and makes them durable, together.
    pub(super) async fn issue(&mut self, statements: &[Statement], now_ms: i64) -> Result<Vec<Vec<u8>>, HubError> {
        let mut trust = Trust::clone(&self.trust);
        let mut ledger = Appender { head: self.head, chain: self.chain };
        let mut store = Overlay::new(&self.store);
        let mut signed = Vec::new();
        for statement in statements {
            let bytes = SignedStatement::sign(trust.root(), &self.issuing, now_ms, statement);
            append(&mut store, &mut trust, &mut ledger, &bytes, now_ms)?;
            signed.push(bytes);
        }
        let batch = store.into_batch();
        self.commit(batch).await?;
        self.trust = Arc::new(trust);
        (self.head, self.chain) = (ledger.head, ledger.chain);
        self.list_erasures()?;
        Ok(signed)
    }

    /// The statements that bring a directory of version `held` up to date: the steps since, or the whole.
    pub(super) fn directory_since(&self, held: u64) -> Result<Vec<Vec<u8>>, HubError> {
        let current = self.trust.directory_version();
        if held >= current {
            return Ok(Vec::new());
        }
        let mut steps = Vec::new();
        let mut reached = held;
        for (_, signed) in statements(&self.store)? {
            if let Statement::Directory(Directory { version, base, .. }) = &signed.statement
                && *version > reached
                && base.is_none_or(|base| base == reached)
            {
                reached = *version;
                steps.push(signed);
            }
        }
        if held > 0 && reached == current && steps.len() <= DIRECTORY_STEPS_MAX {
            return Ok(steps.iter().map(|signed| signed.bytes.clone()).collect());
        }
        // Not before the key that signs it: the directory may be older than a renewed key.
        let signs_from_ms = self.issuing_keys().iter().find(|key| key.in_use).map_or(0, |key| key.from_ms);
        let stated_ms = self.trust.directory_statement().map_or(0, |signed| signed.issued_ms);
        let issued_ms = stated_ms.max(signs_from_ms);
        let whole = Directory { version: current, members: self.trust.members().cloned().collect(), base: None };
        Ok(vec![SignedStatement::sign(self.trust.root(), &self.issuing, issued_ms, &Statement::Directory(whole))])
    }
}

/// More steps than this are sent as the whole directory.
const DIRECTORY_STEPS_MAX: usize = 32;
