//! What wipes a person's store, and what must never.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use dongbo_mobile::{HostError, KeyManager, PersonState, Phone};

const INVITATION: &str = "dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&code=mot-hai-ba&\
                          root=0102030405060708090a0b0c0d0e0f10";

/// Wraps with nothing to speak of, and says what it forgot.
#[derive(Default)]
struct TestKeys {
    forgotten: Mutex<Vec<String>>,
}

impl KeyManager for TestKeys {
    fn wrap(&self, _: String, key: Vec<u8>) -> Result<Vec<u8>, HostError> {
        Ok(key.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError> {
        self.wrap(alias, wrapped)
    }

    fn forget(&self, alias: String) -> Result<(), HostError> {
        self.forgotten.lock().unwrap().push(alias);
        Ok(())
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A phone with one person, who has no PIN and whose store is closed.
struct Home {
    dir: tempfile::TempDir,
    keys: Arc<TestKeys>,
    phone: Arc<Phone>,
    person: String,
}

impl Home {
    fn new() -> Self {
        let (dir, keys) = (tempfile::tempdir().unwrap(), Arc::new(TestKeys::default()));
        let phone = Phone::new(dir.path().to_str().unwrap().to_owned(), keys.clone(), None).unwrap();
        let replica = wait(phone.enrol(INVITATION.into(), "Nguyễn Thị Hòa".into(), None)).unwrap();
        let person = replica.person_id();
        wait(replica.lock()).unwrap();
        Self { dir, keys, phone, person }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("people").join(&self.person).join(name)
    }

    /// The code that opening says.
    fn refused(&self) -> String {
        match wait(self.phone.unlock(self.person.clone(), None)) {
            Ok(_) => panic!("it opened"),
            Err(error) => error.problem().code.clone(),
        }
    }

    /// Why the one person is wiped, if they are.
    fn wiped(&self) -> Option<String> {
        match wait(self.phone.people()).unwrap().remove(0).state {
            PersonState::Wiped { reason, .. } => Some(reason),
            _ => None,
        }
    }

    fn forgotten(&self) -> usize {
        self.keys.forgotten.lock().unwrap().len()
    }
}

/// As on a phone that was not unlocked since its start, or where no file can be opened any more: nothing can be read, and
/// everything is there.
#[test]
fn files_that_cannot_be_read_now_prove_no_wipe() {
    let home = Home::new();
    for name in ["profile.json", "vault.json"] {
        fs::rename(home.file(name), home.file(&format!("{name}.away"))).unwrap();
        fs::create_dir(home.file(name)).unwrap();
    }
    assert_eq!(home.refused(), "store_failed");
    assert!(wait(home.phone.remove(home.person.clone())).is_err());
    assert!(home.file("store").is_dir());
    assert_eq!(home.forgotten(), 0);
    for name in ["profile.json", "vault.json"] {
        fs::remove_dir(home.file(name)).unwrap();
        fs::rename(home.file(&format!("{name}.away")), home.file(name)).unwrap();
    }
    let replica = wait(home.phone.unlock(home.person.clone(), None)).unwrap();
    assert_eq!(wait(replica.summary()).unwrap().records, 0);
}

#[test]
fn files_that_are_gone_prove_no_wipe_either() {
    let home = Home::new();
    for gone in ["vault.json", "profile.json"] {
        fs::rename(home.file(gone), home.file("away")).unwrap();
        if gone == "vault.json" {
            assert_eq!(home.refused(), "vault_corrupt");
        }
        assert!(wait(home.phone.remove(home.person.clone())).is_err());
        assert!(home.file("store").is_dir());
        assert_eq!(home.forgotten(), 0);
        fs::rename(home.file("away"), home.file(gone)).unwrap();
    }
    assert!(wait(home.phone.unlock(home.person.clone(), None)).is_ok());
}

/// As on a full disk, or with a profile that is noise: neither may keep a store from being wiped.
#[test]
fn a_wipe_needs_no_room_and_no_profile() {
    for block in [true, false] {
        let home = Home::new();
        let replica = wait(home.phone.unlock(home.person.clone(), None)).unwrap();
        match block {
            true => fs::create_dir(home.file("profile.tmp")).unwrap(),
            false => fs::write(home.file("profile.json"), "nhiễu").unwrap(),
        }
        wait(replica.wipe(None)).unwrap();
        assert!(!home.file("store").exists() && !home.file("vault.json").exists());
        assert_eq!(home.forgotten(), 1);
        assert_eq!(home.wiped().as_deref(), Some("own"));
        if block {
            fs::remove_dir(home.file("profile.tmp")).unwrap();
        }
        assert_eq!(home.refused(), "wiped");
        assert!(!home.file("vault.own").exists(), "and then the profile says so");
        assert_eq!(home.wiped().as_deref(), Some("own"));
        wait(home.phone.remove(home.person.clone())).unwrap();
    }
}

#[test]
fn a_wipe_that_a_kill_cut_short_is_brought_to_its_end() {
    let home = Home::new();
    fs::rename(home.file("vault.json"), home.file("vault.lost")).unwrap();
    assert_eq!(home.wiped().as_deref(), Some("lost"));
    assert_eq!(home.refused(), "wiped");
    assert!(!home.file("store").exists() && !home.file("vault.lost").exists());
    assert!(home.forgotten() >= 1);
    assert_eq!(home.wiped().as_deref(), Some("lost"));
}
