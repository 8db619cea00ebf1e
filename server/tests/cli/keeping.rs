//! Erasure, new editions, new keys, and several campaigns, with the binary as people run it.

use std::fs;

use serde_json::{Value, json};

use super::{
    binary::{Bench, Served, keys, told},
    joined, saved, session,
};

const UNITS: &str = "id,code,name,name_en,level,parent,valid_from,valid_to\n\
                     tinh,77,Tỉnh,,province,,,\nxa-a,1,Xã A,,commune,tinh,,\nxa-b,2,Xã B,,commune,tinh,,\n";
const SUCCESSORS: &str = "old_id,new_id,effective_on,relation,legal_basis\n";

fn said(text: &str) -> Value {
    json!({"vi": text, "en": text})
}

/// A small campaign by docs/campaign-format.md.
fn small(version: u64, forms: &[&str]) -> Value {
    let form = |id: &&str| {
        json!({"id": id, "title": said(id), "fields": [
            {"id": "name", "kind": "text", "label": said("Họ tên"), "personal": true},
            {"id": "people", "kind": "integer", "label": said("Số người")},
        ]})
    };
    json!({
        "format": 1, "id": "clean-water", "version": version, "name": said("Nước sạch"), "source": said("Kế hoạch 1"),
        "time_zone": "Asia/Ho_Chi_Minh",
        "forms": forms.iter().map(form).collect::<Vec<_>>(),
        "roles": [
            {"id": "officer", "label": said("Công chức"), "reach": {"*": {"read": "own", "create": "own", "edit": "own"}}},
            {"id": "administrator", "label": said("Quản trị"), "reach": {"*": {"read": "campaign"}}},
        ],
        "measures": [{"id": "visits", "form": "visit", "label": said("Số lượt"), "kind": "count"}],
        "extensions": {"personal_data": {"retention_days": 30}},
    })
}

/// Writes the campaign into a directory; returns the directory.
fn written(bench: &Bench, campaign: &Value) -> String {
    let directory = bench.path("small");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("campaign.json"), campaign.to_string()).unwrap();
    fs::write(directory.join("units.csv"), UNITS).unwrap();
    fs::write(directory.join("successors.csv"), SUCCESSORS).unwrap();
    bench.at("small")
}

/// The token of a new session of a device.
fn token(bench: &Bench, device: &str, campaign: &str) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(session(bench, device, campaign))
}

/// Status and JSON of a page.
fn get(bench: &Bench, path: &str, token: &str) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = dongbo_tests::http::client().build().unwrap();
        let at = format!("http://127.0.0.1:{}{path}", bench.port);
        let answer = client.get(at).bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    })
}

/// A hub with the small campaign only.
fn small_hub(bench: &Bench) -> String {
    let directory = written(bench, &small(1, &["visit", "other"]));
    let origin = format!("http://127.0.0.1:{}", bench.port);
    bench.json(&["init", "--campaign", &directory, "--origin", &origin]);
    directory
}

#[test]
fn an_erasure_on_a_stopped_hub_is_done_at_once_and_on_a_served_one_at_the_next_start() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    let (first, second) = (saved(&bench, "lan"), saved(&bench, "lan"));
    bench.device("lan", &["sync"]);
    let erased = bench.json(&["erase", &first, "--reason", "theo yêu cầu"]);
    assert_eq!(keys(&erased), ["at_ms", "noted_ms", "reason", "record", "related", "state"]);
    assert_eq!(erased["state"], "noted");
    let empty = bench.run(&["erase", "--data", &bench.data(), &second, "--reason", " "]);
    assert!(told(&empty).contains("nothing was erased"), "{}", told(&empty));
    assert_eq!(bench.json(&["records"])["records"].as_array().unwrap().len(), 1);
    served.stop();
    let served = Served::start(&bench);
    assert_eq!(bench.json(&["erasures"])["erasures"][0]["state"], "rewritten");
    bench.device("lan", &["sync"]);
    assert_eq!(bench.device("lan", &["list"])["records"].as_array().unwrap().len(), 1);
    served.stop();
    assert_eq!(bench.json(&["erase", &second, "--reason", "theo yêu cầu"])["state"], "rewritten");
    let text = bench.run(&["erase", "--data", &bench.data(), &second, "--reason", "theo yêu cầu"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("Đã xóa"));
    assert_eq!(bench.json(&["records"])["records"], json!([]));
    assert_eq!(bench.json(&["verify"])["problems"], json!([]));
    let unknown =
        bench.run(&["erase", "--data", &bench.data(), "018f0000-0000-8000-8000-000000000000", "--reason", "x"]);
    assert!(told(&unknown).contains("nothing was erased"), "{}", told(&unknown));
    assert!(bench.device("lan", &["compact"])["bytes"].as_u64().unwrap() > 0);
    assert!(bench.path("hub/erasures").exists());
}

