//! What one row adds to the roll-ups.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::CellKey;
use crate::{
    FieldId,
    campaign::{Campaign, Form, Measure, MeasureKind},
    limits::DECIMAL_ABS_MAX,
    record::Row,
};

/// The day a row is about: of its form's date field, or of its creation where that is unanswered, in the campaign's
/// time zone.
pub fn date_of(campaign: &Campaign, form: &Form, row: &Row) -> Date {
    let answer = form.date_field.as_ref().and_then(|field| row.answers.get(field));
    let instant_ms = match answer {
        Some(Value::String(text)) => match text.parse() {
            Ok(date) => return date,
            Err(_) => None,
        },
        Some(Value::Number(instant)) => instant.as_i64(),
        _ => None,
    };
    let instant = jiff::Timestamp::from_millisecond(instant_ms.unwrap_or(row.created_ms)).unwrap_or_default();
    campaign.time_zone().to_datetime(instant).date()
}

/// The month a row counts in: of its form's date field, or of its creation where that is unanswered.
pub fn month_of(campaign: &Campaign, form: &Form, row: &Row) -> String {
    let answer = form.date_field.as_ref().and_then(|field| row.answers.get(field));
    let instant_ms = match answer {
        Some(Value::String(date)) if date.len() >= 7 => return date.chars().take(7).collect(),
        Some(Value::Number(instant)) => instant.as_i64(),
        _ => None,
    };
    let instant = jiff::Timestamp::from_millisecond(instant_ms.unwrap_or(row.created_ms)).unwrap_or_default();
    jiff::ZonedDateTime::new(instant, campaign.time_zone().clone()).strftime("%Y-%m").to_string()
}

/// What a row adds, by cell, as long as nothing it is linked to says otherwise ([`super::standings`]). A row that is
/// withdrawn or dated after the close adds nothing.
pub fn contribution(campaign: &Campaign, row: &Row) -> BTreeMap<CellKey, Decimal> {
    let mut cells: BTreeMap<CellKey, Decimal> = BTreeMap::new();
    let Some(form) = campaign.form(&row.form).filter(|_| row.counts()) else { return cells };
    let month = month_of(campaign, form, row);
    for measure in campaign.measures().iter().filter(|measure| measure.form == row.form) {
        for part in parts(measure, row) {
            let mut add = |dimension: &str, code: &str| {
                let key = CellKey {
                    measure: measure.id.to_string(),
                    unit: row.unit.clone(),
                    month: month.clone(),
                    dimension: dimension.to_owned(),
                    code: code.to_owned(),
                };
                *cells.entry(key).or_default() += part.value;
            };
            add("", "");
            for dimension in &measure.dimensions {
                let answer = match &dimension.item_field {
                    None => row.answers.get(&dimension.field),
                    Some(field) => part.item.and_then(|item| item.get(field.as_str())),
                };
                for code in codes(answer) {
                    add(&dimension.to_string(), code);
                }
            }
        }
    }
    cells.retain(|_, value| !value.is_zero());
    cells
}

/// A number that a row, or one item of a group in it, adds.
struct Part<'a> {
    value: Decimal,
    item: Option<&'a Value>,
}

fn parts<'a>(measure: &Measure, row: &'a Row) -> Vec<Part<'a>> {
    let counted = measure.filter.as_ref().is_none_or(|filter| filter.evaluate(&row.answers).unwrap_or(false));
    if !counted {
        return Vec::new();
    }
    match &measure.kind {
        MeasureKind::Count => vec![Part { value: Decimal::ONE, item: None }],
        MeasureKind::Sum(path) => match &path.item_field {
            None => vec![Part { value: number(row.answers.get(&path.field)), item: None }],
            Some(field) => items(&row.answers, &path.field)
                .map(|item| Part { value: number(item.get(field.as_str())), item: Some(item) })
                .collect(),
        },
    }
}

fn items<'a>(answers: &'a BTreeMap<FieldId, Value>, field: &FieldId) -> impl Iterator<Item = &'a Value> {
    answers.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn number(answer: Option<&Value>) -> Decimal {
    let number = match answer {
        Some(Value::Number(number)) => number.as_i64().map(Decimal::from),
        Some(Value::String(text)) => decimal(text),
        _ => None,
    };
    number.unwrap_or_default()
}

/// A decimal that can be summed with others: none larger than the limit, so that no sum overflows.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok().filter(|number: &Decimal| number.abs() <= Decimal::from(DECIMAL_ABS_MAX))
}

/// The codes of a one-choice or many-choices answer.
fn codes(answer: Option<&Value>) -> Vec<&str> {
    match answer {
        Some(Value::String(code)) => vec![code],
        Some(Value::Array(codes)) => codes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
