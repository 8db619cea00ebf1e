//! What the root key signs, which need not be on the hub's machine: dated issuing keys, and the recovery key.

use std::sync::Arc;

use dongbo_core::{
    AuthorityId,
    identity::{KeyPair, SignedStatement, Statement, Trust},
    store::{Overlay, Store},
};
use serde::Serialize;

use super::{
    Hub, HubError,
    layout::{CONFIG, to_json},
    ledger::Appender,
    statement,
};

/// An issuing key of the campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssuingKeyInfo {
    /// The key's id.
    pub key: AuthorityId,
    /// From when it signs, milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Until when, exclusive.
    pub to_ms: i64,
    /// Whether this hub signs with it.
    pub in_use: bool,
}

impl<S: Store> Hub<S> {
    /// The campaign's issuing keys, by the time they begin.
    pub fn issuing_keys(&self) -> Vec<IssuingKeyInfo> {
        let in_use = self.issuing.authority();
        let info = |(id, key): (&AuthorityId, &dongbo_core::identity::IssuingKey)| IssuingKeyInfo {
            key: *id,
            from_ms: key.from_ms,
            to_ms: key.to_ms,
            in_use: *id == in_use,
        };
        let mut keys: Vec<_> = self.trust.issuing_keys().map(info).collect();
        keys.sort_by_key(|key| key.from_ms);
        keys
    }

    /// Signs with another issuing key from now on: its seed, and the root's statement about it. Both are durable
    /// together. What the key before has signed stays good.
    pub async fn renew_issuing_key(&mut self, seed: [u8; 32], stated: &[u8], now_ms: i64) -> Result<(), HubError> {
        let key = KeyPair::from_seed(seed);
        let signed = SignedStatement::open(stated).map_err(|e| HubError::Malformed(e.to_string()))?;
        let fits = match &signed.statement {
            Statement::IssuingKey(issuing) => {
                issuing.key == key.public() && (issuing.from_ms..issuing.to_ms).contains(&now_ms)
            }
            _ => false,
        };
        if !fits {
            return Err(HubError::Invalid(
                "the root's statement is not about this key and this time; the key in use stays".into(),
            ));
        }
        let mut trust = Trust::clone(&self.trust);
        let mut ledger = Appender { head: self.head, chain: self.chain };
        let mut store = Overlay::new(&self.store);
        statement::append(&mut store, &mut trust, &mut ledger, stated, now_ms)?;
        let mut config = self.config.clone();
        config.issuing_seed = seed;
        store.put(CONFIG, to_json(&config));
        let batch = store.into_batch();
        self.commit(batch).await?;
        (self.config, self.issuing, self.trust) = (config, key, Arc::new(trust));
        (self.head, self.chain) = (ledger.head, ledger.chain);
        Ok(())
    }

    /// Names the campaign's recovery key, by the root's statement about it. A device that hears of it leaves its data
    /// key with it.
    pub async fn name_recovery_key(&mut self, stated: &[u8], now_ms: i64) -> Result<(), HubError> {
        let signed = SignedStatement::open(stated).map_err(|e| HubError::Malformed(e.to_string()))?;
        if !matches!(signed.statement, Statement::RecoveryKey(_)) {
            return Err(HubError::Invalid("the root's statement names no recovery key; the key in use stays".into()));
        }
        let mut trust = Trust::clone(&self.trust);
        let mut ledger = Appender { head: self.head, chain: self.chain };
        let mut store = Overlay::new(&self.store);
        if !statement::append(&mut store, &mut trust, &mut ledger, stated, now_ms)? {
            return Err(HubError::Invalid(
                "a recovery key that is as new or newer is in use already; it stays. Check this machine's clock."
                    .into(),
            ));
        }
        let batch = store.into_batch();
        self.commit(batch).await?;
        self.trust = Arc::new(trust);
        (self.head, self.chain) = (ledger.head, ledger.chain);
        Ok(())
    }
}
