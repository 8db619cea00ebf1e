//! Award rounds: the forms of the way from a nomination to a decision, and what each round grants.

use jiff::civil::Date;

use super::{
    CampaignErrorCode, ChoiceList, Code, Expression, FieldKind, Form, Localised,
    binding::{Forms, field, optional_field},
    form_reader::Known,
    json::Node,
    scope::variables_of,
};
use crate::{FieldId, FormId, RoleId};

/// Whether a nominee is an organisation or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An organisation.
    Collective,
    /// A person.
    Individual,
}

impl SubjectKind {
    /// Reads a choice code.
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "collective" => Some(Self::Collective),
            "individual" => Some(Self::Individual),
            _ => None,
        }
    }
}

/// The choice code of people who took a direct part.
pub const CATEGORY_DIRECT: &str = "direct";
/// The choice code of leaders and those who coordinated or spread the word.
pub const CATEGORY_LEADER: &str = "leader";

/// The forms by which a campaign awards.
#[derive(Debug, Clone, PartialEq)]
pub struct Awarding {
    /// By which a unit registers: a collective is not eligible without.
    pub registration: FormId,
    /// Who is nominated.
    pub nomination: NominationForm,
    /// The papers of a nomination.
    pub dossier: DossierForm,
    /// The steps, in their order; each judges the nomination and is written once.
    pub steps: Vec<Step>,
    /// The step that puts a nomination on the proposal list.
    pub proposal: FormId,
    /// Its field for the reason why the split of the list is broken.
    pub override_reason: FieldId,
    /// The step that decides.
    pub decision: FormId,
    /// Its field for whether the award is granted.
    pub granted: FieldId,
    /// Its field for the award, if it has one: it must be the one that was nominated for.
    pub decided_award: Option<FieldId>,
}

/// The form of a nomination. The record belongs to the nominee's own unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NominationForm {
    /// The form.
    pub form: FormId,
    /// The round's code.
    pub round: FieldId,
    /// The award's code.
    pub award: FieldId,
    /// `collective` or `individual`.
    pub subject: FieldId,
    /// `direct` or `leader`, of an individual.
    pub category: FieldId,
}

/// The form of one paper of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierForm {
    /// The form.
    pub form: FormId,
    /// The nomination it belongs to.
    pub nomination: FieldId,
    /// Which paper it is.
    pub part: FieldId,
    /// The step before which all papers must be there.
    pub before: FormId,
}

/// One step of an award.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its form.
    pub form: FormId,
    /// When the nomination passes it; always, if absent. What does not pass stays, and gates the next step.
    pub passes: Option<Expression>,
}

/// One round of awards.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// The plan's code.
    pub code: Code,
    /// What it is.
    pub label: Localised,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// The legal text it follows; it changes from round to round.
    pub legal_basis: Localised,
    /// The number of the form for the report of achievements, once it is known.
    pub form_number: Option<String>,
    /// The papers a dossier needs.
    pub dossier: Vec<Code>,
    /// The least share, in percent, of individuals who took a direct part on the proposal list.
    pub direct_percent: u64,
    /// What it grants, by award.
    pub quotas: Vec<Quota>,
}

/// How many of an award a round grants; `None`: any number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The award's code.
    pub award: Code,
    /// To organisations.
    pub collective: Option<u64>,
    /// To people.
    pub individual: Option<u64>,
    /// The steps that this award takes; all, if absent.
    pub steps: Option<Vec<FormId>>,
    /// The roles that decide on it; any that may create a decision, if empty.
    pub decided_by: Vec<RoleId>,
}

impl Quota {
    /// The most grants to this kind of nominee.
    pub fn of(&self, kind: SubjectKind) -> Option<u64> {
        match kind {
            SubjectKind::Collective => self.collective,
            SubjectKind::Individual => self.individual,
        }
    }
}

impl Round {
    /// How many of `individuals` on a proposal list may be leaders: whole persons, rounded down.
    pub fn leaders_most(&self, individuals: u64) -> u64 {
        individuals * (100 - self.direct_percent) / 100
    }

