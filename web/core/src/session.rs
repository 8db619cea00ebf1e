//! One person's replica, open in this browser.

mod carried;
mod ending;
mod reading;
mod saving;
mod syncing;

use std::rc::Rc;

use dongbo_core::{
    limits::RECORDS_TAKEN_MAX,
    replica::Replica,
    store::{DataKey, EncryptedStore},
    transport::{Holder, Transport, TransportError},
};
use futures_util::lock::{MappedMutexGuard, Mutex, MutexGuard};
use wasm_bindgen_futures::spawn_local;

use crate::{
    database::Databases,
    outside::{entropy, wait},
    people::store_of,
    problem::Problem,
    store::IdbStore,
};

/// The store of a browser.
pub(crate) type BrowserStore = EncryptedStore<IdbStore>;
/// A replica over it.
pub(crate) type Core = Replica<BrowserStore>;

/// Rows that are read ahead between two calls of the page: a few milliseconds.
const READ_AHEAD_ROWS: usize = 200;

/// One person's replica, lent to one call or one step of a sync at a time.
pub(crate) struct Session {
    pub(crate) databases: Rc<Databases>,
    /// The id under which this browser knows the person.
    pub(crate) person: String,
    /// What this browser calls them.
    pub(crate) name: String,
    slot: Mutex<Slot>,
    transport: Mutex<Option<Transport>>,
    /// For the hub's JSON API.
    api: Mutex<Option<Transport>>,
}

/// The open store, or why it is not open.
enum Slot {
    Open(Box<Core>, DataKey),
    /// It is read anew before it is used again.
    Released(DataKey),
    Closed,
    Wiped,
}

type Guard<'a> = MappedMutexGuard<'a, Slot, Core>;

impl Session {
    /// Opens somebody's store.
    pub(crate) async fn open(
        databases: &Rc<Databases>,
        person: &str,
        name: &str,
        key: DataKey,
    ) -> Result<Rc<Self>, Problem> {
        let core = open(databases, person, &key).await?;
        Ok(Rc::new(Self {
            databases: Rc::clone(databases),
            person: person.into(),
            name: name.into(),
            slot: Mutex::new(Slot::Open(Box::new(core), key)),
            transport: Mutex::new(None),
            api: Mutex::new(None),
        }))
    }

    /// Runs a job on the replica.
    pub(crate) async fn run<T>(&self, job: impl AsyncFnOnce(&mut Core) -> Result<T, Problem>) -> Result<T, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| match core.revoked()? {
            Some(_) => Err(Problem::of_code("revoked")),
            None => job(core).await,
        })
        .await
    }

    /// Runs a job that a revoked device may do too: what keeps unsent work from being lost.
    pub(crate) async fn run_even_if_revoked<T>(
        &self,
        job: impl AsyncFnOnce(&mut Core) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let outcome = {
            let mut core = self.hold().await?;
            job(&mut core).await
        };
        if outcome.as_ref().is_err_and(Problem::is_of_the_store) {
            self.release().await;
        }
        outcome
    }

    /// Reads what lists need while nothing else is asked for, so that the first list waits for little of it.
    pub(crate) fn read_ahead(self: &Rc<Self>) {
        let session = Rc::downgrade(self);
        spawn_local(async move {
            loop {
                // Whoever waits has the next turn.
                wait(0).await;
                let Some(session) = session.upgrade() else { return };
                let read =
                    session.run_even_if_revoked(async |core: &mut Core| Ok(core.read_ahead(READ_AHEAD_ROWS)?)).await;
                if read != Ok(false) {
                    // What failed is said to whoever asks for a list.
                    return;
                }
            }
        });
    }

    /// Waits until the replica is free.
    async fn hold(&self) -> Result<Guard<'_>, Problem> {
        let mut slot = self.slot.lock().await;
        if let Slot::Released(key) = &*slot {
            let key = key.clone();
            let core = open(&self.databases, &self.person, &key).await?;
            *slot = Slot::Open(Box::new(core), key);
        }
        match &*slot {
            Slot::Open(..) => Ok(MutexGuard::map(slot, |slot| match slot {
                Slot::Open(core, _) => &mut **core,
                _ => unreachable!("it was open a line above, and is locked"),
            })),
            Slot::Wiped => Err(Problem::of_code("wiped")),
            _ => Err(Problem::of_code("closed")),
        }
    }

    /// What is in memory is not believed any more: the next job reads the store anew.
    async fn release(&self) {
        let mut slot = self.slot.lock().await;
        if let Slot::Open(_, key) = &*slot {
            *slot = Slot::Released(key.clone());
        }
    }

    /// The key of the store, while it is open.
    async fn key(&self) -> Option<DataKey> {
        match &*self.slot.lock().await {
            Slot::Open(_, key) | Slot::Released(key) => Some(key.clone()),
            Slot::Closed | Slot::Wiped => None,
        }
    }

    /// Whether it is neither closed nor wiped.
    pub(crate) async fn is_open(&self) -> bool {
        self.key().await.is_some()
    }

    /// Closes the store and forgets its key.
    pub(crate) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        if !matches!(*slot, Slot::Wiped) {
            *slot = Slot::Closed;
        }
    }
}

/// Lends the replica to a sync, one step at a time.
struct Lent<'a>(&'a Session);

impl Holder for Lent<'_> {
    type Store = BrowserStore;
    type Guard<'a>
        = Guard<'a>
    where
        Self: 'a;

    async fn hold(&mut self) -> Result<Self::Guard<'_>, TransportError> {
        self.0.hold().await.map_err(|_| TransportError::Paused)
    }
}

async fn open(databases: &Databases, person: &str, key: &DataKey) -> Result<Core, Problem> {
    let mut core = Replica::open(open_store(databases, person, key).await?).await?;
    core.take_at_most(RECORDS_TAKEN_MAX);
    Ok(core)
}

/// Opens somebody's store without reading it as a replica.
pub(crate) async fn open_store(databases: &Databases, person: &str, key: &DataKey) -> Result<BrowserStore, Problem> {
    let store = IdbStore::open(databases, &store_of(person)).await?;
    Ok(EncryptedStore::open(store, key, Box::new(entropy())).await?)
}
