//! Registration, papers, steps in order, the 70/30 list, quotas.

use serde_json::{Value, json};

use super::{super::*, Ledger, codes, rules};
use crate::RecordId;

const COMMUNE: u8 = 1;
const PROVINCE: u8 = 2;

fn nominate(ledger: &mut Ledger, unit: &str, subject: &str, category: Option<&str>) -> RecordId {
    let mut answers = json!({"round": "D23", "award": "BK", "subject": subject});
    if let Some(category) = category {
        answers["category"] = json!(category);
    }
    ledger.add(COMMUNE, "nomination", unit, "2023-10-02T00:00:00Z", answers)
}

fn papers(ledger: &mut Ledger, nomination: RecordId, parts: &[&str]) {
    let unit = ledger.get(nomination).row.unit.to_string();
    for part in parts {
        ledger.add(COMMUNE, "paper", &unit, "2023-10-03T00:00:00Z", json!({"nomination": nomination, "part": part}));
    }
}

/// All steps in order; gives the decision.
fn granted(ledger: &mut Ledger, unit: &str, subject: &str, category: Option<&str>) -> (RecordId, RecordId) {
    let nomination = nominate(ledger, unit, subject, category);
    papers(ledger, nomination, &["TTR", "BB"]);
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    ledger.step(PROVINCE, "proposal", nomination, json!({}));
    (nomination, ledger.step(PROVINCE, "decision", nomination, json!({"granted": true})))
}

fn view(ledger: &Ledger) -> RoundView {
    round(&rules(), &ledger.evidence(), "D23").unwrap()
}

/// The steps of the only nomination: form and issues.
fn marks(ledger: &Ledger) -> Value {
    let steps = view(ledger).nominations.remove(0).steps;
    steps.iter().map(|step| json!([step.form.as_str(), codes(&step.issues)])).collect()
}

#[test]
fn from_nomination_to_grant() {
    let mut ledger = Ledger::default();
    granted(&mut ledger, "c1", "individual", Some("direct"));
    let view = view(&ledger);
    let nomination = &view.nominations[0];
    assert!(nomination.proposed && nomination.granted && nomination.issues.is_empty());
    assert!(nomination.steps.iter().all(|step| step.state == StepState::Stands));
    assert_eq!(view.grants[1].granted, [nomination.record]);
    assert!(round(&rules(), &ledger.evidence(), "D99").is_none());
}

#[test]
fn a_collective_that_has_not_registered_is_not_eligible() {
    let mut ledger = Ledger::default();
    let (nomination, _) = granted(&mut ledger, "c1", "collective", None);
    assert_eq!(codes(&view(&ledger).nominations[0].issues), ["not_registered"]);
    assert!(!view(&ledger).nominations[0].granted, "kept, marked, counted nowhere");
    // Registering afterwards does not help; a registration made before does, also that of a unit it has become since.
    ledger.add(COMMUNE, "registration", "c1", "2023-10-09T00:00:00Z", json!({"year": 2023}));
    assert_eq!(codes(&view(&ledger).nominations[0].issues), ["not_registered"]);
    let earlier = ledger.add(COMMUNE, "registration", "c1", "2023-02-01T00:00:00Z", json!({"year": 2023}));
    assert!(view(&ledger).nominations[0].granted);
    ledger.get_mut(earlier).row.unit = "c2".parse().unwrap();
    ledger.get_mut(nomination).row.unit = "c12".parse().unwrap();
    assert_eq!(codes(&view(&ledger).nominations[0].issues), Vec::<&str>::new());
}

#[test]
fn an_award_that_the_round_does_not_give() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    ledger.get_mut(nomination).row.answers.insert("award".parse().unwrap(), json!("GK"));
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    assert_eq!(codes(&view(&ledger).nominations[0].issues), ["not_in_round"]);
}

#[test]
fn a_step_out_of_order_is_kept_and_gates_the_next() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    ledger.step(PROVINCE, "proposal", nomination, json!({}));
    assert_eq!(
        marks(&ledger),
        json!([["submission", ["out_of_order"]], ["proposal", ["out_of_order", "out_of_order"]]])
    );
    // The vote that was missing comes after: what was made too early stays so, and is made again.
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    assert_eq!(
        marks(&ledger),
        json!([["vote", []], ["submission", ["out_of_order"]], ["proposal", ["out_of_order", "out_of_order"]]])
    );
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    ledger.step(PROVINCE, "proposal", nomination, json!({}));
    assert!(view(&ledger).nominations[0].proposed);
}

