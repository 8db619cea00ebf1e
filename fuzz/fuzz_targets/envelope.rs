#![no_main]
//! See `dongbo_tests::fuzz::envelope`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::envelope::run(data));
