#![no_main]
//! See `dongbo_tests::fuzz::change_body`.

use dongbo_tests::fuzz::change_body::{mutate, run};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| run(data));

// A length that no longer fits would stop nearly every changed body.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mutated = mutate(&data[..size], seed, |part| {
        let mut room = part.to_vec();
        room.resize(max_size.max(part.len()), 0);
        let length = fuzzer_mutate(&mut room, part.len(), max_size);
        room.truncate(length);
        room
    });
    let length = mutated.len().min(max_size);
    data[..length].copy_from_slice(&mutated[..length]);
    length
});
