//! Review and appraisal queues over HTTP.

use dongbo_core::RecordId;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    OTHER_WARD, WARD,
    served::{Device, Served, activity, refused},
};

/// A review of an activity as the reviewer's device has it.
async fn review(reviewer: &mut Device, unit: &str, activity: RecordId) -> RecordId {
    reviewer.sync().await.unwrap();
    let verdict = json!({"activity": activity, "verdict": "accepted", "reviewed_on": "2023-03-12", "no_secret": true});
    reviewer.send("review", unit, verdict).await.record
}

fn named(page: &Value) -> Vec<RecordId> {
    page["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| serde_json::from_value(one["record"].clone()).unwrap())
        .collect()
}

fn judging<'a>(summary: &'a Value, form: &str) -> &'a Value {
    summary["forms"].as_array().unwrap().iter().find(|one| one["form"] == form).unwrap()
}

#[tokio::test]
async fn a_record_waits_is_reviewed_and_has_changed_since() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut reviewer = served.device("Lê Hòa", "snv", "home_affairs").await;
    let record = officer.send("activity", WARD, activity("Ra quân ở phường")).await.record;
    let token = served.token(&reviewer).await;
    let states = async || {
        let mut found = Vec::new();
        for state in ["waiting", "changed", "judged"] {
            if named(&served.json(&token, &format!("reviews/review?state={state}")).await) == [record] {
                found.push(state);
            }
        }
        found
    };
    assert_eq!(states().await, ["waiting"]);
    let summary = served.json(&token, "reviews").await;
    assert_eq!(judging(&summary, "review")["counts"], json!({"waiting": 1}));
    assert_eq!(judging(&summary, "review")["subjects"]["activity"], "activity");
    assert_eq!(judging(&summary, "appraisal")["subjects"], json!({"nomination": "nomination"}));

    let made = review(&mut reviewer, WARD, record).await;
    assert_eq!(states().await, ["judged"]);
    officer.change(record, json!({"title": "Ra quân, đã sửa"})).await;
    assert_eq!(states().await, ["changed"]);
    let page = served.json(&token, "reviews/review").await;
    let entry = &page["records"][0];
    assert_eq!((&entry["unit"], &entry["form"]), (&json!(WARD), &json!("activity")));
    assert_eq!(
        entry["answers"],
        json!({"title": "Ra quân, đã sửa", "held_on": "2023-03-10"}),
        "what names it, no more"
    );
    assert_eq!((&entry["judgement"]["record"], &entry["judgement"]["pinned"]), (&json!(made), &json!(true)));
    assert_eq!(page["people"][reviewer.replica.device().to_string()], "Lê Hòa");
    review(&mut reviewer, WARD, record).await;
    assert_eq!(states().await, ["judged"]);
}

#[tokio::test]
async fn a_review_by_an_office_without_authority_there_stands_for_nothing() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut district = served.device("Phạm Văn Hùng", OTHER_WARD, "district_aggregator").await;
    let lead = served.device("Lê Hòa", "snv", "home_affairs").await;
    let record = officer.send("activity", WARD, activity("Ra quân ở phường")).await.record;
    let verdict = json!({"activity": record, "verdict": "accepted", "reviewed_on": "2023-03-12", "no_secret": true});
    district.send("review", OTHER_WARD, verdict).await;
    let page = served.json(&served.token(&lead).await, "reviews/review?state=waiting").await;
    assert_eq!(named(&page), [record]);
}

#[tokio::test]
async fn queues_end_where_the_scope_ends_and_come_in_pages() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut neighbour = served.device("Trần Văn Minh", OTHER_WARD, "commune_officer").await;
    let volunteer = served.device("Đỗ Thị Mai", WARD, "volunteer").await;
    let lead = served.device("Lê Hòa", "snv", "home_affairs").await;
    let mut own = Vec::new();
    for number in 0..5 {
        own.push(officer.send("activity", WARD, activity(&format!("Hoạt động {number}"))).await.record);
    }
    own.sort();
    let foreign = neighbour.send("activity", OTHER_WARD, activity("Ra quân nơi khác")).await.record;
    let token = served.token(&officer).await;
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = served.json(&token, &format!("reviews/review?limit=2{after}")).await;
        assert!(named(&page).len() <= 2);
        listed.extend(named(&page));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(listed, own, "another ward's records are as if they did not exist");
    let lead = served.token(&lead).await;
    assert_eq!(named(&served.json(&lead, &format!("reviews/review?within={OTHER_WARD}")).await), [foreign]);
    assert_eq!(named(&served.json(&lead, "reviews/review").await).len(), 6);

    // A volunteer reads activities, not reviews, so nobody can say to them that there is none.
    let volunteer = served.token(&volunteer).await;
    assert_eq!(served.json(&volunteer, "reviews").await["forms"], json!([]));
    assert_eq!(named(&served.json(&volunteer, "reviews/review").await), []);
    for (call, status, code) in [
        ("reviews/activity", 404, "not_found"),
        ("reviews/none", 404, "not_found"),
        ("reviews/review?state=done", 400, "invalid"),
        ("reviews/review?after=x", 400, "invalid"),
    ] {
        refused(served.get(&token, call).await, status, code).await;
    }
    refused(served.request(Method::GET, "reviews").send().await.unwrap(), 401, "unauthorised").await;
}

#[tokio::test]
async fn a_nomination_comes_to_a_step_after_those_before_and_its_name_is_not_given() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let lead = served.device("Lê Hòa", "snv", "home_affairs").await;
    let nominee = json!({
        "round": "DOT.TK2025", "award": "KT.BK", "subject": "individual", "category": "direct", "nominee": "Trần Thị Hồng",
        "position_title": "Chuyên viên", "achievements": "Hướng dẫn người dân", "nominated_on": "2025-11-03",
        "no_secret": true,
    });
    let nomination = officer.send("nomination", WARD, nominee).await.record;
    let token = served.token(&lead).await;
    let state = async |step: &str| {
        let page = served.json(&token, &format!("reviews/{step}")).await;
        assert_eq!(named(&page), [nomination]);
        assert!(!page.to_string().contains("Hồng"), "{page}");
        page["records"][0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!((state("council_vote").await, state("appraisal").await), ("waiting".into(), "not_yet".into()));
    let vote = json!({
        "nomination": nomination, "met_on": "2025-11-04", "minutes_number": "04/BB-HĐ", "total_members": 9, "present": 8,
        "votes_for": 8, "votes_against": 0, "agreed": true, "no_secret": true,
    });
    officer.send("council_vote", WARD, vote).await;
    assert_eq!((state("council_vote").await, state("certification").await), ("judged".into(), "waiting".into()));
    officer.change(nomination, json!({"achievements": "Hướng dẫn 200 người dân"})).await;
    assert_eq!((state("council_vote").await, state("certification").await), ("changed".into(), "not_yet".into()));
}
