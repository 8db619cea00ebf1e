//! A campaign as data: forms, choice lists, indicators, roles and measures (docs/campaign-format.md).
//!
//! [`Campaign::parse`] reads the text once and checks everything in it, so that what holds a [`Campaign`] never meets
//! an unknown field, a broken expression or a reference that leads nowhere.

mod award;
mod binding;
mod check;
mod choice;
mod date;
mod deadline;
mod decimal;
mod error;
mod expression;
mod field;
mod field_reader;
mod figures;
mod form;
mod form_reader;
mod indicator;
mod json;
mod measure;
mod open_data;
mod period_report;
mod pins;
mod role;
mod scope;
mod text;
mod zone;

use std::{collections::BTreeSet, sync::Arc};

use jiff::{civil::Date, tz::TimeZone};

pub use award::{
    Awarding, CATEGORY_DIRECT, CATEGORY_LEADER, DossierForm, NominationForm, Quota, Round, Step, SubjectKind,
};
pub use check::{Filling, FillingField};
pub use choice::{Choice, ChoiceList};
pub use deadline::{Deadline, Owed};
pub use error::{CampaignError, CampaignErrorCode, CampaignErrors};
pub use expression::{Expression, ExpressionError};
pub use field::{Bound, Constraint, Field, FieldKind, Pattern};
pub use figures::IndicatorReports;
pub use form::{FieldPath, Form, Unique};
pub use indicator::{Goal, Indicator};
pub use measure::{Measure, MeasureKind};
pub use open_data::OpenData;
pub use period_report::PeriodReports;
pub use pins::PINNED_HEADS;
pub use role::{Action, Duty, Reach, Role};
pub use text::{Code, Localised};

use self::{
    binding::Forms,
    expression::Language,
    form_reader::Known,
    json::{Node, ObjectNode, Report},
};
use crate::{
    CampaignId, ChoiceListId, FormId, MeasureId, RoleId,
    limits::{CAMPAIGN_BYTES_MAX, CAMPAIGN_ERRORS_MAX},
};

/// A movement as data, checked and immutable. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Campaign(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    json: String,
    id: CampaignId,
    version: u64,
    name: Localised,
    source: Localised,
    time_zone: TimeZone,
    closes_on: Option<Date>,
    choice_lists: Vec<ChoiceList>,
    forms: Vec<Form>,
    indicators: Vec<Indicator>,
    roles: Vec<Role>,
    measures: Vec<Measure>,
    indicator_reports: Option<IndicatorReports>,
    deadlines: Vec<Deadline>,
    rounds: Vec<Round>,
    awarding: Option<Awarding>,
    period_reports: Option<PeriodReports>,
    open_data: Option<OpenData>,
}

impl Campaign {
    /// The version of the format this program reads.
    pub const FORMAT: u64 = 1;

    /// Reads a campaign from its text.
    ///
    /// # Errors
    /// Everything wrong with it, up to [`CAMPAIGN_ERRORS_MAX`], each with its line and column.
    pub fn parse(json: &str) -> Result<Self, CampaignErrors> {
        let report = Report::new(json);
        let parts = if json.len() > CAMPAIGN_BYTES_MAX {
            let message = format!("the campaign has {} bytes; at most {CAMPAIGN_BYTES_MAX} are allowed", json.len());
            report.add(0, CampaignErrorCode::TooLarge, message);
            None
        } else {
            json::parse(json, &report).and_then(|value| read(Node::new(&value, &report), json))
        };
        let mut errors = report.into_errors();
        errors.truncate(CAMPAIGN_ERRORS_MAX);
        match parts {
            Some(parts) if errors.is_empty() => Ok(Self(Arc::new(parts))),
            _ => Err(CampaignErrors(errors)),
        }
    }

    /// The text it was read from.
    pub fn json(&self) -> &str {
        &self.0.json
    }

    /// Its readable name.
    pub fn id(&self) -> &CampaignId {
        &self.0.id
    }

    /// Counts the editions of this campaign.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// Its name for people.
    pub fn name(&self) -> &Localised {
        &self.0.name
    }

    /// The legal text it comes from.
    pub fn source(&self) -> &Localised {
        &self.0.source
    }

    /// The time zone of its dates, deadlines and months.
    pub fn time_zone(&self) -> &TimeZone {
        &self.0.time_zone
    }

