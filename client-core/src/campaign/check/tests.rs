use serde_json::{Value, json};

use super::*;

const CAMPAIGN: &str = include_str!("../../../../campaigns/kh244/campaign.json");

/// `code field` of every issue.
fn issues(form: &str, answers: Value) -> Vec<String> {
    let campaign = Campaign::parse(CAMPAIGN).unwrap();
    let answers = serde_json::from_value(answers).unwrap();
    let issues = campaign.form(&form.parse().unwrap()).unwrap().issues(&answers, &campaign);
    issues.into_iter().map(|issue| format!("{} {}", issue.code, issue.field)).collect()
}

/// A complete record of this form, with some answers replaced.
fn with(base: fn() -> Value, changes: Value) -> Value {
    let mut answers = base();
    for (key, value) in changes.as_object().unwrap() {
        answers[key] = value.clone();
    }
    answers
}

fn activity() -> Value {
    json!({
        "title": "Ra quân Tổ công nghệ số cộng đồng", "kind": "campaign_day", "held_on": "2024-10-10",
        "themes": ["ND.1", "ND.3"], "organiser": "Ủy ban nhân dân xã", "content": "Hướng dẫn người dân",
        "location": "10.49 107.16 12 5", "no_secret": true,
        "participants": [{"id": "p1", "group": "residents", "count": 120}],
    })
}

fn initiative() -> Value {
    json!({
        "title": "Sổ trực số hóa", "sector": "LV.DD", "themes": ["ND.5"], "first_applied_on": "2024-01-02",
        "description": "Mô tả", "benefit": "Tiết kiệm thời gian", "status": "submitted", "no_secret": true,
        "authors": [
            {"id": "a1", "name": "Nguyễn Văn A", "role": "lead", "share": 60},
            {"id": "a2", "name": "Trần Thị B", "role": "co", "share": 40},
        ],
    })
}

#[test]
fn a_complete_record_has_no_issue() {
    assert!(issues("activity", activity()).is_empty());
    assert!(issues("initiative", initiative()).is_empty());
}

#[test]
fn every_kind_of_issue() {
    let long = "x".repeat(5_000);
    for (changes, expected) in [
        (json!({"title": null}), vec!["required title"]),
        (json!({"title": "  "}), vec!["required title"]),
        (json!({"themes": []}), vec!["required themes"]),
        (json!({"title": 5}), vec!["type title"]),
        (json!({"title": "abc"}), vec!["min title"]),
        (json!({"organiser": long}), vec!["too_long organiser", "max organiser"]),
        (json!({"held_on": "2024-02-30"}), vec!["type held_on"]),
        (json!({"held_on": "2022-12-22"}), vec!["min held_on"]),
        (json!({"held_on": "2026-01-01"}), vec!["after_close held_on"]),
        (json!({"ended_on": "2024-10-09"}), vec!["constraint ended_on"]),
        (json!({"kind": "party"}), vec!["unknown_choice kind"]),
        (json!({"themes": ["ND.1", "ND.10"]}), vec!["unknown_choice themes"]),
        (json!({"kind": "other"}), vec!["required kind_other"]),
        (json!({"themes": ["ND.9"]}), vec!["required sectors"]),
        (json!({"kind_other": 7}), vec![]),
        (json!({"location": "10.49 107.16"}), vec!["type location"]),
        (json!({"location": "91 107.16 0 0"}), vec!["type location"]),
        (json!({"cost": 12.5}), vec!["type cost"]),
        (json!({"cost": "12,5"}), vec!["type cost"]),
        (json!({"cost": "-0.5"}), vec!["min cost"]),
        (json!({"no_secret": false}), vec!["constraint no_secret"]),
        (json!({"evidence": [{"id": "no hash"}]}), vec!["type evidence"]),
        (json!({"participants": {"p1": {}}}), vec!["type participants"]),
        (json!({"participants": [{"group": "residents"}]}), vec!["type participants"]),
        (
            json!({"participants": [{"id": "p1", "group": "residents"}, {"id": "p2", "group": "aliens", "count": -1}]}),
            vec!["required participants/p1/count", "unknown_choice participants/p2/group", "min participants/p2/count"],
        ),
        (
            json!({"participants": [
                {"id": "p1", "group": "residents", "count": 1}, {"id": "p2", "group": "residents", "count": 2},
            ]}),
            vec!["constraint participants"],
        ),
        (json!({"gone": "a field of an older form"}), vec![]),
    ] {
        assert_eq!(issues("activity", with(activity, changes.clone())), expected, "{changes}");
    }
}