#[test]
fn a_step_of_a_colleague_counts_once_the_hub_had_it() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    let vote = ledger.step(COMMUNE, "vote", nomination, json!({}));
    // Made on another phone, whose clock says it was earlier.
    ledger.step(3, "submission", nomination, json!({}));
    assert_eq!(marks(&ledger), json!([["vote", []], ["submission", []]]));
    ledger.get_mut(vote).received = None;
    assert_eq!(
        marks(&ledger),
        json!([["vote", []], ["submission", ["out_of_order"]]]),
        "nobody can have seen the vote"
    );
}

#[test]
fn a_nomination_that_changed_between_two_steps() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.get_mut(nomination).row.heads = vec![crate::ChangeHash([99; 32])];
    assert_eq!(codes(&view(&ledger).nominations[0].issues), ["changed_since"], "everyone sees it");
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    assert_eq!(marks(&ledger), json!([["vote", []], ["submission", ["changed_since"]]]));
    // The council votes on what it is now, and it goes on from there.
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    ledger.step(PROVINCE, "proposal", nomination, json!({}));
    assert!(view(&ledger).nominations[0].proposed);
}

#[test]
fn a_decision_stands_whatever_is_changed_afterwards() {
    let mut ledger = Ledger::default();
    let initiative = ledger.add(COMMUNE, "initiative", "c1", "2023-05-01T00:00:00Z", json!({"authors": []}));
    let (nomination, _) = granted(&mut ledger, "c1", "individual", Some("direct"));
    ledger.get_mut(nomination).row.answers.insert("initiative".parse().unwrap(), json!(initiative));
    let later = Some(Received { sequence: 999, at_ms: 0 });
    let issue = step::issue("constraint", "Tổng tỷ lệ đóng góp phải bằng 100.".into(), "Shares.".into());
    for record in [nomination, initiative] {
        let filed = ledger.get_mut(record);
        filed.row.heads = vec![crate::ChangeHash([99; 32])];
        filed.row.issues.push(issue.clone());
        filed.changed = later;
    }
    let nomination = &view(&ledger).nominations[0];
    assert!(nomination.granted && nomination.proposed, "a quota that is used stays used");
    assert_eq!(codes(&nomination.issues), ["nomination_incomplete", "referred_incomplete", "changed_since"]);
}

#[test]
fn another_units_steps_and_papers_are_none_of_this_nomination() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    let vote = ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.get_mut(vote).row.unit = "c3".parse().unwrap();
    assert_eq!(marks(&ledger), json!([]));
    ledger.get_mut(vote).row.unit = "c12".parse().unwrap();
    assert_eq!(marks(&ledger), json!([["vote", []]]), "what c1 became");
}

#[test]
fn a_second_vote_is_a_vote_and_papers_that_come_later_do_not_mend_a_submission() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    let vote = ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.get_mut(vote).row.issues.push(step::issue("required", "Thiếu.".into(), "Missing.".into()));
    let second = ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.get_mut(second).counts = false;
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    for part in ["TTR", "BB"] {
        let paper = json!({"nomination": nomination, "part": part});
        ledger.add(COMMUNE, "paper", "c1", "2023-10-09T00:00:00Z", paper);
    }
    assert_eq!(
        marks(&ledger),
        json!([["vote", ["step_incomplete"]], ["vote", []], ["submission", ["dossier_incomplete"]]])
    );
}

#[test]
fn missing_papers_block_submission() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    papers(&mut ledger, nomination, &["TTR"]);
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    assert_eq!(view(&ledger).nominations[0].missing_papers, ["BB"]);
    assert_eq!(marks(&ledger), json!([["vote", []], ["submission", ["dossier_incomplete"]]]));
}

#[test]
fn shares_that_make_ninety_after_a_merge_block_submission() {
    let mut ledger = Ledger::default();
    let initiative = ledger.add(COMMUNE, "initiative", "c1", "2023-05-01T00:00:00Z", json!({"authors": []}));
    let (nomination, _) = granted(&mut ledger, "c1", "individual", Some("direct"));
    ledger.get_mut(nomination).row.answers.insert("initiative".parse().unwrap(), json!(initiative));
    assert!(view(&ledger).nominations[0].granted);
    let issue =
        step::issue("constraint", "Tổng tỷ lệ đóng góp phải bằng 100.".into(), "Shares must add up to 100.".into());
    ledger.get_mut(initiative).row.issues.push(issue);
    assert_eq!(codes(&view(&ledger).nominations[0].issues), ["referred_incomplete"]);
    assert_eq!(marks(&ledger)[1], json!(["submission", ["referred_incomplete"]]));
}

