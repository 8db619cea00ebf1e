//! What goes wrong in the field, and what must hold all the same.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    identity::RevocationReason,
    outside::Moment,
    replica::{RecordStatus, Replica, ReplicaError},
    rollup::RowQuery,
    store::{Batch, Fault, FaultPlan, FaultyStore, MemoryStore, Read, Store, StoreError},
    sync::SyncRequest,
};
use dongbo_server::hub::{HubError, MemberChange, SyncCall};
use dongbo_tests::world::{CAMPAIGN, Seeded, World, id, now, units};
use serde_json::json;

const DAY: i64 = 24 * 3_600_000;

fn activity(n: usize) -> serde_json::Value {
    json!({"title": format!("Ra quân tuyên truyền số {n}"), "held_on": "2023-03-10", "kind": "propaganda"})
}

fn all() -> RowQuery {
    RowQuery { limit: usize::MAX, ..RowQuery::default() }
}

/// One byte of a stored change is damaged, so that its signature no longer holds.
fn damage(store: &mut MemoryStore, bytes: &[u8]) {
    let pairs = store.scan(b"c", None, usize::MAX).unwrap();
    let (key, mut value) = pairs.into_iter().find(|(_, value)| value.ends_with(bytes)).unwrap();
    *value.last_mut().unwrap() ^= 1;
    let mut batch = Batch::new();
    batch.put(key, value);
    now(store.commit(batch)).unwrap();
}

#[test]
fn one_bad_change_in_a_push_of_500_stops_nobody() {
    let mut world = World::new(MemoryStore::new(), 1);
    let mut device = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let records: Vec<_> =
        (0..498).map(|n| device.create("activity", activity(n), world.now_ms).unwrap().record).collect();
    let bad = records[250];
    let change = device.edit(bad, json!({"title": "Tiêu đề sẽ hỏng trên đường"}), world.now_ms).unwrap();
    device.edit(bad, json!({"place": "Nhà văn hóa ấp Tây"}), world.now_ms).unwrap();
    // The signed bytes of that edit are damaged on the phone.
    let signed = dongbo_core::change::SignedChange::open;
    let pairs = device.replica.store().scan(b"c", None, usize::MAX).unwrap();
    let bytes =
        pairs.into_iter().map(|(_, value)| value[18..].to_vec()).find(|v| signed(v).unwrap().hash() == change.change);
    let mut store = device.replica.into_store();
    damage(&mut store, &bytes.unwrap());
    device.replica = now(Replica::open(store)).unwrap();

    let progress = device.sync(&mut world).unwrap();
    assert_eq!((progress.admitted, progress.held), (498, 2));
    let held = device.replica.held().unwrap();
    let codes: Vec<_> = held.iter().map(|held| (held.record, held.code.as_str())).collect();
    assert!(codes.contains(&(bad, "bad_signature")) && codes.contains(&(bad, "depends")));
    assert_eq!(device.replica.status(bad).unwrap(), RecordStatus::NeedsAttention);
    let typed = device.replica.held_row(bad).unwrap().unwrap();
    assert_eq!(typed.answers["title"], "Tiêu đề sẽ hỏng trên đường", "held answers stay visible");
    assert_eq!(device.replica.view(bad).unwrap().row.answers["title"], "Ra quân tuyên truyền số 250");

    // The device goes on editing the same record.
    device.edit(bad, json!({"title": "Gõ lại tiêu đề"}), world.now_ms).unwrap();
    assert_eq!(device.sync(&mut world).unwrap().admitted, 1);
    let scope = world.hub.whole_scope().unwrap();
    assert_eq!(world.hub.record(&scope, bad).unwrap().row.answers["title"], "Gõ lại tiêu đề");
    assert_eq!(world.hub.rows(&scope, &all()).unwrap().len(), 498);
    assert!(now(world.hub.verify()).unwrap().is_clean());
}

