//! What a replica and a hub keep: every pair of their stores after a scripted run, with one of each kind of value.

use anyhow::Context as _;
use dongbo_core::{
    change::SignedChange,
    identity::KeyPair,
    outside::Moment,
    record::MetaEdit,
    replica::Draft,
    rollup::RowQuery,
    store::{MemoryStore, Read as _, Store as _},
    sync::{FeedItem, Refused, SyncRequest, SyncResponse},
    unit::UnitTree,
};
use dongbo_server::hub::{Hub, MemberChange, Publication, Setup};
use serde_json::{Value, json};

use super::{
    Sample, json as sample,
    record::{CAMPAIGN, CREATED_MS},
};
use crate::world::{Device, Seeded, World, answers, id, now};

const UNITS: &str = "id,code,name,name_en,level,parent,valid_from,valid_to\n\
                     77,77,Tỉnh,,province,,,\n26572,26572,Xã Hoà Long,,commune,77,,\n26560,26560,Xã Long Phước,,commune,77,,\n";
const SUCCESSORS: &str = "old_id,new_id,effective_on,relation,legal_basis\n";

/// The units of the samples' hub: a province and two communes.
pub fn units() -> UnitTree {
    match UnitTree::from_csv(UNITS, SUCCESSORS) {
        Ok(units) => units,
        Err(errors) => unreachable!("the samples' units cannot be read: {errors:?}"),
    }
}

/// The replica's store, the hub's store and the draft.
pub(super) fn samples() -> anyhow::Result<Vec<Sample>> {
    let (mut world, mut hoa) = run()?;
    let draft = Draft {
        format: 1,
        id: *b"\x01\x86\xc8\xd5\x4a\x00\x43\x33\x83\x33\x33\x33\x33\x33\x33\x33",
        form: id("visit"),
        unit: id("26572"),
        record: None,
        base_heads: Vec::new(),
        changed: answers(json!({"name": "Chưa xong", "people": 3})),
        touched_ms: world.now_ms,
        again: Vec::new(),
    };
    now(hoa.replica.keep_draft(&draft))?;
    refuse_one(&mut world, &mut hoa)?;
    Ok(vec![
        sample("draft.json", serde_json::to_value(&draft)?),
        sample("replica-store.json", dump(hoa.replica.store(), REPLICA)?),
        sample("hub-store.json", dump(world.hub.store(), HUB)?),
        sample("hub-erased-store.json", erased()?),
    ])
}

/// A hub with two officers; one record known to both, one change that waits for approval, two left in the outbox.
fn run() -> anyhow::Result<(World, Device)> {
    let mut random = Seeded(244);
    let units = units();
    let setup = Setup {
        campaign: CAMPAIGN,
        units: &units,
        origin: "https://hub.example.vn",
        administrator: "Quản trị viên",
        unit: id("77"),
        role: id("administrator"),
    };
    let store = MemoryStore::new();
    let (hub, root, administrator) = now(Hub::init(store, &setup, &mut Moment::new(CREATED_MS, &mut random)))?;
    let mut world = World { hub, random, now_ms: CREATED_MS, administrator, root: Some(KeyPair::from_seed(root)) };
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "officer")?;
    let mut binh = world.device("Trần Văn Bình", "26572", "officer")?;
    let visit = |name: &str| json!({"name": name, "visited_on": "2023-03-10", "sources": ["well"], "reached": 2});
    let record = hoa.create("visit", visit("Nguyễn Văn An"), world.now_ms)?.record;
    hoa.sync(&mut world)?;
    world.pass(60_000);
    binh.sync(&mut world)?;
    binh.edit(record, json!({"reached": {"add": 3}}), world.now_ms)?;
    binh.sync(&mut world)?;
    world.pass(60_000);
    let member = hoa.replica.member().context("a member")?.id;
    let (unit, role) = (id("26572"), id("officer"));
    let end = [MemberChange::End { unit, role, at_ms: world.now_ms }];
    now(world.hub.change_member(Some(member), &end, &mut Moment::new(world.now_ms, &mut world.random)))?;
    world.pass(60_000);
    hoa.edit(record, json!({"people": 4}), world.now_ms)?;
    hoa.sync(&mut world)?;
    Ok((world, hoa))
}

