//! A round of awards: who is nominated, who stands on the proposal list, what was granted.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    evidence::{Evidence, Filed, text_of},
    step::{Course, StepState, StepView, issue},
};
use crate::{
    RecordId, UnitId,
    campaign::{Awarding, CATEGORY_DIRECT, CATEGORY_LEADER, Round, SubjectKind},
    policy::Rulebook,
    record::{Issue, Row},
};

/// A nomination and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NominationView {
    /// The record.
    pub record: RecordId,
    /// The nominee's own unit, which proposes.
    pub unit: UnitId,
    /// The award's code.
    pub award: String,
    /// Organisation or person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectKind>,
    /// `direct` or `leader`, of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The papers that are missing.
    pub missing_papers: Vec<String>,
    /// The steps that were made, in the campaign's order.
    pub steps: Vec<StepView>,
    /// What stands in its way: not registered, not given in this round, incomplete.
    pub issues: Vec<Issue>,
    /// Whether it stands on the proposal list.
    pub proposed: bool,
    /// Whether the award is granted by a decision that stands.
    pub granted: bool,
}

impl NominationView {
    /// The forms of the steps that stand, in their order.
    pub fn standing_steps(&self) -> impl Iterator<Item = &crate::FormId> {
        self.steps.iter().filter(|step| step.state == StepState::Stands).map(|step| &step.form)
    }
}

/// Individuals of a proposal list by category, in whole persons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Those who took a direct part.
    pub direct: u64,
    /// Leaders, and those who coordinated or spread the word.
    pub leaders: u64,
    /// Those without a category.
    pub unknown: u64,
    /// The most leaders that so many individuals allow.
    pub leaders_most: u64,
    /// Whether there are more.
    pub is_broken: bool,
}

impl Split {
    fn of<'n>(round: &Round, nominations: impl Iterator<Item = &'n NominationView>) -> Self {
        let mut split = Self::default();
        for nomination in nominations.filter(|n| n.subject == Some(SubjectKind::Individual)) {
            match nomination.category.as_deref() {
                Some(CATEGORY_DIRECT) => split.direct += 1,
                Some(CATEGORY_LEADER) => split.leaders += 1,
                _ => split.unknown += 1,
            }
        }
        split.leaders_most = round.leaders_most(split.direct + split.leaders + split.unknown);
        split.is_broken = split.leaders > split.leaders_most;
        split
    }
}

/// The proposal list of a round. A broken split warns and is never blocked: the plan says "chiếm", without tolerance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposalList {
    /// The nominations on it.
    pub nominations: Vec<RecordId>,
    /// Of the whole list.
    pub split: Split,
    /// Of each proposing unit's part.
    pub by_unit: BTreeMap<UnitId, Split>,
    /// Why the split is broken, as given in proposals that stand.
    pub override_reasons: Vec<String>,
    /// The warning, as long as the split is broken and nobody gave a reason.
    pub issues: Vec<Issue>,
}

/// What was granted of one award to one kind of nominee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grants {
    /// The award's code.
    pub award: String,
    /// Organisations or people.
    pub subject: SubjectKind,
    /// The most that may be granted; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// The nominations granted.
    pub granted: Vec<RecordId>,
    /// Set when there are more grants than the quota: of all of them, for which are too many is for people to say.
    pub issues: Vec<Issue>,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoundView {
    /// The plan's code.
    pub round: String,
    /// Every nomination, by record.
    pub nominations: Vec<NominationView>,
    /// The proposal list.
    pub list: ProposalList,
    /// Grants by award and kind of nominee.
    pub grants: Vec<Grants>,
}

/// How a round stands; `None` if the campaign has no such round.
pub fn round(rules: &Rulebook, evidence: &Evidence, code: &str) -> Option<RoundView> {
    let (round, awarding) = (rules.campaign.round(code)?, rules.campaign.awarding()?);
    let form = &awarding.nomination;
    let of_round = |filed: &&Filed| filed.counts && text_of(&filed.row, &form.round) == Some(code);
    let mut nominations: Vec<NominationView> = evidence
        .of(&form.form)
        .iter()
        .filter(of_round)
        .map(|nomination| {
            view(
                rules,
                awarding,
                Course { campaign: &rules.campaign, awarding, round, nomination, evidence, units: &rules.units },
            )
        })
        .collect();
    nominations.sort_by_key(|nomination| nomination.record);
    let list = proposal_list(round, awarding, evidence, &nominations);
    let grants = grants(round, &nominations);
    Some(RoundView { round: code.to_owned(), nominations, list, grants })
}

