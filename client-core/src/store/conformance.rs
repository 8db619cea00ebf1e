//! What every storage backend must do. A backend runs [`check_store`], and if it is durable, [`check_reopening`]; in a
//! browser, where nothing may block, [`check_store_async`] and [`check_reopening_async`].
//!
//! ```
//! use dongbo_core::store::{MemoryStore, conformance};
//!
//! conformance::check_store(MemoryStore::new);
//! ```

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::{Batch, Key, Read, Store, StoreError, Value, prefix_end};
use crate::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// Checks everything that needs no reopening. `make` returns a new empty store each time.
///
/// # Panics
///
/// When the store does not conform.
pub fn check_store<S: Store>(mut make: impl FnMut() -> S) {
    wait(check_store_async(async || make()));
}

/// As [`check_store`].
///
/// # Panics
///
/// When the store does not conform.
pub async fn check_store_async<S: Store>(mut make: impl AsyncFnMut() -> S) {
    reads_of_an_empty_store(&mut make().await).await;
    put_overwrite_delete(&mut make().await).await;
    batches_are_whole(&mut make().await).await;
    too_large_is_refused(&mut make().await).await;
    scans_page_in_order(&mut make().await).await;
    prefixes_end_where_they_should(&mut make().await).await;
    sizes_of_values(&mut make().await).await;
    long_keys(&mut make().await).await;
    for seed in 1..=4 {
        behaves_like_a_map(&mut make().await, seed).await;
    }
}

/// Checks that what was committed is there after reopening. `open` opens the same, at first empty, store each time;
/// the one before was dropped.
///
/// # Panics
///
/// When the store does not conform.
pub fn check_reopening<S: Store>(mut open: impl FnMut() -> S) {
    wait(check_reopening_async(async || open()));
}

/// As [`check_reopening`].
///
/// # Panics
///
/// When the store does not conform.
pub async fn check_reopening_async<S: Store>(mut open: impl AsyncFnMut() -> S) {
    let mut model = BTreeMap::new();
    for round in 0..5_u8 {
        let mut store = open().await;
        assert_holds(&store, &model);
        let mut batch = Batch::new();
        for (number, size) in SIZES.into_iter().enumerate() {
            // Every key meets every size in turn: large over small and small over large.
            let key = vec![(number as u8 + round) % SIZES.len() as u8];
            batch.put(key.clone(), patterned(size, round));
            model.insert(key, patterned(size, round));
        }
        batch.delete(vec![round]);
        model.remove(&vec![round]);
        assert_eq!(store.commit(batch).await, Ok(()));
        assert_holds(&store, &model);
    }
    assert_holds(&open().await, &model);
}

const SIZES: [usize; 7] = [0, 1, 4_095, 4_096, 4_097, 100_000, 2 << 20];

/// Commits and waits. A store may be pending many times, but not for ever.
///
/// # Panics
///
/// When the commit stays pending.
pub fn commit<S: Store + ?Sized>(store: &mut S, batch: Batch) -> Result<(), StoreError> {
    wait(store.commit(batch))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    for _ in 0..100_000_000_u64 {
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
        std::thread::yield_now();
    }
    panic!("the store stays pending");
}

fn batch(writes: &[(&[u8], Option<&[u8]>)]) -> Batch {
    let mut batch = Batch::new();
    for (key, write) in writes {
        match write {
            Some(value) => batch.put(*key, *value),
            None => batch.delete(*key),
        }
    }
    batch
}

/// Bytes that differ from chunk to chunk and from seed to seed.
fn patterned(size: usize, seed: u8) -> Value {
    (0..size).map(|at| (at / 1_000) as u8 ^ at as u8 ^ seed).collect()
}

fn assert_holds(store: &impl Read, model: &BTreeMap<Key, Value>) {
    let pairs: Vec<_> = model.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    assert!(store.scan(b"", None, usize::MAX) == Ok(pairs), "the store does not hold what was committed");
}

async fn reads_of_an_empty_store(store: &mut impl Store) {
    assert_eq!(store.get(b""), Ok(None));
    assert_eq!(store.get(b"key"), Ok(None));
    assert_eq!(store.scan(b"", None, 10), Ok(vec![]));
    assert_eq!(store.keys(b"", None, 10), Ok(vec![]));
    assert_eq!(store.last(b""), Ok(None));
    assert_eq!(store.commit(Batch::new()).await, Ok(()));
    assert_eq!(store.commit(batch(&[(b"key", None)])).await, Ok(()));
    assert_eq!(store.last(b""), Ok(None));
}

