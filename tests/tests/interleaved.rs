//! Work on a replica between a request and its answer: nothing of it is lost, held back or sent twice.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{replica::RecordStatus, store::MemoryStore, sync::SyncResponse};
use dongbo_tests::world::{Device, World, now};
use serde_json::json;

fn two_officers() -> (World, Device, Device) {
    let mut world = World::new(MemoryStore::new(), 11);
    let hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let binh = world.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    (world, hoa, binh)
}

fn activity(title: &str) -> serde_json::Value {
    json!({
        "title": title, "kind": "campaign_day", "held_on": "2023-03-10", "themes": ["ND.1"],
        "organiser": "Đoàn xã", "content": "Ra quân", "no_secret": true,
    })
}

/// What the hub answers to the next request, while `between` happens on the device.
fn step(world: &mut World, device: &mut Device, between: impl FnOnce(&mut World, &mut Device)) {
    let request = device.replica.sync_request().unwrap();
    let answer = device.call(world, &request).unwrap();
    between(world, device);
    now(device.replica.receive_sync(&answer)).unwrap();
}

#[test]
fn an_edit_made_while_its_record_is_under_way_is_sent_next() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    step(&mut world, &mut hoa, |world, hoa| {
        hoa.edit(record, json!({"title": "Ra quân đợt 2"}), world.now_ms).unwrap();
    });
    assert_eq!(hoa.replica.summary().unwrap().outbox, 1);
    assert_eq!(hoa.replica.status(record).unwrap(), RecordStatus::OnThisDevice);
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 1);
    binh.sync(&mut world).unwrap();
    assert_eq!(binh.replica.view(record).unwrap().row, hoa.replica.view(record).unwrap().row);
}

#[test]
fn a_colleagues_change_meets_an_edit_that_was_made_while_it_was_under_way() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    binh.edit(record, json!({"organiser": "Hội Phụ nữ xã"}), world.now_ms).unwrap();
    binh.sync(&mut world).unwrap();
    let opened = hoa.replica.view(record).unwrap().row.heads;
    step(&mut world, &mut hoa, |world, hoa| {
        hoa.edit_on(record, &opened, json!({"content": "Hướng dẫn dịch vụ công"}), world.now_ms).unwrap();
    });
    for device in [&mut hoa, &mut binh] {
        device.sync(&mut world).unwrap();
    }
    let row = hoa.replica.view(record).unwrap().row;
    assert_eq!(row, binh.replica.view(record).unwrap().row);
    assert_eq!(row.answers["organiser"], "Hội Phụ nữ xã");
    assert_eq!(row.answers["content"], "Hướng dẫn dịch vụ công");
    assert_eq!(row.conflicts, []);
}

#[test]
fn what_is_built_on_a_change_that_is_then_refused_is_held_with_it() {
    let (mut world, mut hoa, _) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    let request = hoa.replica.sync_request().unwrap();
    let mut answer = SyncResponse::from_bytes(&hoa.call(&mut world, &request).unwrap()).unwrap();
    let admitted = answer.admitted.remove(0);
    answer.refused.push(dongbo_core::sync::Refused {
        record: admitted.record,
        hash: admitted.hash,
        code: "forbidden".into(),
        detail: None,
    });
    hoa.edit(record, json!({"title": "Ra quân đợt 2"}), world.now_ms).unwrap();
    let other = hoa.create("activity", activity("Việc khác"), world.now_ms).unwrap().record;
    now(hoa.replica.take_in(answer)).unwrap();
    let held = hoa.replica.held().unwrap();
    assert_eq!(held.iter().map(|held| held.record).collect::<Vec<_>>(), [record, record]);
    assert_eq!(hoa.replica.held_row(record).unwrap().unwrap().answers["title"], "Ra quân đợt 2");
    assert_eq!(hoa.replica.summary().unwrap().outbox, 1);
    assert_eq!(hoa.replica.status(other).unwrap(), RecordStatus::OnThisDevice);
}

#[test]
fn a_save_while_a_page_is_asked_for_ahead_goes_out_with_the_request_after_it() {
    let (mut world, mut hoa, mut binh) = two_officers();
    for number in 0..30 {
        hoa.create("activity", activity(&format!("Hoạt động {number}")), world.now_ms).unwrap();
    }
    hoa.sync(&mut world).unwrap();
    // The first page brings Hòa's certificate too; the next is a page alone.
    let request = binh.replica.sync_request_for(1).unwrap();
    let answer = binh.call(&mut world, &request).unwrap();
    now(binh.replica.receive_sync(&answer)).unwrap();
    let request = binh.replica.sync_request_for(4_000).unwrap();
    let answer = SyncResponse::from_bytes(&binh.call(&mut world, &request).unwrap()).unwrap();
    let ahead = binh.replica.request_ahead(&answer, 4_000).unwrap().unwrap();
    let own = binh.create("activity", activity("Của Bình"), world.now_ms).unwrap().record;
    now(binh.replica.take_in(answer)).unwrap();
    let answer = binh.call(&mut world, &ahead).unwrap();
    assert!(now(binh.replica.receive_sync(&answer)).unwrap().more);
    assert_eq!(binh.replica.status(own).unwrap(), RecordStatus::OnThisDevice);
    assert_eq!(binh.sync(&mut world).unwrap().admitted, 1);
    assert_eq!(binh.replica.summary().unwrap().records, 31);
}
