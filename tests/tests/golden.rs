//! The golden samples: made again byte for byte, and read back from the committed files.
//!
//! `UPDATE_GOLDEN=1 cargo test -p dongbo-tests --test golden` writes them. A sample of a released format is never
//! updated: if its test fails, the reader is wrong.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{path::PathBuf, sync::Arc};

use dongbo_core::{
    RecordId, RecordOrigin,
    change::{Bundle, SealedBundle, SignedChange},
    identity::{KeyPair, SignedStatement, Trust},
    outside::Moment,
    record::{Record, read_row},
    replica::{Draft, Replica},
    seal::SealingKey,
    store::{Batch, DataKey, EncryptedStore, MemoryStore, Read as _, Store as _},
    sync::{
        Invitation, JoinAnswer, JoinRequest, Nonce, Problem, SessionAnswer, SessionRequest, SyncRequest, SyncResponse,
    },
    vault::{KeyManager, KeyManagerError, ResetRequest, Vault},
};
use dongbo_server::hub::{AccessQuery, ErasureState, Hub};
use dongbo_tests::{
    golden::{campaign, golden_form, keys, pairs, root, samples},
    world::{Seeded, id, now},
};
use serde_json::Value;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

fn committed(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn samples_are_made_again_byte_for_byte() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for sample in samples().unwrap() {
        let path = path(sample.name);
        if update {
            std::fs::write(&path, &sample.bytes).unwrap();
        }
        let found = std::fs::read(&path).unwrap();
        assert!(found == sample.bytes, "{} differs; see the head of this test", path.display());
    }
}

#[test]
fn record_ids_read_back() {
    for vector in list(&committed("record-ids.json")["vectors"]) {
        let text = |name: &str| vector[name].as_str().unwrap();
        let origin = RecordOrigin {
            device: id(text("device")),
            unit: id(text("unit")),
            form: id(text("form")),
            created_ms: vector["created_ms"].as_i64().unwrap(),
            salt: bytes(&vector["salt"]).try_into().unwrap(),
        };
        assert_eq!(RecordId::derive(&origin).to_string(), text("record"));
    }
}

#[test]
fn keys_and_statements_read_back() {
    let seed: [u8; 32] = bytes(&committed("keys.json")["root"]["seed"]).try_into().unwrap();
    let mut trust = Trust::new(KeyPair::from_seed(seed).public());
    let file = committed("statements.json");
    for sample in list(&file["statements"]) {
        let signed = SignedStatement::open(&bytes(&sample["bytes"])).unwrap();
        assert_eq!(signed.issued_ms, sample["issued_ms"].as_i64().unwrap());
        assert_eq!(hex::encode(signed.id), sample["id"].as_str().unwrap());
        trust.accept(&Arc::new(signed)).unwrap();
    }
    assert_eq!((trust.directory_version(), trust.catalogue_version()), (2, 1));
    assert_eq!(trust.certificates().count(), 2);
    assert!(trust.erasure(RecordId([7; 16])).is_some());
    assert_eq!(trust.recovery_key(), Some(&SealingKey::from_seed([5; 32]).public()));
    assert_eq!(trust.resets().len(), 1);
}

#[test]
fn changes_make_the_record_that_was_seen() {
    let file = committed("changes.json");
    let record: RecordId = id(file["record"].as_str().unwrap());
    let mut made = Record::empty(record);
    for sample in list(&file["changes"]) {
        let signed = SignedChange::open(&bytes(&sample["bytes"])).unwrap();
        let key = if sample["signer"] == keys().hoa.device().to_string() { keys().hoa } else { keys().binh };
        signed.verify(root(), &key.public()).unwrap();
        let change = signed.read().unwrap();
        assert_eq!(change.hash.to_string(), sample["change"]["hash"].as_str().unwrap());
        made.apply(change, signed.chunk()).unwrap();
    }
    let campaign = campaign();
    let row = read_row(&made, Some((&campaign, golden_form(&campaign)))).unwrap();
    assert_eq!(serde_json::to_value(&row).unwrap(), committed("record.json")["row"]);
    let read: dongbo_core::record::Row = serde_json::from_value(committed("record.json")["row"].clone()).unwrap();
    assert_eq!(read, row);
    assert_eq!(std::fs::read(path("record.automerge")).unwrap(), made.save());
}

