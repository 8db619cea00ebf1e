//! A replica that takes in so many records and no more: what is made there is sent all the same, and what was left with the
//! hub comes as soon as there is room.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    RecordId,
    outside::Moment,
    replica::{RecordStatus, Replica},
    rollup::RowQuery,
    store::{MemoryStore, Store},
};
use dongbo_server::hub::MemberChange;
use dongbo_tests::world::{Device, World, id, now};
use serde_json::json;

fn activity<S: Store>(device: &mut Device<S>, title: &str, now_ms: i64) -> RecordId {
    device.create("activity", json!({"title": title}), now_ms).unwrap().record
}

fn records<S: Store>(replica: &Replica<S>) -> Vec<RecordId> {
    let rows = replica.rows(&RowQuery { limit: usize::MAX, ..RowQuery::default() }).unwrap();
    rows.into_iter().map(|row| row.record).collect()
}

#[test]
fn what_does_not_fit_stays_with_the_hub_and_is_said() {
    let mut world = World::new(MemoryStore::new(), 21);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let made: Vec<RecordId> = (0..7).map(|at| activity(&mut lan, &format!("Số {at}"), world.now_ms + at)).collect();
    lan.sync(&mut world).unwrap();

    let member = world.member("Minh", "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let mut replica = now(Replica::prepare(MemoryStore::new(), &link, "Minh", [5; 32])).unwrap();
    let joined = now(world.hub.join(&replica.join_request(), world.now_ms)).unwrap();
    now(replica.receive_join(&joined)).unwrap();
    replica.take_at_most(4);
    let mut minh = Device { replica, random: lan.random.clone(), unit: id("26572"), clock_skew_ms: 0 };
    minh.sync(&mut world).unwrap();
    assert_eq!(records(&minh.replica), made[..4], "as many as fit");
    assert!(minh.replica.summary().unwrap().full);

    // Work goes on and reaches the hub; edits of what is here arrive.
    let own = activity(&mut minh, "Của Minh", world.now_ms + 10);
    lan.edit(made[1], json!({"title": "Sửa"}), world.now_ms + 11).unwrap();
    lan.sync(&mut world).unwrap();
    minh.edit(made[0], json!({"title": "Minh sửa"}), world.now_ms + 12).unwrap();
    let progress = minh.sync(&mut world).unwrap();
    assert_eq!((progress.admitted, minh.replica.summary().unwrap().outbox), (2, 0));
    assert_eq!(minh.replica.status(own).unwrap(), RecordStatus::Received);
    lan.sync(&mut world).unwrap();
    assert_eq!(records(&lan.replica).len(), 8);

    // The note outlives the program, and the whole comes once there is room.
    let replica = now(Replica::open(minh.replica.into_store())).unwrap();
    assert!(replica.summary().unwrap().full);
    let mut minh = Device { replica, ..minh };
    minh.sync(&mut world).unwrap();
    assert_eq!(records(&minh.replica), records(&lan.replica));
    assert!(!minh.replica.summary().unwrap().full);
    assert_eq!(minh.replica.view(made[1]).unwrap().row, lan.replica.view(made[1]).unwrap().row);
}

#[test]
fn a_narrower_scope_makes_room() {
    let mut world = World::new(MemoryStore::new(), 22);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let mut hoa = world.device("Hoa", "26506", "commune_officer").unwrap();
    (0..3).for_each(|at| _ = activity(&mut lan, &format!("Lan {at}"), world.now_ms + at));
    (3..6).for_each(|at| _ = activity(&mut hoa, &format!("Hoa {at}"), world.now_ms + at));
    lan.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();

    let member = world.member("Minh", "26572", "commune_officer").unwrap();
    let grant = [MemberChange::Grant { unit: id("26506"), role: id("commune_officer") }];
    now(world.hub.change_member(Some(member), &grant, &mut Moment::new(world.now_ms, &mut world.random))).unwrap();
    let link = world.invite(member).unwrap();
    let mut minh = world.device_with(MemoryStore::new(), &link, "Minh", "26572").unwrap();
    assert_eq!(records(&minh.replica).len(), 6);
    minh.replica.take_at_most(5);
    activity(&mut lan, "Mới", world.now_ms + 9);
    lan.sync(&mut world).unwrap();
    minh.sync(&mut world).unwrap();
    assert!(minh.replica.summary().unwrap().full && records(&minh.replica).len() == 6, "nothing is dropped for it");

    now(minh.replica.want_units(Some(&[id("26572")]))).unwrap();
    minh.sync(&mut world).unwrap();
    minh.sync(&mut world).unwrap();
    assert_eq!(records(&minh.replica), records(&lan.replica));
    assert!(!minh.replica.summary().unwrap().full);
}
