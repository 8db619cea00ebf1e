//! Pure work on many items, on all cores.

use std::{
    num::NonZeroUsize,
    panic::resume_unwind,
    thread::{available_parallelism, scope},
};

/// Fewer items than this are not worth a thread.
const ITEMS_MIN: usize = 8;

/// What `work` makes of each item, in order. A panic in `work` goes on in the caller.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get).min(items.len() / ITEMS_MIN);
    if cores <= 1 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(cores);
    scope(|threads| {
        let work = &work;
        let started: Vec<_> = items
            .chunks(share)
            .map(|chunk| threads.spawn(move || chunk.iter().map(work).collect::<Vec<R>>()))
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_however_many_there_are() {
        for count in [0, 1, ITEMS_MIN, 3 * ITEMS_MIN + 1, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "number 99")]
    fn a_panic_is_the_callers() {
        let items: Vec<usize> = (0..100).collect();
        map(&items, |item| assert!(*item < 99, "number {item}"));
    }
}