#[test]
fn messages_read_back() {
    macro_rules! survives {
        ($file:ident, $($name:literal: $kind:ty),+ $(,)?) => {
            $(let sample = bytes(&$file[$name]);
            assert_eq!(<$kind>::from_bytes(&sample).unwrap().to_bytes(), sample, $name);)+
        };
    }
    let file = committed("messages.json");
    survives!(
        file,
        "join_request": JoinRequest,
        "join_answer": JoinAnswer,
        "nonce": Nonce,
        "session_request": SessionRequest,
        "session_answer": SessionAnswer,
        "sync_request": SyncRequest,
        "sync_request_first": SyncRequest,
        "sync_response": SyncResponse,
    );
    let join = JoinRequest::from_bytes(&bytes(&file["join_request"])).unwrap();
    assert_eq!(join.verified_key(root()), Some(keys().hoa.public()));
    let session = SessionRequest::from_bytes(&bytes(&file["session_request"])).unwrap();
    assert!(session.proves(root(), file["hub"].as_str().unwrap(), &keys().hoa.public()));
    let problem: Problem = serde_json::from_value(file["problem"].clone()).unwrap();
    assert_eq!((problem.status, problem.epoch), (409, Some(3)));
}

#[test]
fn invitations_read_back() {
    let file = committed("invitation.json");
    for sample in list(&file["invitations"]) {
        let link = sample["link"].as_str().unwrap();
        let invitation = Invitation::parse(link).unwrap();
        assert_eq!(invitation.origin, sample["hub"].as_str().unwrap());
        assert_eq!(invitation.link(), link);
    }
    for bad in list(&file["refused"]) {
        assert!(Invitation::parse(bad.as_str().unwrap()).is_err(), "{bad}");
    }
}

#[test]
fn the_bundle_reads_back() {
    let file = committed("bundle.json");
    let bundle = Bundle::read(&bytes(&file["bytes"])).unwrap();
    assert_eq!(bundle.root, root());
    assert_eq!((bundle.statements.len(), bundle.changes.len(), bundle.skipped), (3, 3, 1));
    assert_eq!(bundle.unreadable, []);
    let hashes: Vec<String> = bundle.changes.iter().map(|change| change.hash().to_string()).collect();
    assert_eq!(serde_json::to_value(hashes).unwrap(), file["changes"]);
}

