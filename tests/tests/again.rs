//! What the hub refused is written again or given up, and is settled by that; what a form was opened with is what it goes
//! on from.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    ChangeHash, RecordId,
    change::SignedChange,
    outside::Moment,
    record::MetaEdit,
    replica::{Draft, RecordStatus, Replica},
    store::{Batch, MemoryStore, Read as _, Store as _},
};
use dongbo_tests::world::{Device, World, answers, now};
use serde_json::{Value, json};

fn two_officers() -> (World, Device, Device) {
    let mut world = World::new(MemoryStore::new(), 31);
    let hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let binh = world.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    (world, hoa, binh)
}

fn activity(title: &str) -> Value {
    json!({
        "title": title, "kind": "campaign_day", "held_on": "2023-03-10", "themes": ["ND.1"],
        "organiser": "Đoàn xã", "content": "Ra quân", "no_secret": true,
    })
}

/// Synchronises after a change's signed bytes were damaged on the phone, so that the hub refuses it.
fn refused(world: &mut World, device: Device, change: ChangeHash) -> Device {
    let Device { replica, random, unit, clock_skew_ms } = device;
    let mut store = replica.into_store();
    let is_it = |value: &[u8]| SignedChange::open(&value[18..]).is_ok_and(|signed| signed.hash() == change);
    let pairs = store.scan(b"c", None, usize::MAX).unwrap();
    let (key, mut value) = pairs.into_iter().find(|(_, value)| is_it(value)).unwrap();
    *value.last_mut().unwrap() ^= 1;
    let mut batch = Batch::new();
    batch.put(key, value);
    now(store.commit(batch)).unwrap();
    let replica = now(Replica::open(store)).unwrap();
    let mut device = Device { replica, random, unit, clock_skew_ms };
    assert_eq!(device.sync(world).unwrap().held, 1);
    device
}

fn held(device: &Device) -> Vec<ChangeHash> {
    device.replica.held().unwrap().into_iter().map(|held| held.hash).collect()
}

fn draft(device: &Device, record: Option<RecordId>, fields: Value, again: Vec<ChangeHash>) -> Draft {
    let base_heads = record.map(|record| device.replica.view(record).unwrap().row.heads).unwrap_or_default();
    Draft {
        format: 1,
        id: [7; 16],
        form: "activity".parse().unwrap(),
        unit: "26572".parse().unwrap(),
        record,
        base_heads,
        changed: answers(fields),
        touched_ms: 0,
        again,
    }
}

fn save(device: &mut Device, draft: &Draft, now_ms: i64) -> Result<RecordId, String> {
    let mut moment = Moment::new(now_ms, &mut device.random);
    let saved = now(device.replica.save(draft, &MetaEdit::default(), &mut moment));
    saved.map(|saved| saved.record).map_err(|not_saved| not_saved.error.code().to_owned())
}

#[test]
fn a_refused_edit_that_is_written_again_needs_no_more_attention() {
    let (mut world, mut hoa, _) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    let edit = hoa.edit(record, json!({"title": "Ra quân đợt 2"}), world.now_ms).unwrap();
    let mut hoa = refused(&mut world, hoa, edit.change);
    assert_eq!(hoa.replica.status(record).unwrap(), RecordStatus::NeedsAttention);

    let typed = draft(&hoa, Some(record), json!({"title": "Ra quân đợt 3"}), held(&hoa));
    now(hoa.replica.keep_draft(&typed)).unwrap();
    // Another edit is refused while it is being typed: that one is not written again by it.
    let edit = hoa.edit(record, json!({"organiser": "Hội Phụ nữ xã"}), world.now_ms).unwrap();
    let mut hoa = refused(&mut world, hoa, edit.change);
    assert_eq!(held(&hoa).len(), 2);

    save(&mut hoa, &typed, world.now_ms).unwrap();
    assert_eq!((held(&hoa).len(), hoa.replica.drafts().unwrap().len()), (1, 0));
    let left = hoa.replica.held_row(record).unwrap().unwrap();
    assert_eq!(left.answers["organiser"], "Hội Phụ nữ xã");

    now(hoa.replica.give_up(&held(&hoa))).unwrap();
    assert_eq!(hoa.replica.attention().unwrap(), []);
    hoa.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.status(record).unwrap(), RecordStatus::Received);
    assert_eq!(hoa.replica.view(record).unwrap().row.answers["title"], "Ra quân đợt 3");
}

