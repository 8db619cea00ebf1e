//! A shared phone from end to end: an encrypted store, a forgotten PIN, a reset by the campaign; nothing is lost.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{fs, path::Path};

use dongbo_core::{
    identity::{RecoveryKey, RevocationReason, SignedStatement, Statement},
    outside::Moment,
    replica::{Replica, ReplicaError, rewritten},
    seal::SealingKey,
    store::{DataKey, EncryptedStore, SledOptions, SledStore, StoreError},
    vault::{KeyManager, KeyManagerError, PinCost, ResetRequest, Vault},
};
use dongbo_tests::world::{Device, Seeded, World, now};
use serde_json::json;

const TITLE: &str = "Tổ công nghệ số cộng đồng thôn Đông hướng dẫn bà con nộp hồ sơ trực tuyến";
const UNSENT: &str = "Đoàn viên thôn Đông giúp cụ Ngoẵng cài định danh điện tử";

/// The phone's key manager.
struct Phone;

impl KeyManager for Phone {
    fn wrap(&self, _: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError> {
        Ok(key.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, alias: &str, wrapped: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyManagerError> {
        self.wrap(alias, wrapped).map(Into::into)
    }

    fn forget(&self, _: &str) -> Result<(), KeyManagerError> {
        Ok(())
    }
}

type Encrypted = EncryptedStore<SledStore>;

fn open(path: &Path, key: &DataKey, seed: u64) -> Result<Encrypted, StoreError> {
    now(EncryptedStore::open(SledStore::open(path, SledOptions::default())?, key, Box::new(Seeded(seed))))
}

/// Whether any file below a directory holds any longer word of a text.
fn holds(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = fs::read(path).unwrap();
        let words = text.split(' ').map(str::as_bytes).filter(|word| word.len() >= 6);
        words.chain([text.as_bytes()]).any(|word| bytes.windows(word.len()).any(|window| window == word))
    })
}

fn activity(title: &str) -> serde_json::Value {
    json!({"title": title, "kind": "campaign_day", "held_on": "2023-03-10", "content": "Ở nhà văn hóa"})
}

/// A hub whose campaign has a recovery key, which is returned: the hub never has it.
fn world_with_recovery() -> (World, SealingKey) {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 244);
    let recovery = SealingKey::from_seed([0x42; 32]);
    let root = world.root.clone().unwrap();
    let named = Statement::RecoveryKey(RecoveryKey { key: recovery.public() });
    let stated = SignedStatement::sign(root.authority(), &root, world.now_ms, &named);
    now(world.hub.name_recovery_key(&stated, world.now_ms)).unwrap();
    let again = now(world.hub.name_recovery_key(&stated, world.now_ms)).unwrap_err();
    assert!(again.to_string().contains("in use already"), "{again}");
    (world, recovery)
}