#[test]
fn thirty_percent_in_whole_persons() {
    let rules = rules();
    let most = |n| rules.campaign.round("D23").unwrap().leaders_most(n);
    let expected = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3), (20, 6)];
    assert_eq!(expected.map(|(n, _)| (n, most(n))), expected);
}

#[test]
fn a_broken_split_warns_until_someone_gives_the_reason() {
    let mut ledger = Ledger::default();
    granted(&mut ledger, "c1", "individual", Some("leader"));
    let (second, _) = granted(&mut ledger, "c2", "individual", Some("direct"));
    let list = view(&ledger).list;
    assert_eq!((list.split.direct, list.split.leaders, list.split.leaders_most), (1, 1, 0));
    assert_eq!(codes(&list.issues), ["split_broken"]);
    assert!(list.by_unit["c1"].is_broken && !list.by_unit["c2"].is_broken);
    // Never blocked: both are on the list. With a reason the warning is answered, and the reason shown.
    assert_eq!(list.nominations.len(), 2);
    ledger.step(PROVINCE, "proposal", second, json!({"override_reason": "Chỉ có hai hồ sơ đủ điều kiện."}));
    let list = view(&ledger).list;
    assert!(list.split.is_broken && list.issues.is_empty());
    assert_eq!(list.override_reasons, ["Chỉ có hai hồ sơ đủ điều kiện."]);
}

#[test]
fn two_decisions_apart_that_exceed_the_quota_are_both_marked_until_one_is_annulled() {
    let mut ledger = Ledger::default();
    for unit in ["c1", "c2"] {
        ledger.add(COMMUNE, "registration", unit, "2023-02-01T00:00:00Z", json!({"year": 2023}));
    }
    granted(&mut ledger, "c1", "collective", None);
    let (_, wrong) = granted(&mut ledger, "c2", "collective", None);
    let collective = |ledger: &Ledger| view(ledger).grants[0].clone();
    assert_eq!((collective(&ledger).granted.len(), collective(&ledger).quota), (2, Some(1)));
    assert_eq!(codes(&collective(&ledger).issues), ["quota_exceeded"]);
    // An annulled decision is no evidence any more.
    ledger.remove(wrong);
    assert_eq!((collective(&ledger).granted.len(), collective(&ledger).issues.len()), (1, 0));
}

#[test]
fn a_refusal_grants_nothing() {
    let mut ledger = Ledger::default();
    let (_, decision) = granted(&mut ledger, "c1", "individual", Some("direct"));
    ledger.get_mut(decision).row.answers.insert("granted".parse().unwrap(), json!(false));
    assert!(!view(&ledger).nominations[0].granted);
}

#[test]
fn an_award_may_take_a_shorter_way_and_has_its_own_deciders() {
    let mut rules = rules();
    let shorter = super::CAMPAIGN
        .replace(
            r#"{"award": "GK", "collective": null}"#,
            r#"{"award": "GK", "steps": ["vote", "decision"], "decided_by": ["head"]}"#,
        )
        .replace(
            r#""roles": []"#,
            r#""roles": [{"id": "head", "label": {"vi": "Thủ trưởng", "en": "Head"}, "reach": {}}]"#,
        );
    rules.campaign = crate::campaign::Campaign::parse(&shorter).unwrap();
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger, "c1", "individual", Some("direct"));
    for (field, value) in [("round", "D25"), ("award", "GK")] {
        ledger.get_mut(nomination).row.answers.insert(field.parse().unwrap(), json!(value));
    }
    papers(&mut ledger, nomination, &["TTR", "BB"]);
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    let decision = ledger.step(COMMUNE, "decision", nomination, json!({"granted": true}));
    let view = |ledger: &Ledger| round(&rules, &ledger.evidence(), "D25").unwrap().nominations.remove(0);
    assert_eq!(codes(&view(&ledger).steps[1].issues), ["wrong_role"]);
    ledger.get_mut(decision).roles = ["head".parse().unwrap()].into();
    assert!(view(&ledger).granted);
}

#[test]
fn a_vote_against_gates_what_follows() {
    let passing = super::CAMPAIGN
        .replace(r#""steps": ["vote", "#, r#""steps": [{"form": "vote", "passes": "answered(nomination) && false"}, "#);
    let mut rules = rules();
    rules.campaign = crate::campaign::Campaign::parse(&passing).unwrap();
    let mut ledger = Ledger::default();
    granted(&mut ledger, "c1", "individual", Some("direct"));
    let nomination = round(&rules, &ledger.evidence(), "D23").unwrap().nominations.remove(0);
    assert_eq!(codes(&nomination.steps[0].issues), ["not_passed"]);
    assert_eq!(codes(&nomination.steps[1].issues), ["out_of_order"]);
    assert!(!nomination.granted);
}
