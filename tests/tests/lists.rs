//! Lists through everything that happens to a replica: each page is what the rows say, and the last save is on it.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    RecordId,
    replica::{Carried, List, Only, Order, Replica},
    store::{Fault, FaultPlan, FaultyStore, MemoryStore, Store, StoreError},
};
use dongbo_server::hub::Publication;
use dongbo_tests::{
    lists::check_page,
    world::{CAMPAIGN, Device, World, now},
};
use serde_json::{Value, json};

fn by(order: Order) -> List {
    List { order, ..List::default() }
}

fn words(search: &str) -> List {
    List { search: Some(search.to_owned()), ..by(Order::Title) }
}

/// The records of a list, which are those that the rows give.
fn found<S: Store>(replica: &Replica<S>, list: &List) -> Vec<RecordId> {
    let page = replica.list(list).unwrap();
    check_page(replica, list, &page).unwrap();
    page.records.into_iter().map(|listed| listed.row.record).collect()
}

fn activity<S: Store>(device: &mut Device<S>, title: &str, now_ms: i64) -> RecordId {
    device.create("activity", json!({"title": title, "content": "Tuyên truyền tại tổ dân phố"}), now_ms).unwrap().record
}

#[test]
fn what_was_saved_a_moment_ago_is_found() {
    let mut world = World::new(MemoryStore::new(), 11);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    assert!(found(&lan.replica, &words("hướng dẫn")).is_empty());
    let first = activity(&mut lan, "Hướng dẫn cài VNeID", world.now_ms);
    let second = activity(&mut lan, "Ấp 2: hướng dẫn lần hai", world.now_ms + 1);
    assert_eq!(found(&lan.replica, &words("huong dan")), [second, first], "in the order of titles");
    assert_eq!(found(&lan.replica, &words("hương dẫn")), []);
    lan.edit(first, json!({"title": "Ấp 1: ra quân"}), world.now_ms + 60_000).unwrap();
    assert_eq!(found(&lan.replica, &words("hướng")), [second]);
    assert_eq!(found(&lan.replica, &by(Order::LastEdited)), [first, second]);
    assert_eq!(found(&lan.replica, &by(Order::Title)), [first, second]);
    let unsent = List { only: Only::Unsent, ..List::default() };
    assert_eq!(found(&lan.replica, &unsent).len(), 2);
    lan.sync(&mut world).unwrap();
    assert_eq!(found(&lan.replica, &unsent), []);
}

#[test]
fn what_arrives_and_what_goes_is_seen() {
    let mut world = World::new(MemoryStore::new(), 12);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let mut minh = world.device("Minh", "26572", "commune_officer").unwrap();
    let records: Vec<RecordId> =
        (0..5).map(|at| activity(&mut lan, &format!("Hoạt động {at}"), world.now_ms + at)).collect();
    assert!(!minh.replica.read_ahead(0).unwrap() && minh.replica.read_ahead(2).unwrap());
    lan.sync(&mut world).unwrap();
    minh.sync(&mut world).unwrap();
    assert_eq!(found(&minh.replica, &by(Order::Oldest)), records);
    let carried = lan.replica.export_bundle(Carried::All).unwrap();
    now(world.hub.erase(records[2], "theo yêu cầu", world.now_ms)).unwrap();
    minh.sync(&mut world).unwrap();
    assert!(!found(&minh.replica, &by(Order::Oldest)).contains(&records[2]));
    assert!(!found(&minh.replica, &words("hoạt động")).contains(&records[2]));
    let mut hoa = world.device("Hoa", "26572", "commune_officer").unwrap();
    let others = activity(&mut lan, "Chưa gửi", world.now_ms + 9);
    let unsent = lan.replica.export_bundle(Carried::Unsent).unwrap();
    assert_eq!(found(&hoa.replica, &by(Order::Oldest)).len(), 4);
    now(hoa.replica.import_bundle(&unsent, world.now_ms)).unwrap();
    now(hoa.replica.import_bundle(&carried, world.now_ms)).unwrap();
    assert_eq!(found(&hoa.replica, &words("chua gui")), [others]);
    // Read half, then written: what was read is read again, what was not is read once.
    let half = now(Replica::open(hoa.replica.into_store())).unwrap();
    assert!(!half.read_ahead(2).unwrap());
    let mut hoa = Device { replica: half, ..hoa };
    hoa.edit(records[0], json!({"title": "Sửa lại"}), world.now_ms + 10).unwrap();
    hoa.edit(records[4], json!({"title": "Sửa lại nữa"}), world.now_ms + 10).unwrap();
    assert_eq!(found(&hoa.replica, &words("sua lai")), [records[0], records[4]]);
}

#[test]
fn a_new_edition_is_searched_by_its_own_forms() {
    let mut world = World::new(MemoryStore::new(), 13);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let record = activity(&mut lan, "Ra quân", world.now_ms);
    lan.sync(&mut world).unwrap();
    assert_eq!(found(&lan.replica, &words("ra quân")), [record]);
    let mut campaign: Value = serde_json::from_str(CAMPAIGN).unwrap();
    campaign["version"] = json!(2);
    let forms = campaign["forms"].as_array_mut().unwrap();
    let form = forms.iter_mut().find(|form| form["id"] == "activity").unwrap();
    form["title_field"] = json!("content");
    let asked = Publication { campaign: &campaign.to_string(), ..Publication::default() };
    now(world.hub.publish_edition(&asked, world.now_ms)).unwrap();
    lan.sync(&mut world).unwrap();
    let later = activity(&mut lan, "Ấp 1", world.now_ms + 1);
    assert_eq!(found(&lan.replica, &by(Order::Title)), [record, later], "both have the same title now");
}

#[test]
fn a_commit_that_may_have_failed_leaves_no_stale_list() {
    let mut world = World::new(MemoryStore::new(), 14);
    let member = world.member("Lan", "26572", "commune_officer").unwrap();
    let (link, plan) = (world.invite(member).unwrap(), FaultPlan::new());
    let store = FaultyStore::new(MemoryStore::new(), plan.clone());
    let mut lan = world.device_with(store, &link, "Lan", "26572").unwrap();
    let record = activity(&mut lan, "Trước", world.now_ms);
    assert_eq!(found(&lan.replica, &words("trước")), [record]);
    for (fault, title, expect) in [
        (Fault::before_applying(StoreError::DiskFull), "Không tới", 0),
        (Fault::after_applying(StoreError::DiskFull), "Đã tới", 1),
    ] {
        plan.push(fault);
        assert!(lan.edit(record, json!({"title": title}), world.now_ms + 1).is_err());
        assert_eq!(found(&lan.replica, &words(title)).len(), expect, "{title}");
    }
}
