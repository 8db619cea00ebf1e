//! The plan and open data over HTTP: in scope with a session, published without one.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    OTHER_WARD, WARD,
    served::{Served, activity, refused},
};

fn figure(numerator: &str) -> Value {
    json!({
        "indicator": "TC.XA-2", "period_from": "2025-01-01", "period_to": "2025-12-31", "numerator": numerator,
        "denominator": "100", "source": "Phần mềm quản lý văn bản", "secret_excluded": true,
    })
}

#[tokio::test]
async fn targets_and_deadlines_show_what_the_member_may_see() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Hòa", WARD, "commune_officer").await;
    let mut other = served.device("Trần Văn Bình", OTHER_WARD, "commune_officer").await;
    officer.send("indicator_report", WARD, figure("61")).await;
    other.send("indicator_report", OTHER_WARD, figure("59")).await;
    let token = served.token(&officer).await;

    let targets = served.json(&token, "targets?year=2025").await;
    let view = targets["targets"].as_array().unwrap().iter().find(|view| view["indicator"] == "TC.XA-2").unwrap();
    let units: Vec<_> = view["figures"].as_array().unwrap().iter().map(|figure| &figure["unit"]).collect();
    assert_eq!(units, [WARD], "another ward's figure is as if it did not exist");
    assert_eq!((&view["figures"][0]["state"], &view["figures"][0]["percent"]), (&json!("met"), &json!("61")));

    let administrator = served.device("Quản trị viên thứ hai", "79", "administrator").await;
    let all = served.json(&served.token(&administrator).await, "targets?year=2025&on=2025-08-01").await;
    let view = all["targets"].as_array().unwrap().iter().find(|view| view["indicator"] == "TC.XA-2").unwrap();
    assert_eq!((&view["summary"]["met"], &view["summary"]["not_met"]), (&json!(1), &json!(1)));
    assert_eq!(view["summary"]["percent"], "60", "120 of 200");

    let deadlines = served.json(&token, "deadlines").await;
    let codes: Vec<_> =
        deadlines["deadlines"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"HAN.2012") && codes.contains(&"HAN.KT"), "{codes:?}");
    refused(served.get(&token, "targets?year=99999").await, 400, "invalid").await;
    refused(served.get(&token, "rounds/DOT.X").await, 404, "not_found").await;
    refused(served.request(Method::GET, "deadlines").send().await.unwrap(), 401, "unauthorised").await;
}

#[tokio::test]
async fn the_calendar_is_an_icalendar_whose_events_lie_on_the_last_day_in_time() {
    let served = Served::start().await;
    let officer = served.device("Nguyễn Thị Hòa", WARD, "commune_officer").await;
    let response = served.get(&served.token(&officer).await, "deadlines.ics").await;
    assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8");
    let text = response.text().await.unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 75), "RFC 5545 folds lines at 75 octets");
    let event = text.split("BEGIN:VEVENT").find(|event| event.contains("UID:HAN.2012-2023-12-20@kh244")).unwrap();
    assert!(event.contains("DTSTART;VALUE=DATE:20231219"), "before 20/12 ends on 19/12: {event}");
}

#[tokio::test]
async fn a_report_is_drafted_frozen_and_amended() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Hòa", WARD, "commune_officer").await;
    officer.send("activity", WARD, activity("Ra quân hướng dẫn dịch vụ công trực tuyến")).await;
    let token = served.token(&officer).await;
    let draft = served.json(&token, &format!("reports/draft?unit={WARD}&from=2023-01-01&to=2023-12-31")).await;
    assert_eq!(
        draft["sequence"].as_u64(),
        draft["answers"]["ledger_position"].as_str().unwrap().split(' ').nth(1).unwrap().parse().ok()
    );
    let mut answers = draft["answers"].clone();
    answers["kind"] = json!("yearly");
    answers["reported_on"] = json!("2023-12-18");
    answers["assessment"] = json!("Phong trào được triển khai sâu rộng.");
    answers["no_secret"] = json!(true);
    let saved = officer.send("period_report", WARD, answers).await;
    officer.send("activity", WARD, activity("Tập huấn kỹ năng số, đến muộn")).await;
    let report = served.json(&token, &format!("reports/{}", saved.record)).await;
    let total =
        report["amendments"].as_array().unwrap().iter().find(|a| a["measure"] == "activities" && a["dimension"] == "");
    let total = total.unwrap();
    assert_eq!((&total["frozen"], &total["now"], &total["difference"]), (&json!("1"), &json!("2"), &json!("1")));
    assert_eq!(report["arrived"].as_array().unwrap().len(), 1);
    let other = served.device("Trần Văn Bình", OTHER_WARD, "commune_officer").await;
    refused(served.get(&served.token(&other).await, &format!("reports/{}", saved.record)).await, 404, "not_found")
        .await;
}

