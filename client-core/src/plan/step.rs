//! The steps from a nomination to a decision: each dated, signed, written once, and in its order.

use std::collections::BTreeSet;

use serde::Serialize;

use super::evidence::{Evidence, Filed, text_of};
use crate::{
    ChangeHash, DeviceId, FormId, RecordId,
    campaign::{Awarding, Campaign, FieldKind, Quota, Round, Step},
    record::{Issue, Row},
    unit::UnitTree,
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
    pub(super) units: &'a UnitTree,
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
        let (nomination, declared) = (self.nomination, self.campaign.form(form));
        self.evidence.of(form).iter().filter(move |step| {
            declared.and_then(|form| form.subject(&step.row.answers)) == Some(nomination.row.record)
                && self.is_of_unit(&step.row)
        })
    }

    /// Whether a record belongs to the nominee's unit, or to what it was or has become: another unit's step is no step of this.
    fn is_of_unit(&self, row: &Row) -> bool {
        let (own, other) = (&self.nomination.row.unit, &row.unit);
        own == other || self.units.reach_own(own).contains(other) || self.units.reach_own(other).contains(own)
    }

    fn issues(&self, step: &Filed, standing: &[&Filed]) -> Vec<Issue> {
        let mut issues = Vec::new();
        let form = &step.row.form;
        let pinned = self.pinned(step);
        let stood = |needed: &FormId| {
            standing.iter().filter(|earlier| earlier.row.form == *needed && earlier.precedes(step)).collect::<Vec<_>>()
        };
        let steps: Vec<&FormId> = self.awarding.steps_of(self.quota()).into_iter().map(|step| &step.form).collect();
        let at = steps.iter().position(|known| *known == form);
        let mut changed = pinned.is_none();
        for needed in &steps[..at.unwrap_or(0)] {
            let earlier = stood(needed);
            if earlier.is_empty() {
                let (vi, en) = self.title(needed);
                issues.push(issue(
                    "out_of_order",
                    format!("Bước này có trước khi có bước “{vi}” hợp lệ."),
                    format!("This step was made before there was a valid step \"{en}\"."),
                ));
            } else if !earlier.iter().any(|earlier| self.pinned(earlier) == pinned) {
                changed = true;
            }
        }
        if changed {
            issues.push(issue(
                "changed_since",
                "Đề nghị khen thưởng đã thay đổi giữa các bước: các bước trước xét một bản khác.".into(),
                "The nomination has changed between the steps: the earlier ones judged another state of it.".into(),
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
        let decided = self.awarding.decided_award.as_ref().and_then(|field| text_of(&step.row, field));
        let nominated = text_of(&self.nomination.row, &self.awarding.nomination.award);
        if *form == self.awarding.decision && decided.is_some() && decided != nominated {
            issues.push(issue(
                "other_award",
                "Quyết định ghi hình thức khen thưởng khác với đề nghị.".into(),
                "The decision names another award than the nomination.".into(),
            ));
        }
        // An award that takes a shorter way has its papers checked at its last step.
        let gate = steps.iter().position(|known| **known == self.awarding.dossier.before);
        if at >= gate.or(steps.len().checked_sub(1)) {
            issues.extend(self.blocking(Some(step)));
        }
        issues
    }

    /// The state of the nomination that a step judged.
    fn pinned(&self, step: &Filed) -> Option<Vec<ChangeHash>> {
        let form = self.campaign.form(&step.row.form)?;
        form.pinned(&step.row.answers).map(|(_, heads)| heads)
    }

    /// Said of a nomination that is not what its last step judged. A decision that was made stands; what follows begins anew.
    pub(super) fn changed_since(&self) -> Option<Issue> {
        let forms = self.awarding.steps.iter().rev();
        let last = forms.flat_map(|step| self.made(&step.form)).next()?;
        (self.pinned(last).as_ref() != Some(&self.nomination.row.heads)).then(|| {
            issue(
                "changed_since",
                "Đề nghị khen thưởng đã thay đổi sau bước gần nhất.".into(),
                "The nomination has changed since its last step.".into(),
            )
        })
    }

    /// What stands in the way of submission, as it was when a step was made or (`None`) as it is now: papers that are missing, and
    /// what is not right yet in the nomination or in a record it points at (an initiative whose shares no longer make 100). What has changed after
    /// the step does not undo it.
    pub(super) fn blocking(&self, step: Option<&Filed>) -> Vec<Issue> {
        let mut issues = Vec::new();
        let missing = self.missing_papers(step);
        if !missing.is_empty() {
            let papers = missing.join(", ");
            issues.push(issue(
                "dossier_incomplete",
                format!("Hồ sơ còn thiếu: {papers}."),
                format!("The dossier lacks: {papers}."),
            ));
        }
        let judged = |filed: &Filed| step.is_none_or(|step| filed.unchanged_since(step));
        if !self.nomination.row.issues.is_empty() && judged(self.nomination) {
            issues.push(issue(
                "nomination_incomplete",
                "Đề nghị khen thưởng còn nội dung chưa đúng hoặc chưa đủ.".into(),
                "The nomination has something that is not right yet.".into(),
            ));
        }
        let unsound = |referred: Option<&Filed>| match referred {
            Some(filed) => !filed.row.issues.is_empty() && judged(filed),
            // Withdrawn, annulled, or not here.
            None => step.is_none(),
        };
        if self.referred().any(unsound) {
            issues.push(issue(
                "referred_incomplete",
                "Hồ sơ được dẫn chiếu còn nội dung chưa đúng, chưa đủ, hoặc không còn hiệu lực.".into(),
                "A record that the nomination points at has something that is not right yet, or is not in force."
                    .into(),
            ));
        }
        issues
    }

    /// The round's papers that were not there, or were there with issues, when a step was made or (`None`) are not there now.
    pub(super) fn missing_papers(&self, step: Option<&Filed>) -> Vec<String> {
        let dossier = &self.awarding.dossier;
        let nomination = self.nomination.row.record.to_string();
        let papers = self.evidence.of(&dossier.form).iter();
        let there: BTreeSet<&str> = papers
            .filter(|paper| step.is_none_or(|step| paper.precedes(step)))
            .map(|paper| &paper.row)
            .filter(|row| text_of(row, &dossier.nomination) == Some(&nomination) && self.is_of_unit(row))
            .filter(|row| row.issues.is_empty())
            .filter_map(|row| text_of(row, &dossier.part))
            .collect();
        let needed = &self.round.dossier;
        needed.iter().map(ToString::to_string).filter(|part| !there.contains(part.as_str())).collect()
    }

    fn referred(&self) -> impl Iterator<Item = Option<&'a Filed>> {
        let row = &self.nomination.row;
        let fields = self.campaign.form(&row.form).map_or(&[][..], |form| &form.fields);
        let references = fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let evidence = self.evidence;
        references
            .filter_map(|field| text_of(row, &field.id)?.parse().ok())
            .map(move |id: RecordId| evidence.record(id))
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
