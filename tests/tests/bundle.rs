//! Work carried by hand: phones that meet without a hub, files that are damaged, hostile, foreign or newer.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    RecordId,
    change::{Bundle, BundleError, SignedChange},
    replica::{Carried, ImportReport, RecordStatus, ReplicaError},
    store::{MemoryStore, Pairs, Read as _},
};
use dongbo_tests::world::{Device, World, now};
use serde_json::json;

const COMMUNE: &str = "26572";

fn two_officers() -> (World, Device, Device) {
    let mut world = World::new(MemoryStore::new(), 12);
    let hoa = world.device("Nguyễn Thị Hòa", COMMUNE, "commune_officer").unwrap();
    let binh = world.device("Trần Văn Bình", COMMUNE, "commune_officer").unwrap();
    (world, hoa, binh)
}

fn activity(title: &str) -> serde_json::Value {
    json!({
        "title": title, "kind": "campaign_day", "held_on": "2023-03-10", "themes": ["ND.1"],
        "organiser": "Đoàn xã", "content": "Ra quân", "no_secret": true,
    })
}

fn import(device: &mut Device, bundle: &[u8], world: &World) -> Result<ImportReport, ReplicaError> {
    now(device.replica.import_bundle(bundle, world.now_ms))
}

fn stored(device: &Device) -> Pairs {
    device.replica.store().scan(&[], None, usize::MAX).unwrap()
}

fn codes(report: &ImportReport) -> Vec<(usize, &'static str)> {
    report.refused.iter().map(|refused| (refused.item, refused.code)).collect()
}

#[test]
fn two_phones_meet_without_a_hub_and_one_carries_both_to_it() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let of_hoa = hoa.create("activity", activity("Của Hòa"), world.now_ms).unwrap().record;
    let of_binh = binh.create("activity", activity("Của Bình"), world.now_ms).unwrap().record;
    let report = import(&mut binh, &hoa.replica.export_bundle(Carried::Unsent).unwrap(), &world).unwrap();
    assert_eq!((report.imported, report.refused, report.out_of_scope), (1, vec![], 0));
    assert_eq!(report.statements, 1, "Hòa's certificate");
    // Each edits the other's record while apart, and they meet again.
    binh.edit(of_hoa, json!({"content": "Hướng dẫn dịch vụ công"}), world.now_ms).unwrap();
    hoa.edit(of_hoa, json!({"organiser": "Hội Phụ nữ xã"}), world.now_ms).unwrap();
    let report = import(&mut hoa, &binh.replica.export_bundle(Carried::All).unwrap(), &world).unwrap();
    assert_eq!((report.imported, report.already_here), (2, 1));
    let report = import(&mut binh, &hoa.replica.export_bundle(Carried::Record(of_hoa)).unwrap(), &world).unwrap();
    assert_eq!((report.imported, report.already_here), (1, 2));
    assert_eq!(hoa.replica.view(of_hoa).unwrap().row, binh.replica.view(of_hoa).unwrap().row);
    assert_eq!(binh.replica.status(of_hoa).unwrap(), RecordStatus::OnThisDevice);
    // Only Bình finds a connection.
    let progress = binh.sync(&mut world).unwrap();
    assert_eq!((progress.admitted, progress.undecided, progress.held), (4, 0, 0));
    assert_eq!(binh.replica.status(of_hoa).unwrap(), RecordStatus::Received);
    let rows = world.hub.rows(&world.hub.whole_scope().unwrap(), &limitless()).unwrap();
    assert_eq!(rows.len(), 2);
    assert!(now(world.hub.verify()).unwrap().is_clean());
    // Hòa's phone learns that her work is there, and sends none of it again as new.
    hoa.sync(&mut world).unwrap();
    for record in [of_hoa, of_binh] {
        assert_eq!(hoa.replica.status(record).unwrap(), RecordStatus::Received);
        assert_eq!(hoa.replica.view(record).unwrap().row, binh.replica.view(record).unwrap().row);
    }
}

fn limitless() -> dongbo_core::rollup::RowQuery {
    dongbo_core::rollup::RowQuery { limit: usize::MAX, ..Default::default() }
}

#[test]
fn importing_twice_or_ones_own_export_changes_nothing() {
    let (world, mut hoa, mut binh) = two_officers();
    for number in 0..5 {
        let record = hoa.create("activity", activity(&format!("Hoạt động {number}")), world.now_ms).unwrap().record;
        hoa.edit(record, json!({"content": "Sửa"}), world.now_ms).unwrap();
    }
    let bundle = hoa.replica.export_bundle(Carried::All).unwrap();
    let before = stored(&hoa);
    let report = import(&mut hoa, &bundle, &world).unwrap();
    assert_eq!((report.imported, report.already_here, report.statements), (0, 10, 0));
    assert_eq!(stored(&hoa), before);
    assert_eq!(import(&mut binh, &bundle, &world).unwrap().imported, 10);
    let before = stored(&binh);
    let report = import(&mut binh, &bundle, &world).unwrap();
    assert_eq!((report.imported, report.already_here, report.statements), (0, 10, 0));
    assert_eq!(stored(&binh), before);
    assert_eq!(binh.replica.summary().unwrap().records, 5);
    assert_eq!(binh.replica.record_ids().unwrap().len(), 5);
}

