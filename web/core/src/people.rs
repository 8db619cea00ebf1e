//! The people of this browser: who they are, their vaults, that a wipe was begun.
//!
//! One small database of its own, an entry a person. An entry is written in one step, so a person is there whole or not at
//! all, and a wipe takes the vault and the key that it was wrapped with in the same step that notes it.

use dongbo_core::{
    store::{Batch, Read as _, Store as _},
    vault::Vault,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    answer::{Person, PersonState},
    database::Databases,
    keys::BrowserKey,
    problem::Problem,
    store::IdbStore,
};

/// The database of the list itself.
const PEOPLE: &str = "dongbo-people";
/// What the names of the others begin with.
const STORES: &str = "dongbo-store-";

/// Version of an entry.
const FORMAT: u32 = 1;

/// Somebody's entry.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    format: u32,
    pub(crate) name: String,
    pub(crate) campaign: String,
    pub(crate) origin: String,
    /// Gone with a wipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock: Option<Lock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wiped: Option<Wiped>,
}

/// What the store's key is behind.
#[derive(Clone, Serialize, Deserialize)]
struct Lock {
    #[serde(with = "hex")]
    key: [u8; 32],
    #[serde(with = "hex")]
    vault: Vec<u8>,
}

/// That a wipe was begun: when, by this device's clock, and why.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wiped {
    at_ms: i64,
    reason: String,
}

impl Entry {
    pub(crate) fn new(name: &str, campaign: &str, origin: &str, key: &BrowserKey, vault: &Vault) -> Self {
        let lock = Some(Lock { key: *key.0, vault: vault.to_bytes() });
        Self { format: FORMAT, name: name.into(), campaign: campaign.into(), origin: origin.into(), lock, wiped: None }
    }

    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let corrupt = |error: serde_json::Error| Problem::of_code_with("vault_corrupt", error.to_string());
        let stored: serde_json::Value = serde_json::from_slice(bytes).map_err(corrupt)?;
        if stored.get("format").and_then(serde_json::Value::as_u64).is_some_and(|found| found > u64::from(FORMAT)) {
            return Err(Problem::of_code("vault_newer"));
        }
        serde_json::from_value(stored).map_err(corrupt)
    }

    /// The vault, and the key that it was wrapped with.
    pub(crate) fn lock(&self) -> Result<(Vault, BrowserKey), Problem> {
        let lock = self.lock.as_ref().ok_or_else(|| Problem::of_code("wiped"))?;
        Ok((Vault::from_bytes(&lock.vault)?, BrowserKey(Zeroizing::new(lock.key))))
    }
}

/// The people of this browser.
pub(crate) struct People {
    entries: IdbStore,
}

impl People {
    /// Opens the list. What was being made or removed when the browser was closed is taken away.
    pub(crate) async fn open(databases: &Databases) -> Result<Self, Problem> {
        let entries = IdbStore::open(databases, PEOPLE).await.map_err(|error| {
            let problem = Problem::from(error);
            // A private window, or storage that the person has switched off.
            if problem.is_of_the_store() { problem.named("store_unavailable") } else { problem }
        })?;
        let people = Self { entries };
        for name in databases.all_names().await {
            let gone = |id: &str| match people.entry(id) {
                Ok(entry) => entry.wiped.is_some(),
                Err(problem) => problem.code == "unknown_person",
            };
            if name.strip_prefix(STORES).is_some_and(gone) {
                // It is on no list and its key is gone: what cannot be removed now is noise.
                let _ = databases.delete(&name).await;
            }
        }
        Ok(people)
    }

    /// Everybody, by name.
    pub(crate) fn list(&self, now_ms: i64) -> Result<Vec<Person>, Problem> {
        let entries = self.entries.scan(&[], None, usize::MAX)?;
        let mut people: Vec<Person> = entries.into_iter().map(|(id, bytes)| person(&id, &bytes, now_ms)).collect();
        people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(people)
    }

    pub(crate) fn entry(&self, id: &str) -> Result<Entry, Problem> {
        let bytes = self.entries.get(id.as_bytes())?;
        Entry::read(&bytes.ok_or_else(|| Problem::of_code("unknown_person"))?)
    }

    pub(crate) async fn keep(&mut self, id: &str, entry: &Entry) -> Result<(), Problem> {
        let mut batch = Batch::new();
        let bytes = serde_json::to_vec(entry).map_err(|error| Problem::of_code_with("store_failed", error.to_string()));
        batch.put(id.as_bytes(), bytes?);
        Ok(self.entries.commit(batch).await?)
    }

    /// Keeps another state of somebody's vault.
    pub(crate) async fn keep_vault(&mut self, id: &str, vault: Vec<u8>) -> Result<(), Problem> {
        let mut entry = self.entry(id)?;
        let lock = entry.lock.as_mut().ok_or_else(|| Problem::of_code("wiped"))?;
        lock.vault = vault;
        self.keep(id, &entry).await
    }

    /// Takes the key of somebody's store away, without which it is noise, and says so; then the store, which is closed in
    /// between.
    pub(crate) async fn wipe(
        &mut self,
        databases: &Databases,
        id: &str,
        at_ms: i64,
        reason: &str,
        close: impl FnOnce(),
    ) -> Result<(), Problem> {
        let mut entry = self.entry(id)?;
        entry.lock = None;
        entry.wiped.get_or_insert(Wiped { at_ms, reason: reason.into() });
        self.keep(id, &entry).await?;
        close();
        // What fails now is done at the next start.
        let _ = databases.delete(&store_of(id)).await;
        Ok(())
    }

    /// Takes somebody off the list.
    pub(crate) async fn remove(&mut self, id: &str) -> Result<(), Problem> {
        let mut batch = Batch::new();
        batch.delete(id.as_bytes());
        Ok(self.entries.commit(batch).await?)
    }
}

/// The name of the database of somebody's store.
pub(crate) fn store_of(id: &str) -> String {
    format!("{STORES}{id}")
}

fn person(id: &[u8], bytes: &[u8], now_ms: i64) -> Person {
    let id = String::from_utf8_lossy(id).into_owned();
    let Ok(entry) = Entry::read(bytes) else {
        let (name, campaign, origin) = Default::default();
        return Person { id, name, campaign, origin, needs_pin: false, wait_ms: 0, state: PersonState::Unreadable };
    };
    let (vault, state) = match (&entry.wiped, entry.lock()) {
        (Some(_), _) => (None, PersonState::Wiped),
        (None, Ok((vault, _))) => (Some(vault), PersonState::Ready),
        (None, Err(_)) => (None, PersonState::Unreadable),
    };
    Person {
        id,
        name: entry.name,
        campaign: entry.campaign,
        origin: entry.origin,
        needs_pin: vault.as_ref().is_some_and(Vault::needs_pin),
        wait_ms: vault.map_or(0, |vault| vault.wait_ms(now_ms)),
        state,
    }
}
