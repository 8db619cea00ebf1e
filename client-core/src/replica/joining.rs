//! From an invitation to a certified device, with a key that survives a lost answer.

use std::sync::Arc;

use super::{
    Replica, ReplicaError,
    layout::{
        CURSOR, IDENTITY, Identity, PROJECTED, REPLICA_FORMAT, STATEMENT, WANTED, from_json, next_number, number_key,
        to_json,
    },
};
use crate::{
    AuthorityId, CampaignId, UnitId,
    identity::{Accepted, KeyPair, SignedStatement, Statement, StatementError, Trust},
    rollup::Projection,
    store::{Batch, Overlay, Store},
    sync::{Invitation, JoinAnswer, JoinRequest, SessionRequest},
};

impl<S: Store> Replica<S> {
    /// Makes a device in an empty store: its key is durable before the hub hears of it, so that a lost answer locks
    /// nobody out. A store prepared with the same invitation is opened as it is.
    pub async fn prepare(mut store: S, link: &str, name: &str, seed: [u8; 32]) -> Result<Self, ReplicaError> {
        let invitation = Invitation::parse(link)?;
        if let Some(identity) = Identity::read(&store)? {
            if identity.invite == invitation.code && identity.root == invitation.root {
                return Self::open(store).await;
            }
            return Err(ReplicaError::AlreadyPrepared(KeyPair::from_seed(*identity.seed).device()));
        }
        let identity = Identity {
            format: REPLICA_FORMAT,
            seed: seed.into(),
            origin: invitation.origin,
            campaign: invitation.campaign,
            root: invitation.root,
            invite: invitation.code,
            name: name.to_owned(),
            root_key: None,
        };
        let mut batch = Batch::new();
        batch.put(IDENTITY, to_json(&identity));
        batch.put(PROJECTED, Projection::VERSION.to_be_bytes());
        store.commit(batch).await?;
        Self::open(store).await
    }

    /// The hub's origin.
    pub fn origin(&self) -> &str {
        &self.identity.origin
    }

    /// The campaign's readable name.
    pub fn campaign(&self) -> &CampaignId {
        &self.identity.campaign
    }

    /// The campaign's root.
    pub fn root(&self) -> AuthorityId {
        self.identity.root
    }

    /// The body of `POST /devices`.
    pub fn join_request(&self) -> Vec<u8> {
        JoinRequest::new(self.identity.root, &self.identity.invite, &self.key, &self.identity.name).to_bytes()
    }

    /// Takes the hub's answer to a join: the root key must be the invited one, the chain must hold.
    pub async fn receive_join(&mut self, body: &[u8]) -> Result<(), ReplicaError> {
        let answer = JoinAnswer::from_bytes(body)?;
        let root_key: [u8; 32] = answer.root_key.as_slice().try_into().map_err(|_| ReplicaError::OtherRoot)?;
        if AuthorityId::of(&root_key) != self.identity.root {
            return Err(ReplicaError::OtherRoot);
        }
        let mut identity = self.identity.clone();
        identity.root_key = Some(root_key);
        let mut trust = Trust::new(root_key);
        let mut store = Overlay::new(&self.store);
        store.put(IDENTITY, to_json(&identity));
        for bytes in answer.issuing_keys.iter().chain([&answer.certificate]) {
            accept(&mut store, &mut trust, bytes)?;
        }
        if trust.certificate(self.device()).is_none() {
            return Err(ReplicaError::NotJoined);
        }
        let batch = store.into_batch();
        self.store.commit(batch).await?;
        self.identity = identity;
        self.trust = trust;
        Ok(())
    }

    /// The body of `POST /session` for a nonce.
    pub fn session_request(&self, nonce: &[u8]) -> Result<Vec<u8>, ReplicaError> {
        let certificate = self.trust.certificate_statement(self.device()).ok_or(ReplicaError::NotJoined)?;
        let identity = &self.identity;
        let request = SessionRequest::new(identity.root, &identity.origin, nonce, &self.key, &certificate.bytes);
        Ok(request.to_bytes())
    }

    /// Limits what is synchronised to these units with their descendants; `None`: all in scope.
    pub async fn want_units(&mut self, units: Option<&[UnitId]>) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        match units {
            Some(units) => batch.put(WANTED, to_json(&units)),
            None => batch.delete(WANTED),
        }
        Ok(self.store.commit(batch).await?)
    }

    /// The units wanted.
    pub fn wanted_units(&self) -> Result<Option<Vec<UnitId>>, ReplicaError> {
        self.store.get(WANTED)?.map(|bytes| from_json(&bytes)).transpose()
    }

    /// Forgets how far the feed was read: the next sync reads it from the beginning. Nothing is lost by it.
    pub async fn forget_cursor(&mut self) -> Result<(), ReplicaError> {
        let mut batch = Batch::new();
        batch.delete(CURSOR);
        Ok(self.store.commit(batch).await?)
    }
}

/// Believes a statement and stores it; whether it was new.
pub(super) fn accept(
    store: &mut Overlay<'_, impl crate::store::Read>,
    trust: &mut Trust,
    bytes: &[u8],
) -> Result<bool, ReplicaError> {
    let signed = Arc::new(SignedStatement::open(bytes)?);
    if trust.accept(&signed)? == Accepted::Nothing {
        return Ok(false);
    }
    let number = next_number(store, STATEMENT)?;
    store.put(number_key(STATEMENT, number), bytes.to_vec());
    if matches!(signed.statement, Statement::Catalogue(_)) {
        forget_older_catalogues(store, number)?;
    }
    Ok(true)
}

/// Only the newest catalogue is needed; directories build on each other and are kept.
fn forget_older_catalogues(store: &mut Overlay<'_, impl crate::store::Read>, newest: u64) -> Result<(), ReplicaError> {
    for (key, bytes) in super::layout::all(store, &[STATEMENT])? {
        let older = key != number_key(STATEMENT, newest);
        let signed = SignedStatement::open(&bytes).map_err(StatementError::Malformed)?;
        if older && matches!(signed.statement, Statement::Catalogue(_)) {
            store.delete(key);
        }
    }
    Ok(())
}