fn view(rules: &Rulebook, awarding: &Awarding, course: Course<'_>) -> NominationView {
    let form = &awarding.nomination;
    let row = &course.nomination.row;
    let award = text_of(row, &form.award).unwrap_or_default().to_owned();
    let subject = text_of(row, &form.subject).and_then(SubjectKind::of_code);
    let mut issues = course.blocking(None);
    issues.extend(course.changed_since());
    if subject == Some(SubjectKind::Collective) && !is_registered(rules, awarding, &course, row) {
        issues.push(issue(
            "not_registered",
            "Tập thể chưa đăng ký thi đua nên chưa đủ điều kiện xét khen thưởng.".into(),
            "The collective has not registered for the movement, so it is not eligible.".into(),
        ));
    }
    if course.quota().is_none() {
        issues.push(issue(
            "not_in_round",
            "Hình thức khen thưởng này không có trong đợt xét.".into(),
            "This award is not given in this round.".into(),
        ));
    }
    let eligible = issues.iter().all(|issue| !matches!(issue.code.as_str(), "not_registered" | "not_in_round"));
    let mut steps = course.steps();
    if !eligible {
        // A step of what may not be awarded is kept and marked.
        for step in &mut steps {
            step.state = StepState::Marked;
            step.issues.extend(
                issues.iter().filter(|issue| matches!(issue.code.as_str(), "not_registered" | "not_in_round")).cloned(),
            );
        }
    }
    let stands = |form: &crate::FormId| {
        steps.iter().filter(|step| step.form == *form && step.state == StepState::Stands).collect::<Vec<_>>()
    };
    let granted = stands(&awarding.decision).iter().any(|step| {
        let decision = course.evidence.record(step.record);
        decision.and_then(|decision| decision.row.answers.get(&awarding.granted)).and_then(Value::as_bool) == Some(true)
    });
    NominationView {
        record: row.record,
        unit: row.unit.clone(),
        award,
        subject,
        category: text_of(row, &form.category).map(str::to_owned),
        missing_papers: course.missing_papers(None),
        proposed: !stands(&awarding.proposal).is_empty(),
        granted,
        steps,
        issues,
    }
}

/// Whether the unit, or what it was before, had registered when the nomination was made.
fn is_registered(rules: &Rulebook, awarding: &Awarding, course: &Course<'_>, nomination: &Row) -> bool {
    let units = rules.units.reach_own(&nomination.unit);
    let registrations = course.evidence.of(&awarding.registration);
    registrations
        .iter()
        .any(|made| made.row.issues.is_empty() && units.contains(&made.row.unit) && made.precedes(course.nomination))
}

fn proposal_list(
    round: &Round,
    awarding: &Awarding,
    evidence: &Evidence,
    nominations: &[NominationView],
) -> ProposalList {
    let on_list: Vec<&NominationView> = nominations.iter().filter(|nomination| nomination.proposed).collect();
    let split = Split::of(round, on_list.iter().copied());
    let mut by_unit: BTreeMap<UnitId, Split> = BTreeMap::new();
    for nomination in &on_list {
        let unit = &nomination.unit;
        by_unit
            .entry(unit.clone())
            .or_insert_with(|| Split::of(round, on_list.iter().copied().filter(|n| n.unit == *unit)));
    }
    let steps = on_list.iter().flat_map(|nomination| &nomination.steps);
    let proposals = steps.filter(|step| step.form == awarding.proposal && step.state == StepState::Stands);
    let override_reasons: Vec<String> = proposals
        .filter_map(|step| text_of(&evidence.record(step.record)?.row, &awarding.override_reason).map(str::to_owned))
        .filter(|reason| !reason.trim().is_empty())
        .collect();
    let mut issues = Vec::new();
    if split.is_broken && override_reasons.is_empty() {
        let (leaders, most) = (split.leaders, split.leaders_most);
        issues.push(issue(
            "split_broken",
            format!(
                "Danh sách đề nghị có {leaders} lãnh đạo, phối hợp, tuyên truyền; nhiều nhất là {most}. Cần nêu lý do."
            ),
            format!(
                "The proposal list has {leaders} leaders or supporters; at most {most} are allowed. Give a reason."
            ),
        ));
    }
    ProposalList { nominations: on_list.iter().map(|n| n.record).collect(), split, by_unit, override_reasons, issues }
}

fn grants(round: &Round, nominations: &[NominationView]) -> Vec<Grants> {
    let mut all = Vec::new();
    for quota in &round.quotas {
        for subject in [SubjectKind::Collective, SubjectKind::Individual] {
            let of = |n: &&NominationView| n.granted && n.award == quota.award.as_str() && n.subject == Some(subject);
            let granted: Vec<RecordId> = nominations.iter().filter(of).map(|n| n.record).collect();
            let most = quota.of(subject);
            let mut issues = Vec::new();
            if let Some(most) = most.filter(|most| granted.len() as u64 > *most) {
                let count = granted.len();
                issues.push(issue(
                    "quota_exceeded",
                    format!("Đã quyết định khen {count}, vượt chỉ tiêu {most}. Cần hủy bớt quyết định."),
                    format!("{count} were granted, more than the quota of {most}. Annul some decisions."),
                ));
            }
            all.push(Grants { award: quota.award.to_string(), subject, quota: most, granted, issues });
        }
    }
    all
}