#[test]
fn one_bad_item_among_500_stops_no_other() {
    let (world, mut hoa, mut binh) = two_officers();
    let mut records: Vec<RecordId> = Vec::new();
    for number in 0..500 {
        let title = format!("Hoạt động {number}");
        records.push(hoa.create("activity", activity(&title), world.now_ms + number).unwrap().record);
    }
    hoa.edit(records[250], json!({"content": "Sửa"}), world.now_ms).unwrap();
    let mut file = hoa.replica.export_bundle(Carried::All).unwrap();
    let bundle = Bundle::read(&file).unwrap();
    let spoilt = bundle.changes.iter().position(|signed| signed.record() == records[250]).unwrap();
    let end = offset(&file, bundle.changes[spoilt].bytes()) + bundle.changes[spoilt].bytes().len();
    file[end - 1] ^= 1;
    let report = import(&mut binh, &file, &world).unwrap();
    let item = bundle.change_items[spoilt];
    assert_eq!(codes(&report), [(item, "bad_signature"), (item + 1, "depends")]);
    assert_eq!(report.imported, 499);
    assert!(matches!(binh.replica.view(records[250]), Err(ReplicaError::UnknownRecord(_))));
    // The whole file mends it.
    let report = import(&mut binh, &hoa.replica.export_bundle(Carried::All).unwrap(), &world).unwrap();
    assert_eq!((report.imported, report.already_here, codes(&report)), (2, 499, vec![]));
}

fn offset(file: &[u8], part: &[u8]) -> usize {
    file.windows(part.len()).position(|window| window == part).unwrap()
}

#[test]
fn a_file_that_was_cut_is_refused_whole_or_is_a_smaller_bundle() {
    let (world, mut hoa, mut binh) = two_officers();
    for number in 0..3 {
        hoa.create("activity", activity(&format!("Hoạt động {number}")), world.now_ms).unwrap();
    }
    let file = hoa.replica.export_bundle(Carried::Unsent).unwrap();
    let mut imported = 0;
    for length in 0..file.len() {
        match import(&mut binh, &file[..length], &world) {
            Ok(report) => {
                assert_eq!(codes(&report), []);
                imported += report.imported;
            }
            Err(error) => assert!(matches!(error.code(), "no_bundle" | "bundle_damaged"), "{error}"),
        }
    }
    assert_eq!(imported + import(&mut binh, &file, &world).unwrap().imported, 3);
}

#[test]
fn what_is_of_another_campaign_or_a_newer_program_is_refused_whole() {
    let (world, mut hoa, mut binh) = two_officers();
    let mut elsewhere = World::new(MemoryStore::new(), 99);
    let mut stranger = elsewhere.device("Người lạ", COMMUNE, "commune_officer").unwrap();
    stranger.create("activity", activity("Nơi khác"), elsewhere.now_ms).unwrap();
    let foreign = stranger.replica.export_bundle(Carried::All).unwrap();
    let before = stored(&binh);
    assert_eq!(import(&mut binh, &foreign, &world).unwrap_err().code(), "other_campaign");
    hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap();
    let mut newer = hoa.replica.export_bundle(Carried::All).unwrap();
    // [ "dongbo-bundle", 1, root ]: the version stands after 1 + 14 bytes.
    newer[15] = 2;
    let error = import(&mut binh, &newer, &world).unwrap_err();
    assert_eq!(error, ReplicaError::Bundle(BundleError::UnsupportedVersion(2)));
    assert_eq!(error.code(), "bundle_newer");
    // The items of another campaign under this campaign's name: nobody here vouches for any of them.
    let items = Bundle::read(&foreign).unwrap();
    let statements = items.statements.iter().map(|signed| &signed.bytes[..]);
    let renamed = Bundle::write(world.hub.trust().root(), statements, items.changes.iter().map(SignedChange::bytes));
    let report = import(&mut binh, &renamed, &world).unwrap();
    assert_eq!((report.imported, report.statements), (0, 0));
    assert_eq!(report.refused.last().unwrap().code, "unknown_device");
    assert_eq!(stored(&binh), before);
}

