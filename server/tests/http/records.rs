//! Lists of records over HTTP: what is below a unit, what is not settled, what makes up a figure.

use dongbo_core::{RecordId, outside::Moment, record::MetaEdit};
use dongbo_server::outside::{SystemEntropy, now_ms};
use serde_json::{Value, json};

use super::{
    OTHER_WARD, WARD,
    served::{Device, Served, activity, answers, refused},
};

fn titles(page: &Value) -> Vec<&str> {
    page["records"].as_array().unwrap().iter().map(|one| one["answers"]["title"].as_str().unwrap()).collect()
}

/// Edits without sending.
async fn edit(device: &mut Device, record: RecordId, given: Value) {
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    device.replica.edit(record, &[], &answers(given), &MetaEdit::default(), None, &mut moment).await.unwrap();
}

#[tokio::test]
async fn conflicts_and_issues_are_found_in_scope() {
    let served = Served::start().await;
    let mut first = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut second = served.device("Trần Văn Minh", WARD, "commune_officer").await;
    let neighbour = served.device("Lê Văn Tám", OTHER_WARD, "commune_officer").await;
    let record = first.send("activity", WARD, activity("Ra quân")).await.record;
    let mut incomplete = activity("Còn thiếu");
    incomplete.as_object_mut().unwrap().remove("content");
    first.send("activity", WARD, incomplete).await;
    second.sync().await.unwrap();
    edit(&mut first, record, json!({"title": "Ra quân khu phố 1"})).await;
    edit(&mut second, record, json!({"title": "Ra quân khu phố 2"})).await;
    first.sync().await.unwrap();
    second.sync().await.unwrap();

    let token = served.token(&first).await;
    let conflicts = served.json(&token, "records?only=conflicts").await;
    assert_eq!(conflicts["records"][0]["record"], json!(record));
    assert_eq!(conflicts["records"][0]["conflicts"][0]["path"], "title");
    assert_eq!(titles(&conflicts).len(), 1);
    assert_eq!(titles(&served.json(&token, "records?only=issues").await), ["Còn thiếu"]);
    let other = served.token(&neighbour).await;
    assert_eq!(served.json(&other, "records?only=conflicts").await["records"], json!([]));
    refused(served.get(&token, "records?only=none").await, 400, "invalid").await;
}

#[tokio::test]
async fn a_figure_leads_to_exactly_the_records_that_it_sums() {
    let served = Served::start().await;
    let mut officer = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut neighbour = served.device("Trần Văn Minh", OTHER_WARD, "commune_officer").await;
    let lead = served.device("Lê Hòa", "snv", "home_affairs").await;
    let told = |title: &str, day: &str, themes: &[&str]| {
        let mut told = activity(title);
        told["held_on"] = json!(day);
        told["themes"] = json!(themes);
        told
    };
    officer.send("activity", WARD, told("Tháng ba", "2023-03-10", &["ND.1", "ND.2"])).await;
    officer.send("activity", WARD, told("Tháng tư", "2023-04-02", &["ND.1"])).await;
    let withdrawn = officer.send("activity", WARD, told("Rút lại", "2023-03-11", &["ND.1"])).await.record;
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    let meta = MetaEdit { withdrawn: Some(Some("ghi nhầm".into())), ..MetaEdit::default() };
    officer.replica.edit(withdrawn, &[], &answers(json!({})), &meta, None, &mut moment).await.unwrap();
    officer.sync().await.unwrap();
    neighbour.send("activity", OTHER_WARD, told("Nơi khác", "2023-03-20", &["ND.1"])).await;

    let token = served.token(&lead).await;
    let behind = async |query: &str| -> usize {
        titles(&served.json(&token, &format!("records?measure=activities{query}")).await).len()
    };
    // Each cell, and the records that are said to be behind it.
    let rollup = served.json(&token, "rollups?measure=activities").await;
    let cells = rollup["cells"].as_array().unwrap();
    assert!(cells.len() > 6, "{cells:?}");
    for cell in cells {
        let text = |key: &str| cell[key].as_str().unwrap();
        let mut query = format!("&unit={}&month={}", text("unit"), text("month"));
        if !text("dimension").is_empty() {
            query += &format!("&dimension={}&code={}", text("dimension"), text("code"));
        }
        assert_eq!(behind(&query).await.to_string(), text("value"), "{cell}");
    }
    assert_eq!(behind("").await, 3, "what was withdrawn adds to nothing");
    assert_eq!(behind(&format!("&within={WARD}")).await, 2);
    assert_eq!(behind("&within=79").await, 3, "everything below the province");
    let page = served.json(&token, "records?measure=activities&month=2023-03&limit=1").await;
    let next = page["next"].as_str().unwrap();
    let page = served.json(&token, &format!("records?measure=activities&month=2023-03&limit=1&after={next}")).await;
    assert_eq!(titles(&page).len(), 1);
    for wrong in
        ["measure=none", "month=2023-03", "measure=activities&code=ND.1", "measure=activities&dimension=themes"]
    {
        refused(served.get(&token, &format!("records?{wrong}")).await, 400, "invalid").await;
    }
}
