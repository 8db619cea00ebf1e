//! What is encrypted or sealed: a stored value, sealed bytes, a vault with a reset, a sealed bundle.

use anyhow::Context as _;
use dongbo_core::{
    change::SealedBundle,
    identity::{Reset, Statement},
    seal::{SealingKey, seal},
    store::{Batch, DataKey, EncryptedStore, MemoryStore, Read as _, Store as _},
    vault::{KeyManager, KeyManagerError, PinCost, ResetAnswer, Vault},
};
use serde_json::{Value, json};

use super::wire;
use crate::world::{Seeded, id, now};

const SENTENCE: &str = "Tổ công nghệ số cộng đồng thôn Đông hướng dẫn bà con nộp hồ sơ trực tuyến";

/// A pair of an encrypted store and the store's own check value.
pub(super) fn encrypted_value() -> anyhow::Result<Value> {
    let data_key = [0x0d; 32];
    let random = Box::new(Seeded(244));
    let mut store = now(EncryptedStore::open(MemoryStore::new(), &DataKey::from_bytes(data_key), random))?;
    let mut batch = Batch::new();
    batch.put(*b"d0", SENTENCE);
    now(store.commit(batch))?;
    let pairs = store.inner().scan(&[], None, usize::MAX)?;
    let pairs = pairs.into_iter().map(|(key, stored)| {
        let plain = if key == b"d0" { SENTENCE } else { "dongbo/encrypted-store/1" };
        let nonce = stored.get(1..25).map(hex::encode);
        json!({ "key": hex::encode(&key), "plain": plain, "nonce": nonce, "stored": hex::encode(&stored) })
    });
    Ok(json!({ "data_key": hex::encode(data_key), "pairs": pairs.collect::<Vec<_>>() }))
}

/// Sealed bytes.
pub(super) fn sealed() -> anyhow::Result<Value> {
    let seed = [0x0e; 32];
    let key = SealingKey::from_seed(seed);
    let (purpose, context) = ("sample", b"context");
    let sealed = seal(&key.public(), purpose, context, SENTENCE.as_bytes(), &mut Seeded(244)).context("a sample")?;
    Ok(json!({
        "secret": hex::encode(seed), "public": hex::encode(key.public()), "purpose": purpose,
        "context": hex::encode(context), "plain": SENTENCE, "sealed": hex::encode(sealed),
    }))
}

/// A key manager for samples: what it wraps is readable.
struct Readable;

impl KeyManager for Readable {
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

/// A vault with a PIN, wrapped by nothing, that asks for a reset; the request and its answer.
pub(super) fn vault() -> anyhow::Result<Value> {
    let mut random = Seeded(244);
    let (data_key, pin) = (DataKey::from_bytes([0x0d; 32]), "Mật khẩu 244");
    let recovery = SealingKey::from_seed([5; 32]);
    let keys = wire::keys();
    let mut kept = |_: &[u8]| Ok(());
    let mut vault = Vault::create("may-cua-hoa", &data_key, Some(pin), PinCost::STANDARD, &Readable, &mut random)?;
    vault.note_joined(&id("golden"), keys.root.public(), keys.hoa.device(), &mut kept)?;
    vault.escrow(&data_key, &recovery.public(), &mut random, &mut kept)?;
    let request = vault.begin_reset(&Readable, &mut random, &mut kept)?;
    let sealed = request.sealed_for_device(&recovery, &mut random)?;
    let reset = wire::signed(&keys.issuing, &Statement::Reset(Reset { device: keys.hoa.device(), sealed }));
    let answer = ResetAnswer::new(wire::root(), [&wire::statement("issuing_key")[..]], &reset);
    Ok(json!({
        "pin": pin, "data_key": hex::encode(data_key.as_bytes()), "recovery_secret": hex::encode([5; 32]),
        "vault": serde_json::from_slice::<Value>(&vault.to_bytes())?, "request": request.link(), "answer": answer.link(),
    }))
}

/// A bundle sealed to the recovery key.
pub(super) fn sealed_bundle(bundle: &Value) -> anyhow::Result<Value> {
    let bundle = hex::decode(bundle["bytes"].as_str().context("a bundle")?)?;
    let recovery = SealingKey::from_seed([5; 32]);
    let file = SealedBundle::write(wire::root(), &recovery.public(), &bundle, &mut Seeded(244))?;
    Ok(json!({ "recovery_secret": hex::encode([5; 32]), "bytes": hex::encode(file), "bundle": "bundle.json" }))
}