#[test]
fn what_a_member_may_not_read_is_neither_shown_nor_stored() {
    let mut world = World::new(MemoryStore::new(), 13);
    let mut hoa = world.device("Nguyễn Thị Hòa", COMMUNE, "commune_officer").unwrap();
    let mut mai = world.device("Lê Thị Mai", "26506", "commune_officer").unwrap();
    let record = hoa.create("activity", activity("Của xã khác"), world.now_ms).unwrap().record;
    hoa.edit(record, json!({"content": "Sửa"}), world.now_ms).unwrap();
    let file = hoa.replica.export_bundle(Carried::Unsent).unwrap();
    let report = import(&mut mai, &file, &world).unwrap();
    assert_eq!((report.imported, report.out_of_scope, codes(&report)), (0, 2, vec![]));
    assert_eq!(mai.replica.summary().unwrap().records, 0);
    let kept = stored(&mai);
    assert!(kept.iter().all(|(_, value)| !value.windows(6).any(|text| text == "khác".as_bytes())));
}

#[test]
fn what_was_erased_stays_erased() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("activity", activity("Có dữ liệu cá nhân"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    let file = hoa.replica.export_bundle(Carried::All).unwrap();
    now(world.hub.erase(record, "theo yêu cầu", world.now_ms)).unwrap();
    binh.sync(&mut world).unwrap();
    let report = import(&mut binh, &file, &world).unwrap();
    assert_eq!((report.imported, report.refused[0].code), (0, "erased"));
    assert!(matches!(binh.replica.view(record), Err(ReplicaError::UnknownRecord(_))));
}

#[test]
fn held_work_is_carried_and_stays_held_where_it_is() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let record = hoa.create("activity", activity("Ra quân"), world.now_ms).unwrap().record;
    // The hub refuses it, while she has gone on writing.
    let request = hoa.replica.sync_request().unwrap();
    let mut answer = dongbo_core::sync::SyncResponse::from_bytes(&hoa.call(&mut world, &request).unwrap()).unwrap();
    let admitted = answer.admitted.remove(0);
    answer.refused.push(dongbo_core::sync::Refused {
        record: admitted.record,
        hash: admitted.hash,
        code: "forbidden".into(),
        detail: None,
    });
    hoa.edit(record, json!({"content": "Sửa"}), world.now_ms).unwrap();
    now(hoa.replica.take_in(answer)).unwrap();
    assert_eq!(hoa.replica.held().unwrap().len(), 2);
    let file = hoa.replica.export_bundle(Carried::Unsent).unwrap();
    let before = stored(&hoa);
    let report = import(&mut hoa, &file, &world).unwrap();
    assert_eq!((report.imported, report.already_here), (0, 2));
    assert_eq!(stored(&hoa), before);
    assert_eq!(import(&mut binh, &file, &world).unwrap().imported, 2);
    assert_eq!(binh.replica.view(record).unwrap().row.answers["content"], "Sửa");
}

#[test]
fn a_hub_judges_each_change_of_a_bundle_as_a_push() {
    let (mut world, mut hoa, mut binh) = two_officers();
    let first = hoa.create("activity", activity("Của Hòa"), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    let second = hoa.create("activity", activity("Chưa gửi"), world.now_ms).unwrap().record;
    let of_binh = binh.create("activity", activity("Của Bình"), world.now_ms).unwrap();
    import(&mut hoa, &binh.replica.export_bundle(Carried::All).unwrap(), &world).unwrap();
    let mut file = hoa.replica.export_bundle(Carried::All).unwrap();
    let bundle = Bundle::read(&file).unwrap();
    let spoilt = bundle.changes.iter().position(|signed| signed.record() == of_binh.record).unwrap();
    let end = offset(&file, bundle.changes[spoilt].bytes()) + bundle.changes[spoilt].bytes().len();
    file[end - 1] ^= 1;
    let report = now(world.hub.import_bundle(&file, world.now_ms)).unwrap();
    assert_eq!((report.statements, report.admitted, report.already_here), (0, 1, 1));
    let refused = &report.refused[0];
    assert_eq!((refused.item, &refused.code[..]), (bundle.change_items[spoilt], "bad_signature"));
    assert_eq!((refused.record, refused.change), (Some(of_binh.record), Some(of_binh.change)));
    let file = hoa.replica.export_bundle(Carried::All).unwrap();
    let report = now(world.hub.import_bundle(&file, world.now_ms)).unwrap();
    assert_eq!((report.admitted, report.already_here, report.refused), (1, 2, vec![]));
    assert!(now(world.hub.verify()).unwrap().is_clean());
    // The phones learn what went by hand.
    hoa.sync(&mut world).unwrap();
    for record in [first, second, of_binh.record] {
        assert_eq!(hoa.replica.status(record).unwrap(), RecordStatus::Received);
    }
    let foreign = World::new(MemoryStore::new(), 98).device("Người lạ", COMMUNE, "commune_officer").unwrap();
    let foreign = foreign.replica.export_bundle(Carried::All).unwrap();
    assert!(now(world.hub.import_bundle(&foreign, world.now_ms)).is_err());
}