#[test]
fn one_hub_serves_two_campaigns_and_neither_sees_the_other() {
    let bench = Bench::new();
    bench.init();
    let directory = written(&bench, &small(1, &["visit"]));
    let origin = format!("http://127.0.0.1:{}", bench.port);
    let data = bench.data();
    bench.json(&["init", "--campaign", &directory, "--origin", &origin]);
    let again = bench.run(&["init", "--data", &data, "--campaign", &directory]);
    assert!(told(&again).contains("already holds something"), "{}", told(&again));
    let unsaid = bench.run(&["members", "--data", &data]);
    assert_eq!(unsaid.status.code(), Some(1));
    assert!(told(&unsaid).contains("--campaign: kh244, clean-water"), "{}", told(&unsaid));
    let unknown = bench.run(&["members", "--data", &data, "--campaign", "kh245"]);
    assert!(told(&unknown).contains("there is no campaign kh245"), "{}", told(&unknown));

    let served = Served::start(&bench);
    let invited = bench.json(&[
        "invite",
        "--campaign",
        "kh244",
        "--name",
        "Lan",
        "--unit",
        "26506-20250701",
        "--role",
        "commune_officer",
    ]);
    bench.device("lan", &["join", invited["link"].as_str().unwrap()]);
    let invited =
        bench.json(&["invite", "--campaign", "clean-water", "--name", "Minh", "--unit", "xa-a", "--role", "officer"]);
    assert_eq!(bench.device("minh", &["join", invited["link"].as_str().unwrap()])["campaign"], "clean-water");
    let activity = saved(&bench, "lan");
    let visit = bench.device("minh", &["new", "visit", "--set", "name=Bà Đỗ Thị Hường", "--set", "people=4"]);
    for device in ["lan", "minh"] {
        bench.device(device, &["sync"]);
        assert_eq!(bench.device(device, &["status"])["outbox"], 0);
    }
    let records = |campaign: &str| bench.json(&["records", "--campaign", campaign])["records"].clone();
    let of = |rows: Value| rows.as_array().unwrap().iter().map(|row| row["record"].clone()).collect::<Vec<_>>();
    assert_eq!(of(records("kh244")), [json!(activity)]);
    assert_eq!(of(records("clean-water")), [visit["record"].clone()]);
    let cells = bench.json(&["rollup", "--campaign", "clean-water"])["cells"].clone();
    assert_eq!(cells.as_array().unwrap().len(), 1);
    assert_eq!(bench.json(&["members", "--campaign", "clean-water"])["members"].as_array().unwrap().len(), 2);

    let tokens = [token(&bench, "lan", "kh244"), token(&bench, "minh", "clean-water")];
    let status = |campaign: &str, token: &str| get(&bench, &format!("/api/v1/c/{campaign}/records"), token).0;
    assert_eq!((status("kh244", &tokens[0]), status("clean-water", &tokens[1])), (200, 200));
    assert_eq!((status("clean-water", &tokens[0]), status("kh244", &tokens[1])), (401, 401));
    assert_eq!(status("kh245", &tokens[0]), 404);
    let (_, ready) = get(&bench, "/readyz", "");
    assert_eq!(keys(&ready["campaigns"]), ["clean-water", "kh244"]);

    // What was read is in that campaign's log, fields and no values.
    let log = bench.json(&["access-log", "--campaign", "clean-water", "--record", visit["record"].as_str().unwrap()]);
    assert_eq!(log["accesses"][0]["read"], json!([{"record": visit["record"], "fields": ["name"]}]));
    assert_eq!(log["accesses"][0]["name"], "Minh");
    assert!(!log.to_string().contains("Hường"));
    assert_eq!(bench.json(&["access-log", "--campaign", "kh244"])["accesses"], json!([]));
    served.stop();

    // One that cannot be read does not keep the other from being served.
    fs::write(bench.path("hub/campaigns/clean-water/erasures"), "damaged\n").unwrap();
    let served = Served::start(&bench);
    assert_eq!(get(&bench, "/api/v1/c/kh244/records", &tokens[0]).0, 200);
    assert_eq!(get(&bench, "/api/v1/c/clean-water/records", &tokens[1]).0, 404);
    served.stop();
}

