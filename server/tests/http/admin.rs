//! Administration over HTTP: who may do what, what lists hold, what the log of deeds tells.

use dongbo_core::{
    MemberId,
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
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    OTHER_WARD, WARD,
    served::{Device, Served, activity, answers, rand_seed, refused},
};

/// Whose device it is.
fn member(device: &Device) -> MemberId {
    device.replica.member().unwrap().id
}

fn listed<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

/// Refused for want of a duty or its reach.
async fn forbidden(served: &Served, token: &str, command: Value) -> String {
    let problem = refused(served.command(token, command).await, 403, "forbidden").await;
    problem["detail"].as_str().unwrap().to_owned()
}

/// A change of an officer whose membership has ended meanwhile: it waits for a decision.
async fn waiting(served: &Served, officer: &mut Device, form: &str, given: Value) -> (String, String) {
    let (unit, role) = (WARD.parse().unwrap(), "commune_officer".parse().unwrap());
    served.admin(AdminCommand::End { member: member(officer), unit, role }).await;
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms() + 1, &mut entropy);
    let (form, unit, meta) = (form.parse().unwrap(), WARD.parse().unwrap(), MetaEdit::default());
    let saved = officer.replica.create(&form, &unit, &answers(given), &meta, None, &mut moment).await.unwrap();
    officer.sync().await.unwrap();
    let pending = served.admin(AdminCommand::Approvals).await;
    let pending = pending["approvals"].as_array().unwrap().iter();
    let mine = pending.clone().find(|pending| pending["record"] == json!(saved.record)).unwrap();
    (saved.record.to_string(), mine["change"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_administrator_invites_and_the_link_joins() {
    let served = Served::start().await;
    let administrator = served.device("Lê Hòa", "snv", "administrator").await;
    let token = served.token(&administrator).await;
    let duties = served.json(&token, "duties").await;
    let carried: Vec<&str> = duties["duties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(carried, ["approvals", "devices", "erasure", "invitations", "resets"]);
    assert!(duties["duties"]["erasure"].as_array().unwrap().contains(&json!(OTHER_WARD)));
    assert!(!duties["duties"]["erasure"].as_array().unwrap().contains(&json!("77")), "a unit that has ended");
    let roles = listed(&duties["grants"], "role");
    assert!(roles.contains(&"administrator") && roles.contains(&"volunteer"), "{roles:?}");

    let new = json!(["Nguyễn Văn An", OTHER_WARD, "commune_officer"]);
    let invited = served.done(&token, json!({"command": "invite", "member": null, "new": new})).await;
    assert_eq!(invited["name"], "Nguyễn Văn An");
    let link = invited["link"].as_str().unwrap();
    let mut officer = Device::prepare(link, rand_seed()).await;
    officer.join().await.unwrap();
    officer.sync().await.unwrap();
    officer.send("activity", OTHER_WARD, activity("Ra quân")).await;
    let members = served.done(&token, json!({"command": "members"})).await;
    assert!(listed(&members["members"], "name").contains(&"Nguyễn Văn An"));

    // One more device for somebody who is there.
    let again = served.done(&token, json!({"command": "invite", "member": invited["member"], "new": null})).await;
    Device::prepare(again["link"].as_str().unwrap(), rand_seed()).await.join().await.unwrap();

    let log = served.done(&token, json!({"command": "deeds", "limit": 2})).await;
    assert_eq!(listed(&log["deeds"], "command"), ["invite", "invite"]);
    let (latest, first) = (&log["deeds"][0], &log["deeds"][1]);
    assert_eq!(latest["about"], json!({"member": invited["member"], "new": null}));
    assert_eq!(first["about"], json!({"member": null, "new": new}));
    assert_eq!((&first["name"], &first["member"]), (&json!("Lê Hòa"), &json!(member(&administrator))));
    assert_eq!(first["device"], json!(administrator.replica.device()));
    let code = link.rsplit_once("code=").unwrap().1.split('&').next().unwrap();
    assert!(code.len() > 20 && !log.to_string().contains(code));
}

#[tokio::test]
async fn who_administers_a_unit_stays_inside_it() {
    let served = Served::start().await;
    let head = served.device("Lê Hòa", WARD, "district_aggregator").await;
    let officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let neighbour = served.device("Trần Văn Minh", OTHER_WARD, "commune_officer").await;
    let administrator = served.device("Phạm Thu", WARD, "administrator").await;
    let both = served.device("Võ Hai Nơi", WARD, "commune_officer").await;
    let (unit, role) = (OTHER_WARD.parse().unwrap(), "volunteer".parse().unwrap());
    served.admin(AdminCommand::Grant { member: member(&both), unit, role }).await;
    let token = served.token(&head).await;

    let duties = served.json(&token, "duties").await;
    assert_eq!(duties["duties"], json!({"invitations": [WARD], "devices": [WARD], "approvals": [WARD]}));
    let roles = listed(&duties["grants"], "role");
    assert_eq!(roles, ["commune_officer", "volunteer", "reporter", "district_aggregator", "head_office"]);
    assert!(duties["grants"].as_array().unwrap().iter().all(|grant| grant["units"] == json!([WARD])));

    let invite = |unit: &str, role: &str| json!({"command": "invite", "new": ["Người mới", unit, role]});
    served.done(&token, invite(WARD, "volunteer")).await;
    for (unit, role) in [
        (WARD, "provincial_lead"),
        (WARD, "home_affairs"),
        (WARD, "administrator"),
        (OTHER_WARD, "volunteer"),
        ("79", "commune_officer"),
        (WARD, "no_such_role"),
        ("no-such-unit", "volunteer"),
    ] {
        forbidden(&served, &token, invite(unit, role)).await;
    }
    // A device of theirs would have rights that are not the asker's to give; so would another role beside those.
    for other in [&neighbour, &administrator, &both] {
        let other = member(other);
        forbidden(&served, &token, json!({"command": "invite", "member": other})).await;
        for command in ["grant", "end"] {
            let role = json!({"command": command, "member": other, "unit": WARD, "role": "commune_officer"});
            forbidden(&served, &token, role).await;
        }
    }
    for other in [&neighbour, &administrator, &both] {
        let device = other.replica.device();
        forbidden(&served, &token, json!({"command": "revoke", "device": device, "lost": true, "wipe": true})).await;
    }
    for command in [
        json!({"command": "erasures"}),
        json!({"command": "access_log", "limit": 10}),
        json!({"command": "personal_data_due"}),
        json!({"command": "erase", "record": "00000000-0000-8000-8000-000000000000", "reason": "theo yêu cầu"}),
        json!({"command": "reset", "root": "0".repeat(64), "device": officer.replica.device(), "sealed": ""}),
    ] {
        forbidden(&served, &token, command).await;
    }

    let members = served.done(&token, json!({"command": "members"})).await;
    let names = listed(&members["members"], "name");
    assert!(names.contains(&"Võ Hai Nơi") && names.contains(&"Người mới"), "{names:?}");
    assert!(!names.contains(&"Trần Văn Minh") && !names.contains(&"Quản trị viên"), "{names:?}");
    assert!(!members.to_string().contains(OTHER_WARD), "memberships elsewhere are not shown");
    let devices = served.done(&token, json!({"command": "devices"})).await;
    let people = listed(&devices["devices"], "person");
    assert!(people.contains(&"Nguyễn Thị Lan") && !people.contains(&"Trần Văn Minh"), "{people:?}");

    let own = json!({"command": "end", "member": member(&head), "unit": WARD, "role": "district_aggregator"});
    assert!(forbidden(&served, &token, own).await.contains("another administrator"));
    let own = json!({"command": "revoke", "device": head.replica.device(), "lost": false, "wipe": false});
    assert!(forbidden(&served, &token, own).await.contains("another one"));

    let grant = json!({"command": "grant", "member": member(&officer), "unit": WARD, "role": "reporter"});
    served.done(&token, grant).await;
    let end = json!({"command": "end", "member": member(&officer), "unit": WARD, "role": "commune_officer"});
    served.done(&token, end).await;
    let device = officer.replica.device();
    let revoked = json!({"command": "revoke", "device": device, "lost": true, "wipe": false});
    assert_eq!(served.done(&token, revoked).await["revoked"], "lost");

    // Neither what was refused, nor what the shell did elsewhere or for the campaign as a whole.
    served.admin(AdminCommand::Rebuild).await;
    let log = served.done(&token, json!({"command": "deeds", "limit": 1_000_000})).await;
    let told = listed(&log["deeds"], "command");
    assert_eq!(told[..4], ["revoke", "end", "grant", "invite"]);
    assert!(told[4..].iter().all(|command| *command == "invite"), "{told:?}");
    assert!(!log.to_string().contains(OTHER_WARD));
    assert_eq!(log["deeds"][4]["member"], Value::Null, "invited at the shell");
}

#[tokio::test]
async fn who_has_no_duty_administers_nothing() {
    let served = Served::start().await;
    let volunteer = served.device("Nguyễn Thị Lan", WARD, "volunteer").await;
    let revoked = served.device("Phạm Thu", "snv", "administrator").await;
    let (token, of_revoked) = (served.token(&volunteer).await, served.token(&revoked).await);
    served.done(&of_revoked, json!({"command": "members"})).await;
    served.admin(AdminCommand::Revoke { device: revoked.replica.device(), lost: true, wipe: false }).await;
    let (who, device) = (member(&volunteer), volunteer.replica.device());
    let (record, change) = ("00000000-0000-8000-8000-000000000000", "0".repeat(64));
    for token in [&token, &of_revoked] {
        assert_eq!(served.json(token, "duties").await, json!({"duties": {}, "grants": []}));
        for command in [
            json!({"command": "members"}),
            json!({"command": "devices"}),
            json!({"command": "approvals"}),
            json!({"command": "erasures"}),
            json!({"command": "access_log", "limit": 1}),
            json!({"command": "personal_data_due"}),
            json!({"command": "deeds", "limit": 1}),
            json!({"command": "invite", "new": ["Tôi", WARD, "volunteer"]}),
            json!({"command": "invite", "member": who}),
            json!({"command": "grant", "member": who, "unit": WARD, "role": "administrator"}),
            json!({"command": "end", "member": who, "unit": WARD, "role": "volunteer"}),
            json!({"command": "revoke", "device": revoked.replica.device(), "lost": true, "wipe": true}),
            json!({"command": "approve", "record": record, "change": change}),
            json!({"command": "turn_down", "record": record, "change": change, "reason": "sai"}),
            json!({"command": "erase", "record": record, "reason": "theo yêu cầu"}),
            json!({"command": "reset", "root": "0".repeat(64), "device": device, "sealed": ""}),
        ] {
            forbidden(&served, token, command).await;
        }
    }
}

#[tokio::test]
async fn what_only_the_shell_does_says_so() {
    let served = Served::start().await;
    let administrator = served.device("Lê Hòa", "snv", "administrator").await;
    let token = served.token(&administrator).await;
    for command in [
        json!({"command": "publish", "campaign": "{}", "units": null, "force": null, "check_only": true}),
        json!({"command": "keys"}),
        json!({"command": "renew_key", "seed": [0; 32].to_vec(), "statement": ""}),
        json!({"command": "name_recovery_key", "statement": ""}),
        json!({"command": "restored"}),
        json!({"command": "rebuild"}),
        json!({"command": "verify"}),
        json!({"command": "import_bundle", "bundle": ""}),
        json!({"command": "person", "who": "Lan"}),
    ] {
        assert!(forbidden(&served, &token, command).await.contains("only at the shell"));
    }
    for command in [
        json!({"command": "campaign"}),
        json!({"command": "units", "at_ms": null}),
        json!({"command": "records", "limit": 1}),
        json!({"command": "history", "record": "00000000-0000-8000-8000-000000000000"}),
        json!({"command": "rollup"}),
        json!({"command": "plan", "ask": "deadlines"}),
    ] {
        assert!(forbidden(&served, &token, command).await.contains("docs/api.md"));
    }
}

#[tokio::test]
async fn what_is_no_command_changes_nothing() {
    let served = Served::start().await;
    let administrator = served.device("Lê Hòa", "snv", "administrator").await;
    let token = served.token(&administrator).await;
    let before = served.done(&token, json!({"command": "deeds", "limit": 10})).await;
    let post = |kind: &'static str, body: String| {
        served.request(Method::POST, "admin").header("content-type", kind).bearer_auth(&token).body(body).send()
    };
    let members = json!({"command": "members"}).to_string();
    refused(post("text/plain", members.clone()).await.unwrap(), 415, "unsupported_media_type").await;
    assert!(post("application/json; charset=utf-8", members.clone()).await.unwrap().status().is_success());
    for nonsense in ["", "xin chào", "[]", "{\"command\":", r#"{"command":"fly"}"#, r#"{"command":"grant"}"#, "\u{0}"]
    {
        refused(post("application/json", nonsense.into()).await.unwrap(), 400, "invalid").await;
    }
    refused(post("application/json", " ".repeat(70 << 10)).await.unwrap(), 413, "too_large").await;
    refused(served.get(&token, "admin").await, 405, "method_not_allowed").await;
    refused(served.request(Method::POST, "admin").body(members).send().await.unwrap(), 401, "unauthorised").await;
    refused(served.request(Method::GET, "duties").send().await.unwrap(), 401, "unauthorised").await;

    let who = member(&administrator);
    let nobody = "00000000-0000-4000-8000-000000000000";
    let new = |name: &str| json!({"command": "invite", "new": [name, WARD, "volunteer"]});
    for (command, status, code) in [
        (json!({"command": "invite"}), 400, "invalid"),
        (json!({"command": "invite", "member": who, "new": ["Lan", WARD, "volunteer"]}), 400, "invalid"),
        (new("  "), 400, "invalid"),
        (new(&"ă".repeat(201)), 400, "invalid"),
        (json!({"command": "invite", "member": nobody}), 404, "not_found"),
        (json!({"command": "end", "member": who, "unit": WARD, "role": "volunteer"}), 404, "not_found"),
        (json!({"command": "revoke", "device": "0".repeat(32), "lost": true, "wipe": true}), 404, "not_found"),
        (json!({"command": "approve", "record": nobody, "change": "0".repeat(64)}), 404, "not_found"),
        (json!({"command": "erase", "record": nobody, "reason": "theo yêu cầu"}), 404, "not_found"),
    ] {
        let response = served.command(&token, command.clone()).await;
        assert_eq!(response.status().as_u16(), status, "{command}");
        refused(response, status, code).await;
    }
    assert_eq!(served.done(&token, json!({"command": "deeds", "limit": 10})).await, before);
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
    let training = json!({"title": "Tập huấn", "trainer": "Cô Mai"});
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
    let made = Hub::init(store, &setup, &mut Moment::new(now_ms(), &mut SystemEntropy));
    let (mut hub, _, member) = pollster::block_on(made).unwrap();
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
