#![no_main]
//! See `dongbo_tests::fuzz::chunk`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::chunk::run(data));
