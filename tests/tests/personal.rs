//! Personal data at the hub: who read it, and what is kept longer than the campaign says.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{rollup::RowQuery, store::MemoryStore};
use dongbo_server::hub::{ACCESS_RETENTION_DAYS, AccessQuery, HubError, Publication};
use dongbo_tests::world::{CAMPAIGN, World, now};
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 3_600_000;

/// Publishes the campaign with this retention.
fn keep_for(world: &mut World, days: Value) -> Result<(), HubError> {
    let mut campaign: Value = serde_json::from_str(CAMPAIGN).unwrap();
    campaign["version"] = json!(world.hub.rules()?.campaign.version() + 1);
    campaign["extensions"]["personal_data"] = json!({"retention_days": days});
    let asked = Publication { campaign: &campaign.to_string(), ..Publication::default() };
    now(world.hub.publish_edition(&asked, world.now_ms)).map(|_| ())
}

fn training(trainer: &str) -> Value {
    json!({"course": "Kỹ năng số", "started_on": "2023-03-10", "trainer": trainer})
}

#[test]
fn what_is_past_the_retention_is_due_until_it_is_erased() {
    let mut world = World::new(MemoryStore::new(), 3);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let record = lan.create("training", training("Ông Đặng Hiền"), world.now_ms).unwrap().record;
    lan.create("training", json!({"course": "Không có tên ai"}), world.now_ms).unwrap();
    lan.sync(&mut world).unwrap();
    let received_ms = world.now_ms;
    assert_eq!(world.hub.retention_days().unwrap(), Some(1_825), "five years, as the campaign says");
    assert_eq!(world.hub.personal_data_due(received_ms + 1_825 * DAY_MS - 1).unwrap(), []);
    keep_for(&mut world, json!(30)).unwrap();
    assert_eq!(world.hub.retention_days().unwrap(), Some(30));
    assert_eq!(world.hub.personal_data_due(received_ms + 30 * DAY_MS - 1).unwrap(), []);
    world.pass(30 * DAY_MS);
    let due = world.hub.personal_data_due(world.now_ms).unwrap();
    assert_eq!((due.len(), due[0].record, &due[0].fields[..]), (1, record, &["trainer".to_owned()][..]));
    assert_eq!((due[0].received_ms, due[0].due_ms), (received_ms, received_ms + 30 * DAY_MS));
    now(world.hub.erase(record, "hết thời hạn lưu", world.now_ms)).unwrap();
    assert_eq!(world.hub.personal_data_due(world.now_ms).unwrap(), []);
    keep_for(&mut world, json!("a month")).unwrap();
    assert!(world.hub.retention_days().is_err());
}

#[test]
fn reads_of_personal_fields_are_noted_and_leave_after_their_time() {
    let mut world = World::new(MemoryStore::new(), 4);
    let mut lan = world.device("Lan", "26572", "commune_officer").unwrap();
    let record = lan.create("training", training("Ông Đặng Hiền"), world.now_ms).unwrap().record;
    let open = lan.create("training", json!({"course": "Không có tên ai"}), world.now_ms).unwrap().record;
    lan.sync(&mut world).unwrap();
    let device = lan.replica.device();
    let scope = world.hub.whole_scope().unwrap();
    let rows = world.hub.rows(&scope, &RowQuery { limit: 10, ..RowQuery::default() }).unwrap();
    assert_eq!(rows.len(), 2);
    now(world.hub.note_access(device, &rows, world.now_ms)).unwrap();
    let all = world.hub.accesses(&AccessQuery::default(), 10).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].read.iter().collect::<Vec<_>>(), [(&record, &vec!["trainer".to_owned()])]);
    assert!(world.hub.accesses(&AccessQuery { record: Some(open), member: None }, 10).unwrap().is_empty());
    let member = all[0].member;
    assert_eq!(world.hub.accesses(&AccessQuery { record: None, member: Some(member) }, 10).unwrap(), all);
    // Where nothing personal is answered, nothing is noted.
    let plain: Vec<_> = rows.iter().filter(|row| row.record == open).cloned().collect();
    now(world.hub.note_access(device, &plain, world.now_ms)).unwrap();
    assert_eq!(world.hub.accesses(&AccessQuery::default(), 10).unwrap().len(), 1);
    world.pass((ACCESS_RETENTION_DAYS + 1) * DAY_MS);
    now(world.hub.note_access(device, &rows, world.now_ms)).unwrap();
    let left = world.hub.accesses(&AccessQuery::default(), 10).unwrap();
    assert_eq!((left.len(), left[0].at_ms), (1, world.now_ms));
}