async fn put_overwrite_delete(store: &mut impl Store) {
    let steps: [(Option<&[u8]>, &str); 5] =
        [(Some(b"one"), "put"), (Some(b""), "empty"), (Some(b"two"), "over"), (None, "delete"), (Some(b"3"), "again")];
    for (write, step) in steps {
        assert_eq!(store.commit(batch(&[(b"key", write)])).await, Ok(()));
        assert_eq!(store.get(b"key"), Ok(write.map(<[u8]>::to_vec)), "{step}");
        assert_eq!(store.get(b"ke"), Ok(None));
        assert_eq!(store.get(b"key2"), Ok(None));
    }
    let mut last_write_counts = batch(&[(b"key", Some(b"early"))]);
    last_write_counts.delete(*b"key");
    assert_eq!(store.commit(last_write_counts).await, Ok(()));
    assert_eq!(store.get(b"key"), Ok(None));
}

async fn batches_are_whole(store: &mut impl Store) {
    assert_eq!(store.commit(batch(&[(b"a", Some(b"1")), (b"b", Some(b"1"))])).await, Ok(()));
    let second: [(&[u8], Option<&[u8]>); 3] = [(b"a", None), (b"b", Some(b"2")), (b"c", Some(b"2"))];
    assert_eq!(store.commit(batch(&second)).await, Ok(()));
    for (key, write) in second {
        assert_eq!(store.get(key), Ok(write.map(<[u8]>::to_vec)));
    }
    // A future that nobody polled has done nothing.
    drop(store.commit(batch(&[(b"c", None)])));
    assert_eq!(store.get(b"c"), Ok(Some(b"2".to_vec())));
}

async fn too_large_is_refused(store: &mut impl Store) {
    let (key, value) = (vec![1; KEY_BYTES_MAX + 1], vec![2; VALUE_BYTES_MAX + 1]);
    for oversized in
        [batch(&[(b"a", Some(b"1")), (&key, Some(b""))]), batch(&[(b"a", Some(b"1")), (b"b", Some(&value))])]
    {
        assert!(matches!(store.commit(oversized).await, Err(StoreError::TooLarge { .. })));
    }
    assert_eq!(store.get(b"a"), Ok(None), "nothing of a refused batch is applied");
    assert_eq!(store.get(&key), Ok(None), "a key that cannot exist does not");
}

async fn scans_page_in_order(store: &mut impl Store) {
    let mut pairs = Batch::new();
    for number in (0..1_000_u16).rev() {
        pairs.put([b"n", &number.to_be_bytes()[..]].concat(), number.to_le_bytes());
    }
    pairs.put(*b"m", *b"before");
    pairs.put(*b"o", *b"behind");
    assert_eq!(store.commit(pairs).await, Ok(()));

    for limit in [1, 7, 999, 1_000, 1_001, usize::MAX] {
        let (mut found, mut after) = (Vec::new(), None::<Key>);
        loop {
            let page = store.scan(b"n", after.as_deref(), limit);
            let keys = page.as_ref().map(|page| page.iter().map(|(key, _)| key.clone()).collect());
            assert_eq!(store.keys(b"n", after.as_deref(), limit).as_ref(), keys.as_ref().map_err(|error| *error));
            let Ok(page) = page else { panic!("the scan failed: {page:?}") };
            assert!(page.len() <= limit);
            let Some((key, _)) = page.last() else { break };
            after = Some(key.clone());
            found.extend(page.into_iter().map(|(_, value)| value));
        }
        assert_eq!(found, (0..1_000_u16).map(|number| number.to_le_bytes().to_vec()).collect::<Vec<_>>());
    }
    assert_eq!(store.scan(b"n", None, 0), Ok(vec![]));
    assert_eq!(
        store.last(b"n"),
        Ok(Some(([b"n", &999_u16.to_be_bytes()[..]].concat(), 999_u16.to_le_bytes().to_vec())))
    );
}

