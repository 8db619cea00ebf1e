//! Pure work on many items, on all cores; in a browser on one. No thread outlives the call.

use std::{
    num::NonZeroUsize,
    panic::resume_unwind,
    thread::{available_parallelism, scope},
};

/// Fewer items than this are not worth a thread.
const ITEMS_MIN: usize = 8;

/// What `work` makes of each item, in order. A panic in `work` goes on in the caller.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    consume(items.iter().collect(), work)
}

/// As [`map`], of items that are given away: where it takes long to drop them, that is shared too.
pub fn consume<T: Send, R: Send>(mut items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    // Where a platform has no threads, it has no parallelism to report either.
    let cores = available_parallelism().map_or(1, NonZeroUsize::get).min(items.len() / ITEMS_MIN);
    if cores <= 1 {
        return items.into_iter().map(work).collect();
    }
    let share = items.len().div_ceil(cores);
    let mut shares = Vec::with_capacity(cores);
    while items.len() > share {
        shares.push(items.split_off(items.len() - share));
    }
    scope(|threads| {
        let work = &work;
        let started: Vec<_> = shares
            .into_iter()
            .map(|share| threads.spawn(move || share.into_iter().map(work).collect::<Vec<R>>()))
            .collect();
        let mut done: Vec<R> = items.into_iter().map(work).collect();
        for thread in started.into_iter().rev() {
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
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
