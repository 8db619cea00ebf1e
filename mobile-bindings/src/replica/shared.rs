//! What the handles of a replica share: the open store, or why it is not open.

use std::collections::BTreeSet;
use std::sync::{
    Arc, Mutex as StdMutex, PoisonError,
    atomic::{AtomicU8, Ordering},
};

use dongbo_core::{
    limits::RECORDS_TAKEN_MAX,
    outside::Moment,
    replica::{self, Replica},
    store::{DataKey, EncryptedStore, SledOptions, SledStore},
    transport::{Holder, Transport, TransportError},
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::{
    DongboError, Event, KeyManager, Network, Notice, clock::PhoneClock, event::Events, folder::Place,
    replica::syncing::Flight, turn::Turns, worker::Worker,
};

/// Memory for a phone's page cache.
const CACHE_BYTES: u64 = 8 << 20;

/// The store of a phone.
pub(crate) type PhoneStore = EncryptedStore<SledStore>;
/// A replica over it.
pub(crate) type Core = Replica<PhoneStore>;

/// What the handles of a replica share.
pub(crate) struct Shared {
    pub(crate) place: Place,
    pub(crate) keys: Arc<dyn KeyManager>,
    pub(crate) clock: PhoneClock,
    pub(crate) events: Arc<Events>,
    pub(crate) worker: Arc<Worker>,
    pub(crate) turns: Turns,
    /// Notices the listeners were told of since this was opened.
    told: StdMutex<BTreeSet<String>>,
    pub(crate) flight: StdMutex<std::sync::Weak<Flight>>,
    pub(crate) transport: Mutex<Option<Transport>>,
    slot: Mutex<Slot>,
    network: AtomicU8,
}

/// The open store, or why it is not open.
enum Slot {
    Open(Box<Core>, DataKey),
    /// The files are released; the key opens them again. Also while a job works on the replica: if it panics, the next
    /// one reads the store anew.
    Released(DataKey),
    Paused(DataKey),
    Closed,
    Wiped,
}

impl Shared {
    pub(crate) fn new(
        core: Core,
        key: DataKey,
        place: Place,
        keys: Arc<dyn KeyManager>,
        clock: PhoneClock,
        worker: Arc<Worker>,
        turns: Turns,
    ) -> Arc<Self> {
        Arc::new(Self {
            turns,
            told: StdMutex::default(),
            place,
            keys,
            clock,
            events: Events::new(),
            worker,
            flight: StdMutex::default(),
            transport: Mutex::default(),
            slot: Mutex::new(Slot::Open(Box::new(core), key)),
            network: AtomicU8::new(Network::Usual as u8),
        })
    }

    /// Runs a job on the replica that saves nothing of what was typed, on the worker.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl AsyncFnOnce(&mut Core) -> Result<T, DongboError> + Send + 'static,
    ) -> Result<T, DongboError> {
        self.run_even_if_revoked(async move |core: &mut Core| {
            accepted(core)?;
            job(core).await
        })
        .await
        .map_err(DongboError::of_read)
    }

    /// Runs a job that a revoked device may do too: what keeps unsent work from being lost.
    pub(crate) async fn run_even_if_revoked<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl AsyncFnOnce(&mut Core) -> Result<T, DongboError> + Send + 'static,
    ) -> Result<T, DongboError> {
        let shared = Arc::clone(self);
        self.worker.run(move || async move { shared.with(job).await }).await
    }

    /// Runs a job on the replica. On the worker only.
    pub(crate) async fn with<T>(
        &self,
        job: impl AsyncFnOnce(&mut Core) -> Result<T, DongboError>,
    ) -> Result<T, DongboError> {
        let mut slot = self.slot.lock().await;
        let (mut core, key) = self.take(&mut slot).await?;
        *slot = Slot::Released(key.clone());
        let outcome = job(&mut core).await;
        // A store whose write failed half-way may answer nothing any more, though there is room again: the next job opens
        // it anew. One that refused a write beforehand goes on answering, on a full disk too.
        if outcome.is_ok() || core.summary().is_ok() {
            *slot = Slot::Open(core, key);
        }
        outcome
    }

    async fn take(&self, slot: &mut Slot) -> Result<(Box<Core>, DataKey), DongboError> {
        match std::mem::replace(slot, Slot::Closed) {
            Slot::Open(core, key) => Ok((core, key)),
            Slot::Released(key) => {
                *slot = Slot::Released(key.clone());
                Ok((Box::new(open(&self.place, &key).await?), key))
            }
            other => {
                let code = other.why_not_open();
                *slot = other;
                Err(DongboError::of_code(code))
            }
        }
    }

    pub(crate) async fn pause(self: &Arc<Self>) -> Result<(), DongboError> {
        let change = |slot| match slot {
            Slot::Open(_, key) | Slot::Released(key) | Slot::Paused(key) => Ok(Slot::Paused(key)),
            other => Err((other.why_not_open(), other)),
        };
        self.change_slot(change, Some(Event::Paused { paused: true })).await
    }

    pub(crate) async fn resume(self: &Arc<Self>) -> Result<(), DongboError> {
        let change = |slot| match slot {
            Slot::Paused(key) => Ok(Slot::Released(key)),
            open @ (Slot::Open(..) | Slot::Released(_)) => Ok(open),
            other => Err((other.why_not_open(), other)),
        };
        self.change_slot(change, None).await?;
        // Opens the files now, so that what is wrong with them is said here.
        self.run_even_if_revoked(async |_: &mut Core| Ok(())).await?;
        self.events.tell(Event::Paused { paused: false });
        Ok(())
    }

    pub(crate) async fn lock(self: &Arc<Self>) -> Result<(), DongboError> {
        let change = |slot| Ok(if matches!(slot, Slot::Wiped) { slot } else { Slot::Closed });
        self.change_slot(change, Some(Event::Locked)).await
    }

    /// After a step that panicked: what is in memory is not believed, the next job reads the store anew.
    pub(crate) async fn distrust(&self) {
        let mut slot = self.slot.lock().await;
        *slot = match std::mem::replace(&mut *slot, Slot::Closed) {
            Slot::Open(_, key) => Slot::Released(key),
            other => other,
        };
    }

    /// Closes the store for good, if `begin` notes durably that it is to be wiped. Nothing is saved between its look at
    /// the store and the end.
    pub(crate) async fn close_to_wipe(
        &self,
        begin: impl FnOnce(&Core) -> Result<(), DongboError>,
    ) -> Result<(), DongboError> {
        let mut slot = self.slot.lock().await;
        let (core, key) = self.take(&mut slot).await?;
        let begun = begin(&core);
        // Noted, though the disk did not confirm it: then the next start would wipe what is saved from here on.
        if begun.is_err() && !self.place.is_wiped() {
            *slot = Slot::Open(core, key);
            return begun;
        }
        *slot = Slot::Wiped;
        self.events.tell(Event::Wiped);
        Ok(())
    }

    async fn change_slot(
        self: &Arc<Self>,
        change: impl FnOnce(Slot) -> Result<Slot, (&'static str, Slot)> + Send + 'static,
        event: Option<Event>,
    ) -> Result<(), DongboError> {
        let shared = Arc::clone(self);
        let job = move || async move {
            let mut slot = shared.slot.lock().await;
            let (next, outcome) = match change(std::mem::replace(&mut *slot, Slot::Closed)) {
                Ok(next) => (next, Ok(())),
                Err((code, same)) => (same, Err(DongboError::of_code(code))),
            };
            *slot = next;
            if let (Ok(()), Some(event)) = (&outcome, event) {
                shared.events.tell(event);
            }
            outcome
        };
        self.worker.run(job).await
    }

    /// Opens the store anew with its files written anew, so that what was erased is in none of them.
    pub(crate) async fn rewrite(&self) -> Result<(), DongboError> {
        let mut slot = self.slot.lock().await;
        let (core, key) = self.take(&mut slot).await?;
        *slot = Slot::Released(key.clone());
        *slot = Slot::Open(Box::new(rewritten(*core, &self.place, &key).await?), key);
        Ok(())
    }

    /// Whether the listeners have not been told of a notice; they are from now on.
    pub(crate) fn is_news(&self, notice: &Notice) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(notice.key())
    }

    /// The key of the store, while it is open.
    pub(crate) async fn key(&self) -> Option<DataKey> {
        match &*self.slot.lock().await {
            Slot::Open(_, key) | Slot::Released(key) | Slot::Paused(key) => Some(key.clone()),
            Slot::Closed | Slot::Wiped => None,
        }
    }

    pub(crate) fn set_network(&self, network: Network) {
        self.network.store(network as u8, Ordering::Relaxed);
    }

    pub(crate) fn network(&self) -> Network {
        match self.network.load(Ordering::Relaxed) {
            1 => Network::Metered,
            2 => Network::Offline,
            _ => Network::Usual,
        }
    }

    pub(crate) fn flight(&self) -> std::sync::MutexGuard<'_, std::sync::Weak<Flight>> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn why_not_open(&self) -> &'static str {
        match self {
            Self::Paused(_) => "paused",
            Self::Wiped => "wiped",
            _ => "closed",
        }
    }
}

