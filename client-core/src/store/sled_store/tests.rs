//! The rules of `docs/decisions/0001-sled-rules.md`, one test or more for each.

mod damage;
#[cfg(target_os = "linux")]
mod full_disk;
mod kill;

use tempfile::TempDir;

use super::*;
use crate::{
    limits::KEY_BYTES_MAX,
    store::{
        MemoryStore, conformance,
        transfer::{Damage, export, import},
    },
};

fn open(path: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(path, SledOptions::default().cache_bytes(8 << 20))
}

/// Commits one pair.
fn put(store: &mut SledStore, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.put(key, value);
    conformance::commit(store, batch)
}

/// Writes straight into sled's tree, as only damage would.
fn overwrite_stored(path: &Path, key: &[u8], stored: Vec<u8>) {
    let db = open_sled(path, 8 << 20).unwrap();
    db.insert(key, stored).unwrap();
    db.flush().unwrap();
}

#[test]
fn conforms() {
    let directory = TempDir::new().unwrap();
    let mut number = 0;
    conformance::check_store(|| {
        number += 1;
        open(&directory.path().join(number.to_string())).unwrap()
    });
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let directory = TempDir::new().unwrap();
    conformance::check_reopening(|| open(directory.path()).unwrap());
}

#[test]
fn one_program_at_a_time() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path()).unwrap();
    let again = open(directory.path()).map(|_| ()).unwrap_err();
    assert_eq!(again, StoreError::AlreadyOpen { path: directory.path().display().to_string() });
    assert!(matches!(quarantine(directory.path()), Err(StoreError::AlreadyOpen { .. })));
    drop(store);
    open(directory.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_program_started_meanwhile_does_not_keep_a_closed_store_locked() {
    use std::{
        process::Command,
        sync::atomic::{AtomicBool, Ordering},
    };

    let directory = TempDir::new().unwrap();
    let started = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for _ in 0..100 {
                Command::new("true").status().unwrap();
            }
            started.store(true, Ordering::Relaxed);
        });
        while !started.load(Ordering::Relaxed) {
            Lock::take(directory.path()).unwrap();
        }
    });
}

#[test]
fn stored_values_stay_small_and_stale_chunks_go() {
    let directory = TempDir::new().unwrap();
    let mut store = open(directory.path()).unwrap();
    let stored_keys = |store: &SledStore| store.db().unwrap().iter().keys().count();
    put(&mut store, b"key", b"small").unwrap();
    let keys_when_small = stored_keys(&store);
    put(&mut store, b"key", &vec![1; 1 << 20]).unwrap();
    assert!(stored_keys(&store) > 256);
    for stored in store.db().unwrap().iter().values() {
        assert!(stored.unwrap().len() <= layout::STORED_BYTES_MAX);
    }
    let blobs = std::fs::read_dir(directory.path().join("blobs")).unwrap().count();
    assert_eq!(blobs, 0, "sled keeps large pages in files that it does not sync");
    put(&mut store, b"key", b"small").unwrap();
    assert_eq!(stored_keys(&store), keys_when_small);
}

#[test]
fn full_pages_of_the_longest_keys_and_values_stay_in_the_log() {
    let directory = TempDir::new().unwrap();
    let mut store = open(directory.path()).unwrap();
    let mut batch = Batch::new();
    for number in 0..5_000_u16 {
        // Bytes that are stored as two, after a beginning that others do not share: sled would cut it off.
        let mut key = vec![0xff; KEY_BYTES_MAX];
        key[..2].copy_from_slice(&number.reverse_bits().to_be_bytes());
        batch.put(key, vec![number as u8; 4_080]);
    }
    conformance::commit(&mut store, batch).unwrap();
    assert_eq!(std::fs::read_dir(directory.path().join("blobs")).unwrap().count(), 0);
}

#[test]
fn a_damaged_value_is_noticed_listed_and_replaced() {
    let directory = TempDir::new().unwrap();
    let mut store = open(directory.path()).unwrap();
    for key in [b"a", b"b", b"c"] {
        put(&mut store, key, &[key[0]; 10_000]).unwrap();
    }
    drop(store);
    overwrite_stored(directory.path(), b"\x02\0\x01b\0\0\0\x01", vec![0; 4_096]);

    let mut store = open(directory.path()).unwrap();
    assert!(matches!(store.get(b"b"), Err(StoreError::Corrupt { .. })));
    assert!(matches!(store.scan(b"", None, 10), Err(StoreError::Corrupt { .. })));
    assert_eq!(store.get(b"c"), Ok(Some(vec![b'c'; 10_000])));
    let report = store.verify().unwrap();
    assert_eq!((report.values, report.value_bytes, report.damaged_keys), (2, 20_000, vec![b"b".to_vec()]));

    let mut out = Vec::new();
    assert!(export(&store, &mut out, Damage::Stop).is_err());
    out.clear();
    let report = export(&store, &mut out, Damage::Salvage).unwrap();
    assert_eq!((report.records, report.damaged_keys), (2, vec![b"b".to_vec()]));
    let mut salvaged = MemoryStore::new();
    pollster::block_on(import(&mut salvaged, &out[..], Damage::Stop)).unwrap();
    assert_eq!(salvaged.len(), 2);

    put(&mut store, b"b", b"new").unwrap();
    assert_eq!(store.verify().unwrap().damaged, 0);
}

#[test]
fn a_newer_format_is_left_alone() {
    let directory = TempDir::new().unwrap();
    put(&mut open(directory.path()).unwrap(), b"key", b"value").unwrap();
    overwrite_stored(directory.path(), layout::FORMAT_KEY, layout::number(layout::FORMAT_KEY, 9));
    let newer = open(directory.path()).map(|_| ()).unwrap_err();
    assert_eq!(newer, StoreError::NewerFormat { found: 9, supported: FORMAT });
}

#[test]
fn another_segment_size_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(sled::Config::new().path(directory.path()).segment_size(1 << 16).open().unwrap());
    assert!(matches!(open(directory.path()), Err(StoreError::Corrupt { .. })));
}

#[test]
fn export_and_import_compact() {
    let directory = TempDir::new().unwrap();
    let (old_path, new_path) = (directory.path().join("old"), directory.path().join("new"));
    let mut old = open(&old_path).unwrap();
    for round in 0..20_u8 {
        put(&mut old, b"key", &vec![round; 200_000]).unwrap();
    }
    let mut out = Vec::new();
    export(&old, &mut out, Damage::Stop).unwrap();
    let mut new = open(&new_path).unwrap();
    pollster::block_on(import(&mut new, &out[..], Damage::Stop)).unwrap();
    assert_eq!(new.get(b"key"), Ok(Some(vec![19; 200_000])));
    assert!(new.size_on_disk_bytes().unwrap() < old.size_on_disk_bytes().unwrap());
}

/// sled 0.34 alone loops here until it panics.
#[test]
fn the_last_pair_is_found_behind_runs_of_ff() {
    let directory = TempDir::new().unwrap();
    let mut store = open(directory.path()).unwrap();
    let mut batch = Batch::new();
    for number in 0..100_u8 {
        batch.put([0xff, 0xff, 0xff, 0xff, 0xff, number], vec![0; 10_000]);
    }
    conformance::commit(&mut store, batch).unwrap();
    assert_eq!(store.last(b"").unwrap().unwrap().0, [0xff, 0xff, 0xff, 0xff, 0xff, 99]);
}

#[test]
fn a_store_can_move_to_another_thread() {
    fn check<T: Send>() {}
    check::<SledStore>();
}