async fn prefixes_end_where_they_should(store: &mut impl Store) {
    let keys: [&[u8]; 12] = [
        b"",
        b"\0",
        b"\0\0",
        b"a",
        b"a\0",
        b"a\xff",
        b"a\xff\0",
        b"a\xff\xff",
        b"b",
        b"\xff",
        b"\xff\xff",
        b"\xff\xff\xff",
    ];
    let writes: Vec<_> = keys.iter().map(|key| (*key, Some(*key))).collect();
    assert_eq!(store.commit(batch(&writes)).await, Ok(()));
    let missing: [&[u8]; 3] = [b"a\xfe", b"c", b"\xff\xff\xff\xff"];
    for prefix in keys.into_iter().chain(missing) {
        let under = || keys.into_iter().filter(|key| key.starts_with(prefix));
        assert_eq!(store.last(prefix), Ok(under().next_back().map(|key| (key.to_vec(), key.to_vec()))));
        for after in std::iter::once(None).chain(keys.into_iter().chain(missing).map(Some)) {
            let expect: Vec<_> = under()
                .filter(|key| after.is_none_or(|after| *key > after))
                .map(|key| (key.to_vec(), key.to_vec()))
                .collect();
            assert_eq!(store.scan(prefix, after, usize::MAX), Ok(expect), "under {prefix:?} after {after:?}");
        }
        assert!(prefix_end(prefix).is_none_or(|end| under().all(|key| key < &end[..])));
    }
}

async fn sizes_of_values(store: &mut impl Store) {
    for from in SIZES {
        for to in SIZES {
            let (old, new) = (patterned(from, 1), patterned(to, 2));
            assert_eq!(store.commit(batch(&[(b"key", Some(&old)), (b"key\0", Some(b"next"))])).await, Ok(()));
            assert!(store.get(b"key") == Ok(Some(old)), "{from} bytes");
            assert_eq!(store.commit(batch(&[(b"key", Some(&new))])).await, Ok(()));
            assert!(store.get(b"key") == Ok(Some(new.clone())), "{to} bytes over {from}");
            let expect = vec![(b"key".to_vec(), new), (b"key\0".to_vec(), b"next".to_vec())];
            assert!(store.scan(b"", None, 10) == Ok(expect), "a scan over {to} bytes");
        }
    }
    assert_eq!(store.commit(batch(&[(b"key", None)])).await, Ok(()));
    assert_eq!(store.scan(b"", None, 10), Ok(vec![(b"key\0".to_vec(), b"next".to_vec())]));
}

async fn long_keys(store: &mut impl Store) {
    let mut model = BTreeMap::new();
    let mut pairs = Batch::new();
    for number in 0..=255_u8 {
        let mut key = vec![0xff; KEY_BYTES_MAX];
        key[KEY_BYTES_MAX - 1] = number;
        pairs.put(key.clone(), vec![number; usize::from(number) * 40]);
        model.insert(key, vec![number; usize::from(number) * 40]);
    }
    assert_eq!(store.commit(pairs).await, Ok(()));
    assert_holds(store, &model);
    let last = vec![0xff; KEY_BYTES_MAX];
    assert_eq!(store.last(&last), Ok(Some((last.clone(), vec![255; 255 * 40]))));
}

async fn behaves_like_a_map(store: &mut impl Store, seed: u64) {
    let mut random = Random(seed);
    let mut model: BTreeMap<Key, Value> = BTreeMap::new();
    for _ in 0..60 {
        let mut writes = Batch::new();
        for _ in 0..random.below(20) {
            let key = random.key();
            if random.below(3) == 0 {
                model.remove(&key);
                writes.delete(key);
            } else {
                let size = [0, 3, 50, 4_090, 9_000][random.below(5)];
                let value = patterned(size, random.below(256) as u8);
                model.insert(key.clone(), value.clone());
                writes.put(key, value);
            }
        }
        assert_eq!(store.commit(writes).await, Ok(()));
        let (prefix, after, limit) = (random.key(), random.key(), random.below(8));
        let expect = model.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after).take(limit);
        let expect: Vec<_> = expect.map(|(key, value)| (key.clone(), value.clone())).collect();
        assert!(store.scan(&prefix, Some(&after), limit) == Ok(expect), "under {prefix:?} after {after:?}");
        assert_eq!(store.get(&prefix), Ok(model.get(&prefix).cloned()));
        let last = model.iter().rfind(|(key, _)| key.starts_with(&prefix));
        assert_eq!(store.last(&prefix), Ok(last.map(|(key, value)| (key.clone(), value.clone()))));
    }
    assert_holds(store, &model);
}

/// SplitMix64: a reproducible stream without a dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    /// Few and short keys, so that they meet.
    fn key(&mut self) -> Key {
        (0..self.below(4)).map(|_| [0, b'a', 0xfe, 0xff][self.below(4)]).collect()
    }
}
