#![no_main]
//! See `dongbo_tests::fuzz::campaign`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::campaign::run(data));