    /// Its last day, included, if it has one.
    pub fn closes_on(&self) -> Option<Date> {
        self.0.closes_on
    }

    /// Its choice lists; the indicators come last, as a list of their own.
    pub fn choice_lists(&self) -> &[ChoiceList] {
        &self.0.choice_lists
    }

    /// The choice list with this id.
    pub fn choice_list(&self, id: &ChoiceListId) -> Option<&ChoiceList> {
        self.0.choice_lists.iter().find(|list| list.id == *id)
    }

    /// Its forms, in the order of the text.
    pub fn forms(&self) -> &[Form] {
        &self.0.forms
    }

    /// The form with this id.
    pub fn form(&self, id: &FormId) -> Option<&Form> {
        self.0.forms.iter().find(|form| form.id == *id)
    }

    /// Its indicators, in the order of the text.
    pub fn indicators(&self) -> &[Indicator] {
        &self.0.indicators
    }

    /// The indicator with this code.
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.0.indicators.iter().find(|indicator| indicator.code.as_str() == code)
    }

    /// Its roles, in the order of the text.
    pub fn roles(&self) -> &[Role] {
        &self.0.roles
    }

    /// The role with this id.
    pub fn role(&self, id: &RoleId) -> Option<&Role> {
        self.0.roles.iter().find(|role| role.id == *id)
    }

    /// Its measures, in the order of the text.
    pub fn measures(&self) -> &[Measure] {
        &self.0.measures
    }

    /// The measure with this id.
    pub fn measure(&self, id: &MeasureId) -> Option<&Measure> {
        self.0.measures.iter().find(|measure| measure.id == *id)
    }

    /// Which form carries the figures of its indicators.
    pub fn indicator_reports(&self) -> Option<&IndicatorReports> {
        self.0.indicator_reports.as_ref()
    }

    /// Its deadlines, in the order of the text.
    pub fn deadlines(&self) -> &[Deadline] {
        &self.0.deadlines
    }

    /// Its award rounds, in the order of the text.
    pub fn rounds(&self) -> &[Round] {
        &self.0.rounds
    }

    /// The round with this code.
    pub fn round(&self, code: &str) -> Option<&Round> {
        self.0.rounds.iter().find(|round| round.code.as_str() == code)
    }

    /// The forms by which it awards.
    pub fn awarding(&self) -> Option<&Awarding> {
        self.0.awarding.as_ref()
    }

    /// Which form freezes the figures of a period.
    pub fn period_reports(&self) -> Option<&PeriodReports> {
        self.0.period_reports.as_ref()
    }

    /// What it publishes for everyone.
    pub fn open_data(&self) -> Option<&OpenData> {
        self.0.open_data.as_ref()
    }
}

fn read(node: Node<'_>, json: &str) -> Option<Parts> {
    let object = node.object()?;
    let format = object.need("format")?;
    if format.positive_integer()? != Campaign::FORMAT {
        let message = format!("this program reads format {} only", Campaign::FORMAT);
        format.error(CampaignErrorCode::UnsupportedFormat, message);
        return None;
    }
    let id = object.need("id").and_then(|node| node.parsed());
    let version = object.need("version").and_then(|node| node.positive_integer());
    let name = object.need("name").and_then(Localised::read);
    let source = object.need("source").and_then(Localised::read);
    let time_zone = object.need("time_zone").and_then(|node| {
        let zone = zone::zone(node.text()?);
        if zone.is_none() {
            node.error(CampaignErrorCode::InvalidValue, "not an IANA time zone");
        }
        zone
    });
    let closes_on = object.get("closes_on").and_then(|node| node.date());

    let indicators = distinct(&object, "indicators", "code", Indicator::read, |indicator| &indicator.code);
    let mut choice_lists = distinct(&object, "choice_lists", "id", ChoiceList::read, |list| &list.id);
    choice_lists.extend(ChoiceList::INDICATORS.parse().ok().map(|id| ChoiceList::of_indicators(id, &indicators)));

    let form_ids: BTreeSet<FormId> = form_ids(&object);
    let language = Language::new();
    let known = Known { lists: &choice_lists, forms: &form_ids, language: &language };
    let forms = distinct(&object, "forms", "id", |node| known.read_form(node), |form| &form.id);
    let is_form = |form: &FormId| form_ids.contains(form);
    let roles = distinct(&object, "roles", "id", |node| Role::read(node, is_form), |role| &role.id);
    let measures =
        distinct(&object, "measures", "id", |node| Measure::read(node, &known, &forms), |measure| &measure.id);
    let named = Forms { all: &forms, is_form: &is_form };
    let indicator_reports = object.get("indicator_reports").and_then(|node| IndicatorReports::read(node, &named));
    let deadlines =
        distinct(&object, "deadlines", "code", |node| Deadline::read(node, &known, &named), |deadline| &deadline.code);
    let rounds = distinct(&object, "rounds", "code", Round::read, |round| &round.code);
    let awarding = object.get("awarding").and_then(|node| Awarding::read(node, &known, &named, &choice_lists, &rounds));
    let period_reports = object.get("period_reports").and_then(|node| PeriodReports::read(node, &named));
    for (node, round) in object.list("rounds").into_iter().zip(&rounds) {
        check_quotas(node, round, awarding.as_ref(), &roles, &forms, &choice_lists);
    }
    let open_data = object.get("open_data").and_then(|node| OpenData::read(node, &named, &measures));
    if let Some(extensions) = object.get("extensions") {
        // Kept in the text, for programs that know them.
        extensions.object();
    }
    object.finish();
    Some(Parts {
        json: json.to_owned(),
        id: id?,
        version: version?,
        name: name?,
        source: source?,
        time_zone: time_zone?,
        closes_on,
        choice_lists,
        forms,
        indicators,
        roles,
        measures,
        indicator_reports,
        deadlines,
        rounds,
        awarding,
        period_reports,
        open_data,
    })
}

