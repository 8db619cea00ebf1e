//! The hub behind its real router, over HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

#[path = "http/admin.rs"]
mod admin;
#[path = "http/bodies.rs"]
mod bodies;
#[path = "http/deeds.rs"]
mod deeds;
#[path = "http/lent.rs"]
mod lent;
#[path = "http/plan.rs"]
mod plan;
#[path = "http/raw.rs"]
mod raw;
#[path = "http/records.rs"]
mod records;
#[path = "http/reviews.rs"]
mod reviews;
#[path = "http/served.rs"]
mod served;
#[path = "http/sizes.rs"]
mod sizes;
#[path = "http/slow.rs"]
mod slow;
#[path = "http/web.rs"]
mod web;

use std::io::{Read as _, Write as _};

use automerge::ReadDoc as _;
use dongbo_core::{outside::Moment, transport::TransportError};
use dongbo_server::{
    admin::AdminCommand,
    outside::{SystemEntropy, now_ms},
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use served::{Device, Served, activity, rand_seed, refused};

/// Two communes and two agencies that are in force today.
const WARD: &str = "26506-20250701";
const OTHER_WARD: &str = "26526-20250701";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The code a hub refused a join or sync with.
fn code<T: std::fmt::Debug>(outcome: Result<T, TransportError>) -> String {
    outcome.unwrap_err().code().to_owned()
}

#[tokio::test]
async fn what_one_device_sends_another_receives() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut colleague = served.device("Trần Văn Minh", WARD, "commune_officer").await;
    let saved = officer.send("activity", WARD, activity("Ra quân Tổ công nghệ số")).await;
    assert_eq!(colleague.sync().await.unwrap().received, 1);
    let view = colleague.replica.view(saved.record).unwrap();
    assert_eq!(view.row.answers["title"], "Ra quân Tổ công nghệ số");
    assert_eq!(view.row.issues, []);
}

#[tokio::test]
async fn bodies_that_are_no_requests_are_refused_and_the_hub_stays_up() {
    let served = Served::start().await;
    let post =
        |kind: &str, body: Vec<u8>| served.request(Method::POST, "devices").header("content-type", kind).body(body);
    let cbor = |body: Vec<u8>| post("application/cbor", body);
    refused(post("application/json", b"{}".to_vec()).send().await.unwrap(), 415, "unsupported_media_type").await;
    refused(cbor(b"xin chao".to_vec()).send().await.unwrap(), 400, "malformed").await;
    let gzipped = |body| cbor(body).header("content-encoding", "gzip");
    refused(gzipped(b"not gzip at all".to_vec()).send().await.unwrap(), 400, "malformed").await;
    let cut = &gzip(&[7; 10_000])[..20];
    refused(gzipped(cut.to_vec()).send().await.unwrap(), 400, "malformed").await;
    let brotli = cbor(b"x".to_vec()).header("content-encoding", "br");
    refused(brotli.send().await.unwrap(), 415, "unsupported_media_type").await;
    served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
}

#[tokio::test]
async fn only_a_session_of_this_campaign_is_let_in() {
    let served = Served::start().await;
    let device = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let token = served.token(&device).await;
    for call in ["campaign", "units", "records", "rollups", "live"] {
        refused(served.request(Method::GET, call).send().await.unwrap(), 401, "unauthorised").await;
        refused(served.get("bm9uc2Vuc2U", call).await, 401, "unauthorised").await;
        let elsewhere = format!("{}/api/v1/c/kh999/{call}", served.origin);
        let response = served.client.get(elsewhere).bearer_auth(&token).send().await.unwrap();
        refused(response, 404, "not_found").await;
    }
    assert_eq!(served.json(&token, "campaign").await["id"], "kh244");
    assert!(served.json(&token, "units").await["units"].as_array().unwrap().len() > 100);
    refused(served.get(&token, "nowhere").await, 404, "not_found").await;
    refused(served.get(&token, "sync").await, 405, "method_not_allowed").await;
    refused(served.get(&token, "records?limit=many").await, 400, "invalid").await;
    refused(served.get(&token, "records?colour=red").await, 400, "invalid").await;
    refused(served.get(&token, "records/%ff").await, 404, "not_found").await;
}

