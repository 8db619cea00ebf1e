//! Two people apart, one record: what merges, what conflicts, what is shown.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    outside::Moment,
    record::{MetaEdit, RecordError},
    replica::Draft,
    rollup::RowQuery,
    store::MemoryStore,
};
use dongbo_tests::world::{Device, World, answers, now};
use serde_json::json;

const MINUTE: i64 = 60_000;

fn two_officers() -> (World, Device, Device) {
    let mut world = World::new(MemoryStore::new(), 1);
    let hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let binh = world.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    (world, hoa, binh)
}

fn initiative() -> serde_json::Value {
    json!({
        "title": "Số hóa sổ hộ khẩu giấy của xã",
        "description": "Quét và đối chiếu sổ hộ khẩu giấy với cơ sở dữ liệu dân cư.",
        "benefit": "Giảm thời gian tra cứu.",
        "sector": "LV.K",
        "themes": ["ND.5"],
        "authors": [{"name": "Nguyễn Thị Hòa", "share": 60}, {"name": "Trần Văn Bình", "share": 40}],
        "first_applied_on": "2023-02-01",
    })
}

#[test]
fn a_record_travels_to_a_colleague() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let saved = hoa.create("initiative", initiative(), world.now_ms).unwrap();
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 1);
    let progress = binh.sync(&mut world).unwrap();
    assert_eq!((progress.received, progress.quarantined), (1, 0));
    let (there, here) = (hoa.replica.view(saved.record).unwrap(), binh.replica.view(saved.record).unwrap());
    assert_eq!(there.row, here.row);
    assert_eq!(here.row.answers["title"], "Số hóa sổ hộ khẩu giấy của xã");
    assert_eq!(here.row.answers["authors"].as_array().unwrap().len(), 2);
    assert!(now(world.hub.verify()).unwrap().is_clean());
}

#[test]
fn different_paragraphs_merge_and_the_same_title_is_a_visible_conflict() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    world.pass(MINUTE);
    hoa.edit(record, json!({"title": "Số hóa sổ hộ khẩu", "description": "Quét sổ hộ khẩu giấy."}), world.now_ms)
        .unwrap();
    binh.edit(record, json!({"title": "Tra cứu hộ khẩu số", "benefit": "Người dân không phải chờ."}), world.now_ms)
        .unwrap();
    for device in [&mut hoa, &mut binh] {
        device.sync(&mut world).unwrap();
    }
    hoa.sync(&mut world).unwrap();
    let row = hoa.replica.view(record).unwrap().row;
    assert_eq!(row, binh.replica.view(record).unwrap().row);
    assert_eq!(row.answers["description"], "Quét sổ hộ khẩu giấy.");
    assert_eq!(row.answers["benefit"], "Người dân không phải chờ.");
    assert_eq!(row.conflicts.len(), 1);
    assert_eq!(row.conflicts[0].path, "title");
    let values: Vec<_> = row.conflicts[0].candidates.iter().map(|c| c.value.as_str().unwrap()).collect();
    assert!(values.contains(&"Số hóa sổ hộ khẩu") && values.contains(&"Tra cứu hộ khẩu số"));
    assert_eq!(row.answers["title"], values[0], "the first one listed is the one shown");

    // Choosing the value that is shown is a change too: it settles the conflict.
    for choice in [0, 1] {
        let mut copy = two_officers_after(&mut world, &mut hoa, record);
        let mut moment = Moment::new(world.now_ms, &mut copy.random);
        now(copy.replica.resolve(record, &[], "title", choice, &mut moment)).unwrap();
        let settled = copy.replica.view(record).unwrap().row;
        assert_eq!(settled.conflicts, []);
        assert_eq!(settled.answers["title"], values[choice]);
    }
}

/// A third officer with the same record.
fn two_officers_after(world: &mut World, hoa: &mut Device, record: dongbo_core::RecordId) -> Device {
    let third = world.device("Lê Thị Ánh", "26572", "commune_officer").unwrap();
    assert_eq!(third.replica.view(record).unwrap().row, hoa.replica.view(record).unwrap().row);
    third
}

#[test]
fn two_people_take_turns() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    for turn in 1..=3 {
        hoa.sync(&mut world).unwrap();
        binh.sync(&mut world).unwrap();
        binh.edit(record, json!({"title": format!("Bình, lần {turn}")}), world.now_ms).unwrap();
        binh.sync(&mut world).unwrap();
        hoa.sync(&mut world).unwrap();
        hoa.edit(record, json!({"title": format!("Hòa, lần {turn}")}), world.now_ms).unwrap();
    }
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 1);
    let row = hoa.replica.view(record).unwrap().row;
    assert_eq!((row.changes, row.heads.len(), row.conflicts.len()), (7, 1, 0));
}

