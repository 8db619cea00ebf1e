//! The root object: a folder of the app's with the people who have records in it.

use std::sync::Arc;

use dongbo_core::{
    CampaignId, DeviceId,
    outside::{Entropy as _, Moment},
    replica::Replica as CoreReplica,
    store::{DataKey, StoreError},
    sync::Invitation,
    vault::{PinCost, Vault, VaultError},
};
use zeroize::Zeroizing;

use crate::{
    Clock, DongboError, KeyManager, Person, Replica,
    clock::PhoneClock,
    folder::{Folder, Place, Profile},
    keys::Keys,
    replica::{Core, Shared, shared},
    turn::{Turn, Turns},
    worker::{Worker, beside},
};

/// The name somebody gives to this phone, in characters.
const NAME_CHARS_MAX: usize = 100;

/// This phone: a folder in which several people may have their records, each behind a key and a PIN of their own.
///
/// Make one of it and keep it as long as the app runs. It owns the thread that everything runs on.
#[derive(uniffi::Object)]
pub struct Phone {
    folder: Folder,
    keys: Arc<dyn KeyManager>,
    clock: PhoneClock,
    worker: Arc<Worker>,
    turns: Turns,
}

#[uniffi::export]
impl Phone {
    /// Opens the folder, or makes it. No network, no key: what is in it stays behind its keys.
    ///
    /// `folder`: the app's own, not shared, not backed up to a cloud. `clock`: for tests only.
    #[uniffi::constructor(default(clock = None))]
    pub fn new(
        folder: String,
        keys: Arc<dyn KeyManager>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Result<Arc<Self>, DongboError> {
        let folder = Folder::open(&folder)?;
        let worker = Worker::start()?;
        let half_wiped = folder.half_wiped()?;
        if !half_wiped.is_empty() {
            let keys = Keys(Arc::clone(&keys));
            // What fails now is tried again at the next start; nothing opens these stores any more.
            let finish = move || half_wiped.iter().try_for_each(|place| place.wipe(|| forget(&keys, &place.id)));
            worker.start_job(move || async move { beside(finish).await.unwrap_or_default() });
        }
        Ok(Arc::new(Self { folder, keys, clock: PhoneClock(clock), worker, turns: Turns::default() }))
    }

    /// Everybody who has records here, by name.
    pub async fn people(&self) -> Result<Vec<Person>, DongboError> {
        let folder = self.folder.clone();
        self.worker.run(move || beside(move || folder.people())).await
    }

    /// Makes a place for somebody on this phone: a device key of their own, an encrypted store, a PIN if they want one.
    /// Nothing is sent: [`Replica::join`] asks the hub. Durable once it returns, so that a lost answer locks nobody out.
    ///
    /// `invitation`: `dongbo://join?…`. `name`: how the phone calls them, up to 100 characters. `pin`: 4 to 64.
    #[uniffi::method(default(pin = None))]
    pub async fn enrol(
        &self,
        invitation: String,
        name: String,
        pin: Option<String>,
    ) -> Result<Arc<Replica>, DongboError> {
        let pin = secret(pin);
        let invited = Invitation::parse(&invitation).map_err(dongbo_core::replica::ReplicaError::from)?;
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(DongboError::of_code_with(
                "invalid_name",
                format!("a name has 1 to {NAME_CHARS_MAX} characters"),
            ));
        }
        let (folder, keys) = (self.folder.clone(), Arc::clone(&self.keys));
        let shared = self.parts();
        let job = move || async move {
            let profile = Profile::new(&name, invited.campaign.as_str(), &invited.origin);
            let (begun, key) = beside({
                let folder = folder.clone();
                move || begin(&folder, &keys, &profile, text(&pin))
            })
            .await?;
            if let Err(error) = prepare(&begun, &key, &invitation, &name).await {
                // Nothing was typed yet; the person begins again.
                let _ = begun.remove();
                return Err(error);
            }
            let place = beside(move || folder.settle(begun)).await?;
            let core = shared::open(&place, &key).await?;
            Ok(shared.replica(core, key, place))
        };
        self.worker.run(job).await
    }

