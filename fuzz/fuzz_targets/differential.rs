#![no_main]
//! See `dongbo_tests::fuzz::differential`.

use dongbo_tests::fuzz::differential::{run, tally};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    run(data);
    report();
});

/// Says now and then what share of the made changes the rules accepted: a generator that the first check stops tests
/// nothing.
fn report() {
    let tally = tally();
    if tally.made >> 12 != REPORTED.swap(tally.made >> 12, std::sync::atomic::Ordering::Relaxed) {
        eprintln!("made {} changes, {} accepted with {} operations", tally.made, tally.accepted, tally.ops);
    }
}

static REPORTED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
