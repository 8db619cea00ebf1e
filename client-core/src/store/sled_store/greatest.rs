//! The greatest key of a range, by reading forwards only. sled's reading backwards is what it does worst
//! (docs/decisions/0001-sled-rules.md), and takes a constant of one MiB into every program that calls it.

use super::failure::from_sled;
use crate::store::{Key, StoreError};

/// So many keys are read at a time: the end of a shorter range is seen at once.
const PAGE_KEYS: usize = 8;

/// The greatest stored key at or after `from` and before `to`. Steps grow while keys are found and shrink while none
/// are: among numbers counted up from anywhere it takes some twenty looks, however many there are.
pub(super) fn greatest(db: &sled::Db, from: Key, to: Key) -> Result<Option<Key>, StoreError> {
    let (mut probe, mut end, mut step) = (from, to, 1);
    let mut greatest: Option<Key> = None;
    loop {
        let page: Vec<_> = db.range(&*probe..&*end).take(PAGE_KEYS).collect::<Result<_, _>>().map_err(from_sled)?;
        match page.last() {
            Some((key, _)) if page.len() < PAGE_KEYS => return Ok(Some(key.to_vec())),
            Some((key, _)) => (greatest, step) = (Some(key.to_vec()), (step * 2).min(256)),
            None => (end, step) = (probe, (step / 2).max(1)),
        }
        match greatest.as_ref().and_then(|greatest| between(greatest, &end, step)) {
            Some(next) => probe = next,
            None => return Ok(greatest),
        }
    }
}

/// A key after `low` and before `high`, `step` steps away where that is less than half the way; `None`: there is none.
fn between(low: &[u8], high: &[u8], step: usize) -> Option<Key> {
    let mut at = low.iter().zip(high).take_while(|(low, high)| low == high).count();
    let mut end = usize::from(*high.get(at)?) + usize::from(high.len() > at + 1);
    loop {
        // Where `low` is over, everything that goes on comes after it.
        let next = low.get(at).map_or(0, |byte| usize::from(*byte) + 1);
        if next < end {
            let byte = (next + step - 1).min(next + (end - next) / 2);
            return Some([&low[..at], &[byte as u8]].concat());
        }
        if at >= low.len() {
            return None;
        }
        // What is left begins as `low` does.
        (at, end) = (at + 1, 256);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_key_between_any_two_that_are_no_neighbours() {
        for (low, high) in [("", "a"), ("a", "b"), ("a", "aa"), ("ab", "b"), ("a\0", "a\0\0\0"), ("az", "b\0")] {
            for step in [1, 2, 1 << 20] {
                let between = between(low.as_bytes(), high.as_bytes(), step).unwrap();
                assert!(low.as_bytes() < &*between && &*between < high.as_bytes(), "{low:?} {between:?} {high:?}");
            }
        }
        assert_eq!(between(b"a", b"a\0", 1), None);
        assert_eq!(between(b"a\xff", b"b", 1), Some(b"a\xff\0".to_vec()));
    }
}