    /// What it grants of an award; `None` if it is not given in this round.
    pub fn quota(&self, award: &str) -> Option<&Quota> {
        self.quotas.iter().find(|quota| quota.award.as_str() == award)
    }

    pub(super) fn read(node: Node<'_>) -> Option<Self> {
        let object = node.object()?;
        let code = object.need("code").and_then(|node| node.parsed());
        let label = object.need("label").and_then(Localised::read);
        let date = |key| object.need(key).and_then(|node| node.date());
        let (from, to) = (date("from"), date("to"));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            node.error(CampaignErrorCode::InvalidValue, "\"to\" is before \"from\"");
        }
        let legal_basis = object.need("legal_basis").and_then(Localised::read);
        let form_number = object.get("form_number").and_then(|node| node.text()).map(str::to_owned);
        let dossier = object.list("dossier").into_iter().filter_map(|node| node.parsed()).collect();
        let direct_percent = object.need("direct_percent").and_then(|node| {
            let percent = node.positive_integer()?;
            if percent > 100 {
                node.error(CampaignErrorCode::InvalidValue, "a share is at most 100 percent");
                return None;
            }
            Some(percent)
        });
        let quotas = object.list("quotas").into_iter().filter_map(read_quota).collect();
        object.finish();
        Some(Self {
            code: code?,
            label: label?,
            from: from?,
            to: to?,
            legal_basis: legal_basis?,
            form_number,
            dossier,
            direct_percent: direct_percent?,
            quotas,
        })
    }
}

fn read_quota(node: Node<'_>) -> Option<Quota> {
    let object = node.object()?;
    let award = object.need("award").and_then(|node| node.parsed());
    let number = |key| object.get(key).filter(|node| !node.is_null()).and_then(|node| node.positive_integer());
    let (collective, individual) = (number("collective"), number("individual"));
    let steps =
        object.get("steps").map(|_| object.list("steps").into_iter().filter_map(|node| node.parsed()).collect());
    let decided_by = object.list("decided_by").into_iter().filter_map(|node| node.parsed()).collect();
    object.finish();
    Some(Quota { award: award?, collective, individual, steps, decided_by })
}

impl Awarding {
    pub(super) fn read(
        node: Node<'_>,
        known: &Known<'_>,
        forms: &Forms<'_>,
        lists: &[ChoiceList],
        rounds: &[Round],
    ) -> Option<Self> {
        let object = node.object()?;
        let registration = forms.form(&object, "registration").map(|form| form.id.clone());
        let nomination = object.need("nomination").and_then(|node| read_nomination(node, forms, lists, rounds));
        let nominated = nomination.as_ref().map(|nomination: &NominationForm| &nomination.form);
        let steps: Vec<Step> =
            object.list("steps").into_iter().filter_map(|node| read_step(node, known, forms, nominated)).collect();
        let dossier = object.need("dossier").and_then(|node| read_dossier(node, forms, nominated, &steps));
        let proposal =
            object.need("proposal").and_then(|node| read_last(node, forms, &steps, "override", &["text", "paragraph"]));
        let decision = object.need("decision").and_then(|node| read_last(node, forms, &steps, "granted", &["boolean"]));
        let decided_award = object.peek("decision").and_then(|node| {
            optional_field(&node.object_quietly()?, "award", forms.form_quietly(&decision.as_ref()?.0), &["choice"])
        });
        object.finish();
        let ((proposal, override_reason), (decision, granted)) = (proposal?, decision?);
        Some(Self {
            registration: registration?,
            nomination: nomination?,
            dossier: dossier?,
            steps,
            proposal,
            override_reason,
            decision,
            granted,
            decided_award,
        })
    }

    /// The steps that an award takes in a round, in their order.
    pub fn steps_of(&self, quota: Option<&Quota>) -> Vec<&Step> {
        let taken = quota.and_then(|quota| quota.steps.as_ref());
        self.steps.iter().filter(|step| taken.is_none_or(|taken| taken.contains(&step.form))).collect()
    }
}

