//! Deadlines: what is owed, by whom, to whom, until when.

use jiff::civil::Date;

use super::{
    CampaignErrorCode, Code, Expression, Form, Localised,
    binding::{Forms, optional_field},
    form_reader::Known,
    json::{Node, ObjectNode},
    scope::variables_of,
};
use crate::{FieldId, FormId, UnitId, limits::DEADLINE_YEARS_MAX};

/// Something that is due, once or every year.
#[derive(Debug, Clone, PartialEq)]
pub struct Deadline {
    /// The plan's code.
    pub code: Code,
    /// What is due.
    pub label: Localised,
    /// The due dates, in order.
    pub due: Vec<Date>,
    /// Whether it recurs every year.
    pub yearly: bool,
    /// Whether it must be there before the due date begins (the plan's "trước ngày"), not by its end.
    pub strictly_before: bool,
    /// Who owes what; `None` for an event that nobody owes.
    pub owed: Option<Owed>,
    /// The units that receive it.
    pub owed_to: Vec<UnitId>,
}

/// Who owes which record.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// Every unit of these levels that is in force on the due date.
    pub levels: Vec<String>,
    /// These units, or what they have become.
    pub units: Vec<UnitId>,
    /// The form of the record.
    pub form: FormId,
    /// Which records of that form fulfil it; all, if absent.
    pub filter: Option<Expression>,
    /// The date whose year says which year's deadline a record fulfils; the form's `date_field`, if absent.
    pub period: Option<FieldId>,
}

impl Deadline {
    pub(super) fn read(node: Node<'_>, known: &Known<'_>, forms: &Forms<'_>) -> Option<Self> {
        let object = node.object()?;
        let code = object.need("code").and_then(|node| node.parsed());
        let label = object.need("label").and_then(Localised::read);
        let due = object.need("due").and_then(read_due);
        let strictly_before = object.flag("strictly_before");
        let owed = match object.get("owed_by") {
            Some(by) => Some(Owed::read(by, &object, known, forms)?),
            None => None,
        };
        let owed_to = object.list("owed_to").into_iter().filter_map(|node| node.parsed()).collect();
        object.finish();
        let (due, yearly) = due?;
        Some(Self { code: code?, label: label?, due, yearly, strictly_before, owed, owed_to })
    }
}

impl Owed {
    fn read(by: Node<'_>, deadline: &ObjectNode<'_>, known: &Known<'_>, forms: &Forms<'_>) -> Option<Self> {
        let object = by.object()?;
        let levels: Vec<String> =
            object.list("levels").into_iter().filter_map(|node| node.text()).map(str::to_owned).collect();
        let units: Vec<UnitId> = object.list("units").into_iter().filter_map(|node| node.parsed()).collect();
        object.finish();
        if levels.is_empty() && units.is_empty() {
            by.error(
                CampaignErrorCode::InvalidValue,
                "name at least one level or unit; leave the key out for an event",
            );
        }
        let form: Option<&Form> = forms.form(deadline, "form");
        let filter =
            deadline.get("filter").and_then(|node| known.expression(node, &form.map(variables_of).unwrap_or_default()));
        let period = optional_field(deadline, "period", form, &["date"]);
        Some(Self { levels, units, form: form?.id.clone(), filter, period })
    }
}

fn read_due(node: Node<'_>) -> Option<(Vec<Date>, bool)> {
    let object = node.object()?;
    if let Some(on) = object.get("on") {
        object.finish();
        return Some((vec![on.date()?], false));
    }
    let number = |key| object.need(key).and_then(|node| node.positive_integer());
    let (month, day, from, until) = (number("month"), number("day"), number("from_year"), number("until_year"));
    object.finish();
    let (month, day) = (i8::try_from(month?).ok()?, i8::try_from(day?).ok()?);
    let (from, until) = (i16::try_from(from?).ok()?, i16::try_from(until?).ok()?);
    if until < from || until.saturating_sub(from) >= DEADLINE_YEARS_MAX {
        let message = format!("\"until_year\" is before \"from_year\", or {DEADLINE_YEARS_MAX} years or more after it");
        node.error(CampaignErrorCode::InvalidValue, message);
        return None;
    }
    let dates: Result<Vec<Date>, _> = (from..=until).map(|year| Date::new(year, month, day)).collect();
    if dates.is_err() {
        node.error(CampaignErrorCode::InvalidValue, "there is no such day in every one of these years");
    }
    Some((dates.ok()?, true))
}
