#![no_main]
//! See `dongbo_tests::fuzz::hub`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::hub::run(data));
