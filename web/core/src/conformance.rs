//! The core's conformance suite over IndexedDB, for a test page.

use dongbo_core::store::conformance;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Databases, IdbStore};

/// Runs the whole suite; a store that does not conform panics, which the page sees as an exception.
#[wasm_bindgen]
pub async fn check_store(databases: Databases) {
    let mut number = 0;
    conformance::check_store_async(async || {
        number += 1;
        open(&databases, &format!("conformance-{number}")).await
    })
    .await;
    conformance::check_reopening_async(async || open(&databases, "conformance-reopened").await).await;
}

async fn open(databases: &Databases, name: &str) -> IdbStore {
    IdbStore::open(databases, name).await.expect("a test page may use IndexedDB")
}