#[test]
fn a_person_is_found_without_accents_and_what_is_held_is_exported() {
    let bench = Bench::new();
    small_hub(&bench);
    let served = Served::start(&bench);
    let invited = bench.json(&["invite", "--name", "Trần Văn Minh", "--unit", "xa-a", "--role", "officer"]);
    let member = invited["member"].as_str().unwrap().to_owned();
    bench.device("minh", &["join", invited["link"].as_str().unwrap()]);
    let visit = bench.device("minh", &["new", "visit", "--set", "name=Bà Đỗ Thị Hường"]);
    let other = bench.device("minh", &["new", "visit", "--set", "name=Ông Đặng Hiền"]);
    let other = other["record"].as_str().unwrap();
    bench.device("minh", &["edit", other, "--set", "name=Ông Lê Hiền"]);
    bench.device("minh", &["sync"]);
    get(&bench, &format!("/api/v1/c/clean-water/records/{other}"), &token(&bench, "minh", "clean-water"));

    let found = bench.json(&["person", "do thi huong"]);
    assert_eq!(found["records"][0]["record"], visit["record"]);
    assert_eq!(found["records"][0]["found_in"], json!(["name"]));
    let earlier = bench.json(&["person", "dang hien"]);
    assert_eq!((&earlier["records"], &earlier["earlier_values"][0]["record"]), (&json!([]), &json!(other)));
    assert_eq!(bench.json(&["person", "tran van"])["members"][0]["member"], json!(member));

    let file = bench.at("minh.json");
    let done = bench.run(&["person", "--data", &bench.data(), &member, "--out", &file]);
    assert!(done.status.success(), "{}", told(&done));
    let export: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(export["name"], "Trần Văn Minh");
    assert_eq!(export["changes"].as_array().unwrap().len(), 3);
    assert_eq!(keys(&export["changes"][0]), ["change", "received_ms", "record", "sequence", "time_ms"]);
    assert_eq!(export["devices"].as_array().unwrap().len(), 1);
    assert_eq!(export["access_log"]["by"][0]["read"][other], json!(["name"]));
    assert_eq!(export["invitations"].as_array().unwrap().len(), 1);

    let due = bench.json(&["personal-data", "due"]);
    assert_eq!(due, json!({"retention_days": 30, "due": []}));
    served.stop();
}

