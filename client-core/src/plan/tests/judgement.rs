//! What waits to be judged.

use serde_json::{Value, json};

use super::{super::*, Ledger, rules};
use crate::{ChangeHash, FormId, RecordId};

const COMMUNE: u8 = 1;

fn nominate(ledger: &mut Ledger) -> RecordId {
    let answers = json!({"round": "D23", "award": "BK", "subject": "individual", "category": "direct"});
    ledger.add(COMMUNE, "nomination", "c1", "2023-10-02T00:00:00Z", answers)
}

fn papers(ledger: &mut Ledger, nomination: RecordId) {
    for part in ["TTR", "BB"] {
        let answers = json!({"nomination": nomination, "part": part});
        ledger.add(COMMUNE, "paper", "c1", "2023-10-03T00:00:00Z", answers);
    }
}

fn change(ledger: &mut Ledger, record: RecordId) {
    ledger.get_mut(record).row.heads = vec![ChangeHash([99; 32])];
}

/// The states of the only nomination, by each step.
fn states(ledger: &Ledger) -> Value {
    let (rules, evidence) = (rules(), ledger.evidence());
    let state = |step: &str| {
        let form: FormId = step.parse().unwrap();
        let views = judged(&rules, &evidence, &form, |_, _| true);
        json!(views.iter().map(|view| view.state).collect::<Vec<_>>()).as_array().unwrap()[0].clone()
    };
    ["vote", "submission", "proposal", "decision"].into_iter().map(state).collect()
}

#[test]
fn each_step_waits_for_the_one_before() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger);
    assert_eq!(states(&ledger), json!(["waiting", "not_yet", "not_yet", "not_yet"]));
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    assert_eq!(states(&ledger), json!(["judged", "not_yet", "not_yet", "not_yet"]), "papers are missing");
    papers(&mut ledger, nomination);
    assert_eq!(states(&ledger), json!(["judged", "waiting", "not_yet", "not_yet"]));
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    assert_eq!(states(&ledger), json!(["judged", "judged", "waiting", "not_yet"]));
    // Whoever makes the next step now judges what the earlier ones have not seen.
    change(&mut ledger, nomination);
    assert_eq!(states(&ledger), json!(["changed", "changed", "not_yet", "not_yet"]));
    // It begins anew.
    ledger.step(COMMUNE, "vote", nomination, json!({}));
    assert_eq!(states(&ledger), json!(["judged", "changed", "not_yet", "not_yet"]));
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    assert_eq!(states(&ledger), json!(["judged", "judged", "waiting", "not_yet"]));
}

#[test]
fn a_step_out_of_order_has_judged_nothing() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger);
    papers(&mut ledger, nomination);
    ledger.step(COMMUNE, "submission", nomination, json!({}));
    assert_eq!(states(&ledger), json!(["waiting", "not_yet", "not_yet", "not_yet"]));
}

#[test]
fn the_judgement_of_now_goes_before_a_later_one_of_another_state() {
    let mut ledger = Ledger::default();
    let nomination = nominate(&mut ledger);
    let first = ledger.step(COMMUNE, "vote", nomination, json!({}));
    let heads = ChangeHash([98; 32]).to_string();
    let other = ledger.step(COMMUNE, "vote", nomination, json!({"subject_heads": heads}));
    let (rules, form) = (rules(), "vote".parse().unwrap());
    let shown = |ledger: &Ledger| {
        let evidence = ledger.evidence();
        let view = judged(&rules, &evidence, &form, |_, _| true).remove(0);
        (view.state, view.judgement.unwrap().record)
    };
    assert_eq!(shown(&ledger), (JudgedState::Judged, first));
    change(&mut ledger, nomination);
    assert_eq!(shown(&ledger), (JudgedState::Changed, other));
}

#[test]
fn a_form_judges_what_its_references_point_at() {
    let rules = rules();
    let of = |form: &str| json!(subjects(rules.campaign.form(&form.parse().unwrap()).unwrap()));
    assert_eq!(of("vote"), json!({"nomination": "nomination"}));
    assert_eq!(of("nomination"), json!({}), "it points at an initiative, and judges nothing");
}
