//! What counts, is found and is listed, with real replicas and a hub.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    RecordId,
    outside::Moment,
    policy::Scope,
    record::{MetaEdit, sort_by_title},
    replica::Replica,
    rollup::{Projection, RowQuery, Standing},
    store::{Batch, MemoryStore, Read as _, Store as _},
};
use dongbo_server::hub::{Hub, RecordsQuery, RollupQuery};
use dongbo_tests::world::{Device, World, id, now};
use serde_json::{Value, json};

fn class(title: &str) -> Value {
    json!({"title": title, "held_on": "2023-03-10", "kind": "propaganda"})
}

/// An officer of a ward and an aggregator of its city.
fn two() -> (World, Device, Device) {
    let mut world = World::new(MemoryStore::new(), 11);
    let officer = world.device("Trần Thị Hoà", "26506", "commune_officer").unwrap();
    let aggregator = world.device("Lê Văn Bình", "747", "district_aggregator").unwrap();
    (world, officer, aggregator)
}

fn mark(device: &mut Device, record: RecordId, meta: &MetaEdit, now_ms: i64) {
    let mut moment = Moment::new(now_ms, &mut device.random);
    now(device.replica.edit(record, &[], &Default::default(), meta, None, &mut moment)).unwrap();
}

/// Activities counted here.
fn counted(device: &Device) -> String {
    let cells = device.replica.rollup(Some("activities")).unwrap();
    cells.iter().filter(|cell| cell.key.dimension.is_empty()).map(|cell| cell.value.to_string()).collect()
}

fn counted_at(hub: &Hub<MemoryStore>, scope: &Scope, now_ms: i64) -> String {
    let query = RollupQuery { measure: Some("activities".into()), ..RollupQuery::default() };
    let cells = hub.rollup(scope, &query, now_ms).unwrap().cells;
    cells.iter().filter(|cell| cell.key.dimension.is_empty()).map(|cell| cell.value.to_string()).collect()
}

fn every() -> RowQuery {
    RowQuery { limit: usize::MAX, ..RowQuery::default() }
}

#[test]
fn links_and_annulments_travel_and_count_everywhere() {
    let (mut world, mut officer, mut aggregator) = two();
    let now_ms = world.now_ms;
    let [first, second, third] = ["Ra quân lần 1", "Ra quân lần 1", "Nhập nhầm"]
        .map(|title| officer.create("activity", class(title), now_ms).unwrap().record);
    let same = |same: bool| MetaEdit { same_as: [(first, same)].into(), ..MetaEdit::default() };
    mark(&mut officer, second, &same(true), now_ms);
    mark(&mut officer, second, &MetaEdit { annuls: [(third, true)].into(), ..MetaEdit::default() }, now_ms);
    let lower = first.min(second);
    let higher = first.max(second);
    assert_eq!(counted(&officer), "1");
    assert_eq!(officer.replica.view(lower).unwrap().standing, Some(Standing::Counted));
    assert_eq!(officer.replica.view(higher).unwrap().standing, Some(Standing::SameAs { counted: lower }));
    assert_eq!(officer.replica.view(third).unwrap().standing, Some(Standing::Annulled { by: second }));
    officer.sync(&mut world).unwrap();
    aggregator.sync(&mut world).unwrap();
    let scope = world.hub.scope_of_device(aggregator.replica.device(), now_ms).unwrap();
    assert_eq!((counted(&aggregator), counted_at(&world.hub, &scope, now_ms)), ("1".into(), "1".into()));
    let detail = world.hub.record(&scope, higher).unwrap();
    assert_eq!((detail.duplicates, detail.standing), (vec![lower, higher], Some(Standing::SameAs { counted: lower })));

    mark(&mut officer, second, &same(false), now_ms);
    officer.sync(&mut world).unwrap();
    aggregator.sync(&mut world).unwrap();
    assert_eq!((counted(&aggregator), counted_at(&world.hub, &scope, now_ms)), ("2".into(), "2".into()));
    assert!(now(world.hub.verify()).unwrap().is_clean());
}

