use pollster::block_on;

use super::*;
use crate::{
    limits::{BATCH_BYTES_MAX, VALUE_BYTES_ADDED_MAX, VALUE_BYTES_MAX},
    store::{Fault, FaultPlan, FaultyStore, MemoryStore, conformance, transfer, verify},
};

const SENTENCE: &str = "Tổ công nghệ số cộng đồng thôn Đông hướng dẫn bà con nộp hồ sơ trực tuyến";

/// Randomness for tests: it differs from call to call.
fn entropy(seed: u8) -> Box<dyn Entropy + Send> {
    let mut count = u64::from(seed) << 32;
    Box::new(move |bytes: &mut [u8]| {
        for byte in bytes {
            count = count.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (count >> 40) as u8;
        }
    })
}

fn key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

fn open<S: Store>(inner: S) -> Result<EncryptedStore<S>, StoreError> {
    block_on(EncryptedStore::open(inner, &key(), entropy(1)))
}

fn batch(pairs: &[(&[u8], &[u8])]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in pairs {
        batch.put(*key, *value);
    }
    batch
}

fn holding(pairs: &[(&[u8], &[u8])]) -> MemoryStore {
    let mut store = open(MemoryStore::new()).unwrap();
    block_on(store.commit(batch(pairs))).unwrap();
    store.into_inner()
}

#[test]
fn conforms_over_memory() {
    conformance::check_store(|| open(MemoryStore::new()).unwrap());
}

/// Keys that stand around the store's own, which nobody sees or writes.
#[test]
fn the_check_value_is_nobodys_business() {
    let around: [&[u8]; 6] = [b"", b"\0", b"\0encrypte", b"\0encrypted\0", b"\0encrypter", b"\0\0"];
    for held in 0..1_u32 << around.len() {
        let mut keys: Vec<&[u8]> = (0..around.len()).filter(|i| held >> i & 1 == 1).map(|i| around[i]).collect();
        keys.sort_unstable();
        let store = open(holding(&keys.iter().map(|key| (*key, *key)).collect::<Vec<_>>())).unwrap();
        for prefix in around.into_iter().chain([CHECK_KEY]) {
            let under: Vec<Key> = keys.iter().filter(|key| key.starts_with(prefix)).map(|key| key.to_vec()).collect();
            for limit in 0..=under.len() + 1 {
                let expect = &under[..limit.min(under.len())];
                assert_eq!(store.keys(prefix, None, limit).unwrap(), expect, "{prefix:?} {limit}");
                let pairs: Vec<_> = expect.iter().map(|key| (key.clone(), key.clone())).collect();
                assert_eq!(store.scan(prefix, None, limit).unwrap(), pairs, "{prefix:?} {limit}");
            }
            assert_eq!(store.last(prefix).unwrap().map(|(key, _)| key), under.last().cloned(), "{prefix:?}");
        }
        assert_eq!(store.get(CHECK_KEY), Ok(None));
    }
    let mut store = open(MemoryStore::new()).unwrap();
    let mut delete = Batch::new();
    delete.delete(CHECK_KEY);
    for writes in [batch(&[(b"a", b"1"), (CHECK_KEY, b"2")]), delete] {
        assert!(matches!(block_on(store.commit(writes)), Err(StoreError::Io { .. })));
    }
    assert_eq!(store.get(b"a"), Ok(None));
    open(store.into_inner()).unwrap();
}

#[test]
fn another_key_opens_nothing_and_destroys_nothing() {
    let inner = holding(&[(b"a", SENTENCE.as_bytes())]);
    let other = DataKey::from_bytes([8; 32]);
    let opened = block_on(EncryptedStore::open(inner.clone(), &other, entropy(2)));
    assert_eq!(opened.err(), Some(StoreError::WrongKey));
    assert_eq!(open(inner).unwrap().get(b"a"), Ok(Some(SENTENCE.as_bytes().to_vec())));
}

