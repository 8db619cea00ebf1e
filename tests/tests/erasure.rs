//! An erased record is in no answer and in no file: of the hub, of devices, of a hub put back from an older copy.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{fs, path::Path};

use dongbo_core::{
    RecordId,
    replica::{Draft, Replica, rewritten},
    store::{SledOptions, SledStore},
};
use dongbo_server::{
    home::Home,
    hub::{ErasureState, Hub},
};
use dongbo_tests::world::{CAMPAIGN, Device, World, answers, id, now};
use serde_json::json;

const TITLE: &str = "Quỷnh Xuyễn Vợỡng giúp bà Khuỵch Đuỡnh";
const CONTENT: &str = "Chữa bệnh phổi cho cụ Ngoẵng ở ấp Vẫu Trụyt";
const DRAFTED: &str = "Bổ sung: cháu Nguỷm Phược bị ốm";
const CORRECTED: &str = "Sửa: ông Huỡnh Giẵp, không phải bà Khuỵch";

fn open(path: &Path) -> SledStore {
    SledStore::open(path, SledOptions::default()).unwrap()
}

/// Every window of 8 bytes of the texts that the campaign itself does not hold, searched in every file below a
/// directory: those found.
fn found(directory: &Path) -> Vec<String> {
    let public = [CAMPAIGN.as_bytes(), include_bytes!("../../campaigns/kh244/units.csv")];
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(self::found(&path));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for text in [TITLE, CONTENT, DRAFTED, CORRECTED] {
            let own = text.as_bytes().windows(8).filter(|window| !public.iter().any(|public| holds(public, window)));
            let count = own.filter(|window| holds(&bytes, window)).count();
            if count > 0 {
                found.push(format!("{}: {count} windows of {text:?}", path.display()));
            }
        }
    }
    found
}

/// Whether the bytes hold these eight.
fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    let first = wanted[0];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        rest = &rest[at..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { _ = fs::copy(&path, &target).unwrap() }
    }
}

/// A device with its directory, synchronised.
fn device(world: &mut World<SledStore>, directory: &Path, name: &str) -> Device<SledStore> {
    let member = world.member(name, "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    world.device_with(open(directory), &link, name, "26572").unwrap()
}

/// As `dongbo device` does on opening.
fn reopened(device: Device<SledStore>) -> Device<SledStore> {
    let Device { replica, random, unit, clock_skew_ms } = device;
    assert!(replica.must_be_rewritten().unwrap());
    let store = replica.into_store().rewrite(rewritten()).unwrap();
    let replica = now(Replica::open(store)).unwrap();
    assert!(!replica.must_be_rewritten().unwrap());
    Device { replica, random, unit, clock_skew_ms }
}

fn state(hub: &Hub<SledStore>) -> Option<ErasureState> {
    hub.erasures().unwrap().first().map(|erasure| erasure.state)
}

fn activity(title: &str, content: &str) -> serde_json::Value {
    json!({"title": title, "kind": "campaign_day", "held_on": "2023-03-10", "content": content})
}

/// A hub in `hub`, two devices that both hold the record, one with an edit it has not sent and a draft; and another
/// record, which stays. The hub is copied to `copy` before anything is erased.
fn scene(directory: &Path) -> (World<SledStore>, Device<SledStore>, Device<SledStore>, RecordId, RecordId) {
    let home = directory.join("hub");
    fs::create_dir(&home).unwrap();
    let mut world = World::new(open(&home.join("store")), 7);
    drop(world.hub.into_store());
    world.hub = Home::at(home.clone()).open(SledOptions::default()).unwrap();
    let mut lan = device(&mut world, &directory.join("lan"), "Lan");
    let mut minh = device(&mut world, &directory.join("minh"), "Minh");
    let record = lan.create("activity", activity(TITLE, CONTENT), world.now_ms).unwrap().record;
    let kept = lan.create("activity", activity("Ra quân đầu năm", "Phát tờ rơi"), world.now_ms).unwrap().record;
    lan.sync(&mut world).unwrap();
    minh.sync(&mut world).unwrap();
    assert_eq!(minh.replica.view(record).unwrap().row.answers["title"], TITLE);
    minh.edit(record, json!({"title": CORRECTED}), world.now_ms).unwrap();
    let draft = Draft {
        format: 1,
        id: [5; 16],
        form: id("activity"),
        unit: id("26572"),
        record: Some(record),
        base_heads: Vec::new(),
        changed: answers(json!({"content": DRAFTED})),
        touched_ms: world.now_ms,
        again: Vec::new(),
    };
    now(minh.replica.keep_draft(&draft)).unwrap();
    drop(world.hub.into_store());
    copy(&home, &directory.join("copy"));
    assert!(!found(&home).is_empty() && !found(&directory.join("minh")).is_empty(), "the search finds what is there");
    world.hub = Home::at(home).open(SledOptions::default()).unwrap();
    (world, lan, minh, record, kept)
}

#[test]
fn an_erased_record_is_in_no_file_of_the_hub_and_of_its_devices() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, mut lan, mut minh, record, kept) = scene(directory.path());
    let home = Home::at(directory.path().join("hub"));
    let erased = now(world.hub.erase(record, "theo yêu cầu của đương sự", world.now_ms)).unwrap();
    assert_eq!(erased.state, ErasureState::Noted);
    assert!(world.hub.record(&world.hub.whole_scope().unwrap(), record).is_err());
    assert_eq!(world.hub.record_ids().unwrap(), [kept]);
    assert_eq!(now(world.hub.verify()).unwrap().problems, []);
    now(world.hub.rebuild()).unwrap();
    assert_eq!(now(world.hub.verify()).unwrap().problems, []);
    // A second time changes nothing.
    let head = world.hub.head();
    now(world.hub.erase(record, "nữa", world.now_ms)).unwrap();
    assert_eq!(world.hub.head(), head);

    drop(world.hub.into_store());
    world.hub = home.open(SledOptions::default()).unwrap();
    assert_eq!(state(&world.hub), Some(ErasureState::Rewritten));
    assert_eq!(now(world.hub.verify()).unwrap().problems, []);

    for device in [&mut lan, &mut minh] {
        device.sync(&mut world).unwrap();
        assert!(device.replica.view(record).is_err());
        assert!(device.replica.held().unwrap().is_empty() && device.replica.drafts().unwrap().is_empty());
        assert!(device.replica.view(kept).is_ok());
    }
    assert_eq!(world.hub.record_ids().unwrap(), [kept]);
    let (mut lan, minh) = (reopened(lan), reopened(minh));
    lan.sync(&mut world).unwrap();
    assert!(lan.replica.view(kept).is_ok());
    drop((world.hub.into_store(), lan.replica.into_store(), minh.replica.into_store()));
    for name in ["hub", "lan", "minh"] {
        assert_eq!(found(&directory.path().join(name)), [""; 0], "{name}");
    }
}

