//! The hub without sockets: requests and times in, answers out, over any store.
//!
//! All state lies in the store; what is kept in memory (statements, head of the ledger) is read from it on opening
//! and again after a commit whose outcome is unknown.

mod access;
mod admin;
mod admission;
mod approval;
mod audit;
mod bundle;
mod cells;
mod cursor;
mod deed;
mod edition;
mod erasure;
mod error;
mod feed;
mod invite;
mod key;
mod layout;
mod ledger;
mod mac;
mod open;
mod person;
mod personal;
mod plan;
mod read;
mod records;
mod reset;
mod reviews;
mod session;
mod statement;
mod sync;

pub use access::{ACCESS_ENTRIES_MAX, ACCESS_RETENTION_DAYS, Access, AccessQuery};
pub use admin::{ISSUING_VALID_MS, MemberChange, Setup};
pub use admission::Refusal;
pub use approval::{Pending, PendingState};
pub use audit::{AuditReport, Problem as AuditProblem};
pub use bundle::{BundleReport, RefusedItem};
pub use deed::{DEEDS_MAX, Deed};
pub use edition::{EditionChanges, Forced, Publication, Published};
pub use erasure::{ErasureInfo, ErasureList, ErasureState, REASON_BYTES_MAX};
pub use error::HubError;
pub use invite::{DeviceInfo, InviteInfo};
pub use key::IssuingKeyInfo;
pub use layout::HUB_FORMAT;
pub use ledger::{Entry, EntryKind};
pub use open::{OpenFigures, OpenHead, OpenNomination, OpenRecord, OpenRecords};
pub use person::Due;
pub use plan::{Arrived, ReportDraft, ReportView};
pub use read::{HeardFrom, RecordDetail, RollupAnswer, RollupQuery};
pub use records::{FigureQuery, Only, RecordsQuery};
pub use reviews::{Judging, Review, ReviewQuery, Reviews};
pub use sync::SyncCall;

use std::sync::{Arc, Mutex, OnceLock};

use cells::Cells;
use dongbo_core::{
    identity::{KeyPair, Trust},
    policy::Rulebook,
    rollup::Projection,
    store::Store,
};
use layout::Config;

/// One hub of a campaign, over its store.
pub struct Hub<S> {
    store: S,
    config: Config,
    issuing: KeyPair,
    trust: Arc<Trust>,
    /// The highest sequence in the ledger; 0: empty.
    head: u64,
    /// The ledger's hash chain at the head.
    chain: [u8; 32],
    /// Roll-ups, once they were asked for.
    cells: OnceLock<Cells>,
    /// Open data, once it was asked for.
    open_made: Mutex<open::Made>,
    /// Where erasures are kept beside the store, and how many of them are known to be there.
    erasure_list: Option<Box<dyn ErasureList>>,
    erasures_listed: Option<usize>,
    /// What an administrator is just doing, to be written with the first thing that it changes.
    deed: Option<Deed>,
}

impl<S: Store> Hub<S> {
    /// Opens a store that [`Hub::init`] made, reading statements but no records.
    pub fn open(store: S) -> Result<Self, HubError> {
        let config = Config::read(&store)?.ok_or(HubError::NotInitialised)?;
        let issuing = KeyPair::from_seed(config.issuing_seed);
        let trust = Arc::new(Trust::new(config.root_key));
        let mut hub = Self {
            store,
            config,
            issuing,
            trust,
            head: 0,
            chain: [0; 32],
            cells: OnceLock::new(),
            open_made: Mutex::default(),
            erasure_list: None,
            erasures_listed: None,
            deed: None,
        };
        hub.reload()?;
        Ok(hub)
    }

    /// Reads again what is kept in memory: on opening, and after a commit whose outcome is unknown.
    fn reload(&mut self) -> Result<(), HubError> {
        self.config = Config::read(&self.store)?.ok_or(HubError::NotInitialised)?;
        self.issuing = KeyPair::from_seed(self.config.issuing_seed);
        self.trust = Arc::new(statement::read_trust(&self.store, self.config.root_key)?);
        (self.head, self.chain) = ledger::head(&self.store)?;
        self.cells = OnceLock::new();
        Ok(())
    }

    /// Commits, and reads memory again if it is not known what was kept.
    async fn commit(&mut self, mut batch: dongbo_core::store::Batch) -> Result<(), HubError> {
        if let Some(deed) = self.deed.take() {
            deed::put(&self.store, &mut batch, &deed)?;
        }
        let moves = match self.cells.get() {
            Some(_) => Projection::moved_cells(&self.store, &batch)?,
            None => Vec::new(),
        };
        match self.store.commit(batch).await {
            Ok(()) => {
                if let Some(cells) = self.cells.get_mut() {
                    cells.apply(moves);
                }
                Ok(())
            }
            Err(error) => {
                self.reload()?;
                Err(error.into())
            }
        }
    }

    /// The campaign and its units.
    pub fn rules(&self) -> Result<&Arc<Rulebook>, HubError> {
        self.trust.rules().ok_or(HubError::NotInitialised)
    }

    /// What the campaign's keys have said.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The campaign's readable name.
    pub fn campaign(&self) -> &dongbo_core::CampaignId {
        &self.config.campaign
    }

    /// The hub's origin, as invitations name it.
    pub fn origin(&self) -> &str {
        &self.config.origin
    }

    /// The ledger's epoch.
    pub fn epoch(&self) -> u64 {
        self.config.epoch
    }

    /// The highest sequence in the ledger.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Gives the store back, and the list of erasures beside it.
    pub fn into_parts(self) -> (S, Option<Box<dyn ErasureList>>) {
        (self.store, self.erasure_list)
    }
}

impl<S: Store + 'static> Hub<S> {
    /// The hub over any store, as it is served.
    pub fn boxed(self) -> Hub<Box<dyn Store>> {
        Hub {
            store: Box::new(self.store),
            config: self.config,
            issuing: self.issuing,
            trust: self.trust,
            head: self.head,
            chain: self.chain,
            cells: self.cells,
            open_made: self.open_made,
            erasure_list: self.erasure_list,
            erasures_listed: self.erasures_listed,
            deed: self.deed,
        }
    }
}
