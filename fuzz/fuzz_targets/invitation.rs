#![no_main]
//! See `dongbo_tests::fuzz::invitation`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::invitation::run(data));