#[test]
fn an_older_copy_of_the_store_is_erased_before_it_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, lan, minh, record, kept) = scene(directory.path());
    let home = Home::at(directory.path().join("hub"));
    now(world.hub.erase(record, "theo yêu cầu", world.now_ms)).unwrap();
    drop((world.hub.into_store(), lan, minh));
    // Put back as docs/operations.md says: the store from the copy, the list of erasures as it is.
    fs::remove_dir_all(home.store()).unwrap();
    copy(&directory.path().join("copy/store"), &home.store());
    world.hub = home.open(SledOptions::default()).unwrap();
    assert_eq!(world.hub.record_ids().unwrap(), [kept]);
    assert_eq!(state(&world.hub), Some(ErasureState::Rewritten));
    assert_eq!(now(world.hub.verify()).unwrap().problems, []);
    drop(world.hub.into_store());
    assert_eq!(found(home.directory()), [""; 0]);
}

#[test]
fn where_the_list_is_lost_too_a_device_that_knows_brings_the_erasure_back() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, mut lan, minh, record, kept) = scene(directory.path());
    let home = Home::at(directory.path().join("hub"));
    now(world.hub.erase(record, "theo yêu cầu", world.now_ms)).unwrap();
    lan.sync(&mut world).unwrap();
    drop((world.hub.into_store(), minh));
    fs::remove_dir_all(home.directory()).unwrap();
    copy(&directory.path().join("copy"), home.directory());
    world.hub = home.open(SledOptions::default()).unwrap();
    assert_eq!(world.hub.record_ids().unwrap().len(), 2);
    let epoch = world.hub.epoch() + 1;
    now(world.hub.start_epoch(epoch)).unwrap();
    lan.sync(&mut world).unwrap();
    assert_eq!(world.hub.record_ids().unwrap(), [kept]);
    assert_eq!(state(&world.hub), Some(ErasureState::Noted));
    drop(world.hub.into_store());
    world.hub = home.open(SledOptions::default()).unwrap();
    assert_eq!(state(&world.hub), Some(ErasureState::Rewritten));
    assert_eq!(now(world.hub.verify()).unwrap().problems, []);
    drop(world.hub.into_store());
    assert_eq!(found(home.directory()), [""; 0]);
}