#[test]
fn plain_and_newer_stores_are_left_alone() {
    let mut plain = MemoryStore::new();
    block_on(plain.commit(batch(&[(b"a", SENTENCE.as_bytes())]))).unwrap();
    assert_eq!(open(&mut plain).err(), Some(StoreError::NotEncrypted));
    assert_eq!(plain.len(), 1);

    for (first, expect) in [(2, StoreError::NewerFormat { found: 2, supported: 1 }), (0, damaged(CHECK_KEY))] {
        let mut inner = holding(&[]);
        let mut check = inner.get(CHECK_KEY).unwrap().unwrap();
        check[0] = first;
        block_on(inner.commit(batch(&[(CHECK_KEY, &check)]))).unwrap();
        assert_eq!(open(inner).err(), Some(expect));
    }
}

#[test]
fn a_moved_cut_or_changed_value_is_named_and_stops_no_other() {
    let inner = holding(&[(b"a", SENTENCE.as_bytes()), (b"b", b"khac"), (b"c", b"")]);
    let stored = inner.get(b"a").unwrap().unwrap();
    let mut wrong: Vec<Value> = (0..stored.len()).map(|length| stored[..length].to_vec()).collect();
    wrong.push(inner.get(b"b").unwrap().unwrap());
    wrong.extend((0..stored.len()).map(|at| {
        let mut changed = stored.clone();
        changed[at] ^= 1;
        changed
    }));
    for value in wrong {
        let mut inner = inner.clone();
        block_on(inner.commit(batch(&[(b"a", &value)]))).unwrap();
        let store = open(inner).unwrap();
        let expect = StoreError::Corrupt { detail: "the value at key 61 does not open".into() };
        assert_eq!(store.get(b"a"), Err(expect.clone()));
        assert_eq!(store.scan(b"", None, 9), Err(expect));
        assert_eq!(store.keys(b"", None, 9).unwrap().len(), 3, "keys are named without opening values");
        assert_eq!(store.get(b"b"), Ok(Some(b"khac".to_vec())));
        assert_eq!(verify(&store).unwrap().damaged_keys, [b"a".to_vec()]);
    }
}

#[test]
fn the_largest_value_and_batch_fit() {
    let largest = vec![7; VALUE_BYTES_MAX];
    let mut store = open(MemoryStore::new()).unwrap();
    block_on(store.commit(batch(&[(b"a", &largest)]))).unwrap();
    assert!(store.get(b"a") == Ok(Some(largest)));
    let added = store.inner().get(b"a").unwrap().unwrap().len() - VALUE_BYTES_MAX;
    assert!(added <= VALUE_BYTES_ADDED_MAX);

    let mut full = Batch::new();
    let value_bytes = BATCH_BYTES_MAX / 10_000 - 4;
    for number in 0..10_000_u32 {
        full.put(number.to_be_bytes(), vec![1; value_bytes]);
    }
    assert_eq!(full.check_limits(), Ok(()));
    block_on(store.commit(full)).unwrap();
    assert_eq!(store.keys(b"", None, usize::MAX).unwrap().len(), 10_001);
}

#[test]
fn an_export_of_either_side_comes_in_again() {
    let store = open(holding(&[(b"a", SENTENCE.as_bytes()), (b"b", b"")])).unwrap();
    let mut plain = Vec::new();
    transfer::export(&store, &mut plain, transfer::Damage::Stop).unwrap();
    let mut again = open(MemoryStore::new()).unwrap();
    block_on(transfer::import(&mut again, &plain[..], transfer::Damage::Stop)).unwrap();
    assert_eq!(again.scan(b"", None, 9), store.scan(b"", None, 9));

    let mut encrypted = Vec::new();
    transfer::export(store.inner(), &mut encrypted, transfer::Damage::Stop).unwrap();
    let mut raw = MemoryStore::new();
    block_on(transfer::import(&mut raw, &encrypted[..], transfer::Damage::Stop)).unwrap();
    assert_eq!(open(raw).unwrap().scan(b"", None, 9), store.scan(b"", None, 9));
}

