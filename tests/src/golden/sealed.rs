//! What is encrypted or sealed: a stored value, sealed bytes.

use anyhow::Context as _;
use dongbo_core::{
    seal::{SealingKey, seal},
    store::{Batch, DataKey, EncryptedStore, MemoryStore, Read as _, Store as _},
};
use serde_json::{Value, json};

use crate::world::{Seeded, now};

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
