#![no_main]
//! See `dongbo_tests::fuzz::bundle`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::bundle::run(data));
