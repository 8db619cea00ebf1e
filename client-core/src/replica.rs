//! All that one device holds: records, drafts, outbox, held changes, cursor, directory, catalogue.
//!
//! A [`Replica`] keeps nothing in memory that its store does not hold: when a commit fails, it is as if the step had never
//! been tried, and what was typed is still in the draft. What is read from the store once are the authorities' statements,
//! and what lists need of every row (`index.rs`).

mod attention;
mod bundle;
mod draft;
mod entry;
mod erasure;
mod error;
mod held;
mod incoming;
mod index;
mod indexed;
mod joining;
mod layout;
mod list;
mod notice;
mod outbox;
mod outgoing;
mod plan;
mod projecting;
mod query;
mod room;
mod save;
mod status;
mod typed;

use std::{collections::BTreeSet, sync::Arc};

pub use attention::Attention;
pub use bundle::Carried;
pub use draft::{Draft, DraftId};
pub use erasure::rewritten;
pub use error::ReplicaError;
pub use held::{Held, Quarantined};
pub use incoming::{ImportReport, Progress, RefusedItem};
pub use layout::REPLICA_FORMAT;
pub use list::{List, Listed, Only, Order, PAGE_RECORDS_MAX, Page};
pub use notice::Notice;
pub use outbox::Waiting;
pub use query::RecordView;
pub use save::Saved;
pub use status::{RecordStatus, Summary};
pub use typed::NotSaved;

use crate::{
    ChangeHash, DeviceId,
    identity::{KeyPair, Member, SignedStatement, Trust},
    policy::Rulebook,
    store::{Read, Store},
};
use indexed::Indexed;
use layout::Identity;

/// One device's replica of a campaign, over its own store.
pub struct Replica<S> {
    store: Indexed<S>,
    identity: Identity,
    key: KeyPair,
    trust: Trust,
    /// Changes the hub left undecided since [`Replica::begin_sync`]: not sent again before the next one.
    undecided: BTreeSet<ChangeHash>,
    /// After a crash while a page was applied: journal every record, to find the one that crashes.
    careful: bool,
    /// Records in the store.
    records: usize,
    /// Records beyond which a sync takes in no new one.
    records_max: usize,
}

impl<S: Store> Replica<S> {
    /// Opens a store that [`Replica::prepare`] made.
    pub async fn open(store: S) -> Result<Self, ReplicaError> {
        let identity = Identity::read(&store)?.ok_or(ReplicaError::NotPrepared)?;
        let key = KeyPair::from_seed(*identity.seed);
        let trust = read_trust(&store, &identity)?;
        let store = Indexed::new(store);
        let mut replica = Self {
            store,
            identity,
            key,
            trust,
            undecided: BTreeSet::new(),
            careful: false,
            records: 0,
            records_max: usize::MAX,
        };
        replica.recover().await?;
        replica.project_again().await?;
        replica.records = replica.record_ids()?.len();
        Ok(replica)
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.key.device()
    }

    /// Whether the hub has certified this device.
    pub fn joined(&self) -> bool {
        self.trust.certificate(self.device()).is_some()
    }

    /// Whose device this is, once the directory has arrived.
    pub fn member(&self) -> Option<&Member> {
        self.trust.member_of(self.device())
    }

    /// The campaign and its units, once the catalogue has arrived.
    pub fn rules(&self) -> Option<&Arc<Rulebook>> {
        self.trust.rules()
    }

    /// What is believed about the campaign.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// From here on a sync takes in no record beyond so many: what is here stays and is sent, the rest stays with the hub, and
    /// [`Summary::full`] says so.
    pub fn take_at_most(&mut self, records: usize) {
        self.records_max = records;
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Closes the replica, giving its store back.
    pub fn into_store(self) -> S {
        self.store.into_inner()
    }

    pub(crate) fn ready(&self) -> Result<(Arc<Rulebook>, &Member), ReplicaError> {
        let rules = self.trust.rules().cloned().ok_or(ReplicaError::NotReady)?;
        Ok((rules, self.member().ok_or(ReplicaError::NotReady)?))
    }
}

/// Believes every stored statement, in order.
fn read_trust(store: &impl Read, identity: &Identity) -> Result<Trust, ReplicaError> {
    let mut trust = Trust::new(identity.root_key.unwrap_or_default());
    for bytes in layout::statements(store)? {
        // A statement was accepted when it was stored; one that no longer is (an expired issuing key does not
        // expire what it issued) would be a defect, so it is reported, not skipped.
        let signed = SignedStatement::open(&bytes).map_err(|e| ReplicaError::Stored(e.to_string()))?;
        trust.accept(&Arc::new(signed)).map_err(|e| ReplicaError::Stored(e.to_string()))?;
    }
    Ok(trust)
}