#[test]
fn a_refused_record_is_written_again_as_a_new_one() {
    let (mut world, mut hoa, _) = two_officers();
    let first = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap();
    let mut hoa = refused(&mut world, hoa, first.change);
    let typed = draft(&hoa, None, activity("Ra quân"), held(&hoa));
    now(hoa.replica.keep_draft(&typed)).unwrap();

    // What cannot be saved yet is still what writes it again.
    let unreadable = Draft { changed: answers(json!({"held_on": "hôm qua"})), again: Vec::new(), ..typed.clone() };
    save(&mut hoa, &unreadable, world.now_ms).unwrap_err();
    assert_eq!(hoa.replica.drafts().unwrap()[0].again, typed.again);
    assert_eq!(held(&hoa), typed.again);

    let made = save(&mut hoa, &typed, world.now_ms).unwrap();
    assert_ne!(made, first.record);
    assert_eq!(hoa.replica.attention().unwrap(), []);
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 1);
}

#[test]
fn a_conflict_is_settled_among_the_values_that_were_seen() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let mut lan = world.device("Lê Thị Lan", "26572", "commune_officer").unwrap();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    for (device, title) in [(&mut binh, "Của Bình"), (&mut lan, "Của Lan")] {
        device.sync(&mut world).unwrap();
        device.edit(record, json!({"title": title}), world.now_ms).unwrap();
    }
    hoa.edit(record, json!({"title": "Của Hòa"}), world.now_ms).unwrap();
    binh.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();
    let seen = hoa.replica.view(record).unwrap().row;
    let candidates = &seen.conflicts[0].candidates;
    let choice = candidates.iter().position(|candidate| candidate.value == "Của Bình").unwrap();
    // Lan's arrives behind the page that shows two.
    lan.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.view(record).unwrap().row.conflicts[0].candidates.len(), 3);

    let mut moment = Moment::new(world.now_ms, &mut hoa.random);
    now(hoa.replica.resolve(record, &seen.heads, "title", choice, &mut moment)).unwrap();
    let after = hoa.replica.view(record).unwrap().row;
    let mut values: Vec<_> = after.conflicts[0].candidates.iter().map(|c| c.value.as_str().unwrap()).collect();
    values.sort_unstable();
    assert_eq!(values, ["Của Bình", "Của Lan"], "what was chosen, and what its chooser never saw");
}

#[test]
fn a_form_goes_on_from_what_it_was_opened_with() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let opened = hoa.replica.view(record).unwrap().row;
    binh.edit(record, json!({"content": "Ra quân. Dọn kênh."}), world.now_ms).unwrap();
    binh.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.view(record).unwrap().row.answers["content"], "Ra quân. Dọn kênh.");
    let base = hoa.replica.row_at(record, &opened.heads).unwrap();
    assert_eq!(base.answers, opened.answers);
    hoa.edit_on(record, &opened.heads, json!({"content": "Ra quân. Trồng cây."}), world.now_ms).unwrap();
    let both = hoa.replica.view(record).unwrap().row;
    let content = both.answers["content"].as_str().unwrap();
    assert!(content.contains("Dọn kênh.") && content.contains("Trồng cây."), "{content}");
    // Heads that are nowhere, as after a refusal: what is here now.
    assert_eq!(hoa.replica.row_at(record, &[ChangeHash([9; 32])]).unwrap().answers, both.answers);
}

#[test]
fn the_history_says_when_the_hub_had_each_change_and_the_view_who_may_edit() {
    let (mut world, mut hoa, _) = two_officers();
    let mut leader = world.device("Phạm Văn Tư", "748", "district_aggregator").unwrap();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    world.pass(3_600_000);
    hoa.sync(&mut world).unwrap();
    hoa.edit(record, json!({"title": "Ra quân đợt 2"}), world.now_ms).unwrap();
    let received = hoa.replica.history(record).unwrap().iter().map(|entry| entry.received_ms).collect::<Vec<_>>();
    assert_eq!(received, [Some(world.now_ms), None]);
    hoa.sync(&mut world).unwrap();
    leader.sync(&mut world).unwrap();
    assert!(hoa.replica.view(record).unwrap().may_edit);
    assert!(!leader.replica.view(record).unwrap().may_edit);
}