    /// Opens somebody's store. A wrong PIN says `wrong_pin` and counts; after five, waiting grows from 30 seconds to an
    /// hour, restarts included.
    #[uniffi::method(default(pin = None))]
    pub async fn unlock(&self, person: String, pin: Option<String>) -> Result<Arc<Replica>, DongboError> {
        let pin = secret(pin);
        let place = self.folder.place(&person)?;
        let (keys, now_ms) = (Arc::clone(&self.keys), self.clock.now_ms());
        let turn = self.turn(&person)?;
        let shared = self.parts();
        let job = move || async move {
            let opened = place.clone();
            let key = beside(move || {
                finish_wipe(&opened, &keys)?;
                unlock(&opened, &keys, text(&pin), now_ms)
            })
            .await?;
            let core = shared::open(&place, &key).await?;
            let replica = shared.replica(core, key, place);
            // What is to be obeyed may have to change the vault too.
            drop(turn);
            replica.obey().await?;
            Ok(replica)
        };
        self.worker.run(job).await
    }

    /// Gives somebody another PIN, or takes it away (`new_pin`: none). `pin`: the one in use.
    pub async fn change_pin(
        &self,
        person: String,
        pin: Option<String>,
        new_pin: Option<String>,
    ) -> Result<(), DongboError> {
        let (pin, new_pin) = (secret(pin), secret(new_pin));
        let job = move |place: &Place, keys: &Keys, now_ms: i64| {
            let mut vault = read(place)?;
            let key = vault.unlock(text(&pin), keys, now_ms, &mut keep(place))?;
            let mut entropy = shared::entropy();
            let mut moment = Moment::new(now_ms, &mut entropy);
            match text(&new_pin) {
                Some(new_pin) => vault.set_pin(&key, new_pin, keys, &mut moment, &mut keep(place))?,
                None => vault.remove_pin(&key, keys, &mut moment, &mut keep(place))?,
            }
            Ok(())
        };
        self.vault_job(person, job).await
    }

    /// For a forgotten PIN: a text that the person carries to an administrator (as a QR code, a message, a letter), who
    /// answers with `dongbo reset`. It tells nobody anything without the campaign's recovery key. Asked again it is
    /// the same request until it was answered. Says `not_recoverable` if this phone has not synchronised since the campaign got a
    /// recovery key.
    pub async fn reset_request(&self, person: String) -> Result<String, DongboError> {
        let job = |place: &Place, keys: &Keys, _: i64| {
            Ok(read(place)?.begin_reset(keys, &mut shared::entropy(), &mut keep(place))?.link())
        };
        self.vault_job(person, job).await
    }

    /// Takes the administrator's answer (`dongbo://unlock?…`) and gives the store a new PIN. Nothing is lost; the reset
    /// is logged by the hub and shown to the person. An answer that is unsigned, for another device, or used before
    /// changes nothing and says `reset_refused`.
    pub async fn finish_reset(
        &self,
        person: String,
        answer: String,
        new_pin: Option<String>,
    ) -> Result<(), DongboError> {
        let new_pin = secret(new_pin);
        let job = move |place: &Place, keys: &Keys, now_ms: i64| {
            let mut entropy = shared::entropy();
            let mut moment = Moment::new(now_ms, &mut entropy);
            let mut vault = read(place)?;
            vault.finish_reset(&answer, text(&new_pin), keys, &mut moment, &mut keep(place))?;
            Ok(())
        };
        self.vault_job(person, job).await
    }

    /// Takes somebody off the list whose store was wiped ([`Replica::wipe`]). Anybody else says `unsent_work`.
    pub async fn remove(&self, person: String) -> Result<(), DongboError> {
        let job = |place: &Place, keys: &Keys, _: i64| {
            finish_wipe(place, &keys.0).or_else(|error| match error.problem().code.as_str() {
                "wiped" => Ok(()),
                _ => Err(error),
            })?;
            match place.is_wiped() {
                true => place.remove(),
                false => place.profile().and(Err(DongboError::of_code("unsent_work"))),
            }
        };
        self.vault_job(person, job).await
    }
}

impl Phone {
    /// Works on somebody's vault, on a thread beside the worker: it calls the key manager and Argon2.
    async fn vault_job<T: Send + 'static>(
        &self,
        person: String,
        job: impl FnOnce(&Place, &Keys, i64) -> Result<T, DongboError> + Send + 'static,
    ) -> Result<T, DongboError> {
        let place = self.folder.place(&person)?;
        let (keys, now_ms) = (Keys(Arc::clone(&self.keys)), self.clock.now_ms());
        let turn = self.turn(&person)?;
        self.worker
            .run(move || {
                beside(move || {
                    let _turn = turn;
                    job(&place, &keys, now_ms)
                })
            })
            .await
    }

    fn turn(&self, person: &str) -> Result<Turn, DongboError> {
        self.turns.take(person).ok_or_else(|| DongboError::of_code("busy"))
    }

    fn parts(&self) -> Parts {
        Parts {
            keys: Arc::clone(&self.keys),
            clock: self.clock.clone(),
            worker: Arc::clone(&self.worker),
            turns: self.turns.clone(),
        }
    }
}