/// A store as an earlier program left it: no note of who projected, no index of links, everything counted.
fn as_before(store: &mut MemoryStore) {
    let mut batch = Batch::new();
    batch.delete(*b"mprojected");
    for key in [b"u", b"n"].iter().flat_map(|prefix| store.keys(*prefix, None, usize::MAX).unwrap()) {
        batch.delete(key);
    }
    for (key, value) in store.scan(b"t", None, usize::MAX).unwrap() {
        batch.put(key, String::from_utf8(value).unwrap().replace("\"value\":\"1\"", "\"value\":\"2\""));
    }
    now(store.commit(batch)).unwrap();
}

#[test]
fn a_store_of_an_earlier_program_is_projected_again() {
    let (mut world, mut officer, _) = two();
    let now_ms = world.now_ms;
    let first = officer.create("activity", class("Ra quân"), now_ms).unwrap().record;
    let second = officer.create("activity", class("Ra quân"), now_ms).unwrap().record;
    mark(&mut officer, second, &MetaEdit { same_as: [(first, true)].into(), ..MetaEdit::default() }, now_ms);
    officer.sync(&mut world).unwrap();
    let store = officer.replica.into_store();
    let mut old = store.clone();
    as_before(&mut old);
    assert_ne!(old, store);
    assert!(now(Replica::open(old)).unwrap().into_store() == store);

    let store = world.hub.into_store();
    let mut old = store.clone();
    as_before(&mut old);
    let mut hub = Hub::open(old).unwrap();
    now(hub.settle()).unwrap();
    assert!(hub.into_store() == store);
    assert_eq!(
        Projection::standing(&store, &campaign(), first.max(second)).unwrap(),
        Some(Standing::SameAs { counted: first.min(second) })
    );
}

fn campaign() -> dongbo_core::campaign::Campaign {
    dongbo_core::campaign::Campaign::parse(dongbo_tests::world::CAMPAIGN).unwrap()
}

#[test]
fn words_are_found_within_the_scope_and_titles_sorted() {
    let (mut world, mut officer, aggregator) = two();
    let now_ms = world.now_ms;
    for title in ["Lớp VNeID khu phố 10", "Lớp VNeID khu phố 2", "Ra quân tại chợ Hòa Long"] {
        officer.create("activity", class(title), now_ms).unwrap();
    }
    let course = json!({"course": "Kỹ năng số", "started_on": "2023-03-10", "trainer": "Nguyễn Thị Ánh"});
    officer.create("training", course, now_ms).unwrap();
    officer.sync(&mut world).unwrap();
    let titles = |mut rows: Vec<dongbo_core::record::Row>| -> Vec<String> {
        sort_by_title(&mut rows, &campaign());
        let field = |row: &dongbo_core::record::Row| {
            let answer =
                ["title", "course"].iter().find_map(|field| row.answers.get(&id::<dongbo_core::FieldId>(field)));
            answer.unwrap().as_str().unwrap().to_owned()
        };
        rows.iter().map(field).collect()
    };
    let here = |search: &str| titles(officer.replica.search(search, &every()).unwrap());
    assert_eq!(here("vneid khu pho"), ["Lớp VNeID khu phố 2", "Lớp VNeID khu phố 10"]);
    assert_eq!(here("Hoà"), ["Ra quân tại chợ Hòa Long"]);
    assert_eq!(here("nguyen anh"), ["Kỹ năng số"], "a personal field, of a record that may be read");
    assert_eq!(here("không có"), [""; 0]);
    assert_eq!(here("").len(), 4);

    let scope = world.hub.scope_of_device(aggregator.replica.device(), now_ms).unwrap();
    let there = |scope: &Scope, words: &str, rows: RowQuery| {
        let query = RecordsQuery { rows, words: Some(words.to_owned()), ..RecordsQuery::default() };
        world.hub.records(scope, &query).unwrap()
    };
    assert_eq!(titles(there(&scope, "nguyen anh", every())), ["Kỹ năng số"]);
    assert_eq!(there(&Scope::default(), "nguyen anh", every()), []);
    // Pages go by record, also of what was found.
    let page = |after| there(&scope, "vneid", RowQuery { limit: 1, after, ..RowQuery::default() });
    let first = page(None);
    let second = page(Some(first[0].record));
    assert!(first[0].record < second[0].record && page(Some(second[0].record)).is_empty());
}
