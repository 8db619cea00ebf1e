//! Administration over HTTP: who may do what, and what lists hold.

use dongbo_core::MemberId;
use dongbo_server::admin::AdminCommand;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    OTHER_WARD, WARD,
    served::{Device, Served, activity, rand_seed, refused},
};

/// Whose device it is.
pub(crate) fn member(device: &Device) -> MemberId {
    device.replica.member().unwrap().id
}

pub(crate) fn listed<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

/// Refused for want of a duty or its reach.
pub(crate) async fn forbidden(served: &Served, token: &str, command: Value) -> String {
    let problem = refused(served.command(token, command).await, 403, "forbidden").await;
    problem["detail"].as_str().unwrap().to_owned()
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
        json!({"command": "reset", "root": "0".repeat(32), "device": officer.replica.device(), "sealed": ""}),
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
            json!({"command": "reset", "root": "0".repeat(32), "device": device, "sealed": ""}),
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
        json!({"command": "renew_key", "seed": vec![0; 32], "statement": ""}),
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
