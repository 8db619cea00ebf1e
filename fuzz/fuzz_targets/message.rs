#![no_main]
//! See `dongbo_tests::fuzz::message`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| dongbo_tests::fuzz::message::run(data));