#[tokio::test]
async fn an_invitation_is_good_once_for_a_week_at_its_own_hub() {
    let (served, other) = (Served::start().await, Served::start().await);
    let link = served.invite("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut first = Device::prepare(&link, [1; 32]).await;
    first.join().await.unwrap();
    // The answer was lost: the same device, from what it had on disk, asks again.
    let mut again = Device::prepare(&link, [1; 32]).await;
    again.join().await.unwrap();
    again.sync().await.unwrap();
    assert_eq!(again.replica.device(), first.replica.device());
    assert_eq!(code(Device::prepare(&link, [2; 32]).await.join().await), "used_invite");
    assert_eq!(served.admin(AdminCommand::Devices).await["devices"].as_array().unwrap().len(), 1);

    let expired = served.hub.run(|hub| {
        let member = hub.trust().members().next().unwrap().id;
        let week_ago_ms = now_ms() - dongbo_core::limits::INVITE_VALID_MS - 1;
        pollster::block_on(hub.invite(member, &mut Moment::new(week_ago_ms, &mut SystemEntropy)))
    });
    let expired = expired.await.unwrap().unwrap().link();
    assert_eq!(code(Device::prepare(&expired, rand_seed()).await.join().await), "expired_invite");

    let unused = served.invite("Trần Văn Minh", WARD, "commune_officer").await;

    let invented = unused.replace("code=", "code=x");
    assert_eq!(code(Device::prepare(&invented, rand_seed()).await.join().await), "unknown_invite");

    // An invitation of one hub taken to another: its proof is for another root.
    let (here, there) = (port(&served.origin), port(&other.origin));
    let misled = unused.replace(here, there);
    assert_eq!(code(Device::prepare(&misled, rand_seed()).await.join().await), "bad_proof");
}

fn port(origin: &str) -> &str {
    origin.rsplit(':').next().unwrap()
}

#[tokio::test]
async fn records_outside_the_scope_are_as_if_they_did_not_exist() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut neighbour = served.device("Trần Văn Minh", OTHER_WARD, "commune_officer").await;
    let own = officer.send("activity", WARD, activity("Ra quân ở phường")).await.record;
    let foreign = neighbour.send("activity", OTHER_WARD, activity("Ra quân nơi khác")).await.record;
    let token = served.token(&officer).await;

    let page = served.json(&token, "records").await;
    let listed: Vec<&str> = page["records"].as_array().unwrap().iter().map(|r| r["record"].as_str().unwrap()).collect();
    assert_eq!(listed, [own.to_string()]);
    let detail = served.json(&token, &format!("records/{own}")).await;
    assert_eq!(detail["answers"]["title"], "Ra quân ở phường");
    assert_eq!(detail["people"][officer.replica.device().to_string()], "Nguyễn Thị Lan");
    assert_eq!(detail["history"].as_array().unwrap().len(), 1);
    let unknown = "00000000-0000-8000-8000-000000000000";
    for hidden in [foreign.to_string(), unknown.into(), "no-id".into()] {
        refused(served.get(&token, &format!("records/{hidden}")).await, 404, "not_found").await;
        refused(served.get(&token, &format!("records/{hidden}/automerge")).await, 404, "not_found").await;
    }
    assert_eq!(served.json(&token, &format!("records?unit={OTHER_WARD}")).await["records"], json!([]));

    // A revoked device reads nothing, even with a session from before.
    let device = officer.replica.device();
    served.admin(AdminCommand::Revoke { device, lost: true, wipe: false }).await;
    assert_eq!(served.json(&token, "records").await["records"], json!([]));
    refused(served.get(&token, &format!("records/{own}")).await, 404, "not_found").await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut sent = Vec::new();
    for number in 0..5 {
        sent.push(officer.send("activity", WARD, activity(&format!("Hoạt động {number}"))).await.record.to_string());
    }
    sent.sort();
    let token = served.token(&officer).await;
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = served.json(&token, &format!("records?form=activity&limit=2{after}")).await;
        let records = page["records"].as_array().unwrap();
        assert!(records.len() <= 2);
        listed.extend(records.iter().map(|record| record["record"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(listed, sent);
}

#[tokio::test]
async fn rollups_say_who_has_not_been_heard_from() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let token = served.token(&officer).await;
    let before = served.json(&token, "rollups?measure=activities").await;
    assert_eq!(before["not_heard_from"][0]["unit"], WARD);
    assert_eq!(before["complete_as_of_ms"], Value::Null);
    officer.send("activity", WARD, activity("Ra quân ở phường")).await;

    let after = served.json(&token, "rollups?measure=activities").await;
    assert_eq!(after["not_heard_from"], json!([]));
    assert_eq!(after["heard_from"][0]["unit"], WARD);
    assert_eq!(after["complete_as_of_ms"], after["heard_from"][0]["received_ms"]);
    assert!(after["complete_as_of_ms"].as_i64().unwrap() <= now_ms());
    assert!(after["sequence"].as_u64().unwrap() > before["sequence"].as_u64().unwrap());
    let cells = after["cells"].as_array().unwrap();
    assert!(!cells.is_empty());
    assert!(cells.iter().all(|cell| cell["unit"] == WARD && cell["month"] == "2023-03"), "{cells:?}");
    assert_eq!(served.json(&token, "rollups?measure=activities&from=2023-04").await["cells"], json!([]));
    assert_eq!(served.json(&token, "rollups?measure=activities&to=2023-03").await["cells"], after["cells"]);

    // Somebody who reads everything sees that the other units are silent.
    let lead = served.device("Lê Hòa", "snv", "home_affairs").await;
    let whole = served.json(&served.token(&lead).await, "rollups").await;
    assert_eq!(whole["complete_as_of_ms"], Value::Null);
    let silent: Vec<&Value> = whole["not_heard_from"].as_array().unwrap().iter().map(|unit| &unit["unit"]).collect();
    assert!(silent.contains(&&json!(OTHER_WARD)) && !silent.contains(&&json!(WARD)));
}

#[tokio::test]
async fn a_record_is_a_plain_automerge_file() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let record = officer.send("activity", WARD, activity("Ra quân ở phường")).await.record;
    let token = served.token(&officer).await;
    let response = served.get(&token, &format!("records/{record}/automerge")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/vnd.automerge");
    let file = response.bytes().await.unwrap();
    assert_eq!(file[..4], [0x85, 0x6f, 0x4a, 0x83]);
    let document = automerge::AutoCommit::load(&file).unwrap();
    assert!(json!(automerge::AutoSerde::from(&document)).to_string().contains("Ra quân ở phường"));
    assert!(document.keys(automerge::ROOT).count() > 0);
}

#[tokio::test]
async fn a_review_shows_that_its_subject_has_changed_since() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut reviewer = served.device("Lê Hòa", "snv", "home_affairs").await;
    let record = officer.send("activity", WARD, activity("Ra quân ở phường")).await.record;
    reviewer.sync().await.unwrap();
    let heads: Vec<String> = reviewer.replica.view(record).unwrap().row.heads.iter().map(ToString::to_string).collect();
    let verdict =
        json!({"activity": record, "subject_heads": heads.join(" "), "comment": "Đạt", "reviewed_on": "2023-03-12"});
    let review = reviewer.send("review", WARD, verdict).await.record;
    let token = served.token(&reviewer).await;
    let detail = served.json(&token, &format!("records/{review}")).await;
    assert_eq!(detail["changed_since_review"], false);
    officer.change(record, json!({"title": "Ra quân, đã sửa"})).await;
    assert_eq!(served.json(&token, &format!("records/{review}")).await["changed_since_review"], true);
    assert!(served.json(&token, &format!("records/{record}")).await.get("changed_since_review").is_none());
}

#[tokio::test]
async fn health_and_readiness_are_told_to_anybody() {
    let served = Served::start().await;
    for (page, status) in [("healthz", "ok"), ("readyz", "ready")] {
        let response = served.client.get(format!("{}/{page}", served.origin)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(answer["status"], status);
    }
}

#[tokio::test]
async fn live_tells_of_news_in_scope_and_has_its_limit() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut neighbour = served.device("Trần Văn Minh", OTHER_WARD, "commune_officer").await;
    let listener = served.device("Phạm Thu", WARD, "commune_officer").await;
    let token = served.token(&listener).await;
    let mut live = served.get(&token, "live").await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    let second = served.get(&token, "live").await;
    assert_eq!(second.status(), StatusCode::OK);
    let third = served.get(&token, "live").await;
    assert!(third.headers().contains_key("retry-after"));
    refused(third, 429, "too_many_connections").await;

    // Out of scope, so not told; then in scope, told with a head that counts both.
    neighbour.send("activity", OTHER_WARD, activity("Ra quân nơi khác")).await;
    officer.send("activity", WARD, activity("Ra quân ở phường")).await;
    let head = served.hub.run(|hub| hub.head()).await.unwrap();
    let event = live.chunk().await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&event).trim(), format!("data: {{\"head\":{head}}}"));
}

#[tokio::test]
async fn request_ids_are_echoed_and_responses_are_gzip_when_asked() {
    let served = Served::start().await;
    let device = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let token = served.token(&device).await;
    let response = served.request(Method::GET, "units").bearer_auth(&token).header("x-request-id", "abc-123");
    assert_eq!(response.send().await.unwrap().headers()["x-request-id"], "abc-123");
    assert!(served.get(&token, "units").await.headers().contains_key("x-request-id"));

    let plain = dongbo_tests::http::client().build().unwrap();
    let ask = || plain.get(format!("{}/api/v1/c/kh244/units", served.origin)).bearer_auth(&token);
    let uncompressed = ask().send().await.unwrap();
    assert!(!uncompressed.headers().contains_key("content-encoding"));
    let uncompressed = uncompressed.bytes().await.unwrap();
    let compressed = ask().header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    let compressed = compressed.bytes().await.unwrap();
    assert!(compressed.len() < uncompressed.len() / 2);
    let mut text = Vec::new();
    GzDecoder::new(&compressed[..]).read_to_end(&mut text).unwrap();
    assert_eq!(text, uncompressed);
}