#[test]
fn a_forgotten_pin_loses_nothing() {
    let (mut world, recovery) = world_with_recovery();
    let directory = tempfile::tempdir().unwrap();
    let (store, file) = (directory.path().join("store"), directory.path().join("vault"));
    let mut keep = |bytes: &[u8]| fs::write(&file, bytes).map_err(|e| StoreError::Io { detail: e.to_string() });
    let read = || Vault::from_bytes(&fs::read(&file).unwrap()).unwrap();

    // Joining, over a store whose key stands under a PIN before anything is in it.
    let mut random = Seeded(7);
    let key = DataKey::random(&mut random);
    let mut vault =
        Vault::create("lan", &key, Some("thôn Đông"), PinCost::WEAK_FOR_TESTS, &Phone, &mut random).unwrap();
    keep(&vault.to_bytes()).unwrap();
    let member = world.member("Lan", "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let mut lan = world.device_with(open(&store, &key, 1).unwrap(), &link, "Máy chung", "26572").unwrap();
    let trust = lan.replica.trust();
    vault.note_joined(lan.replica.campaign(), *trust.root_key(), lan.replica.device(), &mut keep).unwrap();
    assert_eq!(trust.recovery_key(), Some(&recovery.public()), "it came with the feed");
    vault.escrow(&key, trust.recovery_key().unwrap(), &mut random, &mut keep).unwrap();

    let sent = lan.create("activity", activity(TITLE), world.now_ms).unwrap().record;
    lan.sync(&mut world).unwrap();
    let unsent = lan.create("activity", activity(UNSENT), world.now_ms).unwrap().record;
    let device = lan.replica.device();
    drop((lan, key, vault));
    assert!(!holds(&store, TITLE) && !holds(&store, UNSENT), "nothing typed is readable");
    let wrong = open(&store, &DataKey::from_bytes([1; 32]), 2).err().unwrap();
    assert_eq!(ReplicaError::from(wrong).code(), "wrong_key");

    // Forgotten. The request is carried to the administrator, the answer back.
    for _ in 0..5 {
        read().unlock(Some("quên mất rồi"), &Phone, world.now_ms, &mut keep).unwrap_err();
    }
    assert_eq!(read().unlock(Some("thôn Đoài"), &Phone, world.now_ms, &mut keep).unwrap_err().code(), "pin_wait");
    let request = read().begin_reset(&Phone, &mut random, &mut keep).unwrap();
    let carried = ResetRequest::parse(&request.link()).unwrap();
    let sealed = carried.sealed_for_device(&recovery, &mut world.random).unwrap();
    let answer = now(world.hub.reset_device(carried.root, carried.device, sealed, world.now_ms)).unwrap().link();
    let mut moment = Moment::new(world.now_ms, &mut random);
    let key = read().finish_reset(&answer, Some("xã Hoà Long"), &Phone, &mut moment, &mut keep).unwrap();
    drop(key);

    // After a restart the new PIN opens it; all that was typed is there and goes on to the hub.
    let key = read().unlock(Some("xã Hoà Long"), &Phone, world.now_ms, &mut keep).unwrap();
    let replica = now(Replica::open(open(&store, &key, 3).unwrap())).unwrap();
    let mut lan = Device { replica, random: Seeded(9), unit: "26572".parse().unwrap(), clock_skew_ms: 0 };
    for (record, title) in [(sent, TITLE), (unsent, UNSENT)] {
        assert_eq!(lan.replica.view(record).unwrap().row.answers["title"], title);
    }
    assert_eq!(lan.sync(&mut world).unwrap().admitted, 1);
    let resets: Vec<_> = lan.replica.trust().resets().map(|reset| reset.device).collect();
    assert_eq!(resets, [device], "the member sees it");

    // Also on another device of theirs, and nobody else does.
    let link = world.invite(member).unwrap();
    let memory = dongbo_core::store::MemoryStore::new;
    let second = world.device_with(memory(), &link, "Máy nhà", "26572").unwrap();
    assert_eq!(second.replica.trust().resets().count(), 1);
    let other = world.device("Minh", "26572", "commune_officer").unwrap();
    assert_eq!(other.replica.trust().resets().count(), 0);
    assert_eq!(other.replica.trust().recovery_key(), Some(&recovery.public()));
    assert!(now(world.hub.verify()).unwrap().problems.is_empty());

    // An erasure reaches the encrypted store, and after the rewriting its files.
    now(world.hub.erase(sent, "theo yêu cầu", world.now_ms)).unwrap();
    lan.sync(&mut world).unwrap();
    assert!(lan.replica.must_be_rewritten().unwrap());
    let replica = now(Replica::open(lan.replica.into_store().rewrite(rewritten()).unwrap())).unwrap();
    assert!(!replica.must_be_rewritten().unwrap());
    assert!(replica.view(sent).is_err() && replica.view(unsent).is_ok());
}

#[test]
fn the_hub_resets_only_devices_that_are_its_own_and_not_lost() {
    let (mut world, _) = world_with_recovery();
    let device = world.device("Lan", "26572", "commune_officer").unwrap().replica.device();
    let root = world.hub.trust().root();
    let head = world.hub.head();
    let mut refused = |root, device| {
        let error = now(world.hub.reset_device(root, device, vec![1], world.now_ms)).unwrap_err();
        assert_eq!(world.hub.head(), head, "nothing was published");
        error.to_string()
    };
    assert!(refused(dongbo_core::AuthorityId([9; 16]), device).contains("another campaign"));
    assert!(refused(root, dongbo_core::DeviceId([9; 16])).contains("device 0909"));
    now(world.hub.revoke_device(device, RevocationReason::Lost, true, world.now_ms)).unwrap();
    let error = now(world.hub.reset_device(root, device, vec![1], world.now_ms)).unwrap_err();
    assert!(error.to_string().contains("reported lost"), "{error}");
}

/// What a program from before kind 7 makes of it: as this one of a kind 8.
#[test]
fn a_statement_of_an_unknown_kind_stops_nobody() {
    let (mut world, _) = world_with_recovery();
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let root = world.root.clone().unwrap();
    let mut payload = minicbor::Encoder::new(Vec::new());
    payload.map(3).unwrap().u8(0).unwrap().u8(8).unwrap().u8(1).unwrap().bytes(&[1; 32]).unwrap();
    payload.u8(9).unwrap().i64(world.now_ms).unwrap();
    let kind = dongbo_core::envelope::Kind::Statement;
    let unknown = dongbo_core::envelope::Envelope::sign(kind, root.authority(), &root, payload.into_writer());
    let body = lan.replica.sync_request().unwrap();
    let answer = lan.call(&mut world, &body).unwrap();
    let mut response = dongbo_core::sync::SyncResponse::from_bytes(&answer).unwrap();
    response.statements.insert(0, unknown.into());
    now(lan.replica.take_in(response)).unwrap();
    lan.create("activity", activity(TITLE), world.now_ms).unwrap();
    assert_eq!(lan.sync(&mut world).unwrap().admitted, 1);
}