#[test]
fn a_lost_join_answer_locks_nobody_out() {
    let mut world = World::new(MemoryStore::new(), 2);
    let member = world.member("Trần Văn Bình", "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let first = now(Replica::prepare(MemoryStore::new(), &link, "điện thoại", [3; 32])).unwrap();
    let lost = now(world.hub.join(&first.join_request(), world.now_ms)).unwrap();
    let store = first.into_store();
    let mut again = now(Replica::prepare(store, &link, "điện thoại", [4; 32])).unwrap();
    world.pass(60 * DAY);
    let answer = now(world.hub.join(&again.join_request(), world.now_ms)).unwrap();
    assert_eq!(answer, lost, "the same answer, even after the invitation has expired");
    now(again.receive_join(&answer)).unwrap();
    assert!(again.joined());
}

#[test]
fn invitations_are_for_one_device_one_campaign_and_seven_days() {
    let mut world = World::new(MemoryStore::new(), 3);
    let other = World::new(MemoryStore::new(), 4);
    let member = world.member("Trần Văn Bình", "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let join = |world: &mut World, link: &str, seed: u8| {
        let replica = now(Replica::prepare(MemoryStore::new(), link, "máy", [seed; 32])).unwrap();
        now(world.hub.join(&replica.join_request(), world.now_ms)).map_err(|error| error.problem().code)
    };
    assert!(join(&mut world, &link, 1).is_ok());
    assert_eq!(join(&mut world, &link, 2), Err("used_invite".into()));
    let foreign = link.replace(&world.hub.trust().root().to_string(), &other.hub.trust().root().to_string());
    assert_eq!(join(&mut world, &foreign, 3), Err("bad_proof".into()));
    let expired = world.invite(member).unwrap();
    world.pass(8 * DAY);
    assert_eq!(join(&mut world, &expired, 4), Err("expired_invite".into()));
    let code = expired.replace("code=", "code=x");
    assert_eq!(join(&mut world, &code, 5), Err("unknown_invite".into()));
    assert_eq!(
        now(Replica::prepare(MemoryStore::new(), "https://example.vn", "máy", [1; 32])).err().unwrap().code(),
        "invalid_invitation"
    );
}

#[test]
fn a_hub_that_is_not_the_invited_one_is_refused() {
    let mut world = World::new(MemoryStore::new(), 5);
    let mut other = World::new(MemoryStore::new(), 6);
    let link_of = |world: &mut World| {
        let member = world.member("Lê Thị Ánh", "26572", "volunteer").unwrap();
        world.invite(member).unwrap()
    };
    let (link, elsewhere) = (link_of(&mut world), link_of(&mut other));
    let mut replica = now(Replica::prepare(MemoryStore::new(), &link, "máy", [1; 32])).unwrap();
    let stranger = now(Replica::prepare(MemoryStore::new(), &elsewhere, "máy", [1; 32])).unwrap();
    let answer = now(other.hub.join(&stranger.join_request(), other.now_ms)).unwrap();
    assert_eq!(now(replica.receive_join(&answer)), Err(ReplicaError::OtherRoot));
    assert!(!replica.joined());
}

#[test]
fn clocks_wrong_by_years_lose_nothing() {
    let mut world = World::new(MemoryStore::new(), 7);
    let mut past = world.device("Phạm Thị Lan", "26572", "volunteer").unwrap();
    let mut future = world.device("Võ Minh Đức", "26572", "volunteer").unwrap();
    past.clock_skew_ms = -world.now_ms;
    future.clock_skew_ms = 76 * 365 * DAY;
    let outreach = json!({"organisation": "youth_union", "place": "Ấp Tây", "held_on": "2023-03-10", "reached": 4});
    let (a, b) = (
        past.create("outreach", outreach.clone(), world.now_ms).unwrap().record,
        future.create("outreach", outreach, world.now_ms).unwrap().record,
    );
    assert_eq!(past.sync(&mut world).unwrap().admitted, 1);
    assert_eq!(future.sync(&mut world).unwrap().admitted, 1);
    past.sync(&mut world).unwrap();
    past.edit(b, json!({"reached": {"add": 1}}), world.now_ms).unwrap();
    future.edit(a, json!({"reached": {"add": 2}}), world.now_ms).unwrap();
    future.sync(&mut world).unwrap();
    past.sync(&mut world).unwrap();
    let scope = world.hub.whole_scope().unwrap();
    assert_eq!(world.hub.record(&scope, b).unwrap().row.answers["reached"], 5);
    let of_1970 = world.hub.record(&scope, a).unwrap().row;
    assert_eq!((of_1970.created_ms, &of_1970.answers["reached"]), (0, &json!(6)));
}

#[test]
fn a_member_transferred_while_offline_keeps_what_was_typed() {
    let mut world = World::new(MemoryStore::new(), 8);
    let mut device = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let kept = device.create("activity", activity(1), world.now_ms).unwrap().record;
    device.sync(&mut world).unwrap();
    let offline = device.create("activity", activity(2), world.now_ms).unwrap().record;
    world.pass(DAY);
    let member = device.replica.member().unwrap().id;
    let transfer = [
        MemberChange::End { unit: id("26572"), role: id("commune_officer"), at_ms: world.now_ms },
        MemberChange::Grant { unit: id("26569"), role: id("commune_officer") },
    ];
    now(world.hub.change_member(Some(member), &transfer, &mut Moment::new(world.now_ms, &mut Seeded(1)))).unwrap();
    world.pass(DAY);
    let late = device.create("activity", activity(3), world.now_ms).unwrap().record;
    let progress = device.sync(&mut world).unwrap();
    assert_eq!((progress.admitted, progress.undecided), (1, 1), "inside the membership; after it");
    let scope = world.hub.whole_scope().unwrap();
    assert!(world.hub.record(&scope, offline).is_ok());
    // The old commune left the scope: its records go, except the one that still waits for a decision.
    assert!(matches!(device.replica.view(kept), Err(ReplicaError::UnknownRecord(_))));
    assert_eq!(device.replica.status(late).unwrap(), RecordStatus::NeedsAttention);
    let waiting = world.hub.pending().unwrap();
    now(world.hub.approve(waiting[0].record, waiting[0].hash, world.now_ms)).unwrap();
    assert_eq!(device.sync(&mut world).unwrap().admitted, 1);
    assert!(device.replica.rows(&all()).unwrap().is_empty());
    assert!(world.hub.record(&scope, late).is_ok());
    device.unit = id("26569");
    device.create("activity", activity(4), world.now_ms).unwrap();
    assert_eq!(device.sync(&mut world).unwrap().admitted, 1);
}

#[test]
fn a_new_scope_is_read_from_its_beginning() {
    let mut world = World::new(MemoryStore::new(), 9);
    let mut long_phuoc = world.device("Đặng Văn Khoa", "26569", "commune_officer").unwrap();
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    for n in 0..30 {
        long_phuoc.create("activity", activity(n), world.now_ms).unwrap();
        hoa.create("activity", activity(n), world.now_ms).unwrap();
    }
    long_phuoc.sync(&mut world).unwrap();
    assert_eq!(hoa.sync(&mut world).unwrap().received, 0, "own pushes do not come back");
    let member = hoa.replica.member().unwrap().id;
    let grant = [MemberChange::Grant { unit: id("26569"), role: id("volunteer") }];
    now(world.hub.change_member(Some(member), &grant, &mut Moment::new(world.now_ms, &mut Seeded(1)))).unwrap();
    assert_eq!(hoa.sync(&mut world).unwrap().received, 30);
    assert_eq!(hoa.sync(&mut world).unwrap().received, 0);
}

#[test]
fn cursors_that_are_not_the_hubs_own() {
    let mut world = World::new(MemoryStore::new(), 10);
    let mut other = World::new(MemoryStore::new(), 11);
    let mut device = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let foreign = other.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    device.create("activity", activity(1), world.now_ms).unwrap();
    let before = world.hub.store().clone();
    device.sync(&mut world).unwrap();
    let request = |cursor: Vec<u8>| {
        let request = SyncRequest {
            version: 1,
            cursor: Some(cursor.into()),
            changes: vec![],
            bytes_max: 1_000,
            catalogue: 1,
            directory: 1,
            units: None,
            statements: vec![],
        };
        request.to_bytes()
    };
    let call = |world: &mut World, body: Vec<u8>| {
        let call = SyncCall { device: device.replica.device(), body: &body };
        now(world.hub.sync(&[call], world.now_ms)).pop().unwrap().map_err(|error| error.problem())
    };
    let own = device.replica.store().get(b"mcursor").unwrap().unwrap();
    let elsewhere = foreign.replica.store().get(b"mcursor").unwrap().unwrap();
    let mut forged = own.clone();
    forged[0] ^= 1;
    for cursor in [elsewhere, forged, vec![], b"xin chao".to_vec()] {
        assert_eq!(call(&mut world, request(cursor)).unwrap_err().code, "invalid_cursor");
    }
    assert!(call(&mut world, request(own.clone())).is_ok());

    // The hub is restored from an older copy: a cursor ahead of it starts a new epoch, and nothing is lost.
    world.hub = dongbo_server::hub::Hub::open(before).unwrap();
    let problem = call(&mut world, request(own)).unwrap_err();
    assert_eq!(problem.code, "epoch_changed");
    assert!(problem.epoch > Some(1));
    let record = device.replica.rows(&all()).unwrap()[0].record;
    assert_eq!(device.replica.status(record).unwrap(), RecordStatus::Received);
    let progress = device.sync(&mut world).unwrap();
    assert!(progress.admitted >= 1);
    assert_eq!(device.replica.status(record).unwrap(), RecordStatus::Received);
    assert!(world.hub.record(&world.hub.whole_scope().unwrap(), record).is_ok());
    assert!(now(world.hub.verify()).unwrap().is_clean());
}

#[test]
fn a_field_added_by_a_newer_form_on_two_devices_at_once_is_united() {
    let mut world = World::new(MemoryStore::new(), 12);
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let mut binh = world.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    let record = hoa.create("activity", activity(1), world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();

    let mut campaign: serde_json::Value = serde_json::from_str(CAMPAIGN).unwrap();
    campaign["version"] = json!(2);
    let form = campaign["forms"].as_array_mut().unwrap().iter_mut().find(|form| form["id"] == "activity").unwrap();
    let label = json!({"vi": "Bổ sung", "en": "Added"});
    for (id, kind) in [("added_count", "counter"), ("added_note", "paragraph")] {
        form["fields"].as_array_mut().unwrap().push(json!({"id": id, "kind": kind, "label": label}));
    }
    now(world.hub.publish(&campaign.to_string(), &units(), world.now_ms)).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    hoa.edit(record, json!({"added_count": 2, "added_note": "Ghi chú của Hòa"}), world.now_ms).unwrap();
    binh.edit(record, json!({"added_count": 3, "added_note": "Ghi chú của Bình"}), world.now_ms).unwrap();
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();
    let row = hoa.replica.view(record).unwrap().row;
    assert_eq!(row, binh.replica.view(record).unwrap().row);
    assert_eq!(row.answers["added_count"], 5, "counts made apart add up");
    assert_eq!(row.conflicts.len(), 1);
    assert_eq!((row.conflicts[0].path.as_str(), row.conflicts[0].candidates.len()), ("added_note", 2));
    // Choosing one empties the other; counting goes on in both.
    let mut moment = Moment::new(world.now_ms, &mut hoa.random);
    now(hoa.replica.resolve(record, &[], "added_note", 1, &mut moment)).unwrap();
    hoa.edit(record, json!({"added_count": {"add": 1}}), world.now_ms).unwrap();
    let settled = hoa.replica.view(record).unwrap().row;
    assert_eq!(settled.conflicts, []);
    assert_eq!(settled.answers["added_note"], row.conflicts[0].candidates[1].value);
    assert_eq!(settled.answers["added_count"], 6);
}

#[test]
fn a_revoked_phone_loses_access_and_keeps_unsent_work() {
    let mut world = World::new(MemoryStore::new(), 13);
    let mut device = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    device.create("activity", activity(1), world.now_ms).unwrap();
    device.sync(&mut world).unwrap();
    let unsent = device.create("activity", activity(2), world.now_ms).unwrap().record;
    world.pass(60_000);
    now(world.hub.revoke_device(device.replica.device(), RevocationReason::Lost, false, world.now_ms)).unwrap();
    world.pass(60_000);
    let progress = device.sync(&mut world).unwrap();
    assert_eq!((progress.undecided, progress.dropped), (1, 1));
    assert_eq!(device.replica.status(unsent).unwrap(), RecordStatus::NeedsAttention);
    assert!(device.replica.trust().revocation(device.replica.device()).is_some(), "the phone knows why");
}

#[test]
fn a_full_disk_claims_nothing() {
    let mut world = World::new(MemoryStore::new(), 14);
    let member = world.member("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let link = world.invite(member).unwrap();
    let plan = FaultPlan::new();
    let store = FaultyStore::new(MemoryStore::new(), plan.clone());
    let mut device = world.device_with(store, &link, "máy", "26572").unwrap();
    plan.push(Fault::before_applying(StoreError::DiskFull));
    let error = device.create("activity", activity(1), world.now_ms).unwrap_err();
    assert_eq!(error.code(), "disk_full");
    assert!(device.replica.rows(&all()).unwrap().is_empty(), "nothing claims to be saved");
    let record = device.create("activity", activity(1), world.now_ms).unwrap().record;
    assert_eq!(device.replica.summary().unwrap().outbox, 1);

    // The phone's disk is full while an answer arrives: it is asked for again.
    plan.push(Fault::before_applying(StoreError::DiskFull));
    device.sync(&mut world).unwrap_err();
    assert_eq!(device.replica.status(record).unwrap(), RecordStatus::OnThisDevice);
    device.sync(&mut world).unwrap();
    assert_eq!(device.replica.status(record).unwrap(), RecordStatus::Received);
}

#[test]
fn a_hub_whose_disk_is_full_acknowledges_nothing() {
    let plan = FaultPlan::new();
    let mut world = World::new(FaultyStore::new(MemoryStore::new(), plan.clone()), 15);
    let mut device = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let record = device.create("activity", activity(1), world.now_ms).unwrap().record;
    plan.push(Fault::before_applying(StoreError::DiskFull));
    let request = device.replica.sync_request().unwrap();
    let error = device.call(&mut world, &request).unwrap_err();
    assert_eq!(error, HubError::Store(StoreError::DiskFull));
    assert_eq!((error.problem().status, error.problem().code.as_str()), (503, "disk_full"));
    // A commit that failed only in appearance is no harm either: the same push is admitted again.
    plan.push(Fault::after_applying(StoreError::Io { detail: "mất điện".into() }));
    device.call(&mut world, &request).unwrap_err();
    assert_eq!(device.sync(&mut world).unwrap().admitted, 1);
    assert_eq!(device.replica.status(record).unwrap(), RecordStatus::Received);
    assert!(now(world.hub.verify()).unwrap().is_clean());
}