/// A store cut at any commit, the first one that makes it an encrypted store included, opens again.
#[test]
fn a_kill_at_any_commit_leaves_a_store_that_opens() {
    for (fault, is_made) in
        [(Fault::before_applying(StoreError::DiskFull), false), (Fault::after_applying(StoreError::DiskFull), true)]
    {
        let mut inner = FaultyStore::new(MemoryStore::new(), [fault.clone()].into_iter().collect());
        assert_eq!(open(&mut inner).err(), Some(StoreError::DiskFull));
        let inner = inner.into_inner();
        assert_eq!(inner.len(), usize::from(is_made));
        let plan = FaultPlan::new();
        let mut store = open(FaultyStore::new(inner, plan.clone())).unwrap();
        plan.push(fault);
        assert_eq!(block_on(store.commit(batch(&[(b"a", b"1")]))), Err(StoreError::DiskFull));
        let again = open(store.into_inner().into_inner()).unwrap();
        assert_eq!(again.get(b"a").unwrap().is_some(), is_made);
    }
}

#[test]
fn the_same_value_lies_there_differently_each_time() {
    let mut store = open(MemoryStore::new()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        block_on(store.commit(batch(&[(b"a", b"1")]))).unwrap();
        assert!(seen.insert(store.inner().get(b"a").unwrap()));
    }
    assert_eq!(format!("{:?}", key()), "DataKey", "no key is shown");
}

#[cfg(feature = "sled")]
mod on_disk {
    use std::{fs, path::Path};

    use super::*;
    use crate::store::{SledOptions, SledStore};

    fn sled(path: &Path) -> SledStore {
        SledStore::open(path, SledOptions::default()).unwrap()
    }

    /// Whether any file below a directory holds these bytes.
    fn holds(path: &Path, wanted: &[u8]) -> bool {
        fs::read_dir(path).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => holds(&path, wanted),
                false => fs::read(path).unwrap().windows(wanted.len()).any(|window| window == wanted),
            }
        })
    }

    #[test]
    fn conforms_over_sled() {
        let directory = tempfile::tempdir().unwrap();
        let mut number = 0;
        conformance::check_store(|| {
            number += 1;
            open(sled(&directory.path().join(number.to_string()))).unwrap()
        });
        conformance::check_reopening(|| open(sled(&directory.path().join("reopened"))).unwrap());
    }

    #[test]
    fn no_file_holds_what_was_typed() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(sled(directory.path())).unwrap();
        for number in 0..50_u8 {
            // Short ones, ones over several pages, and older versions of one value.
            let long = SENTENCE.repeat(usize::from(number) * 4);
            block_on(store.commit(batch(&[(b"draft", SENTENCE.as_bytes()), (&[b'c', number], long.as_bytes())])))
                .unwrap();
        }
        assert_eq!(store.get(b"draft").unwrap().unwrap(), SENTENCE.as_bytes());
        drop(store);
        // Any word of it would be as bad.
        for word in SENTENCE.split(' ').filter(|word| word.len() >= 6).chain([SENTENCE]) {
            assert!(!holds(directory.path(), word.as_bytes()), "{word}");
        }
        assert!(!holds(directory.path(), key().as_bytes()));
        assert!(holds(directory.path(), b"encrypted"), "keys are as they are, so the search works");
    }

    #[test]
    fn what_was_erased_is_in_no_file_after_rewriting_not_even_encrypted() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(sled(directory.path())).unwrap();
        let largest = vec![3; VALUE_BYTES_MAX];
        block_on(store.commit(batch(&[(b"erased", SENTENCE.as_bytes()), (b"kept", b"con"), (b"large", &largest)])))
            .unwrap();
        let ciphertext = store.inner().get(b"erased").unwrap().unwrap();
        let mut delete = Batch::new();
        delete.delete(*b"erased");
        block_on(store.commit(delete)).unwrap();
        assert!(holds(directory.path(), &ciphertext), "sled keeps old pages");
        let mut store = store.rewrite(batch(&[(b"noted", b"co")])).unwrap();
        assert_eq!(store.get(b"noted"), Ok(Some(b"co".to_vec())));
        block_on(store.commit(batch(&[(b"later", b"sau")]))).unwrap();
        drop(store);
        assert!(!holds(directory.path(), &ciphertext));
        let store = open(sled(directory.path())).unwrap();
        assert_eq!(store.keys(b"", None, 9).unwrap(), [&b"kept"[..], b"large", b"later", b"noted"]);
        assert!(store.get(b"large") == Ok(Some(largest)));
    }
}