/// The same hub after an edition in which names are personal, and after somebody read the record and it was erased.
fn erased() -> anyhow::Result<Value> {
    let (mut world, hoa) = run()?;
    let campaign = CAMPAIGN.replace(r#""id": "name","#, r#""id": "name", "personal": true,"#);
    let campaign = campaign.replace(r#""version": 1,"#, r#""version": 2,"#);
    let publication = Publication { campaign: &campaign, ..Publication::default() };
    now(world.hub.publish_edition(&publication, world.now_ms))?;
    let rows = world.hub.rows(&world.hub.whole_scope()?, &RowQuery { limit: 10, ..RowQuery::default() })?;
    now(world.hub.note_access(hoa.replica.device(), &rows, world.now_ms))?;
    let record = rows.first().context("a row")?.record;
    world.pass(60_000);
    now(world.hub.erase(record, "theo yêu cầu", world.now_ms))?;
    dump(world.hub.store(), HUB)
}

/// One change is refused for good and one that arrives cannot be applied.
fn refuse_one(world: &mut World, hoa: &mut Device) -> anyhow::Result<()> {
    let stranger = KeyPair::from_seed([9; 32]);
    let refused = hoa.create("visit", json!({"name": "Sẽ bị từ chối"}), world.now_ms)?;
    let request = SyncRequest::from_bytes(&hoa.replica.sync_request()?)?;
    let body = hoa.replica.sync_request()?;
    let mut response = SyncResponse::from_bytes(&hoa.call(world, &body)?)?;
    anyhow::ensure!(request.changes.len() == 1, "one change goes along");
    response.admitted.clear();
    response.refused = vec![Refused {
        record: refused.record,
        hash: refused.change,
        code: "forbidden".into(),
        detail: Some("no role allows this in 26572".into()),
    }];
    let bytes = SignedChange::sign(hoa.replica.root(), &stranger, refused.record, b"unreadable");
    response.changes = vec![FeedItem { change: bytes.into(), received_ms: world.now_ms, sequence: 99, is_final: true }];
    now(hoa.replica.receive_sync(&response.to_bytes()))?;
    let mut moment = Moment::new(world.now_ms, &mut hoa.random);
    now(hoa.replica.create(
        &id("visit"),
        &id("26572"),
        &answers(json!({"name": "Chưa gửi"})),
        &MetaEdit::default(),
        None,
        &mut moment,
    ))?;
    Ok(())
}

/// What the first byte of a replica's key says.
const REPLICA: &[(u8, &str)] = &[
    (b'm', "meta"),
    (b's', "statement accepted"),
    (b'S', "statement to be offered"),
    (b'c', "change: 18 bytes of header, then the signed bytes"),
    (b'o', "outbox"),
    (b'O', "key of an outbox entry"),
    (b'x', "held"),
    (b'q', "quarantined"),
    (b'a', "spent actor"),
    (b'd', "draft"),
    (b'l', "pair that left the scope"),
    (b'z', "suspect record"),
    (b'r', "row"),
    (b't', "roll-up cell"),
    (b'u', "what makes records one"),
    (b'n', "who annuls whom"),
];

/// What the first byte of a hub's key says.
const HUB: &[(u8, &str)] = &[
    (b'm', "configuration"),
    (b'e', "ledger entry"),
    (b'h', "sequence of a change"),
    (b'c', "changes of a record"),
    (b'f', "feed of a pair"),
    (b'l', "latest of a pair"),
    (b'v', "first sequence of a device in a pair"),
    (b'b', "statement"),
    (b'g', "scope"),
    (b'k', "device"),
    (b'i', "invitation"),
    (b'p', "pending"),
    (b'x', "erased record"),
    (b'a', "access"),
    (b'y', "forced edition"),
    (b'r', "row"),
    (b't', "roll-up cell"),
    (b'u', "what makes records one"),
    (b'n', "who annuls whom"),
];

fn dump(store: &MemoryStore, kinds: &[(u8, &str)]) -> anyhow::Result<Value> {
    let mut pairs = Vec::new();
    for (key, value) in store.scan(&[], None, usize::MAX)? {
        let first = key.first().copied().unwrap_or_default();
        let kind = kinds.iter().find(|(byte, _)| *byte == first).map_or("unknown", |(_, name)| *name);
        let mut pair = json!({ "key": hex::encode(&key), "value": hex::encode(&value), "kind": kind });
        if let Ok(json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice(&value) {
            pair["json"] = json;
        }
        pairs.push(pair);
    }
    Ok(json!({ "pairs": pairs }))
}

/// The store that a dump describes.
pub fn pairs(dump: &Value) -> anyhow::Result<MemoryStore> {
    let mut store = MemoryStore::new();
    let mut batch = dongbo_core::store::Batch::new();
    for pair in dump["pairs"].as_array().context("pairs")? {
        let bytes = |name: &str| hex::decode(pair[name].as_str().unwrap_or_default());
        batch.put(bytes("key")?, bytes("value")?);
    }
    now(store.commit(batch))?;
    Ok(store)
}