#[test]
fn shares_that_no_longer_add_up_are_shown_with_the_campaigns_words() {
    let answers = with(initiative, json!({"authors": [{"id": "a", "name": "An", "role": "lead", "share": 90}]}));
    let campaign = Campaign::parse(CAMPAIGN).unwrap();
    let form = campaign.form(&"initiative".parse().unwrap()).unwrap();
    let issues = form.issues(&serde_json::from_value(answers).unwrap(), &campaign);
    let [issue] = &issues[..] else { panic!("{issues:?}") };
    assert_eq!((issue.code.as_str(), issue.field.as_str()), ("constraint", "authors"));
    assert_eq!(issue.message_vi, "Tổng tỷ lệ đóng góp của các tác giả phải bằng 100%.");
    assert_eq!(issue.message_en, "The shares of the authors must add up to 100%.");
}

#[test]
fn a_decision_number_is_asked_for_once_there_is_a_decision() {
    for (changes, expected) in [
        (json!({"status": "recognised"}), vec!["required decision_number", "required decided_on"]),
        (
            json!({"status": "recognised", "decision_number": "QĐ 12", "decided_on": "2023-12-31"}),
            vec!["pattern decision_number", "constraint decided_on"],
        ),
        (json!({"status": "recognised", "decision_number": "12/QĐ-UBND", "decided_on": "2024-12-31"}), vec![]),
    ] {
        assert_eq!(issues("initiative", with(initiative, changes.clone())), expected, "{changes}");
    }
}

#[test]
fn conditions_over_several_fields() {
    let review = || {
        json!({
            "activity": "018bcfe5-687b-8000-8000-000000000000", "subject_heads": "ab".repeat(32),
            "verdict": "accepted", "reviewed_on": "2024-11-01",
        })
    };
    assert!(issues("review", review()).is_empty());
    assert_eq!(issues("review", with(review, json!({"activity": null}))), ["constraint "]);
    assert_eq!(issues("review", with(review, json!({"activity": "activity-7"}))), ["type activity"]);
    assert_eq!(issues("review", with(review, json!({"verdict": "rejected"}))), ["constraint "]);
    let report = json!({
        "indicator": "CPS-05", "period_from": "2024-01-01", "period_to": "2024-12-31", "numerator": "120",
        "denominator": "100", "source": "Một cửa", "secret_excluded": true,
    });
    assert_eq!(issues("indicator_report", report), ["constraint denominator"]);
}

#[test]
fn bounds_are_written_as_the_reader_writes_them() {
    let campaign = Campaign::parse(CAMPAIGN).unwrap();
    let form = campaign.form(&"activity".parse().unwrap()).unwrap();
    let answers = with(
        activity,
        json!({"held_on": "2020-01-01", "participants": [{"id": "p", "group": "residents", "count": 2_000_000}]}),
    );
    let issues = form.issues(&serde_json::from_value(answers).unwrap(), &campaign);
    let vi: Vec<_> = issues.iter().map(|issue| issue.message_vi.as_str()).collect();
    assert_eq!(vi, ["Ngày tổ chức: ngày phải từ 23/12/2022 trở lên.", "Số người: giá trị không được quá 1.000.000."]);
    assert_eq!(issues[0].message_en, "Held on: the date must be at least 2022-12-23.");
}