fn read_nomination(
    node: Node<'_>,
    forms: &Forms<'_>,
    lists: &[ChoiceList],
    rounds: &[Round],
) -> Option<NominationForm> {
    let object = node.object()?;
    let form = forms.form(&object, "form");
    let choice = |key, codes: &[&str]| {
        let id = field(&object, key, form, &["choice"])?;
        let FieldKind::Choice(list) = &form?.field(&id)?.kind else { return None };
        let list = lists.iter().find(|known| known.id == *list)?;
        if let Some(missing) = codes.iter().find(|code| list.choice(code).is_none()) {
            let message = format!("the choices of \"{id}\" lack {missing:?}");
            object.get(key)?.error(CampaignErrorCode::InvalidValue, message);
        }
        Some(id)
    };
    let codes: Vec<&str> = rounds.iter().map(|round| round.code.as_str()).collect();
    let round = choice("round", &codes);
    let award = choice("award", &[]);
    let subject = choice("subject", &["collective", "individual"]);
    let category = choice("category", &[CATEGORY_DIRECT, CATEGORY_LEADER]);
    object.finish();
    let form = form?.id.clone();
    Some(NominationForm { form, round: round?, award: award?, subject: subject?, category: category? })
}

/// A form's name, or an object with `form` and `passes`.
fn read_step(node: Node<'_>, known: &Known<'_>, forms: &Forms<'_>, nomination: Option<&FormId>) -> Option<Step> {
    let Some(object) = node.object_quietly() else {
        let form = step_form(node, forms, nomination)?.id.clone();
        return Some(Step { form, passes: None });
    };
    let form = object.need("form").and_then(|node| step_form(node, forms, nomination));
    let passes = object.get("passes").and_then(|node| known.expression(node, &variables_of(form?)));
    object.finish();
    Some(Step { form: form?.id.clone(), passes })
}

fn step_form<'f>(node: Node<'_>, forms: &Forms<'f>, nomination: Option<&FormId>) -> Option<&'f Form> {
    let form = forms.form_at(node)?;
    let missing = if !form.write_once {
        Some("is not write_once")
    } else if form.pinned_heads_field().is_none() {
        Some("has no text field subject_heads")
    } else if nomination.is_some_and(|nomination| form.reference_to(nomination).is_none()) {
        Some("has no reference to the nomination")
    } else {
        None
    };
    if let Some(missing) = missing {
        node.error(
            CampaignErrorCode::InvalidValue,
            format!("the form \"{}\" {missing}, so it cannot be a step", form.id),
        );
    }
    Some(form)
}

fn read_dossier(node: Node<'_>, forms: &Forms<'_>, nominated: Option<&FormId>, steps: &[Step]) -> Option<DossierForm> {
    let object = node.object()?;
    let form = forms.form(&object, "form");
    let nomination = field(&object, "nomination", form, &["reference"]);
    if let (Some(id), Some(form), Some(nominated)) = (&nomination, form, nominated)
        && !matches!(form.field(id).map(|field| &field.kind), Some(FieldKind::Reference(to)) if to == nominated)
    {
        node.error(CampaignErrorCode::InvalidValue, format!("\"{id}\" does not refer to \"{nominated}\""));
    }
    let part = field(&object, "part", form, &["choice"]);
    let before = object.need("before").and_then(|node| step_at(node, steps));
    object.finish();
    Some(DossierForm { form: form?.id.clone(), nomination: nomination?, part: part?, before: before? })
}

fn step_at(node: Node<'_>, steps: &[Step]) -> Option<FormId> {
    let form: FormId = node.parsed()?;
    if !steps.iter().any(|step| step.form == form) {
        node.error(CampaignErrorCode::UnknownReference, format!("\"{form}\" is not among the steps"));
    }
    Some(form)
}

fn read_last(
    node: Node<'_>,
    forms: &Forms<'_>,
    steps: &[Step],
    key: &'static str,
    kinds: &[&str],
) -> Option<(FormId, FieldId)> {
    let object = node.object()?;
    let form = forms.form(&object, "form");
    let step = object.get("form").and_then(|node| step_at(node, steps));
    // Only a decision has one; it is read with the decision.
    object.get("award");
    let field = field(&object, key, form, kinds);
    object.finish();
    Some((step?, field?))
}
