#![no_main]
//! See `dongbo_tests::fuzz::statement`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::statement::run(data));