/// Refuses what a revoked device may not do.
pub(crate) fn accepted(core: &Core) -> Result<(), DongboError> {
    core.revoked()?.map_or(Ok(()), |_| Err(DongboError::of_code("revoked")))
}

/// Lends the replica to a sync, one step at a time.
pub(crate) struct Lent(pub(crate) Arc<Shared>);

impl Holder for Lent {
    type Store = PhoneStore;
    type Guard<'a> = MappedMutexGuard<'a, Core>;

    async fn hold(&mut self) -> Result<Self::Guard<'_>, TransportError> {
        let mut slot = self.0.slot.lock().await;
        // A step that panicked, or a pause that has ended, left the store to be opened again.
        let (core, key) = self.0.take(&mut slot).await.map_err(|_| TransportError::Paused)?;
        *slot = Slot::Open(core, key);
        MutexGuard::try_map(slot, |slot| match slot {
            Slot::Open(core, _) => Some(&mut **core),
            _ => None,
        })
        .map_err(|_| TransportError::Paused)
    }
}

/// Opens a person's store.
pub(crate) async fn open(place: &Place, key: &DataKey) -> Result<Core, DongboError> {
    let mut replica = Replica::open(open_store(place, key).await?).await?;
    if replica.must_be_rewritten()? {
        replica = rewritten(replica, place, key).await?;
    }
    replica.take_at_most(RECORDS_TAKEN_MAX);
    Ok(replica)
}