#[test]
fn a_conflict_between_ones_own_saves_is_settled_too() {
    let (mut world, mut hoa, _) = two_officers();
    // Further actors are random: over several records some sort below the first one, some above.
    for _ in 0..8 {
        let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
        let opened_with = hoa.replica.view(record).unwrap().row.heads;
        hoa.edit(record, json!({"title": "Biểu mẫu thứ nhất"}), world.now_ms).unwrap();
        hoa.edit_on(record, &opened_with, json!({"title": "Biểu mẫu thứ hai"}), world.now_ms).unwrap();
        let shown = hoa.replica.view(record).unwrap().row;
        assert_eq!(shown.conflicts[0].candidates.len(), 2);
        let mut moment = Moment::new(world.now_ms, &mut hoa.random);
        now(hoa.replica.resolve(record, &[], "title", 1, &mut moment)).unwrap();
        let row = hoa.replica.view(record).unwrap().row;
        assert_eq!((row.conflicts.len(), &row.answers["title"]), (0, &shown.conflicts[0].candidates[1].value));
    }
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 32);
}

#[test]
fn a_form_left_open_during_a_sync_overwrites_nothing() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let opened_with = binh.replica.view(record).unwrap().row.heads;
    hoa.edit(record, json!({"title": "Sửa trước", "benefit": "Lợi ích mới."}), world.now_ms).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    binh.edit_on(record, &opened_with, json!({"title": "Sửa sau, trên biểu mẫu cũ"}), world.now_ms).unwrap();
    let row = binh.replica.view(record).unwrap().row;
    assert_eq!(row.answers["benefit"], "Lợi ích mới.");
    assert_eq!(row.conflicts[0].candidates.len(), 2, "neither title hides the other");
    binh.sync(&mut world).unwrap();
    assert_eq!(binh.replica.summary().unwrap().outbox, 0);
    // And once more on stale heads, after own changes that are no ancestors of them: a further actor.
    binh.edit_on(record, &opened_with, json!({"conditions": "Có máy quét."}), world.now_ms).unwrap();
    binh.edit_on(record, &opened_with, json!({"conditions": "Có máy quét và mạng."}), world.now_ms).unwrap();
    let progress = binh.sync(&mut world).unwrap();
    assert_eq!((progress.admitted, progress.held), (2, 0));
    hoa.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.view(record).unwrap().row, binh.replica.view(record).unwrap().row);
}

#[test]
fn concurrent_counts_add_up() {
    let mut world = World::new(MemoryStore::new(), 3);
    let mut lan = world.device("Phạm Thị Lan", "26572", "volunteer").unwrap();
    let mut duc = world.device("Võ Minh Đức", "26572", "volunteer").unwrap();
    let outreach = json!({"organisation": "youth_union", "held_on": "2023-03-10", "place": "Ấp Tây", "reached": 2});
    let record = lan.create("outreach", outreach, world.now_ms).unwrap().record;
    lan.sync(&mut world).unwrap();
    duc.sync(&mut world).unwrap();
    lan.edit(record, json!({"reached": {"add": 3}}), world.now_ms).unwrap();
    duc.edit(record, json!({"reached": {"add": 10}}), world.now_ms).unwrap();
    duc.edit(record, json!({"reached": {"set": 11}}), world.now_ms).unwrap();
    lan.sync(&mut world).unwrap();
    duc.sync(&mut world).unwrap();
    lan.sync(&mut world).unwrap();
    for device in [&lan, &duc] {
        assert_eq!(device.replica.view(record).unwrap().row.answers["reached"], 2 + 3 + 9);
        let cells = device.replica.rollup(Some("outreach_reached")).unwrap();
        let total = cells.iter().find(|cell| cell.key.dimension.is_empty()).unwrap();
        assert_eq!(total.value, 14.into());
    }
}

