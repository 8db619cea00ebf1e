//! Hostile bytes, each alone: refused by its code, with nothing else disturbed.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

#[path = "hostile/actors.rs"]
mod actors;
#[path = "hostile/answers.rs"]
mod answers;
#[path = "hostile/bare.rs"]
mod bare;
#[path = "hostile/hub.rs"]
mod hub;
#[path = "hostile/phone.rs"]
mod phone;

use dongbo_core::store::MemoryStore;
use dongbo_tests::{
    hostile::{Case, Sender, Victim, cases},
    world::World,
};

/// Where everyone here works.
const UNIT: &str = "26572";

/// A hub, a hostile device and the record it attacks; what it sends.
fn scene() -> (World, Sender, Victim, Vec<Case>) {
    let mut world = World::new(MemoryStore::new(), 7);
    let mut sender = Sender::join(&mut world, "Đỗ Quang Huy", UNIT, 9).unwrap();
    let victim = Victim::new(&mut sender).unwrap();
    let cases = cases(&mut sender, &victim).unwrap();
    (world, sender, victim, cases)
}

#[test]
fn no_case_is_there_twice() {
    let (_, _, _, cases) = scene();
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let mut bytes: Vec<&[u8]> = cases.iter().map(|case| &case.bytes[..]).collect();
    names.sort_unstable();
    bytes.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    assert!(bytes.windows(2).all(|pair| pair[0] != pair[1]));
}
