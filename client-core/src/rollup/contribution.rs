//! What one row adds to the roll-ups.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::CellKey;
use crate::{
    FieldId,
    campaign::{Campaign, Form, Measure, MeasureKind},
    record::Row,
};

/// The month a row counts in: of its form's date field, or of its creation where that is unanswered.
pub fn month_of(campaign: &Campaign, form: &Form, row: &Row) -> String {
    let dated = form.date_field().and_then(|field| row.answers.get(field)).and_then(Value::as_str);
    match dated.and_then(|date| date.get(..7)) {
        Some(month) => month.to_owned(),
        None => {
            let created = jiff::Timestamp::from_millisecond(row.created_ms).unwrap_or_default();
            created.to_zoned(campaign.time_zone().clone()).strftime("%Y-%m").to_string()
        }
    }
}

/// What a row adds, by cell. A withdrawn row adds nothing.
pub fn contribution(campaign: &Campaign, row: &Row) -> BTreeMap<CellKey, Decimal> {
    let mut cells = BTreeMap::new();
    let Some(form) = campaign.form(&row.form).filter(|_| row.counts()) else { return cells };
    let month = month_of(campaign, form, row);
    for measure in campaign.measures().iter().filter(|m| *m.form() == row.form) {
        let Some(value) = value_of(measure, row) else { continue };
        let mut add = |dimension: &str, code: &str| {
            let key = CellKey {
                measure: measure.id().to_string(),
                unit: row.unit.clone(),
                month: month.clone(),
                dimension: dimension.to_owned(),
                code: code.to_owned(),
            };
            cells.insert(key, value);
        };
        add("", "");
        for dimension in measure.dimensions() {
            for code in codes(row.answers.get(dimension)) {
                add(dimension.as_str(), code);
            }
        }
    }
    cells
}

/// The codes of a one-choice or many-choices answer.
fn codes(answer: Option<&Value>) -> Vec<&str> {
    match answer {
        Some(Value::String(code)) => vec![code],
        Some(Value::Array(codes)) => codes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn value_of(measure: &Measure, row: &Row) -> Option<Decimal> {
    let counted = measure.filter().is_none_or(|filter| filter.evaluate(&row.answers).unwrap_or(false));
    if !counted {
        return None;
    }
    let value = match measure.kind() {
        MeasureKind::Count => Decimal::ONE,
        MeasureKind::Sum { field, nested } => sum(&row.answers, field, nested.as_ref()),
    };
    (!value.is_zero()).then_some(value)
}

fn sum(answers: &BTreeMap<FieldId, Value>, field: &FieldId, nested: Option<&FieldId>) -> Decimal {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_i64().map(Decimal::from),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match (answers.get(field), nested) {
        (Some(Value::Array(items)), Some(nested)) => {
            items.iter().filter_map(|item| number(item.get(nested.as_str())?)).sum()
        }
        (Some(value), None) => number(value).unwrap_or_default(),
        _ => Decimal::ZERO,
    }
}
