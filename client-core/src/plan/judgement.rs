//! What waits to be judged: the records that a form such as a review or an appraisal points at, and whether the state
//! they are in now was judged.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    award::{NominationView, round},
    evidence::{Evidence, Filed},
    step::StepView,
};
use crate::{
    DeviceId, FieldId, FormId, RecordId, UnitId,
    campaign::{FieldKind, Form},
    policy::Rulebook,
    record::Row,
};

/// How a record stands with those who judge it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgedState {
    /// Nobody has judged it, and nothing has to come before.
    Waiting,
    /// It was judged, but not as it is now.
    Changed,
    /// It was judged as it is now.
    Judged,
    /// A nomination that is not there yet: an earlier step, a paper or its registration is lacking.
    NotYet,
}

/// A record that may be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedView<'e> {
    /// The record.
    pub row: &'e Row,
    /// How it stands.
    pub state: JudgedState,
    /// The judgement the state is about: of the state it is in now if there is one, else the latest.
    pub judgement: Option<Judgement>,
}

/// One judgement, by its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The record.
    pub record: RecordId,
    /// The device that signed it.
    pub by: DeviceId,
    /// When, by that device's clock, milliseconds since the Unix epoch.
    pub signed_ms: i64,
    /// Whether it says which state it judged. One that does not never stands for the state of now.
    pub pinned: bool,
}

/// The forms whose records a form judges, each with the field that points at one. A field behind one that must be
/// answered never points at what is judged ([`Form::subject`]).
pub fn subjects(form: &Form) -> BTreeMap<FormId, FieldId> {
    let mut subjects = BTreeMap::new();
    if form.pinned_heads_field().is_none() {
        return subjects;
    }
    for field in &form.fields {
        let FieldKind::Reference(judged) = &field.kind else { continue };
        subjects.entry(judged.clone()).or_insert_with(|| field.id.clone());
        if field.required {
            break;
        }
    }
    subjects
}

/// Every record that the form `by` may judge, by record. `may_judge` says whether whoever made a judgement has authority
/// over a unit's records: a review by another office is kept, and stands for nothing here.
pub fn judged<'e>(
    rules: &Rulebook,
    evidence: &'e Evidence,
    by: &FormId,
    may_judge: impl Fn(&Row, &UnitId) -> bool,
) -> Vec<JudgedView<'e>> {
    let Some(form) = rules.campaign.form(by) else { return Vec::new() };
    let is_step = rules.campaign.awarding().is_some_and(|awarding| awarding.steps.iter().any(|step| step.form == *by));
    let mut views = if is_step { nominations(rules, evidence, form) } else { reviewed(evidence, form, may_judge) };
    views.sort_by_key(|view| view.row.record);
    views
}

fn reviewed<'e>(evidence: &'e Evidence, form: &Form, may_judge: impl Fn(&Row, &UnitId) -> bool) -> Vec<JudgedView<'e>> {
    let mut judgements: BTreeMap<RecordId, Vec<&Filed>> = BTreeMap::new();
    for judgement in evidence.of(&form.id) {
        if let Some(subject) = form.subject(&judgement.row.answers) {
            judgements.entry(subject).or_default().push(judgement);
        }
    }
    let subjects = subjects(form);
    let filed = subjects.keys().flat_map(|subject| evidence.of(subject)).filter(|filed| filed.counts);
    filed
        .map(|filed| {
            let of_it = judgements.get(&filed.row.record).into_iter().flatten().copied();
            view(form, &filed.row, of_it.filter(|made| may_judge(&made.row, &filed.row.unit)), JudgedState::Waiting)
        })
        .collect()
}

/// Nominations by the step `form`: what was made out of order judges nothing, and a step waits for those before it.
fn nominations<'e>(rules: &Rulebook, evidence: &'e Evidence, form: &Form) -> Vec<JudgedView<'e>> {
    let Some(awarding) = rules.campaign.awarding() else { return Vec::new() };
    let mut views = Vec::new();
    for declared in rules.campaign.rounds() {
        let Some(round) = round(rules, evidence, declared.code.as_str()) else { continue };
        for nomination in &round.nominations {
            let steps = awarding.steps_of(declared.quota(&nomination.award));
            let Some(at) = steps.iter().position(|step| step.form == form.id) else { continue };
            let Some(filed) = evidence.record(nomination.record) else { continue };
            let is_gate = awarding.dossier.before == form.id;
            let before = steps[..at].iter().map(|step| &step.form);
            let ready =
                before.into_iter().all(|earlier| stands_as_it_is(rules, evidence, nomination, earlier, &filed.row));
            let unmade =
                if ready && !is_barred(nomination, is_gate) { JudgedState::Waiting } else { JudgedState::NotYet };
            let made = nomination.steps.iter().filter(|step| step.form == form.id && is_in_order(step));
            views.push(view(form, &filed.row, made.filter_map(|step| evidence.record(step.record)), unmade));
        }
    }
    views
}

/// Whether an earlier step stands and judged the nomination as it is now; a next one would be marked otherwise.
fn stands_as_it_is(
    rules: &Rulebook,
    evidence: &Evidence,
    nomination: &NominationView,
    form: &FormId,
    now: &Row,
) -> bool {
    let pins = |step: &StepView| {
        let row = &evidence.record(step.record)?.row;
        rules.campaign.form(&row.form)?.pinned(&row.answers).map(|(_, heads)| heads)
    };
    let stands = |step: &&StepView| step.state == super::StepState::Stands && step.form == *form;
    nomination.steps.iter().filter(stands).any(|step| pins(step).as_ref() == Some(&now.heads))
}

/// Whether something about the nomination itself is in the way.
fn is_barred(nomination: &NominationView, is_gate: bool) -> bool {
    nomination.issues.iter().any(|issue| match issue.code.as_str() {
        "not_registered" | "not_in_round" => true,
        "dossier_incomplete" | "nomination_incomplete" | "referred_incomplete" => is_gate,
        _ => false,
    })
}

/// Whether a step was made in its place. One that does not pass the nomination has judged it all the same.
fn is_in_order(step: &StepView) -> bool {
    step.issues.iter().all(|issue| issue.code == "not_passed")
}

fn view<'e>(
    form: &Form,
    row: &'e Row,
    judgements: impl Iterator<Item = &'e Filed>,
    unmade: JudgedState,
) -> JudgedView<'e> {
    let pins = |made: &Filed| form.pinned(&made.row.answers).map(|(_, heads)| heads);
    let is_of_now = |made: &Filed| pins(made).as_ref() == Some(&row.heads);
    // The latest as the ledger has them: clocks of two devices are never compared. What no hub has yet comes last.
    let order = |made: &Filed| (is_of_now(made), made.received.is_none(), made.received, made.row.record);
    let Some(last) = judgements.max_by_key(|made| order(made)) else {
        return JudgedView { row, state: unmade, judgement: None };
    };
    let state = if is_of_now(last) { JudgedState::Judged } else { JudgedState::Changed };
    let (record, by, signed_ms) = (last.row.record, last.row.creator, last.row.created_ms);
    let judgement = Some(Judgement { record, by, signed_ms, pinned: pins(last).is_some() });
    JudgedView { row, state, judgement }
}
