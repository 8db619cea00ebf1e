//! What administrators do over HTTP, and what the log of deeds keeps of it.

use dongbo_core::{
    outside::Moment,
    record::MetaEdit,
    store::{MemoryStore, Store},
    unit::UnitTree,
};
use dongbo_server::{
    admin::{AdminCommand, execute},
    hub::{Hub, Setup},
    outside::{SystemEntropy, now_ms},
};
use serde_json::{Value, json};

use crate::{
    OTHER_WARD, WARD,
    admin::{forbidden, listed, member},
    served::{Device, Served, activity, answers, refused},
};

/// A change of an officer whose membership has ended meanwhile: it waits for a decision.
async fn waiting(served: &Served, officer: &mut Device, form: &str, given: Value) -> (String, String) {
    let (unit, role) = (WARD.parse().unwrap(), "commune_officer".parse().unwrap());
    served.admin(AdminCommand::End { member: member(officer), unit, role }).await;
    let mut entropy = SystemEntropy;
    // A change is dated in whole seconds: after the end all the same.
    let mut moment = Moment::new(now_ms() + 2_000, &mut entropy);
    let (form, unit, meta) = (form.parse().unwrap(), WARD.parse().unwrap(), MetaEdit::default());
    let saved = officer.replica.create(&form, &unit, &answers(given), &meta, None, &mut moment).await.unwrap();
    officer.sync().await.unwrap();
    let pending = served.admin(AdminCommand::Approvals).await;
    let pending = pending["approvals"].as_array().unwrap().iter();
    let mine = pending.clone().find(|pending| pending["record"] == json!(saved.record)).unwrap();
    (saved.record.to_string(), mine["change"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn changes_are_decided_with_the_record_as_it_would_read() {
    let served = Served::start().await;
    let head = served.device("Lê Hòa", WARD, "district_aggregator").await;
    let foreign = served.device("Trần Văn Minh", OTHER_WARD, "district_aggregator").await;
    let administrator = served.device("Phạm Thu", "snv", "administrator").await;
    let (token, elsewhere) = (served.token(&head).await, served.token(&foreign).await);
    let mut first = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut second = served.device("Đỗ Văn Nam", WARD, "commune_officer").await;
    let training = json!({"trainer": "Cô Mai"});
    let (record, change) = waiting(&served, &mut first, "training", training).await;
    let (other, other_change) = waiting(&served, &mut second, "activity", activity("Ra quân")).await;

    let approvals = served.done(&token, json!({"command": "approvals"})).await;
    let entries = approvals["approvals"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let entry = entries.iter().find(|entry| entry["record"] == json!(record)).unwrap();
    assert_eq!(entry["name"], "Nguyễn Thị Lan");
    assert_eq!(entry["preview"]["answers"]["trainer"], "Cô Mai");
    assert_eq!(entry["preview"]["record"], json!(record));
    // A name was read: that is noted.
    let log = json!({"command": "access_log", "limit": 10});
    let log = served.done(&served.token(&administrator).await, log).await;
    assert_eq!(log["accesses"][0]["name"], "Lê Hòa");
    assert_eq!(log["accesses"][0]["read"], json!([{"record": record, "fields": ["trainer"]}]));

    let approve = json!({"command": "approve", "record": record, "change": change});
    let turn_down =
        |reason: &str| json!({"command": "turn_down", "record": other, "change": other_change, "reason": reason});
    assert_eq!(served.done(&elsewhere, json!({"command": "approvals"})).await["approvals"], json!([]));
    forbidden(&served, &elsewhere, approve.clone()).await;
    forbidden(&served, &elsewhere, turn_down("không đúng")).await;
    refused(served.command(&token, turn_down(&"x".repeat(2_000))).await, 400, "invalid").await;
    served.done(&token, approve).await;
    served.done(&token, turn_down("không đúng đơn vị")).await;
    assert_eq!(served.json(&token, &format!("records/{record}")).await["answers"]["trainer"], "Cô Mai");
    let left = served.done(&token, json!({"command": "approvals"})).await;
    assert_eq!(left["approvals"][0]["state"]["turned_down"]["reason"], "không đúng đơn vị");
    let log = served.done(&token, json!({"command": "deeds", "limit": 2})).await;
    assert_eq!(listed(&log["deeds"], "command"), ["turn_down", "approve"]);
    assert_eq!(log["deeds"][0]["about"], json!({"record": other, "change": other_change}));
}

#[tokio::test]
async fn an_erasure_is_asked_for_and_listed() {
    let served = Served::start().await;
    let administrator = served.device("Lê Hòa", "snv", "administrator").await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let token = served.token(&administrator).await;
    let record = officer.send("activity", WARD, activity("Ra quân")).await.record;
    let erase = json!({"command": "erase", "record": record, "reason": "theo yêu cầu của người liên quan"});
    let erased = served.done(&token, erase.clone()).await;
    assert_eq!((&erased["record"], &erased["related"]), (&json!(record), &json!([])));
    refused(served.get(&token, &format!("records/{record}")).await, 404, "not_found").await;
    let erasures = served.done(&token, json!({"command": "erasures"})).await;
    assert_eq!(listed(&erasures["erasures"], "record"), [record.to_string()]);
    // Once more changes nothing, and is no deed.
    served.done(&token, erase.clone()).await;
    let log = served.done(&token, json!({"command": "deeds", "limit": 10})).await;
    let erasures = listed(&log["deeds"], "command").into_iter().filter(|command| *command == "erase").count();
    assert_eq!(erasures, 1);
    assert_eq!(log["deeds"][0]["about"], json!({"record": record, "reason": erase["reason"]}));
}

#[test]
fn deeds_survive_a_restart_and_failures_leave_none() {
    let units = UnitTree::from_csv(
        include_str!("../../../campaigns/kh244/units.csv"),
        include_str!("../../../campaigns/kh244/successors.csv"),
    );
    let setup = Setup {
        campaign: include_str!("../../../campaigns/kh244/campaign.json"),
        units: &units.unwrap(),
        origin: "http://127.0.0.1:1",
        administrator: "Quản trị viên",
        unit: "snv".parse().unwrap(),
        role: "administrator".parse().unwrap(),
    };
    let store: Box<dyn Store> = Box::new(MemoryStore::new());
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    let (mut hub, _, member) = pollster::block_on(Hub::init(store, &setup, &mut moment)).unwrap();
    let membership =
        |role: &str| AdminCommand::Grant { member, unit: WARD.parse().unwrap(), role: role.parse().unwrap() };
    execute(&mut hub, membership("reporter")).unwrap();
    execute(&mut hub, AdminCommand::Rebuild).unwrap();
    execute(&mut hub, membership("no_such_role")).unwrap_err();
    execute(&mut hub, AdminCommand::Verify).unwrap();
    let before = execute(&mut hub, AdminCommand::Deeds { limit: 10 }).unwrap();
    assert_eq!(listed(&before["deeds"], "command"), ["rebuild", "grant"]);
    assert_eq!(before["deeds"][1]["about"], json!({"member": member, "unit": WARD, "role": "reporter"}));
    assert_eq!(before["deeds"][1]["member"], Value::Null);

    let mut hub = Hub::open(hub.into_store()).unwrap();
    assert_eq!(execute(&mut hub, AdminCommand::Deeds { limit: 10 }).unwrap(), before);
    execute(&mut hub, membership("volunteer")).unwrap();
    let after = execute(&mut hub, AdminCommand::Deeds { limit: 10 }).unwrap();
    assert_eq!(listed(&after["deeds"], "command"), ["grant", "rebuild", "grant"]);
    // Who asks what is held on them is told of it too.
    let held = execute(&mut hub, AdminCommand::Person { who: member.to_string() }).unwrap();
    assert_eq!(held["deeds"].as_array().unwrap().len(), 2);
    let problems = execute(&mut hub, AdminCommand::Verify).unwrap();
    assert_eq!(problems["problems"], json!([]));
}
