//! Answers that were cut, flipped or made up on the way to a phone: it refuses or takes them, and works on.

use dongbo_core::{
    outside::Entropy as _,
    replica::Replica,
    store::{MemoryStore, Read as _},
    sync::SyncResponse,
};
use dongbo_tests::world::{Device, Seeded, now};
use serde_json::json;

use super::{UNIT, scene};

/// Cuts, flipped bits and noise, made from a good answer.
fn spoiled(good: &[u8], random: &mut Seeded) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..50).map(|_| good[..random.below(good.len())].to_vec()).collect();
    for _ in 0..250 {
        let bit = random.below(good.len() * 8);
        let mut body = good.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        all.push(body);
    }
    for _ in 0..50 {
        let mut noise = vec![0; random.below(2_000)];
        random.fill(&mut noise);
        all.push(noise);
    }
    // Ten thousand levels, and claims of 4 GiB.
    all.push([&[0xa1, 0x18, 99][..], &[0x81; 10_000]].concat());
    all.push(vec![0xa1, 0x04, 0x5a, 0xff, 0xff, 0xff, 0xff]);
    all.push(vec![0xa1, 0x03, 0x9a, 0xff, 0xff, 0xff, 0xff]);
    all
}

#[test]
fn a_page_that_was_spoiled_stops_no_work() {
    let (mut world, sender, victim, _) = scene();
    let mut random = Seeded(244);
    let phone = world.device("Nguyễn Thị Hòa", UNIT, "commune_officer").unwrap();
    let store = phone.replica.store().clone();
    let certificate = world.hub.trust().certificate_statement(sender.device()).unwrap().bytes.clone();
    let known = [&victim.first, &victim.second].map(|written| sender.sign(victim.record(), &written.chunk));
    let good = super::phone::page(&world, &phone, &certificate, &known);
    let mut taken = 0;
    for body in spoiled(&good, &mut random) {
        let replica = now(Replica::open(store.clone())).unwrap();
        let mut phone = Device { replica, random: Seeded(7), unit: phone.unit.clone(), clock_skew_ms: 0 };
        let before = phone.replica.store().clone();
        match now(phone.replica.receive_sync(&body)) {
            Ok(_) => taken += 1,
            Err(_) => {
                let read = |store: &MemoryStore| store.scan(b"", None, usize::MAX).unwrap();
                assert_eq!(read(phone.replica.store()), read(&before), "an answer is taken whole or not at all");
            }
        }
        phone.create("activity", json!({"title": "Vẫn ghi được"}), world.now_ms).unwrap();
        phone.replica.sync_request().unwrap();
    }
    assert!(taken > 100, "most bits lie in signed bytes, which only their change suffers from: {taken}");
    let mut newer = SyncResponse::from_bytes(&good).unwrap();
    newer.version = 2;
    let mut replica = now(Replica::open(store)).unwrap();
    assert_eq!(now(replica.receive_sync(&newer.to_bytes())).unwrap_err().code(), "unsupported_version");
}

#[test]
fn a_spoiled_answer_to_a_join_certifies_nothing() {
    let (mut world, ..) = scene();
    let mut random = Seeded(245);
    let member = world.member("Trần Văn Bình", UNIT, "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let device = now(Replica::prepare(MemoryStore::new(), &link, "máy", [1; 32])).unwrap();
    let good = now(world.hub.join(&device.join_request(), world.now_ms)).unwrap();
    let store = device.into_store();
    for body in spoiled(&good, &mut random) {
        let mut replica = now(Replica::prepare(store.clone(), &link, "máy", [1; 32])).unwrap();
        if now(replica.receive_join(&body)).is_err() {
            assert!(!replica.joined());
            now(replica.receive_join(&good)).unwrap();
        }
        assert!(replica.joined());
    }
}
