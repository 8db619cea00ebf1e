//! IndexedDB, as the worker hands it over (`web/src/core/databases.ts`).
//!
//! Requests and transactions of IndexedDB are JavaScript's, and so is the code that waits for them; Rust sees ordered
//! pairs of bytes. Pairs cross the border packed, many at a time: length of the key, length of the value (`0xffffffff`: the
//! pair is removed), both 4 bytes little endian, then the bytes of both.

use dongbo_core::store::{Batch, StoreError};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// The databases of this browser.
    pub type Databases;

    #[wasm_bindgen(method, catch)]
    async fn open(this: &Databases, name: &str, format: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn remove(this: &Databases, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn names(this: &Databases) -> Result<JsValue, JsValue>;

    /// One of them, open.
    pub(crate) type Database;

    #[wasm_bindgen(method, catch)]
    async fn load(this: &Database, after: Option<Uint8Array>) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn commit(this: &Database, pairs: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Database);
}

/// The length that stands for a removed pair.
const REMOVED: u32 = u32::MAX;

/// A pair as it crosses the border.
type Pair = (Vec<u8>, Vec<u8>);

impl Databases {
    /// Opens a database, or makes it.
    pub(crate) async fn database(&self, name: &str, format: u32) -> Result<Database, StoreError> {
        let opened = self.open(name, format).await;
        opened.map(JsCast::unchecked_into).map_err(|error| failure(&error, format))
    }

    /// Removes a database and all that is in it.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.remove(name).await.map_err(|error| failure(&error, 0))?;
        Ok(())
    }

    /// The names of the databases of this origin; none where the browser does not say.
    pub(crate) async fn all_names(&self) -> Vec<String> {
        let names = self.names().await.unwrap_or_default();
        js_sys::Array::from(&names).iter().filter_map(|name| name.as_string()).collect()
    }
}

impl Database {
    /// The next pairs by key; none: there are no more.
    pub(crate) async fn page(&self, after: Option<&[u8]>) -> Result<Vec<Pair>, StoreError> {
        let packed = self.load(after.map(Uint8Array::from)).await.map_err(|error| failure(&error, 0))?;
        let packed = Uint8Array::from(packed).to_vec();
        unpacked(&packed).ok_or_else(|| StoreError::Io { detail: "pairs were not packed as agreed".into() })
    }

    /// Makes a batch durable, whole or not at all.
    pub(crate) async fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let packed = packed(batch);
        self.commit(Uint8Array::from(&packed[..])).await.map_err(|error| failure(&error, 0))?;
        Ok(())
    }

    /// Lets go of it once what was begun is done.
    pub(crate) fn end(&self) {
        self.close();
    }
}

fn packed(batch: &Batch) -> Vec<u8> {
    let mut packed = Vec::new();
    for (key, value) in batch.iter() {
        packed.extend((key.len() as u32).to_le_bytes());
        packed.extend(value.map_or(REMOVED, |value| value.len() as u32).to_le_bytes());
        packed.extend_from_slice(key);
        packed.extend_from_slice(value.map_or(&[], Vec::as_slice));
    }
    packed
}

fn unpacked(mut packed: &[u8]) -> Option<Vec<Pair>> {
    let mut pairs = Vec::new();
    while !packed.is_empty() {
        let (lengths, rest) = packed.split_first_chunk::<8>()?;
        let [a, b, c, d, e, f, g, h] = *lengths;
        let key_bytes = u32::from_le_bytes([a, b, c, d]) as usize;
        let value_bytes = u32::from_le_bytes([e, f, g, h]) as usize;
        let (key, rest) = rest.split_at_checked(key_bytes)?;
        let (value, rest) = rest.split_at_checked(value_bytes)?;
        pairs.push((key.to_vec(), value.to_vec()));
        packed = rest;
    }
    Some(pairs)
}

/// What the browser said, as an error of a store.
fn failure(error: &JsValue, supported: u32) -> StoreError {
    let text = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    match text("name").as_deref() {
        Some("QuotaExceededError") => StoreError::DiskFull,
        Some("VersionError") => {
            let found = Reflect::get(error, &"found".into()).ok().and_then(|found| found.as_f64());
            StoreError::NewerFormat { found: found.unwrap_or_default() as u32, supported }
        }
        name => {
            let detail = [name.unwrap_or("error"), &text("message").unwrap_or_default()].join(": ");
            StoreError::Io { detail }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_cross_the_border_packed() {
        let mut batch = Batch::new();
        batch.put(*b"a", *b"one");
        batch.put(*b"bb", *b"");
        let pairs = vec![(b"a".to_vec(), b"one".to_vec()), (b"bb".to_vec(), Vec::new())];
        assert_eq!(unpacked(&packed(&batch)), Some(pairs));
        batch.delete(*b"c");
        assert_eq!(packed(&batch)[22..], [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, b'c']);
        assert_eq!(unpacked(&packed(&batch)[..20]), None);
    }
}
