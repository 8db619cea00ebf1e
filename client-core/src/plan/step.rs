//! The steps from a nomination to a decision: each dated, signed, written once, and in its order.

use std::collections::BTreeSet;

use serde::Serialize;

use super::evidence::{Evidence, Filed, text_of};
use crate::{
    DeviceId, FormId, RecordId,
    campaign::{Awarding, Campaign, FieldKind, Quota, Round, Step},
    record::{Issue, Row},
};

/// Whether a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// In order: the next step may build on it.
    Stands,
    /// Kept and marked; it does not count for the next. The issues say why.
    Marked,
}

/// One step that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// The step's form.
    pub form: FormId,
    /// Its record.
    pub record: RecordId,
    /// The device that signed it.
    pub by: DeviceId,
    /// When, by that device's clock, milliseconds since the Unix epoch.
    pub signed_ms: i64,
    /// Whether it stands.
    pub state: StepState,
    /// Why it does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// A nomination with what it needs to be judged.
pub(super) struct Course<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) awarding: &'a Awarding,
    pub(super) round: &'a Round,
    pub(super) nomination: &'a Filed,
    pub(super) evidence: &'a Evidence,
}

impl<'a> Course<'a> {
    /// The steps that were made, in the campaign's order.
    pub(super) fn steps(&self) -> Vec<StepView> {
        let mut standing: Vec<&Filed> = Vec::new();
        let mut views = Vec::new();
        for Step { form, passes } in self.awarding.steps_of(self.quota()) {
            for step in self.made(form) {
                let mut issues = self.issues(step, &standing);
                if passes.as_ref().is_some_and(|passes| !passes.evaluate(&step.row.answers).unwrap_or(false)) {
                    issues.push(issue(
                        "not_passed",
                        "Bước này không thông qua đề nghị.".into(),
                        "This step did not pass the nomination.".into(),
                    ));
                }
                let state = if issues.is_empty() { StepState::Stands } else { StepState::Marked };
                if state == StepState::Stands {
                    standing.push(step);
                }
                let row = &step.row;
                let (record, by, signed_ms) = (row.record, row.creator, row.created_ms);
                views.push(StepView { form: form.clone(), record, by, signed_ms, state, issues });
            }
        }
        views
    }

    /// What the round says of the award.
    pub(super) fn quota(&self) -> Option<&'a Quota> {
        self.round.quota(text_of(&self.nomination.row, &self.awarding.nomination.award)?)
    }

    fn made(&self, form: &FormId) -> impl Iterator<Item = &'a Filed> {
        let (nomination, declared) = (self.nomination.row.record, self.campaign.form(form));
        self.evidence
            .of(form)
            .iter()
            .filter(move |step| declared.and_then(|form| form.subject(&step.row.answers)) == Some(nomination))
    }

    fn issues(&self, step: &Filed, standing: &[&Filed]) -> Vec<Issue> {
        let mut issues = Vec::new();
        let form = &step.row.form;
        let stood =
            |needed: &FormId| standing.iter().any(|earlier| earlier.row.form == *needed && earlier.precedes(step));
        let steps: Vec<&FormId> = self.awarding.steps_of(self.quota()).into_iter().map(|step| &step.form).collect();
        let at = steps.iter().position(|known| *known == form);
        for missing in steps[..at.unwrap_or(0)].iter().copied().filter(|needed| !stood(needed)) {
            let (vi, en) = self.title(missing);
            issues.push(issue(
                "out_of_order",
                format!("Bước này có trước khi có bước “{vi}” hợp lệ."),
                format!("This step was made before there was a valid step \"{en}\"."),
            ));
        }
        let pinned = self.campaign.form(form).and_then(|form| form.pinned(&step.row.answers)).map(|(_, heads)| heads);
        if pinned.as_ref() != Some(&self.nomination.row.heads) {
            issues.push(issue(
                "changed_since",
                "Đề nghị khen thưởng đã thay đổi sau bước này.".into(),
                "The nomination has changed since this step.".into(),
            ));
        }
        if !step.row.issues.is_empty() {
            issues.push(issue(
                "step_incomplete",
                "Bước này còn nội dung chưa đúng hoặc chưa đủ.".into(),
                "This step has something that is not right yet.".into(),
            ));
        }
        let decides = self.quota().map_or(&[][..], |quota| &quota.decided_by);
        if *form == self.awarding.decision
            && !decides.is_empty()
            && !decides.iter().any(|role| step.roles.contains(role))
        {
            issues.push(issue(
                "wrong_role",
                "Người lập bước này không có thẩm quyền quyết định hình thức khen thưởng này.".into(),
                "Whoever made this step does not decide on this award.".into(),
            ));
        }
        // An award that takes a shorter way has its papers checked at its last step.
        let gate = steps.iter().position(|known| **known == self.awarding.dossier.before);
        if at >= gate.or(steps.len().checked_sub(1)) {
            issues.extend(self.blocking());
        }
        issues
    }

    /// What stands in the way of submission: papers that are missing, and what is not right yet in the nomination or in a record it
    /// points at (an initiative whose shares no longer make 100).
    pub(super) fn blocking(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let missing = self.missing_papers();
        if !missing.is_empty() {
            let papers = missing.join(", ");
            issues.push(issue(
                "dossier_incomplete",
                format!("Hồ sơ còn thiếu: {papers}."),
                format!("The dossier lacks: {papers}."),
            ));
        }
        if !self.nomination.row.issues.is_empty() {
            issues.push(issue(
                "nomination_incomplete",
                "Đề nghị khen thưởng còn nội dung chưa đúng hoặc chưa đủ.".into(),
                "The nomination has something that is not right yet.".into(),
            ));
        }
        if self.referred().any(|row| !row.issues.is_empty()) {
            issues.push(issue(
                "referred_incomplete",
                "Hồ sơ được dẫn chiếu còn nội dung chưa đúng hoặc chưa đủ.".into(),
                "A record that the nomination points at has something that is not right yet.".into(),
            ));
        }
        issues
    }

    /// The round's papers that are not there, or are there with issues.
    pub(super) fn missing_papers(&self) -> Vec<String> {
        let dossier = &self.awarding.dossier;
        let nomination = self.nomination.row.record.to_string();
        let papers = self.evidence.of(&dossier.form).iter().map(|paper| &paper.row);
        let there: BTreeSet<&str> = papers
            .filter(|row| text_of(row, &dossier.nomination) == Some(&nomination) && row.issues.is_empty())
            .filter_map(|row| text_of(row, &dossier.part))
            .collect();
        let needed = &self.round.dossier;
        needed.iter().map(ToString::to_string).filter(|part| !there.contains(part.as_str())).collect()
    }

    fn referred(&self) -> impl Iterator<Item = &'a Row> {
        let row = &self.nomination.row;
        let fields = self.campaign.form(&row.form).map_or(&[][..], |form| &form.fields);
        let references = fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let evidence = self.evidence;
        references
            .filter_map(|field| text_of(row, &field.id)?.parse().ok())
            .filter_map(move |id: RecordId| evidence.record(id).map(|filed| &filed.row))
    }

    fn title(&self, form: &FormId) -> (String, String) {
        match self.campaign.form(form) {
            Some(form) => (form.title.vi.clone(), form.title.en.clone()),
            None => (form.to_string(), form.to_string()),
        }
    }
}

pub(super) fn issue(code: &str, message_vi: String, message_en: String) -> Issue {
    Issue { code: code.into(), field: String::new(), message_vi, message_en }
}
