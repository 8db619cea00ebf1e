#![no_main]
//! See `dongbo_tests::fuzz::cursor`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::cursor::run(data));