#[test]
fn a_new_edition_is_checked_shown_and_published() {
    let bench = Bench::new();
    let directory = small_hub(&bench);
    let served = Served::start(&bench);
    let invited = bench.json(&["invite", "--name", "Minh", "--unit", "xa-a", "--role", "officer"]);
    bench.device("minh", &["join", invited["link"].as_str().unwrap()]);
    bench.device("minh", &["new", "other", "--set", "name=Lan"]);
    bench.device("minh", &["sync"]);
    let file = format!("{directory}/campaign.json");
    let data = bench.data();
    let publish = |more: &[&str]| {
        bench.run(&[&["campaign", "--data", &data, "--json", "publish", "--campaign-file", &file], more].concat())
    };
    assert!(told(&publish(&[])).contains("raise \"version\" above 1"));
    fs::write(&file, small(2, &["visit", "other"]).to_string().replace("\"integer\"", "\"number\"")).unwrap();
    let wrong = told(&publish(&[]));
    assert!(wrong.contains(&format!("{file}:1:")) && wrong.contains("Nothing was published"), "{wrong}");
    fs::write(&file, small(2, &["visit", "plan"]).to_string()).unwrap();
    assert!(told(&publish(&[])).contains("form other (1)"));
    let checked: Value = serde_json::from_slice(&publish(&["--check"]).stdout).unwrap();
    assert_eq!(checked["orphaned"], json!({"form other": 1}));
    assert_eq!(checked["added"], json!(["field plan/name", "field plan/people", "form plan"]));
    let forced: Value = serde_json::from_slice(&publish(&["--force", "--reason", "Biểu mẫu thử"]).stdout).unwrap();
    assert_eq!(
        (&forced["edition"], &forced["edition_before"], &forced["catalogue"]),
        (&json!(2), &json!(1), &json!(2))
    );
    let shown = bench.json(&["campaign"]);
    assert_eq!((&shown["edition"], &shown["forced"][0]["reason"]), (&json!(2), &json!("Biểu mẫu thử")));
    fs::write(&file, small(3, &["visit", "plan", "other"]).to_string()).unwrap();
    let units = bench.at("units-3.csv");
    fs::write(&units, format!("{UNITS}xa-c,3,Xã C,,commune,tinh,,\n")).unwrap();
    let successors = format!("{directory}/successors.csv");
    let third = publish(&["--units", &units, "--successors", &successors]);
    assert!(String::from_utf8_lossy(&third.stdout).contains("unit xa-c"), "{}", told(&third));
    bench.device("minh", &["sync"]);
    bench.device("minh", &["new", "plan", "--set", "name=Lan"]);
    bench.device("minh", &["sync"]);
    assert_eq!(bench.json(&["records"])["records"].as_array().unwrap().len(), 2);
    assert_eq!(bench.json(&["verify"])["problems"], json!([]));
    served.stop();
}

#[test]
fn a_new_issuing_key_signs_and_old_devices_go_on() {
    let bench = Bench::new();
    small_hub(&bench);
    let served = Served::start(&bench);
    let join = |name: &str| {
        let invited = bench.json(&["invite", "--name", name, "--unit", "xa-a", "--role", "officer"]);
        bench.device(name, &["join", invited["link"].as_str().unwrap()]);
    };
    join("lan");
    fs::rename(bench.path("hub/root.key"), bench.path("away.key")).unwrap();
    let missing = bench.run(&["keys", "--data", &bench.data(), "renew"]);
    assert!(told(&missing).contains("--root-key"), "{}", told(&missing));
    fs::write(bench.path("other.key"), "11".repeat(32)).unwrap();
    let other = bench.run(&["keys", "--data", &bench.data(), "renew", "--root-key", &bench.at("other.key")]);
    assert_eq!(other.status.code(), Some(1));
    let renewed = bench.json(&["keys", "renew", "--root-key", &bench.at("away.key")]);
    let in_use =
        |keys: &Value| keys["keys"].as_array().unwrap().iter().map(|key| key["in_use"].clone()).collect::<Vec<_>>();
    assert_eq!(in_use(&renewed), [json!(false), json!(true)]);
    join("minh");
    for device in ["lan", "minh"] {
        bench.device(device, &["new", "visit", "--set", "name=Hoa"]);
        bench.device(device, &["sync"]);
    }
    served.stop();
    assert_eq!(in_use(&bench.json(&["keys"])), [json!(false), json!(true)]);
    assert_eq!(bench.json(&["records"])["records"].as_array().unwrap().len(), 2);
    assert_eq!(bench.json(&["verify"])["problems"], json!([]));
}