/// What a replica takes over from its phone.
struct Parts {
    keys: Arc<dyn KeyManager>,
    clock: PhoneClock,
    worker: Arc<Worker>,
    turns: Turns,
}

impl Parts {
    fn replica(self, core: Core, key: DataKey, place: Place) -> Arc<Replica> {
        Arc::new(Replica { shared: Shared::new(core, key, place, self.keys, self.clock, self.worker, self.turns) })
    }
}

/// A PIN that is wiped from memory once it is let go of; what the app holds of it is the app's.
fn secret(pin: Option<String>) -> Option<Zeroizing<String>> {
    pin.map(Zeroizing::new)
}

fn text(pin: &Option<Zeroizing<String>>) -> Option<&str> {
    pin.as_ref().map(|pin| pin.as_str())
}

/// Begins a place for somebody: the vault is durable before anything is stored.
fn begin(
    folder: &Folder,
    keys: &Arc<dyn KeyManager>,
    profile: &Profile,
    pin: Option<&str>,
) -> Result<(Place, DataKey), DongboError> {
    let mut entropy = shared::entropy();
    let key = DataKey::random(&mut entropy);
    let id = Moment::new(0, &mut entropy).uuid();
    let vault = Vault::create(&id, &key, pin, PinCost::STANDARD, &Keys(Arc::clone(keys)), &mut entropy)?;
    Ok((folder.begin(&id, profile, &vault.to_bytes())?, key))
}

/// Makes the device in an empty store, and closes it: the place is to be moved.
async fn prepare(place: &Place, key: &DataKey, invitation: &str, name: &str) -> Result<(), DongboError> {
    let mut seed = Zeroizing::new([0; 32]);
    shared::entropy().fill(seed.as_mut_slice());
    let store = shared::open_store(place, key).await?;
    CoreReplica::prepare(store, invitation, name, *seed).await?;
    Ok(())
}

fn unlock(place: &Place, keys: &Arc<dyn KeyManager>, pin: Option<&str>, now_ms: i64) -> Result<DataKey, DongboError> {
    Ok(read(place)?.unlock(pin, &Keys(Arc::clone(keys)), now_ms, &mut keep(place))?)
}

fn read(place: &Place) -> Result<Vault, DongboError> {
    Ok(Vault::from_bytes(&place.vault()?)?)
}

/// Keeps the vault durably before what depends on it goes on.
fn keep(place: &Place) -> impl FnMut(&[u8]) -> Result<(), StoreError> {
    |bytes| {
        place.keep_vault(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
            _ => StoreError::Io { detail: error.to_string() },
        })
    }
}

/// Brings a wipe that was begun to its end, and says that the store is gone.
fn finish_wipe(place: &Place, keys: &Arc<dyn KeyManager>) -> Result<(), DongboError> {
    if !place.is_wiped() {
        return match place.profile() {
            Err(error) if error.problem().code == "vault_newer" => Err(error),
            // A profile is a name on a list: that it cannot be read shuts nobody out, and proves no wipe. A phone that was
            // not unlocked since its start reads no file of the app's, and has them all.
            _ => Ok(()),
        };
    }
    place.wipe(|| forget(&Keys(Arc::clone(keys)), &place.id))?;
    Err(DongboError::of_code("wiped"))
}

/// Destroys the platform's key of somebody's store.
pub(crate) fn forget(keys: &Keys, person: &str) -> Result<(), DongboError> {
    use dongbo_core::vault::KeyManager as _;
    Ok(keys.forget(person).map_err(VaultError::from)?)
}

/// After a sync: notes in the vault whose device it is, and leaves the data key with the campaign's recovery key.
pub(crate) fn keep_recoverable(place: &Place, joined: &Joined, key: &DataKey) -> Result<(), DongboError> {
    let mut vault = read(place)?;
    vault.note_joined(&joined.campaign, joined.root_key, joined.device, &mut keep(place))?;
    if let Some(recovery_key) = joined.recovery_key {
        vault.escrow(key, &recovery_key, &mut shared::entropy(), &mut keep(place))?;
    }
    Ok(())
}

/// What a vault is to know of the campaign.
pub(crate) struct Joined {
    pub(crate) campaign: CampaignId,
    pub(crate) root_key: [u8; 32],
    pub(crate) device: DeviceId,
    pub(crate) recovery_key: Option<[u8; 32]>,
}
