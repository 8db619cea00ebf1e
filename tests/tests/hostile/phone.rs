//! A phone that a malicious hub feeds each case between two good changes.

use std::collections::BTreeSet;

use dongbo_core::{
    ChangeHash, RecordId,
    change::SignedChange,
    replica::Replica,
    store::Read as _,
    sync::{FeedItem, SyncResponse},
};
use dongbo_tests::world::{Device, World, now};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{UNIT, scene};

/// A page as a hub would send it that lets everything in.
pub(crate) fn page(world: &World, phone: &Device, certificate: &[u8], changes: &[Vec<u8>]) -> Vec<u8> {
    let item = |(number, bytes): (usize, &Vec<u8>)| FeedItem {
        change: bytes.clone().into(),
        received_ms: world.now_ms,
        sequence: 1_000 + number as u64,
        is_final: true,
    };
    let response = SyncResponse {
        version: 1,
        admitted: Vec::new(),
        refused: Vec::new(),
        changes: changes.iter().enumerate().map(item).collect(),
        // Its own, so that it goes on with the honest hub where it was.
        cursor: phone.replica.store().get(b"mcursor").unwrap().unwrap().into(),
        more: false,
        statements: vec![certificate.to_vec().into()],
        retracted: Vec::new(),
        hub_time_ms: world.now_ms,
        left_scope: Vec::new(),
        statements_held: Vec::new(),
        epoch: world.hub.epoch(),
    };
    response.to_bytes()
}

/// What a phone calls these bytes.
fn name(bytes: &[u8]) -> (RecordId, ChangeHash) {
    match SignedChange::open(bytes) {
        Ok(signed) => (signed.record(), signed.hash()),
        Err(_) => (RecordId([0; 16]), ChangeHash(Sha256::digest(bytes).into())),
    }
}

#[test]
fn each_is_quarantined_alone_and_the_phone_goes_on() {
    let (mut world, mut sender, victim, cases) = scene();
    let certificate = world.hub.trust().certificate_statement(sender.device()).unwrap().bytes.clone();
    let mut phone = world.device("Nguyễn Thị Hòa", UNIT, "commune_officer").unwrap();
    let known = [&victim.first, &victim.second].map(|written| sender.sign(victim.record(), &written.chunk));
    let body = page(&world, &phone, &certificate, &known);
    assert_eq!(now(phone.replica.receive_sync(&body)).unwrap().received, 2);
    let shown = phone.replica.view(victim.record()).unwrap().row;

    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for case in &cases {
        let (label, name) = (&case.name, name(&case.bytes));
        names.insert(name);
        let good = [sender.create().unwrap(), sender.create().unwrap()];
        let [before, after] = good.each_ref().map(|written| sender.sign(written.record.id(), &written.chunk));
        let body = page(&world, &phone, &certificate, &[before, case.bytes.clone(), after]);
        let progress = now(phone.replica.receive_sync(&body)).unwrap();
        assert_eq!((progress.received, progress.quarantined), (2, 1), "{label}");
        let quarantined = phone.replica.quarantined().unwrap();
        let kept = quarantined.iter().find(|kept| (kept.record, kept.hash) == name);
        let kept = kept.unwrap_or_else(|| panic!("{label}: it is not kept"));
        if !kept.reason.contains(&case.reason) {
            wrong.push(format!("{label}: {}, not {}", kept.reason, case.reason));
        }
        assert_eq!(kept.bytes, case.bytes, "{label}: kept as it came");
        assert_eq!(quarantined.len(), names.len(), "{label}");
        for written in good {
            assert_eq!(phone.replica.view(written.record.id()).unwrap().row.answers["cost"], "1500000", "{label}");
        }
        phone.create("activity", json!({"title": format!("Vẫn ghi được sau: {label}")}), world.now_ms).unwrap();
        assert_eq!(phone.sync(&mut world).unwrap().admitted, 1, "{label}");
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(phone.replica.view(victim.record()).unwrap().row, shown, "nobody's answers changed");
    // The attacked record can still be written, and what is in quarantine is tried again in vain.
    phone.edit(victim.record(), json!({"title": "Sửa sau cùng"}), world.now_ms).unwrap();
    let third = sender.sign(victim.record(), &victim.third.chunk);
    let body = page(&world, &phone, &certificate, &[third]);
    assert_eq!(now(phone.replica.receive_sync(&body)).unwrap().received, 1);
    let summary = phone.replica.summary().unwrap();
    // The third change itself has the name of its copies with another magic and another checksum.
    assert_eq!(summary.quarantined, names.len() - 1);
    let conflict = phone.replica.view(victim.record()).unwrap().row.conflicts;
    assert_eq!(conflict[0].path, "title");

    let again = now(Replica::open(phone.replica.into_store())).unwrap();
    assert_eq!(again.summary().unwrap(), summary, "the same after a start");
}

#[test]
fn a_forged_envelope_does_not_push_out_the_genuine_one_that_waits() {
    let (mut world, sender, victim, _) = scene();
    let certificate = world.hub.trust().certificate_statement(sender.device()).unwrap().bytes.clone();
    let mut phone = world.device("Nguyễn Thị Hòa", UNIT, "commune_officer").unwrap();
    let genuine = sender.sign(victim.record(), &victim.second.chunk);
    let mut forged = genuine.clone();
    *forged.last_mut().unwrap() ^= 1;
    let body = page(&world, &phone, &certificate, &[genuine, forged]);
    assert_eq!(now(phone.replica.receive_sync(&body)).unwrap().quarantined, 2);
    let first = sender.sign(victim.record(), &victim.first.chunk);
    let body = page(&world, &phone, &certificate, &[first]);
    now(phone.replica.receive_sync(&body)).unwrap();
    assert_eq!(phone.replica.view(victim.record()).unwrap().row.answers["title"], "Tiêu đề sửa");
    assert_eq!(phone.replica.quarantined().unwrap(), []);
}