/// Steps and roles that a round names must exist.
fn check_quotas(
    node: Node<'_>,
    round: &Round,
    awarding: Option<&Awarding>,
    roles: &[Role],
    forms: &[Form],
    lists: &[ChoiceList],
) {
    for quota in &round.quotas {
        let known =
            |form: &FormId| awarding.is_none_or(|awarding| awarding.steps.iter().any(|step| step.form == *form));
        if let Some(form) = quota.steps.iter().flatten().find(|form| !known(form)) {
            node.error(CampaignErrorCode::UnknownReference, format!("\"{form}\" is not among the steps"));
        }
        let is_award = |code: &str| {
            let form = awarding
                .and_then(|awarding| Some((awarding, forms.iter().find(|f| f.id == awarding.nomination.form)?)));
            form.is_none_or(|(awarding, form)| match form.field(&awarding.nomination.award).map(|field| &field.kind) {
                Some(FieldKind::Choice(list)) => {
                    lists.iter().any(|known| known.id == *list && known.choice(code).is_some())
                }
                _ => true,
            })
        };
        if !is_award(quota.award.as_str()) {
            node.error(CampaignErrorCode::UnknownReference, format!("there is no award \"{}\"", quota.award));
        }
        if let Some(role) = quota.decided_by.iter().find(|role| !roles.iter().any(|known| known.id == **role)) {
            node.error(CampaignErrorCode::UnknownReference, format!("there is no role \"{role}\""));
        }
    }
}

/// Reads the items of an array and reports those whose key was given before.
fn distinct<'d, T, K: PartialEq + std::fmt::Display>(
    object: &ObjectNode<'d>,
    array: &'static str,
    key_name: &str,
    read: impl Fn(Node<'d>) -> Option<T>,
    key: impl Fn(&T) -> &K,
) -> Vec<T> {
    let mut items: Vec<T> = Vec::new();
    for node in object.list(array) {
        let Some(item) = read(node) else { continue };
        if items.iter().any(|known| key(known) == key(&item)) {
            let place = node.object_quietly().and_then(|object| object.peek(key_name)).unwrap_or(node);
            place.error(CampaignErrorCode::DuplicateId, format!("\"{}\" was given before", key(&item)));
        }
        items.push(item);
    }
    items
}

/// The ids of all forms, so that a form may refer to a later one. Mistakes are left for the reading proper to report.
fn form_ids(object: &ObjectNode<'_>) -> BTreeSet<FormId> {
    use jsonc_parser::ast::Value;
    let Some(Value::Array(forms)) = object.peek("forms").map(|node| node.value) else { return BTreeSet::new() };
    let id = |value| match object.node.at(value).object_quietly()?.peek("id")?.value {
        Value::StringLit(literal) => literal.value.parse().ok(),
        _ => None,
    };
    forms.elements.iter().filter_map(id).collect()
}

#[cfg(test)]
mod tests;