#[tokio::test]
async fn open_data_has_licence_and_date_and_nothing_personal() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Hòa", WARD, "commune_officer").await;
    officer.send("activity", WARD, activity("Ra quân hướng dẫn dịch vụ công trực tuyến")).await;
    officer
        .send(
            "training",
            WARD,
            json!({
                "course": "Kỹ năng số cơ bản", "level": "basic", "mode": "in_person", "started_on": "2023-04-01",
                "organiser": "UBND phường", "trainer": "Phạm Thị Lan Anh", "no_secret": true,
            }),
        )
        .await;
    officer
        .send(
            "nomination",
            WARD,
            json!({
                "round": "DOT.TK2025", "award": "KT.BK", "subject": "individual", "category": "direct",
                "nominee": "Phạm Thị Lan Anh", "position_title": "Công chức", "nominated_on": "2025-11-01",
                "achievements": "Đi đầu trong hướng dẫn người dân dùng dịch vụ công trực tuyến trên địa bàn.", "no_secret": true,
            }),
        )
        .await;
    let open = async |call: &str| {
        let response = served.request(Method::GET, &format!("open/{call}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{call}");
        response.text().await.unwrap()
    };
    for call in ["figures", "records/activity", "records/training", "rounds/DOT.TK2025"] {
        let text = open(call).await;
        let head: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(head["licence"], "CC-BY-4.0", "{call}");
        assert!(head["made_ms"].is_i64() && head["sequence"].is_u64(), "{call}");
        assert!(!text.contains("Lan Anh"), "{call} names a person: {text}");
    }
    let trainings: Value = serde_json::from_str(&open("records/training").await).unwrap();
    assert_eq!(trainings["records"][0]["answers"]["course"], "Kỹ năng số cơ bản");
    let round: Value = serde_json::from_str(&open("rounds/DOT.TK2025").await).unwrap();
    assert_eq!((&round["nominations"][0]["unit"], &round["nominations"][0]["granted"]), (&json!(WARD), &json!(false)));
    assert!(open("figures.csv").await.contains(&format!("activities,{WARD},2023-03,,,1\n")));

    let closed = served.request(Method::GET, "open/records/nomination").send().await.unwrap();
    refused(closed, 404, "not_found").await;
}

#[tokio::test]
async fn words_are_searched_for_in_the_body_never_in_the_url() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Hòa", WARD, "commune_officer").await;
    officer.send("activity", WARD, activity("Ra quân hướng dẫn cài đặt VNeID tại khu phố 3")).await;
    officer.send("activity", WARD, activity("Tập huấn kỹ năng số")).await;
    let token = served.token(&officer).await;
    let asked = async |body: Value| {
        let request = served.request(Method::POST, "records/search").bearer_auth(&token);
        request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap()
    };
    let found: Value =
        serde_json::from_str(&asked(json!({"words": "vneid khu pho"})).await.text().await.unwrap()).unwrap();
    assert_eq!(found["records"].as_array().unwrap().len(), 1);
    refused(asked(json!({"word": "x"})).await, 400, "invalid").await;
    refused(served.get(&token, "records?search=x").await, 400, "invalid").await;
    let quality = served.json(&token, "quality").await;
    assert_eq!((&quality["units"][WARD]["rows"], &quality["suspects"]["complete"]), (&json!(2), &json!(true)));
}