/// The store with its files written anew. Where there is no room for that it is as it was, and tried again at a later
/// start: nobody is shut out for it.
async fn rewritten(replica: Core, place: &Place, key: &DataKey) -> Result<Core, DongboError> {
    let store = match replica.into_store().rewrite(replica::rewritten()) {
        Ok(store) => store,
        Err(_) => open_store(place, key).await?,
    };
    Ok(Replica::open(store).await?)
}

/// Opens a person's store without reading it as a replica.
pub(crate) async fn open_store(place: &Place, key: &DataKey) -> Result<PhoneStore, DongboError> {
    let files = SledStore::open(&place.store(), SledOptions::default().cache_bytes(CACHE_BYTES))?;
    Ok(EncryptedStore::open(files, key, Box::new(entropy())).await?)
}

/// The system's randomness.
pub(crate) fn entropy() -> impl FnMut(&mut [u8]) + Send + 'static {
    |bytes: &mut [u8]| {
        getrandom::fill(bytes).expect("a phone without randomness can make no keys");
    }
}

/// Runs something at this moment, with the system's randomness.
pub(crate) async fn at<T>(now_ms: i64, work: impl AsyncFnOnce(&mut Moment<'_>) -> T) -> T {
    let mut entropy = entropy();
    work(&mut Moment::new(now_ms, &mut entropy)).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{HostError, Phone};

    const INVITATION: &str = "dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&code=mot-hai-ba&\
                              root=0102030405060708090a0b0c0d0e0f10";

    struct NoKeys;

    impl KeyManager for NoKeys {
        fn wrap(&self, _: String, key: Vec<u8>) -> Result<Vec<u8>, HostError> {
            Ok(key)
        }

        fn unwrap(&self, _: String, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError> {
            Ok(wrapped)
        }

        fn forget(&self, _: String) -> Result<(), HostError> {
            Ok(())
        }
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_replica_in_which_something_panicked_is_read_anew_and_has_all_that_was_kept() {
        let dir = tempfile::tempdir().unwrap();
        let phone = Phone::new(dir.path().to_str().unwrap().to_owned(), Arc::new(NoKeys), None).unwrap();
        let replica = wait(phone.enrol(INVITATION.into(), "Nguyễn Thị Hòa".into(), None)).unwrap();
        let shared = &replica.shared;
        let seen = |what: &'static str| {
            wait(shared.run_even_if_revoked(async move |core: &mut Core| Ok(core.note_seen(what).await?)))
        };
        let all = || wait(shared.run_even_if_revoked(async |core: &mut Core| Ok(core.seen()?)));
        seen("before").unwrap();
        let defect = async |core: &mut Core| -> Result<(), DongboError> {
            core.note_seen("durable before the panic").await?;
            panic!("a defect")
        };
        assert_eq!(wait(shared.run_even_if_revoked(defect)).unwrap_err().problem().code, "panic");
        assert_eq!(all().unwrap().len(), 2);
        // As after a sync that panicked.
        let doubted = Arc::clone(shared);
        let doubt = move || async move {
            doubted.distrust().await;
            assert!(matches!(*doubted.slot.lock().await, Slot::Released(_)));
            Ok(())
        };
        wait(shared.worker.run(doubt)).unwrap();
        seen("after").unwrap();
        assert_eq!(all().unwrap().len(), 3);
    }
}