#[test]
fn stores_open_again() {
    let dump = committed("replica-store.json");
    let replica = now(Replica::open(pairs(&dump).unwrap())).unwrap();
    let summary = replica.summary().unwrap();
    assert_eq!((summary.records, summary.outbox, summary.waiting), (2, 2, 1), "{summary:?}");
    assert_eq!((summary.held, summary.quarantined, summary.drafts), (1, 1, 1));
    let draft: Draft = serde_json::from_value(committed("draft.json")).unwrap();
    assert_eq!(replica.drafts().unwrap(), [draft]);
    let kinds: Vec<&str> = list(&dump["pairs"]).iter().map(|pair| pair["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"spent actor") && kinds.contains(&"row") && !kinds.contains(&"unknown"), "{kinds:?}");

    let mut hub = Hub::open(pairs(&committed("hub-store.json")).unwrap()).unwrap();
    assert!(now(hub.verify()).unwrap().is_clean());
    assert_eq!(hub.pending().unwrap().len(), 2);
    assert_eq!(hub.record_ids().unwrap().len(), 1);
    now(hub.rebuild()).unwrap();
    assert!(now(hub.verify()).unwrap().is_clean());

    let dump = committed("hub-erased-store.json");
    let mut hub = Hub::open(pairs(&dump).unwrap()).unwrap();
    assert!(now(hub.verify()).unwrap().is_clean());
    let erasures = hub.erasures().unwrap();
    assert_eq!((erasures.len(), erasures[0].state), (1, ErasureState::Noted));
    assert!(hub.record_ids().unwrap().is_empty());
    let accesses = hub.accesses(&AccessQuery::default(), 10).unwrap();
    assert_eq!(accesses[0].read[&erasures[0].record], ["name"]);
    let kinds: Vec<&str> = list(&dump["pairs"]).iter().map(|pair| pair["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"erased record") && kinds.contains(&"access") && !kinds.contains(&"unknown"), "{kinds:?}");
    now(hub.rebuild()).unwrap();
    assert!(now(hub.verify()).unwrap().is_clean());
}

#[test]
fn encrypted_and_sealed_bytes_read_back() {
    let file = committed("encrypted-value.json");
    let mut inner = MemoryStore::new();
    let mut batch = Batch::new();
    for pair in list(&file["pairs"]) {
        batch.put(bytes(&pair["key"]), bytes(&pair["stored"]));
    }
    now(inner.commit(batch)).unwrap();
    let key = DataKey::from_slice(&bytes(&file["data_key"])).unwrap();
    let store = now(EncryptedStore::open(inner, &key, Box::new(Seeded(1)))).unwrap();
    let pairs = store.scan(&[], None, usize::MAX).unwrap();
    assert_eq!(pairs.len(), 1, "the check value is not shown");
    let pair = list(&file["pairs"]).iter().find(|pair| bytes(&pair["key"]) == pairs[0].0).unwrap();
    assert_eq!(pairs[0].1, pair["plain"].as_str().unwrap().as_bytes());

    let file = committed("sealed.json");
    let key = SealingKey::from_seed(bytes(&file["secret"]).try_into().unwrap());
    assert_eq!(hex::encode(key.public()), file["public"].as_str().unwrap());
    let opened = key.open(file["purpose"].as_str().unwrap(), &bytes(&file["context"]), &bytes(&file["sealed"]));
    assert_eq!(opened.unwrap().as_slice(), file["plain"].as_str().unwrap().as_bytes());
}

/// A key manager that wraps nothing.
struct Bare;

impl KeyManager for Bare {
    fn wrap(&self, _: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError> {
        Ok(key.to_vec())
    }

    fn unwrap(&self, _: &str, wrapped: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyManagerError> {
        Ok(wrapped.to_vec().into())
    }

    fn forget(&self, _: &str) -> Result<(), KeyManagerError> {
        Ok(())
    }
}

#[test]
fn vault_and_reset_read_back() {
    let file = committed("vault.json");
    let text = |name: &str| file[name].as_str().unwrap();
    let read = || Vault::from_bytes(&serde_json::to_vec(&file["vault"]).unwrap()).unwrap();
    let mut kept = |_: &[u8]| Ok(());
    let key = read().unlock(Some(text("pin")), &Bare, 0, &mut kept).unwrap();
    assert_eq!(key.as_bytes().to_vec(), bytes(&file["data_key"]));
    let mut random = Seeded(1);
    let request = ResetRequest::parse(text("request")).unwrap();
    assert_eq!(read().begin_reset(&Bare, &mut random, &mut kept).unwrap(), request);
    let recovery = SealingKey::from_seed(bytes(&file["recovery_secret"]).try_into().unwrap());
    request.sealed_for_device(&recovery, &mut random).unwrap();
    let mut moment = Moment::new(0, &mut random);
    let key = read().finish_reset(text("answer"), Some("mã mới"), &Bare, &mut moment, &mut kept).unwrap();
    assert_eq!(key.as_bytes().to_vec(), bytes(&file["data_key"]));
}

#[test]
fn a_sealed_bundle_reads_back() {
    let file = committed("sealed-bundle.json");
    let recovery = SealingKey::from_seed(bytes(&file["recovery_secret"]).try_into().unwrap());
    let bundle = SealedBundle::read(&bytes(&file["bytes"])).unwrap().open(&recovery).unwrap();
    assert_eq!(*bundle, bytes(&committed("bundle.json")["bytes"]));
}