#[test]
fn removing_an_author_does_not_hide_what_was_written_meanwhile() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let authors = hoa.replica.view(record).unwrap().row.answers["authors"].clone();
    let (first, second) = (&authors[0]["id"], &authors[1]["id"]);
    hoa.edit(
        record,
        json!({"authors": [{"id": first, "removed": true}, {"id": second, "removed": true}]}),
        world.now_ms,
    )
    .unwrap();
    assert_eq!(hoa.replica.view(record).unwrap().row.answers.get("authors"), None);
    binh.edit(record, json!({"authors": [{"id": second, "share": 100}]}), world.now_ms).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let row = binh.replica.view(record).unwrap().row;
    let shown = row.answers["authors"].as_array().unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["share"], 100);
    assert!(row.conflicts.iter().any(|c| c.path.ends_with("/removed")), "{:?}", row.conflicts);
}

#[test]
fn of_a_list_all_is_typed() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let row = binh.replica.view(record).unwrap().row;
    hoa.edit(record, json!({"authors": [{"name": "Lê Văn Tám", "share": 10}]}), world.now_ms).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();

    // The first author is left out, the share of the second cleared, on the heads of before.
    let second = &row.answers["authors"][1];
    let typed = json!({"authors": [{"id": second["id"], "name": second["name"]}]});
    let draft = Draft {
        format: 1,
        id: [7; 16],
        form: row.form,
        unit: row.unit,
        record: Some(record),
        base_heads: row.heads,
        changed: answers(typed),
        touched_ms: world.now_ms,
        again: Vec::new(),
    };
    now(binh.replica.save(&draft, &MetaEdit::default(), &mut Moment::new(world.now_ms, &mut binh.random))).unwrap();
    let row = binh.replica.view(record).unwrap().row;
    let authors = row.answers["authors"].as_array().unwrap();
    let shares: Vec<_> = authors.iter().map(|author| (author["name"].as_str().unwrap(), author.get("share"))).collect();
    assert_eq!(shares, [("Lê Văn Tám", Some(&json!(10))), ("Trần Văn Bình", None)]);
    assert_eq!(row.conflicts, []);
}

#[test]
fn an_author_whom_a_colleague_added_meanwhile_is_not_taken_out() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let heads = binh.replica.view(record).unwrap().row.heads;
    hoa.edit(record, json!({"authors": [{"name": "Lê Văn Tám"}]}), world.now_ms).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let authors = binh.replica.view(record).unwrap().row.answers["authors"].clone();
    let added = authors.as_array().unwrap().iter().find(|author| author["name"] == "Lê Văn Tám").unwrap();

    // On the heads of before, of which that author is no part.
    let out = json!({"authors": [{"id": added["id"], "removed": true}], "benefit": "Tra cứu trong một phút."});
    binh.edit_on(record, &heads, out, world.now_ms).unwrap();
    let row = binh.replica.view(record).unwrap().row;
    assert_eq!(row.answers["authors"], authors);
    assert_eq!(row.answers["benefit"], "Tra cứu trong một phút.");
    assert_eq!(row.conflicts, []);
}

#[test]
fn two_identical_records_saved_in_the_same_second_are_two() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let first = hoa.create("initiative", initiative(), world.now_ms).unwrap();
    let second = hoa.create("initiative", initiative(), world.now_ms).unwrap();
    let third = binh.create("initiative", initiative(), world.now_ms).unwrap();
    assert!(first.record != second.record && second.record != third.record);
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let rows = binh.replica.rows(&RowQuery { limit: 10, ..RowQuery::default() }).unwrap();
    assert_eq!(rows.len(), 3);
}

#[test]
fn people_write_in_turn_on_what_the_other_wrote() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    for turn in 0..3 {
        hoa.sync(&mut world).unwrap();
        binh.sync(&mut world).unwrap();
        binh.edit(record, json!({"benefit": format!("Bình, lượt {turn}")}), world.now_ms).unwrap();
        binh.sync(&mut world).unwrap();
        hoa.sync(&mut world).unwrap();
        hoa.edit(record, json!({"title": format!("Hòa, lượt {turn}")}), world.now_ms).unwrap();
    }
    assert_eq!(hoa.sync(&mut world).unwrap().held, 0);
    binh.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.view(record).unwrap().row, binh.replica.view(record).unwrap().row);
}

#[test]
fn the_plain_file_opens_in_automerge() {
    let (mut world, mut hoa, _) = two_officers();
    let record = hoa.create("initiative", initiative(), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    let scope = world.hub.whole_scope().unwrap();
    let file = world.hub.automerge(&scope, record).unwrap();
    assert_eq!(file[..4], [0x85, 0x6f, 0x4a, 0x83]);
    assert!(matches!(dongbo_core::record::Record::replay(record, []), Ok(_) | Err(RecordError::Empty)));
}
